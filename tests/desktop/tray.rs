//! The tray, and what becomes of the app when its window is closed.

use crate::journey;
use crate::support::panel::Panel;
use crate::support::screen::close_windows;
use crate::support::{Desk, Keyring, Window, processes, until};

/// How long a hidden window is kept, in seconds; short, so that nobody waits.
const REST: (&str, &str) = ("KEYSTOW_REST_SECONDS", "1");

/// The processes that show pages; others of the webview serve those to come.
fn pages(window: &Window) -> Vec<i32> {
    window.webviews().into_iter().filter(|id| processes::name(*id).starts_with("WebKitWeb")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_copies_clears_and_locks_while_the_window_is_gone() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let panel = Panel::start(&desk).await;
    let window = desk.open_with(&[REST]).await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    journey::create(&window, "geo_lookup&dev").await;
    let expected = journey::copy(&desk, &window, "geo_lookup&dev").await;
    panel.choose("Clear geo_lookup&dev from the clipboard now (").await;
    panel.loses("Clear").await;
    assert_eq!(desk.screen.paste().await, None, "it was cleared from the tray");

    // The window goes, its pages end, and the tray stays.
    close_windows(desk.screen.display()).expect("windows can be asked to close");
    until("the pages of the window have ended", async || pages(&window).is_empty().then_some(())).await;
    until("so has what loads pages", async || window.webviews().is_empty().then_some(())).await;
    panel.choose("Copy geo_lookup&dev").await;
    assert_eq!(journey::pasted_secret(&desk).await, expected, "the tray copies without a window");
    panel.choose("Lock now").await;
    panel.loses("Lock now").await;
    assert_eq!(desk.screen.paste().await, None, "locking clears the clipboard");

    panel.choose("Open Keystow").await;
    until("the window is back", async || (!pages(&window).is_empty()).then_some(())).await;
    panel.choose("Quit").await;
    window.dies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_from_the_tray_clears_the_clipboard() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let panel = Panel::start(&desk).await;
    let window = desk.open().await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    journey::create(&window, "geo-lookup-dev").await;
    journey::copy(&desk, &window, "geo-lookup-dev").await;
    close_windows(desk.screen.display()).expect("windows can be asked to close");
    // It counts down from thirty.
    panel.shows("Clear geo-lookup-dev from the clipboard now (2").await;
    assert!(desk.screen.paste().await.is_some(), "a window that went to the tray leaves the copy its time");
    panel.choose("Quit").await;
    window.dies().await;
    assert_eq!(desk.screen.paste().await, None, "nothing is left when the app has ended");
}
