//! What is worked out of all keys when a window asks, kept until something changes it.
//!
//! A window asks far more often than keys change: at each scroll, each key press, each bit of news. While the list
//! is being read, keys come after all others in the order that is shown, so that no row moves under the pointer;
//! they find their place when the reading is over or something else is asked.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keystow_domain::{AccountId, Environment, State, Timestamp};

use super::answer::count;
use super::{Due, Listing, Order, Query, ends_of};
use crate::search::{Scene, Search, Seen};

/// How long what depends on the time is taken to hold, where no end comes before.
const STEADY: Duration = Duration::from_secs(10);
/// How long an order stands while keys that it has change under it.
const CHANGING: Duration = Duration::from_secs(2);

/// The lists of all accounts. Whoever takes one to change it makes what was worked out of it stale.
#[derive(Default)]
pub(crate) struct Listings(HashMap<AccountId, Listing>);

impl Deref for Listings {
    type Target = HashMap<AccountId, Listing>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Listings {
    /// A list that is about to be changed.
    pub(crate) fn get_mut(&mut self, account: &AccountId) -> Option<&mut Listing> {
        self.0.get_mut(account).inspect(|listing| listing.sight.forget())
    }

    /// The same, made if there is none.
    pub(crate) fn of(&mut self, account: &AccountId) -> &mut Listing {
        let listing = self.0.entry(account.clone()).or_default();
        listing.sight.forget();
        listing
    }

    /// A list of which only such is changed as says itself what it makes stale: its pages, how it was judged, and how
    /// fresh it is.
    pub(crate) fn peek_mut(&mut self, account: &AccountId) -> Option<&mut Listing> {
        self.0.get_mut(account)
    }

    /// How fresh each list is.
    pub(crate) fn freshness_mut(&mut self) -> impl Iterator<Item = &mut super::Freshness> {
        self.0.values_mut().map(|listing| &mut listing.freshness)
    }
}

/// Where it is kept.
#[derive(Default)]
pub(super) struct Kept(Mutex<Option<Sight>>);

/// What was worked out.
pub(super) struct Sight {
    at: Timestamp,
    /// When some state changes by itself.
    until: Option<Timestamp>,
    /// Whether a key changed since.
    old: bool,
    /// What every key is.
    states: Vec<State>,
    /// How many keys have a row of their own.
    pub(super) total: u32,
    environments: HashMap<Environment, u32>,
    pub(super) due: Due,
    found: Option<Found>,
}

/// The answer to one question.
struct Found {
    search: String,
    environment: Option<String>,
    order: Order,
    /// How many keys were asked.
    asked: usize,
    places: Vec<u32>,
    /// Places among those whose keys are rotating.
    tall: Vec<u32>,
}

impl Kept {
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    /// A key changed: the order that is shown is not quite right any more.
    pub(super) fn grow_old(&self) {
        if let Some(sight) = self.lock().as_mut() {
            sight.old = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Sight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sight {
    fn holds(&self, now: Timestamp, reading: bool) -> bool {
        let steady = match (reading, self.old) {
            (true, true) => now.since(self.at) < CHANGING,
            (true, false) => true,
            (false, old) => !old && now.since(self.at) < STEADY,
        };
        steady && now >= self.at && self.until.is_none_or(|until| now < until)
    }

    /// How many keys each environment has, production first.
    pub(super) fn environments(&self) -> Vec<(Environment, u32)> {
        super::answer::in_order(self.environments.iter().map(|(environment, n)| (environment.clone(), *n)))
    }

    /// The places of the keys that were found, and where rotating ones are among them.
    pub(super) fn found(&self) -> (&[u32], &[u32]) {
        self.found.as_ref().map_or((&[], &[]), |found| (&found.places, &found.tall))
    }
}

impl Found {
    fn answers(&self, query: &Query) -> bool {
        self.search == query.search && self.environment == query.environment && self.order == query.order
    }
}

impl Listing {
    /// Works out what `query` asks, or takes it from the last time, and shows it.
    pub(super) fn seen<T>(
        &self,
        (query, search): (&Query, &Search),
        scene: &Scene<'_>,
        show: impl FnOnce(&Sight) -> T,
    ) -> T {
        let mut kept = self.sight.lock();
        let before = kept.take().filter(|sight| sight.holds(scene.now, self.freshness.reading));
        let mut sight = before.unwrap_or_else(|| Sight {
            at: scene.now,
            until: self.next_change(scene.now),
            old: false,
            states: Vec::with_capacity(self.keys.len()),
            total: 0,
            environments: HashMap::new(),
            due: Due::default(),
            found: None,
        });
        self.look_on(&mut sight, scene.now);
        // How keys are judged has rules that change beside the keys.
        let found = sight.found.take().filter(|found| found.answers(query) && !search.asks_health());
        let mut found = found.unwrap_or_else(|| Found {
            search: query.search.clone(),
            environment: query.environment.clone(),
            order: query.order,
            asked: 0,
            places: Vec::new(),
            tall: Vec::new(),
        });
        self.find_on(&mut found, search, &sight.states, scene);
        sight.found = Some(found);
        show(kept.insert(sight))
    }

    /// Takes in what came since.
    fn look_on(&self, sight: &mut Sight, now: Timestamp) {
        for key in self.keys.iter().skip(sight.states.len()) {
            let state = self.state_of(key, now);
            if !self.is_behind(&key.id, now) {
                sight.total += 1;
                if let Some(environment) = &key.environment {
                    match sight.environments.get_mut(environment) {
                        Some(count) => *count += 1,
                        None => drop(sight.environments.insert(environment.clone(), 1)),
                    }
                }
                self.add_due(&mut sight.due, key, &state, now);
            }
            let end = ends_of(key).filter(|at| *at > now).min();
            sight.until = sight.until.into_iter().chain(end).min();
            sight.states.push(state);
        }
    }

    /// Looks for what is asked among the keys that came since.
    fn find_on(&self, found: &mut Found, search: &Search, states: &[State], scene: &Scene<'_>) {
        let fits = |place: &u32| match &found.environment {
            None => true,
            Some(word) => self.keys[*place as usize].environment.as_ref().is_some_and(|e| e.word() == word),
        };
        let admits = |place: &u32| {
            let (key, state) = (&self.keys[*place as usize], &states[*place as usize]);
            search.admits(Seen { key, state, place: *place }, scene)
        };
        let shown = |place: &u32| !self.is_behind(&self.keys[*place as usize].id, scene.now);
        let came = count(found.asked)..count(self.keys.len());
        let came: Vec<u32> = came.filter(shown).filter(fits).filter(admits).collect();
        let came = if search.ranks() {
            search.rank(&self.keys, came.into_iter())
        } else {
            self.in_order(came, found.order, states)
        };
        for place in came {
            if matches!(states[place as usize], State::Rotating(_)) {
                found.tall.push(count(found.places.len()));
            }
            found.places.push(place);
        }
        found.asked = self.keys.len();
    }
}
