//! Short facts that nobody may change unseen: sealed like a secret, kept by name.

use crate::envelope::{self, Place, Purpose};
use crate::{Vault, VaultError};

use super::Need;

impl Vault {
    /// Keeps a fact under a name, in place of the one before.
    ///
    /// # Errors
    ///
    /// Fails if the vault is locked or the fact is not in it afterwards.
    pub async fn keep_note(&self, name: &'static str, text: &str) -> Result<(), VaultError> {
        let _hold = self.0.hold(Need::Put)?;
        let sealed = self.0.with_key(Need::Put, |key| {
            envelope::seal(key.expose(), &Place::new(key.vault(), Purpose::Note, &[name]), text.as_bytes())
        })?;
        let back = self
            .0
            .store
            .run(move |db| {
                db.keep_note(name, &sealed)?;
                Ok(db.note(name)? == Some(sealed))
            })
            .await?;
        if back { Ok(()) } else { Err(VaultError::ReadBack) }
    }

    /// The fact that is kept under a name.
    ///
    /// # Errors
    ///
    /// Fails if the vault is locked or the record was changed.
    pub async fn note(&self, name: &'static str) -> Result<Option<String>, VaultError> {
        let Some(sealed) = self.0.store.run(move |db| db.note(name)).await? else { return Ok(None) };
        let plain = self.0.with_key(Need::Take, |key| {
            envelope::open(key.expose(), &Place::new(key.vault(), Purpose::Note, &[name]), &sealed)
        })?;
        String::from_utf8(plain.to_vec()).map(Some).map_err(|_| VaultError::Tampered)
    }
}
