//! Accounts and browser sessions in SQLite.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Row, params};

use super::{
    super::{AccountRecord, AccountStore, SessionRecord},
    Result, Sqlite,
};
use crate::{audit::by, seal::Digest};

const COLUMNS: &str = "a.id, a.email, a.name, a.team, a.password, a.created_at, a.sample";

fn account(row: &Row<'_>) -> rusqlite::Result<AccountRecord> {
    Ok(AccountRecord {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        team: row.get(3)?,
        password: row.get(4)?,
        created_at: Timestamp::from_millis(row.get(5)?),
        sample: row.get(6)?,
    })
}

#[async_trait]
impl AccountStore for Sqlite {
    async fn account_of(&self, email: &str) -> Result<Option<AccountRecord>> {
        self.row(&format!("SELECT {COLUMNS} FROM accounts a WHERE a.email = ?1"), [email], account)
    }

    async fn account(&self, id: &str) -> Result<Option<AccountRecord>> {
        self.row(&format!("SELECT {COLUMNS} FROM accounts a WHERE a.id = ?1"), [id], account)
    }

    async fn add_account(&self, new: AccountRecord) -> Result<bool> {
        let sql = "INSERT INTO accounts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (email) DO NOTHING";
        let added = self.writer.change(move |connection| {
            let created_at = new.created_at.as_millis();
            let added = connection.prepare_cached(sql)?.execute(params![
                new.id,
                new.email,
                new.name,
                new.team,
                new.password,
                created_at,
                new.sample
            ])?;
            if added == 1 {
                by(&new.id, "");
            }
            if added == 1 && !new.sample {
                let first = "INSERT INTO roles (account, role) SELECT ?1, 'admin'
                    WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE sample = 0 AND id <> ?1)";
                connection.prepare_cached(first)?.execute([&new.id])?;
            }
            Ok(added == 1)
        });
        added.await
    }

    async fn administrators(&self) -> Result<Vec<String>> {
        let sql = "SELECT a.email FROM roles r JOIN accounts a ON a.id = r.account
            WHERE r.role = 'admin' ORDER BY a.email";
        self.rows(sql, [], |row| row.get(0))
    }

    async fn retire_samples(&self, client: &str, now: Timestamp) -> Result<()> {
        let client = client.to_owned();
        let retired = self.writer.write(move |connection| {
            let samples = "SELECT id FROM accounts WHERE sample";
            connection.execute(&format!("DELETE FROM sessions WHERE account IN ({samples})"), [])?;
            let ended = format!(
                "UPDATE grants SET ended_at = ?2 WHERE ended_at IS NULL AND (client = ?1 OR account IN ({samples}))"
            );
            connection.execute(&ended, params![client, now.as_millis()])?;
            connection.execute("DELETE FROM clients WHERE id = ?1", [client])
        });
        retired.await.map(drop)
    }

    async fn session(&self, cookie: &Digest, now: Timestamp) -> Result<Option<AccountRecord>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.cookie = ?1 AND s.ends_at > ?2"
        );
        self.row(&sql, params![cookie, now.as_millis()], account)
    }

    async fn add_session(&self, new: SessionRecord, before: Option<Digest>) -> Result<()> {
        let sql = "INSERT INTO sessions (cookie, account, ends_at, asked_by) VALUES (?1, ?2, ?3, ?4)";
        let added = self.writer.change(move |connection| {
            connection.prepare_cached("DELETE FROM sessions WHERE cookie = ?1")?.execute([before])?;
            connection.prepare_cached(sql)?.execute(params![
                new.cookie,
                new.account,
                new.ends_at.as_millis(),
                new.asked_by
            ])
        });
        added.await.map(drop)
    }

    async fn end_session(&self, cookie: Digest) -> Result<()> {
        let ended = self.writer.change(move |connection| {
            connection.prepare_cached("DELETE FROM sessions WHERE cookie = ?1")?.execute([cookie])
        });
        ended.await.map(drop)
    }

    async fn end_session_asked_by(&self, cookie: Digest, request: Digest) -> Result<bool> {
        let sql = "DELETE FROM sessions WHERE cookie = ?1 AND asked_by = ?2";
        let ended =
            self.writer.write(move |connection| connection.prepare_cached(sql)?.execute([cookie, request]));
        Ok(ended.await? > 0)
    }
}
