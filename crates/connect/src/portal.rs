//! What every portal can be asked, in Keystow's own words.
//!
//! The trait lists operations and never hands out machinery, so that a connector can be replaced by
//! one in memory. A secret leaves it only inside [`Issued`], apart from the key it belongs to.

use std::time::Duration;

use async_trait::async_trait;
use keystow_domain::{Abilities, Key, KeyId, NewKey, OperationId, Quota, Timestamp, Usage, UsageQuery};
use keystow_vault::Secret;

use crate::{Admin, Apps, Clients, Failure, LogPage, Teams, Trial};

/// A portal as one signed-in person sees it. `token` is always that person's access token.
///
/// Every operation fails with [`Failure`]. For one that changes something, the class of the failure
/// tells whether the portal may have acted on it.
#[async_trait]
pub trait Portal: Admin + Apps + Clients + Teams + Send + Sync {
    /// What the portal can do. One that does not say is taken to speak the plain contract.
    ///
    /// # Errors
    ///
    /// When the portal cannot be asked.
    async fn abilities(&self, token: &Secret) -> Result<Abilities, Failure>;

    /// Who is signed in, where the portal tells: a name or an e-mail address.
    ///
    /// # Errors
    ///
    /// When the portal cannot be asked.
    async fn person(&self, token: &Secret) -> Result<Option<String>, Failure>;

    /// One page of keys, from the start or from where the last page ended; OAuth clients come after the others, where
    /// the portal has them. `size` is held within the
    /// contract's 1 to 100.
    ///
    /// # Errors
    ///
    /// When the page cannot be read; a page that came from a stale token is [`crate::RefusalKind::Invalid`].
    async fn keys(&self, token: &Secret, page: Option<&PageToken>, size: u32) -> Result<KeyPage, Failure>;

    /// One key, or nothing if it is gone or somebody else's.
    ///
    /// # Errors
    ///
    /// When the key cannot be read.
    async fn key(&self, token: &Secret, id: &KeyId) -> Result<Option<Key>, Failure>;

    /// Makes a key. `op` travels as the `Idempotency-Key`.
    ///
    /// # Errors
    ///
    /// [`Failure::Unknown`] means that the key may exist and its secret may be lost.
    async fn issue(&self, token: &Secret, op: &OperationId, new: &NewKey) -> Result<Issued, Failure>;

    /// Replaces the secret of a key. `op` travels as the `Idempotency-Key`; `grace` is asked for only
    /// where the portal lets the caller choose, and is rounded down to seconds.
    ///
    /// # Errors
    ///
    /// [`Failure::Unknown`] means that the old secret may be ending and the new one may be lost.
    async fn rotate(
        &self,
        token: &Secret,
        op: &OperationId,
        id: &KeyId,
        grace: Option<Duration>,
    ) -> Result<Issued, Failure>;

    /// Gives a key another name. Safe to repeat.
    ///
    /// # Errors
    ///
    /// When the portal refuses or cannot be asked.
    async fn rename(&self, token: &Secret, id: &KeyId, name: &str) -> Result<Key, Failure>;

    /// Ends a key for good. Safe to repeat: a key that was revoked before is [`Revoked::Already`].
    ///
    /// # Errors
    ///
    /// When the portal refuses or cannot be asked.
    async fn revoke(&self, token: &Secret, id: &KeyId) -> Result<Revoked, Failure>;

    /// Ends every old secret of a key now, where the portal can. Safe to repeat.
    ///
    /// # Errors
    ///
    /// When the portal refuses, cannot do it, or cannot be asked.
    async fn end_grace(&self, token: &Secret, id: &KeyId) -> Result<Key, Failure>;

    /// How often keys were used.
    ///
    /// # Errors
    ///
    /// When the portal refuses (a window beyond its retention), has no usage, or cannot be asked.
    async fn usage(&self, token: &Secret, query: &UsageQuery) -> Result<Usage, Failure>;

