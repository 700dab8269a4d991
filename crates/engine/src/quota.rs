//! What a key may still use, and how long that lasts.

use keystow_domain::{
    Bucket, Grouping, KeyId, OUTLOOK_NEEDS, Outlook, Quota, Resolution, UsageQuery, outlook,
};

use crate::Trouble;
use crate::engine::Engine;
use crate::session::ask;
use crate::words;

/// What a key may still use, and how long that lasts.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaSight {
    /// What the portal tells.
    pub quota: Quota,
    /// What follows from the days before.
    pub outlook: Outlook,
}

impl Engine {
    /// Reads what may still be used, and reckons how long it lasts. Nothing where the portal tells no quota of
    /// it: most know quotas of keys, and none of an account.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen, or the portal could not be asked.
    pub async fn quota(&self, key: Option<&KeyId>) -> Result<Option<QuotaSight>, Trouble> {
        let account = self.current_account()?;
        let abilities = self.abilities(&account).await?;
        if !abilities.quota {
            return Ok(None);
        }
        let read = ask!(self, &account, |portal, token| portal.quota(token, key));
        let Some(quota) = read.map_err(|failure| words::failure(&failure))? else { return Ok(None) };
        let now = self.portal_now(&account);
        let (mut days, mut complete_until): (Vec<Bucket>, _) = (Vec::new(), None);
        if abilities.usage.contains(&Resolution::Day) {
            let kept = abilities.usage_retention.map_or(OUTLOOK_NEEDS, |kept| kept.min(OUTLOOK_NEEDS));
            let query = UsageQuery {
                from: now.minus(kept),
                to: now,
                resolution: Resolution::Day,
                key: key.cloned(),
                app: None,
                team: None,
                grouping: Grouping::None,
            };
            let usage = self.read_usage(&account, query).await?;
            complete_until = usage.complete_until;
            days = usage.series.into_iter().next().map(|series| series.buckets).unwrap_or_default();
        }
        let outlook = outlook(&quota, &days, complete_until, now);
        Ok(Some(QuotaSight { quota, outlook }))
    }
}
