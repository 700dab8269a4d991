//! Rotation: its choices, its checks, its one call, its evidence, its end and its receipt.

use std::time::Duration;

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id, short};
use crate::view::{CourseInput, ProbeView, RotateInput, RotationView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("rotation")
        .invoke_handler(tauri::generate_handler![
            open, plan, rotate, end_grace, finish, forget, probe, set_probe, set_quiet
        ])
        .build()
}

#[tauri::command]
async fn open(keystow: Keystow<'_>, key: String) -> Answer<RotationView> {
    let engine = keystow.engine()?;
    Ok(RotationView::of(engine.rotation(&key_id(&key)?).await?, engine))
}

#[tauri::command]
async fn plan(keystow: Keystow<'_>, input: CourseInput) -> Answer<RotationView> {
    let engine = keystow.engine()?;
    let choice = input.choice(key_id(&input.key)?);
    Ok(RotationView::of(engine.plan_rotation(&choice).await?, engine))
}

#[tauri::command]
async fn rotate(keystow: Keystow<'_>, input: RotateInput) -> Answer<RotationView> {
    let engine = keystow.engine()?;
    let wish = input.wish(key_id(&input.key)?, short(input.ticket.clone())?);
    let row = engine.replace(&wish).await?;
    Ok(RotationView::of(engine.rotation(&row.key.id).await?, engine))
}

#[tauri::command]
async fn end_grace(keystow: Keystow<'_>, key: String, typed: String) -> Answer<RotationView> {
    let engine = keystow.engine()?;
    let key = key_id(&key)?;
    engine.end_grace(&key, &short(typed)?).await?;
    Ok(RotationView::of(engine.rotation(&key).await?, engine))
}

#[tauri::command]
async fn finish(keystow: Keystow<'_>, key: String) -> Answer<RotationView> {
    let engine = keystow.engine()?;
    Ok(RotationView::of(engine.finish_rotation(&key_id(&key)?).await?, engine))
}

#[tauri::command]
async fn forget(keystow: Keystow<'_>, key: String) -> Answer<RotationView> {
    let engine = keystow.engine()?;
    Ok(RotationView::of(engine.forget_rotation(&key_id(&key)?).await?, engine))
}

#[tauri::command]
async fn probe(keystow: Keystow<'_>, key: String) -> Answer<RotationView> {
    let engine = keystow.engine()?;
    let key = key_id(&key)?;
    engine.probe(&key).await?;
    Ok(RotationView::of(engine.rotation(&key).await?, engine))
}

#[tauri::command]
async fn set_probe(keystow: Keystow<'_>, key: String, probe: Option<ProbeView>) -> Answer<RotationView> {
    let engine = keystow.engine()?;
    let key = key_id(&key)?;
    engine.set_probe(&key, probe.map(Into::into)).await?;
    Ok(RotationView::of(engine.rotation(&key).await?, engine))
}

#[tauri::command]
async fn set_quiet(keystow: Keystow<'_>, key: String, millis: i64) -> Answer<RotationView> {
    let engine = keystow.engine()?;
    let key = key_id(&key)?;
    engine.set_quiet(&key, Duration::from_millis(u64::try_from(millis).unwrap_or(0))).await?;
    Ok(RotationView::of(engine.rotation(&key).await?, engine))
}
