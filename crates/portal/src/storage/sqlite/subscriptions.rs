//! What apps subscribe to in SQLite, and how their keys stand by it.

use keystow_domain::Timestamp;
use rusqlite::{Connection, Row, params};

use super::words;
use crate::apps::{AppRecord, MOST_ASKS, SubscriptionRecord, SubscriptionState, standing};

pub(super) const KEYS_TO_SETTLE: &str =
    "SELECT k.number, k.scopes, k.standing, EXISTS (SELECT 1 FROM suspended x WHERE x.target = k.id AND x.state = 1)
    FROM keys k WHERE k.app = ?1 AND k.app <> '' AND k.standing <> 2";
/// What of an account waits for a decision, one app left out.
pub(super) const WAITING: &str =
    "SELECT count(*) FROM apps a CROSS JOIN subscriptions s ON s.app = a.id AND s.state <> 'withdrawn'
    WHERE a.account = ?1 AND a.id <> ?2 AND s.state = 'pending'";

/// Reads a subscription whose columns begin with its id at `first`.
pub(super) fn subscription(row: &Row<'_>, first: usize) -> rusqlite::Result<SubscriptionRecord> {
    Ok(SubscriptionRecord {
        id: row.get(first)?,
        product: row.get(first + 1)?,
        scopes: words(row.get_ref(first + 2)?.as_str()?),
        state: SubscriptionState::read(row.get_ref(first + 3)?.as_str()?),
        justification: row.get(first + 4)?,
        reason: row.get(first + 5)?,
        asked_at: Timestamp::from_millis(row.get(first + 6)?),
        decided_at: row.get::<_, Option<i64>>(first + 7)?.map(Timestamp::from_millis),
    })
}

/// Writes the subscriptions of an app; what is not among them any more is withdrawn.
pub(super) fn put_subscriptions(connection: &Connection, app: &AppRecord) -> rusqlite::Result<()> {
    let known: Vec<String> = {
        let sql = "SELECT id FROM subscriptions WHERE app = ?1 AND state <> 'withdrawn'";
        connection.prepare_cached(sql)?.query_map([&app.id], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    for gone in known.iter().filter(|id| app.subscriptions.iter().all(|one| one.id != **id)) {
        let sql = "UPDATE subscriptions SET state = 'withdrawn', ended_at = ?2 WHERE id = ?1";
        connection.prepare_cached(sql)?.execute(params![gone, app.changed_at.as_millis()])?;
    }
    let sql = "INSERT INTO subscriptions (id, app, product, scopes, state, justification, reason, asked_at, decided_at,
        decided_by, place) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', ?10)
        ON CONFLICT (id) DO UPDATE SET place = excluded.place, scopes = excluded.scopes,
        justification = excluded.justification";
    let mut statement = connection.prepare_cached(sql)?;
    for (place, one) in (0_i64..).zip(&app.subscriptions) {
        statement.execute(params![
            one.id,
            app.id,
            one.product,
            one.scopes.join(" "),
            one.state.word(),
            one.justification,
            one.reason,
            one.asked_at.as_millis(),
            one.decided_at.map(Timestamp::as_millis),
            place,
        ])?;
    }
    Ok(())
}

/// Whether the app, as it shall be, waits for more decisions than before, and its owner for too many then.
pub(super) fn asks_too_much(
    connection: &Connection,
    before: Option<&AppRecord>,
    app: &AppRecord,
) -> rusqlite::Result<bool> {
    let (had, waits) = (before.map_or(0, AppRecord::waiting), app.waiting());
    if waits <= had {
        return Ok(false);
    }
    let others: u32 =
        connection.prepare_cached(WAITING)?.query_row([&app.account, &app.id], |row| row.get(0))?;
    Ok(others as usize + waits > MOST_ASKS)
}

/// Lets each key of an app be in force, wait or be switched off, as what the app subscribes to says; while an
/// administrator suspended the app or the key, it is switched off.
pub(super) fn settle_keys(connection: &Connection, app: &str) -> rusqlite::Result<()> {
    let sql = "SELECT id, product, scopes, state, justification, reason, asked_at, decided_at
        FROM subscriptions WHERE app = ?1 AND state <> 'withdrawn'";
    let mut rows = connection.prepare_cached(sql)?;
    let subscriptions = rows.query_map([app], |row| subscription(row, 0))?;
    let subscriptions: Vec<_> = subscriptions.collect::<rusqlite::Result<_>>()?;
    let mut rows = connection.prepare_cached(KEYS_TO_SETTLE)?;
    let keys = rows.query_map([app], |row| {
        Ok((row.get(0)?, words(row.get_ref(1)?.as_str()?), row.get::<_, u8>(2)?, row.get(3)?))
    })?;
    let keys: Vec<(i64, Vec<String>, u8, bool)> = keys.collect::<rusqlite::Result<_>>()?;
    let sql = "SELECT EXISTS (SELECT 1 FROM suspended WHERE target = ?1 AND state = 1)";
    let is_suspended: bool = connection.prepare_cached(sql)?.query_row([app], |row| row.get(0))?;
    for (number, scopes, before, key_is) in keys {
        let standing = standing(is_suspended || key_is, &subscriptions, &scopes) as u8;
        if standing != before {
            let sql = "UPDATE keys SET standing = ?2 WHERE number = ?1";
            connection.prepare_cached(sql)?.execute(params![number, standing])?;
        }
    }
    Ok(())
}
