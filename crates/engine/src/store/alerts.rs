//! Alerts on usage, on disk.

use keystow_domain::{AccountId, KeyId, Rule, Timestamp};
use rusqlite::params;

use super::{Store, StoreError};

/// A bound that a person set, and whether it is crossed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alert {
    /// Nothing for all keys of the account together.
    pub(crate) key: Option<KeyId>,
    pub(crate) rule: Rule,
    /// In percent, or hours of silence.
    pub(crate) bound: u32,
    /// Since when it is told.
    pub(crate) raised_at: Option<Timestamp>,
}

/// How a key is written; all of them together are an empty word, which no key has as its id.
fn written(key: Option<&KeyId>) -> &str {
    key.map(KeyId::as_str).unwrap_or_default()
}

impl Store {
    /// The alerts of an account.
    pub(crate) async fn alerts(&self, account: AccountId) -> Result<Vec<Alert>, StoreError> {
        self.with(move |db| {
            let mut all = db.prepare_cached(
                "SELECT key, rule, bound, raised_at FROM alerts WHERE account = ?1 ORDER BY key, rule",
            )?;
            let rows = all.query_map([account.as_str()], |row| {
                let key: String = row.get(0)?;
                let rule = Rule::from_word(&row.get::<_, String>(1)?);
                let (bound, raised_at) = (row.get(2)?, row.get::<_, Option<i64>>(3)?);
                Ok(rule.map(|rule| Alert {
                    key: (!key.is_empty()).then(|| KeyId::new(key)),
                    rule,
                    bound,
                    raised_at: raised_at.map(Timestamp::from_millis),
                }))
            })?;
            Ok(rows.filter_map(Result::transpose).collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Keeps an alert in place of one of the same rule.
    pub(crate) async fn save_alert(&self, account: AccountId, alert: Alert) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "INSERT OR REPLACE INTO alerts (account, key, rule, bound, raised_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    account.as_str(),
                    written(alert.key.as_ref()),
                    alert.rule.word(),
                    alert.bound,
                    alert.raised_at.map(Timestamp::as_millis)
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// Keeps since when an alert is told; `false` if it is not set any more, or with another bound.
    pub(crate) async fn alert_raised(&self, account: AccountId, alert: Alert) -> Result<bool, StoreError> {
        self.with(move |db| {
            let changed = db.execute(
                "UPDATE alerts SET raised_at = ?4
                 WHERE account = ?1 AND key = ?2 AND rule = ?3 AND bound = ?5",
                params![
                    account.as_str(),
                    written(alert.key.as_ref()),
                    alert.rule.word(),
                    alert.raised_at.map(Timestamp::as_millis),
                    alert.bound
                ],
            )?;
            Ok(changed > 0)
        })
        .await
    }

    /// Deletes an alert; done as well if there is none.
    pub(crate) async fn remove_alert(
        &self,
        account: AccountId,
        key: Option<KeyId>,
        rule: Rule,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "DELETE FROM alerts WHERE account = ?1 AND key = ?2 AND rule = ?3",
                params![account.as_str(), written(key.as_ref()), rule.word()],
            )?;
            Ok(())
        })
        .await
    }
}
