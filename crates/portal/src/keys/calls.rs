//! The calls that issue no secret: list, get, rename, revoke, end grace, and who is signed in.

use std::{cmp::Reverse, sync::Arc};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, Query, State},
    response::Response,
};
use keystow_domain::{NameError, key_name};
use keystow_portal_api::{
    errors::ErrorReply,
    keys::{DeveloperReply, KeyIdRequest, KeyReply, ListApiKeysReply, UpdateApiKeyRequest},
};

use super::{
    page::{self, PageParams},
    replay::json,
};
use crate::{
    app::App,
    audit,
    caller::Caller,
    reply::{ApiError, read},
    storage::KeyChange,
    teams::Deed,
};

type Answer<T> = Result<Json<T>, ApiError>;

/// Answers with the keys of the caller and of their teams, newest first (ListApiKeys).
#[utoipa::path(
    operation_id = "listApiKeys", get, path = "/v1/developer/keys", tag = "DeveloperService", params(PageParams),
    responses((status = 200, body = ListApiKeysReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(params): Query<PageParams>,
) -> Result<Response, ApiError> {
    let (now, account) = (app.clock.now(), caller.account());
    let size = params.size()?;
    let before = params.start(&app.pepper, account, now)?;
    let place = (account.to_owned(), before, size);
    // Asked before the keys are read: a page is never taken for newer than it is.
    let generation = app.storage.generation();
    if let Some(answer) = generation.and_then(|generation| app.shelf.take(&place, generation, now)) {
        return Ok(json(answer));
    }
    let owners = app.owners(&caller).await?;
    let mut keys = Vec::new();
    for owner in owners.ids() {
        // One more than asked for tells whether there is a next page.
        keys.extend(app.storage.keys(owner, before, size + 1, now).await?);
    }
    keys.sort_unstable_by_key(|key| Reverse(key.number));
    let more = keys.len() > size as usize;
    keys.truncate(size as usize);
    let next = keys.last().filter(|_| more);
    let next_page_token =
        next.map(|last| page::write(&app.pepper, account, last.number, now)).unwrap_or_default();
    for key in &mut keys {
        if let Some(name) = owners.team_name(&key.account) {
            name.clone_into(&mut key.owner);
        }
    }
    let api_keys = keys.iter().map(|key| key.to_wire(app.is_extended(), now)).collect();
    let reply = serde_json::to_vec(&ListApiKeysReply { api_keys, next_page_token });
    let answer = Bytes::from(reply.expect("texts and numbers can be written"));
    if let Some(generation) = generation {
        app.shelf.put(place, generation, &keys, now, answer.clone());
    }
    Ok(json(answer))
}

/// Answers with one key (GetApiKey).
#[utoipa::path(
    operation_id = "getApiKey", get, path = "/v1/developer/keys/{id}", tag = "DeveloperService", params(("id" = String, Path, description = "the key's id")),
    responses((status = 200, body = KeyReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply, description = "unknown, or not yours"))
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<KeyReply> {
    let now = app.clock.now();
    let holder = app.holder_of_key(&caller, &id, Deed::Look).await?;
    let key = app.storage.key(&holder.id, &id, now).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(KeyReply { api_key: holder.named(key).to_wire(app.is_extended(), now) }))
}

/// Renames a key (UpdateApiKey).
#[utoipa::path(
    operation_id = "updateApiKey", patch, path = "/v1/developer/keys/{id}", tag = "DeveloperService", params(("id" = String, Path, description = "the key's id")),
    request_body = UpdateApiKeyRequest,
    responses((status = 200, body = KeyReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller may only look, or their role in the team does not allow it"), (status = 404, body = ErrorReply))
)]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer<KeyReply> {
    let request: UpdateApiKeyRequest = read(&body)?;
    let patched = request.api_key.as_ref();
    same_id(&id, request.id.as_deref())?;
    same_id(&id, patched.and_then(|patch| patch.id.as_deref()))?;
    if let Some(other) =
        request.update_mask.as_deref().and_then(|mask| mask.split(',').find(|field| *field != "name"))
    {
        return Err(ApiError::field("updateMask", format!("`{other}` cannot be changed; name can")));
    }
    let name = request.name.or_else(|| patched.and_then(|patch| patch.name.clone()));
    let name = valid_name(name.as_deref().unwrap_or_default())?;
    let renamed: KeyChange = Box::new(move |key| {
        key.name = name;
        Ok(None)
    });
    change(&app, &caller, &id, Deed::Manage, renamed).await
}

