//! The calls about clients that issue no secret.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, Query, State},
};
use keystow_portal_api::{
    clients::{AddClientKeyRequest, ClientReply, ListClientsReply, UpdateClientRequest},
    errors::ErrorReply,
};

use super::{ClientAuth, OauthClient, jwk};
use crate::{
    app::App,
    apps::name_of,
    callbacks,
    caller::Caller,
    keys::page::{self, PageParams},
    reply::{ApiError, read, violation},
    storage::{ClientChange, Refusal},
};

type Answer<T> = Result<Json<T>, ApiError>;

/// Answers with the OAuth clients of the caller, newest first. *Extended.*
#[utoipa::path(
    operation_id = "listClients", get, path = "/v1/developer/clients", tag = "OAuth clients", params(PageParams),
    responses((status = 200, body = ListClientsReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(params): Query<PageParams>,
) -> Answer<ListClientsReply> {
    let (now, account) = (app.clock.now(), caller.account());
    let size = params.size()?;
    let list = format!("clients {account}");
    let before = params.start(&app.pepper, &list, now)?;
    // One more than asked for tells whether there is a next page.
    let mut clients = app.storage.clients(account, before, size + 1, now).await?;
    let more = clients.len() > size as usize;
    clients.truncate(size as usize);
    let next = clients.last().filter(|_| more);
    let next_page_token =
        next.map(|last| page::write(&app.pepper, &list, last.record.number, now)).unwrap_or_default();
    Ok(Json(ListClientsReply {
        clients: clients.iter().map(|one| one.to_wire(now)).collect(),
        next_page_token,
    }))
}

/// Answers with one OAuth client. *Extended.*
#[utoipa::path(
    operation_id = "getClient", get, path = "/v1/developer/clients/{id}", tag = "OAuth clients", params(("id" = String, Path, description = "the client_id")),
    responses((status = 200, body = ClientReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply, description = "unknown, or not yours"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<ClientReply> {
    let now = app.clock.now();
    let found = app.storage.client_of(caller.account(), &id, now).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(ClientReply { client: found.to_wire(now) }))
}

/// Changes the name of an OAuth client, or where sign-ins with it may come back to. *Extended.*
#[utoipa::path(
    operation_id = "updateClient", patch, path = "/v1/developer/clients/{id}", tag = "OAuth clients", request_body = UpdateClientRequest,
    params(("id" = String, Path, description = "the client_id")),
    responses((status = 200, body = ClientReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer<ClientReply> {
    let request: UpdateClientRequest = read(&body)?;
    let now = app.clock.now();
    let before = app.storage.client_of(caller.account(), &id, now).await?.ok_or_else(ApiError::not_found)?;
    let mut wrong = Vec::new();
    let name = request.name.and_then(|name| name_of(&name, &mut wrong));
    let uris = request.redirect_uris.map(|uris| callbacks::checked("redirectUris", uris, &mut wrong));
    // How a client proves who it is never changes, so it is the same when nobody else can change the client.
    if before.auth == ClientAuth::None && uris.as_ref().is_some_and(Vec::is_empty) {
        wrong.push(violation("redirectUris", NOWHERE));
    }
    if !wrong.is_empty() {
        return Err(ApiError::fields(wrong));
    }
    let edit = move |client: &mut OauthClient| {
        client.record.name = name.unwrap_or_else(|| std::mem::take(&mut client.record.name));
        client.redirect_uris = uris.unwrap_or_else(|| std::mem::take(&mut client.redirect_uris));
        Ok(None)
    };
    change(&app, &caller, &id, Box::new(edit)).await
}

/// Why a public client must say where a sign-in may come back to.
pub(super) const NOWHERE: &str =
    "at least one is required: a public client is good for signing people in alone";

/// Deletes an OAuth client: every sign-in with it and every token it was given end at once, for good. What was counted
/// of it stays. *Extended.*
#[utoipa::path(
    operation_id = "deleteClient", delete, path = "/v1/developer/clients/{id}", tag = "OAuth clients", params(("id" = String, Path, description = "the client_id")),
    responses((status = 200, body = ClientReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<ClientReply> {
    let deleted = |client: &mut OauthClient| client.record.revoke().map(|()| None);
    let answer = change(&app, &caller, &id, Box::new(deleted)).await?;
    tracing::warn!(client = id, account = caller.account(), "an OAuth client was deleted with its tokens");
    Ok(answer)
}

/// Ends the grace of the old secrets of an OAuth client before its time, and of the tokens that were got with them.
/// *Extended.*
#[utoipa::path(
    operation_id = "endClientGrace", post, path = "/v1/developer/clients/{id}/previous/end", tag = "OAuth clients", params(("id" = String, Path, description = "the client_id")),
    responses((status = 200, body = ClientReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "no old secret is accepted"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn end_grace(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<ClientReply> {
    let ended = |client: &mut OauthClient| client.record.end_grace().map(|()| None);
    change(&app, &caller, &id, Box::new(ended)).await
}

/// Adds a public key of an OAuth client that signs; those it has stay accepted beside it. *Extended.*
#[utoipa::path(
    operation_id = "addClientKey", post, path = "/v1/developer/clients/{id}/keys", tag = "OAuth clients", request_body = AddClientKeyRequest,
    params(("id" = String, Path, description = "the client_id")),
    responses((status = 200, body = ClientReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "the client does not sign, has this key, or as many as there may be"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn add_key(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer<ClientReply> {
    let request: AddClientKeyRequest = read(&body)?;
    let (kid, key) = jwk::read(&request.jwk).map_err(|wrong| ApiError::fields(vec![wrong]))?;
    let now = app.clock.now();
    let added = move |client: &mut OauthClient| client.add_key(&kid, key, now).map(|()| None);
    change(&app, &caller, &id, Box::new(added)).await
}

/// Ends a public key of an OAuth client, and the tokens that were got with it. *Extended.*
#[utoipa::path(
    operation_id = "endClientKey", delete, path = "/v1/developer/clients/{id}/keys/{kid}", tag = "OAuth clients",
    params(("id" = String, Path, description = "the client_id"), ("kid" = String, Path, description = "the key's kid")),
    responses((status = 200, body = ClientReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn end_key(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((id, kid)): Path<(String, String)>,
) -> Answer<ClientReply> {
    let ended = move |client: &mut OauthClient| client.end_key(&kid).map(|()| None);
    change(&app, &caller, &id, Box::new(ended)).await
}

async fn change(app: &App, caller: &Caller, id: &str, change: ClientChange) -> Answer<ClientReply> {
    let now = app.clock.now();
    let change: ClientChange = Box::new(move |client| {
        let changed = change(client);
        client.tell_log();
        changed
    });
    let changed = app.storage.change_client(caller.account(), id, now, change).await?;
    let client = changed.map_err(|refusal| match refusal {
        // A key of a client is called revoked; a client that is gone is as unknown as one that never was.
        Refusal::AlreadyRevoked => ApiError::not_found(),
        other => other.into(),
    })?;
    Ok(Json(ClientReply { client: client.to_wire(now) }))
}
