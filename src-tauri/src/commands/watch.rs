//! What may still be used, and what of the usage is watched.

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id};
use crate::view::{AlertInput, AlertsView, QuotaView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("watch").invoke_handler(tauri::generate_handler![quota, alerts, save]).build()
}

#[tauri::command]
async fn quota(keystow: Keystow<'_>, key: Option<String>) -> Answer<Option<QuotaView>> {
    let engine = keystow.engine()?;
    let key = key.as_deref().map(key_id).transpose()?;
    Ok(engine.quota(key.as_ref()).await?.map(Into::into))
}

#[tauri::command]
async fn alerts(keystow: Keystow<'_>, key: Option<String>) -> Answer<AlertsView> {
    let engine = keystow.engine()?;
    let key = key.as_deref().map(key_id).transpose()?;
    Ok(engine.alerts(key.as_ref()).await?.into())
}

#[tauri::command]
async fn save(keystow: Keystow<'_>, input: AlertInput) -> Answer<()> {
    let engine = keystow.engine()?;
    let key = input.key.as_deref().map(key_id).transpose()?;
    Ok(engine.save_alert(key.as_ref(), input.rule.into(), input.bound).await?)
}
