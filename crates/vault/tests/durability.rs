//! A process that is killed at any moment has lost no secret that it was told is stowed.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests fail by panicking and speak to each other on standard output"
)]

mod support;

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use keystow_domain::{AccountId, OperationId};
use keystow_vault::{MemoryKeyring, Vault};
use support::{Still, label, plain, secret};

/// The variable that makes this program the one to be killed; it holds the vault's folder.
const APP: &str = "KEYSTOW_TEST_STOWER";
const TEST: &str = "a_secret_that_was_stowed_survives_a_kill_at_any_moment";

#[test]
fn a_secret_that_was_stowed_survives_a_kill_at_any_moment() {
    if let Some(folder) = std::env::var_os(APP) {
        return stow_for_ever(Path::new(&folder));
    }
    for round in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let mut app = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST, "--nocapture"])
            .env(APP, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(app.stdout.take().unwrap()).lines().map_while(Result::ok);
        let enough = 1 + round * 7;
        let mut stowed = HashSet::new();
        while stowed.len() < enough {
            stowed.extend(said.next().unwrap().strip_prefix("stowed ").map(str::to_owned));
        }
        app.kill().unwrap();
        // What it said before it died counts as well.
        stowed.extend(said.filter_map(|line| line.strip_prefix("stowed ").map(str::to_owned)));
        app.wait().unwrap();
        look_for(&stowed, folder.path());
    }
}

#[tokio::main]
async fn look_for(stowed: &HashSet<String>, folder: &Path) {
    let vault = open(folder);
    vault.unlock().await.unwrap();
    for operation in stowed {
        let secret = vault.reveal_to_request(&OperationId::new(operation)).await.unwrap();
        assert_eq!(plain(&secret), format!("kst_{operation}"));
    }
    // One more may be there: stowed, and killed before it was said. It must open like the others.
    for kept in vault.stowed(&AccountId::new("acc")).await.unwrap() {
        assert!(vault.reveal_to_request(&kept.operation).await.is_ok());
    }
}

#[tokio::main]
async fn stow_for_ever(folder: &Path) {
    let vault = open(folder);
    vault.unlock().await.unwrap();
    for number in 0_u64.. {
        vault.stow(label(&number.to_string()), secret(&format!("kst_{number}"))).await.unwrap();
        println!("stowed {number}");
    }
}

fn open(folder: &Path) -> Vault {
    let keyring = Arc::new(MemoryKeyring::in_file(folder.join("key")));
    let opened = Vault::open(&folder.join("vault"), keyring, Arc::new(Still)).unwrap();
    assert_eq!(opened.set_aside, None, "a kill damages nothing");
    opened.vault
}
