//! A vault under a passphrase, asked for at the terminal and nowhere else.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use super::keyring::{Session, inside};
use super::*;

const PASSPHRASE: &str = "plum orbit lantern sketch";
/// How long to wait before a terminal is looked at again: it tells nobody when it stops showing what is typed.
const PAUSE: Duration = Duration::from_millis(20);

/// A folder whose vault is under a passphrase.
async fn sealed() -> tempfile::TempDir {
    let folder = folder().await;
    let keyring = Arc::new(OsKeyring::new(service(folder.path())));
    let vault = Vault::open(folder.path(), keyring, Arc::new(SystemClock)).unwrap().vault;
    vault.unlock().await.unwrap();
    vault.seal(keystow_vault::Passphrase::typed(PASSPHRASE.into())).await.unwrap();
    assert_eq!(vault.protection(), keystow_vault::Protection::Passphrase { leftover: false });
    folder
}

/// Runs a command of ours at a terminal, with somebody who types this once the terminal hides it.
async fn at_terminal(folder: &Path, command: &str, typed: &str) -> (i32, String) {
    let name = folder.join("terminal");
    let _ = fs::remove_file(&name);
    let line = format!("tty > '{}'; {} {command}", name.display(), env!("CARGO_BIN_EXE_keystow"));
    // A program in the background of a shell is deaf to an interrupt, and what it starts stays so.
    let mut script = Command::new("env");
    script.args(["--default-signal=INT", "script", "-q", "-e", "-c", &line, "/dev/null"]);
    script.env("KEYSTOW_DATA_DIR", folder);
    script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut script = script.spawn().unwrap_or_else(|error| panic!("{error}; install the package bsdutils"));
    while !hides(&name) {
        assert!(script.try_wait().unwrap().is_none(), "it ended before it asked");
        tokio::time::sleep(PAUSE).await;
    }
    script.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let mut said = String::new();
    script.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    (script.wait().unwrap().code().unwrap(), said)
}

/// Whether the terminal that a file names does not show what is typed.
fn hides(name: &Path) -> bool {
    let Ok(terminal) = fs::read_to_string(name) else { return false };
    let told = Command::new("stty").args(["-a", "-F", terminal.trim()]).output().unwrap();
    String::from_utf8_lossy(&told.stdout).split_whitespace().any(|word| word == "-echo")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_passphrase_is_asked_for_at_the_terminal_and_not_shown_there() {
    if !inside(Session::Unlocked, "sealing::the_passphrase_is_asked_for_at_the_terminal_and_not_shown_there")
    {
        return;
    }
    let folder = sealed().await;
    let run = "run --key billing=SHOP -- sh -c 'test -n \"$SHOP\" && echo it ran'";
    for (typed, expected) in [(PASSPHRASE, 0), ("another one of mine", 118), ("", 118)] {
        let (code, said) = at_terminal(folder.path(), run, &format!("{typed}\n")).await;
        assert_eq!(code, expected, "{said}");
        assert!(said.contains("The passphrase opens the vault on this computer. Passphrase: "), "{said}");
        assert_eq!(said.contains("it ran"), expected == 0, "{said}");
        assert!(!said.contains(SECRET) && (typed.is_empty() || !said.contains(typed)), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_ends_the_question_gets_a_terminal_that_shows_what_is_typed() {
    if !inside(
        Session::Unlocked,
        "sealing::whoever_ends_the_question_gets_a_terminal_that_shows_what_is_typed",
    ) {
        return;
    }
    let folder = sealed().await;
    // Ctrl and C end the program as that signal does; Ctrl and D only the question.
    for (key, expected) in [("\u{3}", "ended 130"), ("\u{4}", "ended 118")] {
        let asks = "run --key billing -- echo it ran; echo ended $?; stty -a";
        let (_, said) = at_terminal(folder.path(), asks, key).await;
        assert!(said.contains(expected) && !said.contains("it ran"), "{said}");
        assert!(said.split_whitespace().any(|word| word == "echo"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_be_asked_a_vault_under_a_passphrase_stays_closed() {
    if !inside(
        Session::Unlocked,
        "sealing::where_nobody_can_be_asked_a_vault_under_a_passphrase_stays_closed",
    ) {
        return;
    }
    let folder = sealed().await;
    let mut alone = Command::new("setsid");
    alone.args(["--wait", env!("CARGO_BIN_EXE_keystow"), "run", "--key", "billing", "--", "echo", "it ran"]);
    // What is piped in is no answer of a person's.
    alone.env("KEYSTOW_DATA_DIR", folder.path()).stdin(Stdio::piped());
    let mut alone = alone.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = alone.stdin.take().unwrap().write_all(format!("{PASSPHRASE}\n").as_bytes());
    let output = alone.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(118), b"".as_slice()));
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(why.starts_with("The vault opens with a passphrase, and there is nobody here"), "{why}");
    let keys = super::output(folder.path(), &["list"]);
    assert_eq!(keys.0, 0, "names are no secrets");
}
