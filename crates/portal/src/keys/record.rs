//! A key and its secrets, and what may happen to them.
//!
//! The rules are functions of the record and the time alone. Every old secret lives to its own
//! deadline, which is never later than the end of the key.

use std::time::Duration;

use keystow_domain::Timestamp;
use zeroize::Zeroizing;

use crate::{
    random,
    seal::{Digest, Pepper, Purpose},
    storage::Refusal,
};

/// How many characters of a secret may be shown: `kst_` and four of its own.
const PREFIX: usize = 8;
/// How many old secrets of a key are accepted at the same time.
pub(crate) const MOST_PREVIOUS: usize = 10;
/// How many characters at its end may be shown.
const SUFFIX: usize = 4;

/// The end of a secret that was ended: no clock reaches it, however far it is set back.
const ENDED: Timestamp = Timestamp::from_millis(0);

/// A key as the portal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRecord {
    /// Where it stands in the order of creation; 0 until it is stored.
    pub(crate) number: i64,
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) environment: String,
    pub(crate) owner: String,
    /// The developer app it belongs to; empty for none.
    pub(crate) app: String,
    pub(crate) created_by: String,
    pub(crate) standing: Standing,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) rotated_at: Option<Timestamp>,
    pub(crate) current: SecretRecord,
    /// Old secrets that may still be accepted, newest first.
    pub(crate) previous: Vec<SecretRecord>,
}

/// What an administrator or the owner decided about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Standing {
    InForce = 1,
    Revoked = 2,
    Pending = 3,
    Suspended = 4,
}

/// One secret of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretRecord {
    /// Counts the secrets of the key, from 1.
    pub(crate) version: u32,
    pub(crate) hash: Digest,
    pub(crate) prefix: String,
    pub(crate) suffix: String,
    /// When it stops being accepted; absent for the current one.
    pub(crate) ends_at: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
}

/// A secret that was just made, in the clear.
pub(crate) struct NewSecret(Zeroizing<String>);

impl NewSecret {
    /// Makes a secret: `kst_` and 44 letters and digits, 262 bits of chance.
    pub(crate) fn random() -> Self {
        Self(Zeroizing::new(format!("kst_{}", *random::base62(44))))
    }

    /// Makes the secret of an OAuth client: `kcs_` and 44 letters and digits.
    pub(crate) fn of_client() -> Self {
        Self(Zeroizing::new(format!("kcs_{}", *random::base62(44))))
    }

    /// The secret of a sample key: it follows from the pepper and the key's name.
    pub(crate) fn sample(name: &str, pepper: &Pepper) -> Self {
        let spelled = random::spell(&pepper.digest(Purpose::Sample, &[name]));
        Self(Zeroizing::new(format!("kst_{}", *spelled)))
    }

    /// What the portal keeps of it.
    pub(crate) fn record(&self, version: u32, pepper: &Pepper) -> SecretRecord {
        self.kept(version, pepper.digest(Purpose::Secret, &[&self.0]))
    }

    /// What the portal keeps of it where it is the secret of this client: good for no other, and for no key.
    pub(crate) fn record_of(&self, client: &str, version: u32, pepper: &Pepper) -> SecretRecord {
        self.kept(version, pepper.digest(Purpose::ClientSecret, &[client, &self.0]))
    }

    fn kept(&self, version: u32, hash: Digest) -> SecretRecord {
        SecretRecord {
            version,
            hash,
            prefix: self.0[..PREFIX].to_owned(),
            suffix: self.0[self.0.len() - SUFFIX..].to_owned(),
            ends_at: None,
            last_used_at: None,
        }
    }

