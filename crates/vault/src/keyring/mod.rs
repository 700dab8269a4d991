//! The keyring of the operating system holds one item: the vault's data key.
//!
//! Errors are codes. The errors of keyring libraries may carry the bytes they choked on and are
//! never kept, logged or shown.

#[cfg(feature = "fakes")]
mod memory;
mod os;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use secrecy::{ExposeSecret, SecretBox};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

#[cfg(feature = "fakes")]
pub use memory::{Fault, MemoryKeyring};
pub use os::OsKeyring;

use crate::random;

/// A place that keeps the data key while the app does not run.
///
/// Calls may block for as long as a person takes to answer a prompt; the vault makes them on a
/// thread of their own.
pub trait Keyring: Send + Sync {
    /// Reads the data key; nothing if there is none.
    ///
    /// # Errors
    ///
    /// Fails if the keyring cannot be asked, or holds something that is no data key.
    fn load(&self) -> Result<Option<DataKey>, KeyringError>;

    /// Keeps the data key.
    ///
    /// # Errors
    ///
    /// Fails if the keyring did not take it.
    fn save(&self, key: &DataKey) -> Result<(), KeyringError>;

    /// Removes the data key; done as well if there was none.
    ///
    /// # Errors
    ///
    /// Fails if the keyring cannot be asked or refuses.
    fn delete(&self) -> Result<(), KeyringError>;
}

/// Why a keyring did not serve. Each has its own remedy, and so its own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// No keyring service runs on this desktop.
    #[error("no keyring runs on this desktop")]
    Absent,
    /// The service runs but has no default collection yet.
    #[error("the keyring has no default collection")]
    NoCollection,
    /// The keyring is locked and nobody can be asked for its password.
    #[error("the keyring is locked")]
    Locked,
    /// The person closed the keyring's password prompt, or it could not be shown.
    #[error("the keyring's prompt was dismissed")]
    Dismissed,
    /// The keyring did not answer in time.
    #[error("the keyring did not answer in time")]
    TimedOut,
    /// Several items claim to be the vault's data key.
    #[error("the keyring holds several keys for this vault")]
    Ambiguous,
    /// The keyring holds something that is no data key.
    #[error("the keyring's item for this vault is damaged")]
    Corrupt,
    /// The keyring failed in another way.
    #[error("the keyring failed")]
    Broken,
}

/// The key that seals every record of a vault, wiped from memory when dropped.
pub struct DataKey {
    vault: String,
    bytes: SecretBox<[u8; 32]>,
}

/// The first word of the item, so that a person who finds it knows what it is.
const KIND: &str = "keystow-data-key";
/// The version of the item's form.
const VERSION: &str = "1";

impl DataKey {
    /// Makes a new key for a new vault.
    pub(crate) fn generate() -> Self {
        let id = random::bytes::<16>();
        let vault = id.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { vault, bytes: SecretBox::new(Box::new(*random::bytes::<32>())) }
    }

    /// The id of the vault it belongs to.
    pub(crate) fn vault(&self) -> &str {
        &self.vault
    }

    /// The key itself; only the envelope is given it.
    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.bytes.expose_secret()
    }

    /// Whether both are the same key of the same vault.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.vault == other.vault && bool::from(self.expose().ct_eq(other.expose()))
    }

    /// Another copy, for a keyring that keeps one in memory or a compare after saving.
    pub(crate) fn duplicate(&self) -> Self {
        Self { vault: self.vault.clone(), bytes: SecretBox::new(Box::new(*self.expose())) }
    }

    /// The item a keyring stores: kind, version, vault id and key as words of one line of ASCII,
    /// because one of the keyrings keeps nothing but UTF-8.
    pub(crate) fn to_item(&self) -> Zeroizing<String> {
        let mut item = Zeroizing::new(String::with_capacity(KIND.len() + self.vault.len() + 64));
        for word in [KIND, VERSION, &self.vault] {
            item.push_str(word);
            item.push(' ');
        }
        BASE64.encode_string(self.expose(), &mut item);
        item
    }

    /// Reads an item back; nothing if it is not one.
    pub(crate) fn from_item(item: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(item).ok()?.split(' ');
        if words.next()? != KIND || words.next()? != VERSION {
            return None;
        }
        let vault = words.next().filter(|id| !id.is_empty())?.to_owned();
        let mut bytes = Zeroizing::new([0; 33]);
        let length = BASE64.decode_slice(words.next()?, bytes.as_mut_slice()).ok()?;
        if length != 32 || words.next().is_some() {
            return None;
        }
        let mut key = SecretBox::new(Box::new([0; 32]));
        secrecy::ExposeSecretMut::expose_secret_mut(&mut key).copy_from_slice(&bytes[..32]);
        Some(Self { vault, bytes: key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_reads_back_as_the_same_key() {
        let key = DataKey::generate();
        let item = key.to_item();
        assert!(item.is_ascii() && item.starts_with("keystow-data-key 1 "));
        assert!(DataKey::from_item(item.as_bytes()).is_some_and(|back| back.is_same(&key)));
    }

    #[test]
    fn two_keys_are_never_the_same() {
        let (one, two) = (DataKey::generate(), DataKey::generate());
        assert!(!one.is_same(&two));
        assert_ne!(one.vault(), two.vault());
    }

    #[test]
    fn anything_else_is_no_key() {
        let item = DataKey::generate().to_item().to_string();
        let longer = format!("{item}AAAA");
        let newer = item.replacen(" 1 ", " 2 ", 1);
        let tail = format!("{item} x");
        for wrong in ["", "keystow-data-key", &item[..item.len() - 1], &longer, &newer, &tail, "\u{ff}"] {
            assert!(DataKey::from_item(wrong.as_bytes()).is_none(), "{} bytes", wrong.len());
        }
    }
}
