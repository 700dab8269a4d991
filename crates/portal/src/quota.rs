//! What a key may still use: billable calls a month, and calls a minute.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use keystow_domain::Timestamp;
use keystow_portal_api::{errors::ErrorReply, usage::QuotaReply};

use crate::{
    app::App,
    caller::Caller,
    gateway,
    limits::WINDOW,
    reply::ApiError,
    stamp,
    storage::{CountStore, StorageError},
    teams::Deed,
    usage::month,
};

/// Billable calls of this month, by key: in memory, as far as they were asked for since the start, or where several
/// portals count together.
pub(crate) struct Quotas {
    here: Mutex<HashMap<String, Used>>,
    shared: Option<Arc<dyn CountStore>>,
}

#[derive(Debug, Clone, Copy)]
struct Used {
    /// The first hour of the month that is counted.
    month: i64,
    calls: u64,
}

impl Quotas {
    /// Quotas that are counted in `shared`, or in memory if there is none.
    pub(crate) fn new(shared: Option<Arc<dyn CountStore>>) -> Self {
        Self { here: Mutex::default(), shared }
    }

    /// Billable calls of a key in the month of `now`.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn used(&self, app: &App, key: &str, now: Timestamp) -> Result<u64, StorageError> {
        let month = first_hour(now);
        if let Some(shared) = &self.shared {
            return match shared.used(key, month).await? {
                Some(calls) => Ok(calls),
                None => app.storage.billed(key, month).await,
            };
        }
        if let Some(used) = self.known(key).filter(|used| used.month == month) {
            return Ok(used.calls);
        }
        app.meter.settle(&app.storage).await?;
        let calls = app.storage.billed(key, month).await?;
        let mut known = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let used = known.entry(key.to_owned()).or_insert(Used { month, calls });
        if used.month != month {
            *used = Used { month, calls };
        }
        Ok(used.calls)
    }

    /// Takes a call off the quota of a key, which has so many a month; false if it is used up.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn reserve(
        &self,
        app: &App,
        key: &str,
        quota: u64,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        if let Some(shared) = &self.shared {
            return shared.reserve(key, first_hour(now), quota).await;
        }
        self.used(app, key, now).await?;
        let mut known = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(used) = known.get_mut(key).filter(|used| used.calls < quota) else {
            return Ok(false);
        };
        used.calls += 1;
        Ok(true)
    }

    /// Gives back a call that was reserved at `now` and is not billable.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn release(&self, key: &str, now: Timestamp) -> Result<(), StorageError> {
        let month = first_hour(now);
        if let Some(shared) = &self.shared {
            return shared.release(key, month).await;
        }
        let mut known = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(used) = known.get_mut(key).filter(|used| used.month == month) {
            used.calls = used.calls.saturating_sub(1);
        }
        Ok(())
    }

    fn known(&self, key: &str) -> Option<Used> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }
}

/// The first hour of the month of an instant.
fn first_hour(now: Timestamp) -> i64 {
    month(now).map_or(0, |(first, _)| first)
}

/// Answers with what a key may still use. *Extended.*
#[utoipa::path(
    operation_id = "quota", get, path = "/v1/developer/keys/{id}/quota", tag = "Usage", params(("id" = String, Path, description = "the key's id")),
    responses((status = 200, body = QuotaReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply))
)]
pub(crate) async fn quota(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<QuotaReply>, ApiError> {
    let now = app.clock.now();
    let holder = app.holder_of_key(&caller, &id, Deed::Look).await?;
    let key = app.storage.key(&holder.id, &id, now).await?.ok_or_else(ApiError::not_found)?;
    let used = app.quotas.used(&app, &key.id, now).await?;
    let terms = gateway::terms_of(&app, &key.app, &key.scopes, false).await?;
    Ok(Json(QuotaReply {
        tier: terms.tier,
        limit: terms.quota,
        used,
        resets_at: stamp::write_opt(month(now).map(|(_, next)| next)),
        rate_limit: terms.rate_limit.into(),
        rate_window_seconds: WINDOW.as_secs(),
    }))
}
