//! The report on the keys' health, and the language of searches, on keys in every state.

use std::fs;

use fantoccini::key::Key;

use crate::journey;
use crate::support::{Desk, Keyring, Window};

/// A key of the sample account that nobody ever used.
const UNUSED: &str = "hackathon-2025";
const GRID: &str = "Keys with something wrong";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_keys_is_shown_put_off_and_saved() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let _portal = journey::sample_account(&desk, &window, &desk.browser().await).await;
    window.click("link", "Health").await;
    window.shows("grid", GRID).await;
    window.shows("row", UNUSED).await;
    window.picture(&desk, "80-health").await;
    the_score_explains_itself(&desk, &window).await;
    window.click("button", "Never used 1").await;
    window.loses("row", "ada-laptop-dev").await;
    assert_eq!(window.count("row", UNUSED).await, 1);
    window.picture(&desk, "82-health-never-used").await;
    journey::open_menu(&window, &format!("Actions for {UNUSED}"), "Put off for 30 days").await;
    window.says("No key fits").await;
    window.click("button", "Put off 1").await;
    window.says("put off until").await;
    window.shows("row", UNUSED).await;
    window.picture(&desk, "83-health-put-off").await;
    window.click("button", "Everything").await;
    window.loses("row", UNUSED).await;
    the_report_is_saved(&window).await;
    every_width_and_direction(&desk, &window).await;
}

async fn the_score_explains_itself(desk: &Desk, window: &Window) {
    let row = window.text_of("row", UNUSED).await;
    assert!(row.contains("Never used") && row.contains("No owner in the name"), "{row}");
    window.click("button", "30, Poor: why").await;
    window.says("100 − 25 Rotation overdue").await;
    window.picture(desk, "81-health-why").await;
}

/// The file has a line for each key that is shown, and nothing of a secret.
async fn the_report_is_saved(window: &Window) {
    for (button, ending) in [("Export CSV", ".csv"), ("Export JSON", ".json")] {
        window.click("button", button).await;
        window.says(ending).await;
        let said = window.text().await;
        let path = said.split(' ').find(|word| word.starts_with('/') && word.ends_with(ending));
        let text = fs::read_to_string(path.expect("it is said where")).expect("the report can be read");
        assert!(text.contains("مفتاح-بوابة-الدفع"), "names are as people gave them");
        assert!(!text.contains(UNUSED) && !text.contains("kst_"), "neither what is put off nor a secret");
        if ending == ".csv" {
            let said = text.lines().count();
            assert_eq!(text.lines().filter(|line| line.contains("key_")).count(), said - 1);
        }
    }
}

async fn every_width_and_direction(desk: &Desk, window: &Window) {
    for (width, height) in [(900, 600), (1440, 900)] {
        window.resize(width, height).await;
        assert!(window.fits().await, "nothing is cut off at {width}");
        window.picture(desk, &format!("84-health-at-{width}")).await;
    }
    window.click("link", "Settings").await;
    window.select("Language", "ar").await;
    window.says("الإعدادات").await;
    window.click("link", "السلامة").await;
    window.shows("row", "ada-laptop-dev").await;
    window.picture(desk, "85-health-in-arabic").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_completed_by_keyboard_and_says_what_it_did_not_understand() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let _portal = journey::sample_account(&desk, &window, &desk.browser().await).await;
    window.press("/").await;
    window.press("status:re").await;
    window.shows("listbox", "Suggestions").await;
    window.shows("option", "status:revoked2").await;
    window.picture(&desk, "86-search-suggestions").await;
    window.press(&format!("{}{}", Key::Down, Key::Enter)).await;
    window.loses("listbox", "Suggestions").await;
    assert_eq!(window.value_of("searchbox", "Search keys").await, "status:revoked ");
    window.shows("row", "leaked-in-ci-logs-prod").await;
    window.loses("row", UNUSED).await;
    window.fill("searchbox", "Search keys", "status:expiring health:<60 colour:red").await;
    window.says("“colour:red” is no filter; it is looked for as text").await;
    window.picture(&desk, "87-search-told").await;
    window.fill("searchbox", "Search keys", "status:expiring expires:<7d").await;
    window.shows("row", "search-indexer-prod").await;
    window.loses("row", "search-indexer-test").await;
    window.fill("searchbox", "Search keys", "health:<60 -app:legacy never-used").await;
    window.shows("row", UNUSED).await;
    window.loses("row", "search-indexer-prod").await;
    window.picture(&desk, "88-search-health").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_keys_are_ended_from_the_report_and_a_portal_that_goes_away_is_told_on_every_screen() {
    const KEYS: [&str; 2] = [UNUSED, "checkout-web-staging"];
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let portal = journey::sample_account(&desk, &window, &desk.browser().await).await;
    window.resize(900, 600).await;
    window.click("link", "Health").await;
    for key in KEYS {
        window.click("checkbox", &format!("Choose {key}")).await;
    }
    window.click("button", "Revoke 2 keys…").await;
    window.shows("dialog", "Revoke 2 keys").await;
    assert!(window.fits().await, "nothing is cut off");
    window.picture(&desk, "89-revoke-many-at-900").await;
    window.fill("textbox", "Type “revoke 2”", "revoke 2").await;
    window.click("button", "Revoke them").await;
    window.says("2 of 2 revoked").await;
    window.picture(&desk, "89-revoked-many").await;
    window.click("button", "Done").await;
    for key in KEYS {
        window.loses("row", key).await;
    }
    portal.stop().await.expect("the portal stops");
    window.click("link", "Usage").await;
    window.says("The portal does not answer.").await;
    window.picture(&desk, "89-usage-without-the-portal").await;
    window.resize(1440, 900).await;
    in_arabic_without_the_portal(&desk, &window).await;
}

async fn in_arabic_without_the_portal(desk: &Desk, window: &Window) {
    window.click("link", "Settings").await;
    window.select("Language", "ar").await;
    window.click("link", "السلامة").await;
    window.click("checkbox", "اختر clé-facturation-préprod").await;
    window.click("button", "إلغاء مفتاح…").await;
    window.shows("dialog", "إلغاء مفتاح").await;
    window.picture(desk, "89-revoke-many-in-arabic").await;
    window.fill("textbox", "اكتب «إلغاء 1»", "إلغاء 1").await;
    window.click("button", "ألغها").await;
    window.says("لم يُلغَ").await;
    window.picture(desk, "89-not-revoked-in-arabic").await;
}
