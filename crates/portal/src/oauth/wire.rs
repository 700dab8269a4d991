//! AuthService: the token calls in their two documented shapes.
//!
//! Which shapes are accepted is a switch of the server. Where both are, a call is answered in the
//! shape it came in: `grant_type`, `token_type_hint` and snake_case names are the `rfc` shape.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use keystow_portal_api::{
    auth::{ExchangeTokenRequest, RefreshTokenRequest, RevokeTokenRequest, Token, TokenReply, scope_name},
    errors::{ErrorReply, code},
};
use serde::Deserialize;

use super::{
    client_auth::{self, NotProven, Proof},
    exchange::{self, Exchange, Refused, Tokens},
    token::{issued, not_proven, oauth_error},
};
use crate::{
    app::App,
    audit,
    config::TokenDialect,
    private::Private,
    reply::{ApiError, read, violation},
};

/// Every field of the three calls in either spelling; which of them may be there is judged after.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Brought {
    grant_type: Option<String>,
    token_type_hint: Option<String>,
    code: Option<Private>,
    token: Option<Private>,
    redirect_uri: Option<String>,
    client_id: Option<String>,
    code_verifier: Option<Private>,
    refresh_token: Option<Private>,
    #[serde(rename = "redirectUri")]
    camel_redirect_uri: Option<String>,
    #[serde(rename = "clientId")]
    camel_client_id: Option<String>,
    #[serde(rename = "codeVerifier")]
    camel_code_verifier: Option<Private>,
    #[serde(rename = "refreshToken")]
    camel_refresh_token: Option<Private>,
}

/// The shape of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Camel,
    Rfc,
}

impl Brought {
    fn read(app: &App, body: &Bytes) -> Result<(Self, Shape), ApiError> {
        let brought: Self = read(body)?;
        let foreign = [(&brought.grant_type, "grant_type"), (&brought.token_type_hint, "token_type_hint")];
        let foreign = foreign.into_iter().find(|(value, _)| value.is_some()).map(|(_, name)| name);
        let snake = foreign.is_some()
            || brought.redirect_uri.is_some()
            || brought.client_id.is_some()
            || brought.code_verifier.is_some()
            || brought.refresh_token.is_some();
        let camel = brought.camel_redirect_uri.is_some()
            || brought.camel_client_id.is_some()
            || brought.camel_code_verifier.is_some()
            || brought.camel_refresh_token.is_some();
        let shape = match app.tokens {
            // The generated server knows both spellings of its fields, and no others.
            TokenDialect::Camel => match foreign {
                Some(name) => return Err(ApiError::field("body", format!("unknown field `{name}`"))),
                None => Shape::Camel,
            },
            TokenDialect::Rfc if camel => return Err(ApiError::field("body", "unknown field in lowerCamel")),
            TokenDialect::Rfc => Shape::Rfc,
            TokenDialect::Both => {
                if snake && !camel {
                    Shape::Rfc
                } else {
                    Shape::Camel
                }
            }
        };
        Ok((brought, shape))
    }

    fn client_id(&mut self) -> Option<String> {
        self.client_id.take().or(self.camel_client_id.take())
    }
}

/// Takes a field that must be there.
fn required<T>(value: Option<T>, field: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::fields(vec![violation(field, "value is required")]))
}

