//! The log: every change and every refused attempt, who made it, when and from where. It only grows.
//!
//! No secret, token, password or code can be in an entry, and no text that a caller wrote as a reason: fields are filled
//! by name, from what the portal itself knows, and what came from outside is kept only where its form is known. Calls
//! of the gateway are metered and have no entry.

mod attempt;
pub(crate) mod calls;
mod export;
mod record;
mod verify;
mod watch;

use std::sync::Arc;

use axum::{Router, middleware, routing::get};
use keystow_domain::Timestamp;

#[cfg(test)]
pub(crate) use record::Outcome;
pub use verify::{LogPlace, Noted, Verdict, VerifyError, verify_log};
pub(crate) use {
    attempt::{
        Attempt, about_account, about_app, about_ask, about_client, about_grant, about_key, about_suspension,
        about_team, by, carried, current, refused,
    },
    record::{Chain, EntryRecord, Head, kept_agent},
    verify::{Checker, SealedHead},
    watch::{Log, watch},
};

use crate::{app::App, caller};

impl Log {
    /// The attempt of whoever runs the portal to change something, before anybody can call it.
    pub(crate) fn by_operator(&self, now: Timestamp, operation: &str) -> Attempt {
        let entry = EntryRecord { operation: operation.to_owned(), ..EntryRecord::begun(now) };
        Attempt::new(self.chain.clone(), entry)
    }
}

/// The paths of the log.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/v1/developer/audit", get(calls::list))
        .route("/v1/developer/audit/export", get(calls::export))
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::signed_in))
}
