//! Changes that issue a secret: a new key, or a new secret of one.
//!
//! The order is the promise: the vault is proven, the intent is on disk, the call goes out once, and
//! the answer is in the vault before anything else sees it. Whoever asked may go away meanwhile; the
//! change runs on.

use std::sync::Arc;
use std::time::Duration;

use keystow_connect::{Failure, Registered};
use keystow_domain::{AccountId, Grace, GraceEnd, Intent, Key, KeyId, NewKey, OperationId, Timestamp, Verb};
use keystow_vault::{Hold, Label};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::host::Step;
use crate::list::Row;
use crate::session::ask;
use crate::store::{Issue, Progress, StoreError};
use crate::{Trouble, random, words};

/// How long a token must live to see a change through: the margin, and the call's own time-out.
pub(crate) const LIFETIME: Duration = Duration::from_secs(180);
/// The longest pause before a vault that does not take a secret is tried again.
const STOW_PAUSE: Duration = Duration::from_secs(10);

impl Engine {
    /// Makes a key and stows its secret. The same ticket is the same wish, however often it comes.
    ///
    /// # Errors
    ///
    /// Says whether nothing happened or the outcome is being found out.
    pub async fn create(&self, ticket: &str, new: &NewKey) -> Result<Row, Trouble> {
        let new = Self::checked(new)?;
        self.make(ticket, new.name.clone(), |issue| Issue {
            scopes: new.scopes,
            environment: new.environment,
            expires_at: new.expires_at,
            app: new.app,
            ..issue
        })
        .await
    }

    /// Makes a key, or a client, of this name; `with` says what else it shall be.
    pub(crate) async fn make(
        &self,
        ticket: &str,
        name: String,
        with: impl FnOnce(Issue) -> Issue,
    ) -> Result<Row, Trouble> {
        let account = self.current_account()?;
        let ticket = checked_ticket(ticket)?;
        let turn = self.turn_of(&account, &ticket);
        let _turn = turn.lock().await;
        if let Some(earlier) = self.earlier(&account, &ticket).await? {
            return earlier;
        }
        self.know_names(&account).await?;
        self.run_issue(with(Issue {
            ticket,
            name: name.clone(),
            intent: self.intent(&account, Verb::Create { name }),
            account,
            grace_millis: None,
            scopes: Vec::new(),
            environment: None,
            expires_at: None,
            app: None,
            client: None,
            course: None,
        }))
        .await
    }

    /// Makes sure that a key which is about to be made could be told from those that are there. Where keys do not
    /// say when they were made, only knowing all of them does that.
    pub(crate) async fn know_names(&self, account: &AccountId) -> Result<(), Trouble> {
        let knows = |engine: &Self| {
            let state = engine.state();
            let listing = state.listings.get(account);
            listing.is_some_and(|listing| listing.dates_keys() || listing.is_known())
        };
        let mut events = self.watch();
        let read = self.read_rest(account);
        tokio::pin!(read);
        let mut is_over = false;
        loop {
            if knows(self) {
                return Ok(());
            }
            if is_over {
                let state = self.state();
                let error = state.listings.get(account).and_then(|listing| listing.freshness.error.clone());
                return Err(error.unwrap_or_else(words::list_unread));
            }
            tokio::select! {
                _ = &mut read => is_over = true,
                _ = events.recv() => {}
            }
        }
    }

    pub(crate) fn intent(&self, account: &AccountId, verb: Verb) -> Intent {
        let intended_at = self.portal_now(account);
        let known_keys = match (&verb, self.state().listings.get(account)) {
            // A new key is told from older ones of the same name; the others do not matter.
            (Verb::Create { name }, Some(listing)) => {
                listing.keys().iter().filter(|key| key.name == *name).map(|key| key.id.clone()).collect()
            }
            _ => Vec::new(),
        };
        Intent { operation: random::operation_id(), verb, intended_at, known_keys }
    }

    /// Runs a change in a task of its own, so that a window that closes cannot stop it half way.
    pub(crate) async fn run_issue(&self, issue: Issue) -> Result<Row, Trouble> {
        let (engine, name) = (self.clone(), issue.name.clone());
        let task = tokio::spawn(async move { engine.issue(issue).await });
        task.await.unwrap_or_else(|_| Err(words::outcome_unknown(&name)))
    }

    /// A second click waits for the first, and is then told the same.
    pub(crate) fn turn_of(&self, account: &AccountId, ticket: &str) -> Arc<tokio::sync::Mutex<()>> {
        self.turn(format!("ticket {account} {ticket}"))
    }

