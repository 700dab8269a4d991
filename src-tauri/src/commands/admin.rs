//! What administrators do: suspend by criteria and undo it, read reports and save them.

use keystow_domain::{ReportFilter, SuspensionId};
use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, long, short};
use crate::error::CommandError;
use crate::view::{
    ReportForm, ReportInput, ReportView, SavedView, SuspendInput, SuspensionInput, SuspensionPreviewView,
    SuspensionView,
};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("admin")
        .invoke_handler(tauri::generate_handler![
            preview,
            suspend,
            suspensions,
            go_on,
            resume,
            report,
            export
        ])
        .build()
}

#[tauri::command]
async fn preview(keystow: Keystow<'_>, input: SuspensionInput) -> Answer<SuspensionPreviewView> {
    Ok(keystow.engine()?.preview_suspension(&input.into()).await?.into())
}

#[tauri::command]
async fn suspend(keystow: Keystow<'_>, input: SuspendInput) -> Answer<SuspensionView> {
    let engine = keystow.engine()?;
    let (preview, typed, reason) = (short(input.preview)?, short(input.typed)?, long(input.reason)?);
    let hit = u64::from(input.hit);
    Ok(engine.begin_suspension(&input.wish.into(), &preview, hit, &typed, &reason).await?.into())
}

#[tauri::command]
async fn suspensions(keystow: Keystow<'_>) -> Answer<Vec<SuspensionView>> {
    Ok(keystow.engine()?.suspensions().await?.into_iter().map(Into::into).collect())
}

#[tauri::command]
async fn go_on(keystow: Keystow<'_>, suspension: String) -> Answer<SuspensionView> {
    Ok(keystow.engine()?.continue_suspension(&suspension_id(&suspension)?).await?.into())
}

#[tauri::command]
async fn resume(keystow: Keystow<'_>, suspension: String) -> Answer<SuspensionView> {
    Ok(keystow.engine()?.resume_suspension(&suspension_id(&suspension)?).await?.into())
}

#[tauri::command]
async fn report(keystow: Keystow<'_>, input: ReportInput, page: Option<String>) -> Answer<ReportView> {
    let engine = keystow.engine()?;
    let (kind, page) = (input.kind.into(), page.map(long).transpose()?);
    Ok(engine.report(kind, &ReportFilter::from(input), page).await?.into())
}

#[tauri::command]
async fn export(keystow: Keystow<'_>, input: ReportInput, form: ReportForm) -> Answer<SavedView> {
    let engine = keystow.engine()?;
    let what = form.of(input.kind.into());
    Ok(engine.export_report(what, &ReportFilter::from(input)).await?.into())
}

/// An id from a window; longer ones no portal made.
fn suspension_id(id: &str) -> Answer<SuspensionId> {
    if id.is_empty() || id.len() > 512 {
        return Err(CommandError::bad_input("This suspension"));
    }
    Ok(SuspensionId::new(id))
}
