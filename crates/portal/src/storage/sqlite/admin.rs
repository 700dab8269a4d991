//! Surveys and suspensions in SQLite. A batch of a suspension is one change: its things, how their keys stand by it and
//! an entry in the log for each are written together.

use std::result::Result as Outcome;

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    super::{AdminStore, AppLine, Counts, KeyLine, NewSuspension, SuspensionRefusal},
    Result, Sqlite, audit,
    keys::{instant, standing},
    subscriptions::settle_keys,
};
use crate::{
    admin::{Item, ItemKind, ItemState, SuspensionRecord, products},
    keys::Standing,
    seal::Digest,
};

const APPS: &str = "SELECT a.number, a.id, a.name, a.account, o.email, t.name, a.created_at,
    (SELECT max(k.last_used_at) FROM keys k WHERE k.app = a.id AND k.app <> ''),
    (SELECT count(*) FROM keys k WHERE k.app = a.id AND k.app <> '' AND k.standing <> 2),
    (SELECT group_concat(s.product || ' ' || s.state, char(10)) FROM subscriptions s
        WHERE s.app = a.id AND s.state <> 'withdrawn'),
    EXISTS (SELECT 1 FROM suspended x WHERE x.target = a.id AND x.state = 1)
    FROM apps a JOIN accounts o ON o.id = a.account LEFT JOIN teams t ON t.id = a.account ORDER BY a.number";
const KEYS: &str =
    "SELECT k.number, k.id, k.kind, k.name, k.account, o.email, t.name, k.app, k.standing, k.prefix,
    k.suffix, k.created_at, k.last_used_at, k.expires_at
    FROM keys k JOIN accounts o ON o.id = k.account LEFT JOIN teams t ON t.id = k.account
    WHERE k.standing <> 2 ORDER BY k.number";
const CALLS: &str =
    "SELECT k.app, sum(h.requests), sum(h.client_errors) + sum(h.server_errors), sum(h.throttled),
    sum(h.billable) FROM keys k JOIN hours h ON h.key_number = k.number AND h.hour >= ?1 AND h.hour < ?2
    WHERE k.app <> '' GROUP BY k.app";
const SUSPENSION: &str = "SELECT s.number, s.id, s.criteria, s.reason, o.email, s.at, s.resumed_at,
    (SELECT count(*) FROM suspended i WHERE i.suspension = s.id AND i.state = 0),
    (SELECT count(*) FROM suspended i WHERE i.suspension = s.id AND i.state = 1),
    (SELECT count(*) FROM suspended i WHERE i.suspension = s.id AND i.state = 2),
    (SELECT count(*) FROM suspended i WHERE i.suspension = s.id AND i.state = 3)
    FROM suspensions s JOIN accounts o ON o.id = s.account";
const OF_PREVIEW: &str = "WHERE s.preview = ?1 AND s.resumed_at IS NULL AND EXISTS
    (SELECT 1 FROM suspended i WHERE i.suspension = s.id AND i.state IN (0, 1)) ORDER BY s.number DESC LIMIT 1";
const NEXT: &str = "SELECT place, kind, target, name, state, stood FROM suspended
    WHERE suspension = ?1 AND state = ?2 AND (?3 IS NULL OR target = ?3) ORDER BY place LIMIT ?4";

fn app(row: &Row<'_>) -> rusqlite::Result<AppLine> {
    Ok(AppLine {
        number: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        account: row.get(3)?,
        team: row.get(5)?,
        email: address(row, 4, 5)?,
        created_at: Timestamp::from_millis(row.get(6)?),
        last_used_at: instant(row, 7)?,
        credentials: row.get::<_, i64>(8)?.unsigned_abs(),
        products: products(&row.get::<_, Option<String>>(9)?.unwrap_or_default()),
        is_suspended: row.get(10)?,
    })
}

/// The address of a person; a team's row among the accounts has none that anybody signs in with.
fn address(row: &Row<'_>, email: usize, team: usize) -> rusqlite::Result<String> {
    if row.get_ref(team)?.as_str_or_null()?.is_some() { Ok(String::new()) } else { row.get(email) }
}

fn key(row: &Row<'_>) -> rusqlite::Result<KeyLine> {
    Ok(KeyLine {
        number: row.get(0)?,
        id: row.get(1)?,
        is_client: row.get(2)?,
        name: row.get(3)?,
        account: row.get(4)?,
        team: row.get(6)?,
        email: address(row, 5, 6)?,
        app: row.get(7)?,
        standing: standing(row.get(8)?),
        prefix: row.get(9)?,
        suffix: row.get(10)?,
        created_at: Timestamp::from_millis(row.get(11)?),
        last_used_at: instant(row, 12)?,
        expires_at: instant(row, 13)?,
    })
}

