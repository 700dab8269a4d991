//! Teams: people who own apps, and through them keys, together; and what each of them may do there.
//!
//! The rules are those of the DeveloperService contract, kept here to say beforehand why something is off. The portal
//! asks them again at every call: what it says counts. A role that is not known may only look.

use crate::{InvitationId, MemberId, TeamId, Timestamp};

/// A team as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// The portal's id.
    pub id: TeamId,
    /// Its name, unique among the teams of whoever founded it.
    pub name: String,
    /// The role of whoever is signed in.
    pub role: TeamRole,
    /// How many are in it.
    pub count: u32,
    /// Who is in it, owners first; empty in a list of teams.
    pub members: Vec<Member>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// Somebody in a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The id of the person's account.
    pub id: MemberId,
    /// What the person is called, if they said so; anybody can take any name.
    pub name: Option<String>,
    /// The address the person signs in with.
    pub email: Option<String>,
    /// What the person may do.
    pub role: TeamRole,
    /// Since when.
    pub joined_at: Option<Timestamp>,
}

/// What somebody may do in a team; each may do whatever those before may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TeamRole {
    /// Sees the team's apps and keys, and rotates keys.
    Member,
    /// Makes, changes and ends the team's apps and keys, renames the team, and looks after its members.
    Admin,
    /// Everything, giving the team away and deleting it included.
    Owner,
    /// A word this app does not know, as it was received.
    Unknown(String),
}

/// An invitation that nobody answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The portal's id. What lets somebody in is in the mail alone.
    pub id: InvitationId,
    /// The address that was invited.
    pub email: String,
    /// The role that is offered.
    pub role: TeamRole,
    /// Who invited.
    pub by: Option<MemberId>,
    /// When it was made.
    pub invited_at: Option<Timestamp>,
    /// Until when it is good.
    pub expires_at: Option<Timestamp>,
    /// How far its mail is.
    pub mail: MailState,
}

/// How far the mail of an invitation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailState {
    /// It waits, or waits to be tried again.
    Queued,
    /// It left the portal.
    Sent,
    /// It was refused for good, or tried often enough.
    Failed,
    /// A word this app does not know, as it was received.
    Unknown(String),
}

/// Why somebody may not do something in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeamBar {
    /// Its owners and admins may do it.
    TakesAdmin,
    /// Its owners may do it.
    TakesOwner,
    /// An admin has no say over owners and admins.
    NotBelow,
    /// The team would be without an owner.
    LastOwner,
}

impl TeamRole {
    /// The roles of the contract, the least first.
    pub const ALL: [Self; 3] = [Self::Member, Self::Admin, Self::Owner];

    fn rank(&self) -> u8 {
        match self {
            Self::Unknown(_) => 0,
            Self::Member => 1,
            Self::Admin => 2,
            Self::Owner => 3,
        }
    }

    /// Whether it makes and ends the team's apps and keys, and looks after its members.
    pub fn manages(&self) -> bool {
        self.rank() >= Self::Admin.rank()
    }

    /// What keeps this role from managing the team.
    pub fn bar_to_manage(&self) -> Option<TeamBar> {
        (!self.manages()).then_some(TeamBar::TakesAdmin)
    }

    /// What keeps this role from giving the team away and from deleting it.
    pub fn bar_to_own(&self) -> Option<TeamBar> {
        (*self != Self::Owner).then_some(TeamBar::TakesOwner)
    }
}

impl Team {
    /// What keeps whoever is signed in from changing or taking out a member; `own` if that is themselves.
    pub fn bar_to_touch(&self, member: &Member, own: bool) -> Option<TeamBar> {
        if own {
            return None;
        }
        let over = self.role == TeamRole::Owner || member.role.rank() < self.role.rank();
        self.role.bar_to_manage().or_else(|| (!over).then_some(TeamBar::NotBelow))
    }

    /// What keeps a member from having less, or from going: no owner would be left.
    pub fn bar_to_lose(&self, member: &Member) -> Option<TeamBar> {
        let owners = self.members.iter().filter(|one| one.role == TeamRole::Owner).count();
        (member.role == TeamRole::Owner && owners == 1).then_some(TeamBar::LastOwner)
    }

    /// The roles that whoever is signed in may give a member, the one they have left out.
    pub fn roles_for(&self, member: &Member, own: bool) -> Vec<TeamRole> {
        if self.bar_to_touch(member, own).is_some() {
            return Vec::new();
        }
        let fits = |role: &TeamRole| {
            let loses = role.rank() < member.role.rank();
            *role != member.role
                && role.rank() <= self.role.rank()
                && !(loses && self.bar_to_lose(member).is_some())
        };
        TeamRole::ALL.into_iter().filter(fits).collect()
    }
}

#[cfg(test)]
mod tests {
    use TeamRole::{Admin, Member as Plain, Owner};

    use super::*;

    fn member(id: &str, role: TeamRole) -> Member {
        Member { id: MemberId::new(id), name: None, email: None, role, joined_at: None }
    }

    fn team(own: TeamRole, roles: &[TeamRole]) -> Team {
        let members: Vec<Member> =
            roles.iter().enumerate().map(|(n, role)| member(&n.to_string(), role.clone())).collect();
        Team {
            id: TeamId::new("team_1"),
            name: "shop".into(),
            role: own,
            count: 0,
            members,
            created_at: None,
        }
    }

    #[test]
    fn nobody_gives_a_role_above_their_own_or_touches_somebody_of_their_rank() {
        let roles = [Owner, Admin, Plain];
        let as_admin = team(Admin, &roles);
        assert_eq!(as_admin.bar_to_touch(&as_admin.members[0], false), Some(TeamBar::NotBelow));
        assert_eq!(as_admin.bar_to_touch(&as_admin.members[1], false), Some(TeamBar::NotBelow));
        assert_eq!(as_admin.roles_for(&as_admin.members[2], false), [Admin]);
        assert_eq!(as_admin.roles_for(&as_admin.members[1], true), [Plain], "less is anybody's to take");
        let as_member = team(Plain, &roles);
        assert_eq!(as_member.bar_to_touch(&as_member.members[2], false), Some(TeamBar::TakesAdmin));
        assert_eq!(as_member.roles_for(&as_member.members[2], true), []);
    }

    #[test]
    fn the_last_owner_stays_an_owner_and_one_of_two_need_not() {
        let alone = team(Owner, &[Owner, Admin]);
        assert_eq!(alone.bar_to_lose(&alone.members[0]), Some(TeamBar::LastOwner));
        assert_eq!(alone.roles_for(&alone.members[0], true), []);
        assert_eq!(alone.roles_for(&alone.members[1], false), [Plain, Owner]);
        let two = team(Owner, &[Owner, Owner]);
        assert_eq!(two.bar_to_lose(&two.members[0]), None);
        assert_eq!(two.roles_for(&two.members[1], false), [Plain, Admin]);
    }

    #[test]
    fn a_role_that_is_not_known_may_only_look() {
        let emperor = TeamRole::Unknown("emperor".into());
        assert_eq!(emperor.bar_to_manage(), Some(TeamBar::TakesAdmin));
        assert_eq!(emperor.bar_to_own(), Some(TeamBar::TakesOwner));
        let seen = team(emperor, &[Plain]);
        assert_eq!(seen.roles_for(&seen.members[0], false), []);
    }
}
