//! The envelope: sealing a record so that it opens only where it was put.
//!
//! XChaCha20-Poly1305 with a random 24-byte nonce; a sealed record is nonce, ciphertext, tag. What
//! the record is and whose it is goes in as associated data, so a record moved to another row, or a
//! row whose label was changed, does not open.

use chacha20poly1305::aead::{AeadInOut, KeyInit, inout::InOutBuf};
use chacha20poly1305::{Key, Tag, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::{VaultError, random};

const NONCE: usize = 24;
const TAG: usize = 16;

/// What a record is for; two purposes never open each other's records.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// The text that tells whether a data key is the right one.
    Check,
    /// The dummy that proves that the store can be written.
    Dummy,
    /// The secret of a key.
    KeySecret,
    /// The facts of a session.
    SessionFacts,
    /// The refresh token of a session.
    RefreshToken,
    /// A short fact that nobody may change unseen.
    Note,
    /// The data key itself, under a passphrase.
    DataKey,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Dummy => "dummy",
            Self::KeySecret => "key-secret",
            Self::SessionFacts => "session-facts",
            Self::RefreshToken => "refresh-token",
            Self::Note => "note",
            Self::DataKey => "data-key",
        }
    }
}

/// The place of a record: its purpose and the fields that name it.
pub(crate) struct Place(Vec<u8>);

impl Place {
    /// Names a place; fields are length-prefixed so that no two lists of fields look alike.
    pub(crate) fn new(vault: &str, purpose: Purpose, fields: &[&str]) -> Self {
        let mut place = b"keystow-vault/1".to_vec();
        for field in [vault, purpose.word()].iter().chain(fields) {
            place.extend_from_slice(&(field.len() as u64).to_le_bytes());
            place.extend_from_slice(field.as_bytes());
        }
        Self(place)
    }
}

/// Seals `plain` for `place`.
pub(crate) fn seal(key: &[u8; 32], place: &Place, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let nonce = random::bytes::<NONCE>();
    let mut sealed = Vec::with_capacity(NONCE + plain.len() + TAG);
    sealed.extend_from_slice(nonce.as_slice());
    sealed.extend_from_slice(plain);
    let tag = XChaCha20Poly1305::new(&Key::from(*key))
        .encrypt_inout_detached(&XNonce::from(*nonce), &place.0, InOutBuf::from(&mut sealed[NONCE..]))
        .map_err(|_| VaultError::Tampered)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens what was sealed for `place`.
pub(crate) fn open(key: &[u8; 32], place: &Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or(VaultError::Tampered)?;
    let (cipher, tag) = rest.split_last_chunk::<TAG>().ok_or(VaultError::Tampered)?;
    let mut plain = Zeroizing::new(cipher.to_vec());
    XChaCha20Poly1305::new(&Key::from(*key))
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            &place.0,
            InOutBuf::from(plain.as_mut_slice()),
            &Tag::from(*tag),
        )
        .map_err(|_| VaultError::Tampered)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn place(fields: &[&str]) -> Place {
        Place::new("vault", Purpose::KeySecret, fields)
    }

    #[test]
    fn what_is_sealed_opens_at_its_place_and_nowhere_else() {
        let sealed = seal(&KEY, &place(&["op", "acc"]), b"kst_secret").unwrap();
        assert_eq!(&**open(&KEY, &place(&["op", "acc"]), &sealed).unwrap(), b"kst_secret");
        assert!(open(&KEY, &place(&["opa", "cc"]), &sealed).is_err(), "fields must not run together");
        assert!(open(&KEY, &Place::new("vault", Purpose::RefreshToken, &["op", "acc"]), &sealed).is_err());
        assert!(open(&KEY, &Place::new("other", Purpose::KeySecret, &["op", "acc"]), &sealed).is_err());
        assert!(open(&[8; 32], &place(&["op", "acc"]), &sealed).is_err());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let sealed = seal(&KEY, &place(&[]), b"kst").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(open(&KEY, &place(&[]), &changed), Err(VaultError::Tampered)), "bit {bit}");
        }
        assert!(open(&KEY, &place(&[]), &sealed[..10]).is_err());
    }

    #[test]
    fn sealing_twice_gives_two_texts_and_neither_shows_the_plain_one() {
        let (one, two) = (
            seal(&KEY, &place(&[]), b"kst_secret").unwrap(),
            seal(&KEY, &place(&[]), b"kst_secret").unwrap(),
        );
        assert_ne!(one, two);
        assert!(!one.windows(10).any(|w| w == b"kst_secret"));
    }
}
