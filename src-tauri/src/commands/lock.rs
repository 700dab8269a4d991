//! The lock: what keeps it open.

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("lock").invoke_handler(tauri::generate_handler![used]).build()
}

/// Somebody uses the window, where the desktop does not tell of hands on the keyboard.
#[tauri::command]
async fn used(keystow: Keystow<'_>) -> Answer<()> {
    keystow.engine()?.used();
    Ok(())
}
