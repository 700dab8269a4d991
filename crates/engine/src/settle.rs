//! Settling what was interrupted: every intent whose end is not known is followed until it is.

use std::time::Duration;

use keystow_domain::{
    Grace, GraceEnd, Key, KeyId, OperationId, PreviousSecret, Sighting, Timestamp, Verb, Verdict, settle,
};

use keystow_connect::{Cause, Failure, RefusalKind};
use keystow_vault::VaultError;

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::issue::LIFETIME;
use crate::notices::{Action, Tone};
use crate::store::{Entry, Issue, Progress, StoreError};
use crate::{Trouble, words};

/// The pauses between looks; the last one repeats.
const PAUSES: [u64; 5] = [1, 2, 5, 15, 60];
/// The longest pause once the portal answers: the reads that must agree over a minute are near by then.
const QUIET_PAUSE: Duration = Duration::from_secs(20);
/// How much of a portal's replay window is left alone: a repeat after its end would be a second deed.
const REPLAY_MARGIN: Duration = Duration::from_secs(60);

/// What became of a repeated call.
enum Replayed {
    /// The answer came, and its secret is in the vault.
    Settled,
    /// It could not be repeated now.
    Again,
    /// The portal will not repeat its answer.
    Useless,
}

/// What one look told.
enum Look {
    /// How it ended is known.
    Settled,
    /// The portal was read, and showed no change.
    Quiet,
    /// Nothing could be seen.
    Blind,
}

impl Engine {
    /// Follows every open intent, and tells every loss that was not put away. Safe to call again.
    pub(crate) fn settle_all(&self) {
        let engine = self.clone();
        tokio::spawn(async move {
            let entries = engine.all_unfinished().await;
            for entry in entries {
                if entry.progress == Progress::Lost {
                    engine.tell_loss(&entry.issue, None);
                } else {
                    engine.settle_later(entry.issue);
                }
            }
        });
    }

    /// What is unfinished, read again until the disk tells.
    async fn all_unfinished(&self) -> Vec<Entry> {
        let mut pauses = PAUSES.into_iter().chain(std::iter::repeat(60));
        loop {
            match self.0.store.unfinished().await {
                Ok(entries) => return entries,
                Err(error) => tracing::warn!(%error, "the journal could not be read"),
            }
            self.0.host.rest(Duration::from_secs(pauses.next().unwrap_or(60))).await;
        }
    }

    /// Whether a change was begun whose end is not known. A disk that does not tell may hold one.
    pub(crate) async fn has_open_changes(&self) -> bool {
        self.0.store.unfinished().await.map_or(true, |all| all.iter().any(Entry::is_open))
    }

    /// Follows one open intent in the background until it is settled.
    pub(crate) fn settle_later(&self, issue: Issue) {
        let engine = self.clone();
        tokio::spawn(async move {
            let operation = issue.intent.operation.clone();
            // The task that sent it may still be looking after it.
            let _attended = loop {
                match engine.attend(&operation) {
                    Some(attended) => break attended,
                    None => engine.0.host.rest(Duration::from_secs(1)).await,
                }
            };
            engine.follow(&issue).await;
        });
    }

    async fn follow(&self, issue: &Issue) {
        self.show_pending(issue, Some(words::outcome_unknown(&issue.name)));
        let mut pauses = PAUSES.into_iter().chain(std::iter::repeat(60));
        loop {
            let look = match self.open_entry(&issue.intent.operation).await {
                Ok(None) => break,
                // The vault or the portal could not be read: the intent stays open until they can.
                Ok(Some(entry)) => self.look(&entry).await.unwrap_or(Look::Blind),
                Err(_) => Look::Blind,
            };
            let pause = Duration::from_secs(pauses.next().unwrap_or(60));
            match look {
                Look::Settled => break,
                Look::Quiet => self.0.host.rest(pause.min(QUIET_PAUSE)).await,
                Look::Blind => self.0.host.rest(pause).await,
            }
        }
        self.show_pending(issue, None);
        self.tell(Event::App);
        self.tell(Event::Keys);
    }

    async fn open_entry(&self, operation: &OperationId) -> Result<Option<Entry>, StoreError> {
        let all = self.0.store.unfinished().await?;
        Ok(all.into_iter().find(|entry| entry.issue.intent.operation == *operation && entry.is_open()))
    }

