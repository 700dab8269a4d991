//! Usage and quota (*extended*).
//!
//! Usage: `GET /v1/developer/usage?from&to&resolution&keyId&appId&teamId&groupBy`. Buckets are in UTC, in time
//! order and without a gap; a bucket of nothing is written with its `start` alone.

use serde::{Deserialize, Serialize};

use crate::lenient::{is_default, number, or_default};

/// What usage is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(rename_all = "camelCase", default)]
pub struct UsageParams {
    /// The first instant, inclusive, RFC 3339; rounded down to a whole bucket.
    pub from: String,
    /// The last instant, exclusive, RFC 3339; rounded up to a whole bucket.
    pub to: String,
    /// `hour`, `day` (the default) or `month`.
    pub resolution: String,
    /// One key; without it everything of the account, and nothing of its teams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// One developer app: all its keys; not together with `keyId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// One team: all its keys; not together with `keyId` or `appId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<String>,
    /// `none` (the default), `secret`, `key` or `status`.
    pub group_by: String,
}

/// The answer to a usage query.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct UsageReply {
    /// Up to when the numbers are complete, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub complete_until: String,
    /// The width of the buckets.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub resolution: String,
    /// The series: one, or one a secret, key or status.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Series>,
}

/// Buckets that belong together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Series {
    /// What the series stands for: a secret's prefix, a key's id, a status, or empty for everything.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The version of the secret, where series stand for secrets.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub version: u32,
    /// The key, where series stand for secrets.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub key_id: String,
    /// The buckets in time order, without a gap.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<Bucket>,
}

/// What happened between `start` and the next bucket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Bucket {
    /// Its first instant, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub start: String,
    /// Set where the portal has no numbers at all, because nothing existed yet or it lies ahead.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_default")]
    pub no_data: bool,
    /// All calls.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub requests: u64,
    /// Calls answered 4xx, without 429.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub client_errors: u64,
    /// Calls answered 5xx.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub server_errors: u64,
    /// Calls answered 429; counted nowhere else.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub throttled: u64,
    /// Calls that count towards the bill.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub billable: u64,
    /// How long the calls took; absent where there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
}

/// How long calls took, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Latency {
    /// The fastest call.
    pub min: f64,
    /// The mean.
    pub avg: f64,
    /// The slowest call.
    pub max: f64,
    /// Half of the calls were at least as fast.
    pub p50: f64,
    /// 95 of 100 calls were at least as fast.
    pub p95: f64,
    /// 99 of 100 calls were at least as fast.
    pub p99: f64,
}

/// What a key may still use: `GET /v1/developer/keys/{id}/quota`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct QuotaReply {
    /// The name of the tier.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub tier: String,
    /// Billable calls allowed until `resetsAt`.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub limit: u64,
    /// Billable calls used.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub used: u64,
    /// When the count starts again, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub resets_at: String,
    /// Calls allowed in one window of the rate limit.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub rate_limit: u64,
    /// The window of the rate limit, in seconds.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub rate_window_seconds: u64,
}
