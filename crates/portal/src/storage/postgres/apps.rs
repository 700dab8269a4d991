//! Developer apps, products, subscriptions and roles in PostgreSQL.
//!
//! Laid out as in SQLite, and the standing of an app's keys follows its subscriptions in the same commit. Whatever
//! changes an app, what it asks for or which keys it has locks the row of the app first and looks only then; so of
//! two administrators at two portals the second is told what the first decided. An owner's apps have one name each
//! and are so many at most because whoever adds or renames one locks the account, the last of all locks.

use async_trait::async_trait;
use keystow_domain::Timestamp;
use tokio_postgres::Row;

use super::{
    super::{AppChange, AppKey, AppRefusal, AppStore, Decision, Terms},
    Postgres, Result, StorageError, can_be_kept,
    change::Change,
    instant, keys, signed,
    subscriptions::{WITHDRAW, asks_too_much, put_subscriptions, settle, subscription},
    teams, whole, words,
};
use crate::{
    apps::{AppRecord, ApprovalRule, Ask, ProductRecord, Role, SubscriptionRecord, SubscriptionState},
    audit::{about_app, about_ask},
    keys::KeyRecord,
};

/// Apps with everything of them, in one statement, so that what is told together was so at one moment. The terms of
/// the partial indexes are repeated here and below: an index with a term is used only by who says it.
pub(super) const APP: &str =
    "SELECT a.number, a.id, a.account, a.name, a.description, a.callbacks, a.attributes, a.owner,
    a.created_at, a.changed_at, s.ids, s.products, s.scopes, s.states, s.justifications, s.reasons, s.asked, s.decided,
    ARRAY(SELECT k.id FROM keys k WHERE k.app = a.id AND k.app <> '' AND k.standing <> 2 ORDER BY k.number DESC),
    (SELECT c.reason FROM suspended x JOIN suspensions c ON c.id = x.suspension
        WHERE x.target = a.id AND x.state = 1)
    FROM apps a CROSS JOIN LATERAL (
        SELECT array_agg(o.id) AS ids, array_agg(o.product) AS products, array_agg(o.scopes) AS scopes,
            array_agg(o.state) AS states, array_agg(o.justification) AS justifications,
            array_agg(o.reason) AS reasons, array_agg(o.asked_at) AS asked, array_agg(o.decided_at) AS decided
        FROM (SELECT * FROM subscriptions WHERE app = a.id AND state <> 'withdrawn' ORDER BY place, number) o
    ) s";
/// A page of the apps of an account.
pub(super) const PAGE: &str = "WHERE a.account = $1 AND a.number < $2 ORDER BY a.number DESC LIMIT $3";
const ONE: &str = "WHERE a.account = $1 AND a.id = $2";
pub(super) const ASK: &str =
    "SELECT s.number, s.id, s.product, s.scopes, s.state, s.justification, s.reason, s.asked_at,
    s.decided_at, p.name, a.id, a.name, o.name, o.email, t.id, t.name
    FROM subscriptions s JOIN apps a ON a.id = s.app LEFT JOIN teams t ON t.id = a.account
    JOIN accounts o ON o.id = coalesce((SELECT m.account FROM memberships m
        WHERE m.team = a.account AND m.role = 'owner' ORDER BY m.joined_at, m.account LIMIT 1), a.account)
    LEFT JOIN products p ON p.id = s.product";
pub(super) const WAITING: &str = "WHERE s.state = 'pending' AND s.number > $1 ORDER BY s.number LIMIT $2";
pub(super) const TERMS: &str = "SELECT s.scopes, p.quota, p.rate_limit, p.tier FROM subscriptions s
    JOIN products p ON p.id = s.product
    WHERE s.app = $1 AND s.state = 'approved' ORDER BY s.place, s.number";
/// Not a lock of the keys' identity: whoever counts their use may go on referring to them.
pub(super) const LOCK_KEYS: &str =
    "SELECT number FROM keys WHERE app = $1 AND app <> '' ORDER BY number FOR NO KEY UPDATE";
/// An instant that no clock is set back behind: an old secret ends with its key.
pub(super) const END_SECRETS: &str = "UPDATE secrets SET ends_at = 0 WHERE ends_at > $2
    AND key_number IN (SELECT number FROM keys WHERE app = $1 AND app <> '')";
pub(super) const REVOKE: &str =
    "UPDATE keys SET standing = 2, grace_until = NULL WHERE app = $1 AND app <> ''";
