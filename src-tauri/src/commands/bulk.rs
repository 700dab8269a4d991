//! Many rotations in one go: planned, started, paused, ended, reported.

use std::time::Duration;

use keystow_engine::BulkPlan;
use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id, short};
use crate::view::{BulkInput, BulkView, SavedView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("bulk")
        .invoke_handler(tauri::generate_handler![plan, start, pause, halt, show, export, dismiss])
        .build()
}

#[tauri::command]
async fn plan(keystow: Keystow<'_>, input: BulkInput) -> Answer<BulkView> {
    let engine = keystow.engine()?;
    let plan = BulkPlan {
        keys: input.keys.iter().map(|key| key_id(key)).collect::<Answer<_>>()?,
        at_once: input.at_once,
        stop_on_error: input.stop_on_error,
        grace: input.grace.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0))),
    };
    Ok(engine.plan_bulk(&plan).await?.into())
}

#[tauri::command]
async fn start(keystow: Keystow<'_>, id: String) -> Answer<BulkView> {
    let engine = keystow.engine()?;
    Ok(engine.start_bulk(&short(id)?).await?.into())
}

#[tauri::command]
async fn pause(keystow: Keystow<'_>, id: String) -> Answer<BulkView> {
    let engine = keystow.engine()?;
    Ok(engine.pause_bulk(&short(id)?).await?.into())
}

#[tauri::command]
async fn halt(keystow: Keystow<'_>, id: String) -> Answer<BulkView> {
    let engine = keystow.engine()?;
    Ok(engine.halt_bulk(&short(id)?).await?.into())
}

#[tauri::command]
async fn show(keystow: Keystow<'_>) -> Answer<Option<BulkView>> {
    let engine = keystow.engine()?;
    Ok(engine.bulk().map(Into::into))
}

#[tauri::command]
async fn export(keystow: Keystow<'_>, id: String) -> Answer<SavedView> {
    let engine = keystow.engine()?;
    Ok(engine.export_bulk(&short(id)?).await?.into())
}

#[tauri::command]
async fn dismiss(keystow: Keystow<'_>, id: String) -> Answer<()> {
    let engine = keystow.engine()?;
    Ok(engine.dismiss_bulk(&short(id)?).await?)
}