/// Exchanges a code for tokens (ExchangeToken).
#[utoipa::path(
    operation_id = "exchangeCode", post, path = "/v1/auth/token", tag = "AuthService", request_body = ExchangeTokenRequest<String>, security(()),
    responses((status = 200, body = TokenReply<String>), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn exchange(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (mut brought, shape) = Brought::read(&app, &body)?;
    let client_id = required(brought.client_id(), "clientId")?;
    let redirect_uri = required(brought.redirect_uri.or(brought.camel_redirect_uri), "redirectUri")?;
    let code = required(brought.code, "code")?;
    let verifier = required(brought.code_verifier.or(brought.camel_code_verifier), "codeVerifier")?;
    if !(43..=128).contains(&verifier.len()) {
        return Err(ApiError::field("codeVerifier", "must have 43 to 128 characters"));
    }
    if shape == Shape::Rfc && brought.grant_type.as_deref().is_some_and(|kind| kind != "authorization_code") {
        return Ok(oauth_error("unsupported_grant_type", "send grant_type authorization_code"));
    }
    if let Err(refused) = named(&app, &headers, &client_id).await {
        return Ok(not_proven(refused));
    }
    let brought = Exchange {
        code: &code,
        redirect_uri: &redirect_uri,
        client_id: &client_id,
        code_verifier: &verifier,
    };
    Ok(answer(shape, exchange::exchange(&app, brought).await))
}

/// Replaces a refresh token (RefreshToken).
#[utoipa::path(
    operation_id = "refreshToken", post, path = "/v1/auth/token/refresh", tag = "AuthService", request_body = RefreshTokenRequest<String>, security(()),
    responses((status = 200, body = TokenReply<String>), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn refresh(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (mut brought, shape) = Brought::read(&app, &body)?;
    let client_id = required(brought.client_id(), "clientId")?;
    let token = required(brought.refresh_token.or(brought.camel_refresh_token), "refreshToken")?;
    if let Err(refused) = named(&app, &headers, &client_id).await {
        return Ok(not_proven(refused));
    }
    Ok(answer(shape, exchange::refresh(&app, &token, &client_id).await))
}

/// Ends a sign-in (RevokeToken); an unknown token is no error.
#[utoipa::path(
    operation_id = "revokeToken", post, path = "/v1/auth/token/revoke", tag = "AuthService", request_body = RevokeTokenRequest<String>, security(()),
    responses((status = 200, description = "`{}`"), (status = 400, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (mut brought, shape) = Brought::read(&app, &body)?;
    let client_id = brought.client_id();
    if shape == Shape::Camel && app.tokens != TokenDialect::Both {
        required(client_id.as_ref(), "clientId")?;
    }
    let token = required(brought.token, "token")?;
    if let Err(refused) = named(&app, &headers, client_id.as_deref().unwrap_or_default()).await {
        return Ok(not_proven(refused));
    }
    exchange::revoke(&app, &token, client_id.as_deref()).await?;
    Ok(Json(serde_json::Map::new()).into_response())
}

/// Whether the client of a call may be believed. The messages of the contract have no room for a secret, so that a
/// confidential client brings it in the header.
async fn named(app: &App, headers: &HeaderMap, client_id: &str) -> Result<(), NotProven> {
    let proof = Proof { client_id, ..Proof::default() };
    client_auth::named(app, headers, proof).await.map(drop)
}

fn answer(shape: Shape, tokens: Result<Tokens, Refused>) -> Response {
    match (shape, tokens) {
        (Shape::Rfc, Ok(tokens)) => issued(tokens),
        (Shape::Camel, Ok(tokens)) => {
            let token = Token {
                access_token: tokens.access.as_str(),
                token_type: "Bearer".into(),
                expires_in: tokens.expires_in,
                refresh_token: tokens.refresh.as_str(),
                scopes: tokens.scopes.iter().map(|scope| scope_name(scope)).collect(),
            };
            Json(TokenReply { token }).into_response()
        }
        (shape, Err(Refused::Grant(why))) => refused(shape, "invalid_grant", why),
        (shape, Err(Refused::Client(why))) => refused(shape, "unauthorized_client", why),
        (_, Err(Refused::Api(error))) => error.into_response(),
    }
}

/// A refusal of RFC 6749 §5.2, in the words of the call.
fn refused(shape: Shape, error: &'static str, why: &str) -> Response {
    if shape == Shape::Rfc {
        return oauth_error(error, why);
    }
    audit::refused(error);
    let reply = ErrorReply {
        code: code::UNAUTHENTICATED.into(),
        message: why.into(),
        error: error.into(),
        ..ErrorReply::default()
    };
    (StatusCode::UNAUTHORIZED, Json(reply)).into_response()
}
