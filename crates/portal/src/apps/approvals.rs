//! The queue of what waits for an administrator, and how it is decided. Each decision is made once.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, Query, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use keystow_portal_api::{
    apps::{ApproveRequest, DecisionReply, ListApprovalsReply, RejectRequest},
    errors::ErrorReply,
};

use super::{Ask, Role, wish};
use crate::{
    app::App,
    caller::Caller,
    keys::page::{self, PageParams},
    reply::{ApiError, read},
    storage::Decision,
};

/// The list of the queue in page tokens; no account has this name.
const QUEUE: &str = "approvals";

/// Lets administrators through, whatever they ask for; everybody else learns nothing of what there is.
pub(crate) async fn admins_only(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let Some(caller) = request.extensions().get::<Caller>() else {
        return ApiError::unauthenticated("sign in first").into_response();
    };
    match app.storage.role(caller.account()).await {
        Ok(Role::Admin) => next.run(request).await,
        Ok(_) => ApiError::forbidden("only an administrator of this portal may do this").into_response(),
        Err(failed) => ApiError::from(failed).into_response(),
    }
}

/// Answers with what waits for a decision. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "listApprovals", get, path = "/v1/developer/approvals", tag = "Approvals", params(PageParams),
    responses((status = 200, body = ListApprovalsReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Query(params): Query<PageParams>,
) -> Result<Json<ListApprovalsReply>, ApiError> {
    let now = app.clock.now();
    let size = params.size()?;
    let after = params.start(&app.pepper, QUEUE, now)?;
    let mut asks = app.storage.asks(after, size + 1).await?;
    let more = asks.len() > size as usize;
    asks.truncate(size as usize);
    let next = asks.last().filter(|_| more);
    let next_page_token =
        next.map(|last| page::write(&app.pepper, QUEUE, last.number, now)).unwrap_or_default();
    Ok(Json(ListApprovalsReply { approvals: asks.iter().map(Ask::to_wire).collect(), next_page_token }))
}

/// Approves a subscription: the app's keys are accepted for it from now on. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "approveSubscription", post, path = "/v1/developer/approvals/{id}/approve", tag = "Approvals",
    request_body(content = Option<ApproveRequest>, description = "may be left out"),
    params(("id" = String, Path, description = "the subscription's id")),
    responses((status = 200, body = DecisionReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "decided or withdrawn before"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn approve(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<DecisionReply>, ApiError> {
    let ApproveRequest {} = read(&body)?;
    decide(&app, &caller, &id, None).await
}

/// Rejects a subscription, with a reason for the developer. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "rejectSubscription", post, path = "/v1/developer/approvals/{id}/reject", tag = "Approvals", request_body = RejectRequest,
    params(("id" = String, Path, description = "the subscription's id")),
    responses((status = 200, body = DecisionReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "decided or withdrawn before"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn reject(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<DecisionReply>, ApiError> {
    let request: RejectRequest = read(&body)?;
    let reason = wish::reason(&request.reason)?;
    decide(&app, &caller, &id, Some(reason)).await
}

async fn decide(
    app: &App,
    caller: &Caller,
    id: &str,
    rejected_for: Option<String>,
) -> Result<Json<DecisionReply>, ApiError> {
    let decision = Decision { by: caller.account().to_owned(), at: app.clock.now(), rejected_for };
    let decided = app.storage.decide(id, decision).await??;
    Ok(Json(DecisionReply { subscription: decided.subscription.to_wire() }))
}
