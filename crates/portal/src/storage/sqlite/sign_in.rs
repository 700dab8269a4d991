//! OAuth in SQLite: clients, grants, codes and tokens.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    super::{ClientRecord, CodeRecord, GrantRecord, Redeemed, Refreshed, Registered, SignInStore, TokenPair},
    Result, Sqlite, words,
};
use crate::{clients::ClientAuth, seal::Digest};

const GRANT: &str = "g.id, g.account, g.client, g.scopes, g.granted_at, g.ended_at";

/// How much is forgotten in one change.
const BATCH: i64 = 500;
/// For how many milliseconds a code is remembered: coming back, it ends what it was exchanged for.
const CODE_MEMORY: i64 = 86_400_000;
/// For how many milliseconds a subscription that was taken back is remembered: a decision about it is told so.
const WITHDRAWN_MEMORY: i64 = 30 * 86_400_000;
/// What has ended is forgotten in this order; grants last, once nothing hangs on them.
const SWEPT: [&str; 9] = [
    "DELETE FROM sessions WHERE cookie IN (SELECT cookie FROM sessions WHERE ends_at <= ?1 LIMIT ?2)",
    "DELETE FROM access_tokens WHERE hash IN (SELECT hash FROM access_tokens WHERE ends_at <= ?1 LIMIT ?2)",
    "DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens WHERE ends_at <= ?1 LIMIT ?2)",
    "DELETE FROM codes WHERE hash IN (SELECT hash FROM codes WHERE ends_at <= ?1 LIMIT ?2)",
    "DELETE FROM grants WHERE id IN (SELECT g.id FROM grants g WHERE g.granted_at <= ?1
        AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = g.id)
        AND NOT EXISTS (SELECT 1 FROM access_tokens a WHERE a.grant_id = g.id)
        AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.grant_id = g.id) LIMIT ?2)",
    "DELETE FROM subscriptions WHERE number IN (SELECT number FROM subscriptions
        WHERE state = 'withdrawn' AND ended_at <= ?1 LIMIT ?2)",
    "DELETE FROM client_tokens WHERE hash IN (SELECT hash FROM client_tokens WHERE ends_at <= ?1 LIMIT ?2)",
    "DELETE FROM assertions WHERE hash IN (SELECT hash FROM assertions WHERE ends_at <= ?1 LIMIT ?2)",
    "DELETE FROM acquisitions WHERE (key_number, subject, item) IN
        (SELECT key_number, subject, item FROM acquisitions WHERE ends_at <= ?1 LIMIT ?2)",
];

fn grant(row: &Row<'_>) -> rusqlite::Result<GrantRecord> {
    Ok(GrantRecord {
        id: row.get(0)?,
        account: row.get(1)?,
        client: row.get(2)?,
        scopes: words(row.get_ref(3)?.as_str()?),
        granted_at: Timestamp::from_millis(row.get(4)?),
        ended_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
    })
}

fn issue(connection: &Connection, grant: &str, tokens: &TokenPair) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT INTO access_tokens VALUES (?1, ?2, ?3)")?.execute(params![
        tokens.access,
        grant,
        tokens.access_ends_at.as_millis()
    ])?;
    connection
        .prepare_cached("INSERT INTO refresh_tokens VALUES (?1, ?2, ?3, NULL, NULL, NULL)")?
        .execute(params![tokens.refresh, grant, tokens.refresh_ends_at.as_millis()])?;
    Ok(())
}

fn end(connection: &Connection, grant: &str, now: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE grants SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL")?
        .execute(params![grant, now.as_millis()])?;
    Ok(())
}

/// What is known of a refresh token that comes back.
struct Presented {
    grant: String,
    ended: bool,
    ends_at: i64,
    used_at: Option<i64>,
    /// Whether its successor was used as well.
    next_used: bool,
    next_access_ends_at: Option<i64>,
}

