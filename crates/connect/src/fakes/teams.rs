//! Teams of the portal in memory: the same rules as the reference portal's, as far as a client can tell.

use std::time::Duration;

use async_trait::async_trait;
use keystow_domain::{
    Invitation, InvitationId, KeyId, MailState, Member, MemberId, Team, TeamBar, TeamId, TeamRole, Timestamp,
};
use keystow_vault::Secret;

use super::{Inner, MemoryPortal, apps, refused};
use crate::{Failure, RefusalKind};

/// How long an invitation is good.
const LIFE: Duration = Duration::from_secs(7 * 86_400);
/// How often one address may be invited.
const MOST_TO_ADDRESS: usize = 3;
/// The account of whoever is signed in.
const SELF: &str = "acc_self";

/// What the portal knows of teams.
#[derive(Clone, Default)]
pub(super) struct Teams {
    all: Vec<Kept>,
    made: u32,
    /// Every address that was invited.
    invited: Vec<String>,
}

#[derive(Clone)]
struct Kept {
    team: Team,
    invitations: Vec<Invitation>,
}

impl Teams {
    /// The role of whoever is signed in, and the name of the team; nothing if they are not in it.
    pub(super) fn seen(&self, id: &TeamId) -> Option<(TeamRole, String)> {
        let kept = self.all.iter().find(|kept| kept.team.id == *id)?;
        Some((own(&kept.team)?.role.clone(), kept.team.name.clone()))
    }

    fn find(&mut self, id: &TeamId) -> Result<&mut Kept, Failure> {
        let found = self.all.iter_mut().find(|kept| kept.team.id == *id && own(&kept.team).is_some());
        found.ok_or_else(|| refused(404, RefusalKind::NotFound))
    }

    fn named(&self, name: &str, but: Option<&TeamId>) -> Result<String, Failure> {
        let name = keystow_domain::key_name(name).map_err(|_| apps::wrong("name"))?;
        let taken = self.all.iter().any(|kept| kept.team.name == name && Some(&kept.team.id) != but);
        if taken { Err(refused(409, RefusalKind::Conflict)) } else { Ok(name) }
    }
}

/// Whoever is signed in, as a member.
fn own(team: &Team) -> Option<&Member> {
    team.members.iter().find(|member| member.id.as_str() == SELF)
}

/// The team as whoever is signed in sees it, owners first.
fn shown(team: &Team) -> Team {
    let mut team = team.clone();
    let rank = |role: &TeamRole| TeamRole::ALL.iter().rev().position(|one| one == role);
    team.members.sort_by_key(|member| rank(&member.role));
    team.count = u32::try_from(team.members.len()).unwrap_or(u32::MAX);
    team.role = own(&team).map_or(TeamRole::Member, |member| member.role.clone());
    team
}

/// A refusal for what keeps somebody from something.
fn must(bar: Option<TeamBar>) -> Result<(), Failure> {
    match bar {
        None => Ok(()),
        Some(TeamBar::LastOwner) => Err(refused(409, RefusalKind::Conflict)),
        Some(_) => Err(refused(403, RefusalKind::Forbidden)),
    }
}

impl Kept {
    fn member(&self, id: &MemberId) -> Result<Member, Failure> {
        let found = self.team.members.iter().find(|member| member.id == *id);
        found.cloned().ok_or_else(|| refused(409, RefusalKind::Conflict))
    }

    fn set(&mut self, id: &MemberId, role: &TeamRole) {
        for member in self.team.members.iter_mut().filter(|member| member.id == *id) {
            member.role = role.clone();
        }
    }
}

impl Inner {
    /// Whether whoever is signed in may make and end what a team owns.
    pub(super) fn must_manage(&self, team: Option<&TeamId>) -> Result<(), Failure> {
        let Some(id) = team else { return Ok(()) };
        let (role, _) = self.teams.seen(id).ok_or_else(|| refused(404, RefusalKind::NotFound))?;
        let everywhere = self.abilities.role == Some(keystow_domain::Role::Admin);
        must(role.bar_to_manage().filter(|_| !everywhere))
    }

    /// Whether whoever is signed in may change and end a key, as far as a team decides it.
    pub(super) fn must_manage_key(&mut self, id: &KeyId) -> Result<(), Failure> {
        let of = self.find(id)?.key.app.clone();
        let team = of.and_then(|app| self.apps.team_of(&app));
        self.must_manage(team.as_ref())
    }
}

