//! The picker's key where a desktop gives one through its portal only, as under Wayland.
//!
//! The windows are on an X server all the same: what is seen is how the app and the portal speak.

use std::process::Stdio;

use crate::journey;
use crate::support::manager::Manager;
use crate::support::portal::Portal;
use crate::support::{Desk, Keyring};

const PICKER: &str = "Keystow picker";
/// The session says that it is Wayland, and the windows stay where they are.
const WAYLAND: [(&str, &str); 3] =
    [("XDG_SESSION_TYPE", "wayland"), ("GDK_BACKEND", "x11"), ("XDG_CURRENT_DESKTOP", "sway")];

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_gives_the_key_tells_when_it_is_pressed_and_gets_it_back() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let portal = Portal::start(&desk, true).await;
    let manager = Manager::start(&desk).await;
    let window = desk.open_with(&WAYLAND).await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    journey::create(&window, "geo-lookup-dev").await;
    assert_eq!(portal.bound().await.wish, "CTRL+ALT+k");
    window.click("link", "Settings").await;
    window.says("The desktop decides which key it is").await;
    window.picture(&desk, "46-hotkey-of-the-portal").await;
    manager.press_on_work().await;
    portal.press().await;
    manager.shows(PICKER).await;
    manager.types("geo").await;
    manager.press("Return").await;
    journey::pasted_secret(&desk).await;
    manager.is_back(PICKER).await;

    // Another key is another wish, and no key is none. A second start brings the window to the front.
    let mut second = desk.command(env!("CARGO_BIN_EXE_keystow-desktop"));
    second.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    tokio::process::Command::from(second).status().await.expect("the app starts twice");
    manager.shows("Keystow").await;
    window.click("button", "Clear now").await;
    if window.has("button", "Dismiss").await {
        window.click("button", "Dismiss").await;
    }
    window.click("button", "Change").await;
    window.press("\u{e009}\u{e008}j").await;
    window.says("The desktop decides which key it is").await;
    window.click("button", "Remove").await;
    portal.gives_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_portal_gives_no_key_the_settings_say_how_to_bind_the_command() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let _portal = Portal::start(&desk, false).await;
    let window = desk.open_with(&WAYLAND).await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    window.click("link", "Settings").await;
    window.says("bindsym Ctrl+Mod1+k exec keystow pick").await;
    window.picture(&desk, "47-no-hotkey").await;
}
