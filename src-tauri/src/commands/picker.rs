//! The picker: what it reads, and the one thing it does. It has no command that changes a key.

use keystow_domain::AccountId;
use tauri::plugin::{Builder, TauriPlugin};
use tauri::{AppHandle, Wry};

use super::{Answer, Keystow, key_id, short};
use crate::error::CommandError;
use crate::picker;
use crate::view::{AppView, PickerView};
use crate::window;

pub(crate) fn plugin() -> TauriPlugin<Wry> {
    Builder::new("picker")
        .invoke_handler(tauri::generate_handler![ready, look, list, copy, allow, pin, hide, open_main])
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
    looked(keystow, String::new()).await
}

#[tauri::command]
async fn list(keystow: Keystow<'_>, typed: String) -> Answer<PickerView> {
    looked(keystow, short(typed)?).await
}

async fn looked(keystow: Keystow<'_>, typed: String) -> Answer<PickerView> {
    let engine = keystow.engine()?.clone();
    engine.used();
    // Looking through a hundred thousand keys is no work for the thread that answers windows.
    let view = tauri::async_runtime::spawn_blocking(move || PickerView::of(&engine, &typed));
    view.await.map_err(|_| CommandError::bad_input("This search"))
}

/// Copies, and puts the picker away.
#[tauri::command]
async fn copy(app: AppHandle, keystow: Keystow<'_>, account: String, key: String) -> Answer<()> {
    let engine = keystow.engine()?;
    engine.copy_of(&account_id(account)?, &key_id(&key)?, false).await?;
    picker::hide(&app);
    Ok(())
}

/// Somebody says once more that the secret of a production key is wanted.
#[tauri::command]
async fn allow(keystow: Keystow<'_>, account: String, key: String) -> Answer<()> {
    Ok(keystow.engine()?.allow(&account_id(account)?, &key_id(&key)?)?)
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
