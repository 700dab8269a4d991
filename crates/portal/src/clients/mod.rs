//! OAuth clients of developers: registered, edited, rotated and deleted, and what they prove who they are with.

pub(crate) mod calls;
pub(crate) mod changes;
mod jwk;
mod record;
mod wire;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{delete, get, patch, post},
};

pub(crate) use keystow_portal_api::clients::{ID, is_client_id};
pub(crate) use {
    jwk::{Algorithm, PublicKey},
    record::{ClientAuth, ClientKeyRecord, MOST_KEYS as MOST_CLIENT_KEYS, OauthClient},
};

use crate::{app::App, caller};

/// How many clients an account has at most.
pub(crate) const MOST_CLIENTS: u32 = 100;

/// The paths of OAuth clients.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let counted = Router::new()
        .route("/v1/developer/clients", post(changes::create))
        .route("/v1/developer/clients/{id}", patch(calls::update))
        .route("/v1/developer/clients/{id}/rotate", post(changes::rotate))
        .route("/v1/developer/clients/{id}/keys", post(calls::add_key))
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::changes));
    counted
        .route("/v1/developer/clients", get(calls::list))
        .route("/v1/developer/clients/{id}", get(calls::get).delete(calls::delete))
        .route("/v1/developer/clients/{id}/previous/end", post(calls::end_grace))
        .route("/v1/developer/clients/{id}/keys/{kid}", delete(calls::end_key))
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::signed_in))
}
