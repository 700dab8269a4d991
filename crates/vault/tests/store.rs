//! The sealed store: what was stowed is there, and what was changed does not open.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use keystow_domain::{AccountId, OperationId};
use keystow_vault::{Keyring, KnownSession, MemoryKeyring, Secret, SessionFacts, Vault, VaultError};
use rusqlite::Connection;
use support::{Still, label, open, plain, secret, unlocked};

fn operation(id: &str) -> OperationId {
    OperationId::new(id)
}

#[tokio::test]
async fn a_stowed_secret_is_there_after_a_restart() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    unlocked(folder.path(), &keyring).await.stow(label("op"), secret("kst_1")).await.unwrap();
    let vault = unlocked(folder.path(), &keyring).await;
    assert_eq!(plain(&vault.reveal_to_request(&operation("op")).await.unwrap()), "kst_1");
}

#[tokio::test]
async fn stowing_twice_is_stowing_once() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    for _ in 0..2 {
        vault.stow(label("op"), secret("kst_1")).await.unwrap();
    }
    assert_eq!(vault.stowed(&AccountId::new("acc")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_second_secret_of_an_operation_is_refused_and_given_back() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    vault.stow(label("op"), secret("kst_1")).await.unwrap();
    let refused = vault.stow(label("op"), secret("kst_2")).await.unwrap_err();
    assert_eq!((refused.error, plain(&refused.secret).as_str()), (VaultError::Conflict, "kst_2"));
    let mut other = label("op");
    other.key = keystow_domain::KeyId::new("key_2");
    assert_eq!(vault.stow(other, secret("kst_1")).await.unwrap_err().error, VaultError::Conflict);
    assert_eq!(plain(&vault.reveal_to_request(&operation("op")).await.unwrap()), "kst_1");
}

#[tokio::test]
async fn a_locked_vault_tells_labels_and_gives_nothing_out() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    for id in ["op1", "op2"] {
        vault.stow(label(id), secret("kst_1")).await.unwrap();
    }
    vault.lock();
    assert!(!vault.is_unlocked());
    let stowed = vault.stowed(&AccountId::new("acc")).await.unwrap();
    assert_eq!(stowed.iter().map(|s| s.operation.as_str()).collect::<Vec<_>>(), ["op1", "op2"]);
    assert!(stowed[0].generation < stowed[1].generation, "the later secret is the newer one");
    assert_eq!((stowed[0].prefix.as_str(), stowed[0].issued_at), ("kst_", label("op1").issued_at));
    assert!(vault.find(&operation("op1")).await.unwrap().is_some());
    assert_eq!(vault.find(&operation("op3")).await.unwrap(), None);
    assert_eq!(error(vault.reveal_to_request(&operation("op1")).await), VaultError::Locked);
    assert_eq!(vault.stow(label("op4"), secret("kst_4")).await.unwrap_err().error, VaultError::Locked);
    assert_eq!(vault.prove_writable().await, Err(VaultError::Locked));
}

#[tokio::test]
async fn a_lock_waits_for_a_secret_that_is_on_its_way() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    let hold = vault.hold().unwrap();
    vault.lock();
    assert!(!vault.is_unlocked());
    vault.stow(label("op"), secret("kst_1")).await.unwrap();
    assert_eq!(
        error(vault.reveal_to_request(&operation("op")).await),
        VaultError::Locked,
        "nothing comes out"
    );
    assert!(vault.hold().is_err(), "nothing new sets out");
    drop(hold);
    assert_eq!(vault.stow(label("op2"), secret("kst_2")).await.unwrap_err().error, VaultError::Locked);
}

