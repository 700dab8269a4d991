//! A disk that fails when a test says so.

use std::sync::{Arc, OnceLock};

use super::Db;
use crate::VaultError;

/// What a test does to one use of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskFault {
    /// Nothing is done, and it fails.
    Before(VaultError),
    /// It is done, and said to have failed.
    After(VaultError),
    /// It is done, and what was written is not what is on the disk.
    Altered,
}

/// Somebody who is asked before each use of the disk what shall go wrong with it.
pub trait Disturbance: Send + Sync {
    /// What goes wrong with the use that comes now.
    fn strike(&self) -> Option<DiskFault>;
    /// A use began that is waited for.
    fn began(&self);
    /// A use ended, or nobody waits for it any more.
    fn ended(&self);
}

/// Whoever disturbs a disk, if anybody does.
#[derive(Default)]
pub(crate) struct Disturbed(OnceLock<Arc<dyn Disturbance>>);

/// A use that is waited for.
pub(crate) struct Waited(Option<Arc<dyn Disturbance>>);

impl Drop for Waited {
    fn drop(&mut self) {
        if let Some(by) = &self.0 {
            by.ended();
        }
    }
}

impl Disturbed {
    /// Lets `by` decide from now on; whoever came first stays.
    pub(crate) fn set(&self, by: Arc<dyn Disturbance>) {
        let _ = self.0.set(by);
    }

    /// Notes that something is waited for until the answer is dropped.
    pub(crate) fn wait(&self) -> Waited {
        let by = self.0.get().cloned();
        if let Some(by) = &by {
            by.began();
        }
        Waited(by)
    }

    /// The same work with whatever goes wrong with it.
    pub(crate) fn around<T: 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, VaultError> + Send + 'static,
    ) -> impl FnOnce(&mut Db) -> Result<T, VaultError> + Send + 'static {
        let fault = self.0.get().and_then(|by| by.strike());
        move |db| match fault {
            None => work(db),
            Some(DiskFault::Before(error)) => Err(error),
            Some(DiskFault::After(error)) => work(db).and(Err(error)),
            Some(DiskFault::Altered) => {
                db.alters = true;
                let done = work(db);
                db.alters = false;
                done
            }
        }
    }
}
