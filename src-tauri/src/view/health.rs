//! The keys' health, and what can be typed next in a search, as the window sees them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{EnvironmentCount, EnvironmentView, FreshnessView, KeyRowView};

/// What can be wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum FindingName {
    /// Not used for long.
    Unused,
    /// Never used.
    NeverUsed,
    /// Its rotation is due.
    Overdue,
    /// Its name or a place of it names another environment.
    Shared,
    /// It never expires.
    NeverExpires,
    /// It expires soon.
    ExpiresSoon,
    /// No owner in its name.
    NoOwner,
    /// No secret on this device.
    NoSecret,
}

/// What cannot be told of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum UntoldName {
    /// When it was last used.
    LastUse,
    /// When it was last rotated.
    Rotation,
    /// Whether it could expire.
    Expiry,
    /// Whether its secret is on this device.
    Secret,
    /// Which of its scopes it uses.
    Scopes,
}

/// A score in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum GradeName {
    /// 80 and more.
    Good,
    /// 50 to 79.
    Fair,
    /// Less than 50.
    Poor,
}

/// Something wrong with a key, with what tells it.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct FindingView {
    /// What it is.
    pub kind: FindingName,
    /// What it takes off the score.
    pub weight: u8,
    /// For how many days it was not used, or every how many it is to be rotated.
    pub days: Option<u32>,
    /// Since when a rotation is due, or when it expires.
    pub at: Option<i64>,
    /// Whether a schedule of the person wants the rotation.
    pub scheduled: bool,
    /// The other environment that is named.
    pub other: Option<EnvironmentView>,
    /// The place that names it; absent if the key's name does.
    pub place: Option<String>,
}

/// A key with what is wrong with it.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct HealthRowView {
    /// The key.
    pub row: KeyRowView,
    /// 100 less the weight of each finding, and not below 0.
    pub score: u8,
    /// The score in a word.
    pub grade: GradeName,
    /// What is wrong, the heaviest first.
    pub findings: Vec<FindingView>,
    /// What cannot be told.
    pub untold: Vec<UntoldName>,
    /// When what is put off comes back; absent if nothing is.
    pub back_at: Option<i64>,
}

/// How many keys have a finding.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct FindingCount {
    /// The finding.
    pub kind: FindingName,
    /// How many keys.
    pub count: u32,
}

/// What counts as too long.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct HealthRulesView {
    /// A key that was not used for so many days counts as unused.
    pub unused_days: u32,
    /// A key without a schedule is to be rotated every so many days.
    pub rotate_days: u32,
}

/// Part of the report on the keys' health, the worst keys first.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct HealthPageView {
    /// The rows from `offset` on.
    pub rows: Vec<HealthRowView>,
    /// The place of the first row.
    pub offset: u32,
    /// How many keys there are in the whole answer.
    pub matches: u32,
    /// How many keys have each finding.
    pub findings: Vec<FindingCount>,
    /// How many keys were judged.
    pub judged: u32,
    /// How many of them have nothing wrong.
    pub well: u32,
    /// How many are put off.
    pub snoozed: u32,
    /// How many keys are not judged, because they ended or do not live yet.
    pub unjudged: u32,
    /// The mean of all scores; absent where none was judged.
    pub score: Option<u8>,
    /// How many keys each environment has, most productive first.
    pub environments: Vec<EnvironmentCount>,
    /// What counts as too long.
    pub rules: HealthRulesView,
    /// How fresh the list is.
    pub freshness: FreshnessView,
}

/// What part of the report is asked for.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthInput {
    /// Only keys with this finding.
    pub finding: Option<FindingName>,
    /// Only keys of this environment.
    pub environment: Option<String>,
    /// The keys that are put off, instead of those that are not.
    pub snoozed: bool,
    /// How many keys to pass over.
    pub offset: u32,
    /// How many rows to return, at most 200.
    pub limit: u32,
}

/// The forms that the report can be saved in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum HealthForm {
    /// Comma-separated values.
    Csv,
    /// A JSON document.
    Json,
}

/// Something in a search that is no part of its language.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct FaultView {
    /// The text, as it was typed.
    pub text: String,
    /// What is wrong with it.
    pub kind: FaultName,
}

/// What can be wrong with a part of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum FaultName {
    /// There is no such key; it is looked for as text.
    UnknownKey,
    /// The value is still missing.
    NoValue,
    /// No state has this word.
    BadStatus,
    /// This is no number of days.
    BadTime,
    /// This is nothing that a key can have.
    BadThing,
    /// This is no score.
    BadScore,
    /// A quotation mark is not closed.
    OpenQuote,
}

/// What can be typed next in a search.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct CompletionView {
    /// Where what is suggested begins, in UTF-16 code units of what was typed.
    pub from: u32,
    /// What can stand there, the most useful first.
    pub suggestions: Vec<SuggestionView>,
}

/// One thing that can be typed.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct SuggestionView {
    /// The text that takes the place of what was typed.
    pub text: String,
    /// How many keys have this value; absent where that says nothing.
    pub count: Option<u32>,
}
