//! The course of a rotation: what the person chose, how far it came, and what follows from both.
//!
//! A course outlives the dialog and the app. Its facts are only added to: what happened at a portal
//! is never taken back here.

use std::time::Duration;

use crate::{Abilities, AccountId, ClientProof, CourseId, Environment, Key, KeyId, Mask, NewKey, Timestamp};

/// Why a key is rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is time.
    Planned,
    /// Somebody else may have the secret.
    Leaked,
}

/// How a secret is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A second key beside the first, which is revoked when nothing uses it any more.
    SideBySide,
    /// The same key gets a new secret; the old one lives for the portal's grace.
    InPlace,
}

impl Way {
    /// The ways a portal allows, the one to prefer first: with two keys nobody's clock runs.
    pub fn offered(abilities: Option<&Abilities>) -> Vec<Self> {
        match abilities {
            Some(abilities) if !abilities.second_key => vec![Self::InPlace],
            _ => vec![Self::SideBySide, Self::InPlace],
        }
    }

    /// The ways for one key. What an OAuth client was allowed by people goes with its id, so that another one cannot
    /// take its place; one that proves nothing has nothing to replace.
    pub fn offered_for(key: Option<&Key>, abilities: Option<&Abilities>) -> Vec<Self> {
        match key.and_then(Key::proof) {
            None => Self::offered(abilities),
            Some(ClientProof::Secret | ClientProof::Signature) => vec![Self::InPlace],
            Some(ClientProof::Nothing | ClientProof::Unknown(_)) => Vec::new(),
        }
    }
}

/// A rotation that was begun and is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// The account of the key.
    pub account: AccountId,
    /// The key whose secret is replaced.
    pub key: KeyId,
    /// The name of the key, to speak of it.
    pub name: String,
    /// Why.
    pub reason: Reason,
    /// How.
    pub way: Way,
    /// The longest job that uses the old secret, as the person said.
    pub longest_job: Option<Duration>,
    /// When it was begun.
    pub opened_at: Timestamp,
    /// What may be shown of the secret that is replaced.
    pub old: Mask,
    /// When the new secret was issued.
    pub rotated_at: Option<Timestamp>,
    /// The key that the new secret belongs to, where it is not the same.
    pub successor: Option<KeyId>,
    /// When the old secret was ended from here.
    pub ended_at: Option<Timestamp>,
}

impl Course {
    /// Whether it is about this key: the one that is replaced, or the one that replaces it.
    pub fn is_about(&self, key: &KeyId) -> bool {
        self.key == *key || self.successor.as_ref() == Some(key)
    }

    /// Whether its old secret lives in a key of its own.
    pub fn has_two_keys(&self) -> bool {
        self.successor.is_some()
    }

    /// The key that carries the new secret, as far as there is one.
    pub fn bearer(&self) -> &KeyId {
        self.successor.as_ref().unwrap_or(&self.key)
    }
}

/// A key that can take the place of `old`: the same scopes, environment and span of life.
pub fn successor_of(
    old: &Key,
    name: Option<String>,
    abilities: Option<&Abilities>,
    now: Timestamp,
) -> NewKey {
    let words = abilities.map(|abilities| abilities.environments.as_slice()).unwrap_or_default();
    let environment = old.environment.as_ref().and_then(|of| {
        // The portal's own word, which may differ from ours.
        words.iter().find(|word| Environment::from_word(word) == *of).cloned()
    });
    let lives = old.expires_at.filter(|_| abilities.is_some_and(|abilities| abilities.expiry));
    let expires_at = lives.map(|end| match old.created_at {
        Some(made) => now.plus(end.since(made)),
        // Without a beginning the span is not known; the same end is the nearest to what was wanted.
        None => end,
    });
    let name = name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| old.name.clone());
    NewKey { name, scopes: old.scopes.clone(), environment, expires_at, app: old.app.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reported;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    fn key() -> Key {
        Key {
            id: KeyId::new("key_1"),
            name: "billing".into(),
            prefix: "kst_aaaa".into(),
            suffix: None,
            reported: Reported::Active,
            scopes: vec!["read".into(), "stream".into()],
            environment: Some(Environment::Production),
            owner: None,
            created_at: Some(NOW.minus(DAY * 80)),
            last_used_at: None,
            expires_at: Some(NOW.plus(DAY * 10)),
            rotated_at: None,
            version: None,
            app: None,
            client: None,
            previous: vec![],
        }
    }

    #[test]
    fn a_successor_has_the_scopes_the_environment_and_the_span_of_life_of_the_old_key() {
        let abilities =
            Abilities { environments: vec!["live".into(), "qa".into()], expiry: true, ..Abilities::plain() };
        let new = successor_of(&key(), None, Some(&abilities), NOW);
        assert_eq!((new.name.as_str(), new.scopes), ("billing", key().scopes));
        assert_eq!(new.environment.as_deref(), Some("live"));
        assert_eq!(new.expires_at, Some(NOW.plus(DAY * 90)));
        let named = successor_of(&key(), Some("billing-2".into()), Some(&abilities), NOW);
        assert_eq!(named.name, "billing-2");
    }

    #[test]
    fn nothing_is_asked_of_a_portal_that_it_does_not_offer() {
        let new = successor_of(&key(), Some(" ".into()), Some(&Abilities::plain()), NOW);
        assert_eq!((new.environment, new.expires_at, new.name.as_str()), (None, None, "billing"));
    }

    #[test]
    fn two_keys_are_offered_first_and_only_where_the_portal_allows_them() {
        assert_eq!(Way::offered(Some(&Abilities::plain())), [Way::SideBySide, Way::InPlace]);
        let one = Abilities { second_key: false, ..Abilities::plain() };
        assert_eq!(Way::offered(Some(&one)), [Way::InPlace]);
    }
}
