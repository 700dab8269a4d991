//! What the gateways counted, in PostgreSQL: one row a secret and hour in which there was a call, and one an account
//! and hour.
//!
//! A histogram is not added up by SQL. So what is kept is read, added to and written back while the keys and
//! accounts that it belongs to are locked, all hours of a batch in a handful of statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use keystow_domain::Timestamp;
use tokio_postgres::Row;

use super::{
    super::{Billed, BilledLine, HourQuery, HourRecord, SecretLine, TakeHour, UsageStore, Whose},
    Postgres, Result, can_be_kept,
    change::Change,
    instant, instant_opt,
    sign_in::SWEEP_LOCK,
    signed, version, whole, words,
};
use crate::meter::{Histogram, Tally};

const TALLY: &str = "h.requests, h.client_errors, h.server_errors, h.throttled, h.billable, h.micros_least,
    h.micros_most, h.micros_sum, h.histogram";
/// How many hours are fetched at once.
const FETCHED: i32 = 1000;

/// Hours of secrets, by the number of the key, the hour and the version.
type OfSecrets = BTreeMap<(i64, i64, i64), Tally>;
/// Hours of accounts.
type OfAccounts = BTreeMap<(String, i64), Tally>;

fn tally(row: &Row, first: usize) -> Result<Tally> {
    Ok(Tally {
        requests: whole(row, first)?,
        client_errors: whole(row, first + 1)?,
        server_errors: whole(row, first + 2)?,
        throttled: whole(row, first + 3)?,
        billable: whole(row, first + 4)?,
        least: whole(row, first + 5)?,
        most: whole(row, first + 6)?,
        sum: whole(row, first + 7)?,
        histogram: Histogram::from_bytes(row.try_get(first + 8)?),
    })
}

/// Tallies as the columns of a table.
#[derive(Default)]
struct Columns {
    numbers: [Vec<i64>; 8],
    histograms: Vec<Vec<u8>>,
}

impl<'t> FromIterator<&'t Tally> for Columns {
    fn from_iter<T: IntoIterator<Item = &'t Tally>>(tallies: T) -> Self {
        let mut columns = Self::default();
        for tally in tallies {
            let numbers = [
                tally.requests,
                tally.client_errors,
                tally.server_errors,
                tally.throttled,
                tally.billable,
                tally.least,
                tally.most,
                tally.sum,
            ];
            for (column, number) in columns.numbers.iter_mut().zip(numbers) {
                column.push(signed(number));
            }
            columns.histograms.push(tally.histogram.to_bytes());
        }
        columns
    }
}

/// What becomes of the columns of a tally where there was one.
const REPLACED: &str = "requests = excluded.requests, client_errors = excluded.client_errors,
    server_errors = excluded.server_errors, throttled = excluded.throttled, billable = excluded.billable,
    micros_least = excluded.micros_least, micros_most = excluded.micros_most, micros_sum = excluded.micros_sum,
    histogram = excluded.histogram";

/// Locks the keys that hours were counted of; gives their numbers and accounts by their ids.
async fn lock_keys(change: &Change, hours: &[HourRecord]) -> Result<HashMap<String, (i64, String)>> {
    let ids: BTreeSet<&str> = hours.iter().map(|hour| hour.key.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let sql = "SELECT id, number, account FROM keys WHERE id = ANY($1) ORDER BY number FOR NO KEY UPDATE";
    let rows = change.rows(sql, &[&ids]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?)))).collect()
}

