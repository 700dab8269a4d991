//! The audit log: what was done with keys, when, and by whom here. Never a secret.
//!
//! Each entry seals all before it. The vault keeps which entry was the last, so that missing newest
//! entries are noticed too. A log that cannot be written is told once and stops nothing.

use std::collections::BTreeMap;
use std::path::Path;

use keystow_domain::{Account, AccountId, KeyId, Timestamp, visible};

use crate::engine::Engine;
use crate::events::Event;
use crate::notices::Tone;
use crate::saved::{Saved, csv_line};
use crate::store::audit::{self, Chain, Head, NewEntry};
use crate::{Trouble, words};

/// The vault's name for the last entry.
const HEAD: &str = "audit-head";
/// The vault's name for the first entry that was found missing at the end.
const BROKEN: &str = "audit-broken";
/// The longest text of a name or a fact, in characters.
const LONGEST: usize = 200;
/// The most entries one answer has.
const MOST: u32 = 500;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A person signed in.
    SignedIn,
    /// A session was ended here, or by its portal.
    SignedOut,
    /// A key was made.
    Created,
    /// A key's secret was replaced.
    Rotated,
    /// A key was made in the place of another.
    Replaced,
    /// A secret was put on the clipboard.
    Copied,
    /// A secret was given to another program for a target.
    Pushed,
    /// A program was run with a secret in its environment.
    Ran,
    /// A secret was printed by the command line.
    Printed,
    /// A key was ended.
    Revoked,
    /// An old secret was ended before its time.
    GraceEndedEarly,
    /// An old secret ended.
    GraceEnded,
    /// A secret is lost: the portal made the change and its answer never came.
    Lost,
    /// A secret was recovered after an interruption.
    Recovered,
    /// A place where a secret is used was written down.
    PlaceAdded,
    /// Folders were searched for an old secret.
    Swept,
    /// A run over many keys began, or came to its end.
    BulkRun,
    /// The vault was locked.
    Locked,
    /// The vault was opened.
    Unlocked,
    /// It was chosen what opens the vault.
    Protected,
    /// A schedule was set or removed.
    ScheduleChanged,
    /// A rotation came to its end, and its receipt was written.
    Receipt,
    /// The secrets of a dead key were deleted from this device.
    SecretDeleted,
    /// A secret that this device did not have was taken from the clipboard, a pipe or a file.
    Imported,
    /// A program read a copied secret sooner than a person could have pasted it.
    ReadEarly,
    /// A program put a secret back on the clipboard after it was cleared.
    PutBack,
    /// A developer app was made.
    AppMade,
    /// A developer app was changed.
    AppChanged,
    /// A developer app was deleted, and its keys were revoked.
    AppDeleted,
    /// What an app asked for was approved here.
    Approved,
    /// What an app asked for was refused here.
    Rejected,
    /// A team was made.
    TeamMade,
    /// A team was given another name.
    TeamRenamed,
    /// A team was deleted.
    TeamDeleted,
    /// Whoever is signed in left a team.
    TeamLeft,
    /// A team was given to another member.
    TeamHandedOver,
    /// Somebody was invited into a team.
    Invited,
    /// An invitation was taken back.
    InvitationWithdrawn,
    /// A member of a team was given another role.
    MemberChanged,
    /// A member was taken out of a team.
    MemberRemoved,
}

