//! A keyring in memory that fails on request, for tests.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{DataKey, Keyring, KeyringError};

/// How a [`MemoryKeyring`] behaves from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// It serves.
    #[default]
    None,
    /// Every call fails like this.
    Always(KeyringError),
    /// It reads but does not keep what it is given, and says it did.
    Forgets,
}

/// A keyring that lives as long as this object, or as a file that tests of killed processes share.
#[derive(Default)]
pub struct MemoryKeyring {
    inner: Mutex<Inner>,
    file: Option<PathBuf>,
}

#[derive(Default)]
struct Inner {
    key: Option<DataKey>,
    fault: Fault,
    loads: usize,
}

impl MemoryKeyring {
    /// An empty keyring.
    pub fn new() -> Self {
        Self::default()
    }

    /// A keyring that outlives its process, in the clear. It protects nothing.
    pub fn in_file(path: PathBuf) -> Self {
        let key = std::fs::read(&path).ok().and_then(|item| DataKey::from_item(&item));
        Self { inner: Mutex::new(Inner { key, ..Inner::default() }), file: Some(path) }
    }

    /// Changes how it behaves.
    pub fn set_fault(&self, fault: Fault) {
        self.lock().fault = fault;
    }

    /// Removes the key, as a person with a keyring tool would.
    pub fn lose_key(&self) {
        self.lock().key = None;
    }

    /// How often the key was asked for.
    pub fn loads(&self) -> usize {
        self.lock().loads
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keyring for MemoryKeyring {
    fn load(&self) -> Result<Option<DataKey>, KeyringError> {
        let mut inner = self.lock();
        inner.loads += 1;
        match inner.fault {
            Fault::Always(error) => Err(error),
            Fault::None | Fault::Forgets => Ok(inner.key.as_ref().map(DataKey::duplicate)),
        }
    }

    fn save(&self, key: &DataKey) -> Result<(), KeyringError> {
        let mut inner = self.lock();
        match inner.fault {
            Fault::Always(error) => return Err(error),
            Fault::Forgets => {}
            Fault::None => {
                if let Some(file) = &self.file {
                    std::fs::write(file, key.to_item().as_bytes()).map_err(|_| KeyringError::Broken)?;
                }
                inner.key = Some(key.duplicate());
            }
        }
        Ok(())
    }

    fn delete(&self) -> Result<(), KeyringError> {
        let mut inner = self.lock();
        if let Fault::Always(error) = inner.fault {
            return Err(error);
        }
        inner.key = None;
        Ok(())
    }
}
