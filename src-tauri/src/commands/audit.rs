//! The local log of what was done.

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow};
use crate::view::{AuditView, SavedView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("audit").invoke_handler(tauri::generate_handler![list, export]).build()
}

#[tauri::command]
async fn list(keystow: Keystow<'_>, offset: u32, limit: u32) -> Answer<AuditView> {
    let engine = keystow.engine()?;
    Ok(engine.audit(offset, limit).await?.into())
}

#[tauri::command]
async fn export(keystow: Keystow<'_>) -> Answer<SavedView> {
    let engine = keystow.engine()?;
    Ok(engine.export_audit().await?.into())
}
