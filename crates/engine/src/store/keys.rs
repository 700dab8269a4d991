//! The key list on disk: what is shown while a portal cannot be asked.

use keystow_domain::{
    AccountId, AppId, Client, ClientKey, ClientProof, Environment, Key, KeyId, PreviousSecret, Reported,
    Timestamp,
};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};

const COLUMNS: &str = "account, position, id, name, prefix, suffix, status, scopes, environment, owner, \
     created_at, last_used_at, expires_at, rotated_at, version, previous, app, client";

impl Store {
    /// The keys of an account as they were last read, and when that was.
    pub(crate) async fn keys(&self, account: AccountId) -> Result<(Vec<Key>, Option<Timestamp>), StoreError> {
        self.with(move |db| {
            let sql = format!("SELECT {COLUMNS} FROM keys WHERE account = ?1 ORDER BY position");
            let mut all = db.prepare_cached(&sql)?;
            let keys = all.query_map([account.as_str()], read)?.collect::<Result<_, _>>()?;
            let read_at = db
                .prepare_cached("SELECT read_at FROM lists WHERE account = ?1")?
                .query_row([account.as_str()], |row| row.get(0))
                .map(Timestamp::from_millis)
                .ok();
            Ok((keys, read_at))
        })
        .await
    }

    /// The places of the first and the last key of an account's list. The order on disk is about that of the
    /// portal: it decides only between keys that are alike in every other order.
    pub(crate) async fn key_bounds(&self, account: AccountId) -> Result<(i64, i64), StoreError> {
        self.with(move |db| {
            let bounds =
                "SELECT coalesce(min(position), 0), coalesce(max(position), -1) FROM keys WHERE account = ?1";
            Ok(db.query_row(bounds, [account.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })
        .await
    }

    /// Writes keys of an account, all or none. One that is there keeps its place; any other gets the one it comes
    /// with. What they are is asked when nothing else is being written.
    pub(crate) async fn write_keys(
        &self,
        account: AccountId,
        keys: impl FnOnce() -> Vec<(i64, Key)> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            for (position, key) in &keys() {
                write(&all, &account, *position, key)?;
            }
            Ok(all.commit()?)
        })
        .await
    }

    /// Notes that the list of an account was read to its end, and takes away the keys that were not in it. Which
    /// they are is asked when nothing else is being written.
    pub(crate) async fn end_list(
        &self,
        account: AccountId,
        gone: impl FnOnce() -> Vec<KeyId> + Send + 'static,
        read_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            for key in &gone() {
                all.prepare_cached("DELETE FROM keys WHERE account = ?1 AND id = ?2")?
                    .execute([account.as_str(), key.as_str()])?;
            }
            all.execute(
                "INSERT INTO lists VALUES (?1, ?2) ON CONFLICT (account) DO UPDATE SET read_at = ?2",
                params![account.as_str(), read_at.as_millis()],
            )?;
            Ok(all.commit()?)
        })
        .await
    }

    /// Replaces or adds one key. A key that is new to the list comes first. What it is, is asked when nothing else
    /// is being written: of two that save it, none may write what the other knew before.
    pub(crate) async fn save_key(
        &self,
        account: AccountId,
        key: impl FnOnce() -> Option<Key> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            let Some(key) = key() else { return Ok(()) };
            let position: Option<i64> = db.query_row(
                "SELECT coalesce((SELECT position FROM keys WHERE account = ?1 AND id = ?2),
                        (SELECT min(position) - 1 FROM keys WHERE account = ?1))",
                params![account.as_str(), key.id.as_str()],
                |row| row.get(0),
            )?;
            write(db, &account, position.unwrap_or(0), &key)
        })
        .await
    }
}

/// An old secret as it is kept inside its key's row.
#[derive(Serialize, Deserialize)]
struct Old {
    prefix: String,
    suffix: Option<String>,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
}