async fn add_to_secrets(change: &Change, mut sums: OfSecrets) -> Result<()> {
    let places = |sums: &OfSecrets| {
        let mut columns = [const { Vec::new() }; 3];
        for (number, hour, version) in sums.keys() {
            columns[0].push(*number);
            columns[1].push(*hour);
            columns[2].push(*version);
        }
        columns
    };
    let [numbers, hours, versions] = places(&sums);
    let kept = format!(
        "SELECT h.key_number, h.hour, h.version, {TALLY} FROM hours h
         JOIN unnest($1::BIGINT[], $2::BIGINT[], $3::BIGINT[]) AS u (key_number, hour, version)
         USING (key_number, hour, version)"
    );
    for row in change.rows(&kept, &[&numbers, &hours, &versions]).await? {
        let place = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        sums.entry(place).or_default().add(&tally(&row, 3)?);
    }
    let Columns { numbers: n, histograms } = sums.values().collect();
    let put = format!(
        "INSERT INTO hours SELECT * FROM unnest($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[],
         $6::BIGINT[], $7::BIGINT[], $8::BIGINT[], $9::BIGINT[], $10::BIGINT[], $11::BIGINT[], $12::BYTEA[])
         ON CONFLICT (key_number, hour, version) DO UPDATE SET {REPLACED}"
    );
    change
        .run(
            &put,
            &[
                &numbers,
                &hours,
                &versions,
                &n[0],
                &n[1],
                &n[2],
                &n[3],
                &n[4],
                &n[5],
                &n[6],
                &n[7],
                &histograms,
            ],
        )
        .await
        .map(drop)
}

async fn add_to_accounts(change: &Change, mut sums: OfAccounts) -> Result<()> {
    let ids: BTreeSet<&str> = sums.keys().map(|(account, _)| account.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    change.rows("SELECT id FROM accounts WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", &[&ids]).await?;
    let accounts: Vec<String> = sums.keys().map(|(account, _)| account.clone()).collect();
    let hours: Vec<i64> = sums.keys().map(|(_, hour)| *hour).collect();
    let kept = format!(
        "SELECT h.account, h.hour, {TALLY} FROM account_hours h
         JOIN unnest($1::TEXT[], $2::BIGINT[]) AS u (account, hour) USING (account, hour)"
    );
    for row in change.rows(&kept, &[&accounts, &hours]).await? {
        sums.entry((row.try_get(0)?, row.try_get(1)?)).or_default().add(&tally(&row, 2)?);
    }
    let Columns { numbers: n, histograms } = sums.values().collect();
    let put = format!(
        "INSERT INTO account_hours SELECT * FROM unnest($1::TEXT[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[],
         $5::BIGINT[], $6::BIGINT[], $7::BIGINT[], $8::BIGINT[], $9::BIGINT[], $10::BIGINT[], $11::BYTEA[])
         ON CONFLICT (account, hour) DO UPDATE SET {REPLACED}"
    );
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 11] =
        [&accounts, &hours, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &histograms];
    change.run(&put, &params).await.map(drop)
}

/// Notes when accepted calls last carried secrets.
pub(super) async fn touch(change: &Change, used: BTreeMap<(i64, i64), i64>) -> Result<()> {
    if used.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i64> = used.keys().map(|(number, _)| *number).collect();
    let versions: Vec<i64> = used.keys().map(|(_, version)| *version).collect();
    let instants: Vec<i64> = used.into_values().collect();
    let secrets = "UPDATE secrets s SET last_used_at = greatest(s.last_used_at, u.at)
        FROM unnest($1::BIGINT[], $2::BIGINT[], $3::BIGINT[]) AS u (number, version, at)
        WHERE s.key_number = u.number AND s.version = u.version";
    change.run(secrets, &[&numbers, &versions, &instants]).await?;
    // A key may have been called with several of its secrets, and a row is changed once in a statement.
    let keys = "UPDATE keys k SET last_used_at = greatest(k.last_used_at, u.at),
        current_used_at = greatest(k.current_used_at, u.current_at)
        FROM (SELECT u.number, max(u.at) AS at, max(u.at) FILTER (WHERE u.version = o.version) AS current_at
            FROM unnest($1::BIGINT[], $2::BIGINT[], $3::BIGINT[]) AS u (number, version, at)
            JOIN keys o ON o.number = u.number GROUP BY u.number) AS u
        WHERE k.number = u.number";
    change.run(keys, &[&numbers, &versions, &instants]).await.map(drop)
}

/// Which keys are meant, by the account `$1` and the id `$2`.
fn condition(whose: &Whose) -> &'static str {
    match whose {
        Whose::All => "k.account = $1 AND $2::TEXT IS NULL",
        Whose::Key(_) => "k.id = $2 AND k.account = $1",
        Whose::App(_) => "k.app = $2 AND k.app <> '' AND k.account = $1",
    }
}

