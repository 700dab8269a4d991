//! Copying a secret in the form its target wants, giving it to GitHub, and the first call with it.

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id, long, short};
use crate::view::{CallView, ClipboardView, CopyAsInput, FirstCallView, FormsView, TemplateInput};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("forms")
        .invoke_handler(tauri::generate_handler![
            list,
            copy,
            save_template,
            remove_template,
            push,
            first_call,
            try_call
        ])
        .build()
}

#[tauri::command]
async fn list(keystow: Keystow<'_>, key: String, variable: Option<String>) -> Answer<FormsView> {
    let variable = variable.map(short).transpose()?;
    Ok(keystow.engine()?.forms(&key_id(&key)?, variable.as_deref()).await?.into())
}

#[tauri::command]
async fn copy(keystow: Keystow<'_>, input: CopyAsInput) -> Answer<ClipboardView> {
    let (key, form) = (key_id(&input.key)?, (&input).into());
    Ok(keystow.engine()?.copy_as(&key, &form, &short(input.variable)?).await?.into())
}

#[tauri::command]
async fn save_template(keystow: Keystow<'_>, mut input: TemplateInput) -> Answer<FormsView> {
    let key = key_id(&input.key)?;
    input.text = long(input.text)?;
    Ok(keystow.engine()?.save_template(&key, input.into()).await?.into())
}

#[tauri::command]
async fn remove_template(keystow: Keystow<'_>, key: String, id: String) -> Answer<FormsView> {
    Ok(keystow.engine()?.remove_template(&key_id(&key)?, &short(id)?).await?.into())
}

#[tauri::command]
async fn push(keystow: Keystow<'_>, key: String, variable: String, repository: String) -> Answer<()> {
    let (key, variable, repository) = (key_id(&key)?, short(variable)?, short(repository)?);
    Ok(keystow.engine()?.push(&key, &variable, &repository).await?)
}

#[tauri::command]
async fn first_call(keystow: Keystow<'_>, key: String) -> Answer<FirstCallView> {
    Ok(keystow.engine()?.first_call(&key_id(&key)?).await?.into())
}

#[tauri::command]
async fn try_call(keystow: Keystow<'_>, key: String) -> Answer<CallView> {
    Ok(keystow.engine()?.try_call(&key_id(&key)?).await?.into())
}
