//! OAuth clients of a developer, for sign-ins of other people and for programs that call for themselves (*extended*).
//!
//! `/v1/developer/clients` lists and registers, `/v1/developer/clients/{id}` gets, edits and deletes,
//! `/v1/developer/clients/{id}/rotate` replaces the secret of a client that has one,
//! `/v1/developer/clients/{id}/previous/end` ends its old ones early, and `/v1/developer/clients/{id}/keys` is where a
//! client that signs says with which keys.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    keys::PreviousSecret,
    lenient::{is_default, number, or_default},
};

/// An OAuth client as its developer sees it. It never holds the secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct OAuthClient {
    /// The `client_id`; it survives every rotation and is no secret.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub client_id: String,
    /// What people who are asked for their consent read.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How it proves who it is: one of the words of [`auth_method`]; an open set.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub auth_method: String,
    /// Where a sign-in may come back to.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// The developer app it belongs to; empty for none.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub app_id: String,
    /// One of `API_KEY_STATUS_*`, as of a key; an open set.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// The person or team it belongs to.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// Who registered it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub created_by: String,
    /// When it was registered, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub created_at: String,
    /// When it last proved who it is, or a token of it was last accepted; absent for one that was never used.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub last_used_at: String,
    /// The first characters of its current secret; absent where it has none.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub secret_prefix: String,
    /// The last four characters of its current secret; absent where it has none.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub secret_suffix: String,
    /// Counts its secrets, or the keys it signed with, from 1.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub version: u32,
    /// When its secret was last replaced.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub rotated_at: String,
    /// Old secrets that are still accepted, newest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub previous_secrets: Vec<PreviousSecret>,
    /// The public keys that its assertions are checked with, newest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<ClientKey>,
}

/// Whether the id of a credential is a `client_id` of this contract and not the id of a key: it begins so, and no id
/// of a key does.
pub fn is_client_id(id: &str) -> bool {
    id.strip_prefix(ID).is_some_and(|rest| rest.starts_with('_'))
}

/// What a `client_id` begins with, before an underscore.
pub const ID: &str = "client";

/// The words of [`OAuthClient::auth_method`], as the registry of RFC 7591 §2 has them, but for the one that stands for
/// both ways a secret can be brought.
pub mod auth_method {
    /// A public client: it can keep no secret, as an app on somebody's computer.
    pub const NONE: &str = "none";
    /// A confidential client with a secret, brought as `client_secret_basic` or `client_secret_post`
    /// (RFC 6749 §2.3.1).
    pub const SECRET: &str = "client_secret";
    /// A confidential client that signs (RFC 7523 §2.2); the portal knows its public keys alone.
    pub const PRIVATE_KEY_JWT: &str = "private_key_jwt";
}

/// A public key that assertions of a client are checked with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ClientKey {
    /// The key's id: what assertions name as `kid`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub kid: String,
    /// The one algorithm it is used with: `ES256` or `EdDSA`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub algorithm: String,
    /// Which version of the client it is in the usage.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub version: u32,
    /// When it was added, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub added_at: String,
    /// When an assertion signed with it, or a token got so, was last accepted; absent if none was.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub last_used_at: String,
}

/// Registers a client: `POST /v1/developer/clients`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct CreateClientRequest {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Where a sign-in may come back to, each exactly: https, or http at 127.0.0.1 or [::1], where the port does not
    /// matter. A confidential client that signs nobody in needs none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// One of the words of [`auth_method`].
    pub auth_method: String,
    /// The developer app it shall belong to; only a client of an app can call for itself. Leave it out for a client
    /// that signs people in and nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// With `private_key_jwt`: its first public key as a JWK (RFC 7517), an EC key on P-256 or an OKP key on Ed25519.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub jwk: Option<Map<String, Value>>,
}

/// Edits a client: `PATCH /v1/developer/clients/{id}`. What is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UpdateClientRequest {
    /// Its name, 1 to 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where a sign-in may come back to; replaces all there were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uris: Option<Vec<String>>,
}

/// Replaces the secret of a client: `POST /v1/developer/clients/{id}/rotate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RotateClientRequest {
    /// How many seconds the old secret stays accepted; the portal's choice where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<u64>,
}

/// Adds a public key of a client: `POST /v1/developer/clients/{id}/keys`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct AddClientKeyRequest {
    /// The key as a JWK (RFC 7517) without its private part. Without a `kid` it gets its thumbprint (RFC 7638).
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub jwk: Map<String, Value>,
}

/// The answer of every call about one client that issues no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ClientReply {
    /// The client as it is now.
    #[serde(deserialize_with = "or_default")]
    pub client: OAuthClient,
}

/// The answer that says the secret of a client, once: to registering and to rotating it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", bound(deserialize = "S: Deserialize<'de>"))]
pub struct IssuedClient<S> {
    /// The client.
    #[serde(default, deserialize_with = "or_default")]
    pub client: OAuthClient,
    /// The whole secret, said once; absent for a client that has none.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<S>,
}

fn none<S>() -> Option<S> {
    None
}

/// The clients of the caller: `GET /v1/developer/clients?page_size&page_token`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListClientsReply {
    /// The clients of the page, newest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<OAuthClient>,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}
