//! A copy from the vault to another program, through the guard, on a real X server.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests fail by panicking and speak to each other on standard output"
)]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use keystow_domain::OperationId;
use keystow_vault::{
    Clipboard, ClipboardError, ClipboardState, CopyError, Forgotten, Likeness, MemoryKeyring, PasteError,
    Vault, VaultError,
};
use rustix::process::{Signal, pidfd_send_signal};
use support::screen::{Screen, wait_for_end};
use support::{label, secret, unlocked};

const LONG: Duration = Duration::from_secs(600);

/// A vault with a few secrets, and a screen to copy them to.
struct Desk {
    screen: Screen,
    clipboard: Clipboard,
    vault: Vault,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Self {
        let screen = Screen::start();
        let folder = tempfile::tempdir().unwrap();
        let vault = filled(folder.path()).await;
        Self { clipboard: Clipboard::new(screen.guard()), screen, vault, _folder: folder }
    }

    async fn copy(&self, operation: &str) -> Result<(), CopyError> {
        self.vault.copy(&OperationId::new(operation), &self.clipboard, LONG).await
    }

    fn state(&self) -> ClipboardState {
        *self.clipboard.watch().borrow()
    }

    async fn becomes(&self, state: ClipboardState) {
        self.clipboard.watch().wait_for(|now| *now == state).await.unwrap();
    }
}

async fn filled(folder: &std::path::Path) -> Vault {
    let vault = unlocked(folder, &Arc::new(MemoryKeyring::new())).await;
    vault.stow(label("op1"), secret("kst_one")).await.unwrap();
    vault.stow(label("op2"), secret("kst_two")).await.unwrap();
    vault
}

fn is_held(state: ClipboardState) -> bool {
    matches!(state, ClipboardState::Held { .. })
}

#[tokio::test]
async fn when_a_copy_is_said_to_be_done_another_program_can_paste_it() {
    let desk = Desk::new().await;
    assert_eq!(desk.state(), ClipboardState::Empty);
    desk.copy("op1").await.unwrap();
    assert_eq!(desk.screen.paste().as_deref(), Some("kst_one"));
    assert!(is_held(desk.state()));
    desk.clipboard.clear().await.unwrap();
    assert_eq!(desk.state(), ClipboardState::Cleared);
    assert_eq!(desk.screen.paste(), None);
    desk.clipboard.clear().await.unwrap();
}

#[tokio::test]
async fn keeping_longer_moves_the_time_of_clearing() {
    let desk = Desk::new().await;
    assert_eq!(desk.clipboard.keep_longer(LONG).await, Err(ClipboardError::NotHeld));
    desk.copy("op1").await.unwrap();
    let ClipboardState::Held { until } = desk.state() else { panic!("not held") };
    desk.clipboard.keep_longer(LONG).await.unwrap();
    let ClipboardState::Held { until: later } = desk.state() else { panic!("not held") };
    assert!(later.since(until) > LONG / 2);
    desk.clipboard.clear().await.unwrap();
}

#[tokio::test]
async fn what_the_person_copies_instead_is_reported_and_left_alone() {
    let desk = Desk::new().await;
    desk.copy("op1").await.unwrap();
    desk.screen.copy("a shopping list");
    desk.becomes(ClipboardState::Replaced).await;
    desk.clipboard.clear().await.unwrap();
    assert_eq!(desk.screen.paste().as_deref(), Some("a shopping list"));
}

#[tokio::test]
async fn our_own_next_copy_is_not_reported_as_the_persons() {
    let desk = Desk::new().await;
    desk.copy("op1").await.unwrap();
    let older = desk.screen.guard_process();
    let mut watch = desk.clipboard.watch();
    desk.copy("op2").await.unwrap();
    wait_for_end(&older);
    assert!(is_held(desk.state()));
    assert!(is_held(*watch.borrow_and_update()));
    assert_eq!(desk.screen.paste().as_deref(), Some("kst_two"));
    desk.clipboard.clear().await.unwrap();
}

#[tokio::test]
async fn a_copy_that_fails_leaves_the_last_one_as_it_was() {
    let desk = Desk::new().await;
    desk.copy("op1").await.unwrap();
    desk.screen.replace_guard("#!/bin/sh\nexit 1\n");
    assert_eq!(desk.copy("op2").await, Err(ClipboardError::Died.into()));
    assert!(is_held(desk.state()));
    assert_eq!(desk.screen.paste().as_deref(), Some("kst_one"));
    desk.clipboard.clear().await.unwrap();
    assert_eq!(desk.state(), ClipboardState::Cleared);
}

