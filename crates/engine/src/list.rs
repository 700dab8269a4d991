//! The key list of an account: everything a window can ask about it, computed when it is asked.
//!
//! Facts are kept, states derived: nothing here changes because time passes.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use keystow_domain::{Course, Grace, GraceEnd, Key, KeyId, PreviousSecret, State, Timestamp};
use keystow_vault::Stowed;

mod answer;
pub(crate) mod due;
pub(crate) mod health;
mod lineage;
mod page;
mod sight;
pub(crate) mod stream;

pub(crate) use sight::Listings;

pub use page::{Due, DueKey, Freshness, OldSecret, Order, Page, Query, Row};

use crate::Trouble;

/// Keys that were not used for so long are worth a look.
const UNUSED: std::time::Duration = std::time::Duration::from_secs(90 * 24 * 3600);
/// The most rows one answer has.
const MOST_ROWS: usize = 200;
/// How much later than the stowed secret a rotation must be to have happened elsewhere.
const SLACK: std::time::Duration = std::time::Duration::from_secs(120);

/// The key list of an account in memory.
#[derive(Default)]
pub(crate) struct Listing {
    keys: Arc<Vec<Key>>,
    places: HashMap<KeyId, u32>,
    prefixes: HashMap<String, u32>,
    /// The reading that is under way, or that was cut off.
    pub(crate) stream: Option<stream::Stream>,
    /// Stops the reading that is under way.
    pub(crate) stop: Option<tokio::sync::watch::Sender<bool>>,
    /// Keys that changed here since the reading began or went on: what it brings of them is older.
    touched: HashSet<KeyId>,
    /// Keys of which the last reading that ended told nothing, though it was not whole.
    pub(crate) unheard: HashSet<KeyId>,
    /// Keys that could not be written down as they are.
    pub(crate) unkept: HashSet<KeyId>,
    /// How old the disk says the list is.
    pub(crate) age_kept: Option<Timestamp>,
    /// What was worked out of the list when it was last asked for.
    sight: sight::Kept,
    pub(crate) graces: HashMap<KeyId, Grace>,
    pub(crate) stowed: HashMap<KeyId, Vec<Stowed>>,
    /// Whether the vault told once what is on this device.
    stowed_known: bool,
    /// Keys that were seen dead, and since when, in the portal's time.
    pub(crate) ended: HashMap<KeyId, Timestamp>,
    /// Open courses by the key whose secret is replaced.
    courses: HashMap<KeyId, Course>,
    /// From the key that takes a place to the one that had it.
    heirs: HashMap<KeyId, KeyId>,
    pub(crate) bars: HashMap<KeyId, Arc<Vec<(u32, u32)>>>,
    pub(crate) pending: HashMap<KeyId, Trouble>,
    pub(crate) freshness: Freshness,
    /// The schedule that holds for each key that has one.
    pub(crate) governed: HashMap<KeyId, due::Governed>,
    /// Which reminders are put off, and until when.
    pub(crate) snoozed: HashMap<KeyId, Vec<(String, Timestamp)>>,
    /// Counts the changes of the keys.
    pub(crate) changes: u64,
    /// What is known of the keys' health.
    pub(crate) health: health::Book,
    /// The place of each key among all names; made when it is first asked for.
    by_name: OnceLock<Vec<u32>>,
}

impl Listing {
    /// The keys in the portal's order.
    pub(crate) fn keys(&self) -> Arc<Vec<Key>> {
        Arc::clone(&self.keys)
    }

    /// Replaces all keys.
    pub(crate) fn replace(&mut self, keys: Arc<Vec<Key>>) {
        self.places = keys.iter().zip(0..).map(|(key, place)| (key.id.clone(), place)).collect();
        self.prefixes.clear();
        for key in keys.iter() {
            *self.prefixes.entry(key.prefix.clone()).or_default() += 1;
        }
        self.keys = keys;
        self.changes += 1;
        self.by_name = OnceLock::new();
        self.health.forget();
        self.sight.forget();
    }

    /// Replaces or adds one key.
    pub(crate) fn put(&mut self, key: Key) {
        self.touched.insert(key.id.clone());
        let place = match self.places.get(&key.id) {
            Some(&place) => {
                self.set(place, &key);
                place
            }
            None => self.add(key),
        };
        // Wherever a reading is by now, the portal has this key.
        if let Some(stream) = &mut self.stream {
            stream.hear(place);
        }
    }

