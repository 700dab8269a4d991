//! The data key under a passphrase, and what is written down while the key goes from one place to the other.
//!
//! A record that nobody has opened yet stands beside the one that is in force. It takes its place in one step.

use rusqlite::{OptionalExtension, Row};

use super::Db;
use crate::VaultError;

/// The record that is in force.
const IN_FORCE: &str = "sealed key";
/// The record that is on trial.
const ON_TRIAL: &str = "sealed key on trial";
/// Says in which run of the computer the keyring took the key back. The record is on trial from then on.
const RETURNED: &str = "sealed key returned";
/// Stands there for as long as the keyring may hold the key of a vault that a passphrase opens.
const LEFTOVER: &str = "sealed key in keyring";

/// What is known of the data key under a passphrase.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SealState {
    /// The record that is in force.
    pub(crate) in_force: Option<Vec<u8>>,
    /// A record that was written and not opened again yet, or that is kept until the keyring has proven itself.
    pub(crate) on_trial: Option<Vec<u8>>,
    /// In which run of the computer the keyring took the key back, if that is why a record is on trial.
    pub(crate) returned: Option<Vec<u8>>,
    /// Whether the keyring may hold the key as well.
    pub(crate) leftover: bool,
}

impl Db {
    /// What is known of the data key under a passphrase, as it went through the file.
    pub(crate) fn seal_state(&self) -> Result<SealState, VaultError> {
        let mut query = self.reader.prepare_cached("SELECT value FROM meta WHERE name = ?")?;
        let mut value = |name: &str| {
            let value = query.query_row([name], |row: &Row<'_>| row.get::<_, Vec<u8>>(0)).optional()?;
            Ok::<_, VaultError>(value)
        };
        Ok(SealState {
            in_force: value(IN_FORCE)?,
            on_trial: value(ON_TRIAL)?,
            returned: value(RETURNED)?,
            leftover: value(LEFTOVER)?.is_some(),
        })
    }

    /// Writes a record down that nothing depends on yet.
    pub(crate) fn put_on_trial(&mut self, record: &[u8]) -> Result<(), VaultError> {
        let change = self.writer.transaction()?;
        change.execute("DELETE FROM meta WHERE name = ?", [RETURNED])?;
        change.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (ON_TRIAL, record))?;
        change.commit()?;
        #[cfg(feature = "fakes")]
        if self.alters {
            const SPOIL: &str = "UPDATE meta SET value = zeroblob(length(value)) WHERE name = ?";
            self.writer.execute(SPOIL, [ON_TRIAL])?;
        }
        Ok(())
    }

    /// Forgets the record that is on trial.
    pub(crate) fn end_trial(&mut self) -> Result<(), VaultError> {
        let is_sealed = self.seal_state()?.in_force.is_some();
        self.forget(&[ON_TRIAL, RETURNED], if is_sealed { super::open::SEALED } else { super::open::SCHEMA })
    }

    /// Puts the record that is on trial in the place of the one in force. With `leftover` the keyring holds the
    /// key as well from now on, until somebody has seen that it does not.
    pub(crate) fn put_in_force(&mut self, leftover: bool) -> Result<(), VaultError> {
        let change = self.writer.transaction()?;
        for gone in [IN_FORCE, RETURNED] {
            change.execute("DELETE FROM meta WHERE name = ?", [gone])?;
        }
        let renamed = change.execute("UPDATE meta SET name = ? WHERE name = ?", (IN_FORCE, ON_TRIAL))?;
        if renamed != 1 {
            return Err(VaultError::ReadBack);
        }
        if leftover {
            change.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, x'')", [LEFTOVER])?;
        }
        // A program that knows no passphrases would make a new key, and must leave this alone.
        change.pragma_update(None, "user_version", super::open::SEALED)?;
        change.commit()?;
        self.leave_nothing_in_the_log();
        Ok(())
    }

    /// Notes that the keyring may hold the key as well.
    pub(crate) fn note_leftover(&mut self) -> Result<(), VaultError> {
        self.writer.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, x'')", [LEFTOVER])?;
        Ok(())
    }

    /// Notes that the keyring holds nothing of this vault.
    pub(crate) fn forget_leftover(&mut self) -> Result<(), VaultError> {
        self.forget(&[LEFTOVER], super::open::SEALED)
    }

    /// Puts the record in force back on trial: the keyring has told the key again, in this run of the computer.
    pub(crate) fn step_back(&mut self, run: &[u8]) -> Result<(), VaultError> {
        let change = self.writer.transaction()?;
        for gone in [ON_TRIAL, LEFTOVER] {
            change.execute("DELETE FROM meta WHERE name = ?", [gone])?;
        }
        let renamed = change.execute("UPDATE meta SET name = ? WHERE name = ?", (ON_TRIAL, IN_FORCE))?;
        if renamed != 1 {
            return Err(VaultError::NotSealed);
        }
        change.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (RETURNED, run))?;
        Ok(change.commit()?)
    }

    fn forget(&mut self, names: &[&str], version: i64) -> Result<(), VaultError> {
        let change = self.writer.transaction()?;
        for name in names {
            change.execute("DELETE FROM meta WHERE name = ?", [name])?;
        }
        change.pragma_update(None, "user_version", version)?;
        change.commit()?;
        self.leave_nothing_in_the_log();
        Ok(())
    }

    /// A record that was replaced still opens with its passphrase, so it must not stay in the write-ahead log.
    /// Another process that reads just now may keep it there until the log starts anew.
    fn leave_nothing_in_the_log(&mut self) {
        /// What a secret on its way was promised, with what sealing adds to it.
        const ROOM: usize = 9 * 1024;
        let _ = self.writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        // A secret may be on its way whose room was in the log that was cut off: it is taken again.
        let _ = self.rehearse(&[0; ROOM]);
    }
}
