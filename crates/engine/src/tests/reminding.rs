//! Reminders and schedules: each step is told once, and nothing that ended goes untold.

use std::time::Duration;

use keystow_connect::fakes::MemoryPortal;
use keystow_domain::{Covers, Key, KeyId, Timestamp};

use super::Desk;
use crate::list::tests::key;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

impl Desk {
    /// How many notices the desktop has shown, once those that are under way were.
    async fn notified(&self, count: usize) -> Vec<String> {
        self.until(async |_| {
            let told = self.host.notified.lock().unwrap().clone();
            (told.len() >= count).then_some(told)
        })
        .await
    }

    fn codes(&self) -> Vec<&'static str> {
        self.engine.notices().iter().map(|notice| notice.what.code).collect()
    }

    /// A key in a grace of an hour, before its first step.
    async fn in_grace(&self, name: &str) -> KeyId {
        self.engine.remind().await;
        let key = self.create(name).await.unwrap().key.id;
        let ticket = format!("rotation of {name}");
        self.engine.rotate(&ticket, &key, Some(HOUR)).await.unwrap();
        self.engine.remind().await;
        key
    }

    async fn listed_elsewhere(&self, change: impl FnOnce(&mut Key)) -> KeyId {
        let portal: &MemoryPortal = &self.network.portal;
        let mut new = key(&format!("elsewhere-{}", portal.keys().len()));
        new.created_at = Some(self.clock.truth().minus(365 * DAY));
        change(&mut new);
        portal.add(new.clone());
        self.engine.refresh(&self.account()).await;
        new.id
    }
}

#[tokio::test]
async fn a_grace_is_told_at_half_a_fifth_five_minutes_and_its_end() {
    let desk = Desk::signed_in().await;
    desk.in_grace("billing").await;
    assert_eq!(desk.codes(), Vec::<&str>::new());
    for (wait, code, count) in
        [(30, "grace_ending", 1), (18, "grace_ending", 2), (7, "grace_ending", 3), (5, "grace_ended", 4)]
    {
        desk.clock.advance(wait * MINUTE);
        for _ in 0..3 {
            desk.engine.remind().await;
        }
        assert_eq!(desk.codes(), [code], "one notice, which is the last one");
        assert_eq!(desk.notified(count).await.len(), count);
    }
    assert!(desk.host.notified.lock().unwrap()[2].contains("5 minutes"));
}

#[tokio::test]
async fn each_step_is_told_once_across_restarts() {
    let desk = Desk::signed_in().await;
    desk.in_grace("billing").await;
    desk.clock.advance(31 * MINUTE);
    desk.engine.remind().await;
    desk.notified(1).await;
    let desk = desk.restarted().await;
    desk.engine.remind().await;
    desk.clock.advance(18 * MINUTE);
    desk.engine.remind().await;
    assert_eq!(desk.notified(2).await.len(), 2, "half before the restart, a fifth after it");
}

#[tokio::test]
async fn an_end_that_was_slept_through_is_the_first_thing_told_and_steps_before_it_are_not() {
    let desk = Desk::signed_in().await;
    let key = desk.in_grace("billing").await;
    desk.engine.state().notices.tell_once("clock_off", crate::words::clock_off(5));
    desk.engine.state().due_again.insert(desk.account(), 9 * DAY);
    desk.clock.advance(3 * DAY);
    desk.engine.remind().await;
    assert_eq!(desk.codes(), ["ended_while_away", "clock_off"]);
    assert!(desk.engine.state().due_again.is_empty(), "the list is read again");
    let notice = desk.engine.notices().remove(0);
    assert_eq!(notice.key.map(|(id, _)| id), Some(key));
    let ended = desk.clock.truth().minus(3 * DAY).plus(HOUR);
    assert_eq!(notice.what.facts["millis"], ended.as_millis().to_string());
    assert_eq!(desk.notified(1).await.len(), 1);
}

#[tokio::test]
async fn an_end_while_the_app_was_closed_is_told_at_its_start_even_without_the_portal() {
    let desk = Desk::signed_in().await;
    desk.in_grace("billing").await;
    let desk = {
        desk.clock.advance(2 * HOUR);
        desk.rebooted().await
    };
    desk.engine.remind().await;
    assert_eq!(desk.codes(), ["ended_while_away"]);
    let desk = desk.restarted().await;
    desk.engine.remind().await;
    assert_eq!(desk.codes(), Vec::<&str>::new(), "it was told");
}

#[tokio::test]
async fn a_list_that_is_read_between_an_end_and_its_telling_hides_nothing() {
    let desk = Desk::signed_in().await;
    let id = desk
        .listed_elsewhere(|key| {
            key.rotated_at = key.created_at.map(|at| at.plus(365 * DAY));
            key.previous = vec![];
        })
        .await;
    // Somebody rotated it elsewhere: only the portal knows the old secret.
    let end = desk.clock.truth().plus(HOUR);
    let mut rotated = desk.engine.key(&id).unwrap().key;
    rotated.previous = vec![keystow_domain::PreviousSecret {
        prefix: "kst_old".into(),
        suffix: None,
        expires_at: Some(end),
        last_used_at: None,
    }];
    desk.engine.take_key(&desk.account(), rotated).await;
    desk.engine.remind().await;
    desk.clock.advance(HOUR + Duration::from_secs(1));
    desk.engine.refresh(&desk.account()).await;
    assert!(desk.engine.key(&id).unwrap().key.previous.is_empty());
    desk.engine.remind().await;
    assert_eq!(desk.codes(), ["grace_ended"]);
}

