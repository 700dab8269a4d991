//! Keys: what a portal tells of them, and the state that follows from it at a given time.
//!
//! A key never holds its secret; a secret has no type in this crate.

use std::time::Duration;

use crate::{AppId, Client, ClientProof, Grace, GraceEnd, KeyId, Timestamp};

/// A key as its portal describes it. Absent means "the portal did not say".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The portal's id.
    pub id: KeyId,
    /// The name people gave it; not unique.
    pub name: String,
    /// The first characters of the current secret.
    pub prefix: String,
    /// The last characters of the current secret, where the portal tells them.
    pub suffix: Option<String>,
    /// The status word of the portal.
    pub reported: Reported,
    /// What the key may do.
    pub scopes: Vec<String>,
    /// The environment the key belongs to.
    pub environment: Option<Environment>,
    /// Who owns it: a person or a team.
    pub owner: Option<String>,
    /// When the key was made.
    pub created_at: Option<Timestamp>,
    /// When a call last carried it.
    pub last_used_at: Option<Timestamp>,
    /// When it stops by itself.
    pub expires_at: Option<Timestamp>,
    /// When its secret was last replaced.
    pub rotated_at: Option<Timestamp>,
    /// Counts the secrets this key has had, from 1.
    pub version: Option<u32>,
    /// The developer app it belongs to, if it does.
    pub app: Option<AppId>,
    /// What it has besides, if it is an OAuth client.
    pub client: Option<Box<Client>>,
    /// Old secrets the portal still accepts.
    pub previous: Vec<PreviousSecret>,
}

/// An old secret that the portal still accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousSecret {
    /// Its first characters.
    pub prefix: String,
    /// Its last characters, where the portal tells them.
    pub suffix: Option<String>,
    /// When the portal stops accepting it.
    pub expires_at: Option<Timestamp>,
    /// When a call last carried it.
    pub last_used_at: Option<Timestamp>,
}

/// The status word of a portal: an open set, because contracts may add members at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// The key is accepted.
    Active,
    /// The key stopped at its expiry.
    Expired,
    /// The key was revoked.
    Revoked,
    /// The key waits for an approval.
    Pending,
    /// The key is switched off for a time.
    Suspended,
    /// A word this app does not know, as it was received; empty where there was none.
    Unknown(String),
}

/// What a key is at a given time: the portal's word and its dates taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Accepted, and nothing to do.
    Active,
    /// Accepted, and it ends within [`Key::EXPIRES_SOON`].
    ExpiringSoon(Timestamp),
    /// Accepted, and an old secret is accepted beside it.
    Rotating(GraceEnd),
    /// No longer accepted since its expiry.
    Expired,
    /// No longer accepted since it was revoked.
    Revoked,
    /// Not accepted until somebody approves it.
    Pending,
    /// Not accepted until somebody resumes it.
    Suspended,
    /// A word this app does not know.
    Unknown(String),
}

impl State {
    /// Its word in searches and on the command line.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::ExpiringSoon(_) => "expiring",
            Self::Rotating(_) => "rotating",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Pending => "pending",
            Self::Suspended => "suspended",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl Key {
    /// How long before its end a key counts as expiring soon: the first step of the reminder ladder.
    pub const EXPIRES_SOON: Duration = Duration::from_secs(14 * 24 * 3600);

    /// What the key is at `now`. `grace` is what this app knows about an old secret by itself, for
    /// portals that do not report one.
    ///
    /// Rotating wins over expiring soon; a dead key is never rotating.
    pub fn state(&self, grace: Option<&Grace>, now: Timestamp) -> State {
        match &self.reported {
            Reported::Revoked => State::Revoked,
            Reported::Expired => State::Expired,
            Reported::Pending => State::Pending,
            Reported::Suspended => State::Suspended,
            Reported::Unknown(word) => State::Unknown(word.clone()),
            Reported::Active => self.living_state(grace, now),
        }
    }

    fn living_state(&self, grace: Option<&Grace>, now: Timestamp) -> State {
        if self.expires_at.is_some_and(|end| end <= now) {
            return State::Expired;
        }
        if let Some(end) = self.grace_end(grace, now) {
            return State::Rotating(end);
        }
        match self.expires_at {
            Some(end) if end.since(now) <= Self::EXPIRES_SOON => State::ExpiringSoon(end),
            _ => State::Active,
        }
    }

    /// When the last of the old secrets ends, or nothing if none is accepted at `now`.
    pub fn grace_end(&self, grace: Option<&Grace>, now: Timestamp) -> Option<GraceEnd> {
        let alive = self.previous.iter().filter(|old| old.is_accepted(now));
        let reported =
            alive.map(|old| old.expires_at.map_or(GraceEnd::Unknown, GraceEnd::At)).reduce(GraceEnd::later);
        reported.or_else(|| grace.map(|grace| grace.end).filter(|end| !end.is_over(now)))
    }

    /// Whether the current secret is worth copying: it is accepted now, or will be once somebody acts.
    pub fn is_copyable(&self, now: Timestamp) -> bool {
        !matches!(self.state(None, now), State::Expired | State::Revoked)
    }

    /// How it proves who it is, if it is an OAuth client.
    pub fn proof(&self) -> Option<&ClientProof> {
        self.client.as_ref().map(|client| &client.proof)
    }

    /// Whether it is an OAuth client that signs: what is kept of it is a private key, not a secret of the portal's.
    pub fn signs(&self) -> bool {
        self.proof() == Some(&ClientProof::Signature)
    }

    /// What may be shown of the current secret.
    pub fn mask(&self) -> Mask {
        Mask { prefix: self.prefix.clone(), suffix: self.suffix.clone() }
    }
}

impl PreviousSecret {
    /// Whether the portal still accepts this secret, as far as it told.
    pub fn is_accepted(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
}

/// What may be shown of a secret: the parts its portal tells everybody who may see the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// The first characters.
    pub prefix: String,
    /// The last characters, or nothing if they are not known.
    pub suffix: Option<String>,
}

/// An environment. Portals use their own words; four of them have a place and a colour.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Customers are on it.
    Production,
    /// A rehearsal of production.
    Staging,
    /// For automated tests.
    Test,
    /// A developer's own.
    Development,
    /// A word of the portal that maps to none of the four.
    Other(String),
}

