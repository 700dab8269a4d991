//! What a client can learn about signing in before it does (RFC 8414).

use std::sync::Arc;

use axum::{Json, extract::State};
use keystow_portal_api::auth::Metadata;

use super::SCOPES;
use crate::app::App;

/// How a client can prove who it is, in the words of RFC 7591 §2.
const AUTH_METHODS: [&str; 4] = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

/// Tells where and how to sign in.
#[utoipa::path(
    operation_id = "metadata", get, path = "/.well-known/oauth-authorization-server", tag = "OAuth", security(()),
    responses((status = 200, body = Metadata))
)]
pub(crate) async fn metadata(State(app): State<Arc<App>>) -> Json<Metadata> {
    let at = |path| format!("{}{path}", app.base);
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    Json(Metadata {
        issuer: app.base.clone(),
        authorization_endpoint: at("/v1/auth/authorize"),
        token_endpoint: at("/oauth/token"),
        revocation_endpoint: at("/oauth/revoke"),
        scopes_supported: words(&SCOPES),
        response_types_supported: words(&["code"]),
        grant_types_supported: words(&["authorization_code", "refresh_token", "client_credentials"]),
        token_endpoint_auth_methods_supported: words(&AUTH_METHODS),
        token_endpoint_auth_signing_alg_values_supported: words(&["ES256", "EdDSA"]),
        revocation_endpoint_auth_methods_supported: words(&AUTH_METHODS),
        revocation_endpoint_auth_signing_alg_values_supported: words(&["ES256", "EdDSA"]),
        code_challenge_methods_supported: words(&["S256"]),
        authorization_response_iss_parameter_supported: true,
        ui_locales_supported: words(&["en", "ar", "fr"]),
    })
}
