//! Runs over many keys: which key is next, and when a run stops, without a portal or a disk.
//!
//! A key has at most one turn that sends something. While the outcome of one rotation is not known no
//! other one is begun: what swallowed one answer may swallow the next, and with it a secret.

use crate::State;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Planned, and never started.
    Planned,
    /// Keys are being rotated.
    Running,
    /// The person, a closed app or something that concerns every key stopped it for now.
    Paused,
    /// The failure of one key stopped it.
    Halted,
    /// Every key had its turn, or the person ended it.
    Done,
}

impl RunState {
    /// Whether it was begun and not ended, so that another run has to wait.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Halted)
    }
}

/// Where one key of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnState {
    /// Its turn has not come.
    Waiting,
    /// It is being rotated.
    Running,
    /// Its new secret is stowed.
    Done,
    /// It was not rotated, or it was and nobody holds the new secret.
    Failed,
    /// The outcome is being found out.
    Unknown,
    /// It was refused when the run was planned, or the run ended before its turn.
    Skipped,
}

impl TurnState {
    /// Whether something was begun whose end is not known yet.
    pub fn is_in_flight(self) -> bool {
        matches!(self, Self::Running | Self::Unknown)
    }
}

/// What a run does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The turn of the key at this position begins.
    Begin(usize),
    /// Nothing, until something that is in flight ends or the portal listens again.
    Wait,
    /// Nothing at all, until the person says so.
    Rest,
    /// Every key had its turn.
    End,
}

/// What a run in `state` does next, when `at_once` keys may rotate at the same time. `held` is whether
/// the portal asked to wait.
pub fn next(state: RunState, turns: &[TurnState], at_once: usize, held: bool) -> Next {
    let in_flight = turns.iter().any(|turn| turn.is_in_flight());
    let idle = if in_flight { Next::Wait } else { Next::Rest };
    match state {
        RunState::Planned | RunState::Done => Next::Rest,
        RunState::Paused | RunState::Halted => idle,
        RunState::Running => {
            let Some(first) = turns.iter().position(|turn| *turn == TurnState::Waiting) else {
                return if in_flight { Next::Wait } else { Next::End };
            };
            let running = turns.iter().filter(|turn| **turn == TurnState::Running).count();
            let unknown = turns.contains(&TurnState::Unknown);
            if held || unknown || running >= at_once { Next::Wait } else { Next::Begin(first) }
        }
    }
}

/// Why a key cannot be part of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is expired or revoked.
    Dead,
    /// An old secret of it is still accepted: rotating again could end that one early.
    Rotating,
    /// It waits for an approval or is switched off.
    Inactive,
    /// Its portal uses this word for it, which the app does not know.
    Unclear(String),
}

/// Why a key in this state cannot be part of a run; nothing if it can.
pub fn unfit(state: &State) -> Option<Unfit> {
    match state {
        State::Active | State::ExpiringSoon(_) => None,
        State::Rotating(_) => Some(Unfit::Rotating),
        State::Expired | State::Revoked => Some(Unfit::Dead),
        State::Pending | State::Suspended => Some(Unfit::Inactive),
        State::Unknown(word) => Some(Unfit::Unclear(word.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TurnState::{Done, Failed, Running, Skipped, Unknown, Waiting};

    fn running(turns: &[TurnState], at_once: usize) -> Next {
        next(RunState::Running, turns, at_once, false)
    }

    #[test]
    fn turns_come_in_order_and_no_more_at_once_than_allowed() {
        assert_eq!(running(&[Done, Failed, Skipped, Waiting, Waiting], 2), Next::Begin(3));
        assert_eq!(running(&[Done, Running, Waiting, Waiting], 2), Next::Begin(2));
        assert_eq!(running(&[Done, Running, Running, Waiting], 2), Next::Wait);
    }

    #[test]
    fn an_outcome_that_is_not_known_holds_every_other_turn_back() {
        assert_eq!(running(&[Unknown, Waiting], 8), Next::Wait);
        assert_eq!(running(&[Failed, Waiting], 8), Next::Begin(1));
    }

    #[test]
    fn a_portal_that_asks_to_wait_is_waited_for() {
        assert_eq!(next(RunState::Running, &[Done, Waiting], 8, true), Next::Wait);
    }

    #[test]
    fn a_run_ends_when_nothing_waits_and_nothing_is_in_flight() {
        assert_eq!(running(&[Done, Failed, Skipped], 1), Next::End);
        assert_eq!(running(&[Done, Unknown], 1), Next::Wait);
        assert_eq!(running(&[Done, Running], 1), Next::Wait);
        assert_eq!(running(&[], 1), Next::End);
    }

    #[test]
    fn a_run_that_stands_still_begins_nothing_and_lets_what_was_begun_end() {
        for state in [RunState::Planned, RunState::Paused, RunState::Halted, RunState::Done] {
            assert_eq!(next(state, &[Done, Waiting], 8, false), Next::Rest, "{state:?}");
        }
        for state in [RunState::Paused, RunState::Halted] {
            assert_eq!(next(state, &[Running, Waiting], 8, false), Next::Wait, "{state:?}");
            assert_eq!(next(state, &[Unknown, Waiting], 8, false), Next::Wait, "{state:?}");
        }
    }

    #[test]
    fn only_a_key_that_is_accepted_and_has_one_secret_can_be_part_of_a_run() {
        assert_eq!(unfit(&State::Active), None);
        assert_eq!(unfit(&State::Rotating(crate::GraceEnd::Unknown)), Some(Unfit::Rotating));
        assert_eq!(unfit(&State::Revoked), Some(Unfit::Dead));
        assert_eq!(unfit(&State::Suspended), Some(Unfit::Inactive));
        assert_eq!(unfit(&State::Unknown("odd".into())), Some(Unfit::Unclear("odd".into())));
    }
}
