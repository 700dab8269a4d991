//! Schedules: how often keys are to be rotated, what is put off, and the calendar of it.

use keystow_domain::{Covers, Timestamp};
use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id, short};
use crate::error::CommandError;
use crate::view::{SavedView, ScheduleInput, ScheduleView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("schedules")
        .invoke_handler(tauri::generate_handler![list, save, remove, snooze, export_calendar])
        .build()
}

#[tauri::command]
async fn list(keystow: Keystow<'_>) -> Answer<Vec<ScheduleView>> {
    let engine = keystow.engine()?;
    Ok(engine.schedules()?.into_iter().map(Into::into).collect())
}

#[tauri::command]
async fn save(keystow: Keystow<'_>, input: ScheduleInput) -> Answer<Vec<ScheduleView>> {
    let engine = keystow.engine()?;
    let covers = match (input.key, input.rule) {
        (Some(key), None) => Covers::Key(key_id(&key)?),
        (None, Some(rule)) => Covers::Rule(short(rule)?),
        _ => return Err(CommandError::bad_input("This schedule")),
    };
    Ok(engine.save_schedule(covers, input.days).await?.into_iter().map(Into::into).collect())
}

#[tauri::command]
async fn remove(keystow: Keystow<'_>, id: String) -> Answer<Vec<ScheduleView>> {
    let engine = keystow.engine()?;
    Ok(engine.remove_schedule(&short(id)?).await?.into_iter().map(Into::into).collect())
}

#[tauri::command]
async fn snooze(keystow: Keystow<'_>, key: String, until: i64) -> Answer<()> {
    let engine = keystow.engine()?;
    Ok(engine.snooze(&key_id(&key)?, Timestamp::from_millis(until)).await?)
}

#[tauri::command]
async fn export_calendar(keystow: Keystow<'_>) -> Answer<SavedView> {
    let engine = keystow.engine()?;
    Ok(engine.export_calendar().await?.into())
}
