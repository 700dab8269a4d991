//! The calls about a team as a whole: create, list, get, rename, delete.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
};
use keystow_portal_api::{
    errors::ErrorReply,
    teams::{ListTeamsReply, TeamGoneReply, TeamReply, TeamRequest},
};

use super::{MOST_FOUNDED, MOST_MEMBERSHIPS, Team};
use crate::{
    app::App,
    apps, audit,
    caller::Caller,
    reply::{ApiError, read},
    storage::TeamChange,
};

/// Makes a team that the caller owns. *Extended.*
#[utoipa::path(
    operation_id = "createTeam", post, path = "/v1/developer/teams", tag = "Teams", request_body = TeamRequest,
    responses((status = 200, body = TeamReply), (status = 400, body = ErrorReply), (status = 409, body = ErrorReply, description = "the caller founded a team of this name, or is in too many"))
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<TeamReply>, ApiError> {
    let request: TeamRequest = read(&body)?;
    let team = Team::new(caller.account(), apps::name(&request.name)?, app.clock.now());
    audit::about_team(&team);
    let added = app.storage.add_team(team, MOST_FOUNDED, MOST_MEMBERSHIPS).await??;
    Ok(Json(TeamReply { team: added.to_wire(caller.account()) }))
}

/// Answers with the teams of the caller, newest first. *Extended.*
#[utoipa::path(
    operation_id = "listTeams", get, path = "/v1/developer/teams", tag = "Teams",
    responses((status = 200, body = ListTeamsReply))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<ListTeamsReply>, ApiError> {
    let teams = app.storage.teams(caller.account()).await?;
    Ok(Json(ListTeamsReply { teams: teams.iter().map(|team| team.to_wire()).collect() }))
}

/// Answers with one team and who is in it. *Extended.*
#[utoipa::path(
    operation_id = "getTeam", get, path = "/v1/developer/teams/{id}", tag = "Teams", params(("id" = String, Path, description = "the team's id")),
    responses((status = 200, body = TeamReply), (status = 404, body = ErrorReply, description = "unknown, or not yours"))
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<TeamReply>, ApiError> {
    let team = app.storage.team(caller.account(), &id).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(TeamReply { team: team.to_wire(caller.account()) }))
}

/// Renames a team. *Extended; for its owners and admins.*
#[utoipa::path(
    operation_id = "updateTeam", patch, path = "/v1/developer/teams/{id}", tag = "Teams", request_body = TeamRequest,
    params(("id" = String, Path, description = "the team's id")),
    responses((status = 200, body = TeamReply), (status = 400, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller's role does not allow it"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "its founder made another team of this name"))
)]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<TeamReply>, ApiError> {
    let request: TeamRequest = read(&body)?;
    let name = apps::name(&request.name)?;
    let by = caller.account().to_owned();
    change(&app, &caller, &id, Box::new(move |team| team.rename(&by, name))).await
}

/// Deletes a team that owns nothing any more. *Extended; for its owners.*
#[utoipa::path(
    operation_id = "deleteTeam", delete, path = "/v1/developer/teams/{id}", tag = "Teams", params(("id" = String, Path, description = "the team's id")),
    responses((status = 200, body = TeamGoneReply), (status = 403, body = ErrorReply, description = "the caller's role does not allow it"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "it owns apps or keys"))
)]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<TeamGoneReply>, ApiError> {
    if let Some(team) = app.storage.team(caller.account(), &id).await? {
        audit::about_team(&team);
    }
    app.storage.delete_team(caller.account(), &id).await??;
    tracing::warn!(team = id, account = caller.account(), "a team was deleted");
    Ok(Json(TeamGoneReply {}))
}

/// The change, and the log told which team it is about.
pub(super) fn told(change: TeamChange) -> TeamChange {
    Box::new(move |team| {
        let changed = change(team);
        audit::about_team(team);
        changed
    })
}

/// Changes a team while nobody else can, and answers with it.
pub(super) async fn change(
    app: &App,
    caller: &Caller,
    id: &str,
    change: TeamChange,
) -> Result<Json<TeamReply>, ApiError> {
    let team = app.storage.change_team(caller.account(), id, told(change)).await??;
    Ok(Json(TeamReply { team: team.to_wire(caller.account()) }))
}
