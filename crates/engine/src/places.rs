//! Where the secret of a key goes. Words only: a text that holds a secret is refused.
//!
//! A rotation has to bring the new secret to each of these places. A place is ticked by a copy that the
//! person says went there, or by hand; which of the two it was is never mixed up.

use keystow_domain::{AccountId, Course, KeyId, Timestamp, visible};
use keystow_vault::{ClipboardState, VaultError};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::{Trouble, random, words};

/// The longest label, in characters.
const LONGEST_LABEL: usize = 200;
/// The most places of one key.
const MOST_PLACES: usize = 200;
/// A shorter run of characters is no secret.
const SHORTEST_SECRET: usize = 16;
/// A shorter prefix tells no secret from a word.
const SHORTEST_PREFIX: usize = 4;

/// A place where the secret of a key is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its id.
    pub id: String,
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// The person's words for it.
    pub label: String,
    /// When it was first named.
    pub added_at: Timestamp,
    /// When the secret last went there from here.
    pub last_at: Option<Timestamp>,
    /// Whether the new secret of the open rotation is there.
    pub delivered: Option<Delivered>,
}

/// The kinds of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// Free text.
    Text,
    /// A folder of this computer.
    Folder,
    /// A command that was run with it.
    Command,
    /// A target of continuous integration.
    Ci,
}

/// That a new secret reached a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// When.
    pub at: Timestamp,
    /// Whether the person ticked it; otherwise the copy that went there did.
    pub by_hand: bool,
}

impl PlaceKind {
    /// Its word in the database.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Folder => "folder",
            Self::Command => "command",
            Self::Ci => "ci",
        }
    }

    /// The kind of such a word; free text for any other.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "folder" => Self::Folder,
            "command" => Self::Command,
            "ci" => Self::Ci,
            _ => Self::Text,
        }
    }
}

impl Engine {
    /// The places of a key, and where the new secret of its open rotation is already.
    ///
    /// # Errors
    ///
    /// Fails if the key is not in the list or the disk does not serve.
    pub async fn places(&self, key: &KeyId) -> Result<Vec<Place>, Trouble> {
        let account = self.holder(key)?;
        self.places_of(&account, key).await
    }

    pub(crate) async fn places_of(&self, account: &AccountId, key: &KeyId) -> Result<Vec<Place>, Trouble> {
        let course = self.course(account, key);
        let newest = course.as_ref().map_or(key, Course::bearer).clone();
        let id = course.map(|course| course.id);
        self.0.store.places(account.clone(), newest, id).await.map_err(|error| words::store(&error))
    }

    /// Remembers a place of a key, once. While the clipboard holds the key's secret it is where that copy
    /// goes: it then counts as used now, and as delivered if the secret is the new one of an open rotation.
    /// One copy is credited to one place.
    ///
    /// # Errors
    ///
    /// Fails if the words are none, too many, invisible or hold a secret.
    pub async fn add_place(&self, key: &KeyId, kind: PlaceKind, label: &str) -> Result<Vec<Place>, Trouble> {
        let account = self.holder(key)?;
        let label = self.checked_label(&account, key, label).await?;
        let course = self.course(&account, key);
        let newest = course.as_ref().map_or(key, Course::bearer).clone();
        let known = self.places_of(&account, key).await?;
        let is_new = !known.iter().any(|place| place.kind == kind && place.label == label);
        if is_new && known.len() >= MOST_PLACES {
            return Err(words::too_many_places());
        }
        if is_new {
            let name = self.row(&account, &newest)?.key.name;
            self.log_later(
                Note::new(Deed::PlaceAdded).of(&account).key(&newest, &name).fact("place", &label),
            );
        }
        let now = self.now();
        let went = self.credit_copy(&account, &newest);
        let kept = self.0.store.add_place(
            (account.clone(), newest.clone()),
            (random::token(12), kind, label),
            now,
            went.then_some(now),
        );
        let id = kept.await.map_err(|error| words::store(&error))?;
        if let Some(course) = course.filter(|course| went && course.rotated_at.is_some()) {
            let ticked = self.0.store.deliver(course.id, id, now, false).await;
            ticked.map_err(|error| words::store(&error))?;
        }
        self.stop_asking(&newest);
        self.read_places(&account).await;
        self.tell(Event::Rotation(newest));
        self.places_of(&account, key).await
    }