/// What was billable of each key and OAuth client.
const BILL_BY_CREDENTIAL: &str = "SELECT k.number, k.id, k.name, k.app, k.scopes, (SELECT coalesce(sum(h.billable), 0) FROM hours h
            WHERE h.key_number = k.number AND h.hour >= $3 AND h.hour < $4)::BIGINT, (SELECT coalesce(sum(h.billable), 0) FROM hours h WHERE h.key_number = k.number AND h.hour >= $5)::BIGINT
        FROM keys k WHERE k.account = $1 AND k.number < $2 ORDER BY k.number DESC LIMIT $6";
/// What was billable of each app.
const BILL_BY_APP: &str = "SELECT max(k.number), k.app, coalesce(max(a.name), ''), k.app, '', sum((SELECT coalesce(sum(h.billable), 0) FROM hours h
            WHERE h.key_number = k.number AND h.hour >= $3 AND h.hour < $4))::BIGINT, sum((SELECT coalesce(sum(h.billable), 0) FROM hours h WHERE h.key_number = k.number AND h.hour >= $5))::BIGINT
        FROM keys k LEFT JOIN apps a ON a.id = k.app WHERE k.account = $1 AND k.app <> ''
        GROUP BY k.app HAVING max(k.number) < $2 ORDER BY 1 DESC LIMIT $6";

#[async_trait]
impl UsageStore for Postgres {
    async fn add_hours(&self, hours: Vec<HourRecord>) -> Result<()> {
        let change = self.begin().await?;
        let keys = lock_keys(&change, &hours).await?;
        let (mut of_secrets, mut of_accounts) = (OfSecrets::new(), OfAccounts::new());
        let mut used: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        for hour in &hours {
            let Some((number, account)) = keys.get(&hour.key) else { continue };
            let secret = i64::from(hour.version);
            of_secrets.entry((*number, hour.hour, secret)).or_default().add(&hour.tally);
            of_accounts.entry((account.clone(), hour.hour)).or_default().add(&hour.tally);
            if let Some(at) = hour.last_used_at.map(Timestamp::as_millis) {
                let last = used.entry((*number, secret)).or_insert(at);
                *last = at.max(*last);
            }
        }
        if of_secrets.is_empty() {
            return change.undo().await;
        }
        add_to_secrets(&change, of_secrets).await?;
        touch(&change, used).await?;
        add_to_accounts(&change, of_accounts).await?;
        change.commit().await
    }

    async fn hours(&self, query: &HourQuery, take: &mut TakeHour<'_>) -> Result<()> {
        let id = query.whose.id();
        if id.is_some_and(|id| !can_be_kept(id)) {
            return Ok(());
        }
        let whose = condition(&query.whose);
        let sql = format!(
            "SELECT k.id, h.version, h.hour, {TALLY} FROM keys k JOIN hours h ON h.key_number = k.number
             WHERE {whose} AND h.hour >= $3 AND h.hour < $4"
        );
        // Fetched bit by bit: an account may have more hours than should be held, or sent in vain.
        let mut client = self.client().await?;
        let transaction = client.build_transaction().read_only(true).start().await?;
        let statement = transaction.prepare_cached(&sql).await?;
        let asked: super::Params<'_> = &[&query.account, &id, &query.from, &query.to];
        let portal = transaction.bind(&statement, asked).await?;
        loop {
            let rows = transaction.query_portal(&portal, FETCHED).await?;
            for row in &rows {
                let (version, hour) = (version(row, 1)?, row.try_get(2)?);
                let tally = tally(row, 3)?;
                if !take(HourRecord { key: row.try_get(0)?, version, hour, tally, last_used_at: None }) {
                    return Ok(());
                }
            }
            if rows.is_empty() {
                return Ok(());
            }
        }
    }

    async fn account_hours(&self, account: &str, from: i64, to: i64) -> Result<Vec<HourRecord>> {
        let sql = format!(
            "SELECT h.hour, {TALLY} FROM account_hours h WHERE h.account = $1 AND h.hour >= $2 AND h.hour < $3
             ORDER BY h.hour"
        );
        let read = |row: &Row| {
            let (hour, tally) = (row.try_get(0)?, tally(row, 1)?);
            Ok(HourRecord { key: String::new(), version: 0, hour, tally, last_used_at: None })
        };
        self.rows(&sql, &[&account, &from, &to]).await?.iter().map(read).collect()
    }