fn write(db: &Connection, account: &AccountId, position: i64, key: &Key) -> Result<(), StoreError> {
    let previous: Vec<Old> = key
        .previous
        .iter()
        .map(|old| Old {
            prefix: old.prefix.clone(),
            suffix: old.suffix.clone(),
            expires_at: old.expires_at.map(Timestamp::as_millis),
            last_used_at: old.last_used_at.map(Timestamp::as_millis),
        })
        .collect();
    let sql = format!(
        "INSERT INTO keys ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
         ON CONFLICT (account, id) DO UPDATE SET
             name = excluded.name, prefix = excluded.prefix, suffix = excluded.suffix, status = excluded.status,
             scopes = excluded.scopes, environment = excluded.environment, owner = excluded.owner,
             created_at = excluded.created_at, last_used_at = excluded.last_used_at,
             expires_at = excluded.expires_at, rotated_at = excluded.rotated_at, version = excluded.version,
             previous = excluded.previous, app = excluded.app, client = excluded.client"
    );
    db.prepare_cached(&sql)?.execute(params![
        account.as_str(),
        position,
        key.id.as_str(),
        key.name,
        key.prefix,
        key.suffix,
        status_word(&key.reported),
        json(&key.scopes)?,
        key.environment.as_ref().map(Environment::word),
        key.owner,
        key.created_at.map(Timestamp::as_millis),
        key.last_used_at.map(Timestamp::as_millis),
        key.expires_at.map(Timestamp::as_millis),
        key.rotated_at.map(Timestamp::as_millis),
        key.version,
        json(&previous)?,
        key.app.as_ref().map(AppId::as_str),
        key.client.as_deref().map(|client| json(&KeptClient::of(client))).transpose()?,
    ])?;
    Ok(())
}

/// Reads a row of [`COLUMNS`] by their places: finding each by its name takes longer than everything else.
fn read(row: &Row<'_>) -> rusqlite::Result<Key> {
    let instant = |place: usize| row.get::<_, Option<i64>>(place).map(|at| at.map(Timestamp::from_millis));
    let previous: Vec<Old> = serde_json::from_str(row.get_ref(15)?.as_str()?).unwrap_or_default();
    Ok(Key {
        id: KeyId::new(row.get::<_, String>(2)?),
        name: row.get(3)?,
        prefix: row.get(4)?,
        suffix: row.get(5)?,
        reported: status(row.get_ref(6)?.as_str()?),
        scopes: serde_json::from_str(row.get_ref(7)?.as_str()?).unwrap_or_default(),
        environment: row.get_ref(8)?.as_str_or_null()?.map(Environment::from_word),
        owner: row.get(9)?,
        created_at: instant(10)?,
        last_used_at: instant(11)?,
        expires_at: instant(12)?,
        rotated_at: instant(13)?,
        version: row.get(14)?,
        app: row.get::<_, Option<String>>(16)?.map(AppId::new),
        client: row.get_ref(17)?.as_str_or_null()?.and_then(client),
        previous: previous
            .into_iter()
            .map(|old| PreviousSecret {
                prefix: old.prefix,
                suffix: old.suffix,
                expires_at: old.expires_at.map(Timestamp::from_millis),
                last_used_at: old.last_used_at.map(Timestamp::from_millis),
            })
            .collect(),
    })
}

/// What a client has besides, as it is kept inside its row.
#[derive(Serialize, Deserialize)]
struct KeptClient {
    proof: String,
    redirect_uris: Vec<String>,
    keys: Vec<KeptClientKey>,
}

