//! The audit log on disk: entries are added at its end, and each seals all before it.
//!
//! The hash of an entry is SHA-256 over the hash before it and the entry's fields, each with its length,
//! so that no two lists of fields look alike. Nothing here changes or deletes an entry.

use std::collections::BTreeMap;
use std::path::Path;

use keystow_domain::{KeyId, Timestamp};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, params};
use sha2::{Digest as _, Sha256};

use super::{Store, StoreError};

/// What begins the first hash, so that no other chain can be taken for this one.
const BEGINNING: &[u8] = b"keystow-audit/1";

/// Something that was done, before it has a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewEntry {
    pub(crate) at: Timestamp,
    pub(crate) what: String,
    pub(crate) account: Option<String>,
    pub(crate) key: Option<(KeyId, String)>,
    pub(crate) facts: BTreeMap<String, String>,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) number: i64,
    pub(crate) new: NewEntry,
    /// Its hash, in hexadecimal digits.
    pub(crate) hash: String,
}

/// The last entry of a log: its number and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) number: i64,
    pub(crate) hash: String,
}

/// What reading the whole chain told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chain {
    /// How many entries there are.
    pub(crate) total: i64,
    /// The number of the first entry that is missing or does not fit.
    pub(crate) broken_at: Option<i64>,
    /// The hash that an earlier head's entry has now.
    pub(crate) at_head: Option<String>,
}

impl Store {
    /// Adds an entry, synced to disk before this returns.
    pub(crate) async fn append(&self, new: NewEntry) -> Result<Head, StoreError> {
        self.with(move |db| {
            // Whoever else writes the log waits, so that no number is given twice.
            let one = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let before = head(&one)?;
            let number = before.as_ref().map_or(1, |head| head.number + 1);
            let facts = facts_text(&new.facts)?;
            let columns = Columns::of(&new, &facts);
            let hash = columns.hash(before.as_ref().map(|head| head.hash.as_str()), number);
            one.execute(
                "INSERT INTO audit (number, at, what, account, key, name, facts, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    number,
                    columns.at,
                    columns.what,
                    columns.account,
                    columns.key,
                    columns.name,
                    columns.facts,
                    hash
                ],
            )?;
            one.commit()?;
            Ok(Head { number, hash })
        })
        .await
    }

    /// Part of the log, the newest first.
    pub(crate) async fn audit(&self, offset: u32, limit: u32) -> Result<Vec<Entry>, StoreError> {
        self.with(move |db| entries(db, offset, limit)).await
    }

    /// Entries before a number, the newest first; of one key alone if it is given.
    pub(crate) async fn audit_before(
        &self,
        key: Option<KeyId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        self.with(move |db| {
            let mut all = db.prepare_cached(
                "SELECT number, at, what, account, key, name, facts, hash FROM audit
                 WHERE number < ?1 AND (?2 IS NULL OR key = ?2) ORDER BY number DESC LIMIT ?3",
            )?;
            let key = key.as_ref().map(KeyId::as_str);
            let rows = all.query_map(params![before.unwrap_or(i64::MAX), key, limit], read_entry)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Reads the whole chain.
    pub(crate) async fn audit_chain(&self, sealed: Option<Head>) -> Result<Chain, StoreError> {
        self.with(move |db| chain(db, sealed.as_ref())).await
    }

    /// The last entry.
    pub(crate) async fn audit_head(&self) -> Result<Option<Head>, StoreError> {
        self.with(|db| Ok(head(db)?)).await
    }
}

/// Opens the log in a data folder to read it, also while the app writes it. Nothing if there is none.
pub(crate) fn read_only(folder: &Path) -> Result<Option<Connection>, StoreError> {
    let file = folder.join("keystow.db");
    if !file.exists() {
        return Ok(None);
    }
    let db = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        0 | 1 => Ok(None),
        // The log is the same since the second version.
        2..=super::schema::VERSION => Ok(Some(db)),
        _ => Err(StoreError::Newer),
    }
}

/// Part of the log, the newest first.
pub(crate) fn entries(db: &Connection, offset: u32, limit: u32) -> Result<Vec<Entry>, StoreError> {
    let mut all = db.prepare_cached(
        "SELECT number, at, what, account, key, name, facts, hash FROM audit
         ORDER BY number DESC LIMIT ?2 OFFSET ?1",
    )?;
    let rows = all.query_map(params![offset, limit], read_entry)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let columns = Columns::read(row)?;
    let key = columns.key.map(|key| (KeyId::new(key), columns.name.unwrap_or_default()));
    let new = NewEntry {
        at: Timestamp::from_millis(columns.at),
        what: columns.what.into_owned(),
        account: columns.account.map(Into::into),
        key: key.map(|(id, name)| (id, name.into_owned())),
        facts: serde_json::from_str(&columns.facts).unwrap_or_default(),
    };
    Ok(Entry { number: row.get(0)?, new, hash: row.get(7)? })
}

/// Reads the whole chain and finds the first entry that does not fit.
pub(crate) fn chain(db: &Connection, sealed: Option<&Head>) -> Result<Chain, StoreError> {
    let mut all = db.prepare_cached(
        "SELECT number, at, what, account, key, name, facts, hash FROM audit ORDER BY number",
    )?;
    let mut rows = all.query([])?;
    let mut found = Chain { total: 0, broken_at: None, at_head: None };
    let mut before: Option<String> = None;
    while let Some(row) = rows.next()? {
        found.total += 1;
        let (number, hash): (i64, String) = (row.get(0)?, row.get(7)?);
        let fits = number == found.total && Columns::read(row)?.hash(before.as_deref(), number) == hash;
        if !fits && found.broken_at.is_none() {
            found.broken_at = Some(found.total);
        }
        if sealed.is_some_and(|head| head.number == number) {
            found.at_head = Some(hash.clone());
        }
        before = Some(hash);
    }
    Ok(found)
}

fn head(db: &Connection) -> rusqlite::Result<Option<Head>> {
    let mut last = db.prepare_cached("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")?;
    last.query_row([], |row| Ok(Head { number: row.get(0)?, hash: row.get(1)? })).optional()
}

fn facts_text(facts: &BTreeMap<String, String>) -> Result<String, StoreError> {
    serde_json::to_string(facts).map_err(|_| StoreError::Broken)
}

/// The fields of an entry as they are on disk: what its hash is made of.
struct Columns<'a> {
    at: i64,
    what: std::borrow::Cow<'a, str>,
    account: Option<std::borrow::Cow<'a, str>>,
    key: Option<std::borrow::Cow<'a, str>>,
    name: Option<std::borrow::Cow<'a, str>>,
    facts: std::borrow::Cow<'a, str>,
}

