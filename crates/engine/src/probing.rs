//! Trying a secret: where, how, and what the answers showed.
//!
//! A trial is a call that goes out because a person asked for it, or for the receipt that is its proof, to
//! the address that the person chose or to the portal's own check. Only a clear yes and a clear no say something about a secret.

use std::time::Duration;

use keystow_connect::{Failure, Trial};
use keystow_domain::{AccountId, ClientProof, Key, KeyId, OperationId, State};

use crate::engine::Engine;
use crate::events::Event;
use crate::store::Tried;
use crate::{Trouble, words};

/// How long the old secret must be unused to count as quiet, unless the person chose.
const QUIET: Duration = Duration::from_secs(15 * 60);
/// The shortest quiet time.
const LEAST_QUIET: Duration = Duration::from_secs(60);
/// The longest quiet time.
const MOST_QUIET: Duration = Duration::from_secs(7 * 24 * 3600);

/// How a secret of a key is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The address that is called with GET.
    pub url: String,
    /// The header that carries the secret.
    pub header: String,
    /// What stands before the secret in the header.
    pub before: String,
    /// Whether this is the portal's own check and not one the person set.
    pub own: bool,
}

/// The two sides of a rotation: one key with two secrets, or two keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sides {
    /// The key that has the new secret.
    pub(crate) new: KeyId,
    /// The key that has the old secret.
    pub(crate) old: KeyId,
}

impl Sides {
    /// Whether the old secret belongs to another key.
    pub(crate) fn are_apart(&self) -> bool {
        self.new != self.old
    }
}

/// The vault's records of the new and the old secret, and whether the old one has ended.
pub(crate) struct Records {
    pub(crate) new: Option<OperationId>,
    pub(crate) old: Option<OperationId>,
    pub(crate) is_over: bool,
}

impl Engine {
    /// Keeps how secrets of a key are tried; nothing, or the portal's own check, takes a choice back.
    ///
    /// # Errors
    ///
    /// Says which part of it cannot be used.
    pub async fn set_probe(&self, key: &KeyId, probe: Option<Probe>) -> Result<(), Trouble> {
        let account = self.holder(key)?;
        let newest = self.sides(&account, key).new;
        if self.listed(&account, &newest).is_some_and(|key| key.client.is_some()) {
            return Err(words::not_offered());
        }
        let chosen = match probe.filter(|probe| !probe.own) {
            Some(probe) => {
                let trial = Trial::new(&probe.url, &probe.header, &probe.before).map_err(words::bad_trial)?;
                let texts = format!("{}\n{}", trial.url(), trial.before());
                self.refuse_secret(&account, key, &texts).await?;
                Some((trial.url().to_owned(), trial.header().to_owned(), trial.before().to_owned()))
            }
            None => None,
        };
        let kept = self.0.store.choose_probe(account, newest.clone(), chosen).await;
        kept.map_err(|error| words::store(&error))?;
        self.tell(Event::Rotation(newest));
        Ok(())
    }

    /// Keeps how long the old secret of a key must be unused to count as quiet: one minute to seven days.
    ///
    /// # Errors
    ///
    /// Fails outside these bounds.
    pub async fn set_quiet(&self, key: &KeyId, quiet: Duration) -> Result<(), Trouble> {
        if !(LEAST_QUIET..=MOST_QUIET).contains(&quiet) {
            return Err(words::bad_quiet());
        }
        let account = self.holder(key)?;
        let newest = self.sides(&account, key).new;
        let kept = self.0.store.choose_quiet(account, newest.clone(), quiet).await;
        kept.map_err(|error| words::store(&error))?;
        self.tell(Event::Rotation(newest));
        Ok(())
    }

    /// How secrets of a key are tried, if there is a way, and how long its old secret must be quiet.
    pub(crate) async fn probing(&self, account: &AccountId, key: &KeyId) -> (Option<Probe>, Duration) {
        // A disk that does not serve leaves the portal's own ways.
        let is_client = self.listed(account, key).is_some_and(|key| key.client.is_some());
        let chosen = self.0.store.chosen(account.clone(), key.clone()).await.unwrap_or_default();
        let own = || {
            let abilities = self.known(account).ok()?.abilities?;
            if is_client {
                let (url, header) = (abilities.stream?, "authorization".to_owned());
                return Some(Probe { url, header, before: "Bearer ".to_owned(), own: true });
            }
            let gateway = abilities.gateway?;
            let trial = Trial::own(gateway);
            Some(Probe {
                url: trial.url().into(),
                header: trial.header().into(),
                before: String::new(),
                own: true,
            })
        };
        // What a client has opens nothing by itself: only the portal makes a token of it.
        let probe = chosen.probe.filter(|_| !is_client).map(|(url, header, before)| Probe {
            url,
            header,
            before,
            own: false,
        });
        (probe.or_else(own), chosen.quiet.unwrap_or(QUIET))
    }

    /// The keys of the old and of the new secret of a key's rotation.
    pub(crate) fn sides(&self, account: &AccountId, key: &KeyId) -> Sides {
        match self.course(account, key) {
            Some(course) => Sides { new: course.bearer().clone(), old: course.key },
            None => Sides { new: key.clone(), old: key.clone() },
        }
    }

