//! OAuth clients of developers in SQLite: each is a row of the keys, of its own kind, and a row of the clients.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    super::{
        Acquisition, ClientChange, ClientStore, ClientToken, NewClient, PresentedSecret, PresentedToken,
        Refusal,
    },
    Result, Sqlite, apps,
    keys::{self, Kind, instant},
    usage::touch,
    words,
};
use crate::{
    clients::{Algorithm, ClientAuth, ClientKeyRecord, OauthClient, PublicKey},
    keys::{KeyRecord, Standing},
    seal::Digest,
};

const PAGE: &str =
    "SELECT number, id, account, name, scopes, environment, owner, created_by, standing, created_at,
    last_used_at, expires_at, rotated_at, version, hash, prefix, suffix, current_used_at, grace_until,
    app FROM keys WHERE account = ?1 AND number < ?2 AND kind = 1 AND standing <> 2 ORDER BY number DESC LIMIT ?3";
const KEYS: &str = "SELECT c.version, c.kid, c.algorithm, c.public, c.added_at, s.last_used_at
    FROM client_keys c JOIN secrets s ON s.key_number = c.key_number AND s.version = c.version
    WHERE c.key_number = ?1 ORDER BY c.version DESC";
/// A token of a client itself, or of somebody who signed in with it; a token of one kind is none of the other.
const TOKEN: &str = "SELECT k.id, k.account, t.version, k.standing = 1, t.ends_at, s.ends_at, k.app, t.scopes, ''
    FROM client_tokens t JOIN keys k ON k.number = t.key_number
    LEFT JOIN secrets s ON s.key_number = t.key_number AND s.version = t.version WHERE t.hash = ?1
    UNION ALL
    SELECT k.id, k.account, k.version, k.standing = 1 AND g.ended_at IS NULL, t.ends_at, NULL, k.app, g.scopes,
        g.account
    FROM access_tokens t JOIN grants g ON g.id = t.grant_id JOIN keys k ON k.id = g.client AND k.kind = 1
    WHERE t.hash = ?1";

fn client_key(row: &Row<'_>) -> rusqlite::Result<Option<ClientKeyRecord>> {
    // An algorithm that is not known verifies nothing.
    let Some(algorithm) = Algorithm::read(row.get_ref(2)?.as_str()?) else { return Ok(None) };
    Ok(Some(ClientKeyRecord {
        version: row.get(0)?,
        kid: row.get(1)?,
        key: PublicKey { algorithm, bytes: row.get(3)? },
        added_at: Timestamp::from_millis(row.get(4)?),
        last_used_at: instant(row, 5)?,
    }))
}

/// The public keys of a client by its number.
fn keys_of(connection: &Connection, number: i64) -> rusqlite::Result<Vec<ClientKeyRecord>> {
    let mut statement = connection.prepare_cached(KEYS)?;
    let found = statement.query_map([number], client_key)?;
    Ok(found.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// What a client has besides what every key has.
fn complete(connection: &Connection, record: KeyRecord) -> rusqlite::Result<OauthClient> {
    let sql = "SELECT auth, redirect_uris FROM clients WHERE id = ?1";
    let read = |row: &Row<'_>| Ok((ClientAuth::kept(row.get(0)?), words(row.get_ref(1)?.as_str()?)));
    let (auth, redirect_uris) = connection.prepare_cached(sql)?.query_row([&record.id], read)?;
    let keys = keys_of(connection, record.number)?;
    Ok(OauthClient { record, auth, redirect_uris, keys })
}

fn find(
    connection: &Connection,
    account: &str,
    id: &str,
    now: Timestamp,
) -> rusqlite::Result<Option<OauthClient>> {
    let found = keys::find(connection, account, id, Kind::Client, now)?;
    let alive = found.filter(|record| record.standing != Standing::Revoked);
    alive.map(|record| complete(connection, record)).transpose()
}

fn put_keys(connection: &Connection, number: i64, keys: &[ClientKeyRecord]) -> rusqlite::Result<()> {
    let sql = "INSERT INTO client_keys VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (key_number, version) DO NOTHING";
    let mut statement = connection.prepare_cached(sql)?;
    for one in keys {
        statement.execute(params![
            number,
            one.version,
            one.kid,
            one.key.algorithm.word(),
            one.key.bytes,
            one.added_at.as_millis()
        ])?;
    }
    Ok(())
}

fn insert(connection: &Connection, client: &OauthClient) -> rusqlite::Result<()> {
    keys::insert(connection, &client.record, Kind::Client)?;
    let sql = "SELECT number FROM keys WHERE id = ?1";
    let number = connection.prepare_cached(sql)?.query_row([&client.record.id], |row| row.get(0))?;
    let sql = "INSERT INTO clients (id, name, redirect_uris, auth) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![
        client.record.id,
        client.record.name,
        client.redirect_uris.join(" "),
        client.auth as u8
    ])?;
    put_keys(connection, number, &client.keys)
}