fn suspension(row: &Row<'_>) -> rusqlite::Result<SuspensionRecord> {
    let mut counts = [0; 4];
    for (place, count) in counts.iter_mut().enumerate() {
        *count = row.get::<_, i64>(place + 7)?.unsigned_abs();
    }
    Ok(SuspensionRecord {
        number: row.get(0)?,
        id: row.get(1)?,
        criteria: row.get(2)?,
        reason: row.get(3)?,
        by: row.get(4)?,
        at: Timestamp::from_millis(row.get(5)?),
        resumed_at: instant(row, 6)?,
        counts,
    })
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        place: row.get(0)?,
        kind: ItemKind::kept(row.get(1)?),
        id: row.get(2)?,
        name: row.get(3)?,
        state: ItemState::kept(row.get(4)?),
    })
}

fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<SuspensionRecord>> {
    let sql = format!("{SUSPENSION} WHERE s.id = ?1");
    connection.prepare_cached(&sql)?.query_row([id], suspension).optional()
}

fn of_preview(connection: &Connection, preview: &Digest) -> rusqlite::Result<Option<SuspensionRecord>> {
    let sql = format!("{SUSPENSION} {OF_PREVIEW}");
    connection.prepare_cached(&sql)?.query_row([preview], suspension).optional()
}

fn next(
    connection: &Connection,
    id: &str,
    state: ItemState,
    target: Option<&str>,
    most: u32,
) -> rusqlite::Result<Vec<(Item, u8)>> {
    let mut rows = connection.prepare_cached(NEXT)?;
    let found =
        rows.query_map(params![id, state as u8, target, most], |row| Ok((item(row)?, row.get(5)?)))?;
    found.collect()
}

fn set(
    connection: &Connection,
    id: &str,
    place: i64,
    state: ItemState,
    stood: u8,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "UPDATE suspended SET state = ?3, stood = ?4, at = ?5 WHERE suspension = ?1 AND place = ?2";
    let params = params![id, place, state as u8, stood, at.as_millis()];
    connection.prepare_cached(sql)?.execute(params).map(drop)
}

/// Whether something is suspended by an administrator now.
fn is_suspended(connection: &Connection, target: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM suspended WHERE target = ?1 AND state = 1)";
    connection.prepare_cached(sql)?.query_row([target], |row| row.get(0))
}

/// Lets the keys of an app stand as they are to by now, and its owner see that it changed.
fn settle_app(connection: &Connection, app: &str, at: Timestamp) -> rusqlite::Result<()> {
    let changed = "UPDATE apps SET changed_at = max(changed_at, ?2) WHERE id = ?1";
    connection.prepare_cached(changed)?.execute(params![app, at.as_millis()])?;
    settle_keys(connection, app)
}

/// Whose an app is; nothing if there is none.
fn owner_of_app(connection: &Connection, id: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT account FROM apps WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()
}

/// Whose a key is, the app it belongs to, and how it stands.
fn key_of(connection: &Connection, id: &str) -> rusqlite::Result<Option<(String, String, u8)>> {
    let sql = "SELECT account, app, standing FROM keys WHERE id = ?1";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    connection.prepare_cached(sql)?.query_row([id], read).optional()
}

/// Suspends one thing, if it is there and not suspended.
fn suspend(connection: &Connection, id: &str, item: &Item, at: Timestamp) -> rusqlite::Result<()> {
    let left = |stood| set(connection, id, item.place, ItemState::Left, stood, at);
    let done = |stood| set(connection, id, item.place, ItemState::Suspended, stood, at);
    if item.kind == ItemKind::App {
        let Some(owner) = owner_of_app(connection, &item.id)? else { return left(0) };
        if is_suspended(connection, &item.id)? {
            return left(0);
        }
        done(0)?;
        settle_app(connection, &item.id, at)?;
        return audit::append_beside(connection, item, false, &item.id, &owner);
    }
    let Some((owner, app, stood)) = key_of(connection, &item.id)? else { return left(0) };
    if matches!(standing(stood), Standing::Revoked | Standing::Suspended) {
        return left(stood);
    }
    done(stood)?;
    let sql = "UPDATE keys SET standing = 4 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute([&item.id])?;
    audit::append_beside(connection, item, false, &app, &owner)
}

/// Resumes one thing, unless it is gone or revoked: then it is left so.
fn resume(
    connection: &Connection,
    id: &str,
    (item, stood): &(Item, u8),
    at: Timestamp,
) -> rusqlite::Result<()> {
    let to = |state| set(connection, id, item.place, state, *stood, at);
    if item.kind == ItemKind::App {
        let Some(owner) = owner_of_app(connection, &item.id)? else { return to(ItemState::Left) };
        to(ItemState::Resumed)?;
        settle_app(connection, &item.id, at)?;
        return audit::append_beside(connection, item, true, &item.id, &owner);
    }
    let found = key_of(connection, &item.id)?;
    let Some((owner, app, _)) = found.filter(|(_, _, now)| standing(*now) == Standing::Suspended) else {
        return to(ItemState::Left);
    };
    to(ItemState::Resumed)?;
    if app.is_empty() {
        let sql = "UPDATE keys SET standing = ?2 WHERE id = ?1";
        connection.prepare_cached(sql)?.execute(params![item.id, stood])?;
    } else {
        settle_keys(connection, &app)?;
    }
    audit::append_beside(connection, item, true, &app, &owner)
}

