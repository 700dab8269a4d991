//! The storage on SQLite: one thread writes, any thread reads.
//!
//! Every commit is synced (`synchronous=FULL`) before its caller hears of it. Reads run where they
//! are asked for: they are single look-ups by an index, and in WAL mode no writer holds them up.

mod accounts;
mod admin;
mod apps;
pub(super) mod audit;
mod clients;
mod invitations;
mod keys;
mod schema;
mod sign_in;
mod subscriptions;
mod teams;
mod usage;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, atomic::AtomicU64},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Params, Row, ffi};

use self::writer::Writer;
use super::{Result, StorageError, WORK};

/// How many idle reading connections are kept.
const READERS: usize = 8;

/// The storage in one SQLite file.
pub(crate) struct Sqlite {
    file: PathBuf,
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
    /// How many commits there were: whoever has seen something can tell whether it may differ now.
    commits: Arc<AtomicU64>,
}

impl Sqlite {
    /// Opens the database of a portal, making or migrating it.
    ///
    /// # Errors
    ///
    /// Fails if the file is damaged, belongs to a later version, or cannot be opened.
    pub(crate) fn open(file: &Path) -> Result<Self> {
        make_private(file).map_err(|_| StorageError::Unusable)?;
        let mut connection = Connection::open(file)?;
        // Before anything that another process could hold up.
        connection.execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 8388608;",
        )?;
        connection.set_prepared_statement_cache_capacity(64);
        let health: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if health != "ok" {
            return Err(StorageError::Damaged);
        }
        schema::migrate(&mut connection)?;
        let commits = Arc::new(AtomicU64::new(0));
        let writer = Writer::start(connection, commits.clone()).map_err(|_| StorageError::Stopped)?;
        Ok(Self { file: file.to_owned(), readers: Mutex::default(), writer, commits })
    }

    /// Reads with one of the reading connections.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        tracing::trace!(target: WORK, "look");
        let idle = self.readers.lock().ok().and_then(|mut readers| readers.pop());
        let connection = match idle {
            Some(connection) => connection,
            None => self.open_reader()?,
        };
        let outcome = read(&connection);
        if let Ok(mut readers) = self.readers.lock()
            && readers.len() < READERS
        {
            readers.push(connection);
        }
        Ok(outcome?)
    }

    /// Reads with several statements that all see the same.
    fn look<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.read(|connection| {
            // Ends with the reading; nothing is changed in it.
            let same = connection.unchecked_transaction()?;
            look(&same)
        })
    }

    fn open_reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.execute_batch(
            "PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA mmap_size = 268435456;",
        )?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }

    /// Reads one row, if there is one.
    fn row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        self.read(|connection| connection.prepare_cached(sql)?.query_row(params, read).optional())
    }

    /// Reads all rows.
    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        self.read(|connection| connection.prepare_cached(sql)?.query_map(params, read)?.collect())
    }
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sqlite(error),
        }
    }
}

impl StorageError {
    /// The same error once more, for another caller of the same commit.
    fn again(&self) -> Self {
        match self {
            Self::Damaged => Self::Damaged,
            Self::Newer { found, known } => Self::Newer { found: *found, known: *known },
            Self::Full => Self::Full,
            Self::Stopped => Self::Stopped,
            Self::Unusable => Self::Unusable,
            Self::Undone => Self::Undone,
            Self::Uncertain => Self::Uncertain,
            Self::Repeated => Self::Repeated,
            Self::Away(said) => Self::Away(said.clone()),
            Self::Database(said) => Self::Database(said.clone()),
            Self::Sqlite(rusqlite::Error::SqliteFailure(code, text)) => {
                Self::Sqlite(rusqlite::Error::SqliteFailure(*code, text.clone()))
            }
            Self::Sqlite(_) => {
                Self::Sqlite(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ERROR), None))
            }
        }
    }
}

/// Makes the file before SQLite does, so that only its owner can read it; SQLite gives its logs the
/// same rights.
fn make_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// Words in one column, separated by spaces; none of them can hold one.
fn words(joined: &str) -> Vec<String> {
    joined.split_whitespace().map(str::to_owned).collect()
}
