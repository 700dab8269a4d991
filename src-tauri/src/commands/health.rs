//! The report on the keys' health.

use keystow_domain::Timestamp;
use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id};
use crate::error::CommandError;
use crate::view::{HealthForm, HealthInput, HealthPageView, SavedView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("health").invoke_handler(tauri::generate_handler![list, snooze, save_rules, export]).build()
}

#[tauri::command]
async fn list(keystow: Keystow<'_>, input: HealthInput) -> Answer<HealthPageView> {
    let engine = keystow.engine()?.clone();
    let query = input.into();
    // Judging a hundred thousand keys is no work for the thread that answers windows.
    let page = tauri::async_runtime::spawn_blocking(move || {
        engine.health(&query).map(|page| HealthPageView::of(page, &engine))
    });
    Ok(page.await.map_err(|_| CommandError::bad_input("This report"))??)
}

#[tauri::command]
async fn snooze(keystow: Keystow<'_>, keys: Vec<String>, until: Option<i64>) -> Answer<()> {
    let engine = keystow.engine()?;
    let keys = keys.iter().map(|key| key_id(key)).collect::<Answer<Vec<_>>>()?;
    Ok(engine.snooze_health(&keys, until.map(Timestamp::from_millis)).await?)
}

#[tauri::command]
async fn save_rules(keystow: Keystow<'_>, unused_days: u32, rotate_days: u32) -> Answer<()> {
    let engine = keystow.engine()?;
    Ok(engine.save_health_rules(unused_days, rotate_days).await?)
}

#[tauri::command]
async fn export(keystow: Keystow<'_>, input: HealthInput, form: HealthForm) -> Answer<SavedView> {
    let engine = keystow.engine()?;
    Ok(engine.export_health(&input.into(), form.into()).await?.into())
}
