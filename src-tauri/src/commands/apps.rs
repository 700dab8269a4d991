//! Developer apps, and the approval of what they subscribe to.

use keystow_domain::{AppId, SubscriptionId};
use tauri::Runtime;
use tauri::plugin::{Builder, TauriPlugin};

use super::{Answer, Keystow, long, short};
use crate::error::CommandError;
use crate::view::{AppDetailsView, AppFiguresView, AppInput, AppsView, DeletedAppView};

pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("apps")
        .invoke_handler(tauri::generate_handler![
            list, refresh, details, figures, create, change, delete, approve, reject
        ])
        .build()
}

#[tauri::command]
async fn list(keystow: Keystow<'_>) -> Answer<AppsView> {
    let engine = keystow.engine()?;
    Ok(AppsView::of(engine.apps()?, engine))
}

#[tauri::command]
async fn refresh(keystow: Keystow<'_>) -> Answer<AppsView> {
    let engine = keystow.engine()?;
    engine.refresh_apps().await?;
    Ok(AppsView::of(engine.apps()?, engine))
}

#[tauri::command]
async fn details(keystow: Keystow<'_>, app: String) -> Answer<AppDetailsView> {
    let engine = keystow.engine()?;
    let sight = engine.app(&app_id(&app)?)?;
    Ok(AppDetailsView::of(sight, &engine.apps()?.products, engine))
}

#[tauri::command]
async fn figures(keystow: Keystow<'_>, app: String) -> Answer<AppFiguresView> {
    Ok(keystow.engine()?.app_figures(&app_id(&app)?).await?.into())
}

#[tauri::command]
async fn create(keystow: Keystow<'_>, input: AppInput) -> Answer<AppDetailsView> {
    let engine = keystow.engine()?;
    let made = engine.create_app(&input.into()).await?;
    Ok(AppDetailsView::of(engine.app(&made.id)?, &engine.apps()?.products, engine))
}

#[tauri::command]
async fn change(keystow: Keystow<'_>, app: String, input: AppInput) -> Answer<AppDetailsView> {
    let engine = keystow.engine()?;
    let changed = engine.change_app(&app_id(&app)?, &input.into()).await?;
    Ok(AppDetailsView::of(engine.app(&changed.id)?, &engine.apps()?.products, engine))
}

#[tauri::command]
async fn delete(keystow: Keystow<'_>, app: String, typed: String) -> Answer<DeletedAppView> {
    let engine = keystow.engine()?;
    Ok(engine.delete_app(&app_id(&app)?, &short(typed)?).await?.into())
}

#[tauri::command]
async fn approve(keystow: Keystow<'_>, subscription: String) -> Answer<AppsView> {
    let engine = keystow.engine()?;
    engine.decide(&subscription_id(&subscription)?, None).await?;
    Ok(AppsView::of(engine.apps()?, engine))
}

#[tauri::command]
async fn reject(keystow: Keystow<'_>, subscription: String, reason: String) -> Answer<AppsView> {
    let engine = keystow.engine()?;
    engine.decide(&subscription_id(&subscription)?, Some(&long(reason)?)).await?;
    Ok(AppsView::of(engine.apps()?, engine))
}

/// An id from a window; longer ones no portal made.
fn app_id(id: &str) -> Answer<AppId> {
    if id.is_empty() || id.len() > 512 {
        return Err(CommandError::bad_input("This app"));
    }
    Ok(AppId::new(id))
}

fn subscription_id(id: &str) -> Answer<SubscriptionId> {
    if id.is_empty() || id.len() > 512 {
        return Err(CommandError::bad_input("This subscription"));
    }
    Ok(SubscriptionId::new(id))
}
