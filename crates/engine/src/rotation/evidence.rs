//! What is proven of a rotation, rung by rung.
//!
//! Nothing is called proven that was not seen, what a portal cannot show is said to be so, and what was
//! not looked at lately proves nothing about the time since. Trials from here never count as traffic.

use std::time::Duration;

use keystow_domain::{GraceEnd, Timestamp};

use super::Stage;
use crate::store::Tried;

/// Before the end of a grace, what still uses the old secret has at least so long to be found.
const LAST_STRETCH: Duration = Duration::from_secs(5 * 60);
/// A key may have months to its own end; only the last day of them is near it.
const LAST_DAY: Duration = Duration::from_secs(24 * 3600);
/// How much later than a trial from here a use must be to be another one's.
const SLACK: Duration = Duration::from_secs(5);

/// One rung of the evidence ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Which rung.
    pub kind: EvidenceKind,
    /// How far it is proven.
    pub proof: Proof,
    /// Calls that belong to it; those on an old secret are counted in whole hours.
    pub calls: Option<u64>,
    /// The last of them, or when it was tried.
    pub at: Option<Timestamp>,
    /// When what it rests on was read.
    pub read_at: Option<Timestamp>,
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

/// An old secret that is still used although its end is near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Straggler {
    /// When a call last carried it, where the portal tells.
    pub last_used_at: Option<Timestamp>,
    /// Calls that carried it since the rotation, in whole hours, where the portal counts them apart.
    pub calls: Option<u64>,
    /// When it ends, as far as it is known.
    pub ends_at: Option<Timestamp>,
}

/// What is known about the proof of a rotation.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) straggler: Option<Straggler>,
}

impl Standing {
    /// The same before a portal has said what it can: nothing is called impossible there.
    pub(crate) fn undecided(mut self) -> Self {
        for rung in &mut self.evidence {
            if rung.proof == Proof::NotProvable {
                rung.proof = Proof::NotYet;
            }
        }
        self
    }
}

/// Everything that the ladder rests on. Instants are the portal's but for those named `read_at`.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) stage: Stage,
    /// When the new secret was issued.
    pub(crate) since: Timestamp,
    pub(crate) now: Timestamp,
    /// When the old secret ends, while it is accepted.
    pub(crate) end: Option<GraceEnd>,
    /// Whether the old secret belongs to another key.
    pub(crate) apart: bool,
    pub(crate) quiet: Duration,
    /// Whether there is a way to try the secret, and the secret is here.
    pub(crate) can_try_new: bool,
    pub(crate) can_try_old: bool,
    pub(crate) new_tried: Tried,
    pub(crate) old_tried: Tried,
    /// What the portal tells of last uses, if it does.
    pub(crate) uses: Option<Uses>,
    /// What the portal counts, if it tells the secrets apart.
    pub(crate) counts: Option<Counts>,
}

/// Last uses as the portal told them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uses {
    /// When the new secret was last used, where it has a key of its own.
    pub(crate) new_last: Option<Timestamp>,
    /// When the old secret was last used.
    pub(crate) old_last: Option<Timestamp>,
    /// Up to when this holds.
    pub(crate) until: Timestamp,
    pub(crate) read_at: Timestamp,
}

/// Calls since the hour of the rotation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) new: u64,
    pub(crate) old: u64,
    /// The end of the last hour with calls on the old secret.
    pub(crate) old_before: Option<Timestamp>,
    /// The same, but of an hour that began after the rotation.
    pub(crate) old_after: Option<Timestamp>,
    /// Up to when this holds.
    pub(crate) until: Timestamp,
    pub(crate) read_at: Timestamp,
}

impl Facts {
    /// The ladder, from the first rung up.
    pub(crate) fn rungs(&self) -> Vec<Evidence> {
        vec![self.new_answers(), self.new_used(), self.old_quiet(), self.old_refused()]
    }

    fn new_answers(&self) -> Evidence {
        let Tried { accepted, at, .. } = self.new_tried;
        let proof = match accepted {
            Some(true) => Proof::Proven,
            None if !self.can_try_new => Proof::NotProvable,
            Some(false) | None => Proof::NotYet,
        };
        Evidence { kind: EvidenceKind::NewAnswers, proof, calls: None, at, read_at: at }
    }

    fn new_used(&self) -> Evidence {
        let rung =
            |proof, calls, at, read_at| Evidence { kind: EvidenceKind::NewUsed, proof, calls, at, read_at };
        let seen = |yes: bool| if yes { Proof::Proven } else { Proof::NotYet };
        let new_last = self.uses.filter(|_| self.apart).and_then(|uses| uses.new_last);
        match (self.counts, self.uses) {
            (Some(counts), _) => {
                let calls = counts.new.saturating_sub(self.new_tried.calls);
                rung(seen(calls > 0), Some(calls), new_last, Some(counts.read_at))
            }
            (None, Some(uses)) if self.apart => {
                let ours = self.new_tried.last_call_at.map(|at| at.plus(SLACK));
                let used = new_last.filter(|last| *last > self.since && ours.is_none_or(|ours| *last > ours));
                rung(seen(used.is_some()), None, used, Some(uses.read_at))
            }
            _ => rung(Proof::NotProvable, None, None, None),
        }
    }

