//! What a portal offers beyond the plain contract: `GET /v1/developer/capabilities` (*extended*).

use serde::{Deserialize, Serialize};

use crate::lenient::{is_default, number, or_default};

/// What a portal can do. A portal without this path (404) is a plain one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Capabilities {
    /// What the portal calls itself.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub portal: String,
    /// The additions it has, see [`extension`].
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<String>,
    /// How long old secrets live.
    #[serde(deserialize_with = "or_default")]
    pub grace: Grace,
    /// Whether a secret can be read again later.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    pub retrievable: bool,
    /// Environments a key can be made for.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    /// Scopes a key can be given.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Whether and how a key can be given an end.
    #[serde(deserialize_with = "or_default")]
    pub expiry: Expiry,
    /// Whether a repeated call gets the first call's answer.
    #[serde(deserialize_with = "or_default")]
    pub replay: Replay,
    /// What usage can be read.
    #[serde(deserialize_with = "or_default")]
    pub usage: UsageCapabilities,
    /// Whether quota and rate limit of a key can be read.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    pub quota: bool,
    /// Where a key can be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayCapability>,
    /// Roles an account can have.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The role of whoever asks: one of the words of [`role`]; empty where the portal has none.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub role: String,
}

/// How long an old secret stays accepted after a rotation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Grace {
    /// Who chooses: `server` or `client`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub decided_by: String,
    /// The shortest grace, in seconds.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub min_seconds: u64,
    /// The longest grace, in seconds.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub max_seconds: u64,
    /// The grace without a wish, in seconds.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub default_seconds: u64,
    /// Whether keys tell when each old secret ends.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    pub reported: bool,
    /// Whether it can be ended before its time.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    pub end_early: bool,
    /// What a second rotation does to an old secret: `keeps_all` or `drops_old`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub second_rotation: String,
}

/// Whether and how a key can be given an end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Expiry {
    /// Whether it can.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    pub supported: bool,
    /// The longest life of a key, in days; zero where there is no limit.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub max_days: u32,
}

/// Whether a repeated call gets the first call's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Replay {
    /// The header that names the call, `Idempotency-Key`; empty where there is no replay.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub header: String,
    /// How long the answer is kept, in seconds.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub window_seconds: u64,
}

/// What usage can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct UsageCapabilities {
    /// Widths of a bucket: `hour`, `day`, `month`; empty where there is no usage.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub resolutions: Vec<String>,
    /// How usage can be divided: `none`, `secret`, `key`, `status`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<String>,
    /// How far back usage is kept, in days.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub retention_days: u32,
}

/// Where a key can be tried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayCapability {
    /// A URL that answers `GET` with 200 for an accepted key.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The header the secret travels in.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub header: String,
    /// A URL that answers `GET` with 200 for an access token with the scope `stream`, where there is one.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub stream: String,
}

/// The words of [`Capabilities::extensions`] that the reference portal uses.
pub mod extension {
    /// Keys have an environment.
    pub const ENVIRONMENT: &str = "environment";
    /// Keys can be given an expiry.
    pub const EXPIRY: &str = "expiry";
    /// Keys tell their old secrets, each with its deadline.
    pub const PREVIOUS_SECRETS: &str = "previousSecrets";
    /// The caller may choose the grace.
    pub const GRACE: &str = "graceSeconds";
    /// Grace can be ended early.
    pub const END_GRACE: &str = "endGrace";
    /// Create and rotate can be repeated safely.
    pub const REPLAY: &str = "idempotency";
    /// Usage can be read.
    pub const USAGE: &str = "usage";
    /// Quota can be read.
    pub const QUOTA: &str = "quota";
    /// `GET /v1/developer/me` tells who is signed in.
    pub const ME: &str = "me";
    /// There are developer apps, products and approval.
    pub const APPS: &str = "apps";
    /// There are teams, and `GET /v1/developer/me` tells those of the caller.
    pub const TEAMS: &str = "teams";
    /// There is a log of what was done and tried.
    pub const AUDIT: &str = "audit";
    /// OAuth clients can be registered, and their secrets and keys rotated.
    pub const OAUTH_CLIENTS: &str = "oauthClients";
    /// OAuth clients of an app can get tokens for themselves, with a secret or with what they sign.
    pub const CLIENT_CREDENTIALS: &str = "clientCredentials";
    /// The gateway takes access tokens, and has a stream that takes nothing else.
    pub const STREAM: &str = "stream";
    /// What was billable can be read.
    pub const BILLING: &str = "billing";
    /// Administrators suspend by criteria, and read reports.
    pub const ADMIN: &str = "admin";
}

/// The words of [`Capabilities::role`].
pub mod role {
    /// Decides what others ask for, besides everything a developer may do.
    pub const ADMIN: &str = "admin";
    /// Makes, rotates, changes and revokes keys and apps of their own: an account is one person's, so that nobody else
    /// could. It does not decide about what needs an approval.
    pub const DEVELOPER: &str = "developer";
    /// Looks, and changes nothing.
    pub const READ_ONLY: &str = "read-only";
}
