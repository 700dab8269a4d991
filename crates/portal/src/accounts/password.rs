//! Passwords: hashed with Argon2id, and tried only so often.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use keystow_domain::Timestamp;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// How long failed tries count.
const WINDOW: Duration = Duration::from_secs(300);
/// How many hashes are computed at once: each takes 19 MiB and a core for a while.
const AT_ONCE: usize = 2;
/// Above how many addresses the ones that may try again are forgotten.
const CROWDED: usize = 4096;

/// Hashes and checks passwords, and remembers who failed lately.
pub(crate) struct Passwords {
    turns: Semaphore,
    failures: Mutex<HashMap<String, Failures>>,
    /// The hash of no password, checked for addresses that do not exist.
    decoy: String,
}

struct Failures {
    count: u32,
    /// When the count starts again.
    ends_at: Timestamp,
}

impl Passwords {
    /// Computes the hash that is checked for addresses that do not exist.
    pub(crate) fn new() -> Self {
        let decoy = hash(&crate::random::base62(32));
        Self { turns: Semaphore::new(AT_ONCE), failures: Mutex::default(), decoy }
    }

    /// The hash of a password as a PHC text: Argon2id with a salt of its own.
    pub(crate) async fn hash(&self, password: &str) -> String {
        let password = Zeroizing::new(password.to_owned());
        self.work(move || hash(&password)).await.unwrap_or_default()
    }

    /// Whether a password belongs to a hash; without a hash never, in the same time.
    pub(crate) async fn verify(&self, password: &str, known: Option<String>) -> bool {
        let password = Zeroizing::new(password.to_owned());
        let exists = known.is_some();
        let known = known.unwrap_or_else(|| self.decoy.clone());
        let right = self.work(move || {
            PasswordHash::new(&known)
                .is_ok_and(|known| Argon2::default().verify_password(password.as_bytes(), &known).is_ok())
        });
        right.await.unwrap_or_default() && exists
    }

    /// How long an address must wait before its next try; nothing if it need not.
    pub(crate) fn wait(&self, email: &str, most: u32, now: Timestamp) -> Option<Duration> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = failures.get(email).filter(|failed| failed.ends_at > now && failed.count >= most)?;
        Some(failed.ends_at.since(now))
    }

    /// Remembers how a try ended. A success forgets the failures before it.
    pub(crate) fn tried(&self, email: &str, right: bool, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if right {
            failures.remove(email);
            return;
        }
        if failures.len() > CROWDED {
            failures.retain(|_, failed| failed.ends_at > now);
        }
        let fresh = || Failures { count: 0, ends_at: now.plus(WINDOW) };
        let failed = failures.entry(email.to_owned()).or_insert_with(fresh);
        if failed.ends_at <= now {
            *failed = fresh();
        }
        failed.count += 1;
    }

    /// Runs something that takes a core for a while where it holds nobody up.
    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _turn = self.turns.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

fn hash(password: &str) -> String {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.expect("the recommended parameters are valid and there is randomness").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(hash.clone())).await);
        assert!(!passwords.verify("correct hors", Some(hash)).await);
        assert!(!passwords.verify("correct horse", None).await);
    }

    #[test]
    fn after_enough_failures_an_address_waits_and_a_success_forgives() {
        let passwords = Passwords::new();
        for _ in 0..5 {
            assert_eq!(passwords.wait("ada", 5, NOW), None);
            passwords.tried("ada", false, NOW);
        }
        assert_eq!(passwords.wait("ada", 5, NOW), Some(WINDOW));
        assert_eq!(passwords.wait("bob", 5, NOW), None, "others need not wait");
        assert_eq!(passwords.wait("ada", 5, NOW.plus(WINDOW)), None);
        passwords.tried("ada", true, NOW);
        assert_eq!(passwords.wait("ada", 5, NOW), None);
    }
}
