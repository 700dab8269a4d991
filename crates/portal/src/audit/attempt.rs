//! The attempt that is being made: what is known of it so far, wherever in the portal it is.
//!
//! A call that changes something carries its attempt with it, as the task's own value and not as a global: whoever
//! learns what the call is about says so, and the storage writes the entry in the very change that it tells of. What
//! no change wrote an entry for gets one before it is answered. So a new call is in the log without a line of its own.

use std::sync::{Arc, Mutex, PoisonError};

use keystow_domain::visible;

use super::{
    kept_agent,
    record::{Chain, EntryRecord, Outcome},
};
use crate::{
    admin::Item,
    apps::{AppRecord, Ask},
    keys::KeyRecord,
    storage::GrantRecord,
    teams::Team,
};

tokio::task_local! {
    static ATTEMPT: Attempt;
}

/// An attempt to change something.
#[derive(Clone)]
pub(crate) struct Attempt(Arc<Inner>);

struct Inner {
    chain: Chain,
    state: Mutex<State>,
}

struct State {
    entry: EntryRecord,
    /// Why it is refused, where the status of the answer does not tell.
    refused: Option<&'static str>,
    is_written: bool,
}

/// What an attempt is about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Target<'t> {
    /// As in `key` or `app`.
    pub(crate) kind: &'static str,
    pub(crate) id: &'t str,
    pub(crate) name: &'t str,
    /// The developer app that it belongs to; empty for none.
    pub(crate) app: &'t str,
    /// The account whose it is; that of the app if it is empty.
    pub(crate) owner: &'t str,
}

impl Attempt {
    /// An attempt of which `entry` is known.
    pub(crate) fn new(chain: Chain, entry: EntryRecord) -> Self {
        let entry = EntryRecord { agent: kept_agent(&entry.agent), ..entry };
        Self(Arc::new(Inner { chain, state: Mutex::new(State { entry, refused: None, is_written: false }) }))
    }

    /// Runs work as this attempt.
    pub(crate) async fn carry<T>(self, work: impl Future<Output = T>) -> T {
        ATTEMPT.scope(self, work).await
    }

    /// Runs work of another thread as this attempt.
    pub(crate) fn within<T>(self, work: impl FnOnce() -> T) -> T {
        ATTEMPT.sync_scope(self, work)
    }

    /// The chain its entry belongs to.
    pub(crate) fn chain(&self) -> &Chain {
        &self.0.chain
    }

    /// The entry of an attempt that is done; nothing if it has its entry, or turned out to be refused.
    pub(crate) fn done(&self) -> Option<EntryRecord> {
        self.look(|state| (!state.is_written && state.refused.is_none()).then(|| state.entry.clone()))
    }

    /// Notes that its entry is durable.
    pub(crate) fn is_written(&self) {
        self.look(|state| state.is_written = true);
    }

    /// The entry of an attempt that ended so, if it has none yet. What was said of it inside weighs more than what
    /// the answer's status tells.
    pub(crate) fn ended(&self, outcome: Outcome, code: &str) -> Option<EntryRecord> {
        self.look(|state| {
            let (outcome, code) = match state.refused {
                Some(code) if outcome != Outcome::Failed => (Outcome::Refused, code),
                _ => (outcome, code),
            };
            let entry = EntryRecord { outcome, code: code.to_owned(), ..state.entry.clone() };
            (!state.is_written).then_some(entry)
        })
    }

    /// The entry about one thing of a suspension, which is written beside that of the attempt.
    pub(crate) fn beside(&self, item: &Item, resumed: bool, app: &str, owner: &str) -> EntryRecord {
        self.look(|state| EntryRecord {
            operation: item.kind.operation(resumed).into(),
            kind: item.kind.word().into(),
            target: item.id.clone(),
            name: visible(&item.name),
            app: app.to_owned(),
            owner: owner.to_owned(),
            ..state.entry.clone()
        })
    }

    fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The attempt that is being made here, if one is.
pub(crate) fn current() -> Option<Attempt> {
    ATTEMPT.try_with(Clone::clone).ok()
}

/// Lets work that runs in a task of its own belong to the attempt that is being made here.
pub(crate) async fn carried<T>(work: impl Future<Output = T>, attempt: Option<Attempt>) -> T {
    match attempt {
        Some(attempt) => attempt.carry(work).await,
        None => work.await,
    }
}

fn tell(say: impl FnOnce(&mut State)) {
    if let Some(attempt) = current() {
        attempt.look(say);
    }
}

/// Says who makes the attempt, once it is proven, and through which client.
pub(crate) fn by(account: &str, client: &str) {
    tell(|state| {
        account.clone_into(&mut state.entry.account);
        client.clone_into(&mut state.entry.client);
    });
}

/// Says what the attempt is about. It must be the caller's to know: an entry tells its owner of it.
pub(crate) fn about(target: Target<'_>) {
    tell(|state| {
        let entry = &mut state.entry;
        target.kind.clone_into(&mut entry.kind);
        target.id.clone_into(&mut entry.target);
        entry.name = visible(target.name);
        // Of a new key it is what the caller wrote.
        entry.app = if is_id(target.app) { target.app.to_owned() } else { String::new() };
        target.owner.clone_into(&mut entry.owner);
    });
}

/// Says that the attempt is about a key.
pub(crate) fn about_key(key: &KeyRecord) {
    about(Target { kind: "key", id: &key.id, name: &key.name, app: &key.app, owner: &key.account });
}

/// Says that the attempt is about a developer app.
pub(crate) fn about_app(app: &AppRecord) {
    about(Target { kind: "app", id: &app.id, name: &app.name, app: &app.id, owner: &app.account });
}

/// Says that the attempt is about a subscription that somebody asked for; whose it is follows from its app.
pub(crate) fn about_ask(ask: &Ask) {
    let name = format!("{}: {}", ask.app_name, ask.product_name);
    about(Target { kind: "subscription", id: &ask.subscription.id, name: &name, app: &ask.app, owner: "" });
}

/// Says that the attempt is about a client that a person lets in.
pub(crate) fn about_client(id: &str, name: &str, account: &str) {
    about(Target { kind: "client", id, name, app: "", owner: account });
}

/// Says that the attempt is about a team.
pub(crate) fn about_team(team: &Team) {
    about(Target { kind: "team", id: &team.id, name: &team.name, app: "", owner: &team.id });
}

/// Says that the attempt is about a suspension.
pub(crate) fn about_suspension(id: &str) {
    about(Target { kind: "suspension", id, ..Target::default() });
}

/// Says that the attempt is about an account.
pub(crate) fn about_account(id: &str, email: &str) {
    about(Target { kind: "account", id, name: email, owner: id, app: "" });
}

/// Says that the attempt is about what a person allowed a client.
pub(crate) fn about_grant(grant: &GrantRecord) {
    about(Target { kind: "client", id: &grant.client, name: "", app: "", owner: &grant.account });
}

/// Says that the attempt is refused, with a code that the answer's status does not tell.
pub(crate) fn refused(code: &'static str) {
    tell(|state| state.refused = Some(code));
}

/// Whether a text of a caller has the form of an id of this portal: a secret, a token or a code has another.
pub(crate) fn is_id(text: &str) -> bool {
    let parts = text.split_once('_');
    parts.is_some_and(|(kind, rest)| {
        (2..=8).contains(&kind.len())
            && kind.bytes().all(|byte| byte.is_ascii_lowercase())
            && rest.len() == 16
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::NewSecret, random};

    #[test]
    fn an_id_is_told_from_a_secret_and_a_token() {
        assert!(is_id(&random::id("key")) && is_id(&random::id("app")));
        let secret = NewSecret::random().reveal().to_owned();
        for other in [
            secret.as_str(),
            "kst_abcd",
            "key_../../../etc/pass",
            "",
            "correct horse",
            "key_0123456789abcde\n",
        ] {
            assert!(!is_id(other), "{other}");
        }
    }
}
