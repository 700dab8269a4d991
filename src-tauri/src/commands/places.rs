//! Places: where the secret of a key goes, and the search for where an old one was left.

use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, key_id, short};
use crate::view::{PlaceInput, PlaceView, RotationView, SweepInput, SweepView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("places")
        .invoke_handler(tauri::generate_handler![
            list,
            add,
            remove,
            wave_away,
            deliver,
            sweep,
            sweep_status,
            sweep_cancel
        ])
        .build()
}

#[tauri::command]
async fn list(keystow: Keystow<'_>, key: String) -> Answer<Vec<PlaceView>> {
    let places = keystow.engine()?.places(&key_id(&key)?).await?;
    Ok(places.into_iter().map(Into::into).collect())
}

#[tauri::command]
async fn add(keystow: Keystow<'_>, input: PlaceInput) -> Answer<Vec<PlaceView>> {
    let (key, label) = (key_id(&input.key)?, short(input.label)?);
    let places = keystow.engine()?.add_place(&key, input.kind.into(), &label).await?;
    Ok(places.into_iter().map(Into::into).collect())
}

#[tauri::command]
async fn remove(keystow: Keystow<'_>, key: String, place: String) -> Answer<Vec<PlaceView>> {
    let places = keystow.engine()?.remove_place(&key_id(&key)?, &short(place)?).await?;
    Ok(places.into_iter().map(Into::into).collect())
}

#[tauri::command]
async fn wave_away(keystow: Keystow<'_>, key: String) -> Answer<()> {
    Ok(keystow.engine()?.wave_away(&key_id(&key)?).await?)
}

#[tauri::command]
async fn deliver(keystow: Keystow<'_>, key: String, place: String, done: bool) -> Answer<RotationView> {
    let engine = keystow.engine()?;
    let key = key_id(&key)?;
    engine.deliver(&key, &short(place)?, done).await?;
    Ok(RotationView::of(engine.rotation(&key).await?, engine))
}

#[tauri::command]
async fn sweep(keystow: Keystow<'_>, input: SweepInput) -> Answer<SweepView> {
    let key = key_id(&input.key)?;
    Ok(keystow.engine()?.sweep(&key, &input.into()).await?.into())
}

#[tauri::command]
async fn sweep_status(keystow: Keystow<'_>) -> Answer<Option<SweepView>> {
    Ok(keystow.engine()?.sweep_sight().map(Into::into))
}

#[tauri::command]
async fn sweep_cancel(keystow: Keystow<'_>) -> Answer<()> {
    keystow.engine()?.cancel_sweep();
    Ok(())
}
