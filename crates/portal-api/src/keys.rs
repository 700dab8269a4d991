//! DeveloperService: keys, and the calls that make and change them.
//!
//! Fields beyond the plain contract are marked *extended*; a plain portal never sends them and
//! refuses them in a request.

use serde::{Deserialize, Serialize};

use crate::lenient::{is_default, number, or_default};

/// A key as the DeveloperService contract describes it. It never holds the secret.
///
/// Instants are RFC 3339 texts in UTC; empty means "not said".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ApiKey {
    /// The key's id; it survives every rotation.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The name people gave it, 1 to 100 characters, not unique.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The first characters of the current secret.
    #[serde(deserialize_with = "or_default", alias = "key_prefix", skip_serializing_if = "String::is_empty")]
    pub key_prefix: String,
    /// The last four characters of the current secret. *Extended.*
    #[serde(deserialize_with = "or_default", alias = "key_suffix", skip_serializing_if = "String::is_empty")]
    pub key_suffix: String,
    /// One of `API_KEY_STATUS_*`; an open set, see [`status`].
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// What the key may do.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The environment the key belongs to. *Extended.*
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub environment: String,
    /// The person or team it belongs to. *Extended.*
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The team it belongs to, which `owner` names then; absent for a person's. *Extended.*
    #[serde(deserialize_with = "or_default", alias = "team_id", skip_serializing_if = "String::is_empty")]
    pub team_id: String,
    /// The developer app it belongs to. *Extended.*
    #[serde(deserialize_with = "or_default", alias = "app_id", skip_serializing_if = "String::is_empty")]
    pub app_id: String,
    /// Who made it. *Extended.*
    #[serde(deserialize_with = "or_default", alias = "created_by", skip_serializing_if = "String::is_empty")]
    pub created_by: String,
    /// When it was made.
    #[serde(deserialize_with = "or_default", alias = "created_at", skip_serializing_if = "String::is_empty")]
    pub created_at: String,
    /// When an accepted call last carried it; absent for a key that was never used.
    #[serde(
        deserialize_with = "or_default",
        alias = "last_used_at",
        skip_serializing_if = "String::is_empty"
    )]
    pub last_used_at: String,
    /// When it stops by itself; absent for a key that does not.
    #[serde(deserialize_with = "or_default", alias = "expires_at", skip_serializing_if = "String::is_empty")]
    pub expires_at: String,
    /// When its secret was last replaced. *Extended.*
    #[serde(deserialize_with = "or_default", alias = "rotated_at", skip_serializing_if = "String::is_empty")]
    pub rotated_at: String,
    /// Counts the secrets this key has had, from 1; zero means "not said". *Extended.*
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub version: u32,
    /// Old secrets that are still accepted, newest first. *Extended.*
    #[serde(
        deserialize_with = "or_default",
        alias = "previous_secrets",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub previous_secrets: Vec<PreviousSecret>,
}

/// An old secret of a key that is still accepted. *Extended.*
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct PreviousSecret {
    /// Its first characters.
    #[serde(deserialize_with = "or_default", alias = "key_prefix", skip_serializing_if = "String::is_empty")]
    pub key_prefix: String,
    /// Its last four characters.
    #[serde(deserialize_with = "or_default", alias = "key_suffix", skip_serializing_if = "String::is_empty")]
    pub key_suffix: String,
    /// When it stops being accepted.
    #[serde(deserialize_with = "or_default", alias = "expires_at", skip_serializing_if = "String::is_empty")]
    pub expires_at: String,
    /// When an accepted call last carried it; absent if none did.
    #[serde(
        deserialize_with = "or_default",
        alias = "last_used_at",
        skip_serializing_if = "String::is_empty"
    )]
    pub last_used_at: String,
}

/// The words of [`ApiKey::status`] that the reference portal uses.
pub mod status {
    /// The portal does not say.
    pub const UNSPECIFIED: &str = "API_KEY_STATUS_UNSPECIFIED";
    /// The key is accepted.
    pub const ACTIVE: &str = "API_KEY_STATUS_ACTIVE";
    /// The key stopped at its expiry.
    pub const EXPIRED: &str = "API_KEY_STATUS_EXPIRED";
    /// The key was revoked, for good.
    pub const REVOKED: &str = "API_KEY_STATUS_REVOKED";
    /// The key waits for an approval: nothing it was made for is approved, and something of it is asked for.
    pub const PENDING: &str = "API_KEY_STATUS_PENDING";
    /// The key is switched off for a time; one of an app also while everything it was made for is rejected or no longer
    /// asked for. The app's subscriptions tell why.
    pub const SUSPENDED: &str = "API_KEY_STATUS_SUSPENDED";
}