impl MemoryPortal {
    /// Lets somebody into a team who accepts an invitation elsewhere, or was let in by somebody else.
    pub fn join_elsewhere(&self, id: &TeamId, email: &str, role: TeamRole) -> MemberId {
        let now = self.clock.now();
        let mut inner = self.inner();
        let member = MemberId::new(format!("acc_{email}"));
        for kept in inner.teams.all.iter_mut().filter(|kept| kept.team.id == *id) {
            kept.invitations.retain(|invitation| invitation.email != email);
            kept.team.members.push(someone(member.clone(), Some(email.to_owned()), role.clone(), now));
        }
        member
    }

    /// Gives whoever is signed in another role, as another owner does; nothing takes them out.
    pub fn set_own_role_elsewhere(&self, id: &TeamId, role: Option<TeamRole>) {
        let mut inner = self.inner();
        let own = MemberId::new(SELF);
        for kept in inner.teams.all.iter_mut().filter(|kept| kept.team.id == *id) {
            match &role {
                Some(role) => kept.set(&own, role),
                None => kept.team.members.retain(|member| member.id != own),
            }
        }
    }

    /// Takes somebody out of a team, as another owner does.
    pub fn remove_elsewhere(&self, id: &TeamId, whom: &MemberId) {
        for kept in self.inner().teams.all.iter_mut().filter(|kept| kept.team.id == *id) {
            kept.team.members.retain(|member| member.id != *whom);
        }
    }

    /// A plain portal has none of it.
    fn with_teams(&self) -> Result<(), Failure> {
        if self.inner().abilities.teams { Ok(()) } else { Err(refused(404, RefusalKind::NotFound)) }
    }

    fn change(
        &self,
        id: &TeamId,
        change: impl FnOnce(&mut Kept) -> Result<(), Failure>,
    ) -> Result<Team, Failure> {
        self.with_teams()?;
        self.write(|inner, _| {
            let kept = inner.teams.find(id)?;
            // The rules are asked of the team as whoever is signed in sees it.
            kept.team = shown(&kept.team);
            change(kept)?;
            kept.team = shown(&kept.team);
            Ok(kept.team.clone())
        })
    }
}

fn someone(id: MemberId, email: Option<String>, role: TeamRole, now: Timestamp) -> Member {
    Member { id, name: None, email, role, joined_at: Some(now) }
}

#[async_trait]
impl crate::Teams for MemoryPortal {
    async fn teams(&self, _: &Secret) -> Result<Vec<Team>, Failure> {
        self.with_teams()?;
        let inner = self.read()?;
        let mine = inner.teams.all.iter().rev().filter(|kept| own(&kept.team).is_some());
        Ok(mine.map(|kept| Team { members: Vec::new(), ..shown(&kept.team) }).collect())
    }

    async fn team(&self, _: &Secret, id: &TeamId) -> Result<Option<Team>, Failure> {
        self.with_teams()?;
        Ok(self.read()?.teams.find(id).ok().map(|kept| shown(&kept.team)))
    }

    async fn create_team(&self, _: &Secret, name: &str) -> Result<Team, Failure> {
        self.with_teams()?;
        self.write(|inner, now| {
            let name = inner.teams.named(name, None)?;
            inner.teams.made += 1;
            let owner = someone(MemberId::new(SELF), inner.person.clone(), TeamRole::Owner, now);
            let team = shown(&Team {
                id: TeamId::new(format!("team_{}", inner.teams.made)),
                name,
                role: TeamRole::Owner,
                count: 1,
                members: vec![owner],
                created_at: Some(now),
            });
            inner.teams.all.push(Kept { team: team.clone(), invitations: Vec::new() });
            Ok(team)
        })
    }

    async fn rename_team(&self, _: &Secret, id: &TeamId, name: &str) -> Result<Team, Failure> {
        self.with_teams()?;
        let name = self.inner().teams.named(name, Some(id));
        self.change(id, |kept| {
            must(kept.team.role.bar_to_manage())?;
            kept.team.name = name?;
            Ok(())
        })
    }

