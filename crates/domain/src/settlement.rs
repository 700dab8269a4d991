//! Settling an intent whose call never came back: what happened, judged from what can be seen.
//!
//! Pure and idempotent: the same sight gives the same verdict, so running a recovery twice changes
//! nothing.

use std::time::Duration;

use crate::{Key, KeyId, OperationId, Timestamp};

/// What an intent wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Make a key of this name.
    Create {
        /// The name asked for.
        name: String,
    },
    /// Replace the secret of a key, which looked like this just before the call.
    Rotate {
        /// The key.
        key: KeyId,
        /// Its prefix before the call.
        prefix: String,
        /// Its version before the call, where the portal counts.
        version: Option<u32>,
        /// When it was last rotated before the call, where the portal tells.
        rotated_at: Option<Timestamp>,
    },
}

impl Verb {
    /// Whether it replaces the secret of this key.
    pub fn is_of(&self, id: &KeyId) -> bool {
        matches!(self, Self::Rotate { key, .. } if key == id)
    }
}

/// A call that was about to be made, as the journal kept it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its id, sent as the `Idempotency-Key`.
    pub operation: OperationId,
    /// What it wants.
    pub verb: Verb,
    /// When it was written, in the portal's time as far as its offset was known.
    pub intended_at: Timestamp,
    /// The keys this app knew to exist before the call, to tell a new one from an old one.
    pub known_keys: Vec<KeyId>,
}

/// What could be seen of an open intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting<'a> {
    /// Whether a secret is in the vault under the intent's id.
    pub stowed: bool,
    /// Whether the portal would answer the same call again with the same answer.
    pub replayable: bool,
    /// The portal's keys, or nothing if it could not be asked.
    pub keys: Option<&'a [Key]>,
    /// The public key that the call told the portal, if it told one: nothing else shows its effect.
    pub kid: Option<&'a str>,
    /// How many complete reads showed no change so far, this one included.
    pub quiet_reads: u32,
    /// The time between the first and the last of those reads.
    pub quiet_for: Duration,
}

/// What happened to an intent, and so what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The secret is in the vault: close the journal.
    Finish,
    /// The portal repeats its answer: send the same call again.
    Replay,
    /// The portal made the change and nobody holds the secret; the key that carries it.
    Lost(KeyId),
    /// Nothing happened at the portal.
    Aborted,
    /// It cannot be told yet: look again.
    AskAgain,
}

/// How many reads must agree before a change that is not seen counts as one that did not happen.
const QUIET_READS: u32 = 3;
/// How far apart the first and last of those reads must be, because a list may lag.
const QUIET_FOR: Duration = Duration::from_secs(60);
/// How far a portal's dates may lie before the intent and still belong to it.
const SLACK: Duration = Duration::from_secs(5);

/// Judges an open intent.
pub fn settle(intent: &Intent, seen: &Sighting<'_>) -> Verdict {
    if seen.stowed {
        return Verdict::Finish;
    }
    if seen.replayable {
        return Verdict::Replay;
    }
    let Some(keys) = seen.keys else { return Verdict::AskAgain };
    let effect = match seen.kid {
        Some(kid) => keys.iter().find(|key| has_key(key, kid)),
        None => changed(intent, keys),
    };
    if let Some(key) = effect {
        return Verdict::Lost(key.id.clone());
    }
    if seen.quiet_reads >= QUIET_READS && seen.quiet_for >= QUIET_FOR {
        Verdict::Aborted
    } else {
        Verdict::AskAgain
    }
}

/// Whether the signatures of a client are checked with this public key.
fn has_key(key: &Key, kid: &str) -> bool {
    key.client.iter().flat_map(|client| &client.keys).any(|one| one.kid == kid)
}

