//! The vault: sealed secrets that survive crashes, and the key that opens them while unlocked.
//!
//! One random data key seals every record. It lives in the keyring or, sealed under a passphrase, in the
//! vault's own database. Unlocking is reading that key, locking is wiping it. A secret that was stowed is on the disk, read back and opened
//! again before [`Vault::stow`] says so, and a secret that could not be stowed is given back.

mod beside;
mod notes;
mod opening;
mod sealing;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keystow_domain::{AccountId, Clock, OperationId};

use crate::envelope::{self, Place, Purpose};
use crate::label::{Label, Stowed};
use crate::sealed_key::Protection;
use crate::store::{self, KeptSecret, KeptSession, Store};
use crate::{
    Clipboard, CopyError, DataKey, Keyring, KnownSession, Secret, SessionFacts, Stay, StowError, VaultError,
    random,
};

/// A vault that was opened.
pub struct Opened {
    /// The vault, still locked.
    pub vault: Vault,
    /// Where a damaged database was set aside, if there was one. What could be read of it was taken over.
    pub set_aside: Option<PathBuf>,
}

/// The sealed store of secrets and sessions. Clones are the same vault.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    store: Store,
    keyring: Arc<dyn Keyring>,
    clock: Arc<dyn Clock>,
    /// Whether it is read beside its owner.
    beside: bool,
    open: Mutex<Open>,
    /// Held while unlocking, so that two callers cannot both create a key.
    turn: Mutex<()>,
    /// Where the data key is, as it was last looked at.
    protection: Mutex<Protection>,
}

/// The data key while it is in memory.
#[derive(Default)]
struct Open {
    key: Option<DataKey>,
    /// How many secrets are on their way into the vault.
    holds: usize,
    /// Whether the vault locks as soon as they are in.
    locking: bool,
}

/// Who needs the data key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// To take something out.
    Take,
    /// To put something in, which a lock waits for.
    Put,
}

/// Keeps the data key for secrets that are on their way, even if the vault is locked meanwhile.
///
/// Whoever sends a call that will be answered with a secret holds one until the secret is stowed.
/// A vault that was locked meanwhile gives nothing out, and wipes its key when the last hold ends.
pub struct Hold(Arc<Inner>);

impl Drop for Hold {
    fn drop(&mut self) {
        let mut open = self.0.lock_open();
        open.holds -= 1;
        if open.holds == 0 && open.locking {
            *open = Open::default();
        }
    }
}

impl Vault {
    /// Opens the vault in this folder, creating it if there is none. It is locked.
    ///
    /// # Errors
    ///
    /// Fails if the folder or the database cannot be used, or if a newer version of the app wrote it.
    pub fn open(
        folder: &Path,
        keyring: Arc<dyn Keyring>,
        clock: Arc<dyn Clock>,
    ) -> Result<Opened, VaultError> {
        let (store, set_aside) = Store::open(folder, clock.now())?;
        Ok(Opened { vault: Self::over(folder, store, (keyring, clock), false)?, set_aside })
    }

    fn over(
        folder: &Path,
        store: Store,
        (keyring, clock): (Arc<dyn Keyring>, Arc<dyn Clock>),
        beside: bool,
    ) -> Result<Self, VaultError> {
        let folder = folder.to_owned();
        let (open, turn, protection) = (Mutex::default(), Mutex::default(), Mutex::default());
        let inner = Inner { folder, store, keyring, clock, beside, open, turn, protection };
        inner.look()?;
        Ok(Self(Arc::new(inner)))
    }

    /// Wipes the data key, as soon as no secret is on its way into the vault.
    pub fn lock(&self) {
        let mut open = self.0.lock_open();
        if open.holds == 0 {
            *open = Open::default();
        } else {
            open.locking = true;
        }
    }

    /// Whether secrets can be taken out.
    pub fn is_unlocked(&self) -> bool {
        let open = self.0.lock_open();
        open.key.is_some() && !open.locking
    }

    /// Keeps the vault able to stow until the hold is dropped.
    ///
    /// # Errors
    ///
    /// Fails if the vault is locked.
    pub fn hold(&self) -> Result<Hold, VaultError> {
        self.0.hold(Need::Take)
    }

    /// Proves that a secret can be stowed now: writes, reads back and deletes a sealed dummy, and
    /// leaves its room to the next secret, so that a full disk cannot come between.
    ///
    /// # Errors
    ///
    /// Fails if a secret could not be stowed now.
    pub async fn prove_writable(&self) -> Result<(), VaultError> {
        /// Larger than any secret or refresh token with its label.
        const SIZE: usize = 8 * 1024;
        let _hold = self.0.hold(Need::Put)?;
        let plain = random::bytes::<SIZE>();
        let place = |key: &DataKey| Place::new(key.vault(), Purpose::Dummy, &[]);
        let sealed =
            self.0.with_key(Need::Put, |key| envelope::seal(key.expose(), &place(key), plain.as_slice()))?;
        let back = self.0.store.run(move |db| db.rehearse(&sealed)).await?;
        let opened = self.0.with_key(Need::Put, |key| envelope::open(key.expose(), &place(key), &back))?;
        if *opened == plain.as_slice() { Ok(()) } else { Err(VaultError::ReadBack) }
    }