/// What people allowed the OAuth clients of an app.
pub(super) const END_GRANTS: &str = "UPDATE grants SET ended_at = $2 WHERE ended_at IS NULL
    AND client IN (SELECT id FROM keys WHERE app = $1 AND app <> '' AND kind = 1)";
const OFFER: &str =
    "INSERT INTO products (id, place, name, description, scopes, elevated, quota, rate_limit, tier, approval)
    SELECT u.id, u.place - 1, u.name, u.description, u.scopes, u.elevated, u.quota, u.rate_limit, u.tier, u.approval
    FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::BIGINT[], $7::BIGINT[], $8::TEXT[],
        $9::TEXT[]) WITH ORDINALITY AS u (id, name, description, scopes, elevated, quota, rate_limit, tier, approval, place)
    ORDER BY u.id ON CONFLICT (id) DO UPDATE SET place = excluded.place, name = excluded.name,
        description = excluded.description, scopes = excluded.scopes, elevated = excluded.elevated,
        quota = excluded.quota, rate_limit = excluded.rate_limit, tier = excluded.tier, approval = excluded.approval";

fn app(row: &Row) -> Result<AppRecord> {
    Ok(AppRecord {
        number: row.try_get(0)?,
        id: row.try_get(1)?,
        account: row.try_get(2)?,
        name: row.try_get(3)?,
        description: row.try_get(4)?,
        // Written below as JSON; what cannot be read allows nothing and costs nobody the rest.
        callbacks: serde_json::from_str(row.try_get(5)?).unwrap_or_default(),
        attributes: serde_json::from_str(row.try_get(6)?).unwrap_or_default(),
        owner: row.try_get(7)?,
        created_at: instant(row, 8)?,
        changed_at: instant(row, 9)?,
        subscriptions: subscriptions(row)?,
        keys: row.try_get(18)?,
        suspended_for: row.try_get(19)?,
    })
}

/// A column of the subscriptions of an app; there is none if it has none.
fn column<'r, T>(row: &'r Row, number: usize) -> Result<std::vec::IntoIter<T>>
where
    Option<Vec<T>>: tokio_postgres::types::FromSql<'r>,
{
    Ok(row.try_get::<_, Option<Vec<T>>>(number)?.unwrap_or_default().into_iter())
}

fn subscriptions(row: &Row) -> Result<Vec<SubscriptionRecord>> {
    let (mut products, mut scopes, mut states) =
        (column::<String>(row, 11)?, column::<&str>(row, 12)?, column::<&str>(row, 13)?);
    let (mut justifications, mut reasons) = (column::<String>(row, 14)?, column::<String>(row, 15)?);
    let (mut asked, mut decided) = (column::<i64>(row, 16)?, column::<Option<i64>>(row, 17)?);
    let mut next = |id| {
        Some(SubscriptionRecord {
            id,
            product: products.next()?,
            scopes: words(scopes.next()?),
            state: SubscriptionState::read(states.next()?),
            justification: justifications.next()?,
            reason: reasons.next()?,
            asked_at: Timestamp::from_millis(asked.next()?),
            decided_at: decided.next()?.map(Timestamp::from_millis),
        })
    };
    column::<String>(row, 10)?.map(|id| next(id).ok_or(StorageError::Damaged)).collect()
}

fn ask(row: &Row) -> Result<Ask> {
    let subscription = subscription(row)?;
    // A product that is no longer offered is called what it was called by.
    let product_name = row.try_get::<_, Option<String>>(9)?.unwrap_or_else(|| subscription.product.clone());
    Ok(Ask {
        number: row.try_get(0)?,
        product_name,
        subscription,
        app: row.try_get(10)?,
        app_name: row.try_get(11)?,
        person: row.try_get(12)?,
        email: row.try_get(13)?,
        team: row.try_get::<_, Option<String>>(14)?.zip(row.try_get(15)?),
    })
}

fn product(row: &Row) -> Result<ProductRecord> {
    Ok(ProductRecord {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        description: row.try_get(2)?,
        scopes: words(row.try_get(3)?),
        elevated: words(row.try_get(4)?),
        quota: whole(row, 5)?,
        rate_limit: rate_limit(row, 6)?,
        tier: row.try_get(7)?,
        approval: ApprovalRule::read(row.try_get(8)?),
    })
}

fn rate_limit(row: &Row, column: usize) -> Result<u32> {
    row.try_get::<_, i64>(column)?.try_into().map_err(|_| StorageError::Damaged)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("texts can be written")
}

