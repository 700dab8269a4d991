//! Keys: reading the list, and the changes that issue no secret.

use std::collections::HashMap;
use std::sync::Arc;

use keystow_connect::{Failure, RefusalKind, Revoked};
use keystow_domain::{
    Abilities, AccountId, Grouping, Key, KeyId, NewKey, Reported, Resolution, Session, Timestamp, UsageQuery,
    key_name,
};

use crate::accounts::AccountState;
use crate::audit::{Deed, Note, who};
use crate::engine::Engine;
use crate::events::Event;
use crate::list::{Listing, Page, Query, Row};
use crate::search::{Completion, Search, Stock, complete};
use crate::session::ask;
use crate::{Trouble, words};

/// Accounts with more keys than this have no small bars: one answer could not hold them.
const MOST_BARS: usize = 5_000;
/// A clock that differs by more is worth a warning.
const CLOCK_OFF: i64 = 120_000;

/// All that is known of a key.
#[derive(Debug, Clone)]
pub struct KeyDetails {
    /// The row.
    pub row: Row,
}

/// How a revocation ended; either way the key is dead.
#[derive(Debug, Clone)]
pub struct Revocation {
    /// The key as it is now.
    pub row: Row,
    /// Whether it had ended before.
    pub already: bool,
}

impl Engine {
    /// Part of the current account's list. Nothing is asked of the portal.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen.
    pub fn keys(&self, query: &Query) -> Result<Page, Trouble> {
        let account = self.current_account()?;
        let now = self.portal_now(&account);
        let clock = self.clock_sight(&account);
        let known = self.known(&account)?;
        let hidden = self.is_hidden();
        let search = Search::parse(&query.search);
        let (label, basis) = (who(&known.account), self.basis(&account));
        let mut state = self.state();
        let listing = state.listings.peek_mut(&account).ok_or_else(words::no_account)?;
        if search.asks_health() {
            listing.marks(basis, now);
        }
        let mut page = if hidden {
            Listing::default().page_in(query, &search, (&label, &[]), now)
        } else {
            listing.page_in(query, &search, (&label, listing.last_marks()), now)
        };
        page.freshness.clock_offset = clock.offset;
        page.freshness.clock_about = clock.about;
        page.freshness.writes_off = self.writes_off(&known, page.freshness.error.as_ref());
        Ok(page)
    }

    /// What can be typed next at the end of a search. `all` also suggests every key of the language.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen.
    pub fn complete(&self, typed: &str, all: bool) -> Result<Completion, Trouble> {
        let account = self.current_account()?;
        let now = self.portal_now(&account);
        let label = who(&self.known(&account)?.account);
        if self.is_hidden() {
            return Ok(Completion::default());
        }
        let state = self.state();
        let listing = state.listings.get(&account).ok_or_else(words::no_account)?;
        // Only the states have to be worked out, and only one key of the language wants them.
        let states = if typed.contains("status:") { listing.states(now) } else { Vec::new() };
        let keys = listing.keys();
        drop(state);
        Ok(complete(typed, all, &Stock { keys: &keys, states: &states, account: &label }))
    }

    /// One key of the current account.
    ///
    /// # Errors
    ///
    /// Fails if it is not in the list.
    pub fn key(&self, key: &KeyId) -> Result<Row, Trouble> {
        let account = self.current_account()?;
        self.row(&account, key)
    }

    pub(crate) fn row(&self, account: &AccountId, key: &KeyId) -> Result<Row, Trouble> {
        let now = self.portal_now(account);
        let state = self.state();
        let listing = state.listings.get(account).ok_or_else(words::no_account)?;
        listing.row(key, now).ok_or_else(words::unknown_key)
    }

    pub(crate) fn warn_of_clock(&self, account: &AccountId) {
        let Some(offset) = self.clock_sight(account).offset else { return };
        let mut state = self.state();
        let changed = if offset.abs() > CLOCK_OFF {
            let minutes = (offset.abs() + 30_000) / 60_000;
            state.notices.tell_once("clock_off", words::clock_off(minutes));
            true
        } else {
            state.notices.take_back("clock_off")
        };
        drop(state);
        if changed {
            self.tell(Event::App);
        }
    }

