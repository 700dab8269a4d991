//! Real clipboard managers beside the guard: what they read, what they keep, what they put back.
//!
//! The table in SECURITY.md says what is claimed here.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use support::screen::{Guard, Screen};

const SECRET: &str = "kst_7Qm2sXk4vBn6wQe1yUt0rM";

/// A clipboard manager with a home of its own.
struct Manager {
    process: Child,
    home: tempfile::TempDir,
}

impl Manager {
    fn start(screen: &Screen, program: &str, arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "DBUS_SESSION_BUS_ADDRESS"] {
            command.env_remove(name);
        }
        let process = command
            .args(arguments)
            .env("DISPLAY", &screen.display)
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} does not start ({error}); install its package"));
        Self { process, home }
    }

    /// Ends it and tells which of its files have the secret.
    fn kept(mut self) -> Vec<String> {
        let process = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        self.process.wait().unwrap();
        let mut found = Vec::new();
        files_with_secret(self.home.path(), &mut found);
        found
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn files_with_secret(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files_with_secret(&path, found);
        } else if path.is_file()
            && let Ok(content) = std::fs::read(&path)
            && content.windows(SECRET.len()).any(|part| part == SECRET.as_bytes())
        {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
}

/// Copies until the manager, which takes a while to start, has read one copy as often as it takes to keep it.
fn held_and_read_by(screen: &Screen, manager: &str, times: u32) -> Guard {
    let (manager, times) =
        (format!(r#""by":{{"program":"{manager}","kind":"manager"}}"#), format!(r#""times":{times},"#));
    loop {
        let mut guard = Guard::holding(screen, SECRET, 3_000);
        loop {
            match guard.line() {
                line if line.contains(&manager) && line.contains(&times) => return guard,
                line if line.contains(r#""read""#) => {}
                _ => break,
            }
        }
    }
}

#[test]
fn parcellite_reads_past_the_mark_keeps_the_secret_and_puts_it_back_and_the_guard_says_so() {
    let screen = Screen::start();
    let manager = Manager::start(&screen, "parcellite", &["-n"]);
    let mut guard = held_and_read_by(&screen, "parcellite", 3);
    guard.say("clear\n");
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
    let returned =
        r#"{"event":"unverified","why":"still_there","by":{"program":"parcellite","kind":"manager"}}"#;
    assert_eq!(guard.event(), returned, "it was clear for a moment only");
    assert_eq!(screen.paste().as_deref(), Some(SECRET), "and this is what a person would paste");
    let kept = manager.kept();
    assert_eq!(kept, ["history"], "in the clear, on the disk");
    assert_eq!(screen.paste(), None, "what it put back went with it");
}

#[test]
fn clipman_reads_past_the_mark_and_keeps_the_secret_but_leaves_the_clipboard_clear() {
    let screen = Screen::start();
    let manager = Manager::start(&screen, "xfce4-clipman", &[]);
    let mut guard = held_and_read_by(&screen, "xfce4-clipman", 1);
    guard.say("clear\n");
    assert_eq!(guard.event(), r#"{"event":"cleared"}"#);
    assert_eq!(guard.event(), "", "nothing came back while the guard looked");
    assert!(guard.ends_well());
    assert_eq!(screen.paste(), None);
    assert_eq!(manager.kept(), ["textsrc"]);
}
