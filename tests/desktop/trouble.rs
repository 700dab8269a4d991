//! What goes wrong around the app, and that it says so and loses nothing.

use keystow_portal::Mode;

use crate::journey::{self, START};
use crate::support::{Desk, Keyring};

/// The app must not have gone on without a place for secrets.
fn assert_no_browser_opened(desk: &Desk) {
    assert!(!desk.part("opened").exists(), "no sign-in starts before the vault is proven");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_nothing_is_asked_of_the_portal() {
    let desk = Desk::set_up(Keyring::Absent).await;
    let window = desk.open().await;
    window.says("Keyring cannot be written").await;
    window.picture(&desk, "30-no-keyring").await;
    window.click("button", START).await;
    window.says("No keyring runs on this desktop.").await;
    window.says("nothing new is asked of the portal").await;
    window.picture(&desk, "31-no-keyring-started").await;
    assert_no_browser_opened(&desk);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_named_and_unlocking_it_helps() {
    let mut desk = Desk::set_up(Keyring::Locked).await;
    let window = desk.open().await;
    window.says("Keyring cannot be written").await;
    window.click("button", START).await;
    window.says("The sign-in did not work").await;
    let said = window.text().await;
    assert!(said.contains("The keyring is locked") || said.contains("password prompt was closed"), "{said}");
    window.picture(&desk, "32-locked-keyring").await;
    assert_no_browser_opened(&desk);
    desk.unlock_keyring().await;
    window.click("button", "Try again").await;
    desk.opened().await;
    window.shows("textbox", "Sign-in link").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_consent_is_said_and_can_be_given_after_all() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    window.says("Built-in portal runs").await;
    window.click("button", START).await;
    let browser = desk.browser().await;
    browser.visit(&desk.opened().await).await;
    browser.register().await;
    browser.answer("Deny").await;
    browser.says("Access was not given").await;
    browser.picture("33-denied-in-the-browser").await;
    window.says("The request was denied in the browser.").await;
    window.picture(&desk, "34-denied").await;
    window.click("button", "Try again").await;
    browser.visit(&desk.opened().await).await;
    browser.answer("Allow").await;
    window.shows("button", "New key").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_does_not_come_up_is_no_dead_end() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    desk.remove_browser();
    let window = desk.open().await;
    window.says("Built-in portal runs").await;
    window.click("button", START).await;
    window.shows("textbox", "Sign-in link").await;
    let link = window.value_of("textbox", "Sign-in link").await;
    window.click("button", "Copy link").await;
    let copied = desk.pasted(|text| text.starts_with("http://127.0.0.1:")).await;
    assert_eq!(copied, link, "the link can be taken to any browser");
    for wrong in ["http://127.0.0.1:1/callback?code=guessed&state=guessed", "http://127.0.0.1/"] {
        window.fill("textbox", "Paste the address from your browser", wrong).await;
        window.click("button", "Use it").await;
        window.says("This is not the address of this sign-in.").await;
    }
    window.fill("textbox", "Paste the address from your browser", "my password").await;
    window.click("button", "Use it").await;
    window.says("This is not the address the sign-in ends at.").await;
    window.picture(&desk, "35-wrong-address").await;
    let browser = desk.browser().await;
    browser.visit(&link).await;
    browser.register().await;
    browser.answer("Allow").await;
    window.shows("button", "New key").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_goes_away_leaves_the_list_and_the_copies() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let (portal, address) = journey::portal(&desk, Mode::Extended).await;
    let window = desk.open().await;
    journey::sign_in_at(&desk, &window, &desk.browser().await, &address).await;
    journey::create(&window, "checkout-web-staging").await;
    portal.stop().await.expect("the portal stops");
    window.click("button", "More actions for checkout-web-staging").await;
    window.click("menuitem", "Rotate…").await;
    window.picture(&desk, "36-portal-gone-in-the-wizard").await;
    window.click("button", "Close").await;
    let copied = journey::copy(&desk, &window, "checkout-web-staging").await;
    assert!(copied.starts_with("kst_"), "a copy needs no portal");
    journey::ask_for_key(&window, "made-while-away").await;
    window.says("The portal does not answer.").await;
    window.picture(&desk, "37-portal-gone").await;
}

/// The portal does not repeat its answers, and the app dies with the only one in its hand.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_secret_is_told_with_what_still_works_and_what_to_do() {
    const KEY: &str = "ledger-sync-prod";
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let (_portal, address) = journey::portal(&desk, Mode::Plain).await;
    let window = desk.open().await;
    journey::sign_in_at(&desk, &window, &desk.browser().await, &address).await;
    window.click("button", "New key").await;
    window.fill("textbox", "Name", KEY).await;
    // This portal does not tell which scopes there are.
    window.fill("textbox", "Scopes", "read").await;
    window.click("button", "Create key").await;
    window.shows("heading", "Stowed").await;
    window.close().await;
    let window = desk.open_with(&[("KEYSTOW_DIE_AT", "answered")]).await;
    journey::rotate(&window, KEY).await;
    window.dies().await;
    let window = desk.open().await;
    window.says(&format!("The portal rotated “{KEY}”, but its answer never reached this computer.")).await;
    window.says("Nobody has the new secret.").await;
    window.picture(&desk, "38-lost").await;
    let row = window.text_of("row", KEY).await;
    assert!(row.contains("No secret here"), "nothing claims to copy the secret that nobody has: {row}");
}
