//! OAuth in PostgreSQL: clients, grants, codes and tokens.
//!
//! Whatever changes a code or a token locks its grant first, and looks only then: so a code or a refresh token that
//! comes twice at the same moment, at whichever portal, is seen to have come twice.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use tokio_postgres::Row;

use super::{
    super::{
        ClientRecord, CodeRecord, GrantRecord, Made, Redeemed, Refreshed, Registered, SignInStore, TokenPair,
    },
    Postgres, Result, StorageError, can_be_kept,
    change::Change,
    instant, instant_opt, words,
};
use crate::{clients::ClientAuth, seal::Digest};

const GRANT: &str = "g.id, g.account, g.client, g.scopes, g.granted_at, g.ended_at";

/// The lock under which what has ended is forgotten.
pub(super) const SWEEP_LOCK: i64 = 0x6b65_7973_746f_7702;
/// How much is forgotten in one change.
const BATCH: i64 = 500;
/// For how many milliseconds a code is remembered: coming back, it ends what it was exchanged for.
const CODE_MEMORY: i64 = 86_400_000;
/// For how many milliseconds a subscription that was taken back is remembered: a decision about it is told so.
const WITHDRAWN_MEMORY: i64 = 30 * 86_400_000;
/// What has ended is forgotten in this order; grants last, once nothing hangs on them.
const SWEPT: [&str; 9] = [
    "DELETE FROM sessions WHERE cookie IN (SELECT cookie FROM sessions WHERE ends_at <= $1 LIMIT $2)",
    "DELETE FROM access_tokens WHERE hash IN (SELECT hash FROM access_tokens WHERE ends_at <= $1 LIMIT $2)",
    "DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens WHERE ends_at <= $1 LIMIT $2)",
    "DELETE FROM codes WHERE hash IN (SELECT hash FROM codes WHERE ends_at <= $1 LIMIT $2)",
    "DELETE FROM grants WHERE id IN (SELECT g.id FROM grants g WHERE g.granted_at <= $1
        AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.grant_id = g.id)
        AND NOT EXISTS (SELECT 1 FROM access_tokens a WHERE a.grant_id = g.id)
        AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.grant_id = g.id) LIMIT $2 FOR UPDATE OF g SKIP LOCKED)",
    "DELETE FROM subscriptions WHERE number IN (SELECT number FROM subscriptions
        WHERE state = 'withdrawn' AND ended_at <= $1 LIMIT $2)",
    "DELETE FROM client_tokens WHERE hash IN (SELECT hash FROM client_tokens WHERE ends_at <= $1 LIMIT $2)",
    "DELETE FROM assertions WHERE hash IN (SELECT hash FROM assertions WHERE ends_at <= $1 LIMIT $2)",
    "DELETE FROM acquisitions WHERE (key_number, subject, item) IN
        (SELECT key_number, subject, item FROM acquisitions WHERE ends_at <= $1 LIMIT $2)",
];

fn grant(row: &Row) -> Result<GrantRecord> {
    Ok(GrantRecord {
        id: row.try_get(0)?,
        account: row.try_get(1)?,
        client: row.try_get(2)?,
        scopes: words(row.try_get(3)?),
        granted_at: instant(row, 4)?,
        ended_at: instant_opt(row, 5)?,
    })
}

async fn issue(change: &Change, grant: &str, tokens: &TokenPair) -> Result<()> {
    let ends_at = tokens.access_ends_at.as_millis();
    let access = "INSERT INTO access_tokens (hash, grant_id, ends_at) VALUES ($1, $2, $3)";
    change.run(access, &[&&tokens.access[..], &grant, &ends_at]).await?;
    let ends_at = tokens.refresh_ends_at.as_millis();
    let refresh = "INSERT INTO refresh_tokens (hash, grant_id, ends_at) VALUES ($1, $2, $3)";
    change.run(refresh, &[&&tokens.refresh[..], &grant, &ends_at]).await.map(drop)
}

async fn end(change: &Change, grant: &str, now: Timestamp) -> Result<()> {
    let sql = "UPDATE grants SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    change.run(sql, &[&grant, &now.as_millis()]).await.map(drop)
}

/// Locks the grant that `found` names, and says whether it has ended; nothing if there is none.
async fn locked(change: &Change, found: Option<Row>) -> Result<Option<(String, bool)>> {
    let Some(id) = found.map(|row| row.try_get::<_, String>(0)).transpose()? else { return Ok(None) };
    let sql = "SELECT ended_at IS NOT NULL FROM grants WHERE id = $1 FOR UPDATE";
    let Some(row) = change.row(sql, &[&id]).await? else { return Ok(None) };
    Ok(Some((id, row.try_get(0)?)))
}

