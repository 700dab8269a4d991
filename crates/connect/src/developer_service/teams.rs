//! Teams over the DeveloperService contract.
//!
//! As with apps, what has no id is left out, and an answer about one team is believed only if it is about that team.

use async_trait::async_trait;
use http::Method;
use keystow_domain::{Invitation, InvitationId, MailState, Member, MemberId, Team, TeamId, TeamRole};
use keystow_portal_api::teams::{
    self as wire, HandoverRequest, InvitationReply, InvitationRequest, LeaveRequest, ListInvitationsReply,
    ListTeamsReply, MemberRequest, TeamReply, TeamRequest, mail_state, team_role,
};
use keystow_vault::Secret;

use super::apps::named;
use super::translate::{MOST_PARTS, cut, said};
use super::{DeveloperService, written};
use crate::teams::Teams;
use crate::transport::{Reply, Request, instant};
use crate::{Cause, Failure};

#[async_trait]
impl Teams for DeveloperService {
    async fn teams(&self, token: &Secret) -> Result<Vec<Team>, Failure> {
        let reply = self.get(token, self.at(&["teams"])?).await?.success()?;
        let teams = reply.read::<ListTeamsReply>()?.teams;
        Ok(teams.into_iter().take(MOST_PARTS).filter_map(team).collect())
    }

    async fn team(&self, token: &Secret, id: &TeamId) -> Result<Option<Team>, Failure> {
        match self.get(token, self.at(&["teams", id.as_str()])?).await?.found()? {
            Some(reply) => team_of(&reply, Some(id)).map(Some),
            None => Ok(None),
        }
    }

    async fn create_team(&self, token: &Secret, name: &str) -> Result<Team, Failure> {
        let body = TeamRequest { name: name.to_owned() };
        team_of(&self.post(token, self.at(&["teams"])?, &body).await?.success()?, None)
    }

    async fn rename_team(&self, token: &Secret, id: &TeamId, name: &str) -> Result<Team, Failure> {
        let body = written(&TeamRequest { name: name.to_owned() })?;
        let request = Request::new(Method::PATCH, self.at(&["teams", id.as_str()])?).json(body);
        team_of(&self.send(token, request).await?.success()?, Some(id))
    }

    async fn delete_team(&self, token: &Secret, id: &TeamId) -> Result<(), Failure> {
        let request = Request::new(Method::DELETE, self.at(&["teams", id.as_str()])?);
        self.send(token, request).await?.success().map(|_| ())
    }

    async fn invitations(&self, token: &Secret, id: &TeamId) -> Result<Vec<Invitation>, Failure> {
        let url = self.at(&["teams", id.as_str(), "invitations"])?;
        let waiting = self.get(token, url).await?.success()?.read::<ListInvitationsReply>()?.invitations;
        Ok(waiting.into_iter().take(MOST_PARTS).filter_map(invitation).collect())
    }

    async fn invite(
        &self,
        token: &Secret,
        id: &TeamId,
        email: &str,
        role: &TeamRole,
    ) -> Result<Invitation, Failure> {
        let url = self.at(&["teams", id.as_str(), "invitations"])?;
        let body = InvitationRequest { email: email.to_owned(), role: word(role).to_owned() };
        let reply = self.post(token, url, &body).await?.success()?.read::<InvitationReply>()?;
        invitation(reply.invitation).ok_or(Failure::Unknown(Cause::Garbage))
    }

    async fn withdraw(&self, token: &Secret, id: &TeamId, which: &InvitationId) -> Result<(), Failure> {
        let url = self.at(&["teams", id.as_str(), "invitations", which.as_str()])?;
        self.send(token, Request::new(Method::DELETE, url)).await?.success().map(|_| ())
    }

    async fn set_role(
        &self,
        token: &Secret,
        id: &TeamId,
        whom: &MemberId,
        role: &TeamRole,
    ) -> Result<Team, Failure> {
        let url = self.at(&["teams", id.as_str(), "members", whom.as_str()])?;
        let body = written(&MemberRequest { role: word(role).to_owned() })?;
        let request = Request::new(Method::PATCH, url).json(body);
        team_of(&self.send(token, request).await?.success()?, Some(id))
    }

    async fn remove_member(&self, token: &Secret, id: &TeamId, whom: &MemberId) -> Result<Team, Failure> {
        let url = self.at(&["teams", id.as_str(), "members", whom.as_str()])?;
        team_of(&self.send(token, Request::new(Method::DELETE, url)).await?.success()?, Some(id))
    }

    async fn leave_team(&self, token: &Secret, id: &TeamId) -> Result<(), Failure> {
        let url = self.at(&["teams", id.as_str(), "leave"])?;
        self.post(token, url, &LeaveRequest {}).await?.success().map(|_| ())
    }

    async fn hand_over(&self, token: &Secret, id: &TeamId, to: &MemberId) -> Result<Team, Failure> {
        let url = self.at(&["teams", id.as_str(), "handover"])?;
        let body = HandoverRequest { member_id: to.as_str().to_owned() };
        team_of(&self.post(token, url, &body).await?.success()?, Some(id))
    }
}

/// The team of an answer, which must be about `id` if there is one.
fn team_of(reply: &Reply, id: Option<&TeamId>) -> Result<Team, Failure> {
    let team = team(reply.read::<TeamReply>()?.team).ok_or(Failure::Unknown(Cause::Garbage))?;
    if id.is_none_or(|id| team.id == *id) { Ok(team) } else { Err(Failure::Unknown(Cause::Garbage)) }
}

fn team(wire: wire::Team) -> Option<Team> {
    Some(Team {
        id: TeamId::new(named(wire.id)?),
        name: cut(wire.name),
        role: role(wire.role),
        count: wire.member_count,
        members: wire.members.into_iter().take(MOST_PARTS).filter_map(member).collect(),
        created_at: instant(&wire.created_at),
    })
}

fn member(wire: wire::TeamMember) -> Option<Member> {
    Some(Member {
        id: MemberId::new(named(wire.id)?),
        name: said(wire.name),
        email: said(wire.email),
        role: role(wire.role),
        joined_at: instant(&wire.joined_at),
    })
}

fn invitation(wire: wire::Invitation) -> Option<Invitation> {
    Some(Invitation {
        id: InvitationId::new(named(wire.id)?),
        email: cut(wire.email),
        role: role(wire.role),
        by: said(wire.invited_by).map(MemberId::new),
        invited_at: instant(&wire.invited_at),
        expires_at: instant(&wire.expires_at),
        mail: match wire.mail.as_str() {
            mail_state::QUEUED => MailState::Queued,
            mail_state::SENT => MailState::Sent,
            mail_state::FAILED => MailState::Failed,
            _ => MailState::Unknown(cut(wire.mail)),
        },
    })
}

fn role(word: String) -> TeamRole {
    match word.as_str() {
        team_role::OWNER => TeamRole::Owner,
        team_role::ADMIN => TeamRole::Admin,
        team_role::MEMBER => TeamRole::Member,
        _ => TeamRole::Unknown(cut(word)),
    }
}

fn word(role: &TeamRole) -> &str {
    match role {
        TeamRole::Owner => team_role::OWNER,
        TeamRole::Admin => team_role::ADMIN,
        TeamRole::Member => team_role::MEMBER,
        TeamRole::Unknown(word) => word,
    }
}
