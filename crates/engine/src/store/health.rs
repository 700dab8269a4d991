//! What the judging of keys needs from disk: what is put off, and the words of all places.

use std::collections::HashMap;

use keystow_domain::{AccountId, FindingKind, KeyId, Timestamp};
use rusqlite::params;

use super::{Store, StoreError};

/// A finding of a key, put off until an instant.
pub(crate) type HealthSnooze = (KeyId, FindingKind, Timestamp);

/// More replacements of one key than this were not made by a person.
const LONGEST_LINE: usize = 100;

impl Store {
    /// What is put off for the keys of an account. A finding that this version does not know is passed over.
    pub(crate) async fn health_snoozes(&self, account: AccountId) -> Result<Vec<HealthSnooze>, StoreError> {
        self.with(move |db| {
            let mut all =
                db.prepare_cached("SELECT key, finding, until FROM health_snoozes WHERE account = ?1")?;
            let rows = all.query_map([account.as_str()], |row| {
                let finding = FindingKind::from_word(&row.get::<_, String>(1)?);
                let key = KeyId::new(row.get::<_, String>(0)?);
                Ok(finding.map(|finding| Ok((key, finding, Timestamp::from_millis(row.get(2)?)))).transpose())
            })?;
            let known = rows.filter_map(|row| row.and_then(|known| known).transpose());
            Ok(known.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Puts findings of keys off, all or none; takes it back where there is no instant.
    pub(crate) async fn snooze_health(
        &self,
        account: AccountId,
        findings: Vec<(KeyId, FindingKind)>,
        until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            for (key, finding) in &findings {
                match until {
                    Some(until) => all.execute(
                        "INSERT OR REPLACE INTO health_snoozes (account, key, finding, until)
                         VALUES (?1, ?2, ?3, ?4)",
                        params![account.as_str(), key.as_str(), finding.word(), until.as_millis()],
                    )?,
                    None => all.execute(
                        "DELETE FROM health_snoozes WHERE account = ?1 AND key = ?2 AND finding = ?3",
                        params![account.as_str(), key.as_str(), finding.word()],
                    )?,
                };
            }
            Ok(all.commit()?)
        })
        .await
    }

    /// The words for the places of every key of an account, those of the keys that it replaced included.
    pub(crate) async fn place_words(
        &self,
        account: AccountId,
    ) -> Result<HashMap<KeyId, Vec<String>>, StoreError> {
        self.with(move |db| {
            let mut heirs = db.prepare_cached(
                "SELECT key, successor FROM courses WHERE account = ?1 AND successor IS NOT NULL",
            )?;
            let heirs: HashMap<String, String> = heirs
                .query_map([account.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            let mut places = db.prepare_cached(
                "SELECT key, label FROM places WHERE account = ?1 ORDER BY added_at, rowid",
            )?;
            let places =
                places.query_map([account.as_str()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
            let mut all: HashMap<KeyId, Vec<String>> = HashMap::new();
            for place in places {
                let (mut key, label): (String, String) = place?;
                for _ in 0..LONGEST_LINE {
                    all.entry(KeyId::new(key.as_str())).or_default().push(label.clone());
                    let Some(heir) = heirs.get(&key) else { break };
                    key.clone_from(heir);
                }
            }
            Ok(all)
        })
        .await
    }
}
