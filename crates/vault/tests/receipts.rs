//! Who read a secret on the clipboard of a real X server, told by the guard that served it.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use support::screen::{Guard, Screen};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt};

const LONG: u64 = 600_000;

#[test]
fn a_receipt_names_the_program_that_read_and_how_often() {
    let screen = Screen::start();
    let mut guard = Guard::holding(&screen, "kst_1", LONG);
    for times in 1..=2 {
        assert_eq!(screen.paste().as_deref(), Some("kst_1"));
        let receipt = guard.line();
        let told = format!(r#"{{"event":"read","by":{{"program":"xclip","kind":"other"}},"times":{times},"#);
        assert!(receipt.starts_with(&told), "{receipt}");
    }
    end(guard);
}

#[test]
fn asking_what_is_on_offer_is_no_reading() {
    let screen = Screen::start();
    let mut guard = Guard::holding(&screen, "kst_1", LONG);
    screen.targets();
    screen.target("x-kde-passwordManagerHint").unwrap();
    screen.target("TIMESTAMP").unwrap();
    guard.say("clear\n");
    assert_eq!(guard.line(), r#"{"event":"cleared"}"#, "nobody read it");
    assert!(guard.ends_well());
}

#[test]
fn a_program_that_reads_all_the_time_does_not_flood_the_app() {
    let screen = Screen::start();
    let mut guard = Guard::holding(&screen, "kst_1", LONG);
    for _ in 0..15 {
        screen.paste().unwrap();
    }
    guard.say("clear\n");
    let told: Vec<String> =
        std::iter::from_fn(|| Some(guard.line()).filter(|line| line.contains("\"read\""))).collect();
    assert_eq!(told.len(), 10, "{told:#?}");
    assert!(told[9].contains(r#""times":10"#));
    assert!(guard.ends_well());
}

#[test]
fn every_usual_form_of_a_text_is_served_and_the_old_one_only_where_it_can_say_it() {
    let screen = Screen::start();
    let guard = Guard::holding(&screen, "kst_ü", LONG);
    for name in ["UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT"] {
        assert_eq!(screen.target(name).as_deref(), Some("kst_ü"), "{name}");
    }
    assert_eq!(screen.bytes("STRING").as_deref(), Some(b"kst_\xfc".as_slice()), "ISO 8859-1 (ICCCM §2.6.2)");
    end(guard);
    let guard = Guard::holding(&screen, "kst_سر", LONG);
    assert!(!screen.targets().lines().any(|line| line == "STRING"));
    assert_eq!(screen.target("STRING"), None);
    assert_eq!(screen.paste().as_deref(), Some("kst_سر"));
    end(guard);
}

#[test]
fn a_text_of_the_greatest_length_is_served_whole() {
    let screen = Screen::start();
    let long = "kst_".repeat(16 * 1024);
    let guard = Guard::holding(&screen, &long, LONG);
    assert!(screen.paste() == Some(long));
    end(guard);
}

#[test]
fn nobody_gets_the_secret_on_the_guards_own_window_and_asking_for_it_uses_nothing_up() {
    let screen = Screen::start();
    let mut guard = Guard::holding_once(&screen, "kst_1", LONG);
    let (connection, _) = x11rb::connect(Some(&screen.display)).unwrap();
    let named = |name: &str| connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let (clipboard, form, place) = (named("CLIPBOARD"), named("UTF8_STRING"), named("KEYSTOW_TEST"));
    let own = connection.get_selection_owner(clipboard).unwrap().reply().unwrap().owner;
    let asked = connection.convert_selection(own, clipboard, form, place, x11rb::CURRENT_TIME);
    asked.unwrap().check().unwrap();
    // The guard answers in turn: once this is answered, that is too.
    assert!(screen.targets().contains("UTF8_STRING"));
    let left = connection.get_property(false, own, place, AtomEnum::ANY, 0, 16).unwrap().reply().unwrap();
    assert_eq!((left.type_, left.value), (x11rb::NONE, Vec::new()));
    assert_eq!(screen.paste().as_deref(), Some("kst_1"), "it is still there for the person");
    let receipt = guard.line();
    assert!(receipt.contains(r#"{"program":"xclip","kind":"other"},"times":1,"#), "{receipt}");
    assert_eq!(guard.line(), r#"{"event":"cleared"}"#);
    assert!(guard.ends_well());
}

#[test]
fn for_one_paste_it_is_gone_after_the_first() {
    let screen = Screen::start();
    let mut guard = Guard::holding_once(&screen, "kst_1", LONG);
    screen.targets();
    assert_eq!(screen.paste().as_deref(), Some("kst_1"));
    assert_eq!(screen.paste(), None);
    assert!(guard.line().contains(r#""program":"xclip""#));
    assert_eq!(guard.line(), r#"{"event":"cleared"}"#);
    assert!(guard.ends_well());
}

#[test]
fn for_one_paste_a_known_clipboard_manager_does_not_use_it_up() {
    let screen = Screen::start();
    let mut guard = Guard::holding_once(&screen, "kst_1", LONG);
    // Known by its name, which is all that tells it from other programs.
    let folder = tempfile::tempdir().unwrap();
    let manager = folder.path().join("parcellite");
    fs::copy("/usr/bin/xclip", &manager).unwrap();
    fs::set_permissions(&manager, fs::Permissions::from_mode(0o700)).unwrap();
    let mut read = Command::new(&manager);
    read.args(["-o", "-selection", "clipboard"]).env("DISPLAY", &screen.display);
    assert_eq!(support::run(&mut read, "xclip").stdout, b"kst_1");
    assert!(guard.line().contains(r#"{"program":"parcellite","kind":"manager"}"#));
    assert_eq!(screen.paste().as_deref(), Some("kst_1"), "it is still there for the person");
    assert_eq!(screen.paste(), None);
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
}

fn end(mut guard: Guard) {
    guard.say("clear\n");
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
    assert!(guard.ends_well());
}
