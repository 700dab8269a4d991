//! Teams, who is in them, and who is invited.

use keystow_domain::{App, Invitation, MailState, Team, TeamRole};
use keystow_engine::{MemberSight, TeamBars, TeamSight, TeamsSight};

use super::{millis, shown, small};
use crate::view::{
    InvitationView, MailStateView, MemberView, TeamAppView, TeamDetailsView, TeamRoleView, TeamView,
    TeamsView,
};

impl From<TeamsSight> for TeamsView {
    fn from(sight: TeamsSight) -> Self {
        Self {
            teams: sight.teams.into_iter().map(|(team, bars)| team_view(&team, bars)).collect(),
            read_at: millis(sight.read_at),
            reading: sight.reading,
            error: sight.error.map(Into::into),
            writes_off: sight.writes_off.map(Into::into),
        }
    }
}

impl From<TeamSight> for TeamDetailsView {
    fn from(sight: TeamSight) -> Self {
        let invitations = sight.invitations.map(|all| all.iter().map(invitation_view).collect());
        Self {
            team: team_view(&sight.team, sight.bars),
            members: sight.members.into_iter().map(Into::into).collect(),
            invitations,
            apps: sight.apps.iter().map(app_view).collect(),
            read_at: millis(sight.read_at),
        }
    }
}

impl From<MemberSight> for MemberView {
    fn from(sight: MemberSight) -> Self {
        let member = sight.member;
        let (role, word) = role_view(&member.role);
        Self {
            id: member.id.as_str().to_owned(),
            name: member.name.as_deref().map(shown),
            email: member.email.as_deref().map(shown),
            role,
            word,
            joined_at: millis(member.joined_at),
            own: sight.own,
            roles: sight.roles.iter().map(|role| role_view(role).0).collect(),
            role_off: sight.role_off.map(Into::into),
            remove_off: sight.remove_off.map(Into::into),
        }
    }
}

impl TeamRoleView {
    /// The role that a window chose; one that is not known cannot be given.
    pub(crate) fn meant(self) -> Option<TeamRole> {
        match self {
            Self::Owner => Some(TeamRole::Owner),
            Self::Admin => Some(TeamRole::Admin),
            Self::Member => Some(TeamRole::Member),
            Self::Unknown => None,
        }
    }
}

fn team_view(team: &Team, bars: TeamBars) -> TeamView {
    let (role, word) = role_view(&team.role);
    TeamView {
        id: team.id.as_str().to_owned(),
        name: shown(&team.name),
        role,
        word,
        count: team.count,
        created_at: millis(team.created_at),
        manage_off: bars.manage.map(Into::into),
        own_off: bars.own.map(Into::into),
        apps_off: bars.apps.map(Into::into),
    }
}

fn role_view(role: &TeamRole) -> (TeamRoleView, Option<String>) {
    match role {
        TeamRole::Owner => (TeamRoleView::Owner, None),
        TeamRole::Admin => (TeamRoleView::Admin, None),
        TeamRole::Member => (TeamRoleView::Member, None),
        TeamRole::Unknown(word) => (TeamRoleView::Unknown, Some(shown(word)).filter(|word| !word.is_empty())),
    }
}

fn invitation_view(invitation: &Invitation) -> InvitationView {
    InvitationView {
        id: invitation.id.as_str().to_owned(),
        email: shown(&invitation.email),
        role: role_view(&invitation.role).0,
        invited_at: millis(invitation.invited_at),
        expires_at: millis(invitation.expires_at),
        mail: match invitation.mail {
            MailState::Queued => MailStateView::Queued,
            MailState::Sent => MailStateView::Sent,
            MailState::Failed => MailStateView::Failed,
            MailState::Unknown(_) => MailStateView::Unknown,
        },
    }
}

fn app_view(app: &App) -> TeamAppView {
    TeamAppView { id: app.id.as_str().to_owned(), name: shown(&app.name), keys: small(app.keys.len() as u64) }
}
