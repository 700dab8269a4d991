//! The keys' health, and what can be typed next in a search.

use keystow_domain::{Finding, FindingKind, Grade, HealthGap};
use keystow_engine::{Completion, Engine, Fault, FaultKind, HealthPage, HealthQuery, HealthRow, HealthTable};

use super::{millis, shown};
use crate::view::{
    CompletionView, EnvironmentCount, EnvironmentView, FaultName, FaultView, FindingCount, FindingName,
    FindingView, GradeName, HealthForm, HealthInput, HealthPageView, HealthRowView, HealthRulesView,
    KeyRowView, SuggestionView, UntoldName,
};

impl From<FindingKind> for FindingName {
    fn from(kind: FindingKind) -> Self {
        match kind {
            FindingKind::Unused => Self::Unused,
            FindingKind::NeverUsed => Self::NeverUsed,
            FindingKind::Overdue => Self::Overdue,
            FindingKind::Shared => Self::Shared,
            FindingKind::NeverExpires => Self::NeverExpires,
            FindingKind::ExpiresSoon => Self::ExpiresSoon,
            FindingKind::NoOwner => Self::NoOwner,
            FindingKind::NoSecret => Self::NoSecret,
        }
    }
}

impl From<FindingName> for FindingKind {
    fn from(name: FindingName) -> Self {
        match name {
            FindingName::Unused => Self::Unused,
            FindingName::NeverUsed => Self::NeverUsed,
            FindingName::Overdue => Self::Overdue,
            FindingName::Shared => Self::Shared,
            FindingName::NeverExpires => Self::NeverExpires,
            FindingName::ExpiresSoon => Self::ExpiresSoon,
            FindingName::NoOwner => Self::NoOwner,
            FindingName::NoSecret => Self::NoSecret,
        }
    }
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        let kind = finding.kind();
        let bare = Self {
            kind: kind.into(),
            weight: kind.weight(),
            days: None,
            at: None,
            scheduled: false,
            other: None,
            place: None,
        };
        match finding {
            Finding::Unused { days } | Finding::NeverUsed { days } => Self { days: Some(days), ..bare },
            Finding::Overdue { since, every, scheduled } => {
                Self { days: Some(every), at: Some(since.as_millis()), scheduled, ..bare }
            }
            Finding::Shared { other, place } => {
                Self { other: Some(EnvironmentView::of(&other)), place: place.as_deref().map(shown), ..bare }
            }
            Finding::ExpiresSoon { at } => Self { at: Some(at.as_millis()), ..bare },
            Finding::NeverExpires | Finding::NoOwner | Finding::NoSecret => bare,
        }
    }
}

impl From<HealthGap> for UntoldName {
    fn from(untold: HealthGap) -> Self {
        match untold {
            HealthGap::LastUse => Self::LastUse,
            HealthGap::Rotation => Self::Rotation,
            HealthGap::Expiry => Self::Expiry,
            HealthGap::Secret => Self::Secret,
            HealthGap::Scopes => Self::Scopes,
        }
    }
}

impl HealthRowView {
    fn of(row: HealthRow, engine: &Engine) -> Self {
        let score = row.health.score();
        Self {
            row: KeyRowView::of(row.row, engine),
            score,
            grade: match Grade::of(score) {
                Grade::Good => GradeName::Good,
                Grade::Fair => GradeName::Fair,
                Grade::Poor => GradeName::Poor,
            },
            findings: row.health.findings.into_iter().map(Into::into).collect(),
            untold: row.health.untold.into_iter().map(Into::into).collect(),
            back_at: millis(row.back_at),
        }
    }
}

impl HealthPageView {
    /// Part of the report, as the window shows it.
    pub(crate) fn of(page: HealthPage, engine: &Engine) -> Self {
        let environments = page.environments.iter().map(|(environment, count)| EnvironmentCount {
            environment: EnvironmentView::of(environment),
            count: *count,
        });
        let findings =
            page.findings.into_iter().map(|(kind, count)| FindingCount { kind: kind.into(), count });
        Self {
            environments: environments.collect(),
            findings: findings.collect(),
            rows: page.rows.into_iter().map(|row| HealthRowView::of(row, engine)).collect(),
            offset: page.offset,
            matches: page.matches,
            judged: page.judged,
            well: page.well,
            snoozed: page.snoozed,
            unjudged: page.unjudged,
            score: page.score,
            rules: HealthRulesView {
                unused_days: page.rules.unused_days,
                rotate_days: page.rules.rotate_days,
            },
            freshness: page.freshness.into(),
        }
    }
}

impl From<HealthInput> for HealthQuery {
    fn from(input: HealthInput) -> Self {
        Self {
            finding: input.finding.map(Into::into),
            environment: input.environment.map(|word| word.chars().take(1024).collect()),
            snoozed: input.snoozed,
            offset: input.offset,
            limit: input.limit,
        }
    }
}

impl From<HealthForm> for HealthTable {
    fn from(form: HealthForm) -> Self {
        match form {
            HealthForm::Csv => Self::Csv,
            HealthForm::Json => Self::Json,
        }
    }
}

impl From<&Fault> for FaultView {
    fn from(fault: &Fault) -> Self {
        Self {
            text: shown(&fault.text),
            kind: match fault.kind {
                FaultKind::UnknownKey => FaultName::UnknownKey,
                FaultKind::NoValue => FaultName::NoValue,
                FaultKind::BadStatus => FaultName::BadStatus,
                FaultKind::BadTime => FaultName::BadTime,
                FaultKind::BadThing => FaultName::BadThing,
                FaultKind::BadScore => FaultName::BadScore,
                FaultKind::OpenQuote => FaultName::OpenQuote,
            },
        }
    }
}

impl From<Completion> for CompletionView {
    fn from(completion: Completion) -> Self {
        let suggestions = completion
            .suggestions
            .into_iter()
            .map(|one| SuggestionView { text: shown(&one.text), count: one.count });
        Self { from: completion.from, suggestions: suggestions.collect() }
    }
}
