//! The lock: what keeps it open, the second word for a production key, and what opens the vault. No passphrase
//! comes through here: the engine has it asked for outside of any page.

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id};
use crate::view::AppView;

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("lock")
        .invoke_handler(tauri::generate_handler![used, allow, set_passphrase, change_passphrase, use_keyring])
        .build()
}

/// Somebody uses the window, where the desktop does not tell of hands on the keyboard.
#[tauri::command]
async fn used(keystow: Keystow<'_>) -> Answer<()> {
    keystow.engine()?.used();
    Ok(())
}

/// Somebody says once more that the secret of a production key is wanted.
#[tauri::command]
async fn allow(keystow: Keystow<'_>, key: String) -> Answer<()> {
    let engine = keystow.engine()?;
    let key = key_id(&key)?;
    let account = engine.holder(&key)?;
    Ok(engine.allow(&account, &key).await?)
}

/// Lets the person choose a passphrase that takes the place of the keyring.
#[tauri::command]
async fn set_passphrase(keystow: Keystow<'_>) -> Answer<AppView> {
    let engine = keystow.engine()?;
    engine.choose_passphrase().await?;
    Ok(AppView::of(engine))
}

/// Lets the person choose another passphrase.
#[tauri::command]
async fn change_passphrase(keystow: Keystow<'_>) -> Answer<AppView> {
    let engine = keystow.engine()?;
    engine.change_passphrase().await?;
    Ok(AppView::of(engine))
}

/// Lets the keyring take the place of the passphrase.
#[tauri::command]
async fn use_keyring(keystow: Keystow<'_>) -> Answer<AppView> {
    let engine = keystow.engine()?;
    engine.return_to_keyring().await?;
    Ok(AppView::of(engine))
}
