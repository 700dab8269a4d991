//! The whole main job, from the first start to the end of a key.

use fantoccini::key::Key;

use crate::journey::{self, Road, START, copy};
use crate::support::gateway::{Gateway, MISSING, THERE};
use crate::support::{Desk, Keyring, Window, until};

/// How long the built-in portal accepts an old secret here, in seconds.
const GRACE: &str = "25";
const KEY: &str = "payments-api-test";

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open_with(&[("KEYSTOW_PORTAL_GRACE_SECONDS", GRACE)]).await;
    let gateway = first_run(&desk, &window).await;
    let first = a_key_is_made_and_used(&desk, &window, &gateway).await;
    the_clipboard_is_cleared(&desk, &window).await;
    let (window, second) = the_secret_is_rotated(&desk, window, &gateway, &first).await;
    usage_shows_exactly_the_calls(&desk, &window).await;
    the_key_is_revoked(&desk, &window, &gateway, &second).await;
}

async fn first_run(desk: &Desk, window: &Window) -> Gateway {
    window.shows("button", START).await;
    window.says("Keyring can be written").await;
    window.says("Clipboard history is kept out").await;
    window.says("Built-in portal runs").await;
    window.picture(desk, "01-first-run").await;
    window.click("button", START).await;
    let link = desk.opened().await;
    window.shows("textbox", "Sign-in link").await;
    window.picture(desk, "02-waiting-for-the-browser").await;
    let browser = desk.browser().await;
    browser.visit(&link).await;
    browser.register().await;
    browser.picture("03-consent").await;
    browser.answer("Allow").await;
    browser.says("You can close this page").await;
    browser.picture("04-signed-in").await;
    window.shows("button", "New key").await;
    window.says("No keys yet").await;
    window.picture(desk, "05-no-keys").await;
    Gateway::of(&link)
}

/// Five calls that are answered and two that ask for something that is not there.
async fn a_key_is_made_and_used(desk: &Desk, window: &Window, gateway: &Gateway) -> String {
    journey::ask_for_key(window, KEY).await;
    window.shows("heading", "Stowed").await;
    window.picture(desk, "06-stowed").await;
    window.click("button", "Done").await;
    window.shows("row", KEY).await;
    journey::ten_seconds(window).await;
    let secret = copy(desk, window, KEY).await;
    let hint = desk.screen.target("x-kde-passwordManagerHint").await;
    assert_eq!(hint.as_deref(), Some("secret"), "clipboard managers are asked to keep out of it");
    window.picture(desk, "07-copied").await;
    for _ in 0..5 {
        assert_eq!(gateway.call(&secret, THERE).await, 200, "the copied secret is accepted");
    }
    for _ in 0..2 {
        assert_eq!(gateway.call(&secret, MISSING).await, 404);
    }
    secret
}

async fn the_clipboard_is_cleared(desk: &Desk, window: &Window) {
    let before = seconds_left(window).await;
    until("the countdown goes on", async || seconds_left(window).await.filter(|now| Some(*now) < before))
        .await;
    window.says("Cleared and verified").await;
    assert_eq!(desk.screen.paste().await, None, "nothing can be pasted any more");
    window.picture(desk, "08-cleared").await;
}

/// The seconds that the window shows beside what is on the clipboard.
async fn seconds_left(window: &Window) -> Option<u32> {
    let text = window.text().await;
    text.split("Clears in ").nth(1)?.split(' ').next()?.parse().ok()
}

/// Five calls with the two secrets that are answered, one with the old secret that is not.
async fn the_secret_is_rotated(
    desk: &Desk,
    window: Window,
    gateway: &Gateway,
    first: &str,
) -> (Window, String) {
    journey::prepare(&window, KEY, Road::InPlace).await;
    window.picture(desk, "09-before-rotation").await;
    window.click("button", "Rotate now").await;
    window.click("button", "Copy new secret").await;
    let second = journey::pasted_secret(desk).await;
    assert!(second != first, "the rotation gives a new secret");
    for secret in [&second, first, &second] {
        assert_eq!(gateway.call(secret, THERE).await, 200, "both secrets are accepted during grace");
    }
    window.shows("list", "Evidence").await;
    window.picture(desk, "10-rotated").await;
    window.click("button", "Close").await;
    window.shows("timer", &format!("Old secret of {KEY}")).await;
    window.picture(desk, "11-two-lanes").await;
    window.close().await;
    let window = desk.open_with(&[("KEYSTOW_PORTAL_GRACE_SECONDS", GRACE)]).await;
    window.shows("timer", &format!("Old secret of {KEY}")).await;
    gateway.listens().await;
    assert_eq!(gateway.call(first, THERE).await, 200, "the portal kept its word over the restart");
    window.loses("timer", &format!("Old secret of {KEY}")).await;
    assert_eq!(gateway.call(first, THERE).await, 401, "the old secret is refused after its end");
    assert_eq!(gateway.call(&second, THERE).await, 200, "the new one is accepted");
    (window, second)
}

async fn usage_shows_exactly_the_calls(desk: &Desk, window: &Window) {
    journey::choose(window, KEY, "Usage").await;
    window.shows("region", &format!("Usage of {KEY}")).await;
    let sums = window.sums("Usage data").await;
    let counted = ["Requests", "Success", "4xx", "5xx", "429"].map(|head| sums.get(head).copied());
    assert_eq!(counted, [13, 10, 3, 0, 0].map(Some), "the calls of this story and no others: {sums:?}");
    window.picture(desk, "12-usage").await;
    window.click("link", "Settings").await;
    window.picture(desk, "13-settings").await;
    window.click("radio", "Dark").await;
    window.picture(desk, "14-settings-dark").await;
    window.click("link", "Keys").await;
    journey::choose(window, KEY, "Usage").await;
    window.shows("table", "Usage data").await;
    window.picture(desk, "15-usage-dark").await;
}

async fn the_key_is_revoked(desk: &Desk, window: &Window, gateway: &Gateway, secret: &str) {
    window.click("link", "Keys").await;
    window.shows("row", KEY).await;
    window.picture(desk, "16-keys-dark").await;
    journey::choose(window, KEY, "Revoke…").await;
    window.shows("dialog", &format!("Revoke {KEY}")).await;
    window.click_anyway("button", "Revoke key").await;
    window.shows("dialog", &format!("Revoke {KEY}")).await;
    assert_eq!(gateway.call(secret, THERE).await, 200, "nothing is revoked before the name is typed");
    window.fill("textbox", "Type the key's name", KEY).await;
    window.picture(desk, "17-revoke-dark").await;
    window.click("button", "Revoke key").await;
    window.says("Revoked").await;
    assert_eq!(gateway.call(secret, THERE).await, 401, "a revoked key is refused");
    window.picture(desk, "18-revoked-dark").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_alone_finds_and_copies_a_secret() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    journey::create(&window, "auth-gateway-dev").await;
    journey::create(&window, "geo-lookup-dev").await;
    window.press("/").await;
    window.press("lookup").await;
    window.loses("row", "auth-gateway-dev").await;
    window.press(&Key::Down.to_string()).await;
    window.press("c").await;
    desk.pasted(|text| text.starts_with("kst_")).await;
    let told = window.text_of("status", "Clipboard").await;
    assert!(told.contains("Secret of geo-lookup-dev copied"), "a screen reader is told: {told}");
    window.press("r").await;
    window.shows("dialog", "Rotate geo-lookup-dev").await;
    window.press(&Key::Escape.to_string()).await;
    window.loses("dialog", "Rotate geo-lookup-dev").await;
    window.press("n").await;
    window.shows("dialog", "New key").await;
}