/// CreateApiKey: `POST /v1/developer/keys`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct CreateApiKeyRequest {
    /// Its name, 1 to 100 characters.
    #[cfg_attr(feature = "openapi", schema(required, min_length = 1, max_length = 100))]
    pub name: String,
    /// What it may do: 1 to 32 words of 1 to 64 visible ASCII characters.
    #[cfg_attr(feature = "openapi", schema(required, min_items = 1, max_items = 32))]
    pub scopes: Vec<String>,
    /// The environment it is for, one of the portal's. *Extended.*
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// When it shall stop by itself, RFC 3339. *Extended.*
    #[serde(alias = "expires_at", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The developer app it shall belong to: it is then accepted for what is approved for the app, within the quota
    /// and the rate limit of the products that allow the call. A key without an app is bound by no product and needs
    /// no approval; the portal's own limits go for it. Leave it out for such a key: an empty text is refused.
    /// *Extended.*
    #[serde(alias = "app_id", skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
}

/// UpdateApiKey: `PATCH /v1/developer/keys/{id}`.
///
/// The contract leaves the shape open. The name may stand in the message or in `apiKey`, with
/// `updateMask` as one comma-joined text or without it; the name is the only thing that can change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UpdateApiKeyRequest {
    /// The id of the path, repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The new name, in the flat shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new name, in the nested shape.
    #[serde(alias = "api_key", skip_serializing_if = "Option::is_none")]
    pub api_key: Option<ApiKeyPatch>,
    /// What shall change, as one comma-joined text in lowerCamel: `"name"`.
    #[serde(alias = "update_mask", skip_serializing_if = "Option::is_none")]
    pub update_mask: Option<String>,
}

/// The part of a key that UpdateApiKey can change, in its nested shape.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ApiKeyPatch {
    /// The id of the path, repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The new name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// RotateApiKey: `POST /v1/developer/keys/{id}/rotate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RotateApiKeyRequest {
    /// The id of the path, repeated; required.
    pub id: String,
    /// How long the old secret shall stay accepted, in seconds. *Extended*, and only where the grace
    /// policy lets the caller choose.
    #[serde(alias = "grace_seconds", skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<u64>,
}

/// RevokeApiKey: `POST /v1/developer/keys/{id}/revoke`, and ending grace early:
/// `POST /v1/developer/keys/{id}/previous/end` (*extended*).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct KeyIdRequest {
    /// The id of the path, repeated; required by RevokeApiKey.
    pub id: String,
}

/// The answer of GetApiKey, UpdateApiKey, RevokeApiKey and of ending grace early.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct KeyReply {
    /// The key as it is now.
    #[serde(deserialize_with = "or_default", alias = "api_key")]
    pub api_key: ApiKey,
}

/// The answer of CreateApiKey and RotateApiKey: the only message that carries a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", bound(deserialize = "S: Deserialize<'de>"))]
pub struct Issued<S> {
    /// The key that carries the secret.
    #[serde(default, deserialize_with = "or_default", alias = "api_key")]
    pub api_key: ApiKey,
    /// The whole secret, said once. Absent means that nobody will ever know it.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub secret: Option<S>,
}

fn none<S>() -> Option<S> {
    None
}

/// The answer of ListApiKeys: `GET /v1/developer/keys?page_size&page_token`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListApiKeysReply {
    /// The keys of the page, newest first.
    #[serde(deserialize_with = "or_default", alias = "api_keys", skip_serializing_if = "Vec::is_empty")]
    pub api_keys: Vec<ApiKey>,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(
        deserialize_with = "or_default",
        alias = "next_page_token",
        skip_serializing_if = "String::is_empty"
    )]
    pub next_page_token: String,
}

/// Who is signed in: `GET /v1/developer/me`. *Extended.*
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct DeveloperReply {
    /// What the person is called, if they said so.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The address the person signs in with.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// The id of the account.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The role of the account at the portal, see [`crate::capabilities::role`].
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// The teams the person is in, without their members; empty where the portal has none.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<crate::teams::Team>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_empty_mean_the_same_as_absent() {
        let said = r#"{"apiKey":{"id":"key_1","name":null,"scopes":null,"version":"3","lastUsedAt":""}}"#;
        let read: KeyReply = serde_json::from_str(said).unwrap();
        assert_eq!(read.api_key, ApiKey { id: "key_1".into(), version: 3, ..ApiKey::default() });
    }

    #[test]
    fn what_is_empty_is_not_written() {
        let key = ApiKey { id: "key_1".into(), ..ApiKey::default() };
        assert_eq!(serde_json::to_string(&key).unwrap(), r#"{"id":"key_1"}"#);
        assert_eq!(serde_json::to_string(&ListApiKeysReply::default()).unwrap(), "{}");
    }

    #[test]
    fn an_answer_without_a_secret_says_so() {
        let read: Issued<String> = serde_json::from_str(r#"{"apiKey":{"id":"key_1"}}"#).unwrap();
        assert_eq!(read.secret, None);
    }

    #[test]
    fn a_second_secret_in_one_answer_is_refused() {
        assert!(serde_json::from_str::<Issued<String>>(r#"{"secret":"a","secret":"b"}"#).is_err());
    }

    #[test]
    fn a_request_with_a_field_of_its_own_is_refused() {
        assert!(serde_json::from_str::<RotateApiKeyRequest>(r#"{"id":"key_1","force":true}"#).is_err());
        let mask = r#"{"name":"x","updateMask":{"paths":["name"]}}"#;
        assert!(serde_json::from_str::<UpdateApiKeyRequest>(mask).is_err(), "a mask is one text");
    }
}
