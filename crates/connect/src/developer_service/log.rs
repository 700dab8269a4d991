//! Reading the portal's log. What it tells was written by others, so every text is cut to a length.

use keystow_domain::{LogEntry, LogOutcome, LogTarget};
use keystow_portal_api::audit::{AuditEntry, ListAuditReply, outcome};

use super::translate::{cut, said};
use crate::transport::instant;
use crate::{LogPage, PageToken};

/// A page as the contract tells it.
pub(super) fn page(wire: ListAuditReply) -> LogPage {
    let next = said(wire.next_page_token).map(PageToken::new);
    LogPage { entries: wire.entries.into_iter().map(entry).collect(), next }
}

fn entry(wire: AuditEntry) -> LogEntry {
    let target = said(wire.target_id).map(|id| LogTarget {
        kind: cut(wire.target_kind),
        id,
        name: said(wire.target_name),
        app: said(wire.app_id),
    });
    LogEntry {
        number: wire.number,
        at: instant(&wire.at),
        operation: cut(wire.operation),
        outcome: match wire.outcome.as_str() {
            outcome::DONE => LogOutcome::Done,
            outcome::REFUSED => LogOutcome::Refused,
            _ => LogOutcome::Failed,
        },
        code: said(wire.code),
        request: said(wire.request_id),
        who: said(wire.account_email).or_else(|| said(wire.account_id)),
        client: said(wire.client_id),
        target,
        address: said(wire.address),
        agent: said(wire.user_agent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_says_little_is_told_as_far_as_it_goes() {
        let wire: ListAuditReply =
            serde_json::from_str(r#"{"entries":[{"number":3,"outcome":"perhaps"}],"nextPageToken":"x"}"#)
                .unwrap();
        let page = page(wire);
        let one = &page.entries[0];
        assert_eq!((one.number, one.outcome, &one.at, &one.target), (3, LogOutcome::Failed, &None, &None));
        assert_eq!(page.next, Some(PageToken::new("x")));
    }
}
