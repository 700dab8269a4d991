//! OAuth clients of developers in PostgreSQL: each is a row of the keys, of its own kind, and a row of the clients.
//!
//! A change of a client holds the lock of its key, so that of two rotations at two portals the second finds what the
//! first left. An assertion is used once and an item acquired once, at whichever portal: each is one statement.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use keystow_domain::Timestamp;
use tokio_postgres::Row;

use super::{
    super::{
        Acquisition, ClientChange, ClientStore, ClientToken, NewClient, PresentedSecret, PresentedToken,
        Refusal,
    },
    Postgres, Result, StorageError, apps, can_be_kept,
    change::Change,
    instant, instant_opt,
    keys::{self, COLUMNS, Kind},
    usage::touch,
    version, words,
};
use crate::{
    clients::{Algorithm, ClientAuth, ClientKeyRecord, OauthClient, PublicKey},
    keys::{KeyRecord, Standing},
    seal::Digest,
};

const REST: &str = "SELECT k.number, c.auth, c.redirect_uris FROM keys k JOIN clients c ON c.id = k.id
    WHERE k.number = ANY($1)";
const KEYS: &str = "SELECT c.key_number, c.version, c.kid, c.algorithm, c.public, c.added_at, s.last_used_at
    FROM client_keys c JOIN secrets s ON s.key_number = c.key_number AND s.version = c.version
    WHERE c.key_number = ANY($1) ORDER BY c.key_number, c.version DESC";
/// A token of a client itself, or of somebody who signed in with it; a token of one kind is none of the other.
const TOKEN: &str = "SELECT k.id, k.account, t.version, k.standing = 1, t.ends_at, s.ends_at, k.app, t.scopes, ''
    FROM client_tokens t JOIN keys k ON k.number = t.key_number
    LEFT JOIN secrets s ON s.key_number = t.key_number AND s.version = t.version WHERE t.hash = $1
    UNION ALL
    SELECT k.id, k.account, k.version, k.standing = 1 AND g.ended_at IS NULL, t.ends_at, NULL, k.app, g.scopes,
        g.account
    FROM access_tokens t JOIN grants g ON g.id = t.grant_id JOIN keys k ON k.id = g.client AND k.kind = 1
    WHERE t.hash = $1";

fn client_key(row: &Row) -> Result<Option<ClientKeyRecord>> {
    // An algorithm that is not known verifies nothing.
    let Some(algorithm) = Algorithm::read(row.try_get(3)?) else { return Ok(None) };
    Ok(Some(ClientKeyRecord {
        version: version(row, 1)?,
        kid: row.try_get(2)?,
        key: PublicKey { algorithm, bytes: row.try_get(4)? },
        added_at: instant(row, 5)?,
        last_used_at: instant_opt(row, 6)?,
    }))
}

/// Puts to keys what they have besides as clients; one that is no client any more is left out.
fn completed(records: Vec<KeyRecord>, rest: &[Row], keys: &[Row]) -> Result<Vec<OauthClient>> {
    let mut known: HashMap<i64, (ClientAuth, Vec<String>)> = HashMap::new();
    for row in rest {
        let auth = ClientAuth::kept(row.try_get::<_, i16>(1)?.into());
        known.insert(row.try_get(0)?, (auth, words(row.try_get(2)?)));
    }
    let mut clients = Vec::with_capacity(records.len());
    for record in records {
        let Some((auth, redirect_uris)) = known.remove(&record.number) else { continue };
        clients.push(OauthClient { record, auth, redirect_uris, keys: Vec::new() });
    }
    for row in keys {
        let number: i64 = row.try_get(0)?;
        if let Some(client) = clients.iter_mut().find(|client| client.record.number == number) {
            client.keys.extend(client_key(row)?);
        }
    }
    Ok(clients)
}

