//! The journal: what was about to be asked of a portal, until a person can be told how it ended.

use keystow_domain::{AccountId, AppId, ClientProof, CourseId, Intent, KeyId, OperationId, Timestamp, Verb};
use rusqlite::{OptionalExtension as _, Row, params};

use super::keys::{json, proof, proof_word};
use super::{Store, StoreError};

/// A change that issues a secret, with all that is needed to send the very same call again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issue {
    /// The account it belongs to.
    pub(crate) account: AccountId,
    /// The window's ticket: the same ticket is the same wish, however often it is clicked.
    pub(crate) ticket: String,
    /// The name of the key, to speak of it.
    pub(crate) name: String,
    /// What can be judged about it.
    pub(crate) intent: Intent,
    /// The grace asked for, in milliseconds.
    pub(crate) grace_millis: Option<i64>,
    /// The scopes of a new key.
    pub(crate) scopes: Vec<String>,
    /// The environment of a new key.
    pub(crate) environment: Option<String>,
    /// The expiry of a new key.
    pub(crate) expires_at: Option<Timestamp>,
    /// The developer app of a new key.
    pub(crate) app: Option<AppId>,
    /// What it is of an OAuth client: one that is to be made, or one that signs and gets another key.
    pub(crate) client: Option<IssueClient>,
    /// The rotation it is part of.
    pub(crate) course: Option<OfCourse>,
}

/// What a change needs of an OAuth client besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IssueClient {
    /// How it proves who it is.
    pub(crate) proof: ClientProof,
    /// Where a sign-in with a new one may come back to.
    pub(crate) redirect_uris: Vec<String>,
}

impl IssueClient {
    /// A client without places to come back to.
    pub(crate) fn new(proof: ClientProof) -> Self {
        Self { proof, redirect_uris: Vec::new() }
    }
}

/// The rotation that a change is part of, and the key whose secret is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfCourse {
    pub(crate) id: CourseId,
    pub(crate) key: KeyId,
}

impl Issue {
    /// Whether it tells the portal a public key, whose private one is here before.
    pub(crate) fn signs(&self) -> bool {
        self.client.as_ref().is_some_and(|client| client.proof == ClientProof::Signature)
    }

    /// Whether the portal's answer brings a secret.
    pub(crate) fn brings_secret(&self) -> bool {
        self.client.as_ref().is_none_or(|client| client.proof == ClientProof::Secret)
    }

    /// The key whose secret is replaced, if there is one: a new key beside it is a change of it as well.
    pub(crate) fn replaces(&self) -> Option<&KeyId> {
        match (&self.intent.verb, &self.course) {
            (Verb::Rotate { key, .. }, _) | (Verb::Create { .. }, Some(OfCourse { key, .. })) => Some(key),
            (Verb::Create { .. }, None) => None,
        }
    }
}

/// How far an issue came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Written; whether it was sent is not known after a crash.
    Intended,
    /// Sent, and no answer that could be used.
    Unknown,
    /// The secret is in the vault.
    Done,
    /// Nothing happened at the portal.
    Aborted,
    /// The portal made the change and nobody holds the secret.
    Lost,
    /// Lost, and the person put the message away.
    Told,
}

/// An issue with how far it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) issue: Issue,
    pub(crate) progress: Progress,
    pub(crate) quiet_reads: u32,
    pub(crate) quiet_since: Option<Timestamp>,
}

impl Entry {
    /// Whether its outcome is still to be found out.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.progress, Progress::Intended | Progress::Unknown)
    }
}

