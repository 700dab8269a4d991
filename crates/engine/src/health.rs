//! The report on the keys' health: which keys have something wrong, what is put off, and a table of it for other
//! programs.
//!
//! A score is the same whether or not a finding is put off: putting off hides, and mends nothing.

mod table;

use std::time::Duration;

use keystow_domain::{AccountId, Environment, Finding, FindingKind, Health, HealthRules, KeyId, Timestamp};

pub use table::HealthTable;

use crate::engine::Engine;
use crate::events::Event;
use crate::list::health::{Basis, Mark};
use crate::list::{Freshness, Listing, Row};
use crate::{Trouble, words};

/// The most rows one answer has.
const MOST_ROWS: usize = 200;
/// The most keys that are put off at once.
const MOST_SNOOZED: usize = 1000;
/// The longest time something is put off.
const LONGEST_SNOOZE: Duration = Duration::from_secs(366 * 86_400);
/// The days that a rule can have.
const DAYS: std::ops::RangeInclusive<u32> = 1..=3650;

/// What part of the report is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthQuery {
    /// Only keys with this finding.
    pub finding: Option<FindingKind>,
    /// Only keys of this environment, by its word.
    pub environment: Option<String>,
    /// The keys that are put off, instead of those that are not.
    pub snoozed: bool,
    /// How many keys to pass over.
    pub offset: u32,
    /// How many rows to return; 200 at the most.
    pub limit: u32,
}

/// Part of the report, the worst keys first.
#[derive(Debug, Clone)]
pub struct HealthPage {
    /// The rows from `offset` on.
    pub rows: Vec<HealthRow>,
    /// The place of the first row.
    pub offset: u32,
    /// How many keys there are in the whole answer.
    pub matches: u32,
    /// How many keys have each finding, of the environment and of what is put off or not.
    pub findings: Vec<(FindingKind, u32)>,
    /// How many keys were judged.
    pub judged: u32,
    /// How many of them have nothing wrong.
    pub well: u32,
    /// How many are put off, of the environment.
    pub snoozed: u32,
    /// How many keys are not judged, because they ended or do not live yet.
    pub unjudged: u32,
    /// The mean of all scores, rounded down; nothing where none was judged.
    pub score: Option<u8>,
    /// How many keys each environment has.
    pub environments: Vec<(Environment, u32)>,
    /// What counts as too long.
    pub rules: HealthRules,
    /// How fresh the list is.
    pub freshness: Freshness,
}

/// A key with what is wrong with it.
#[derive(Debug, Clone)]
pub struct HealthRow {
    /// The key.
    pub row: Row,
    /// What is wrong, and what cannot be told.
    pub health: Health,
    /// When what is put off comes back; nothing if nothing is.
    pub back_at: Option<Timestamp>,
}

impl Engine {
    /// Part of the report on the current account. Nothing is asked of the portal.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen.
    pub fn health(&self, query: &HealthQuery) -> Result<HealthPage, Trouble> {
        let account = self.current_account()?;
        let now = self.portal_now(&account);
        let basis = self.basis(&account);
        if self.is_hidden() {
            return Ok(Listing::default().report(query, basis, now));
        }
        let mut state = self.state();
        let listing = state.listings.peek_mut(&account).ok_or_else(words::no_account)?;
        Ok(listing.report(query, basis, now))
    }

    /// What judging the keys of an account needs beside its list.
    pub(crate) fn basis(&self, account: &AccountId) -> Basis {
        let abilities = self.known(account).ok().and_then(|known| known.abilities);
        Basis { rules: self.state().health_rules, can_expire: abilities.map(|abilities| abilities.expiry) }
    }

