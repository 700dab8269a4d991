//! What every storage does with invitations and with mails that wait.

use super::{super::*, teams::team, *};
use crate::{
    mail::{MailRecord, MailState, pause},
    teams::{InvitationLimits, InvitationRecord, InvitationState, TeamRole},
};

claims!(
    of_many_answers_at_once_one_counts_and_lets_one_person_in,
    limits_of_invitations_hold_over_teams_and_portals,
    a_mail_is_taken_by_one_at_a_time_and_again_after_a_pause_that_grows,
    what_is_withdrawn_or_whose_team_is_gone_is_not_sent_any_more,
    what_became_of_invitations_is_forgotten_after_a_while,
);

const LIMITS: InvitationLimits =
    InvitationLimits { of_team: 6, by_person: 9, to_address: 2, members: 20, memberships: 5 };

fn invitation(number: u32, team: &str, email: &str) -> InvitationRecord {
    InvitationRecord {
        id: format!("inv_{number}"),
        token: digest(8, number),
        team: format!("team_{team}"),
        email: email.into(),
        role: TeamRole::Member,
        by: "ada".into(),
        invited_at: NOW,
        ends_at: NOW.plus(Duration::from_secs(7 * 86_400)),
        state: InvitationState::Pending,
        mail: MailState::Queued,
    }
}

fn mail(number: u32) -> MailRecord {
    MailRecord {
        id: format!("mail_{number}"),
        about: format!("inv_{number}"),
        sealed: vec![1, 2, 3],
        queued_at: NOW,
        tries: 0,
    }
}

async fn invite(storage: &dyn Storage, number: u32, team: &str, email: &str) -> Result<(), TeamRefusal> {
    let invited = storage.invite(invitation(number, team, email), mail(number), LIMITS).await.unwrap();
    invited.map(drop)
}

async fn with_teams(home: &Home, names: &[&str]) {
    for name in names {
        home.one.add_team(team(name, "ada"), 9, 9).await.unwrap().unwrap();
    }
}

async fn of_many_answers_at_once_one_counts_and_lets_one_person_in(home: Home) {
    with_teams(&home, &["shop"]).await;
    assert_eq!(invite(&*home.one, 1, "shop", "bob@example.com").await, Ok(()));
    let made = home.other.invitations("ada", "team_shop", NOW).await.unwrap().unwrap();
    assert_eq!(made, [invitation(1, "shop", "bob@example.com")]);
    assert_eq!(home.other.invitations("bob", "team_shop", NOW).await.unwrap(), Err(TeamRefusal::NotFound));
    let token = digest(8, 1);
    let invited = home.other.invited(&token, "bob@example.com", NOW).await.unwrap().unwrap();
    assert_eq!((invited.team_name.as_str(), invited.by_email.as_str()), ("shop", "ada@example.com"));
    assert_eq!(home.other.invited(&token, "ada@example.com", NOW).await.unwrap(), None);
    let late = NOW.plus(Duration::from_secs(7 * 86_400));
    assert_eq!(home.other.invited(&token, "bob@example.com", late).await.unwrap(), None);
    let answer = |storage: Arc<dyn Storage>, account: &'static str, accept, now| async move {
        storage.answer(&token, account, accept, LIMITS, now).await.unwrap()
    };
    assert_eq!(answer(home.door(0), "ada", true, NOW).await, Err(TeamRefusal::NotFound));
    assert_eq!(answer(home.door(1), "bob", true, late).await, Err(TeamRefusal::NotFound));
    let mut tries = JoinSet::new();
    for turn in 0..8 {
        tries.spawn(answer(home.door(turn), "bob", turn % 4 < 2, NOW));
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|one| one.as_deref() == Ok("shop")).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|one| **one == Err(TeamRefusal::NotFound)).count(), 7);
    let is_in = home.other.team("bob", "team_shop").await.unwrap().is_some();
    let before = home.one.withdraw("ada", "team_shop", "inv_1", NOW).await.unwrap();
    assert_eq!(before, Err(TeamRefusal::AnsweredBefore));
    if is_in {
        assert_eq!(invite(&*home.one, 2, "shop", "bob@example.com").await, Err(TeamRefusal::IsMember));
    } else {
        assert_eq!(invite(&*home.one, 2, "shop", "bob@example.com").await, Ok(()));
    }
}

async fn limits_of_invitations_hold_over_teams_and_portals(home: Home) {
    with_teams(&home, &["a", "b", "c", "d"]).await;
    let mut tries = JoinSet::new();
    for (turn, team) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let (storage, number) = (home.door(turn), u32::try_from(turn).unwrap());
        tries.spawn(async move { invite(&*storage, number, team, "bob@example.com").await });
    }
    let made = tries.join_all().await;
    assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 2, "two a day to one address: {made:?}");
    assert!(made.iter().all(|one| matches!(one, Ok(()) | Err(TeamRefusal::TooManyInvitations))), "{made:?}");
    let mut tries = JoinSet::new();
    for turn in 0..12_u32 {
        let storage = home.door(turn as usize);
        let team = if turn % 2 == 0 { "a" } else { "b" };
        tries.spawn(async move { invite(&*storage, 10 + turn, team, &format!("n{turn}@example.com")).await });
    }
    let made = tries.join_all().await;
    assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 7, "nine a day by one person: {made:?}");
    let again = invite(&*home.one, 99, "a", "n0@example.com").await;
    assert!(matches!(again, Err(TeamRefusal::InvitedBefore | TeamRefusal::TooManyInvitations)), "{again:?}");
    let full = InvitationLimits { members: 1, ..LIMITS };
    let refused = home.one.invite(invitation(98, "d", "x@example.com"), mail(98), full).await.unwrap();
    assert_eq!(refused.err(), Some(TeamRefusal::TeamFull));
    let tomorrow = NOW.plus(Duration::from_secs(86_400));
    let later = InvitationRecord { invited_at: tomorrow, ..invitation(97, "d", "bob@example.com") };
    let allowed = home.other.invite(later, mail(97), LIMITS).await.unwrap();
    assert!(matches!(allowed, Ok(_) | Err(TeamRefusal::InvitedBefore)), "{allowed:?}");
}