/// Finds an app and keeps everybody else from changing it, what it asks for and which keys it has.
pub(super) async fn locked(change: &Change, account: &str, id: &str) -> Result<Option<AppRecord>> {
    let lock = "SELECT id FROM apps WHERE account = $1 AND id = $2 FOR NO KEY UPDATE";
    if change.row(lock, &[&account, &id]).await?.is_none() {
        return Ok(None);
    }
    // Asked anew: what was waited for is seen by a statement that begins after it.
    change.row(&format!("{APP} {ONE}"), &[&account, &id]).await?.as_ref().map(app).transpose()
}

/// Keeps the owner of an app from having another one made or renamed.
pub(super) async fn lock_owner(change: &Change, account: &str) -> Result<()> {
    change.run("SELECT id FROM accounts WHERE id = $1 FOR NO KEY UPDATE", &[&account]).await.map(drop)
}

/// Whether another app of the owner has this name.
async fn is_taken(change: &Change, app: &AppRecord) -> Result<bool> {
    let sql = "SELECT 1 FROM apps WHERE account = $1 AND name = $2 AND id <> $3";
    Ok(change.row(sql, &[&app.account, &app.name, &app.id]).await?.is_some())
}

async fn insert(change: &Change, app: &AppRecord) -> Result<()> {
    let sql = "INSERT INTO apps (id, account, name, description, callbacks, attributes, owner, created_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (callbacks, attributes) = (json(&app.callbacks), json(&app.attributes));
    let (created_at, changed_at) = (app.created_at.as_millis(), app.changed_at.as_millis());
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 9] = [
        &app.id,
        &app.account,
        &app.name,
        &app.description,
        &callbacks,
        &attributes,
        &app.owner,
        &created_at,
        &changed_at,
    ];
    change.run(sql, &params).await?;
    put_subscriptions(change, app).await
}

async fn update(change: &Change, app: &AppRecord) -> Result<()> {
    let sql = "UPDATE apps SET name = $2, description = $3, callbacks = $4, attributes = $5, changed_at = $6
        WHERE id = $1";
    let (callbacks, attributes) = (json(&app.callbacks), json(&app.attributes));
    let changed_at = app.changed_at.as_millis();
    change.run(sql, &[&app.id, &app.name, &app.description, &callbacks, &attributes, &changed_at]).await?;
    put_subscriptions(change, app).await?;
    settle(change, &app.id).await
}

/// Makes room for an app, or says why there is none.
async fn add(change: &Change, app: &AppRecord, most: u32) -> Result<Result<(), AppRefusal>> {
    lock_owner(change, &app.account).await?;
    if !teams::may_own(change, &app.account).await? {
        return Ok(Err(AppRefusal::NotFound));
    }
    let count = "SELECT count(*) FROM apps WHERE account = $1";
    let row = change.row(count, &[&app.account]).await?.ok_or(StorageError::Damaged)?;
    if whole(&row, 0)? >= u64::from(most) {
        return Ok(Err(AppRefusal::TooManyApps));
    }
    if is_taken(change, app).await? {
        return Ok(Err(AppRefusal::NameTaken));
    }
    if asks_too_much(change, 0, app).await? {
        return Ok(Err(AppRefusal::TooManyAsks));
    }
    insert(change, app).await.map(Ok)
}

/// Changes an app that was found, or says why it cannot be so.
async fn rewrite(
    change: &Change,
    app: &mut AppRecord,
    change_it: AppChange,
) -> Result<Result<(), AppRefusal>> {
    change.run(LOCK_KEYS, &[&app.id]).await?;
    let (name, had) = (app.name.clone(), app.waiting());
    // Called here and nowhere else: whatever fails from now on fails the change, and nobody tries again.
    change_it(app);
    if app.name != name {
        lock_owner(change, &app.account).await?;
        if is_taken(change, app).await? {
            return Ok(Err(AppRefusal::NameTaken));
        }
    }
    if asks_too_much(change, had, app).await? {
        return Ok(Err(AppRefusal::TooManyAsks));
    }
    update(change, app).await.map(Ok)
}

