//! Surveys and suspensions in PostgreSQL.
//!
//! A batch of a suspension is one change. One is made at a time, whichever portal makes it; it locks every app that it
//! is about by its number, then every key by its number, and looks at them only then.

use std::result::Result as Outcome;

use async_trait::async_trait;
use keystow_domain::Timestamp;
use tokio_postgres::Row;

use super::{
    super::{AdminStore, AppLine, Counts, KeyLine, NewSuspension, SuspensionRefusal},
    Postgres, Result, StorageError, audit, can_be_kept,
    change::Change,
    instant, instant_opt,
    keys::standing,
    subscriptions::{IS_SUSPENDED, settle},
    whole,
};
use crate::{
    admin::{Item, ItemKind, ItemState, SuspensionRecord, products},
    keys::Standing,
    seal::Digest,
};

/// The lock under which suspensions are begun and batches are made.
const SUSPENDING: i64 = 0x6b65_7973_746f_7703;
const APPS: &str = "SELECT a.number, a.id, a.name, a.account, o.email, t.name, a.created_at,
    (SELECT max(k.last_used_at) FROM keys k WHERE k.app = a.id AND k.app <> ''),
    (SELECT count(*) FROM keys k WHERE k.app = a.id AND k.app <> '' AND k.standing <> 2),
    (SELECT string_agg(s.product || ' ' || s.state, chr(10)) FROM subscriptions s
        WHERE s.app = a.id AND s.state <> 'withdrawn'),
    EXISTS (SELECT 1 FROM suspended x WHERE x.target = a.id AND x.state = 1)
    FROM apps a JOIN accounts o ON o.id = a.account LEFT JOIN teams t ON t.id = a.account ORDER BY a.number";
const KEYS: &str =
    "SELECT k.number, k.id, k.kind = 1, k.name, k.account, o.email, t.name, k.app, k.standing, k.prefix,
    k.suffix, k.created_at, k.last_used_at, k.expires_at
    FROM keys k JOIN accounts o ON o.id = k.account LEFT JOIN teams t ON t.id = k.account
    WHERE k.standing <> 2 ORDER BY k.number";
const CALLS: &str =
    "SELECT k.app, sum(h.requests)::BIGINT, (sum(h.client_errors) + sum(h.server_errors))::BIGINT,
    sum(h.throttled)::BIGINT, sum(h.billable)::BIGINT
    FROM keys k JOIN hours h ON h.key_number = k.number AND h.hour >= $1 AND h.hour < $2
    WHERE k.app <> '' GROUP BY k.app";
const SUSPENSION: &str = "SELECT s.number, s.id, s.criteria, s.reason, o.email, s.at, s.resumed_at,
    (SELECT count(*) FROM suspended i WHERE i.suspension = s.id AND i.state = 0),
    (SELECT count(*) FROM suspended i WHERE i.suspension = s.id AND i.state = 1),
    (SELECT count(*) FROM suspended i WHERE i.suspension = s.id AND i.state = 2),
    (SELECT count(*) FROM suspended i WHERE i.suspension = s.id AND i.state = 3)
    FROM suspensions s JOIN accounts o ON o.id = s.account";
const OF_PREVIEW: &str = "WHERE s.preview = $1 AND s.resumed_at IS NULL AND EXISTS
    (SELECT 1 FROM suspended i WHERE i.suspension = s.id AND i.state IN (0, 1)) ORDER BY s.number DESC LIMIT 1";
const NEXT: &str = "SELECT place, kind, target, name, state, stood FROM suspended
    WHERE suspension = $1 AND state = $2 AND ($3::TEXT IS NULL OR target = $3) ORDER BY place LIMIT $4";
const LOCK_APPS: &str = "SELECT id FROM apps
    WHERE id = ANY ($1) OR id IN (SELECT app FROM keys WHERE id = ANY ($1) AND app <> '')
    ORDER BY number FOR NO KEY UPDATE";
const LOCK_KEYS: &str = "SELECT number FROM keys WHERE id = ANY ($1) OR (app <> '' AND app = ANY ($1))
    OR (app <> '' AND app IN (SELECT app FROM keys WHERE id = ANY ($1) AND app <> ''))
    ORDER BY number FOR NO KEY UPDATE";

/// The address of a person; a team's row among the accounts has none that anybody signs in with.
fn address(row: &Row, email: usize, team: usize) -> Result<String> {
    let is_team = row.try_get::<_, Option<&str>>(team)?.is_some();
    if is_team { Ok(String::new()) } else { Ok(row.try_get(email)?) }
}

