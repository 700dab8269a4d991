//! The app as people start it: nobody drives it, and so its windows keep nothing on disk.
//!
//! A driver wants windows that can keep something, which are made in another way.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::journey;
use crate::support::manager::Manager;
use crate::support::panel::Panel;
use crate::support::processes::{self, Group};
use crate::support::{Desk, Keyring, until};

const WINDOW: &str = "Keystow";
const PICKER: &str = "Keystow picker";
const HOTKEY: &str = "ctrl+alt+k";

#[tokio::test(flavor = "multi_thread")]
async fn every_window_shows_its_page_however_often_it_is_opened_and_keeps_nothing() {
    let desk = Desk::set_up(Keyring::Unlocked).await;
    let (panel, manager) = (Panel::start(&desk).await, Manager::start(&desk).await);
    let expected = prepare(&desk, &panel).await;
    let before = files(&desk.part("home"));
    let mut command = desk.command(env!("CARGO_BIN_EXE_keystow-desktop"));
    command.env("KEYSTOW_REST_SECONDS", "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _app = Group::start(&mut command, "nothing: it was built just now");
    until("the window", async || manager.titled(WINDOW)).await;
    // A copy waits for the keyring, and so does the lock in the menu.
    panel.shows("Lock now").await;

    for time in ["first", "second"] {
        // Nothing tells from outside when the hotkey is taken; by the second time it is.
        if time == "first" {
            panel.choose("Find a key").await
        } else {
            manager.press(HOTKEY).await
        }
        manager.shows(PICKER).await;
        manager.press("1").await;
        assert_eq!(journey::pasted_secret(&desk).await, expected, "the picker copies the {time} time");
        panel.choose("Clear geo-lookup-dev from the clipboard now (").await;
        until("the picker is gone with its page", async || (pages(&desk) == 1).then_some(())).await;
    }

    panel.choose("Open Keystow").await;
    manager.shows(WINDOW).await;
    manager.press("alt+F4").await;
    until("the window is gone with its page, and with what loads pages", async || {
        let all = desk.processes().into_iter();
        (!all.map(processes::name).any(|name| name.starts_with("WebKit"))).then_some(())
    })
    .await;
    panel.choose("Open Keystow").await;
    manager.shows(WINDOW).await;
    let copied = until("the window copies again", async || {
        // Nothing tells from outside when its page listens.
        manager.press("Down").await;
        manager.press("c").await;
        desk.screen.paste().await.filter(|text| text.starts_with("kst_"))
    });
    assert_eq!(copied.await, expected);
    desk.screen.picture("60-nobody-drives").await;
    panel.choose("Quit").await;
    until("the app has ended", async || (pages(&desk) == 0).then_some(())).await;
    assert_eq!(files(&desk.part("home")), before, "the windows kept something on disk");
}

/// Somebody signed in, with a pinned key, whose secret is returned. The app has ended.
async fn prepare(desk: &Desk, panel: &Panel) -> String {
    let window = desk.open().await;
    let browser = desk.browser().await;
    journey::sign_in(desk, &window, &browser).await;
    journey::create(&window, "geo-lookup-dev").await;
    journey::choose(&window, "geo-lookup-dev", "Pin in the picker").await;
    let secret = journey::copy(desk, &window, "geo-lookup-dev").await;
    // The menu is made anew after a copy, and a choice from the one before is lost.
    panel.shows("Clear geo-lookup-dev from the clipboard now (2").await;
    panel.choose("Quit").await;
    window.dies().await;
    secret
}

/// How many processes show pages of the app.
fn pages(desk: &Desk) -> usize {
    let all = desk.processes().into_iter();
    all.filter(|id| processes::name(*id).starts_with("WebKitWeb")).count()
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path);
            }
        }
    }
    found
}
