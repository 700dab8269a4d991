//! Where a secret must not be: anywhere but on the clipboard.
//!
//! Each place is searched in the same way for something that is there, so that a search that finds
//! nothing has been shown to be able to find.

use serde_json::Value;

use crate::journey;
use crate::support::needles::Needles;
use crate::support::processes::Process;
use crate::support::wire::Wire;
use crate::support::{Desk, Keyring, Window, processes, scan, until};

/// Typed into the search field, where the webview must know it.
const CONTROL: &str = "control-7f3a9c51e2";
const KEY: &str = "search-indexer-prod";
/// What everybody may see of a secret: its first characters.
const PUBLIC: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn the_canary() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let window = desk.open().await;
    listen_in(&window).await;
    let browser = desk.browser().await;
    let gateway = journey::sign_in(&desk, &window, &browser).await;
    journey::create(&window, KEY).await;
    window.fill("searchbox", "Search keys", CONTROL).await;
    the_control_is_found(&desk, &window).await;
    window.fill("searchbox", "Search keys", "search").await;

    let first = journey::copy(&desk, &window, KEY).await;
    let needles = Needles::of(&first, PUBLIC);
    nowhere_outside_the_guard(&desk, &window, &needles).await;
    journey::rotate(&window, KEY).await;
    window.click("button", "Copy new secret").await;
    let second = desk.pasted(|text| text.starts_with("kst_") && text != first).await;
    gateway.call(&second, crate::support::gateway::THERE).await;
    nowhere_outside_the_guard(&desk, &window, &Needles::of(&second, PUBLIC)).await;

    window.click("button", "Close").await;
    // Reading so much memory takes a while: the time of the clipboard may be over already.
    window.says("Cleared and verified").await;
    no_guard_is_left(&desk).await;
    for (which, secret) in [("first", &first), ("second", &second)] {
        let needles = Needles::of(secret, PUBLIC);
        nowhere_outside_the_guard(&desk, &window, &needles).await;
        let kept = scan::memory(window.app.id, &needles).expect("the app runs");
        assert!(
            kept.is_empty(),
            "the app still holds the {which} secret after the clipboard was cleared: {kept:#?}"
        );
    }
}