fn app(row: &Row) -> Result<AppLine> {
    Ok(AppLine {
        number: row.try_get(0)?,
        id: row.try_get(1)?,
        name: row.try_get(2)?,
        account: row.try_get(3)?,
        email: address(row, 4, 5)?,
        team: row.try_get(5)?,
        created_at: instant(row, 6)?,
        last_used_at: instant_opt(row, 7)?,
        credentials: whole(row, 8)?,
        products: products(row.try_get::<_, Option<&str>>(9)?.unwrap_or_default()),
        is_suspended: row.try_get(10)?,
    })
}

fn key(row: &Row) -> Result<KeyLine> {
    Ok(KeyLine {
        number: row.try_get(0)?,
        id: row.try_get(1)?,
        is_client: row.try_get(2)?,
        name: row.try_get(3)?,
        account: row.try_get(4)?,
        email: address(row, 5, 6)?,
        team: row.try_get(6)?,
        app: row.try_get(7)?,
        standing: standing(row.try_get(8)?),
        prefix: row.try_get(9)?,
        suffix: row.try_get(10)?,
        created_at: instant(row, 11)?,
        last_used_at: instant_opt(row, 12)?,
        expires_at: instant_opt(row, 13)?,
    })
}

fn suspension(row: &Row) -> Result<SuspensionRecord> {
    Ok(SuspensionRecord {
        number: row.try_get(0)?,
        id: row.try_get(1)?,
        criteria: row.try_get(2)?,
        reason: row.try_get(3)?,
        by: row.try_get(4)?,
        at: instant(row, 5)?,
        resumed_at: instant_opt(row, 6)?,
        counts: [whole(row, 7)?, whole(row, 8)?, whole(row, 9)?, whole(row, 10)?],
    })
}

/// A small number that is kept.
fn small(row: &Row, column: usize) -> Result<u8> {
    row.try_get::<_, i16>(column)?.try_into().map_err(|_| StorageError::Damaged)
}

fn item(row: &Row) -> Result<Item> {
    Ok(Item {
        place: row.try_get(0)?,
        kind: ItemKind::kept(small(row, 1)?),
        id: row.try_get(2)?,
        name: row.try_get(3)?,
        state: ItemState::kept(small(row, 4)?),
    })
}

/// A batch of a suspension, with everything locked that it is about.
struct Batch {
    change: Change,
    id: String,
    at: Timestamp,
    /// What was done to what, for the log: with the app and the account that it belongs to.
    told: Vec<(Item, String, String)>,
}

impl Batch {
    async fn begin(storage: &Postgres, id: &str, at: Timestamp) -> Result<(Self, Option<SuspensionRecord>)> {
        let change = storage.begin().await?;
        change.run("SELECT pg_advisory_xact_lock($1)", &[&SUSPENDING]).await?;
        let batch = Self { change, id: id.to_owned(), at, told: Vec::new() };
        let found = batch.find().await?;
        Ok((batch, found))
    }

    async fn find(&self) -> Result<Option<SuspensionRecord>> {
        let sql = format!("{SUSPENSION} WHERE s.id = $1");
        self.change.row(&sql, &[&self.id]).await?.as_ref().map(suspension).transpose()
    }

    /// The next things that are in a state, locked together with their apps and keys.
    async fn next(&self, state: ItemState, target: Option<&str>, most: u32) -> Result<Vec<(Item, i16)>> {
        let state = i16::from(state as u8);
        let rows = self.change.rows(NEXT, &[&self.id, &state, &target, &i64::from(most)]).await?;
        let items = rows.iter().map(|row| Ok((item(row)?, row.try_get(5)?)));
        let items: Vec<(Item, i16)> = items.collect::<Result<_>>()?;
        let ids: Vec<&str> = items.iter().map(|(item, _)| item.id.as_str()).collect();
        self.change.run(LOCK_APPS, &[&ids]).await?;
        self.change.run(LOCK_KEYS, &[&ids]).await?;
        Ok(items)
    }

    async fn set(&self, place: i64, state: ItemState, stood: i16) -> Result<()> {
        let sql = "UPDATE suspended SET state = $3, stood = $4, at = $5 WHERE suspension = $1 AND place = $2";
        let state = i16::from(state as u8);
        self.change.run(sql, &[&self.id, &place, &state, &stood, &self.at.as_millis()]).await.map(drop)
    }

    /// Whose an app is; nothing if there is none.
    async fn owner_of_app(&self, id: &str) -> Result<Option<String>> {
        let row = self.change.row("SELECT account FROM apps WHERE id = $1", &[&id]).await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// Whose a key is, the app it belongs to, and how it stands.
    async fn key_of(&self, id: &str) -> Result<Option<(String, String, i16)>> {
        let row = self.change.row("SELECT account, app, standing FROM keys WHERE id = $1", &[&id]).await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).transpose()
    }

