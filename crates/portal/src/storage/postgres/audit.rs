//! The log in PostgreSQL.
//!
//! The row of its end is locked last of all, right before a commit, and held until it: so entries stand in one order
//! whichever portal writes them, and nobody who waits for the end holds anything that another needs.

use async_trait::async_trait;
use tokio_postgres::{Row, types::ToSql};

use super::{
    super::{AuditFilter, AuditStore, Bound},
    Database, Postgres, Result, StorageError,
    change::Change,
    digest, instant, whole,
};
use crate::{
    admin::Item,
    audit::{Chain, Checker, EntryRecord, Head, SealedHead, Verdict, current},
};

const COLUMNS: &str =
    "number, at, account, email, client, operation, kind, target, name, app, owner, outcome,
    code, request, address, agent, hash";
/// How many entries are looked at together.
const BATCH: i64 = 1000;

fn entry(row: &Row) -> Result<EntryRecord> {
    let mut texts: [String; 14] = Default::default();
    for (place, text) in texts.iter_mut().enumerate() {
        *text = row.try_get(place + 2)?;
    }
    Ok(EntryRecord::from_texts(row.try_get(0)?, instant(row, 1)?, texts, digest(row, 16)?))
}

fn head(row: &Row) -> Result<SealedHead> {
    Ok(SealedHead { head: Head { number: row.try_get(0)?, hash: digest(row, 1)? }, seal: digest(row, 2)? })
}

async fn one(change: &Change, sql: &str, id: &str) -> Result<String> {
    if id.is_empty() {
        return Ok(String::new());
    }
    let found = change.row(sql, &[&id]).await?;
    found.map_or(Ok(String::new()), |row| Ok(row.try_get(0)?))
}

/// Puts an entry at the end of the log.
pub(super) async fn append(change: &Change, chain: &Chain, mut entry: EntryRecord) -> Result<()> {
    entry.email = one(change, "SELECT email FROM accounts WHERE id = $1", &entry.account).await?;
    if entry.owner.is_empty() {
        entry.owner = one(change, "SELECT account FROM apps WHERE id = $1", &entry.app).await?;
    }
    let sql = "SELECT number, hash, seal FROM audit_head FOR UPDATE";
    let mut end = match change.row(sql, &[]).await? {
        Some(row) => head(&row)?.head,
        None => return Err(StorageError::Damaged),
    };
    end.append(chain, &mut entry);
    let sql = format!(
        "INSERT INTO audit ({COLUMNS})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
    );
    let (at, texts, hash) = (entry.at.as_millis(), entry.texts(), &entry.hash[..]);
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![&entry.number, &at];
    params.extend(texts.iter().map(|text| text as &(dyn ToSql + Sync)));
    params.push(&hash);
    change.run(&sql, &params).await?;
    let sql = "UPDATE audit_head SET number = $1, hash = $2, seal = $3";
    change.run(sql, &[&end.number, &&end.hash[..], &&chain.seal(&end)[..]]).await.map(drop)
}

/// Puts entries about things of a suspension beside that of the change that is being made, if it is made as an attempt.
/// Each is told with the app and the account that it belongs to.
pub(super) async fn append_beside(
    change: &Change,
    told: &[(Item, String, String)],
    resumed: bool,
) -> Result<()> {
    let Some(attempt) = current() else { return Ok(()) };
    for (item, app, owner) in told {
        append(change, attempt.chain(), attempt.beside(item, resumed, app, owner)).await?;
    }
    Ok(())
}

impl Postgres {
    /// Looks at every entry of the log of a database; nothing if it has none yet.
    ///
    /// # Errors
    ///
    /// Fails if the server does.
    pub(crate) async fn check_log(database: &Database, mut checker: Checker<'_>) -> Result<Option<Verdict>> {
        let storage = Self::unopened(database)?;
        let change = storage.begin().await?;
        // Everything is of one moment, and nothing is changed.
        change.batch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let there = "SELECT to_regclass('audit_head') IS NOT NULL";
        let there = change.row(there, &[]).await?.ok_or(StorageError::Damaged)?;
        if !there.try_get::<_, bool>(0)? {
            return Ok(None);
        }
        let sql = format!("SELECT {COLUMNS} FROM audit WHERE number > $1 ORDER BY number LIMIT $2");
        let mut after = i64::MIN;
        loop {
            let rows = change.rows(&sql, &[&after, &BATCH]).await?;
            for row in &rows {
                let entry = entry(row)?;
                after = entry.number;
                if let Some(verdict) = checker.look_at(&entry) {
                    return Ok(Some(verdict));
                }
            }
            if rows.is_empty() {
                break;
            }
        }
        let sealed = change.row("SELECT number, hash, seal FROM audit_head", &[]).await?;
        // An end that nobody sealed is one of a log in which nothing was written.
        let sealed = sealed.as_ref().map(head).transpose()?;
        let untouched = |sealed: &SealedHead| sealed.head == Head::EMPTY && sealed.seal == [0; 32];
        Ok(Some(checker.end(sealed.filter(|sealed| !untouched(sealed)))))
    }
}

fn params(values: &[Bound]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(param).collect()
}

fn param(value: &Bound) -> &(dyn ToSql + Sync) {
    match value {
        Bound::Text(text) => text,
        Bound::Number(number) => number,
    }
}

#[async_trait]
impl AuditStore for Postgres {
    async fn append(&self, entry: EntryRecord, chain: &Chain) -> Result<()> {
        let change = self.begin().await?;
        append(&change, chain, entry).await?;
        change.commit_unsaid().await
    }

    async fn entries(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<EntryRecord>> {
        let (conditions, values) = filter.conditions('$', before);
        let sql =
            format!("SELECT {COLUMNS} FROM audit WHERE {conditions} ORDER BY number DESC LIMIT {limit}");
        self.rows(&sql, &params(&values)).await?.iter().map(entry).collect()
    }

    async fn count_entries(&self, filter: &AuditFilter, most: u32) -> Result<u32> {
        let (conditions, values) = filter.conditions('$', None);
        let sql =
            format!("SELECT count(*) FROM (SELECT 1 FROM audit WHERE {conditions} LIMIT {most}) AS counted");
        let row = self.row(&sql, &params(&values)).await?.ok_or(StorageError::Damaged)?;
        Ok(u32::try_from(whole(&row, 0)?).unwrap_or(u32::MAX))
    }
}
