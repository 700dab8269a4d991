//! A secret that this computer does not have yet, taken from the clipboard.

use std::fs;

use keystow_portal::Mode;

use crate::support::browser::Browser;
use crate::support::manager::Manager;
use crate::support::{Desk, Keyring, Window};
use crate::{journey, terminal};

const KEY: &str = "invoices-prod";

/// A key whose secret another computer has, and the window on this one, which has none.
async fn second_computer(desk: &Desk, browser: &Browser, address: &str) -> (Window, String) {
    let window = desk.open().await;
    journey::sign_in_at(desk, &window, browser, address).await;
    journey::create(&window, KEY).await;
    let secret = journey::copy(desk, &window, KEY).await;
    window.close().await;
    // Another computer: nothing of the first one's data is there.
    fs::remove_dir_all(desk.part("data")).expect("the app's data can be removed");
    fs::create_dir(desk.part("data")).expect("a folder can be made");
    let window = desk.open().await;
    journey::connect(&window, address).await;
    browser.visit(&desk.opened().await).await;
    browser.sign_in().await;
    browser.answer("Allow").await;
    window.shows("row", KEY).await;
    window.says("No secret here").await;
    (window, secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_from_elsewhere_is_taken_from_the_clipboard_and_cleared_there() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let (_portal, address) = journey::portal(&desk, Mode::Extended).await;
    let browser = desk.browser().await;
    let (window, secret) = second_computer(&desk, &browser, &address).await;
    window.click("button", &format!("Copy secret of {KEY}")).await;
    window.shows("dialog", &format!("The secret of {KEY} is not on this device")).await;
    desk.screen.copy("a shopping list").await;
    window.click("button", "Import").await;
    window.says("Nothing on the clipboard looks like the secret of this key.").await;
    window.picture(&desk, "77-not-the-secret").await;
    assert_eq!(desk.screen.paste().await.as_deref(), Some("a shopping list"), "it is left alone");
    desk.screen.copy(&format!("INVOICES_KEY='{secret}'\n")).await;
    window.click("button", "Import").await;
    window.says("The portal accepts it. The clipboard is cleared.").await;
    assert_eq!(desk.screen.paste().await, None);
    window.picture(&desk, "78-imported").await;
    assert_eq!(journey::copy(&desk, &window, KEY).await, secret);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_taken_from_a_file_that_is_chosen_in_the_desktops_own_dialog() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let (_portal, address) = journey::portal(&desk, Mode::Extended).await;
    let browser = desk.browser().await;
    let (window, secret) = second_computer(&desk, &browser, &address).await;
    let manager = Manager::start(&desk).await;
    manager.press_on("Keystow").await;
    let file = desk.folder().join(".env");
    // It begins and ends as the secret does.
    let other = if &secret[12..13] == "A" { "B" } else { "A" };
    let forged = format!("{}{other}{}", &secret[..12], &secret[13..]);
    let text = format!("# the shop\nOLD_KEY={forged}\nINVOICES_KEY='{secret}'\n");
    fs::write(&file, &text).expect("a file can be written");
    window.click("button", &format!("Copy secret of {KEY}")).await;
    window.picture(&desk, "79-ways-to-a-secret").await;
    let title = format!("Choose the file with the secret of {KEY}");
    window.click("button", "Choose a file…").await;
    manager.shows(&title).await;
    manager.press("Escape").await;
    manager.is_back_in(&title, "Keystow").await;
    window.click("button", "Choose a file…").await;
    manager.shows(&title).await;
    desk.screen.picture("79-a-file-is-chosen").await;
    manager.types(&file.display().to_string()).await;
    manager.press("Return").await;
    window.says("look like it. Which one is it?").await;
    window.picture(&desk, "79-which-variable").await;
    window.click("button", "INVOICES_KEY").await;
    window.says("The portal accepts it. It still stands in").await;
    assert_eq!(fs::read_to_string(&file).expect("the file is there"), text, "it is left as it was");
    assert_eq!(journey::copy(&desk, &window, KEY).await, secret);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lets_the_app_take_it_from_the_clipboard() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let (_portal, address) = journey::portal(&desk, Mode::Extended).await;
    let browser = desk.browser().await;
    let (window, secret) = second_computer(&desk, &browser, &address).await;
    desk.screen.copy(&format!("INVOICES_KEY='{secret}'\n")).await;
    let (code, said) = terminal::keystow(&desk, &["import", KEY, "--from-clipboard"]);
    let expected =
        format!("The secret of “{KEY}” is on this device. The portal accepts it. The clipboard is cleared.");
    assert_eq!((code, said), (Some(0), expected));
    assert_eq!(desk.screen.paste().await, None);
    assert_eq!(journey::copy(&desk, &window, KEY).await, secret, "the window has it at once");
}
