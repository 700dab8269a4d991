//! A page of a portal's own log.

use keystow_domain::LogEntry;

use crate::PageToken;

/// A page of a portal's log, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The entries.
    pub entries: Vec<LogEntry>,
    /// Where the next page starts; nothing on the last page.
    pub next: Option<PageToken>,
}
