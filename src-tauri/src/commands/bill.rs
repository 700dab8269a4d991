//! The bill of a month.

use keystow_engine::UsageFormat;
use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow};
use crate::view::{BillView, HealthForm, SavedView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("bill").invoke_handler(tauri::generate_handler![show, export]).build()
}

#[tauri::command]
async fn show(keystow: Keystow<'_>, months_back: u32) -> Answer<BillView> {
    Ok(keystow.engine()?.bill(months_back).await?.into())
}

#[tauri::command]
async fn export(keystow: Keystow<'_>, months_back: u32, form: HealthForm) -> Answer<SavedView> {
    let format = match form {
        HealthForm::Csv => UsageFormat::Csv,
        HealthForm::Json => UsageFormat::Json,
    };
    Ok(keystow.engine()?.export_bill(months_back, format).await?.into())
}