    /// The secret itself, for the one answer that says it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl SecretRecord {
    /// Whether it is accepted at `now`, as far as the secret alone decides.
    pub(crate) fn is_accepted(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

impl KeyRecord {
    /// Whether the key ended by itself before `now`.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Replaces the secret. The old one stays accepted for `grace`, but not longer than the key.
    ///
    /// # Errors
    ///
    /// Refused for a key that is not accepted, or that has too many old secrets still.
    pub(crate) fn rotate(
        &mut self,
        secret: SecretRecord,
        grace: Duration,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.must_be_active(now)?;
        self.replace_secret(secret, grace, now)
    }

    /// Replaces the secret as [`Self::rotate`] does, whether or not it is accepted.
    ///
    /// # Errors
    ///
    /// Refused if there are too many old secrets still.
    pub(crate) fn replace_secret(
        &mut self,
        secret: SecretRecord,
        grace: Duration,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.previous.iter().filter(|old| old.is_accepted(now)).count() >= MOST_PREVIOUS {
            return Err(Refusal::TooManyPrevious);
        }
        let grace_end = now.plus(grace);
        let end = self.expires_at.map_or(grace_end, |key_end| key_end.min(grace_end));
        let mut old = std::mem::replace(&mut self.current, secret);
        old.ends_at = Some(end);
        self.previous.insert(0, old);
        self.rotated_at = Some(now);
        Ok(())
    }

    /// Ends the grace of every old secret.
    ///
    /// # Errors
    ///
    /// Refused if no old secret is accepted, so that a double click is not taken for two successes. A key that waits
    /// or is switched off is no reason: its old secrets would be accepted when it is in force again.
    pub(crate) fn end_grace(&mut self) -> Result<(), Refusal> {
        if self.standing == Standing::Revoked {
            return Err(Refusal::AlreadyRevoked);
        }
        if self.previous.is_empty() {
            return Err(Refusal::NoGrace);
        }
        for old in &mut self.previous {
            old.ends_at = Some(ENDED);
        }
        Ok(())
    }

    /// Ends the key with all its secrets, for good.
    ///
    /// # Errors
    ///
    /// Refused if it was revoked before.
    pub(crate) fn revoke(&mut self) -> Result<(), Refusal> {
        if self.standing == Standing::Revoked {
            return Err(Refusal::AlreadyRevoked);
        }
        self.standing = Standing::Revoked;
        for old in &mut self.previous {
            old.ends_at = Some(ENDED);
        }
        Ok(())
    }

    fn must_be_active(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.standing {
            Standing::Revoked => Err(Refusal::AlreadyRevoked),
            Standing::InForce if !self.is_expired(now) => Ok(()),
            _ => Err(Refusal::NotActive),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn key() -> KeyRecord {
        KeyRecord {
            number: 1,
            id: "key_1".into(),
            account: "acc_1".into(),
            name: "billing".into(),
            scopes: vec!["read".into()],
            environment: "prod".into(),
            owner: String::new(),
            app: String::new(),
            created_by: String::new(),
            standing: Standing::InForce,
            created_at: NOW,
            last_used_at: None,
            expires_at: None,
            rotated_at: None,
            current: secret(1),
            previous: Vec::new(),
        }
    }

    fn secret(version: u32) -> SecretRecord {
        NewSecret::random().record(version, &Pepper::new(&[0; 32]))
    }

    #[test]
    fn every_old_secret_keeps_its_own_deadline() {
        let mut key = key();
        key.rotate(secret(2), Duration::from_secs(600), NOW).unwrap();
        let later = NOW.plus(Duration::from_secs(10));
        key.rotate(secret(3), Duration::from_secs(60), later).unwrap();
        let ends: Vec<_> =
            key.previous.iter().map(|old| (old.version, old.ends_at.unwrap().since(NOW).as_secs())).collect();
        assert_eq!(ends, [(2, 70), (1, 600)]);
    }

    #[test]
    fn an_old_secret_never_outlives_its_key() {
        let end = NOW.plus(Duration::from_secs(30));
        let mut key = KeyRecord { expires_at: Some(end), ..key() };
        key.rotate(secret(2), Duration::from_secs(600), NOW).unwrap();
        assert_eq!(key.previous[0].ends_at, Some(end));
    }

    #[test]
    fn a_revoked_key_ends_with_all_its_secrets_and_only_once() {
        let mut key = key();
        key.rotate(secret(2), Duration::from_secs(600), NOW).unwrap();
        key.revoke().unwrap();
        assert!(!key.previous[0].is_accepted(NOW));
        assert_eq!(key.revoke(), Err(Refusal::AlreadyRevoked));
        assert_eq!(key.rotate(secret(3), Duration::ZERO, NOW), Err(Refusal::AlreadyRevoked));
    }

    #[test]
    fn an_expired_key_cannot_be_rotated_but_can_be_revoked() {
        let mut key = KeyRecord { expires_at: Some(NOW), ..key() };
        assert_eq!(key.rotate(secret(2), Duration::ZERO, NOW), Err(Refusal::NotActive));
        assert_eq!(key.revoke(), Ok(()));
    }

    #[test]
    fn grace_can_be_ended_once() {
        let mut key = key();
        assert_eq!(key.end_grace(), Err(Refusal::NoGrace));
        key.rotate(secret(2), Duration::from_secs(600), NOW).unwrap();
        key.standing = Standing::Pending;
        key.end_grace().unwrap();
        assert!(!key.previous[0].is_accepted(NOW), "an old secret is refused from the instant grace ends");
        let set_back = NOW.minus(Duration::from_secs(86_400));
        assert!(!key.previous[0].is_accepted(set_back), "and stays so when the clock is set back");
    }

    #[test]
    fn a_prefix_tells_secrets_apart_and_gives_away_four_characters() {
        let secret = NewSecret::random();
        let record = secret.record(1, &Pepper::new(&[0; 32]));
        assert_eq!((record.prefix.len(), record.suffix.len(), secret.reveal().len()), (8, 4, 48));
        assert!(record.prefix.starts_with("kst_"));
    }
}
