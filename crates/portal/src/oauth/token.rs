//! The standard endpoints: RFC 6749 `/oauth/token` and RFC 7009 `/oauth/revoke`, form-encoded.

use std::sync::Arc;

use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use keystow_portal_api::{auth::RfcTokenReply, errors::ErrorReply};
use serde::Deserialize;

use super::exchange::{self, Exchange, Refused, Tokens};
use crate::{app::App, audit, private::Private, reply::ApiError};

/// The form of the token endpoint.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct TokenForm {
    /// `authorization_code` or `refresh_token`.
    grant_type: String,
    /// The OAuth client; every client is public, so there is no secret.
    #[serde(default)]
    client_id: String,
    /// With `authorization_code`: the code.
    #[serde(default)]
    #[schema(value_type = String)]
    code: Private,
    /// With `authorization_code`: the redirect URI of the authorization request.
    #[serde(default)]
    redirect_uri: String,
    /// With `authorization_code`: the PKCE verifier.
    #[serde(default)]
    #[schema(value_type = String)]
    code_verifier: Private,
    /// With `refresh_token`: the token.
    #[serde(default)]
    #[schema(value_type = String)]
    refresh_token: Private,
}

impl TokenForm {
    /// The first field that must be there and is not; nothing for a grant type nobody knows.
    fn missing(&self) -> Option<&'static str> {
        let code: [(&'static str, &str); 4] = [
            ("code", &*self.code),
            ("redirect_uri", &self.redirect_uri),
            ("client_id", &self.client_id),
            ("code_verifier", &self.code_verifier),
        ];
        let refresh: [(&'static str, &str); 2] =
            [("refresh_token", &*self.refresh_token), ("client_id", &self.client_id)];
        let needed: &[(&'static str, &str)] = match self.grant_type.as_str() {
            "authorization_code" => &code,
            "refresh_token" => &refresh,
            _ => &[],
        };
        needed.iter().find(|(_, value)| value.is_empty()).map(|(name, _)| *name)
    }
}

/// The form of the revocation endpoint.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct RevokeForm {
    /// The access or refresh token to end.
    #[schema(value_type = String)]
    token: Private,
    /// `access_token` or `refresh_token`; not needed.
    #[serde(default, rename = "token_type_hint")]
    _token_type_hint: String,
    /// The OAuth client it was issued to.
    #[serde(default)]
    client_id: String,
}

/// Exchanges a code or a refresh token for tokens.
#[utoipa::path(
    operation_id = "tokenForm", post, path = "/oauth/token", tag = "OAuth", request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = RfcTokenReply<String>), (status = 400, body = ErrorReply, description = "RFC 6749 §5.2"))
)]
pub(crate) async fn token_form(
    State(app): State<Arc<App>>,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else { return oauth_error("invalid_request", "send a form with grant_type") };
    if let Some(missing) = form.missing() {
        return oauth_error("invalid_request", &format!("{missing} is required"));
    }
    match app.storage.client(&form.client_id).await {
        Ok(Some(_)) => {}
        Ok(None) => return oauth_error("invalid_client", "the client is unknown"),
        Err(error) => return ApiError::from(error).into_response(),
    }
    let tokens = match form.grant_type.as_str() {
        "authorization_code" => {
            let brought = Exchange {
                code: &form.code,
                redirect_uri: &form.redirect_uri,
                client_id: &form.client_id,
                code_verifier: &form.code_verifier,
            };
            exchange::exchange(&app, brought).await
        }
        "refresh_token" => exchange::refresh(&app, &form.refresh_token, &form.client_id).await,
        _ => {
            return oauth_error(
                "unsupported_grant_type",
                "authorization_code and refresh_token are supported",
            );
        }
    };
    match tokens {
        Ok(tokens) => issued(tokens),
        Err(Refused::Grant(why)) => oauth_error("invalid_grant", why),
        Err(Refused::Api(error)) => error.into_response(),
    }
}

/// Ends the sign-in a token belongs to; an unknown token is no error.
#[utoipa::path(
    operation_id = "revokeForm", post, path = "/oauth/revoke", tag = "OAuth", request_body(content = RevokeForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "the token is not good (any more)"), (status = 400, body = ErrorReply))
)]
pub(crate) async fn revoke_form(
    State(app): State<Arc<App>>,
    form: Result<Form<RevokeForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else { return oauth_error("invalid_request", "send a form with token") };
    let client = Some(form.client_id.as_str()).filter(|id| !id.is_empty());
    match exchange::revoke(&app, &form.token, client).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => error.into_response(),
    }
}

/// The answer of RFC 6749 §5.1.
pub(super) fn issued(tokens: Tokens) -> Response {
    let reply = RfcTokenReply {
        access_token: tokens.access.as_str(),
        token_type: "Bearer".into(),
        expires_in: tokens.expires_in,
        refresh_token: tokens.refresh.as_str(),
        scope: tokens.scopes.join(" "),
    };
    let mut response = Json(reply).into_response();
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// The refusal of RFC 6749 §5.2.
pub(super) fn oauth_error(error: &'static str, why: &str) -> Response {
    audit::refused(error);
    let reply = ErrorReply { error: error.into(), error_description: why.into(), ..ErrorReply::default() };
    (StatusCode::BAD_REQUEST, Json(reply)).into_response()
}
