//! One process at a time with the session of an account: an advisory lock on a file beside the vault.
//!
//! The system lets go of it when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystow_domain::AccountId;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

/// The right to change a session, until it is dropped.
pub(crate) struct SessionLock(#[expect(dead_code, reason = "it is held for what dropping it does")] File);

impl SessionLock {
    /// Waits until no other process has it. Whoever gives up waiting leaves nothing locked.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be used.
    pub(crate) async fn take(folder: &Path, account: &AccountId) -> io::Result<Self> {
        let file = open(&path(folder, account))?;
        match file.try_lock() {
            Ok(()) => return Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let (tell, told) = oneshot::channel();
        // Not a thread of the runtime: its shutdown would wait for the other process.
        std::thread::Builder::new().name("session".into()).spawn(move || {
            let _ = tell.send(file.lock().map(|()| file));
        })?;
        let locked = told.await.map_err(|_| io::ErrorKind::Interrupted)?;
        locked.map(Self)
    }
}

/// The file of an account; its id is hashed, because ids are no file names.
fn path(folder: &Path, account: &AccountId) -> PathBuf {
    let digest = Sha256::digest(account.as_str());
    folder.join(format!("session-{}.lock", URL_SAFE_NO_PAD.encode(&digest[..12])))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::{Command, Stdio};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use keystow_vault::{Keyring, MemoryKeyring, Secret, SessionFacts, Vault};

    use super::*;

    const FOLDER: &str = "KEYSTOW_TEST_SESSION_LOCK";

    fn account() -> AccountId {
        AccountId::new("acc_1")
    }

    #[tokio::test]
    async fn another_process_waits_until_the_lock_is_let_go() {
        if let Some(folder) = std::env::var_os(FOLDER) {
            return hold_until_told(Path::new(&folder)).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let this = "session::lock::tests::another_process_waits_until_the_lock_is_let_go";
        let mut other = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", this, "--nocapture"])
            .env(FOLDER, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(other.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(said.any(|line| line.contains("the other process has it")));
        let file = open(&path(folder.path(), &account())).unwrap();
        assert!(matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)));
        let waiting = tokio::spawn({
            let folder = folder.path().to_owned();
            async move { SessionLock::take(&folder, &account()).await.is_ok() }
        });
        drop(other.stdin.take());
        assert!(waiting.await.unwrap());
        said.for_each(drop);
        assert!(other.wait().unwrap().success());
    }

    /// What the other process does.
    async fn hold_until_told(folder: &Path) {
        let _lock = SessionLock::take(folder, &account()).await.unwrap();
        println!("the other process has it");
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
    }

    #[tokio::test]
    async fn whoever_gives_up_waiting_leaves_nothing_locked() {
        let folder = tempfile::tempdir().unwrap();
        let first = SessionLock::take(folder.path(), &account()).await.unwrap();
        let waiting = tokio::spawn({
            let folder = folder.path().to_owned();
            async move { SessionLock::take(&folder, &account()).await.is_ok() }
        });
        tokio::task::yield_now().await;
        waiting.abort();
        drop(first);
        assert!(SessionLock::take(folder.path(), &account()).await.is_ok());
    }

    #[tokio::test]
    async fn accounts_do_not_wait_for_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let _one = SessionLock::take(folder.path(), &account()).await.unwrap();
        assert!(SessionLock::take(folder.path(), &AccountId::new("../acc_2")).await.is_ok());
    }

    /// Two apps over one folder, each with a vault of its own, and a portal that takes a token once.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn two_vaults_that_refresh_at_once_never_spend_a_token_twice() {
        let folder = tempfile::tempdir().unwrap();
        let keyring: Arc<dyn Keyring> = Arc::new(MemoryKeyring::new());
        let clock = Arc::new(crate::SystemClock);
        let good = Arc::new(AtomicU32::new(0));
        let facts = SessionFacts {
            issuer: "https://portal.example".into(),
            portal_name: "Portal".into(),
            client_id: "keystow".into(),
            person: None,
            builtin: false,
            scopes: vec![],
        };
        let mut all = tokio::task::JoinSet::new();
        for app in 0..2 {
            let vault = Vault::open(folder.path(), Arc::clone(&keyring), clock.clone()).unwrap().vault;
            vault.unlock().await.unwrap();
            if app == 0 {
                vault.keep_session(&account(), &facts, &Secret::from_text("token-0;".into())).await.unwrap();
            }
            for _ in 0..10 {
                let (vault, facts, good) = (vault.clone(), facts.clone(), Arc::clone(&good));
                let folder = folder.path().to_owned();
                all.spawn(async move {
                    let _alone = SessionLock::take(&folder, &account()).await.unwrap();
                    let (_, token) = vault.session(&account()).await.unwrap().unwrap();
                    let now = good.load(Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    assert!(token.starts_with(&format!("token-{now};")), "a token was spent twice");
                    good.store(now + 1, Ordering::SeqCst);
                    let next = Secret::from_text(format!("token-{};", now + 1));
                    vault.keep_session(&account(), &facts, &next).await.unwrap();
                });
            }
        }
        all.join_all().await;
        assert_eq!(good.load(Ordering::SeqCst), 20);
    }
}
