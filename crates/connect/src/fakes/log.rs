//! The log of the portal in memory: what a test put there.

use keystow_domain::{LogEntry, LogTarget};

use super::MemoryPortal;
use crate::{LogPage, PageToken};

impl MemoryPortal {
    /// Makes its log tell this, the newest first.
    pub fn set_log(&self, entries: Vec<LogEntry>) {
        self.inner().log = entries;
    }
}

/// A page of what is about `target`. Its page tokens are the number of the last entry that was told.
pub(super) fn page(log: &[LogEntry], target: Option<&str>, page: Option<&PageToken>, size: u32) -> LogPage {
    let before = page.and_then(|page| page.as_str().parse().ok()).unwrap_or(u64::MAX);
    let is_about = |of: &LogTarget, id| of.id == id || of.app.as_deref() == Some(id);
    let asked = |entry: &&LogEntry| {
        let about = entry.target.as_ref();
        entry.number < before && target.is_none_or(|id| about.is_some_and(|of| is_about(of, id)))
    };
    let mut entries: Vec<_> = log.iter().filter(asked).cloned().collect();
    let more = entries.len() > size as usize;
    entries.truncate(size as usize);
    let next = entries.last().filter(|_| more).map(|last| PageToken::new(last.number.to_string()));
    LogPage { entries, next }
}
