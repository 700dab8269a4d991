//! The tables, and how a file becomes a connection.

use std::path::Path;

use rusqlite::Connection;

use super::StoreError;

/// The version this app writes, kept in `user_version`.
const VERSION: i64 = 1;

const TABLES: &str = "
CREATE TABLE accounts (
    id TEXT PRIMARY KEY, position INTEGER NOT NULL, built_in INTEGER NOT NULL, issuer TEXT NOT NULL,
    portal_name TEXT NOT NULL, client_id TEXT NOT NULL, person TEXT, scopes TEXT NOT NULL,
    session TEXT NOT NULL
) STRICT;
CREATE TABLE keys (
    account TEXT NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
    prefix TEXT NOT NULL, suffix TEXT, status TEXT NOT NULL, scopes TEXT NOT NULL, environment TEXT,
    owner TEXT, created_at INTEGER, last_used_at INTEGER, expires_at INTEGER, rotated_at INTEGER,
    version INTEGER, previous TEXT NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE lists (account TEXT PRIMARY KEY, read_at INTEGER NOT NULL) STRICT;
CREATE TABLE journal (
    operation TEXT PRIMARY KEY, account TEXT NOT NULL, ticket TEXT NOT NULL, verb TEXT NOT NULL,
    key TEXT, name TEXT NOT NULL, prefix TEXT, version INTEGER, rotated_at INTEGER,
    grace_millis INTEGER, scopes TEXT NOT NULL, environment TEXT, expires_at INTEGER,
    known_keys TEXT NOT NULL, intended_at INTEGER NOT NULL, progress TEXT NOT NULL,
    quiet_reads INTEGER NOT NULL DEFAULT 0, quiet_since INTEGER,
    UNIQUE (account, ticket)
) STRICT;
CREATE UNIQUE INDEX one_open_change_a_key ON journal (account, key)
    WHERE progress IN ('intended', 'unknown') AND key IS NOT NULL;
CREATE TABLE graces (
    account TEXT NOT NULL, key TEXT NOT NULL, rotated_at INTEGER NOT NULL, kind TEXT NOT NULL,
    least INTEGER, most INTEGER, PRIMARY KEY (account, key)
) STRICT;
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
";

/// Opens a file, checks that it is sound, and makes the tables if it is new.
pub(super) fn connect(file: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.set_prepared_statement_cache_capacity(64);
    let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(StoreError::Corrupt);
    }
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        0 => create(&mut connection)?,
        VERSION => {}
        _ => return Err(StoreError::Newer),
    }
    Ok(connection)
}

fn create(connection: &mut Connection) -> Result<(), StoreError> {
    let all = connection.transaction()?;
    all.execute_batch(TABLES)?;
    all.pragma_update(None, "user_version", VERSION)?;
    all.commit()?;
    Ok(())
}
