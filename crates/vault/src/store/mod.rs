//! The vault's database: sealed records in a SQLite file, on a thread of its own.
//!
//! A write is durable before it is acknowledged (WAL with `synchronous=FULL`), and nothing in the
//! file is readable without the data key but labels: ids, prefixes and times.

#[cfg(feature = "fakes")]
mod disturbed;
mod open;
mod records;
mod sealed;

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use keystow_domain::Timestamp;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::VaultError;
#[cfg(feature = "fakes")]
pub use disturbed::{DiskFault, Disturbance};
pub(crate) use open::private_file;
pub(crate) use records::{KeptSecret, KeptSession};
pub(crate) use sealed::SealState;

/// The connections to the open database.
pub(crate) struct Db {
    folder: PathBuf,
    writer: Connection,
    /// A second, read-only connection: what it reads back went through the file.
    reader: Connection,
    /// Whether what is written now is spoiled on its way to the disk.
    #[cfg(feature = "fakes")]
    alters: bool,
}

type Job = Box<dyn FnOnce(&mut Db) + Send>;

/// The handle to the database's thread, which ends with the last handle.
pub(crate) struct Store {
    jobs: mpsc::Sender<Job>,
    #[cfg(feature = "fakes")]
    pub(crate) disturbed: disturbed::Disturbed,
}

impl Store {
    /// Opens or creates the database and starts its thread.
    ///
    /// Beside the store it returns where a damaged database was set aside, if there was one.
    pub(crate) fn open(folder: &Path, now: Timestamp) -> Result<(Self, Option<PathBuf>), VaultError> {
        let (db, set_aside) = open::open(folder, now)?;
        Ok((Self::over(db)?, set_aside))
    }

    /// Opens a database that is there, to read it only, and starts its thread.
    pub(crate) fn beside(folder: &Path) -> Result<Self, VaultError> {
        Self::over(open::beside(folder)?)
    }

    fn over(mut db: Db) -> Result<Self, VaultError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        std::thread::Builder::new().name("vault".into()).spawn(move || {
            while let Ok(job) = queue.recv() {
                job(&mut db);
            }
        })?;
        Ok(Self {
            jobs,
            #[cfg(feature = "fakes")]
            disturbed: disturbed::Disturbed::default(),
        })
    }

    /// Runs `work` on the database's thread. It runs to its end even if nobody waits any more.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        #[cfg(feature = "fakes")]
        let (_waited, work) = (self.disturbed.wait(), self.disturbed.around(work));
        let (tell, told) = oneshot::channel();
        self.submit(move |db| {
            let _ = tell.send(work(db));
        })?;
        told.await.map_err(|_| VaultError::Closed)?
    }

    /// The same for a thread that may wait.
    pub(crate) fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        #[cfg(feature = "fakes")]
        let work = self.disturbed.around(work);
        let (tell, told) = mpsc::channel();
        self.submit(move |db| {
            let _ = tell.send(work(db));
        })?;
        told.recv().map_err(|_| VaultError::Closed)?
    }

    fn submit(&self, job: impl FnOnce(&mut Db) + Send + 'static) -> Result<(), VaultError> {
        self.jobs.send(Box::new(job)).map_err(|_| VaultError::Closed)
    }
}

impl Db {
    /// Sets the database aside and begins an empty one; returns where the old one went.
    pub(crate) fn start_over(&mut self, now: Timestamp) -> Result<PathBuf, VaultError> {
        // The files can be moved safely only when no connection of ours holds them.
        self.writer = Connection::open_in_memory()?;
        self.reader = Connection::open_in_memory()?;
        let aside = open::set_aside(&self.folder, now)?;
        *self = open::create(&self.folder)?;
        Ok(aside)
    }

    /// Lets the file grow no further than it is, or lets it grow again.
    #[cfg(feature = "fakes")]
    pub(crate) fn fill_disk(&self, full: bool) -> Result<(), VaultError> {
        let size: u32 = self.writer.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let most = if full { size } else { u32::MAX - 1 };
        self.writer.pragma_update(None, "max_page_count", most)?;
        Ok(())
    }

    /// Spoils the record of an operation, if a test wants that.
    #[cfg(feature = "fakes")]
    fn alter(&self, operation: &keystow_domain::OperationId) -> Result<(), VaultError> {
        const SPOIL: &str = "UPDATE secrets SET sealed = zeroblob(length(sealed)) WHERE operation = ?";
        if self.alters {
            self.writer.execute(SPOIL, [operation.as_str()])?;
        }
        Ok(())
    }
}
