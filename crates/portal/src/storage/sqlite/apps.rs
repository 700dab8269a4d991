//! Developer apps, products, subscriptions and roles in SQLite.
//!
//! The standing of an app's keys follows its subscriptions: every change of them writes it anew in the same commit,
//! so that the gateway finds all it must know with the secret.

use std::collections::HashMap;

use async_trait::async_trait;
use keystow_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    super::{AppChange, AppKey, AppRefusal, AppStore, Decision, Terms},
    Result, Sqlite, keys,
    subscriptions::{asks_too_much, put_subscriptions, settle_keys, subscription},
    teams, words,
};
use crate::{
    apps::{AppRecord, ApprovalRule, Ask, ProductRecord, Role, SubscriptionState},
    audit::{about_app, about_ask},
    keys::KeyRecord,
};

const APP: &str =
    "SELECT a.number, a.id, a.account, a.name, a.description, a.callbacks, a.attributes, a.owner,
    a.created_at, a.changed_at, (SELECT s.reason FROM suspended x JOIN suspensions s ON s.id = x.suspension
        WHERE x.target = a.id AND x.state = 1) FROM apps a";
/// What an account's apps from one number to another subscribe to.
const SUBSCRIPTIONS: &str =
    "SELECT a.number, s.id, s.product, s.scopes, s.state, s.justification, s.reason, s.asked_at, s.decided_at
    FROM apps a CROSS JOIN subscriptions s ON s.app = a.id AND s.state <> 'withdrawn'
    WHERE a.account = ?1 AND a.number BETWEEN ?2 AND ?3 ORDER BY s.place, s.number";
/// The keys of the same apps that were not revoked.
const KEYS: &str = "SELECT a.number, k.id FROM apps a CROSS JOIN keys k ON k.app = a.id AND k.app <> ''
    WHERE a.account = ?1 AND a.number BETWEEN ?2 AND ?3 AND k.standing <> 2 ORDER BY k.number DESC";
const TERMS: &str = "SELECT s.scopes, p.quota, p.rate_limit, p.tier FROM subscriptions s
    JOIN products p ON p.id = s.product WHERE s.app = ?1 AND s.state = 'approved'";
const OLD_SECRETS_OF_APP: &str = "UPDATE secrets SET ends_at = 0 WHERE ends_at > ?2
    AND key_number IN (SELECT number FROM keys WHERE app = ?1 AND app <> '')";
const KEYS_OF_DELETED: &str = "UPDATE keys SET standing = 2 WHERE app = ?1 AND app <> ''";
/// What people allowed the OAuth clients of the app.
const GRANTS_OF_DELETED: &str = "UPDATE grants SET ended_at = ?2 WHERE ended_at IS NULL
    AND client IN (SELECT id FROM keys WHERE app = ?1 AND app <> '' AND kind = 1)";
const SUBSCRIPTIONS_OF_DELETED: &str =
    "UPDATE subscriptions SET state = 'withdrawn', ended_at = ?2 WHERE app = ?1 AND state <> 'withdrawn'";
const ASK: &str =
    "SELECT s.number, s.id, s.product, s.scopes, s.state, s.justification, s.reason, s.asked_at,
    s.decided_at, p.name, a.id, a.name, o.name, o.email, t.id, t.name
    FROM subscriptions s JOIN apps a ON a.id = s.app LEFT JOIN teams t ON t.id = a.account
    JOIN accounts o ON o.id = coalesce((SELECT m.account FROM memberships m
        WHERE m.team = a.account AND m.role = 'owner' ORDER BY m.joined_at, m.account LIMIT 1), a.account)
    LEFT JOIN products p ON p.id = s.product";