/// Decides about a subscription that nobody decided about before.
async fn decide(change: &Change, id: &str, decision: &Decision) -> Result<Result<Ask, AppRefusal>> {
    // Whose it is never changes; whether it waits is looked at only when nobody else can change it.
    let whose = "SELECT app FROM subscriptions WHERE id = $1";
    let Some(row) = change.row(whose, &[&id]).await? else { return Ok(Err(AppRefusal::NotFound)) };
    let app: &str = row.try_get(0)?;
    change.run("SELECT id FROM apps WHERE id = $1 FOR NO KEY UPDATE", &[&app]).await?;
    let state = "SELECT state, product FROM subscriptions WHERE id = $1";
    let Some(row) = change.row(state, &[&id]).await? else { return Ok(Err(AppRefusal::NotFound)) };
    match SubscriptionState::read(row.try_get(0)?) {
        SubscriptionState::Pending => {}
        SubscriptionState::Approved => return Ok(Err(AppRefusal::ApprovedBefore)),
        SubscriptionState::Rejected => return Ok(Err(AppRefusal::RejectedBefore)),
        SubscriptionState::Withdrawn => return Ok(Err(AppRefusal::Withdrawn)),
    }
    change.run(LOCK_KEYS, &[&app]).await?;
    let (new, reason) = match &decision.rejected_for {
        Some(reason) => (SubscriptionState::Rejected, reason.as_str()),
        None => (SubscriptionState::Approved, ""),
    };
    let at = decision.at.as_millis();
    if new == SubscriptionState::Approved {
        let product: &str = row.try_get(1)?;
        let replaced = "UPDATE subscriptions SET state = 'withdrawn', ended_at = $3
            WHERE app = $1 AND product = $2 AND state = 'approved'";
        change.run(replaced, &[&app, &product, &at]).await?;
    }
    let sql =
        "UPDATE subscriptions SET state = $2, reason = $3, decided_at = $4, decided_by = $5 WHERE id = $1";
    change.run(sql, &[&id, &new.word(), &reason, &at, &decision.by]).await?;
    change.run("UPDATE apps SET changed_at = greatest(changed_at, $2) WHERE id = $1", &[&app, &at]).await?;
    settle(change, app).await?;
    let row = change.row(&format!("{ASK} WHERE s.id = $1"), &[&id]).await?.ok_or(StorageError::Damaged)?;
    let ask = ask(&row)?;
    about_ask(&ask);
    Ok(Ok(ask))
}

/// Commits what happened, and undoes what was refused.
async fn end<T>(change: Change, outcome: Result<T, AppRefusal>) -> Result<Result<T, AppRefusal>> {
    match outcome {
        Ok(_) => change.commit().await?,
        Err(_) => change.undo().await?,
    }
    Ok(outcome)
}

