//! Teams of the current account: what is known of them, and reading it again.
//!
//! As with apps, what a portal told last is shown while it cannot be asked, with its age. What whoever is signed in may
//! do follows from the role that was told last; the portal decides anew at each call.

mod changes;
mod settling;

use std::collections::{HashMap, HashSet};

use keystow_connect::{Failure, RefusalKind};
use keystow_domain::{
    Abilities, AccountId, App, Invitation, KeyId, Member, Role, Team, TeamBar, TeamId, TeamRole, Timestamp,
    visible,
};

use crate::engine::Engine;
use crate::events::Event;
use crate::session::ask;
use crate::{Trouble, words};

/// What is known of the teams of an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    teams: Vec<Team>,
    whole: HashMap<TeamId, Whole>,
    read_at: Option<Timestamp>,
    reading: bool,
    error: Option<Trouble>,
}

/// One team as it was read with everybody in it.
#[derive(Debug, Clone)]
pub(crate) struct Whole {
    team: Team,
    /// Nothing where the role does not let see them.
    invitations: Option<Vec<Invitation>>,
    read_at: Timestamp,
}

/// The teams of the current account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamsSight {
    /// The teams, the newest first, with what keeps whoever is signed in from changing them.
    pub teams: Vec<(Team, TeamBars)>,
    /// When the portal last told all of them.
    pub read_at: Option<Timestamp>,
    /// Whether it is being asked now.
    pub reading: bool,
    /// Why it could not be asked the last time.
    pub error: Option<Trouble>,
    /// Why nothing can be changed now; nothing if it can.
    pub writes_off: Option<Trouble>,
}

/// What keeps whoever is signed in from changing a team; nothing where nothing does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamBars {
    /// From renaming it, and from looking after who is in it.
    pub manage: Option<Trouble>,
    /// From giving it away and from deleting it.
    pub own: Option<Trouble>,
    /// From making, changing and ending its apps and keys.
    pub apps: Option<Trouble>,
}

/// One team with everybody in it.
#[derive(Debug, Clone)]
pub struct TeamSight {
    /// The team; of one that was not read whole yet, without its members.
    pub team: Team,
    /// What keeps whoever is signed in from changing it.
    pub bars: TeamBars,
    /// Its members, owners first.
    pub members: Vec<MemberSight>,
    /// What waits for an answer, the newest first; nothing where the role does not let see it.
    pub invitations: Option<Vec<Invitation>>,
    /// The apps it owns, as far as they are known.
    pub apps: Vec<App>,
    /// When the portal told who is in it; nothing if it was not asked yet.
    pub read_at: Option<Timestamp>,
}

/// Somebody in a team, and what can be done about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberSight {
    /// Who it is.
    pub member: Member,
    /// Whether it is whoever is signed in.
    pub own: bool,
    /// The roles they can be given.
    pub roles: Vec<TeamRole>,
    /// Why their role stays as it is; nothing if there is another one to give.
    pub role_off: Option<Trouble>,
    /// Why they cannot be taken out, or leave.
    pub remove_off: Option<Trouble>,
}

impl Engine {
    /// The teams of the current account as they were last told. Nothing is asked of the portal.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen, or its portal has no teams.
    pub fn teams(&self) -> Result<TeamsSight, Trouble> {
        let account = self.current_account()?;
        let state = self.known(&account)?;
        if state.abilities.as_ref().is_some_and(|abilities| !abilities.teams) {
            return Err(words::not_offered());
        }
        let known = if self.is_hidden() {
            Known::default()
        } else {
            self.state().teams.get(&account).cloned().unwrap_or_default()
        };
        let everywhere = is_administrator(state.abilities.as_ref());
        let barred = |team: Team| {
            let bars = bars(&team.role, everywhere);
            (team, bars)
        };
        Ok(TeamsSight {
            writes_off: self.writes_off(&state, known.error.as_ref()),
            teams: known.teams.into_iter().map(barred).collect(),
            read_at: known.read_at,
            reading: known.reading,
            error: known.error,
        })
    }

