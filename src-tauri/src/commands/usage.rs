//! Usage: the picture and its numbers.

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id};
use crate::view::{UsageInput, UsageView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("usage").invoke_handler(tauri::generate_handler![show]).build()
}

#[tauri::command]
async fn show(keystow: Keystow<'_>, input: UsageInput) -> Answer<UsageView> {
    let engine = keystow.engine()?;
    let key = input.key.as_deref().map(key_id).transpose()?;
    let colours = input.colours.into();
    let (period, resolution) = (input.period.into(), input.resolution.into());
    let usage = engine.usage(key.as_ref(), period, resolution, input.width, &colours).await?;
    Ok(usage.into())
}
