//! Before a rotation: what must hold so that nothing can be lost.
//!
//! The same checks are shown to a person and made again by the engine before the call goes out.

use std::time::Duration;

use keystow_domain::{AccountId, Key, KeyId, Moment};

use crate::engine::{Engine, State};
use crate::issue::LIFETIME;
use crate::store::FoundElsewhere;
use crate::{Trouble, words};

/// How long a rotation elsewhere stands in the way, so that it is read before it is known.
const READ: Duration = Duration::from_secs(5);

/// One check before a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which one.
    pub kind: CheckKind,
    /// A figure that belongs to it: the clock's offset in milliseconds.
    pub figure: Option<i64>,
    /// Why it did not pass.
    pub trouble: Option<Trouble>,
}

/// What is checked before a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckKind {
    /// A record of the right size was written, read back and deleted.
    Vault,
    /// The session outlives the call.
    Session,
    /// The portal's clock is known.
    Clock,
    /// No other change of the key is open here.
    Alone,
    /// As far as the portal tells, nobody rotated the key elsewhere since it was last looked at.
    Elsewhere,
}

/// A rotation elsewhere that was found: what the key looked like, and when it was seen, on the clock that
/// counts sleep.
pub(crate) struct SeenElsewhere {
    looks: String,
    /// Nothing if it was read before the app was started.
    first: Option<Duration>,
}

impl State {
    /// Takes over the rotations elsewhere that were found before a restart. One that was found just before it
    /// may not have been read.
    pub(crate) fn recall_elsewhere(&mut self, account: &AccountId, found: Vec<FoundElsewhere>, now: &Moment) {
        for (key, looks, found_at) in found {
            let first = (now.wall.since(found_at) < READ).then_some(now.elapsed);
            self.elsewhere.insert((account.clone(), key), SeenElsewhere { looks, first });
        }
    }
}

impl Engine {
    /// Makes every check, whether or not an earlier one failed. `known` is the key as it was before the
    /// portal was asked just now, and `unread` why it could not be asked.
    pub(crate) async fn preflight(
        &self,
        account: &AccountId,
        known: Option<&Key>,
        key: &KeyId,
        unread: Option<Trouble>,
    ) -> Vec<Check> {
        let vault = self.0.vault.prove_writable().await.map_err(words::vault).err();
        let session = self.session(account, LIFETIME).await.err().or(unread);
        // What was learned before a restart is not good enough to start a rotation with.
        let clock = self.clock_sight(account);
        let offset = clock.offset.filter(|_| !clock.about);
        let alone = self.open_change(account, key).await;
        let elsewhere = self.elsewhere(account, known, key).await;
        let check = |kind, trouble| Check { kind, figure: None, trouble };
        vec![
            check(CheckKind::Vault, vault),
            check(CheckKind::Session, session),
            Check { figure: offset, ..check(CheckKind::Clock, offset.is_none().then(words::clock_unknown)) },
            check(CheckKind::Alone, alone),
            check(CheckKind::Elsewhere, elsewhere),
        ]
    }

    async fn open_change(&self, account: &AccountId, key: &KeyId) -> Option<Trouble> {
        let entries = match self.0.store.unfinished().await {
            Ok(entries) => entries,
            Err(error) => return Some(words::store(&error)),
        };
        let mut same = entries
            .iter()
            .filter(|entry| entry.issue.account == *account && entry.issue.replaces() == Some(key));
        same.find(|entry| entry.is_open()).map(|entry| words::busy(&entry.issue.name))
    }

    /// Whether the last rotation elsewhere was told before: only then a person can know of it.
    pub(crate) fn knows_elsewhere(&self, account: &AccountId, key: &KeyId) -> bool {
        let state = self.state();
        let now = state.listings.get(account).and_then(|listing| listing.key(key));
        let seen = state.elsewhere.get(&(account.clone(), key.clone()));
        now.zip(seen).is_some_and(|(now, seen)| seen.looks == looks(now))
    }

    /// A rotation that this app did not do. It stands in the way when it is found, and is known after.
    async fn elsewhere(&self, account: &AccountId, known: Option<&Key>, key: &KeyId) -> Option<Trouble> {
        let lost = self.0.store.last_loss(account.clone(), key.clone()).await.ok().flatten();
        let elapsed = self.0.clock.elapsed();
        let (looks, trouble) = {
            let mut state = self.state();
            let listing = state.listings.get(account)?;
            let now = listing.key(key)?;
            let newest = listing.stowed.get(key).and_then(|all| all.first()).map(|stowed| stowed.issued_at);
            // A rotation whose answer was lost leaves the same traces, and was told already.
            let ours = lost.is_some_and(|at| newest.is_none_or(|newest| newest < at));
            let replaced = newest.is_some() && listing.current_secret(now).is_none();
            let moved = known.is_some_and(|before| has_moved(before, now));
            let (looks, trouble) = (looks(now), words::rotated_elsewhere(&now.name, now.rotated_at));
            let place = (account.clone(), key.clone());
            if let Some(seen) = state.elsewhere.get(&place).filter(|seen| seen.looks == looks) {
                let unread = seen.first.is_some_and(|first| elapsed.saturating_sub(first) < READ);
                return unread.then_some(trouble);
            }
            if ours || !(replaced || moved) {
                return None;
            }
            state.elsewhere.insert(place, SeenElsewhere { looks: looks.clone(), first: Some(elapsed) });
            (looks, trouble)
        };
        // A disk that does not take it makes it stand in the way once more after a restart.
        let _ = self.0.store.keep_elsewhere(account.clone(), (key.clone(), looks, self.now())).await;
        Some(trouble)
    }
}

/// Whether a key has another secret than before.
fn has_moved(before: &Key, now: &Key) -> bool {
    let counted = matches!((before.version, now.version), (Some(old), Some(new)) if new > old);
    counted || now.rotated_at > before.rotated_at || now.prefix != before.prefix
}

/// What tells one secret of a key from the next.
fn looks(key: &Key) -> String {
    let version = key.version.map_or_else(String::new, |version| version.to_string());
    let rotated = key.rotated_at.map_or_else(String::new, |at| at.as_millis().to_string());
    format!("{} {version} {rotated}", key.prefix)
}
