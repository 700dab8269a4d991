//! Making, changing and leaving teams, and looking after who is in them.
//!
//! Each change goes out once. None of them brings a secret, so that none is in the journal: where an answer is lost, the
//! team is read again, and what is found there is told.

use keystow_connect::Failure;
use keystow_domain::{AccountId, InvitationId, MemberId, Team, TeamBar, TeamId, TeamRole};

use super::Whole;
use super::settling::{Change, waits};
use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::session::ask;
use crate::{Trouble, words};

impl Engine {
    /// Makes a team that whoever is signed in owns.
    ///
    /// # Errors
    ///
    /// Says which name is taken, or what is known of a team whose answer did not arrive.
    pub async fn create_team(&self, name: &str) -> Result<Team, Trouble> {
        let (account, turn) = self.team_turn()?;
        let _turn = turn.lock().await;
        let name = name.trim();
        let before: Vec<TeamId> = self.team_list(&account).into_iter().map(|team| team.id).collect();
        let made = ask!(self, &account, |portal, token| portal.create_team(token, name));
        let team = match made {
            Ok(team) => team,
            Err(Failure::Unknown(_)) => {
                if !self.read_teams(&account).await {
                    return Err(words::team_unknown(name));
                }
                let now = self.team_list(&account);
                let found = now.into_iter().find(|team| team.name == name && !before.contains(&team.id));
                found.ok_or_else(|| words::team_not_done(name))?
            }
            Err(failed) if failed.is_conflict() && self.has_team(&account, name).await => {
                return Err(words::team_name_taken(name));
            }
            Err(failed) => return Err(words::of_teams(&failed)),
        };
        self.take_team(&account, &team);
        // It is there, whether or not it can be read now who is in it.
        let _ = self.read_team(&account, &team.id).await;
        self.log(note(Deed::TeamMade, &account, &team)).await;
        Ok(team)
    }

    /// Gives a team another name.
    ///
    /// # Errors
    ///
    /// Says why it is called as before.
    pub async fn rename_team(&self, id: &TeamId, name: &str) -> Result<(), Trouble> {
        let (account, turn) = self.team_turn()?;
        let _turn = turn.lock().await;
        let name = name.trim();
        let before = self.known_team(&account, id)?;
        let told = ask!(self, &account, |portal, token| portal.rename_team(token, id, name));
        let done = |now: Option<&Whole>| now.is_some_and(|now| now.team.name == name);
        self.settle_team(&account, (id, &before.name), &Change::Rename(name.to_owned()), told, done).await?;
        // Apps and keys tell their team by its name.
        self.read_apps(&account).await;
        self.log(note(Deed::TeamRenamed, &account, &before).fact("name", name)).await;
        Ok(())
    }

    /// Deletes a team that owns nothing any more, after the person typed its name.
    ///
    /// # Errors
    ///
    /// Says why it is still there, or that it is not known whether it is.
    pub async fn delete_team(&self, id: &TeamId, typed: &str) -> Result<(), Trouble> {
        let (account, turn) = self.team_turn()?;
        let _turn = turn.lock().await;
        let before = self.typed_team(&account, id, typed)?;
        let told = ask!(self, &account, |portal, token| portal.delete_team(token, id));
        let done = |now: Option<&Whole>| now.is_none();
        self.settle_team(&account, (id, &before.name), &Change::Delete, told, done).await?;
        self.log(note(Deed::TeamDeleted, &account, &before)).await;
        Ok(())
    }

