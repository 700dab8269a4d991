//! The bill: how much of what was called is billable. A portal tells events and no prices.

use crate::Timestamp;

/// What of an account was billable in a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// From when.
    pub from: Option<Timestamp>,
    /// Up to when, not inclusive.
    pub to: Option<Timestamp>,
    /// Up to when the numbers are complete.
    pub complete_until: Option<Timestamp>,
    /// Billable events of the whole account.
    pub billable: u64,
    /// Line by line, the newest first.
    pub lines: Vec<BillLine>,
}

/// What of one credential or app was billable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillLine {
    /// What it is of.
    pub of: Billed,
    /// The portal's id of it.
    pub id: String,
    /// What it is called; nothing for what is gone.
    pub name: Option<String>,
    /// The name of its tier.
    pub tier: Option<String>,
    /// Billable events in the span.
    pub billable: u64,
    /// Billable events of the current month, whatever the span.
    pub used: u64,
    /// Billable events allowed a month; nothing where there is no such bound.
    pub limit: Option<u64>,
    /// When the month's count starts again.
    pub resets_at: Option<Timestamp>,
}

/// What a line of the bill is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Billed {
    /// An API key.
    Key,
    /// An OAuth client.
    Client,
    /// A developer app, with everything that belongs to it.
    App,
    /// Something this app does not know.
    Unknown,
}
