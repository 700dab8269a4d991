//! What all portals of a database count together: how often somebody may call, and the month's billable calls.
//!
//! Each count is one statement on one row, which the server does one after the other, so the limits hold to the
//! call, through however many portals the calls come.

use async_trait::async_trait;
use keystow_domain::Timestamp;

use super::{
    super::{CountStore, Window},
    Postgres, Result, can_be_kept, signed, whole,
};

impl Postgres {
    /// Takes one call off what is left of a month; says whether there was one.
    async fn take(&self, key: &str, month: i64, quota: i64) -> Result<bool> {
        let sql = "UPDATE quotas SET calls = calls + 1
            WHERE key_number = (SELECT number FROM keys WHERE id = $1) AND month = $2 AND calls < $3";
        Ok(self.run(sql, &[&key, &month, &quota]).await? == 1)
    }
}

#[async_trait]
impl CountStore for Postgres {
    async fn count(
        &self,
        kind: i16,
        who: &str,
        limit: u32,
        fresh_end: Timestamp,
        now: Timestamp,
    ) -> Result<Window> {
        // The clocks of two computers differ, so a window may end a little later than one that begins now. One that
        // ends much later is of a clock that was set back since.
        let latest = fresh_end.plus(fresh_end.since(now));
        let sql = "INSERT INTO windows AS w (kind, who, ends_at, calls, granted)
            VALUES ($1, $2, $3, least($4::BIGINT, 1), $4 > 0)
            ON CONFLICT (kind, who) DO UPDATE SET
                ends_at = CASE WHEN w.ends_at <= $5 OR w.ends_at > $6 THEN $3 ELSE w.ends_at END,
                calls = CASE WHEN w.ends_at <= $5 OR w.ends_at > $6 THEN least($4, 1)
                    ELSE least(w.calls + 1, greatest(w.calls, $4)) END,
                granted = CASE WHEN w.ends_at <= $5 OR w.ends_at > $6 THEN $4 > 0 ELSE w.calls < $4 END
            RETURNING ends_at, calls, granted";
        let (limit, ends, now, latest) =
            (i64::from(limit), fresh_end.as_millis(), now.as_millis(), latest.as_millis());
        let who = if can_be_kept(who) { who } else { "" };
        let row = self.changed_row(sql, &[&kind, &who, &ends, &limit, &now, &latest]).await?;
        let calls = u32::try_from(whole(&row, 1)?).unwrap_or(u32::MAX);
        Ok(Window { ends_at: super::instant(&row, 0)?, calls, granted: row.try_get(2)? })
    }

    async fn give_back(&self, kind: i16, who: &str) -> Result<()> {
        let sql = "UPDATE windows SET calls = greatest(calls - 1, 0) WHERE kind = $1 AND who = $2";
        self.run(sql, &[&kind, &who]).await.map(drop)
    }

    async fn forgive(&self, kind: i16, who: &str) -> Result<()> {
        self.run("DELETE FROM windows WHERE kind = $1 AND who = $2", &[&kind, &who]).await.map(drop)
    }

    async fn forget_windows(&self, now: Timestamp) -> Result<()> {
        self.run("DELETE FROM windows WHERE ends_at <= $1", &[&now.as_millis()]).await.map(drop)
    }

    async fn reserve(&self, key: &str, month: i64, quota: u64) -> Result<bool> {
        let quota = signed(quota);
        if self.take(key, month, quota).await? {
            return Ok(true);
        }
        // Used up, or the first of the month: then it begins with what was billed by the hour already.
        let begin = "INSERT INTO quotas (key_number, month, calls)
            SELECT k.number, $2, (SELECT coalesce(sum(h.billable), 0)::BIGINT FROM hours h
                WHERE h.key_number = k.number AND h.hour >= $2)
            FROM keys k WHERE k.id = $1
                AND NOT EXISTS (SELECT 1 FROM quotas q WHERE q.key_number = k.number AND q.month = $2)
            ON CONFLICT (key_number, month) DO NOTHING";
        self.run(begin, &[&key, &month]).await?;
        self.take(key, month, quota).await
    }

    async fn release(&self, key: &str, month: i64) -> Result<()> {
        let sql = "UPDATE quotas SET calls = calls - 1
            WHERE key_number = (SELECT number FROM keys WHERE id = $1) AND month = $2 AND calls > 0";
        self.run(sql, &[&key, &month]).await.map(drop)
    }

    async fn used(&self, key: &str, month: i64) -> Result<Option<u64>> {
        let sql = "SELECT q.calls FROM quotas q JOIN keys k ON k.number = q.key_number
            WHERE k.id = $1 AND q.month = $2";
        self.row(sql, &[&key, &month]).await?.map(|row| whole(&row, 0)).transpose()
    }
}
