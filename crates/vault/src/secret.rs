//! A secret has doors but no windows.
//!
//! [`Secret`] can be read *in*; reading it *out* is [`Secret::expose`], which only this crate can
//! call. Whoever reviews how plaintext leaves reads the callers of that one function.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// A plaintext credential, wiped from memory when dropped.
///
/// It can be read in from a portal's reply. It implements neither `Serialize`, `Display`, `Debug`,
/// `Clone` nor `Deref`, so no view, log line or error can carry one.
pub struct Secret(SecretString);

impl Secret {
    /// Takes over a text and wipes whatever the text's buffer held beyond it.
    pub fn from_text(mut text: String) -> Self {
        if text.capacity() == text.len() {
            return Self(text.into());
        }
        // Shrinking would move the text and leave the old buffer behind unwiped.
        let mut exact = String::with_capacity(text.len());
        exact.push_str(&text);
        text.zeroize();
        Self(exact.into())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// Whether it begins with `prefix`, the public part that a portal lists.
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.expose().as_bytes().get(..prefix.len()).is_some_and(|head| head.ct_eq(prefix.as_bytes()).into())
    }

    /// The plaintext. Every caller is a door.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Reads a secret from opened bytes; nothing if they are not text.
    pub(crate) fn from_bytes(mut bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Some(Self::from_text(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                None
            }
        }
    }

    /// Whether both are the same, in a time that depends on their lengths alone.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_from_json_and_knows_its_prefix() {
        let secret: Secret = serde_json::from_str(r#""kst_live_\u0041bc""#).unwrap();
        assert_eq!(secret.expose(), "kst_live_Abc");
        assert!(secret.starts_with("kst_live_"));
        assert!(!secret.starts_with("kst_test_"));
        assert!(!secret.starts_with("kst_live_Abcd"), "a prefix longer than the secret is none");
        assert!(!secret.is_empty());
        assert!(Secret::from_text(String::new()).is_empty());
    }

    #[test]
    fn a_text_with_spare_room_is_taken_over_whole() {
        let mut roomy = String::with_capacity(500);
        roomy.push_str("kst_é");
        assert_eq!(Secret::from_text(roomy).expose(), "kst_é");
    }

    #[test]
    fn bytes_that_are_not_text_are_no_secret() {
        assert!(Secret::from_bytes(Zeroizing::new(vec![0xff, 0xfe])).is_none());
        assert!(Secret::from_bytes(Zeroizing::new(b"ok".to_vec())).is_some_and(|s| s.expose() == "ok"));
    }

    #[test]
    fn secrets_are_the_same_only_if_every_byte_is() {
        let secret = |text: &str| Secret::from_text(text.to_owned());
        assert!(secret("abc").is_same(&secret("abc")));
        assert!(!secret("abc").is_same(&secret("abd")));
        assert!(!secret("abc").is_same(&secret("abcd")));
    }
}
