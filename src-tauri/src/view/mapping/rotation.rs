//! Rotation.

use std::time::Duration;

use keystow_domain::{Course, KeyId, Mask, Reason, Way};
use keystow_engine::{
    Check, CheckKind, Choice, Engine, Evidence, EvidenceKind, Proof, Receipt, RotationSight, Stage, Wish,
};

use super::{millis, shown, small, span};
use crate::view::{
    CourseInput, CourseView, EvidenceName, EvidenceState, EvidenceView, KeyRef, KeyRowView, MaskView,
    PreflightName, PreflightView, ReceiptView, RotateInput, RotationReason, RotationStage, RotationView,
    RotationWay,
};

impl CourseInput {
    /// What the person chose.
    pub(crate) fn choice(&self, key: KeyId) -> Choice {
        Choice { key, reason: self.reason.into(), way: self.way.into(), longest_job: job(self.longest_job) }
    }
}

impl RotateInput {
    /// What the person wants.
    pub(crate) fn wish(&self, key: KeyId, ticket: String) -> Wish {
        Wish {
            ticket,
            key,
            reason: self.reason.into(),
            way: self.way.into(),
            grace: self.grace.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0))),
            longest_job: job(self.longest_job),
            again: self.again,
            // Longer names are refused by the engine, so they arrive long enough for that.
            successor: self.successor.as_ref().map(|name| name.chars().take(4096).collect()),
        }
    }
}

/// A job's length; none is none.
fn job(millis: Option<i64>) -> Option<Duration> {
    millis.and_then(|millis| u64::try_from(millis).ok()).filter(|&job| job > 0).map(Duration::from_millis)
}

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
            course: sight.course.map(Into::into),
            ways: sight.ways.into_iter().map(Into::into).collect(),
            preflight: sight.checks.into_iter().map(Into::into).collect(),
            rotated_at: millis(sight.rotated_at),
            places: sight.places.into_iter().map(Into::into).collect(),
            evidence: sight.evidence.into_iter().map(Into::into).collect(),
            quiet: span(sight.quiet),
            probe: sight.probe.map(Into::into),
            straggler: sight.straggler.map(Into::into),
            read_at: millis(sight.read_at),
            receipt: sight.receipt.map(Into::into),
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
                CheckKind::Elsewhere => PreflightName::Elsewhere,
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

impl From<Course> for CourseView {
    fn from(course: Course) -> Self {
        let old_key = course
            .has_two_keys()
            .then(|| KeyRef { id: course.key.as_str().to_owned(), name: shown(&course.name) });
        Self {
            id: course.id.as_str().to_owned(),
            reason: course.reason.into(),
            way: course.way.into(),
            longest_job: course.longest_job.map(span),
            opened_at: course.opened_at.as_millis(),
            old_key,
        }
    }
}

impl From<Receipt> for ReceiptView {
    fn from(receipt: Receipt) -> Self {
        Self {
            id: receipt.id.as_str().to_owned(),
            reason: receipt.reason.into(),
            way: receipt.way.into(),
            actor: receipt.actor.as_deref().map(shown),
            opened_at: receipt.opened_at.as_millis(),
            rotated_at: receipt.rotated_at.as_millis(),
            ended_at: millis(receipt.ended_at),
            finished_at: receipt.finished_at.as_millis(),
            old: mask(&receipt.old),
            new: mask(&receipt.new),
            evidence: receipt.evidence.into_iter().map(Into::into).collect(),
            places: receipt.places.into_iter().map(Into::into).collect(),
        }
    }
}

/// A mask of a secret that is not compared with others any more.
fn mask(mask: &Mask) -> MaskView {
    MaskView { prefix: shown(&mask.prefix), suffix: mask.suffix.as_deref().map(shown), shared_by: 0 }
}

impl From<RotationReason> for Reason {
    fn from(reason: RotationReason) -> Self {
        match reason {
            RotationReason::Planned => Self::Planned,
            RotationReason::Leaked => Self::Leaked,
        }
    }
}

impl From<Reason> for RotationReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Planned => Self::Planned,
            Reason::Leaked => Self::Leaked,
        }
    }
}

impl From<RotationWay> for Way {
    fn from(way: RotationWay) -> Self {
        match way {
            RotationWay::SideBySide => Self::SideBySide,
            RotationWay::InPlace => Self::InPlace,
        }
    }
}

impl From<Way> for RotationWay {
    fn from(way: Way) -> Self {
        match way {
            Way::SideBySide => Self::SideBySide,
            Way::InPlace => Self::InPlace,
        }
    }
}
