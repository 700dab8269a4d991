//! The claims about teams. Each gets a portal of its own.

use std::time::Duration;

use keystow_connect::{Failure, RefusalKind};
use keystow_domain::{
    AppWish, Clock as _, Grouping, InvitationId, MemberId, Resolution, Team, TeamId, TeamRole, UsageQuery,
};

use super::app_claims::kind;
use super::subject::Subject;

const BOB: &str = "bob@portal.example";

impl Subject {
    async fn has_teams(&self) -> bool {
        self.portal.abilities(&self.token).await.unwrap().teams
    }

    async fn found(&self, name: &str) -> TeamId {
        self.portal.create_team(&self.token, name).await.unwrap().id
    }

    async fn team(&self, id: &TeamId) -> Option<Team> {
        self.portal.team(&self.token, id).await.unwrap()
    }

    async fn own(&self, id: &TeamId) -> MemberId {
        let person = self.portal.person(&self.token).await.unwrap();
        let members = self.team(id).await.unwrap().members;
        members.into_iter().find(|member| member.email == person).unwrap().id
    }

    async fn set_role(&self, id: &TeamId, whom: &MemberId, role: TeamRole) -> Result<Team, Failure> {
        self.portal.set_role(&self.token, id, whom, &role).await
    }
}

fn roles(team: &Team) -> Vec<TeamRole> {
    team.members.iter().map(|member| member.role.clone()).collect()
}

pub(super) async fn a_portal_without_teams_says_so_and_has_none(at: Subject) {
    let teams = at.portal.teams(&at.token).await;
    if at.has_teams().await {
        assert_eq!(teams.unwrap(), []);
    } else {
        assert_eq!(kind(teams).0, RefusalKind::NotFound);
        assert_eq!(kind(at.portal.create_team(&at.token, "shop").await).0, RefusalKind::NotFound);
    }
}

pub(super) async fn a_team_is_founded_renamed_and_deleted_by_its_owner(at: Subject) {
    if !at.has_teams().await {
        return;
    }
    let id = at.found("shop").await;
    let team = at.team(&id).await.unwrap();
    assert_eq!((team.name.as_str(), &team.role, team.count), ("shop", &TeamRole::Owner, 1));
    assert!(
        team.members[0].email.is_some() && team.members[0].joined_at.is_some() && team.created_at.is_some()
    );
    let listed = at.portal.teams(&at.token).await.unwrap();
    assert_eq!(listed, [Team { members: Vec::new(), ..team }]);
    assert_eq!(kind(at.portal.create_team(&at.token, "shop").await).0, RefusalKind::Conflict);
    assert_eq!(
        kind(at.portal.create_team(&at.token, " ").await),
        (RefusalKind::Invalid, vec!["name".into()])
    );
    at.found("stall").await;
    assert_eq!(kind(at.portal.rename_team(&at.token, &id, "stall").await).0, RefusalKind::Conflict);
    assert_eq!(at.portal.rename_team(&at.token, &id, "market").await.unwrap().name, "market");
    at.portal.delete_team(&at.token, &id).await.unwrap();
    assert_eq!(at.team(&id).await, None);
    assert_eq!(kind(at.portal.delete_team(&at.token, &id).await).0, RefusalKind::NotFound);
    assert_eq!(kind(at.portal.rename_team(&at.token, &id, "shop").await).0, RefusalKind::NotFound);
}

pub(super) async fn an_invitation_waits_until_it_is_withdrawn_and_is_sent_once(at: Subject) {
    if !at.has_teams().await {
        return;
    }
    let id = at.found("shop").await;
    let invite = async |email: &str, role| at.portal.invite(&at.token, &id, email, &role).await;
    for time in 0..3 {
        let made = invite(BOB, TeamRole::Admin).await.unwrap();
        assert_eq!((made.email.as_str(), &made.role), (BOB, &TeamRole::Admin));
        assert!(made.invited_at.is_some() && made.expires_at > made.invited_at && made.by.is_some());
        assert_eq!(kind(invite(BOB, TeamRole::Member).await).0, RefusalKind::Conflict, "one waits");
        let waiting = at.portal.invitations(&at.token, &id).await.unwrap();
        assert_eq!(waiting.iter().map(|one| &one.id).collect::<Vec<_>>(), [&made.id], "time {time}");
        at.portal.withdraw(&at.token, &id, &made.id).await.unwrap();
        assert_eq!(kind(at.portal.withdraw(&at.token, &id, &made.id).await).0, RefusalKind::Conflict);
        assert_eq!(at.portal.invitations(&at.token, &id).await.unwrap(), []);
    }
    let often = invite(BOB, TeamRole::Admin).await;
    assert_eq!(kind(often).0, RefusalKind::Throttled, "an address is invited three times a day");
    let left = at.portal.limits().and_then(|limits| limits.remaining);
    assert_ne!(left, Some(0), "by which it is told from too many calls");
    assert_eq!(kind(invite("nobody", TeamRole::Member).await).1, ["email"]);
    assert_eq!(kind(invite("eve@portal.example", TeamRole::Owner).await).1, ["role"]);
    let own = at.portal.person(&at.token).await.unwrap().unwrap();
    assert_eq!(kind(invite(&own, TeamRole::Member).await).0, RefusalKind::Conflict, "a member");
    let nobody = at.portal.withdraw(&at.token, &id, &InvitationId::new("inv_nobody")).await;
    assert!(matches!(kind(nobody).0, RefusalKind::Conflict | RefusalKind::NotFound));
}