    /// Invites whoever has an address into a team. Nothing tells whether somebody has an account of it.
    ///
    /// # Errors
    ///
    /// Says why nobody was invited, or that it is not known.
    pub async fn invite(&self, id: &TeamId, email: &str, role: &TeamRole) -> Result<(), Trouble> {
        let (account, turn) = self.team_turn()?;
        let _turn = turn.lock().await;
        let email = email.trim();
        let before = self.known_team(&account, id)?;
        let told = ask!(self, &account, |portal, token| portal.invite(token, id, email, role));
        let done = |now: Option<&Whole>| now.is_some_and(|now| waits(now, email));
        self.settle_team(&account, (id, &before.name), &Change::Invite(email.to_owned()), told, done).await?;
        self.log(note(Deed::Invited, &account, &before).fact("person", email)).await;
        Ok(())
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    ///
    /// Says that it was answered before, or that it is not known.
    pub async fn withdraw_invitation(&self, id: &TeamId, which: &InvitationId) -> Result<(), Trouble> {
        let (account, turn) = self.team_turn()?;
        let _turn = turn.lock().await;
        let before = self.known_team(&account, id)?;
        let email = {
            let state = self.state();
            let whole = state.teams.get(&account).and_then(|known| known.whole.get(id));
            let mut all = whole.and_then(|whole| whole.invitations.as_ref()).into_iter().flatten();
            all.find(|one| one.id == *which).map(|one| one.email.clone()).unwrap_or_default()
        };
        let told = ask!(self, &account, |portal, token| portal.withdraw(token, id, which));
        let done = |now: Option<&Whole>| {
            now.and_then(|now| now.invitations.as_ref())
                .is_some_and(|all| all.iter().all(|one| one.id != *which))
        };
        self.settle_team(&account, (id, &before.name), &Change::Withdraw, told, done).await?;
        self.log(note(Deed::InvitationWithdrawn, &account, &before).fact("person", email)).await;
        Ok(())
    }

    /// Gives a member another role.
    ///
    /// # Errors
    ///
    /// Says why the role is as before, or that it is not known.
    pub async fn set_team_role(&self, id: &TeamId, whom: &MemberId, role: &TeamRole) -> Result<(), Trouble> {
        let (account, turn) = self.team_turn()?;
        let _turn = turn.lock().await;
        let before = self.known_team(&account, id)?;
        let person = self.member_name(&account, id, whom);
        let told = ask!(self, &account, |portal, token| portal.set_role(token, id, whom, role));
        let done = |now: Option<&Whole>| now.is_some_and(|now| has_role(now, whom, role));
        self.settle_team(&account, (id, &before.name), &Change::Role(whom.clone()), told, done).await?;
        self.log(note(Deed::MemberChanged, &account, &before).fact("person", person)).await;
        Ok(())
    }

    /// Takes a member out of a team.
    ///
    /// # Errors
    ///
    /// Says why they are still in it, or that it is not known whether they are.
    pub async fn remove_member(&self, id: &TeamId, whom: &MemberId) -> Result<(), Trouble> {
        let (account, turn) = self.team_turn()?;
        let _turn = turn.lock().await;
        let before = self.known_team(&account, id)?;
        let person = self.member_name(&account, id, whom);
        let told = ask!(self, &account, |portal, token| portal.remove_member(token, id, whom));
        let done = |now: Option<&Whole>| {
            now.is_some_and(|now| now.team.members.iter().all(|member| member.id != *whom))
        };
        self.settle_team(&account, (id, &before.name), &Change::Remove(whom.clone()), told, done).await?;
        self.log(note(Deed::MemberRemoved, &account, &before).fact("person", person)).await;
        Ok(())
    }

    /// Takes whoever is signed in out of a team.
    ///
    /// # Errors
    ///
    /// The last owner is told to hand the team over first.
    pub async fn leave_team(&self, id: &TeamId) -> Result<(), Trouble> {
        let (account, turn) = self.team_turn()?;
        let _turn = turn.lock().await;
        let before = self.known_team(&account, id)?;
        let told = ask!(self, &account, |portal, token| portal.leave_team(token, id));
        let done = |now: Option<&Whole>| now.is_none();
        self.settle_team(&account, (id, &before.name), &Change::Leave, told, done).await?;
        self.log(note(Deed::TeamLeft, &account, &before)).await;
        Ok(())
    }

    /// Makes another member an owner and whoever is signed in an admin, after the person typed the team's name.
    ///
    /// # Errors
    ///
    /// Says why the team is whose it was, or that it is not known.
    pub async fn hand_over_team(&self, id: &TeamId, to: &MemberId, typed: &str) -> Result<(), Trouble> {
        let (account, turn) = self.team_turn()?;
        let _turn = turn.lock().await;
        let before = self.typed_team(&account, id, typed)?;
        let person = self.member_name(&account, id, to);
        let told = ask!(self, &account, |portal, token| portal.hand_over(token, id, to));
        let done = |now: Option<&Whole>| {
            now.is_some_and(|now| {
                has_role(now, to, &TeamRole::Owner) && now.team.role.bar_to_own() == Some(TeamBar::TakesOwner)
            })
        };
        self.settle_team(&account, (id, &before.name), &Change::HandOver(to.clone()), told, done).await?;
        self.log(note(Deed::TeamHandedOver, &account, &before).fact("person", person)).await;
        Ok(())
    }

    /// One change of an account's teams at a time.
    fn team_turn(&self) -> Result<(AccountId, std::sync::Arc<tokio::sync::Mutex<()>>), Trouble> {
        let account = self.current_account()?;
        let turn = self.turn(format!("team changes {account}"));
        Ok((account, turn))
    }

    /// The team whose name was typed.
    fn typed_team(&self, account: &AccountId, id: &TeamId, typed: &str) -> Result<Team, Trouble> {
        let team = self.known_team(account, id)?;
        let typed = typed.trim();
        let fits = typed == keystow_domain::visible(&team.name) || typed == team.name;
        if fits { Ok(team) } else { Err(words::team_name_differs()) }
    }

    /// Whether there is a team of this name, as the portal has them now.
    async fn has_team(&self, account: &AccountId, name: &str) -> bool {
        self.read_teams(account).await;
        self.team_list(account).iter().any(|team| team.name == name)
    }

    fn team_list(&self, account: &AccountId) -> Vec<Team> {
        self.state().teams.get(account).map(|known| known.teams.clone()).unwrap_or_default()
    }

    /// What a member is called, for the log.
    fn member_name(&self, account: &AccountId, id: &TeamId, whom: &MemberId) -> String {
        let state = self.state();
        let whole = state.teams.get(account).and_then(|known| known.whole.get(id));
        let found = whole.and_then(|whole| whole.team.members.iter().find(|member| member.id == *whom));
        let called = found.and_then(|member| member.email.clone().or_else(|| member.name.clone()));
        called.unwrap_or_else(|| whom.as_str().to_owned())
    }
}

fn has_role(now: &Whole, whom: &MemberId, role: &TeamRole) -> bool {
    now.team.members.iter().any(|member| member.id == *whom && member.role == *role)
}

fn note(deed: Deed, account: &AccountId, team: &Team) -> Note {
    Note::new(deed).of(account).fact("team", &team.name)
}