#[tokio::test]
async fn discarded_secrets_are_gone() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    for id in ["op1", "op2"] {
        vault.stow(label(id), secret("kst_1")).await.unwrap();
    }
    vault.discard(&operation("op1")).await.unwrap();
    vault.discard(&operation("op1")).await.unwrap();
    assert_eq!(error(vault.reveal_to_request(&operation("op1")).await), VaultError::NotFound);
    assert!(vault.reveal_to_request(&operation("op2")).await.is_ok());
    vault.discard_account(&AccountId::new("acc")).await.unwrap();
    assert!(vault.stowed(&AccountId::new("acc")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_record_moved_relabelled_or_changed_does_not_open() {
    let changes = [
        "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE operation = 'op2') WHERE operation = 'op1'",
        "UPDATE secrets SET key = 'key_9' WHERE operation = 'op1'",
        "UPDATE secrets SET account = 'other' WHERE operation = 'op1'",
        "UPDATE secrets SET prefix = 'kst_x' WHERE operation = 'op1'",
        "UPDATE secrets SET issued_at = issued_at + 1 WHERE operation = 'op1'",
        "UPDATE secrets SET operation = 'op3' WHERE operation = 'op2'; UPDATE secrets SET operation = 'op2' WHERE \
         operation = 'op1'; UPDATE secrets SET operation = 'op1' WHERE operation = 'op3'",
        "UPDATE secrets SET sealed = zeroblob(80) WHERE operation = 'op1'",
        "UPDATE secrets SET sealed = x'00' WHERE operation = 'op1'",
    ];
    for change in changes {
        let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
        let vault = unlocked(folder.path(), &keyring).await;
        vault.stow(label("op1"), secret("kst_1")).await.unwrap();
        vault.stow(label("op2"), secret("kst_2")).await.unwrap();
        database(folder.path()).execute_batch(change).unwrap();
        assert_eq!(error(vault.reveal_to_request(&operation("op1")).await), VaultError::Tampered, "{change}");
    }
}

#[tokio::test]
async fn a_session_of_one_account_does_not_open_as_anothers() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    vault.keep_session(&AccountId::new("a"), &facts(), &secret("refresh_a")).await.unwrap();
    let swap = "INSERT INTO sessions SELECT 'b', facts, refresh FROM sessions";
    database(folder.path()).execute_batch(swap).unwrap();
    assert_eq!(vault.session(&AccountId::new("b")).await.err(), Some(VaultError::Tampered));
    let swap = "UPDATE sessions SET refresh = facts WHERE account = 'a'";
    database(folder.path()).execute_batch(swap).unwrap();
    assert_eq!(vault.session(&AccountId::new("a")).await.err(), Some(VaultError::Tampered));
}

#[tokio::test]
async fn the_last_session_of_an_account_is_the_one_kept() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    let account = AccountId::new("a");
    assert!(vault.session(&account).await.unwrap().is_none());
    for token in ["refresh_1", "refresh_2"] {
        vault.keep_session(&account, &facts(), &secret(token)).await.unwrap();
    }
    let (kept, token) = vault.session(&account).await.unwrap().unwrap();
    assert_eq!((kept, plain(&token).as_str()), (facts(), "refresh_2"));
    let known = |is_over| [KnownSession { account: account.clone(), facts: facts(), is_over }];
    assert_eq!(vault.sessions().await.unwrap(), known(false));
    vault.lock();
    assert_eq!(vault.sessions().await, Err(VaultError::Locked));
    vault.unlock().await.unwrap();
    vault.end_session(&account).await.unwrap();
    assert!(vault.session(&account).await.unwrap().is_none());
    assert_eq!(vault.sessions().await.unwrap(), known(true), "who it was is still known");
    vault.keep_session(&account, &facts(), &secret("refresh_3")).await.unwrap();
    assert_eq!(vault.sessions().await.unwrap(), known(false), "and can sign in again");
}

#[tokio::test]
async fn no_file_shows_a_secret_and_nobody_else_may_read_one() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let folder = folder.path().join("a/b");
    let vault = unlocked(&folder, &keyring).await;
    vault.stow(label("op"), secret("kst_canary")).await.unwrap();
    vault.keep_session(&AccountId::new("a"), &facts(), &secret("refresh_canary")).await.unwrap();
    vault.prove_writable().await.unwrap();
    let mut seen = 0;
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let content = fs::read(&path).unwrap();
        assert!(!contains(&content, b"canary"), "{}", path.display());
        assert!(
            !contains(&content, b"https://portal"),
            "the facts of a session are sealed: {}",
            path.display()
        );
        seen += usize::from(contains(&content, b"key_1"));
        #[cfg(unix)]
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert!(seen > 0, "the label is in the clear, so this search can find something");
    #[cfg(unix)]
    assert_eq!(mode(&folder), 0o700);
}

#[tokio::test]
async fn a_full_disk_is_told_before_the_call_and_the_secret_is_given_back_after_it() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    vault.fill_disk(true).await.unwrap();
    assert_eq!(vault.prove_writable().await, Err(VaultError::DiskFull));
    let large = format!("kst_{}", "x".repeat(30_000));
    let refused = vault.stow(label("op"), secret(&large)).await.unwrap_err();
    assert_eq!(refused.error, VaultError::DiskFull);
    vault.fill_disk(false).await.unwrap();
    vault.stow(label("op"), refused.secret).await.unwrap();
    assert_eq!(plain(&vault.reveal_to_request(&operation("op")).await.unwrap()), large);
}