impl Store {
    /// Writes an intent, synced to disk before it returns.
    pub(crate) async fn intend(&self, issue: Issue) -> Result<(), StoreError> {
        self.with(move |db| {
            let (verb, prefix, version, rotated_at) = match &issue.intent.verb {
                Verb::Create { .. } => ("create", None, None, None),
                Verb::Rotate { prefix, version, rotated_at, .. } => {
                    ("rotate", Some(prefix), *version, rotated_at.map(Timestamp::as_millis))
                }
            };
            let known: Vec<&str> = issue.intent.known_keys.iter().map(KeyId::as_str).collect();
            let written = db.execute(
                "INSERT INTO journal (operation, account, ticket, verb, key, name, prefix, version, rotated_at,
                     grace_millis, scopes, environment, expires_at, known_keys, intended_at, course, app, client, progress)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, 'intended')",
                params![
                    issue.intent.operation.as_str(),
                    issue.account.as_str(),
                    issue.ticket,
                    verb,
                    issue.replaces().map(KeyId::as_str),
                    issue.name,
                    prefix,
                    version,
                    rotated_at,
                    issue.grace_millis,
                    json(&issue.scopes)?,
                    issue.environment,
                    issue.expires_at.map(Timestamp::as_millis),
                    json(&known)?,
                    issue.intent.intended_at.as_millis(),
                    issue.course.as_ref().map(|course| course.id.as_str()),
                    issue.app.as_ref().map(AppId::as_str),
                    issue.client.as_ref().map(client_text).transpose()?,
                ],
            );
            match written {
                Ok(_) => Ok(()),
                Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
                    Err(StoreError::Busy)
                }
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// Notes how far an issue came, synced to disk before it returns.
    pub(crate) async fn progress(&self, operation: OperationId, to: Progress) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "UPDATE journal SET progress = ?2 WHERE operation = ?1",
                params![operation.as_str(), word(to)],
            )?;
            Ok(())
        })
        .await
    }

    /// Notes a complete read of the portal that showed no effect of an open issue.
    pub(crate) async fn quiet_read(&self, operation: OperationId, at: Timestamp) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "UPDATE journal SET quiet_reads = quiet_reads + 1, quiet_since = coalesce(quiet_since, ?2)
                 WHERE operation = ?1",
                params![operation.as_str(), at.as_millis()],
            )?;
            Ok(())
        })
        .await
    }

    /// Sets how many quiet reads there were of an open issue, and since when.
    pub(crate) async fn set_quiet(
        &self,
        operation: OperationId,
        reads: u32,
        since: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute(
                "UPDATE journal SET quiet_reads = ?2, quiet_since = ?3 WHERE operation = ?1",
                params![operation.as_str(), reads, since.map(Timestamp::as_millis)],
            )?;
            Ok(())
        })
        .await
    }

    /// The issue of a ticket, if the ticket was used before.
    pub(crate) async fn by_ticket(
        &self,
        account: AccountId,
        ticket: String,
    ) -> Result<Option<Entry>, StoreError> {
        self.with(move |db| {
            let mut one = db.prepare_cached("SELECT * FROM journal WHERE account = ?1 AND ticket = ?2")?;
            Ok(one.query_row(params![account.as_str(), ticket], read).optional()?)
        })
        .await
    }

    /// When the last rotation of a key was sent whose secret was lost.
    pub(crate) async fn last_loss(
        &self,
        account: AccountId,
        key: KeyId,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.with(move |db| {
            let at: Option<i64> = db.query_row(
                "SELECT max(intended_at) FROM journal
                 WHERE account = ?1 AND key = ?2 AND verb = 'rotate' AND progress IN ('lost', 'told')",
                [account.as_str(), key.as_str()],
                |row| row.get(0),
            )?;
            Ok(at.map(Timestamp::from_millis))
        })
        .await
    }

    /// The issues of a rotation, the newest first.
    pub(crate) async fn of_course(&self, course: CourseId) -> Result<Vec<Entry>, StoreError> {
        self.with(move |db| {
            let mut all =
                db.prepare_cached("SELECT * FROM journal WHERE course = ?1 ORDER BY intended_at DESC")?;
            let rows = all.query_map([course.as_str()], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Every issue whose outcome is open, and every loss that was not put away.
    pub(crate) async fn unfinished(&self) -> Result<Vec<Entry>, StoreError> {
        self.with(|db| {
            let mut all = db.prepare_cached(
                "SELECT * FROM journal WHERE progress IN ('intended', 'unknown', 'lost') ORDER BY intended_at",
            )?;
            let rows = all.query_map([], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let instant = |name: &str| row.get::<_, Option<i64>>(name).map(|at| at.map(Timestamp::from_millis));
    let list = |name: &str| -> rusqlite::Result<Vec<String>> {
        Ok(serde_json::from_str(&row.get::<_, String>(name)?).unwrap_or_default())
    };
    let name: String = row.get("name")?;
    let key = row.get::<_, Option<String>>("key")?.map(KeyId::new);
    let course = row.get::<_, Option<String>>("course")?.map(CourseId::new);
    let verb = match key.clone().filter(|_| row.get::<_, String>("verb").is_ok_and(|verb| verb == "rotate")) {
        Some(key) => Verb::Rotate {
            key,
            prefix: row.get::<_, Option<String>>("prefix")?.unwrap_or_default(),
            version: row.get("version")?,
            rotated_at: instant("rotated_at")?,
        },
        None => Verb::Create { name: name.clone() },
    };
    let intent = Intent {
        operation: OperationId::new(row.get::<_, String>("operation")?),
        verb,
        intended_at: Timestamp::from_millis(row.get("intended_at")?),
        known_keys: list("known_keys")?.into_iter().map(KeyId::new).collect(),
    };
    let issue = Issue {
        account: AccountId::new(row.get::<_, String>("account")?),
        ticket: row.get("ticket")?,
        name,
        intent,
        grace_millis: row.get("grace_millis")?,
        scopes: list("scopes")?,
        environment: row.get("environment")?,
        expires_at: instant("expires_at")?,
        app: row.get::<_, Option<String>>("app")?.map(AppId::new),
        client: client_of(row.get("client")?)?,
        course: course.zip(key).map(|(id, key)| OfCourse { id, key }),
    };
    Ok(Entry {
        issue,
        progress: parse(&row.get::<_, String>("progress")?),
        quiet_reads: row.get("quiet_reads")?,
        quiet_since: instant("quiet_since")?,
    })
}

/// How a proof and the places to come back to are written down.
fn client_text(client: &IssueClient) -> Result<String, StoreError> {
    json(&(proof_word(&client.proof), &client.redirect_uris))
}

/// Reads them. What cannot be read is no key: a call is repeated as it is written, or not at all.
fn client_of(text: Option<String>) -> rusqlite::Result<Option<IssueClient>> {
    let Some(text) = text else { return Ok(None) };
    let read = serde_json::from_str::<(String, Vec<String>)>(&text);
    let (word, redirect_uris) = read.map_err(|_| rusqlite::Error::InvalidQuery)?;
    Ok(Some(IssueClient { proof: proof(&word), redirect_uris }))
}

fn word(progress: Progress) -> &'static str {
    match progress {
        Progress::Intended => "intended",
        Progress::Unknown => "unknown",
        Progress::Done => "done",
        Progress::Aborted => "aborted",
        Progress::Lost => "lost",
        Progress::Told => "told",
    }
}

fn parse(word: &str) -> Progress {
    match word {
        "intended" => Progress::Intended,
        "done" => Progress::Done,
        "aborted" => Progress::Aborted,
        "lost" => Progress::Lost,
        "told" => Progress::Told,
        _ => Progress::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotate(operation: &str, ticket: &str) -> Issue {
        Issue {
            account: AccountId::new("acc_1"),
            ticket: ticket.into(),
            name: "billing".into(),
            intent: Intent {
                operation: OperationId::new(operation),
                verb: Verb::Rotate {
                    key: KeyId::new("key_1"),
                    prefix: "kst_aaaa".into(),
                    version: Some(3),
                    rotated_at: Some(Timestamp::from_millis(7)),
                },
                intended_at: Timestamp::from_millis(10),
                known_keys: vec![KeyId::new("key_1")],
            },
            grace_millis: Some(60_000),
            scopes: vec![],
            environment: None,
            expires_at: None,
            app: Some(AppId::new("app_1")),
            client: Some(IssueClient::new(ClientProof::Signature)),
            course: None,
        }
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Timestamp::from_secs(0)).unwrap().store;
        (folder, store)
    }

    #[tokio::test]
    async fn an_intent_comes_back_as_it_was_written() {
        let (_folder, store) = store().await;
        store.intend(rotate("op_1", "t1")).await.unwrap();
        let found = store.unfinished().await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].issue, rotate("op_1", "t1"));
        assert!(found[0].is_open());
    }

    #[tokio::test]
    async fn a_key_has_one_open_change_at_a_time() {
        let (_folder, store) = store().await;
        store.intend(rotate("op_1", "t1")).await.unwrap();
        assert!(matches!(store.intend(rotate("op_2", "t2")).await, Err(StoreError::Busy)));
        store.progress(OperationId::new("op_1"), Progress::Done).await.unwrap();
        store.intend(rotate("op_2", "t2")).await.unwrap();
    }

    #[tokio::test]
    async fn a_key_made_beside_another_is_a_change_of_it() {
        let (_folder, store) = store().await;
        let mut beside = rotate("op_1", "t1");
        beside.intent.verb = Verb::Create { name: "billing".into() };
        beside.course = Some(OfCourse { id: CourseId::new("course_1"), key: KeyId::new("key_1") });
        store.intend(beside.clone()).await.unwrap();
        assert_eq!(store.of_course(CourseId::new("course_1")).await.unwrap()[0].issue, beside);
        assert!(matches!(store.intend(rotate("op_2", "t2")).await, Err(StoreError::Busy)));
    }

    #[tokio::test]
    async fn a_ticket_is_used_once() {
        let (_folder, store) = store().await;
        store.intend(rotate("op_1", "t1")).await.unwrap();
        store.progress(OperationId::new("op_1"), Progress::Aborted).await.unwrap();
        assert!(matches!(store.intend(rotate("op_2", "t1")).await, Err(StoreError::Busy)));
        let found = store.by_ticket(AccountId::new("acc_1"), "t1".into()).await.unwrap();
        assert_eq!(found.map(|entry| entry.progress), Some(Progress::Aborted));
    }
}
