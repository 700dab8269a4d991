//! Schedules: how often keys are to be rotated, and what is put off.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use keystow_domain::{AccountId, Covers, Key, KeyId, MOST_DAYS, State, Timestamp};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::list::due::{Governed, Matter, govern};
use crate::search::Search;
use crate::store::Schedule;
use crate::{Trouble, random, words};

/// How long a rule that depends on the time is taken to find the same keys.
const STEADY: Duration = Duration::from_secs(600);
/// The longest rule.
const LONGEST_RULE: usize = 200;
/// The longest time something is put off.
const LONGEST_SNOOZE: Duration = Duration::from_secs(366 * 86_400);

/// How often some keys are to be rotated, and how that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSight {
    /// Its id.
    pub id: String,
    /// The key it is for, with its name; nothing for a rule.
    pub key: Option<(KeyId, String)>,
    /// The search that says which keys it is for; nothing for one key.
    pub rule: Option<String>,
    /// Every so many days.
    pub days: u32,
    /// How many keys it holds for now.
    pub keys: u32,
    /// How many of them are due.
    pub due: u32,
    /// When the next of them is due.
    pub next_at: Option<Timestamp>,
}

impl Engine {
    /// The schedules of the current account, the oldest first. There are none until somebody sets one.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen.
    pub fn schedules(&self) -> Result<Vec<ScheduleSight>, Trouble> {
        let account = self.current_account()?;
        let now = self.portal_now(&account);
        let state = self.state();
        let listing = state.listings.get(&account).ok_or_else(words::no_account)?;
        let schedules = state.schedules.get(&account).map(Vec::as_slice).unwrap_or_default();
        let mut all: Vec<ScheduleSight> = schedules
            .iter()
            .map(|schedule| ScheduleSight {
                id: schedule.id.clone(),
                key: match &schedule.covers {
                    Covers::Key(id) => {
                        let name = listing.key(id).map_or_else(|| id.to_string(), |key| key.name.clone());
                        Some((id.clone(), name))
                    }
                    Covers::Rule(_) => None,
                },
                rule: match &schedule.covers {
                    Covers::Rule(rule) => Some(rule.clone()),
                    Covers::Key(_) => None,
                },
                days: schedule.days,
                keys: 0,
                due: 0,
                next_at: None,
            })
            .collect();
        let places: HashMap<String, usize> =
            all.iter().zip(0..).map(|(sight, place)| (sight.id.clone(), place)).collect();
        for key in listing.keys().iter() {
            let place = listing.governed.get(&key.id).and_then(|governed| places.get(&governed.schedule));
            let (Some(&place), Some(at)) = (place, listing.due_at(key)) else { continue };
            all[place].count(at, now);
        }
        Ok(all)
    }

    /// The schedule that holds for a key of the current account.
    pub fn schedule_of(&self, key: &KeyId) -> Option<ScheduleSight> {
        let account = self.current()?;
        let id = self.state().listings.get(&account)?.governed.get(key)?.schedule.clone();
        self.schedules().ok()?.into_iter().find(|sight| sight.id == id)
    }