    /// What a key, or the whole account, may still use; nothing where the portal does not say.
    ///
    /// # Errors
    ///
    /// When the portal cannot be asked.
    async fn quota(&self, token: &Secret, key: Option<&KeyId>) -> Result<Option<Quota>, Failure>;

    /// One page of what was done and tried there, the newest first, from the start or from where the last page ended;
    /// about `target` alone, the id of a key or of an app, if one is given. Nothing where the portal keeps no log.
    ///
    /// # Errors
    ///
    /// When the portal refuses or cannot be asked.
    async fn log(
        &self,
        _token: &Secret,
        _target: Option<&str>,
        _page: Option<&PageToken>,
        _size: u32,
    ) -> Result<Option<LogPage>, Failure> {
        Ok(None)
    }

    /// Tries `secret` once as `trial` says, on a connection of its own, and tells how it was answered.
    /// No redirect is followed, and the answer's content is not read.
    ///
    /// # Errors
    ///
    /// When there was no answer. A refusal of the secret is an answer.
    async fn probe(&self, trial: &Trial, secret: &Secret) -> Result<Probe, Failure>;

    /// How the portal's clock differs from this computer's, once an answer told.
    fn clock_offset(&self) -> Option<Offset>;

    /// The rate limit of this session, as the last answer told it.
    fn limits(&self) -> Option<RateLimit>;
}

/// A new secret and the key it belongs to. The secret goes to the vault, the key to everybody else.
pub struct Issued {
    /// The key as it is now.
    pub key: Key,
    /// Its secret: this is the only time the portal tells it.
    pub secret: Secret,
    /// When the portal answered, in its own time (the `Date` header).
    pub answered_at_server: Option<Timestamp>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("key", &self.key.id).finish_non_exhaustive()
    }
}

/// Where the next page of a list starts, in the portal's own and opaque words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageToken(String);

impl PageToken {
    /// Wraps a token as it was received.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token as it was received.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One page of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPage {
    /// The keys, in the portal's order.
    pub keys: Vec<Key>,
    /// Where the next page starts; nothing on the last page.
    pub next: Option<PageToken>,
    /// How many rows could not be read, for want of an id.
    pub skipped: u32,
}

/// How a revocation ended; either way the key is dead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a revocation makes one of them, and soon takes it apart")]
pub enum Revoked {
    /// This call ended it.
    Now(Key),
    /// It had ended before.
    Already,
}

/// How a call with a secret was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// The HTTP status.
    pub status: u16,
    /// Whether the secret was accepted; nothing where the answer says neither yes nor no.
    pub accepted: Option<bool>,
    /// From the start of the connection to the head of the answer.
    pub took: Duration,
    /// The rate limit that the answer told.
    pub limits: Option<RateLimit>,
}

impl Probe {
    /// What a status says of the secret that was sent: only a clear yes and a clear no do.
    pub(crate) fn says(status: u16) -> Option<bool> {
        match status {
            200..300 => Some(true),
            401 | 403 => Some(false),
            _ => None,
        }
    }
}

/// How far the portal's clock is ahead of this computer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// Portal minus computer, in milliseconds; good to about a second, as `Date` headers are.
    pub millis: i64,
    /// When it was learned, in this computer's time.
    pub learned_at: Timestamp,
    /// The same on the clock that counts sleep and never jumps.
    pub learned_elapsed: Duration,
}

impl Offset {
    /// An instant of this computer in the portal's time.
    pub fn to_portal(self, local: Timestamp) -> Timestamp {
        Timestamp::from_millis(local.as_millis().saturating_add(self.millis))
    }

    /// An instant of the portal in this computer's time.
    pub fn to_local(self, portal: Timestamp) -> Timestamp {
        Timestamp::from_millis(portal.as_millis().saturating_sub(self.millis))
    }
}

/// A rate limit as `X-RateLimit-*` headers tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls allowed in the window.
    pub limit: Option<u64>,
    /// Calls left in it.
    pub remaining: Option<u64>,
    /// When it starts again, in this computer's time.
    pub resets_at: Option<Timestamp>,
}
