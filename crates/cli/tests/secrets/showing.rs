//! What is shown: names, states and masks, and a secret only for a reason and to no terminal.

use serde_json::{Value, json};

use super::keyring::{Session, inside};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_printed_without_a_reason_and_the_reason_is_in_the_log() {
    if !inside(Session::Unlocked, "showing::nothing_is_printed_without_a_reason_and_the_reason_is_in_the_log")
    {
        return;
    }
    let folder = folder().await;
    let (code, shown, _) = output(folder.path(), &["env", "--key", "billing"]);
    assert_eq!((code, shown.as_str()), (0, "BILLING_KEY=••••••••\n"));
    let (_, shown, _) =
        output(folder.path(), &["env", "--key", "billing=SHOP", "--key", "waiting", "--json"]);
    let wanted = json!([
        { "id": "key_1", "name": "billing", "variable": "SHOP" },
        { "id": "key_6", "name": "waiting", "variable": "WAITING_KEY" },
    ]);
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), wanted);
    assert!(log(folder.path()).is_empty());
    let reason = ["env", "--key", "billing=SHOP", "--as", "export", "--print", "--reason", "moving a server"];
    assert_eq!(output(folder.path(), &reason).1, format!("export SHOP='{SECRET}'\n"));
    let log = log(folder.path());
    assert!(log.contains("printed") && log.contains("reason=moving a server"), "{log}");
    let secret = ["env", "--key", "billing", "--print", "--reason", SECRET];
    let (code, out, why) = output(folder.path(), &secret);
    assert_eq!((code, out.as_str()), (2, ""), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_never_shown_a_secret() {
    if !inside(Session::Unlocked, "showing::a_terminal_is_never_shown_a_secret") {
        return;
    }
    let folder = folder().await;
    let print = format!("{} env --key billing --print --reason test", env!("CARGO_BIN_EXE_keystow"));
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--command", &print, "/dev/null"]);
    let output = run(terminal.env("KEYSTOW_DATA_DIR", folder.path()).stdin(Stdio::null()), "bsdutils");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.starts_with("A secret is never printed to a terminal."), "{shown}");
    assert!(!shown.contains(SECRET));
    assert!(log(folder.path()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_that_the_log_does_not_take_prints_nothing() {
    if !inside(Session::Unlocked, "showing::a_reason_that_the_log_does_not_take_prints_nothing") {
        return;
    }
    let folder = folder().await;
    database(folder.path())
        .execute_batch("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END;")
        .unwrap();
    let (code, out, why) =
        output(folder.path(), &["env", "--key", "billing", "--print", "--reason", "moving a server"]);
    assert_eq!((code, out.as_str()), (125, ""));
    assert!(why.starts_with("The reason could not be written into the audit log."), "{why}");
    let (code, _, why) = output(folder.path(), &["run", "--key", "billing", "--", "true"]);
    assert_eq!(code, 0);
    assert!(why.starts_with("What is done with your keys cannot be written into the audit log."), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_and_the_rotations_are_read_without_a_keyring() {
    if !inside(Session::Unlocked, "showing::the_list_and_the_rotations_are_read_without_a_keyring") {
        return;
    }
    let folder = folder().await;
    let json = |arguments: &[&str]| {
        let mut command = keystow(folder.path(), arguments);
        let (code, out, why) = ended(command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus"));
        assert_eq!(code, 0, "{why}");
        assert!(!out.contains(SECRET));
        out
    };
    let all: Value = serde_json::from_str(&json(&["list", "--json"])).unwrap();
    let names: Vec<&str> = all.as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["billing", "elsewhere", "ended", "twin", "twin", "waiting"]);
    let wanted = json!({
        "id": "key_1", "name": "billing", "account": "nadia@example.com", "environment": "prod",
        "state": "rotating", "prefix": "kst_7Qm2", "scopes": [], "expiresAt": null,
        "stowedAt": "2027-01-15T08:00:00Z",
    });
    assert_eq!(all[0], wanted);
    assert_eq!(all[1]["stowedAt"], Value::Null);
    let text = json(&["list"]);
    let first: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(first, ["billing", "prod", "rotating", "here", "kst_7Qm2…", "nadia@example.com"]);
    assert!(text.lines().nth(1).unwrap().contains("not here"), "{text}");
    let rotations: Value = serde_json::from_str(&json(&["rotate", "--status", "--json"])).unwrap();
    let end = "2096-10-02T07:06:40Z";
    let old = json!([{ "prefix": "kst_4Gd7", "endsNotBefore": end, "endsNotAfter": end, "here": false }]);
    assert_eq!(rotations.as_array().unwrap().len(), 1);
    assert_eq!((&rotations[0]["name"], &rotations[0]["old"]), (&json!("billing"), &old));
    let text = json(&["rotate", "--status"]);
    assert_eq!(text, format!("billing  old secret ends at {end}  nadia@example.com\n"));
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let verbs = ["list", "copy", "env", "run", "rotate", "doctor", "audit", "completions", "man"];
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, text, _) = output(folder.path(), &["completions", shell]);
        assert_eq!(code, 0);
        assert!(verbs.iter().all(|verb| text.contains(verb)) && text.contains("no-redact"), "{shell}");
    }
    let (_, page, _) = output(folder.path(), &["man"]);
    assert!(page.contains(".TH keystow 1"), "{page}");
    assert!(verbs.iter().all(|verb| page.contains(verb)) && page.contains("118"), "{page}");
    let (_, page, _) = output(folder.path(), &["man", "run"]);
    assert!(page.contains(".TH keystow-run 1") && page.contains("no\\-redact"), "{page}");
    for verb in verbs {
        assert_eq!(output(folder.path(), &["man", verb]).0, 0, "{verb}");
    }
}

#[test]
fn no_window_is_linked() {
    let output = run(Command::new("ldd").arg(env!("CARGO_BIN_EXE_keystow")), "libc-bin");
    let linked = String::from_utf8(output.stdout).unwrap();
    assert!(linked.contains("libc.so"), "{linked}");
    for library in ["gtk", "gdk", "webkit", "X11", "xcb", "wayland", "dbus", "GL"] {
        assert!(!linked.contains(library), "{library}: {linked}");
    }
}