fn presented(connection: &Connection, refresh: &Digest) -> rusqlite::Result<Option<Presented>> {
    let sql =
        "SELECT r.grant_id, g.ended_at IS NOT NULL, r.ends_at, r.used_at, n.used_at IS NOT NULL, a.ends_at
        FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id
        LEFT JOIN refresh_tokens n ON n.hash = r.next_refresh
        LEFT JOIN access_tokens a ON a.hash = r.next_access WHERE r.hash = ?1";
    let read = |row: &Row<'_>| {
        Ok(Presented {
            grant: row.get(0)?,
            ended: row.get(1)?,
            ends_at: row.get(2)?,
            used_at: row.get(3)?,
            next_used: row.get(4)?,
            next_access_ends_at: row.get(5)?,
        })
    };
    connection.prepare_cached(sql)?.query_row([refresh], read).optional()
}

fn refresh(
    connection: &Connection,
    used: &Digest,
    tokens: &TokenPair,
    now: Timestamp,
    repeated_since: Timestamp,
) -> rusqlite::Result<Refreshed> {
    let Some(token) = presented(connection, used)? else { return Ok(Refreshed::Refused) };
    if token.ended || token.ends_at <= now.as_millis() {
        return Ok(Refreshed::Refused);
    }
    match (token.used_at, token.next_access_ends_at) {
        (None, _) => {
            issue(connection, &token.grant, tokens)?;
            connection
                .prepare_cached("UPDATE refresh_tokens SET used_at = ?2, next_refresh = ?3, next_access = ?4 WHERE hash = ?1")?
                .execute(params![used, now.as_millis(), tokens.refresh, tokens.access])?;
            Ok(Refreshed::Issued)
        }
        (Some(at), Some(ends_at)) if at >= repeated_since.as_millis() && !token.next_used => {
            Ok(Refreshed::Repeated(Timestamp::from_millis(ends_at)))
        }
        (Some(_), _) => {
            end(connection, &token.grant, now)?;
            Ok(Refreshed::Reused)
        }
    }
}

#[async_trait]
impl SignInStore for Sqlite {
    async fn client(&self, id: &str) -> Result<Option<ClientRecord>> {
        let sql = "SELECT c.id, c.name, c.redirect_uris, c.auth, k.number, k.owner, k.app, k.standing = 1, k.account,
                EXISTS (SELECT 1 FROM suspended s WHERE s.state = 1 AND s.target IN (k.id, k.app))
            FROM clients c LEFT JOIN keys k ON k.id = c.id AND k.kind = 1
            WHERE c.id = ?1 AND (k.standing IS NULL OR k.standing <> 2)";
        self.row(sql, [id], |row| {
            let registered = match row.get::<_, Option<i64>>(4)? {
                Some(_) => Some(Registered {
                    account: row.get(8)?,
                    owner: row.get(5)?,
                    app: row.get(6)?,
                    in_force: row.get(7)?,
                    is_suspended: row.get(9)?,
                }),
                None => None,
            };
            Ok(ClientRecord {
                id: row.get(0)?,
                name: row.get(1)?,
                redirect_uris: words(row.get_ref(2)?.as_str()?),
                auth: ClientAuth::kept(row.get(3)?),
                registered,
            })
        })
    }