impl Deed {
    /// Its name in the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::Created => "created",
            Self::Rotated => "rotated",
            Self::Replaced => "replaced",
            Self::Copied => "copied",
            Self::Pushed => "pushed",
            Self::Ran => "ran",
            Self::Printed => "printed",
            Self::Revoked => "revoked",
            Self::GraceEndedEarly => "grace_ended_early",
            Self::GraceEnded => "grace_ended",
            Self::Lost => "lost",
            Self::Recovered => "recovered",
            Self::PlaceAdded => "place_added",
            Self::Swept => "swept",
            Self::BulkRun => "bulk_run",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Protected => "protected",
            Self::ScheduleChanged => "schedule_changed",
            Self::Receipt => "receipt",
            Self::SecretDeleted => "secret_deleted",
            Self::Imported => "imported",
            Self::ReadEarly => "read_early",
            Self::PutBack => "put_back",
            Self::AppMade => "app_made",
            Self::AppChanged => "app_changed",
            Self::AppDeleted => "app_deleted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::TeamMade => "team_made",
            Self::TeamRenamed => "team_renamed",
            Self::TeamDeleted => "team_deleted",
            Self::TeamLeft => "team_left",
            Self::TeamHandedOver => "team_handed_over",
            Self::Invited => "invited",
            Self::InvitationWithdrawn => "invitation_withdrawn",
            Self::MemberChanged => "member_changed",
            Self::MemberRemoved => "member_removed",
        }
    }
}

/// Something that was done, on its way into the log.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    deed: Deed,
    account: Option<AccountId>,
    key: Option<(KeyId, String)>,
    facts: BTreeMap<String, String>,
}

impl Note {
    /// Something that was done.
    pub(crate) fn new(deed: Deed) -> Self {
        Self { deed, account: None, key: None, facts: BTreeMap::new() }
    }

    /// With the account it was done for.
    pub(crate) fn of(mut self, account: &AccountId) -> Self {
        self.account = Some(account.clone());
        self
    }

    /// With the key it was done to.
    pub(crate) fn key(mut self, id: &KeyId, name: &str) -> Self {
        self.key = Some((id.clone(), bounded(name)));
        self
    }

    /// With something else that is known. Never a secret.
    pub(crate) fn fact(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.facts.insert(name.to_owned(), bounded(value.as_ref()));
        self
    }
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, from 1.
    pub number: i64,
    /// When, in the time of the computer.
    pub at: Timestamp,
    /// What was done, as [`Deed::word`] names it.
    pub what: String,
    /// Who was signed in, and where.
    pub account: Option<String>,
    /// The key, with its name.
    pub key: Option<(KeyId, String)>,
    /// What else is known, by name.
    pub facts: BTreeMap<String, String>,
    /// Its hash, in hexadecimal digits.
    pub hash: String,
}

/// Part of the log, the newest first, and what checking all of it told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSight {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// How the whole log is.
    pub check: AuditCheck,
    /// When it was checked.
    pub checked_at: Timestamp,
}

/// How the whole log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditCheck {
    /// How many entries there are.
    pub total: u32,
    /// The number of the first entry that was altered or is missing.
    pub broken_at: Option<i64>,
    /// Whether the newest entries were held against what the vault keeps. A locked vault tells nothing.
    pub end_checked: bool,
}

/// What is known of the log in memory.
#[derive(Default)]
pub(crate) struct Log {
    /// The head that the vault keeps, once it was asked.
    sealed: Option<Head>,
    /// Whether the vault was asked.
    asked: bool,
    /// The first entry that was found missing at the end, now or earlier.
    missing: Option<i64>,
    /// Whether it was told that the log cannot be written.
    pub(crate) told: bool,
    /// Whether the database was set aside, and the log began anew with it.
    pub(crate) begun_anew: bool,
}

impl Engine {
    /// Adds to the log what was done. It cannot fail for whoever calls it.
    pub(crate) async fn log(&self, note: Note) {
        let account = note.account.as_ref().and_then(|id| self.known(id).ok());
        let new = NewEntry {
            at: self.now(),
            what: note.deed.word().to_owned(),
            account: account.map(|known| who(&known.account)),
            key: note.key,
            facts: note.facts,
        };
        match self.0.store.append(new).await {
            Ok(head) => self.seal(head).await,
            Err(error) => {
                tracing::warn!(%error, "the audit log could not be written");
                if !std::mem::replace(&mut self.state().log.told, true) {
                    let what = words::audit_unwritten();
                    self.state().notices.tell("audit_unwritten", what, Tone::Warning, None, None);
                    self.tell(Event::App);
                }
            }
        }
    }

