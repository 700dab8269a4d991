//! The local log, and the portal's.

use keystow_domain::{LogEntry, LogOutcome};
use keystow_engine::{AuditEntry, AuditSight, PortalLog};

use super::{millis, number, shown};
use crate::view::{AuditEntryView, AuditView, KeyRef, PortalEntryView, PortalLogView, PortalOutcome};

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

impl From<PortalLog> for PortalLogView {
    fn from(log: PortalLog) -> Self {
        Self {
            account: log.account.as_str().to_owned(),
            entries: log.entries.into_iter().map(Into::into).collect(),
            next: log.next,
        }
    }
}

impl From<LogEntry> for PortalEntryView {
    fn from(entry: LogEntry) -> Self {
        let text = |text: Option<String>| text.as_deref().map(shown);
        let (kind, target) = match entry.target {
            Some(target) => {
                (Some(shown(&target.kind)), Some(shown(target.name.as_ref().unwrap_or(&target.id))))
            }
            None => (None, None),
        };
        Self {
            number: number(entry.number),
            at: millis(entry.at),
            operation: shown(&entry.operation),
            outcome: match entry.outcome {
                LogOutcome::Done => PortalOutcome::Done,
                LogOutcome::Refused => PortalOutcome::Refused,
                LogOutcome::Failed => PortalOutcome::Failed,
            },
            code: text(entry.code),
            request: text(entry.request),
            who: text(entry.who),
            client: text(entry.client),
            target_kind: kind,
            target,
            address: text(entry.address),
            agent: text(entry.agent),
        }
    }
}