    /// One team as it was last told. Nothing is asked of the portal.
    ///
    /// # Errors
    ///
    /// Fails if it is not known.
    pub fn team(&self, id: &TeamId) -> Result<TeamSight, Trouble> {
        let account = self.current_account()?;
        if self.is_hidden() {
            return Err(words::team_gone());
        }
        let state = self.known(&account)?;
        let (person, everywhere) = (state.account.person, is_administrator(state.abilities.as_ref()));
        let listed = self.known_team(&account, id)?;
        let apps = self.apps_of_team(&account, id);
        let whole = self.state().teams.get(&account).and_then(|known| known.whole.get(id).cloned());
        let Some(Whole { team, invitations, read_at }) = whole else {
            return Ok(TeamSight {
                bars: bars(&listed.role, everywhere),
                team: listed,
                members: Vec::new(),
                invitations: None,
                apps,
                read_at: None,
            });
        };
        let member = |member: &Member| member_sight(&team, member, is_own(member, person.as_deref()));
        let members = team.members.iter().map(member).collect();
        let bars = bars(&team.role, everywhere);
        Ok(TeamSight { members, bars, team, invitations, apps, read_at: Some(read_at) })
    }

    /// Asks the portal for the teams, and for the role of whoever is signed in.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen; what the portal says is told by [`Engine::teams`].
    pub async fn refresh_teams(&self) -> Result<(), Trouble> {
        let account = self.current_account()?;
        self.read_abilities(&account).await;
        self.read_teams(&account).await;
        Ok(())
    }

    /// Asks the portal who is in a team and who is invited.
    ///
    /// # Errors
    ///
    /// Says that it is gone, or why the portal could not be asked.
    pub async fn refresh_team(&self, id: &TeamId) -> Result<(), Trouble> {
        let account = self.current_account()?;
        match self.read_team(&account, id).await? {
            Some(_) => Ok(()),
            None => Err(words::team_gone()),
        }
    }

    /// Reads the teams again, where the portal has them. Whether they were told.
    pub(crate) async fn read_teams(&self, account: &AccountId) -> bool {
        let turn = self.turn(format!("teams {account}"));
        let _turn = turn.lock().await;
        let offered = self.known(account).ok().and_then(|known| known.abilities);
        if !offered.is_some_and(|abilities| abilities.teams) {
            return false;
        }
        self.state().teams.entry(account.clone()).or_default().reading = true;
        let read = async {
            let teams = ask!(self, account, |portal, token| portal.teams(token));
            teams.map_err(|failed| words::of_teams(&failed))
        };
        let read = read.await;
        let whole = read.is_ok();
        let mut moved = false;
        {
            let now = self.portal_now(account);
            let mut state = self.state();
            let known = state.teams.entry(account.clone()).or_default();
            known.reading = false;
            match read {
                Ok(teams) => {
                    // Where the role is another one, so is what may be seen.
                    let same = |id: &TeamId, whole: &mut Whole| {
                        teams.iter().any(|team| team.id == *id && team.role == whole.team.role)
                    };
                    known.whole.retain(same);
                    let ids =
                        |teams: &[Team]| teams.iter().map(|team| team.id.clone()).collect::<HashSet<_>>();
                    moved = ids(&known.teams) != ids(&teams) && known.read_at.is_some();
                    known.teams = teams;
                    known.read_at = Some(now);
                    known.error = None;
                }
                Err(trouble) => known.error = Some(trouble),
            }
        }
        if moved {
            self.read_lists_again(account);
        }
        self.tell(Event::Apps);
        whole
    }

    /// Reads one team with its members and, where the role lets see them, its invitations; nothing if it is gone.
    async fn read_team(&self, account: &AccountId, id: &TeamId) -> Result<Option<Whole>, Trouble> {
        let told = ask!(self, account, |portal, token| portal.team(token, id));
        let Some(team) = told.map_err(|failed| words::of_teams(&failed))? else {
            self.forget_team(account, id);
            return Ok(None);
        };
        let invitations = if team.role.manages() {
            match ask!(self, account, |portal, token| portal.invitations(token, id)) {
                Ok(invitations) => Some(invitations),
                // The role was taken away between the two questions.
                Err(Failure::Refused(refusal))
                    if matches!(refusal.kind, RefusalKind::Forbidden | RefusalKind::NotFound) =>
                {
                    None
                }
                Err(failed) => return Err(words::of_teams(&failed)),
            }
        } else {
            None
        };
        let whole = Whole { team, invitations, read_at: self.portal_now(account) };
        self.take_team(account, &whole.team);
        if let Some(known) = self.state().teams.get_mut(account) {
            known.whole.insert(id.clone(), whole.clone());
        }
        self.tell(Event::Apps);
        Ok(Some(whole))
    }

