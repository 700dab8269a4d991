//! The keyring of the system: a real one on a private bus, and every way not to have one.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use keystow_domain::OperationId;
use keystow_vault::{DataKey, Keyring, KeyringError, OsKeyring, Passphrase, Protection, Vault, VaultError};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use support::keyring::{Session, inside};
use support::{Still, label, secret};

fn keyring() -> OsKeyring {
    OsKeyring::new("dev.keystow.test")
}

fn vault(folder: &std::path::Path, keyring: OsKeyring) -> Vault {
    Vault::open(folder, Arc::new(keyring), Arc::new(Still)).unwrap().vault
}

fn failure(result: Result<Option<DataKey>, KeyringError>) -> KeyringError {
    result.err().unwrap()
}

#[tokio::test]
async fn the_data_key_is_kept_from_one_run_to_the_next() {
    if !inside(Session::Unlocked, "the_data_key_is_kept_from_one_run_to_the_next") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let first = vault(folder.path(), keyring());
    first.unlock().await.unwrap();
    first.stow(label("op"), secret("kst_1")).await.unwrap();
    drop(first);
    let second = vault(folder.path(), keyring());
    second.unlock().await.unwrap();
    assert!(second.reveal_to_request(&OperationId::new("op")).await.is_ok());
    keyring().delete().unwrap();
    keyring().delete().unwrap();
    let third = vault(folder.path(), keyring());
    assert_eq!(third.unlock().await, Err(VaultError::KeyLost));
}

#[tokio::test]
async fn a_passphrase_takes_the_data_key_out_of_the_keyring_and_brings_it_back() {
    if !inside(Session::Unlocked, "a_passphrase_takes_the_data_key_out_of_the_keyring_and_brings_it_back") {
        return;
    }
    let typed = || Passphrase::typed("a passphrase of mine".into());
    let folder = tempfile::tempdir().unwrap();
    let first = vault(folder.path(), keyring());
    first.unlock().await.unwrap();
    first.stow(label("op"), secret("kst_1")).await.unwrap();
    first.seal(typed()).await.unwrap();
    assert_eq!(first.protection(), Protection::Passphrase { leftover: false });
    assert!(keyring().load().unwrap().is_none(), "the keyring has nothing of it");
    first.unseal(typed()).await.unwrap();
    drop(first);
    let second = vault(folder.path(), keyring());
    second.unlock().await.unwrap();
    assert!(second.reveal_to_request(&OperationId::new("op")).await.is_ok());
}

#[test]
fn a_key_of_one_service_name_is_not_found_under_another() {
    if !inside(Session::Unlocked, "a_key_of_one_service_name_is_not_found_under_another") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(vault(folder.path(), keyring()).unlock()).unwrap();
    assert!(keyring().load().unwrap().is_some());
    assert!(OsKeyring::new("dev.keystow.other").load().unwrap().is_none());
}

#[test]
fn an_item_that_is_no_key_is_told_as_such() {
    if !inside(Session::Unlocked, "an_item_that_is_no_key_is_told_as_such") {
        return;
    }
    write_item(b"hunter2");
    assert_eq!(failure(keyring().load()), KeyringError::Corrupt);
}

#[test]
fn two_items_of_the_same_name_are_not_chosen_from() {
    if !inside(Session::Unlocked, "two_items_of_the_same_name_are_not_chosen_from") {
        return;
    }
    write_item(b"one");
    write_item(b"two");
    assert_eq!(failure(keyring().load()), KeyringError::Ambiguous);
}

#[tokio::test]
async fn a_locked_keyring_without_a_display_is_locked() {
    if !inside(Session::Unlocked, "a_locked_keyring_without_a_display_is_locked") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    vault(folder.path(), keyring()).unlock().await.unwrap();
    let service = SecretService::connect(EncryptionType::Plain).unwrap();
    service.get_default_collection().unwrap().lock().unwrap();
    let locked = vault(folder.path(), keyring()).unlock().await;
    assert_eq!(locked, Err(VaultError::Keyring(KeyringError::Locked)));
}

#[tokio::test]
async fn a_keyring_without_a_collection_says_so_when_a_key_is_to_be_kept() {
    if !inside(Session::NoCollection, "a_keyring_without_a_collection_says_so_when_a_key_is_to_be_kept") {
        return;
    }
    assert!(keyring().load().unwrap().is_none(), "there is no key, and that is no failure");
    let folder = tempfile::tempdir().unwrap();
    let refused = vault(folder.path(), keyring()).unlock().await;
    assert_eq!(refused, Err(VaultError::Keyring(KeyringError::NoCollection)));
}

#[test]
fn without_a_bus_the_keyring_is_absent() {
    if !inside(Session::NoBus, "without_a_bus_the_keyring_is_absent") {
        return;
    }
    assert_eq!(failure(keyring().load()), KeyringError::Absent);
}

#[test]
fn without_a_service_the_keyring_is_absent() {
    if !inside(Session::BusOnly, "without_a_service_the_keyring_is_absent") {
        return;
    }
    let keyring = keyring();
    assert_eq!(failure(keyring.load()), KeyringError::Absent);
    assert_eq!(failure(keyring.load()), KeyringError::Absent, "and it can be asked again");
}

#[test]
fn a_keyring_that_never_answers_is_given_up_and_asked_anew() {
    if !inside(Session::BusOnly, "a_keyring_that_never_answers_is_given_up_and_asked_anew") {
        return;
    }
    let name = "org.freedesktop.secrets";
    let mute = zbus::blocking::Connection::session().unwrap();
    mute.request_name(name).unwrap();
    let keyring = keyring().with_deadlines(Duration::from_millis(300), Duration::from_millis(300));
    assert_eq!(failure(keyring.load()), KeyringError::TimedOut);
    assert_eq!(failure(keyring.load()), KeyringError::TimedOut);
    mute.release_name(name).unwrap();
    assert_eq!(failure(keyring.load()), KeyringError::Absent, "the abandoned call holds nothing up");
}

#[test]
fn a_restarted_keyring_is_found_again() {
    if !inside(Session::Unlocked, "a_restarted_keyring_is_found_again") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(keyring());
    let vault =
        Vault::open(folder.path(), Arc::clone(&keyring) as Arc<dyn Keyring>, Arc::new(Still)).unwrap().vault;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(vault.unlock()).unwrap();
    let restart =
        "printf password | gnome-keyring-daemon --replace --unlock --components=secrets --daemonize";
    let output = support::run(std::process::Command::new("sh").args(["-c", restart]), "gnome-keyring");
    assert!(output.status.success());
    assert!(keyring.load().unwrap().is_some());
}

/// Puts an item beside the vault's, as another program could.
fn write_item(content: &[u8]) {
    let service = SecretService::connect(EncryptionType::Dh).unwrap();
    let collection = service.get_default_collection().unwrap();
    let attributes = [("service", "dev.keystow.test"), ("username", "vault")].into();
    collection.create_item("test", attributes, content, false, "text/plain").unwrap();
}
