//! Developer apps: what groups keys, subscribes to products, and waits for approval where a product wants it.

pub(crate) mod approvals;
pub(crate) mod calls;
mod offered;
mod record;
mod wire;
mod wish;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, patch, post},
};
use keystow_portal_api::capabilities::role;

pub use record::Role;
pub(crate) use {
    approvals::admins_only,
    offered::offered,
    record::{AppRecord, ApprovalRule, Ask, ProductRecord, SubscriptionRecord, SubscriptionState, standing},
    wish::{AppWish, WantedProduct, name, name_of, reason},
};

use crate::{app::App, caller};

/// How many apps an account has at most.
pub(crate) const MOST_APPS: u32 = 10_000;
/// How many keys an app has at most that are not revoked.
pub(crate) const MOST_KEYS: u32 = 50;

/// How many subscriptions of an account wait for a decision at most: nobody buries what others ask for.
pub(crate) const MOST_ASKS: usize = 50;

impl Role {
    /// The word of the contract.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Admin => role::ADMIN,
            Self::Developer => role::DEVELOPER,
            Self::ReadOnly => role::READ_ONLY,
        }
    }

    /// Reads a word; what is not known may only look.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            role::ADMIN => Self::Admin,
            role::DEVELOPER => Self::Developer,
            _ => Self::ReadOnly,
        }
    }
}

/// The paths of apps, products and approval.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let counted = Router::new()
        .route("/v1/developer/apps", post(calls::create))
        .route("/v1/developer/apps/{id}", patch(calls::update))
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::changes));
    let decided = Router::new()
        .route("/v1/developer/approvals", get(approvals::list))
        .route("/v1/developer/approvals/{id}/approve", post(approvals::approve))
        .route("/v1/developer/approvals/{id}/reject", post(approvals::reject))
        .route_layer(middleware::from_fn_with_state(app.clone(), admins_only));
    counted
        .merge(decided)
        .route("/v1/developer/products", get(calls::products))
        .route("/v1/developer/apps", get(calls::list))
        .route("/v1/developer/apps/{id}", get(calls::get).delete(calls::delete))
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::signed_in))
}
