//! Timers: what rotates and how long its old secret still works, in words for the tray.

use keystow_domain::{KeyId, State, Timestamp};

use crate::engine::Engine;
use crate::words::native::{self, Left};

/// A rotating key, for a place that draws no countdown of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// The key.
    pub key: KeyId,
    /// Its name and what remains, in the language of the settings.
    pub text: String,
}

impl Engine {
    /// The keys of every account that rotate, the one that ends first before the others.
    pub fn timers(&self) -> Vec<Timer> {
        let language = self.language();
        let mut all: Vec<(Option<Timestamp>, Timer)> = Vec::new();
        for account in self.accounts().into_iter().map(|known| known.account.id) {
            let now = self.portal_now(&account);
            let state = self.state();
            let Some(listing) = state.listings.get(&account) else { continue };
            let rotating = listing.rotating(now).filter(|key| !listing.is_behind(key, now));
            for key in rotating.filter_map(|key| listing.key(&key)) {
                let State::Rotating(end) = listing.state_of(key, now) else { continue };
                let left = end.deadline().map(|at| Left::of(at.since(now)));
                let text = native::timer(language, &key.name, left);
                all.push((end.deadline(), Timer { key: key.id.clone(), text }));
            }
        }
        all.sort_by_key(|(at, _)| at.map_or(i64::MAX, Timestamp::as_millis));
        all.into_iter().map(|(_, timer)| timer).collect()
    }
}
