//! What the server's failures mean for whoever called.
//!
//! Only codes and first sentences of the server are passed on. Its details quote values.

use std::error::Error as _;

use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::Error;

use super::StorageError;

/// The constraint that a call of one name is remembered once.
const CALLS: &str = "calls_pkey";

impl From<Error> for StorageError {
    fn from(error: Error) -> Self {
        let Some(said) = error.as_db_error() else {
            let is_lost =
                error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>());
            let text = match error.source() {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            };
            return if is_lost { Self::Away(text) } else { Self::Database(text) };
        };
        let (code, text) = (said.code().code(), format!("{}: {}", said.code().code(), said.message()));
        match code {
            "23505" if said.constraint() == Some(CALLS) => Self::Repeated,
            "53100" => Self::Full,
            "XX001" | "XX002" => Self::Damaged,
            // Two that waited for each other, or one that waited too long: the server took it back.
            "40001" | "40P01" | "55P03" | "57014" => Self::Undone,
            // Too many connections, shutting down or starting, a server that only follows another.
            "53300" | "25006" | "57P01" | "57P02" | "57P03" | "57P05" => Self::Away(text),
            _ if code.starts_with("08") => Self::Away(text),
            _ => Self::Database(text),
        }
    }
}

impl From<PoolError> for StorageError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => error.into(),
            PoolError::Timeout(_) => Self::Away("no connection became free in time".into()),
            other => Self::Away(other.to_string()),
        }
    }
}

/// What a failed commit means: without the server's word it may have happened all the same.
pub(super) fn uncommitted(error: Error) -> StorageError {
    match error.as_db_error().map(|said| said.code().code()) {
        // The server says that it did not; except that these end a connection, whatever was under way.
        Some(code) if !code.starts_with("57P") && !code.starts_with("08") => error.into(),
        _ => StorageError::Uncertain,
    }
}
