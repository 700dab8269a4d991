//! Production keys that ask every time: their secret is given once for each time that somebody said so twice.
//!
//! It protects from a slip of the hand: whoever sits at an open app can say it twice as well. Where a passphrase
//! opens the vault, the second word is that passphrase, and protects from whoever does not know it.

use std::time::Duration;

use keystow_domain::{AccountId, Environment, KeyId};

use crate::engine::Engine;
use crate::{Trouble, words};

/// How long a word that was given holds.
const HOLDS: Duration = Duration::from_secs(30);

/// A word that was given for a key.
pub(crate) struct Allowed {
    account: AccountId,
    key: KeyId,
    /// On the clock that counts sleep.
    until: Duration,
}

impl Engine {
    /// Somebody says once more that the secret of this key is wanted: it is given once, within half a minute.
    /// Where a passphrase was chosen, the word is the passphrase.
    ///
    /// # Errors
    ///
    /// Fails if there is no such key, the app is locked, or the passphrase is not typed rightly.
    pub async fn allow(&self, account: &AccountId, key: &KeyId) -> Result<(), Trouble> {
        let name = self.row(account, key)?.key.name;
        let is_open = || match self.0.vault.is_unlocked() {
            true => Ok(()),
            false => Err(words::vault(keystow_vault::VaultError::Locked)),
        };
        is_open()?;
        self.prove_presence(&name).await?;
        // It may have been locked while the person was asked.
        is_open()?;
        let until = self.0.clock.elapsed() + HOLDS;
        self.state().lock.allowed = Some(Allowed { account: account.clone(), key: key.clone(), until });
        Ok(())
    }

    /// Fails for a key that asks first and was not confirmed. A word that was given is used up.
    pub(crate) fn confirmed(&self, account: &AccountId, key: &KeyId) -> Result<(), Trouble> {
        let Some(name) = self.asks_first(account, key) else { return Ok(()) };
        let now = self.0.clock.elapsed();
        let given = self.state().lock.allowed.take();
        let fits = |given: &Allowed| given.account == *account && given.key == *key && given.until > now;
        if given.as_ref().is_some_and(fits) { Ok(()) } else { Err(words::presence_wanted(&name)) }
    }

    /// The name of a key that asks first.
    pub(crate) fn asks_first(&self, account: &AccountId, key: &KeyId) -> Option<String> {
        let state = self.state();
        if !state.settings.lock.ask_production {
            return None;
        }
        let key = state.listings.get(account)?.key(key)?;
        (key.environment == Some(Environment::Production)).then(|| key.name.clone())
    }
}
