//! Many rotations in one go, as the window sees them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CommandError;

/// A run over many keys. It is on disk: a crash resumes it where it was.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct BulkView {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: BulkState,
    /// Why it stands still; absent if the person stopped it, or it does not stand still.
    pub why: Option<CommandError>,
    /// The keys, in their order.
    pub items: Vec<BulkItemView>,
    /// How many rotate at the same time.
    pub at_once: u32,
    /// Whether the first failure stops it.
    pub stop_on_error: bool,
    /// The grace that is asked for, in milliseconds; absent for the portal's own.
    pub grace: Option<i64>,
    /// Until when it waits because the portal said so.
    pub waits_until: Option<i64>,
    /// When it was started.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum BulkState {
    /// It was planned and not started.
    Planned,
    /// It rotates.
    Running,
    /// The person, a closed app or something that concerns every key stopped it: what was begun is finished.
    Paused,
    /// A failure stopped it.
    Halted,
    /// Every key had its turn, or the person ended it.
    Done,
}

/// One key of a run.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct BulkItemView {
    /// The key.
    pub key: crate::view::KeyRef,
    /// Where it stands.
    pub state: BulkItemState,
    /// When that was so.
    pub at: Option<i64>,
    /// When its old secret ends, as far as it is known.
    pub ends_at: Option<i64>,
    /// Why it was not rotated, or what is being found out.
    pub error: Option<CommandError>,
}

/// Where one key of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum BulkItemState {
    /// Its turn has not come.
    Waiting,
    /// It is being rotated.
    Running,
    /// Its new secret is stowed.
    Done,
    /// It was not rotated, or it was and nobody holds the new secret: `error` says which.
    Failed,
    /// The outcome is being found out.
    Unknown,
    /// It was refused when the run was planned (`error` says why), or the run ended before its turn.
    Skipped,
}

/// A run to plan.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BulkInput {
    /// The keys, in the order to rotate them, at most 1000.
    pub keys: Vec<String>,
    /// How many at the same time, 1 to 8.
    pub at_once: u32,
    /// Whether the first failure stops it.
    pub stop_on_error: bool,
    /// The grace to ask for, in milliseconds, where it can be chosen.
    pub grace: Option<i64>,
}
