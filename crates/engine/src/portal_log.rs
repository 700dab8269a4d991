//! The portal's own log of the account that is chosen: what was done and tried there, by whom and from where.
//!
//! It is read when somebody looks and kept nowhere. Its instants are told in the time of this computer, so that they
//! stand beside those of the log that is kept here.

use keystow_connect::{LogPage, PageToken};
use keystow_domain::{AccountId, LogEntry};

use crate::engine::Engine;
use crate::session::ask;
use crate::{Trouble, words};

/// How many entries a page has.
const PAGE: u32 = 50;

/// A page of the portal's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalLog {
    /// The account it was read for: another one goes on with nothing of it.
    pub account: AccountId,
    /// The entries, the newest first.
    pub entries: Vec<LogEntry>,
    /// Where to go on; nothing on the last page.
    pub next: Option<String>,
}

impl Engine {
    /// Reads a page of the portal's log, from its newest entry or from where the last page ended; about `target` alone,
    /// a key or an app, if one is given. Nothing where the portal keeps no log.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen, or the portal could not be asked.
    pub async fn portal_log(
        &self,
        target: Option<&str>,
        page: Option<String>,
    ) -> Result<Option<PortalLog>, Trouble> {
        let account = self.current_account()?;
        if !self.abilities(&account).await?.log {
            return Ok(None);
        }
        let page = page.map(PageToken::new);
        let read = ask!(self, &account, |portal, token| portal.log(token, target, page.as_ref(), PAGE));
        let read = read.map_err(|failure| words::failure(&failure))?;
        let ahead = self.portal_now(&account).as_millis() - self.now().as_millis();
        Ok(read.map(|LogPage { entries, next }| PortalLog {
            account,
            entries: entries.into_iter().map(|entry| here(entry, ahead)).collect(),
            next: next.map(|next| next.as_str().to_owned()),
        }))
    }
}

/// An entry in the time of this computer, behind which the portal is `ahead` milliseconds.
fn here(entry: LogEntry, ahead: i64) -> LogEntry {
    let at = entry.at.map(|at| keystow_domain::Timestamp::from_millis(at.as_millis().saturating_sub(ahead)));
    LogEntry { at, ..entry }
}