    /// Takes over what is now told of the key at a place. Returns whether it is something else than before.
    fn set(&mut self, place: u32, key: &Key) -> bool {
        if self.keys.get(place as usize).is_none_or(|before| before == key) {
            return false;
        }
        let keys = Arc::make_mut(&mut self.keys);
        let before = std::mem::replace(&mut keys[place as usize], key.clone());
        if let Some(count) = self.prefixes.get_mut(&before.prefix) {
            *count = count.saturating_sub(1);
        }
        *self.prefixes.entry(key.prefix.clone()).or_default() += 1;
        if before.name != key.name {
            self.by_name = OnceLock::new();
        }
        self.changes += 1;
        self.sight.grow_old();
        self.judge_again(&key.id);
        true
    }

    /// Adds a key that is new after all others, and returns its place.
    fn add(&mut self, key: Key) -> u32 {
        let place = answer::count(self.keys.len());
        self.places.insert(key.id.clone(), place);
        *self.prefixes.entry(key.prefix.clone()).or_default() += 1;
        self.by_name = OnceLock::new();
        self.changes += 1;
        self.health.added();
        if self.courses.contains_key(&key.id) || self.heirs.contains_key(&key.id) {
            self.sight.grow_old();
        }
        let id = key.id.clone();
        Arc::make_mut(&mut self.keys).push(key);
        self.judge_again(&id);
        place
    }

    /// Where a key is among all.
    pub(crate) fn place(&self, id: &KeyId) -> Option<u32> {
        self.places.get(id).copied()
    }

    /// One key.
    pub(crate) fn key(&self, id: &KeyId) -> Option<&Key> {
        self.places.get(id).and_then(|&place| self.keys.get(place as usize))
    }

    /// One key with everything known about it.
    pub(crate) fn row(&self, id: &KeyId, now: Timestamp) -> Option<Row> {
        self.key(id).map(|key| self.row_of(key, now))
    }

    /// Whether the course of a rotation is open.
    pub(crate) fn is_rotating(&self) -> bool {
        !self.courses.is_empty()
    }

    /// Every key with everything known about it, by name.
    pub(crate) fn rows(&self, now: Timestamp) -> Vec<Row> {
        // A row is large: the keys are put in order before rows are made of them.
        let mut keys: Vec<&Key> = self.keys.iter().collect();
        keys.sort_by(|one, other| one.name.cmp(&other.name));
        keys.into_iter().map(|key| self.row_of(key, now)).collect()
    }

    /// Takes over the secrets that are on this device.
    pub(crate) fn set_stowed(&mut self, all: Vec<Stowed>) {
        let before = std::mem::take(&mut self.stowed);
        for stowed in all {
            self.stowed.entry(stowed.key.clone()).or_default().push(stowed);
        }
        for generations in self.stowed.values_mut() {
            generations.sort_by_key(|stowed| Reverse(stowed.generation));
        }
        if !std::mem::replace(&mut self.stowed_known, true) {
            self.health.forget();
        }
        // Each secret that arrives is told by all there are, and only a few keys have other ones than before.
        for key in before.keys().chain(self.stowed.keys()) {
            if let Some(&place) = self.places.get(key).filter(|_| before.get(key) != self.stowed.get(key)) {
                self.health.changed(place);
            }
        }
    }

    /// Whether the current secret of a key is on this device; nothing until the vault told what is.
    pub(crate) fn is_stowed(&self, key: &Key) -> Option<bool> {
        self.stowed_known.then(|| self.current_secret(key).is_some())
    }

    /// The record of a key's current secret, if it is on this device.
    ///
    /// The newest secret whose prefix the portal shows is the current one, unless the portal says that
    /// the key was rotated after it was stowed: then somebody rotated it elsewhere.
    pub(crate) fn current_secret(&self, key: &Key) -> Option<&Stowed> {
        // An answer that could not be read whole gave a secret without a prefix.
        let fits = |stowed: &&Stowed| stowed.prefix == key.prefix || stowed.prefix.is_empty();
        let newest = self.stowed.get(&key.id)?.iter().find(fits)?;
        let elsewhere = key.rotated_at.is_some_and(|at| at > newest.issued_at.plus(SLACK));
        (!elsewhere).then_some(newest)
    }

