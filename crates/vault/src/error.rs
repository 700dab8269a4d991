//! What can go wrong in the vault: codes that never carry a payload.
//!
//! Errors of SQLite, the keyring and the system are reduced to what a person can act on; their
//! texts may quote what they were given and so stay inside.

use std::io;

use crate::Secret;
use crate::clipboard::ClipboardError;
use crate::keyring::KeyringError;
use crate::render::Misfit;

/// Why the vault could not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The vault is locked.
    #[error("the vault is locked")]
    Locked,
    /// The keyring did not give or take the data key.
    #[error("the keyring did not serve the vault: {0}")]
    Keyring(#[from] KeyringError),
    /// The keyring holds the key of another vault where this one's would go.
    #[error("the keyring holds the key of another vault")]
    OtherKey,
    /// There are records, but the key that sealed them is not in the keyring.
    #[error("the key that opens the vault is not in the keyring")]
    KeyLost,
    /// The data key is sealed under a passphrase, which was not given.
    #[error("the vault opens with a passphrase")]
    PassphraseNeeded,
    /// It is not the passphrase that the data key is sealed under, or the sealed key was changed.
    #[error("this passphrase does not open the vault")]
    PassphraseWrong,
    /// What stands where the sealed data key should be is none.
    #[error("the sealed data key is damaged")]
    SealDamaged,
    /// The data key is not sealed under a passphrase.
    #[error("the vault is not under a passphrase")]
    NotSealed,
    /// There is not enough memory to make a key of a passphrase.
    #[error("there is not enough memory")]
    NoMemory,
    /// The disk, or the room allowed to the vault, is full.
    #[error("the disk is full")]
    DiskFull,
    /// The vault may be read but not written.
    #[error("the vault cannot be written")]
    ReadOnly,
    /// Another process kept the vault busy for too long.
    #[error("the vault is in use by another process")]
    Busy,
    /// The vault was written by a newer version of the app; nothing was changed.
    #[error("the vault was written by a newer version")]
    Newer,
    /// The record is not what was sealed: changed, moved or damaged.
    #[error("a record of the vault was changed or damaged")]
    Tampered,
    /// There is no such record.
    #[error("there is no such record in the vault")]
    NotFound,
    /// The operation already has another secret, which was kept.
    #[error("the operation already has another secret")]
    Conflict,
    /// What was read back is not what was written.
    #[error("what was written could not be read back")]
    ReadBack,
    /// The database is damaged.
    #[error("the vault's database is damaged")]
    Corrupt,
    /// The database refused; its extended result code.
    #[error("the vault's database failed with code {0}")]
    Database(i32),
    /// The file system refused.
    #[error("the vault's folder cannot be used: {0}")]
    Folder(io::ErrorKind),
    /// The vault's thread ended.
    #[error("the vault was closed")]
    Closed,
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let rusqlite::Error::SqliteFailure(failure, _) = error else { return Self::Corrupt };
        match failure.code {
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => Self::ReadOnly,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt,
            _ => Self::Database(failure.extended_code),
        }
    }
}

impl From<io::Error> for VaultError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            kind => Self::Folder(kind),
        }
    }
}

/// A secret that could not be stowed, given back so that it can be tried again.
///
/// Dropping it loses a secret that its portal will never repeat.
#[must_use = "dropping it loses the secret"]
pub struct StowError {
    /// Why it was not stowed.
    pub error: VaultError,
    /// The secret.
    pub secret: Secret,
}

impl std::fmt::Debug for StowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StowError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl std::fmt::Display for StowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for StowError {}

/// Why a secret did not reach the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// The vault did not give the secret.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// It does not fit the form it was asked in.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// The clipboard did not take it.
    #[error(transparent)]
    Clipboard(#[from] ClipboardError),
}
