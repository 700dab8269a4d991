//! The calls about who is in a team: change a role, remove, leave, hand over.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
};
use keystow_portal_api::{
    errors::ErrorReply,
    teams::{HandoverRequest, LeaveRequest, MemberRequest, TeamGoneReply, TeamReply},
};

use super::{
    TeamRole,
    calls::{change, told},
};
use crate::{
    app::App,
    caller::Caller,
    reply::{ApiError, read},
};

/// Gives a member another role. *Extended; for owners and admins, and for everybody who wants less for themselves.*
#[utoipa::path(
    operation_id = "updateTeamMember", patch, path = "/v1/developer/teams/{id}/members/{memberId}", tag = "Teams", request_body = MemberRequest,
    params(("id" = String, Path, description = "the team's id"), ("memberId" = String, Path, description = "the member's account")),
    responses((status = 200, body = TeamReply), (status = 400, body = ErrorReply), (status = 403, body = ErrorReply, description = "the role is above the caller's, or the member is not below"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "no owner would be left, or the person is no member any more"))
)]
pub(crate) async fn update_member(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((id, member)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<TeamReply>, ApiError> {
    let request: MemberRequest = read(&body)?;
    let role = role(&request.role)?;
    let by = caller.account().to_owned();
    change(&app, &caller, &id, Box::new(move |team| team.set_role(&by, &member, role))).await
}

/// Takes a member out of a team. *Extended; for owners and admins, and for everybody about themselves.*
#[utoipa::path(
    operation_id = "removeTeamMember", delete, path = "/v1/developer/teams/{id}/members/{memberId}", tag = "Teams",
    params(("id" = String, Path, description = "the team's id"), ("memberId" = String, Path, description = "the member's account")),
    responses((status = 200, body = TeamReply), (status = 403, body = ErrorReply, description = "the member is not below the caller"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "no owner would be left, or the person is no member any more"))
)]
pub(crate) async fn remove_member(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((id, member)): Path<(String, String)>,
) -> Result<Json<TeamReply>, ApiError> {
    let by = caller.account().to_owned();
    change(&app, &caller, &id, Box::new(move |team| team.remove(&by, &member))).await
}

/// Takes the caller out of a team. *Extended.*
#[utoipa::path(
    operation_id = "leaveTeam", post, path = "/v1/developer/teams/{id}/leave", tag = "Teams",
    request_body(content = Option<LeaveRequest>, description = "may be left out"),
    params(("id" = String, Path, description = "the team's id")),
    responses((status = 200, body = TeamGoneReply), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "the caller is the last owner"))
)]
pub(crate) async fn leave_team(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<TeamGoneReply>, ApiError> {
    let LeaveRequest {} = read(&body)?;
    let by = caller.account().to_owned();
    let leave = told(Box::new(move |team| team.remove(&by, &by)));
    app.storage.change_team(caller.account(), &id, leave).await??;
    Ok(Json(TeamGoneReply {}))
}

/// Makes a member an owner and the caller an admin. *Extended; for owners.*
#[utoipa::path(
    operation_id = "handOverTeam", post, path = "/v1/developer/teams/{id}/handover", tag = "Teams", request_body = HandoverRequest,
    params(("id" = String, Path, description = "the team's id")),
    responses((status = 200, body = TeamReply), (status = 400, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller's role does not allow it"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "the person is no member any more"))
)]
pub(crate) async fn hand_over_team(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<TeamReply>, ApiError> {
    let HandoverRequest { member_id } = read(&body)?;
    if member_id.is_empty() || member_id == caller.account() {
        return Err(ApiError::field("memberId", "must be another member"));
    }
    let by = caller.account().to_owned();
    change(&app, &caller, &id, Box::new(move |team| team.hand_over(&by, &member_id))).await
}

/// A role by its word, or 400.
pub(super) fn role(word: &str) -> Result<TeamRole, ApiError> {
    TeamRole::parse(word).ok_or_else(|| ApiError::field("role", "must be owner, admin or member"))
}
