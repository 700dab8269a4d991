//! The clipboard guard on a real X server, read by a real other program.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use rustix::process::{Pid, Signal, kill_process};
use support::memory::{memory_of, parts_found};
use support::screen::{Guard, Screen};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ConnectionExt, CreateWindowAux, EventMask, PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent,
    SelectionRequestEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const LONG: u64 = 600_000;

#[test]
fn what_is_held_can_be_pasted_and_is_marked_as_a_password() {
    let screen = Screen::start();
    let guard = Guard::holding(&screen, "kst_grünes Geheimnis", LONG);
    assert_eq!(screen.paste().as_deref(), Some("kst_grünes Geheimnis"));
    assert_eq!(screen.paste().as_deref(), Some("kst_grünes Geheimnis"), "pasting once does not use it up");
    assert_eq!(screen.target("x-kde-passwordManagerHint").as_deref(), Some("secret"));
    let targets = screen.targets();
    assert!(targets.contains("UTF8_STRING"), "{targets}");
    assert!(!targets.contains("SAVE_TARGETS"), "no clipboard manager may be asked to keep it: {targets}");
    assert_eq!(screen.primary(), None, "the middle mouse button is not a place for secrets");
    end(guard);
}

#[test]
fn at_the_deadline_the_clipboard_is_clear_and_the_guard_gone() {
    let screen = Screen::start();
    let mut guard = Guard::holding(&screen, "kst_1", 300);
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
    assert_eq!(screen.paste(), None);
    assert!(guard.ends_well());
}

#[test]
fn the_deadline_stands_when_the_app_is_gone() {
    let screen = Screen::start();
    let mut guard = Guard::holding(&screen, "kst_1", 300);
    guard.stdin = None;
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
    assert_eq!(screen.paste(), None);
    assert!(guard.ends_well());
}

#[test]
fn what_the_person_copied_instead_is_left_alone() {
    let screen = Screen::start();
    let mut guard = Guard::holding(&screen, "kst_1", LONG);
    screen.copy("a shopping list");
    assert_eq!(guard.event(), r#"{"event":"replaced"}"#);
    assert!(guard.ends_well());
    assert_eq!(screen.paste().as_deref(), Some("a shopping list"));
}

#[test]
fn a_copy_at_the_very_moment_of_the_clear_survives() {
    let screen = Screen::start();
    let person = Person::at(&screen);
    let rounds = std::env::var("KEYSTOW_CLIPBOARD_ROUNDS").map_or(150, |text| text.parse().unwrap());
    let mut ends = [0, 0];
    for round in 0..rounds {
        let mut guard = Guard::holding(&screen, "kst_1", LONG);
        guard.say("clear\n");
        // A slightly different delay every round, by asking the server so many things.
        for _ in 0..round % 150 {
            person.connection.sync().unwrap();
        }
        person.take_clipboard();
        let event = guard.event();
        assert!(guard.ends_well());
        assert_eq!(person.owner(), person.window, "round {round}: {event}");
        ends[usize::from(event.contains("replaced"))] += 1;
        person.give_back();
    }
    println!("{rounds} races: the guard was first in {}, the person in {}", ends[0], ends[1]);
    assert!(ends.iter().all(|times| *times > 0), "both came first at times: {ends:?}");
}

/// Somebody who copies without the detour of a program.
struct Person {
    connection: RustConnection,
    window: u32,
    clipboard: u32,
}

impl Person {
    fn at(screen: &Screen) -> Self {
        let (connection, number) = x11rb::connect(Some(&screen.display)).unwrap();
        let window = connection.generate_id().unwrap();
        let root = connection.setup().roots[number].root;
        let (class, visual) = (WindowClass::INPUT_OUTPUT, x11rb::COPY_FROM_PARENT);
        let plain = CreateWindowAux::new();
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, visual, &plain).unwrap();
        let clipboard = connection.intern_atom(false, b"CLIPBOARD").unwrap().reply().unwrap().atom;
        Self { connection, window, clipboard }
    }

    fn take_clipboard(&self) {
        self.connection
            .set_selection_owner(self.window, self.clipboard, x11rb::CURRENT_TIME)
            .unwrap()
            .check()
            .unwrap();
    }

    /// Leaves the clipboard empty, so that the next round begins as the first.
    fn give_back(&self) {
        self.connection
            .set_selection_owner(x11rb::NONE, self.clipboard, x11rb::CURRENT_TIME)
            .unwrap()
            .check()
            .unwrap();
    }

    fn owner(&self) -> u32 {
        self.connection.get_selection_owner(self.clipboard).unwrap().reply().unwrap().owner
    }

    /// Waits until somebody asks for what was copied; nothing once the screen is gone.
    fn asked(&self) -> Option<SelectionRequestEvent> {
        loop {
            if let Event::SelectionRequest(asked) = self.connection.wait_for_event().ok()? {
                return Some(asked);
            }
        }
    }

    /// Answers with a text, or with none.
    fn answer(&self, asked: &SelectionRequestEvent, text: Option<&str>) {
        if let Some(text) = text {
            let (mode, kind) = (PropMode::REPLACE, asked.target);
            let put = self.connection.change_property8(
                mode,
                asked.requestor,
                asked.property,
                kind,
                text.as_bytes(),
            );
            put.unwrap();
        }
        let notice = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: asked.time,
            requestor: asked.requestor,
            selection: asked.selection,
            target: asked.target,
            property: text.map_or(x11rb::NONE, |_| asked.property),
        };
        self.connection.send_event(false, asked.requestor, EventMask::NO_EVENT, notice).unwrap();
        self.connection.flush().unwrap();
    }
}