    /// Lets the keys of an app stand as they are to by now, and its owner see that it changed.
    async fn settle_app(&self, app: &str) -> Result<()> {
        let sql = "UPDATE apps SET changed_at = greatest(changed_at, $2) WHERE id = $1";
        self.change.run(sql, &[&app, &self.at.as_millis()]).await?;
        settle(&self.change, app).await
    }

    /// Suspends one thing, if it is there and not suspended.
    async fn suspend(&mut self, item: Item) -> Result<()> {
        if item.kind == ItemKind::App {
            let owner = self.owner_of_app(&item.id).await?;
            let row = self.change.row(IS_SUSPENDED, &[&item.id]).await?.ok_or(StorageError::Damaged)?;
            let Some(owner) = owner.filter(|_| !row.get::<_, bool>(0)) else {
                return self.set(item.place, ItemState::Left, 0).await;
            };
            self.set(item.place, ItemState::Suspended, 0).await?;
            self.settle_app(&item.id).await?;
            self.told.push((item.clone(), item.id, owner));
            return Ok(());
        }
        let Some((owner, app, stood)) = self.key_of(&item.id).await? else {
            return self.set(item.place, ItemState::Left, 0).await;
        };
        if matches!(standing(stood), Standing::Revoked | Standing::Suspended) {
            return self.set(item.place, ItemState::Left, stood).await;
        }
        self.set(item.place, ItemState::Suspended, stood).await?;
        self.change.run("UPDATE keys SET standing = 4 WHERE id = $1", &[&item.id]).await?;
        self.told.push((item, app, owner));
        Ok(())
    }

    /// Resumes one thing, unless it is gone or revoked: then it is left so.
    async fn resume(&mut self, (item, stood): (Item, i16)) -> Result<()> {
        if item.kind == ItemKind::App {
            let Some(owner) = self.owner_of_app(&item.id).await? else {
                return self.set(item.place, ItemState::Left, stood).await;
            };
            self.set(item.place, ItemState::Resumed, stood).await?;
            self.settle_app(&item.id).await?;
            self.told.push((item.clone(), item.id, owner));
            return Ok(());
        }
        let found = self.key_of(&item.id).await?;
        let Some((owner, app, _)) = found.filter(|(_, _, now)| standing(*now) == Standing::Suspended) else {
            return self.set(item.place, ItemState::Left, stood).await;
        };
        self.set(item.place, ItemState::Resumed, stood).await?;
        if app.is_empty() {
            self.change.run("UPDATE keys SET standing = $2 WHERE id = $1", &[&item.id, &stood]).await?;
        } else {
            settle(&self.change, &app).await?;
        }
        self.told.push((item, app, owner));
        Ok(())
    }

    /// Tells the log of each thing, and makes the batch durable.
    async fn end(self, resumed: bool) -> Result<Outcome<SuspensionRecord, SuspensionRefusal>> {
        let found = self.find().await?.ok_or(StorageError::Damaged)?;
        audit::append_beside(&self.change, &self.told, resumed).await?;
        self.change.commit().await?;
        Ok(Ok(found))
    }

    async fn refuse(self, why: SuspensionRefusal) -> Result<Outcome<SuspensionRecord, SuspensionRefusal>> {
        self.change.undo().await?;
        Ok(Err(why))
    }
}

async fn insert(change: &Change, new: &NewSuspension) -> Result<()> {
    let sql = "INSERT INTO suspensions (id, preview, criteria, reason, account, at) VALUES ($1, $2, $3, $4, $5, $6)";
    let (at, preview) = (new.at.as_millis(), &new.preview[..]);
    change.run(sql, &[&new.id, &preview, &new.criteria, &new.reason, &new.by, &at]).await?;
    let kinds: Vec<i16> = new.items.iter().map(|(kind, ..)| i16::from(*kind as u8)).collect();
    let targets: Vec<&str> = new.items.iter().map(|(_, target, _)| target.as_str()).collect();
    let names: Vec<&str> = new.items.iter().map(|(_, _, name)| name.as_str()).collect();
    let sql = "INSERT INTO suspended SELECT $1, u.place, u.kind, u.target, u.name, 0, 0, $5
        FROM unnest($2::SMALLINT[], $3::TEXT[], $4::TEXT[]) WITH ORDINALITY AS u (kind, target, name, place)";
    change.run(sql, &[&new.id, &kinds, &targets, &names, &at]).await.map(drop)
}

#[async_trait]
impl AdminStore for Postgres {
    async fn survey_apps(&self) -> Result<Vec<AppLine>> {
        self.rows(APPS, &[]).await?.iter().map(app).collect()
    }

    async fn survey_keys(&self) -> Result<Vec<KeyLine>> {
        self.rows(KEYS, &[]).await?.iter().map(key).collect()
    }