    /// The same beside everything else, where a person waits.
    pub(crate) fn log_later(&self, note: Note) {
        let engine = self.clone();
        tokio::spawn(async move { engine.log(note).await });
    }

    /// Keeps in the vault which entry is the last. While it is locked the one before stays there.
    async fn seal(&self, head: Head) {
        {
            let mut state = self.state();
            let log = &mut state.log;
            let newer = log.sealed.as_ref().is_none_or(|sealed| sealed.number < head.number);
            if !log.asked || log.missing.is_some() || !newer {
                return;
            }
            log.sealed = Some(head.clone());
        }
        if self.0.vault.is_unlocked()
            && let Err(error) = self.0.vault.keep_note(HEAD, &format!("{} {}", head.number, head.hash)).await
        {
            tracing::warn!(%error, "the end of the audit log could not be sealed");
        }
    }

    /// Holds the log against what the vault says was its last entry, once the vault is open.
    ///
    /// What is missing once stays known: entries that come later take its numbers, and hide nothing.
    pub(crate) async fn check_log(&self) {
        let anew = std::mem::take(&mut self.state().log.begun_anew);
        if anew {
            let _ = self.0.vault.keep_note(BROKEN, "").await;
        }
        let sealed = self.kept_note(HEAD).await.as_deref().and_then(parse).filter(|_| !anew);
        let known = self.kept_note(BROKEN).await.and_then(|text| text.parse::<i64>().ok());
        let Ok(chain) = self.0.store.audit_chain(sealed.clone()).await else { return };
        let missing = known.or_else(|| cut_at(&chain, sealed.as_ref()));
        if let (None, Some(number)) = (known, missing) {
            let _ = self.0.vault.keep_note(BROKEN, &number.to_string()).await;
        }
        let first = {
            let mut state = self.state();
            state.log.missing = missing;
            state.log.sealed = sealed;
            !std::mem::replace(&mut state.log.asked, true)
        };
        if let Some(number) = [chain.broken_at, missing].into_iter().flatten().min().filter(|_| first) {
            let what = words::audit_altered(number);
            self.state().notices.tell("audit_altered", what, Tone::Danger, None, None);
        }
        if let Ok(Some(head)) = self.0.store.audit_head().await {
            self.seal(head).await;
        }
    }

    async fn kept_note(&self, name: &'static str) -> Option<String> {
        match self.0.vault.note(name).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(%error, "the end of the audit log could not be read");
                None
            }
        }
    }

    /// Part of the log, the newest first, with a check of all of it.
    ///
    /// # Errors
    ///
    /// Fails if the disk cannot be read.
    pub async fn audit(&self, offset: u32, limit: u32) -> Result<AuditSight, Trouble> {
        let broken_disk = |error| words::store(&error);
        let entries = self.0.store.audit(offset, limit.min(MOST)).await.map_err(broken_disk)?;
        let (sealed, missing, asked) = {
            let log = &self.state().log;
            (log.sealed.clone(), log.missing, log.asked)
        };
        let chain = self.0.store.audit_chain(sealed.clone()).await.map_err(broken_disk)?;
        let check = checked(&chain, missing.or_else(|| cut_at(&chain, sealed.as_ref())), asked);
        let entries = entries.into_iter().map(Into::into).collect();
        Ok(AuditSight { entries, check, checked_at: self.now() })
    }

    /// Entries of the log before a number, the newest first; about one key alone if it is given.
    ///
    /// # Errors
    ///
    /// Fails if the disk cannot be read.
    pub async fn audit_before(
        &self,
        key: Option<&KeyId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, Trouble> {
        let read = self.0.store.audit_before(key.cloned(), before, limit.min(MOST)).await;
        Ok(read.map_err(|error| words::store(&error))?.into_iter().map(Into::into).collect())
    }

    /// Writes the whole log as CSV into the person's download folder, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the log cannot be read or the file not be written.
    pub async fn export_audit(&self) -> Result<Saved, Trouble> {
        let mut entries = self.0.store.audit(0, u32::MAX).await.map_err(|error| words::store(&error))?;
        entries.reverse();
        let entries: Vec<AuditEntry> = entries.into_iter().map(Into::into).collect();
        let path = self.save_for_person("audit", "csv", csv(&entries)).await?;
        Ok(Saved { path, entries: entries.len() })
    }
}

