//! What the gateway counted, in SQLite: one row a secret and hour in which there was a call, and one an account
//! and hour, so that a year of all keys together is as quick to read as a year of one.

use std::collections::BTreeMap;

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    super::{Billed, BilledLine, HourQuery, HourRecord, SecretLine, TakeHour, UsageStore, Whose},
    Result, Sqlite, words,
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

/// One hour of all keys of an account.
const ALL: &str =
    "SELECT requests, client_errors, server_errors, throttled, billable, micros_least, micros_most,
    micros_sum, histogram FROM account_hours WHERE account = ?1 AND hour = ?2";

/// Hours of accounts, to be added together.
type Sums = BTreeMap<(String, i64), Tally>;

fn add_all(connection: &Connection, hours: &[HourRecord]) -> rusqlite::Result<()> {
    let mut sums = Sums::new();
    for hour in hours {
        if let Some(account) = add(connection, hour)? {
            sums.entry((account, hour.hour)).or_default().add(&hour.tally);
        }
    }
    // Calls of many keys in one hour are one change of their account.
    sums.iter().try_for_each(|((account, hour), tally)| add_to_account(connection, account, *hour, tally))
}

fn add_to_account(
    connection: &Connection,
    account: &str,
    hour: i64,
    tally_of_hour: &Tally,
) -> rusqlite::Result<()> {
    let kept =
        connection.prepare_cached(ALL)?.query_row(params![account, hour], |row| tally(row, 0)).optional()?;
    let mut sum = kept.unwrap_or_default();
    sum.add(tally_of_hour);
    let sql = "INSERT OR REPLACE INTO account_hours VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    connection.prepare_cached(sql)?.execute(params![
        account,
        hour,
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
    Ok(())
}

/// Fills the hours of accounts from those of their secrets, account after account: a histogram is not added
/// up by SQL.
pub(super) fn sum_up_accounts(connection: &Connection) -> rusqlite::Result<()> {
    let accounts: Vec<String> = connection
        .prepare("SELECT id FROM accounts")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let sql = format!(
        "SELECT h.hour, {TALLY} FROM keys k JOIN hours h ON h.key_number = k.number WHERE k.account = ?1"
    );
    let mut hours = connection.prepare(&sql)?;
    for account in accounts {
        let mut sums: BTreeMap<i64, Tally> = BTreeMap::new();
        let mut rows = hours.query([&account])?;
        while let Some(row) = rows.next()? {
            sums.entry(row.get(0)?).or_default().add(&tally(row, 1)?);
        }
        sums.iter().try_for_each(|(hour, tally)| add_to_account(connection, &account, *hour, tally))?;
    }
    Ok(())
}

/// Adds to an hour of a secret; the account of its key, if there is such a key.
fn add(connection: &Connection, hour: &HourRecord) -> rusqlite::Result<Option<String>> {
    let known = connection
        .prepare_cached("SELECT number, account FROM keys WHERE id = ?1")?
        .query_row([&hour.key], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))
        .optional()?;
    let Some((number, account)) = known else { return Ok(None) };
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
    hour.last_used_at.map_or(Ok(()), |at| touch(connection, number, hour.version, at))?;
    Ok(Some(account))
}

/// Notes when an accepted call last carried a secret.
pub(super) fn touch(
    connection: &Connection,
    number: i64,
    version: u32,
    at: Timestamp,
) -> rusqlite::Result<()> {
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

/// Which keys are meant, by the account `?1` and the id `?2`. One key is looked up by its id, those of an app by its
/// own: a condition that fits all of them would walk every key of the account.
fn condition(whose: &Whose) -> &'static str {
    match whose {
        Whose::All => "k.account = ?1 AND ?2 IS NULL",
        Whose::Key(_) => "k.id = ?2 AND k.account = ?1",
        Whose::App(_) => "k.app = ?2 AND k.app <> '' AND +k.account = ?1",
    }
}

/// What was billable of each key and OAuth client.
const BILL_BY_CREDENTIAL: &str = "SELECT k.number, k.id, k.name, k.app, k.scopes, (SELECT coalesce(sum(h.billable), 0) FROM hours h
            WHERE h.key_number = k.number AND h.hour >= ?3 AND h.hour < ?4), (SELECT coalesce(sum(h.billable), 0) FROM hours h WHERE h.key_number = k.number AND h.hour >= ?5)
        FROM keys k WHERE k.account = ?1 AND k.number < ?2 ORDER BY k.number DESC LIMIT ?6";
