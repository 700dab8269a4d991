//! The picker: what it reads, and that it gives secrets out. It has no command that changes a key.

use keystow_domain::AccountId;
use tauri::plugin::{Builder, TauriPlugin};
use tauri::{AppHandle, Wry};

use super::{Answer, Keystow, key_id, short};
use crate::error::CommandError;
use crate::picker;
use crate::view::{AppView, CopyAsInput, FormsView, PickerView};
use crate::window;

pub(crate) fn plugin() -> TauriPlugin<Wry> {
    Builder::new("picker")
        .invoke_handler(tauri::generate_handler![
            ready, look, list, copy, allow, forms, copy_as, push_again, pin, hide, open_main
        ])
        .build()
}

/// The keys that were pressed before the page could hear them. It asks until there are none.
#[tauri::command]
async fn ready(app: AppHandle) -> Vec<String> {
    picker::early_keys(&app)
}

/// What the picker shows before anything is typed.
#[tauri::command]
async fn look(keystow: Keystow<'_>) -> Answer<PickerView> {
    let engine = keystow.engine()?.clone();
    let view = tauri::async_runtime::spawn_blocking(move || PickerView::of(&engine, ""));
    view.await.map_err(|_| CommandError::bad_input("This search"))
}

/// What fits a text; nothing if the page asked again meanwhile, which it counts.
#[tauri::command]
async fn list(app: AppHandle, keystow: Keystow<'_>, typed: String, turn: u64) -> Answer<Option<PickerView>> {
    let typed = short(typed)?;
    let engine = keystow.engine()?.clone();
    // The app asks for the same again when something changed; that is nobody's doing.
    if picker::asks(&app, turn, &typed) {
        engine.used();
    }
    // Looking through a hundred thousand keys is no work for the thread that answers windows.
    let view = tauri::async_runtime::spawn_blocking(move || {
        PickerView::while_wanted(&engine, &typed, &|| picker::waits_for(&app, turn))
    });
    view.await.map_err(|_| CommandError::bad_input("This search"))
}

/// Copies, and puts the picker away.
#[tauri::command]
async fn copy(app: AppHandle, keystow: Keystow<'_>, account: String, key: String) -> Answer<()> {
    let engine = keystow.engine()?;
    engine.used();
    engine.copy_of(&account_id(account)?, &key_id(&key)?, false).await?;
    picker::hide(&app);
    Ok(())
}

/// Somebody says once more that the secret of a production key is wanted.
#[tauri::command]
async fn allow(keystow: Keystow<'_>, account: String, key: String) -> Answer<()> {
    Ok(keystow.engine()?.allow(&account_id(account)?, &key_id(&key)?).await?)
}

/// The forms on offer for a key, with the name and the form of the last time.
#[tauri::command]
async fn forms(keystow: Keystow<'_>, account: String, key: String) -> Answer<FormsView> {
    keystow.engine()?.used();
    Ok(keystow.engine()?.forms_of(&account_id(account)?, &key_id(&key)?, None).await?.into())
}

/// Copies in a form, and puts the picker away.
#[tauri::command]
async fn copy_as(app: AppHandle, keystow: Keystow<'_>, account: String, input: CopyAsInput) -> Answer<()> {
    let (account, key, form) = (account_id(account)?, key_id(&input.key)?, (&input).into());
    keystow.engine()?.used();
    keystow.engine()?.copy_as_of(&account, &key, &form, &short(input.variable)?).await?;
    picker::hide(&app);
    Ok(())
}

/// Gives the secret to GitHub's program as the last time, and puts the picker away. Where it goes is not
/// the page's to say.
#[tauri::command]
async fn push_again(app: AppHandle, keystow: Keystow<'_>, account: String, key: String) -> Answer<()> {
    keystow.engine()?.push_again(&account_id(account)?, &key_id(&key)?).await?;
    picker::hide(&app);
    Ok(())
}

#[tauri::command]
async fn pin(keystow: Keystow<'_>, account: String, key: String, pin: bool) -> Answer<AppView> {
    let engine = keystow.engine()?;
    engine.pin(&account_id(account)?, &key_id(&key)?, pin).await?;
    Ok(AppView::of(engine))
}

#[tauri::command]
async fn hide(app: AppHandle) {
    picker::hide(&app);
}

/// Shows the main window, where everything else is done.
#[tauri::command]
async fn open_main(app: AppHandle) {
    picker::put_away(&app);
    window::show(&app);
}

fn account_id(id: String) -> Answer<AccountId> {
    Ok(AccountId::new(short(id)?))
}
