//! The local database: accounts, the key list, the journal and settings. Never a secret.
//!
//! Everything in it but the journal can be read again from the portal or rebuilt from the vault, so a
//! corrupt file is set aside, not repaired; what can be read of its journal is taken over. The journal's
//! writes are synced before they return.

mod accounts;
mod alerts;
pub(crate) mod audit;
mod bulk;
mod clocks;
mod courses;
#[cfg(test)]
pub(crate) mod disturbed;
mod forms;
mod health;
mod journal;
mod keys;
mod picks;
mod places;
mod probes;
mod salvage;
mod schedules;
mod schema;
mod seen;
mod small;
mod told;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use keystow_domain::Timestamp;
use rusqlite::Connection;

pub(crate) use alerts::Alert;
pub(crate) use bulk::{Run, Turn, turn_word};
pub(crate) use courses::Finished;
pub(crate) use forms::{Habit, KeptTemplate};
pub(crate) use journal::{Entry, Issue, IssueClient, OfCourse, Progress};
pub(crate) use probes::Tried;
pub(crate) use schedules::Schedule;
pub(crate) use seen::FoundElsewhere;
pub(crate) use small::KnownGrace;
pub(crate) use told::Told;

/// Why the local database could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The file was written by a newer version of the app.
    #[error("the database was written by a newer version")]
    Newer,
    /// Another unfinished change of the same key is in the journal.
    #[error("an unfinished change of this key exists")]
    Busy,
    /// The file is damaged.
    #[error("the database is damaged")]
    Corrupt,
    /// Anything else the disk or SQLite refused.
    #[error("the database could not be used")]
    Broken,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => Self::Corrupt,
            _ => Self::Broken,
        }
    }
}

/// The local database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    connection: Arc<Mutex<Connection>>,
    #[cfg(test)]
    pub(crate) disturbed: Arc<disturbed::Disturbed>,
}

/// An opened database, and where a corrupt one was put.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) set_aside: Option<PathBuf>,
    /// How many changes with an open outcome could be taken over from the corrupt one.
    pub(crate) salvaged: usize,
}

impl Store {
    /// Opens `keystow.db` in `folder`, making it if it is not there.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be written or the file is from a newer version. A corrupt file is no
    /// error: it is renamed and a new one is made.
    pub(crate) fn open(folder: &Path, now: Timestamp) -> Result<Opened, StoreError> {
        let file = folder.join("keystow.db");
        private_file(&file)?;
        match schema::connect(&file) {
            Ok(connection) => Ok(Opened { store: Self::over(connection), set_aside: None, salvaged: 0 }),
            // Only what is damaged is set aside; what is busy or cannot be read just now is left alone.
            Err(StoreError::Corrupt) => {
                let aside = set_aside(&file, now)?;
                private_file(&file)?;
                let connection = schema::connect(&file)?;
                let salvaged = salvage::salvage(&aside, &connection);
                Ok(Opened { store: Self::over(connection), set_aside: Some(aside), salvaged })
            }
            Err(other) => Err(other),
        }
    }

    /// Opens a database that is there, to use it beside the app that owns it: it is neither made, brought up
    /// to date nor set aside. Nothing if there is none, or it is older than what is understood here.
    pub(crate) fn beside(folder: &Path) -> Result<Option<Self>, StoreError> {
        let file = folder.join("keystow.db");
        if !file.exists() {
            return Ok(None);
        }
        Ok(schema::beside(&file)?.map(Self::over))
    }

    fn over(connection: Connection) -> Self {
        Self {
            connection: Arc::new(Mutex::new(connection)),
            #[cfg(test)]
            disturbed: Arc::default(),
        }
    }

    /// Runs `work` on the database, off the runtime's own threads.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.connection);
        #[cfg(test)]
        let (_waited, work) = self.disturbed.around(work);
        tokio::task::spawn_blocking(move || {
            work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .await
        .unwrap_or(Err(StoreError::Broken))
    }
}

/// Makes the file for this user only, before SQLite would make it for everybody.
fn private_file(file: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::StorageFull => Err(StoreError::DiskFull),
        Err(_) => Err(StoreError::Broken),
    }
}

/// Renames the database and what belongs to it, so that nothing is thrown away.
fn set_aside(file: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let aside = file.with_file_name(format!("keystow.db.set-aside-{}", now.as_secs()));
    std::fs::rename(file, &aside).map_err(|_| StoreError::Broken)?;
    for suffix in ["-wal", "-shm"] {
        let companion = file.with_file_name(format!("keystow.db{suffix}"));
        let mut beside = aside.clone().into_os_string();
        beside.push(suffix);
        let _ = std::fs::rename(companion, beside);
    }
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    #[test]
    fn a_corrupt_file_is_set_aside_and_a_new_one_made() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("keystow.db"), vec![0x5a; 8192]).unwrap();
        let opened = Store::open(folder.path(), NOW).unwrap();
        let aside = opened.set_aside.expect("the corrupt file is kept");
        assert_eq!(std::fs::read(aside).unwrap(), vec![0x5a; 8192]);
        assert!(Store::open(folder.path(), NOW).unwrap().set_aside.is_none(), "the new file is sound");
    }

    #[test]
    fn the_journal_of_a_damaged_file_is_taken_over_and_what_makes_no_sense_is_not() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path(), NOW).unwrap());
        let file = folder.path().join("keystow.db");
        let before = Connection::open(&file).unwrap();
        let entry =
            "INSERT INTO journal (operation, account, ticket, verb, key, name, prefix, scopes, known_keys,
                         intended_at, progress) VALUES ";
        for row in [
            "('op_1', 'acc_1', 't1', 'rotate', 'key_1', 'billing', 'kst_a', '[]', '[]', 7, 'unknown')",
            "('op_2', 'acc_1', 't2', 'create', NULL, 'search', NULL, '[]', '[]', 8, 'intended')",
            "('op_3', 'acc_1', 't3', 'create', NULL, 'mail', NULL, '[]', '[]', 9, 'done')",
            "('op_4', 'acc_1', 't4', 'rotate', NULL, 'x', 'kst_b', '[]', '[]', 9, 'unknown')",
            "('op_5', 'acc_1', 't5', 'create', NULL, 'x', NULL, 'none', '[]', 9, 'unknown')",
        ] {
            before.execute(&format!("{entry}{row}"), []).unwrap();
        }
        before
            .execute_batch(
                "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 4096 WHERE name = 'settings';",
            )
            .unwrap();
        drop(before);
        let opened = Store::open(folder.path(), NOW).unwrap();
        assert!(opened.set_aside.is_some());
        assert_eq!(opened.salvaged, 2);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        Store::open(folder.path(), NOW).unwrap();
        let mode = folder.path().join("keystow.db").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
