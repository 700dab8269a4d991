//! Unlocking: one key for a vault, and never silently another.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::sync::Arc;

use keystow_domain::OperationId;
use keystow_vault::{Fault, KeyringError, MemoryKeyring, VaultError};
use support::{label, open, secret, unlocked};

#[tokio::test]
async fn every_failure_of_the_keyring_is_told_apart_and_can_be_tried_again() {
    let all = [
        KeyringError::Absent,
        KeyringError::NoCollection,
        KeyringError::Locked,
        KeyringError::Dismissed,
        KeyringError::TimedOut,
        KeyringError::Ambiguous,
        KeyringError::Corrupt,
        KeyringError::Broken,
    ];
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = open(folder.path(), &keyring).unwrap().vault;
    let mut texts = std::collections::BTreeSet::new();
    for error in all {
        keyring.set_fault(Fault::Always(error));
        assert_eq!(vault.unlock().await, Err(VaultError::Keyring(error)));
        assert!(!vault.is_unlocked());
        texts.insert(error.to_string());
    }
    assert_eq!(texts.len(), all.len(), "every failure has words of its own");
    keyring.set_fault(Fault::None);
    vault.unlock().await.unwrap();
    assert!(vault.is_unlocked());
}

#[tokio::test]
async fn a_keyring_that_forgets_what_it_was_given_opens_nothing() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    keyring.set_fault(Fault::Forgets);
    let vault = open(folder.path(), &keyring).unwrap().vault;
    assert_eq!(vault.unlock().await, Err(VaultError::ReadBack));
    assert!(!vault.is_unlocked());
}

#[tokio::test]
async fn records_without_their_key_are_never_sealed_over_by_a_new_one() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    unlocked(folder.path(), &keyring).await.stow(label("op"), secret("kst_1")).await.unwrap();
    keyring.lose_key();
    let vault = open(folder.path(), &keyring).unwrap().vault;
    assert_eq!(vault.unlock().await, Err(VaultError::KeyLost));
    let stranger = Arc::new(MemoryKeyring::new());
    unlocked(tempfile::tempdir().unwrap().path(), &stranger).await;
    let vault = open(folder.path(), &stranger).unwrap().vault;
    assert_eq!(vault.unlock().await, Err(VaultError::KeyLost), "another vault's key is no key of this one");
    let aside = vault.start_over().await.unwrap();
    assert!(aside.exists(), "starting over keeps the old records");
    vault.unlock().await.unwrap();
    assert_eq!(vault.find(&OperationId::new("op")).await.unwrap(), None);
    vault.stow(label("op"), secret("kst_2")).await.unwrap();
}

#[tokio::test]
async fn an_empty_vault_whose_key_was_removed_gets_a_new_one() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    unlocked(folder.path(), &keyring).await;
    keyring.lose_key();
    unlocked(folder.path(), &keyring).await.stow(label("op"), secret("kst_1")).await.unwrap();
    assert!(unlocked(folder.path(), &keyring).await.is_unlocked());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_unlock_at_once_agree_on_one_key() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vaults: Vec<_> = (0..8).map(|_| open(folder.path(), &keyring).unwrap().vault).collect();
    let unlocking: Vec<_> =
        vaults.iter().cloned().map(|vault| tokio::spawn(async move { vault.unlock().await })).collect();
    for unlocking in unlocking {
        unlocking.await.unwrap().unwrap();
    }
    vaults[0].stow(label("op"), secret("kst_1")).await.unwrap();
    for vault in &vaults {
        assert!(vault.reveal_to_request(&OperationId::new("op")).await.is_ok());
    }
}

#[tokio::test]
async fn an_unlocked_vault_does_not_ask_the_keyring_again() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    let asked = keyring.loads();
    vault.unlock().await.unwrap();
    assert_eq!(keyring.loads(), asked);
    vault.lock();
    vault.unlock().await.unwrap();
    assert_eq!(keyring.loads(), asked + 1);
}
