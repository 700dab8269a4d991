//! Teams: people who own apps together (*extended*).
//!
//! Teams: `/v1/developer/teams` and `/v1/developer/teams/{id}`. Their members: `.../members/{memberId}`, `.../leave` and
//! `.../handover`.

use serde::{Deserialize, Serialize};

use crate::lenient::{is_default, number, or_default};

/// A team as one of its members sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Team {
    /// The team's id.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its name, unique among the teams of whoever founded it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The role of whoever asks: one of the words of [`team_role`]; an open set.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// How many members it has.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub member_count: u32,
    /// Its members, owners first; left out of lists.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<TeamMember>,
    /// When it was made, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub created_at: String,
}

/// Somebody in a team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct TeamMember {
    /// The id of the person's account.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What the person is called, if they said so.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The address the person signs in with.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// One of the words of [`team_role`]; an open set.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// Since when, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub joined_at: String,
}

/// The words of [`Team::role`] and [`TeamMember::role`].
pub mod team_role {
    /// Everything, giving the team away and deleting it included. A team always has one.
    pub const OWNER: &str = "owner";
    /// Makes, changes and ends the team's apps and keys, renames the team, and looks after its members.
    pub const ADMIN: &str = "admin";
    /// Sees the team's apps and keys, and rotates keys.
    pub const MEMBER: &str = "member";
}

/// The teams of whoever asks: `GET /v1/developer/teams`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListTeamsReply {
    /// The teams, the newest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<Team>,
}

/// The answer of the calls about one team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct TeamReply {
    /// The team as it is now.
    #[serde(deserialize_with = "or_default")]
    pub team: Team,
}

/// The answer to leaving or deleting a team, which says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct TeamGoneReply {}

/// What a team shall be: `POST /v1/developer/teams` and `PATCH /v1/developer/teams/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct TeamRequest {
    /// Its name, 1 to 100 characters, unique among the teams of whoever founded it.
    pub name: String,
}

/// What a member shall be: `PATCH /v1/developer/teams/{id}/members/{memberId}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct MemberRequest {
    /// `owner`, `admin` or `member`; none that is above the role of whoever asks.
    pub role: String,
}

/// To whom a team is given: `POST /v1/developer/teams/{id}/handover`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct HandoverRequest {
    /// The member that shall be an owner; whoever asks is an admin from then on.
    pub member_id: String,
}

/// Leaving, which needs no words: `POST /v1/developer/teams/{id}/leave`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LeaveRequest {}

/// An invitation that was not answered yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Invitation {
    /// The invitation's id. What lets somebody in is in the mail alone.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The address that was invited. Nothing here tells whether it has an account.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// The role that is offered: `admin` or `member`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// The account of whoever invites.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub invited_by: String,
    /// When it was made, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub invited_at: String,
    /// Until when it is good, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub expires_at: String,
    /// How far its mail is: one of the words of [`mail_state`]; an open set.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub mail: String,
}

/// The words of [`Invitation::mail`].
pub mod mail_state {
    /// It waits, or waits to be tried again.
    pub const QUEUED: &str = "queued";
    /// It was handed to the mail server, or written into the portal's folder of mails.
    pub const SENT: &str = "sent";
    /// It was refused for good, or tried often enough.
    pub const FAILED: &str = "failed";
}

/// The invitations of a team that nobody answered yet: `GET /v1/developer/teams/{id}/invitations`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListInvitationsReply {
    /// The invitations, newest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub invitations: Vec<Invitation>,
}

/// The answer of the calls about one invitation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct InvitationReply {
    /// The invitation.
    #[serde(deserialize_with = "or_default")]
    pub invitation: Invitation,
}

/// Whom to invite: `POST /v1/developer/teams/{id}/invitations`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct InvitationRequest {
    /// The address to invite: a plain one of ASCII, as mail can be sent to.
    pub email: String,
    /// The role to offer: `admin` or `member`.
    pub role: String,
}
