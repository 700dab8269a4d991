//! Suspensions and reports.

use keystow_domain::{
    Preview, ReportFilter, ReportKind, ReportRow, Suspension, SuspensionItem, SuspensionState,
};
use keystow_engine::{ReportFile, ReportSight, SuspensionWish};

use super::{bounded, millis, number, shown, told};
use crate::view::{
    AppStatusView, ReportForm, ReportInput, ReportName, ReportRowView, ReportView, SuspensionInput,
    SuspensionItemView, SuspensionPreviewView, SuspensionStateView, SuspensionView,
};

/// A field that was filled in.
fn filled(text: String) -> Option<String> {
    let text = bounded(text.trim().to_owned());
    (!text.is_empty()).then_some(text)
}

impl From<SuspensionInput> for SuspensionWish {
    fn from(input: SuspensionInput) -> Self {
        Self {
            keys: input.keys,
            owner: filled(input.owner),
            product: filled(input.product),
            status: filled(input.status),
            unused_days: input.unused_days,
            older_days: input.older_days,
            name: filled(input.name),
        }
    }
}

impl From<Preview> for SuspensionPreviewView {
    fn from(seen: Preview) -> Self {
        Self {
            preview: seen.name,
            hit: number(if seen.apps > 0 { seen.apps } else { seen.credentials }),
            credentials: number(seen.credentials),
            items: seen.items.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<SuspensionItem> for SuspensionItemView {
    fn from(item: SuspensionItem) -> Self {
        Self {
            id: item.id,
            name: shown(&item.name),
            owner: item.owner.as_deref().map(shown),
            last_used_at: millis(item.last_used_at),
        }
    }
}

impl From<Suspension> for SuspensionView {
    fn from(one: Suspension) -> Self {
        Self {
            id: one.id.as_str().to_owned(),
            state: match one.state {
                SuspensionState::Running => SuspensionStateView::Running,
                SuspensionState::Done => SuspensionStateView::Done,
                SuspensionState::Resuming => SuspensionStateView::Resuming,
                SuspensionState::Resumed => SuspensionStateView::Resumed,
                SuspensionState::Unknown(_) => SuspensionStateView::Unknown,
            },
            reason: told(&one.reason),
            by: one.by.as_deref().map(shown),
            begun_at: millis(one.begun_at),
            of: number(one.of),
            due: number(one.due),
            suspended: number(one.suspended),
            resumed: number(one.resumed),
            left: number(one.left),
        }
    }
}

impl From<ReportName> for ReportKind {
    fn from(name: ReportName) -> Self {
        match name {
            ReportName::Inventory => Self::Inventory,
            ReportName::Inactive => Self::Inactive,
            ReportName::Usage => Self::Usage,
            ReportName::Pending => Self::Pending,
        }
    }
}

impl ReportForm {
    /// What is saved of a report.
    pub(crate) fn of(self, kind: ReportKind) -> ReportFile {
        match self {
            Self::Csv => ReportFile::Csv(kind),
            Self::Json => ReportFile::Json(kind),
            Self::Apps => ReportFile::Apps,
        }
    }
}

impl From<ReportInput> for ReportFilter {
    fn from(input: ReportInput) -> Self {
        Self {
            owner: filled(input.owner),
            team: None,
            status: filled(input.status),
            product: filled(input.product),
            days: Some(input.days),
        }
    }
}

impl From<ReportSight> for ReportView {
    fn from(sight: ReportSight) -> Self {
        Self {
            rows: sight.rows.into_iter().map(Into::into).collect(),
            total: number(sight.total),
            next: sight.next,
        }
    }
}

impl From<ReportRow> for ReportRowView {
    fn from(row: ReportRow) -> Self {
        Self {
            app: row.app.as_str().to_owned(),
            name: shown(&row.app_name),
            owner: row.team.or(row.owner).as_deref().map(shown),
            status: match row.status.as_str() {
                "active" => AppStatusView::Active,
                "pending" => AppStatusView::Pending,
                "rejected" => AppStatusView::Rejected,
                "suspended" => AppStatusView::Suspended,
                _ => AppStatusView::Unknown,
            },
            products: row.products.iter().map(|product| shown(product)).collect(),
            credentials: number(row.credentials),
            created_at: millis(row.created_at),
            last_used_at: millis(row.last_used_at),
            calls: number(row.calls),
            errors: number(row.errors),
            billable: number(row.billable),
            justification: told(&row.justification),
            asked_at: millis(row.asked_at),
        }
    }
}
