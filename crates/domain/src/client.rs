//! OAuth clients: what one has besides what it has in common with a key.
//!
//! A client is a key of another kind: its `client_id` is the key's id, its secret the key's secret. So it is listed,
//! copied, rotated and ended like any other, and what was promised of a one-time secret holds of it.

use crate::{AppId, Timestamp};

/// What a key that is an OAuth client has besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// How it proves who it is.
    pub proof: ClientProof,
    /// Where a sign-in may come back to, each exactly.
    pub redirect_uris: Vec<String>,
    /// The public keys its signatures are checked with, the newest first; of one that signs alone.
    pub keys: Vec<ClientKey>,
}

/// How a client proves who it is (RFC 7591 §2, `token_endpoint_auth_method`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientProof {
    /// Not at all: a public client, as an app on somebody's computer.
    Nothing,
    /// With a secret that the portal told once.
    Secret,
    /// With what it signs (RFC 7523 §2.2): the private key is here, the portal knows the public one.
    Signature,
    /// In a way this app does not know, as it was received.
    Unknown(String),
}

/// A public key of a client that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey {
    /// Its id, which assertions name.
    pub kid: String,
    /// What it signs with, in the portal's word: `EdDSA` or `ES256`.
    pub algorithm: String,
    /// When it was added.
    pub added_at: Option<Timestamp>,
    /// When something that it signed was last accepted.
    pub last_used_at: Option<Timestamp>,
}

impl ClientKey {
    /// How many characters of an id stand for the key where a secret has its prefix.
    const SHOWN: usize = 8;

    /// The first characters of its id: what is shown of a key that has no secret to show.
    pub fn prefix(kid: &str) -> String {
        kid.chars().take(Self::SHOWN).collect()
    }
}

/// The public half of a pair that was made here: an Ed25519 key (RFC 8037 §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its thumbprint (RFC 7638), which is its `kid`.
    pub kid: String,
    /// The key itself, in base64url without padding: the `x` of its JWK.
    pub x: String,
}

/// What a new client shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClient {
    /// Its name, which people who are asked for their consent read.
    pub name: String,
    /// How it shall prove who it is.
    pub proof: ClientProof,
    /// Where a sign-in may come back to.
    pub redirect_uris: Vec<String>,
    /// The developer app it shall belong to; only a client of an app can call for itself.
    pub app: Option<AppId>,
}

/// What of a client shall change; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientWish {
    /// Its name.
    pub name: Option<String>,
    /// All the places a sign-in may come back to from then on.
    pub redirect_uris: Option<Vec<String>>,
}
