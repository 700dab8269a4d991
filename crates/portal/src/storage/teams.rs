//! Teams and who is in them, as operations.

use async_trait::async_trait;

use super::Result;
use crate::teams::{Membership, Team, TeamRole};

/// Why a change of a team is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TeamRefusal {
    /// Unknown, or the caller is not in it.
    NotFound,
    /// Its founder made another team of this name.
    NameTaken,
    /// Somebody founded, or is in, as many teams as anybody may.
    TooManyTeams,
    /// It takes this role at least.
    TakesMore(TeamRole),
    /// The role that shall be given is above that of who gives it.
    RoleAboveOwn,
    /// The member is not below who wants to change or remove them.
    NotBelow,
    /// The person is not in the team, or not any more.
    NoMember,
    /// No owner would be left.
    LastOwner,
    /// The address is that of a member.
    IsMember,
    /// An invitation of the address waits for an answer.
    InvitedBefore,
    /// As many were invited by the team, by the person or to the address as may be in a day.
    TooManyInvitations,
    /// The team has no room for one more.
    TeamFull,
    /// Somebody accepted or declined it before.
    AnsweredBefore,
    /// Somebody took it back before.
    WithdrawnBefore,
    /// Its time is over.
    InvitationEnded,
    /// It owns so many apps, and so many keys that are not revoked.
    Owns { apps: u64, keys: u64 },
}

/// Who holds something that somebody asks about: themselves, or a team they are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The id under which it is kept.
    pub(crate) id: String,
    /// The name of the team and the asker's role in it, if it is one.
    pub(crate) team: Option<(String, TeamRole)>,
}

/// A change of a team, decided and made while nobody else can change it.
pub(crate) type TeamChange = Box<dyn FnOnce(&mut Team) -> std::result::Result<(), TeamRefusal> + Send>;

/// Teams. Somebody who is not in a team is told what they would be told of one that is not there.
#[async_trait]
pub(crate) trait TeamStore: Send + Sync {
    /// Adds a team with its founder in it, who founds `founded` at most and is in `most` at most; returns it with who
    /// the founder is.
    async fn add_team(
        &self,
        team: Team,
        founded: u32,
        most: u32,
    ) -> Result<std::result::Result<Team, TeamRefusal>>;
    /// The teams an account is in, newest first.
    async fn teams(&self, account: &str) -> Result<Vec<Membership>>;
    /// One team that the account is in, with everybody in it.
    async fn team(&self, account: &str, id: &str) -> Result<Option<Team>>;
    /// Changes a team that the account is in: its name, and who is in it with which role.
    async fn change_team(
        &self,
        account: &str,
        id: &str,
        change: TeamChange,
    ) -> Result<std::result::Result<Team, TeamRefusal>>;
    /// Who holds a key, if that is the account or a team it is in.
    async fn holder_of_key(&self, account: &str, key: &str) -> Result<Option<Holder>>;
    /// Who holds an app, or held it and still has its keys, if that is the account or a team it is in.
    async fn holder_of_app(&self, account: &str, app: &str) -> Result<Option<Holder>>;
    /// A team as a holder, if the account is in it.
    async fn holder_team(&self, account: &str, team: &str) -> Result<Option<Holder>>;
    /// Deletes a team that the account owns and that owns nothing.
    async fn delete_team(&self, account: &str, id: &str) -> Result<std::result::Result<(), TeamRefusal>>;
}
