//! The local log of what was done and the portal's, as the window sees them. Never a secret.

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

/// A page of the portal's log, the newest first.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct PortalLogView {
    /// The account it was read for.
    pub account: String,
    /// The entries.
    pub entries: Vec<PortalEntryView>,
    /// Where to go on, in the portal's own words.
    pub next: Option<String>,
}

/// How an attempt at the portal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum PortalOutcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// The portal failed.
    Failed,
}

/// One entry of the portal's log.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct PortalEntryView {
    /// Its number in the portal's log.
    pub number: i64,
    /// When, in the time of this computer.
    pub at: Option<i64>,
    /// The portal's name of what was tried.
    pub operation: String,
    /// How it ended.
    pub outcome: PortalOutcome,
    /// Why it was refused or failed, in the portal's words.
    pub code: Option<String>,
    /// The portal's name of the request.
    pub request: Option<String>,
    /// Who did it.
    pub who: Option<String>,
    /// The client it came through.
    pub client: Option<String>,
    /// What it was about, as in `key` or `app`.
    pub target_kind: Option<String>,
    /// Its name, or its id.
    pub target: Option<String>,
    /// The network address it came from.
    pub address: Option<String>,
    /// What the caller's program called itself.
    pub agent: Option<String>,
}