#[derive(Serialize, Deserialize)]
struct KeptClientKey {
    kid: String,
    algorithm: String,
    added_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl KeptClient {
    fn of(client: &Client) -> Self {
        let key = |key: &ClientKey| KeptClientKey {
            kid: key.kid.clone(),
            algorithm: key.algorithm.clone(),
            added_at: key.added_at.map(Timestamp::as_millis),
            last_used_at: key.last_used_at.map(Timestamp::as_millis),
        };
        Self {
            proof: proof_word(&client.proof),
            redirect_uris: client.redirect_uris.clone(),
            keys: client.keys.iter().map(key).collect(),
        }
    }
}

/// A client of a row. What cannot be read is read again with the list.
fn client(text: &str) -> Option<Box<Client>> {
    let kept: KeptClient = serde_json::from_str(text).ok()?;
    let key = |key: KeptClientKey| ClientKey {
        kid: key.kid,
        algorithm: key.algorithm,
        added_at: key.added_at.map(Timestamp::from_millis),
        last_used_at: key.last_used_at.map(Timestamp::from_millis),
    };
    Some(Box::new(Client {
        proof: proof(&kept.proof),
        redirect_uris: kept.redirect_uris,
        keys: kept.keys.into_iter().map(key).collect(),
    }))
}

/// As with a status, a portal's unknown word is kept behind a colon.
pub(super) fn proof_word(proof: &ClientProof) -> String {
    match proof {
        ClientProof::Nothing => "nothing".into(),
        ClientProof::Secret => "secret".into(),
        ClientProof::Signature => "signature".into(),
        ClientProof::Unknown(word) => format!("unknown:{word}"),
    }
}

pub(super) fn proof(word: &str) -> ClientProof {
    match word {
        "nothing" => ClientProof::Nothing,
        "secret" => ClientProof::Secret,
        "signature" => ClientProof::Signature,
        other => ClientProof::Unknown(other.strip_prefix("unknown:").unwrap_or(other).to_owned()),
    }
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Broken)
}

/// A word of ours has no colon; a portal's unknown word is kept behind one.
fn status_word(reported: &Reported) -> String {
    match reported {
        Reported::Active => "active".into(),
        Reported::Expired => "expired".into(),
        Reported::Revoked => "revoked".into(),
        Reported::Pending => "pending".into(),
        Reported::Suspended => "suspended".into(),
        Reported::Unknown(word) => format!("unknown:{word}"),
    }
}

fn status(word: &str) -> Reported {
    match word {
        "active" => Reported::Active,
        "expired" => Reported::Expired,
        "revoked" => Reported::Revoked,
        "pending" => Reported::Pending,
        "suspended" => Reported::Suspended,
        other => Reported::Unknown(other.strip_prefix("unknown:").unwrap_or(other).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_comes_back_as_it_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Timestamp::from_secs(0)).unwrap().store;
        let account = AccountId::new("acc_1");
        let key = Key {
            id: KeyId::new("key_1"),
            name: "مفتاح".into(),
            prefix: "kst_7Qm2".into(),
            suffix: Some("x91d".into()),
            reported: Reported::Unknown("API_KEY_STATUS_FROZEN".into()),
            scopes: vec!["read".into(), "a b".into()],
            environment: Some(Environment::Other("canary".into())),
            owner: Some("team".into()),
            created_at: Some(Timestamp::from_millis(1)),
            last_used_at: None,
            expires_at: Some(Timestamp::from_millis(3)),
            rotated_at: Some(Timestamp::from_millis(4)),
            version: Some(2),
            app: Some(AppId::new("app_1")),
            client: Some(Box::new(Client {
                proof: ClientProof::Signature,
                redirect_uris: vec!["https://shop.example/back".into()],
                keys: vec![ClientKey {
                    kid: "kPrK".into(),
                    algorithm: "EdDSA".into(),
                    added_at: Some(Timestamp::from_millis(5)),
                    last_used_at: None,
                }],
            })),
            previous: vec![PreviousSecret {
                prefix: "kst_4Gd7".into(),
                suffix: None,
                expires_at: Some(Timestamp::from_millis(9)),
                last_used_at: Some(Timestamp::from_millis(8)),
            }],
        };
        let saved = key.clone();
        store.save_key(account.clone(), move || Some(saved)).await.unwrap();
        assert_eq!(store.keys(account).await.unwrap().0, vec![key]);
    }
}