impl Postgres {
    async fn whole(&self, records: Vec<KeyRecord>) -> Result<Vec<OauthClient>> {
        let numbers: Vec<i64> = records.iter().map(|record| record.number).collect();
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        completed(records, &self.rows(REST, &[&numbers]).await?, &self.rows(KEYS, &[&numbers]).await?)
    }
}

/// Finds a client and keeps everybody else from changing it.
async fn locked(change: &Change, account: &str, id: &str, now: Timestamp) -> Result<Option<OauthClient>> {
    let found = keys::locked(change, account, id, Kind::Client, now).await?;
    let Some(record) = found.filter(|record| record.standing != Standing::Revoked) else { return Ok(None) };
    let numbers = vec![record.number];
    let (rest, keys) = (change.rows(REST, &[&numbers]).await?, change.rows(KEYS, &[&numbers]).await?);
    Ok(completed(vec![record], &rest, &keys)?.pop())
}

async fn put_keys(change: &Change, number: i64, keys: &[ClientKeyRecord]) -> Result<()> {
    let sql = "INSERT INTO client_keys (key_number, version, kid, algorithm, public, added_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key_number, version) DO NOTHING";
    for one in keys {
        let (version, added_at) = (i64::from(one.version), one.added_at.as_millis());
        let algorithm = one.key.algorithm.word();
        change.run(sql, &[&number, &version, &one.kid, &algorithm, &one.key.bytes, &added_at]).await?;
    }
    Ok(())
}

async fn insert(change: &Change, client: &OauthClient) -> Result<()> {
    let number = keys::insert(change, &client.record, Kind::Client).await?;
    let sql = "INSERT INTO clients (id, name, redirect_uris, auth) VALUES ($1, $2, $3, $4)";
    let (uris, auth) = (client.redirect_uris.join(" "), client.auth as i16);
    change.run(sql, &[&client.record.id, &client.record.name, &uris, &auth]).await?;
    put_keys(change, number, &client.keys).await
}

async fn update(change: &Change, before: &OauthClient, client: &OauthClient, now: Timestamp) -> Result<()> {
    let (number, id) = (client.record.number, &client.record.id);
    keys::update(change, &before.record, &client.record).await?;
    put_keys(change, number, &client.keys).await?;
    for gone in before.keys.iter().filter(|one| client.keys.iter().all(|kept| kept.version != one.version)) {
        let version = i64::from(gone.version);
        // A token that was got with it ends with it, as one got with a secret does.
        let secret = "UPDATE secrets SET ends_at = 0 WHERE key_number = $1 AND version = $2";
        change.run(secret, &[&number, &version]).await?;
        let key = "DELETE FROM client_keys WHERE key_number = $1 AND version = $2";
        change.run(key, &[&number, &version]).await?;
    }
    if client.record.standing != Standing::Revoked {
        let sql = "UPDATE clients SET name = $2, redirect_uris = $3 WHERE id = $1";
        let uris = client.redirect_uris.join(" ");
        return change.run(sql, &[&id, &client.record.name, &uris]).await.map(drop);
    }
    let grants = "UPDATE grants SET ended_at = $2 WHERE client = $1 AND ended_at IS NULL";
    change.run(grants, &[&id, &now.as_millis()]).await?;
    change.run("DELETE FROM client_tokens WHERE key_number = $1", &[&number]).await?;
    change.run("DELETE FROM client_keys WHERE key_number = $1", &[&number]).await?;
    change.run("DELETE FROM clients WHERE id = $1", &[&id]).await.map(drop)
}

/// Looks for room for a client of an account, and for its app.
async fn owner(
    change: &Change,
    account: &str,
    app: &str,
    most: u32,
) -> Result<Result<Option<crate::apps::AppRecord>, Refusal>> {
    // An app is locked before anything else is.
    let owner = match app {
        "" => None,
        app => match apps::locked(change, account, app).await? {
            None => return Ok(Err(Refusal::NoSuchApp)),
            found => found,
        },
    };
    apps::lock_owner(change, account).await?;
    let count = "SELECT count(*) FROM keys WHERE account = $1 AND kind = 1 AND standing <> 2";
    let has: i64 = change.row(count, &[&account]).await?.ok_or(StorageError::Damaged)?.try_get(0)?;
    Ok(if has >= i64::from(most) { Err(Refusal::TooManyClients) } else { Ok(owner) })
}

