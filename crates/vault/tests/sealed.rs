//! The data key under a passphrase: there, changed and back.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::path::Path;
use std::sync::{Arc, Mutex};

use keystow_vault::{
    DataKey, DiskFault, Disturbance, Fault, Keyring, KeyringError, MemoryKeyring, Protection, Vault,
    VaultError,
};
use support::sealing::{FIRST, SEALED, SECOND, gives_its_secret, has_item, typed};
use support::{Still, label, open, secret, unlocked};

/// A folder with one secret, its vault under the first passphrase.
async fn sealed() -> (tempfile::TempDir, Arc<MemoryKeyring>, Vault) {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    vault.stow(label("op"), secret("kst_1")).await.unwrap();
    vault.seal(typed(FIRST)).await.unwrap();
    (folder, keyring, vault)
}

#[tokio::test]
async fn a_vault_under_a_passphrase_opens_with_it_alone_and_needs_no_keyring() {
    let (folder, keyring, vault) = sealed().await;
    assert!(!has_item(&keyring), "nothing of it is left in the keyring");
    gives_its_secret(&vault).await;
    vault.lock();
    drop(vault);
    keyring.set_fault(Fault::Always(KeyringError::Absent));
    let vault = open(folder.path(), &keyring).unwrap().vault;
    assert_eq!(vault.protection(), SEALED);
    assert_eq!(vault.unlock().await, Err(VaultError::PassphraseNeeded));
    assert_eq!(vault.unlock_with(typed(SECOND)).await, Err(VaultError::PassphraseWrong));
    assert!(!vault.is_unlocked());
    vault.unlock_with(typed(FIRST)).await.unwrap();
    gives_its_secret(&vault).await;
    assert_eq!(vault.prove_passphrase(typed(SECOND)).await.err(), Some(VaultError::PassphraseWrong));
    vault.prove_passphrase(typed(FIRST)).await.unwrap();
    assert_eq!(
        vault.seal(typed(SECOND)).await,
        Err(VaultError::PassphraseNeeded),
        "it is changed by its owner"
    );
}

#[tokio::test]
async fn a_program_beside_the_app_opens_it_with_the_passphrase_and_writes_nothing() {
    let (folder, keyring, vault) = sealed().await;
    drop(vault);
    let clock = Arc::new(Still);
    let before = std::fs::read(folder.path().join("vault.db")).unwrap();
    let beside = Vault::open_beside(folder.path(), Arc::clone(&keyring) as Arc<dyn Keyring>, clock).unwrap();
    assert_eq!(beside.unlock().await, Err(VaultError::PassphraseNeeded));
    assert_eq!(beside.unlock_with(typed(SECOND)).await, Err(VaultError::PassphraseWrong));
    beside.unlock_with(typed(FIRST)).await.unwrap();
    gives_its_secret(&beside).await;
    assert!(beside.seal(typed(SECOND)).await.is_err());
    assert_eq!(std::fs::read(folder.path().join("vault.db")).unwrap(), before);
}

#[tokio::test]
async fn a_changed_passphrase_ends_the_old_one_also_on_the_disk() {
    let (folder, keyring, vault) = sealed().await;
    let record = record(folder.path());
    assert_eq!(vault.reseal(typed(SECOND), typed(SECOND)).await, Err(VaultError::PassphraseWrong));
    vault.reseal(typed(FIRST), typed(SECOND)).await.unwrap();
    let log = std::fs::metadata(folder.path().join("vault.db-wal")).unwrap().len();
    assert!(log > 8 * 1024, "a secret that is on its way meanwhile still has its room in the log: {log}");
    vault.lock();
    assert_eq!(vault.unlock_with(typed(FIRST)).await, Err(VaultError::PassphraseWrong));
    vault.unlock_with(typed(SECOND)).await.unwrap();
    gives_its_secret(&vault).await;
    assert!(!has_item(&keyring));
    for file in std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(40).any(|window| window == &record[record.len() - 40..]);
        assert!(!found, "{} still has the record that the old passphrase opens", file.display());
    }
}