    /// Puts what is wrong with keys off until an instant of the portal, or takes that back. What goes wrong with
    /// them later is shown all the same.
    ///
    /// # Errors
    ///
    /// Fails if the keys are none or too many, or the disk does not take it.
    pub async fn snooze_health(&self, keys: &[KeyId], until: Option<Timestamp>) -> Result<(), Trouble> {
        let account = self.current_account()?;
        if keys.is_empty() || keys.len() > MOST_SNOOZED {
            return Err(words::bad_input("A number of keys outside 1 to 1000"));
        }
        let now = self.portal_now(&account);
        let until = until.map(|until| until.min(now.plus(LONGEST_SNOOZE)));
        let basis = self.basis(&account);
        let found: Vec<(KeyId, Vec<FindingKind>)> = {
            let state = self.state();
            let listing = state.listings.get(&account).ok_or_else(words::no_account)?;
            let kinds = |id: &KeyId| {
                let key = listing.key(id)?;
                let health = listing.health_of(key, &listing.state_of(key, now), basis, now)?;
                Some((id.clone(), health.findings.iter().map(Finding::kind).collect()))
            };
            let every = |id: &KeyId| listing.key(id).map(|_| (id.clone(), FindingKind::ALL.to_vec()));
            // What is taken back is taken back whole, whatever is wrong by now.
            keys.iter().filter_map(|id| if until.is_some() { kinds(id) } else { every(id) }).collect()
        };
        let flat = |(id, kinds): &(KeyId, Vec<FindingKind>)| {
            kinds.iter().map(|kind| (id.clone(), *kind)).collect::<Vec<_>>()
        };
        let all = found.iter().flat_map(flat).collect();
        let kept = self.0.store.snooze_health(account.clone(), all, until).await;
        kept.map_err(|error| words::store(&error))?;
        if let Some(listing) = self.state().listings.get_mut(&account) {
            for (id, kinds) in &found {
                listing.health.snooze(id, kinds, until);
            }
        }
        self.tell(Event::Keys);
        self.0.wake.notify_one();
        Ok(())
    }

    /// Keeps what counts as too long.
    ///
    /// # Errors
    ///
    /// Fails if the days are none or more than ten years, or the disk does not take it.
    pub async fn save_health_rules(&self, unused_days: u32, rotate_days: u32) -> Result<(), Trouble> {
        if !DAYS.contains(&unused_days) || !DAYS.contains(&rotate_days) {
            return Err(words::bad_days());
        }
        let store = &self.0.store;
        let unused = store.set_setting("health_unused_days", unused_days.to_string()).await;
        let rotate = store.set_setting("health_rotate_days", rotate_days.to_string()).await;
        unused.and(rotate).map_err(|error| words::store(&error))?;
        {
            let mut state = self.state();
            state.health_rules = HealthRules { unused_days, rotate_days, ..state.health_rules };
        }
        self.tell(Event::Keys);
        Ok(())
    }

    /// Reads what is put off, where secrets go and what counts as too long from disk.
    pub(crate) async fn recall_health(&self, account: &AccountId) -> Result<(), crate::store::StoreError> {
        let store = &self.0.store;
        let snoozes = store.health_snoozes(account.clone()).await?;
        let places = store.place_words(account.clone()).await?;
        let days = async |name| {
            let kept = store.setting(name).await?.and_then(|text| text.parse().ok());
            Ok::<_, crate::store::StoreError>(kept.filter(|days| DAYS.contains(days)))
        };
        let (unused, rotate) = (days("health_unused_days").await?, days("health_rotate_days").await?);
        let mut state = self.state();
        let usual = HealthRules::default();
        state.health_rules = HealthRules {
            unused_days: unused.unwrap_or(usual.unused_days),
            rotate_days: rotate.unwrap_or(usual.rotate_days),
            ..usual
        };
        let listing = state.listings.of(account);
        listing.set_places(places);
        listing.health.wake();
        for (key, finding, until) in snoozes {
            listing.health.snooze(&key, &[finding], Some(until));
        }
        Ok(())
    }

    /// Reads again where the secrets of an account go. A disk that does not serve leaves what is known.
    pub(crate) async fn read_places(&self, account: &AccountId) {
        if let Ok(places) = self.0.store.place_words(account.clone()).await
            && let Some(listing) = self.state().listings.get_mut(account)
        {
            listing.set_places(places);
        }
    }
}

