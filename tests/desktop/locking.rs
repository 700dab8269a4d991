//! The app locks by itself: before the computer sleeps, with the desktop, and when nobody is there.

use crate::journey;
use crate::support::login::Login;
use crate::support::panel::Panel;
use crate::support::{Desk, Keyring, Window};

const KEY: &str = "geo-lookup-test";
const PROD: &str = "geo-lookup-prod";
const ASKS: &str = "A production key asks first";

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

#[tokio::test(flavor = "multi_thread")]
async fn a_production_key_asks_in_the_window_and_a_line_of_the_tray_is_no_answer() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let panel = Panel::start(&desk).await;
    let window = desk.open().await;
    journey::sign_in(&desk, &window, &desk.browser().await).await;
    window.click("link", "Settings").await;
    window.click("checkbox", "Ask before the secret of a production key is given").await;
    window.click("link", "Keys").await;
    window.click("button", "New key").await;
    window.shows("dialog", "New key").await;
    window.click("radio", "prod").await;
    window.fill("textbox", "Name", PROD).await;
    if !window.is_chosen("checkbox", "read").await {
        window.click("checkbox", "read").await;
    }
    window.click("button", "Create key").await;
    window.shows("heading", "Stowed").await;
    window.click("button", "Done").await;

    window.click("button", &format!("Copy secret of {PROD}")).await;
    window.shows("dialog", ASKS).await;
    window.picture(&desk, "63-production-key-asks").await;
    assert_eq!(desk.screen.paste().await, None, "nothing is copied before the second word");
    window.click("button", "Give the secret").await;
    journey::pasted_secret(&desk).await;
    window.click("button", "Clear now").await;
    window.says("Cleared and verified").await;

    // What was added is read from right to left as well.
    window.click("link", "Settings").await;
    window.select("Language", "ar").await;
    window.says("القفل").await;
    window.picture(&desk, "64-lock-settings-in-arabic").await;
    window.resize(900, 880).await;
    window.click("button", "اقفل الآن").await;
    window.says("Keystow مقفل").await;
    window.picture(&desk, "65-locked-in-arabic").await;
    window.click("button", "افتح القفل").await;
    window.shows("button", "اقفل الآن").await;

    panel.choose(&format!("انسخ {PROD}")).await;
    let searched = desk.command("xdotool").args(["search", "--sync", "--name", "Keystow picker"]).output();
    assert!(searched.expect("xdotool runs").status.success(), "the picker says why");
    assert_eq!(desk.screen.paste().await, None, "a line of the tray is no second word");
}
