//! Taking the data key from the keyring to a passphrase, to another one, and back.
//!
//! At every step at least one place opens the vault, and the database says which: the passphrase as soon as its
//! record is in force, the keyring otherwise. A record is put in force only once it was read back from the file
//! and opened again with the passphrase, and only then is anything deleted in the keyring. Going back, the record
//! goes only once the keyring has told the key again.

use std::sync::PoisonError;

use super::Inner;
use crate::keyring::KeyringError;
use crate::sealed_key::SealedKey;
use crate::store::SealState;
use crate::{DataKey, Passphrase, Vault, VaultError};

impl Vault {
    /// Seals the data key under a passphrase, and deletes it in the keyring. A vault that has no record yet needs
    /// no keyring for that: it gets a new key and is open afterwards.
    ///
    /// A key that cannot be deleted in the keyring is told by [`Vault::protection`] and deleted later.
    ///
    /// # Errors
    ///
    /// Fails if the vault is locked or under a passphrase already, or if the sealed key could not be written and
    /// opened again. The keyring is then what it was.
    pub async fn seal(&self, passphrase: Passphrase) -> Result<(), VaultError> {
        self.alone(move |inner| inner.seal(&passphrase)).await
    }

    /// Seals the data key under another passphrase.
    ///
    /// # Errors
    ///
    /// Fails if the first is not the passphrase, or if the sealed key could not be written and opened again. The
    /// old passphrase is then what it was.
    pub async fn reseal(&self, old: Passphrase, new: Passphrase) -> Result<(), VaultError> {
        self.alone(move |inner| inner.reseal(&old, &new)).await
    }

    /// Gives the data key back to the keyring. The passphrase opens the vault no more, unless the keyring turns out to
    /// have lost the key before the computer is started again.
    ///
    /// # Errors
    ///
    /// Fails if it is not the passphrase, or if the keyring did not take the key. The passphrase is then what it
    /// was.
    pub async fn unseal(&self, passphrase: Passphrase) -> Result<(), VaultError> {
        self.alone(move |inner| inner.unseal(&passphrase)).await
    }

    /// Deletes what the keyring still holds of a vault that is under a passphrase; done if there is nothing. It may
    /// take as long as a person needs to answer the keyring's prompt.
    ///
    /// # Errors
    ///
    /// Fails if the vault is locked, or the keyring did not let it go.
    pub async fn clear_leftover(&self) -> Result<(), VaultError> {
        self.alone(|inner| {
            let _turn = inner.turn.lock().unwrap_or_else(PoisonError::into_inner);
            let state = inner.look()?;
            if inner.beside || !state.leftover || state.in_force.is_none() {
                return Ok(());
            }
            let key = inner.lock_open().key.as_ref().map(DataKey::duplicate).ok_or(VaultError::Locked)?;
            let cleared = inner.clear_keyring(&key);
            let _ = inner.look();
            cleared
        })
        .await
    }

    /// Whether it is the passphrase of this vault, which is given back. Nothing is opened by it.
    ///
    /// # Errors
    ///
    /// Fails if it is another passphrase, or the vault is not under one.
    pub async fn prove_passphrase(&self, passphrase: Passphrase) -> Result<Passphrase, VaultError> {
        self.alone(move |inner| {
            let _turn = inner.turn.lock().unwrap_or_else(PoisonError::into_inner);
            inner.key_under(&passphrase)?;
            Ok(passphrase)
        })
        .await
    }
}

