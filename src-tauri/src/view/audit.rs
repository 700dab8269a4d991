//! The local log of what was done, as the window sees it. Never a secret.

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;

/// Part of the log, the newest first.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AuditView {
    /// The entries from `offset` on.
    pub entries: Vec<AuditEntryView>,
    /// How many there are in all.
    pub total: u32,
    /// The number of the first entry that was altered or is missing; absent if the chain is whole.
    pub broken_at: Option<i64>,
    /// Whether the newest entries were held against what the vault keeps; while it is locked, entries cut off
    /// at the end are not noticed.
    pub end_checked: bool,
    /// When the chain was last checked.
    pub checked_at: i64,
}

/// One entry.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntryView {
    /// Its number, from 1.
    pub number: i64,
    /// When.
    pub at: i64,
    /// What was done: `created`, `rotated`, `copied`, `revoked` and so on.
    pub what: String,
    /// Who is signed in there, or the portal's name.
    pub account: Option<String>,
    /// The key.
    pub key: Option<crate::view::KeyRef>,
    /// What else is known, by name.
    pub facts: BTreeMap<String, String>,
}
