//! No plaintext stays behind in the process that stowed, sought and copied a secret.
//!
//! This program is the app of its own test: it installs the zeroing allocator, takes a secret from
//! a pipe, does everything a secret is for, and is then searched from outside.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests fail by panicking and speak to each other on standard output"
)]

mod support;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use keystow_domain::OperationId;
use keystow_vault::{Clipboard, MemoryKeyring, Secret, ZeroingAllocator, request};
use support::memory::{memory_of, parts_found};
use support::screen::Screen;
use support::{label, unlocked};

#[global_allocator]
static ALLOCATOR: ZeroingAllocator = ZeroingAllocator;

/// The variable that makes this program the app; it holds the guard's path.
const APP: &str = "KEYSTOW_TEST_RESIDUE";
const TEST: &str = "after_stowing_sending_seeking_and_copying_no_plaintext_is_left";
const LENGTH: usize = 40;

#[test]
fn after_stowing_sending_seeking_and_copying_no_plaintext_is_left() {
    if let Some(guard) = std::env::var_os(APP) {
        return live(guard.into());
    }
    let screen = Screen::start();
    let (secret, control) =
        (*b"kst_qWzNfT7rKx3mVbY9cLd2GhJp5sRt8uEaHoPi", *b"control_Xk4vBn6wQe1yUt0rMz5sLp9dFg2hJc8a");
    let mut app = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(APP, screen.guard())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = app.stdin.take().unwrap();
    stdin.write_all(&[secret, control].concat()).unwrap();
    let mut said = BufReader::new(app.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains("held")));
    assert_eq!(screen.paste().map(String::into_bytes).as_deref(), Some(secret.as_slice()));
    stdin.write_all(b"\n").unwrap();
    assert!(said.any(|line| line.contains("cleared")));
    let memory = memory_of(app.id()).unwrap();
    app.kill().unwrap();
    app.wait().unwrap();
    assert!(parts_found(&memory, &control) > 0, "the search finds what is there");
    assert_eq!(parts_found(&memory, &secret), 0);
    for before in ["", "a", "ab"] {
        let whole = STANDARD_NO_PAD.encode([before.as_bytes(), &secret].concat());
        assert_eq!(parts_found(&memory, &whole.as_bytes()[4..]), 0, "nor in the form of base64");
    }
}

/// The app's life: a secret comes in, is stowed, sent, copied, cleared.
#[tokio::main]
async fn live(guard: std::path::PathBuf) {
    // Standard input's own buffer would keep what it read.
    let mut input = File::from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
    let mut text = vec![0; LENGTH];
    input.read_exact(&mut text).unwrap();
    let secret = Secret::from_text(String::from_utf8(text).unwrap());
    let mut control = vec![0; LENGTH];
    input.read_exact(&mut control).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let vault = unlocked(folder.path(), &Arc::new(MemoryKeyring::new())).await;
    vault.stow(label("op"), secret).await.unwrap();
    let operation = OperationId::new("op");
    let sent = vault.reveal_to_request(&operation).await.unwrap();
    drop((request::bearer(&sent).unwrap(), request::api_key(&sent).unwrap()));
    let fields = || [("token", request::Field::Secret(&sent))];
    drop((request::form(&fields()), request::json(&fields())));
    drop(sent);
    // A search keeps this for as long as it runs.
    let seeker = vault.seeker(&operation).await.unwrap();
    assert_eq!(seeker.find(&control), []);
    let clipboard = Clipboard::new(guard);
    vault.copy(&operation, &clipboard, Duration::from_secs(600)).await.unwrap();
    println!("held");
    input.read_exact(&mut [0]).unwrap();
    clipboard.clear().await.unwrap();
    println!("cleared");
    let _ = input.read(&mut [0]);
    drop((control, seeker));
}
