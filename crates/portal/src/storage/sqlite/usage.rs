//! What the gateway counted, in SQLite: one row a secret and hour in which there was a call.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    super::{HourQuery, HourRecord, SecretLine, UsageStore},
    Result, Sqlite,
};
use crate::meter::Tally;

const TALLY: &str = "h.requests, h.client_errors, h.server_errors, h.throttled, h.billable, h.micros_least,
    h.micros_most, h.micros_sum, h.histogram";

/// One hour of one secret; asked for each time something is added to it, so it is spelled out.
const ONE: &str =
    "SELECT requests, client_errors, server_errors, throttled, billable, micros_least, micros_most,
    micros_sum, histogram FROM hours WHERE key_number = ?1 AND hour = ?2 AND version = ?3";

fn tally(row: &Row<'_>, first: usize) -> rusqlite::Result<Tally> {
    Ok(Tally {
        requests: whole(row, first)?,
        client_errors: whole(row, first + 1)?,
        server_errors: whole(row, first + 2)?,
        throttled: whole(row, first + 3)?,
        billable: whole(row, first + 4)?,
        least: whole(row, first + 5)?,
        most: whole(row, first + 6)?,
        sum: whole(row, first + 7)?,
        histogram: crate::meter::Histogram::from_bytes(row.get_ref(first + 8)?.as_blob()?),
    })
}

/// Reads a count; SQLite keeps it as a signed number.
fn whole(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.try_into().unwrap_or_default())
}

fn signed(count: u64) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

fn add(connection: &Connection, hour: &HourRecord) -> rusqlite::Result<()> {
    let number = connection
        .prepare_cached("SELECT number FROM keys WHERE id = ?1")?
        .query_row([&hour.key], |row| row.get::<_, i64>(0))
        .optional()?;
    let Some(number) = number else { return Ok(()) };
    let kept = connection
        .prepare_cached(ONE)?
        .query_row(params![number, hour.hour, hour.version], |row| tally(row, 0))
        .optional()?;
    let mut sum = kept.unwrap_or_default();
    sum.add(&hour.tally);
    let sql = "INSERT OR REPLACE INTO hours VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    connection.prepare_cached(sql)?.execute(params![
        number,
        hour.hour,
        hour.version,
        signed(sum.requests),
        signed(sum.client_errors),
        signed(sum.server_errors),
        signed(sum.throttled),
        signed(sum.billable),
        signed(sum.least),
        signed(sum.most),
        signed(sum.sum),
        sum.histogram.to_bytes()
    ])?;
    hour.last_used_at.map_or(Ok(()), |at| touch(connection, number, hour.version, at))
}

/// Notes when an accepted call last carried a secret.
fn touch(connection: &Connection, number: i64, version: u32, at: Timestamp) -> rusqlite::Result<()> {
    let at = at.as_millis();
    connection
        .prepare_cached("UPDATE secrets SET last_used_at = max(coalesce(last_used_at, 0), ?3) WHERE key_number = ?1 AND version = ?2")?
        .execute(params![number, version, at])?;
    connection
        .prepare_cached(
            "UPDATE keys SET last_used_at = max(coalesce(last_used_at, 0), ?3),
             current_used_at = iif(version = ?2, max(coalesce(current_used_at, 0), ?3), current_used_at) WHERE number = ?1",
        )?
        .execute(params![number, version, at])?;
    Ok(())
}

#[async_trait]
impl UsageStore for Sqlite {
    async fn add_hours(&self, hours: Vec<HourRecord>) -> Result<()> {
        self.writer.write(move |connection| hours.iter().try_for_each(|hour| add(connection, hour))).await
    }

    async fn hours(&self, query: &HourQuery) -> Result<Vec<HourRecord>> {
        let sql = format!(
            "SELECT k.id, h.version, h.hour, {TALLY} FROM keys k JOIN hours h ON h.key_number = k.number
             WHERE k.account = ?1 AND (?2 IS NULL OR k.id = ?2) AND h.hour >= ?3 AND h.hour < ?4
             ORDER BY h.hour, k.number, h.version"
        );
        self.rows(&sql, params![query.account, query.key, query.from, query.to], |row| {
            Ok(HourRecord {
                key: row.get(0)?,
                version: row.get(1)?,
                hour: row.get(2)?,
                tally: tally(row, 3)?,
                last_used_at: None,
            })
        })
    }

    async fn billed(&self, key: &str, since: i64) -> Result<u64> {
        let sql = "SELECT coalesce(sum(h.billable), 0) FROM hours h JOIN keys k ON k.number = h.key_number
            WHERE k.id = ?1 AND h.hour >= ?2";
        Ok(self.row(sql, params![key, since], |row| whole(row, 0))?.unwrap_or_default())
    }

    async fn secrets(&self, account: &str, key: Option<&str>) -> Result<Vec<SecretLine>> {
        let sql = "SELECT k.id, s.version, s.prefix, k.created_at FROM keys k JOIN secrets s ON s.key_number = k.number
            WHERE k.account = ?1 AND (?2 IS NULL OR k.id = ?2) ORDER BY k.number, s.version";
        self.rows(sql, params![account, key], |row| {
            Ok(SecretLine {
                key: row.get(0)?,
                version: row.get(1)?,
                prefix: row.get(2)?,
                key_created_at: Timestamp::from_millis(row.get(3)?),
            })
        })
    }
}