fn update(
    connection: &Connection,
    before: &OauthClient,
    client: &OauthClient,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let (number, id) = (client.record.number, &client.record.id);
    keys::update(connection, &before.record, &client.record)?;
    put_keys(connection, number, &client.keys)?;
    for gone in before.keys.iter().filter(|one| client.keys.iter().all(|kept| kept.version != one.version)) {
        // A token that was got with it ends with it, as one got with a secret does.
        let secret = "UPDATE secrets SET ends_at = 0 WHERE key_number = ?1 AND version = ?2";
        connection.prepare_cached(secret)?.execute(params![number, gone.version])?;
        let key = "DELETE FROM client_keys WHERE key_number = ?1 AND version = ?2";
        connection.prepare_cached(key)?.execute(params![number, gone.version])?;
    }
    if client.record.standing != Standing::Revoked {
        let sql = "UPDATE clients SET name = ?2, redirect_uris = ?3 WHERE id = ?1";
        let uris = client.redirect_uris.join(" ");
        connection.prepare_cached(sql)?.execute(params![id, client.record.name, uris])?;
        return Ok(());
    }
    let grants = "UPDATE grants SET ended_at = ?2 WHERE client = ?1 AND ended_at IS NULL";
    connection.prepare_cached(grants)?.execute(params![id, now.as_millis()])?;
    connection.prepare_cached("DELETE FROM client_tokens WHERE key_number = ?1")?.execute([number])?;
    connection.prepare_cached("DELETE FROM client_keys WHERE key_number = ?1")?.execute([number])?;
    connection.prepare_cached("DELETE FROM clients WHERE id = ?1")?.execute([id])?;
    Ok(())
}

