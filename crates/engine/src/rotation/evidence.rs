//! What is proven of a rotation, rung by rung.
//!
//! Nothing is called proven that was not seen, and what a portal cannot show is said to be so.

use std::time::Duration;

use keystow_domain::{AccountId, Grouping, KeyId, Resolution, State, Timestamp, UsageQuery};

use super::Stage;
use crate::engine::Engine;
use crate::events::Event;
use crate::list::Row;
use crate::session::ask;
use crate::{Trouble, words};

/// How long the old secret must be unused to count as quiet.
const QUIET: Duration = Duration::from_secs(15 * 60);

/// One rung of the evidence ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Which rung.
    pub kind: EvidenceKind,
    /// How far it is proven.
    pub proof: Proof,
    /// Calls that belong to it.
    pub calls: Option<u64>,
    /// The last of them, or when it was tried.
    pub at: Option<Timestamp>,
}

/// The rungs of the evidence ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceKind {
    /// The new secret answers.
    NewAnswers,
    /// The portal shows traffic on the new secret.
    NewUsed,
    /// The portal shows no traffic on the old secret for a while.
    OldQuiet,
    /// The old secret is refused.
    OldRefused,
}

/// How far a rung is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Seen.
    Proven,
    /// Not seen so far.
    NotYet,
    /// Can only be seen after the end.
    Later,
    /// This portal cannot show it.
    NotProvable,
}

/// The last trials of a key's secrets, in memory only.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tried {
    /// When the new secret was accepted.
    new_accepted: Option<Timestamp>,
    /// When the old secret was refused.
    old_refused: Option<Timestamp>,
}

impl Engine {
    pub(super) async fn evidence(
        &self,
        account: &AccountId,
        row: &Row,
        stage: Stage,
        since: Timestamp,
    ) -> Vec<Evidence> {
        let tried = self.tried(account, &row.key.id);
        let now = self.portal_now(account);
        let (new_calls, old_calls) = self.calls_by_secret(account, row, since).await;
        let rung = |kind, proof, calls, at| Evidence { kind, proof, calls, at };
        let seen = |yes: bool| if yes { Proof::Proven } else { Proof::NotYet };
        let new_used = match new_calls {
            Some(calls) => rung(EvidenceKind::NewUsed, seen(calls > 0), Some(calls), None),
            None => rung(EvidenceKind::NewUsed, Proof::NotProvable, None, None),
        };
        let old_last = row.old.iter().filter_map(|old| old.last_used_at).max();
        let reported = !row.key.previous.is_empty();
        let old_quiet = match (stage, reported || old_calls.is_some()) {
            // What ended is quiet from then on; whether it was before is not known any more.
            (Stage::Ended, _) => rung(EvidenceKind::OldQuiet, Proof::NotProvable, None, None),
            (_, false) => rung(EvidenceKind::OldQuiet, Proof::NotProvable, None, None),
            (_, true) => {
                let quiet_since = old_last.unwrap_or(since).max(since);
                let quiet = now.since(quiet_since) >= QUIET;
                // Calls are counted by the hour, and that of the rotation is shared: no number is exact.
                rung(EvidenceKind::OldQuiet, seen(quiet), None, old_last)
            }
        };
        let refused = match (stage, tried.old_refused) {
            (_, Some(at)) => rung(EvidenceKind::OldRefused, Proof::Proven, None, Some(at)),
            (Stage::Ended, None) => rung(EvidenceKind::OldRefused, Proof::NotYet, None, None),
            _ => rung(EvidenceKind::OldRefused, Proof::Later, None, None),
        };
        let answers = tried.new_accepted;
        vec![
            rung(EvidenceKind::NewAnswers, seen(answers.is_some()), None, answers),
            new_used,
            old_quiet,
            refused,
        ]
    }