    /// The record of an old secret, if it is on this device.
    pub(crate) fn old_secret(&self, key: &Key, old: &PreviousSecret) -> Option<&Stowed> {
        let current = self.current_secret(key).map(|stowed| &stowed.operation);
        self.stowed
            .get(&key.id)?
            .iter()
            .find(|stowed| stowed.prefix == old.prefix && Some(&stowed.operation) != current)
    }

    /// The vault's record of the old secret that the row shows, if it is on this device.
    pub(crate) fn shown_old_secret(&self, key: &Key, now: Timestamp) -> Option<&Stowed> {
        let shown = self.old_of(key, self.graces.get(&key.id), now).into_iter().next()?;
        if let Some((old, _)) = shown.of {
            return self.current_secret(self.key(&old)?);
        }
        let current = self.current_secret(key).map(|stowed| &stowed.operation);
        self.stowed
            .get(&key.id)?
            .iter()
            .find(|stowed| stowed.prefix == shown.prefix && Some(&stowed.operation) != current)
    }

    fn row_of(&self, key: &Key, now: Timestamp) -> Row {
        let grace = self.graces.get(&key.id);
        Row {
            state: self.state_of(key, now),
            stowed: self.current_secret(key).map(|stowed| stowed.issued_at),
            deleted_at: self.deleted_at(&key.id),
            old: self.old_of(key, grace, now),
            prefix_shared_by: self.prefixes.get(&key.prefix).map_or(0, |count| count.saturating_sub(1)),
            bars: self.bars.get(&key.id).cloned(),
            pending: self.pending.get(&key.id).cloned(),
            due_at: self.due_at(key),
            open_rotation: self.course(&key.id).is_some(),
            key: key.clone(),
        }
    }

    fn old_of(&self, key: &Key, grace: Option<&Grace>, now: Timestamp) -> Vec<OldSecret> {
        let mut old = self.own_old(key, grace, now);
        old.extend(self.old_key(key, now));
        old.sort_by_key(|old| Reverse(old.end.deadline().map_or(i64::MAX, Timestamp::as_millis)));
        old
    }

    /// The old secrets of the key itself.
    fn own_old(&self, key: &Key, grace: Option<&Grace>, now: Timestamp) -> Vec<OldSecret> {
        if !matches!(key.state(grace, now), State::Rotating(_)) {
            return Vec::new();
        }
        let mut old: Vec<OldSecret> = key
            .previous
            .iter()
            .filter(|old| old.is_accepted(now))
            .map(|old| OldSecret {
                prefix: old.prefix.clone(),
                suffix: old.suffix.clone(),
                end: old.expires_at.map_or(GraceEnd::Unknown, GraceEnd::At),
                from: key.rotated_at,
                last_used_at: old.last_used_at,
                stowed: self.old_secret(key, old).is_some(),
                of: None,
            })
            .collect();
        if let (true, Some(grace)) = (old.is_empty(), grace) {
            old.push(self.untold_old(key, grace));
        }
        old
    }

    /// An old secret of which the portal says nothing: only what this app remembers of it.
    fn untold_old(&self, key: &Key, grace: &Grace) -> OldSecret {
        let current = self.current_secret(key).map(|stowed| stowed.operation.clone());
        let before = self
            .stowed
            .get(&key.id)
            .and_then(|all| all.iter().find(|stowed| Some(&stowed.operation) != current.as_ref()));
        OldSecret {
            prefix: before.map_or_else(String::new, |stowed| stowed.prefix.clone()),
            suffix: None,
            end: grace.end,
            from: Some(grace.rotated_at),
            last_used_at: None,
            stowed: before.is_some(),
            of: None,
        }
    }

    /// The next instant after `now` at which some state changes by itself.
    pub(crate) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.keys.iter().flat_map(ends_of);
        let graces = self.graces.values().filter_map(|grace| match grace.end {
            GraceEnd::At(at) | GraceEnd::Between { most: at, .. } => Some(at),
            GraceEnd::Unknown => None,
        });
        ends.chain(graces).chain(self.health.ends()).filter(|at| *at > now).min()
    }
}

