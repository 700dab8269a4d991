//! Pages of keys that were answered a moment ago and are still true.
//!
//! A page stays on the shelf until anything is stored, until a secret or a key on it ends, and never
//! longer than a minute; then it is made anew.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::body::Bytes;
use keystow_domain::Timestamp;

use super::KeyRecord;

/// How long a page stays at most.
const LIFE: Duration = Duration::from_secs(60);
/// How many pages there is room for.
const ROOM: usize = 512;

/// Which page: account, where it begins, how long it is.
pub(super) type Place = (String, Option<i64>, u32);

/// Pages that are still true.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<HashMap<Place, Page>>);

struct Page {
    generation: u64,
    ends_at: Timestamp,
    answer: Bytes,
}

impl Shelf {
    /// The page at a place, if it is still true.
    pub(super) fn take(&self, place: &Place, generation: u64, now: Timestamp) -> Option<Bytes> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let page = pages.get(place)?;
        (page.generation == generation && now < page.ends_at).then(|| page.answer.clone())
    }

    /// Keeps a page that was read in `generation` at `now`.
    pub(super) fn put(
        &self,
        place: Place,
        generation: u64,
        keys: &[KeyRecord],
        now: Timestamp,
        answer: Bytes,
    ) {
        let ends = keys
            .iter()
            .flat_map(|key| key.previous.iter().filter_map(|old| old.ends_at).chain(key.expires_at));
        let ends_at = ends.filter(|end| *end > now).fold(now.plus(LIFE), Timestamp::min);
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= ROOM {
            pages.clear();
        }
        pages.insert(place, Page { generation, ends_at, answer });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    #[test]
    fn a_page_is_true_for_a_minute_of_its_generation() {
        let shelf = Shelf::default();
        let place = ("acc_1".to_owned(), None, 20);
        shelf.put(place.clone(), 7, &[], NOW, Bytes::from_static(b"{}"));
        assert!(shelf.take(&place, 7, NOW.plus(Duration::from_secs(59))).is_some());
        assert!(shelf.take(&place, 7, NOW.plus(LIFE)).is_none());
        assert!(shelf.take(&place, 8, NOW).is_none());
        assert!(shelf.take(&("acc_2".to_owned(), None, 20), 7, NOW).is_none());
    }
}
