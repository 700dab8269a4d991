//! Keys: the list, copying, and every change but rotation.

use keystow_domain::{NewKey, Variable, visible};
use keystow_engine::FileImport;
use tauri::plugin::{Builder, TauriPlugin};
use tauri::{AppHandle, Runtime, State};

use super::{Answer, Keystow, key_id, short};
use crate::error::CommandError;
use crate::files::{self, Chosen};
use crate::view::{
    ClipboardView, CompletionView, FileImportView, ImportView, KeyDetailsView, KeyPageView, KeyQuery,
    KeyRowView, NewKeyInput, RevokedView, StowedView,
};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("keys")
        .invoke_handler(tauri::generate_handler![
            list,
            complete,
            refresh,
            stop_reading,
            read_rest,
            details,
            create,
            rename,
            revoke,
            delete_secret,
            copy,
            copy_prefix,
            clear_clipboard,
            keep_longer,
            import,
            import_file
        ])
        .build()
}

#[tauri::command]
async fn list(keystow: Keystow<'_>, query: KeyQuery) -> Answer<KeyPageView> {
    let engine = keystow.engine()?.clone();
    let query = query.into();
    // Sorting a hundred thousand keys is no work for the thread that answers windows.
    let page = tauri::async_runtime::spawn_blocking(move || {
        engine.keys(&query).map(|page| KeyPageView::of(page, &engine))
    });
    Ok(page.await.map_err(|_| CommandError::bad_input("This search"))??)
}

#[tauri::command]
async fn complete(keystow: Keystow<'_>, typed: String, all: bool) -> Answer<CompletionView> {
    let engine = keystow.engine()?.clone();
    let typed = short(typed)?;
    let done = tauri::async_runtime::spawn_blocking(move || engine.complete(&typed, all));
    Ok(done.await.map_err(|_| CommandError::bad_input("This search"))??.into())
}

#[tauri::command]
async fn refresh(keystow: Keystow<'_>) -> Answer<()> {
    let engine = keystow.engine()?;
    if let Some(account) = engine.current() {
        engine.refresh(&account).await;
    }
    Ok(())
}

#[tauri::command]
async fn stop_reading(keystow: Keystow<'_>) -> Answer<()> {
    keystow.engine()?.stop_reading();
    Ok(())
}

#[tauri::command]
async fn read_rest(keystow: Keystow<'_>) -> Answer<()> {
    let engine = keystow.engine()?;
    if let Some(account) = engine.current() {
        engine.read_rest(&account).await;
    }
    Ok(())
}

#[tauri::command]
async fn details(keystow: Keystow<'_>, key: String) -> Answer<KeyDetailsView> {
    let engine = keystow.engine()?;
    let key = key_id(&key)?;
    let mut details = KeyDetailsView::of(engine.key(&key)?, engine);
    details.places = engine.places(&key).await?.into_iter().map(Into::into).collect();
    details.receipts = engine.receipts(&key).await?.into_iter().map(Into::into).collect();
    Ok(details)
}

#[tauri::command]
async fn create(keystow: Keystow<'_>, input: NewKeyInput) -> Answer<StowedView> {
    let engine = keystow.engine()?;
    let ticket = short(input.ticket.clone())?;
    let row = engine.create(&ticket, &NewKey::from(input)).await?;
    Ok(StowedView { row: KeyRowView::of(row, engine) })
}

#[tauri::command]
async fn rename(keystow: Keystow<'_>, key: String, name: String) -> Answer<KeyRowView> {
    let engine = keystow.engine()?;
    let row = engine.rename(&key_id(&key)?, &short(name)?).await?;
    Ok(KeyRowView::of(row, engine))
}

#[tauri::command]
async fn revoke(keystow: Keystow<'_>, key: String, typed: String, of_many: bool) -> Answer<RevokedView> {
    let engine = keystow.engine()?;
    let (key, typed) = (key_id(&key)?, short(typed)?);
    let ended =
        if of_many { engine.revoke_of_many(&key, &typed).await } else { engine.revoke(&key, &typed).await }?;
    Ok(RevokedView { already: ended.already, row: KeyRowView::of(ended.row, engine) })
}

#[tauri::command]
async fn delete_secret(keystow: Keystow<'_>, key: String) -> Answer<KeyRowView> {
    let engine = keystow.engine()?;
    Ok(KeyRowView::of(engine.delete_secret(&key_id(&key)?).await?, engine))
}

#[tauri::command]
async fn copy(keystow: Keystow<'_>, key: String, old: bool) -> Answer<ClipboardView> {
    let engine = keystow.engine()?;
    Ok(engine.copy(&key_id(&key)?, old).await?.into())
}

#[tauri::command]
async fn copy_prefix(keystow: Keystow<'_>, key: String) -> Answer<()> {
    let engine = keystow.engine()?;
    Ok(engine.copy_prefix(&key_id(&key)?).await?)
}

#[tauri::command]
async fn clear_clipboard(keystow: Keystow<'_>) -> Answer<ClipboardView> {
    let engine = keystow.engine()?;
    Ok(engine.clear_clipboard().await?.into())
}

#[tauri::command]
async fn keep_longer(keystow: Keystow<'_>) -> Answer<ClipboardView> {
    let engine = keystow.engine()?;
    Ok(engine.keep_longer().await?.into())
}

#[tauri::command]
async fn import(keystow: Keystow<'_>, key: String) -> Answer<ImportView> {
    let engine = keystow.engine()?;
    let sight = engine.import(&key_id(&key)?).await?;
    Ok(ImportView { tried: sight.tried, left: sight.left.into(), row: KeyRowView::of(sight.row, engine) })
}

/// Takes a secret from a file. Without a variable the person chooses one in a dialog of the desktop's, with this
/// title; with one, the file chosen last is read again.
#[tauri::command]
async fn import_file<R: Runtime>(
    app: AppHandle<R>,
    keystow: Keystow<'_>,
    chosen: State<'_, Chosen>,
    key: String,
    title: String,
    variable: Option<String>,
) -> Answer<FileImportView> {
    let engine = keystow.engine()?;
    let (key, title) = (key_id(&key)?, short(title)?);
    let variable = match variable {
        Some(name) => Some(Variable::parse(&name).ok_or_else(|| CommandError::bad_input("This variable"))?),
        None => None,
    };
    let again = variable.as_ref().and_then(|_| chosen.of(&key));
    let file = match again {
        Some(file) => file,
        None => match files::choose(&app, &title).await {
            Some(file) => file,
            None => return Ok(FileImportView::Dismissed),
        },
    };
    chosen.keep(&key, file.clone());
    let shown = visible(&file.display().to_string());
    Ok(match engine.import_file(&key, file, variable).await? {
        FileImport::Taken { row, tried } => {
            FileImportView::Taken { row: Box::new(KeyRowView::of(*row, engine)), tried, file: shown }
        }
        FileImport::Which(variables) => {
            let variables = variables.iter().map(|name| name.as_str().to_owned()).collect();
            FileImportView::Which { file: shown, variables }
        }
    })
}