/// When a key and its old secrets end by themselves.
fn ends_of(key: &Key) -> impl Iterator<Item = Timestamp> {
    key.previous.iter().filter_map(|old| old.expires_at).chain(key.expires_at)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use keystow_domain::{AccountId, Environment, OperationId, Reported};

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    pub(crate) fn key(name: &str) -> Key {
        Key {
            id: KeyId::new(format!("key_{name}")),
            name: name.into(),
            prefix: format!("kst_{name}"),
            suffix: None,
            reported: Reported::Active,
            scopes: vec!["read".into()],
            environment: None,
            owner: None,
            created_at: Some(NOW),
            last_used_at: None,
            expires_at: None,
            rotated_at: None,
            version: None,
            app: None,
            client: None,
            previous: vec![],
        }
    }

    pub(crate) fn stowed(key: &str, prefix: &str, issued_at: Timestamp) -> Stowed {
        Stowed {
            operation: OperationId::new(format!("op-{prefix}")),
            account: AccountId::new("acc"),
            key: KeyId::new(key),
            prefix: prefix.into(),
            issued_at,
            generation: issued_at.as_millis(),
        }
    }

    fn listing(keys: Vec<Key>) -> Listing {
        let mut listing = Listing::default();
        listing.replace(Arc::new(keys));
        listing
    }

    pub(crate) fn query() -> Query {
        Query { search: String::new(), environment: None, order: Order::Attention, offset: 0, limit: 50 }
    }

    #[test]
    fn what_ends_first_comes_first() {
        let mut soon = key("b-soon");
        soon.expires_at = Some(NOW.plus(Duration::from_secs(60)));
        let mut rotating = key("c-rotating");
        rotating.previous = vec![PreviousSecret {
            prefix: "kst_old".into(),
            suffix: None,
            expires_at: Some(NOW.plus(Duration::from_secs(600))),
            last_used_at: None,
        }];
        let page = listing(vec![key("a"), soon, rotating]).page(&query(), NOW);
        let names: Vec<_> = page.rows.iter().map(|row| row.key.name.as_str()).collect();
        assert_eq!(names, ["c-rotating", "b-soon", "a"]);
        assert_eq!(page.tall, [0]);
        assert_eq!(page.due.rotating.map(|due| due.name), Some("c-rotating".into()));
        assert_eq!(page.due.expiring.map(|due| due.count), Some(1));
    }

    #[test]
    fn a_secret_rotated_elsewhere_is_not_called_current() {
        let mut key = key("a");
        let mut listing = listing(vec![key.clone()]);
        listing.set_stowed(vec![stowed("key_a", "kst_a", NOW)]);
        assert!(listing.current_secret(&key).is_some());
        key.rotated_at = Some(NOW.plus(Duration::from_secs(3600)));
        assert!(listing.current_secret(&key).is_none(), "the portal rotated it an hour later");
        key.rotated_at = None;
        key.prefix = "kst_b".into();
        assert!(listing.current_secret(&key).is_none(), "another prefix is another secret");
    }

    #[test]
    fn the_newest_of_secrets_with_one_prefix_is_the_current_one() {
        let key = key("a");
        let mut listing = listing(vec![key.clone()]);
        let (before, after) = (stowed("key_a", "kst_a", NOW), stowed("key_a", "kst_a", NOW.plus(SLACK)));
        listing.set_stowed(vec![before, after.clone()]);
        assert_eq!(listing.current_secret(&key).map(|stowed| stowed.issued_at), Some(after.issued_at));
    }

    #[test]
    fn a_page_is_cut_and_says_how_many_there_are() {
        let page = listing((0..500).map(|n| key(&format!("{n:03}"))).collect())
            .page(&Query { offset: 490, limit: 1000, ..query() }, NOW);
        assert_eq!((page.rows.len(), page.matches, page.offset), (10, 500, 490));
    }

    #[test]
    fn environments_are_counted_from_production_down() {
        let mut keys = vec![key("a"), key("b"), key("c")];
        keys[0].environment = Some(Environment::Development);
        keys[1].environment = Some(Environment::Production);
        keys[2].environment = Some(Environment::Production);
        let page = listing(keys).page(&Query { environment: Some("prod".into()), ..query() }, NOW);
        assert_eq!(page.environments, [(Environment::Production, 2), (Environment::Development, 1)]);
        assert_eq!(page.matches, 2);
    }
}
