//! Opening the database, and what is done when it cannot be opened.
//!
//! A damaged database is never deleted: it is set aside under another name, and the records that
//! can still be read are taken over. A database of a newer version is not touched at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keystow_domain::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::Db;
use crate::VaultError;

/// The version of the schema, kept in `user_version`.
pub(super) const SCHEMA: i64 = 1;
/// The same tables under a passphrase, of which a program that knows only the one before must keep away.
pub(super) const SEALED: i64 = 2;
/// How long to wait for another process that is writing.
const PATIENCE: Duration = Duration::from_secs(5);

const TABLES: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE secrets (
        generation INTEGER PRIMARY KEY AUTOINCREMENT,
        operation TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL,
        key TEXT NOT NULL,
        prefix TEXT NOT NULL,
        issued_at INTEGER NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE INDEX secrets_of_account ON secrets (account);
    CREATE TABLE sessions (account TEXT PRIMARY KEY, facts BLOB NOT NULL, refresh BLOB NOT NULL) STRICT;
    CREATE TABLE dummies (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
    PRAGMA user_version = 1;
";

/// Opens the database, or creates it; sets a damaged one aside.
pub(super) fn open(folder: &Path, now: Timestamp) -> Result<(Db, Option<PathBuf>), VaultError> {
    make_folder(folder)?;
    match create(folder) {
        Err(VaultError::Corrupt) => {
            let aside = set_aside(folder, now)?;
            let mut db = create(folder)?;
            salvage(&aside, &mut db);
            Ok((db, Some(aside)))
        }
        result => result.map(|db| (db, None)),
    }
}

/// Opens the database, or creates it.
pub(super) fn create(folder: &Path) -> Result<Db, VaultError> {
    let path = folder.join("vault.db");
    private_file(&path)?;
    let writer = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let version: i64 = writer.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > SEALED {
        return Err(VaultError::Newer);
    }
    let verdict: String = writer.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if verdict != "ok" {
        return Err(VaultError::Corrupt);
    }
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    // On macOS only this waits for the disk itself; elsewhere it changes nothing.
    writer.pragma_update(None, "fullfsync", true)?;
    writer.pragma_update(None, "secure_delete", true)?;
    if version == 0 {
        writer.execute_batch(&format!("BEGIN IMMEDIATE; {TABLES} COMMIT;")).or_else(|error| {
            // Another process may have been first; then its tables are there.
            let _ = writer.execute_batch("ROLLBACK");
            let now: i64 = writer.pragma_query_value(None, "user_version", |row| row.get(0))?;
            if now == SCHEMA { Ok(()) } else { Err(error) }
        })?;
    }
    let reader = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(Db {
        folder: folder.to_owned(),
        writer,
        reader,
        #[cfg(feature = "fakes")]
        alters: false,
    })
}

/// Opens a database that is there, to read it beside the app that owns it. It is never made, moved or changed.
pub(super) fn beside(folder: &Path) -> Result<Db, VaultError> {
    let path = folder.join("vault.db");
    if !path.exists() {
        return Err(VaultError::NotFound);
    }
    let reader = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let version: i64 = reader.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match version {
        0 => return Err(VaultError::NotFound),
        SCHEMA | SEALED => {}
        _ => return Err(VaultError::Newer),
    }
    let writer = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(Db {
        folder: folder.to_owned(),
        writer,
        reader,
        #[cfg(feature = "fakes")]
        alters: false,
    })
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, VaultError> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Moves the database and its companions to a name with the time in it.
pub(super) fn set_aside(folder: &Path, now: Timestamp) -> Result<PathBuf, VaultError> {
    let aside = (0_u32..)
        .map(|turn| folder.join(format!("vault.db.aside-{}-{turn}", now.as_secs())))
        .find(|path| !path.exists())
        .ok_or(VaultError::Corrupt)?;
    for companion in ["", "-wal", "-shm"] {
        let from = folder.join(format!("vault.db{companion}"));
        if from.exists() {
            fs::rename(from, with_suffix(&aside, companion))?;
        }
    }
    Ok(aside)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Takes over what can still be read of a damaged database, row by row.
///
/// Rows are sealed, so one that was damaged in a way SQLite does not notice will not open; nothing
/// false can come in.
fn salvage(from: &Path, into: &mut Db) {
    let Ok(old) = connect(from, OpenFlags::SQLITE_OPEN_READ_WRITE) else { return };
    const TABLES: [(&str, &str, usize); 3] = [
        ("meta", "name, value", 2),
        ("secrets", "generation, operation, account, key, prefix, issued_at, sealed", 7),
        ("sessions", "account, facts, refresh", 3),
    ];
    for (table, columns, width) in TABLES {
        let marks = vec!["?"; width].join(", ");
        let insert = format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})");
        // A damaged index or page ends a scan in one direction; the other may reach further rows.
        for order in ["ASC", "DESC"] {
            let select = format!("SELECT {columns} FROM {table} NOT INDEXED ORDER BY 1 {order}");
            let Ok(mut rows) = old.prepare(&select) else { continue };
            let Ok(mut rows) = rows.query([]) else { continue };
            while let Ok(Some(row)) = rows.next() {
                let values: Result<Vec<rusqlite::types::Value>, _> = (0..width).map(|i| row.get(i)).collect();
                if let Ok(values) = values {
                    let _ = into.writer.execute(&insert, rusqlite::params_from_iter(values));
                }
            }
        }
    }
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> Result<(), VaultError> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // The folder may be older than this rule.
    if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> Result<(), VaultError> {
    Ok(fs::create_dir_all(folder)?)
}

/// Opens or creates a file that only its owner may read; SQLite gives its companions the same rights.
pub(crate) fn private_file(path: &Path) -> Result<fs::File, VaultError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?)
}
