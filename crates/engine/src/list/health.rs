//! How the keys of a list are judged. It is done once for each change, and not each time somebody looks.

use std::collections::HashMap;
use std::time::Duration;

use keystow_domain::{FindingKind, Health, HealthRules, Key, KeyFacts, KeyId, State, Timestamp, judge};

use super::Listing;
use super::answer::count;

/// How long a judgement that depends on the time is taken to hold.
const STEADY: Duration = Duration::from_secs(600);

/// What judging needs beside the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Basis {
    pub(crate) rules: HealthRules,
    /// Whether the portal lets keys expire; nothing if it does not say.
    pub(crate) can_expire: Option<bool>,
}

/// How a key was judged: the kinds of its findings as bits, and its score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) bits: u16,
    pub(crate) score: u8,
}

/// What is known of the keys' health.
#[derive(Default)]
pub(crate) struct Book {
    /// Where the secret of a key goes, in the person's words.
    places: HashMap<KeyId, Vec<String>>,
    /// Which findings are put off, and until when.
    snoozed: HashMap<KeyId, Vec<(FindingKind, Timestamp)>>,
    judged: Option<Judged>,
    /// How often a key was judged, all keys counted.
    #[cfg(test)]
    pub(crate) work: usize,
}

struct Judged {
    basis: Basis,
    at: Timestamp,
    seen_at: Option<Timestamp>,
    /// By the place of the key; nothing for a key that is not judged.
    marks: Vec<Option<Mark>>,
    /// Places of keys that changed since.
    stale: Vec<u32>,
}

impl Book {
    /// What was judged no longer holds.
    pub(crate) fn forget(&mut self) {
        self.judged = None;
    }

    /// The key at a place changed.
    pub(super) fn changed(&mut self, place: u32) {
        if let Some(judged) = &mut self.judged
            && judged.stale.last() != Some(&place)
        {
            judged.stale.push(place);
        }
        // Where nobody looks for long, it is less to judge all of them than to keep count.
        if self.judged.as_ref().is_some_and(|judged| judged.stale.len() > judged.marks.len()) {
            self.forget();
        }
    }

    /// A key was added after all others.
    pub(super) fn added(&mut self) {
        if let Some(judged) = &mut self.judged {
            judged.stale.push(count(judged.marks.len()));
            judged.marks.push(None);
        }
    }

    /// Takes over where secrets go. Returns the keys for which it is not as before.
    fn set_places(&mut self, places: HashMap<KeyId, Vec<String>>) -> Vec<KeyId> {
        let before = std::mem::replace(&mut self.places, places);
        let both = before.keys().chain(self.places.keys());
        both.filter(|key| before.get(*key) != self.places.get(*key)).cloned().collect()
    }

    /// What was put off for a key is put off as well for the one that takes its place.
    pub(crate) fn inherit(&mut self, old: &KeyId, heir: &KeyId) {
        let Some(all) = self.snoozed.get(old).cloned() else { return };
        let own = self.snoozed.entry(heir.clone()).or_default();
        let new = all.into_iter().filter(|(kind, _)| own.iter().all(|(has, _)| has != kind));
        let new: Vec<_> = new.collect();
        own.extend(new);
    }

    /// Puts findings of a key off, or takes that back where there is no instant.
    pub(crate) fn snooze(&mut self, key: &KeyId, findings: &[FindingKind], until: Option<Timestamp>) {
        let snoozed = self.snoozed.entry(key.clone()).or_default();
        snoozed.retain(|(kind, _)| !findings.contains(kind));
        if let Some(until) = until {
            snoozed.extend(findings.iter().map(|kind| (*kind, until)));
        }
        if snoozed.is_empty() {
            self.snoozed.remove(key);
        }
    }

    /// Forgets what was put off.
    pub(crate) fn wake(&mut self) {
        self.snoozed.clear();
    }

    /// The findings of a key that are put off at `now`, as bits.
    pub(crate) fn snoozed(&self, key: &KeyId, now: Timestamp) -> u16 {
        let all = self.snoozed.get(key).into_iter().flatten();
        all.filter(|(_, until)| *until > now).fold(0, |bits, (kind, _)| bits | kind.bit())
    }

    /// When the first of the findings of a key that are put off comes back.
    pub(crate) fn back_at(&self, key: &KeyId, now: Timestamp) -> Option<Timestamp> {
        self.snoozed.get(key)?.iter().map(|(_, until)| *until).filter(|until| *until > now).min()
    }

    /// When what was put off comes back.
    pub(super) fn ends(&self) -> impl Iterator<Item = Timestamp> {
        self.snoozed.values().flatten().map(|(_, until)| *until)
    }
}

impl Listing {
    /// Takes over where secrets go.
    pub(crate) fn set_places(&mut self, places: HashMap<KeyId, Vec<String>>) {
        for key in self.health.set_places(places) {
            self.judge_again(&key);
        }
    }

