//! The calls about invitations: invite, list what is not answered, withdraw.
//!
//! Nothing here asks whether an address has an account: the answer is the same, and so is its time.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
};
use keystow_portal_api::{
    errors::ErrorReply,
    teams::{InvitationReply, InvitationRequest, ListInvitationsReply},
};

use super::{
    InvitationRecord, Team, TeamRole,
    invitation::{LIFE, LIMITS},
    members::role,
};
use crate::{
    accounts,
    app::App,
    caller::Caller,
    mail::{Mail, MailRecord, harmless, mailable},
    reply::{ApiError, read},
    stamp,
    storage::AccountRecord,
};

/// Invites whoever has an address into a team, by mail. The answer is the same whether there is an account of the
/// address. *Extended; for owners and admins.*
#[utoipa::path(
    operation_id = "inviteToTeam", post, path = "/v1/developer/teams/{id}/invitations", tag = "Teams", request_body = InvitationRequest,
    params(("id" = String, Path, description = "the team's id")),
    responses((status = 200, body = InvitationReply), (status = 400, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller's role does not allow it"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "the address is a member's, an invitation of it waits, or the team is full"), (status = 429, body = ErrorReply, description = "also for too many invitations of the team, by the caller or to the address in a day"))
)]
pub(crate) async fn invite(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<InvitationReply>, ApiError> {
    let request: InvitationRequest = read(&body)?;
    let role = role(&request.role)?;
    if role == TeamRole::Owner {
        return Err(ApiError::field(
            "role",
            "must be admin or member; a team is handed over to one of its members",
        ));
    }
    let email = accounts::address(&request.email).filter(|email| mailable(email));
    let email = email
        .ok_or_else(|| ApiError::field("email", "must be a plain mail address, as in ada@example.com"))?;
    let team = app.storage.team(caller.account(), &id).await?.ok_or_else(ApiError::not_found)?;
    let by = app.storage.account(caller.account()).await?.ok_or_else(ApiError::not_found)?;
    let now = app.clock.now();
    let (invitation, token) = InvitationRecord::new(&app.pepper, (&team.id, &by.id), (email, role), now);
    let mail = written(&app, &invitation, &token, &team, &by);
    let mail = MailRecord::new(&app.pepper, &invitation.id, &mail, now);
    let added = app.storage.invite(invitation, mail, LIMITS).await??;
    app.post.waiting.notify_one();
    Ok(Json(InvitationReply { invitation: added.to_wire() }))
}

/// Answers with the invitations of a team that nobody answered yet. *Extended; for owners and admins.*
#[utoipa::path(
    operation_id = "listTeamInvitations", get, path = "/v1/developer/teams/{id}/invitations", tag = "Teams", params(("id" = String, Path, description = "the team's id")),
    responses((status = 200, body = ListInvitationsReply), (status = 403, body = ErrorReply, description = "the caller's role does not allow it"), (status = 404, body = ErrorReply))
)]
pub(crate) async fn list_invitations(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<ListInvitationsReply>, ApiError> {
    let waiting = app.storage.invitations(caller.account(), &id, app.clock.now()).await??;
    Ok(Json(ListInvitationsReply { invitations: waiting.iter().map(InvitationRecord::to_wire).collect() }))
}

/// Takes an invitation back; if its mail was not sent yet, it never is. *Extended; for owners and admins.*
#[utoipa::path(
    operation_id = "withdrawTeamInvitation", delete, path = "/v1/developer/teams/{id}/invitations/{invitationId}", tag = "Teams",
    params(("id" = String, Path, description = "the team's id"), ("invitationId" = String, Path, description = "the invitation's id")),
    responses((status = 200, body = InvitationReply), (status = 403, body = ErrorReply, description = "the caller's role does not allow it"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "it was answered or withdrawn before"))
)]
pub(crate) async fn withdraw_invitation(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((id, invitation)): Path<(String, String)>,
) -> Result<Json<InvitationReply>, ApiError> {
    let withdrawn = app.storage.withdraw(caller.account(), &id, &invitation, app.clock.now()).await??;
    Ok(Json(InvitationReply { invitation: withdrawn.to_wire() }))
}

/// The mail that brings an invitation. Names in it are nobody's but those who chose them, and it says so.
fn written(app: &App, invitation: &InvitationRecord, token: &str, team: &Team, by: &AccountRecord) -> Mail {
    let name = harmless(&team.name).map(|name| format!(" \"{name}\"")).unwrap_or_default();
    let who = harmless(&by.name).unwrap_or_else(|| "Somebody".into());
    let address = Some(&by.email).filter(|email| mailable(email));
    let address = address.map(|email| format!(" (signed in as {email})")).unwrap_or_default();
    let article = if invitation.role == TeamRole::Admin { "an" } else { "a" };
    let (role, base) = (invitation.role.word(), &app.base);
    let (days, until) = (LIFE.as_secs() / 86_400, stamp::write(invitation.ends_at));
    let text = format!(
        "{who}{address}\n\
         invites you into the team{name}\n\
         as {article} {role}, at the developer portal {base}\n\
         \n\
         To answer, open this page and sign in with the address that this mail\n\
         was sent to. If you have no account there yet, make one on the way:\n\
         \n\
         {base}/invitation/{token}\n\
         \n\
         The page is good for {days} days, until {until}, once, and for\n\
         this address alone. Pass it on to nobody.\n\
         \n\
         The portal has not checked the names above. If you do not know what this\n\
         is about, do nothing: nothing happens unless you accept.\n"
    );
    Mail { to: invitation.email.clone(), subject: format!("You are invited into the team{name}"), text }
}