    async fn calls_of_apps(&self, from: i64, to: i64) -> Result<Vec<(String, Counts)>> {
        let read = |row: &Row| {
            let (calls, errors) = (whole(row, 1)?, whole(row, 2)?);
            let counts = Counts { calls, errors, throttled: whole(row, 3)?, billable: whole(row, 4)? };
            Ok((row.try_get(0)?, counts))
        };
        self.rows(CALLS, &[&from, &to]).await?.iter().map(read).collect()
    }

    async fn begin_suspension(&self, new: NewSuspension) -> Result<SuspensionRecord> {
        let (batch, _) = Batch::begin(self, &new.id, new.at).await?;
        let sql = format!("{SUSPENSION} {OF_PREVIEW}");
        let before = batch.change.row(&sql, &[&&new.preview[..]]).await?;
        let begun = match before.as_ref().map(suspension).transpose()? {
            Some(before) => before,
            None => {
                insert(&batch.change, &new).await?;
                batch.find().await?.ok_or(StorageError::Damaged)?
            }
        };
        batch.change.commit().await?;
        Ok(begun)
    }

    async fn suspensions(&self, before: Option<i64>, limit: u32) -> Result<Vec<SuspensionRecord>> {
        let sql = format!("{SUSPENSION} WHERE s.number < $1 ORDER BY s.number DESC LIMIT $2");
        let (before, limit) = (before.unwrap_or(i64::MAX), i64::from(limit));
        self.rows(&sql, &[&before, &limit]).await?.iter().map(suspension).collect()
    }

    async fn suspension_of(&self, preview: &Digest) -> Result<Option<SuspensionRecord>> {
        let sql = format!("{SUSPENSION} {OF_PREVIEW}");
        self.row(&sql, &[&&preview[..]]).await?.as_ref().map(suspension).transpose()
    }

    async fn suspension(&self, id: &str) -> Result<Option<SuspensionRecord>> {
        if !can_be_kept(id) {
            return Ok(None);
        }
        let sql = format!("{SUSPENSION} WHERE s.id = $1");
        self.row(&sql, &[&id]).await?.as_ref().map(suspension).transpose()
    }

    async fn suspension_items(&self, id: &str, after: Option<i64>, limit: u32) -> Result<Vec<Item>> {
        if !can_be_kept(id) {
            return Ok(Vec::new());
        }
        let sql = "SELECT place, kind, target, name, state FROM suspended
            WHERE suspension = $1 AND place > $2 ORDER BY place LIMIT $3";
        let (after, limit) = (after.unwrap_or(0), i64::from(limit));
        self.rows(sql, &[&id, &after, &limit]).await?.iter().map(item).collect()
    }

    async fn suspend_next(
        &self,
        id: &str,
        most: u32,
        at: Timestamp,
    ) -> Result<Outcome<SuspensionRecord, SuspensionRefusal>> {
        if !can_be_kept(id) {
            return Ok(Err(SuspensionRefusal::NotFound));
        }
        let (mut batch, found) = Batch::begin(self, id, at).await?;
        match found {
            None => return batch.refuse(SuspensionRefusal::NotFound).await,
            Some(found) if found.resumed_at.is_some() => {
                return batch.refuse(SuspensionRefusal::Resumed).await;
            }
            Some(_) => {}
        }
        for (item, _) in batch.next(ItemState::Due, None, most).await? {
            batch.suspend(item).await?;
        }
        batch.end(false).await
    }

    async fn resume_next(
        &self,
        id: &str,
        target: Option<String>,
        most: u32,
        at: Timestamp,
    ) -> Result<Outcome<SuspensionRecord, SuspensionRefusal>> {
        if !can_be_kept(id) || target.as_deref().is_some_and(|target| !can_be_kept(target)) {
            return Ok(Err(SuspensionRefusal::NotFound));
        }
        let (mut batch, found) = Batch::begin(self, id, at).await?;
        let about = "SELECT EXISTS (SELECT 1 FROM suspended WHERE suspension = $1 AND ($2::TEXT IS NULL OR target = $2))";
        let row = batch.change.row(about, &[&id, &target]).await?.ok_or(StorageError::Damaged)?;
        if found.is_none() || !row.get::<_, bool>(0) {
            return batch.refuse(SuspensionRefusal::NotFound).await;
        }
        let left = "UPDATE suspended SET state = 3, at = $3 WHERE suspension = $1 AND state = 0
            AND ($2::TEXT IS NULL OR target = $2)";
        batch.change.run(left, &[&id, &target, &at.as_millis()]).await?;
        if target.is_none() {
            let sql = "UPDATE suspensions SET resumed_at = coalesce(resumed_at, $2) WHERE id = $1";
            batch.change.run(sql, &[&id, &at.as_millis()]).await?;
        }
        for one in batch.next(ItemState::Suspended, target.as_deref(), most).await? {
            batch.resume(one).await?;
        }
        batch.end(true).await
    }
}
