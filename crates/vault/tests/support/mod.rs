//! Real parts for the tests of the vault: an X server, a keyring session, programs that read the
//! clipboard, and a vault in a folder of its own.
//!
//! A program that is missing fails the test and says which package brings it; nothing is skipped.

#![expect(dead_code, reason = "every test program uses its own part of this")]

pub(crate) mod keyring;
pub(crate) mod memory;
pub(crate) mod screen;
pub(crate) mod sealing;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use keystow_domain::{AccountId, Clock, KeyId, OperationId, Timestamp};
use keystow_vault::{Keyring, Label, MemoryKeyring, Opened, Secret, Vault, VaultError};

/// A clock that stands still.
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_800_000_000)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// A vault over this keyring.
pub(crate) fn open(folder: &Path, keyring: &Arc<MemoryKeyring>) -> Result<Opened, VaultError> {
    Vault::open(folder, Arc::clone(keyring) as Arc<dyn Keyring>, Arc::new(Still))
}

/// A vault over this keyring that is unlocked.
pub(crate) async fn unlocked(folder: &Path, keyring: &Arc<MemoryKeyring>) -> Vault {
    let vault = open(folder, keyring).unwrap().vault;
    vault.unlock().await.unwrap();
    vault
}

/// The label of an operation of the account `acc`.
pub(crate) fn label(operation: &str) -> Label {
    Label {
        operation: OperationId::new(operation),
        account: AccountId::new("acc"),
        key: KeyId::new("key_1"),
        prefix: "kst_".into(),
        issued_at: Timestamp::from_secs(1_799_999_999),
    }
}

/// A secret with this plaintext.
pub(crate) fn secret(text: &str) -> Secret {
    Secret::from_text(text.to_owned())
}

/// The plaintext of a secret, read the only way there is from outside: as a request.
pub(crate) fn plain(secret: &Secret) -> String {
    keystow_vault::request::api_key(secret).unwrap().to_str().unwrap().to_owned()
}

/// Runs a program to its end, or fails naming the package that brings it.
pub(crate) fn run(command: &mut Command, package: &str) -> Output {
    command.output().unwrap_or_else(|error| {
        panic!(
            "{} does not start ({error}); install the package {package}",
            command.get_program().to_string_lossy()
        )
    })
}
