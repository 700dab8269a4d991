//! The program itself with a vault, a real keyring and real children.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "../../vault/tests/support/keyring.rs"]
#[expect(dead_code, reason = "the vault's tests use more of it")]
mod keyring;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use keyring::{Session, inside};
use keystow_domain::{AccountId, KeyId, OperationId, Timestamp};
use keystow_engine::{Engine, Host, PlaceKind, Setup, SystemClock, verify_audit};
use keystow_vault::{Label, OsKeyring, Secret, Vault};
use rusqlite::Connection;

/// Known by every byte, so that it can be sought.
const SECRET: &str = "kst_7Qm2sXk4vBn6wQe1yUt0rMz5sLp9dFg2";

/// Runs a program to its end, or fails naming the package that brings it.
fn run(command: &mut Command, package: &str) -> Output {
    command.output().unwrap_or_else(|error| panic!("{error}; install the package {package}"))
}

/// No desktop.
struct Nowhere;

impl Host for Nowhere {
    fn open_browser(&self, _address: &str) -> bool {
        false
    }
}

fn service(folder: &Path) -> String {
    format!("dev.keystow.desktop {}", folder.display())
}

/// The app, which holds the folder while it lives.
async fn app(folder: &Path) -> Engine {
    let setup = Setup {
        folder: folder.to_owned(),
        guard: "unused".into(),
        keyring_service: service(folder),
        host: Arc::new(Nowhere),
        clock: Arc::new(SystemClock),
    };
    Engine::open(setup).await.unwrap()
}

/// A folder as the app leaves it: an account, a key called `billing` with its secret, and one without.
async fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    drop(app(folder.path()).await);
    let db = Connection::open(folder.path().join("keystow.db")).unwrap();
    db.execute_batch(
        "INSERT INTO accounts VALUES ('acc', 0, 0, 'http://127.0.0.1:9', 'Test portal', 'id', 'nadia@example.com', '', 'signed_in');
         INSERT INTO lists VALUES ('acc', 1800000000000);
         INSERT INTO keys (account, position, id, name, prefix, status, scopes, previous)
         VALUES ('acc', 0, 'key_1', 'billing', 'kst_7Qm2', 'active', '[]', '[]'),
                ('acc', 1, 'key_2', 'elsewhere', 'kst_9999', 'active', '[]', '[]');",
    )
    .unwrap();
    let keyring = Arc::new(OsKeyring::new(service(folder.path())));
    let vault = Vault::open(folder.path(), keyring, Arc::new(SystemClock)).unwrap().vault;
    vault.unlock().await.unwrap();
    let label = Label {
        operation: OperationId::new("op"),
        account: AccountId::new("acc"),
        key: KeyId::new("key_1"),
        prefix: "kst_7Qm2".into(),
        issued_at: Timestamp::from_secs(1_800_000_000),
    };
    vault.stow(label, Secret::from_text(SECRET.into())).await.unwrap();
    folder
}

