//! What every storage does with teams.

use super::{super::*, apps::app, *};
use crate::apps::AppRecord;
use crate::teams::{Member, Membership, Team, TeamRole};
use TeamRole::{Admin, Member as Plain, Owner};

claims!(
    a_team_is_told_to_those_who_are_in_it_and_to_nobody_else,
    a_name_of_a_team_is_had_once_by_its_founder_and_no_more_are_founded_than_may_be,
    of_two_who_take_each_others_ownership_at_once_one_is_told,
    a_team_is_changed_by_each_of_many_at_once_and_always_has_an_owner,
    a_team_that_owns_something_is_not_deleted_and_one_that_is_deleted_is_given_nothing,
    a_team_among_the_accounts_is_no_person,
);

pub(super) fn team(name: &str, founder: &str) -> Team {
    Team { id: format!("team_{name}"), ..Team::new(founder, name.into(), NOW) }
}

pub(super) fn change(
    how: impl FnOnce(&mut Team) -> std::result::Result<(), TeamRefusal> + Send + 'static,
) -> TeamChange {
    Box::new(how)
}

/// Puts somebody into a team, as an invitation does.
pub(super) async fn join(home: &Home, team: &str, account: &str, role: TeamRole) {
    let (owner, account) = ("ada", account.to_owned());
    let member = Member { account, name: String::new(), email: String::new(), role, joined_at: NOW };
    let joined = change(|team| {
        team.members.push(member);
        Ok(())
    });
    home.one.change_team(owner, team, joined).await.unwrap().unwrap();
}

async fn with_team(home: &Home) -> Team {
    home.one.add_team(team("shop", "ada"), 9, 9).await.unwrap().unwrap()
}

fn shop_of_ada(team: &str) -> AppRecord {
    AppRecord { account: team.into(), ..app("shop", Vec::new()) }
}

async fn a_team_is_told_to_those_who_are_in_it_and_to_nobody_else(home: Home) {
    let made = with_team(&home).await;
    assert_eq!((made.members[0].email.as_str(), made.members[0].role), ("ada@example.com", Owner));
    assert_eq!(home.other.team("ada", "team_shop").await.unwrap(), Some(made));
    let never = || change(|_| panic!("nobody else's team is changed"));
    for (account, id) in [("bob", "team_shop"), ("ada", "team_none"), ("ada", "team_shop\0")] {
        let storage = &*home.other;
        assert_eq!(storage.team(account, id).await.unwrap(), None);
        assert_eq!(storage.change_team(account, id, never()).await.unwrap(), Err(TeamRefusal::NotFound));
        assert_eq!(storage.delete_team(account, id).await.unwrap(), Err(TeamRefusal::NotFound));
    }
    join(&home, "team_shop", "bob", Plain).await;
    home.one.add_team(team("lab", "bob"), 9, 9).await.unwrap().unwrap();
    let told = home.other.teams("bob").await.unwrap();
    let lab =
        Membership { team: "team_lab".into(), name: "lab".into(), role: Owner, members: 1, created_at: NOW };
    let shop =
        Membership { team: "team_shop".into(), name: "shop".into(), role: Plain, members: 2, ..lab.clone() };
    assert_eq!(told, [lab, shop]);
    assert_eq!(home.one.team("bob", "team_shop").await.unwrap().unwrap().members.len(), 2);
    home.one
        .change_team("bob", "team_shop", change(|team| team.remove("bob", "bob")))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(home.other.team("bob", "team_shop").await.unwrap(), None);
    assert_eq!(home.other.teams("bob").await.unwrap().len(), 1);
}

async fn a_name_of_a_team_is_had_once_by_its_founder_and_no_more_are_founded_than_may_be(home: Home) {
    let mut tries = JoinSet::new();
    for turn in 0..8 {
        let (storage, id) = (home.door(turn), format!("team_{turn}"));
        tries.spawn(async move { storage.add_team(Team { id, ..team("shop", "ada") }, 9, 9).await.unwrap() });
    }
    let made = tries.join_all().await;
    assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 1, "{made:?}");
    assert!(made.iter().all(|one| one.is_ok() || *one == Err(TeamRefusal::NameTaken)));
    let mut tries = JoinSet::new();
    for turn in 0..8 {
        let storage = home.door(turn);
        tries.spawn(async move { storage.add_team(team(&format!("n{turn}"), "ada"), 4, 9).await.unwrap() });
    }
    let made = tries.join_all().await;
    assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 3, "{made:?}");
    assert!(made.iter().all(|one| one.is_ok() || *one == Err(TeamRefusal::TooManyTeams)));
    home.one.add_team(team("of bob", "bob"), 1, 1).await.unwrap().unwrap();
    assert_eq!(home.one.add_team(team("more", "bob"), 9, 1).await.unwrap(), Err(TeamRefusal::TooManyTeams));
    let rename = |name: &'static str| change(move |team| team.rename("ada", name.into()));
    let mine = home.one.teams("ada").await.unwrap().remove(0).team;
    let taken = home.other.change_team("ada", &mine, rename("shop")).await.unwrap();
    assert_eq!(taken, Err(TeamRefusal::NameTaken));
    assert_eq!(home.one.change_team("ada", &mine, rename("of bob")).await.unwrap().unwrap().name, "of bob");
    assert_eq!(home.other.account(&mine).await.unwrap().unwrap().name, "of bob", "what it owns tells it");
}

