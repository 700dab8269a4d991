//! What tests of a vault under a passphrase share.

use keystow_domain::OperationId;
use keystow_vault::{Keyring as _, MemoryKeyring, Passphrase, Protection, Vault};

use super::plain;

/// The passphrase that is chosen first.
pub(crate) const FIRST: &str = "a first long passphrase";
/// Another one.
pub(crate) const SECOND: &str = "another passphrase of mine";
/// Under a passphrase, and nothing of it is in the keyring.
pub(crate) const SEALED: Protection = Protection::Passphrase { leftover: false };

/// What somebody typed.
pub(crate) fn typed(text: &str) -> Passphrase {
    Passphrase::typed(text.to_owned())
}

/// The vault gives the secret of the operation `op`.
pub(crate) async fn gives_its_secret(vault: &Vault) {
    assert_eq!(plain(&vault.reveal_to_request(&OperationId::new("op")).await.unwrap()), "kst_1");
}

/// Whether the keyring has a key.
pub(crate) fn has_item(keyring: &MemoryKeyring) -> bool {
    keyring.load().unwrap().is_some()
}
