//! What apps subscribe to in PostgreSQL, and how their keys stand by it.

use tokio_postgres::Row;

use super::{
    Result, StorageError, apps::lock_owner, change::Change, instant, instant_opt, millis, whole, words,
};
use crate::apps::{AppRecord, MOST_ASKS, SubscriptionRecord, SubscriptionState, standing};

pub(super) const SUBSCRIPTIONS: &str =
    "SELECT 0::BIGINT, id, product, scopes, state, justification, reason, asked_at, decided_at
    FROM subscriptions WHERE app = $1 AND state <> 'withdrawn'";
pub(super) const KEYS_TO_SETTLE: &str =
    "SELECT k.number, k.scopes, k.standing, EXISTS (SELECT 1 FROM suspended x WHERE x.target = k.id AND x.state = 1)
    FROM keys k WHERE k.app = $1 AND k.app <> '' AND k.standing <> 2";
/// Whether an administrator suspended something that is so now.
pub(super) const IS_SUSPENDED: &str =
    "SELECT EXISTS (SELECT 1 FROM suspended WHERE target = $1 AND state = 1)";
const SETTLE: &str = "UPDATE keys k SET standing = due.standing
    FROM unnest($1::BIGINT[], $2::SMALLINT[]) AS due (number, standing) WHERE k.number = due.number";
/// How much of an account waits for a decision, one app left out.
pub(super) const WAITING_BESIDE: &str =
    "SELECT count(*) FROM apps a JOIN subscriptions s ON s.app = a.id AND s.state <> 'withdrawn'
    WHERE a.account = $1 AND a.id <> $2 AND s.state = 'pending'";
/// Withdraws what an app asks for except for what is named.
pub(super) const WITHDRAW: &str = "UPDATE subscriptions SET state = 'withdrawn', ended_at = $3
    WHERE app = $1 AND state <> 'withdrawn' AND id <> ALL ($2)";
const SUBSCRIBE: &str = "INSERT INTO subscriptions (id, app, product, scopes, state, justification, reason, asked_at,
        decided_at, decided_by, place)
    SELECT u.id, $1, u.product, u.scopes, u.state, u.justification, u.reason, u.asked_at, u.decided_at, '', u.place
    FROM unnest($2::TEXT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TEXT[], $8::BIGINT[], $9::BIGINT[])
        WITH ORDINALITY AS u (id, product, scopes, state, justification, reason, asked_at, decided_at, place)
    ORDER BY u.place ON CONFLICT (id) DO UPDATE SET place = excluded.place, scopes = excluded.scopes,
        justification = excluded.justification";

/// A subscription whose columns come after its number.
pub(super) fn subscription(row: &Row) -> Result<SubscriptionRecord> {
    Ok(SubscriptionRecord {
        id: row.try_get(1)?,
        product: row.try_get(2)?,
        scopes: words(row.try_get(3)?),
        state: SubscriptionState::read(row.try_get(4)?),
        justification: row.try_get(5)?,
        reason: row.try_get(6)?,
        asked_at: instant(row, 7)?,
        decided_at: instant_opt(row, 8)?,
    })
}

/// Lets each key of an app, all of which are locked, be in force, wait or be switched off, as what the app subscribes
/// to says; while an administrator suspended the app or the key, it is switched off.
pub(super) async fn settle(change: &Change, app: &str) -> Result<()> {
    let subscriptions = change.rows(SUBSCRIPTIONS, &[&app]).await?;
    let subscriptions: Vec<_> = subscriptions.iter().map(subscription).collect::<Result<_>>()?;
    let suspended = change.row(IS_SUSPENDED, &[&app]).await?.ok_or(StorageError::Damaged)?;
    let suspended: bool = suspended.try_get(0)?;
    let (mut numbers, mut standings) = (Vec::<i64>::new(), Vec::<i16>::new());
    for row in change.rows(KEYS_TO_SETTLE, &[&app]).await? {
        let (scopes, before) = (words(row.try_get(1)?), row.try_get::<_, i16>(2)?);
        let is_suspended = suspended || row.try_get::<_, bool>(3)?;
        let standing = i16::from(standing(is_suspended, &subscriptions, &scopes) as u8);
        if standing != before {
            numbers.push(row.try_get(0)?);
            standings.push(standing);
        }
    }
    if numbers.is_empty() {
        return Ok(());
    }
    change.run(SETTLE, &[&numbers, &standings]).await.map(drop)
}

/// Whether the app, as it shall be, waits for more decisions than the `had` before, and its owner for too many then.
pub(super) async fn asks_too_much(change: &Change, had: usize, app: &AppRecord) -> Result<bool> {
    let waits = app.waiting();
    if waits <= had {
        return Ok(false);
    }
    lock_owner(change, &app.account).await?;
    let row = change.row(WAITING_BESIDE, &[&app.account, &app.id]).await?.ok_or(StorageError::Damaged)?;
    Ok(whole(&row, 0)? + waits as u64 > MOST_ASKS as u64)
}

/// Writes the subscriptions of an app; what is not among them any more is withdrawn.
pub(super) async fn put_subscriptions(change: &Change, app: &AppRecord) -> Result<()> {
    let all = &app.subscriptions;
    let column = |of: fn(&SubscriptionRecord) -> &str| all.iter().map(of).collect::<Vec<&str>>();
    let ids = column(|one| &one.id);
    change.run(WITHDRAW, &[&app.id, &ids, &app.changed_at.as_millis()]).await?;
    if all.is_empty() {
        return Ok(());
    }
    let scopes: Vec<String> = all.iter().map(|one| one.scopes.join(" ")).collect();
    let (products, states) = (column(|one| &one.product), column(|one| one.state.word()));
    let (justifications, reasons) = (column(|one| &one.justification), column(|one| &one.reason));
    let asked: Vec<i64> = all.iter().map(|one| one.asked_at.as_millis()).collect();
    let decided: Vec<Option<i64>> = all.iter().map(|one| millis(one.decided_at)).collect();
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 9] =
        [&app.id, &ids, &products, &scopes, &states, &justifications, &reasons, &asked, &decided];
    change.run(SUBSCRIBE, &params).await.map(drop)
}
