//! The standard endpoints: RFC 6749 `/oauth/token` and RFC 7009 `/oauth/revoke`, form-encoded.

use std::sync::Arc;

use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use keystow_portal_api::{auth::RfcTokenReply, errors::ErrorReply};
use serde::Deserialize;

use super::{
    client_auth::{self, NotProven, Proof, Proven},
    client_credentials,
    exchange::{self, Exchange, Refused, Tokens},
};
use crate::{app::App, audit, private::Private, reply::ApiError};

/// The form of the token endpoint.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct TokenForm {
    /// `authorization_code`, `refresh_token` or `client_credentials`.
    grant_type: String,
    /// The OAuth client; may be left out where it stands in what the client proves itself with.
    #[serde(default)]
    client_id: String,
    /// The secret of a confidential client (`client_secret_post`), unless it comes as `Authorization: Basic`.
    #[serde(default)]
    #[schema(value_type = String)]
    client_secret: Private,
    /// With `private_key_jwt`: `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    #[serde(default)]
    client_assertion_type: String,
    /// With `private_key_jwt`: what the client signed (RFC 7523 §2.2).
    #[serde(default)]
    #[schema(value_type = String)]
    client_assertion: Private,
    /// With `client_credentials`: what is asked for, separated by spaces; all that is approved where it is empty.
    #[serde(default)]
    scope: String,
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
    fn proof(&self) -> Proof<'_> {
        Proof {
            client_id: &self.client_id,
            secret: &self.client_secret,
            assertion_type: &self.client_assertion_type,
            assertion: &self.client_assertion,
        }
    }

    /// The first field that must be there and is not; nothing for a grant type nobody knows.
    fn missing(&self) -> Option<&'static str> {
        let code: [(&'static str, &str); 3] = [
            ("code", &*self.code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &self.code_verifier),
        ];
        let refresh: [(&'static str, &str); 1] = [("refresh_token", &*self.refresh_token)];
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
    /// As at the token endpoint.
    #[serde(default)]
    #[schema(value_type = String)]
    client_secret: Private,
    /// As at the token endpoint.
    #[serde(default)]
    client_assertion_type: String,
    /// As at the token endpoint.
    #[serde(default)]
    #[schema(value_type = String)]
    client_assertion: Private,
}

impl RevokeForm {
    fn proof(&self) -> Proof<'_> {
        Proof {
            client_id: &self.client_id,
            secret: &self.client_secret,
            assertion_type: &self.client_assertion_type,
            assertion: &self.client_assertion,
        }
    }
}

/// Exchanges a code, a refresh token, or what a client proves of itself, for tokens.
#[utoipa::path(
    operation_id = "tokenForm", post, path = "/oauth/token", tag = "OAuth", request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"), security(()),
    responses((status = 200, body = RfcTokenReply<String>), (status = 400, body = ErrorReply, description = "RFC 6749 §5.2"), (status = 401, body = ErrorReply, description = "the client did not prove by Authorization who it is"))
)]
pub(crate) async fn token_form(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else { return oauth_error("invalid_request", "send a form with grant_type") };
    if let Some(missing) = form.missing() {
        return oauth_error("invalid_request", &format!("{missing} is required"));
    }
    let proven = match client_auth::prove(&app, &headers, form.proof()).await {
        Ok(proven) => proven,
        Err(refused) => return not_proven(refused),
    };
    let tokens = match form.grant_type.as_str() {
        "authorization_code" => {
            let brought = Exchange {
                code: &form.code,
                redirect_uri: &form.redirect_uri,
                client_id: &proven.client.id,
                code_verifier: &form.code_verifier,
            };
            exchange::exchange(&app, brought).await
        }
        "refresh_token" => exchange::refresh(&app, &form.refresh_token, &proven.client.id).await,
        "client_credentials" => return to_client(&app, &proven, &form.scope).await,
        _ => {
            return oauth_error(
                "unsupported_grant_type",
                "authorization_code, refresh_token and client_credentials are supported",
            );
        }
    };
    match tokens {
        Ok(tokens) => match used(&app, &proven).await {
            Ok(()) => issued(tokens),
            Err(error) => error.into_response(),
        },
        Err(Refused::Grant(why)) => oauth_error("invalid_grant", why),
        Err(Refused::Client(why)) => oauth_error("unauthorized_client", why),
        Err(Refused::Api(error)) => error.into_response(),
    }
}

/// Notes which secret or key of a client was used.
async fn used(app: &App, proven: &Proven) -> Result<(), ApiError> {
    match proven.version {
        Some(version) => Ok(app.storage.client_used(&proven.client.id, version, app.clock.now()).await?),
        None => Ok(()),
    }
}

/// Answers a client that asks for itself.
async fn to_client(app: &App, proven: &Proven, scope: &str) -> Response {
    match client_credentials::issue(app, proven, scope).await {
        Ok(issued) => said(RfcTokenReply {
            access_token: issued.access.as_str(),
            token_type: "Bearer".into(),
            expires_in: issued.expires_in,
            refresh_token: None,
            scope: issued.scopes.join(" "),
        }),
        Err(client_credentials::Refused::OAuth(error, why)) => oauth_error(error, why),
        Err(client_credentials::Refused::Api(error)) => error.into_response(),
    }
}

/// Ends the sign-in a token belongs to; an unknown token is no error.
#[utoipa::path(
    operation_id = "revokeForm", post, path = "/oauth/revoke", tag = "OAuth", request_body(content = RevokeForm, content_type = "application/x-www-form-urlencoded"), security(()),
    responses((status = 200, description = "the token is not good (any more)"), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply))
)]
pub(crate) async fn revoke_form(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    form: Result<Form<RevokeForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else { return oauth_error("invalid_request", "send a form with token") };
    let client = match client_auth::named(&app, &headers, form.proof()).await {
        Ok(client) => client,
        Err(refused) => return not_proven(refused),
    };
    match exchange::revoke(&app, &form.token, client.as_deref()).await {
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
        refresh_token: Some(tokens.refresh.as_str()),
        scope: tokens.scopes.join(" "),
    };
    said(reply)
}

fn said(reply: RfcTokenReply<&str>) -> Response {
    let mut response = Json(reply).into_response();
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// What a client is answered that is not believed.
pub(super) fn not_proven(refused: NotProven) -> Response {
    match refused {
        NotProven::Client { why, by_header: false } => oauth_error("invalid_client", why),
        NotProven::Client { why, by_header: true } => {
            let mut response = oauth_error("invalid_client", why);
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            let challenge = HeaderValue::from_static("Basic realm=\"token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            response
        }
        NotProven::Request(why) => oauth_error("invalid_request", why),
        NotProven::Api(error) => error.into_response(),
    }
}

/// The refusal of RFC 6749 §5.2.
pub(super) fn oauth_error(error: &'static str, why: &str) -> Response {
    audit::refused(error);
    let reply = ErrorReply { error: error.into(), error_description: why.into(), ..ErrorReply::default() };
    (StatusCode::BAD_REQUEST, Json(reply)).into_response()
}
