//! A team and its members, and what each may do to it.
//!
//! The rules are functions of the record alone, and are asked while nobody else can change the team: a team always has
//! an owner, nobody gives a role above their own, and nobody but an owner touches somebody of their own rank.

use keystow_domain::Timestamp;

use super::InvitationRecord;
use crate::{random, storage::TeamRefusal};

/// What somebody may do in a team; the later ones may do whatever those before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TeamRole {
    Member,
    Admin,
    Owner,
}

/// Somebody in a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: TeamRole,
    pub(crate) joined_at: Timestamp,
}

/// A team as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Team {
    /// Its id, also that of its row among the accounts.
    pub(crate) id: String,
    pub(crate) name: String,
    /// Who made it: its name is unique among the teams this person made.
    pub(crate) founder: String,
    pub(crate) created_at: Timestamp,
    /// Who is in it, in the order in which they joined.
    pub(crate) members: Vec<Member>,
}

/// A team as one of its members lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) team: String,
    pub(crate) name: String,
    pub(crate) role: TeamRole,
    pub(crate) members: u32,
    pub(crate) created_at: Timestamp,
}

/// What the ids of teams begin with; those of people begin otherwise.
const KIND: &str = "team";

/// Whether the id of an owner is that of a team.
pub(crate) fn is_team(owner: &str) -> bool {
    owner.strip_prefix(KIND).is_some_and(|rest| rest.starts_with('_'))
}

impl Team {
    /// A new team, whose founder owns it.
    pub(crate) fn new(founder: &str, name: String, now: Timestamp) -> Self {
        let founder = founder.to_owned();
        let owner = Member {
            account: founder.clone(),
            name: String::new(),
            email: String::new(),
            role: TeamRole::Owner,
            joined_at: now,
        };
        Self { id: random::id(KIND), name, founder, created_at: now, members: vec![owner] }
    }

    /// The role of an account; nothing if it is not in the team.
    pub(crate) fn role_of(&self, account: &str) -> Option<TeamRole> {
        self.members.iter().find(|member| member.account == account).map(|member| member.role)
    }

    /// The role of an account that must have at least this one.
    ///
    /// # Errors
    ///
    /// To somebody who is not in it, there is no such team; who is and has less is told what it takes.
    pub(crate) fn must_be(&self, account: &str, least: TeamRole) -> Result<TeamRole, TeamRefusal> {
        let role = self.role_of(account).ok_or(TeamRefusal::NotFound)?;
        if role >= least { Ok(role) } else { Err(TeamRefusal::TakesMore(least)) }
    }

    /// Gives it another name.
    ///
    /// # Errors
    ///
    /// Refused unless it is by an owner or an admin.
    pub(crate) fn rename(&mut self, by: &str, name: String) -> Result<(), TeamRefusal> {
        self.must_be(by, TeamRole::Admin)?;
        self.name = name;
        Ok(())
    }

    /// Gives a member another role. Anybody may have less than they have.
    ///
    /// # Errors
    ///
    /// Refused for a role above that of `by`, for somebody whom `by` has no say over, and if no owner would be left.
    pub(crate) fn set_role(&mut self, by: &str, whom: &str, role: TeamRole) -> Result<(), TeamRefusal> {
        let own = self.must_be(by, TeamRole::Member)?;
        if by != whom {
            self.must_be(by, TeamRole::Admin)?;
        }
        if role > own {
            return Err(TeamRefusal::RoleAboveOwn);
        }
        let before = self.must_have_say(own, by, whom)?;
        if role < TeamRole::Owner {
            self.must_keep_an_owner(before)?;
        }
        for member in self.members.iter_mut().filter(|member| member.account == whom) {
            member.role = role;
        }
        Ok(())
    }

    /// Takes a member out; whoever takes out themselves leaves.
    ///
    /// # Errors
    ///
    /// Refused for somebody whom `by` has no say over, and if no owner would be left.
    pub(crate) fn remove(&mut self, by: &str, whom: &str) -> Result<(), TeamRefusal> {
        let own = self.must_be(by, TeamRole::Member)?;
        if by != whom {
            self.must_be(by, TeamRole::Admin)?;
        }
        let before = self.must_have_say(own, by, whom)?;
        self.must_keep_an_owner(before)?;
        self.members.retain(|member| member.account != whom);
        Ok(())
    }

    /// Makes another member an owner, and the owner who says so an admin.
    ///
    /// # Errors
    ///
    /// Refused unless it is by an owner, to a member.
    pub(crate) fn hand_over(&mut self, by: &str, to: &str) -> Result<(), TeamRefusal> {
        self.must_be(by, TeamRole::Owner)?;
        self.role_of(to).ok_or(TeamRefusal::NoMember)?;
        for member in &mut self.members {
            if member.account == to {
                member.role = TeamRole::Owner;
            } else if member.account == by {
                member.role = TeamRole::Admin;
            }
        }
        Ok(())
    }

    /// Whether whoever invites may do so: nobody offers a role above their own, and nobody who is in the team is invited.
    ///
    /// # Errors
    ///
    /// Refused unless it is by an owner or an admin, to somebody else.
    pub(crate) fn may_invite(&self, invitation: &InvitationRecord) -> Result<(), TeamRefusal> {
        if self.must_be(&invitation.by, TeamRole::Admin)? < invitation.role {
            return Err(TeamRefusal::RoleAboveOwn);
        }
        let is_member = self.members.iter().any(|member| member.email == invitation.email);
        if is_member { Err(TeamRefusal::IsMember) } else { Ok(()) }
    }

