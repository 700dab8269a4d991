//! What was seen and must outlive a restart: keys that had ended, and rotations elsewhere that were read.

use keystow_domain::{AccountId, KeyId, Timestamp};
use rusqlite::params;

use super::{Store, StoreError};

/// A rotation elsewhere that was found: what tells the secret it left, and when it was found.
pub(crate) type FoundElsewhere = (KeyId, String, Timestamp);

impl Store {
    /// The keys of an account that were seen dead, and since when, in the portal's time.
    pub(crate) async fn ended(&self, account: AccountId) -> Result<Vec<(KeyId, Timestamp)>, StoreError> {
        self.with(move |db| {
            let mut all = db.prepare_cached("SELECT key, seen_at FROM ended WHERE account = ?1")?;
            let rows = all.query_map([account.as_str()], |row| {
                Ok((KeyId::new(row.get::<_, String>(0)?), Timestamp::from_millis(row.get(1)?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Notes that keys were seen dead, and forgets it of others; the first time stands.
    pub(crate) async fn note_ended(
        &self,
        account: AccountId,
        dead: Vec<KeyId>,
        others: Vec<KeyId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            for key in &dead {
                all.execute(
                    "INSERT OR IGNORE INTO ended (account, key, seen_at) VALUES (?1, ?2, ?3)",
                    params![account.as_str(), key.as_str(), at.as_millis()],
                )?;
            }
            for key in &others {
                all.execute(
                    "DELETE FROM ended WHERE account = ?1 AND key = ?2",
                    [account.as_str(), key.as_str()],
                )?;
            }
            Ok(all.commit()?)
        })
        .await
    }

    /// The rotations elsewhere that were found of an account's keys.
    pub(crate) async fn found_elsewhere(
        &self,
        account: AccountId,
    ) -> Result<Vec<FoundElsewhere>, StoreError> {
        self.with(move |db| {
            let mut all =
                db.prepare_cached("SELECT key, looks, found_at FROM elsewhere WHERE account = ?1")?;
            let rows = all.query_map([account.as_str()], |row| {
                let key = KeyId::new(row.get::<_, String>(0)?);
                Ok((key, row.get(1)?, Timestamp::from_millis(row.get(2)?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Keeps the last rotation elsewhere that was found of a key.
    pub(crate) async fn keep_elsewhere(
        &self,
        account: AccountId,
        (key, looks, found_at): FoundElsewhere,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "INSERT OR REPLACE INTO elsewhere (account, key, looks, found_at) VALUES (?1, ?2, ?3, ?4)",
                params![account.as_str(), key.as_str(), looks, found_at.as_millis()],
            )?;
            Ok(())
        })
        .await
    }
}
