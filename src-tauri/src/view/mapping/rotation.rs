//! Rotation.

use keystow_engine::{Check, CheckKind, Engine, Evidence, EvidenceKind, Proof, RotationSight, Stage};

use super::{millis, small, span};
use crate::view::{
    EvidenceName, EvidenceState, EvidenceView, KeyRowView, PreflightName, PreflightView, RotationStage,
    RotationView, RotationWay,
};

impl RotationView {
    /// A rotation as it stands.
    pub(crate) fn of(sight: RotationSight, engine: &Engine) -> Self {
        Self {
            row: KeyRowView::of(sight.row, engine),
            stage: match sight.stage {
                Stage::Ready => RotationStage::Ready,
                Stage::Asking => RotationStage::Asking,
                Stage::Grace => RotationStage::Grace,
                Stage::Ended => RotationStage::Ended,
            },
            course: None,
            ways: vec![RotationWay::InPlace],
            preflight: sight.checks.into_iter().map(Into::into).collect(),
            rotated_at: millis(sight.rotated_at),
            places: sight.places.into_iter().map(Into::into).collect(),
            evidence: sight.evidence.into_iter().map(Into::into).collect(),
            quiet: span(sight.quiet),
            probe: sight.probe.map(Into::into),
            straggler: sight.straggler.map(Into::into),
            read_at: millis(sight.read_at),
            receipt: None,
            next_due: None,
        }
    }
}

impl From<Check> for PreflightView {
    fn from(check: Check) -> Self {
        Self {
            name: match check.kind {
                CheckKind::Vault => PreflightName::Vault,
                CheckKind::Session => PreflightName::Session,
                CheckKind::Clock => PreflightName::Clock,
                CheckKind::Alone => PreflightName::Alone,
            },
            passed: check.trouble.is_none(),
            figure: check.figure,
            error: check.trouble.map(Into::into),
        }
    }
}

impl From<Evidence> for EvidenceView {
    fn from(evidence: Evidence) -> Self {
        Self {
            name: match evidence.kind {
                EvidenceKind::NewAnswers => EvidenceName::NewAnswers,
                EvidenceKind::NewUsed => EvidenceName::NewUsed,
                EvidenceKind::OldQuiet => EvidenceName::OldQuiet,
                EvidenceKind::OldRefused => EvidenceName::OldRefused,
            },
            state: match evidence.proof {
                Proof::Proven => EvidenceState::Proven,
                Proof::NotYet => EvidenceState::NotYet,
                Proof::Later => EvidenceState::Later,
                Proof::NotProvable => EvidenceState::NotProvable,
            },
            calls: evidence.calls.map(small),
            at: millis(evidence.at),
            read_at: millis(evidence.read_at),
        }
    }
}
