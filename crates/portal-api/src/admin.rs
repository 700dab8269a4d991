//! What administrators of a portal do about many apps and keys at once (*extended*).
//!
//! Suspension: `/v1/developer/admin/suspensions`. Reports: `GET /v1/developer/admin/reports/{kind}`. App data:
//! `GET /v1/developer/admin/apps`.

use serde::{Deserialize, Serialize};

use crate::{
    apps::DeveloperApp,
    lenient::{is_default, number, or_default},
};

/// What a suspension shall hit; what is absent does not matter, and something must be there besides `what`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct SuspensionCriteria {
    /// One of the words of [`what`]: whole apps, or single keys and OAuth clients.
    #[cfg_attr(feature = "openapi", schema(required, min_length = 1))]
    pub what: String,
    /// The address of the owner, or the id of the team that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The id of a product that the app, or the app of the key, subscribes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// For apps one of the words of [`crate::apps::app_status`]; for keys `active` or `pending`. What is suspended is
    /// not hit again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What was made before this instant (RFC 3339) and not used since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unused_since: Option<String>,
    /// What was made before this instant (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<String>,
    /// What has this in its name, whatever the case.
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_contains: Option<String>,
}

/// The words of [`SuspensionCriteria::what`].
pub mod what {
    /// Developer apps, with all their keys and OAuth clients.
    pub const APPS: &str = "apps";
    /// API keys and OAuth clients, one by one.
    pub const KEYS: &str = "keys";
}

/// Something that a suspension hits or would hit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct SuspensionItem {
    /// `app`, `key` or `client`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Its id.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What it is called.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Whose it is, for people to read: a team's name or a person's address. Told in a preview.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// When it was last used, RFC 3339. Told in a preview; absent for what never was.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub last_used_at: String,
    /// Where it stands, one of the words of [`item_state`]. Absent in a preview.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub state: String,
}

/// The words of [`SuspensionItem::state`].
pub mod item_state {
    /// Its turn has not come.
    pub const DUE: &str = "due";
    /// It is suspended.
    pub const SUSPENDED: &str = "suspended";
    /// It is as it would be without the suspension.
    pub const RESUMED: &str = "resumed";
    /// It was left as it is: gone, revoked, suspended for another reason, or resumed before its turn.
    pub const LEFT: &str = "left";
}

/// What a suspension would hit: `POST /v1/developer/admin/suspensions/preview?page_size&page_token`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct SuspensionPreview {
    /// What names exactly this: another app or key that is hit, or one less, gives another name.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub preview: String,
    /// How many apps are hit; none where keys are meant.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub apps: u64,
    /// How many keys and OAuth clients are refused then, those of the apps included.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub credentials: u64,
    /// What is hit, a page of it, the oldest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<SuspensionItem>,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}

/// A suspension to begin: `POST /v1/developer/admin/suspensions`. Sent again it is the same suspension.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct SuspendRequest {
    /// As they were previewed.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub criteria: SuspensionCriteria,
    /// What names the preview; refused with 409 if anything else would be hit now.
    #[cfg_attr(feature = "openapi", schema(required, min_length = 1))]
    pub preview: String,
    /// Why, told to the developers: 1 to 500 characters.
    #[cfg_attr(feature = "openapi", schema(required, min_length = 1, max_length = 500))]
    pub reason: String,
}

/// A call that needs no words: `POST /v1/developer/admin/suspensions/{id}/continue`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ContinueRequest {}

/// What shall be resumed: `POST /v1/developer/admin/suspensions/{id}/resume`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ResumeRequest {
    /// One app, key or OAuth client of the suspension; everything of it if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
}

/// A suspension.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Suspension {
    /// Its id.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// One of the words of [`suspension_state`]; an open set.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// What it was to hit.
    #[serde(deserialize_with = "or_default")]
    pub criteria: SuspensionCriteria,
    /// Why, as the developers are told.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The address of the administrator who began it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// When it was begun, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub begun_at: String,
    /// How many apps or keys it is about.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub of: u64,
    /// How many of them wait for their turn.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub due: u64,
    /// How many of them are suspended now.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub suspended: u64,
    /// How many of them were resumed.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub resumed: u64,
    /// How many of them were left as they are.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub left: u64,
}

