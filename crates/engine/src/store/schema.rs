//! The tables, and how a file becomes a connection.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::StoreError;

/// The version this app writes, kept in `user_version`.
pub(super) const VERSION: i64 = 9;

/// What the first version had.
const FIRST: &str = "
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

/// What seeing a rotation through needs: its course, where the secret goes, what was told, and the log.
const SECOND: &str = "
CREATE TABLE courses (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
    reason TEXT NOT NULL, way TEXT NOT NULL, longest_job INTEGER, successor TEXT,
    old_prefix TEXT NOT NULL, old_suffix TEXT,
    opened_at INTEGER NOT NULL, rotated_at INTEGER, ended_at INTEGER, finished_at INTEGER, receipt TEXT
) STRICT;
CREATE UNIQUE INDEX one_open_course_a_key ON courses (account, key) WHERE finished_at IS NULL;
ALTER TABLE journal ADD COLUMN course TEXT;
CREATE TABLE places (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
    added_at INTEGER NOT NULL, last_at INTEGER, UNIQUE (account, key, kind, label)
) STRICT;
CREATE TABLE deliveries (
    course TEXT NOT NULL, place TEXT NOT NULL, at INTEGER NOT NULL, by_hand INTEGER NOT NULL,
    PRIMARY KEY (course, place)
) STRICT;
CREATE TABLE asked (
    account TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (account, key)
) STRICT;
CREATE TABLE probes (
    account TEXT NOT NULL, key TEXT NOT NULL, url TEXT, header TEXT NOT NULL DEFAULT '',
    before TEXT NOT NULL DEFAULT '', quiet INTEGER, PRIMARY KEY (account, key)
) STRICT;
CREATE TABLE trials (
    operation TEXT PRIMARY KEY, accepted INTEGER, at INTEGER, calls INTEGER NOT NULL,
    last_call_at INTEGER NOT NULL
) STRICT;
CREATE TABLE schedules (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, key TEXT, rule TEXT, days INTEGER NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;
CREATE TABLE snoozes (
    account TEXT NOT NULL, what TEXT NOT NULL, key TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (account, what, key)
) STRICT;
CREATE TABLE told (
    account TEXT NOT NULL, key TEXT NOT NULL, what TEXT NOT NULL, ends_at INTEGER NOT NULL,
    step TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (account, key, what, ends_at, step)
) STRICT;
CREATE TABLE bulk_runs (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, state TEXT NOT NULL, at_once INTEGER NOT NULL,
    stop_on_error INTEGER NOT NULL, grace_millis INTEGER, planned_at INTEGER NOT NULL,
    started_at INTEGER, ended_at INTEGER
) STRICT;
CREATE TABLE bulk_items (
    run TEXT NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
    state TEXT NOT NULL, at INTEGER, trouble TEXT, PRIMARY KEY (run, position)
) STRICT;
CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, account TEXT, key TEXT, name TEXT,
    facts TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE TABLE clocks (
    account TEXT PRIMARY KEY, offset_millis INTEGER NOT NULL, learned_at INTEGER NOT NULL,
    learned_elapsed INTEGER NOT NULL, boot TEXT NOT NULL
) STRICT;
";

/// What is kept beyond a restart of what was seen: which keys had ended, what was read of rotations elsewhere,
/// whether a person planned a rotation, and why a run stands still.
const THIRD: &str = "
CREATE TABLE ended (
    account TEXT NOT NULL, key TEXT NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (account, key)
) STRICT;
CREATE TABLE elsewhere (
    account TEXT NOT NULL, key TEXT NOT NULL, looks TEXT NOT NULL, found_at INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT;
ALTER TABLE courses ADD COLUMN planned INTEGER NOT NULL DEFAULT 1;
ALTER TABLE bulk_runs ADD COLUMN why TEXT;
";

/// How secrets are copied.
const FOURTH: &str = "
CREATE TABLE habits (
    account TEXT NOT NULL, key TEXT NOT NULL, form TEXT, variable TEXT, repository TEXT,
    PRIMARY KEY (account, key)
) STRICT;
CREATE TABLE templates (id TEXT PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL) STRICT;
";

/// Under which name a secret was pushed, which a copy under another name does not change.
const FIFTH: &str = "ALTER TABLE habits ADD COLUMN pushed_as TEXT;";

/// Bounds on usage that are watched. An empty key stands for all keys of the account.
const SIXTH: &str = "
CREATE TABLE alerts (
    account TEXT NOT NULL, key TEXT NOT NULL, rule TEXT NOT NULL, bound INTEGER NOT NULL,
    raised_at INTEGER, PRIMARY KEY (account, key, rule)
) STRICT;
";

/// Which findings of a key's health are put off, and until when.
const SEVENTH: &str = "
CREATE TABLE health_snoozes (
    account TEXT NOT NULL, key TEXT NOT NULL, finding TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (account, key, finding)
) STRICT, WITHOUT ROWID;
";

/// Which developer app a key belongs to, and which one a key that is being made shall belong to.
const EIGHTH: &str = "
ALTER TABLE keys ADD COLUMN app TEXT;
ALTER TABLE journal ADD COLUMN app TEXT;
";

/// What a key has besides that is an OAuth client, and what a change needs of one.
const NINTH: &str = "
ALTER TABLE keys ADD COLUMN client TEXT;
ALTER TABLE journal ADD COLUMN client TEXT;
";

/// Opens a file, checks that it is sound, and makes the tables if it is new.
pub(super) fn connect(file: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(file)?;
    // The command line may be reading the log.
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.set_prepared_statement_cache_capacity(64);
    let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(StoreError::Corrupt);
    }
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        VERSION => {}
        old => {
            let passed = usize::try_from(old).ok().filter(|passed| *passed < STEPS.len());
            let passed = passed.ok_or(StoreError::Newer)?;
            if passed > 0 {
                keep_a_copy(&connection, file)?;
            }
            advance(&mut connection, &STEPS[passed..])?;
        }
    }
    Ok(patient(connection))
}