#[tokio::test]
async fn a_grace_that_the_person_ended_is_not_told_and_its_notices_go() {
    let desk = Desk::signed_in().await;
    let key = desk.in_grace("billing").await;
    desk.clock.advance(31 * MINUTE);
    desk.engine.remind().await;
    assert_eq!(desk.codes(), ["grace_ending"]);
    desk.engine.end_grace(&key, "billing").await.unwrap();
    desk.engine.remind().await;
    desk.clock.advance(HOUR);
    desk.engine.remind().await;
    assert_eq!(desk.codes(), Vec::<&str>::new());
    assert_eq!(desk.notified(1).await.len(), 1);
}

#[tokio::test]
async fn an_end_that_nobody_tells_is_never_told() {
    let desk = Desk::signed_in_to_plain().await;
    desk.in_grace("billing").await;
    desk.clock.advance(3 * DAY);
    desk.engine.remind().await;
    assert_eq!(desk.codes(), Vec::<&str>::new());
}

#[tokio::test]
async fn an_expiry_is_told_down_its_ladder_and_missed_rungs_are_merged() {
    let desk = Desk::signed_in().await;
    desk.engine.remind().await;
    let end = desk.clock.truth().plus(20 * DAY);
    desk.listed_elsewhere(|key| key.expires_at = Some(end)).await;
    desk.engine.remind().await;
    assert_eq!(desk.codes(), Vec::<&str>::new());
    desk.clock.advance(6 * DAY);
    desk.engine.remind().await;
    assert_eq!(desk.codes(), ["key_expires"]);
    // Two weeks away, with seven days and one day missed; an hour before the end.
    desk.clock.advance(14 * DAY - HOUR);
    desk.engine.remind().await;
    let told = desk.notified(2).await;
    assert_eq!(told.len(), 2);
    assert!(told[0].contains("14 days") && told[1].contains("60 minutes"), "{told:?}");
}

#[tokio::test]
async fn what_ended_before_the_app_reminded_of_anything_is_not_told() {
    let desk = Desk::signed_in().await;
    desk.listed_elsewhere(|key| key.expires_at = Some(Timestamp::from_secs(1_799_000_000))).await;
    desk.engine.remind().await;
    assert_eq!(desk.codes(), Vec::<&str>::new());
}

#[tokio::test]
async fn many_at_once_are_one_sentence() {
    let desk = Desk::signed_in().await;
    desk.engine.remind().await;
    let end = desk.clock.truth().plus(15 * DAY);
    for _ in 0..5 {
        desk.listed_elsewhere(|key| key.expires_at = Some(end)).await;
    }
    desk.clock.advance(2 * DAY);
    desk.engine.remind().await;
    assert_eq!(desk.codes(), ["many_due"]);
    assert_eq!(desk.notified(1).await.len(), 1);
}

#[tokio::test]
async fn there_is_no_schedule_until_somebody_sets_one() {
    let desk = Desk::signed_in().await;
    let id = desk.listed_elsewhere(|_| ()).await;
    assert_eq!(desk.engine.schedules().unwrap(), []);
    assert_eq!(desk.engine.key(&id).unwrap().due_at, None);
}

#[tokio::test]
async fn a_rotation_is_due_by_its_schedule_told_once_and_put_off() {
    let desk = Desk::signed_in().await;
    desk.engine.remind().await;
    let id = desk.listed_elsewhere(|key| key.created_at = key.created_at.map(|at| at.plus(355 * DAY))).await;
    let sights = desk.engine.save_schedule(Covers::Rule("status:active".into()), 30).await.unwrap();
    assert_eq!((sights[0].keys, sights[0].due), (1, 0));
    desk.engine.remind().await;
    desk.clock.advance(21 * DAY);
    desk.engine.remind().await;
    assert_eq!(desk.codes(), ["rotation_due"]);
    assert_eq!(desk.page().due.overdue.map(|due| due.id), Some(id.clone()));
    desk.engine.snooze(&id, desk.clock.truth().plus(DAY)).await.unwrap();
    desk.engine.remind().await;
    assert_eq!(desk.codes(), Vec::<&str>::new());
    assert!(desk.page().due.overdue.is_none());
    let desk = desk.restarted().await;
    desk.engine.remind().await;
    assert!(desk.page().due.overdue.is_none(), "a restart does not wake what was put off");
    desk.clock.advance(2 * DAY);
    assert!(desk.page().due.overdue.is_some());
    assert_eq!(desk.notified(1).await.len(), 1);
}

#[tokio::test]
async fn a_rotation_makes_the_next_one_due_an_interval_later() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.save_schedule(Covers::Key(key.clone()), 90).await.unwrap();
    desk.clock.advance(100 * DAY);
    assert_eq!(desk.engine.schedules().unwrap()[0].due, 1);
    let row = desk.engine.rotate("ticket-1", &key, None).await.unwrap();
    assert_eq!(row.due_at, Some(desk.clock.truth().plus(90 * DAY)));
    assert_eq!(desk.engine.schedule_of(&key).unwrap().due, 0);
}

#[tokio::test]
async fn a_schedule_takes_the_place_of_one_for_the_same_and_is_removed() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.save_schedule(Covers::Key(key.clone()), 90).await.unwrap();
    let all = desk.engine.save_schedule(Covers::Key(key.clone()), 30).await.unwrap();
    assert_eq!(all.iter().map(|sight| sight.days).collect::<Vec<_>>(), [30]);
    assert_eq!(desk.engine.remove_schedule(&all[0].id).await.unwrap(), []);
    assert_eq!(desk.engine.key(&key).unwrap().due_at, None);
    for (covers, days, code) in [
        (Covers::Key(key), 0, "bad_days"),
        (Covers::Key(KeyId::new("gone")), 90, "unknown_key"),
        (Covers::Rule("  ".into()), 90, "empty_rule"),
    ] {
        assert_eq!(desk.engine.save_schedule(covers, days).await.unwrap_err().code, code);
    }
}
