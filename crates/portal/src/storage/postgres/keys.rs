//! Keys, their secrets and repeatable calls in PostgreSQL.
//!
//! Laid out as in SQLite: the current secret stands in the row of its key as well. A change of a key holds the
//! lock of its row, so that of two rotations at two portals the second finds what the first left. A call that can
//! be repeated is remembered once: who makes it a second time at the same moment is told so, and nothing of that
//! second change happens.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use tokio_postgres::Row;

use super::{
    super::{CallRecord, KeyChange, KeyStore, PresentedSecret, Refusal},
    Postgres, Result, can_be_kept,
    change::Change,
    digest, instant, instant_opt, millis,
    sign_in::SWEEP_LOCK,
    version, words,
};
use crate::{
    keys::{KeyRecord, SecretRecord, Standing},
    seal::Digest,
};

pub(super) const COLUMNS: &str =
    "number, id, account, name, scopes, environment, owner, created_by, standing, created_at,
    last_used_at, expires_at, rotated_at, version, hash, prefix, suffix, current_used_at, grace_until, app";
const PREVIOUS: &str = "SELECT key_number, version, hash, prefix, suffix, ends_at, last_used_at FROM secrets
    WHERE key_number = ANY($1) AND ends_at > $2 ORDER BY key_number, version DESC";

/// What a row of keys is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ApiKey = 0,
    Client = 1,
}

/// Reads a key, and until when old secrets of it are accepted.
fn key(row: &Row) -> Result<(KeyRecord, Option<Timestamp>)> {
    let current = SecretRecord {
        version: version(row, 13)?,
        hash: digest(row, 14)?,
        prefix: row.try_get(15)?,
        suffix: row.try_get(16)?,
        ends_at: None,
        last_used_at: instant_opt(row, 17)?,
    };
    let key = KeyRecord {
        number: row.try_get(0)?,
        id: row.try_get(1)?,
        account: row.try_get(2)?,
        name: row.try_get(3)?,
        scopes: words(row.try_get(4)?),
        environment: row.try_get(5)?,
        owner: row.try_get(6)?,
        app: row.try_get(19)?,
        created_by: row.try_get(7)?,
        standing: standing(row.try_get(8)?),
        created_at: instant(row, 9)?,
        last_used_at: instant_opt(row, 10)?,
        expires_at: instant_opt(row, 11)?,
        rotated_at: instant_opt(row, 12)?,
        current,
        previous: Vec::new(),
    };
    Ok((key, instant_opt(row, 18)?))
}

/// Reads a standing; one that is not known grants nothing.
pub(super) fn standing(number: i16) -> Standing {
    match number {
        1 => Standing::InForce,
        2 => Standing::Revoked,
        3 => Standing::Pending,
        _ => Standing::Suspended,
    }
}

/// The numbers of the keys whose grace is not over: of these alone old secrets are looked up.
fn in_grace(found: &[(KeyRecord, Option<Timestamp>)], now: Timestamp) -> Vec<i64> {
    let open = found.iter().filter(|(_, grace)| grace.is_some_and(|until| until > now));
    open.map(|(key, _)| key.number).collect()
}

/// Puts old secrets to their keys.
fn complete(found: Vec<(KeyRecord, Option<Timestamp>)>, previous: &[Row]) -> Result<Vec<KeyRecord>> {
    let mut keys: Vec<KeyRecord> = found.into_iter().map(|(key, _)| key).collect();
    for row in previous {
        let number: i64 = row.try_get(0)?;
        let secret = SecretRecord {
            version: version(row, 1)?,
            hash: digest(row, 2)?,
            prefix: row.try_get(3)?,
            suffix: row.try_get(4)?,
            ends_at: instant_opt(row, 5)?,
            last_used_at: instant_opt(row, 6)?,
        };
        if let Some(key) = keys.iter_mut().find(|key| key.number == number) {
            key.previous.push(secret);
        }
    }
    Ok(keys)
}

impl Postgres {
    pub(super) async fn completed(&self, rows: &[Row], now: Timestamp) -> Result<Vec<KeyRecord>> {
        let found = rows.iter().map(key).collect::<Result<Vec<_>>>()?;
        let open = in_grace(&found, now);
        let previous = match open.is_empty() {
            true => Vec::new(),
            false => self.rows(PREVIOUS, &[&open, &now.as_millis()]).await?,
        };
        complete(found, &previous)
    }
}

