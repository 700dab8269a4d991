//! The bill, as the window sees it.

use serde::Serialize;
use ts_rs::TS;

/// The bill of a month.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct BillView {
    /// When the month begins, at midnight UTC.
    pub from: i64,
    /// When it ends; for the current month, now.
    pub to: i64,
    /// Up to when the numbers are complete.
    pub complete_until: Option<i64>,
    /// Billable events of the whole account.
    pub billable: i64,
    /// Key by key and client by client.
    pub credentials: Vec<BillLineView>,
    /// App by app.
    pub apps: Vec<BillLineView>,
}

/// What of one credential or app was billable.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct BillLineView {
    /// What it is of.
    pub kind: BilledView,
    /// The portal's id of it.
    pub id: String,
    /// What it is called, safe to show; absent for what is gone.
    pub name: Option<String>,
    /// The name of its tier.
    pub tier: Option<String>,
    /// Billable events in the month.
    pub billable: i64,
    /// Billable events of the current month, whichever is shown.
    pub used: i64,
    /// Billable events allowed a month; absent where there is no such bound.
    pub limit: Option<i64>,
    /// When the month's count starts again.
    pub resets_at: Option<i64>,
}

/// What a line of the bill is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum BilledView {
    /// An API key.
    Key,
    /// An OAuth client.
    Client,
    /// A developer app.
    App,
    /// Something this app does not know.
    Unknown,
}
