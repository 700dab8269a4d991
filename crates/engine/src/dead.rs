//! Dead keys: the secrets of what was revoked or has expired leave this device.
//!
//! A key counts as dead only by the word of its portal, asked in the same moment: nothing is deleted for a
//! key whose state is not known, or while its portal cannot be reached.

use std::collections::HashSet;
use std::time::Duration;

use keystow_domain::{AccountId, KeyId, State, Timestamp};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::list::{Listing, Row};
use crate::notices::Tone;
use crate::{Trouble, words};

/// How long the secrets of a key stay on this device after it was first seen dead.
const KEPT_FOR: Duration = Duration::from_secs(30 * 86_400);

/// What a list that was just read says about the secrets on this device.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sorted {
    /// Keys that are dead and were not known to be.
    newly_dead: Vec<KeyId>,
    /// Keys that were noted as dead and are not, or have no secret here any more.
    others: Vec<KeyId>,
    /// Keys that have been dead for long enough.
    over: Vec<KeyId>,
}

impl Listing {
    /// When the secrets of a dead key are deleted; nothing if it lives or has none here.
    pub(crate) fn deleted_at(&self, key: &KeyId) -> Option<Timestamp> {
        let stowed = self.stowed.get(key).is_some_and(|all| !all.is_empty());
        self.ended.get(key).filter(|_| stowed).map(|seen| seen.plus(KEPT_FOR))
    }

    fn sort_out_dead(&self, now: Timestamp) -> Sorted {
        let mut sorted = Sorted::default();
        let keys = self.keys();
        let dead: HashSet<&KeyId> = keys
            .iter()
            .filter(|key| self.stowed.contains_key(&key.id) && self.is_told(&key.id))
            .filter(|key| is_dead(&key.state(None, now)))
            .map(|key| &key.id)
            .collect();
        sorted.newly_dead =
            dead.iter().filter(|id| !self.ended.contains_key(**id)).map(|id| (*id).clone()).collect();
        for (id, seen) in &self.ended {
            match dead.contains(id) {
                true if seen.plus(KEPT_FOR) <= now => sorted.over.push(id.clone()),
                true => {}
                // A key that the list left out may be in the next one: only what is seen alive is forgotten.
                false if self.is_told(id) => sorted.others.push(id.clone()),
                false => {}
            }
        }
        sorted
    }

    /// Whether what a key is was told by the last reading: nothing is known of a key that was not in it, nor of one
    /// with a change whose outcome is being found out.
    fn is_told(&self, key: &KeyId) -> bool {
        self.key(key).is_some() && !self.unheard.contains(key) && !self.pending.contains_key(key)
    }
}

impl Engine {
    /// Notes which keys of a list that was just read are dead, and deletes the secrets of those that have been
    /// for long enough.
    pub(crate) async fn put_dead_away(&self, account: &AccountId) {
        let over = self.note_dead(account).await;
        let mut deleted = 0_usize;
        for key in over {
            match self.discard_secrets(account, &key, "30 days after its end").await {
                Ok(()) => deleted += 1,
                Err(trouble) => tracing::warn!(%trouble, "the secret of a dead key could not be deleted"),
            }
        }
        if deleted > 0 {
            let what = words::secrets_deleted(deleted);
            self.state().notices.tell("secrets_deleted", what, Tone::Info, None, None);
            self.tell(Event::App);
        }
    }

    /// Notes which keys are dead. Returns those that have been for long enough.
    pub(crate) async fn note_dead(&self, account: &AccountId) -> Vec<KeyId> {
        let now = self.portal_now(account);
        let Some(sorted) = self.state().listings.get(account).map(|listing| listing.sort_out_dead(now))
        else {
            return Vec::new();
        };
        let Sorted { newly_dead, others, over } = sorted;
        if newly_dead.is_empty() && others.is_empty() {
            return over;
        }
        let noted = self.0.store.note_ended(account.clone(), newly_dead.clone(), others.clone(), now).await;
        if let Err(error) = noted {
            // They are noted with the next list; until then nothing of them is deleted.
            tracing::warn!(%error, "which keys ended could not be noted");
            return over;
        }
        if let Some(listing) = self.state().listings.get_mut(account) {
            listing.ended.extend(newly_dead.into_iter().map(|key| (key, now)));
            listing.ended.retain(|key, _| !others.contains(key));
        }
        self.tell(Event::Keys);
        over
    }

    /// Deletes the secrets of a dead key from this device now.
    ///
    /// # Errors
    ///
    /// Fails if the portal cannot be asked, the key still lives, or the disk refuses.
    pub async fn delete_secret(&self, key: &KeyId) -> Result<Row, Trouble> {
        let account = self.holder(key)?;
        self.read_key(&account, key).await?;
        let row = self.row(&account, key)?;
        let now = self.portal_now(&account);
        if row.pending.is_some() || !is_dead(&row.key.state(None, now)) {
            return Err(words::key_alive(&row.key.name));
        }
        self.discard_secrets(&account, key, "asked for").await?;
        self.row(&account, key)
    }

    async fn discard_secrets(&self, account: &AccountId, key: &KeyId, why: &str) -> Result<(), Trouble> {
        let (stowed, name) = {
            let state = self.state();
            let listing = state.listings.get(account).ok_or_else(words::no_account)?;
            let name = listing.key(key).map(|key| key.name.clone()).unwrap_or_default();
            (listing.stowed.get(key).cloned().unwrap_or_default(), name)
        };
        for secret in &stowed {
            self.0.vault.discard(&secret.operation).await.map_err(words::vault)?;
        }
        self.read_stowed(account).await;
        let _ = self.0.store.note_ended(account.clone(), Vec::new(), vec![key.clone()], self.now()).await;
        if let Some(listing) = self.state().listings.get_mut(account) {
            listing.ended.remove(key);
        }
        if !stowed.is_empty() {
            let note = Note::new(Deed::SecretDeleted).of(account).key(key, &name);
            self.log(note.fact("why", why).fact("secrets", stowed.len().to_string())).await;
        }
        self.tell(Event::Keys);
        Ok(())
    }
}

/// Whether nothing accepts a secret of a key in this state any more, nor will.
fn is_dead(state: &State) -> bool {
    matches!(state, State::Revoked | State::Expired)
}
