//! One key's turn: under which ticket it goes, and what became of it.
//!
//! The journal is the truth about a turn. Its ticket is used once; only a turn that certainly changed
//! nothing gets another one.

use std::time::Duration;

use keystow_domain::{AccountId, KeyId, State};

use crate::engine::Engine;
use crate::store::{Progress, Run};
use crate::{Trouble, words};

/// What became of a turn.
pub(super) enum Outcome {
    /// The new secret is stowed.
    Rotated,
    /// This key was not rotated.
    Failed(Trouble),
    /// It was rotated, and nobody holds the new secret.
    Lost(Trouble),
    /// The outcome is being found out.
    Unknown(Trouble),
    /// The portal asks to come back later; nothing was changed.
    Later(Trouble),
    /// Something that concerns every key; nothing was changed.
    Stopped(Trouble),
}

/// What the journal knows of a turn.
pub(super) enum Trace {
    /// Nothing was sent, or what was sent changed nothing; the ticket for the next try.
    Free(String),
    /// The new secret is stowed.
    Rotated,
    /// The portal rotated it and the secret is lost.
    Lost,
    /// The outcome is being found out.
    Open,
}

/// One key's turn, apart from the run it belongs to.
pub(super) struct Task {
    pub(super) account: AccountId,
    pub(super) run: String,
    pub(super) position: usize,
    pub(super) key: KeyId,
    pub(super) name: String,
    pub(super) grace: Option<Duration>,
}

impl Task {
    pub(super) fn of(run: &Run, position: usize) -> Option<Self> {
        let turn = run.turns.get(position)?;
        Some(Self {
            account: run.account.clone(),
            run: run.id.clone(),
            position,
            key: turn.key.clone(),
            name: turn.name.clone(),
            grace: run.grace(),
        })
    }

    fn ticket(&self, attempt: u32) -> String {
        match attempt {
            0 => format!("bulk:{}:{}", self.run, self.position),
            _ => format!("bulk:{}:{}:{attempt}", self.run, self.position),
        }
    }
}

impl Run {
    /// The grace that is asked for.
    pub(super) fn grace(&self) -> Option<Duration> {
        self.grace_millis.map(|millis| Duration::from_millis(millis.unsigned_abs()))
    }
}

impl Engine {
    /// What the journal and the vault know of a turn. Nothing is asked of the portal.
    pub(super) async fn trace(&self, task: &Task) -> Result<Trace, Trouble> {
        for attempt in 0.. {
            let ticket = task.ticket(attempt);
            let found = self.0.store.by_ticket(task.account.clone(), ticket.clone()).await;
            let Some(entry) = found.map_err(|error| words::store(&error))? else {
                return Ok(Trace::Free(ticket));
            };
            let stowed = self.0.vault.find(&entry.issue.intent.operation).await.map_err(words::vault)?;
            match entry.progress {
                _ if stowed.is_some() => return Ok(Trace::Rotated),
                Progress::Done => return Ok(Trace::Rotated),
                Progress::Lost | Progress::Told => return Ok(Trace::Lost),
                Progress::Intended | Progress::Unknown => return Ok(Trace::Open),
                Progress::Aborted => {}
            }
        }
        Err(words::bulk_gone())
    }

    /// Rotates the key of a turn, unless that was done or begun before.
    pub(super) async fn take_turn(&self, task: &Task) -> Outcome {
        let ticket = match self.trace(task).await {
            Ok(Trace::Free(ticket)) => ticket,
            Ok(Trace::Rotated) => return Outcome::Rotated,
            Ok(Trace::Lost) => return Outcome::Lost(words::secret_lost(&task.name, true)),
            Ok(Trace::Open) => return Outcome::Unknown(words::outcome_unknown(&task.name)),
            Err(trouble) => return Outcome::Stopped(trouble),
        };
        // It may have been rotated by hand since the run was planned.
        let row = self.row(&task.account, &task.key);
        if row.is_ok_and(|row| matches!(row.state, State::Rotating(_))) {
            return Outcome::Failed(words::bulk_rotating(&task.name));
        }
        match self.rotate_in(&task.account, &ticket, &task.key, task.grace).await {
            Ok(_) => Outcome::Rotated,
            Err(trouble) => sorted(trouble),
        }
    }
}

/// What a failed rotation means for its run.
fn sorted(trouble: Trouble) -> Outcome {
    match trouble.code {
        "outcome_unknown" => Outcome::Unknown(trouble),
        "rotation_lost" => Outcome::Lost(trouble),
        "throttled" => Outcome::Later(trouble),
        code if concerns_every_key(code) => Outcome::Stopped(trouble),
        _ => Outcome::Failed(trouble),
    }
}

/// Whether the next key would fail for the same reason: the session, the vault, the disk, the network.
fn concerns_every_key(code: &str) -> bool {
    const COMMON: [&str; 9] = [
        "signed_out",
        "not_signed_in",
        "session_unknown",
        "built_in_down",
        "disk_full",
        "database_failed",
        "no_account",
        "bad_address",
        "clock_unknown",
    ];
    let group = |prefix| code.starts_with(prefix) && code != "portal_garbage";
    COMMON.contains(&code) || ["portal_", "vault_", "keyring_"].into_iter().any(group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keystow_connect::{Cause, Failure, Refusal, RefusalKind};

    fn of_failure(failure: &Failure) -> Outcome {
        sorted(words::failure(failure))
    }

    #[test]
    fn what_concerns_every_key_stops_the_run_and_what_concerns_one_fails_it() {
        for cause in
            [Cause::Dns, Cause::Connect, Cause::Tls, Cause::Timeout, Cause::Server(503), Cause::NotJson]
        {
            assert!(matches!(of_failure(&Failure::NotSent(cause)), Outcome::Stopped(_)), "{cause:?}");
        }
        for kind in
            [RefusalKind::Invalid, RefusalKind::Forbidden, RefusalKind::NotFound, RefusalKind::Conflict]
        {
            let refused = Failure::Refused(Refusal::bare(400, kind));
            assert!(matches!(of_failure(&refused), Outcome::Failed(_)), "{kind:?}");
        }
        let signed_out = Failure::Refused(Refusal::bare(401, RefusalKind::SignedOut));
        assert!(matches!(of_failure(&signed_out), Outcome::Stopped(_)));
        let throttled = Failure::Refused(Refusal::bare(429, RefusalKind::Throttled));
        assert!(matches!(of_failure(&throttled), Outcome::Later(_)));
        assert!(matches!(sorted(words::vault(keystow_vault::VaultError::Locked)), Outcome::Stopped(_)));
        assert!(matches!(sorted(words::outcome_unknown("billing")), Outcome::Unknown(_)));
        assert!(matches!(sorted(words::secret_lost("billing", true)), Outcome::Lost(_)));
        assert!(matches!(sorted(words::key_dead()), Outcome::Failed(_)));
    }
}