/// What was billable of each app.
const BILL_BY_APP: &str = "SELECT max(k.number), k.app, coalesce(max(a.name), ''), k.app, '', sum((SELECT coalesce(sum(h.billable), 0) FROM hours h
            WHERE h.key_number = k.number AND h.hour >= ?3 AND h.hour < ?4)), sum((SELECT coalesce(sum(h.billable), 0) FROM hours h WHERE h.key_number = k.number AND h.hour >= ?5))
        FROM keys k LEFT JOIN apps a ON a.id = k.app WHERE k.account = ?1 AND k.app <> ''
        GROUP BY k.app HAVING max(k.number) < ?2 ORDER BY 1 DESC LIMIT ?6";

#[async_trait]
impl UsageStore for Sqlite {
    async fn add_hours(&self, hours: Vec<HourRecord>) -> Result<()> {
        self.writer.write(move |connection| add_all(connection, &hours)).await
    }

    async fn hours(&self, query: &HourQuery, take: &mut TakeHour<'_>) -> Result<()> {
        let whose = condition(&query.whose);
        let sql = format!(
            "SELECT k.id, h.version, h.hour, {TALLY} FROM keys k JOIN hours h ON h.key_number = k.number
             WHERE {whose} AND h.hour >= ?3 AND h.hour < ?4"
        );
        self.read(|connection| {
            let mut asked = connection.prepare_cached(&sql)?;
            let mut rows = asked.query(params![query.account, query.whose.id(), query.from, query.to])?;
            while let Some(row) = rows.next()? {
                let (key, version, hour) = (row.get(0)?, row.get(1)?, row.get(2)?);
                if !take(HourRecord { key, version, hour, tally: tally(row, 3)?, last_used_at: None }) {
                    break;
                }
            }
            Ok(())
        })
    }

    async fn account_hours(&self, account: &str, from: i64, to: i64) -> Result<Vec<HourRecord>> {
        let sql = format!(
            "SELECT h.hour, {TALLY} FROM account_hours h WHERE h.account = ?1 AND h.hour >= ?2 AND h.hour < ?3
             ORDER BY h.hour"
        );
        self.rows(&sql, params![account, from, to], |row| {
            let (hour, tally) = (row.get(0)?, tally(row, 1)?);
            Ok(HourRecord { key: String::new(), version: 0, hour, tally, last_used_at: None })
        })
    }

