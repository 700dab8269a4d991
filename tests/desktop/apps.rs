//! A developer's app asks for a product, an administrator approves it in an app of their own, and the key works.

use keystow_portal::Mode;

use crate::journey;
use crate::support::browser::Browser;
use crate::support::gateway::{Gateway, THERE};
use crate::support::{Desk, Keyring, Window};

const APP: &str = "Harbour shop";
const KEY: &str = "harbour-shop-prod";
const WHY: &str = "Three partners start in March.";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_developer_asks_for_is_approved_in_another_app_told_and_works() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let browser = desk.browser().await;
    let (_running, address) = journey::portal(&desk, Mode::Extended).await;
    let (admin, developer) = two_people(&desk, &browser, &address).await;
    ask(&desk, &developer).await;

    admin.click("link", "Apps").await;
    admin.click("button", "Ask the portal again").await;
    admin.click("button", "Approvals").await;
    admin.says("lee@example.com").await;
    admin.says(WHY).await;
    admin.click("button", &format!("Approve Partner access for {APP}")).await;
    admin.says("is approved. The developer is told.").await;
    admin.says("Nothing waits for you").await;

    developer.click("link", "Apps").await;
    developer.click("button", "Ask the portal again").await;
    developer.says(&format!("“Partner access” was approved for the app “{APP}”.")).await;
    developer.picture(&desk, "72-a-decision-is-told").await;
    developer.click("button", &format!("Open {APP}")).await;
    developer.says("Approved").await;
    developer.click("button", "New key").await;
    developer.shows("dialog", "New key").await;
    developer.fill("textbox", "Name", KEY).await;
    developer.click("button", "Create key").await;
    developer.shows("heading", "Stowed").await;
    desk.screen.copy("a shopping list").await;
    developer.click("button", "Copy secret").await;
    let secret = journey::pasted_secret(&desk).await;
    let gateway = Gateway::of(&address);
    assert_eq!(gateway.call(&secret, THERE).await, 200);
    developer.click("button", "Done").await;
    developer.shows("listitem", KEY).await;
    developer.picture(&desk, "73-an-app").await;

    developer.click("button", "Delete…").await;
    developer.shows("list", "1 key is refused at once:").await;
    developer.picture(&desk, "74-delete-an-app").await;
    developer.fill("textbox", "Type the app's name", APP).await;
    developer.click("button", "Delete app").await;
    developer.says("No apps yet").await;
    assert_eq!(gateway.call(&secret, THERE).await, 401, "its key died with it");
}

/// Two apps at one portal, each with its own folder: an administrator's and a developer's.
async fn two_people(desk: &Desk, browser: &Browser, address: &str) -> (Window, Window) {
    // The first account of a portal is its administrator.
    let admin = desk.open().await;
    journey::sign_in_at(desk, &admin, browser, address).await;
    let developer = second_person(desk, browser, address).await;
    (admin, developer)
}

/// An app beside the first one, with a folder of its own, in which a developer signs in.
pub(crate) async fn second_person(desk: &Desk, browser: &Browser, address: &str) -> Window {
    browser.forget().await;
    let folder = desk.part("home").join("developer");
    std::fs::create_dir(&folder).expect("a second data folder can be made");
    let folder = folder.to_string_lossy().into_owned();
    let developer = desk.open_with(&[("KEYSTOW_DATA_DIR", folder.as_str())]).await;
    journey::connect(&developer, address).await;
    browser.visit(&desk.opened().await).await;
    browser.register_as("lee@example.com").await;
    browser.answer("Allow").await;
    developer.shows("button", "New key").await;
    developer
}

/// Makes an app that asks for a product which an administrator must approve.
async fn ask(desk: &Desk, developer: &Window) {
    developer.click("link", "Apps").await;
    developer.says("No apps yet").await;
    developer.picture(desk, "70-no-apps").await;
    developer.click("button", "New app").await;
    developer.shows("dialog", "New app").await;
    developer.fill("textbox", "Name", APP).await;
    developer.click("checkbox", "Partner access").await;
    developer.click("button", "Create app").await;
    developer.says("An administrator must approve this and wants to know what it is for.").await;
    developer.fill("textbox", "What do you need Partner access for?", WHY).await;
    developer.picture(desk, "71-a-new-app").await;
    developer.click("button", "Create app").await;
    developer.shows("heading", APP).await;
    developer.says("Pending").await;
}