    async fn put_client(&self, client: ClientRecord) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO clients (id, name, redirect_uris) VALUES (?1, ?2, ?3)";
        let put = self.writer.write(move |connection| {
            connection.prepare_cached(sql)?.execute(params![
                client.id,
                client.name,
                client.redirect_uris.join(" ")
            ])
        });
        put.await.map(drop)
    }

    async fn add_grant(&self, grant: GrantRecord, code: CodeRecord) -> Result<()> {
        let added = self.writer.change(move |connection| {
            connection.prepare_cached("INSERT INTO grants VALUES (?1, ?2, ?3, ?4, ?5, NULL)")?.execute(
                params![
                    grant.id,
                    grant.account,
                    grant.client,
                    grant.scopes.join(" "),
                    grant.granted_at.as_millis()
                ],
            )?;
            connection.prepare_cached("INSERT INTO codes VALUES (?1, ?2, ?3, ?4, ?5, NULL)")?.execute(
                params![code.hash, grant.id, code.redirect_uri, code.challenge, code.ends_at.as_millis()],
            )
        });
        added.await.map(drop)
    }

    async fn code(&self, hash: &Digest) -> Result<Option<(CodeRecord, GrantRecord)>> {
        let sql = format!(
            "SELECT {GRANT}, c.redirect_uri, c.challenge, c.ends_at FROM codes c JOIN grants g ON g.id = c.grant_id
             WHERE c.hash = ?1"
        );
        self.row(&sql, [hash], |row| {
            let code = CodeRecord {
                hash: *hash,
                redirect_uri: row.get(6)?,
                challenge: row.get(7)?,
                ends_at: Timestamp::from_millis(row.get(8)?),
            };
            Ok((code, grant(row)?))
        })
    }

    async fn redeem(&self, code: Digest, tokens: TokenPair, now: Timestamp) -> Result<Redeemed> {
        let redeemed = self.writer.change(move |connection| {
            let sql = "SELECT c.grant_id, c.used_at IS NOT NULL, c.ends_at <= ?2 OR g.ended_at IS NOT NULL
                FROM codes c JOIN grants g ON g.id = c.grant_id WHERE c.hash = ?1";
            let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let (grant, used, ended): (String, bool, bool) =
                connection.prepare_cached(sql)?.query_row(params![code, now.as_millis()], read)?;
            // Asked first: a code that comes back late was stolen no less.
            if used {
                end(connection, &grant, now)?;
                return Ok(Redeemed::Reused);
            }
            if ended {
                return Ok(Redeemed::Ended);
            }
            connection
                .prepare_cached("UPDATE codes SET used_at = ?2 WHERE hash = ?1")?
                .execute(params![code, now.as_millis()])?;
            issue(connection, &grant, &tokens)?;
            Ok(Redeemed::Issued)
        });
        redeemed.await
    }

    async fn refresh_grant(&self, refresh: &Digest) -> Result<Option<GrantRecord>> {
        let sql = format!(
            "SELECT {GRANT} FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id WHERE r.hash = ?1"
        );
        self.row(&sql, [refresh], grant)
    }

    async fn refresh(
        &self,
        used: Digest,
        tokens: TokenPair,
        now: Timestamp,
        repeated_since: Timestamp,
    ) -> Result<Refreshed> {
        self.writer.change(move |connection| refresh(connection, &used, &tokens, now, repeated_since)).await
    }

    async fn access_grant(&self, access: &Digest, now: Timestamp) -> Result<Option<GrantRecord>> {
        // Asked on every call of the API, so it is spelled out rather than put together.
        let sql = "SELECT g.id, g.account, g.client, g.scopes, g.granted_at, g.ended_at
            FROM access_tokens t JOIN grants g ON g.id = t.grant_id
            WHERE t.hash = ?1 AND t.ends_at > ?2 AND g.ended_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM keys k JOIN suspended s ON s.target IN (k.id, k.app)
                    WHERE k.id = g.client AND s.state = 1)";
        self.row(sql, params![access, now.as_millis()], grant)
    }

    async fn end_grant(
        &self,
        access: Digest,
        refresh: Digest,
        client: Option<String>,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "UPDATE grants SET ended_at = ?4 WHERE ended_at IS NULL AND (?3 IS NULL OR client = ?3) AND id IN (
            SELECT grant_id FROM access_tokens WHERE hash = ?1
            UNION ALL SELECT grant_id FROM refresh_tokens WHERE hash = ?2)";
        let ended = self.writer.change(move |connection| {
            connection.prepare_cached(sql)?.execute(params![access, refresh, client, now.as_millis()])
        });
        ended.await.map(drop)
    }

    async fn sweep(&self, now: Timestamp) -> Result<()> {
        let now = now.as_millis();
        let before = [now, now, now, now - CODE_MEMORY, now, now - WITHDRAWN_MEMORY, now, now, now];
        for (sql, before) in SWEPT.into_iter().zip(before) {
            // Little by little, so that nobody else's change waits for all of it.
            let sweep = || {
                self.writer.write(move |connection| connection.prepare_cached(sql)?.execute([before, BATCH]))
            };
            while sweep().await? >= usize::try_from(BATCH).unwrap_or(usize::MAX) {}
        }
        Ok(())
    }
}
