//! The stretches of way that several stories share.

use std::sync::Arc;

use fantoccini::key::Key;
use keystow_portal::{Config, Mode, Origin, Running, SystemClock};

use crate::support::browser::Browser;
use crate::support::gateway::Gateway;
use crate::support::{Desk, Window};

/// The button of the first screen that starts the built-in portal.
pub(crate) const START: &str = "Start with the built-in portal";

/// Starts a sign-in from the first screen, makes an account in the browser, and comes to the keys.
pub(crate) async fn sign_in(desk: &Desk, window: &Window, browser: &Browser) -> Gateway {
    window.says("Built-in portal runs").await;
    window.click("button", START).await;
    let link = desk.opened().await;
    browser.visit(&link).await;
    browser.register().await;
    browser.answer("Allow").await;
    window.shows("button", "New key").await;
    Gateway::of(&link)
}

/// Starts a portal beside the app, as another computer would run one.
pub(crate) async fn portal(desk: &Desk, mode: Mode) -> (Running, String) {
    portal_with(desk, mode, |_| {}).await
}

/// The same, set up as the test likes.
pub(crate) async fn portal_with(
    desk: &Desk,
    mode: Mode,
    set_up: impl FnOnce(&mut Config),
) -> (Running, String) {
    let mut config = Config::new(desk.part("portal"));
    (config.origin, config.mode) = (Origin::Kept, mode);
    set_up(&mut config);
    let running = keystow_portal::start(config, Arc::new(SystemClock::new())).await;
    let running = running.expect("a portal starts");
    let address = running.base_url().to_owned();
    (running, address)
}

/// Starts a portal with sample data beside the app, and signs in to its sample account: keys in every state.
pub(crate) async fn sample_account(desk: &Desk, window: &Window, browser: &Browser) -> Running {
    let mut config = Config::new(desk.part("portal"));
    (config.origin, config.demo) = (Origin::Kept, true);
    let running = keystow_portal::start(config, Arc::new(SystemClock::new())).await;
    let running = running.expect("a portal starts");
    connect(window, running.base_url()).await;
    browser.visit(&desk.opened().await).await;
    browser.sign_in_as("demo@keystow.example", "keystow-demo").await;
    browser.answer("Allow").await;
    window.shows("button", "New key").await;
    running
}

/// Signs in at a portal that is not the built-in one, with a new account there.
pub(crate) async fn sign_in_at(desk: &Desk, window: &Window, browser: &Browser, address: &str) {
    connect(window, address).await;
    browser.visit(&desk.opened().await).await;
    browser.register().await;
    browser.answer("Allow").await;
    window.shows("button", "New key").await;
}

/// Starts a sign-in at a portal that is not the built-in one.
pub(crate) async fn connect(window: &Window, address: &str) {
    window.click("button", "Connect a portal").await;
    window.shows("dialog", "Connect a portal").await;
    window.fill("textbox", "Portal address", address).await;
    window.fill("textbox", "Client id", "keystow-desktop").await;
    window.click("button", "Sign in").await;
}

/// Makes a key and leaves the dialog.
pub(crate) async fn create(window: &Window, name: &str) {
    ask_for_key(window, name).await;
    window.shows("heading", "Stowed").await;
    window.click("button", "Done").await;
    window.shows("row", name).await;
}

/// Fills the form of a new key in and sends it.
pub(crate) async fn ask_for_key(window: &Window, name: &str) {
    window.click("button", "New key").await;
    window.shows("dialog", "New key").await;
    window.fill("textbox", "Name", name).await;
    // What the portal offers arrives a moment after the window.
    window.shows("checkbox", "read").await;
    if !window.is_chosen("checkbox", "read").await {
        window.click("checkbox", "read").await;
    }
    window.click("button", "Create key").await;
}

/// Copies the secret of a key with the button of its row, and pastes it in another program.
pub(crate) async fn copy(desk: &Desk, window: &Window, name: &str) -> String {
    // Something of the person's own, so that it cannot be what was copied before.
    desk.screen.copy("a shopping list").await;
    window.click("button", &format!("Copy secret of {name}")).await;
    pasted_secret(desk).await
}

/// Waits until a secret can be pasted.
pub(crate) async fn pasted_secret(desk: &Desk) -> String {
    desk.pasted(|text| text.starts_with("kst_")).await
}

/// Chooses something from the menu of a key's row.
pub(crate) async fn choose(window: &Window, name: &str, item: &str) {
    open_menu(window, &format!("More actions for {name}"), item).await;
}

/// Chooses something from the menu behind a button.
pub(crate) async fn open_menu(window: &Window, button: &str, item: &str) {
    window.click("button", button).await;
    window.click("menuitem", item).await;
}

/// Rotates a key as planned and in place, up to the portal's answer.
pub(crate) async fn rotate(window: &Window, name: &str) {
    prepare(window, name, Road::InPlace).await;
    window.click("button", "Rotate now").await;
}

/// The roads of a rotation.
#[derive(Clone, Copy)]
pub(crate) enum Road {
    /// Planned: the same key gets a new secret.
    InPlace,
    /// Planned: a second key is made.
    SideBySide,
    /// Leaked, while the service must stay up: the same key gets a new secret.
    Leaked,
}

/// Opens the rotation of a key and makes its choices.
pub(crate) async fn prepare(window: &Window, name: &str, road: Road) {
    choose(window, name, "Rotate…").await;
    window.shows("dialog", &format!("Rotate {name}")).await;
    match road {
        Road::Leaked => {
            window.click("radio", "Leaked").await;
            window.click("radio", "The service must stay up").await;
        }
        Road::InPlace | Road::SideBySide => window.click("radio", "Planned").await,
    }
    let way = if matches!(road, Road::SideBySide) { "Side by side" } else { "In place" };
    window.click("radio", way).await;
    window.says("5 of 5 passed").await;
}

/// Sets the shortest time that a copied secret may stay.
pub(crate) async fn ten_seconds(window: &Window) {
    window.click("link", "Settings").await;
    let first = Key::Home.to_string();
    window.type_into("slider", "A copied secret is cleared after", &first).await;
    window.says("10 seconds").await;
    window.click("link", "Keys").await;
}
