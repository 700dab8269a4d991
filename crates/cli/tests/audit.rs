//! The program itself, on the log of a data folder.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use rusqlite::Connection;

/// The table as the app makes it, and two entries with the hashes the app gives them.
const LOG: &str = "
CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, account TEXT, key TEXT, name TEXT,
    facts TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
INSERT INTO audit VALUES (1, 1800000000000, 'created', 'nadia@example.com (Test portal)', 'key_1', 'billing',
    '{}', '@ONE@');
INSERT INTO audit VALUES (2, 1800000001000, 'copied', 'nadia@example.com (Test portal)', 'key_1', 'billing',
    '{\"form\":\"raw\"}', '@TWO@');
PRAGMA user_version = 2;
";
const ONE: &str = "ac3daa7e79897def450ecb7c0668f83c8d356c892f80fd2836cb896f9588cb45";
const TWO: &str = "5acc52fec4e8210b5d6230f9ba0e76e28c17bee565a21d1c9432948514ed0f4b";

fn folder() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let db = Connection::open(folder.path().join("keystow.db")).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.execute_batch(&LOG.replace("@ONE@", ONE).replace("@TWO@", TWO)).unwrap();
    (folder, db)
}

fn keystow(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_keystow"))
        .env("KEYSTOW_DATA_DIR", folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_whole_log_is_whole_also_while_somebody_has_it_open() {
    let (folder, _open) = folder();
    let output = keystow(folder.path(), &["audit", "verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).starts_with("2 entries, none altered."));
    assert!(text(&output).contains("not checked: the vault is locked"));
    let output = keystow(folder.path(), &["audit", "verify", "--json"]);
    assert_eq!(text(&output), "{\"brokenAt\":null,\"endChecked\":false,\"entries\":2}\n");
}

#[test]
fn the_first_altered_entry_is_named_and_the_program_ends_with_one() {
    let (folder, db) = folder();
    db.execute("UPDATE audit SET name = 'other' WHERE number = 2", []).unwrap();
    let output = keystow(folder.path(), &["audit", "verify"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("Entry 2 was altered"), "{}", text(&output));
    let output = keystow(folder.path(), &["audit", "verify", "--json"]);
    assert!(text(&output).contains("\"brokenAt\":2"));
}

#[test]
fn entries_are_listed_newest_first_and_cannot_speak_to_the_terminal() {
    let (folder, db) = folder();
    db.execute("UPDATE audit SET name = ?1 WHERE number = 1", ["\u{1b}[2Jgone"]).unwrap();
    let output = keystow(folder.path(), &["audit", "list"]);
    let lines = text(&output);
    assert_eq!(output.status.code(), Some(0));
    assert!(lines.lines().next().unwrap().contains("copied  billing [key_1]"), "{lines}");
    assert!(lines.contains("form=raw") && !lines.contains('\u{1b}'));
    let output = keystow(folder.path(), &["audit", "list", "--json", "--limit", "1"]);
    assert!(text(&output).contains("\"at\":\"2027-01-15T08:00:01Z\""), "{}", text(&output));
}

#[test]
fn a_folder_without_a_log_is_told_and_left_empty() {
    let folder = tempfile::tempdir().unwrap();
    let output = keystow(folder.path(), &["audit", "verify"]);
    assert_eq!(output.status.code(), Some(113));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("There is no audit log"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
