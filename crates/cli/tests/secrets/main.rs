//! The program itself with a vault, a real keyring, a real clipboard and real children.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "../../../vault/tests/support/keyring.rs"]
#[expect(dead_code, reason = "the vault's tests use more of it")]
mod keyring;

mod asking;
mod beside;
mod copying;
mod failing;
mod importing;
mod reaching;
mod running;
mod sealing;
mod showing;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use keystow_domain::{AccountId, KeyId, OperationId, Timestamp};
use keystow_engine::{Engine, Host, Setup, SystemClock};
use keystow_vault::{Label, OsKeyring, Secret, Vault};
use rusqlite::Connection;

/// Known by every byte, so that it can be sought, and with characters that URLs write in another way.
const SECRET: &str = "kst_7Qm2/sXk4+vBn6wQe1yUt0rMz5sLp9dFg2=";

/// The keys of the list: one with its secret, one without, two of a name, one that ended and one that waits.
const KEYS: &str = "
INSERT INTO accounts VALUES
    ('acc', 0, 0, 'http://127.0.0.1:9', 'Test portal', 'id', 'nadia@example.com', '', 'signed_in');
INSERT INTO lists VALUES ('acc', 1800000000000);
INSERT INTO keys (account, position, id, name, prefix, status, scopes, environment, previous) VALUES
    ('acc', 0, 'key_1', 'billing', 'kst_7Qm2', 'active', '[]', 'production',
        '[{\"prefix\":\"kst_4Gd7\",\"suffix\":null,\"expires_at\":4000000000000,\"last_used_at\":null}]'),
    ('acc', 1, 'key_2', 'elsewhere', 'kst_9999', 'active', '[]', NULL, '[]'),
    ('acc', 2, 'key_3', 'twin', 'kst_3333', 'active', '[]', NULL, '[]'),
    ('acc', 3, 'key_4', 'twin', 'kst_4444', 'active', '[]', NULL, '[]'),
    ('acc', 4, 'key_5', 'ended', 'kst_5555', 'revoked', '[]', NULL, '[]'),
    ('acc', 5, 'key_6', 'waiting', 'kst_7Qm2', 'pending', '[]', NULL, '[]');
";

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

/// A folder as the app leaves it, with [`KEYS`] and the secret of two of them.
async fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    drop(app(folder.path()).await);
    database(folder.path()).execute_batch(KEYS).unwrap();
    let keyring = Arc::new(OsKeyring::new(service(folder.path())));
    let vault = Vault::open(folder.path(), keyring, Arc::new(SystemClock)).unwrap().vault;
    vault.unlock().await.unwrap();
    for key in ["key_1", "key_6"] {
        let label = Label {
            operation: OperationId::new(format!("op of {key}")),
            account: AccountId::new("acc"),
            key: KeyId::new(key),
            prefix: "kst_7Qm2".into(),
            issued_at: Timestamp::from_secs(1_800_000_000),
        };
        vault.stow(label, Secret::from_text(SECRET.into())).await.unwrap();
    }
    folder
}

fn database(folder: &Path) -> Connection {
    Connection::open(folder.join("keystow.db")).unwrap()
}

fn keystow(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keystow"));
    command.env("KEYSTOW_DATA_DIR", folder).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// How it ended, and what it said on its two outputs.
fn output(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    ended(&mut keystow(folder, arguments))
}

fn ended(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn log(folder: &Path) -> String {
    output(folder, &["audit", "list"]).1
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