    async fn delete_team(&self, _: &Secret, id: &TeamId) -> Result<(), Failure> {
        self.with_teams()?;
        let owns = self.all_apps().iter().any(|app| app.team.as_ref() == Some(id));
        self.write(|inner, _| {
            must(own(&inner.teams.find(id)?.team).and_then(|member| member.role.bar_to_own()))?;
            if owns {
                return Err(refused(409, RefusalKind::Conflict));
            }
            inner.teams.all.retain(|kept| kept.team.id != *id);
            Ok(())
        })
    }

    async fn invitations(&self, _: &Secret, id: &TeamId) -> Result<Vec<Invitation>, Failure> {
        self.with_teams()?;
        let mut inner = self.read()?;
        let kept = inner.teams.find(id)?;
        must(shown(&kept.team).role.bar_to_manage())?;
        Ok(kept.invitations.iter().rev().cloned().collect())
    }

    async fn invite(
        &self,
        _: &Secret,
        id: &TeamId,
        email: &str,
        role: &TeamRole,
    ) -> Result<Invitation, Failure> {
        self.with_teams()?;
        self.write(|inner, now| {
            let email = email.trim().to_lowercase();
            let email = email.as_str();
            let often = inner.teams.invited.iter().filter(|one| *one == email).count() >= MOST_TO_ADDRESS;
            inner.teams.made += 1;
            let number = inner.teams.made;
            let kept = inner.teams.find(id)?;
            if !email.contains('@') {
                return Err(apps::wrong("email"));
            }
            if *role == TeamRole::Owner {
                return Err(apps::wrong("role"));
            }
            must(shown(&kept.team).role.bar_to_manage())?;
            let is_member = kept.team.members.iter().any(|member| member.email.as_deref() == Some(email));
            if is_member || kept.invitations.iter().any(|one| one.email == email) {
                return Err(refused(409, RefusalKind::Conflict));
            }
            if often {
                return Err(refused(429, RefusalKind::Throttled));
            }
            let invitation = Invitation {
                id: InvitationId::new(format!("inv_{number}")),
                email: email.to_owned(),
                role: role.clone(),
                by: Some(MemberId::new(SELF)),
                invited_at: Some(now),
                expires_at: Some(now.plus(LIFE)),
                mail: MailState::Sent,
            };
            kept.invitations.push(invitation.clone());
            inner.teams.invited.push(email.to_owned());
            Ok(invitation)
        })
    }

    async fn withdraw(&self, _: &Secret, id: &TeamId, which: &InvitationId) -> Result<(), Failure> {
        self.change(id, |kept| {
            must(kept.team.role.bar_to_manage())?;
            let before = kept.invitations.len();
            kept.invitations.retain(|invitation| invitation.id != *which);
            if kept.invitations.len() == before { Err(refused(409, RefusalKind::Conflict)) } else { Ok(()) }
        })
        .map(|_| ())
    }

    async fn set_role(
        &self,
        _: &Secret,
        id: &TeamId,
        whom: &MemberId,
        role: &TeamRole,
    ) -> Result<Team, Failure> {
        self.change(id, |kept| {
            let member = kept.member(whom)?;
            let own = whom.as_str() == SELF;
            must(kept.team.bar_to_touch(&member, own))?;
            if *role != member.role && !kept.team.roles_for(&member, own).contains(role) {
                must(kept.team.bar_to_lose(&member))?;
                return Err(refused(403, RefusalKind::Forbidden));
            }
            kept.set(whom, role);
            Ok(())
        })
    }

    async fn remove_member(&self, _: &Secret, id: &TeamId, whom: &MemberId) -> Result<Team, Failure> {
        self.change(id, |kept| {
            let member = kept.member(whom)?;
            must(kept.team.bar_to_touch(&member, whom.as_str() == SELF))?;
            must(kept.team.bar_to_lose(&member))?;
            kept.team.members.retain(|one| one.id != *whom);
            Ok(())
        })
    }

    async fn leave_team(&self, token: &Secret, id: &TeamId) -> Result<(), Failure> {
        self.remove_member(token, id, &MemberId::new(SELF)).await.map(|_| ())
    }

    async fn hand_over(&self, _: &Secret, id: &TeamId, to: &MemberId) -> Result<Team, Failure> {
        self.change(id, |kept| {
            must(kept.team.role.bar_to_own())?;
            kept.member(to)?;
            kept.set(&MemberId::new(SELF), &TeamRole::Admin);
            kept.set(to, &TeamRole::Owner);
            Ok(())
        })
    }
}