#[async_trait]
impl ClientStore for Postgres {
    async fn clients(
        &self,
        account: &str,
        before: Option<i64>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<OauthClient>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM keys WHERE account = $1 AND number < $2 AND kind = 1 AND standing <> 2
             ORDER BY number DESC LIMIT $3"
        );
        let (before, limit) = (before.unwrap_or(i64::MAX), i64::from(limit));
        let rows = self.rows(&sql, &[&account, &before, &limit]).await?;
        self.whole(self.completed(&rows, now).await?).await
    }

    async fn client_of(&self, account: &str, id: &str, now: Timestamp) -> Result<Option<OauthClient>> {
        if !can_be_kept(id) {
            return Ok(None);
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM keys WHERE account = $1 AND id = $2 AND kind = 1 AND standing <> 2"
        );
        let rows = self.rows(&sql, &[&account, &id]).await?;
        Ok(self.whole(self.completed(&rows, now).await?).await?.pop())
    }

    async fn add_client(
        &self,
        account: &str,
        app: &str,
        most: u32,
        new: NewClient,
    ) -> Result<Result<OauthClient, Refusal>> {
        if !can_be_kept(app) {
            return Ok(Err(Refusal::NoSuchApp));
        }
        let change = self.begin().await?;
        match owner(&change, account, app, most).await? {
            Err(refusal) => {
                change.undo().await?;
                Ok(Err(refusal))
            }
            Ok(owner) => {
                // Called here and nowhere else, as every change.
                let (client, call) = new(owner.as_ref());
                insert(&change, &client).await?;
                keys::remember(&change, call).await?;
                change.commit().await?;
                Ok(Ok(client))
            }
        }
    }

    async fn change_client(
        &self,
        account: &str,
        id: &str,
        now: Timestamp,
        change_it: ClientChange,
    ) -> Result<Result<OauthClient, Refusal>> {
        if !can_be_kept(id) {
            return Ok(Err(Refusal::NotFound));
        }
        let change = self.begin().await?;
        let Some(mut client) = locked(&change, account, id, now).await? else {
            change.undo().await?;
            return Ok(Err(Refusal::NotFound));
        };
        let before = client.clone();
        // Called here and nowhere else: whatever fails from now on fails the change, and nobody tries again.
        match change_it(&mut client) {
            Err(refusal) => {
                change.undo().await?;
                Ok(Err(refusal))
            }
            Ok(call) => {
                update(&change, &before, &client, now).await?;
                keys::remember(&change, call).await?;
                change.commit().await?;
                Ok(Ok(client))
            }
        }
    }

    async fn client_keys(&self, client: &str) -> Result<Vec<ClientKeyRecord>> {
        if !can_be_kept(client) {
            return Ok(Vec::new());
        }
        let sql = "SELECT c.key_number, c.version, c.kid, c.algorithm, c.public, c.added_at, NULL::BIGINT
            FROM client_keys c JOIN keys k ON k.number = c.key_number
            WHERE k.id = $1 AND k.kind = 1 AND k.standing <> 2 ORDER BY c.version DESC";
        let rows = self.rows(sql, &[&client]).await?;
        let keys: Vec<Option<ClientKeyRecord>> = rows.iter().map(client_key).collect::<Result<_>>()?;
        Ok(keys.into_iter().flatten().collect())
    }

    async fn client_used(&self, client: &str, version: u32, now: Timestamp) -> Result<()> {
        let change = self.begin().await?;
        let sql = "SELECT number FROM keys WHERE id = $1 AND kind = 1 FOR NO KEY UPDATE";
        if let Some(row) = change.row(sql, &[&client]).await? {
            let used = BTreeMap::from([((row.try_get(0)?, i64::from(version)), now.as_millis())]);
            touch(&change, used).await?;
        }
        // It is not what was attempted, but how.
        change.commit_unsaid().await
    }

    async fn use_assertion(&self, assertion: Digest, ends_at: Timestamp, now: Timestamp) -> Result<bool> {
        let sql = "INSERT INTO assertions (hash, ends_at) VALUES ($1, $2)
            ON CONFLICT (hash) DO UPDATE SET ends_at = excluded.ends_at WHERE assertions.ends_at <= $3";
        Ok(self.run(sql, &[&&assertion[..], &ends_at.as_millis(), &now.as_millis()]).await? == 1)
    }

    async fn issue_to_client(&self, token: ClientToken, now: Timestamp) -> Result<()> {
        let change = self.begin().await?;
        let sql = "SELECT number FROM keys WHERE id = $1 AND kind = 1 FOR NO KEY UPDATE";
        // Whoever asks has seen the client a moment ago: a storage without it failed.
        let row = change.row(sql, &[&token.client]).await?.ok_or(StorageError::Undone)?;
        let (number, version): (i64, _) = (row.try_get(0)?, i64::from(token.version));
        let sql = "INSERT INTO client_tokens (hash, key_number, version, scopes, ends_at)
            VALUES ($1, $2, $3, $4, $5)";
        let (scopes, ends_at) = (token.scopes.join(" "), token.ends_at.as_millis());
        change.run(sql, &[&&token.hash[..], &number, &version, &scopes, &ends_at]).await?;
        touch(&change, BTreeMap::from([((number, version), now.as_millis())])).await?;
        change.commit().await
    }

    async fn end_client_token(&self, access: Digest, client: Option<String>) -> Result<()> {
        if client.as_deref().is_some_and(|client| !can_be_kept(client)) {
            return Ok(());
        }
        let sql = "DELETE FROM client_tokens WHERE hash = $1
            AND ($2::TEXT IS NULL OR key_number = (SELECT number FROM keys WHERE id = $2))";
        self.run(sql, &[&&access[..], &client]).await.map(drop)
    }

    async fn presented_token(&self, access: &Digest) -> Result<Option<PresentedToken>> {
        let read = |row: Row| {
            let of = PresentedSecret {
                key: row.try_get(0)?,
                account: row.try_get(1)?,
                version: version(&row, 2)?,
                in_force: row.try_get(3)?,
                key_ends_at: instant_opt(&row, 4)?,
                secret_ends_at: instant_opt(&row, 5)?,
                app: row.try_get(6)?,
                scopes: words(row.try_get(7)?),
            };
            Ok(PresentedToken { of, subject: row.try_get(8)? })
        };
        self.row(TOKEN, &[&&access[..]]).await?.map(read).transpose()
    }

    async fn acquired_until(&self, what: &Acquisition, now: Timestamp) -> Result<Option<Timestamp>> {
        let sql = "SELECT a.ends_at FROM acquisitions a JOIN keys k ON k.number = a.key_number
            WHERE k.id = $1 AND a.subject = $2 AND a.item = $3 AND a.ends_at > $4";
        let row = self.row(sql, &[&what.client, &what.subject, &what.item, &now.as_millis()]).await?;
        row.map(|row| instant(&row, 0)).transpose()
    }

    async fn acquire(&self, what: Acquisition, now: Timestamp, ends_at: Timestamp) -> Result<bool> {
        let sql = "INSERT INTO acquisitions (key_number, subject, item, ends_at)
            SELECT number, $2::TEXT, $3::TEXT, $5::BIGINT FROM keys WHERE id = $1
            ON CONFLICT (key_number, subject, item) DO UPDATE SET ends_at = excluded.ends_at
            WHERE acquisitions.ends_at <= $4";
        let (now, ends_at) = (now.as_millis(), ends_at.as_millis());
        Ok(self.run(sql, &[&what.client, &what.subject, &what.item, &now, &ends_at]).await? == 1)
    }
}