#[tokio::test]
async fn a_disk_that_fills_up_after_the_proof_does_not_stop_the_secret() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    vault.prove_writable().await.unwrap();
    vault.fill_disk(true).await.unwrap();
    let sizes =
        || ["vault.db", "vault.db-wal"].map(|name| fs::metadata(folder.path().join(name)).unwrap().len());
    let before = sizes();
    let long = format!("kst_{}", "x".repeat(4000));
    vault.stow(label("op"), secret(&long)).await.unwrap();
    assert_eq!(sizes(), before, "the room was there already");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_as_it_is() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    unlocked(folder.path(), &keyring).await.stow(label("op"), secret("kst_1")).await.unwrap();
    database(folder.path())
        .execute_batch("PRAGMA user_version = 3; PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let before = fs::read(folder.path().join("vault.db")).unwrap();
    assert_eq!(open(folder.path(), &keyring).err(), Some(VaultError::Newer));
    assert_eq!(fs::read(folder.path().join("vault.db")).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_set_aside() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    fs::write(folder.path().join("vault.db"), b"this is not a database, whatever its name says").unwrap();
    let opened = open(folder.path(), &keyring).unwrap();
    let aside = opened.set_aside.unwrap();
    assert_eq!(fs::read(&aside).unwrap(), b"this is not a database, whatever its name says");
    opened.vault.unlock().await.unwrap();
    opened.vault.stow(label("op"), secret("kst_1")).await.unwrap();
    assert_eq!(open(folder.path(), &keyring).unwrap().set_aside, None);
}

#[tokio::test]
async fn what_can_be_read_of_a_damaged_database_is_taken_over() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    for number in 0..200 {
        vault.stow(label(&format!("op{number}")), secret(&format!("kst_{number}"))).await.unwrap();
    }
    vault.keep_session(&AccountId::new("a"), &facts(), &secret("refresh")).await.unwrap();
    drop(vault);
    let page = {
        let database = database(folder.path());
        database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'secrets_of_account'";
        database.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap() as usize
    };
    let path = folder.path().join("vault.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    let opened = open(folder.path(), &keyring).unwrap();
    assert!(opened.set_aside.is_some_and(|aside| aside.exists()));
    opened.vault.unlock().await.unwrap();
    for number in 0..200 {
        let secret = opened.vault.reveal_to_request(&operation(&format!("op{number}"))).await.unwrap();
        assert_eq!(plain(&secret), format!("kst_{number}"));
    }
    assert!(opened.vault.session(&AccountId::new("a")).await.unwrap().is_some());
}

fn error(result: Result<Secret, VaultError>) -> VaultError {
    result.err().unwrap()
}

fn database(folder: &Path) -> Connection {
    Connection::open(folder.join("vault.db")).unwrap()
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn facts() -> SessionFacts {
    SessionFacts {
        issuer: "https://portal.example".into(),
        portal_name: "Portal".into(),
        client_id: "client".into(),
        person: Some("ada".into()),
        builtin: false,
        scopes: vec!["keys.read".into()],
    }
}

#[tokio::test]
async fn a_note_is_kept_by_name_and_a_moved_or_changed_one_does_not_open() {
    let (folder, keyring) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeyring::new()));
    let vault = unlocked(folder.path(), &keyring).await;
    assert_eq!(vault.note("one").await.unwrap(), None);
    for text in ["first", "second"] {
        vault.keep_note("one", text).await.unwrap();
    }
    assert_eq!(vault.note("one").await.unwrap().as_deref(), Some("second"));
    vault.keep_note("two", "other").await.unwrap();
    vault.lock();
    assert_eq!(vault.note("one").await.unwrap_err(), VaultError::Locked);
    assert_eq!(vault.keep_note("one", "third").await.unwrap_err(), VaultError::Locked);
    drop(vault);
    let file = folder.path().join("vault.db");
    let sql =
        "UPDATE meta SET value = (SELECT value FROM meta WHERE name = 'note two') WHERE name = 'note one'";
    assert_eq!(Connection::open(&file).unwrap().execute(sql, []).unwrap(), 1);
    let vault = unlocked(folder.path(), &keyring).await;
    assert_eq!(vault.note("one").await.unwrap_err(), VaultError::Tampered);
    assert_eq!(vault.note("two").await.unwrap().as_deref(), Some("other"));
}

#[tokio::test]
async fn a_vault_that_is_read_beside_its_owner_gives_secrets_and_takes_none() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(MemoryKeyring::new());
    let beside = || {
        let keyring = Arc::clone(&keyring) as Arc<dyn Keyring>;
        Vault::open_beside(folder.path(), keyring, Arc::new(Still))
    };
    assert_eq!(beside().err(), Some(VaultError::NotFound));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    let owner = unlocked(folder.path(), &keyring).await;
    owner.stow(label("op-1"), secret("kst_1")).await.unwrap();
    let reader = beside().unwrap();
    assert_eq!(reader.reveal_to_request(&operation("op-1")).await.err(), Some(VaultError::Locked));
    reader.unlock().await.unwrap();
    assert_eq!(plain(&reader.reveal_to_request(&operation("op-1")).await.unwrap()), "kst_1");
    owner.stow(label("op-2"), secret("kst_2")).await.unwrap();
    assert_eq!(plain(&reader.reveal_to_request(&operation("op-2")).await.unwrap()), "kst_2");
    let refused = reader.stow(label("op-3"), secret("kst_3")).await.unwrap_err();
    assert_eq!(refused.error, VaultError::ReadOnly);
}

#[tokio::test]
async fn a_vault_that_is_read_beside_its_owner_never_makes_a_key() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), &Arc::new(MemoryKeyring::new())).unwrap());
    let keyring = Arc::new(MemoryKeyring::new());
    let shared = Arc::clone(&keyring) as Arc<dyn Keyring>;
    let reader = Vault::open_beside(folder.path(), shared, Arc::new(Still)).unwrap();
    assert_eq!(reader.unlock().await, Err(VaultError::KeyLost));
    assert!(keyring.load().unwrap().is_none());
}