impl Listing {
    /// Part of the report.
    pub(crate) fn report(&mut self, query: &HealthQuery, basis: Basis, now: Timestamp) -> HealthPage {
        self.marks(basis, now);
        let sum = self.sum_up(query, now);
        let wanted = (query.limit as usize).min(MOST_ROWS);
        let places = sum.places.iter().skip(query.offset as usize).take(wanted);
        let rows = places.filter_map(|place| self.health_row(*place, basis, now)).collect();
        HealthPage {
            rows,
            offset: query.offset,
            matches: u32::try_from(sum.places.len()).unwrap_or(u32::MAX),
            findings: FindingKind::ALL.into_iter().zip(sum.counts).collect(),
            judged: sum.judged,
            well: sum.well,
            snoozed: sum.snoozed,
            unjudged: sum.unjudged,
            score: sum.scores.checked_div(u64::from(sum.judged)).and_then(|mean| u8::try_from(mean).ok()),
            environments: self.environments(now),
            rules: basis.rules,
            freshness: self.freshness.clone(),
        }
    }

    /// Every key of the report that fits a query, the worst first.
    fn whole_report(&mut self, query: &HealthQuery, basis: Basis, now: Timestamp) -> Vec<KeyId> {
        self.marks(basis, now);
        let keys = self.keys();
        let places = self.sum_up(query, now).places.into_iter();
        places.filter_map(|place| keys.get(place as usize).map(|key| key.id.clone())).collect()
    }

    fn health_row(&self, place: u32, basis: Basis, now: Timestamp) -> Option<HealthRow> {
        let keys = self.keys();
        let key = keys.get(place as usize)?;
        let row = self.row(&key.id, now)?;
        let health = self.health_of(key, &row.state, basis, now)?;
        Some(HealthRow { row, health, back_at: self.health.back_at(&key.id, now) })
    }

    /// Goes once over how the keys were judged.
    fn sum_up(&self, query: &HealthQuery, now: Timestamp) -> Sum {
        let mut sum = Sum::default();
        let mut found: Vec<(u8, u32, u32)> = Vec::new();
        let (keys, names) = (self.keys(), self.by_name());
        for ((key, mark), place) in keys.iter().zip(self.last_marks()).zip(0..) {
            let fits = |word: &String| key.environment.as_ref().is_some_and(|of| of.word() == word);
            if !query.environment.as_ref().is_none_or(fits) {
                continue;
            }
            let Some(mark) = mark else {
                sum.unjudged += u32::from(!self.is_behind(&key.id, now));
                continue;
            };
            let off = mark.bits & self.health.snoozed(&key.id, now);
            let Some(bits) = sum.count(*mark, off, query) else { continue };
            if query.finding.is_none_or(|kind| bits & kind.bit() != 0) {
                found.push((mark.score, names[place as usize], place));
            }
        }
        found.sort_unstable();
        sum.places = found.into_iter().map(|(_, _, place)| place).collect();
        sum
    }
}

/// What is counted over all keys.
#[derive(Default)]
struct Sum {
    places: Vec<u32>,
    counts: [u32; FindingKind::ALL.len()],
    judged: u32,
    well: u32,
    snoozed: u32,
    unjudged: u32,
    scores: u64,
}

impl Sum {
    /// Counts a key, and tells with which findings it is part of the answer, if it is. `off` are those put off.
    fn count(&mut self, mark: Mark, off: u16, query: &HealthQuery) -> Option<u16> {
        self.judged += 1;
        self.scores += u64::from(mark.score);
        self.well += u32::from(mark.bits == 0);
        self.snoozed += u32::from(off != 0);
        let bits = if query.snoozed { off } else { mark.bits & !off };
        for (count, kind) in self.counts.iter_mut().zip(FindingKind::ALL) {
            *count += u32::from(bits & kind.bit() != 0);
        }
        (bits != 0).then_some(bits)
    }
}
