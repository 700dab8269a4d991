//! The bill.

use keystow_domain::{BillLine, Billed};
use keystow_engine::BillSight;

use super::{millis, number, shown};
use crate::view::{BillLineView, BillView, BilledView};

/// How many lines a window is sent of each kind; the export has all of them.
const MOST_LINES: usize = 1000;

impl From<BillSight> for BillView {
    fn from(bill: BillSight) -> Self {
        let lines = |all: Vec<BillLine>| all.into_iter().take(MOST_LINES).map(Into::into).collect();
        Self {
            from: bill.from.as_millis(),
            to: bill.to.as_millis(),
            complete_until: millis(bill.complete_until),
            billable: number(bill.billable),
            credentials: lines(bill.credentials),
            apps: lines(bill.apps),
        }
    }
}

impl From<BillLine> for BillLineView {
    fn from(line: BillLine) -> Self {
        Self {
            kind: match line.of {
                Billed::Key => BilledView::Key,
                Billed::Client => BilledView::Client,
                Billed::App => BilledView::App,
                Billed::Unknown => BilledView::Unknown,
            },
            id: shown(&line.id),
            name: line.name.as_deref().map(shown),
            tier: line.tier.as_deref().map(shown),
            billable: number(line.billable),
            used: number(line.used),
            limit: line.limit.map(number),
            resets_at: millis(line.resets_at),
        }
    }
}