/// Finds a key and keeps everybody else from changing it.
pub(super) async fn locked(
    change: &Change,
    account: &str,
    id: &str,
    kind: Kind,
    now: Timestamp,
) -> Result<Option<KeyRecord>> {
    // Not a lock of the key's identity: whoever counts its use may go on referring to it.
    let sql =
        format!("SELECT {COLUMNS} FROM keys WHERE account = $1 AND id = $2 AND kind = $3 FOR NO KEY UPDATE");
    let Some(row) = change.row(&sql, &[&account, &id, &(kind as i16)]).await? else { return Ok(None) };
    let found = vec![key(&row)?];
    let previous = match in_grace(&found, now) {
        open if open.is_empty() => Vec::new(),
        open => change.rows(PREVIOUS, &[&open, &now.as_millis()]).await?,
    };
    Ok(complete(found, &previous)?.pop())
}

/// Writes a new key; gives its number.
pub(super) async fn insert(change: &Change, key: &KeyRecord, kind: Kind) -> Result<i64> {
    let sql =
        "INSERT INTO keys (id, account, name, scopes, environment, owner, created_by, standing, created_at,
        last_used_at, expires_at, rotated_at, version, hash, prefix, suffix, current_used_at, grace_until, app,
        kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        RETURNING number";
    let row = change
        .row(
            sql,
            &[
                &key.id,
                &key.account,
                &key.name,
                &key.scopes.join(" "),
                &key.environment,
                &key.owner,
                &key.created_by,
                &(key.standing as i16),
                &key.created_at.as_millis(),
                &millis(key.last_used_at),
                &millis(key.expires_at),
                &millis(key.rotated_at),
                &i64::from(key.current.version),
                &&key.current.hash[..],
                &key.current.prefix,
                &key.current.suffix,
                &millis(key.current.last_used_at),
                &millis(grace_until(key)),
                &key.app,
                &(kind as i16),
            ],
        )
        .await?;
    let number = row.ok_or(super::StorageError::Damaged)?.try_get(0)?;
    put_secrets(change, number, secrets(key)).await?;
    Ok(number)
}

/// Writes a key, and of its secrets those that are not as they were before.
pub(super) async fn update(change: &Change, before: &KeyRecord, key: &KeyRecord) -> Result<()> {
    let sql =
        "UPDATE keys SET name = $2, standing = $3, rotated_at = $4, version = $5, hash = $6, prefix = $7,
        suffix = $8, current_used_at = $9, grace_until = $10 WHERE number = $1";
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 10] = [
        &key.number,
        &key.name,
        &(key.standing as i16),
        &millis(key.rotated_at),
        &i64::from(key.current.version),
        &&key.current.hash[..],
        &key.current.prefix,
        &key.current.suffix,
        &millis(key.current.last_used_at),
        &millis(grace_until(key)),
    ];
    change.run(sql, &params).await?;
    let known: Vec<_> = secrets(before).collect();
    put_secrets(change, key.number, secrets(key).filter(|secret| !known.contains(secret))).await
}

fn secrets(key: &KeyRecord) -> impl Iterator<Item = &SecretRecord> + Send {
    std::iter::once(&key.current).chain(&key.previous)
}

async fn put_secrets<'s>(
    change: &Change,
    number: i64,
    secrets: impl Iterator<Item = &'s SecretRecord> + Send,
) -> Result<()> {
    let sql = "INSERT INTO secrets (hash, key_number, version, prefix, suffix, ends_at, last_used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hash) DO UPDATE SET ends_at = excluded.ends_at";
    for secret in secrets {
        let (version, ends_at, used_at) =
            (i64::from(secret.version), millis(secret.ends_at), millis(secret.last_used_at));
        let hash = &secret.hash[..];
        change
            .run(sql, &[&hash, &number, &version, &secret.prefix, &secret.suffix, &ends_at, &used_at])
            .await?;
    }
    Ok(())
}

/// Until when the last of the old secrets is accepted.
fn grace_until(key: &KeyRecord) -> Option<Timestamp> {
    key.previous.iter().filter_map(|old| old.ends_at).max()
}