    /// One step of a key's rotation at a time.
    pub(crate) fn turn_of_key(&self, account: &AccountId, key: &KeyId) -> Arc<tokio::sync::Mutex<()>> {
        self.turn(format!("key {account} {key}"))
    }

    pub(crate) fn turn(&self, name: String) -> Arc<tokio::sync::Mutex<()>> {
        let mut state = self.state();
        // Turns that nobody waits for any more are forgotten.
        state.turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(state.turns.entry(name).or_default())
    }

    /// What became of the same ticket before.
    pub(crate) async fn earlier(
        &self,
        account: &AccountId,
        ticket: &str,
    ) -> Result<Option<Result<Row, Trouble>>, Trouble> {
        let found = self.0.store.by_ticket(account.clone(), ticket.to_owned()).await;
        let Some(entry) = found.map_err(|error| words::store(&error))? else { return Ok(None) };
        let stowed = self.0.vault.find(&entry.issue.intent.operation).await.map_err(words::vault)?;
        Ok(Some(match (stowed, entry.progress) {
            (Some(stowed), _) => self.row(account, &stowed.key),
            (None, Progress::Done) => self.made_without_secret(&entry.issue),
            (None, Progress::Aborted) => Err(words::not_done(&entry.issue.name)),
            (None, Progress::Lost | Progress::Told) => {
                Err(words::lost(&entry.issue, self.lost_until(&entry.issue)))
            }
            (None, _) => Err(words::outcome_unknown(&entry.issue.name)),
        }))
    }

    async fn issue(&self, issue: Issue) -> Result<Row, Trouble> {
        let operation = issue.intent.operation.clone();
        let hold = self.0.vault.hold().map_err(words::vault)?;
        self.0.vault.prove_writable().await.map_err(words::vault)?;
        // All that can fail or ask a person happens before the intent.
        self.session(&issue.account, LIFETIME).await?;
        match self.0.store.intend(issue.clone()).await {
            Ok(()) => {}
            Err(StoreError::Busy) => return Err(words::busy(&issue.name)),
            Err(error) => {
                // The disk may have taken it all the same, and it must not be sent at the next start.
                self.withdraw(operation);
                return Err(words::store(&error));
            }
        }
        let _attended = self.attend(&operation);
        self.0.host.passed(Step::Intended, &operation);
        self.show_pending(&issue, Some(words::outcome_unknown(&issue.name)));
        let sent_at = self.portal_now(&issue.account);
        let _sending = self.sending(&operation);
        match self.send(&issue).await {
            Ok(Ok(issued)) => {
                let received = self.received(&issue, issued, sent_at, hold).await;
                if received.is_err() {
                    // A private key that the vault did not give keeps the change open.
                    self.settle_later(issue.clone());
                }
                received
            }
            Ok(Err(failure)) => Err(self.not_received(&issue, &failure).await),
            // No session: the call was not sent, or refused for want of one.
            Err(trouble) => {
                self.abort(&issue).await;
                Err(trouble)
            }
        }
    }

    /// Sends the call of an issue; for a replay it is the very same call.
    pub(crate) async fn send(&self, issue: &Issue) -> Result<Result<Registered, Failure>, Trouble> {
        if issue.client.is_some() {
            return self.send_of_client(issue).await;
        }
        let operation = &issue.intent.operation;
        let account = &issue.account;
        let told = match &issue.intent.verb {
            Verb::Create { name } => {
                let new = NewKey {
                    name: name.clone(),
                    scopes: issue.scopes.clone(),
                    environment: issue.environment.clone(),
                    expires_at: issue.expires_at,
                    app: issue.app.clone(),
                };
                ask!(self, account, LIFETIME, |portal, token| portal.issue(token, operation, &new))
            }
            Verb::Rotate { key, .. } => {
                let grace = issue.grace_millis.map(|millis| Duration::from_millis(millis.unsigned_abs()));
                ask!(self, account, LIFETIME, |portal, token| portal.rotate(token, operation, key, grace))
            }
        };
        Ok(told.map(Registered::from))
    }