fn app(row: &Row<'_>) -> rusqlite::Result<AppRecord> {
    Ok(AppRecord {
        number: row.get(0)?,
        id: row.get(1)?,
        account: row.get(2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        // Written below as JSON; what cannot be read allows nothing and costs nobody the rest.
        callbacks: serde_json::from_str(row.get_ref(5)?.as_str()?).unwrap_or_default(),
        attributes: serde_json::from_str(row.get_ref(6)?.as_str()?).unwrap_or_default(),
        owner: row.get(7)?,
        created_at: Timestamp::from_millis(row.get(8)?),
        changed_at: Timestamp::from_millis(row.get(9)?),
        subscriptions: Vec::new(),
        keys: Vec::new(),
        suspended_for: row.get(10)?,
    })
}

fn ask(row: &Row<'_>) -> rusqlite::Result<Ask> {
    let subscription = subscription(row, 1)?;
    Ok(Ask {
        number: row.get(0)?,
        // A product that is no longer offered is called what it was called by.
        product_name: row.get::<_, Option<String>>(9)?.unwrap_or_else(|| subscription.product.clone()),
        subscription,
        app: row.get(10)?,
        app_name: row.get(11)?,
        person: row.get(12)?,
        email: row.get(13)?,
        team: row.get::<_, Option<String>>(14)?.zip(row.get(15)?),
    })
}

fn product(row: &Row<'_>) -> rusqlite::Result<ProductRecord> {
    Ok(ProductRecord {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        scopes: words(row.get_ref(3)?.as_str()?),
        elevated: words(row.get_ref(4)?.as_str()?),
        quota: calls(row.get(5)?),
        rate_limit: row.get(6)?,
        tier: row.get(7)?,
        approval: ApprovalRule::read(row.get_ref(8)?.as_str()?),
    })
}

/// A number of calls; none is below zero.
fn calls(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// Apps of an account that follow each other, newest first, with their subscriptions and keys.
fn complete(
    connection: &Connection,
    account: &str,
    mut apps: Vec<AppRecord>,
) -> rusqlite::Result<Vec<AppRecord>> {
    let (Some(newest), Some(oldest)) = (apps.first(), apps.last()) else { return Ok(apps) };
    let range = (account, oldest.number, newest.number);
    let mut places: HashMap<i64, &mut AppRecord> = HashMap::new();
    let mut rows = connection.prepare_cached(SUBSCRIPTIONS)?;
    let subscriptions = rows.query_map(range, |row| Ok((row.get(0)?, subscription(row, 1)?)))?;
    let subscriptions: Vec<(i64, _)> = subscriptions.collect::<rusqlite::Result<_>>()?;
    let mut rows = connection.prepare_cached(KEYS)?;
    let keys = rows.query_map(range, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let keys: Vec<(i64, String)> = keys.collect::<rusqlite::Result<_>>()?;
    places.extend(apps.iter_mut().map(|app| (app.number, app)));
    for (number, subscription) in subscriptions {
        places.entry(number).and_modify(|app| app.subscriptions.push(subscription));
    }
    for (number, key) in keys {
        places.entry(number).and_modify(|app| app.keys.push(key));
    }
    Ok(apps)
}

pub(super) fn find(connection: &Connection, account: &str, id: &str) -> rusqlite::Result<Option<AppRecord>> {
    let sql = format!("{APP} WHERE a.account = ?1 AND a.id = ?2");
    let found = connection.prepare_cached(&sql)?.query_row([account, id], app).optional()?;
    Ok(complete(connection, account, Vec::from_iter(found))?.pop())
}

/// Whether another app of the owner has this name.
fn is_taken(connection: &Connection, app: &AppRecord) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM apps WHERE account = ?1 AND name = ?2 AND id <> ?3)";
    connection.prepare_cached(sql)?.query_row([&app.account, &app.name, &app.id], |row| row.get(0))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("texts can be written")
}

fn insert(connection: &Connection, app: &AppRecord) -> rusqlite::Result<()> {
    let sql = "INSERT INTO apps (id, account, name, description, callbacks, attributes, owner, created_at, changed_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    connection.prepare_cached(sql)?.execute(params![
        app.id,
        app.account,
        app.name,
        app.description,
        json(&app.callbacks),
        json(&app.attributes),
        app.owner,
        app.created_at.as_millis(),
        app.changed_at.as_millis(),
    ])?;
    put_subscriptions(connection, app)
}

