//! Unlocking: the data key from where it is, and never silently another.

use tokio::sync::oneshot;

use std::sync::{Arc, MutexGuard, PoisonError};

use super::{Inner, Open};
use crate::envelope::{self, Place, Purpose};
use crate::sealed_key::{Protection, SealedKey};
use crate::store::{self, SealState};
use crate::{DataKey, Passphrase, Vault, VaultError};

impl Vault {
    /// Reads the data key from the keyring; an empty vault gets a new one.
    ///
    /// It may take as long as a person needs to answer the keyring's prompt.
    ///
    /// # Errors
    ///
    /// Fails if the keyring does not serve, if its key does not open the records that are there, or if the vault
    /// opens with a passphrase.
    pub async fn unlock(&self) -> Result<(), VaultError> {
        self.alone(Inner::unlock).await
    }

    /// Opens the sealed data key with a passphrase. It takes about half a second of a processor.
    ///
    /// # Errors
    ///
    /// Fails if it is another passphrase, or the vault is not under one.
    pub async fn unlock_with(&self, passphrase: Passphrase) -> Result<(), VaultError> {
        self.alone(move |inner| inner.unlock_with(&passphrase)).await
    }

    /// Where the data key is, as far as the vault knows.
    pub fn protection(&self) -> Protection {
        *self.0.lock_protection()
    }

    /// Does what may block, on a thread of its own: not one of the runtime, whose shutdown would wait for an
    /// unanswered prompt.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let inner = Arc::clone(&self.0);
        #[cfg(feature = "fakes")]
        let _waited = self.0.store.disturbed.wait();
        let (tell, told) = oneshot::channel();
        std::thread::Builder::new().name("unlock".into()).spawn(move || {
            let _ = tell.send(work(&inner));
        })?;
        told.await.map_err(|_| VaultError::Closed)?
    }
}

impl Inner {
    pub(super) fn lock_protection(&self) -> MutexGuard<'_, Protection> {
        self.protection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks where the data key is.
    pub(super) fn look(&self) -> Result<SealState, VaultError> {
        let state = self.store.run_blocking(|db| db.seal_state())?;
        *self.lock_protection() = match state.in_force {
            Some(_) => Protection::Passphrase { leftover: state.leftover },
            None => Protection::Keyring,
        };
        Ok(state)
    }

    /// Whether it is open already, and nothing waits to lock it.
    fn is_open(&self) -> bool {
        let open = self.lock_open();
        open.key.is_some() && !open.locking
    }

    /// Takes a data key into use. A lock that waits for secrets on their way is taken back: the key is there.
    pub(super) fn take_into_use(&self, key: DataKey) {
        let mut open = self.lock_open();
        if open.key.is_some() {
            open.locking = false;
        } else {
            *open = Open { key: Some(key), ..Open::default() };
        }
    }

    fn unlock(&self) -> Result<(), VaultError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_open() {
            return Ok(());
        }
        let state = self.look()?;
        if state.in_force.is_some() {
            // Also for a vault that only waits to lock: what is in memory is no word of the person's.
            return Err(VaultError::PassphraseNeeded);
        }
        {
            let mut open = self.lock_open();
            if open.key.is_some() {
                open.locking = false;
                return Ok(());
            }
        }
        let key = match self.keyring.load()? {
            Some(key) => key,
            None if state.on_trial.is_some() => return Err(self.wants_trial()),
            None if self.beside => return Err(VaultError::KeyLost),
            None => self.create_key()?,
        };
        self.check(&key)?;
        self.take_into_use(key);
        let is_proven = state.returned.as_ref().is_none_or(|run| *run != self.run_name());
        if state.on_trial.is_some() && is_proven && !self.beside {
            // Somebody began to choose a passphrase and the keyring stayed what opens the vault, or it was given back
            // and the keyring has it after a restart.
            let _ = self.store.run_blocking(|db| db.end_trial());
        }
        Ok(())
    }

    fn unlock_with(&self, passphrase: &Passphrase) -> Result<(), VaultError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_open() {
            return Ok(());
        }
        let state = self.look()?;
        let key = match (&state.in_force, &state.on_trial) {
            (Some(record), _) => SealedKey::from_record(record)?.open(passphrase)?,
            (None, Some(record)) => {
                if self.keyring.load()?.is_some() {
                    return Err(VaultError::NotSealed);
                }
                // The keyring lost its key while a record stood beside it, which takes its place now.
                let key = SealedKey::from_record(record)?.open(passphrase)?;
                self.check(&key)?;
                if !self.beside {
                    self.store.run_blocking(|db| db.put_in_force(false))?;
                }
                key
            }
            (None, None) => return Err(VaultError::NotSealed),
        };
        self.check(&key)?;
        self.take_into_use(key);
        let _ = self.look();
        Ok(())
    }

    /// The keyring has no key, and a record that was never put in force may have it.
    fn wants_trial(&self) -> VaultError {
        *self.lock_protection() = Protection::Passphrase { leftover: false };
        VaultError::PassphraseNeeded
    }

    /// Makes the data key of an empty vault, once among all processes.
    fn create_key(&self) -> Result<DataKey, VaultError> {
        let _alone = self.alone_among_processes()?;
        if let Some(key) = self.keyring.load()? {
            return Ok(key);
        }
        let (state, has_records) = self.store.run_blocking(|db| Ok((db.seal_state()?, db.has_records()?)))?;
        if state.in_force.is_some() || state.on_trial.is_some() {
            return Err(self.wants_trial());
        }
        if has_records {
            return Err(VaultError::KeyLost);
        }
        let key = DataKey::generate();
        self.keyring.save(&key)?;
        match self.keyring.load()? {
            Some(kept) if kept.is_same(&key) => Ok(kept),
            _ => Err(VaultError::ReadBack),
        }
    }

    /// Keeps other processes from deciding what the data key is, until the file is dropped.
    pub(super) fn alone_among_processes(&self) -> Result<std::fs::File, VaultError> {
        let file = store::private_file(&self.folder.join("vault.lock"))?;
        file.lock()?;
        Ok(file)
    }

    /// Makes sure that this key is the one that sealed the records.
    pub(super) fn check(&self, key: &DataKey) -> Result<(), VaultError> {
        const TEXT: &[u8] = b"the right key opens this";
        let place = Place::new(key.vault(), Purpose::Check, &[]);
        let (sealed, has_records) = self.store.run_blocking(|db| Ok((db.check()?, db.has_records()?)))?;
        match sealed.map(|sealed| envelope::open(key.expose(), &place, &sealed)) {
            Some(Ok(_)) => Ok(()),
            Some(Err(_)) if has_records => Err(VaultError::KeyLost),
            _ if self.beside => Ok(()),
            _ => {
                let sealed = envelope::seal(key.expose(), &place, TEXT)?;
                self.store.run_blocking(move |db| db.set_check(&sealed))
            }
        }
    }
}
