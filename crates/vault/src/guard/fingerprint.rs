//! Recognising the secret on the clipboard without keeping it: a keyed hash under a random key.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::random;

/// What remains of a text to recognise it by. Whoever reads it learns nothing but how to guess.
pub(super) struct Fingerprint {
    keyed: Hmac<Sha256>,
    tag: [u8; 32],
}

impl Fingerprint {
    /// The fingerprint of a text, under a key of its own.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 §3)")]
    pub(super) fn of(text: &str) -> Self {
        let key = random::bytes::<32>();
        let keyed = Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("a key of any length will do");
        let tag = keyed.clone().chain_update(text).finalize().into_bytes().into();
        Self { keyed, tag }
    }

    /// Whether this is the text, compared in constant time.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.keyed.clone().chain_update(text).verify_slice(&self.tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_knows_its_text_and_no_other() {
        let print = Fingerprint::of("kst_1");
        assert!(print.matches("kst_1"));
        assert!(!print.matches("kst_2"));
        assert_ne!(print.tag, Fingerprint::of("kst_1").tag, "every fingerprint has its own key");
    }
}
