//! What administrators of a portal see and ask for.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What somebody wishes to suspend.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuspensionInput {
    /// Whether single keys and OAuth clients are meant, and not whole apps.
    pub keys: bool,
    /// The address of the owner, or the id of the team that owns it; may be empty.
    pub owner: String,
    /// The id of a product; may be empty.
    pub product: String,
    /// The portal's word for how far it is; may be empty.
    pub status: String,
    /// What was not used in so many days.
    pub unused_days: Option<u32>,
    /// What was made more than so many days ago.
    pub older_days: Option<u32>,
    /// What has this in its name; may be empty.
    pub name: String,
}

/// What a suspension would hit.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct SuspensionPreviewView {
    /// What names exactly this.
    pub preview: String,
    /// How many apps, or keys where keys are meant, are hit.
    pub hit: i64,
    /// How many keys and OAuth clients are refused then.
    pub credentials: i64,
    /// The first of what is hit.
    pub items: Vec<SuspensionItemView>,
}

/// Something that a suspension would hit.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct SuspensionItemView {
    /// The portal's id.
    pub id: String,
    /// What it is called, safe to show.
    pub name: String,
    /// Whose it is.
    pub owner: Option<String>,
    /// When it was last used; absent for what never was.
    pub last_used_at: Option<i64>,
}

/// A suspension to begin.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuspendInput {
    /// As it was previewed.
    pub wish: SuspensionInput,
    /// What names the preview.
    pub preview: String,
    /// How many things the preview says are hit.
    pub hit: u32,
    /// The same number, as the person typed it.
    pub typed: String,
    /// Why, told to the developers.
    pub reason: String,
}

/// A suspension.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct SuspensionView {
    /// The portal's id.
    pub id: String,
    /// Where it stands.
    pub state: SuspensionStateView,
    /// Why, as the developers are told.
    pub reason: String,
    /// Who began it.
    pub by: Option<String>,
    /// When it was begun.
    pub begun_at: Option<i64>,
    /// How many apps or keys it is about.
    pub of: i64,
    /// How many of them wait for their turn.
    pub due: i64,
    /// How many of them are suspended.
    pub suspended: i64,
    /// How many of them were resumed.
    pub resumed: i64,
    /// How many of them were left as they are.
    pub left: i64,
}

/// Where a suspension stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum SuspensionStateView {
    /// Some of it waits for its turn.
    Running,
    /// Everything had its turn.
    Done,
    /// It is being undone.
    Resuming,
    /// Nothing of it is suspended any more.
    Resumed,
    /// A word this app does not know.
    Unknown,
}

/// A kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum ReportName {
    /// Every app.
    Inventory,
    /// Apps that were not called in the last days.
    Inactive,
    /// Apps that were called in the last days.
    Usage,
    /// What waits for a decision.
    Pending,
}

/// Which apps a report is about.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportInput {
    /// The kind of report.
    pub kind: ReportName,
    /// The address of the person whose they are; may be empty.
    pub owner: String,
    /// The portal's word for how far they are; may be empty.
    pub status: String,
    /// The id of a product that they subscribe to; may be empty.
    pub product: String,
    /// Over how many days calls are counted, or were not made.
    pub days: u32,
}

/// What is saved of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum ReportForm {
    /// The report as CSV.
    Csv,
    /// The report as JSON.
    Json,
    /// Everything that is known of the apps, as JSON.
    Apps,
}

/// A page of a report.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    /// Its lines.
    pub rows: Vec<ReportRowView>,
    /// How many lines the whole report has.
    pub total: i64,
    /// Where to go on; absent on the last page.
    pub next: Option<String>,
}

/// A line of a report.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ReportRowView {
    /// The app.
    pub app: String,
    /// What it is called, safe to show.
    pub name: String,
    /// Whose it is: a team's name or a person's address.
    pub owner: Option<String>,
    /// The portal's word for how far it is, if this app knows it.
    pub status: crate::view::AppStatusView,
    /// The ids of products.
    pub products: Vec<String>,
    /// How many keys and OAuth clients it has.
    pub credentials: i64,
    /// When it was made.
    pub created_at: Option<i64>,
    /// When it was last used.
    pub last_used_at: Option<i64>,
    /// Calls in the last days.
    pub calls: i64,
    /// Those of them that failed, without 429.
    pub errors: i64,
    /// Those of them that are billable.
    pub billable: i64,
    /// What it is wanted for.
    pub justification: String,
    /// When it was asked for.
    pub asked_at: Option<i64>,
}