    /// Takes a team over into the list as the portal just told it.
    fn take_team(&self, account: &AccountId, team: &Team) {
        let mut state = self.state();
        let known = state.teams.entry(account.clone()).or_default();
        let listed = Team { members: Vec::new(), ..team.clone() };
        match known.teams.iter_mut().find(|one| one.id == team.id) {
            Some(one) => *one = listed,
            None => known.teams.insert(0, listed),
        }
    }

    /// Lets go of a team that is gone.
    fn forget_team(&self, account: &AccountId, id: &TeamId) {
        {
            let mut state = self.state();
            if let Some(known) = state.teams.get_mut(account) {
                known.teams.retain(|team| team.id != *id);
                known.whole.remove(id);
            }
        }
        self.read_lists_again(account);
        self.tell(Event::Apps);
    }

    /// Has the lists read again in which apps and keys of a team stand that was come to or left.
    fn read_lists_again(&self, account: &AccountId) {
        self.state().due_again.remove(account);
        self.0.wake.notify_one();
    }

    fn known_team(&self, account: &AccountId, id: &TeamId) -> Result<Team, Trouble> {
        let state = self.state();
        let known = state.teams.get(account).ok_or_else(words::team_gone)?;
        known.teams.iter().find(|team| team.id == *id).cloned().ok_or_else(words::team_gone)
    }

    /// Why whoever is signed in cannot change or end an app or its keys; nothing if they can, or if it is not known.
    pub fn bar_of_app(&self, app: &App) -> Option<Trouble> {
        let account = self.current()?;
        let everywhere = is_administrator(self.known(&account).ok()?.abilities.as_ref());
        bars(&self.known_team(&account, app.team.as_ref()?).ok()?.role, everywhere).apps
    }

    /// What to say of a change of a key, or of an app, that a role does not allow. The roles are read again.
    pub(crate) async fn role_refused(&self, account: &AccountId, team: Option<&TeamId>) -> Option<Trouble> {
        self.read_abilities(account).await;
        team?;
        self.read_teams(account).await;
        self.tell(Event::Keys);
        Some(words::team_bar(TeamBar::TakesAdmin))
    }

    /// The team of a key, by way of its app.
    pub(crate) fn team_of_key(&self, account: &AccountId, key: &KeyId) -> Option<TeamId> {
        let app = self.row(account, key).ok()?.key.app?;
        self.known_app(account, &app).ok()?.team
    }
}

/// Who decides at the portal makes and ends what the teams own that they are in.
fn is_administrator(abilities: Option<&Abilities>) -> bool {
    abilities.is_some_and(|abilities| abilities.role == Some(Role::Admin))
}

fn bars(role: &TeamRole, everywhere: bool) -> TeamBars {
    let (manage, own) = (role.bar_to_manage(), role.bar_to_own());
    let apps = manage.filter(|_| !everywhere);
    let said = |bar: Option<TeamBar>| bar.map(words::team_bar);
    TeamBars { manage: said(manage), own: said(own), apps: said(apps) }
}

fn is_own(member: &Member, person: Option<&str>) -> bool {
    // An account keeps who it is as it is shown.
    person.is_some() && member.email.as_deref().map(visible).as_deref() == person
}

fn member_sight(team: &Team, member: &Member, own: bool) -> MemberSight {
    let touch = team.bar_to_touch(member, own);
    let lose = team.bar_to_lose(member);
    let roles = team.roles_for(member, own);
    // A member who may only have less has nothing to be given.
    let least = own.then_some(TeamBar::TakesAdmin);
    let role_bar = touch.or(lose).or(least).filter(|_| roles.is_empty());
    MemberSight {
        member: member.clone(),
        own,
        role_off: role_bar.map(words::team_bar),
        remove_off: touch.or(lose).map(words::team_bar),
        roles,
    }
}
