//! OAuth clients. What they have in common with keys is asked of the topic `keys`.

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id, short};
use crate::view::{ClientInput, KeyRowView, NewClientInput, StowedView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("clients").invoke_handler(tauri::generate_handler![list, create, change]).build()
}

#[tauri::command]
async fn list(keystow: Keystow<'_>) -> Answer<Vec<KeyRowView>> {
    let engine = keystow.engine()?;
    Ok(engine.clients()?.into_iter().map(|row| KeyRowView::of(row, engine)).collect())
}

#[tauri::command]
async fn create(keystow: Keystow<'_>, input: NewClientInput) -> Answer<StowedView> {
    let engine = keystow.engine()?;
    let ticket = short(input.ticket.clone())?;
    let row = engine.create_client(&ticket, &input.into()).await?;
    Ok(StowedView { row: KeyRowView::of(row, engine) })
}

#[tauri::command]
async fn change(keystow: Keystow<'_>, client: String, input: ClientInput) -> Answer<KeyRowView> {
    let engine = keystow.engine()?;
    let row = engine.change_client(&key_id(&client)?, &input.into()).await?;
    Ok(KeyRowView::of(row, engine))
}