    fn old_quiet(&self) -> Evidence {
        let rung = |proof, at, read_at| {
            let calls = self.counts.map(|counts| counts.old);
            Evidence { kind: EvidenceKind::OldQuiet, proof, calls, at, read_at }
        };
        if self.stage == Stage::Ended {
            // What ended is quiet from then on; whether it was before is not known any more.
            return Evidence { calls: None, ..rung(Proof::NotProvable, None, None) };
        }
        let (last, until, read_at) = match (self.uses, self.counts) {
            (Some(uses), _) => (uses.old_last, uses.until, uses.read_at),
            (None, Some(counts)) => (counts.old_before, counts.until, counts.read_at),
            (None, None) => return rung(Proof::NotProvable, None, None),
        };
        let quiet = until.since(last.unwrap_or(self.since).max(self.since)) >= self.quiet;
        let proof = if quiet { Proof::Proven } else { Proof::NotYet };
        rung(proof, self.uses.and_then(|uses| uses.old_last), Some(read_at))
    }

    fn old_refused(&self) -> Evidence {
        let Tried { accepted, at, .. } = self.old_tried;
        let proof = match (self.stage, accepted) {
            (Stage::Ended, Some(false)) => Proof::Proven,
            (Stage::Ended, Some(true)) => Proof::NotYet,
            _ if !self.can_try_old => Proof::NotProvable,
            (Stage::Ended, None) => Proof::NotYet,
            _ => Proof::Later,
        };
        let at = at.filter(|_| self.stage == Stage::Ended);
        Evidence { kind: EvidenceKind::OldRefused, proof, calls: None, at, read_at: at }
    }

    /// Whether the old secret is still used although its end is near. An end that nobody told may always
    /// be near; a second key without an end ends only when the person says so.
    pub(crate) fn straggler(&self) -> Option<Straggler> {
        let end = self.end.filter(|_| self.stage == Stage::Grace)?;
        let told = self.uses.and_then(|uses| uses.old_last);
        let last = match self.uses {
            Some(_) => told,
            None => self.counts.and_then(|counts| counts.old_after),
        };
        let last = last.filter(|last| *last > self.since)?;
        let stretch = last_stretch(end, self.since, self.apart);
        let lately = self.now.since(last) < self.quiet;
        let late = match stretch {
            Some(begins) => begins <= self.now && (begins <= last || lately),
            None => !self.apart && lately,
        };
        late.then(|| Straggler {
            last_used_at: told,
            calls: self.counts.map(|counts| counts.old),
            ends_at: end.deadline(),
        })
    }
}