#[async_trait]
impl AppStore for Postgres {
    async fn role(&self, account: &str) -> Result<Role> {
        let sql = "SELECT coalesce((SELECT r.role FROM roles r WHERE r.account = $1),
            CASE WHEN EXISTS (SELECT 1 FROM accounts a, portal p
                WHERE a.id = $1 AND a.sample AND p.first_account IS NULL) THEN 'admin' ELSE 'developer' END)";
        let row = self.row(sql, &[&account]).await?.ok_or(StorageError::Damaged)?;
        Ok(Role::read(row.try_get(0)?))
    }

    async fn set_role(&self, email: &str, role: Role) -> Result<bool> {
        if !can_be_kept(email) {
            return Ok(false);
        }
        let sql = "INSERT INTO roles (account, role) SELECT id, $2 FROM accounts WHERE email = $1
            ON CONFLICT (account) DO UPDATE SET role = excluded.role";
        Ok(self.run_told(sql, &[&email, &role.word()]).await? == 1)
    }

    async fn products(&self) -> Result<Vec<ProductRecord>> {
        let sql = "SELECT id, name, description, scopes, elevated, quota, rate_limit, tier, approval
            FROM products ORDER BY place, id";
        self.rows(sql, &[]).await?.iter().map(product).collect()
    }

    async fn add_products(&self, products: Vec<ProductRecord>) -> Result<()> {
        let column = |of: fn(&ProductRecord) -> &str| products.iter().map(of).collect::<Vec<&str>>();
        let joined = |of: fn(&ProductRecord) -> &[String]| {
            products.iter().map(|one| of(one).join(" ")).collect::<Vec<String>>()
        };
        let (scopes, elevated) = (joined(|one| &one.scopes), joined(|one| &one.elevated));
        let quotas: Vec<i64> = products.iter().map(|one| signed(one.quota)).collect();
        let rates: Vec<i64> = products.iter().map(|one| i64::from(one.rate_limit)).collect();
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); 9] = [
            &column(|one| &one.id),
            &column(|one| &one.name),
            &column(|one| &one.description),
            &scopes,
            &elevated,
            &quotas,
            &rates,
            &column(|one| &one.tier),
            &column(|one| one.approval.word()),
        ];
        self.run(OFFER, &params).await.map(drop)
    }

    async fn apps(&self, account: &str, before: Option<i64>, limit: u32) -> Result<Vec<AppRecord>> {
        let (before, limit) = (before.unwrap_or(i64::MAX), i64::from(limit));
        let rows = self.rows(&format!("{APP} {PAGE}"), &[&account, &before, &limit]).await?;
        rows.iter().map(app).collect()
    }

    async fn app(&self, account: &str, id: &str) -> Result<Option<AppRecord>> {
        if !can_be_kept(id) {
            return Ok(None);
        }
        self.row(&format!("{APP} {ONE}"), &[&account, &id]).await?.as_ref().map(app).transpose()
    }

    async fn add_app(&self, app: AppRecord, most: u32) -> Result<Result<AppRecord, AppRefusal>> {
        let change = self.begin().await?;
        let added = add(&change, &app, most).await?;
        end(change, added.map(|()| app)).await
    }

    async fn change_app(
        &self,
        account: &str,
        id: &str,
        change_it: AppChange,
    ) -> Result<Result<AppRecord, AppRefusal>> {
        if !can_be_kept(id) {
            return Ok(Err(AppRefusal::NotFound));
        }
        let change = self.begin().await?;
        let Some(mut app) = locked(&change, account, id).await? else {
            return end(change, Err(AppRefusal::NotFound)).await;
        };
        let changed = rewrite(&change, &mut app, change_it).await?;
        end(change, changed.map(|()| app)).await
    }

    async fn delete_app(&self, account: &str, id: &str, now: Timestamp) -> Result<Option<Vec<String>>> {
        if !can_be_kept(id) {
            return Ok(None);
        }
        let change = self.begin().await?;
        let Some(app) = locked(&change, account, id).await? else {
            change.undo().await?;
            return Ok(None);
        };
        about_app(&app);
        change.run(LOCK_KEYS, &[&id]).await?;
        // Told as they are now: until they were locked, one of them may have been revoked.
        let alive = "SELECT id FROM keys WHERE app = $1 AND app <> '' AND standing <> 2 ORDER BY number DESC";
        let alive = change.rows(alive, &[&id]).await?;
        change.run("DELETE FROM apps WHERE id = $1", &[&id]).await?;
        change.run(END_SECRETS, &[&id, &now.as_millis()]).await?;
        change.run(REVOKE, &[&id]).await?;
        change.run(END_GRANTS, &[&id, &now.as_millis()]).await?;
        change.run(WITHDRAW, &[&id, &Vec::<&str>::new(), &now.as_millis()]).await?;
        change.commit().await?;
        alive.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_>>().map(Some)
    }

    async fn add_app_key(
        &self,
        account: &str,
        app: &str,
        most: u32,
        key: AppKey,
    ) -> Result<Result<KeyRecord, AppRefusal>> {
        if !can_be_kept(app) {
            return Ok(Err(AppRefusal::NotFound));
        }
        let change = self.begin().await?;
        let made = match locked(&change, account, app).await? {
            None => Err(AppRefusal::NotFound),
            Some(app) if app.keys.len() as u64 >= u64::from(most) => Err(AppRefusal::TooManyKeys),
            // Called here and nowhere else, as every change.
            Some(app) => key(&app),
        };
        let made = match made {
            Ok((key, call)) => {
                keys::insert(&change, &key, keys::Kind::ApiKey).await?;
                keys::remember(&change, call).await?;
                Ok(key)
            }
            Err(refusal) => Err(refusal),
        };
        end(change, made).await
    }

    async fn terms(&self, app: &str) -> Result<Vec<Terms>> {
        let terms = |row: &Row| {
            Ok(Terms {
                scopes: words(row.try_get(0)?),
                quota: whole(row, 1)?,
                rate_limit: rate_limit(row, 2)?,
                tier: row.try_get(3)?,
            })
        };
        self.rows(TERMS, &[&app]).await?.iter().map(terms).collect()
    }

    async fn asks(&self, after: Option<i64>, limit: u32) -> Result<Vec<Ask>> {
        let (after, limit) = (after.unwrap_or(0), i64::from(limit));
        self.rows(&format!("{ASK} {WAITING}"), &[&after, &limit]).await?.iter().map(ask).collect()
    }

    async fn decide(&self, id: &str, decision: Decision) -> Result<Result<Ask, AppRefusal>> {
        if !can_be_kept(id) {
            return Ok(Err(AppRefusal::NotFound));
        }
        let change = self.begin().await?;
        let decided = decide(&change, id, &decision).await?;
        end(change, decided).await
    }
}