/// What a sign-in is made of, by the names it has on the wire.
const PARTS: [(&str, &[&str]); 4] = [
    ("access token", &["access_token", "accessToken"]),
    ("refresh token", &["refresh_token", "refreshToken"]),
    ("authorization code", &["?code", "&code"]),
    ("verifier", &["code_verifier", "codeVerifier"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn tokens_codes_and_verifiers_are_nowhere_but_in_the_app_and_on_the_wire() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let wire = Wire::to_portal(&desk).await;
    let window = desk.open().await;
    listen_in(&window).await;
    journey::connect(&window, &wire.address).await;
    let browser = desk.browser().await;
    browser.visit(&desk.opened().await).await;
    browser.register().await;
    browser.answer("Allow").await;
    window.shows("button", "New key").await;
    journey::create(&window, KEY).await;
    window.fill("searchbox", "Search keys", CONTROL).await;
    the_control_is_found(&desk, &window).await;
    nowhere_in_sight(&desk, &window, &wire).await;
    let first = wire.said(PARTS[1].1);
    window.close().await;
    // The access token was in memory only: the next start brings new ones with the refresh token.
    let window = desk.open().await;
    listen_in(&window).await;
    window.shows("button", "New key").await;
    let names = PARTS[1].1;
    until("a refresh went over the wire", async || (wire.said(names).len() > first.len()).then_some(()))
        .await;
    window.click("link", "Settings").await;
    window.click("link", "Keys").await;
    nowhere_in_sight(&desk, &window, &wire).await;
}

/// Fails if a part of a sign-in is in a webview, in what it was told, in a file of the app, or in arguments.
async fn nowhere_in_sight(desk: &Desk, window: &Window, wire: &Wire) {
    let parts = PARTS.map(|(which, names)| (which, wire.said(names)));
    for (which, all) in &parts {
        assert!(!all.is_empty(), "the wire tells every {which}");
        let control = desk.part("data").join("control");
        std::fs::write(&control, &all[0]).expect("a control can be written");
        let found = scan::files(&desk.part("data"), &Needles::of(&all[0], 0));
        std::fs::remove_file(&control).expect("the control can be removed");
        assert_eq!(found.len(), 1, "a {which} that is in a file is found, and in no other");
    }
    let all: Vec<String> = parts.into_iter().flat_map(|(_, all)| all).collect();
    let needles = Needles::of_all(&all);
    let webviews = in_webviews(window, &needles);
    assert!(webviews.is_empty(), "a webview holds a part of a sign-in: {webviews:#?}");
    let heard = heard(window).await;
    assert_eq!(needles.count(heard.as_bytes()), 0, "a reply or an event carries a part of a sign-in");
    // The browser keeps the address it ended at in its own profile, and the code with it (RFC 8252 §8).
    for part in ["data", "logs", "run", "tmp", "portal"] {
        let files = scan::files(&desk.part(part), &needles);
        assert!(files.is_empty(), "a file or a log holds a part of a sign-in: {files:#?}");
    }
    let ours = desk.processes().into_iter().filter(|id| {
        let name = processes::name(*id);
        name.starts_with("keystow") || name.starts_with("WebKit")
    });
    let arguments = scan::arguments(&ours.collect::<Vec<_>>(), &needles);
    assert!(arguments.is_empty(), "arguments or an environment hold a part of a sign-in: {arguments:#?}");
}

/// Keeps a copy of everything that comes into the page from the app: replies and events.
async fn listen_in(window: &Window) {
    let script = "const done = arguments[arguments.length - 1];
        window.heard = [];
        const ask = window.fetch;
        window.fetch = async (...call) => {
          const reply = await ask(...call);
          reply.clone().text().then((text) => window.heard.push(text));
          return reply;
        };
        const inside = window.__TAURI_INTERNALS__;
        const handler = inside.transformCallback((event) => window.heard.push(JSON.stringify(event)));
        inside.invoke('plugin:event|listen', { event: 'keystow', target: { kind: 'Any' }, handler }).then(() => done(null), done);";
    let refused =
        window.client.execute_async(script, Vec::new()).await.expect("the page can be listened in on");
    assert_eq!(refused, Value::Null, "events can be heard");
}

/// Everything that came into the page from the app so far.
async fn heard(window: &Window) -> String {
    let heard = window.client.execute("return window.heard.join('\\n')", Vec::new()).await;
    heard.expect("what was heard can be read").as_str().unwrap_or_default().to_owned()
}

/// Shows for every search that it finds what is there.
async fn the_control_is_found(desk: &Desk, window: &Window) {
    let control = Needles::of(CONTROL, 0);
    let places = in_webviews(window, &control);
    assert!(!places.is_empty(), "a text in the search field is found in the memory of the webview");
    let file = desk.part("data").join("control");
    // The last of these is "control-7f3a9c51e2" in base64, one byte after the beginning of a group.
    for form in [CONTROL, "636F6E74726F6C2D37663361396335316532", "eGNvbnRyb2wtN2YzYTljNTFlMg=="] {
        std::fs::write(&file, form).expect("a control can be written");
        assert_eq!(scan::files(&desk.part("data"), &control).len(), 1, "{form} is found in a file");
    }
    std::fs::remove_file(&file).expect("the control can be removed");
    let app = Needles::of("KEYSTOW_LOG=keystow=trace", 0);
    assert_eq!(scan::arguments(&[window.app.id], &app).len(), 1, "a variable is found in the environment");
    let heard = heard(window).await;
    assert!(heard.contains(KEY) && heard.contains("\"kind\""), "replies and events are heard: {heard}");
    let name = Needles::of(KEY, 0);
    let app = scan::memory(window.app.id, &name).expect("the app runs");
    assert!(!app.is_empty(), "a key's name is found in the memory of the app");
}

/// The places in the memory of everything that shows the page.
fn in_webviews(window: &Window, needles: &Needles) -> scan::Places {
    let webviews = window.webviews();
    assert!(webviews.len() >= 2, "there are a process for the page and one for the network: {webviews:?}");
    webviews.into_iter().filter_map(|id| scan::memory(id, needles)).flatten().collect()
}

/// Fails if a secret is anywhere but in the app, the guard and the programs that paste.
async fn nowhere_outside_the_guard(desk: &Desk, window: &Window, needles: &Needles) {
    let webviews = in_webviews(window, needles);
    assert!(webviews.is_empty(), "a webview holds a secret: {webviews:#?}");
    let heard = heard(window).await;
    assert_eq!(needles.count(heard.as_bytes()), 0, "a reply or an event carries a secret");
    let files = scan::files(desk.folder(), needles);
    assert!(files.is_empty(), "a file or a log holds a secret: {files:#?}");
    let arguments = scan::arguments(&desk.processes(), needles);
    assert!(arguments.is_empty(), "arguments or an environment hold a secret: {arguments:#?}");
}

/// Waits until the programs that kept secrets on the clipboard have ended.
async fn no_guard_is_left(desk: &Desk) {
    for id in desk.processes().into_iter().filter(|id| processes::name(*id) == "keystow-clipboard") {
        if let Some(guard) = Process::find(id) {
            guard.ended().await;
        }
    }
}