pub(super) async fn whoever_accepts_is_a_member_and_can_be_given_another_role(at: Subject) {
    if !at.has_teams().await {
        return;
    }
    let id = at.found("shop").await;
    let bob = at.join(&id, BOB, &TeamRole::Member).await;
    let team = at.team(&id).await.unwrap();
    assert_eq!((team.count, roles(&team)), (2, vec![TeamRole::Owner, TeamRole::Member]));
    assert_eq!(at.portal.invitations(&at.token, &id).await.unwrap(), [], "it was answered");
    let raised = at.set_role(&id, &bob, TeamRole::Admin).await.unwrap();
    assert_eq!(roles(&raised), [TeamRole::Owner, TeamRole::Admin]);
    let gone = at.portal.remove_member(&at.token, &id, &bob).await.unwrap();
    assert_eq!(roles(&gone), [TeamRole::Owner]);
    assert_eq!(kind(at.set_role(&id, &bob, TeamRole::Member).await).0, RefusalKind::Conflict);
    assert_eq!(kind(at.portal.remove_member(&at.token, &id, &bob).await).0, RefusalKind::Conflict);
}

pub(super) async fn the_last_owner_stays_until_the_team_is_handed_over(at: Subject) {
    if !at.has_teams().await {
        return;
    }
    let id = at.found("shop").await;
    let own = at.own(&id).await;
    assert_eq!(kind(at.portal.leave_team(&at.token, &id).await).0, RefusalKind::Conflict);
    assert_eq!(kind(at.set_role(&id, &own, TeamRole::Admin).await).0, RefusalKind::Conflict);
    let nobody = MemberId::new("acc_nobody");
    assert_eq!(kind(at.portal.hand_over(&at.token, &id, &nobody).await).0, RefusalKind::Conflict);
    let bob = at.join(&id, BOB, &TeamRole::Member).await;
    let handed = at.portal.hand_over(&at.token, &id, &bob).await.unwrap();
    assert_eq!((&handed.role, handed.members[0].id.clone()), (&TeamRole::Admin, bob));
    at.portal.leave_team(&at.token, &id).await.unwrap();
    assert_eq!(at.team(&id).await, None);
    assert_eq!(kind(at.portal.leave_team(&at.token, &id).await).0, RefusalKind::NotFound);
}

pub(super) async fn who_is_an_admin_has_no_say_over_owners(at: Subject) {
    if !at.has_teams().await {
        return;
    }
    let id = at.found("shop").await;
    let bob = at.join(&id, BOB, &TeamRole::Member).await;
    at.portal.hand_over(&at.token, &id, &bob).await.unwrap();
    let own = at.own(&id).await;
    assert_eq!(kind(at.set_role(&id, &bob, TeamRole::Member).await).0, RefusalKind::Forbidden);
    assert_eq!(
        kind(at.set_role(&id, &own, TeamRole::Owner).await).0,
        RefusalKind::Forbidden,
        "above their own"
    );
    assert_eq!(kind(at.portal.remove_member(&at.token, &id, &bob).await).0, RefusalKind::Forbidden);
    assert_eq!(kind(at.portal.delete_team(&at.token, &id).await).0, RefusalKind::Forbidden);
    assert_eq!(kind(at.portal.hand_over(&at.token, &id, &bob).await).0, RefusalKind::Forbidden);
    at.portal.invite(&at.token, &id, "eve@portal.example", &TeamRole::Admin).await.unwrap();
    let less = at.set_role(&id, &own, TeamRole::Member).await.unwrap();
    assert_eq!(less.role, TeamRole::Member, "anybody may have less");
    assert_eq!(kind(at.portal.invitations(&at.token, &id).await).0, RefusalKind::Forbidden);
    assert_eq!(kind(at.portal.rename_team(&at.token, &id, "stall").await).0, RefusalKind::Forbidden);
}

pub(super) async fn the_usage_of_a_team_is_told_to_who_is_in_it(at: Subject) {
    if !at.has_teams().await {
        return;
    }
    let (id, now) = (at.found("shop").await, at.clock.now());
    let usage = async |team: TeamId| {
        let query = UsageQuery {
            from: now.minus(Duration::from_secs(7200)),
            to: now.plus(Duration::from_secs(1)),
            resolution: Resolution::Hour,
            key: None,
            app: None,
            team: Some(team),
            grouping: Grouping::None,
        };
        at.portal.usage(&at.token, &query).await
    };
    assert!(usage(id.clone()).await.is_ok());
    at.portal.delete_team(&at.token, &id).await.unwrap();
    assert_eq!(kind(usage(id).await).0, RefusalKind::NotFound);
}

pub(super) async fn an_app_of_a_team_names_it_and_holds_the_team_in_being(at: Subject) {
    if !at.has_teams().await {
        return;
    }
    let id = at.found("shop").await;
    let wish = AppWish { name: Some("web".into()), team: Some(id.clone()), ..AppWish::default() };
    let app = at.portal.create_app(&at.token, &wish).await.unwrap();
    assert_eq!((app.team.as_ref(), app.owner.as_deref()), (Some(&id), Some("shop")));
    assert_eq!(at.portal.apps(&at.token, None).await.unwrap().all, std::slice::from_ref(&app));
    assert_eq!(kind(at.portal.delete_team(&at.token, &id).await).0, RefusalKind::Conflict);
    at.portal.delete_app(&at.token, &app.id).await.unwrap();
    at.portal.delete_team(&at.token, &id).await.unwrap();
    let own = AppWish { team: None, ..wish };
    let app = at.portal.create_app(&at.token, &own).await.unwrap();
    assert_eq!(app.team, None, "a person's app names no team");
}
