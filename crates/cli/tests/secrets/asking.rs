//! A production key that asks first: at the terminal, and nowhere else.

use std::io::Write as _;

use super::keyring::{Session, inside};
use super::*;

/// A folder where production keys ask; `billing` is one.
async fn asking() -> tempfile::TempDir {
    let folder = folder().await;
    database(folder.path()).execute("INSERT INTO settings VALUES ('ask_production', 'yes')", []).unwrap();
    folder
}

/// Runs a command of ours at a terminal, with somebody who types this there.
fn at_terminal(folder: &Path, command: &str, typed: &str) -> (i32, String) {
    let line = format!("{} {command}", env!("CARGO_BIN_EXE_keystow"));
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &line, "/dev/null"]).env("KEYSTOW_DATA_DIR", folder);
    script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut script = script.spawn().unwrap_or_else(|error| panic!("{error}; install the package bsdutils"));
    script.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = script.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_production_key_that_asks_is_refused_where_nobody_can_be_asked() {
    if !inside(Session::Unlocked, "asking::a_production_key_that_asks_is_refused_where_nobody_can_be_asked") {
        return;
    }
    let folder = asking().await;
    // A session of its own has no terminal, whoever runs these tests.
    let mut alone = Command::new("setsid");
    alone.args(["--wait", env!("CARGO_BIN_EXE_keystow"), "run", "--key", "billing", "--", "echo", "it ran"]);
    alone.env("KEYSTOW_DATA_DIR", folder.path()).stdin(Stdio::piped());
    let (code, out, why) = ended(alone.stdout(Stdio::piped()).stderr(Stdio::piped()));
    assert_eq!((code, out.as_str()), (122, ""));
    assert!(why.starts_with("“billing” is a production key, and nobody confirmed"), "{why}");
    assert!(log(folder.path()).is_empty(), "nothing was done, so nothing is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_production_key_that_asks_is_given_to_who_says_yes_at_the_terminal() {
    if !inside(
        Session::Unlocked,
        "asking::a_production_key_that_asks_is_given_to_who_says_yes_at_the_terminal",
    ) {
        return;
    }
    let folder = asking().await;
    let run = "run --key billing=SHOP -- sh -c 'test -n \"$SHOP\" && echo it ran'";
    for (typed, expected) in [("yes\n", 0), ("no\n", 122), ("\n", 122)] {
        let (code, said) = at_terminal(folder.path(), run, typed);
        assert_eq!(code, expected, "{said}");
        assert!(said.contains("“billing” is a production key. Give its secret? Type yes: "), "{said}");
        assert_eq!(said.contains("it ran"), expected == 0, "{said}");
        assert!(!said.contains(SECRET));
    }
    assert_eq!(at_terminal(folder.path(), "list", "").0, 0, "names are no secrets");
}