#[tokio::test]
async fn a_guard_that_dies_is_noticed() {
    let desk = Desk::new().await;
    desk.copy("op1").await.unwrap();
    pidfd_send_signal(desk.screen.guard_process(), Signal::KILL).unwrap();
    desk.becomes(ClipboardState::Lost).await;
    assert_eq!(desk.screen.paste(), None);
}

#[tokio::test]
async fn every_way_to_have_no_clipboard_is_told_apart() {
    let desk = Desk::new().await;
    let operation = OperationId::new("op1");
    let missing = Clipboard::new("/nowhere/keystow-clipboard".into());
    assert_eq!(desk.vault.copy(&operation, &missing, LONG).await, Err(ClipboardError::NoGuard.into()));
    let failed = r#"#!/bin/sh
read -r header
printf '{"event":"failed"}\n'
"#;
    desk.screen.replace_guard(failed);
    assert_eq!(desk.copy("op1").await, Err(ClipboardError::NoClipboard.into()));
    desk.screen.replace_guard("#!/bin/sh\nexec sleep 600\n");
    assert_eq!(desk.copy("op1").await, Err(ClipboardError::TimedOut.into()));
    assert_eq!(desk.copy("op3").await, Err(VaultError::NotFound.into()));
    desk.vault.lock();
    assert_eq!(desk.copy("op1").await, Err(VaultError::Locked.into()));
    assert_eq!(desk.state(), ClipboardState::Empty);
}

/// The variable that makes this program the app of the next test; it holds the guard's path.
const APP: &str = "KEYSTOW_TEST_APP";

#[test]
fn a_copy_outlives_a_killed_app_and_its_guard_still_obeys_the_system() {
    if let Some(guard) = std::env::var_os(APP) {
        return copy_and_wait(guard.into());
    }
    let screen = Screen::start();
    let mut app = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_copy_outlives_a_killed_app_and_its_guard_still_obeys_the_system", "--nocapture"])
        .env(APP, screen.guard())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(app.stdout.take().unwrap()).lines();
    said.find(|line| line.as_ref().is_ok_and(|line| line.contains("held"))).unwrap().unwrap();
    app.kill().unwrap();
    app.wait().unwrap();
    assert_eq!(screen.paste().as_deref(), Some("kst_one"));
    let guard = screen.guard_process();
    pidfd_send_signal(&guard, Signal::TERM).unwrap();
    wait_for_end(&guard);
    assert_eq!(screen.paste(), None);
}

#[tokio::main]
async fn copy_and_wait(guard: std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let vault = filled(folder.path()).await;
    vault.copy(&OperationId::new("op1"), &Clipboard::new(guard), LONG).await.unwrap();
    println!("held");
    std::future::pending().await
}

fn like() -> Likeness {
    Likeness { prefix: "kst_7Qm2".into(), suffix: None }
}

#[tokio::test]
async fn a_secret_that_another_program_copied_is_taken_and_cleared_there() {
    let desk = Desk::new().await;
    assert!(matches!(desk.clipboard.paste(&like()).await, Err(PasteError::Nothing)));
    desk.screen.copy("a shopping list");
    assert!(matches!(desk.clipboard.paste(&like()).await, Err(PasteError::Unlike)));
    assert_eq!(desk.screen.paste().as_deref(), Some("a shopping list"), "what is not it is left alone");
    desk.screen.copy("export SHOP_KEY='kst_7Qm2sXk4vBn6wQe1'");
    let (secret, remains) = desk.clipboard.paste(&like()).await.unwrap();
    desk.vault.stow(label("op9"), secret).await.unwrap();
    assert_eq!(desk.clipboard.forget(remains).await, Ok(Forgotten::Cleared));
    assert_eq!(desk.screen.paste(), None);
    desk.copy("op9").await.unwrap();
    assert_eq!(desk.screen.paste().as_deref(), Some("kst_7Qm2sXk4vBn6wQe1"), "the secret and nothing else");
}

#[tokio::test]
async fn what_was_copied_since_is_not_cleared() {
    let desk = Desk::new().await;
    desk.screen.copy("kst_7Qm2sXk4vBn6wQe1");
    let (_, remains) = desk.clipboard.paste(&like()).await.unwrap();
    desk.screen.copy("a shopping list");
    assert_eq!(desk.clipboard.forget(remains).await, Ok(Forgotten::Replaced));
    assert_eq!(desk.screen.paste().as_deref(), Some("a shopping list"));
}