impl Environment {
    /// Reads a portal's word; case and the usual abbreviations do not matter.
    pub fn from_word(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "prod" | "production" | "live" => Self::Production,
            "staging" | "stage" | "preprod" | "pre-production" | "uat" => Self::Staging,
            "test" | "testing" | "qa" | "sandbox" => Self::Test,
            "dev" | "development" | "local" => Self::Development,
            _ => Self::Other(word.trim().to_owned()),
        }
    }

    /// The environment told by a secret's prefix, as in `ang_live_…` or `kst_test_…`.
    pub fn from_prefix(prefix: &str) -> Option<Self> {
        let word = prefix.split('_').nth(1)?;
        match Self::from_word(word) {
            Self::Other(_) => None,
            known => Some(known),
        }
    }

    /// The short word Keystow uses: `prod`, `staging`, `test`, `dev`, or the portal's own.
    pub fn word(&self) -> &str {
        match self {
            Self::Production => "prod",
            Self::Staging => "staging",
            Self::Test => "test",
            Self::Development => "dev",
            Self::Other(word) => word,
        }
    }
}

/// What a new key shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Its name, as [`key_name`] returned it.
    pub name: String,
    /// What it may do; never empty.
    pub scopes: Vec<String>,
    /// Its environment in the portal's word, where the portal has environments.
    pub environment: Option<String>,
    /// When it shall end, where the portal lets the caller say.
    pub expires_at: Option<Timestamp>,
    /// The developer app it shall belong to, if it shall.
    pub app: Option<AppId>,
}

/// Why a text cannot be the name of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameError {
    /// Nothing but white space.
    Empty,
    /// More than [`key_name`]'s 100 characters.
    TooLong,
}

/// The name of a key: trimmed, 1 to 100 characters (CreateApiKeyRequest of the DeveloperService contract).
///
/// # Errors
///
/// Says whether the name is empty or too long.
pub fn key_name(text: &str) -> Result<String, NameError> {
    let name = text.trim();
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.chars().count() > 100 {
        return Err(NameError::TooLong);
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn key() -> Key {
        Key {
            id: KeyId::new("key_1"),
            name: "payments-api-prod".into(),
            prefix: "kst_7Qm2".into(),
            suffix: None,
            reported: Reported::Active,
            scopes: vec!["read".into()],
            environment: Some(Environment::Production),
            owner: None,
            created_at: None,
            last_used_at: None,
            expires_at: None,
            rotated_at: None,
            version: None,
            app: None,
            client: None,
            previous: Vec::new(),
        }
    }

    fn old(expires_at: Option<Timestamp>) -> PreviousSecret {
        PreviousSecret { prefix: "kst_4Gd7".into(), suffix: None, expires_at, last_used_at: None }
    }

    #[test]
    fn rotating_wins_over_expiring_soon() {
        let end = NOW.plus(Duration::from_secs(60));
        let key = Key {
            expires_at: Some(NOW.plus(Duration::from_secs(3600))),
            previous: vec![old(Some(end))],
            ..key()
        };
        assert_eq!(key.state(None, NOW), State::Rotating(GraceEnd::At(end)));
        assert_eq!(key.state(None, end), State::ExpiringSoon(NOW.plus(Duration::from_secs(3600))));
    }

    #[test]
    fn a_dead_key_is_never_rotating() {
        let key = Key { reported: Reported::Revoked, previous: vec![old(None)], ..key() };
        assert_eq!(key.state(None, NOW), State::Revoked);
    }

    #[test]
    fn several_old_secrets_rotate_until_the_last_one_ends() {
        let (soon, late) = (NOW.plus(Duration::from_secs(5)), NOW.plus(Duration::from_secs(50)));
        let key = Key { previous: vec![old(Some(late)), old(Some(soon))], ..key() };
        assert_eq!(key.state(None, NOW), State::Rotating(GraceEnd::At(late)));
    }

    #[test]
    fn an_expiry_that_passed_counts_before_the_portal_says_so() {
        let key = Key { expires_at: Some(NOW), ..key() };
        assert_eq!(key.state(None, NOW), State::Expired);
        assert!(!key.is_copyable(NOW));
    }

    #[test]
    fn names_are_counted_in_characters_not_bytes() {
        assert_eq!(key_name(&"ض".repeat(100)).map(|n| n.chars().count()), Ok(100));
        assert_eq!(key_name(&"a".repeat(101)), Err(NameError::TooLong));
        assert_eq!(key_name(" \t "), Err(NameError::Empty));
    }

    #[test]
    fn environments_are_read_off_a_prefix_only_when_known() {
        assert_eq!(Environment::from_prefix("ang_live_abc"), Some(Environment::Production));
        assert_eq!(Environment::from_prefix("ang_xyz_abc"), None);
        assert_eq!(Environment::from_prefix("plain"), None);
    }
}
