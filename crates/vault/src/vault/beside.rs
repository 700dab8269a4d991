//! A vault that is read beside the app that owns it.

use std::path::Path;
use std::sync::Arc;

use keystow_domain::Clock;

use crate::store::Store;
use crate::{Keyring, Vault, VaultError};

impl Vault {
    /// Opens the vault in this folder to read it beside the app that owns it. It is locked, and nothing of
    /// it is ever written: neither a record nor a key.
    ///
    /// # Errors
    ///
    /// Fails if there is no vault, it cannot be read, or a newer version of the app wrote it.
    pub fn open_beside(
        folder: &Path,
        keyring: Arc<dyn Keyring>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, VaultError> {
        Self::over(folder, Store::beside(folder)?, (keyring, clock), true)
    }
}
