//! Schedules and reminders, as the window sees them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How often keys are to be rotated.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleView {
    /// Its id.
    pub id: String,
    /// The key it is for; absent for a rule.
    pub key: Option<crate::view::KeyRef>,
    /// The search that says which keys it is for; absent for one key.
    pub rule: Option<String>,
    /// Every so many days.
    pub days: u32,
    /// How many keys it is for now.
    pub keys: u32,
    /// How many of them are due.
    pub due: u32,
    /// When the next of them is due.
    pub next_at: Option<i64>,
}

/// A schedule to keep.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleInput {
    /// The key; absent for a rule.
    pub key: Option<String>,
    /// The search that says which keys; absent for one key.
    pub rule: Option<String>,
    /// Every so many days, 1 to 3650.
    pub days: u32,
}

/// A file the app wrote for the person.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct SavedView {
    /// Where it is.
    pub path: String,
    /// How many entries it has.
    pub entries: u32,
}
