//! Teams: what is changed once, what a refusal is explained by, and what a role that changed meanwhile leaves possible.

use keystow_connect::fakes::{AfterCommit, lost};
use keystow_connect::{Cause, Failure};
use keystow_domain::{AppId, AppWish, MemberId, NewKey, ProductId, ProductWish, Role, TeamId, TeamRole};

use super::{Desk, new_key};
use crate::Trouble;

const BOB: &str = "bob@portal.example";

impl Desk {
    /// Somebody who owns a team, at a portal that somebody else administers.
    async fn of_team() -> (Self, TeamId) {
        let desk = Self::signed_in().await;
        desk.network.portal.set_role(Role::Developer);
        let person = desk.engine.accounts()[0].account.person.clone();
        desk.network.portal.set_person(person.as_deref());
        desk.engine.refresh_teams().await.unwrap();
        let id = desk.engine.create_team(" shop ").await.unwrap().id;
        (desk, id)
    }

    fn joins(&self, team: &TeamId, role: TeamRole) -> MemberId {
        self.network.portal.join_elsewhere(team, BOB, role)
    }

    fn becomes(&self, team: &TeamId, role: TeamRole) {
        self.network.portal.set_own_role_elsewhere(team, Some(role));
    }

    fn roles(&self, team: &TeamId) -> Vec<TeamRole> {
        let sight = self.engine.team(team).unwrap();
        sight.members.into_iter().map(|one| one.member.role).collect()
    }

    async fn app_of(&self, team: &TeamId) -> AppId {
        let catalog = ProductWish {
            product: ProductId::new("catalog"),
            scopes: Vec::new(),
            justification: String::new(),
        };
        let wish = AppWish {
            name: Some("web".into()),
            team: Some(team.clone()),
            products: Some(vec![catalog]),
            ..AppWish::default()
        };
        self.engine.create_app(&wish).await.unwrap().id
    }
}

fn code<T: std::fmt::Debug>(refused: Result<T, Trouble>) -> &'static str {
    refused.unwrap_err().code
}

#[tokio::test]
async fn a_team_is_made_renamed_and_deleted_and_the_log_says_so() {
    let (desk, id) = Desk::of_team().await;
    let sight = desk.engine.teams().unwrap();
    assert_eq!((sight.teams[0].0.name.as_str(), sight.error, sight.writes_off), ("shop", None, None));
    let team = desk.engine.team(&id).unwrap();
    assert!(team.members[0].own && team.read_at.is_some(), "who is in it was read at once");
    assert_eq!(team.members[0].remove_off.as_ref().map(|off| off.code), Some("team_last_owner"));
    assert_eq!(code(desk.engine.create_team("shop").await), "team_name_taken");
    desk.engine.rename_team(&id, "market").await.unwrap();
    assert_eq!(desk.engine.team(&id).unwrap().team.name, "market");
    assert_eq!(code(desk.engine.delete_team(&id, "shop").await), "team_name_differs");
    desk.engine.delete_team(&id, " market ").await.unwrap();
    assert!(desk.engine.teams().unwrap().teams.is_empty());
    let log = desk.engine.audit(0, 50).await.unwrap();
    let words: Vec<_> = log.entries.iter().filter(|one| one.what.starts_with("team_")).collect();
    assert_eq!(
        words.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(),
        ["team_deleted", "team_renamed", "team_made"]
    );
    assert_eq!(words[0].facts["team"], "market");
}

#[tokio::test]
async fn a_team_that_owns_apps_stays_and_says_what_it_owns() {
    let (desk, id) = Desk::of_team().await;
    let app = desk.app_of(&id).await;
    assert_eq!(code(desk.engine.delete_team(&id, "shop").await), "team_owns");
    assert_eq!(desk.engine.team(&id).unwrap().apps[0].id, app);
    desk.engine.delete_app(&app, "web").await.unwrap();
    desk.engine.delete_team(&id, "shop").await.unwrap();
}