    /// Looks once at what can be seen of an intent and does what follows from it.
    async fn look(&self, entry: &Entry) -> Result<Look, Trouble> {
        let issue = &entry.issue;
        let stowed = match self.0.vault.reveal_to_request(&issue.intent.operation).await {
            Ok(_) => true,
            // A record that does not open holds nothing.
            Err(VaultError::NotFound | VaultError::Tampered) => false,
            Err(error) => return Err(words::vault(error)),
        };
        let now = self.portal_now(&issue.account);
        let public = self.waiting_public(issue).await?;
        let kid = public.as_ref().map(|public| public.kid.as_str());
        let first =
            settle(&issue.intent, &sighting(entry, now, (stowed, self.can_replay(issue, now)), None, kid));
        if first == Verdict::Replay {
            match self.replay(entry, now).await? {
                Replayed::Settled => return Ok(Look::Settled),
                Replayed::Again => return Ok(Look::Blind),
                // A refusal of the repeat says nothing about the first call: the portal is looked at.
                Replayed::Useless => {}
            }
        }
        // The repeat may have made the pair.
        let public = self.waiting_public(issue).await?;
        if issue.signs() && public.is_none() && self.never_sent(issue).await {
            return self.act(entry, Verdict::Aborted, now, false).await;
        }
        let kid = public.as_ref().map(|public| public.kid.as_str());
        let keys = if first == Verdict::Finish { None } else { self.look_at(issue).await };
        // The repeat may have made the count of quiet reads begin anew.
        let counted = self.open_entry(&issue.intent.operation).await.map_err(|error| words::store(&error))?;
        let Some(entry) = counted else { return Ok(Look::Settled) };
        let seen = sighting(&entry, now, (stowed, false), keys.as_deref(), kid);
        self.act(&entry, settle(&issue.intent, &seen), now, keys.is_some()).await
    }

    async fn act(
        &self,
        entry: &Entry,
        verdict: Verdict,
        now: Timestamp,
        read: bool,
    ) -> Result<Look, Trouble> {
        let (issue, operation) = (&entry.issue, entry.issue.intent.operation.clone());
        let progress = |to| self.0.store.progress(operation.clone(), to);
        match verdict {
            Verdict::Finish => {
                self.adopt_stowed(issue).await;
                self.remember_estimate(issue).await;
                if let Some(stowed) = self.0.vault.find(&operation).await.map_err(words::vault)? {
                    let noted = self.note_rotated(issue, &stowed.key, stowed.issued_at).await;
                    noted.map_err(|error| words::store(&error))?;
                }
                // Before the journal is closed, which nobody looks at again.
                self.drop_pair(issue).await;
                progress(Progress::Done).await.map_err(|error| words::store(&error))?;
                self.log(of_issue(Deed::Recovered, issue)).await;
                self.refresh(&issue.account).await;
                Ok(Look::Settled)
            }
            Verdict::Lost(key) if !issue.brings_secret() => {
                self.adopt_secretless(issue, &key, now).await?;
                progress(Progress::Done).await.map_err(|error| words::store(&error))?;
                self.log(of_issue(Deed::Recovered, issue)).await;
                self.refresh(&issue.account).await;
                Ok(Look::Settled)
            }
            Verdict::Lost(key) => {
                self.remember_lost_grace(issue).await;
                if let Verb::Rotate { key, .. } = &issue.intent.verb {
                    // The portal may tell how long the old secret still works, which is said with the loss.
                    let _ = self.read_key(&issue.account, key).await;
                }
                // Told first: a disk that takes the word and says it did not must not end the telling.
                self.tell_loss(issue, Some(key));
                progress(Progress::Lost).await.map_err(|error| words::store(&error))?;
                self.log(of_issue(Deed::Lost, issue)).await;
                self.refresh(&issue.account).await;
                Ok(Look::Settled)
            }
            Verdict::Aborted => {
                self.state().notices.tell_once(&format!("aborted:{operation}"), words::not_done(&issue.name));
                self.drop_pair(issue).await;
                progress(Progress::Aborted).await.map_err(|error| words::store(&error))?;
                if let Some(of) = &issue.course {
                    self.drop_uncalled(&issue.account, of).await;
                }
                Ok(Look::Settled)
            }
            Verdict::Replay | Verdict::AskAgain => {
                if read {
                    let _ = self.0.store.quiet_read(operation, now).await;
                }
                Ok(if read { Look::Quiet } else { Look::Blind })
            }
        }
    }

