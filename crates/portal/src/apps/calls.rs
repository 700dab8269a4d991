//! The calls about apps that their owner makes, and the products there are.

use std::{
    cmp::Reverse,
    sync::{Arc, OnceLock},
};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, Query, State},
};
use keystow_portal_api::{
    apps::{AppDeletedReply, AppReply, AppRequest, ListAppsReply, ListProductsReply},
    errors::{ErrorReply, code},
};

use super::{AppRecord, MOST_APPS, wish};
use crate::{
    app::App,
    audit,
    caller::Caller,
    clients::is_client_id,
    keys::page::{self, PageParams},
    reply::{ApiError, read},
    teams::Deed,
};

/// Answers with every product. *Extended.*
#[utoipa::path(
    operation_id = "listProducts", get, path = "/v1/developer/products", tag = "Apps",
    responses((status = 200, body = ListProductsReply), (status = 401, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn products(State(app): State<Arc<App>>) -> Result<Json<ListProductsReply>, ApiError> {
    let products = app.storage.products().await?;
    Ok(Json(ListProductsReply { products: products.iter().map(|product| product.to_wire()).collect() }))
}

/// Answers with the apps of the caller and of their teams, newest first. *Extended.*
#[utoipa::path(
    operation_id = "listApps", get, path = "/v1/developer/apps", tag = "Apps", params(PageParams),
    responses((status = 200, body = ListAppsReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(params): Query<PageParams>,
) -> Result<Json<ListAppsReply>, ApiError> {
    let (now, account) = (app.clock.now(), caller.account());
    let size = params.size()?;
    let list = format!("apps {account}");
    let before = params.start(&app.pepper, &list, now)?;
    let owners = app.owners(&caller).await?;
    let mut apps = Vec::new();
    for owner in owners.ids() {
        // One more than asked for tells whether there is a next page.
        apps.extend(app.storage.apps(owner, before, size + 1).await?);
    }
    apps.sort_unstable_by_key(|one| Reverse(one.number));
    let more = apps.len() > size as usize;
    apps.truncate(size as usize);
    for one in &mut apps {
        if let Some(name) = owners.team_name(&one.account) {
            name.clone_into(&mut one.owner);
        }
    }
    let next = apps.last().filter(|_| more);
    let next_page_token =
        next.map(|last| page::write(&app.pepper, &list, last.number, now)).unwrap_or_default();
    Ok(Json(ListAppsReply { apps: apps.iter().map(AppRecord::to_wire).collect(), next_page_token }))
}

/// Makes an app; what it subscribes to and needs no approval is approved at once. *Extended.*
#[utoipa::path(
    operation_id = "createApp", post, path = "/v1/developer/apps", tag = "Apps", request_body = AppRequest,
    responses((status = 200, body = AppReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller may only look"), (status = 409, body = ErrorReply, description = "the caller has an app of this name, too many, or waits for too many decisions"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<AppReply>, ApiError> {
    let mut request: AppRequest = read(&body)?;
    let team = request.team_id.take();
    let wish = wish::of_new(request, &app.storage.products().await?)?;
    let (id, owner) = match team {
        Some(team) => of_team(&app, &caller, &team).await?,
        None => {
            let account = app.storage.account(caller.account()).await?.ok_or_else(ApiError::not_found)?;
            let names = [account.team, account.name, account.email];
            (account.id, names.into_iter().find(|name| !name.is_empty()).unwrap_or_default())
        }
    };
    let new = AppRecord::new(&id, &owner, wish, app.clock.now());
    audit::about_app(&new);
    let added = app.storage.add_app(new, MOST_APPS).await??;
    Ok(Json(AppReply { app: added.to_wire() }))
}

/// Answers with one app. *Extended.*
#[utoipa::path(
    operation_id = "getApp", get, path = "/v1/developer/apps/{id}", tag = "Apps", params(("id" = String, Path, description = "the app's id")),
    responses((status = 200, body = AppReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply, description = "unknown, or not yours"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<AppReply>, ApiError> {
    let holder = app.holder_of_app(&caller, &id, Deed::Look).await?;
    let found = app.storage.app(&holder.id, &id).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(AppReply { app: holder.named_app(found).to_wire() }))
}

/// The id and the name of the team that a new app shall belong to.
async fn of_team(app: &App, caller: &Caller, id: &str) -> Result<(String, String), ApiError> {
    let holder = app.holder_team(caller, id, Deed::Manage).await.map_err(|refused| {
        let unknown = || ApiError::field("teamId", "there is no such team, or you are not in it");
        if refused.is_not_found() { unknown() } else { refused }
    })?;
    let name = holder.team.map(|(name, _)| name);
    Ok((holder.id, name.unwrap_or_default()))
}

/// Changes an app. *Extended.*
#[utoipa::path(
    operation_id = "updateApp", patch, path = "/v1/developer/apps/{id}", tag = "Apps",
    request_body(content = Option<AppRequest>, description = "without it nothing changes"),
    params(("id" = String, Path, description = "the app's id")),
    responses((status = 200, body = AppReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller may only look"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "the caller has another app of this name, or waits for too many decisions"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<AppReply>, ApiError> {
    let request: AppRequest = read(&body)?;
    let holder = app.holder_of_app(&caller, &id, Deed::Manage).await?;
    if app.storage.app(&holder.id, &id).await?.is_none() {
        return Err(ApiError::not_found());
    }
    let wish = wish::of_change(request, &app.storage.products().await?)?;
    let now = app.clock.now();
    // What must be justified depends on what the app asks for then, and that may be changed until then.
    let wrong = Arc::new(OnceLock::new());
    let change = {
        let wrong = wrong.clone();
        Box::new(move |app: &mut AppRecord| {
            let unjustified = wish::unjustified(&wish, Some(app));
            audit::about_app(app);
            if unjustified.is_empty() {
                app.change(wish, now);
                audit::about_app(app);
            } else {
                audit::refused(code::INVALID_REQUEST);
                let _ = wrong.set(unjustified);
            }
        })
    };
    let changed = app.storage.change_app(&holder.id, &id, change).await??;
    match wrong.get() {
        Some(wrong) => Err(ApiError::fields(wrong.clone())),
        None => Ok(Json(AppReply { app: holder.named_app(changed).to_wire() })),
    }
}

/// Deletes an app with its OAuth clients and revokes its keys at once, for good. What was counted of them stays. *Extended.*
#[utoipa::path(
    operation_id = "deleteApp", delete, path = "/v1/developer/apps/{id}", tag = "Apps", params(("id" = String, Path, description = "the app's id")),
    responses((status = 200, body = AppDeletedReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller may only look"), (status = 404, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<AppDeletedReply>, ApiError> {
    let holder = app.holder_of_app(&caller, &id, Deed::Manage).await?;
    let revoked = app.storage.delete_app(&holder.id, &id, app.clock.now()).await?;
    let revoked = revoked.ok_or_else(ApiError::not_found)?;
    let (deleted_client_ids, revoked_key_ids) = revoked.into_iter().partition(|id| is_client_id(id));
    tracing::warn!(app = id, account = caller.account(), "an app was deleted and its keys were revoked");
    Ok(Json(AppDeletedReply { revoked_key_ids, deleted_client_ids }))
}