#[test]
fn what_is_copied_while_the_guard_looks_at_what_came_back_survives() {
    let screen = Screen::start();
    let mut guard = read_and_cleared(&screen);
    let (manager, person) = (Person::at(&screen), Person::at(&screen));
    manager.take_clipboard();
    manager.answer(&manager.asked().unwrap(), Some("kst_1"));
    let returned = guard.event();
    assert!(returned.contains(r#""why":"still_there""#), "{returned}");
    guard.say("clear\n");
    let asked = manager.asked().unwrap();
    // The guard is told that the secret is there, when it no longer is.
    person.take_clipboard();
    manager.answer(&asked, Some("kst_1"));
    let copied = person.window;
    // An image, say: the guard looks once more, and there is no text.
    std::thread::spawn(move || {
        while let Some(asked) = person.asked() {
            person.answer(&asked, None);
        }
    });
    assert_eq!(guard.event(), r#"{"event":"replaced"}"#);
    assert!(guard.ends_well());
    assert_eq!(manager.owner(), copied);
}

#[test]
fn what_came_back_is_cleared_before_the_guard_is_terminated() {
    let screen = Screen::start();
    let mut guard = read_and_cleared(&screen);
    screen.copy("kst_1");
    let returned = guard.event();
    assert!(returned.contains(r#""why":"still_there""#), "{returned}");
    kill_process(Pid::from_child(&guard.child), Signal::TERM).unwrap();
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
    assert_eq!(screen.paste(), None);
    assert!(guard.ends_well());
}

/// A guard that has cleared what another program read before, and looks whether it comes back.
fn read_and_cleared(screen: &Screen) -> Guard {
    let mut guard = Guard::holding(screen, "kst_1", LONG);
    assert_eq!(screen.paste().as_deref(), Some("kst_1"));
    guard.say("clear\n");
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
    guard
}

#[test]
fn it_clears_at_once_when_told() {
    let screen = Screen::start();
    let mut guard = Guard::holding(&screen, "kst_1", LONG);
    guard.say("clear\n");
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
    assert_eq!(screen.paste(), None);
    assert!(guard.ends_well());
}

#[test]
fn it_keeps_longer_when_told() {
    let screen = Screen::start();
    let mut guard = Guard::holding(&screen, "kst_1", 60_000);
    guard.say("keep 5000000\n");
    let owned = guard.event();
    assert!(owned.starts_with(r#"{"event":"owned","until":"#), "{owned}");
    guard.say("nonsense\n");
    guard.say("clear\n");
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#, "a word it does not know changes nothing");
}

#[test]
fn it_clears_before_it_is_terminated() {
    let screen = Screen::start();
    let mut guard = Guard::holding(&screen, "kst_1", LONG);
    kill_process(Pid::from_child(&guard.child), Signal::TERM).unwrap();
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
    assert_eq!(screen.paste(), None);
    assert!(guard.ends_well());
}

#[test]
fn killed_it_takes_the_secret_along() {
    let screen = Screen::start();
    let mut guard = Guard::holding(&screen, "kst_1", LONG);
    guard.child.kill().unwrap();
    guard.child.wait().unwrap();
    assert_eq!(screen.paste(), None);
}

#[test]
fn of_two_guards_the_newer_one_holds() {
    let screen = Screen::start();
    let mut older = Guard::holding(&screen, "kst_old", LONG);
    let newer = Guard::holding(&screen, "kst_new", LONG);
    assert_eq!(older.event(), r#"{"event":"replaced"}"#);
    assert!(older.ends_well());
    assert_eq!(screen.paste().as_deref(), Some("kst_new"));
    end(newer);
}

#[test]
fn without_a_display_it_fails_and_says_so() {
    let mut screen = Screen::start();
    screen.display.push_str("99");
    let mut guard = Guard::start(&screen);
    guard.say("keystow-clipboard/1 1000 5\nkst_1");
    assert_eq!(guard.event(), r#"{"event":"failed"}"#);
    assert!(!guard.ends_well());
}

#[test]
fn half_a_secret_never_reaches_the_clipboard() {
    let screen = Screen::start();
    let mut guard = Guard::start(&screen);
    guard.say("keystow-clipboard/1 1000 500\nkst_1");
    guard.stdin = None;
    assert_eq!(guard.event(), "");
    assert!(!guard.ends_well());
    assert_eq!(screen.paste(), None);
}

#[test]
fn the_secret_is_in_no_argument_variable_or_core_dump() {
    let screen = Screen::start();
    let guard = Guard::holding(&screen, "kst_in_no_argument", LONG);
    let process = format!("/proc/{}", guard.child.id());
    for file in ["cmdline", "environ"] {
        let content = std::fs::read(format!("{process}/{file}")).unwrap();
        assert!(!content.windows(5).any(|part| part == b"kst_i"), "{file}");
    }
    let limits = std::fs::read_to_string(format!("{process}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    end(guard);
}

#[test]
fn a_guard_that_looks_whether_its_secret_comes_back_has_forgotten_it() {
    const SECRET: &str = "kst_Zq7vN3xTjR9mWc5KpLh2";
    let screen = Screen::start();
    for _ in 0..20 {
        let mut guard = Guard::holding(&screen, SECRET, LONG);
        assert_eq!(screen.paste().as_deref(), Some(SECRET));
        let pid = guard.child.id();
        let held = memory_of(pid).expect("a guard that holds a secret runs");
        assert!(parts_found(&held, SECRET.as_bytes()) > 0, "the search finds what is there");
        guard.say("clear\n");
        assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
        // It stays for a moment only, which a busy computer may use up before it is looked at.
        if let Some(memory) = memory_of(pid) {
            assert_eq!(parts_found(&memory, SECRET.as_bytes()), 0);
            return;
        }
    }
    panic!("no guard stayed after its clear");
}

fn end(mut guard: Guard) {
    guard.say("clear\n");
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
    assert!(guard.ends_well());
}
