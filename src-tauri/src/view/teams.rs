//! Teams, as the window sees them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CommandError;

/// The teams of the current account.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct TeamsView {
    /// The teams, the newest first.
    pub teams: Vec<TeamView>,
    /// When the portal last told all of them.
    pub read_at: Option<i64>,
    /// Whether it is being asked now.
    pub reading: bool,
    /// Why it could not be asked the last time; what is shown is then older.
    pub error: Option<CommandError>,
    /// Why nothing can be changed; absent if it can.
    pub writes_off: Option<CommandError>,
}

/// A team as one of its members sees it.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct TeamView {
    /// The portal's id.
    pub id: String,
    /// Its name, safe to show.
    pub name: String,
    /// The role of whoever is signed in.
    pub role: TeamRoleView,
    /// The portal's word for it where it is not known to this app.
    pub word: Option<String>,
    /// How many are in it.
    pub count: u32,
    /// When it was made.
    pub created_at: Option<i64>,
    /// Why it cannot be renamed, nor its members looked after.
    pub manage_off: Option<CommandError>,
    /// Why it cannot be given away or deleted.
    pub own_off: Option<CommandError>,
    /// Why its apps and keys cannot be made, changed or ended.
    pub apps_off: Option<CommandError>,
}

/// What somebody may do in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum TeamRoleView {
    /// Everything, giving the team away and deleting it included.
    Owner,
    /// Makes and ends the team's apps and keys, and looks after its members.
    Admin,
    /// Sees the team's apps and keys, and rotates keys.
    Member,
    /// A word this app does not know: it may only look.
    Unknown,
}

/// One team with everybody in it.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct TeamDetailsView {
    /// The team.
    pub team: TeamView,
    /// Its members, owners first.
    pub members: Vec<MemberView>,
    /// What waits for an answer, the newest first; absent where the role does not let see it.
    pub invitations: Option<Vec<InvitationView>>,
    /// The apps it owns, as far as they are known.
    pub apps: Vec<TeamAppView>,
    /// When the portal told who is in it.
    pub read_at: Option<i64>,
}

/// Somebody in a team.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// The portal's id of the person.
    pub id: String,
    /// What the person is called, as they told it.
    pub name: Option<String>,
    /// The address the person signs in with.
    pub email: Option<String>,
    /// What the person may do.
    pub role: TeamRoleView,
    /// The portal's word for it where it is not known to this app.
    pub word: Option<String>,
    /// Since when.
    pub joined_at: Option<i64>,
    /// Whether it is whoever is signed in.
    pub own: bool,
    /// The roles they can be given.
    pub roles: Vec<TeamRoleView>,
    /// Why their role stays as it is.
    pub role_off: Option<CommandError>,
    /// Why they cannot be taken out, or leave.
    pub remove_off: Option<CommandError>,
}

/// An invitation that nobody answered yet.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    /// The portal's id. It lets nobody in.
    pub id: String,
    /// The address that was invited.
    pub email: String,
    /// The role that is offered.
    pub role: TeamRoleView,
    /// When it was made.
    pub invited_at: Option<i64>,
    /// Until when it is good.
    pub expires_at: Option<i64>,
    /// How far its mail is.
    pub mail: MailStateView,
}

/// How far the mail of an invitation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum MailStateView {
    /// It waits, or waits to be tried again.
    Queued,
    /// It left the portal.
    Sent,
    /// It was refused for good, or tried often enough.
    Failed,
    /// A word this app does not know.
    Unknown,
}

/// An app that a team owns.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct TeamAppView {
    /// The portal's id.
    pub id: String,
    /// Its name, safe to show.
    pub name: String,
    /// How many keys it has that were not revoked.
    pub keys: u32,
}

/// Whom to invite.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InviteInput {
    /// The team.
    pub team: String,
    /// The address.
    pub email: String,
    /// The role that is offered.
    pub role: TeamRoleView,
}
