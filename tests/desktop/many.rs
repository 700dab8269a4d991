//! A run over two hundred keys in an app that is killed in the middle of it.

use std::collections::BTreeMap;

use keystow_portal::Mode;
use serde_json::{Value, json};

use crate::journey;
use crate::support::browser::EMAIL;
use crate::support::developer::Developer;
use crate::support::gateway::{Gateway, THERE};
use crate::support::{Desk, Keyring, Window, until};
use crate::terminal::keystow;

/// How many keys are rotated.
const KEYS: usize = 200;
/// How many of them are done when the app is killed.
const KILLED_AT: usize = 70;
/// Every so many keys one is asked for its secret.
const SAMPLE: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_keys_are_rotated_once_each_though_the_app_is_killed_in_the_middle() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    let browser = desk.browser().await;
    let set_up = |config: &mut keystow_portal::Config| {
        // The run shall not wait for the portal's minutes: what is tried is the crash.
        (config.limits.calls, config.limits.changes) = (100_000, 100_000);
    };
    let (_running, address) = journey::portal_with(&desk, Mode::Extended, set_up).await;
    // The keys are there before the app is: it reads them as it signs in.
    let developer = Developer::register(&browser, &address, EMAIL).await;
    let first = make_keys(&developer).await;
    journey::connect(&window, &address).await;
    browser.visit(&desk.opened().await).await;
    // Who signed in for one program is asked again for another.
    browser.sign_in().await;
    browser.answer("Allow").await;
    window.shows("button", "New key").await;
    drop(browser);
    // Longer than the window, and scrolled as people do: a page drawn in the wrong way takes keys and no wheel.
    window.says(&format!("{KEYS} keys")).await;
    desk.screen.turn_wheel(700, 450).await;
    window.has_scrolled().await;
    window.picture(&desk, "79-a-long-list-scrolled").await;
    start(&window).await;
    until("the middle of the run", async || (done(&window).await? >= KILLED_AT).then_some(())).await;
    window.kill().await;
    let before = versions(&developer).await;
    let rotated = before.values().filter(|(version, ..)| *version == 2).count();
    assert!((KILLED_AT..KEYS).contains(&rotated), "killed in the middle, not at {rotated} of {KEYS}");

    let window = desk.open().await;
    window.says("A run over several keys was interrupted").await;
    window.click("button", "Open the run").await;
    window.shows("dialog", &format!("Rotate {KEYS} keys")).await;
    window.picture(&desk, "80-a-run-that-was-interrupted").await;
    window.click("button", "Resume").await;
    finished(&window).await;
    window.picture(&desk, "81-a-run-that-went-on").await;
    window.click("button", "Done").await;
    window.close().await;

    each_was_rotated_once(&versions(&developer).await, &first);
    the_vault_has_the_current_secrets(&desk, &Gateway::of(&address), &developer, &first).await;
}

/// Makes the keys over the portal's API; tells their secrets, by their names.
async fn make_keys(developer: &Developer) -> BTreeMap<String, String> {
    let mut secrets = BTreeMap::new();
    for number in 0..KEYS {
        let name = format!("fleet-{number:03}");
        let made =
            developer.call("POST", "/v1/developer/keys", Some(json!({"name": name, "scopes": ["read"]})));
        let secret = made.await["secret"].as_str().expect("a new key has a secret").to_owned();
        secrets.insert(name, secret);
    }
    secrets
}

/// Chooses every key and starts the run, as a person does.
async fn start(window: &Window) {
    window.fill("searchbox", "Search keys", "fleet").await;
    window.shows("row", "fleet-199").await;
    window.click("checkbox", "Choose fleet-199").await;
    window.click("button", &format!("Choose all {KEYS} that match")).await;
    window.click("button", &format!("Rotate {KEYS} keys…")).await;
    window.shows("dialog", &format!("Rotate {KEYS} keys")).await;
    window.click("button", "Check the keys").await;
    window.click("button", &format!("Rotate {KEYS} keys")).await;
}

/// How many keys the window says are done.
async fn done(window: &Window) -> Option<usize> {
    let text = window.text().await;
    let before = text.split_once(&format!(" of {KEYS} done"))?.0;
    before.rsplit(' ').next()?.parse().ok()
}

/// Waits for the end of the run for as long as it moves on.
async fn finished(window: &Window) {
    let mut last = 0;
    loop {
        let moved = until("the run moves on", async || {
            if window.text().await.contains(&format!("All {KEYS} keys are rotated")) {
                return Some(None);
            }
            done(window).await.filter(|done| *done > last).map(Some)
        });
        match moved.await {
            Some(done) => last = done,
            None => return,
        }
    }
}

/// The version, the number of old secrets, and the mask of every key at the portal, by their names.
async fn versions(developer: &Developer) -> BTreeMap<String, (u64, usize, String, String)> {
    let mut all = BTreeMap::new();
    let mut token = String::new();
    loop {
        let path = format!("/v1/developer/keys?page_size=100&page_token={token}");
        let page = developer.call("GET", &path, None).await;
        for key in page["apiKeys"].as_array().into_iter().flatten() {
            let text = |name: &str| key[name].as_str().unwrap_or_default().to_owned();
            let old = key["previousSecrets"].as_array().map_or(0, Vec::len);
            let version = key["version"].as_u64().unwrap_or_default();
            all.insert(text("name"), (version, old, text("keyPrefix"), text("keySuffix")));
        }
        match page["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => return all,
        }
    }
}

fn each_was_rotated_once(
    now: &BTreeMap<String, (u64, usize, String, String)>,
    first: &BTreeMap<String, String>,
) {
    assert_eq!(now.len(), KEYS);
    for (name, (version, old, ..)) in now {
        assert!(first.contains_key(name), "{name}");
        assert_eq!((*version, *old), (2, 1), "{name} has one secret more than before, and one old one");
    }
}

/// What the vault holds for each key is the secret that the portal tells of now.
async fn the_vault_has_the_current_secrets(
    desk: &Desk,
    gateway: &Gateway,
    developer: &Developer,
    first: &BTreeMap<String, String>,
) {
    let now = versions(developer).await;
    let (code, list) = keystow(desk, &["list", "--json"]);
    assert_eq!(code, Some(0), "{list}");
    let list: Vec<Value> = serde_json::from_str(&list).expect("the list is JSON");
    assert_eq!(list.len(), KEYS);
    for key in &list {
        let name = key["name"].as_str().unwrap_or_default();
        assert_eq!(key["prefix"].as_str(), Some(now[name].2.as_str()), "{name}");
        assert!(key["stowedAt"].is_string(), "the secret of {name} is here");
    }
    for (name, old) in first.iter().step_by(SAMPLE) {
        let wanted = format!("{name}=SECRET");
        let (code, secret) =
            keystow(desk, &["run", "--key", &wanted, "--no-redact", "--", "printenv", "SECRET"]);
        assert_eq!(code, Some(0), "{name}");
        let (_, _, prefix, suffix) = &now[name];
        assert!(
            secret.starts_with(prefix) && secret.ends_with(suffix),
            "the secret of {name} is the new one"
        );
        assert_eq!(gateway.call(&secret, THERE).await, 200, "{name}");
        assert_eq!(gateway.call(old, THERE).await, 200, "the old secret of {name} has its grace");
    }
}
