//! Looking whether the log is whole: what was altered, taken out or cut off has a name.

use std::{fmt, path::PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::record::{BEFORE_THE_FIRST, Chain, EntryRecord, Head, hex};
use crate::{
    seal::{Digest, Pepper},
    storage::{StorageError, check_file},
};

/// The end of the log as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SealedHead {
    pub(crate) head: Head,
    pub(crate) seal: Digest,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry is as it was written, and none is missing.
    Whole {
        /// How many there are.
        entries: i64,
        /// The end, as in `17:5f0c…`: noted down, it shows later that the log was not set back.
        head: String,
    },
    /// An entry is not as it was written.
    Altered {
        /// The first such entry.
        entry: i64,
    },
    /// An entry is not there.
    Missing {
        /// The first such entry.
        entry: i64,
    },
    /// Where the log ends is not what the portal sealed.
    EndAltered {
        /// The last entry that is there.
        last: i64,
    },
    /// The log does not hold the end that was noted down.
    SetBack {
        /// The number that was noted down.
        entry: i64,
    },
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Whole { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { entries, head } => {
                write!(f, "{entries} entries, none altered and none missing. The log ends with {head}")
            }
            Self::Altered { entry } => write!(f, "entry {entry} was altered after it was written"),
            Self::Missing { entry } => write!(f, "entry {entry} is missing"),
            Self::EndAltered { last } => {
                write!(f, "the end of the log was altered: what follows entry {last} cannot be told")
            }
            Self::SetBack { entry } => {
                write!(f, "the log was set back: entry {entry} is not the one that was noted down")
            }
        }
    }
}

/// Looks at entry after entry.
pub(crate) struct Checker<'c> {
    chain: &'c Chain,
    end: Head,
    /// An end that was noted down earlier.
    noted: Option<&'c Noted>,
}

impl<'c> Checker<'c> {
    /// A checker before the first entry.
    pub(crate) fn new(chain: &'c Chain, noted: Option<&'c Noted>) -> Self {
        Self { chain, end: Head::EMPTY, noted }
    }

    /// Looks at the next entry that there is; says what is wrong, if anything.
    pub(crate) fn look_at(&mut self, entry: &EntryRecord) -> Option<Verdict> {
        let next = self.end.number + 1;
        if entry.number != next {
            return Some(Verdict::Missing { entry: next });
        }
        if self.chain.link(&self.end.hash, entry) != entry.hash {
            return Some(Verdict::Altered { entry: next });
        }
        self.end = Head { number: entry.number, hash: entry.hash };
        let is_another = |noted: &&Noted| noted.number == next && noted.hash != hex(&entry.hash);
        self.noted.filter(is_another).map(|noted| Verdict::SetBack { entry: noted.number })
    }

    /// Compares what was looked at with the end that the portal sealed.
    pub(crate) fn end(self, sealed: Option<SealedHead>) -> Verdict {
        let end = self.end;
        if let Some(noted) = self.noted.filter(|noted| noted.number > end.number) {
            return Verdict::SetBack { entry: noted.number };
        }
        match sealed {
            None if end == Head::EMPTY => {}
            Some(sealed) if self.chain.seal(&sealed.head) == sealed.seal => {
                if sealed.head.number > end.number {
                    return Verdict::Missing { entry: end.number + 1 };
                }
                if sealed.head != end {
                    return Verdict::EndAltered { last: sealed.head.number };
                }
            }
            _ => return Verdict::EndAltered { last: end.number },
        }
        let is_empty = end.hash == BEFORE_THE_FIRST;
        let head = if is_empty { "0".into() } else { format!("{}:{}", end.number, hex(&end.hash)) };
        Verdict::Whole { entries: end.number, head }
    }
}

/// An end of the log that was noted down, as in `17:5f0c…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    number: i64,
    hash: String,
}

impl std::str::FromStr for Noted {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once(':').and_then(|(number, hash)| Some((number.parse().ok()?, hash)));
        let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        match parts {
            Some((number, hash)) if number > 0 && is_hash(hash) => {
                Ok(Self { number, hash: hash.to_ascii_lowercase() })
            }
            _ => Err("say it as a verification told it: NUMBER:HASH"),
        }
    }
}

/// Where the log is that shall be looked at.
#[derive(Debug, Clone)]
pub struct LogPlace {
    /// The folder of the portal.
    pub data: PathBuf,
    /// The database of a PostgreSQL server, if the log is in one.
    #[cfg(feature = "postgres")]
    pub database: Option<crate::Database>,
    /// The file of the pepper; `pepper` in the folder if there is none.
    pub pepper: Option<PathBuf>,
}

/// Why the log could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Without the pepper nothing can be said about the log.
    #[error("the file {} cannot be read, without which the log cannot be checked", file.display())]
    Pepper {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no log.
    #[error("there is no log yet: the portal was not started since it keeps one")]
    NoLog,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Looks at every entry of a portal's log, which may be running, and changes nothing. `noted` is an end that was told
/// by an earlier look.
///
/// # Errors
///
/// Fails if the log cannot be read to its end; then nothing is known.
pub async fn verify_log(place: &LogPlace, noted: Option<&Noted>) -> Result<Verdict, VerifyError> {
    let file = place.pepper.clone().unwrap_or_else(|| place.data.join("pepper"));
    let pepper = Pepper::open(&file, false).map_err(|source| VerifyError::Pepper { file, source })?;
    let chain = Chain::of(&pepper);
    let checker = Checker::new(&chain, noted);
    #[cfg(feature = "postgres")]
    if let Some(database) = &place.database {
        let checked = crate::storage::Postgres::check_log(database, checker).await?;
        return checked.ok_or(VerifyError::NoLog);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(place.data.join("portal.db"), flags).map_err(StorageError::from)?;
    connection
        .execute_batch("PRAGMA query_only = ON; PRAGMA busy_timeout = 5000")
        .map_err(StorageError::from)?;
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'audit_head')";
    let there: bool = connection.query_row(sql, [], |row| row.get(0)).map_err(StorageError::from)?;
    if !there {
        return Err(VerifyError::NoLog);
    }
    Ok(check_file(&connection, checker)?)
}