    /// Reads again which secrets are on this device.
    pub(crate) async fn read_stowed(&self, account: &AccountId) {
        // What was read before a secret arrived must not replace what was read after.
        let _turn = self.0.reading_stowed.lock().await;
        if let Ok(stowed) = self.0.vault.stowed(account).await
            && let Some(listing) = self.state().listings.get_mut(account)
        {
            listing.set_stowed(stowed);
        }
    }

    /// Reads the small bars of the rows, where the portal has usage. Without them the list is complete.
    pub(crate) async fn read_bars(&self, account: &AccountId) {
        let Ok(known) = self.known(account) else { return };
        let count = self.state().listings.get(account).map_or(0, |listing| listing.keys().len());
        let offered = known.abilities.is_some_and(|abilities| abilities.usage.contains(&Resolution::Day));
        if !offered || count > MOST_BARS {
            return;
        }
        const DAY: i64 = 86_400;
        let midnight = self.portal_now(account).as_secs().div_euclid(DAY) * DAY;
        let query = UsageQuery {
            from: Timestamp::from_secs(midnight - 29 * DAY),
            to: Timestamp::from_secs(midnight + DAY),
            resolution: Resolution::Day,
            key: None,
            app: None,
            team: None,
            grouping: Grouping::Key,
        };
        let read =
            async { Ok::<_, Trouble>(ask!(self, account, |portal, token| portal.usage(token, &query))) };
        let Ok(Ok(usage)) = read.await else { return };
        let small = |calls: u64| u32::try_from(calls).unwrap_or(u32::MAX);
        let bars: HashMap<KeyId, Arc<Vec<(u32, u32)>>> = usage
            .series
            .into_iter()
            .map(|series| {
                let days = series.buckets.iter().map(|day| (small(day.requests), small(day.server_errors)));
                (KeyId::new(series.group), Arc::new(days.collect()))
            })
            .collect();
        if let Some(listing) = self.state().listings.get_mut(account) {
            listing.bars = bars;
        }
        self.tell(Event::Keys);
    }

    /// Takes one key over as a portal just told it.
    pub(crate) async fn take_key(&self, account: &AccountId, key: Key) {
        if let Some(listing) = self.state().listings.get_mut(account) {
            listing.put(key.clone());
        }
        self.take_key_of_app(account, &key);
        let id = key.id.clone();
        let (here, of, wanted) = (self.clone(), account.clone(), id.clone());
        // An account whose list is not in memory has what was just told.
        let now = move || match here.state().listings.get(&of) {
            Some(listing) => listing.key(&wanted).cloned(),
            None => Some(key),
        };
        if self.0.store.save_key(account.clone(), now).await.is_err()
            && let Some(listing) = self.state().listings.peek_mut(account)
        {
            listing.unkept.insert(id);
        }
        self.tell(Event::Keys);
        self.0.wake.notify_one();
    }

    /// Gives a key another name.
    ///
    /// # Errors
    ///
    /// Says why the name stays what it was.
    pub async fn rename(&self, key: &KeyId, name: &str) -> Result<Row, Trouble> {
        let account = self.current_account()?;
        let name = key_name(name).map_err(words::name)?;
        let renamed = ask!(self, &account, |portal, token| portal.rename(token, key, &name));
        let renamed = match renamed {
            Ok(renamed) => renamed,
            Err(failure) => return Err(self.change_failed(&account, key, &failure).await),
        };
        self.take_key(&account, renamed).await;
        self.row(&account, key)
    }

    /// Ends a key for good, after the person typed its name.
    ///
    /// A lost answer is asked for once more: revoking twice is revoking.
    ///
    /// # Errors
    ///
    /// Says why the key still works, or that it is not known whether it does.
    pub async fn revoke(&self, key: &KeyId, typed: &str) -> Result<Revocation, Trouble> {
        let account = self.current_account()?;
        self.revoke_at(&account, key, typed).await
    }

    /// Ends one of many keys for good. Nobody was asked which of two keys in one row is meant, so such a row is
    /// refused.
    ///
    /// # Errors
    ///
    /// Says why the key still works, or that it is not known whether it does.
    pub async fn revoke_of_many(&self, key: &KeyId, typed: &str) -> Result<Revocation, Trouble> {
        let account = self.current_account()?;
        let now = self.portal_now(&account);
        if self.state().listings.get(&account).is_some_and(|listing| listing.is_two_keys(key, now)) {
            return Err(words::two_keys());
        }
        self.revoke_at(&account, key, typed).await
    }

