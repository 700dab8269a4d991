//! Small facts on disk: settings, and what is known of a grace that no portal reports.

use keystow_domain::{AccountId, Grace, GraceEnd, KeyId, Timestamp};
use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError};

/// A key and the grace this app knows of by itself.
pub(crate) type KnownGrace = (KeyId, Grace);

impl Store {
    /// A setting, or nothing if it was never chosen.
    pub(crate) async fn setting(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        self.with(move |db| {
            let mut one = db.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
            Ok(one.query_row([name], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// Keeps a setting.
    pub(crate) async fn set_setting(&self, name: &'static str, value: String) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute("INSERT OR REPLACE INTO settings VALUES (?1, ?2)", params![name, value])?;
            Ok(())
        })
        .await
    }

    /// The graces this app knows of by itself.
    pub(crate) async fn graces(&self, account: AccountId) -> Result<Vec<KnownGrace>, StoreError> {
        self.with(move |db| {
            let mut all = db
                .prepare_cached("SELECT key, rotated_at, kind, least, most FROM graces WHERE account = ?1")?;
            let rows = all.query_map([account.as_str()], |row| {
                let (least, most): (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
                let end = match (row.get::<_, String>(2)?.as_str(), least, most) {
                    ("at", Some(at), _) => GraceEnd::At(Timestamp::from_millis(at)),
                    ("between", Some(least), Some(most)) => GraceEnd::Between {
                        least: Timestamp::from_millis(least),
                        most: Timestamp::from_millis(most),
                    },
                    _ => GraceEnd::Unknown,
                };
                let rotated_at = Timestamp::from_millis(row.get(1)?);
                Ok((KeyId::new(row.get::<_, String>(0)?), Grace { rotated_at, end }))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Forgets what is known of a key's grace.
    pub(crate) async fn drop_grace(&self, account: AccountId, key: KeyId) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "DELETE FROM graces WHERE account = ?1 AND key = ?2",
                [account.as_str(), key.as_str()],
            )?;
            Ok(())
        })
        .await
    }

    /// Keeps what is known of a key's grace.
    pub(crate) async fn save_grace(
        &self,
        account: AccountId,
        key: KeyId,
        grace: Grace,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            let (kind, least, most) = match grace.end {
                GraceEnd::At(at) => ("at", Some(at), None),
                GraceEnd::Between { least, most } => ("between", Some(least), Some(most)),
                GraceEnd::Unknown => ("unknown", None, None),
            };
            db.execute(
                "INSERT OR REPLACE INTO graces VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    account.as_str(),
                    key.as_str(),
                    grace.rotated_at.as_millis(),
                    kind,
                    least.map(Timestamp::as_millis),
                    most.map(Timestamp::as_millis),
                ],
            )?;
            Ok(())
        })
        .await
    }
}