fn update(connection: &Connection, app: &AppRecord) -> rusqlite::Result<()> {
    let sql = "UPDATE apps SET name = ?2, description = ?3, callbacks = ?4, attributes = ?5, changed_at = ?6
        WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![
        app.id,
        app.name,
        app.description,
        json(&app.callbacks),
        json(&app.attributes),
        app.changed_at.as_millis(),
    ])?;
    put_subscriptions(connection, app)?;
    settle_keys(connection, &app.id)
}

/// Decides about a subscription that waits.
fn decide(
    connection: &Connection,
    id: &str,
    decision: Decision,
) -> rusqlite::Result<Result<Ask, AppRefusal>> {
    let sql = "SELECT state, app, product FROM subscriptions WHERE id = ?1";
    let found = connection.prepare_cached(sql)?.query_row([id], |row| {
        Ok((SubscriptionState::read(row.get_ref(0)?.as_str()?), row.get(1)?, row.get(2)?))
    });
    let (app, product): (String, String) = match found.optional()? {
        None => return Ok(Err(AppRefusal::NotFound)),
        Some((SubscriptionState::Approved, ..)) => return Ok(Err(AppRefusal::ApprovedBefore)),
        Some((SubscriptionState::Rejected, ..)) => return Ok(Err(AppRefusal::RejectedBefore)),
        Some((SubscriptionState::Withdrawn, ..)) => return Ok(Err(AppRefusal::Withdrawn)),
        Some((SubscriptionState::Pending, app, product)) => (app, product),
    };
    let (at, is_approved) = (decision.at.as_millis(), decision.rejected_for.is_none());
    if is_approved {
        let replaced = "UPDATE subscriptions SET state = 'withdrawn', ended_at = ?3
            WHERE app = ?1 AND product = ?2 AND state = 'approved'";
        connection.prepare_cached(replaced)?.execute(params![app, product, at])?;
    }
    let new = if is_approved { SubscriptionState::Approved } else { SubscriptionState::Rejected };
    let sql =
        "UPDATE subscriptions SET state = ?2, reason = ?3, decided_at = ?4, decided_by = ?5 WHERE id = ?1";
    let reason = decision.rejected_for.unwrap_or_default();
    connection.prepare_cached(sql)?.execute(params![id, new.word(), reason, at, decision.by])?;
    let changed = "UPDATE apps SET changed_at = max(changed_at, ?2) WHERE id = ?1";
    connection.prepare_cached(changed)?.execute(params![app, at])?;
    let sql = format!("{ASK} WHERE s.id = ?1");
    let ask = connection.prepare_cached(&sql)?.query_row([id], ask)?;
    settle_keys(connection, &app)?;
    about_ask(&ask);
    Ok(Ok(ask))
}

