//! Teams: people who own apps, and through them keys, together.
//!
//! To everything that is owned, a team is an owner as a person is: it has a row among the accounts, under its own id,
//! with which nobody can sign in.

mod access;
pub(crate) mod calls;
mod invitation;
pub(crate) mod invitations;
pub(crate) mod members;
mod record;
mod wire;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{delete, get, patch, post},
};
use keystow_portal_api::teams::team_role;

pub(crate) use {
    access::Deed,
    invitation::{
        InvitationLimits, InvitationRecord, InvitationState, Invited, LIMITS as INVITATION_LIMITS,
        hash as invitation_hash, is_token as is_invitation_token,
    },
    record::{Member, Membership, Team, TeamRole, is_team},
};

use crate::{app::App, caller};

/// How many teams a person founds at most.
pub(crate) const MOST_FOUNDED: u32 = 20;
/// How many teams a person is in at most.
pub(crate) const MOST_MEMBERSHIPS: u32 = 50;

impl TeamRole {
    /// The word of the contract.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Owner => team_role::OWNER,
            Self::Admin => team_role::ADMIN,
            Self::Member => team_role::MEMBER,
        }
    }

    /// Reads a word of the contract; nothing if it is none.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Owner, Self::Admin, Self::Member].into_iter().find(|role| role.word() == word)
    }

    /// Reads a word that was kept; what is not known may only look.
    pub(crate) fn read(word: &str) -> Self {
        Self::parse(word).unwrap_or(Self::Member)
    }
}

/// The paths of teams.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let counted = Router::new()
        .route("/v1/developer/teams", post(calls::create))
        .route("/v1/developer/teams/{id}", patch(calls::update).delete(calls::delete))
        .route("/v1/developer/teams/{id}/leave", post(members::leave_team))
        .route("/v1/developer/teams/{id}/handover", post(members::hand_over_team))
        .route(
            "/v1/developer/teams/{id}/members/{memberId}",
            patch(members::update_member).delete(members::remove_member),
        )
        .route("/v1/developer/teams/{id}/invitations", post(invitations::invite))
        .route(
            "/v1/developer/teams/{id}/invitations/{invitationId}",
            delete(invitations::withdraw_invitation),
        )
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::changes));
    counted
        .route("/v1/developer/teams/{id}/invitations", get(invitations::list_invitations))
        .route("/v1/developer/teams", get(calls::list))
        .route("/v1/developer/teams/{id}", get(calls::get))
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::signed_in))
}
