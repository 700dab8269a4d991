//! Many rotations in one go.

use keystow_domain::{RunState, TurnState};
use keystow_engine::{BulkSight, BulkTurn, KeptTrouble};

use super::{millis, shown, span, visible};
use crate::error::CommandError;
use crate::view::{BulkItemState, BulkItemView, BulkState, BulkView, KeyRef};

impl From<BulkSight> for BulkView {
    fn from(run: BulkSight) -> Self {
        Self {
            id: run.id,
            state: match run.state {
                RunState::Planned => BulkState::Planned,
                RunState::Running => BulkState::Running,
                RunState::Paused => BulkState::Paused,
                RunState::Halted => BulkState::Halted,
                RunState::Done => BulkState::Done,
            },
            why: run.why.map(Into::into),
            items: run.turns.into_iter().map(Into::into).collect(),
            at_once: run.at_once,
            stop_on_error: run.stop_on_error,
            grace: run.grace.map(span),
            waits_until: millis(run.waits_until),
            started_at: millis(run.started_at),
            ended_at: millis(run.ended_at),
        }
    }
}

impl From<BulkTurn> for BulkItemView {
    fn from(turn: BulkTurn) -> Self {
        Self {
            key: KeyRef { id: turn.key.as_str().to_owned(), name: shown(&turn.name) },
            state: match turn.state {
                TurnState::Waiting => BulkItemState::Waiting,
                TurnState::Running => BulkItemState::Running,
                TurnState::Done => BulkItemState::Done,
                TurnState::Failed => BulkItemState::Failed,
                TurnState::Unknown => BulkItemState::Unknown,
                TurnState::Skipped => BulkItemState::Skipped,
            },
            at: millis(turn.at),
            ends_at: millis(turn.ends_at),
            error: turn.trouble.map(Into::into),
        }
    }
}

impl From<KeptTrouble> for CommandError {
    fn from(trouble: KeptTrouble) -> Self {
        Self {
            code: trouble.code,
            message: visible(&trouble.message),
            meaning: visible(&trouble.meaning),
            remedy: visible(&trouble.remedy),
            facts: trouble.facts.into_iter().map(|(name, fact)| (name, shown(&fact))).collect(),
            retry_at: trouble.retry_at,
            fields: None,
        }
    }
}
