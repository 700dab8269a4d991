//! Accounts and browser sessions in PostgreSQL.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use tokio_postgres::Row;

use super::{
    super::{AccountRecord, AccountStore, SessionRecord},
    Postgres, Result, can_be_kept, instant,
};
use crate::{apps::Role, audit::by, seal::Digest};

const COLUMNS: &str = "a.id, a.email, a.name, a.team, a.password, a.created_at, a.sample";

fn account(row: &Row) -> Result<AccountRecord> {
    Ok(AccountRecord {
        id: row.try_get(0)?,
        email: row.try_get(1)?,
        name: row.try_get(2)?,
        team: row.try_get(3)?,
        password: row.try_get(4)?,
        created_at: instant(row, 5)?,
        sample: row.try_get(6)?,
    })
}

#[async_trait]
impl AccountStore for Postgres {
    async fn account_of(&self, email: &str) -> Result<Option<AccountRecord>> {
        if !can_be_kept(email) {
            return Ok(None);
        }
        let sql = format!("SELECT {COLUMNS} FROM accounts a WHERE a.email = $1");
        self.row(&sql, &[&email]).await?.as_ref().map(account).transpose()
    }

    async fn account(&self, id: &str) -> Result<Option<AccountRecord>> {
        let sql = format!("SELECT {COLUMNS} FROM accounts a WHERE a.id = $1");
        self.row(&sql, &[&id]).await?.as_ref().map(account).transpose()
    }

    async fn add_account(&self, new: AccountRecord) -> Result<bool> {
        let sql = "INSERT INTO accounts (id, email, name, team, password, created_at, sample)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email) DO NOTHING";
        let created_at = new.created_at.as_millis();
        let change = self.begin().await?;
        let added = change
            .run(sql, &[&new.id, &new.email, &new.name, &new.team, &new.password, &created_at, &new.sample])
            .await?;
        if added == 1 {
            by(&new.id, "");
        }
        if added == 1 && !new.sample {
            // Of two first accounts at two portals, the second waits here and finds that there is one.
            let first = "UPDATE portal SET first_account = $1 WHERE first_account IS NULL";
            if change.run(first, &[&new.id]).await? == 1 {
                let admin = "INSERT INTO roles (account, role) VALUES ($1, $2)";
                change.run(admin, &[&new.id, &Role::Admin.word()]).await?;
            }
        }
        if added == 1 { change.commit().await } else { change.undo().await }?;
        Ok(added == 1)
    }

    async fn administrators(&self) -> Result<Vec<String>> {
        let sql = "SELECT a.email FROM roles r JOIN accounts a ON a.id = r.account
            WHERE r.role = 'admin' ORDER BY a.email";
        self.rows(sql, &[]).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    async fn retire_samples(&self, client: &str, now: Timestamp) -> Result<()> {
        let change = self.begin().await?;
        // In the order of their ids: another portal may be starting too.
        let of_samples = "SELECT id FROM grants
            WHERE ended_at IS NULL AND (client = $1 OR account IN (SELECT id FROM accounts WHERE sample))
            ORDER BY id FOR UPDATE";
        let grants = change.rows(of_samples, &[&client]).await?;
        let grants: Vec<&str> = grants.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let ended = "UPDATE grants SET ended_at = $2 WHERE id = ANY($1) AND ended_at IS NULL";
        change.run(ended, &[&grants, &now.as_millis()]).await?;
        let sessions = "DELETE FROM sessions WHERE account IN (SELECT id FROM accounts WHERE sample)";
        change.run(sessions, &[]).await?;
        change.run("DELETE FROM clients WHERE id = $1", &[&client]).await?;
        change.commit().await
    }

    async fn session(&self, cookie: &Digest, now: Timestamp) -> Result<Option<AccountRecord>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.cookie = $1 AND s.ends_at > $2"
        );
        self.row(&sql, &[&&cookie[..], &now.as_millis()]).await?.as_ref().map(account).transpose()
    }

    async fn add_session(&self, new: SessionRecord, before: Option<Digest>) -> Result<()> {
        let sql = "INSERT INTO sessions (cookie, account, ends_at, asked_by) VALUES ($1, $2, $3, $4)";
        let change = self.begin().await?;
        if let Some(before) = before {
            change.run("DELETE FROM sessions WHERE cookie = $1", &[&&before[..]]).await?;
        }
        let asked_by = new.asked_by.as_ref().map(|hash| &hash[..]);
        change.run(sql, &[&&new.cookie[..], &new.account, &new.ends_at.as_millis(), &asked_by]).await?;
        change.commit().await
    }

    async fn end_session(&self, cookie: Digest) -> Result<()> {
        self.run_told("DELETE FROM sessions WHERE cookie = $1", &[&&cookie[..]]).await.map(drop)
    }

    async fn end_session_asked_by(&self, cookie: Digest, request: Digest) -> Result<bool> {
        let sql = "DELETE FROM sessions WHERE cookie = $1 AND asked_by = $2";
        Ok(self.run(sql, &[&&cookie[..], &&request[..]]).await? > 0)
    }
}
