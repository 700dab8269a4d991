//! The log in SQLite.
//!
//! One thread writes, so that the chain is one. An entry of a change is written in the change's own savepoint: both
//! happen or neither.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params_from_iter, types::ToSqlOutput};

use super::{
    super::{AuditFilter, AuditStore, Bound, Made},
    Result, Sqlite,
    writer::Writer,
};
use crate::{
    admin::Item,
    audit::{Chain, Checker, EntryRecord, Head, SealedHead, Verdict, current},
};

pub(crate) const COLUMNS: &str =
    "number, at, account, email, client, operation, kind, target, name, app, owner, outcome,
    code, request, address, agent, hash";

fn entry(row: &Row<'_>) -> rusqlite::Result<EntryRecord> {
    let mut texts: [String; 14] = Default::default();
    for (place, text) in texts.iter_mut().enumerate() {
        *text = row.get(place + 2)?;
    }
    Ok(EntryRecord::from_texts(row.get(0)?, Timestamp::from_millis(row.get(1)?), texts, row.get(16)?))
}

fn head(connection: &Connection) -> rusqlite::Result<Option<SealedHead>> {
    let sql = "SELECT number, hash, seal FROM audit_head";
    let read = |row: &Row<'_>| {
        Ok(SealedHead { head: Head { number: row.get(0)?, hash: row.get(1)? }, seal: row.get(2)? })
    };
    connection.prepare_cached(sql)?.query_row([], read).optional()
}

/// Puts an entry at the end of the log.
fn append(connection: &Connection, chain: &Chain, mut entry: EntryRecord) -> rusqlite::Result<()> {
    let one = |sql: &str, id: &str| -> rusqlite::Result<String> {
        let found = connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
        Ok(found.unwrap_or_default())
    };
    entry.email = one("SELECT email FROM accounts WHERE id = ?1", &entry.account)?;
    if entry.owner.is_empty() && !entry.app.is_empty() {
        entry.owner = one("SELECT account FROM apps WHERE id = ?1", &entry.app)?;
    }
    let mut head = head(connection)?.map_or(Head::EMPTY, |sealed| sealed.head);
    head.append(chain, &mut entry);
    let sql = format!(
        "INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
    );
    let at = entry.at.as_millis();
    let texts = entry.texts();
    let ends: [&dyn ToSql; 2] = [&entry.number, &at];
    let texts = texts.iter().map(|text| text as &dyn ToSql);
    let hash: &dyn ToSql = &entry.hash;
    connection
        .prepare_cached(&sql)?
        .execute(params_from_iter(ends.into_iter().chain(texts).chain([hash])))?;
    let sql = "INSERT INTO audit_head (one, number, hash, seal) VALUES (1, ?1, ?2, ?3)
        ON CONFLICT (one) DO UPDATE SET number = excluded.number, hash = excluded.hash, seal = excluded.seal";
    connection.prepare_cached(sql)?.execute((head.number, head.hash, chain.seal(&head)))?;
    Ok(())
}

/// Puts an entry about one thing of a suspension beside that of the change that is being made, if it is made as an
/// attempt.
pub(super) fn append_beside(
    connection: &Connection,
    item: &Item,
    resumed: bool,
    app: &str,
    owner: &str,
) -> rusqlite::Result<()> {
    let Some(attempt) = current() else { return Ok(()) };
    append(connection, attempt.chain(), attempt.beside(item, resumed, app, owner))
}

/// Looks at every entry in its order.
pub(crate) fn check(connection: &Connection, mut checker: Checker<'_>) -> Result<Verdict> {
    // One transaction, so that the entries and the end are of one moment.
    let same = connection.unchecked_transaction()?;
    let mut statement = same.prepare(&format!("SELECT {COLUMNS} FROM audit ORDER BY number"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(verdict) = checker.look_at(&entry(row)?) {
            return Ok(verdict);
        }
    }
    Ok(checker.end(head(&same)?))
}

impl Writer {
    /// Makes a change and returns when it is durable; if it is made as an attempt, together with the attempt's entry.
    ///
    /// # Errors
    ///
    /// As [`Self::write`].
    pub(super) async fn change<T: Made + Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(attempt) = current() else { return self.write(change).await };
        let inner = attempt.clone();
        let (made, is_written) = self
            .write(move |connection| {
                let made = inner.clone().within(|| change(connection))?;
                let entry = if made.is_made() { inner.done() } else { None };
                let is_written = entry.is_some();
                entry.map_or(Ok(()), |entry| append(connection, inner.chain(), entry))?;
                Ok((made, is_written))
            })
            .await?;
        if is_written {
            attempt.is_written();
        }
        Ok(made)
    }
}

impl ToSql for Bound {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Number(number) => number.to_sql(),
        }
    }
}

#[async_trait]
impl AuditStore for Sqlite {
    async fn append(&self, entry: EntryRecord, chain: &Chain) -> Result<()> {
        let chain = chain.clone();
        self.writer.write(move |connection| append(connection, &chain, entry)).await
    }

    async fn entries(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<EntryRecord>> {
        let (conditions, values) = filter.conditions('?', before);
        let sql =
            format!("SELECT {COLUMNS} FROM audit WHERE {conditions} ORDER BY number DESC LIMIT {limit}");
        self.rows(&sql, params_from_iter(values), entry)
    }

    async fn count_entries(&self, filter: &AuditFilter, most: u32) -> Result<u32> {
        let (conditions, values) = filter.conditions('?', None);
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM audit WHERE {conditions} LIMIT {most})");
        Ok(self.row(&sql, params_from_iter(values), |row| row.get(0))?.unwrap_or_default())
    }
}