    /// Keeps a schedule, in place of one for the same key or of the same rule.
    ///
    /// # Errors
    ///
    /// Fails if the days or the rule cannot be, the key is unknown, or the disk does not take it.
    pub async fn save_schedule(&self, covers: Covers, days: u32) -> Result<Vec<ScheduleSight>, Trouble> {
        let account = self.current_account()?;
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(words::bad_days());
        }
        let note = Note::new(Deed::ScheduleChanged);
        let (covers, note) = match covers {
            Covers::Key(key) => {
                let note = note.key(&key, &self.row(&account, &key)?.key.name);
                (Covers::Key(key), note)
            }
            Covers::Rule(rule) => {
                let rule = rule.split_whitespace().collect::<Vec<_>>().join(" ");
                if rule.is_empty() || rule.chars().count() > LONGEST_RULE {
                    return Err(words::empty_rule());
                }
                if !Search::parse(&rule).is_of_keys_alone() {
                    return Err(words::bad_rule(&rule));
                }
                let note = note.fact("rule", &rule);
                (Covers::Rule(rule), note)
            }
        };
        let added_at = self.portal_now(&account);
        let new = Schedule { id: format!("sch_{}", random::token(9)), covers, days, added_at };
        let kept = self.0.store.save_schedule(account.clone(), new).await;
        kept.map_err(|error| words::store(&error))?;
        self.log(note.of(&account).fact("days", days.to_string())).await;
        self.schedules_changed(&account).await
    }

    /// Deletes a schedule; done as well if there is none.
    ///
    /// # Errors
    ///
    /// Fails if the disk does not take it.
    pub async fn remove_schedule(&self, id: &str) -> Result<Vec<ScheduleSight>, Trouble> {
        let account = self.current_account()?;
        let removed = self.0.store.remove_schedule(account.clone(), id.to_owned()).await;
        removed.map_err(|error| words::store(&error))?;
        self.log(Note::new(Deed::ScheduleChanged).of(&account).fact("removed", id)).await;
        self.schedules_changed(&account).await
    }

    /// Puts reminders of a key's expiry and of its due rotation off until an instant of the portal. What
    /// an old secret does is never put off.
    ///
    /// # Errors
    ///
    /// Fails if the key is unknown, or the disk does not take it.
    pub async fn snooze(&self, key: &KeyId, until: Timestamp) -> Result<(), Trouble> {
        const KINDS: &[&str] = &["due", "expiry"];
        debug_assert!(KINDS == [Matter::Due.word(), Matter::Expiry.word()]);
        let account = self.current_account()?;
        self.row(&account, key)?;
        let until = until.min(self.portal_now(&account).plus(LONGEST_SNOOZE));
        let kept = self.0.store.snooze(account.clone(), KINDS, key.clone(), until).await;
        kept.map_err(|error| words::store(&error))?;
        if let Some(listing) = self.state().listings.get_mut(&account) {
            listing.snoozed.insert(key.clone(), KINDS.iter().map(|kind| ((*kind).into(), until)).collect());
        }
        self.tell(Event::Keys);
        self.0.wake.notify_one();
        Ok(())
    }

    /// Reads the schedules again after something changed them.
    pub(crate) async fn schedules_changed(&self, account: &AccountId) -> Result<Vec<ScheduleSight>, Trouble> {
        self.recall_schedules(account).await.map_err(|error| words::store(&error))?;
        self.govern(account);
        self.tell(Event::Keys);
        self.0.wake.notify_one();
        self.schedules()
    }

    /// Reads an account's schedules and snoozes from disk.
    pub(crate) async fn recall_schedules(&self, account: &AccountId) -> Result<(), crate::store::StoreError> {
        let schedules = self.0.store.schedules(account.clone()).await?;
        let snoozes = self.0.store.snoozes(account.clone()).await?;
        let mut state = self.state();
        state.schedules.insert(account.clone(), schedules);
        let listing = state.listings.of(account);
        listing.snoozed.clear();
        for (what, key, until) in snoozes {
            listing.snoozed.entry(key).or_default().push((what, until));
        }
        Ok(())
    }

    /// Finds again which schedule holds for which key, where the keys or the time may have changed it.
    pub(crate) fn govern_all(&self) {
        let elapsed = self.0.clock.elapsed();
        let stale: Vec<AccountId> = {
            let state = self.state();
            let is_stale = |(account, schedules): &(&AccountId, &Vec<Schedule>)| {
                let Some(listing) = state.listings.get(*account) else { return false };
                let is_fresh = |(changes, at): &(u64, Duration)| {
                    *changes == listing.changes && elapsed.saturating_sub(*at) < STEADY
                };
                !schedules.is_empty() && !state.governed_at.get(*account).is_some_and(is_fresh)
            };
            state.schedules.iter().filter(is_stale).map(|(account, _)| account.clone()).collect()
        };
        for account in stale {
            if self.govern(&account) {
                self.tell(Event::Keys);
            }
        }
    }

    /// Whether it changed which schedule holds for which key.
    fn govern(&self, account: &AccountId) -> bool {
        let now = self.portal_now(account);
        let (keys, graces, schedules, changes, seen_at): (Arc<Vec<Key>>, _, _, _, _) = {
            let state = self.state();
            let Some(listing) = state.listings.get(account) else { return false };
            let schedules = state.schedules.get(account).cloned().unwrap_or_default();
            (listing.keys(), listing.graces.clone(), schedules, listing.changes, listing.freshness.read_at)
        };
        // Rules are searches, and a hundred thousand keys are searched without holding the state.
        let states: Vec<State> = keys.iter().map(|key| key.state(graces.get(&key.id), now)).collect();
        let governed: HashMap<KeyId, Governed> = govern(&keys, &states, &schedules, (seen_at, now));
        drop(keys);
        let elapsed = self.0.clock.elapsed();
        let mut state = self.state();
        state.governed_at.insert(account.clone(), (changes, elapsed));
        let Some(listing) = state.listings.get_mut(account) else { return false };
        let changed = listing.governed != governed;
        if changed {
            listing.governed = governed;
            listing.health.forget();
        }
        changed
    }
}

impl ScheduleSight {
    fn count(&mut self, at: Timestamp, now: Timestamp) {
        self.keys += 1;
        self.due += u32::from(at <= now);
        self.next_at = Some(self.next_at.map_or(at, |next| next.min(at)));
    }
}