/// The words of [`Suspension::state`].
pub mod suspension_state {
    /// Some of it waits for its turn: it goes on when it is asked to.
    pub const RUNNING: &str = "running";
    /// Everything had its turn.
    pub const DONE: &str = "done";
    /// It is being undone: it goes on when it is asked to.
    pub const RESUMING: &str = "resuming";
    /// Nothing of it is suspended any more.
    pub const RESUMED: &str = "resumed";
}

/// The answer of the calls about one suspension.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct SuspensionReply {
    /// The suspension as it is now.
    #[serde(deserialize_with = "or_default")]
    pub suspension: Suspension,
    /// What it is about, a page of it; only told by `GET`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<SuspensionItem>,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}

/// A page of suspensions: `GET /v1/developer/admin/suspensions?page_size&page_token`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListSuspensionsReply {
    /// The suspensions, the newest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub suspensions: Vec<Suspension>,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}

/// The kinds of reports: `GET /v1/developer/admin/reports/{kind}`.
pub mod report {
    /// Every app, the newest first.
    pub const INVENTORY: &str = "inventory";
    /// Apps that were not called in the last days, the longest unused first.
    pub const INACTIVE: &str = "inactive";
    /// Apps that were called in the last days, those with the most billable calls first.
    pub const USAGE: &str = "usage";
    /// Subscriptions that wait for a decision, the longest waiting first.
    pub const PENDING: &str = "pending";
    /// All of them.
    pub const ALL: [&str; 4] = [INVENTORY, INACTIVE, USAGE, PENDING];
}

/// A line of a report: an app, or in the report on what waits a subscription of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ReportRow {
    /// The app's id.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub app_id: String,
    /// What it is called.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub app_name: String,
    /// The address of the person whose it is; absent for a team's.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub owner_email: String,
    /// The team whose it is.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub team_id: String,
    /// What the team is called.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub team_name: String,
    /// One of the words of [`crate::apps::app_status`]; an open set.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// The ids of the products that are approved for it; in the report on what waits, the one that is asked for.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    /// How many keys and OAuth clients it has that are not revoked.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub credentials: u64,
    /// When it was made, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub created_at: String,
    /// When an accepted call last carried one of its secrets, RFC 3339; absent if none did.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub last_used_at: String,
    /// Calls in the last days.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub calls: u64,
    /// Those of them that were answered with 4xx or 5xx, without 429.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub errors: u64,
    /// Those of them that were answered with 429.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub throttled: u64,
    /// Those of them that are billable.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub billable: u64,
    /// The subscription that waits.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub subscription_id: String,
    /// What it is wanted for.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub justification: String,
    /// When it was asked for, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub asked_at: String,
}

/// A page of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ReportReply {
    /// Its lines.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<ReportRow>,
    /// How many lines the whole report has.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub total: u64,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}

/// A key or an OAuth client of an app, masked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct AppCredential {
    /// `key` or `client`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Its id.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What it is called.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The first and the last characters of its secret, as they are shown to everybody who sees it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub mask: String,
    /// `active`, `pending`, `suspended` or `expired`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// When it was made, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub created_at: String,
    /// When an accepted call last carried it, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub last_used_at: String,
    /// When it stops by itself, RFC 3339.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub expires_at: String,
}

/// Everything that a portal knows of an app, without a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct AppData {
    /// The app, as its owner sees it.
    #[serde(deserialize_with = "or_default")]
    pub app: DeveloperApp,
    /// The address of the person whose it is; absent for a team's.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub owner_email: String,
    /// Its keys and OAuth clients that are not revoked, the oldest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<AppCredential>,
}

/// A page of app data: `GET /v1/developer/admin/apps`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListAppDataReply {
    /// The apps, the newest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<AppData>,
    /// How many there are in all.
    #[serde(deserialize_with = "number", skip_serializing_if = "is_default")]
    pub total: u64,
    /// What to send as `page_token` for the next page; empty at the end.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}
