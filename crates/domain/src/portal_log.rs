//! What a portal's own log tells: who did or tried what there, and how it ended.

use crate::Timestamp;

/// How an attempt at a portal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogOutcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// The portal failed, or ended it in a way that this program does not know.
    Failed,
}

/// An entry of a portal's log. What the portal does not tell is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Where it stands in the portal's log.
    pub number: u64,
    /// When, in the portal's time.
    pub at: Option<Timestamp>,
    /// The portal's name of what was tried, as in `rotateApiKey`.
    pub operation: String,
    /// How it ended.
    pub outcome: LogOutcome,
    /// Why it was refused or failed, in the portal's words.
    pub code: Option<String>,
    /// The name under which the portal knows the request.
    pub request: Option<String>,
    /// Who did it: an address.
    pub who: Option<String>,
    /// The OAuth client it came through.
    pub client: Option<String>,
    /// What it was about.
    pub target: Option<LogTarget>,
    /// The network address it came from.
    pub address: Option<String>,
    /// What the caller's program called itself.
    pub agent: Option<String>,
}

/// What an attempt was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogTarget {
    /// As in `key` or `app`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name then.
    pub name: Option<String>,
    /// The developer app it belongs to, or is.
    pub app: Option<String>,
}