    /// The answer is here: into the vault first, then everywhere else.
    pub(crate) async fn received(
        &self,
        issue: &Issue,
        issued: Registered,
        sent_at: Timestamp,
        hold: Hold,
    ) -> Result<Row, Trouble> {
        let operation = &issue.intent.operation;
        self.0.host.passed(Step::Answered, operation);
        let answered_at = issued.answered_at_server.unwrap_or_else(|| self.portal_now(&issue.account));
        let label = Label {
            operation: operation.clone(),
            account: issue.account.clone(),
            key: issued.key.id.clone(),
            prefix: issued.key.prefix.clone(),
            issued_at: answered_at,
        };
        if issue.signs() {
            self.adopt_pair(issue, label).await?;
        } else if let Some(secret) = issued.secret {
            self.stow(issue, label, secret).await;
        }
        drop(hold);
        self.0.host.passed(Step::Stowed, operation);
        self.read_stowed(&issue.account).await;
        if matches!(issue.intent.verb, Verb::Rotate { .. }) {
            self.note_grace(issue, &issued.key, sent_at, answered_at).await;
            if skips(&issue.intent.verb, &issued.key) {
                let (id, about) = (format!("also:{operation}"), (issued.key.id.clone(), issue.name.clone()));
                let what = words::also_rotated(&issue.name);
                self.state().notices.tell(&id, what, crate::Tone::Warning, Some(about), None);
                self.tell(Event::App);
            }
        }
        let noted = self.note_rotated(issue, &issued.key.id, answered_at).await;
        self.show_pending(issue, None);
        let id = issued.key.id.clone();
        self.take_key(&issue.account, issued.key).await;
        self.0.host.passed(Step::Listed, operation);
        // A journal that is closed is never looked at again: the course has to know first.
        let closed = match noted {
            Ok(()) => self.0.store.progress(operation.clone(), Progress::Done).await,
            Err(error) => Err(error),
        };
        self.0.host.passed(Step::Closed, operation);
        if let Err(error) = closed {
            // The secret is safe; the journal is closed as soon as the disk takes it.
            tracing::warn!(%error, "the journal could not be closed");
            self.settle_later(issue.clone());
        }
        self.log(deed(issue).of(&issue.account).key(&id, &issue.name)).await;
        self.tell(Event::Rotation(id.clone()));
        self.row(&issue.account, &id)
    }

    /// Stows a secret; a vault that does not take it is tried again while the secret waits in memory.
    pub(crate) async fn stow(&self, issue: &Issue, label: Label, secret: keystow_vault::Secret) {
        let id = format!("unstowed:{}", label.operation);
        let (mut secret, mut pause) = (secret, Duration::from_secs(1));
        // There is no other copy: it is given up only with the process.
        loop {
            match self.0.vault.stow(label.clone(), secret).await {
                Ok(()) => break,
                Err(refused) => {
                    secret = refused.secret;
                    let what = words::not_stowed(&issue.name, refused.error);
                    let key = Some((label.key.clone(), issue.name.clone()));
                    self.state().notices.tell(&id, what, crate::Tone::Danger, key, None);
                    self.tell(Event::App);
                    self.0.host.rest(pause).await;
                    pause = (pause * 2).min(STOW_PAUSE);
                }
            }
        }
        if self.state().notices.take_back(&id) {
            self.tell(Event::App);
        }
    }

    /// Keeps what is known of the old secret's end, for portals that do not report it and for charts.
    async fn note_grace(&self, issue: &Issue, key: &Key, sent_at: Timestamp, answered_at: Timestamp) {
        let policy = self.known(&issue.account).ok().and_then(|known| known.abilities).map(|a| a.grace);
        let reported = key.previous.iter().filter_map(|old| old.expires_at).max();
        let end = match (reported, policy) {
            (Some(at), _) => GraceEnd::At(at),
            // What is accepted until somebody ends it has no deadline.
            (None, _) if !key.previous.is_empty() => GraceEnd::Unknown,
            // A portal that reports deadlines and reports none has ended the old secret at once.
            (None, Some(policy)) if policy.reported => GraceEnd::At(answered_at),
            (None, Some(policy)) => GraceEnd::estimate(sent_at, answered_at, policy.least, policy.most),
            (None, None) => GraceEnd::Unknown,
        };
        let rotated_at = key.rotated_at.unwrap_or(answered_at);
        self.remember_grace(&issue.account, (key.id.clone(), Grace { rotated_at, end })).await;
    }

    async fn not_received(&self, issue: &Issue, failure: &Failure) -> Trouble {
        if let Failure::Unknown(_) = failure {
            let _ = self.0.store.progress(issue.intent.operation.clone(), Progress::Unknown).await;
            self.settle_later(issue.clone());
            return words::outcome_unknown(&issue.name);
        }
        self.abort(issue).await;
        if issue.client.is_some() { words::of_client(failure) } else { words::failure(failure) }
    }

