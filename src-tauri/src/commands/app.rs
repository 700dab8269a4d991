//! The app as a whole: its state, its checks, its settings.
//!
//! The topic is called `keystow`, because Tauri has a plugin of its own that is called `app`, and of two
//! plugins of one name only the later one answers.

use tauri::plugin::{Builder, TauriPlugin};
use tauri::{AppHandle, Manager as _, Runtime};

use super::{Answer, Keystow};
use crate::hotkey::Hotkeys;
use crate::view::{AppView, CheckView, ClockView, SettingsView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("keystow")
        .invoke_handler(tauri::generate_handler![status, checks, dismiss, save_settings, clock])
        .build()
}

#[tauri::command]
async fn status(keystow: Keystow<'_>) -> Answer<AppView> {
    let engine = keystow.engine()?;
    Ok(AppView::of(engine))
}

#[tauri::command]
async fn checks(keystow: Keystow<'_>) -> Answer<Vec<CheckView>> {
    let engine = keystow.engine()?;
    Ok(engine.checks().await.into_iter().map(Into::into).collect())
}

#[tauri::command]
async fn dismiss(keystow: Keystow<'_>, id: String) -> Answer<()> {
    let engine = keystow.engine()?;
    engine.dismiss(&super::short(id)?).await;
    Ok(())
}

#[tauri::command]
async fn save_settings<R: Runtime>(
    app: AppHandle<R>,
    keystow: Keystow<'_>,
    settings: SettingsView,
) -> Answer<AppView> {
    let engine = keystow.engine()?;
    engine.save_settings(settings.try_into()?).await?;
    // What became of another key for the picker is part of the answer.
    app.state::<Hotkeys>().follow(engine).await;
    Ok(AppView::of(engine))
}

#[tauri::command]
async fn clock(keystow: Keystow<'_>) -> Answer<ClockView> {
    let engine = keystow.engine()?;
    Ok(engine.current_clock().into())
}