    /// Remembers that the secret of a key went to a place just now, and ticks it if a rotation is open.
    pub(crate) async fn went_to(
        &self,
        account: &AccountId,
        key: &KeyId,
        (kind, label): (PlaceKind, String),
    ) -> Result<(), Trouble> {
        let broken = |error| words::store(&error);
        let course = self.course(account, key);
        let now = self.now();
        let kept = self.0.store.add_place(
            (account.clone(), key.clone()),
            (random::token(12), kind, label),
            now,
            Some(now),
        );
        let id = kept.await.map_err(broken)?;
        // Only the new secret of a rotation delivers anything.
        if let Some(course) = course.filter(|course| course.rotated_at.is_some() && course.bearer() == key) {
            self.0.store.deliver(course.id, id, now, false).await.map_err(broken)?;
        }
        self.read_places(account).await;
        self.tell(Event::Rotation(key.clone()));
        Ok(())
    }

    /// Takes the credit for the copy that the clipboard holds, if it is of this key's current secret and
    /// no place had it yet.
    fn credit_copy(&self, account: &AccountId, key: &KeyId) -> bool {
        let holds = matches!(*self.0.clipboard.watch().borrow(), ClipboardState::Held { .. });
        let mut state = self.state();
        let current = state.listings.get(account).and_then(|listing| {
            let current = listing.current_secret(listing.key(key)?)?;
            Some(current.operation.clone())
        });
        let Some(current) = current.filter(|_| holds) else { return false };
        state.copied.as_mut().is_some_and(|copied| copied.take_credit(account, key, &current))
    }

    /// Forgets a place.
    ///
    /// # Errors
    ///
    /// Fails if the key is not in the list or the disk does not serve.
    pub async fn remove_place(&self, key: &KeyId, place: &str) -> Result<Vec<Place>, Trouble> {
        let account = self.holder(key)?;
        let removed = self.0.store.remove_place(account.clone(), place.to_owned()).await;
        removed.map_err(|error| words::store(&error))?;
        self.read_places(&account).await;
        self.tell(Event::Rotation(key.clone()));
        self.places_of(&account, key).await
    }

    /// The person does not want to say where the secret of a key goes, and is not asked again.
    ///
    /// # Errors
    ///
    /// Fails if the disk does not serve.
    pub async fn wave_away(&self, key: &KeyId) -> Result<(), Trouble> {
        let account = self.holder(key)?;
        let kept = self.0.store.ask_once(account, key.clone(), self.now()).await;
        self.stop_asking(key);
        kept.map(|_| ()).map_err(|error| words::store(&error))
    }

    /// Whether to ask, after a copy, where the secret goes. A disk that does not serve asks nothing.
    pub(crate) async fn asks_place(&self, account: &AccountId, key: &KeyId) -> bool {
        let asks = self.0.store.ask_once(account.clone(), key.clone(), self.now()).await;
        asks.unwrap_or(false)
    }

    fn stop_asking(&self, key: &KeyId) {
        let stopped = self.state().copied.as_mut().is_some_and(|copied| copied.stop_asking(key));
        if stopped {
            self.tell(Event::Clipboard);
        }
    }