async fn redeem(change: &Change, code: &Digest, tokens: &TokenPair, now: Timestamp) -> Result<Redeemed> {
    let grant = change.row("SELECT grant_id FROM codes WHERE hash = $1", &[&&code[..]]).await?;
    // Whoever asks has seen the code a moment ago: a storage without it failed.
    let (grant, ended) = locked(change, grant).await?.ok_or(StorageError::Undone)?;
    let sql = "SELECT used_at IS NOT NULL, ends_at <= $2 FROM codes WHERE hash = $1";
    let code_row = change.row(sql, &[&&code[..], &now.as_millis()]).await?.ok_or(StorageError::Undone)?;
    // Asked first: a code that comes back late was stolen no less.
    if code_row.try_get(0)? {
        end(change, &grant, now).await?;
        return Ok(Redeemed::Reused);
    }
    if ended || code_row.try_get(1)? {
        return Ok(Redeemed::Ended);
    }
    let used = "UPDATE codes SET used_at = $2 WHERE hash = $1";
    change.run(used, &[&&code[..], &now.as_millis()]).await?;
    issue(change, &grant, tokens).await?;
    Ok(Redeemed::Issued)
}

async fn refresh(
    change: &Change,
    used: &Digest,
    tokens: &TokenPair,
    now: Timestamp,
    repeated_since: Timestamp,
) -> Result<Refreshed> {
    let grant = change.row("SELECT grant_id FROM refresh_tokens WHERE hash = $1", &[&&used[..]]).await?;
    let Some((grant, ended)) = locked(change, grant).await? else { return Ok(Refreshed::Refused) };
    let sql = "SELECT r.ends_at, r.used_at, n.used_at IS NOT NULL, a.ends_at FROM refresh_tokens r
        LEFT JOIN refresh_tokens n ON n.hash = r.next_refresh
        LEFT JOIN access_tokens a ON a.hash = r.next_access WHERE r.hash = $1";
    let Some(row) = change.row(sql, &[&&used[..]]).await? else { return Ok(Refreshed::Refused) };
    if ended || instant(&row, 0)? <= now {
        return Ok(Refreshed::Refused);
    }
    match (instant_opt(&row, 1)?, instant_opt(&row, 3)?) {
        (None, _) => {
            issue(change, &grant, tokens).await?;
            let sql =
                "UPDATE refresh_tokens SET used_at = $2, next_refresh = $3, next_access = $4 WHERE hash = $1";
            let next = (&tokens.refresh[..], &tokens.access[..]);
            change.run(sql, &[&&used[..], &now.as_millis(), &next.0, &next.1]).await?;
            Ok(Refreshed::Issued)
        }
        (Some(at), Some(ends_at)) if at >= repeated_since && !row.try_get::<_, bool>(2)? => {
            Ok(Refreshed::Repeated(ends_at))
        }
        (Some(_), _) => {
            end(change, &grant, now).await?;
            Ok(Refreshed::Reused)
        }
    }
}

#[async_trait]
impl SignInStore for Postgres {
    async fn client(&self, id: &str) -> Result<Option<ClientRecord>> {
        if !can_be_kept(id) {
            return Ok(None);
        }
        let sql = "SELECT c.id, c.name, c.redirect_uris, c.auth, k.number, k.owner, k.app, k.standing = 1, k.account,
                EXISTS (SELECT 1 FROM suspended s WHERE s.state = 1 AND s.target IN (k.id, k.app))
            FROM clients c LEFT JOIN keys k ON k.id = c.id AND k.kind = 1
            WHERE c.id = $1 AND (k.standing IS NULL OR k.standing <> 2)";
        let read = |row: Row| {
            let registered = match row.try_get::<_, Option<i64>>(4)? {
                Some(_) => Some(Registered {
                    account: row.try_get(8)?,
                    owner: row.try_get(5)?,
                    app: row.try_get(6)?,
                    in_force: row.try_get(7)?,
                    is_suspended: row.try_get(9)?,
                }),
                None => None,
            };
            Ok(ClientRecord {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                redirect_uris: words(row.try_get(2)?),
                auth: ClientAuth::kept(row.try_get::<_, i16>(3)?.into()),
                registered,
            })
        };
        self.row(sql, &[&id]).await?.map(read).transpose()
    }

    async fn put_client(&self, client: ClientRecord) -> Result<()> {
        let sql = "INSERT INTO clients (id, name, redirect_uris) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, redirect_uris = excluded.redirect_uris";
        self.run(sql, &[&client.id, &client.name, &client.redirect_uris.join(" ")]).await.map(drop)
    }