    /// Lets somebody in who accepts an invitation, as long as whoever invited might invite them now. Somebody who is in
    /// the team stays what they are.
    ///
    /// # Errors
    ///
    /// Refused if there is no room, or the invitation is worth nothing any more.
    pub(crate) fn let_in(
        &mut self,
        invitation: &InvitationRecord,
        account: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<(), TeamRefusal> {
        let gives = self.role_of(&invitation.by).filter(|own| *own >= TeamRole::Admin.max(invitation.role));
        gives.ok_or(TeamRefusal::NotFound)?;
        if self.role_of(account).is_some() {
            return Ok(());
        }
        if self.members.len() >= most as usize {
            return Err(TeamRefusal::TeamFull);
        }
        self.members.push(Member {
            account: account.to_owned(),
            name: String::new(),
            email: invitation.email.clone(),
            role: invitation.role,
            joined_at: now,
        });
        Ok(())
    }

    /// The role of a member whom somebody of the role `own` may change: themselves, and who has less; an owner anybody.
    fn must_have_say(&self, own: TeamRole, by: &str, whom: &str) -> Result<TeamRole, TeamRefusal> {
        let role = self.role_of(whom).ok_or(TeamRefusal::NoMember)?;
        if by == whom || own == TeamRole::Owner || role < own { Ok(role) } else { Err(TeamRefusal::NotBelow) }
    }

    /// Whether there is an owner left when somebody of this role is not there any more.
    fn must_keep_an_owner(&self, gone: TeamRole) -> Result<(), TeamRefusal> {
        let owners = self.members.iter().filter(|member| member.role == TeamRole::Owner).count();
        if gone == TeamRole::Owner && owners == 1 { Err(TeamRefusal::LastOwner) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use TeamRole::{Admin, Member as Plain, Owner};

    use super::*;

    fn team(roles: &[(&str, TeamRole)]) -> Team {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut team = Team::new("", "shop".into(), now);
        let member = |(account, role): &(&str, TeamRole)| Member {
            account: (*account).into(),
            name: String::new(),
            email: String::new(),
            role: *role,
            joined_at: now,
        };
        team.members = roles.iter().map(member).collect();
        team
    }

    const ALL: [(&str, TeamRole); 5] =
        [("own", Owner), ("adm", Admin), ("adm2", Admin), ("mem", Plain), ("mem2", Plain)];

    #[test]
    fn nobody_raises_anybody_above_themselves_and_nobody_raises_themselves() {
        let roles = [Plain, Admin, Owner];
        for (by, own) in ALL {
            for (whom, before) in ALL {
                for role in roles {
                    let done = team(&ALL).set_role(by, whom, role);
                    let has_say = by == whom || own == Owner || (own == Admin && before == Plain);
                    let keeps_an_owner = before != Owner || role == Owner;
                    let allowed = has_say && role <= own && keeps_an_owner;
                    assert_eq!(done.is_ok(), allowed, "{by} makes {whom} {role:?}: {done:?}");
                }
            }
        }
    }

    #[test]
    fn the_last_owner_stays_until_somebody_else_owns_the_team() {
        let mut team = team(&ALL);
        assert_eq!(team.remove("own", "own"), Err(TeamRefusal::LastOwner));
        assert_eq!(team.set_role("own", "own", Plain), Err(TeamRefusal::LastOwner));
        assert_eq!(team.hand_over("adm", "mem"), Err(TeamRefusal::TakesMore(Owner)));
        assert_eq!(team.hand_over("own", "eve"), Err(TeamRefusal::NoMember));
        team.hand_over("own", "mem").unwrap();
        assert_eq!((team.role_of("mem"), team.role_of("own")), (Some(Owner), Some(Admin)));
        assert_eq!(team.hand_over("own", "adm"), Err(TeamRefusal::TakesMore(Owner)));
        team.remove("own", "own").unwrap();
        team.set_role("mem", "adm", Owner).unwrap();
        team.set_role("adm", "mem", Plain).unwrap();
        assert_eq!(team.role_of("mem"), Some(Plain), "one of two owners may be made less");
    }

    #[test]
    fn an_admin_takes_out_members_alone_and_a_member_nobody_but_themselves() {
        for (by, whom, refused) in [
            ("adm", "own", Some(TeamRefusal::NotBelow)),
            ("adm", "adm2", Some(TeamRefusal::NotBelow)),
            ("adm", "mem", None),
            ("adm", "adm", None),
            ("mem", "mem2", Some(TeamRefusal::TakesMore(Admin))),
            ("mem", "mem", None),
            ("own", "adm", None),
            ("own", "eve", Some(TeamRefusal::NoMember)),
            ("eve", "mem", Some(TeamRefusal::NotFound)),
        ] {
            assert_eq!(team(&ALL).remove(by, whom).err(), refused, "{by} takes out {whom}");
        }
    }

    #[test]
    fn a_word_that_is_not_known_may_only_look() {
        assert_eq!(TeamRole::read("emperor"), Plain);
        assert_eq!(TeamRole::parse("emperor"), None);
    }
}