/// The key that shows the intent's effect, strongest signal first.
fn changed<'a>(intent: &Intent, keys: &'a [Key]) -> Option<&'a Key> {
    let since = intent.intended_at.minus(SLACK);
    match &intent.verb {
        Verb::Create { name } => keys.iter().find(|key| {
            key.name == *name
                && !intent.known_keys.contains(&key.id)
                && key.created_at.is_none_or(|created| created >= since)
        }),
        Verb::Rotate { key, prefix, version, rotated_at } => keys.iter().find(|now| {
            let counted = matches!((version, now.version), (Some(before), Some(after)) if after > *before);
            let dated = now.rotated_at.is_some_and(|at| at >= since && Some(at) != *rotated_at);
            now.id == *key && (counted || dated || now.prefix != *prefix)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, ClientKey, ClientProof, Reported};

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn key(id: &str, prefix: &str, version: Option<u32>) -> Key {
        Key {
            id: KeyId::new(id),
            name: "billing".into(),
            prefix: prefix.into(),
            suffix: None,
            reported: Reported::Active,
            scopes: vec![],
            environment: None,
            owner: None,
            created_at: Some(NOW),
            last_used_at: None,
            expires_at: None,
            rotated_at: None,
            version,
            app: None,
            client: None,
            previous: vec![],
        }
    }

    fn intent(verb: Verb) -> Intent {
        Intent {
            operation: OperationId::new("op"),
            verb,
            intended_at: NOW,
            known_keys: vec![KeyId::new("key_old")],
        }
    }

    fn rotate() -> Intent {
        intent(Verb::Rotate {
            key: KeyId::new("key_1"),
            prefix: "kst_aaaa".into(),
            version: Some(1),
            rotated_at: None,
        })
    }

    fn seen(keys: Option<&[Key]>) -> Sighting<'_> {
        let (stowed, replayable, kid) = (false, false, None);
        Sighting { stowed, replayable, keys, kid, quiet_reads: 1, quiet_for: Duration::ZERO }
    }

    #[test]
    fn a_stowed_secret_finishes_whatever_the_portal_shows() {
        assert_eq!(settle(&rotate(), &Sighting { stowed: true, ..seen(None) }), Verdict::Finish);
    }

    #[test]
    fn a_portal_that_repeats_its_answer_is_asked_for_it() {
        assert_eq!(settle(&rotate(), &Sighting { replayable: true, ..seen(None) }), Verdict::Replay);
    }

    #[test]
    fn a_counted_rotation_without_a_secret_is_lost() {
        let keys = [key("key_1", "kst_aaaa", Some(2))];
        assert_eq!(settle(&rotate(), &seen(Some(&keys))), Verdict::Lost(KeyId::new("key_1")));
    }

    #[test]
    fn a_changed_prefix_alone_tells_a_lost_rotation() {
        let keys = [key("key_1", "kst_bbbb", None)];
        assert_eq!(settle(&rotate(), &seen(Some(&keys))), Verdict::Lost(KeyId::new("key_1")));
    }

    #[test]
    fn nothing_is_called_aborted_before_three_reads_over_a_minute() {
        let keys = [key("key_1", "kst_aaaa", Some(1))];
        let quiet = |reads, secs| Sighting {
            quiet_reads: reads,
            quiet_for: Duration::from_secs(secs),
            ..seen(Some(&keys))
        };
        assert_eq!(settle(&rotate(), &quiet(3, 59)), Verdict::AskAgain);
        assert_eq!(settle(&rotate(), &quiet(2, 90)), Verdict::AskAgain);
        assert_eq!(settle(&rotate(), &quiet(3, 60)), Verdict::Aborted);
    }

    #[test]
    fn a_lost_create_is_told_from_an_older_key_of_the_same_name() {
        let create = intent(Verb::Create { name: "billing".into() });
        let old = [key("key_old", "kst_aaaa", None)];
        assert_eq!(settle(&create, &seen(Some(&old))), Verdict::AskAgain);
        let both = [key("key_old", "kst_aaaa", None), key("key_new", "kst_bbbb", None)];
        assert_eq!(settle(&create, &seen(Some(&both))), Verdict::Lost(KeyId::new("key_new")));
    }

    #[test]
    fn a_public_key_that_was_told_is_looked_for_and_not_what_else_changed() {
        let signs = |kid: &str| Key {
            client: Some(Box::new(Client {
                proof: ClientProof::Signature,
                redirect_uris: vec![],
                keys: vec![ClientKey {
                    kid: kid.into(),
                    algorithm: "EdDSA".into(),
                    added_at: None,
                    last_used_at: None,
                }],
            })),
            ..key("key_1", "other", Some(2))
        };
        let judged = |kid: &str| {
            let keys = [signs(kid)];
            settle(&rotate(), &Sighting { kid: Some("mine"), ..seen(Some(&keys)) })
        };
        assert_eq!(judged("mine"), Verdict::Lost(KeyId::new("key_1")));
        assert_eq!(judged("somebody else's"), Verdict::AskAgain);
    }

    #[test]
    fn an_unreachable_portal_is_asked_again() {
        assert_eq!(settle(&rotate(), &seen(None)), Verdict::AskAgain);
    }
}
