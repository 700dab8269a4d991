//! Keys, their secrets and repeatable calls in SQLite.
//!
//! The current secret stands in the row of its key as well, so that a page of keys is one range of
//! one index; old secrets are looked up only for keys whose grace is not over.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    super::{CallRecord, KeyChange, KeyStore, PresentedSecret, Refusal},
    Result, Sqlite, words,
};
use crate::{
    keys::{KeyRecord, SecretRecord, Standing},
    seal::Digest,
};

const PAGE: &str =
    "SELECT number, id, account, name, scopes, environment, owner, created_by, standing, created_at,
    last_used_at, expires_at, rotated_at, version, hash, prefix, suffix, current_used_at, grace_until,
    app FROM keys WHERE account = ?1 AND number < ?2 AND kind = 0 ORDER BY number DESC LIMIT ?3";
const ONE: &str =
    "SELECT number, id, account, name, scopes, environment, owner, created_by, standing, created_at,
    last_used_at, expires_at, rotated_at, version, hash, prefix, suffix, current_used_at, grace_until,
    app FROM keys WHERE account = ?1 AND id = ?2 AND kind = ?3";

/// What a row of keys is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ApiKey = 0,
    Client = 1,
}

pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

/// Reads a key, and until when old secrets of it are accepted.
pub(super) fn key(row: &Row<'_>) -> rusqlite::Result<(KeyRecord, Option<Timestamp>)> {
    let current = SecretRecord {
        version: row.get(13)?,
        hash: row.get(14)?,
        prefix: row.get(15)?,
        suffix: row.get(16)?,
        ends_at: None,
        last_used_at: instant(row, 17)?,
    };
    let key = KeyRecord {
        number: row.get(0)?,
        id: row.get(1)?,
        account: row.get(2)?,
        name: row.get(3)?,
        scopes: words(row.get_ref(4)?.as_str()?),
        environment: row.get(5)?,
        owner: row.get(6)?,
        app: row.get(19)?,
        created_by: row.get(7)?,
        standing: standing(row.get(8)?),
        created_at: Timestamp::from_millis(row.get(9)?),
        last_used_at: instant(row, 10)?,
        expires_at: instant(row, 11)?,
        rotated_at: instant(row, 12)?,
        current,
        previous: Vec::new(),
    };
    Ok((key, instant(row, 18)?))
}

/// Reads a standing; one that is not known grants nothing.
pub(super) fn standing(number: u8) -> Standing {
    match number {
        1 => Standing::InForce,
        2 => Standing::Revoked,
        3 => Standing::Pending,
        _ => Standing::Suspended,
    }
}

pub(super) fn complete(
    connection: &Connection,
    (mut key, grace_until): (KeyRecord, Option<Timestamp>),
    now: Timestamp,
) -> rusqlite::Result<KeyRecord> {
    if grace_until.is_some_and(|until| until > now) {
        let sql = "SELECT version, hash, prefix, suffix, ends_at, last_used_at FROM secrets
            WHERE key_number = ?1 AND ends_at > ?2 ORDER BY version DESC";
        let read = |row: &Row<'_>| {
            Ok(SecretRecord {
                version: row.get(0)?,
                hash: row.get(1)?,
                prefix: row.get(2)?,
                suffix: row.get(3)?,
                ends_at: instant(row, 4)?,
                last_used_at: instant(row, 5)?,
            })
        };
        let mut statement = connection.prepare_cached(sql)?;
        key.previous = statement
            .query_map(params![key.number, now.as_millis()], read)?
            .collect::<rusqlite::Result<_>>()?;
    }
    Ok(key)
}

pub(super) fn find(
    connection: &Connection,
    account: &str,
    id: &str,
    kind: Kind,
    now: Timestamp,
) -> rusqlite::Result<Option<KeyRecord>> {
    let params = params![account, id, kind as u8];
    let found = connection.prepare_cached(ONE)?.query_row(params, key).optional()?;
    found.map(|found| complete(connection, found, now)).transpose()
}

fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millis)
}

pub(super) fn insert(connection: &Connection, key: &KeyRecord, kind: Kind) -> rusqlite::Result<()> {
    let sql =
        "INSERT INTO keys (id, account, name, scopes, environment, owner, created_by, standing, created_at,
        last_used_at, expires_at, rotated_at, version, hash, prefix, suffix, current_used_at, grace_until, app,
        kind) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";
    connection.prepare_cached(sql)?.execute(params![
        key.id,
        key.account,
        key.name,
        key.scopes.join(" "),
        key.environment,
        key.owner,
        key.created_by,
        key.standing as u8,
        key.created_at.as_millis(),
        millis(key.last_used_at),
        millis(key.expires_at),
        millis(key.rotated_at),
        key.current.version,
        key.current.hash,
        key.current.prefix,
        key.current.suffix,
        millis(key.current.last_used_at),
        millis(grace_until(key)),
        key.app,
        kind as u8,
    ])?;
    put_secrets(connection, connection.last_insert_rowid(), secrets(key))
}

