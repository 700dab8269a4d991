//! What a portal with teams can be asked about them.
//!
//! A portal without teams has none of it: what is not implemented is refused as not found, which is what a server
//! without these paths answers.

use async_trait::async_trait;
use keystow_domain::{Invitation, InvitationId, MemberId, Team, TeamId, TeamRole};
use keystow_vault::Secret;

use crate::Failure;
use crate::apps::absent;

/// Teams as one signed-in person sees them. `token` is that person's access token.
///
/// Each operation fails with [`Failure`]. A change goes out once. [`Failure::Unknown`] means that it may have been made,
/// which reading the team tells. Somebody who is not in a team is told what they would be told of one that never was.
#[async_trait]
pub trait Teams: Send + Sync {
    /// The person's teams, the newest first, without their members.
    ///
    /// # Errors
    ///
    /// When the portal has no teams or cannot be asked.
    async fn teams(&self, _token: &Secret) -> Result<Vec<Team>, Failure> {
        Err(absent())
    }

    /// One team with its members, or nothing if it is gone or the person is not in it.
    ///
    /// # Errors
    ///
    /// When the portal cannot be asked.
    async fn team(&self, _token: &Secret, _id: &TeamId) -> Result<Option<Team>, Failure> {
        Err(absent())
    }

    /// Makes a team that the person owns.
    ///
    /// # Errors
    ///
    /// A name that the person gave another team is a conflict, and so are too many teams.
    async fn create_team(&self, _token: &Secret, _name: &str) -> Result<Team, Failure> {
        Err(absent())
    }

    /// Gives a team another name.
    ///
    /// # Errors
    ///
    /// As [`Teams::create_team`]; who neither owns nor administers it may not.
    async fn rename_team(&self, _token: &Secret, _id: &TeamId, _name: &str) -> Result<Team, Failure> {
        Err(absent())
    }

    /// Deletes a team that owns nothing any more.
    ///
    /// # Errors
    ///
    /// A team that owns apps or keys is a conflict; who does not own it may not.
    async fn delete_team(&self, _token: &Secret, _id: &TeamId) -> Result<(), Failure> {
        Err(absent())
    }

    /// The invitations of a team that nobody answered yet, the newest first.
    ///
    /// # Errors
    ///
    /// Who neither owns nor administers it may not see them.
    async fn invitations(&self, _token: &Secret, _id: &TeamId) -> Result<Vec<Invitation>, Failure> {
        Err(absent())
    }

    /// Invites whoever has an address, by mail. The answer does not tell whether anybody has an account of it.
    ///
    /// # Errors
    ///
    /// An address of a member or with an invitation that waits is a conflict; too many in a day are throttled, although
    /// the session has calls left.
    async fn invite(
        &self,
        _token: &Secret,
        _id: &TeamId,
        _email: &str,
        _role: &TeamRole,
    ) -> Result<Invitation, Failure> {
        Err(absent())
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    ///
    /// One that was answered or taken back before is a conflict.
    async fn withdraw(&self, _token: &Secret, _id: &TeamId, _which: &InvitationId) -> Result<(), Failure> {
        Err(absent())
    }

    /// Gives a member another role.
    ///
    /// # Errors
    ///
    /// A role above one's own and a member who is not below are forbidden; the last owner and somebody who is no member
    /// any more are a conflict.
    async fn set_role(
        &self,
        _token: &Secret,
        _id: &TeamId,
        _whom: &MemberId,
        _role: &TeamRole,
    ) -> Result<Team, Failure> {
        Err(absent())
    }

    /// Takes a member out.
    ///
    /// # Errors
    ///
    /// As [`Teams::set_role`].
    async fn remove_member(&self, _token: &Secret, _id: &TeamId, _whom: &MemberId) -> Result<Team, Failure> {
        Err(absent())
    }

    /// Takes the person out of a team.
    ///
    /// # Errors
    ///
    /// The last owner is a conflict.
    async fn leave_team(&self, _token: &Secret, _id: &TeamId) -> Result<(), Failure> {
        Err(absent())
    }

    /// Makes another member an owner, and the person an admin.
    ///
    /// # Errors
    ///
    /// Who does not own it may not; somebody who is no member any more is a conflict.
    async fn hand_over(&self, _token: &Secret, _id: &TeamId, _to: &MemberId) -> Result<Team, Failure> {
        Err(absent())
    }
}