    async fn first_key_at(&self, account: &str) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(created_at) FROM keys WHERE account = ?1";
        let first = self.row(sql, params![account], |row| row.get::<_, Option<i64>>(0))?;
        Ok(first.flatten().map(Timestamp::from_millis))
    }

    async fn newest_hour(&self) -> Result<Option<i64>> {
        // Account by account, so that each is found by its index.
        let sql =
            "SELECT max((SELECT max(hour) FROM account_hours h WHERE h.account = a.id)) FROM accounts a";
        Ok(self.row(sql, [], |row| row.get::<_, Option<i64>>(0))?.flatten())
    }

    async fn keys_with_hours_before(&self, before: i64) -> Result<Vec<i64>> {
        // Whatever is counted of a key is counted of its account as well, which has far fewer rows.
        let sql = "SELECT k.number FROM accounts a JOIN keys k ON k.account = a.id
            WHERE EXISTS (SELECT 1 FROM account_hours h WHERE h.account = a.id AND h.hour < ?1)";
        self.rows(sql, params![before], |row| row.get(0))
    }

    async fn sweep_hours(&self, keys: Vec<i64>, before: i64) -> Result<()> {
        let sweep = move |connection: &Connection| {
            let mut old =
                connection.prepare_cached("DELETE FROM hours WHERE key_number = ?1 AND hour < ?2")?;
            keys.iter().try_for_each(|number| old.execute(params![number, before]).map(drop))
        };
        self.writer.write(sweep).await
    }

    async fn sweep_account_hours(&self, before: i64) -> Result<()> {
        let sweep = move |connection: &Connection| {
            let sql = "DELETE FROM account_hours WHERE hour < ?2 AND account = ?1";
            let mut old = connection.prepare_cached(sql)?;
            let mut accounts = connection.prepare_cached("SELECT id FROM accounts")?;
            let ids: Vec<String> =
                accounts.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            ids.iter().try_for_each(|account| old.execute(params![account, before]).map(drop))
        };
        self.writer.write(sweep).await
    }

    async fn billed(&self, key: &str, since: i64) -> Result<u64> {
        let sql = "SELECT coalesce(sum(h.billable), 0) FROM hours h JOIN keys k ON k.number = h.key_number
            WHERE k.id = ?1 AND h.hour >= ?2";
        Ok(self.row(sql, params![key, since], |row| whole(row, 0))?.unwrap_or_default())
    }

    async fn bill(&self, query: &Billed) -> Result<Vec<BilledLine>> {
        let sql = if query.by_app { BILL_BY_APP } else { BILL_BY_CREDENTIAL };
        let before = query.before.unwrap_or(i64::MAX);
        let params = params![query.account, before, query.from, query.to, query.month, query.limit];
        self.rows(sql, params, |row| {
            Ok(BilledLine {
                number: row.get(0)?,
                id: row.get(1)?,
                name: row.get(2)?,
                app: row.get(3)?,
                scopes: words(row.get_ref(4)?.as_str()?),
                billable: whole(row, 5)?,
                used: whole(row, 6)?,
            })
        })
    }

    async fn secrets(&self, account: &str, whose: &Whose) -> Result<Vec<SecretLine>> {
        let condition = condition(whose);
        let sql = format!(
            "SELECT k.id, s.version, s.prefix, k.created_at FROM keys k JOIN secrets s ON s.key_number = k.number
            WHERE {condition} ORDER BY k.number, s.version"
        );
        self.rows(&sql, params![account, whose.id()], |row| {
            Ok(SecretLine {
                key: row.get(0)?,
                version: row.get(1)?,
                prefix: row.get(2)?,
                key_created_at: Timestamp::from_millis(row.get(3)?),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A database with two accounts, the first of which has two keys.
    fn open() -> (tempfile::TempDir, Sqlite) {
        let folder = tempfile::tempdir().unwrap();
        let storage = Sqlite::open(&folder.path().join("portal.db")).unwrap();
        let connection = Connection::open(folder.path().join("portal.db")).unwrap();
        for account in ["ada", "bob"] {
            let sql = "INSERT INTO accounts VALUES (?1, ?1, ?1, '', '', 0, 0)";
            connection.execute(sql, [account]).unwrap();
        }
        for (number, account) in [(1, "ada"), (2, "ada"), (3, "bob")] {
            let sql =
                "INSERT INTO keys (number, id, account, name, scopes, environment, owner, created_by, standing,
                created_at, version, hash, prefix, suffix)
                VALUES (?1, 'key_' || ?1, ?2, 'name', '', '', '', '', 0, ?1 * 1000, 1, x'', '', '')";
            connection.execute(sql, params![number, account]).unwrap();
        }
        (folder, storage)
    }

    fn hour(key: u8, hour: i64, micros: u64) -> HourRecord {
        let mut tally = Tally::default();
        tally.count(crate::meter::Answered { status: 200, micros });
        HourRecord { key: format!("key_{key}"), version: 1, hour, tally, last_used_at: None }
    }

    /// What every key of an account was counted with, added up here.
    async fn added_up(storage: &Sqlite, account: &str) -> Vec<(i64, Tally)> {
        let query = HourQuery { account: account.into(), whose: Whose::All, from: 0, to: i64::MAX };
        let mut sums: BTreeMap<i64, Tally> = BTreeMap::new();
        let add = &mut |one: HourRecord| {
            sums.entry(one.hour).or_default().add(&one.tally);
            true
        };
        storage.hours(&query, add).await.unwrap();
        sums.into_iter().collect()
    }

    async fn kept(storage: &Sqlite, account: &str) -> Vec<(i64, Tally)> {
        let hours = storage.account_hours(account, 0, i64::MAX).await.unwrap();
        hours.into_iter().map(|one| (one.hour, one.tally)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_hours_of_an_account_are_those_of_its_keys_added_up(
            batches in proptest::collection::vec(
                proptest::collection::vec((1u8..=3, 0i64..5, 1u64..1_000_000), 0..12), 1..5),
        ) {
            let (folder, storage) = open();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                for batch in &batches {
                    let hours = batch.iter().map(|(key, at, micros)| hour(*key, *at, *micros)).collect();
                    storage.add_hours(hours).await.unwrap();
                }
                let file = Connection::open(folder.path().join("portal.db")).unwrap();
                for account in ["ada", "bob"] {
                    assert_eq!(kept(&storage, account).await, added_up(&storage, account).await);
                }
                // A file of the layout before had none of them: they are made from what it had.
                let before = (kept(&storage, "ada").await, kept(&storage, "bob").await);
                file.execute("DELETE FROM account_hours", []).unwrap();
                sum_up_accounts(&file).unwrap();
                assert_eq!((kept(&storage, "ada").await, kept(&storage, "bob").await), before);
            });
        }
    }

    #[test]
    fn one_key_is_looked_up_and_not_sought_among_all_of_its_account() {
        let (folder, _storage) = open();
        let connection = Connection::open(folder.path().join("portal.db")).unwrap();
        let plan = |whose: Whose| -> String {
            let sql = format!("EXPLAIN QUERY PLAN SELECT 1 FROM keys k WHERE {}", condition(&whose));
            connection.query_row(&sql, params!["ada", whose.id()], |row| row.get(3)).unwrap()
        };
        let one = plan(Whose::Key("key_1".into()));
        assert!(one.contains("(id=?)"), "{one}");
        let of_app = plan(Whose::App("app_1".into()));
        assert!(of_app.contains("keys_of_app (app=?)"), "{of_app}");
        assert!(plan(Whose::All).contains("(account=?)"));
    }
}