    /// The vault's records of both sides.
    pub(crate) fn records(&self, account: &AccountId, sides: &Sides) -> Records {
        let now = self.portal_now(account);
        let state = self.state();
        let none = Records { new: None, old: None, is_over: false };
        let Some(listing) = state.listings.get(account) else { return none };
        let current = |id: &KeyId| {
            let stowed = listing.current_secret(listing.key(id)?)?;
            Some(stowed.operation.clone())
        };
        let new = current(&sides.new);
        let state = |id: &KeyId| listing.key(id).map(|key: &Key| key.state(listing.graces.get(id), now));
        if sides.are_apart() {
            let is_over = matches!(state(&sides.old), Some(State::Revoked | State::Expired));
            return Records { new, old: current(&sides.old), is_over };
        }
        let all = listing.stowed.get(&sides.old).into_iter().flatten();
        let old = all.map(|stowed| &stowed.operation).find(|operation| Some(*operation) != new.as_ref());
        let is_over = !matches!(state(&sides.old), Some(State::Rotating(_)));
        Records { old: old.cloned(), new, is_over }
    }

    /// What the trials of a secret showed; nothing of a secret that is not here.
    pub(crate) async fn tried(&self, operation: Option<&OperationId>) -> Tried {
        match operation {
            Some(operation) => self.0.store.tried(operation.clone()).await.unwrap_or_default(),
            None => Tried::default(),
        }
    }

    /// Tries the new secret of a key, and the old one once it has ended. Each trial at the portal's own
    /// check is a call like any other: the portal counts it.
    ///
    /// # Errors
    ///
    /// Fails if nobody said where to try it, there is no secret here, or nothing answered. An answer that
    /// says neither yes nor no is told as well.
    pub async fn probe(&self, key: &KeyId) -> Result<(), Trouble> {
        let account = self.holder(key)?;
        let sides = self.sides(&account, key);
        let _ = self.abilities(&account).await;
        let (trial, own) = self.trial(&account, &sides.new).await?;
        let records = self.records(&account, &sides);
        let old = records.old.filter(|_| records.is_over);
        if records.new.is_none() && old.is_none() {
            return Err(words::no_secret());
        }
        let mut told = Ok(());
        for operation in records.new.into_iter().chain(old) {
            told = told.and(self.try_secret(&account, &trial, own, operation).await);
        }
        self.tell(Event::Rotation(sides.new));
        told
    }

    /// Tries an old secret that has ended, unless it was refused since: the receipt that is about to be
    /// written says then what became of it. What cannot be tried stays unproven there.
    pub(crate) async fn try_ended(&self, account: &AccountId, key: &KeyId) {
        let sides = self.sides(account, key);
        let records = self.records(account, &sides);
        let Some(old) = records.old.filter(|_| records.is_over) else { return };
        if self.tried(Some(&old)).await.accepted == Some(false) {
            return;
        }
        if let Ok((trial, own)) = self.trial(account, &sides.new).await {
            let _ = self.try_secret(account, &trial, own, old).await;
        }
    }

    /// How the secrets of a key are tried, and whether that is the portal's own check.
    pub(crate) async fn trial(&self, account: &AccountId, key: &KeyId) -> Result<(Trial, bool), Trouble> {
        let probe = self.probing(account, key).await.0.ok_or_else(words::no_probe)?;
        let listed = self.listed(account, key);
        let trial = match listed.as_ref().and_then(|key| Some((key, key.proof()?))) {
            Some((_, ClientProof::Nothing)) => return Err(words::client_public()),
            Some((client, _)) if client.app.is_none() => return Err(words::client_alone()),
            Some((client, proof)) => Trial::of_client(probe.url, client.id.clone(), proof.clone()),
            None if probe.own => Trial::own(probe.url),
            None => Trial::new(&probe.url, &probe.header, &probe.before).map_err(words::bad_trial)?,
        };
        Ok((trial, probe.own))
    }

    /// Tries one secret; an answer that says neither yes nor no is told.
    async fn try_secret(
        &self,
        account: &AccountId,
        trial: &Trial,
        own: bool,
        operation: OperationId,
    ) -> Result<(), Trouble> {
        let answer = self.call(account, (trial, own), operation).await?;
        if answer.accepted.is_some() { Ok(()) } else { Err(words::trial_says_nothing(answer.status)) }
    }

    /// Calls an address with one secret, and keeps what came of it.
    pub(crate) async fn call(
        &self,
        account: &AccountId,
        (trial, own): (&Trial, bool),
        operation: OperationId,
    ) -> Result<keystow_connect::Probe, Trouble> {
        let portal = self.portal(account)?;
        let secret = self.0.vault.reveal_to_request(&operation).await.map_err(words::vault)?;
        let answer = portal.probe(trial, &secret).await.map_err(|failure| unanswered(&failure, own))?;
        let now = self.portal_now(account);
        let kept = self.0.store.note_trial(operation, answer.accepted, now).await;
        kept.map_err(|error| words::store(&error))?;
        Ok(answer)
    }
}

/// What to say of a trial without an answer: somebody else than the portal may have been asked.
pub(crate) fn unanswered(failure: &Failure, own: bool) -> Trouble {
    if own { words::failure(failure) } else { words::trial_unanswered(failure) }
}
