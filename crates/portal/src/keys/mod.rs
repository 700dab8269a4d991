//! DeveloperService: the keys of an account, and the rules they follow.

pub(crate) mod calls;
pub(crate) mod changes;
mod of_app;
pub(crate) mod page;
mod record;
pub(crate) mod replay;
mod shelf;
mod wire;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};

pub(crate) use record::{KeyRecord, MOST_PREVIOUS, NewSecret, SecretRecord, Standing};
pub(crate) use replay::InFlight;
pub(crate) use shelf::Shelf;

use crate::{app::App, caller};

/// Environments a key can be made for.
pub(crate) const ENVIRONMENTS: [&str; 4] = ["prod", "staging", "test", "dev"];
/// Scopes a key is offered; others are accepted, since the contract leaves them open.
pub(crate) const SCOPES: [&str; 3] = ["read", "write", "stream"];

/// The paths of DeveloperService.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let counted = Router::new()
        .route("/v1/developer/keys", post(changes::create))
        .route("/v1/developer/keys/{id}/rotate", post(changes::rotate))
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::changes));
    let mut router = counted
        .route("/v1/developer/keys", get(calls::list))
        .route("/v1/developer/keys/{id}", get(calls::get).patch(calls::update))
        .route("/v1/developer/keys/{id}/revoke", post(calls::revoke));
    if app.is_extended() {
        router = router
            .route("/v1/developer/keys/{id}/previous/end", post(calls::end_grace))
            .route("/v1/developer/me", get(calls::me))
            .route("/v1/developer/capabilities", get(crate::capabilities::capabilities));
    }
    router.route_layer(middleware::from_fn_with_state(app.clone(), caller::signed_in))
}
