//! The picker, from the key on the keyboard to the secret in another program.

use std::process::Stdio;

use fantoccini::Locator;
use fantoccini::wd::WindowHandle;
use serde_json::json;

use crate::journey;
use crate::support::manager::Manager;
use crate::support::{Desk, Keyring, Window, until};

const PICKER: &str = "Keystow picker";
const KEY: &str = "ctrl+alt+k";

#[tokio::test(flavor = "multi_thread")]
async fn three_presses_bring_a_pinned_secret_into_another_program() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let manager = Manager::start(&desk).await;
    let window = desk.open().await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    journey::create(&window, "geo-lookup-dev").await;
    journey::create(&window, "auth-gateway-dev").await;
    journey::choose(&window, "geo-lookup-dev", "Pin in the picker").await;
    let expected = journey::copy(&desk, &window, "geo-lookup-dev").await;
    window.click("button", "Clear now").await;
    manager.press_on_work().await;

    // The key, and a digit: the first slot is the pinned key's.
    manager.press(KEY).await;
    manager.shows(PICKER).await;
    manager.press("1").await;
    assert_eq!(
        journey::pasted_secret(&desk).await,
        expected,
        "the secret of the pinned key, and of no other"
    );
    manager.is_back(PICKER).await;

    // The window is warm now: the key, a few letters, Enter.
    desk.screen.copy("a shopping list").await;
    manager.press(KEY).await;
    manager.shows(PICKER).await;
    manager.types("auth").await;
    manager.press("Return").await;
    let other = journey::pasted_secret(&desk).await;
    assert_ne!(other, expected, "what was typed chooses the key");
    manager.is_back(PICKER).await;

    manager.press(KEY).await;
    manager.shows(PICKER).await;
    manager.press("Escape").await;
    manager.is_back(PICKER).await;

    // The key puts it away as well.
    manager.press(KEY).await;
    manager.shows(PICKER).await;
    manager.press(KEY).await;
    manager.is_back(PICKER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_another_program_has_is_told_and_another_one_can_be_chosen() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let manager = Manager::start(&desk).await;
    manager.take_key('k');
    let window = desk.open().await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    window.says("Another program has the key Ctrl+Alt+K").await;
    window.click("link", "Settings").await;
    window.says("Another program has this key.").await;
    window.picture(&desk, "43-hotkey-taken").await;
    window.click("button", "Change").await;
    manager.press("ctrl+alt+j").await;
    window.says("Press it, type a few letters, press Enter").await;
    window.picture(&desk, "44-hotkey-chosen").await;
    manager.press_on_work().await;
    manager.press("ctrl+alt+j").await;
    manager.shows(PICKER).await;
    manager.press("Escape").await;
    manager.is_back(PICKER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picker_is_refused_everything_but_its_own_commands() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let manager = Manager::start(&desk).await;
    let window = desk.open().await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    journey::create(&window, "geo-lookup-dev").await;
    let main = window.client.window().await.expect("the driver knows its window");
    manager.press(KEY).await;
    manager.shows(PICKER).await;
    go_to_picker(&window, &main).await;
    for command in
        ["rotation|rotate", "keys|revoke", "keys|create", "accounts|unlock", "keystow|save_settings"]
    {
        let refused = ask(&window.client, command).await;
        assert!(refused.contains("not allowed"), "{command}: {refused}");
    }
    let own = ask(&window.client, "picker|look").await;
    assert!(own.contains("geo-lookup-dev"), "what it may ask is answered: {own}");
    window.picture(&desk, "40-picker").await;
    manager.types("gl").await;
    until("what was typed is marked", async || window.client.find(Locator::Css("mark")).await.ok()).await;
    window.drawn().await;
    desk.screen.picture("41-picker-found").await;
}

/// Lets the driver look at the picker, and not at the main window.
async fn go_to_picker(window: &Window, main: &WindowHandle) {
    let picker = until("the driver sees the picker", async || {
        let all = window.client.windows().await.ok()?;
        all.into_iter().find(|handle| handle != main)
    })
    .await;
    window.client.switch_to_window(picker).await.expect("the driver goes to the picker");
}

/// Calls a command as the page could, and tells what came of it.
async fn ask(client: &fantoccini::Client, command: &str) -> String {
    const ASK: &str = "const done = arguments[arguments.length - 1];
        window.__TAURI_INTERNALS__.invoke(`plugin:${arguments[0]}`, {})
          .then((answer) => done(JSON.stringify(answer)), (error) => done(`refused: ${JSON.stringify(error)}`));";
    let answer = client.execute_async(ASK, vec![json!(command)]).await.expect("the page runs a script");
    answer.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn tab_opens_the_forms_of_a_key_and_the_one_of_the_last_time_stands_first() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let manager = Manager::start(&desk).await;
    let window = desk.open().await;
    let browser = desk.browser().await;
    journey::sign_in(&desk, &window, &browser).await;
    journey::create(&window, "geo-lookup-dev").await;
    let secret = journey::copy(&desk, &window, "geo-lookup-dev").await;
    window.click("button", "Clear now").await;
    let main = window.client.window().await.expect("the driver knows its window");
    manager.press_on_work().await;

    // The page is not there yet when these keys are pressed, and nothing of them is lost.
    manager.press(KEY).await;
    manager.shows(PICKER).await;
    manager.press("Tab").await;
    manager.types("exp").await;
    manager.press("Return").await;
    let line = desk.pasted(|text| text.starts_with("export ")).await;
    assert_eq!(line, format!("export GEO_LOOKUP_DEV_KEY='{secret}'"));
    manager.is_back(PICKER).await;

    // The next time it stands first: the key, an arrow, a digit.
    desk.screen.copy("a shopping list").await;
    manager.press(KEY).await;
    manager.shows(PICKER).await;
    go_to_picker(&window, &main).await;
    manager.press("Right").await;
    window.says("last time").await;
    assert!(!window.text().await.contains(&secret[8..16]), "what is shown is the mask");
    window.picture(&desk, "45-picker-forms").await;
    manager.press("1").await;
    desk.pasted(|text| text == line).await;
    manager.is_back(PICKER).await;

    // Esc leads back to the keys first.
    manager.press(KEY).await;
    manager.shows(PICKER).await;
    manager.press("Tab").await;
    window.says("last time").await;
    manager.press("Escape").await;
    window.says("Copied lately").await;
    manager.press("Escape").await;
    manager.is_back(PICKER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_opens_the_picker_of_the_first() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let manager = Manager::start(&desk).await;
    let window = desk.open().await;
    window.says("Built-in portal runs").await;
    let main = window.client.window().await.expect("the driver knows its window");
    let mut second = desk.command(env!("CARGO_BIN_EXE_keystow-desktop"));
    second.arg("--pick").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let ended = tokio::process::Command::from(second).status().await.expect("the app starts twice");
    assert!(ended.success(), "the second start hands over and ends");
    manager.shows(PICKER).await;
    go_to_picker(&window, &main).await;
    window.says("No keys yet").await;
    window.picture(&desk, "42-picker-empty").await;
}