fn keystow(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keystow"));
    command.env("KEYSTOW_DATA_DIR", folder).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = keystow(folder, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A program that runs, and the first line it said.
fn running(folder: &Path, script: &str) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let mut child =
        keystow(folder, &["run", "--key", "billing=SHOP", "--", "sh", "-c", script]).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    (child, out, line.trim().to_owned())
}

/// The processes in whose arguments or environment the secret is.
fn holders() -> Vec<String> {
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let holds = |process: &String| {
        ["cmdline", "environ"].iter().any(|file| {
            let bytes = fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
            String::from_utf8_lossy(&bytes).contains(SECRET)
        })
    };
    processes.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).filter(holds).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_child_has_the_secret_and_its_output_has_it_not() {
    if !inside(Session::Unlocked, "only_the_child_has_the_secret_and_its_output_has_it_not") {
        return;
    }
    let folder = folder().await;
    let script = "echo $$; read go; echo \"got $SHOP\"; printf %s \"$SHOP\" | base64 >&2; exit 5";
    let (mut child, mut out, process) = running(folder.path(), script);
    assert_eq!(holders(), [process], "the child, and nobody else");
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "got [redacted SHOP]\n");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(5));
    assert!(String::from_utf8(ended.stderr).unwrap().contains("[redacted SHOP]"));
    let log = output(folder.path(), &["audit", "list"]).1;
    assert!(log.contains("ran") && log.contains("place=sh") && log.contains("variable=SHOP"), "{log}");
    assert!(!log.contains(SECRET));
    let plain = ["run", "--key", "billing=SHOP", "--no-redact", "--", "sh", "-c", "echo $SHOP"];
    assert_eq!(output(folder.path(), &plain).1, format!("{SECRET}\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_and_ends_are_passed_through() {
    if !inside(Session::Unlocked, "signals_and_ends_are_passed_through") {
        return;
    }
    let folder = folder().await;
    let (mut child, _out, said) =
        running(folder.path(), "trap 'exit 7' TERM; echo ready; while :; do read x; done");
    assert_eq!(said, "ready");
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(7));
    let end = |script: &str| output(folder.path(), &["run", "--key", "billing", "--", "sh", "-c", script]).0;
    assert_eq!(end("kill -9 $$"), 137);
    assert_eq!(end("exit 0"), 0);
    assert_eq!(output(folder.path(), &["run", "--key", "billing", "--", "keystow-no-such-program"]).0, 127);
    let (code, _, why) = output(folder.path(), &["run", "--key", "elsewhere", "--", "true"]);
    assert_eq!(code, 125, "{why}");
    assert!(output(folder.path(), &["run", "--key", "nobody", "--", "true"]).2.contains("No key is called"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_printed_without_a_reason_and_the_reason_is_in_the_log() {
    if !inside(Session::Unlocked, "nothing_is_printed_without_a_reason_and_the_reason_is_in_the_log") {
        return;
    }
    let folder = folder().await;
    let (code, shown, _) = output(folder.path(), &["env", "--key", "billing"]);
    assert_eq!((code, shown.as_str()), (0, "BILLING_KEY=••••••••\n"));
    assert_eq!(output(folder.path(), &["env", "--key", "billing", "--print"]).0, 2);
    let reason = ["env", "--key", "billing=SHOP", "--as", "export", "--print", "--reason", "moving a server"];
    assert_eq!(output(folder.path(), &reason).1, format!("export SHOP='{SECRET}'\n"));
    let log = output(folder.path(), &["audit", "list"]).1;
    assert!(log.contains("printed") && log.contains("reason=moving a server"), "{log}");
    let secret = ["env", "--key", "billing", "--print", "--reason", SECRET];
    let (code, out, why) = output(folder.path(), &secret);
    assert_eq!((code, out.as_str()), (2, ""), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_stays_whole_while_the_app_writes_it_too() {
    if !inside(Session::Unlocked, "the_log_stays_whole_while_the_app_writes_it_too") {
        return;
    }
    let folder = folder().await;
    let app = app(folder.path()).await;
    app.unlock().await.unwrap();
    let commands =
        (0..4).map(|_| keystow(folder.path(), &["run", "--key", "billing", "--", "true"]).spawn().unwrap());
    let commands: Vec<Child> = commands.collect();
    for number in 0..20 {
        app.add_place(&KeyId::new("key_1"), PlaceKind::Text, &format!("place {number}")).await.unwrap();
    }
    for command in commands {
        let ended = command.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    let check = verify_audit(folder.path()).unwrap();
    assert_eq!(check.broken_at, None);
    let sight = app.audit(0, 500).await.unwrap();
    assert_eq!(sight.check.broken_at, None, "nor at its end, which the vault knows");
    assert_eq!(sight.entries.iter().filter(|entry| entry.what == "ran").count(), 4);
    app.lock().await;
    let (code, _, why) = output(folder.path(), &["run", "--key", "billing", "--", "true"]);
    assert_eq!(code, 125);
    assert!(why.starts_with("Keystow is locked."), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_secret_is_told_without_a_keyring() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, why) = output(folder.path(), &["list"]);
    assert_eq!(code, 2);
    assert!(why.starts_with("There is nothing of Keystow"), "{why}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    assert!(output(folder.path(), &["completions", "bash"]).1.contains("keystow"));
    assert!(output(folder.path(), &["man"]).1.contains(".TH keystow"));
    assert_eq!(output(folder.path(), &["run", "--key", "a"]).0, 2);
    drop(app(folder.path()).await);
    let vault = Arc::new(OsKeyring::new(service(folder.path())));
    drop(Vault::open(folder.path(), vault, Arc::new(SystemClock)).unwrap());
    assert_eq!(output(folder.path(), &["list", "--json"]).1, "[]\n");
    assert_eq!(output(folder.path(), &["rotate", "--status"]).1, "Nothing is being rotated.\n");
}
