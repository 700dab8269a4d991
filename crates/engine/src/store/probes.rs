//! How secrets are tried and what came of it, on disk.
//!
//! What a person chose belongs to a key and holds for the keys that replace it. What a trial showed
//! belongs to one secret, named by the operation that got it, so that a newer secret starts unproven.

use std::time::Duration;

use keystow_domain::{AccountId, KeyId, OperationId, Timestamp};
use rusqlite::{OptionalExtension as _, Row, named_params, params};

use super::{Store, StoreError};

/// A key's choices, the nearest of its lineage first; `:key` and `:account` are filled in.
const LINE: &str = "WITH RECURSIVE line (key, far) AS (
    SELECT :key, 0 UNION
    SELECT courses.key, far + 1 FROM courses JOIN line ON courses.successor = line.key
    WHERE courses.account = :account AND far < 100) ";

/// What a person chose about proving a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// The address, the header, and what stands in it before the secret; nothing where the portal's own
    /// check is to be used.
    pub(crate) probe: Option<(String, String, String)>,
    /// How long an old secret must be unused to count as quiet.
    pub(crate) quiet: Option<Duration>,
}

/// What the trials of one secret showed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tried {
    /// Whether it was accepted, the last time that an answer said so or the opposite.
    pub(crate) accepted: Option<bool>,
    /// When that was.
    pub(crate) at: Option<Timestamp>,
    /// How often it was tried, which a portal may count as traffic.
    pub(crate) calls: u64,
    /// When it was tried last, whatever came of it.
    pub(crate) last_call_at: Option<Timestamp>,
}

impl Store {
    /// What a person chose for a key, or for a key that it replaced.
    pub(crate) async fn chosen(&self, account: AccountId, key: KeyId) -> Result<Chosen, StoreError> {
        self.with(move |db| {
            let mut all = db.prepare_cached(&format!(
                "{LINE} SELECT url, header, before, quiet FROM probes JOIN line USING (key)
                 WHERE account = :account ORDER BY far"
            ))?;
            let names = named_params! { ":account": account.as_str(), ":key": key.as_str() };
            let mut rows = all.query(names)?;
            let (mut probe, mut quiet) = (None, None);
            while let Some(row) = rows.next()? {
                if probe.is_none() {
                    probe = read_probe(row)?;
                }
                quiet = quiet.or(row.get::<_, Option<i64>>(3)?);
            }
            let quiet = quiet.and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis);
            Ok(Chosen { probe: probe.filter(|(url, ..)| !url.is_empty()), quiet })
        })
        .await
    }

    /// Keeps how a key is tried; nothing stands for the portal's own check.
    pub(crate) async fn choose_probe(
        &self,
        account: AccountId,
        key: KeyId,
        probe: Option<(String, String, String)>,
    ) -> Result<(), StoreError> {
        let (url, header, before) = probe.unwrap_or_default();
        self.with(move |db| {
            db.execute(
                "INSERT INTO probes (account, key, url, header, before) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (account, key) DO UPDATE SET url = ?3, header = ?4, before = ?5",
                params![account.as_str(), key.as_str(), url, header, before],
            )?;
            Ok(())
        })
        .await
    }

    /// Keeps how long an old secret must be unused to count as quiet.
    pub(crate) async fn choose_quiet(
        &self,
        account: AccountId,
        key: KeyId,
        quiet: Duration,
    ) -> Result<(), StoreError> {
        let millis = i64::try_from(quiet.as_millis()).unwrap_or(i64::MAX);
        self.with(move |db| {
            db.execute(
                "INSERT INTO probes (account, key, quiet) VALUES (?1, ?2, ?3)
                 ON CONFLICT (account, key) DO UPDATE SET quiet = ?3",
                params![account.as_str(), key.as_str(), millis],
            )?;
            Ok(())
        })
        .await
    }

    /// What the trials of a secret showed.
    pub(crate) async fn tried(&self, operation: OperationId) -> Result<Tried, StoreError> {
        self.with(move |db| {
            let mut one = db.prepare_cached(
                "SELECT accepted, at, calls, last_call_at FROM trials WHERE operation = ?1",
            )?;
            let read = |row: &Row<'_>| {
                Ok(Tried {
                    accepted: row.get(0)?,
                    at: row.get::<_, Option<i64>>(1)?.map(Timestamp::from_millis),
                    calls: row.get::<_, i64>(2)?.unsigned_abs(),
                    last_call_at: Some(Timestamp::from_millis(row.get(3)?)),
                })
            };
            Ok(one.query_row([operation.as_str()], read).optional()?.unwrap_or_default())
        })
        .await
    }

    /// Keeps what a trial of a secret showed; an answer that says nothing leaves what was known.
    pub(crate) async fn note_trial(
        &self,
        operation: OperationId,
        accepted: Option<bool>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "INSERT INTO trials (operation, accepted, at, calls, last_call_at)
                 VALUES (?1, ?2, iif(?2 IS NULL, NULL, ?3), 1, ?3)
                 ON CONFLICT (operation) DO UPDATE SET accepted = coalesce(?2, accepted),
                    at = coalesce(excluded.at, at), calls = calls + 1, last_call_at = ?3",
                params![operation.as_str(), accepted, now.as_millis()],
            )?;
            Ok(())
        })
        .await
    }
}

/// A row's probe: nothing where the person said nothing, an empty address for the portal's own check.
fn read_probe(row: &Row<'_>) -> rusqlite::Result<Option<(String, String, String)>> {
    match row.get::<_, Option<String>>(0)? {
        Some(url) => Ok(Some((url, row.get(1)?, row.get(2)?))),
        None => Ok(None),
    }
}
