//! How a list that is being read comes in: page by page, each in the list as soon as it is there.
//!
//! What a reading has not come to yet stays as it was. A key leaves the list only after a reading that went to
//! the end without it.

use std::collections::HashSet;
use std::sync::Arc;

use keystow_connect::PageToken;
use keystow_domain::{Key, KeyId, Timestamp};

use super::Listing;
use super::answer::count;
use crate::reading::MOST_KEYS;

/// A reading of the list that is under way, or that was cut off and can be gone on with.
pub(crate) struct Stream {
    /// When it began, in the portal's time: what it told of any key is at least as new.
    pub(crate) began: Timestamp,
    /// Where it goes on; nothing before its first page.
    pub(crate) next: Option<PageToken>,
    /// How many keys it has told.
    pub(crate) read: u32,
    /// How many rows of it could not be read.
    pub(crate) skipped: u32,
    /// How many keys the list had before.
    known: u32,
    /// Whether it has told one of those.
    met: bool,
    /// By the place of a key, whether this reading has told it.
    told: Vec<bool>,
    /// The places of the keys in the order in which they were told.
    order: Vec<u32>,
}

/// A key that is to be written down, because it is not there as it was just told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) key: KeyId,
    /// Whether it was told before every key that was known.
    pub(crate) first: bool,
}

impl Stream {
    /// Notes that it told the key at a place. One that moved between pages while they were read is told twice.
    fn tell(&mut self, place: u32) {
        self.met |= place < self.known;
        if !self.hear(place) {
            self.order.push(place);
            self.read += 1;
        }
    }

    /// Notes that the key at a place is at the portal. Returns whether that was noted before.
    pub(super) fn hear(&mut self, place: u32) -> bool {
        let place = place as usize;
        if self.told.len() <= place {
            self.told.resize(place + 1, false);
        }
        std::mem::replace(&mut self.told[place], true)
    }
}

impl Listing {
    /// Takes over what the disk has, and when that was read whole, if it was.
    pub(crate) fn recall(&mut self, keys: Vec<Key>, read_at: Option<Timestamp>) {
        let all = count(keys.len());
        self.replace(Arc::new(keys));
        let fresh = &mut self.freshness;
        (fresh.read_at, fresh.of) = (read_at, read_at.map(|_| all));
        fresh.cut = (read_at.is_none() && all > 0).then_some(all);
        self.age_kept = read_at;
    }

    /// The list is about to be read from its beginning: what changes here from now on is newer than what the
    /// reading will bring.
    pub(crate) fn begin_reading(&mut self, began: Timestamp) {
        self.touched.clear();
        self.stream = Some(Stream {
            began,
            next: None,
            read: 0,
            skipped: 0,
            known: count(self.keys.len()),
            met: false,
            told: vec![false; self.keys.len()],
            order: Vec::new(),
        });
    }

    /// The reading that was cut off goes on. Tells whether there is one.
    pub(crate) fn go_on_reading(&mut self, since: Timestamp) -> bool {
        let goes_on =
            self.stream.as_ref().is_some_and(|stream| stream.next.is_some() && stream.began >= since);
        if goes_on {
            // What changed before the next page is asked for is in the page.
            self.touched.clear();
        }
        goes_on
    }

    /// Takes a page in, and returns what of it has to be written down. It costs what the page has, whatever the
    /// list has.
    pub(crate) fn take_page(
        &mut self,
        page: Vec<Key>,
        skipped: u32,
        next: Option<PageToken>,
    ) -> Vec<Arrival> {
        let Some(mut stream) = self.stream.take() else { return Vec::new() };
        let mut arrivals = Vec::new();
        for key in page {
            let place = match self.places.get(&key.id) {
                Some(&place) => {
                    let unkept = self.unkept.remove(&key.id);
                    // What changed here meanwhile is newer than the page.
                    let differs = !self.touched.contains(&key.id) && self.set(place, &key);
                    if differs || unkept {
                        arrivals.push(Arrival { key: key.id, first: false });
                    }
                    place
                }
                // A portal that tells others each time would fill the memory all the same.
                None if self.keys.len() >= MOST_KEYS as usize => {
                    stream.skipped += 1;
                    continue;
                }
                None => {
                    let first = stream.known > 0 && !stream.met;
                    arrivals.push(Arrival { key: key.id.clone(), first });
                    self.add(key)
                }
            };
            stream.tell(place);
        }
        stream.skipped += skipped;
        stream.next = next;
        self.stream = Some(stream);
        arrivals
    }

    /// Puts the keys in another order, and forgets those that have no place in it.
    fn arrange(&mut self, order: &[u32]) {
        let keys = Arc::unwrap_or_clone(std::mem::take(&mut self.keys));
        let mut keys: Vec<Option<Key>> = keys.into_iter().map(Some).collect();
        let arranged = order.iter().filter_map(|place| keys.get_mut(*place as usize)?.take());
        let arranged = Arc::new(arranged.collect());
        self.replace(arranged);
    }

    /// Whether the list is as the portal has it: read whole, and nothing of it is missing or was not heard of.
    pub(crate) fn is_whole(&self) -> bool {
        let fresh = &self.freshness;
        fresh.read_at.is_some() && fresh.cut.is_none() && fresh.error.is_none() && self.unheard.is_empty()
    }

    /// Whether every key that the portal had when the list was last read is in it. An error since then takes none away.
    pub(crate) fn is_known(&self) -> bool {
        self.freshness.read_at.is_some() && self.unheard.is_empty()
    }

    /// Whether each key tells when it was made, so that a new one is known from an old one.
    pub(crate) fn dates_keys(&self) -> bool {
        !self.keys.is_empty() && self.keys.iter().all(|key| key.created_at.is_some())
    }

    /// The keys that the reading under way has not told and that somebody here still needs: their secret is on this
    /// device, or a change of them is open.
    pub(crate) fn missed(&self) -> Vec<KeyId> {
        let Some(stream) = &self.stream else { return Vec::new() };
        let told = |place: usize| stream.told.get(place).copied().unwrap_or(false);
        let unheard = self.keys.iter().enumerate().filter(|(place, _)| !told(*place)).map(|(_, key)| &key.id);
        let needed = unheard.filter(|id| {
            self.stowed.contains_key(id) || self.pending.contains_key(id) || self.course(id).is_some()
        });
        needed.cloned().collect()
    }

    /// Ends the reading. One that went to the end of what the portal has takes away the keys that were not in it,
    /// which it returns; after any other they stay, and it is remembered that nothing was heard of them.
    pub(crate) fn end_reading(&mut self, whole: bool) -> Vec<KeyId> {
        let Some(stream) = self.stream.take() else { return Vec::new() };
        let told = |place: &u32| stream.told.get(*place as usize).copied().unwrap_or(false);
        let all = 0..count(self.keys.len());
        let unheard = all.clone().filter(|place| !told(place));
        let unheard: Vec<KeyId> =
            unheard.filter_map(|place| Some(self.keys.get(place as usize)?.id.clone())).collect();
        if !whole {
            self.unheard = unheard.into_iter().collect();
            return Vec::new();
        }
        self.unheard.clear();
        if !all.clone().eq(stream.order.iter().copied()) {
            let listed: HashSet<u32> = stream.order.iter().copied().collect();
            // A key that was made here meanwhile comes first.
            let made = all.filter(|place| told(place) && !listed.contains(place));
            let order: Vec<u32> = made.chain(stream.order.iter().copied()).collect();
            self.arrange(&order);
        }
        unheard
    }
}
