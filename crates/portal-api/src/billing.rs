//! The bill (*extended*): `GET /v1/developer/billing?from&to&groupBy&page_size&page_token`.
//!
//! A call of the catalogue that succeeds is billable; of the stream an acquisition is, and a repeat within its life is
//! not. Everything is told in billable events, the portal knows no prices.

use serde::{Deserialize, Serialize};

use crate::lenient::{is_default, number, or_default};

/// A page of the bill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct BillingReply {
    /// The first instant of the bill, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// The first instant that is not on it, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// Up to when the numbers are complete, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub complete_until: String,
    /// Billable events of the account, whatever is on this page.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub billable: u64,
    /// The lines of the page, the newest credential or app first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<BillingLine>,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}

/// What of somebody was billable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct BillingLine {
    /// One of the words of [`kind`]; an open set.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The id of the key, the OAuth client or the app.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its name; empty for an app that was deleted.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The developer app it belongs to.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub app_id: String,
    /// Billable events within the time of the bill.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub billable: u64,
    /// The name of its tier; of an app the tiers of what is approved for it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub tier: String,
    /// Billable events allowed a month, for a credential; an app has no quota of its own.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub limit: u64,
    /// Billable events of this month, whatever the time of the bill.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub used: u64,
    /// When the month's count starts again, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub resets_at: String,
}

/// The words of [`BillingLine::kind`].
pub mod kind {
    /// An API key.
    pub const KEY: &str = "key";
    /// An OAuth client.
    pub const CLIENT: &str = "client";
    /// A developer app: everything that belongs to it.
    pub const APP: &str = "app";
}