/// Checks the log in a data folder without the app, also while the app runs. Whether its newest entries
/// are missing cannot be checked, because the vault is locked.
///
/// # Errors
///
/// Fails if the folder cannot be read or a newer version wrote it.
pub fn verify_audit(folder: &Path) -> Result<AuditCheck, Trouble> {
    let Some(db) = audit::read_only(folder).map_err(|error| words::store(&error))? else {
        return Err(words::no_log());
    };
    let chain = audit::chain(&db, None).map_err(|error| words::store(&error))?;
    Ok(checked(&chain, None, false))
}

/// Part of the log in a data folder, the newest first, without the app.
///
/// # Errors
///
/// Fails if the folder cannot be read or a newer version wrote it.
pub fn read_audit(folder: &Path, offset: u32, limit: u32) -> Result<Vec<AuditEntry>, Trouble> {
    let Some(db) = audit::read_only(folder).map_err(|error| words::store(&error))? else {
        return Err(words::no_log());
    };
    let entries = audit::entries(&db, offset, limit).map_err(|error| words::store(&error))?;
    Ok(entries.into_iter().map(Into::into).collect())
}

fn checked(chain: &Chain, missing: Option<i64>, end_checked: bool) -> AuditCheck {
    AuditCheck {
        total: u32::try_from(chain.total).unwrap_or(u32::MAX),
        broken_at: [chain.broken_at, missing].into_iter().flatten().min(),
        end_checked,
    }
}

/// The first entry that is missing at the end, or a replaced one, by what the vault says was the last.
fn cut_at(chain: &Chain, sealed: Option<&Head>) -> Option<i64> {
    let differs = sealed.filter(|head| chain.at_head.as_ref() != Some(&head.hash));
    differs.map(|head| head.number.min(chain.total + 1))
}

fn parse(text: &str) -> Option<Head> {
    let (number, hash) = text.split_once(' ')?;
    Some(Head { number: number.parse().ok()?, hash: hash.to_owned() })
}

/// Who is signed in, and where.
pub(crate) fn who(account: &Account) -> String {
    let portal = bounded(&account.portal_name);
    account
        .person
        .as_deref()
        .map_or_else(|| portal.clone(), |person| format!("{} ({portal})", bounded(person)))
}

/// A text that is safe to print and of bounded length.
fn bounded(text: &str) -> String {
    visible(text).chars().take(LONGEST).collect()
}

impl From<audit::Entry> for AuditEntry {
    fn from(entry: audit::Entry) -> Self {
        Self {
            number: entry.number,
            at: entry.new.at,
            what: entry.new.what,
            account: entry.new.account,
            key: entry.new.key,
            facts: entry.new.facts,
            hash: entry.hash,
        }
    }
}

/// The log as RFC 4180 has it.
fn csv(entries: &[AuditEntry]) -> String {
    let mut text = String::from("number,at,what,account,key,name,facts,hash\r\n");
    for entry in entries {
        let at = jiff::Timestamp::from_millisecond(entry.at.as_millis()).unwrap_or_default();
        let facts: Vec<String> = entry.facts.iter().map(|(name, fact)| format!("{name}={fact}")).collect();
        let (id, name) = entry.key.as_ref().map_or(("", ""), |(id, name)| (id.as_str(), name.as_str()));
        let cells = [
            entry.number.to_string(),
            at.to_string(),
            entry.what.clone(),
            entry.account.clone().unwrap_or_default(),
            id.to_owned(),
            name.to_owned(),
            facts.join("; "),
            entry.hash.clone(),
        ];
        let cells = cells.map(|cell| visible(&cell));
        text.push_str(&csv_line(cells.iter().map(String::as_str)));
    }
    text
}
