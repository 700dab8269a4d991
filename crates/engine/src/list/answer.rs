//! What a window asks of the list: which part, in which order, and what is due.

use std::cmp::Reverse;
use std::collections::HashMap;

use keystow_domain::{Environment, Key, State, Timestamp};

use super::health::Mark;
use super::{Listing, MOST_ROWS, Order, Page, Query};
use crate::search::{Scene, Search};

/// Fewer keys than this part of all are put in order by themselves.
const FEW: usize = 8;

impl Listing {
    /// The part of the list that `query` asks for.
    #[cfg(test)]
    pub(crate) fn page(&self, query: &Query, now: Timestamp) -> Page {
        self.page_in(query, &Search::parse(&query.search), ("", &[]), now)
    }

    /// The part of the list that `query` asks for, of an account with this label whose keys were judged so.
    pub(crate) fn page_in(
        &self,
        query: &Query,
        search: &Search,
        (account, marks): (&str, &[Option<Mark>]),
        now: Timestamp,
    ) -> Page {
        let stowed = |key: &Key| self.is_stowed(key);
        let scheduled = |key: &Key| self.governed.contains_key(&key.id);
        let seen_at = self.freshness.read_at;
        let scene = Scene { now, seen_at, account, stowed: &stowed, scheduled: &scheduled, marks };
        self.seen((query, search), &scene, |sight| {
            let (order, tall) = sight.found();
            let wanted = (query.limit as usize).min(MOST_ROWS);
            let rows = order
                .iter()
                .skip(query.offset as usize)
                .take(wanted)
                .filter_map(|&place| self.keys.get(place as usize))
                .map(|key| self.row_of(key, now))
                .collect();
            Page {
                rows,
                offset: query.offset,
                matches: count(order.len()),
                tall: tall.to_vec(),
                total: sight.total,
                environments: sight.environments(),
                due: sight.due.clone(),
                freshness: self.freshness.clone(),
                faults: search.faults().to_vec(),
            }
        })
    }

    /// What every key is now.
    pub(crate) fn states(&self, now: Timestamp) -> Vec<State> {
        self.keys.iter().map(|key| self.state_of(key, now)).collect()
    }

    /// The place of each key among all names, small and capital letters alike.
    pub(crate) fn by_name(&self) -> &[u32] {
        self.by_name.get_or_init(|| {
            let mut all: Vec<u32> = (0..count(self.keys.len())).collect();
            all.sort_by_cached_key(|place| folded(&self.keys[*place as usize].name));
            let mut ranks = vec![0; all.len()];
            for (rank, place) in (0..).zip(all) {
                ranks[place as usize] = rank;
            }
            ranks
        })
    }

    /// Puts places in the order of their keys. Names are compared only where there are many: a page that just came
    /// must not cost what all keys do.
    pub(super) fn in_order(&self, mut all: Vec<u32>, order: Order, states: &[State]) -> Vec<u32> {
        let key = |place: &u32| &self.keys[*place as usize];
        match order {
            Order::Attention | Order::Name => {
                let urgency = |place: &u32| match order {
                    Order::Attention => urgency(&states[*place as usize]),
                    _ => (0, 0),
                };
                if all.len() < self.keys.len() / FEW {
                    all.sort_by_cached_key(|place| (urgency(place), folded(&key(place).name), *place));
                } else {
                    let names = self.by_name();
                    all.sort_unstable_by_key(|place| (urgency(place), names[*place as usize]));
                }
            }
            Order::Created => all.sort_by_key(|place| Reverse(key(place).created_at)),
            Order::LastUsed => all.sort_by_key(|place| Reverse(key(place).last_used_at)),
        }
        all
    }

    /// The keys that have a row of their own.
    fn shown(&self, now: Timestamp) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| !self.is_behind(&key.id, now))
    }

    pub(crate) fn environments(&self, now: Timestamp) -> Vec<(Environment, u32)> {
        let mut counts: HashMap<&Environment, u32> = HashMap::new();
        for environment in self.shown(now).filter_map(|key| key.environment.as_ref()) {
            *counts.entry(environment).or_default() += 1;
        }
        in_order(counts.into_iter().map(|(environment, n)| (environment.clone(), n)))
    }
}

/// Environments with their counts, production first.
pub(super) fn in_order(counts: impl Iterator<Item = (Environment, u32)>) -> Vec<(Environment, u32)> {
    let mut all: Vec<_> = counts.collect();
    all.sort_by(|(a, _), (b, _)| (nearness(a), a.word()).cmp(&(nearness(b), b.word())));
    all
}

/// What needs attention first; inside one rank, what ends first.
fn urgency(state: &State) -> (u8, i64) {
    let at = |end: Option<Timestamp>| end.map_or(i64::MAX, Timestamp::as_millis);
    match state {
        State::Rotating(end) => (0, at(end.deadline())),
        State::ExpiringSoon(end) => (1, at(Some(*end))),
        State::Suspended => (2, 0),
        State::Pending => (3, 0),
        State::Active => (4, 0),
        State::Unknown(_) => (5, 0),
        State::Expired => (6, 0),
        State::Revoked => (7, 0),
    }
}

fn nearness(environment: &Environment) -> u8 {
    match environment {
        Environment::Production => 0,
        Environment::Staging => 1,
        Environment::Test => 2,
        Environment::Development => 3,
        Environment::Other(_) => 4,
    }
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}

pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
