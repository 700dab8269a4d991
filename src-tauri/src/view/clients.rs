//! OAuth clients, as the window sees them: what one has besides what every key has.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a key that is an OAuth client has besides.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ClientView {
    /// How it proves who it is.
    pub proof: ProofView,
    /// Where a sign-in may come back to.
    pub redirect_uris: Vec<String>,
    /// The public keys its signatures are checked with, the newest first.
    pub keys: Vec<ClientKeyView>,
}

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum ProofView {
    /// Not at all: it is public.
    Nothing,
    /// With a secret.
    Secret,
    /// With what it signs.
    Signature,
    /// In a way this app does not know.
    Unknown,
}

/// A public key of a client that signs.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ClientKeyView {
    /// Its id, which assertions name.
    pub kid: String,
    /// What it signs with.
    pub algorithm: String,
    /// When it was added.
    pub added_at: Option<i64>,
    /// When something that it signed was last accepted.
    pub last_used_at: Option<i64>,
}

/// What a new client shall be.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewClientInput {
    /// Made by the window when the sheet opens, so that a double click makes one client.
    pub ticket: String,
    /// Its name.
    pub name: String,
    /// How it shall prove who it is.
    pub proof: ProofView,
    /// Where a sign-in may come back to.
    pub redirect_uris: Vec<String>,
    /// The developer app it shall belong to.
    pub app: Option<String>,
}

/// What a client shall be from now on.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientInput {
    /// Its name.
    pub name: String,
    /// Where a sign-in may come back to.
    pub redirect_uris: Vec<String>,
}