#[tokio::test]
async fn an_invitation_that_is_refused_says_why() {
    let (desk, id) = Desk::of_team().await;
    let invite = async |email| desk.engine.invite(&id, email, &TeamRole::Member).await;
    assert_eq!(invite("nobody").await.unwrap_err().fields[0].0, "email");
    invite(BOB).await.unwrap();
    let waiting = desk.engine.team(&id).unwrap().invitations.unwrap();
    assert_eq!(waiting[0].email, BOB);
    assert_eq!(code(invite(" BOB@portal.example ").await), "team_invited_before");
    desk.joins(&id, TeamRole::Member);
    assert_eq!(code(invite(BOB).await), "team_is_member");
    assert_eq!(code(desk.engine.withdraw_invitation(&id, &waiting[0].id).await), "team_invitation_over");
    assert_eq!(desk.roles(&id), [TeamRole::Owner, TeamRole::Member], "and what became of it is shown");
    for _ in 0..3 {
        invite("eve@portal.example").await.unwrap();
        let waiting = desk.engine.team(&id).unwrap().invitations.unwrap();
        desk.engine.withdraw_invitation(&id, &waiting[0].id).await.unwrap();
    }
    assert_eq!(code(invite("eve@portal.example").await), "team_too_many_invitations");
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_looked_at_and_made_once() {
    let (desk, id) = Desk::of_team().await;
    let portal = &desk.network.portal;
    let before = portal.changes();
    for lost_after in [AfterCommit::Yes, AfterCommit::No] {
        portal.fail_next(lost(), lost_after);
        let invited = desk.engine.invite(&id, "ada@portal.example", &TeamRole::Admin).await;
        // The second finds the first one waiting, which is what was wanted.
        assert!(invited.is_ok(), "{invited:?}");
    }
    portal.fail_next(lost(), AfterCommit::No);
    assert_eq!(code(desk.engine.rename_team(&id, "market").await), "team_not_done");
    portal.fail_next(lost(), AfterCommit::Yes);
    portal.fail_next_read(Failure::NotSent(Cause::Connect));
    assert_eq!(code(desk.engine.rename_team(&id, "market").await), "team_unknown");
    desk.engine.refresh_team(&id).await.unwrap();
    assert_eq!(desk.engine.team(&id).unwrap().team.name, "market", "the person is shown what became of it");
    assert_eq!(portal.changes(), before + 4, "each went out once");
    portal.fail_next(lost(), AfterCommit::Yes);
    assert_eq!(desk.engine.create_team("stall").await.unwrap().name, "stall");
    portal.fail_next(lost(), AfterCommit::No);
    assert_eq!(code(desk.engine.create_team("stand").await), "team_not_done");
    portal.fail_next(lost(), AfterCommit::Yes);
    desk.engine.delete_team(&id, "market").await.unwrap();
}

#[tokio::test]
async fn the_last_owner_hands_over_before_leaving_and_the_lists_are_read_again() {
    let (desk, id) = Desk::of_team().await;
    assert_eq!(code(desk.engine.leave_team(&id).await), "team_last_owner");
    let bob = desk.joins(&id, TeamRole::Member);
    desk.engine.refresh_team(&id).await.unwrap();
    assert_eq!(code(desk.engine.hand_over_team(&id, &bob, "market").await), "team_name_differs");
    desk.engine.hand_over_team(&id, &bob, "shop").await.unwrap();
    assert_eq!(desk.engine.team(&id).unwrap().team.role, TeamRole::Admin);
    assert_eq!(code(desk.engine.hand_over_team(&id, &bob, "shop").await), "team_takes_owner");
    assert_eq!(code(desk.engine.remove_member(&id, &bob).await), "team_not_below");
    desk.engine.leave_team(&id).await.unwrap();
    assert_eq!(code(desk.engine.team(&id)), "team_gone");
}

#[tokio::test]
async fn a_role_that_was_taken_away_meanwhile_is_read_again_and_told() {
    let (desk, id) = Desk::of_team().await;
    let bob = desk.joins(&id, TeamRole::Admin);
    desk.engine.refresh_team(&id).await.unwrap();
    desk.becomes(&id, TeamRole::Admin);
    assert_eq!(code(desk.engine.set_team_role(&id, &bob, &TeamRole::Member).await), "team_not_below");
    assert_eq!(desk.engine.team(&id).unwrap().team.role, TeamRole::Admin);
    desk.becomes(&id, TeamRole::Member);
    assert_eq!(
        code(desk.engine.invite(&id, "eve@portal.example", &TeamRole::Member).await),
        "team_takes_admin"
    );
    let sight = desk.engine.team(&id).unwrap();
    assert!(sight.invitations.is_none() && sight.bars.manage.is_some() && sight.bars.apps.is_some());
    assert_eq!(code(desk.engine.rename_team(&id, "market").await), "team_takes_admin");
}

#[tokio::test]
async fn somebody_who_was_removed_meanwhile_is_told_and_sees_the_team_no_more() {
    let (desk, id) = Desk::of_team().await;
    let bob = desk.joins(&id, TeamRole::Member);
    desk.engine.refresh_team(&id).await.unwrap();
    desk.network.portal.remove_elsewhere(&id, &bob);
    assert_eq!(code(desk.engine.set_team_role(&id, &bob, &TeamRole::Admin).await), "team_member_gone");
    assert_eq!(desk.roles(&id), [TeamRole::Owner]);
    desk.network.portal.set_own_role_elsewhere(&id, None);
    assert_eq!(code(desk.engine.rename_team(&id, "market").await), "team_gone");
    assert!(desk.engine.teams().unwrap().teams.is_empty());
}

#[tokio::test]
async fn a_member_sees_and_rotates_the_keys_of_a_team_and_an_admin_ends_them() {
    let (desk, id) = Desk::of_team().await;
    desk.joins(&id, TeamRole::Owner);
    desk.engine.refresh_apps().await.unwrap();
    let app = desk.app_of(&id).await;
    let new = NewKey { app: Some(app.clone()), ..new_key("web-prod") };
    let key = desk.engine.create("ticket-of-web", &new).await.unwrap().key.id;
    let sight = desk.engine.app(&app).unwrap();
    assert!(desk.engine.bar_of_app(&sight.app).is_none());
    desk.becomes(&id, TeamRole::Member);
    // What is known is old: the refusal brings the role with it.
    assert_eq!(code(desk.engine.revoke(&key, "web-prod").await), "team_takes_admin");
    let bar = desk.engine.bar_of_app(&desk.engine.app(&app).unwrap().app);
    assert_eq!(bar.map(|bar| bar.code), Some("team_takes_admin"));
    assert_eq!(code(desk.engine.rename(&key, "web-test").await), "team_takes_admin");
    assert_eq!(code(desk.engine.delete_app(&app, "web").await), "team_takes_admin");
    desk.becomes(&id, TeamRole::Admin);
    desk.engine.refresh_teams().await.unwrap();
    assert!(desk.engine.bar_of_app(&desk.engine.app(&app).unwrap().app).is_none());
    desk.engine.revoke(&key, "web-prod").await.unwrap();
}

#[tokio::test]
async fn an_administrator_of_the_portal_ends_keys_of_teams_they_are_only_a_member_of() {
    let (desk, id) = Desk::of_team().await;
    desk.joins(&id, TeamRole::Owner);
    let app = desk.app_of(&id).await;
    desk.becomes(&id, TeamRole::Member);
    desk.engine.refresh_teams().await.unwrap();
    assert!(desk.engine.bar_of_app(&desk.engine.app(&app).unwrap().app).is_some());
    desk.network.portal.set_role(Role::Admin);
    desk.engine.refresh_teams().await.unwrap();
    assert!(desk.engine.bar_of_app(&desk.engine.app(&app).unwrap().app).is_none());
    assert!(desk.engine.team(&id).unwrap().bars.manage.is_some(), "but does not look after its members");
}

#[tokio::test]
async fn a_portal_that_does_not_answer_leaves_what_it_told_last() {
    let (desk, id) = Desk::of_team().await;
    desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    assert!(!desk.engine.read_teams(&desk.account()).await);
    let sight = desk.engine.teams().unwrap();
    assert_eq!((sight.teams.len(), sight.writes_off.map(|off| off.code)), (1, Some("portal_unreachable")));
    desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    assert_eq!(code(desk.engine.refresh_team(&id).await), "portal_unreachable");
    let team = desk.engine.team(&id).unwrap();
    assert!(team.read_at.is_some() && team.members.len() == 1, "who was in it, with its age");
}

#[tokio::test]
async fn who_may_only_look_at_the_portal_changes_no_team() {
    let (desk, _) = Desk::of_team().await;
    desk.network.portal.set_role(Role::ReadOnly);
    desk.engine.refresh_teams().await.unwrap();
    assert_eq!(desk.engine.teams().unwrap().writes_off.map(|off| off.code), Some("only_looks"));
}

#[tokio::test]
async fn a_portal_without_teams_has_none_and_a_locked_app_tells_of_none() {
    let plain = Desk::signed_in_to_plain().await;
    assert_eq!(code(plain.engine.teams()), "not_offered");
    assert!(!plain.engine.read_teams(&plain.account()).await);
    let (desk, id) = Desk::of_team().await;
    desk.engine.lock().await;
    assert!(desk.engine.is_hidden() && desk.engine.teams().unwrap().teams.is_empty());
    assert_eq!(code(desk.engine.team(&id)), "team_gone");
}