    /// How every key is judged, by its place.
    pub(crate) fn marks(&mut self, basis: Basis, now: Timestamp) -> &[Option<Mark>] {
        let seen_at = self.freshness.read_at;
        let holds = |judged: &Judged| {
            let steady = now >= judged.at && now.since(judged.at) < STEADY;
            judged.basis == basis && judged.seen_at == seen_at && steady
        };
        let mut judged = self.health.judged.take().filter(holds).unwrap_or_else(|| Judged {
            basis,
            at: now,
            seen_at,
            marks: vec![None; self.keys.len()],
            stale: (0..count(self.keys.len())).collect(),
        });
        judged.stale.sort_unstable();
        judged.stale.dedup();
        for place in std::mem::take(&mut judged.stale) {
            #[cfg(test)]
            {
                self.health.work += 1;
            }
            judged.marks[place as usize] = self.mark(place as usize, basis, now);
        }
        &self.health.judged.insert(judged).marks
    }

    /// How every key was judged last.
    pub(crate) fn last_marks(&self) -> &[Option<Mark>] {
        self.health.judged.as_ref().map_or(&[], |judged| &judged.marks)
    }

    fn mark(&self, place: usize, basis: Basis, now: Timestamp) -> Option<Mark> {
        let key = self.keys.get(place)?;
        let health = self.health_of(key, &self.state_of(key, now), basis, now)?;
        Some(Mark { bits: health.bits(), score: health.score() })
    }

    /// How a key is judged; nothing for one that does not live, or is part of another one's row.
    pub(crate) fn health_of(&self, key: &Key, state: &State, basis: Basis, now: Timestamp) -> Option<Health> {
        if self.is_behind(&key.id, now) {
            return None;
        }
        let governed = self.governed.get(&key.id);
        let facts = KeyFacts {
            key,
            state,
            seen_at: self.freshness.read_at,
            rotated_at: key.rotated_at.max(self.graces.get(&key.id).map(|grace| grace.rotated_at)),
            due: self.due_at(key).zip(governed).map(|(at, governed)| (at, governed.days)),
            stowed: self.is_stowed(key),
            can_expire: basis.can_expire,
            places: self.health.places.get(&key.id).map_or(&[], Vec::as_slice),
        };
        judge(&facts, &basis.rules, now)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::list::tests::key;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    fn basis() -> Basis {
        Basis { rules: HealthRules::default(), can_expire: Some(true) }
    }

    fn listing(count: usize) -> Listing {
        let mut listing = Listing::default();
        listing.replace(Arc::new((0..count).map(|n| key(&format!("team-app-{n}"))).collect()));
        listing.freshness.read_at = Some(NOW);
        listing.set_stowed(vec![]);
        listing
    }

    #[test]
    fn keys_are_judged_once_for_a_change_and_not_each_time_somebody_looks() {
        let mut listing = listing(1000);
        for _ in 0..50 {
            assert_eq!(listing.marks(basis(), NOW).len(), 1000);
        }
        assert_eq!(listing.health.work, 1000);
        listing.put(Key { expires_at: Some(NOW.plus(100 * DAY)), ..key("team-app-7") });
        let marks = listing.marks(basis(), NOW);
        assert_eq!((marks[7].unwrap().score, marks[8].unwrap().score), (95, 80));
        assert_eq!(listing.health.work, 1001, "one key changed");
        listing.marks(basis(), NOW.plus(STEADY));
        assert_eq!(listing.health.work, 2001, "time passed");
        let stricter = HealthRules { unused_days: 30, ..HealthRules::default() };
        listing.marks(Basis { rules: stricter, ..basis() }, NOW.plus(STEADY));
        assert_eq!(listing.health.work, 3001, "another rule");
    }

    #[test]
    fn a_place_of_another_environment_is_found_once_it_is_known() {
        let mut listing = listing(1);
        listing.put(Key { environment: Some(keystow_domain::Environment::Production), ..key("team-app-0") });
        assert_eq!(listing.marks(basis(), NOW)[0].unwrap().bits & FindingKind::Shared.bit(), 0);
        listing.set_places(HashMap::from([(KeyId::new("key_team-app-0"), vec!["staging.env".into()])]));
        assert_ne!(listing.marks(basis(), NOW)[0].unwrap().bits & FindingKind::Shared.bit(), 0);
    }

    #[test]
    fn what_is_put_off_comes_back_by_itself() {
        let mut book = Book::default();
        let id = KeyId::new("key_1");
        let kinds = [FindingKind::Unused, FindingKind::NoOwner];
        book.snooze(&id, &kinds, Some(NOW.plus(DAY)));
        assert_eq!(book.snoozed(&id, NOW), FindingKind::Unused.bit() | FindingKind::NoOwner.bit());
        assert_eq!((book.back_at(&id, NOW), book.ends().count()), (Some(NOW.plus(DAY)), 2));
        assert_eq!(book.snoozed(&id, NOW.plus(DAY)), 0);
        book.snooze(&id, &kinds[..1], None);
        assert_eq!(book.snoozed(&id, NOW), FindingKind::NoOwner.bit());
    }

    #[test]
    fn a_secret_is_missed_only_once_the_vault_told_what_it_has() {
        let mut listing = Listing::default();
        listing.replace(Arc::new(vec![key("team-app-1")]));
        listing.freshness.read_at = Some(NOW);
        assert_eq!(listing.marks(basis(), NOW)[0].unwrap().bits & FindingKind::NoSecret.bit(), 0);
        listing.set_stowed(vec![]);
        assert_ne!(listing.marks(basis(), NOW)[0].unwrap().bits & FindingKind::NoSecret.bit(), 0);
    }
}
