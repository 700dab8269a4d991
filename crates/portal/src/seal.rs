//! What the portal keeps of secrets: keyed hashes, and answers sealed under a key it does not have.
//!
//! The pepper lives in a file beside the database, readable by its owner only. A stolen database
//! without the pepper cannot even be used to check a guess.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit as _, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::random;

/// A keyed hash: what the portal keeps instead of a secret.
pub(crate) type Digest = [u8; 32];

/// What a hash is for, so that a hash of one kind never equals one of another.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Purpose {
    /// The secret of a key.
    Secret = 1,
    /// An access token.
    Access,
    /// A refresh token.
    Refresh,
    /// An authorization code.
    Code,
    /// The cookie of a browser session.
    Session,
    /// What a form must carry to prove that it came from the browser it was given to.
    Form,
    /// The name of a call, as in `Idempotency-Key`.
    Call,
    /// The content of a call.
    Content,
    /// The salt of the key an answer is sealed under.
    SealSalt,
    /// The access token that follows a refresh token.
    NextAccess,
    /// The refresh token that follows a refresh token.
    NextRefresh,
    /// A page token.
    Page,
    /// The secret of a sample key.
    Sample,
    /// The request of an app that a browser session was begun for.
    Asked,
    /// What tells whether a pepper is the one of a database.
    #[cfg(feature = "postgres")]
    Check,
    /// What makes a browser known as one that signed in to an account.
    Known = 30,
    /// The secret of an OAuth client.
    ClientSecret = 32,
    /// An assertion that an OAuth client signed.
    Assertion,
    /// The token of an invitation.
    Invitation = 40,
    /// What a mail that waits is sealed under.
    Mail = 41,
    /// The key of the log's chain.
    Audit = 48,
    /// What a preview of a suspension names.
    Suspension,
}

/// The key of every hash, the same for the life of a portal's data.
pub(crate) struct Pepper(Hmac<Sha256>);

impl Pepper {
    /// Reads the pepper of a data folder, making one where there is none if it `may_be_new`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or made, is not 32 bytes, or is missing and must not be.
    pub(crate) fn open(file: &Path, may_be_new: bool) -> io::Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        match File::open(file) {
            Ok(mut opened) => opened.read_exact(&mut *key)?,
            Err(missing) if missing.kind() == io::ErrorKind::NotFound && may_be_new => {
                *key = random::bytes();
                write_private(file, &*key)?;
            }
            Err(other) => return Err(other),
        }
        Ok(Self::new(&key))
    }

    /// A pepper of these bytes.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// The hash of `parts`, each counted with its length so that their borders matter.
    pub(crate) fn digest(&self, purpose: Purpose, parts: &[&str]) -> Digest {
        let mut mac = self.0.clone();
        mac.update(&[purpose as u8]);
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// Seals an answer so that only who knows `name` can open it again.
    ///
    /// The key is derived from `name` (HKDF-SHA-256, RFC 5869), which the portal does not keep. The
    /// nonce stands before the sealed text.
    pub(crate) fn seal(&self, name: &str, call: &Digest, answer: &[u8]) -> Vec<u8> {
        let nonce = XNonce::from(random::bytes::<24>());
        let payload = Payload { msg: answer, aad: call };
        let sealed =
            self.cipher(name, call).encrypt(&nonce, payload).expect("an answer is far below the limit");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Self::seal`] sealed, or nothing if it is damaged or `name` is another.
    pub(crate) fn unseal(&self, name: &str, call: &Digest, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_first_chunk::<24>()?;
        let payload = Payload { msg: text, aad: call };
        self.cipher(name, call).decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self, name: &str, call: &Digest) -> XChaCha20Poly1305 {
        let salt = self.digest(Purpose::SealSalt, &[]);
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(&salt), name.as_bytes())
            .expand(call, &mut *key)
            .expect("32 bytes are one block of SHA-256");
        XChaCha20Poly1305::new((&*key).into())
    }
}

/// Writes a file that only its owner can read, completely or not at all.
///
/// # Errors
///
/// Fails if the folder cannot be written.
pub(crate) fn write_private(file: &Path, content: &[u8]) -> io::Result<()> {
    let unfinished = file.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(&unfinished)?;
    opened.write_all(content)?;
    opened.sync_all()?;
    std::fs::rename(&unfinished, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_answer_opens_for_the_same_call_only() {
        let pepper = Pepper::new(&[7; 32]);
        let call = pepper.digest(Purpose::Call, &["acc", "name"]);
        let sealed = pepper.seal("name", &call, b"answer");
        assert_eq!(pepper.unseal("name", &call, &sealed).unwrap().as_slice(), b"answer");
        assert!(pepper.unseal("another", &call, &sealed).is_none());
        assert!(pepper.unseal("name", &[0; 32], &sealed).is_none());
    }

    #[test]
    fn the_borders_of_parts_and_the_purpose_change_a_hash() {
        let pepper = Pepper::new(&[7; 32]);
        let whole = pepper.digest(Purpose::Call, &["ab", "c"]);
        assert_ne!(whole, pepper.digest(Purpose::Call, &["a", "bc"]));
        assert_ne!(whole, pepper.digest(Purpose::Content, &["ab", "c"]));
    }

    #[test]
    fn a_pepper_survives_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pepper");
        let made = Pepper::open(&file, true).unwrap().digest(Purpose::Secret, &["x"]);
        assert_eq!(Pepper::open(&file, false).unwrap().digest(Purpose::Secret, &["x"]), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