    /// Keeps a secret: sealed, on the disk, read back and opened again before this returns.
    ///
    /// Stowing the same secret under the same label again does nothing.
    ///
    /// # Errors
    ///
    /// Fails if it is not in the vault afterwards; the secret comes back with the error.
    pub async fn stow(&self, label: Label, secret: Secret) -> Result<(), StowError> {
        self.try_stow(label, &secret).await.map_err(|error| StowError { error, secret })
    }

    async fn try_stow(&self, label: Label, secret: &Secret) -> Result<(), VaultError> {
        let _hold = self.0.hold(Need::Put)?;
        let sealed = self.0.with_key(Need::Put, |key| {
            envelope::seal(key.expose(), &label.place(key.vault()), secret.expose().as_bytes())
        })?;
        let sent = label.clone();
        let (kept, is_new) = self
            .0
            .store
            .run(move |db| {
                let kept = db.stow(&sent, &sealed)?;
                let is_new = kept.sealed == sealed;
                Ok((kept, is_new))
            })
            .await?;
        let opened = match self.0.open_secret(Need::Put, &kept) {
            // What does not open is nobody's secret: it must not stand in the way of the next try.
            Err(VaultError::Tampered) => {
                self.discard(&label.operation).await?;
                return Err(VaultError::ReadBack);
            }
            opened => opened?,
        };
        let same = kept.stowed.is_of(&label) && opened.is_same(secret);
        match (same, is_new) {
            (true, _) => Ok(()),
            (false, true) => Err(VaultError::ReadBack),
            (false, false) => Err(VaultError::Conflict),
        }
    }

    /// The secrets of an account, oldest first. Works while the vault is locked.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be read.
    pub async fn stowed(&self, account: &AccountId) -> Result<Vec<Stowed>, VaultError> {
        let account = account.clone();
        self.0.store.run(move |db| db.stowed(&account)).await
    }

    /// The secret of an operation, if it was stowed. Works while the vault is locked.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be read.
    pub async fn find(&self, operation: &OperationId) -> Result<Option<Stowed>, VaultError> {
        let operation = operation.clone();
        self.0.store.run(move |db| Ok(db.find(&operation)?.map(|kept| kept.stowed))).await
    }

    /// Deletes a secret; done as well if there is none.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be written.
    pub async fn discard(&self, operation: &OperationId) -> Result<(), VaultError> {
        let operation = operation.clone();
        self.0.store.run(move |db| db.discard(&operation)).await
    }

    /// Deletes every secret of an account and its session.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be written.
    pub async fn discard_account(&self, account: &AccountId) -> Result<(), VaultError> {
        let account = account.clone();
        self.0.store.run(move |db| db.discard_account(&account)).await
    }

    /// Hands a secret out for an outgoing request. Outside this crate it stays unreadable.
    ///
    /// # Errors
    ///
    /// Fails if the vault is locked, there is no such secret, or its record was changed.
    pub async fn reveal_to_request(&self, operation: &OperationId) -> Result<Secret, VaultError> {
        let operation = operation.clone();
        let kept = self.0.store.run(move |db| db.find(&operation)).await?.ok_or(VaultError::NotFound)?;
        self.0.open_secret(Need::Take, &kept)
    }

    /// Puts a secret on the clipboard; returns when the clipboard is known to offer it.
    ///
    /// # Errors
    ///
    /// Fails if the vault does not give the secret or the clipboard does not take it.
    pub async fn copy(
        &self,
        operation: &OperationId,
        clipboard: &Clipboard,
        stay: impl Into<Stay>,
    ) -> Result<(), CopyError> {
        let secret = self.reveal_to_request(operation).await?;
        Ok(clipboard.offer(secret, stay).await?)
    }

    /// Keeps the refresh token of an account, in place of its last one.
    ///
    /// # Errors
    ///
    /// Fails if it is not in the vault afterwards.
    pub async fn keep_session(
        &self,
        account: &AccountId,
        facts: &SessionFacts,
        refresh: &Secret,
    ) -> Result<(), VaultError> {
        let _hold = self.0.hold(Need::Put)?;
        let text = serde_json::to_vec(facts).map_err(|_| VaultError::ReadBack)?;
        let kept = self.0.with_key(Need::Put, |key| {
            let seal = |purpose, plain: &[u8]| {
                envelope::seal(key.expose(), &Place::new(key.vault(), purpose, &[account.as_str()]), plain)
            };
            Ok(KeptSession {
                account: account.clone(),
                facts: seal(Purpose::SessionFacts, &text)?,
                refresh: seal(Purpose::RefreshToken, refresh.expose().as_bytes())?,
            })
        })?;
        let (before, back) = self.0.store.run(move |db| db.keep_session(&kept)).await?;
        let same = self.0.open_facts(Need::Put, &back).is_ok_and(|kept| kept == *facts)
            && self.0.open_refresh(Need::Put, &back).is_ok_and(|kept| kept.is_same(refresh));
        if same {
            return Ok(());
        }
        // The token before may still be good for its successor; one that does not open is good for nothing.
        let account = account.clone();
        let put_back = move |db: &mut store::Db| match before {
            Some(before) => db.keep_session(&before).map(drop),
            None => db.drop_session(&account),
        };
        self.0.store.run(put_back).await?;
        Err(VaultError::ReadBack)
    }

