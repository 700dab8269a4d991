//! The stream: what only an access token with the scope `stream` gets, and what is billed by another rule.
//!
//! Getting something is an acquisition, which is good for an hour. The first one counts; whoever comes again with the
//! same client and for the same person before it ends is told the same and pays nothing, even where the quota is used
//! up meanwhile.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use keystow_portal_api::{catalog::StreamReply, errors::ErrorReply};

use super::{Carried, catalog, exhausted};
use crate::{app::App, reply::ApiError, stamp, storage::Acquisition};

/// How long an acquisition is good.
pub(super) const LIFE: Duration = Duration::from_secs(3600);

/// Set on an answer that is not billable although it succeeded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Free;

/// Acquires one thing of the catalogue for listening. It needs an access token with the scope `stream`; the first
/// acquisition is billable, a repeat within its life is not.
#[utoipa::path(
    operation_id = "acquireStream", get, path = "/v1/stream/items/{id}", tag = "Gateway", params(("id" = String, Path, description = "the item's id")), security(("accessToken" = [])),
    responses((status = 200, body = StreamReply), (status = 400, body = ErrorReply, description = "two credentials at once"), (status = 401, body = ErrorReply, description = "the token is unknown or has ended"), (status = 403, body = ErrorReply, description = "a key, a token without stream, or one of an app that nothing is approved for"), (status = 404, body = ErrorReply), (status = 429, body = ErrorReply, description = "too many calls, or the month's quota is used up"))
)]
pub(crate) async fn acquire(
    State(app): State<Arc<App>>,
    Extension(carried): Extension<Carried>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let item = catalog::items().find(|item| item.id == id).ok_or_else(ApiError::not_found)?;
    let now = app.clock.now();
    let Carried { key, subject, quota } = carried;
    let what = Acquisition { client: key.clone(), subject: subject.unwrap_or_default(), item: id };
    let told = |expires_at, repeated| StreamReply { item, expires_at: stamp::write(expires_at), repeated };
    if let Some(ends_at) = app.storage.acquired_until(&what, now).await? {
        return Ok(free(told(ends_at, true)));
    }
    if !app.quotas.reserve(&app, &key, quota, now).await? {
        return Ok(exhausted(quota, now));
    }
    let ends_at = now.plus(LIFE);
    let acquired = app.storage.acquire(what, now, ends_at).await;
    match acquired {
        Ok(true) => Ok(Json(told(ends_at, false)).into_response()),
        // Somebody was quicker with the same: one of the two is billed.
        Ok(false) => {
            app.quotas.release(&key, now).await?;
            Ok(free(told(ends_at, true)))
        }
        Err(failed) => {
            app.quotas.release(&key, now).await?;
            Err(failed.into())
        }
    }
}

fn free(reply: StreamReply) -> Response {
    let mut response = Json(reply).into_response();
    response.extensions_mut().insert(Free);
    response
}