/// The record that is in force, as it is on the disk.
fn record(folder: &Path) -> Vec<u8> {
    let database = rusqlite::Connection::open(folder.join("vault.db")).unwrap();
    let sql = "SELECT value FROM meta WHERE name = 'sealed key'";
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn alter(folder: &Path, sql: &str) {
    rusqlite::Connection::open(folder.join("vault.db")).unwrap().execute(sql, []).unwrap();
}

#[tokio::test]
async fn back_in_the_keyring_the_passphrase_opens_nothing_any_more() {
    let (folder, keyring, vault) = sealed().await;
    assert_eq!(vault.unseal(typed(SECOND)).await, Err(VaultError::PassphraseWrong));
    assert!(!has_item(&keyring), "a wrong passphrase brings no key into the keyring");
    vault.unseal(typed(FIRST)).await.unwrap();
    assert_eq!(vault.protection(), Protection::Keyring);
    vault.lock();
    assert_eq!(vault.unlock_with(typed(FIRST)).await, Err(VaultError::NotSealed));
    drop(vault);
    let vault = unlocked(folder.path(), &keyring).await;
    gives_its_secret(&vault).await;
}

#[tokio::test]
async fn a_keyring_that_does_not_take_the_key_leaves_the_passphrase_in_force() {
    for fault in [Fault::Always(KeyringError::Absent), Fault::Forgets] {
        let (_folder, keyring, vault) = sealed().await;
        keyring.set_fault(fault);
        assert!(vault.unseal(typed(FIRST)).await.is_err());
        assert!(matches!(vault.protection(), Protection::Passphrase { .. }));
        vault.lock();
        vault.unlock_with(typed(FIRST)).await.unwrap();
        gives_its_secret(&vault).await;
    }
}

#[tokio::test]
async fn the_key_of_another_vault_in_the_keyring_is_neither_replaced_nor_deleted() {
    let (folder, keyring, vault) = sealed().await;
    let other = tempfile::tempdir().unwrap();
    unlocked(other.path(), &keyring).await.stow(label("op"), secret("kst_2")).await.unwrap();
    let refused = vault.unseal(typed(FIRST)).await;
    assert_eq!(refused, Err(VaultError::OtherKey));
    alter(folder.path(), "INSERT INTO meta VALUES ('sealed key in keyring', x'')");
    vault.lock();
    vault.unlock_with(typed(FIRST)).await.unwrap();
    vault.clear_leftover().await.unwrap();
    assert_eq!(vault.protection(), SEALED, "nothing of this vault is in the keyring");
    assert!(unlocked(other.path(), &keyring).await.is_unlocked());
}

#[tokio::test]
async fn a_key_that_the_keyring_does_not_let_go_is_told_and_deleted_later() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    vault.stow(label("op"), secret("kst_1")).await.unwrap();
    keyring.set_fault(Fault::Always(KeyringError::Locked));
    vault.seal(typed(FIRST)).await.unwrap();
    assert_eq!(vault.protection(), Protection::Passphrase { leftover: true });
    keyring.set_fault(Fault::None);
    assert!(has_item(&keyring));
    vault.lock();
    assert_eq!(vault.unlock().await, Err(VaultError::PassphraseNeeded), "what is left over opens nothing");
    vault.unlock_with(typed(FIRST)).await.unwrap();
    assert!(vault.is_unlocked() && has_item(&keyring), "it opens before the keyring is asked anything");
    vault.clear_leftover().await.unwrap();
    assert_eq!((vault.protection(), has_item(&keyring)), (SEALED, false));
}

#[tokio::test]
async fn an_empty_vault_without_a_keyring_opens_under_a_passphrase() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    keyring.set_fault(Fault::Always(KeyringError::Absent));
    let vault = open(folder.path(), &keyring).unwrap().vault;
    assert!(vault.unlock().await.is_err());
    vault.seal(typed(FIRST)).await.unwrap();
    assert_eq!(vault.protection(), SEALED);
    vault.stow(label("op"), secret("kst_1")).await.unwrap();
    drop(vault);
    let vault = open(folder.path(), &keyring).unwrap().vault;
    vault.unlock_with(typed(FIRST)).await.unwrap();
    gives_its_secret(&vault).await;
}