fn begin(connection: &Connection, new: &NewSuspension) -> rusqlite::Result<SuspensionRecord> {
    if let Some(before) = of_preview(connection, &new.preview)? {
        return Ok(before);
    }
    let sql = "INSERT INTO suspensions (id, preview, criteria, reason, account, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let at = new.at.as_millis();
    connection.prepare_cached(sql)?.execute(params![
        new.id,
        new.preview,
        new.criteria,
        new.reason,
        new.by,
        at
    ])?;
    let mut row = connection.prepare_cached("INSERT INTO suspended VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, ?6)")?;
    for (place, (kind, target, name)) in (1_i64..).zip(&new.items) {
        row.execute(params![new.id, place, *kind as u8, target, name, at])?;
    }
    find(connection, &new.id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

#[async_trait]
impl AdminStore for Sqlite {
    async fn survey_apps(&self) -> Result<Vec<AppLine>> {
        self.rows(APPS, [], app)
    }

    async fn survey_keys(&self) -> Result<Vec<KeyLine>> {
        self.rows(KEYS, [], key)
    }

    async fn calls_of_apps(&self, from: i64, to: i64) -> Result<Vec<(String, Counts)>> {
        self.rows(CALLS, [from, to], |row| {
            let count = |place| row.get::<_, i64>(place).map(i64::unsigned_abs);
            let (calls, errors) = (count(1)?, count(2)?);
            Ok((row.get(0)?, Counts { calls, errors, throttled: count(3)?, billable: count(4)? }))
        })
    }

    async fn begin_suspension(&self, new: NewSuspension) -> Result<SuspensionRecord> {
        self.writer.change(move |connection| begin(connection, &new)).await
    }

    async fn suspensions(&self, before: Option<i64>, limit: u32) -> Result<Vec<SuspensionRecord>> {
        let sql = format!("{SUSPENSION} WHERE s.number < ?1 ORDER BY s.number DESC LIMIT ?2");
        self.rows(&sql, params![before.unwrap_or(i64::MAX), limit], suspension)
    }

    async fn suspension_of(&self, preview: &Digest) -> Result<Option<SuspensionRecord>> {
        self.read(|connection| of_preview(connection, preview))
    }

    async fn suspension(&self, id: &str) -> Result<Option<SuspensionRecord>> {
        self.read(|connection| find(connection, id))
    }

    async fn suspension_items(&self, id: &str, after: Option<i64>, limit: u32) -> Result<Vec<Item>> {
        let sql = "SELECT place, kind, target, name, state FROM suspended
            WHERE suspension = ?1 AND place > ?2 ORDER BY place LIMIT ?3";
        self.rows(sql, params![id, after.unwrap_or(0), limit], item)
    }

    async fn suspend_next(
        &self,
        id: &str,
        most: u32,
        at: Timestamp,
    ) -> Result<Outcome<SuspensionRecord, SuspensionRefusal>> {
        let id = id.to_owned();
        let changed = self.writer.change(move |connection| {
            match find(connection, &id)? {
                None => return Ok(Err(SuspensionRefusal::NotFound)),
                Some(found) if found.resumed_at.is_some() => return Ok(Err(SuspensionRefusal::Resumed)),
                Some(_) => {}
            }
            for (item, _) in next(connection, &id, ItemState::Due, None, most)? {
                suspend(connection, &id, &item, at)?;
            }
            Ok(find(connection, &id)?.ok_or(SuspensionRefusal::NotFound))
        });
        changed.await
    }

    async fn resume_next(
        &self,
        id: &str,
        target: Option<String>,
        most: u32,
        at: Timestamp,
    ) -> Result<Outcome<SuspensionRecord, SuspensionRefusal>> {
        let id = id.to_owned();
        let changed = self.writer.change(move |connection| {
            if find(connection, &id)?.is_none() {
                return Ok(Err(SuspensionRefusal::NotFound));
            }
            let about = "SELECT EXISTS (SELECT 1 FROM suspended WHERE suspension = ?1 AND target = ?2)";
            if let Some(target) = &target
                && !connection.prepare_cached(about)?.query_row([&id, target], |row| row.get(0))?
            {
                return Ok(Err(SuspensionRefusal::NotFound));
            }
            let left = "UPDATE suspended SET state = 3, at = ?3 WHERE suspension = ?1 AND state = 0
                AND (?2 IS NULL OR target = ?2)";
            connection.prepare_cached(left)?.execute(params![id, target, at.as_millis()])?;
            if target.is_none() {
                let sql = "UPDATE suspensions SET resumed_at = coalesce(resumed_at, ?2) WHERE id = ?1";
                connection.prepare_cached(sql)?.execute(params![id, at.as_millis()])?;
            }
            for one in next(connection, &id, ItemState::Suspended, target.as_deref(), most)? {
                resume(connection, &id, &one, at)?;
            }
            Ok(find(connection, &id)?.ok_or(SuspensionRefusal::NotFound))
        });
        changed.await
    }
}
