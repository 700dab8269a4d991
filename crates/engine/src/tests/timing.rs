//! Time: what is left of a grace is right whatever happens to this computer's clocks.

use std::time::Duration;

use keystow_domain::{Clock as _, GraceEnd, KeyId, Timestamp};

use super::Desk;

const HOUR: Duration = Duration::from_secs(3600);
const HOUR_MILLIS: i64 = 3_600_000;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A key in the middle of a grace of a day.
async fn rotating() -> (Desk, KeyId, Timestamp) {
    let desk = Desk::signed_in().await;
    desk.learn_clock();
    desk.engine.refresh(&desk.account()).await;
    let key = desk.create("billing").await.unwrap().key.id;
    let row = desk.engine.rotate("ticket-1", &key, Some(DAY)).await.unwrap();
    let GraceEnd::At(end) = row.old[0].end else { panic!("{row:?}") };
    (desk, key, end)
}

/// What the window shows as left: its wall clock, corrected by the offset it was given.
fn shown_left(desk: &Desk, end: Timestamp) -> Duration {
    let offset = desk.page().freshness.clock_offset.unwrap();
    end.since(Timestamp::from_millis(desk.clock.now().as_millis() + offset))
}

fn assert_right(desk: &Desk, end: Timestamp) {
    let (shown, real) = (shown_left(desk, end), end.since(desk.clock.truth()));
    assert!(shown.abs_diff(real) <= Duration::from_secs(2), "shown {shown:?}, really {real:?}");
}

#[tokio::test]
async fn a_wall_clock_that_is_set_leaves_what_remains_as_it_is() {
    for hours in [7, -7, 14, -14] {
        let (desk, _, end) = rotating().await;
        desk.clock.advance(HOUR);
        desk.engine.notice_jump().await;
        desk.clock.set_wall(hours * HOUR_MILLIS);
        assert_right(&desk, end);
        desk.engine.notice_jump().await;
        desk.clock.advance(HOUR);
        assert_right(&desk, end);
        assert!(!desk.page().freshness.clock_about);
    }
}

#[tokio::test]
async fn a_clock_that_was_set_is_noticed_once_and_the_portal_asked_again() {
    let (desk, ..) = rotating().await;
    desk.engine.notice_jump().await;
    let mut events = desk.engine.watch();
    desk.clock.advance(HOUR);
    desk.engine.notice_jump().await;
    assert!(events.try_recv().is_err(), "an hour that passes is no jump");
    desk.clock.set_wall(7 * HOUR_MILLIS);
    desk.engine.notice_jump().await;
    let told = std::iter::from_fn(|| events.try_recv().ok());
    assert_eq!(told.filter(|event| *event == crate::Event::Keys).count(), 1);
    assert!(desk.notice("clock_off"));
}

#[tokio::test]
async fn a_zone_change_alone_moves_nothing() {
    // A zone is how an instant is written, so no clock moves with it: the drift stays what it was.
    let (desk, _, end) = rotating().await;
    desk.engine.notice_jump().await;
    let before = desk.page().freshness.clock_offset;
    desk.clock.advance(HOUR);
    desk.engine.notice_jump().await;
    assert_eq!(desk.page().freshness.clock_offset, before);
    assert_right(&desk, end);
}

#[tokio::test]
async fn three_days_of_sleep_are_counted() {
    let desk = Desk::signed_in().await;
    desk.learn_clock();
    desk.engine.refresh(&desk.account()).await;
    let row = desk.create("billing").await.unwrap();
    let end = desk.clock.truth().plus(4 * DAY);
    desk.clock.advance(3 * DAY);
    assert_right(&desk, end);
    assert!(row.state == desk.engine.key(&row.key.id).unwrap().state);
}

#[tokio::test]
async fn the_app_started_again_on_the_same_run_of_the_computer_is_exact() {
    let (desk, _, end) = rotating().await;
    desk.clock.set_wall(-7 * HOUR_MILLIS);
    desk.network.portal.set_offset(None);
    let desk = desk.restarted().await;
    desk.clock.advance(HOUR);
    assert_right(&desk, end);
    assert!(!desk.page().freshness.clock_about);
}

#[tokio::test]
async fn after_a_restart_of_the_computer_it_is_about_right_and_says_so() {
    let (desk, _, end) = rotating().await;
    desk.engine.notice_jump().await;
    desk.clock.set_wall(7 * HOUR_MILLIS);
    desk.engine.notice_jump().await;
    let desk = desk.rebooted().await;
    desk.clock.advance(HOUR);
    assert_right(&desk, end);
    assert!(desk.page().freshness.clock_about);
    assert!(desk.engine.current_clock().about);
    // Somebody sets the clock right before the portal answers for the first time.
    desk.engine.notice_jump().await;
    desk.clock.set_wall(-7 * HOUR_MILLIS);
    assert_right(&desk, end);
    desk.learn_clock();
    desk.engine.refresh(&desk.account()).await;
    assert_right(&desk, end);
    assert!(!desk.page().freshness.clock_about);
}

#[tokio::test]
async fn a_deadline_that_no_portal_tells_is_never_invented() {
    let desk = Desk::signed_in_to_plain().await;
    desk.learn_clock();
    let key = desk.create("billing").await.unwrap().key.id;
    let row = desk.engine.rotate("ticket-1", &key, None).await.unwrap();
    assert_eq!(row.old[0].end, GraceEnd::Unknown);
    desk.clock.set_wall(7 * HOUR_MILLIS);
    desk.clock.advance(3 * DAY);
    assert_eq!(desk.engine.key(&key).unwrap().old[0].end, GraceEnd::Unknown);
}