    async fn add_grant(&self, grant: GrantRecord, code: CodeRecord) -> Result<()> {
        let change = self.begin().await?;
        let sql = "INSERT INTO grants (id, account, client, scopes, granted_at) VALUES ($1, $2, $3, $4, $5)";
        let (scopes, granted_at) = (grant.scopes.join(" "), grant.granted_at.as_millis());
        change.run(sql, &[&grant.id, &grant.account, &grant.client, &scopes, &granted_at]).await?;
        let sql = "INSERT INTO codes (hash, grant_id, redirect_uri, challenge, ends_at) VALUES ($1, $2, $3, $4, $5)";
        let (hash, ends_at) = (&code.hash[..], code.ends_at.as_millis());
        change.run(sql, &[&hash, &grant.id, &code.redirect_uri, &code.challenge, &ends_at]).await?;
        change.commit().await
    }

    async fn code(&self, hash: &Digest) -> Result<Option<(CodeRecord, GrantRecord)>> {
        let sql = format!(
            "SELECT {GRANT}, c.redirect_uri, c.challenge, c.ends_at FROM codes c JOIN grants g ON g.id = c.grant_id
             WHERE c.hash = $1"
        );
        let read = |row: Row| {
            let (redirect_uri, challenge) = (row.try_get(6)?, row.try_get(7)?);
            let code = CodeRecord { hash: *hash, redirect_uri, challenge, ends_at: instant(&row, 8)? };
            Ok((code, grant(&row)?))
        };
        self.row(&sql, &[&&hash[..]]).await?.map(read).transpose()
    }

    async fn redeem(&self, code: Digest, tokens: TokenPair, now: Timestamp) -> Result<Redeemed> {
        let change = self.begin().await?;
        let redeemed = redeem(&change, &code, &tokens, now).await?;
        // What ended a grant was refused to whoever called.
        if redeemed.is_made() { change.commit().await } else { change.commit_unsaid().await }?;
        Ok(redeemed)
    }

    async fn refresh_grant(&self, refresh: &Digest) -> Result<Option<GrantRecord>> {
        let sql = format!(
            "SELECT {GRANT} FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id WHERE r.hash = $1"
        );
        self.row(&sql, &[&&refresh[..]]).await?.as_ref().map(grant).transpose()
    }

    async fn refresh(
        &self,
        used: Digest,
        tokens: TokenPair,
        now: Timestamp,
        repeated_since: Timestamp,
    ) -> Result<Refreshed> {
        let change = self.begin().await?;
        let refreshed = refresh(&change, &used, &tokens, now, repeated_since).await?;
        if refreshed.is_made() { change.commit().await } else { change.commit_unsaid().await }?;
        Ok(refreshed)
    }

    async fn access_grant(&self, access: &Digest, now: Timestamp) -> Result<Option<GrantRecord>> {
        // Asked on every call of the API, so it is spelled out rather than put together.
        let sql = "SELECT g.id, g.account, g.client, g.scopes, g.granted_at, g.ended_at
            FROM access_tokens t JOIN grants g ON g.id = t.grant_id
            WHERE t.hash = $1 AND t.ends_at > $2 AND g.ended_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM keys k JOIN suspended s ON s.target IN (k.id, k.app)
                    WHERE k.id = g.client AND s.state = 1)";
        self.row(sql, &[&&access[..], &now.as_millis()]).await?.as_ref().map(grant).transpose()
    }

    async fn end_grant(
        &self,
        access: Digest,
        refresh: Digest,
        client: Option<String>,
        now: Timestamp,
    ) -> Result<()> {
        let sql =
            "UPDATE grants SET ended_at = $4 WHERE ended_at IS NULL AND ($3::TEXT IS NULL OR client = $3)
            AND id IN (
            SELECT grant_id FROM access_tokens WHERE hash = $1
            UNION ALL SELECT grant_id FROM refresh_tokens WHERE hash = $2)";
        if client.as_deref().is_some_and(|client| !can_be_kept(client)) {
            return Ok(());
        }
        self.run_told(sql, &[&&access[..], &&refresh[..], &client, &now.as_millis()]).await.map(drop)
    }

    async fn sweep(&self, now: Timestamp) -> Result<()> {
        let now = now.as_millis();
        let before = [now, now, now, now - CODE_MEMORY, now, now - WITHDRAWN_MEMORY, now, now, now];
        for (sql, before) in SWEPT.into_iter().zip(before) {
            // Little by little, so that nobody else's change waits for all of it.
            loop {
                let change = self.begin().await?;
                change.run("SELECT pg_advisory_xact_lock($1)", &[&SWEEP_LOCK]).await?;
                let swept = change.run(sql, &[&before, &BATCH]).await?;
                change.commit().await?;
                if i64::try_from(swept).is_ok_and(|swept| swept < BATCH) {
                    break;
                }
            }
        }
        Ok(())
    }
}
