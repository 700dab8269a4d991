//! Signing apps in: authorization code with PKCE (RFC 6749, RFC 7636, RFC 8252, RFC 9700).
//!
//! Everything issued from one sign-in hangs on one grant; ending the grant ends it all at once.

mod assertion;
mod authorize;
mod client_auth;
mod client_credentials;
mod clients;
mod exchange;
pub(crate) mod metadata;
pub(crate) mod token;
pub(crate) mod wire;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};

pub(crate) use authorize::{Asked, Authorization, AuthorizeParams, allow, asked, deny};
pub(crate) use clients::{built_in, demo};

use crate::{app::App, caller, limits::Counted};

/// What an app can ask for, by the portal's contract.
pub(crate) const SCOPES: [&str; 2] = ["read", "stream"];

/// The paths of AuthService, and of the standard endpoints where the portal is extended.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let mut router = Router::new()
        .route("/v1/auth/token", post(wire::exchange))
        .route("/v1/auth/token/refresh", post(wire::refresh))
        .route("/v1/auth/token/revoke", post(wire::revoke));
    if app.is_extended() {
        router = router
            .route("/oauth/token", post(token::token_form))
            .route("/oauth/revoke", post(token::revoke_form))
            .route("/.well-known/oauth-authorization-server", get(metadata::metadata));
    }
    router.route_layer(middleware::from_fn_with_state((app.clone(), Counted::Tokens), caller::anyone))
}
