//! The app locks by itself: before the computer sleeps, with the desktop, and when nobody is there.

use crate::journey;
use crate::support::login::Login;
use crate::support::panel::Panel;
use crate::support::{Desk, Keyring, Window};

const KEY: &str = "geo-lookup-test";

/// Waits until the window shows nothing but that it is locked and why, and that nothing is left to paste.
async fn is_locked(desk: &Desk, window: &Window, why: &str) {
    window.shows("heading", "Keystow is locked").await;
    window.says(why).await;
    assert!(!window.has("row", KEY).await, "no key is shown");
    assert_eq!(desk.screen.paste().await, None, "nothing is left on the clipboard");
}

async fn unlock(window: &Window) {
    window.click("button", "Unlock").await;
    window.shows("row", KEY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_locks_before_the_computer_sleeps_and_with_the_desktop() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let login = Login::start(&desk).await;
    let panel = Panel::start(&desk).await;
    let window = desk.open_with(&[("DBUS_SYSTEM_BUS_ADDRESS", desk.bus())]).await;
    journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    journey::copy(&desk, &window, KEY).await;

    // The computer goes on to sleep once the app lets go, and by then everything is done.
    login.sleeps().await;
    assert_eq!(desk.screen.paste().await, None, "a computer that sleeps has no secret on its clipboard");
    is_locked(&desk, &window, "The computer went to sleep.").await;
    panel.shows("Keystow is locked").await;
    panel.loses("Copy").await;
    for (width, name) in [(900, "60-locked-900"), (1440, "60-locked-1440")] {
        window.resize(width, 880).await;
        window.picture(&desk, name).await;
    }
    login.wakes().await;
    login.is_asked_to_wait().await;
    unlock(&window).await;

    journey::copy(&desk, &window, KEY).await;
    login.asks_to_lock().await;
    is_locked(&desk, &window, "The desktop was locked.").await;
    unlock(&window).await;
    journey::copy(&desk, &window, KEY).await;
    login.is_locked().await;
    is_locked(&desk, &window, "The desktop was locked.").await;
    unlock(&window).await;
    journey::copy(&desk, &window, KEY).await;
    login.screen_is_covered().await;
    is_locked(&desk, &window, "The desktop was locked.").await;

    // Names stay where the person wants that, and the tray still copies nothing.
    unlock(&window).await;
    window.click("link", "Settings").await;
    window.says("It also locks when the desktop is locked and before the computer sleeps").await;
    window.picture(&desk, "61-lock-settings").await;
    window.click("checkbox", "Hide the keys while it is locked").await;
    window.says("Names and states stay to be seen.").await;
    window.click("link", "Keys").await;
    login.asks_to_lock().await;
    window.says("Unlock to copy").await;
    window.picture(&desk, "62-locked-with-names").await;
    panel.choose(&format!("Copy {KEY}")).await;
    assert_eq!(desk.screen.paste().await, None, "the tray copies nothing while it is locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_nobody_touches_locks_by_itself() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    window.kill().await;
    let window = desk.open_with(&[("KEYSTOW_IDLE_SECONDS", "3")]).await;
    is_locked(&desk, &window, "Nobody was here for a while.").await;
}
