//! The vault under a passphrase, which is typed into the app's own dialog and never into its page.

use crate::journey;
use crate::support::manager::Manager;
use crate::support::needles::Needles;
use crate::support::{Desk, Keyring, Window, scan};

const KEY: &str = "geo-lookup-test";
// No words: those stand in dictionaries that a webview has in its memory.
const FIRST: &str = "zq7x vb2n kj9h wp4l";
const SECOND: &str = "gt5r mx8d qy3f bk6s";
const WRONG: &str = "zq7x vb2n kj9h wp4m";

/// Copies the secret of the key, and puts everything away that was said of it.
async fn copied(desk: &Desk, window: &Window) -> String {
    let secret = journey::copy(desk, window, KEY).await;
    window.click("button", "Clear now").await;
    window.loses("button", "Clear now").await;
    if window.has("button", "Dismiss").await {
        window.click("button", "Dismiss").await;
    }
    window.loses("button", "Dismiss").await;
    secret
}

/// Closes the window as its frame does, and waits until the app has ended.
async fn quit(manager: &Manager, window: Window) {
    manager.shows("Keystow").await;
    manager.press("alt+F4").await;
    window.dies().await;
}

/// Presses a button of the settings with the keyboard: WebKit's driver cannot click where a page has scrolled.
async fn press(window: &Window, name: &str) {
    window.type_into("button", name, "\u{e007}").await;
}

/// Types a new passphrase into the dialog, twice.
async fn choose(desk: &Desk, manager: &Manager, passphrase: &str, picture: &str) {
    manager.shows("Choose a passphrase").await;
    desk.screen.picture(picture).await;
    for end in ["Tab", "Return"] {
        manager.types(passphrase).await;
        manager.press(end).await;
    }
}

/// Types into the dialog of this title.
async fn answer(manager: &Manager, title: &str, passphrase: &str) {
    manager.shows(title).await;
    manager.types(passphrase).await;
    manager.press("Return").await;
}

/// Fails if a passphrase is in the page, in the app, in its files or in what it said.
fn nowhere(desk: &Desk, window: &Window) {
    for typed in [FIRST, SECOND] {
        let needles = Needles::of(typed, 0);
        let mut processes = window.webviews();
        assert!(processes.len() >= 2, "there are a process for the page and one for the network");
        processes.push(window.app.id);
        let found: scan::Places =
            processes.into_iter().filter_map(|id| scan::memory(id, &needles)).flatten().collect();
        assert!(found.is_empty(), "“{typed}” is in memory: {found:#?}");
        for part in ["data", "logs", "run", "tmp"] {
            let files = scan::files(&desk.part(part), &needles);
            assert!(files.is_empty(), "a file or a log holds “{typed}”: {files:#?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_under_a_passphrase_is_opened_changed_and_given_back_in_the_apps_own_dialog() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let manager = Manager::start(&desk).await;
    let window = desk.open().await;
    journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    let secret = copied(&desk, &window).await;
    window.click("link", "Settings").await;
    window.says("The keyring of this desktop.").await;
    window.picture(&desk, "66-opened-by-the-keyring").await;
    press(&window, "Use a passphrase…").await;
    choose(&desk, &manager, FIRST, "67-choose-a-passphrase").await;
    window.says("Your passphrase alone.").await;
    window.picture(&desk, "68-opened-by-a-passphrase").await;
    quit(&manager, window).await;

    let window = desk.open().await;
    window.shows("heading", "Keystow is locked").await;
    window.says("Keystow was started. Your passphrase opens it.").await;
    assert!(!window.has("row", KEY).await, "no key is shown before it is opened");
    assert!(manager.titled("Unlock Keystow").is_none(), "nobody is asked before they want to open it");
    for (width, name) in [(900, "69-started-locked-900"), (1440, "69-started-locked-1440")] {
        window.resize(width, 880).await;
        window.picture(&desk, name).await;
    }
    window.click("button", "Unlock with passphrase…").await;
    manager.shows("Unlock Keystow").await;
    desk.screen.picture("70-unlock-with-passphrase").await;
    answer(&manager, "Unlock Keystow", WRONG).await;
    window.says("This passphrase does not open the vault.").await;
    window.picture(&desk, "71-wrong-passphrase").await;
    window.click("button", "Unlock with passphrase…").await;
    manager.shows("Unlock Keystow").await;
    manager.press("Escape").await;
    window.shows("button", "Unlock with passphrase…").await;
    window.click("button", "Unlock with passphrase…").await;
    answer(&manager, "Unlock Keystow", FIRST).await;
    window.shows("row", KEY).await;
    assert_eq!(copied(&desk, &window).await, secret, "it gives the same secret");

    window.click("link", "Settings").await;
    press(&window, "Change passphrase…").await;
    answer(&manager, "Your passphrase", FIRST).await;
    choose(&desk, &manager, SECOND, "72-another-passphrase").await;
    window.says("The passphrase was changed.").await;
    window.click("button", "Lock now").await;
    window.click("button", "Unlock with passphrase…").await;
    answer(&manager, "Unlock Keystow", SECOND).await;
    window.shows("button", "Use the keyring again…").await;
    nowhere(&desk, &window);

    press(&window, "Use the keyring again…").await;
    answer(&manager, "Your passphrase", SECOND).await;
    window.says("The keyring of this desktop.").await;
    window.click("button", "Lock now").await;
    window.click("button", "Unlock").await;
    window.click("link", "Keys").await;
    assert_eq!(copied(&desk, &window).await, secret, "the keyring opens it again");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_a_passphrase_is_the_way_forward() {
    let desk = Desk::set_up(Keyring::Absent).await;
    let manager = Manager::start(&desk).await;
    let window = desk.open().await;
    window.says("Keyring cannot be written").await;
    window.picture(&desk, "73-no-keyring").await;
    window.click("button", "Use a passphrase instead…").await;
    choose(&desk, &manager, FIRST, "74-instead-of-a-keyring").await;
    window.says("Keyring can be written").await;
    journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    let secret = copied(&desk, &window).await;
    quit(&manager, window).await;
    let window = desk.open().await;
    window.click("button", "Unlock with passphrase…").await;
    answer(&manager, "Unlock Keystow", FIRST).await;
    window.shows("row", KEY).await;
    assert_eq!(copied(&desk, &window).await, secret);
}
