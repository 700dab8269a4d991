//! What is left when the app dies.
//!
//! `KEYSTOW_CRASH_ROUNDS` sets how often the app is made to die at each point; once, if it is not set.

use crate::journey;
use crate::support::gateway::{Gateway, THERE};
use crate::support::{Desk, Keyring, Window, until};

/// Every point of a change at which the app can be made to die.
const STEPS: [&str; 5] = ["intended", "answered", "stowed", "listed", "closed"];
/// The points at which the secret is only at the portal: it has to be asked for once more.
const REPEATED: [&str; 2] = ["intended", "answered"];

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_point_loses_nothing() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let browser = desk.browser().await;
    let gateway = journey::sign_in(&desk, &window, &browser).await;
    window.close().await;
    drop(browser);
    let rounds = std::env::var("KEYSTOW_CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    for round in 1..=rounds.unwrap_or(1) {
        for step in STEPS {
            // Said for whoever asked for many rounds, and for a failure.
            println!("round {round}: {step}");
            let name = format!("killed-{step}-{round}");
            let first = a_creation_survives(&desk, &gateway, step, &name).await;
            a_rotation_survives(&desk, &gateway, step, &name, &first).await;
        }
    }
}

/// A row that is not on the screen is not in the page: many rounds make many rows.
async fn look_for(window: &Window, name: &str) {
    window.shows("button", "New key").await;
    window.fill("searchbox", "Search keys", name).await;
}

/// Dies while a key is made, starts again, and finds one key with a secret that works.
async fn a_creation_survives(desk: &Desk, gateway: &Gateway, step: &str, name: &str) -> String {
    let window = desk.open_with(&[("KEYSTOW_DIE_AT", step)]).await;
    window.shows("button", "New key").await;
    journey::ask_for_key(&window, name).await;
    window.dies().await;
    let window = desk.open().await;
    look_for(&window, name).await;
    window.shows("row", name).await;
    if REPEATED.contains(&step) {
        window.says(&format!("The new secret of “{name}” was recovered after an interruption.")).await;
        window.picture(desk, &format!("20-recovered-{step}")).await;
    }
    let secret = journey::copy(desk, &window, name).await;
    assert_eq!(
        gateway.call(&secret, THERE).await,
        200,
        "killed at “{step}”, the secret of the new key works"
    );
    assert_eq!(window.count("row", name).await, 1, "killed at “{step}”, exactly one key was made");
    window.close().await;
    secret
}

/// Dies while a key is rotated, starts again, and finds one new secret and one old one.
async fn a_rotation_survives(desk: &Desk, gateway: &Gateway, step: &str, name: &str, first: &str) {
    let window = desk.open_with(&[("KEYSTOW_DIE_AT", step)]).await;
    look_for(&window, name).await;
    journey::rotate(&window, name).await;
    window.dies().await;
    let window = desk.open().await;
    look_for(&window, name).await;
    window.shows("timer", &format!("Old secret of {name}")).await;
    if REPEATED.contains(&step) {
        window.says(&format!("The new secret of “{name}” was recovered after an interruption.")).await;
    }
    desk.screen.copy("a shopping list").await;
    let second = until("the new secret", async || {
        window.click("button", &format!("Copy secret of {name}")).await;
        desk.screen.paste().await.filter(|text| text.starts_with("kst_") && text != first)
    });
    let second = second.await;
    gateway.listens().await;
    assert_eq!(gateway.call(&second, THERE).await, 200, "killed at “{step}”, the new secret works");
    assert_eq!(gateway.call(first, THERE).await, 200, "killed at “{step}”, the old secret has its grace");
    let row = window.text_of("row", name).await;
    assert!(row.contains(&first[..8]), "killed at “{step}”, the old secret is the one before: {row}");
    assert!(!row.contains(" more"), "killed at “{step}”, exactly one rotation was made: {row}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clipboard_is_cleared_in_time_though_the_app_was_killed() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    journey::create(&window, "geo-lookup-test").await;
    journey::ten_seconds(&window).await;
    let secret = journey::copy(&desk, &window, "geo-lookup-test").await;
    window.kill().await;
    assert_eq!(desk.screen.paste().await, Some(secret), "the copy outlives the app");
    until("the clipboard is empty", async || desk.screen.paste().await.is_none().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_window_clears_the_clipboard() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    journey::create(&window, "geo-lookup-test").await;
    journey::copy(&desk, &window, "geo-lookup-test").await;
    window.close().await;
    assert_eq!(desk.screen.paste().await, None, "nothing is left when the app has ended");
}