async fn of_two_who_take_each_others_ownership_at_once_one_is_told(home: Home) {
    with_team(&home).await;
    join(&home, "team_shop", "bob", Owner).await;
    for _ in 0..6 {
        let (a, b) = tokio::join!(
            home.one.change_team("ada", "team_shop", change(|team| team.set_role("ada", "bob", Plain))),
            home.other.change_team("bob", "team_shop", change(|team| team.set_role("bob", "ada", Plain))),
        );
        let refused = [a.unwrap().err(), b.unwrap().err()];
        assert_eq!(refused.iter().flatten().count(), 1, "{refused:?}");
        assert_eq!(refused.into_iter().flatten().next(), Some(TeamRefusal::TakesMore(Admin)));
        let team = home.one.team("ada", "team_shop").await.unwrap().unwrap();
        let owner = if team.role_of("ada") == Some(Owner) { "ada" } else { "bob" };
        let other = if owner == "ada" { "bob" } else { "ada" };
        let back = change(move |team| team.set_role(owner, other, Owner));
        home.one.change_team(owner, "team_shop", back).await.unwrap().unwrap();
    }
    let leaves = |who: &'static str| change(move |team| team.remove(who, who));
    let (a, b) = tokio::join!(
        home.one.change_team("ada", "team_shop", leaves("ada")),
        home.other.change_team("bob", "team_shop", leaves("bob")),
    );
    let refused = [a.unwrap().err(), b.unwrap().err()];
    assert_eq!(refused.into_iter().flatten().collect::<Vec<_>>(), [TeamRefusal::LastOwner]);
}

async fn a_team_is_changed_by_each_of_many_at_once_and_always_has_an_owner(home: Home) {
    with_team(&home).await;
    join(&home, "team_shop", "bob", Plain).await;
    let mut work = JoinSet::new();
    for turn in 0..8_usize {
        let storage = home.door(turn);
        work.spawn(async move {
            for round in 0..5_usize {
                let (by, to) = if (turn + round).is_multiple_of(2) { ("ada", "bob") } else { ("bob", "ada") };
                let over = change(move |team| team.hand_over(by, to));
                let done = storage.change_team(by, "team_shop", over).await.unwrap();
                assert!(matches!(done, Ok(_) | Err(TeamRefusal::TakesMore(Owner))), "{done:?}");
                let another = team(&format!("t{turn} {round}"), "ada");
                storage.add_team(another, 99, 99).await.unwrap().unwrap();
            }
        });
    }
    work.join_all().await;
    let team = home.other.team("ada", "team_shop").await.unwrap().unwrap();
    assert_eq!(team.members.iter().filter(|one| one.role == Owner).count(), 1, "{team:?}");
    assert_eq!(home.one.teams("ada").await.unwrap().len(), 41);
}

async fn a_team_that_owns_something_is_not_deleted_and_one_that_is_deleted_is_given_nothing(home: Home) {
    for round in 0..4 {
        let name = format!("shop{round}");
        let id = format!("team_{name}");
        home.one.add_team(team(&name, "ada"), 9, 9).await.unwrap().unwrap();
        let app = AppRecord { id: format!("app_{round}"), ..shop_of_ada(&id) };
        let (made, deleted) = tokio::join!(home.one.add_app(app, 9), home.other.delete_team("ada", &id));
        match deleted.unwrap() {
            Ok(()) => assert_eq!(made.unwrap().err(), Some(AppRefusal::NotFound)),
            Err(refusal) => {
                assert_eq!(refusal, TeamRefusal::Owns { apps: 1, keys: 0 });
                assert!(made.unwrap().is_ok());
            }
        }
    }
    home.one.add_team(team("lab", "ada"), 9, 9).await.unwrap().unwrap();
    home.one
        .add_app(AppRecord { id: "app_lab".into(), ..shop_of_ada("team_lab") }, 9)
        .await
        .unwrap()
        .unwrap();
    let of_app = KeyRecord { app: "app_lab".into(), ..key(77, "team_lab") };
    let made: AppKey = Box::new(move |_| Ok((of_app, None)));
    home.one.add_app_key("team_lab", "app_lab", 9, made).await.unwrap().unwrap();
    join(&home, "team_lab", "bob", Admin).await;
    let refused = home.other.delete_team("bob", "team_lab").await.unwrap();
    assert_eq!(refused, Err(TeamRefusal::TakesMore(Owner)));
    let refused = home.other.delete_team("ada", "team_lab").await.unwrap();
    assert_eq!(refused, Err(TeamRefusal::Owns { apps: 1, keys: 1 }));
    home.one.delete_app("team_lab", "app_lab", NOW).await.unwrap().unwrap();
    assert_eq!(home.other.delete_team("ada", "team_lab").await.unwrap(), Ok(()));
    assert_eq!(home.one.team("bob", "team_lab").await.unwrap(), None);
    assert_eq!(home.one.delete_team("ada", "team_lab").await.unwrap(), Err(TeamRefusal::NotFound));
    home.one.add_team(Team { id: "team_new".into(), ..team("lab", "ada") }, 9, 9).await.unwrap().unwrap();
}

async fn a_team_among_the_accounts_is_no_person(home: Home) {
    with_team(&home).await;
    let row = home.other.account("team_shop").await.unwrap().unwrap();
    assert_eq!((row.password.as_str(), row.email.as_str()), ("", "team_shop"));
    assert_eq!(crate::accounts::address(&row.email), None, "nobody can sign in under it");
    assert_eq!(home.other.administrators().await.unwrap(), ["ada@example.com"]);
}
