//! An OAuth client, how it proves who it is, and what may happen to it.
//!
//! A client is kept as a key of its account is, with the same secrets, grace, standing and usage; what it has besides
//! is here. One that signs has a public key for each version, one that is public has nothing that anybody could know.

use std::time::Duration;

use keystow_domain::Timestamp;
use keystow_portal_api::clients::auth_method;

use super::jwk::PublicKey;
use crate::{
    audit,
    keys::{KeyRecord, SecretRecord, Standing},
    random,
    storage::Refusal,
};

/// How many public keys of a client there are at most at the same time.
pub(crate) const MOST_KEYS: usize = 5;
/// How many characters of a key's id stand for it in the usage.
const PREFIX: usize = 8;

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ClientAuth {
    /// It cannot: a public client.
    None = 0,
    /// With a secret (RFC 6749 §2.3.1).
    Secret = 1,
    /// With an assertion that it signed (RFC 7523 §2.2).
    Assertion = 2,
}

impl ClientAuth {
    /// The word of the contract.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => auth_method::NONE,
            Self::Secret => auth_method::SECRET,
            Self::Assertion => auth_method::PRIVATE_KEY_JWT,
        }
    }

    /// Reads a word; nothing if it is none.
    pub(crate) fn read(word: &str) -> Option<Self> {
        [Self::None, Self::Secret, Self::Assertion].into_iter().find(|one| one.word() == word)
    }

    /// Reads the number it is kept as. What is not known is what nobody can bring: a client that signs, without a key.
    pub(crate) fn kept(number: i64) -> Self {
        match number {
            0 => Self::None,
            1 => Self::Secret,
            _ => Self::Assertion,
        }
    }
}

/// A public key that assertions of a client are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientKeyRecord {
    /// The version of the client that it is.
    pub(crate) version: u32,
    pub(crate) kid: String,
    pub(crate) key: PublicKey,
    pub(crate) added_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

/// A registered client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OauthClient {
    /// What it has in common with a key; its id is the `client_id`.
    pub(crate) record: KeyRecord,
    pub(crate) auth: ClientAuth,
    pub(crate) redirect_uris: Vec<String>,
    /// Newest first; only of a client that signs.
    pub(crate) keys: Vec<ClientKeyRecord>,
}

impl OauthClient {
    /// Replaces the secret; the old one stays accepted for `grace`. A client that waits or is switched off signs people
    /// in all the same, so that its secret can be replaced too.
    ///
    /// # Errors
    ///
    /// Refused for a client without a secret, or that has too many old ones still.
    pub(crate) fn rotate(
        &mut self,
        secret: SecretRecord,
        grace: Duration,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.must_be_there()?;
        if self.auth != ClientAuth::Secret {
            return Err(Refusal::NoSecret);
        }
        self.record.replace_secret(secret, grace, now)
    }

    /// Adds a public key, which is accepted beside those there are.
    ///
    /// # Errors
    ///
    /// Refused for a client that does not sign, that has a key of this id, or as many as there may be.
    pub(crate) fn add_key(&mut self, kid: &str, key: PublicKey, now: Timestamp) -> Result<(), Refusal> {
        self.must_be_there()?;
        if self.auth != ClientAuth::Assertion {
            return Err(Refusal::DoesNotSign);
        }
        if self.keys.iter().any(|one| one.kid == kid || one.key == key) {
            return Err(Refusal::KidTaken);
        }
        if self.keys.len() >= MOST_KEYS {
            return Err(Refusal::TooManyClientKeys);
        }
        let version = self.record.current.version + 1;
        self.record.current = nobodys_secret(version, kid);
        self.record.rotated_at = Some(now);
        self.keys.insert(
            0,
            ClientKeyRecord { version, kid: kid.to_owned(), key, added_at: now, last_used_at: None },
        );
        Ok(())
    }

    /// Ends a public key, with every token that was got with it.
    ///
    /// # Errors
    ///
    /// Refused if there is none of this id.
    pub(crate) fn end_key(&mut self, kid: &str) -> Result<(), Refusal> {
        self.must_be_there()?;
        let place = self.keys.iter().position(|one| one.kid == kid).ok_or(Refusal::NotFound)?;
        self.keys.remove(place);
        Ok(())
    }

    /// Says in the log that what is being done is about this client.
    pub(crate) fn tell_log(&self) {
        audit::about_client(&self.record.id, &self.record.name, &self.record.account);
    }

    /// Nothing: a client that was deleted is as unknown as one that never was.
    ///
    /// # Errors
    ///
    /// Refused if it was deleted.
    pub(crate) fn must_be_there(&self) -> Result<(), Refusal> {
        if self.record.standing == Standing::Revoked { Err(Refusal::NotFound) } else { Ok(()) }
    }
}

/// What the usage of a version without a secret is counted on: a hash that no secret has.
pub(super) fn nobodys_secret(version: u32, kid: &str) -> SecretRecord {
    let hash = random::bytes();
    let prefix = kid.chars().take(PREFIX).collect();
    SecretRecord { version, hash, prefix, suffix: String::new(), ends_at: None, last_used_at: None }
}
