//! Reading and writing records. Everything secret in them is sealed before it gets here.

use keystow_domain::{AccountId, KeyId, OperationId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::Db;
use crate::VaultError;
use crate::label::{Label, Stowed};

/// A sealed secret with its label.
pub(crate) struct KeptSecret {
    pub(crate) stowed: Stowed,
    pub(crate) sealed: Vec<u8>,
}

/// A sealed session.
pub(crate) struct KeptSession {
    pub(crate) account: AccountId,
    pub(crate) facts: Vec<u8>,
    /// Empty once the session ended.
    pub(crate) refresh: Vec<u8>,
}

impl KeptSession {
    /// Whether the session ended, so that only its facts are left.
    pub(crate) fn is_over(&self) -> bool {
        self.refresh.is_empty()
    }
}

const SECRET_COLUMNS: &str = "operation, account, key, prefix, issued_at, generation, sealed";

impl Db {
    /// Keeps a sealed secret unless its operation has one already, and returns what is in the file.
    pub(crate) fn stow(&mut self, label: &Label, sealed: &[u8]) -> Result<KeptSecret, VaultError> {
        self.writer.execute(
            "INSERT INTO secrets (operation, account, key, prefix, issued_at, sealed)
             VALUES (:operation, :account, :key, :prefix, :issued_at, :sealed)
             ON CONFLICT (operation) DO NOTHING",
            named_params! {
                ":operation": label.operation.as_str(),
                ":account": label.account.as_str(),
                ":key": label.key.as_str(),
                ":prefix": label.prefix,
                ":issued_at": label.issued_at.as_millis(),
                ":sealed": sealed,
            },
        )?;
        #[cfg(feature = "fakes")]
        self.alter(&label.operation)?;
        find(&self.reader, &label.operation)?.ok_or(VaultError::ReadBack)
    }

    /// The secret of an operation.
    pub(crate) fn find(&self, operation: &OperationId) -> Result<Option<KeptSecret>, VaultError> {
        find(&self.reader, operation)
    }

    /// The labels of an account's secrets, oldest first.
    pub(crate) fn stowed(&self, account: &AccountId) -> Result<Vec<Stowed>, VaultError> {
        let sql = format!("SELECT {SECRET_COLUMNS} FROM secrets WHERE account = ? ORDER BY generation");
        let mut query = self.reader.prepare_cached(&sql)?;
        let rows = query.query_map([account.as_str()], stowed)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Deletes the secret of an operation, if there is one.
    pub(crate) fn discard(&mut self, operation: &OperationId) -> Result<(), VaultError> {
        self.writer.execute("DELETE FROM secrets WHERE operation = ?", [operation.as_str()])?;
        Ok(())
    }

    /// Deletes every secret of an account and its session.
    pub(crate) fn discard_account(&mut self, account: &AccountId) -> Result<(), VaultError> {
        let change = self.writer.transaction()?;
        change.execute("DELETE FROM secrets WHERE account = ?", [account.as_str()])?;
        change.execute("DELETE FROM sessions WHERE account = ?", [account.as_str()])?;
        Ok(change.commit()?)
    }

    /// Keeps a sealed session in place of the account's last one, and returns that one and what is in
    /// the file.
    pub(crate) fn keep_session(
        &mut self,
        kept: &KeptSession,
    ) -> Result<(Option<KeptSession>, KeptSession), VaultError> {
        let before = self.session(&kept.account)?;
        self.writer.execute(
            "INSERT OR REPLACE INTO sessions (account, facts, refresh) VALUES (:account, :facts, :refresh)",
            named_params! { ":account": kept.account.as_str(), ":facts": kept.facts, ":refresh": kept.refresh },
        )?;
        #[cfg(feature = "fakes")]
        if self.alters {
            const SPOIL: &str = "UPDATE sessions SET refresh = zeroblob(length(refresh)) WHERE account = ?";
            self.writer.execute(SPOIL, [kept.account.as_str()])?;
        }
        let now = self.session(&kept.account)?.ok_or(VaultError::ReadBack)?;
        Ok((before, now))
    }

    /// The session of an account.
    pub(crate) fn session(&self, account: &AccountId) -> Result<Option<KeptSession>, VaultError> {
        let mut query =
            self.reader.prepare_cached("SELECT account, facts, refresh FROM sessions WHERE account = ?")?;
        Ok(query.query_row([account.as_str()], session).optional()?)
    }

    /// Every session.
    pub(crate) fn sessions(&self) -> Result<Vec<KeptSession>, VaultError> {
        let mut query =
            self.reader.prepare_cached("SELECT account, facts, refresh FROM sessions ORDER BY account")?;
        let rows = query.query_map([], session)?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Deletes the refresh token of an account, if there is one, and leaves its facts.
    pub(crate) fn end_session(&mut self, account: &AccountId) -> Result<(), VaultError> {
        self.writer.execute("UPDATE sessions SET refresh = x'' WHERE account = ?", [account.as_str()])?;
        Ok(())
    }

    /// Deletes the whole record of a session that could not be kept.
    pub(crate) fn drop_session(&mut self, account: &AccountId) -> Result<(), VaultError> {
        self.writer.execute("DELETE FROM sessions WHERE account = ?", [account.as_str()])?;
        Ok(())
    }

    /// Whether anything in the vault would be lost with the data key.
    pub(crate) fn has_records(&self) -> Result<bool, VaultError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM secrets) OR EXISTS (SELECT 1 FROM sessions)";
        Ok(self.reader.query_row(SQL, [], |row| row.get(0))?)
    }

    /// The sealed text that tells whether a data key is the right one.
    pub(crate) fn check(&self) -> Result<Option<Vec<u8>>, VaultError> {
        let mut query = self.reader.prepare_cached("SELECT value FROM meta WHERE name = 'check'")?;
        Ok(query.query_row([], |row| row.get(0)).optional()?)
    }

    /// Replaces that text.
    pub(crate) fn set_check(&mut self, sealed: &[u8]) -> Result<(), VaultError> {
        self.writer.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('check', ?)", [sealed])?;
        Ok(())
    }

    /// A sealed fact by its name.
    pub(crate) fn note(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let mut query = self.reader.prepare_cached("SELECT value FROM meta WHERE name = 'note ' || ?")?;
        Ok(query.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Replaces a sealed fact.
    pub(crate) fn keep_note(&mut self, name: &str, sealed: &[u8]) -> Result<(), VaultError> {
        self.writer.execute(
            "INSERT OR REPLACE INTO meta (name, value) VALUES ('note ' || :name, :sealed)",
            named_params! { ":name": name, ":sealed": sealed },
        )?;
        Ok(())
    }

    /// Writes, reads back and deletes a dummy, leaving its room to the next record.
    ///
    /// The write-ahead log keeps its length when it starts anew, and so do the pages of the deleted
    /// dummy: a disk that fills up after this cannot stop a record of the dummy's size.
    pub(crate) fn rehearse(&mut self, dummy: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.writer.execute("INSERT INTO dummies (sealed) VALUES (?)", [dummy])?;
        let id = self.writer.last_insert_rowid();
        #[cfg(feature = "fakes")]
        if self.alters {
            self.writer.execute("UPDATE dummies SET sealed = zeroblob(length(sealed))", [])?;
        }
        let back =
            self.reader.query_row("SELECT sealed FROM dummies WHERE id = ?", [id], |row| row.get(0))?;
        self.writer.execute("DELETE FROM dummies", [])?;
        // Another process that reads just now may hold the log; the record then goes behind it.
        self.writer.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))?;
        Ok(back)
    }
}

fn find(connection: &Connection, operation: &OperationId) -> Result<Option<KeptSecret>, VaultError> {
    let sql = format!("SELECT {SECRET_COLUMNS} FROM secrets WHERE operation = ?");
    let mut query = connection.prepare_cached(&sql)?;
    let kept = query
        .query_row([operation.as_str()], |row| Ok(KeptSecret { stowed: stowed(row)?, sealed: row.get(6)? }));
    Ok(kept.optional()?)
}

fn stowed(row: &Row<'_>) -> rusqlite::Result<Stowed> {
    Ok(Stowed {
        operation: OperationId::new(row.get::<_, String>(0)?),
        account: AccountId::new(row.get::<_, String>(1)?),
        key: KeyId::new(row.get::<_, String>(2)?),
        prefix: row.get(3)?,
        issued_at: Timestamp::from_millis(row.get(4)?),
        generation: row.get(5)?,
    })
}

fn session(row: &Row<'_>) -> rusqlite::Result<KeptSession> {
    Ok(KeptSession {
        account: AccountId::new(row.get::<_, String>(0)?),
        facts: row.get(1)?,
        refresh: row.get(2)?,
    })
}
