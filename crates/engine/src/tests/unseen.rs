//! What goes on while no window shows the keys: as little as possible.

use std::time::Duration;

use super::Desk;

const MINUTE: Duration = Duration::from_secs(60);

/// Says that the list was read just now.
fn just_read(desk: &Desk) {
    let due = desk.engine.0.clock.elapsed() + MINUTE;
    desk.engine.state().due_again.insert(desk.account(), due);
}

#[tokio::test]
async fn a_list_that_nobody_sees_is_read_every_quarter_of_an_hour_and_when_a_window_opens() {
    let desk = Desk::signed_in().await;
    desk.create("billing").await.unwrap();
    just_read(&desk);
    desk.engine.is_seen(false);
    desk.clock.advance(14 * MINUTE);
    assert!(!desk.engine.is_due(&desk.account()));
    assert_eq!(desk.engine.pause(), 2 * MINUTE, "it wakes up every other minute");
    desk.clock.advance(MINUTE);
    assert!(desk.engine.is_due(&desk.account()));
    just_read(&desk);
    desk.clock.advance(2 * MINUTE);
    assert!(!desk.engine.is_due(&desk.account()));
    desk.engine.is_seen(true);
    assert!(desk.engine.is_due(&desk.account()), "whoever opens a window sees a fresh list");
}

#[tokio::test]
async fn a_rotation_is_watched_as_closely_as_ever() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.rotate_once(&key).await;
    desk.engine.remind().await;
    just_read(&desk);
    desk.engine.is_seen(false);
    desk.clock.advance(MINUTE);
    assert!(desk.engine.is_due(&desk.account()));
    assert!(desk.engine.pause() <= Duration::from_secs(5));
}