/// Writes a key, and of its secrets those that are not as they were before.
pub(super) fn update(connection: &Connection, before: &KeyRecord, key: &KeyRecord) -> rusqlite::Result<()> {
    let sql =
        "UPDATE keys SET name = ?2, standing = ?3, rotated_at = ?4, version = ?5, hash = ?6, prefix = ?7,
        suffix = ?8, current_used_at = ?9, grace_until = ?10 WHERE number = ?1";
    connection.prepare_cached(sql)?.execute(params![
        key.number,
        key.name,
        key.standing as u8,
        millis(key.rotated_at),
        key.current.version,
        key.current.hash,
        key.current.prefix,
        key.current.suffix,
        millis(key.current.last_used_at),
        millis(grace_until(key)),
    ])?;
    let known: Vec<_> = secrets(before).collect();
    put_secrets(connection, key.number, secrets(key).filter(|secret| !known.contains(secret)))
}

fn secrets(key: &KeyRecord) -> impl Iterator<Item = &SecretRecord> {
    std::iter::once(&key.current).chain(&key.previous)
}

fn put_secrets<'s>(
    connection: &Connection,
    number: i64,
    secrets: impl Iterator<Item = &'s SecretRecord>,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO secrets VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (hash) DO UPDATE SET ends_at = excluded.ends_at";
    let mut statement = connection.prepare_cached(sql)?;
    for secret in secrets {
        statement.execute(params![
            secret.hash,
            number,
            secret.version,
            secret.prefix,
            secret.suffix,
            millis(secret.ends_at),
            millis(secret.last_used_at)
        ])?;
    }
    Ok(())
}

/// Until when the last of the old secrets is accepted.
fn grace_until(key: &KeyRecord) -> Option<Timestamp> {
    key.previous.iter().filter_map(|old| old.ends_at).max()
}

pub(super) fn remember(connection: &Connection, call: &CallRecord) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT INTO calls VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        call.name,
        call.content,
        call.answered_at.as_millis(),
        call.sealed
    ])?;
    Ok(())
}

#[async_trait]
impl KeyStore for Sqlite {
    async fn keys(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<KeyRecord>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(PAGE)?;
            let found = statement.query_map(params![account, before.unwrap_or(i64::MAX), limit], key)?;
            found.map(|found| complete(connection, found?, now)).collect()
        })
    }

    async fn key(&self, account: &str, id: &str, now: Timestamp) -> Result<Option<KeyRecord>> {
        self.read(|connection| find(connection, account, id, Kind::ApiKey, now))
    }

    async fn add_key(&self, key: KeyRecord, call: Option<CallRecord>) -> Result<()> {
        let added = self.writer.change(move |connection| {
            insert(connection, &key, Kind::ApiKey)?;
            call.map_or(Ok(()), |call| remember(connection, &call))
        });
        added.await
    }

    async fn change_key(
        &self,
        account: &str,
        id: &str,
        now: Timestamp,
        change: KeyChange,
    ) -> Result<Result<KeyRecord, Refusal>> {
        let (account, id) = (account.to_owned(), id.to_owned());
        let changed = self.writer.change(move |connection| {
            let Some(mut key) = find(connection, &account, &id, Kind::ApiKey, now)? else {
                return Ok(Err(Refusal::NotFound));
            };
            let before = key.clone();
            match change(&mut key) {
                Err(refusal) => Ok(Err(refusal)),
                Ok(call) => {
                    update(connection, &before, &key)?;
                    call.map_or(Ok(()), |call| remember(connection, &call))?;
                    Ok(Ok(key))
                }
            }
        });
        changed.await
    }

    fn generation(&self) -> Option<u64> {
        Some(self.commits.load(Ordering::Acquire))
    }

    async fn call(&self, name: &Digest) -> Result<Option<CallRecord>> {
        self.row("SELECT content, answered_at, sealed FROM calls WHERE name = ?1", [name], |row| {
            let answered_at = Timestamp::from_millis(row.get(1)?);
            Ok(CallRecord { name: *name, content: row.get(0)?, answered_at, sealed: row.get(2)? })
        })
    }

    async fn sweep_calls(&self, answers: Timestamp, calls: Timestamp) -> Result<()> {
        let swept = self.writer.write(move |connection| {
            connection.execute(
                "UPDATE calls SET sealed = NULL WHERE sealed IS NOT NULL AND answered_at <= ?1",
                [answers.as_millis()],
            )?;
            connection.execute("DELETE FROM calls WHERE answered_at <= ?1", [calls.as_millis()])
        });
        swept.await.map(drop)
    }

    async fn secret(&self, hash: &Digest) -> Result<Option<PresentedSecret>> {
        let sql = "SELECT k.id, k.account, s.version, k.standing, k.expires_at, s.ends_at, k.app,
            CASE WHEN k.app = '' THEN '' ELSE k.scopes END FROM secrets s JOIN keys k ON k.number = s.key_number WHERE s.hash = ?1";
        self.row(sql, [hash], |row| {
            Ok(PresentedSecret {
                key: row.get(0)?,
                account: row.get(1)?,
                version: row.get(2)?,
                in_force: standing(row.get(3)?) == Standing::InForce,
                key_ends_at: instant(row, 4)?,
                secret_ends_at: instant(row, 5)?,
                app: row.get(6)?,
                scopes: words(row.get_ref(7)?.as_str()?),
            })
        })
    }
}