#[tokio::test]
async fn a_locked_vault_with_records_is_not_sealed_under_a_new_key() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    unlocked(folder.path(), &keyring).await.stow(label("op"), secret("kst_1")).await.unwrap();
    for fault in [Fault::None, Fault::Always(KeyringError::Absent)] {
        keyring.set_fault(fault);
        let vault = open(folder.path(), &keyring).unwrap().vault;
        assert_eq!(vault.seal(typed(FIRST)).await, Err(VaultError::Locked));
    }
}

#[tokio::test]
async fn no_key_is_made_beside_a_sealed_one() {
    // In force, and without a record that would stand in the way by itself.
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    vault.seal(typed(FIRST)).await.unwrap();
    drop(vault);
    let vault = open(folder.path(), &keyring).unwrap().vault;
    assert_eq!(vault.unlock().await, Err(VaultError::PassphraseNeeded));
    drop(vault);
    // On trial, and the keyring lost its key meanwhile.
    alter(folder.path(), "UPDATE meta SET name = 'sealed key on trial' WHERE name = 'sealed key'");
    let vault = open(folder.path(), &keyring).unwrap().vault;
    assert_eq!(vault.unlock().await, Err(VaultError::PassphraseNeeded));
    assert!(!has_item(&keyring), "no new key was made");
    assert!(
        matches!(vault.protection(), Protection::Passphrase { .. }),
        "and the app asks for the passphrase"
    );
    vault.unlock_with(typed(FIRST)).await.unwrap();
    assert_eq!(vault.protection(), SEALED, "the record is in force now");
}

#[tokio::test]
async fn a_lock_that_waits_for_a_secret_is_taken_back_by_the_passphrase_alone() {
    let (_folder, _keyring, vault) = sealed().await;
    let hold = vault.hold().unwrap();
    vault.lock();
    assert_eq!(vault.unlock().await, Err(VaultError::PassphraseNeeded));
    assert_eq!(vault.unlock_with(typed(SECOND)).await, Err(VaultError::PassphraseWrong));
    assert!(!vault.is_unlocked());
    vault.unlock_with(typed(FIRST)).await.unwrap();
    drop(hold);
    assert!(vault.is_unlocked(), "the end of the hold locks nothing that was opened again");
}

#[tokio::test]
async fn a_damaged_record_is_told_and_changes_nothing() {
    let (folder, _keyring, vault) = sealed().await;
    vault.lock();
    let greedy = "UPDATE meta SET value = CAST(replace(CAST(value AS TEXT), ' 131072 ', ' 104857600 ') AS BLOB) WHERE name = 'sealed key'";
    alter(folder.path(), greedy);
    assert_eq!(vault.unlock_with(typed(FIRST)).await, Err(VaultError::SealDamaged));
    assert_eq!(vault.unlock().await, Err(VaultError::PassphraseNeeded));
    let back = greedy.replace("' 131072 ', ' 104857600 '", "' 104857600 ', ' 131072 '");
    alter(folder.path(), &back);
    vault.unlock_with(typed(FIRST)).await.unwrap();
}

