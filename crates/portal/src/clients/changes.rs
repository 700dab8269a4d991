//! The two calls that issue the secret of a client: register and rotate. Each can be repeated as those of keys can.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use keystow_domain::Timestamp;
use keystow_portal_api::{
    clients::{CreateClientRequest, IssuedClient, RotateClientRequest},
    errors::ErrorReply,
};
use zeroize::Zeroizing;

use super::{
    ClientAuth, ClientKeyRecord, ID, MOST_CLIENTS, OauthClient, calls::NOWHERE, jwk, record::nobodys_secret,
};
use crate::{
    app::App,
    apps::name_of,
    callbacks,
    caller::Caller,
    keys::{
        self, KeyRecord, NewSecret, Standing,
        changes::{finish, grace, made},
        replay::{self, Begun},
    },
    random,
    reply::{ApiError, read, violation},
    storage::{ClientChange, NewClient},
};

/// Registers an OAuth client and says its secret once, if it has one. *Extended.*
#[utoipa::path(
    operation_id = "createClient", post, path = "/v1/developer/clients", tag = "OAuth clients", request_body = CreateClientRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "As at CreateApiKey")),
    responses((status = 200, body = IssuedClient<String>), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 409, body = ErrorReply, description = "the same call is being made, or there are as many clients as there may be"), (status = 422, body = ErrorReply, description = "the name stood for another call"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let request: CreateClientRequest = read(&body)?;
    let call = match replay::begin(&app, caller.account(), "create client", &headers, &body).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(call) => call,
    };
    finish(app.clone(), async move {
        let account = app.storage.account(caller.account()).await?.ok_or_else(ApiError::not_found)?;
        let now = app.clock.now();
        let (mut client, secret) = new_client(&app, request, now)?;
        let record = &mut client.record;
        let names = [&account.team, &account.name, &account.email];
        record.owner = names.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
        record.created_by = if account.name.is_empty() { account.email } else { account.name };
        record.account = account.id;
        let (of, owner) = (record.app.clone(), record.account.clone());
        client.tell_log();
        // Kept until the change is durable: whoever asks again before finds the call being made.
        let (secret, call) = (Arc::new(secret), call.map(Arc::new));
        let new: NewClient = {
            let (app, secret, call) = (app.clone(), secret.clone(), call.clone());
            Box::new(move |owner| {
                if let Some(owner) = owner {
                    client.record.standing = owner.standing(&client.record.scopes);
                }
                let answer = issued(&client, secret.as_ref().as_ref(), now);
                (client, call.map(|call| call.record(&app.pepper, &answer, now)))
            })
        };
        let added = app.storage.add_client(&owner, &of, MOST_CLIENTS, new).await;
        let added = added.map_err(ApiError::from).and_then(|added| added.map_err(ApiError::from));
        made(&app, call.as_deref(), added, |client| issued(&client, secret.as_ref().as_ref(), now)).await
    })
    .await
}

/// Replaces the secret of an OAuth client and says the new one once. *Extended.*
#[utoipa::path(
    operation_id = "rotateClient", post, path = "/v1/developer/clients/{id}/rotate", tag = "OAuth clients",
    request_body(content = Option<RotateClientRequest>, description = "may be left out"),
    params(("id" = String, Path, description = "the client_id"), ("Idempotency-Key" = Option<String>, Header, description = "As at CreateApiKey")),
    responses((status = 200, body = IssuedClient<String>), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "the client has no secret, ten old ones that are accepted, or the same call is being made"), (status = 422, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn rotate(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let request: RotateClientRequest = read(&body)?;
    let grace = grace(&app, request.grace_seconds)?;
    let path = format!("rotate client {id}");
    let call = match replay::begin(&app, caller.account(), &path, &headers, &body).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(call) => call,
    };
    finish(app.clone(), async move {
        let (secret, now) = (Arc::new(NewSecret::of_client()), app.clock.now());
        // Kept until the change is durable: whoever asks again before finds the call being made.
        let call = call.map(Arc::new);
        let rotated: ClientChange = {
            let (app, secret, call) = (app.clone(), secret.clone(), call.clone());
            Box::new(move |client| {
                let version = client.record.current.version + 1;
                let kept = secret.record_of(&client.record.id, version, &app.pepper);
                let rotated = client.rotate(kept, grace, now);
                client.tell_log();
                rotated?;
                Ok(call.map(|call| call.record(&app.pepper, &issued(client, Some(&secret), now), now)))
            })
        };
        let changed = app.storage.change_client(caller.account(), &id, now, rotated).await;
        let changed = changed.map_err(ApiError::from).and_then(|changed| changed.map_err(ApiError::from));
        made(&app, call.as_deref(), changed, |client| issued(&client, Some(&secret), now)).await
    })
    .await
}

