//! The portal's log beside the app's own: read page by page, in this computer's time, about one key where asked.

use std::time::Duration;

use keystow_connect::{Cause, Failure, Offset};
use keystow_domain::{LogEntry, LogOutcome, LogTarget, Timestamp};

use super::Desk;

fn entry(number: u64, at: Timestamp, about: &str) -> LogEntry {
    LogEntry {
        number,
        at: Some(at),
        operation: "rotateApiKey".into(),
        outcome: LogOutcome::Done,
        code: None,
        request: None,
        who: Some("nadia@example.com".into()),
        client: None,
        target: Some(LogTarget { kind: "key".into(), id: about.into(), name: None, app: None }),
        address: None,
        agent: None,
    }
}

#[tokio::test]
async fn the_portals_log_is_read_to_its_end_page_by_page_and_about_one_key_where_asked() {
    let desk = Desk::signed_in().await;
    let now = desk.engine.now();
    let about = |number: u64| if number == 7 { "key_a" } else { "key_b" };
    let all = (1..=120).rev().map(|number| entry(number, now, about(number))).collect();
    desk.network.portal.set_log(all);
    let (mut numbers, mut page) = (Vec::new(), None);
    loop {
        let read = desk.engine.portal_log(None, page).await.unwrap().unwrap();
        assert_eq!(read.account, desk.account());
        numbers.extend(read.entries.iter().map(|entry| entry.number));
        page = read.next;
        if page.is_none() {
            break;
        }
    }
    assert_eq!(numbers, (1..=120).rev().collect::<Vec<_>>());
    let one = desk.engine.portal_log(Some("key_a"), None).await.unwrap().unwrap();
    assert_eq!(one.entries.iter().map(|entry| entry.number).collect::<Vec<_>>(), [7]);
}

#[tokio::test]
async fn an_instant_of_a_portal_whose_clock_differs_is_told_in_the_time_of_this_computer() {
    let desk = Desk::signed_in().await;
    let now = desk.engine.now();
    let ahead = Duration::from_secs(3600);
    let offset =
        Offset { millis: 3_600_000, learned_at: now, learned_elapsed: desk.engine.0.clock.elapsed() };
    desk.network.portal.set_offset(Some(offset));
    desk.network.portal.set_log(vec![entry(1, now.plus(ahead), "key_a")]);
    // The offset is learned from an answer.
    desk.engine.state().clocks.clear();
    assert!(desk.engine.refresh(&desk.account()).await);
    let read = desk.engine.portal_log(None, None).await.unwrap().unwrap();
    assert_eq!(read.entries[0].at, Some(desk.engine.now()));
}

#[tokio::test]
async fn a_portal_that_is_away_or_keeps_no_log_is_told_apart() {
    let desk = Desk::signed_in().await;
    desk.engine.portal_log(None, None).await.unwrap().unwrap();
    desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    assert!(desk.engine.portal_log(None, None).await.is_err());
    let plain = Desk::signed_in_to_plain().await;
    assert_eq!(plain.engine.portal_log(None, None).await.unwrap(), None);
}

#[tokio::test]
async fn the_apps_own_log_is_read_backwards_and_about_one_key_where_asked() {
    let desk = Desk::signed_in().await;
    let first = desk.create("one").await.unwrap().key.id;
    desk.create("two").await.unwrap();
    let all = desk
        .until(async |engine| {
            let all = engine.audit_before(None, None, 10).await.unwrap();
            (all.len() >= 3).then_some(all)
        })
        .await;
    let before = desk.engine.audit_before(None, Some(all[0].number), 1).await.unwrap();
    assert_eq!(before, all[1..2]);
    let about = desk.engine.audit_before(Some(&first), None, 10).await.unwrap();
    assert_eq!(about.len(), 1);
    assert_eq!(about[0].key.as_ref().map(|(id, _)| id), Some(&first));
}