    /// Ends a key of an account for good, after the person typed its name.
    pub(crate) async fn revoke_at(
        &self,
        account: &AccountId,
        key: &KeyId,
        typed: &str,
    ) -> Result<Revocation, Trouble> {
        let before = self.row(account, key)?.key;
        if typed.trim() != keystow_domain::visible(&before.name) && typed.trim() != before.name {
            return Err(words::name_differs());
        }
        let mut result = ask!(self, account, |portal, token| portal.revoke(token, key));
        let repeated = matches!(result, Err(Failure::Unknown(_)));
        if repeated {
            result = ask!(self, account, |portal, token| portal.revoke(token, key));
        }
        let (now, already) = match result {
            Ok(Revoked::Now(now)) => (now, false),
            // After a lost answer it was most likely this app that did it a moment before.
            Ok(Revoked::Already) => (dead(before), !repeated),
            // A key that is gone is as dead as a revoked one.
            Err(Failure::Refused(refusal)) if refusal.kind == RefusalKind::NotFound => (dead(before), true),
            Err(failure) => return Err(self.change_failed(account, key, &failure).await),
        };
        let note = Note::new(Deed::Revoked).of(account).key(key, &now.name);
        self.take_key(account, now).await;
        self.note_revoked(account, key).await;
        self.note_dead(account).await;
        self.log(if already { note.fact("already", "yes") } else { note }).await;
        self.tell(Event::Rotation(key.clone()));
        Ok(Revocation { row: self.row(account, key)?, already })
    }

    /// Why changes are off: nobody is signed in, whoever is may only look, or the portal does not answer.
    pub(crate) fn writes_off(&self, known: &AccountState, error: Option<&Trouble>) -> Option<Trouble> {
        const OFFLINE: [&str; 6] = [
            "portal_unreachable",
            "portal_not_found",
            "portal_intercepted",
            "portal_not_trusted",
            "session_unknown",
            "built_in_down",
        ];
        match known.session {
            Session::SignedOut => Some(words::not_signed_in()),
            Session::Ended => Some(words::signed_out()),
            Session::SignedIn | Session::Unknown => {
                let looks = known.abilities.as_ref().is_some_and(Abilities::only_looks);
                let offline = error.filter(|error| OFFLINE.contains(&error.code)).cloned();
                offline.or_else(|| looks.then(words::only_looks))
            }
        }
    }

    /// What to say of a change that can be repeated and failed. Where the portal may have acted, or holds
    /// something else than thought, the key is read again.
    pub(crate) async fn change_failed(&self, account: &AccountId, key: &KeyId, failure: &Failure) -> Trouble {
        if matches!(failure, Failure::Refused(refusal) if refusal.kind == RefusalKind::Forbidden) {
            let team = self.team_of_key(account, key);
            let barred = self.role_refused(account, team.as_ref()).await;
            return barred.unwrap_or_else(|| words::failure(failure));
        }
        let stale = |kind| matches!(kind, RefusalKind::NotFound | RefusalKind::Conflict);
        let reread = match failure {
            Failure::Unknown(_) => true,
            Failure::Refused(refusal) => stale(refusal.kind),
            Failure::NotSent(_) => false,
        };
        if reread {
            let _ = self.read_key(account, key).await;
        }
        match failure {
            Failure::Unknown(_) => words::change_unknown(),
            failure => words::failure(failure),
        }
    }

    /// What a new key shall be, checked before anything is sent.
    pub(crate) fn checked(new: &NewKey) -> Result<NewKey, Trouble> {
        let name = key_name(&new.name).map_err(words::name)?;
        let scopes: Vec<String> = new
            .scopes
            .iter()
            .map(|scope| scope.trim().to_owned())
            .filter(|scope| !scope.is_empty())
            .collect();
        if scopes.is_empty() {
            return Err(words::no_scope());
        }
        Ok(NewKey { name, scopes, ..new.clone() })
    }
}

pub(crate) fn dead(key: Key) -> Key {
    Key { reported: Reported::Revoked, previous: Vec::new(), ..key }
}
