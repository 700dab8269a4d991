//! A bound on the usage of a key: set in the window, crossed at the portal, told, and put away.

use fantoccini::key::Key;

use crate::journey;
use crate::support::gateway::{MISSING, THERE};
use crate::support::{Desk, Keyring};

const KEY: &str = "geo-lookup-test";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_calls_fail_is_told_with_the_figure_and_leads_to_its_usage() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let gateway = journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    let secret = journey::copy(&desk, &window, KEY).await;
    for _ in 0..18 {
        assert_eq!(gateway.call(&secret, THERE).await, 200);
    }
    for _ in 0..6 {
        assert_eq!(gateway.call(&secret, MISSING).await, 404);
    }
    journey::choose(&window, KEY, "Usage").await;
    window.says("Too few days are known for a forecast").await;
    window.says("Quota, tier Standard").await;
    window.picture(&desk, "63-a-quota-without-a-forecast").await;
    window.click("button", &format!("Alerts for {KEY}")).await;
    let dialog = format!("Alerts for {KEY}");
    window.says("now 25% of 24 calls").await;
    window.says("called within the last hour").await;
    window.click("checkbox", "Errors").await;
    window.fill("textbox", "Errors: told from", "0").await;
    window.click("button", "Save alerts").await;
    window.says("A whole number from 1 to 100.").await;
    window.fill("textbox", "Errors: told from", "20").await;
    window.picture(&desk, "64-alerts").await;
    window.click("button", "Save alerts").await;
    window.loses("dialog", &dialog).await;
    window.says(&format!("25 % of the last calls of “{KEY}” were answered with an error.")).await;
    window.picture(&desk, "65-an-alert-is-told").await;
    window.click("link", "Keys").await;
    window.click("button", "Show usage").await;
    window.shows("region", &format!("Usage of {KEY}")).await;
    window.click("button", &format!("Alerts for {KEY}")).await;
    window.says("told since").await;
    window.press(&Key::Escape.to_string()).await;
    window.loses("dialog", &dialog).await;
}