impl<'a> Columns<'a> {
    fn of(new: &'a NewEntry, facts: &'a str) -> Self {
        Self {
            at: new.at.as_millis(),
            what: new.what.as_str().into(),
            account: new.account.as_deref().map(Into::into),
            key: new.key.as_ref().map(|(id, _)| id.as_str().into()),
            name: new.key.as_ref().map(|(_, name)| name.as_str().into()),
            facts: facts.into(),
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let text = |place| row.get::<_, Option<String>>(place).map(|text| text.map(Into::into));
        Ok(Self {
            at: row.get(1)?,
            what: row.get::<_, String>(2)?.into(),
            account: text(3)?,
            key: text(4)?,
            name: text(5)?,
            facts: row.get::<_, String>(6)?.into(),
        })
    }

    fn hash(&self, before: Option<&str>, number: i64) -> String {
        let mut hash = Sha256::new().chain_update(BEGINNING);
        let mut field = |field: Option<&[u8]>| match field {
            None => hash.update([0]),
            Some(bytes) => {
                hash.update([1]);
                hash.update((bytes.len() as u64).to_le_bytes());
                hash.update(bytes);
            }
        };
        field(before.map(str::as_bytes));
        field(Some(&number.to_le_bytes()));
        field(Some(&self.at.to_le_bytes()));
        field(Some(self.what.as_bytes()));
        for text in [&self.account, &self.key, &self.name] {
            field(text.as_deref().map(str::as_bytes));
        }
        field(Some(self.facts.as_bytes()));
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(what: &str) -> NewEntry {
        NewEntry {
            at: Timestamp::from_secs(1_800_000_000),
            what: what.into(),
            account: Some("nadia@example.com".into()),
            key: Some((KeyId::new("key_1"), "billing".into())),
            facts: BTreeMap::from([("form".to_owned(), "raw".to_owned())]),
        }
    }

    async fn log(folder: &Path) -> Store {
        let store = Store::open(folder, Timestamp::from_secs(0)).unwrap().store;
        for what in ["created", "copied", "rotated", "revoked"] {
            store.append(entry(what)).await.unwrap();
        }
        store
    }

    #[tokio::test]
    async fn entries_come_back_newest_first_and_fit() {
        let folder = tempfile::tempdir().unwrap();
        let store = log(folder.path()).await;
        let all = store.audit(0, 10).await.unwrap();
        assert_eq!(all.iter().map(|entry| entry.number).collect::<Vec<_>>(), [4, 3, 2, 1]);
        assert_eq!(all[3].new, entry("created"));
        assert_eq!(store.audit(1, 1).await.unwrap()[0].new.what, "rotated");
        let chain = store.audit_chain(store.audit_head().await.unwrap()).await.unwrap();
        assert_eq!((chain.total, chain.broken_at), (4, None));
        assert_eq!(chain.at_head.as_deref(), Some(all[0].hash.as_str()));
    }

    #[tokio::test]
    async fn every_change_names_the_first_entry_that_does_not_fit() {
        for (change, broken_at) in [
            ("UPDATE audit SET what = 'copied' WHERE number = 3", 3),
            ("UPDATE audit SET at = at + 1 WHERE number = 2", 2),
            ("UPDATE audit SET account = NULL WHERE number = 2", 2),
            ("UPDATE audit SET key = 'key_1billing', name = '' WHERE number = 2", 2),
            ("UPDATE audit SET facts = '{}' WHERE number = 4", 4),
            ("UPDATE audit SET hash = 'x' WHERE number = 1", 1),
            ("DELETE FROM audit WHERE number = 2", 2),
            ("DELETE FROM audit WHERE number = 1", 1),
            (
                "INSERT INTO audit SELECT 5, at, what, account, key, name, facts, hash FROM audit WHERE number = 4",
                5,
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let store = log(folder.path()).await;
            store.with(move |db| Ok(db.execute(change, [])?)).await.unwrap();
            let chain = store.audit_chain(None).await.unwrap();
            assert_eq!(chain.broken_at, Some(broken_at), "{change}");
        }
    }

    #[tokio::test]
    async fn the_log_is_read_while_the_app_has_it_open_and_is_absent_before_it_began() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read_only(folder.path()).unwrap().is_none());
        let store = log(folder.path()).await;
        let reader = read_only(folder.path()).unwrap().unwrap();
        assert_eq!(entries(&reader, 0, 10).unwrap().len(), 4);
        assert!(reader.execute("DELETE FROM audit", []).is_err());
        store.append(entry("copied")).await.unwrap();
        assert_eq!(chain(&reader, None).unwrap().total, 5);
    }
}