/// What each version added to the one before; the first makes the tables.
const STEPS: [&str; 9] = [FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, EIGHTH, NINTH];

/// Opens a file that the app made and may have open. Nothing if it is older than this.
pub(super) fn beside(file: &Path) -> Result<Option<Connection>, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        ..VERSION => Ok(None),
        VERSION => Ok(Some(patient(connection))),
        _ => Err(StoreError::Newer),
    }
}

/// Whoever writes takes the turn first: a transaction that begins by reading could not go on once
/// another process has written.
fn patient(mut connection: Connection) -> Connection {
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    connection
}

/// Makes the tables of the versions that are missing, all or none.
fn advance(connection: &mut Connection, versions: &[&str]) -> Result<(), StoreError> {
    let all = connection.transaction()?;
    for tables in versions {
        all.execute_batch(tables)?;
    }
    all.pragma_update(None, "user_version", VERSION)?;
    all.commit()?;
    Ok(())
}

/// Keeps the file as the version before left it. A copy from an attempt that failed is of the same file.
fn keep_a_copy(connection: &Connection, file: &Path) -> Result<(), StoreError> {
    let copy = file.with_extension(format!("db.before-{VERSION}"));
    if copy.exists() {
        return Ok(());
    }
    super::private_file(&copy)?;
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_copied_and_brought_up_to_date_with_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keystow.db");
        {
            let mut old = Connection::open(&file).unwrap();
            let all = old.transaction().unwrap();
            all.execute_batch(FIRST).unwrap();
            all.execute("INSERT INTO settings VALUES ('current', 'acc_1')", []).unwrap();
            all.pragma_update(None, "user_version", 1).unwrap();
            all.commit().unwrap();
        }
        let new = connect(&file).unwrap();
        let current: String = new.query_row("SELECT value FROM settings", [], |row| row.get(0)).unwrap();
        assert_eq!(current, "acc_1");
        assert_eq!(new.query_row("SELECT count(*) FROM courses", [], |row| row.get(0)), Ok(0));
        assert_eq!(new.query_row("SELECT count(*) FROM habits", [], |row| row.get(0)), Ok(0));
        let copy = Connection::open(folder.path().join(format!("keystow.db.before-{VERSION}"))).unwrap();
        assert_eq!(
            copy.query_row("SELECT value FROM settings", [], |row| row.get(0)),
            Ok("acc_1".to_owned())
        );
    }

    #[test]
    fn a_file_of_a_newer_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keystow.db");
        connect(&file).unwrap().pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(matches!(connect(&file), Err(StoreError::Newer)));
    }
}
