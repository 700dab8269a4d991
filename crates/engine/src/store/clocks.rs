//! What was learned of the portals' clocks, on disk.

use std::time::Duration;

use keystow_domain::{AccountId, Anchor, Moment, Timestamp};
use rusqlite::params;

use super::{Store, StoreError};

impl Store {
    /// What was learned of every portal's clock.
    pub(crate) async fn clocks(&self) -> Result<Vec<(AccountId, Anchor)>, StoreError> {
        self.with(|db| {
            let mut all = db.prepare_cached(
                "SELECT account, offset_millis, learned_at, learned_elapsed, boot FROM clocks",
            )?;
            let rows = all.query_map([], |row| {
                let learned = Moment {
                    wall: Timestamp::from_millis(row.get(2)?),
                    elapsed: Duration::from_millis(row.get::<_, i64>(3)?.unsigned_abs()),
                    boot: row.get(4)?,
                };
                let anchor = Anchor { offset: row.get(1)?, learned };
                Ok((AccountId::new(row.get::<_, String>(0)?), anchor))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Keeps what was learned of a portal's clock, in place of what was known.
    pub(crate) async fn save_clock(&self, account: AccountId, anchor: Anchor) -> Result<(), StoreError> {
        self.with(move |db| {
            let elapsed = i64::try_from(anchor.learned.elapsed.as_millis()).unwrap_or(i64::MAX);
            db.execute(
                "INSERT OR REPLACE INTO clocks (account, offset_millis, learned_at, learned_elapsed, boot)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    account.as_str(),
                    anchor.offset,
                    anchor.learned.wall.as_millis(),
                    elapsed,
                    anchor.learned.boot,
                ],
            )?;
            Ok(())
        })
        .await
    }
}