#[async_trait]
impl AppStore for Sqlite {
    async fn role(&self, account: &str) -> Result<Role> {
        let sql = "SELECT COALESCE((SELECT role FROM roles WHERE account = ?1), CASE
            WHEN EXISTS (SELECT 1 FROM accounts WHERE id = ?1 AND sample = 1)
            AND NOT EXISTS (SELECT 1 FROM accounts WHERE sample = 0) THEN 'admin' ELSE 'developer' END)";
        let word: Option<String> = self.row(sql, [account], |row| row.get(0))?;
        Ok(Role::read(word.as_deref().unwrap_or_default()))
    }

    async fn set_role(&self, email: &str, role: Role) -> Result<bool> {
        let email = email.to_owned();
        let sql = "INSERT INTO roles (account, role) SELECT id, ?2 FROM accounts WHERE email = ?1
            ON CONFLICT (account) DO UPDATE SET role = excluded.role";
        let set =
            self.writer.change(move |connection| connection.execute(sql, [email.as_str(), role.word()]));
        Ok(set.await? == 1)
    }

    async fn products(&self) -> Result<Vec<ProductRecord>> {
        let sql = "SELECT id, name, description, scopes, elevated, quota, rate_limit, tier, approval
            FROM products ORDER BY place, id";
        self.rows(sql, [], product)
    }

    async fn add_products(&self, products: Vec<ProductRecord>) -> Result<()> {
        let sql = "INSERT INTO products (id, place, name, description, scopes, elevated, quota, rate_limit, tier, approval)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO UPDATE SET place = excluded.place,
            name = excluded.name, description = excluded.description, scopes = excluded.scopes,
            elevated = excluded.elevated, quota = excluded.quota, rate_limit = excluded.rate_limit,
            tier = excluded.tier, approval = excluded.approval";
        let added = self.writer.write(move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            for (place, one) in (0_i64..).zip(&products) {
                statement.execute(params![
                    one.id,
                    place,
                    one.name,
                    one.description,
                    one.scopes.join(" "),
                    one.elevated.join(" "),
                    i64::try_from(one.quota).unwrap_or(i64::MAX),
                    one.rate_limit,
                    one.tier,
                    one.approval.word(),
                ])?;
            }
            Ok(())
        });
        added.await
    }

    async fn apps(&self, account: &str, before: Option<i64>, limit: u32) -> Result<Vec<AppRecord>> {
        let sql = format!("{APP} WHERE a.account = ?1 AND a.number < ?2 ORDER BY a.number DESC LIMIT ?3");
        self.look(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map(params![account, before.unwrap_or(i64::MAX), limit], app)?;
            let found = found.collect::<rusqlite::Result<_>>()?;
            complete(connection, account, found)
        })
    }

    async fn app(&self, account: &str, id: &str) -> Result<Option<AppRecord>> {
        self.look(|connection| find(connection, account, id))
    }

    async fn add_app(&self, app: AppRecord, most: u32) -> Result<Result<AppRecord, AppRefusal>> {
        let added = self.writer.change(move |connection| {
            if !teams::may_own(connection, &app.account)? {
                return Ok(Err(AppRefusal::NotFound));
            }
            let count = "SELECT count(*) FROM apps WHERE account = ?1";
            let has: u32 = connection.prepare_cached(count)?.query_row([&app.account], |row| row.get(0))?;
            if has >= most {
                return Ok(Err(AppRefusal::TooManyApps));
            }
            if is_taken(connection, &app)? {
                return Ok(Err(AppRefusal::NameTaken));
            }
            if asks_too_much(connection, None, &app)? {
                return Ok(Err(AppRefusal::TooManyAsks));
            }
            insert(connection, &app)?;
            Ok(Ok(app))
        });
        added.await
    }

    async fn change_app(
        &self,
        account: &str,
        id: &str,
        change: AppChange,
    ) -> Result<Result<AppRecord, AppRefusal>> {
        let (account, id) = (account.to_owned(), id.to_owned());
        let changed = self.writer.change(move |connection| {
            let Some(before) = find(connection, &account, &id)? else {
                return Ok(Err(AppRefusal::NotFound));
            };
            let mut app = before.clone();
            change(&mut app);
            if is_taken(connection, &app)? {
                return Ok(Err(AppRefusal::NameTaken));
            }
            if asks_too_much(connection, Some(&before), &app)? {
                return Ok(Err(AppRefusal::TooManyAsks));
            }
            update(connection, &app)?;
            Ok(Ok(app))
        });
        changed.await
    }

    async fn delete_app(&self, account: &str, id: &str, now: Timestamp) -> Result<Option<Vec<String>>> {
        let (account, id) = (account.to_owned(), id.to_owned());
        let deleted = self.writer.change(move |connection| {
            let Some(app) = find(connection, &account, &id)? else { return Ok(None) };
            about_app(&app);
            connection.prepare_cached("DELETE FROM apps WHERE id = ?1")?.execute([&id])?;
            // An instant that no clock is set back behind: an old secret ends with its key.
            connection.prepare_cached(OLD_SECRETS_OF_APP)?.execute(params![id, now.as_millis()])?;
            connection.prepare_cached(KEYS_OF_DELETED)?.execute([&id])?;
            connection.prepare_cached(GRANTS_OF_DELETED)?.execute(params![id, now.as_millis()])?;
            connection.prepare_cached(SUBSCRIPTIONS_OF_DELETED)?.execute(params![id, now.as_millis()])?;
            Ok(Some(app.keys))
        });
        deleted.await
    }

    async fn add_app_key(
        &self,
        account: &str,
        app: &str,
        most: u32,
        key: AppKey,
    ) -> Result<Result<KeyRecord, AppRefusal>> {
        let (account, app) = (account.to_owned(), app.to_owned());
        let added = self.writer.change(move |connection| {
            let Some(app) = find(connection, &account, &app)? else {
                return Ok(Err(AppRefusal::NotFound));
            };
            if u32::try_from(app.keys.len()).is_ok_and(|has| has >= most) {
                return Ok(Err(AppRefusal::TooManyKeys));
            }
            let (key, call) = match key(&app) {
                Ok(made) => made,
                Err(refusal) => return Ok(Err(refusal)),
            };
            keys::insert(connection, &key, keys::Kind::ApiKey)?;
            call.map_or(Ok(()), |call| keys::remember(connection, &call))?;
            Ok(Ok(key))
        });
        added.await
    }

    async fn terms(&self, app: &str) -> Result<Vec<Terms>> {
        self.rows(TERMS, [app], |row| {
            let scopes = words(row.get_ref(0)?.as_str()?);
            Ok(Terms { scopes, quota: calls(row.get(1)?), rate_limit: row.get(2)?, tier: row.get(3)? })
        })
    }

    async fn asks(&self, after: Option<i64>, limit: u32) -> Result<Vec<Ask>> {
        let sql = format!("{ASK} WHERE s.state = 'pending' AND s.number > ?1 ORDER BY s.number LIMIT ?2");
        self.rows(&sql, params![after.unwrap_or(0), limit], ask)
    }

    async fn decide(&self, id: &str, decision: Decision) -> Result<Result<Ask, AppRefusal>> {
        let id = id.to_owned();
        let decided = self.writer.change(move |connection| decide(connection, &id, decision));
        decided.await
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::subscriptions::{KEYS_TO_SETTLE, WAITING},
        *,
    };
    use crate::keys::Standing;

    #[test]
    fn the_numbers_in_the_statements_are_those_of_the_standings() {
        let standings = [Standing::InForce, Standing::Revoked, Standing::Pending, Standing::Suspended];
        assert_eq!(standings.map(|standing| standing as u8), [1, 2, 3, 4]);
    }

    #[test]
    fn what_belongs_to_an_app_is_looked_up_and_not_sought_among_everybodys() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portal.db");
        let storage = Sqlite::open(&file).unwrap();
        let connection = Connection::open(&file).unwrap();
        let numbers = [
            (SUBSCRIPTIONS, "subscriptions_of_app (app=?)"),
            (KEYS, "keys_of_app (app=?)"),
            (TERMS, "subscriptions_in_force (app=?)"),
            (KEYS_TO_SETTLE, "keys_of_app (app=?)"),
            (WAITING, "subscriptions_of_app (app=?)"),
            (OLD_SECRETS_OF_APP, "keys_of_app (app=?)"),
            (KEYS_OF_DELETED, "keys_of_app (app=?)"),
            (GRANTS_OF_DELETED, "grants_of_client (client=?)"),
            (SUBSCRIPTIONS_OF_DELETED, "subscriptions_of_app (app=?)"),
        ];
        for (sql, index) in numbers {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let count = plan.parameter_count();
            let nothing = rusqlite::params_from_iter(std::iter::repeat_n("", count));
            let steps = plan.query_map(nothing, |row| row.get::<_, String>(3)).unwrap();
            let steps: Vec<String> = steps.map(Result::unwrap).collect();
            assert!(steps.iter().any(|step| step.contains(index)), "{sql}: {steps:?}");
            // Secrets have no index of their own for this; there are ten of a key at most.
            assert!(steps.iter().all(|step| !step.starts_with("SCAN")), "{sql}: {steps:?}");
        }
        drop(storage);
    }
}
