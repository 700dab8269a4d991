//! The lock: what keeps it open, and the second word for a production key.

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("lock").invoke_handler(tauri::generate_handler![used, allow]).build()
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
    Ok(engine.allow(&account, &key)?)
}