#[async_trait]
impl ClientStore for Sqlite {
    async fn clients(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<OauthClient>> {
        self.look(|connection| {
            let mut statement = connection.prepare_cached(PAGE)?;
            let params = params![account, before.unwrap_or(i64::MAX), limit];
            let found: Vec<_> = statement.query_map(params, keys::key)?.collect::<rusqlite::Result<_>>()?;
            let whole = |one| complete(connection, keys::complete(connection, one, now)?);
            found.into_iter().map(whole).collect()
        })
    }

    async fn client_of(&self, account: &str, id: &str, now: Timestamp) -> Result<Option<OauthClient>> {
        self.look(|connection| find(connection, account, id, now))
    }

    async fn add_client(
        &self,
        account: &str,
        app: &str,
        most: u32,
        new: NewClient,
    ) -> Result<Result<OauthClient, Refusal>> {
        let (account, app) = (account.to_owned(), app.to_owned());
        let added = self.writer.change(move |connection| {
            let count = "SELECT count(*) FROM keys WHERE account = ?1 AND kind = 1 AND standing <> 2";
            let has: u32 = connection.prepare_cached(count)?.query_row([&account], |row| row.get(0))?;
            if has >= most {
                return Ok(Err(Refusal::TooManyClients));
            }
            let owner = if app.is_empty() { None } else { apps::find(connection, &account, &app)? };
            if owner.is_none() && !app.is_empty() {
                return Ok(Err(Refusal::NoSuchApp));
            }
            let (client, call) = new(owner.as_ref());
            insert(connection, &client)?;
            call.map_or(Ok(()), |call| keys::remember(connection, &call))?;
            Ok(Ok(client))
        });
        added.await
    }

    async fn change_client(
        &self,
        account: &str,
        id: &str,
        now: Timestamp,
        change: ClientChange,
    ) -> Result<Result<OauthClient, Refusal>> {
        let (account, id) = (account.to_owned(), id.to_owned());
        let changed = self.writer.change(move |connection| {
            let Some(mut client) = find(connection, &account, &id, now)? else {
                return Ok(Err(Refusal::NotFound));
            };
            let before = client.clone();
            match change(&mut client) {
                Err(refusal) => Ok(Err(refusal)),
                Ok(call) => {
                    update(connection, &before, &client, now)?;
                    call.map_or(Ok(()), |call| keys::remember(connection, &call))?;
                    Ok(Ok(client))
                }
            }
        });
        changed.await
    }

    async fn client_keys(&self, client: &str) -> Result<Vec<ClientKeyRecord>> {
        self.look(|connection| {
            let sql = "SELECT number FROM keys WHERE id = ?1 AND kind = 1 AND standing <> 2";
            let number = connection.prepare_cached(sql)?.query_row([client], |row| row.get(0)).optional()?;
            number.map_or(Ok(Vec::new()), |number| keys_of(connection, number))
        })
    }

    async fn client_used(&self, client: &str, version: u32, now: Timestamp) -> Result<()> {
        let client = client.to_owned();
        let used = self.writer.write(move |connection| {
            let sql = "SELECT number FROM keys WHERE id = ?1 AND kind = 1";
            let number = connection.prepare_cached(sql)?.query_row([&client], |row| row.get(0)).optional()?;
            number.map_or(Ok(()), |number| touch(connection, number, version, now))
        });
        used.await
    }

    async fn use_assertion(&self, assertion: Digest, ends_at: Timestamp, now: Timestamp) -> Result<bool> {
        let sql = "INSERT INTO assertions VALUES (?1, ?2) ON CONFLICT (hash) DO UPDATE SET ends_at = excluded.ends_at
            WHERE assertions.ends_at <= ?3";
        let used = self.writer.write(move |connection| {
            let params = params![assertion, ends_at.as_millis(), now.as_millis()];
            connection.prepare_cached(sql)?.execute(params)
        });
        Ok(used.await? == 1)
    }

    async fn issue_to_client(&self, token: ClientToken, now: Timestamp) -> Result<()> {
        let issued = self.writer.change(move |connection| {
            let sql = "SELECT number FROM keys WHERE id = ?1 AND kind = 1";
            let number: i64 = connection.prepare_cached(sql)?.query_row([&token.client], |row| row.get(0))?;
            connection.prepare_cached("INSERT INTO client_tokens VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
                params![token.hash, number, token.version, token.scopes.join(" "), token.ends_at.as_millis()],
            )?;
            touch(connection, number, token.version, now)
        });
        issued.await
    }

    async fn end_client_token(&self, access: Digest, client: Option<String>) -> Result<()> {
        let sql = "DELETE FROM client_tokens WHERE hash = ?1
            AND (?2 IS NULL OR key_number = (SELECT number FROM keys WHERE id = ?2))";
        let ended = self
            .writer
            .write(move |connection| connection.prepare_cached(sql)?.execute(params![access, client]));
        ended.await.map(drop)
    }

    async fn presented_token(&self, access: &Digest) -> Result<Option<PresentedToken>> {
        self.row(TOKEN, [access], |row| {
            let of = PresentedSecret {
                key: row.get(0)?,
                account: row.get(1)?,
                version: row.get(2)?,
                in_force: row.get(3)?,
                key_ends_at: instant(row, 4)?,
                secret_ends_at: instant(row, 5)?,
                app: row.get(6)?,
                scopes: words(row.get_ref(7)?.as_str()?),
            };
            Ok(PresentedToken { of, subject: row.get(8)? })
        })
    }

    async fn acquired_until(&self, what: &Acquisition, now: Timestamp) -> Result<Option<Timestamp>> {
        let sql = "SELECT a.ends_at FROM acquisitions a JOIN keys k ON k.number = a.key_number
            WHERE k.id = ?1 AND a.subject = ?2 AND a.item = ?3 AND a.ends_at > ?4";
        let params = params![what.client, what.subject, what.item, now.as_millis()];
        self.row(sql, params, |row| row.get(0).map(Timestamp::from_millis))
    }

    async fn acquire(&self, what: Acquisition, now: Timestamp, ends_at: Timestamp) -> Result<bool> {
        let sql = "INSERT INTO acquisitions SELECT number, ?2, ?3, ?5 FROM keys WHERE id = ?1
            ON CONFLICT (key_number, subject, item) DO UPDATE SET ends_at = excluded.ends_at
            WHERE acquisitions.ends_at <= ?4";
        let acquired = self.writer.write(move |connection| {
            let params = params![what.client, what.subject, what.item, now.as_millis(), ends_at.as_millis()];
            connection.prepare_cached(sql)?.execute(params)
        });
        Ok(acquired.await? == 1)
    }
}