impl Inner {
    fn seal(&self, passphrase: &Passphrase) -> Result<(), VaultError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let _alone = self.alone_among_processes()?;
        if self.look()?.in_force.is_some() {
            return Err(VaultError::PassphraseNeeded);
        }
        let held = {
            let open = self.lock_open();
            if open.locking {
                return Err(VaultError::Locked);
            }
            open.key.as_ref().map(DataKey::duplicate)
        };
        let is_open = held.is_some();
        let (key, in_keyring) = match held {
            Some(key) => (key, true),
            None => self.key_of_empty_vault()?,
        };
        self.check(&key)?;
        self.put_under(&key, passphrase, in_keyring)?;
        if !is_open {
            // What was open is left as it is now: somebody may have locked it meanwhile.
            self.take_into_use(key.duplicate());
        }
        if in_keyring {
            let _ = self.clear_keyring(&key);
        }
        // It is done, whether or not it can be looked at once more.
        let _ = self.look();
        Ok(())
    }

    fn reseal(&self, old: &Passphrase, new: &Passphrase) -> Result<(), VaultError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let _alone = self.alone_among_processes()?;
        let key = self.key_under(old)?;
        self.put_under(&key, new, false)
    }

    fn unseal(&self, passphrase: &Passphrase) -> Result<(), VaultError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let _alone = self.alone_among_processes()?;
        let key = self.key_under(passphrase)?;
        if self.keyring.load()?.is_some_and(|other| !other.is_same(&key)) {
            // The key of another vault stands in its place, and may be all that opens that one.
            return Err(VaultError::OtherKey);
        }
        // Whatever comes between from now on: the next unlocking looks for the key in the keyring.
        self.store.run_blocking(|db| db.note_leftover())?;
        if let Err(error) = self.give_to_keyring(&key) {
            // What did not answer in time may still come: it is looked for at the next unlocking.
            if error != VaultError::Keyring(KeyringError::TimedOut) {
                let _ = self.clear_keyring(&key);
            }
            let _ = self.look();
            return Err(error);
        }
        // From here on nothing is deleted in the keyring, whatever fails: the record may be out of force although
        // that is not what the file tells now. A keyring may have told the key from its memory alone, so that the
        // record stays until the computer was started again and the keyring still has it.
        let run = self.run_name();
        let stepped = self.store.run_blocking(move |db| db.step_back(&run));
        match (stepped, self.look()) {
            (Err(error), Ok(SealState { in_force: Some(_), .. }) | Err(_)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Names this run of the computer, or of this process where a computer does not name its own.
    pub(super) fn run_name(&self) -> Vec<u8> {
        let boot = self.clock.boot();
        if boot.is_empty() { std::process::id().to_string().into_bytes() } else { boot.into_bytes() }
    }

    /// The data key of a vault that is under this passphrase, and the same as the one in use.
    fn key_under(&self, passphrase: &Passphrase) -> Result<DataKey, VaultError> {
        let record = self.look()?.in_force.ok_or(VaultError::NotSealed)?;
        let key = SealedKey::from_record(&record)?.open(passphrase)?;
        match &self.lock_open().key {
            Some(used) if !used.is_same(&key) => Err(VaultError::SealDamaged),
            _ => Ok(key),
        }
    }

    /// A data key for a vault in which nothing is sealed yet, and whether the keyring has it.
    fn key_of_empty_vault(&self) -> Result<(DataKey, bool), VaultError> {
        if self.store.run_blocking(|db| db.has_records())? {
            return Err(VaultError::Locked);
        }
        // A keyring that does not answer is why somebody wants a passphrase, and no reason to refuse one.
        match self.keyring.load() {
            Ok(Some(key)) => Ok((key, true)),
            Ok(None) | Err(_) => Ok((DataKey::generate(), false)),
        }
    }

    /// Puts the data key under a passphrase: written, read back and opened again before it is in force.
    fn put_under(&self, key: &DataKey, passphrase: &Passphrase, leftover: bool) -> Result<(), VaultError> {
        let record = SealedKey::seal(key, passphrase)?.to_record();
        let tried = self.try_record(&record, (key, passphrase));
        let put = tried.and_then(|()| self.store.run_blocking(move |db| db.put_in_force(leftover)));
        let Err(error) = put else { return Ok(()) };
        // What failed may have been done all the same; the file tells.
        match self.look() {
            Ok(SealState { in_force: Some(now), .. }) if now == record => Ok(()),
            _ => {
                let _ = self.store.run_blocking(|db| db.end_trial());
                Err(error)
            }
        }
    }

    /// Writes a record on trial, reads it back and opens it.
    fn try_record(
        &self,
        record: &[u8],
        (key, passphrase): (&DataKey, &Passphrase),
    ) -> Result<(), VaultError> {
        let written = record.to_owned();
        self.store.run_blocking(move |db| db.put_on_trial(&written))?;
        let back = self.store.run_blocking(|db| db.seal_state())?.on_trial.ok_or(VaultError::ReadBack)?;
        let opened = SealedKey::from_record(&back).and_then(|sealed| sealed.open(passphrase));
        match opened {
            Ok(opened) if opened.is_same(key) => Ok(()),
            Err(VaultError::NoMemory) => Err(VaultError::NoMemory),
            _ => Err(VaultError::ReadBack),
        }
    }

    fn give_to_keyring(&self, key: &DataKey) -> Result<(), VaultError> {
        self.keyring.save(key)?;
        match self.keyring.load()? {
            Some(kept) if kept.is_same(key) => Ok(()),
            _ => Err(VaultError::ReadBack),
        }
    }

    /// Deletes the data key in the keyring and looks whether it is gone. The key of another vault stays.
    pub(super) fn clear_keyring(&self, key: &DataKey) -> Result<(), VaultError> {
        if self.keyring.load()?.is_some_and(|kept| kept.is_same(key)) {
            self.keyring.delete()?;
            if self.keyring.load()?.is_some() {
                return Err(VaultError::ReadBack);
            }
        }
        self.store.run_blocking(|db| db.forget_leftover())
    }
}