pub(super) async fn remember(change: &Change, call: Option<CallRecord>) -> Result<()> {
    let Some(call) = call else { return Ok(()) };
    let sql = "INSERT INTO calls (name, content, answered_at, sealed) VALUES ($1, $2, $3, $4)";
    let (name, content) = (&call.name[..], &call.content[..]);
    change.run(sql, &[&name, &content, &call.answered_at.as_millis(), &call.sealed]).await.map(drop)
}

#[async_trait]
impl KeyStore for Postgres {
    async fn keys(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<KeyRecord>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM keys WHERE account = $1 AND number < $2 AND kind = 0 ORDER BY number DESC LIMIT $3"
        );
        let (before, limit) = (before.unwrap_or(i64::MAX), i64::from(limit));
        let rows = self.rows(&sql, &[&account, &before, &limit]).await?;
        self.completed(&rows, now).await
    }

    async fn key(&self, account: &str, id: &str, now: Timestamp) -> Result<Option<KeyRecord>> {
        if !can_be_kept(id) {
            return Ok(None);
        }
        let sql = format!("SELECT {COLUMNS} FROM keys WHERE account = $1 AND id = $2 AND kind = 0");
        let rows = self.rows(&sql, &[&account, &id]).await?;
        Ok(self.completed(&rows, now).await?.pop())
    }

    async fn add_key(&self, key: KeyRecord, call: Option<CallRecord>) -> Result<()> {
        let change = self.begin().await?;
        insert(&change, &key, Kind::ApiKey).await?;
        remember(&change, call).await?;
        change.commit().await
    }

    async fn change_key(
        &self,
        account: &str,
        id: &str,
        now: Timestamp,
        change_it: KeyChange,
    ) -> Result<Result<KeyRecord, Refusal>> {
        if !can_be_kept(id) {
            return Ok(Err(Refusal::NotFound));
        }
        let change = self.begin().await?;
        let Some(mut key) = locked(&change, account, id, Kind::ApiKey, now).await? else {
            change.undo().await?;
            return Ok(Err(Refusal::NotFound));
        };
        let before = key.clone();
        // Called here and nowhere else: whatever fails from now on fails the change, and nobody tries again.
        match change_it(&mut key) {
            Err(refusal) => {
                change.undo().await?;
                Ok(Err(refusal))
            }
            Ok(call) => {
                update(&change, &before, &key).await?;
                remember(&change, call).await?;
                change.commit().await?;
                Ok(Ok(key))
            }
        }
    }

    fn generation(&self) -> Option<u64> {
        // Another portal may have changed anything at any time.
        None
    }

    async fn call(&self, name: &Digest) -> Result<Option<CallRecord>> {
        let sql = "SELECT content, answered_at, sealed FROM calls WHERE name = $1";
        let read = |row: Row| {
            let (content, answered_at) = (digest(&row, 0)?, instant(&row, 1)?);
            Ok(CallRecord { name: *name, content, answered_at, sealed: row.try_get(2)? })
        };
        self.row(sql, &[&&name[..]]).await?.map(read).transpose()
    }

    async fn sweep_calls(&self, answers: Timestamp, calls: Timestamp) -> Result<()> {
        let change = self.begin().await?;
        change.run("SELECT pg_advisory_xact_lock($1)", &[&SWEEP_LOCK]).await?;
        let forget = "UPDATE calls SET sealed = NULL WHERE sealed IS NOT NULL AND answered_at <= $1";
        change.run(forget, &[&answers.as_millis()]).await?;
        change.run("DELETE FROM calls WHERE answered_at <= $1", &[&calls.as_millis()]).await?;
        change.commit().await
    }

    async fn secret(&self, hash: &Digest) -> Result<Option<PresentedSecret>> {
        let sql = "SELECT k.id, k.account, s.version, k.standing, k.expires_at, s.ends_at, k.app,
            CASE WHEN k.app = '' THEN '' ELSE k.scopes END
            FROM secrets s JOIN keys k ON k.number = s.key_number WHERE s.hash = $1";
        let read = |row: Row| {
            Ok(PresentedSecret {
                key: row.try_get(0)?,
                account: row.try_get(1)?,
                version: version(&row, 2)?,
                in_force: standing(row.try_get(3)?) == Standing::InForce,
                key_ends_at: instant_opt(&row, 4)?,
                secret_ends_at: instant_opt(&row, 5)?,
                app: row.try_get(6)?,
                scopes: words(row.try_get(7)?),
            })
        };
        self.row(sql, &[&&hash[..]]).await?.map(read).transpose()
    }
}
