//! What a portal with OAuth clients can be asked about them, and about the bill.
//!
//! A client is a key of another kind: it is among the keys of [`crate::Portal::keys`], and is got, rotated and ended
//! as they are. What only a client has is here. A portal without it refuses as not found.

use async_trait::async_trait;
use keystow_domain::{
    Bill, ClientProof, ClientWish, Key, KeyId, NewClient, OperationId, PublicKey, Timestamp,
};
use keystow_vault::Secret;

use crate::{Failure, Issued, Probe, apps::absent};

/// OAuth clients as one signed-in person sees them. `token` is that person's access token.
#[async_trait]
pub trait Clients: Send + Sync {
    /// Registers a client. `op` travels as the `Idempotency-Key`; `public` is the first key of one that signs.
    ///
    /// # Errors
    ///
    /// Names each wrong field, as in `redirectUris[0]`. [`Failure::Unknown`] means that the client may exist.
    async fn register(
        &self,
        _token: &Secret,
        _op: &OperationId,
        _new: &NewClient,
        _public: Option<&PublicKey>,
    ) -> Result<Registered, Failure> {
        Err(absent())
    }

    /// Changes what the wish names of a client. Safe to repeat.
    ///
    /// # Errors
    ///
    /// As [`Clients::register`].
    async fn change_client(&self, _token: &Secret, _id: &KeyId, _wish: &ClientWish) -> Result<Key, Failure> {
        Err(absent())
    }

    /// Adds a public key to a client that signs, beside those it has. Safe to repeat: a key that it has is added.
    ///
    /// # Errors
    ///
    /// When the portal refuses or cannot be asked.
    async fn add_client_key(
        &self,
        _token: &Secret,
        _id: &KeyId,
        _public: &PublicKey,
    ) -> Result<Key, Failure> {
        Err(absent())
    }

    /// Gets a token for a client of an app with its secret, or with what its private key signs, and calls `stream`
    /// with it, on connections of their own. Tells the status of the last answer, and the time all of it took.
    ///
    /// # Errors
    ///
    /// When there was no answer. A refusal of the secret is an answer.
    async fn try_client(
        &self,
        _id: &KeyId,
        _proof: &ClientProof,
        _stream: &str,
        _secret: &Secret,
    ) -> Result<Probe, Failure> {
        Err(absent())
    }

    /// What was billable from one instant to another, credential by credential or app by app.
    ///
    /// # Errors
    ///
    /// When the portal refuses (a time before what it keeps), has no bill, or cannot be asked.
    async fn bill(
        &self,
        _token: &Secret,
        _from: Timestamp,
        _to: Timestamp,
        _by_app: bool,
    ) -> Result<Bill, Failure> {
        Err(absent())
    }
}

/// A credential that a portal made, with its secret if it has one: a public client and one that signs have none.
pub struct Registered {
    /// The key as it is now.
    pub key: Key,
    /// Its secret, told this once.
    pub secret: Option<Secret>,
    /// When the portal answered, in its own time (the `Date` header).
    pub answered_at_server: Option<Timestamp>,
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registered").field("key", &self.key.id).finish_non_exhaustive()
    }
}

impl From<Issued> for Registered {
    fn from(issued: Issued) -> Self {
        let Issued { key, secret, answered_at_server } = issued;
        Self { key, secret: Some(secret), answered_at_server }
    }
}