    async fn first_key_at(&self, account: &str) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(created_at) FROM keys WHERE account = $1";
        self.row(sql, &[&account]).await?.map_or(Ok(None), |row| instant_opt(&row, 0))
    }

    async fn newest_hour(&self) -> Result<Option<i64>> {
        // Account by account, so that each is found by its index.
        let sql =
            "SELECT max((SELECT max(h.hour) FROM account_hours h WHERE h.account = a.id)) FROM accounts a";
        Ok(self.row(sql, &[]).await?.map(|row| row.try_get(0)).transpose()?.flatten())
    }

    async fn keys_with_hours_before(&self, before: i64) -> Result<Vec<i64>> {
        // Whatever is counted of a key is counted of its account as well, which has far fewer rows.
        let sql = "SELECT k.number FROM accounts a JOIN keys k ON k.account = a.id
            WHERE EXISTS (SELECT 1 FROM account_hours h WHERE h.account = a.id AND h.hour < $1)";
        self.rows(sql, &[&before]).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    async fn sweep_hours(&self, keys: Vec<i64>, before: i64) -> Result<()> {
        let change = self.begin().await?;
        change.run("SELECT pg_advisory_xact_lock($1)", &[&SWEEP_LOCK]).await?;
        change.run("DELETE FROM hours WHERE key_number = ANY($1) AND hour < $2", &[&keys, &before]).await?;
        // A month's count is of no use once its hours are gone, nor any time before.
        change.run("DELETE FROM quotas WHERE key_number = ANY($1) AND month < $2", &[&keys, &before]).await?;
        change.commit().await
    }

    async fn sweep_account_hours(&self, before: i64) -> Result<()> {
        let change = self.begin().await?;
        change.run("SELECT pg_advisory_xact_lock($1)", &[&SWEEP_LOCK]).await?;
        change.run("DELETE FROM account_hours WHERE hour < $1", &[&before]).await?;
        change.commit().await
    }

    async fn billed(&self, key: &str, since: i64) -> Result<u64> {
        let sql =
            "SELECT coalesce(sum(h.billable), 0)::BIGINT FROM hours h JOIN keys k ON k.number = h.key_number
            WHERE k.id = $1 AND h.hour >= $2";
        self.row(sql, &[&key, &since]).await?.map_or(Ok(0), |row| whole(&row, 0))
    }

    async fn bill(&self, query: &Billed) -> Result<Vec<BilledLine>> {
        let sql = if query.by_app { BILL_BY_APP } else { BILL_BY_CREDENTIAL };
        let (before, limit) = (query.before.unwrap_or(i64::MAX), i64::from(query.limit));
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&query.account, &before, &query.from, &query.to, &query.month, &limit];
        let line = |row: &Row| {
            Ok(BilledLine {
                number: row.try_get(0)?,
                id: row.try_get(1)?,
                name: row.try_get(2)?,
                app: row.try_get(3)?,
                scopes: words(row.try_get(4)?),
                billable: whole(row, 5)?,
                used: whole(row, 6)?,
            })
        };
        self.rows(sql, &params).await?.iter().map(line).collect()
    }

    async fn secrets(&self, account: &str, whose: &Whose) -> Result<Vec<SecretLine>> {
        let id = whose.id();
        if id.is_some_and(|id| !can_be_kept(id)) {
            return Ok(Vec::new());
        }
        let condition = condition(whose);
        let sql = format!(
            "SELECT k.id, s.version, s.prefix, k.created_at FROM keys k JOIN secrets s ON s.key_number = k.number
            WHERE {condition} ORDER BY k.number, s.version"
        );
        let read = |row: &Row| {
            let (key, prefix) = (row.try_get(0)?, row.try_get(2)?);
            Ok(SecretLine { key, version: version(row, 1)?, prefix, key_created_at: instant(row, 3)? })
        };
        self.rows(&sql, &[&account, &id]).await?.iter().map(read).collect()
    }
}