    /// The session of an account, if one is kept that did not end.
    ///
    /// # Errors
    ///
    /// Fails if the vault is locked or the record was changed.
    pub async fn session(&self, account: &AccountId) -> Result<Option<(SessionFacts, Secret)>, VaultError> {
        let account = account.clone();
        let kept = self.0.store.run(move |db| db.session(&account)).await?;
        let Some(kept) = kept.filter(|kept| !kept.is_over()) else { return Ok(None) };
        Ok(Some((self.0.open_facts(Need::Take, &kept)?, self.0.open_refresh(Need::Take, &kept)?)))
    }

    /// Every session without its token, to rebuild the accounts of a lost database. Those that ended are
    /// among them: their accounts still have secrets here.
    ///
    /// # Errors
    ///
    /// Fails if the vault is locked or a record was changed.
    pub async fn sessions(&self) -> Result<Vec<KnownSession>, VaultError> {
        let kept = self.0.store.run(|db| db.sessions()).await?;
        let known = kept.into_iter().map(|kept| {
            let facts = self.0.open_facts(Need::Take, &kept)?;
            Ok(KnownSession { is_over: kept.is_over(), account: kept.account, facts })
        });
        known.collect()
    }

    /// Deletes the refresh token of an account; done as well if there is none. What is needed to know
    /// the account, and to sign in to it again, stays.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be written.
    pub async fn end_session(&self, account: &AccountId) -> Result<(), VaultError> {
        let account = account.clone();
        self.0.store.run(move |db| db.end_session(&account)).await
    }

    /// Sets the vault's database aside and begins an empty one; for a person who was told that the
    /// data key is lost and wants to go on. Returns where the old database went.
    ///
    /// # Errors
    ///
    /// Fails if the files cannot be moved or created.
    pub async fn start_over(&self) -> Result<PathBuf, VaultError> {
        self.lock();
        let now = self.0.clock.now();
        let aside = self.0.store.run(move |db| db.start_over(now)).await?;
        *self.0.lock_protection() = Protection::Keyring;
        Ok(aside)
    }
}

#[cfg(feature = "fakes")]
impl Vault {
    /// Lets the vault's file grow no further, as on a full disk, or lets it grow again.
    ///
    /// # Errors
    ///
    /// Fails if the database refuses.
    pub async fn fill_disk(&self, full: bool) -> Result<(), VaultError> {
        self.0.store.run(move |db| db.fill_disk(full)).await
    }

    /// Asks `by` before each use of the disk what shall go wrong with it.
    pub fn disturb(&self, by: Arc<dyn crate::Disturbance>) {
        self.0.store.disturbed.set(by);
    }
}

impl Inner {
    fn lock_open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` with the data key. The key never leaves; only what `work` makes of it does.
    fn with_key<T>(
        &self,
        need: Need,
        work: impl FnOnce(&DataKey) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let open = self.lock_open();
        match &open.key {
            Some(key) if need == Need::Put || !open.locking => work(key),
            _ => Err(VaultError::Locked),
        }
    }

    fn hold(self: &Arc<Self>, need: Need) -> Result<Hold, VaultError> {
        let mut open = self.lock_open();
        if open.key.is_none() || (need == Need::Take && open.locking) {
            return Err(VaultError::Locked);
        }
        open.holds += 1;
        Ok(Hold(Arc::clone(self)))
    }

    fn open_secret(&self, need: Need, kept: &KeptSecret) -> Result<Secret, VaultError> {
        let plain = self.with_key(need, |key| {
            envelope::open(key.expose(), &kept.stowed.place(key.vault()), &kept.sealed)
        })?;
        Secret::from_bytes(plain).ok_or(VaultError::Tampered)
    }

    fn open_facts(&self, need: Need, kept: &KeptSession) -> Result<SessionFacts, VaultError> {
        let plain = self.with_key(need, |key| {
            let place = Place::new(key.vault(), Purpose::SessionFacts, &[kept.account.as_str()]);
            envelope::open(key.expose(), &place, &kept.facts)
        })?;
        serde_json::from_slice(&plain).map_err(|_| VaultError::Tampered)
    }

    fn open_refresh(&self, need: Need, kept: &KeptSession) -> Result<Secret, VaultError> {
        let plain = self.with_key(need, |key| {
            let place = Place::new(key.vault(), Purpose::RefreshToken, &[kept.account.as_str()]);
            envelope::open(key.expose(), &place, &kept.refresh)
        })?;
        Secret::from_bytes(plain).ok_or(VaultError::Tampered)
    }
}