    /// Ticks a place of the open rotation by hand, or takes the tick back.
    ///
    /// # Errors
    ///
    /// Fails if no rotation of the key is open or its new secret was not issued yet.
    pub async fn deliver(&self, key: &KeyId, place: &str, done: bool) -> Result<(), Trouble> {
        let account = self.holder(key)?;
        let course = self.course(&account, key).ok_or_else(words::no_course)?;
        if course.rotated_at.is_none() {
            return Err(words::not_rotated());
        }
        let known = self.places_of(&account, key).await?.into_iter().any(|known| known.id == place);
        if !known {
            return Err(words::bad_input("This place"));
        }
        let newest = course.bearer().clone();
        let store = &self.0.store;
        let kept = match done {
            true => store.deliver(course.id, place.to_owned(), self.now(), true).await,
            false => store.undeliver(course.id, place.to_owned()).await,
        };
        kept.map_err(|error| words::store(&error))?;
        self.tell(Event::Rotation(newest));
        Ok(())
    }

    /// The words of a place, unless they cannot be shown or hold a secret.
    async fn checked_label(&self, account: &AccountId, key: &KeyId, label: &str) -> Result<String, Trouble> {
        let label = label.trim();
        let count = label.chars().count();
        if count == 0 || count > LONGEST_LABEL || visible(label) != label {
            return Err(words::bad_label());
        }
        self.refuse_secret(account, key, label).await?;
        Ok(label.to_owned())
    }

    /// Refuses a text that holds a secret of a key, or what looks like one of the account.
    pub(crate) async fn refuse_secret(
        &self,
        account: &AccountId,
        key: &KeyId,
        text: &str,
    ) -> Result<(), Trouble> {
        let line = self.0.store.line(account.clone(), key.clone()).await;
        let line = line.map_err(|error| words::store(&error))?;
        let stowed: Vec<_> = {
            let state = self.state();
            let listing = state.listings.get(account).ok_or_else(words::no_account)?;
            let keys = listing.keys();
            let prefixes = keys.iter().map(|key| key.prefix.as_str());
            let old = listing.stowed.values().flatten().map(|stowed| stowed.prefix.as_str());
            if looks_secret(text, prefixes.chain(old)) {
                return Err(words::looks_secret());
            }
            let of = |key| listing.stowed.get(key).into_iter().flatten();
            line.iter().flat_map(of).map(|stowed| stowed.operation.clone()).collect()
        };
        for operation in stowed {
            match self.0.vault.seeker(&operation).await {
                Ok(seeker) if !seeker.find(text.as_bytes()).is_empty() => return Err(words::looks_secret()),
                // Without the vault only the prefixes can tell.
                Ok(_) | Err(VaultError::Locked | VaultError::NotFound) => {}
                Err(error) => return Err(words::vault(error)),
            }
        }
        Ok(())
    }
}

/// Whether a text holds a run of characters that is as long as a secret and begins like one.
fn looks_secret<'a>(text: &str, prefixes: impl Iterator<Item = &'a str>) -> bool {
    let inside = |c: char| !(c.is_ascii_alphanumeric() || "_-.~+=".contains(c));
    let long = |run: &&str| run.len() >= SHORTEST_SECRET;
    let runs: Vec<&str> = text.split(inside).filter(long).collect();
    if runs.is_empty() {
        return false;
    }
    prefixes.filter(|prefix| prefix.len() >= SHORTEST_PREFIX).any(|prefix| {
        runs.iter().any(|run| run.find(prefix).is_some_and(|at| run.len() - at >= SHORTEST_SECRET))
    })
}

#[cfg(test)]
mod tests {
    use super::looks_secret;

    #[test]
    fn what_is_long_and_begins_like_a_secret_looks_like_one() {
        let looks = |text: &str| looks_secret(text, ["kst_7Qm2", "", "abc"].into_iter());
        for secret in ["kst_7Qm2abcdefgh", "KEY=kst_7Qm2abcdefghijk", "at xkst_7Qm2abcdefgh."] {
            assert!(looks(secret), "{secret}");
        }
        for word in ["kst_7Qm2", "kst_7Qm2 in production", "/srv/billing/abcdefghijklmnopqrstuvwxyz", ""] {
            assert!(!looks(word), "{word}");
        }
    }
}