/// Ends a key with all its secrets at once, for good (RevokeApiKey).
#[utoipa::path(
    operation_id = "revokeApiKey", post, path = "/v1/developer/keys/{id}/revoke", tag = "DeveloperService", params(("id" = String, Path, description = "the key's id")),
    request_body = KeyIdRequest,
    responses((status = 200, body = KeyReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller may only look, or their role in the team does not allow it"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "revoked before"))
)]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer<KeyReply> {
    let request: KeyIdRequest = read(&body)?;
    required_id(&id, &request.id)?;
    change(&app, &caller, &id, Deed::Manage, Box::new(|key| key.revoke().map(|()| None))).await
}

/// Ends the grace of the old secrets of a key before its time. *Extended.*
#[utoipa::path(
    operation_id = "endGrace", post, path = "/v1/developer/keys/{id}/previous/end", tag = "DeveloperService", params(("id" = String, Path, description = "the key's id")),
    request_body(content = Option<KeyIdRequest>, description = "may be left out"),
    responses((status = 200, body = KeyReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "no old secret is accepted"))
)]
pub(crate) async fn end_grace(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer<KeyReply> {
    let request: KeyIdRequest = read(&body)?;
    same_id(&id, Some(&request.id).filter(|id| !id.is_empty()).map(String::as_str))?;
    change(&app, &caller, &id, Deed::Rotate, Box::new(|key| key.end_grace().map(|()| None))).await
}

/// Answers with who is signed in. *Extended.*
#[utoipa::path(
    operation_id = "whoIsSignedIn", get, path = "/v1/developer/me", tag = "DeveloperService",
    responses((status = 200, body = DeveloperReply), (status = 401, body = ErrorReply))
)]
pub(crate) async fn me(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> Answer<DeveloperReply> {
    let account = app.storage.account(caller.account()).await?.ok_or_else(ApiError::not_found)?;
    let role = app.storage.role(&account.id).await?.word().to_owned();
    let teams = app.storage.teams(&account.id).await?.iter().map(|team| team.to_wire()).collect();
    Ok(Json(DeveloperReply { name: account.name, email: account.email, id: account.id, role, teams }))
}

async fn change(app: &App, caller: &Caller, id: &str, deed: Deed, change: KeyChange) -> Answer<KeyReply> {
    let now = app.clock.now();
    let holder = app.holder_of_key(caller, id, deed).await?;
    let change: KeyChange = Box::new(move |key| {
        let changed = change(key);
        audit::about_key(key);
        changed
    });
    let key = app.storage.change_key(&holder.id, id, now, change).await??;
    Ok(Json(KeyReply { api_key: holder.named(key).to_wire(app.is_extended(), now) }))
}

/// A name as the contract allows it, or 400.
pub(super) fn valid_name(name: &str) -> Result<String, ApiError> {
    // Not every storage keeps one.
    if name.contains('\0') {
        return Err(ApiError::field("name", "must not hold a NUL character"));
    }
    key_name(name).map_err(|wrong| match wrong {
        NameError::Empty => ApiError::field("name", "value is required"),
        NameError::TooLong => ApiError::field("name", "must have at most 100 characters"),
    })
}

/// The id of the path must stand in the body as well, as the contract declares.
pub(super) fn required_id(path: &str, body: &str) -> Result<(), ApiError> {
    if body.is_empty() {
        return Err(ApiError::field("id", "value is required"));
    }
    same_id(path, Some(body))
}

fn same_id(path: &str, body: Option<&str>) -> Result<(), ApiError> {
    match body {
        Some(id) if id != path => Err(ApiError::field("id", "must be the id of the path")),
        _ => Ok(()),
    }
}
