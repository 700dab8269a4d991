//! The local log.

use keystow_engine::{AuditEntry, AuditSight};

use super::shown;
use crate::view::{AuditEntryView, AuditView, KeyRef};

impl From<AuditSight> for AuditView {
    fn from(sight: AuditSight) -> Self {
        Self {
            entries: sight.entries.into_iter().map(Into::into).collect(),
            total: sight.check.total,
            broken_at: sight.check.broken_at,
            end_checked: sight.check.end_checked,
            checked_at: sight.checked_at.as_millis(),
        }
    }
}

impl From<AuditEntry> for AuditEntryView {
    fn from(entry: AuditEntry) -> Self {
        Self {
            number: entry.number,
            at: entry.at.as_millis(),
            what: shown(&entry.what),
            account: entry.account.as_deref().map(shown),
            key: entry.key.map(|(id, name)| KeyRef { id: id.as_str().to_owned(), name: shown(&name) }),
            facts: entry.facts.into_iter().map(|(name, fact)| (shown(&name), shown(&fact))).collect(),
        }
    }
}