    /// Calls on the new and on the old secrets since the rotation, where the portal tells them apart.
    async fn calls_by_secret(
        &self,
        account: &AccountId,
        row: &Row,
        since: Timestamp,
    ) -> (Option<u64>, Option<u64>) {
        let Ok(known) = self.known(account) else { return (None, None) };
        if !known.abilities.is_some_and(|abilities| abilities.usage_by_secret) {
            return (None, None);
        }
        const HOUR: i64 = 3600;
        let query = UsageQuery {
            from: Timestamp::from_secs(since.as_secs().div_euclid(HOUR) * HOUR),
            to: Timestamp::from_secs((self.portal_now(account).as_secs().div_euclid(HOUR) + 1) * HOUR),
            resolution: Resolution::Hour,
            key: Some(row.key.id.clone()),
            grouping: Grouping::Secret,
        };
        let read =
            async { Ok::<_, Trouble>(ask!(self, account, |portal, token| portal.usage(token, &query))) };
        let Ok(Ok(usage)) = read.await else { return (None, None) };
        let sum = |new: bool| {
            let series = usage.series.iter().filter(|series| (series.group == row.key.prefix) == new);
            Some(series.flat_map(|series| &series.buckets).map(|bucket| bucket.requests).sum())
        };
        (sum(true), sum(false))
    }

    fn tried(&self, account: &AccountId, key: &KeyId) -> Tried {
        self.state().tried.get(&(account.clone(), key.clone())).copied().unwrap_or_default()
    }

    /// Tries the new secret at the portal's own check, and the old one once it has ended. Each trial is
    /// a call like any other: the portal counts it.
    ///
    /// # Errors
    ///
    /// Fails if the portal has no such check, there is no secret here, or it could not be asked.
    pub async fn probe(&self, key: &KeyId) -> Result<(), Trouble> {
        let account = self.current_account()?;
        let gateway = self.known(&account)?.abilities.and_then(|abilities| abilities.gateway);
        let gateway = gateway.ok_or_else(words::not_offered)?;
        let (new, old) = self.secrets_to_try(&account, key)?;
        let portal = self.portal(&account)?;
        let now = self.now();
        let mut tried = self.tried(&account, key);
        if let Some(operation) = new {
            let secret = self.0.vault.reveal_to_request(&operation).await.map_err(words::vault)?;
            let answer = portal.probe(&gateway, &secret).await.map_err(|failure| words::failure(&failure))?;
            // Only a yes and a no say something about the secret; a busy portal says nothing.
            match answer.status {
                200..300 => tried.new_accepted = Some(now),
                401 => tried.new_accepted = None,
                _ => {}
            }
        }
        if let Some(operation) = old {
            let secret = self.0.vault.reveal_to_request(&operation).await.map_err(words::vault)?;
            let answer = portal.probe(&gateway, &secret).await.map_err(|failure| words::failure(&failure))?;
            match answer.status {
                401 => tried.old_refused = Some(now),
                200..300 => tried.old_refused = None,
                _ => {}
            }
        }
        self.state().tried.insert((account, key.clone()), tried);
        self.tell(Event::Rotation(key.clone()));
        Ok(())
    }

    /// The vault's records of the current secret, and of the one before it once that has ended.
    fn secrets_to_try(
        &self,
        account: &AccountId,
        key: &KeyId,
    ) -> Result<(Option<keystow_domain::OperationId>, Option<keystow_domain::OperationId>), Trouble> {
        let now = self.portal_now(account);
        let state = self.state();
        let listing = state.listings.get(account).ok_or_else(words::no_account)?;
        let found = listing.key(key).ok_or_else(words::unknown_key)?;
        let current = listing.current_secret(found).map(|stowed| stowed.operation.clone());
        let rotating = matches!(found.state(listing.graces.get(key), now), State::Rotating(_));
        let before = listing.stowed.get(key).and_then(|all| {
            all.iter().map(|stowed| &stowed.operation).find(|operation| Some(*operation) != current.as_ref())
        });
        let before = before.filter(|_| !rotating).cloned();
        if current.is_none() && before.is_none() {
            return Err(words::no_secret());
        }
        Ok((current, before))
    }
}
