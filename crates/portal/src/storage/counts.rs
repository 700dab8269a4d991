//! What is counted of callers where several portals count together: windows of calls, and quotas.
//!
//! One statement on one row decides each, so that no two portals grant the same last call.

use async_trait::async_trait;
use keystow_domain::Timestamp;

use super::Result;

/// What was counted of somebody, up to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) ends_at: Timestamp,
    pub(crate) calls: u32,
    /// Whether the call that was counted last may be made.
    pub(crate) granted: bool,
}

/// Counts that several portals of one storage share. Each is exact, whichever portal a call comes through.
#[async_trait]
pub(crate) trait CountStore: Send + Sync {
    /// Counts a call of `who` in the window of this kind that is open; one that begins now ends at `fresh_end`.
    async fn count(
        &self,
        kind: i16,
        who: &str,
        limit: u32,
        fresh_end: Timestamp,
        now: Timestamp,
    ) -> Result<Window>;
    /// Takes back one call of `who` that was counted.
    async fn give_back(&self, kind: i16, who: &str) -> Result<()>;
    /// Forgets every call of `who`.
    async fn forgive(&self, kind: i16, who: &str) -> Result<()>;
    /// Forgets the windows that were over at `now`.
    async fn forget_windows(&self, now: Timestamp) -> Result<()>;
    /// Takes a call off the quota of a key for the month that begins with this hour; false if it is used up.
    async fn reserve(&self, key: &str, month: i64, quota: u64) -> Result<bool>;
    /// Gives a call back that was reserved and turned out not to be billable.
    async fn release(&self, key: &str, month: i64) -> Result<()>;
    /// Calls that were reserved in a month; nothing before the first.
    async fn used(&self, key: &str, month: i64) -> Result<Option<u64>>;
}