fn issued(client: &OauthClient, secret: Option<&NewSecret>, now: Timestamp) -> Zeroizing<Vec<u8>> {
    let issued = IssuedClient { client: client.to_wire(now), client_secret: secret.map(NewSecret::reveal) };
    Zeroizing::new(serde_json::to_vec(&issued).expect("texts and numbers can be written"))
}

/// The client as it is wished for, of nobody yet, with its secret if it has one.
fn new_client(
    app: &App,
    request: CreateClientRequest,
    now: Timestamp,
) -> Result<(OauthClient, Option<NewSecret>), ApiError> {
    let mut wrong = Vec::new();
    let name = name_of(&request.name, &mut wrong);
    let redirect_uris = callbacks::checked("redirectUris", request.redirect_uris, &mut wrong);
    let auth = ClientAuth::read(&request.auth_method);
    if auth.is_none() {
        wrong.push(violation("authMethod", "must be none, client_secret or private_key_jwt"));
    }
    if auth == Some(ClientAuth::None) && redirect_uris.is_empty() {
        wrong.push(violation("redirectUris", NOWHERE));
    }
    if request.app_id.as_deref() == Some("") {
        wrong.push(violation("appId", "must name an app; leave it out for a client without one"));
    }
    let first = match (&request.jwk, auth) {
        (Some(jwk), Some(ClientAuth::Assertion)) => jwk::read(jwk).map_err(|one| wrong.push(one)).ok(),
        (None, Some(ClientAuth::Assertion)) => {
            wrong.push(violation(
                "jwk",
                "value is required: without a key nothing that it signs can be checked",
            ));
            None
        }
        (Some(_), _) => {
            wrong.push(violation("jwk", "is for private_key_jwt alone"));
            None
        }
        (None, _) => None,
    };
    let (Some(name), Some(auth), true) = (name, auth, wrong.is_empty()) else {
        return Err(ApiError::fields(wrong));
    };
    let id = random::id(ID);
    let secret = (auth == ClientAuth::Secret).then(NewSecret::of_client);
    let current = match (&secret, &first) {
        (Some(secret), _) => secret.record_of(&id, 1, &app.pepper),
        (None, Some((kid, _))) => nobodys_secret(1, kid),
        (None, None) => nobodys_secret(1, ""),
    };
    let key = |(kid, key)| ClientKeyRecord { version: 1, kid, key, added_at: now, last_used_at: None };
    let record = KeyRecord {
        number: 0,
        id,
        account: String::new(),
        name,
        // What it may do is what is approved for its app at each call, whatever that is.
        scopes: keys::SCOPES.map(str::to_owned).into(),
        environment: String::new(),
        owner: String::new(),
        app: request.app_id.unwrap_or_default(),
        created_by: String::new(),
        standing: Standing::InForce,
        created_at: now,
        last_used_at: None,
        expires_at: None,
        rotated_at: None,
        current,
        previous: Vec::new(),
    };
    let keys = first.into_iter().map(key).collect();
    Ok((OauthClient { record, auth, redirect_uris, keys }, secret))
}