    /// Keeps what is known of the old secret's end, where a crash came before that was noted.
    async fn remember_estimate(&self, issue: &Issue) {
        let Verb::Rotate { key, .. } = &issue.intent.verb else { return };
        let known = self.state().listings.get(&issue.account).is_some_and(|listing| {
            listing.graces.get(key).is_some_and(|grace| grace.rotated_at >= issue.intent.intended_at)
        });
        let Ok(Some(stowed)) = self.0.vault.find(&issue.intent.operation).await else { return };
        if !known {
            let policy = self.known(&issue.account).ok().and_then(|known| known.abilities).map(|a| a.grace);
            let (least, most) = policy.map_or((None, None), |policy| (policy.least, policy.most));
            let end = GraceEnd::estimate(issue.intent.intended_at, stowed.issued_at, least, most);
            self.remember_grace(&issue.account, (key.clone(), Grace { rotated_at: stowed.issued_at, end }))
                .await;
        }
    }

    /// Shows a stowed secret as the current one of its key before the portal is asked, so that a copy
    /// made meanwhile is of the new secret.
    async fn adopt_stowed(&self, issue: &Issue) {
        self.read_stowed(&issue.account).await;
        let Ok(Some(stowed)) = self.0.vault.find(&issue.intent.operation).await else { return };
        let known = {
            let state = self.state();
            state.listings.get(&issue.account).and_then(|listing| listing.key(&stowed.key)).cloned()
        };
        let Some(before) = known.filter(|key| key.prefix != stowed.prefix) else { return };
        let old = PreviousSecret {
            prefix: before.prefix.clone(),
            suffix: before.suffix.clone(),
            expires_at: None,
            last_used_at: None,
        };
        let now = Key {
            prefix: stowed.prefix,
            suffix: None,
            rotated_at: Some(stowed.issued_at),
            previous: before.previous.iter().cloned().chain([old]).collect(),
            ..before
        };
        self.take_key(&issue.account, now).await;
    }

    /// Sends the very same call again, which a portal that can repeats with the very same answer.
    async fn replay(&self, entry: &Entry, now: Timestamp) -> Result<Replayed, Trouble> {
        let issue = &entry.issue;
        let hold = self.0.vault.hold().map_err(words::vault)?;
        self.0.vault.prove_writable().await.map_err(words::vault)?;
        self.session(&issue.account, LIFETIME).await?;
        // A keyring, a portal or a sleep may have taken hours: what was safe then may be a second deed now.
        if !self.can_replay(issue, self.portal_now(&issue.account)) {
            return Ok(Replayed::Useless);
        }
        let quiet = |reads, since| self.0.store.set_quiet(issue.intent.operation.clone(), reads, since);
        // The repeat may be what acts: what was read before it says nothing about that.
        quiet(0, None).await.map_err(|error| words::store(&error))?;
        match self.send(issue).await? {
            Ok(issued) => {
                self.received(issue, issued, now, hold).await?;
                self.log(of_issue(Deed::Recovered, issue)).await;
                let id = format!("recovered:{}", issue.intent.operation);
                self.state().notices.tell(&id, words::recovered(&issue.name), Tone::Info, None, None);
                Ok(Replayed::Settled)
            }
            Err(Failure::Refused(refusal)) => {
                // A refused repeat did nothing, so that the reads before it still count.
                let _ = quiet(entry.quiet_reads, entry.quiet_since).await;
                match refusal.kind {
                    RefusalKind::Throttled | RefusalKind::SignedOut => Ok(Replayed::Again),
                    _ => Ok(Replayed::Useless),
                }
            }
            Err(Failure::Unknown(Cause::NoSecret | Cause::WrongKey | Cause::Garbage)) => {
                Ok(Replayed::Useless)
            }
            Err(_) => Ok(Replayed::Again),
        }
    }

    /// Whether the portal still repeats the answer to an intent, with a margin before it forgets it.
    fn can_replay(&self, issue: &Issue, now: Timestamp) -> bool {
        let abilities = self.known(&issue.account).ok().and_then(|known| known.abilities);
        let window = abilities.and_then(|abilities| abilities.replay);
        window.is_some_and(|window| {
            let safe = window.saturating_sub(REPLAY_MARGIN.max(window / 20));
            now.since(issue.intent.intended_at) < safe
        })
    }