/// When the last stretch before an end begins: its last fifth, or its last five minutes if that is more.
pub(crate) fn last_stretch(end: GraceEnd, since: Timestamp, apart: bool) -> Option<Timestamp> {
    let end = end.deadline()?;
    let fifth = end.since(since) / 5;
    let stretch = if apart { fifth.min(LAST_DAY) } else { fifth };
    Some(end.minus(stretch.max(LAST_STRETCH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINCE: Timestamp = Timestamp::from_secs(1_800_000_000);
    const HOUR: Duration = Duration::from_secs(3600);
    const MINUTE: Duration = Duration::from_secs(60);

    fn after(duration: Duration) -> Timestamp {
        SINCE.plus(duration)
    }

    /// An hour of grace, of which `passed` is over; the portal tells last uses.
    fn facts(passed: Duration, old_last: Option<Timestamp>) -> Facts {
        let now = after(passed);
        Facts {
            stage: Stage::Grace,
            since: SINCE,
            now,
            end: Some(GraceEnd::At(after(HOUR))),
            apart: false,
            quiet: MINUTE * 15,
            can_try_new: true,
            can_try_old: true,
            new_tried: Tried::default(),
            old_tried: Tried::default(),
            uses: Some(Uses { new_last: None, old_last, until: now, read_at: now }),
            counts: None,
        }
    }

    fn counts(new: u64, old: u64, old_before: Option<Timestamp>, until: Timestamp) -> Option<Counts> {
        let old_after = old_before.filter(|end| *end > after(HOUR));
        Some(Counts { new, old, old_before, old_after, until, read_at: until })
    }

    fn proofs(facts: &Facts) -> [Proof; 4] {
        let proofs: Vec<Proof> = facts.rungs().iter().map(|rung| rung.proof).collect();
        proofs.try_into().unwrap()
    }

    #[test]
    fn nothing_is_proven_by_time_alone() {
        use Proof::{Later, NotProvable, NotYet};
        let silent = Facts { uses: None, ..facts(HOUR / 2, None) };
        assert_eq!(proofs(&silent), [NotYet, NotProvable, NotProvable, Later]);
        let without = Facts { can_try_new: false, can_try_old: false, ..silent };
        assert_eq!(proofs(&without), [NotProvable; 4]);
    }

    #[test]
    fn trials_from_here_are_no_traffic() {
        let tried = |calls| Tried { calls, ..Tried::default() };
        let seen = |new, calls| {
            let counts = counts(new, 0, None, after(MINUTE));
            let facts = Facts { new_tried: tried(calls), counts, ..facts(MINUTE, None) };
            (facts.rungs()[1].proof, facts.rungs()[1].calls)
        };
        assert_eq!(seen(2, 2), (Proof::NotYet, Some(0)));
        assert_eq!(seen(3, 2), (Proof::Proven, Some(1)));
        assert_eq!(seen(1, 2), (Proof::NotYet, Some(0)), "counts that lag behind are not negative");
    }

    #[test]
    fn a_second_keys_use_counts_unless_it_was_the_trial() {
        let seen = |last, tried| {
            let mut facts = Facts { apart: true, ..facts(HOUR, None) };
            facts.new_tried.last_call_at = tried;
            facts.uses.as_mut().unwrap().new_last = last;
            facts.rungs()[1].proof
        };
        assert_eq!(seen(None, None), Proof::NotYet);
        assert_eq!(seen(Some(after(MINUTE)), None), Proof::Proven);
        assert_eq!(seen(Some(after(MINUTE)), Some(after(MINUTE))), Proof::NotYet);
        assert_eq!(seen(Some(after(MINUTE * 2)), Some(after(MINUTE))), Proof::Proven);
    }

    #[test]
    fn quiet_is_counted_from_the_last_use_to_the_last_look() {
        let quiet = |facts: &Facts| facts.rungs()[2].proof;
        assert_eq!(quiet(&facts(MINUTE * 14, None)), Proof::NotYet);
        assert_eq!(quiet(&facts(MINUTE * 15, None)), Proof::Proven);
        assert_eq!(quiet(&facts(MINUTE * 24, Some(after(MINUTE * 10)))), Proof::NotYet);
        assert_eq!(quiet(&facts(MINUTE * 25, Some(after(MINUTE * 10)))), Proof::Proven);
        let mut stale = facts(MINUTE * 40, None);
        stale.uses.as_mut().unwrap().until = after(MINUTE * 5);
        assert_eq!(quiet(&stale), Proof::NotYet, "nobody looked for 35 minutes");
        let chosen = Facts { quiet: HOUR, ..facts(MINUTE * 25, None) };
        assert_eq!(quiet(&chosen), Proof::NotYet);
    }

    #[test]
    fn an_hour_with_calls_is_not_quiet_before_its_end() {
        let counted = |until, before| {
            let facts =
                Facts { uses: None, counts: counts(0, 7, Some(before), until), ..facts(HOUR * 3, None) };
            (facts.rungs()[2].proof, facts.rungs()[2].calls, facts.rungs()[2].at)
        };
        assert_eq!(counted(after(HOUR * 2), after(HOUR * 2)), (Proof::NotYet, Some(7), None));
        assert_eq!(counted(after(HOUR * 3), after(HOUR * 2)).0, Proof::Proven);
    }

    #[test]
    fn a_refusal_is_proven_after_the_end_and_only_by_a_trial() {
        let tried = |accepted| {
            let old_tried = Tried { accepted, at: Some(after(HOUR)), ..Tried::default() };
            Facts { stage: Stage::Ended, end: None, old_tried, ..facts(HOUR, None) }.rungs()[3].proof
        };
        assert_eq!(tried(None), Proof::NotYet);
        assert_eq!(tried(Some(true)), Proof::NotYet);
        assert_eq!(tried(Some(false)), Proof::Proven);
    }

    #[test]
    fn an_old_secret_that_is_used_in_the_last_stretch_is_a_straggler() {
        let late = |passed, last| facts(passed, Some(after(last))).straggler().is_some();
        assert!(!late(MINUTE * 47, MINUTE * 46), "the last fifth of an hour begins at its 48th minute");
        assert!(late(MINUTE * 48, MINUTE * 46), "it was used a moment ago");
        assert!(late(MINUTE * 59, MINUTE * 48), "it was used in the last stretch");
        assert!(!late(MINUTE * 50, MINUTE * 30));
        assert_eq!(facts(MINUTE * 59, Some(SINCE)).straggler(), None, "not since the rotation");
        assert_eq!(facts(MINUTE * 59, None).straggler(), None);
    }

    #[test]
    fn an_end_that_nobody_told_may_be_near_and_one_that_the_person_decides_is_not() {
        let unknown = Facts { end: Some(GraceEnd::Unknown), ..facts(HOUR, Some(after(MINUTE * 50))) };
        let straggler = unknown.straggler().unwrap();
        assert_eq!((straggler.last_used_at, straggler.ends_at), (Some(after(MINUTE * 50)), None));
        assert_eq!(Facts { apart: true, ..unknown.clone() }.straggler(), None);
        assert_eq!(Facts { now: after(HOUR * 2), ..unknown }.straggler(), None, "it is quiet by now");
        let far = GraceEnd::At(after(HOUR * 24 * 90));
        let second = Facts { apart: true, end: Some(far), ..facts(HOUR * 24 * 88, None) };
        assert_eq!(last_stretch(far, SINCE, true), Some(after(HOUR * 24 * 89)));
        assert_eq!(second.straggler(), None);
    }
}
