//! What administrators do about many apps and keys at once: suspend and resume them, and read reports on them.
//!
//! What a suspension hits is previewed, and only what was previewed is hit. Everything here looks at a survey of
//! everybody's apps and keys, so that both storages answer alike.

mod record;
pub(crate) mod reports;
mod rows;
pub(crate) mod suspensions;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};

pub(crate) use record::{Item, ItemKind, ItemState, SuspensionRecord, products};

use crate::{app::App, apps::admins_only, caller};

/// The paths of administrators.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/v1/developer/admin/suspensions", get(suspensions::list).post(suspensions::suspend))
        .route("/v1/developer/admin/suspensions/preview", post(suspensions::preview))
        .route("/v1/developer/admin/suspensions/{id}", get(suspensions::get))
        .route("/v1/developer/admin/suspensions/{id}/continue", post(suspensions::go_on))
        .route("/v1/developer/admin/suspensions/{id}/resume", post(suspensions::resume))
        .route("/v1/developer/admin/reports/{kind}", get(reports::report))
        .route("/v1/developer/admin/reports/{kind}/export", get(reports::export_report))
        .route("/v1/developer/admin/apps", get(reports::app_data))
        .route("/v1/developer/admin/apps/export", get(reports::export_app_data))
        .route_layer(middleware::from_fn_with_state(app.clone(), admins_only))
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::signed_in))
}