    /// Closes the entry of a change that was never sent, as soon as the disk lets it.
    fn withdraw(&self, operation: OperationId) {
        let engine = self.clone();
        tokio::spawn(async move {
            let mut pause = Duration::from_secs(1);
            while engine.0.store.progress(operation.clone(), Progress::Aborted).await.is_err() {
                engine.0.host.rest(pause).await;
                pause = (pause * 2).min(STOW_PAUSE);
            }
        });
    }

    /// Nothing happened at the portal: the journal is closed, and the row as it was.
    async fn abort(&self, issue: &Issue) {
        let closed = self.0.store.progress(issue.intent.operation.clone(), Progress::Aborted).await;
        self.show_pending(issue, None);
        match closed {
            Ok(()) => self.drop_pair(issue).await,
            Err(_) => self.settle_later(issue.clone()),
        }
    }

    /// Shows on the row that the outcome of a change is open.
    pub(crate) fn show_pending(&self, issue: &Issue, what: Option<Trouble>) {
        if let Some(key) = issue.replaces() {
            if let Some(listing) = self.state().listings.get_mut(&issue.account) {
                match what {
                    Some(what) => listing.pending.insert(key.clone(), what),
                    None => listing.pending.remove(key),
                };
            }
            self.tell(Event::Keys);
            self.tell(Event::Rotation(key.clone()));
        }
    }

    /// Takes an operation into one task's care until the guard is dropped; nothing if another has it.
    pub(crate) fn attend(&self, operation: &OperationId) -> Option<Attended> {
        let new = self.state().attended.insert(operation.as_str().to_owned());
        new.then(|| Attended { engine: self.clone(), operation: operation.as_str().to_owned() })
    }

    /// Notes that a call goes out whose answer must not be lost.
    fn sending(&self, operation: &OperationId) -> Sending {
        self.state().sending.insert(operation.as_str().to_owned());
        Sending { engine: self.clone(), operation: operation.as_str().to_owned() }
    }

    /// Returns when no change is under way. An app that closes waits for this.
    pub async fn settled(&self) {
        loop {
            let finished = self.0.finished.notified();
            if !self.is_busy() {
                return;
            }
            finished.await;
        }
    }

    /// Whether a change was sent whose answer is not in the vault yet.
    pub fn is_busy(&self) -> bool {
        !self.state().sending.is_empty()
    }
}

/// An operation in one task's care.
pub(crate) struct Attended {
    engine: Engine,
    operation: String,
}

impl Drop for Attended {
    fn drop(&mut self) {
        self.engine.state().attended.remove(&self.operation);
    }
}

/// A call whose answer may bring a secret, from before it is sent until the secret is stowed.
pub(crate) struct Sending {
    engine: Engine,
    operation: String,
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.engine.state().sending.remove(&self.operation);
        self.engine.0.finished.notify_waiters();
    }
}

/// A window's ticket: any short text that is not empty.
pub(crate) fn checked_ticket(ticket: &str) -> Result<String, Trouble> {
    if (8..=100).contains(&ticket.len()) {
        Ok(ticket.to_owned())
    } else {
        Err(words::bad_input("The ticket"))
    }
}

/// What the log says of a change that was made.
fn deed(issue: &Issue) -> Note {
    match (&issue.intent.verb, &issue.course) {
        (Verb::Rotate { .. }, _) => Note::new(Deed::Rotated),
        (Verb::Create { .. }, Some(of)) => Note::new(Deed::Replaced).fact("old", of.key.as_str()),
        (Verb::Create { .. }, None) => Note::new(Deed::Created),
    }
}

/// Whether a key has had more secrets since the snapshot than the one that was just issued.
fn skips(verb: &Verb, issued: &Key) -> bool {
    match (verb, issued.version) {
        (Verb::Rotate { version: Some(before), .. }, Some(after)) => after > before.saturating_add(1),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_rose_by_more_than_one_tells_of_somebody_else() {
        let verb = |version| Verb::Rotate {
            key: KeyId::new("key_a"),
            prefix: "kst_a".into(),
            version,
            rotated_at: None,
        };
        let issued = |version| Key { version, ..crate::list::tests::key("a") };
        assert!(!skips(&verb(Some(3)), &issued(Some(4))));
        assert!(skips(&verb(Some(3)), &issued(Some(5))));
        assert!(!skips(&verb(None), &issued(Some(9))), "a portal that does not count tells nothing");
    }
}
