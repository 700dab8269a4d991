//! A local database that fails when a test says so.

use std::sync::{Arc, OnceLock};

use keystow_vault::{DiskFault, Disturbance, VaultError};
use rusqlite::Connection;

use super::StoreError;

/// Whoever disturbs the database, if anybody does.
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
    /// Lets `by` decide from now on.
    pub(crate) fn set(&self, by: Arc<dyn Disturbance>) {
        let _ = self.0.set(by);
    }

    /// The same work with whatever goes wrong with it.
    pub(crate) fn around<T: 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> (Waited, impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static) {
        let by = self.0.get().cloned();
        let fault = by.as_ref().and_then(|by| {
            by.began();
            by.strike()
        });
        let failing = move |db: &mut Connection| match fault {
            Some(DiskFault::Before(error)) => Err(failure(error)),
            Some(DiskFault::After(error)) => work(db).and(Err(failure(error))),
            Some(DiskFault::Altered) | None => work(db),
        };
        (Waited(by), failing)
    }
}

fn failure(error: VaultError) -> StoreError {
    if error == VaultError::DiskFull { StoreError::DiskFull } else { StoreError::Broken }
}
