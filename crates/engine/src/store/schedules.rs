//! Schedules and snoozes, on disk.

use keystow_domain::{AccountId, Covers, KeyId, Timestamp};
use rusqlite::params;

use super::{Store, StoreError};

/// How often some keys are to be rotated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) id: String,
    pub(crate) covers: Covers,
    /// The interval in days.
    pub(crate) days: u32,
    pub(crate) added_at: Timestamp,
}

/// A kind of reminder and a key, put off until an instant.
pub(crate) type Snooze = (String, KeyId, Timestamp);

impl Store {
    /// The schedules of an account, the oldest first.
    pub(crate) async fn schedules(&self, account: AccountId) -> Result<Vec<Schedule>, StoreError> {
        self.with(move |db| {
            let mut all = db.prepare_cached(
                "SELECT id, key, rule, days, added_at FROM schedules WHERE account = ?1
                 ORDER BY added_at, id",
            )?;
            let rows = all.query_map([account.as_str()], |row| {
                let covers = match row.get::<_, Option<String>>(1)? {
                    Some(key) => Covers::Key(KeyId::new(key)),
                    None => Covers::Rule(row.get::<_, Option<String>>(2)?.unwrap_or_default()),
                };
                let added_at = Timestamp::from_millis(row.get(4)?);
                Ok(Schedule { id: row.get(0)?, covers, days: row.get(3)?, added_at })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Keeps a schedule in place of one for the same key or of the same rule.
    pub(crate) async fn save_schedule(&self, account: AccountId, new: Schedule) -> Result<(), StoreError> {
        self.with(move |db| {
            let (key, rule) = match &new.covers {
                Covers::Key(key) => (Some(key.as_str()), None),
                Covers::Rule(rule) => (None, Some(rule.as_str())),
            };
            let both = db.transaction()?;
            both.execute(
                "DELETE FROM schedules WHERE account = ?1 AND (id = ?2 OR (key IS ?3 AND rule IS ?4))",
                params![account.as_str(), new.id, key, rule],
            )?;
            both.execute(
                "INSERT INTO schedules (id, account, key, rule, days, added_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![new.id, account.as_str(), key, rule, new.days, new.added_at.as_millis()],
            )?;
            Ok(both.commit()?)
        })
        .await
    }

    /// Deletes a schedule; done as well if there is none.
    pub(crate) async fn remove_schedule(&self, account: AccountId, id: String) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "DELETE FROM schedules WHERE account = ?1 AND id = ?2",
                params![account.as_str(), id],
            )?;
            Ok(())
        })
        .await
    }

    /// What is put off for the keys of an account.
    pub(crate) async fn snoozes(&self, account: AccountId) -> Result<Vec<Snooze>, StoreError> {
        self.with(move |db| {
            let mut all = db.prepare_cached("SELECT what, key, until FROM snoozes WHERE account = ?1")?;
            let rows = all.query_map([account.as_str()], |row| {
                let key = KeyId::new(row.get::<_, String>(1)?);
                Ok((row.get(0)?, key, Timestamp::from_millis(row.get(2)?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Puts reminders of some kinds off for a key.
    pub(crate) async fn snooze(
        &self,
        account: AccountId,
        kinds: &'static [&'static str],
        key: KeyId,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            for what in kinds {
                db.execute(
                    "INSERT OR REPLACE INTO snoozes (account, what, key, until) VALUES (?1, ?2, ?3, ?4)",
                    params![account.as_str(), what, key.as_str(), until.as_millis()],
                )?;
            }
            Ok(())
        })
        .await
    }
}
