//! Where secrets go, on disk: places, what was brought there, and whether a person was asked. Never a value.
//!
//! A key that replaced another one has its places too: they are looked up along the lineage, so that
//! nothing has to be moved when a key gets a successor.

use keystow_domain::{AccountId, CourseId, KeyId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use super::{Store, StoreError};
use crate::places::{Delivered, Place, PlaceKind};

/// The key `:key` of the account `:account`, and every key that it replaced.
const LINE: &str = "WITH RECURSIVE line (key) AS (
    SELECT :key UNION
    SELECT courses.key FROM courses JOIN line ON courses.successor = line.key
    WHERE courses.account = :account) ";

impl Store {
    /// A key and every key that it replaced, in no order.
    pub(crate) async fn line(&self, account: AccountId, key: KeyId) -> Result<Vec<KeyId>, StoreError> {
        self.with(move |db| {
            let mut all = db.prepare_cached(&format!("{LINE} SELECT key FROM line"))?;
            let names = named_params! { ":account": account.as_str(), ":key": key.as_str() };
            let rows = all.query_map(names, |row| Ok(KeyId::new(row.get::<_, String>(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The places of a key and what was brought there in a course, the oldest place first.
    pub(crate) async fn places(
        &self,
        account: AccountId,
        key: KeyId,
        course: Option<CourseId>,
    ) -> Result<Vec<Place>, StoreError> {
        self.with(move |db| {
            let mut all = db.prepare_cached(&format!(
                "{LINE} SELECT places.id, kind, label, added_at, last_at, deliveries.at, by_hand FROM places
                 LEFT JOIN deliveries ON deliveries.place = places.id AND deliveries.course = :course
                 WHERE places.account = :account AND places.key IN line ORDER BY added_at, places.rowid"
            ))?;
            let names = named_params! {
                ":account": account.as_str(), ":key": key.as_str(),
                ":course": course.as_ref().map(CourseId::as_str)
            };
            Ok(all.query_map(names, read)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Remembers a place, or finds the one that is known; `went_at` is when the secret went there.
    pub(crate) async fn add_place(
        &self,
        (account, key): (AccountId, KeyId),
        (id, kind, label): (String, PlaceKind, String),
        now: Timestamp,
        went_at: Option<Timestamp>,
    ) -> Result<String, StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            let known = all
                .prepare_cached(&format!(
                    "{LINE} SELECT id FROM places
                     WHERE account = :account AND key IN line AND kind = :kind AND label = :label"
                ))?
                .query_row(
                    named_params! {
                        ":account": account.as_str(), ":key": key.as_str(),
                        ":kind": kind.word(), ":label": label
                    },
                    |row| row.get::<_, String>(0),
                )
                .optional()?;
            let (added, went) = (now.as_millis(), went_at.map(Timestamp::as_millis));
            let id = match known {
                Some(known) => {
                    all.execute(
                        "UPDATE places SET last_at = coalesce(?2, last_at) WHERE id = ?1",
                        params![known, went],
                    )?;
                    known
                }
                None => {
                    all.execute(
                        "INSERT INTO places (id, account, key, kind, label, added_at, last_at)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                        params![id, account.as_str(), key.as_str(), kind.word(), label, added, went],
                    )?;
                    id
                }
            };
            ask(&all, &account, &key, now)?;
            all.commit()?;
            Ok(id)
        })
        .await
    }

    /// Forgets a place and what was brought there.
    pub(crate) async fn remove_place(&self, account: AccountId, place: String) -> Result<(), StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            let gone = all.execute(
                "DELETE FROM places WHERE account = ?1 AND id = ?2",
                params![account.as_str(), place],
            )?;
            if gone > 0 {
                all.execute("DELETE FROM deliveries WHERE place = ?1", [place])?;
            }
            Ok(all.commit()?)
        })
        .await
    }

    /// Ticks a place of a course. What a copy showed is not taken back by a tick by hand.
    pub(crate) async fn deliver(
        &self,
        course: CourseId,
        place: String,
        at: Timestamp,
        by_hand: bool,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "INSERT INTO deliveries (course, place, at, by_hand) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (course, place) DO UPDATE SET at = excluded.at, by_hand = excluded.by_hand
                 WHERE by_hand > excluded.by_hand",
                params![course.as_str(), place, at.as_millis(), by_hand],
            )?;
            Ok(())
        })
        .await
    }

    /// Takes the tick of a place back.
    pub(crate) async fn undeliver(&self, course: CourseId, place: String) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "DELETE FROM deliveries WHERE course = ?1 AND place = ?2",
                params![course.as_str(), place],
            )?;
            Ok(())
        })
        .await
    }

    /// Whether a person is to be asked where the secret of a key goes. Says yes once for each lineage, and
    /// never where a place is known.
    pub(crate) async fn ask_once(
        &self,
        account: AccountId,
        key: KeyId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.with(move |db| {
            let known: bool = db
                .prepare_cached(&format!(
                    "{LINE} SELECT EXISTS (SELECT 1 FROM asked WHERE account = :account AND key IN line)
                     OR EXISTS (SELECT 1 FROM places WHERE account = :account AND key IN line)"
                ))?
                .query_row(named_params! { ":account": account.as_str(), ":key": key.as_str() }, |row| {
                    row.get(0)
                })?;
            if !known {
                ask(db, &account, &key, now)?;
            }
            Ok(!known)
        })
        .await
    }
}

fn ask(db: &Connection, account: &AccountId, key: &KeyId, now: Timestamp) -> Result<(), StoreError> {
    db.execute(
        "INSERT OR IGNORE INTO asked (account, key, at) VALUES (?1, ?2, ?3)",
        params![account.as_str(), key.as_str(), now.as_millis()],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Place> {
    let delivered = match (row.get::<_, Option<i64>>(5)?, row.get::<_, Option<bool>>(6)?) {
        (Some(at), Some(by_hand)) => Some(Delivered { at: Timestamp::from_millis(at), by_hand }),
        _ => None,
    };
    Ok(Place {
        id: row.get(0)?,
        kind: PlaceKind::from_word(&row.get::<_, String>(1)?),
        label: row.get(2)?,
        added_at: Timestamp::from_millis(row.get(3)?),
        last_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
        delivered,
    })
}