    /// Whether a change whose pair is not waiting was never sent: a pair is stowed before its public half goes out,
    /// and moved to a record of its own, which even when it does not open tells that it was. A portal that was not
    /// heard yet may be one that repeats, which makes the pair.
    async fn never_sent(&self, issue: &Issue) -> bool {
        self.knows_abilities(issue) && matches!(self.0.vault.find(&issue.intent.operation).await, Ok(None))
    }

    /// Whether the portal of an intent was heard on what it can do.
    fn knows_abilities(&self, issue: &Issue) -> bool {
        self.known(&issue.account).is_ok_and(|known| known.abilities.is_some())
    }

    /// What the portal shows of an intent's key, or of all keys for one that was to be made.
    async fn look_at(&self, issue: &Issue) -> Option<Vec<Key>> {
        if !self.knows_abilities(issue) {
            // Whether it can repeat is not known yet: that decides what to do.
            self.read_abilities(&issue.account).await;
            return None;
        }
        if let Verb::Rotate { key, .. } = &issue.intent.verb {
            let read = async {
                Ok::<_, Trouble>(
                    crate::session::ask!(self, &issue.account, |portal, token| portal.key(token, key))
                )
            };
            if let Some(key) = read.await.ok()?.ok()? {
                return Some(vec![key]);
            }
            // One key that is not found may be anything; a whole list without it is a list without it.
        }
        // A reading that began before this look could not show what the portal did meanwhile, and one with a row that
        // could not be read may miss the very key.
        if !self.read_from_now(&issue.account).await {
            return None;
        }
        let state = self.state();
        let listing = state.listings.get(&issue.account)?;
        // A key whose secret is here is of another change: this one's would be found by its operation.
        let elsewhere = |key: &&Key| {
            let alike = key.client.is_some() == issue.client.is_some();
            key_of(issue) == Some(&key.id) || (alike && !listing.stowed.contains_key(&key.id))
        };
        Some(listing.keys().iter().filter(elsewhere).cloned().collect())
    }

    fn tell_loss(&self, issue: &Issue, key: Option<KeyId>) {
        let key = match (&issue.intent.verb, key) {
            (Verb::Rotate { key, .. }, _) => Some(key.clone()),
            (Verb::Create { .. }, key) => key,
        };
        let id = format!("lost:{}", issue.intent.operation);
        let about = key.map(|key| (key, issue.name.clone()));
        // A second key is revoked, not rotated: the key beside it works.
        let beside = issue.course.is_some() && matches!(issue.intent.verb, Verb::Create { .. });
        let action = (!beside).then_some(Action::Rotate);
        let what = words::lost(issue, self.lost_until(issue));
        self.state().notices.tell(&id, what, Tone::Danger, about, action);
        self.tell(Event::App);
    }

    /// A loss was read by the person.
    pub(crate) async fn told(&self, operation: &str) {
        let _ = self.0.store.progress(OperationId::new(operation), Progress::Told).await;
    }
}

/// The key that a change is about; a creation is about none that is there.
fn key_of(issue: &Issue) -> Option<&KeyId> {
    match &issue.intent.verb {
        Verb::Rotate { key, .. } => Some(key),
        Verb::Create { .. } => None,
    }
}

/// What the log says of a change that was settled later.
fn of_issue(deed: Deed, issue: &Issue) -> Note {
    let note = Note::new(deed).of(&issue.account);
    match &issue.intent.verb {
        Verb::Rotate { key, .. } => note.key(key, &issue.name).fact("change", "rotate"),
        Verb::Create { name } => note.fact("name", name).fact("change", "create"),
    }
}

/// What can be seen of an intent now; a read of the keys counts as quiet until it shows otherwise.
fn sighting<'a>(
    entry: &Entry,
    now: Timestamp,
    (stowed, replayable): (bool, bool),
    keys: Option<&'a [Key]>,
    kid: Option<&'a str>,
) -> Sighting<'a> {
    Sighting {
        stowed,
        replayable,
        keys,
        kid,
        quiet_reads: entry.quiet_reads + u32::from(keys.is_some()),
        quiet_for: entry.quiet_since.map_or(Duration::ZERO, |since| now.since(since)),
    }
}
