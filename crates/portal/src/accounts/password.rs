//! Passwords, hashed with Argon2id: a few at once, and only so many waiting for their turn.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::storage::WORK;

/// How many hashes are computed at once: each takes 19 MiB and a core for a while.
const AT_ONCE: usize = 2;
/// How many may be computed or wait for it.
const WAITING: usize = 32;

/// Hashes and checks passwords.
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    room: Arc<Semaphore>,
    /// The hash of no password, checked for addresses that do not exist.
    decoy: String,
}

/// Why a password was neither hashed nor checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub(crate) struct Busy;

impl Passwords {
    /// Computes the hash that is checked for addresses that do not exist.
    pub(crate) fn new() -> Self {
        let decoy = hash(&crate::random::base62(32));
        let (turns, room) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(Semaphore::new(WAITING)));
        Self { turns, room, decoy }
    }

    /// The hash of a password as a PHC text: Argon2id with a salt of its own.
    ///
    /// # Errors
    ///
    /// Fails if too many wait for their turn.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Busy> {
        let password = Zeroizing::new(password.to_owned());
        self.work(move || hash(&password)).await
    }

    /// Whether a password belongs to a hash; without a hash never, in the same time.
    ///
    /// # Errors
    ///
    /// Fails if too many wait for their turn.
    pub(crate) async fn verify(&self, password: &str, known: Option<String>) -> Result<bool, Busy> {
        let password = Zeroizing::new(password.to_owned());
        let exists = known.is_some();
        let known = known.unwrap_or_else(|| self.decoy.clone());
        let right = self.work(move || {
            PasswordHash::new(&known)
                .is_ok_and(|known| Argon2::default().verify_password(password.as_bytes(), &known).is_ok())
        });
        Ok(right.await? && exists)
    }

    /// Runs something that takes a core for a while where it holds nobody up.
    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        tracing::trace!(target: WORK, "hash");
        let room = self.room.clone().try_acquire_owned().map_err(|_| Busy)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Busy)?;
        // The work goes on when its caller goes away, so it keeps its turn until it is done.
        let work = move || {
            let _kept = (room, turn);
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Busy)
    }
}

fn hash(password: &str) -> String {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.expect("the recommended parameters are valid and there is randomness").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(passwords.verify("correct horse", Some(hash.clone())).await, Ok(true));
        assert_eq!(passwords.verify("correct hors", Some(hash)).await, Ok(false));
        assert_eq!(passwords.verify("correct horse", None).await, Ok(false));
    }

    #[tokio::test]
    async fn work_whose_caller_went_away_keeps_its_turn_until_it_is_done() {
        let passwords = Passwords::new();
        let (finish, gate) = std::sync::mpsc::channel::<()>();
        let (tell, begun) = tokio::sync::oneshot::channel();
        let work = passwords.work(move || {
            let _ = tell.send(());
            let _ = gate.recv();
        });
        tokio::select! {
            _ = work => panic!("the work waits to be told"),
            heard = begun => heard.unwrap(),
        }
        assert_eq!(passwords.turns.available_permits(), AT_ONCE - 1);
        drop(finish);
        let all = passwords.turns.acquire_many(u32::try_from(AT_ONCE).unwrap()).await;
        assert!(all.is_ok(), "the turn is given back");
    }

    #[tokio::test]
    async fn whoever_finds_no_room_is_told_at_once() {
        let passwords = Passwords::new();
        let room = u32::try_from(WAITING).unwrap();
        let full = passwords.room.clone().try_acquire_many_owned(room).unwrap();
        assert_eq!(passwords.hash("correct horse").await, Err(Busy));
        drop(full);
        assert!(passwords.hash("correct horse").await.is_ok());
    }
}