/// A clock that stands still in a named run of the computer.
struct Booted(&'static str);

impl keystow_domain::Clock for Booted {
    fn now(&self) -> keystow_domain::Timestamp {
        Still.now()
    }

    fn elapsed(&self) -> std::time::Duration {
        Still.elapsed()
    }

    fn boot(&self) -> String {
        self.0.to_owned()
    }
}

fn open_in(run: &'static str, folder: &Path, keyring: &Arc<MemoryKeyring>) -> Vault {
    let keyring = Arc::clone(keyring) as Arc<dyn Keyring>;
    Vault::open(folder, keyring, Arc::new(Booted(run))).unwrap().vault
}

fn names(folder: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(folder.join("vault.db")).unwrap();
    let mut names = database.prepare("SELECT name FROM meta WHERE name LIKE 'sealed key%'").unwrap();
    names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_keyring_that_kept_the_key_in_memory_alone_loses_nothing() {
    let (folder, keyring, vault) = sealed().await;
    drop(vault);
    let vault = open_in("monday", folder.path(), &keyring);
    vault.unlock_with(typed(FIRST)).await.unwrap();
    vault.unseal(typed(FIRST)).await.unwrap();
    drop(vault);
    let vault = open_in("monday", folder.path(), &keyring);
    vault.unlock().await.unwrap();
    drop(vault);
    // The power fails before the keyring wrote it down.
    keyring.delete().unwrap();
    let vault = open_in("tuesday", folder.path(), &keyring);
    assert_eq!(vault.unlock().await, Err(VaultError::PassphraseNeeded));
    vault.unlock_with(typed(FIRST)).await.unwrap();
    gives_its_secret(&vault).await;
    assert_eq!(vault.protection(), SEALED);
}

#[tokio::test]
async fn a_keyring_that_has_the_key_after_a_restart_is_what_opens_the_vault_alone() {
    let (folder, keyring, vault) = sealed().await;
    drop(vault);
    let vault = open_in("monday", folder.path(), &keyring);
    vault.unlock_with(typed(FIRST)).await.unwrap();
    vault.unseal(typed(FIRST)).await.unwrap();
    assert!(!names(folder.path()).is_empty());
    drop(vault);
    let vault = open_in("tuesday", folder.path(), &keyring);
    vault.unlock().await.unwrap();
    assert_eq!(names(folder.path()), Vec::<String>::new(), "the passphrase is forgotten");
    gives_its_secret(&vault).await;
}

#[tokio::test]
async fn a_lock_that_comes_while_a_passphrase_is_set_stays() {
    /// Locks the vault while the keyring deletes its key.
    struct Locks(Arc<MemoryKeyring>, Mutex<Option<Vault>>);
    impl Keyring for Locks {
        fn load(&self) -> Result<Option<DataKey>, KeyringError> {
            self.0.load()
        }
        fn save(&self, key: &DataKey) -> Result<(), KeyringError> {
            self.0.save(key)
        }
        fn delete(&self) -> Result<(), KeyringError> {
            if let Some(vault) = &*self.1.lock().unwrap() {
                vault.lock();
            }
            self.0.delete()
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(Locks(Arc::new(MemoryKeyring::new()), Mutex::default()));
    let vault =
        Vault::open(folder.path(), Arc::clone(&keyring) as Arc<dyn Keyring>, Arc::new(Still)).unwrap().vault;
    vault.unlock().await.unwrap();
    vault.stow(label("op"), secret("kst_1")).await.unwrap();
    *keyring.1.lock().unwrap() = Some(vault.clone());
    vault.seal(typed(FIRST)).await.unwrap();
    assert!(!vault.is_unlocked(), "what was locked meanwhile is not opened by it");
    assert_eq!(vault.protection(), SEALED);
    vault.unlock_with(typed(FIRST)).await.unwrap();
    gives_its_secret(&vault).await;
    *keyring.1.lock().unwrap() = None;
}

#[tokio::test]
async fn an_older_program_keeps_away_from_a_vault_under_a_passphrase() {
    let (folder, keyring, vault) = sealed().await;
    let version = || {
        let database = rusqlite::Connection::open(folder.path().join("vault.db")).unwrap();
        database.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(version(), 2);
    drop(vault);
    let vault = open_in("monday", folder.path(), &keyring);
    vault.unlock_with(typed(FIRST)).await.unwrap();
    vault.unseal(typed(FIRST)).await.unwrap();
    drop(vault);
    open_in("tuesday", folder.path(), &keyring).unlock().await.unwrap();
    assert_eq!(version(), 1, "back in the keyring it is any program's again");
}

#[tokio::test]
async fn a_record_that_does_not_open_is_never_put_in_force() {
    /// Spoils what is written from now on.
    struct Spoils;
    impl Disturbance for Spoils {
        fn strike(&self) -> Option<DiskFault> {
            Some(DiskFault::Altered)
        }
        fn began(&self) {}
        fn ended(&self) {}
    }
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    vault.stow(label("op"), secret("kst_1")).await.unwrap();
    vault.disturb(Arc::new(Spoils));
    assert_eq!(vault.seal(typed(FIRST)).await, Err(VaultError::ReadBack));
    assert_eq!(vault.protection(), Protection::Keyring);
    assert!(has_item(&keyring), "the keyring's key is what opens the vault");
    drop(vault);
    let vault = unlocked(folder.path(), &keyring).await;
    gives_its_secret(&vault).await;
}
