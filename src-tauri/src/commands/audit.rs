//! The local log of what was done, and the portal's own beside it.

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id};
use crate::error::CommandError;
use crate::view::{AuditEntryView, AuditView, PortalLogView, SavedView};

/// The longest id or mark of a page that a window may send back.
const LONGEST: usize = 10_000;

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("audit").invoke_handler(tauri::generate_handler![list, export, here, portal]).build()
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

/// Entries of the local log before a number; about one key alone if it is given.
#[tauri::command]
async fn here(
    keystow: Keystow<'_>,
    key: Option<String>,
    before: Option<i64>,
    limit: u32,
) -> Answer<Vec<AuditEntryView>> {
    let engine = keystow.engine()?;
    let key = key.as_deref().map(key_id).transpose()?;
    let entries = engine.audit_before(key.as_ref(), before, limit).await?;
    Ok(entries.into_iter().map(Into::into).collect())
}

/// A page of the portal's log; about one key or app alone if it is given. Nothing where the portal keeps none.
#[tauri::command]
async fn portal(
    keystow: Keystow<'_>,
    target: Option<String>,
    page: Option<String>,
) -> Answer<Option<PortalLogView>> {
    let engine = keystow.engine()?;
    if [&target, &page].into_iter().flatten().any(|text| text.len() > LONGEST) {
        return Err(CommandError::bad_input("target"));
    }
    Ok(engine.portal_log(target.as_deref(), page).await?.map(Into::into))
}