async fn a_mail_is_taken_by_one_at_a_time_and_again_after_a_pause_that_grows(home: Home) {
    with_teams(&home, &["a"]).await;
    assert_eq!(home.one.mail_due().await.unwrap(), None);
    assert_eq!(home.one.take_mail(NOW).await.unwrap(), None);
    for number in 1..=3 {
        invite(&*home.one, number, "a", &format!("n{number}@example.com")).await.unwrap();
    }
    let mut takes = JoinSet::new();
    for turn in 0..8 {
        let storage = home.door(turn);
        takes.spawn(async move { storage.take_mail(NOW).await.unwrap().map(|mail| mail.id) });
    }
    let mut taken: Vec<_> = takes.join_all().await.into_iter().flatten().collect();
    taken.sort();
    assert_eq!(taken, ["mail_1", "mail_2", "mail_3"]);
    home.one.end_mail("mail_1", MailState::Sent).await.unwrap();
    home.one.end_mail("mail_2", MailState::Failed).await.unwrap();
    let told = home.other.invitations("ada", "team_a", NOW).await.unwrap().unwrap();
    let states: Vec<_> = told.iter().map(|one| one.mail).collect();
    assert_eq!(states, [MailState::Queued, MailState::Failed, MailState::Sent]);
    let mut now = NOW;
    for tries in 1..5 {
        let due = home.other.mail_due().await.unwrap().unwrap();
        assert_eq!(due, now.plus(pause(tries)));
        assert_eq!(home.other.take_mail(due.minus(Duration::from_millis(1))).await.unwrap(), None);
        let again = home.one.take_mail(due).await.unwrap().unwrap();
        assert_eq!((again.id.as_str(), again.tries, again.sealed), ("mail_3", tries + 1, vec![1, 2, 3]));
        now = due;
    }
    home.other.end_mail("mail_3", MailState::Sent).await.unwrap();
    assert_eq!(home.one.mail_due().await.unwrap(), None);
}

async fn what_is_withdrawn_or_whose_team_is_gone_is_not_sent_any_more(home: Home) {
    with_teams(&home, &["a", "b"]).await;
    invite(&*home.one, 1, "a", "n1@example.com").await.unwrap();
    invite(&*home.one, 2, "b", "n2@example.com").await.unwrap();
    for (by, team, id) in [("bob", "team_a", "inv_1"), ("ada", "team_a", "inv_2"), ("ada", "team_a", "inv\0")]
    {
        let refused = home.other.withdraw(by, team, id, NOW).await.unwrap();
        assert_eq!(refused.err(), Some(TeamRefusal::NotFound), "{by} {team} {id}");
    }
    assert!(home.other.withdraw("ada", "team_a", "inv_1", NOW).await.unwrap().is_ok());
    let again = home.one.withdraw("ada", "team_a", "inv_1", NOW).await.unwrap();
    assert_eq!(again.err(), Some(TeamRefusal::WithdrawnBefore));
    assert_eq!(home.one.take_mail(NOW).await.unwrap().unwrap().id, "mail_2");
    home.one.delete_team("ada", "team_b").await.unwrap().unwrap();
    assert_eq!(home.other.mail_due().await.unwrap(), None);
    for number in [1, 2] {
        let token = digest(8, number);
        let email = format!("n{number}@example.com");
        assert_eq!(home.other.invited(&token, &email, NOW).await.unwrap(), None);
    }
}

async fn what_became_of_invitations_is_forgotten_after_a_while(home: Home) {
    with_teams(&home, &["a"]).await;
    invite(&*home.one, 1, "a", "n1@example.com").await.unwrap();
    home.one.sweep_mails(NOW).await.unwrap();
    assert_eq!(home.other.invitations("ada", "team_a", NOW).await.unwrap().unwrap().len(), 1);
    assert!(home.other.mail_due().await.unwrap().is_some());
    home.one.sweep_mails(NOW.plus(Duration::from_secs(8 * 86_400))).await.unwrap();
    assert!(home.other.invitations("ada", "team_a", NOW).await.unwrap().unwrap().is_empty());
    assert_eq!(home.other.mail_due().await.unwrap(), None);
    // One that ended without an answer stands in nobody's way.
    invite(&*home.one, 2, "a", "n1@example.com").await.unwrap();
    let ended = NOW.plus(Duration::from_secs(8 * 86_400));
    let next = InvitationRecord {
        invited_at: ended,
        ends_at: ended.plus(Duration::from_secs(60)),
        ..invitation(3, "a", "n1@example.com")
    };
    assert!(home.other.invite(next, mail(3), LIMITS).await.unwrap().is_ok());
}
