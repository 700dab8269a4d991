//! Screens that no story comes by, so that each can be looked at in light and in dark.

use fantoccini::key::Key;

use crate::journey;
use crate::support::portal::Portal;
use crate::support::{Desk, Keyring};

const KEY: &str = "geo-lookup-test";

#[tokio::test(flavor = "multi_thread")]
async fn every_section_shows_something_before_there_is_anything() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    window.click("button", "Connect a portal").await;
    window.shows("textbox", "Portal address").await;
    window.picture(&desk, "50-connect-a-portal").await;
    window.click("button", "Cancel").await;
    journey::sign_in(&desk, &window, &desk.browser().await).await;
    window.click("link", "Usage").await;
    window.shows("table", "Usage data").await;
    window.picture(&desk, "51-usage-of-nothing").await;
    for (section, says, picture) in
        [("Schedules", "No schedules yet", "52-no-schedules"), ("Audit", "Signed in", "53-audit")]
    {
        window.click("link", section).await;
        window.says(says).await;
        window.picture(&desk, picture).await;
    }
    window.click("link", "Keys").await;
    journey::create(&window, KEY).await;
    window.fill("searchbox", "Search keys", "nothing-like-it").await;
    window.says("No key matches nothing-like-it").await;
    window.picture(&desk, "54-no-match").await;
    window.click("button", "Clear search").await;
    window.shows("row", KEY).await;
    for (item, dialog, picture) in [
        ("Details", format!("Details of {KEY}"), "55-details"),
        ("Rename…", format!("Rename {KEY}"), "56-rename"),
        ("Rotate every…", format!("Schedule of {KEY}"), "57-schedule"),
    ] {
        journey::choose(&window, KEY, item).await;
        window.shows("dialog", &dialog).await;
        window.picture(&desk, picture).await;
        window.press(&Key::Escape.to_string()).await;
        window.loses("dialog", &dialog).await;
    }
    window.press("?").await;
    window.shows("dialog", "Keyboard").await;
    window.picture(&desk, "58-keyboard").await;
    window.press(&Key::Escape.to_string()).await;
    window.click("button", "Lock now").await;
    window.shows("heading", "Keystow is locked").await;
    window.picture(&desk, "59-locked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_revoked_key_leaves_this_computer_when_the_person_says_so() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    journey::choose(&window, KEY, "Revoke…").await;
    window.fill("textbox", "Type the key's name", KEY).await;
    window.says("It is deleted after 30 days").await;
    window.click("button", "Revoke key").await;
    window.loses("dialog", &format!("Revoke {KEY}")).await;
    journey::choose(&window, KEY, "Details").await;
    window.says("It is deleted from this device").await;
    window.picture(&desk, "60-details-of-a-dead-key").await;
    window.click("button", "Delete now…").await;
    window.says("The secret cannot be brought back").await;
    window.picture(&desk, "61-delete-its-secret").await;
    window.click("button", "Delete secret").await;
    window.says("not on this device").await;
    window.press(&Key::Escape.to_string()).await;
    window.loses("dialog", &format!("Details of {KEY}")).await;
    window.click("link", "Audit").await;
    window.says("Secret deleted from this device").await;
    window.picture(&desk, "62-audit-of-it").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_width_from_the_narrowest_on_shows_what_can_be_done() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    journey::sign_in(&desk, &window, &desk.browser().await).await;
    let long =
        "a-service-with-a-name-that-nobody-would-choose-and-somebody-did-all-the-same-eu-west-1-production";
    for name in [KEY, long] {
        journey::create(&window, name).await;
    }
    journey::rotate(&window, long).await;
    window.shows("list", "Evidence").await;
    window.click("button", "Close").await;
    for (width, height) in [(900, 600), (1440, 900)] {
        window.resize(width, height).await;
        assert!(window.fits().await, "nothing is cut off at {width}");
        window.shows("button", &format!("Copy secret of {long}")).await;
        window.picture(&desk, &format!("66-keys-at-{width}")).await;
        window.click("button", "Open rotation").await;
        window.shows("list", "Evidence").await;
        assert!(window.fits().await, "nothing is cut off at {width}");
        window.picture(&desk, &format!("67-rotation-at-{width}")).await;
        window.click("button", "Close").await;
        journey::choose(&window, KEY, "Copy as…").await;
        window.shows("dialog", &format!("Copy {KEY} as")).await;
        window.picture(&desk, &format!("68-copy-as-at-{width}")).await;
        window.press(&Key::Escape.to_string()).await;
        for section in ["Usage", "Settings"] {
            window.click("link", section).await;
            window.shows("heading", section).await;
            assert!(window.fits().await, "nothing is cut off at {width}");
            window.picture(&desk, &format!("69-{}-at-{width}", section.to_lowercase())).await;
        }
        window.click("link", "Keys").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_speaks_arabic_from_right_to_left() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    journey::sign_in(&desk, &window, &desk.browser().await).await;
    journey::create(&window, KEY).await;
    journey::rotate(&window, KEY).await;
    window.shows("list", "Evidence").await;
    window.click("button", "Close").await;
    window.click("link", "Settings").await;
    window.select("Language", "ar").await;
    window.says("الإعدادات").await;
    window.picture(&desk, "63-settings-in-arabic").await;
    window.click("link", "المفاتيح").await;
    window.shows("row", KEY).await;
    window.picture(&desk, "64-keys-in-arabic").await;
    window.click("button", "متابعة التدوير").await;
    window.shows("dialog", &format!("تدوير {KEY}")).await;
    window.picture(&desk, "65-rotation-in-arabic").await;
    window.click("button", "إغلاق").await;
    journey::open_menu(&window, &format!("إجراءات أخرى لـ {KEY}"), "نسخ بصيغة…").await;
    window.shows("dialog", &format!("نسخ {KEY} بصيغة")).await;
    window.picture(&desk, "65-copy-as-in-arabic").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_is_dark_when_the_desktop_is_and_turns_light_with_it() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let portal = Portal::start(&desk, false).await;
    portal.prefers(1).await;
    let window = desk.open().await;
    window.has_theme("dark").await;
    portal.prefers(2).await;
    window.has_theme("light").await;
    portal.prefers(1).await;
    window.has_theme("dark").await;
}
