//! Usage.

use keystow_domain::{Bucket, Resolution, Timestamp};
use keystow_engine::{Area, Chart, Colours, Column, Mark, Period, Tick, UsageSight};

use super::{millis, number, shown};
use crate::view::{
    AreaView, BucketView, ChartColours, ChartView, KeyRef, MarkKind, MarkView, PeriodView, ResolutionView,
    TickView, TotalsView, UsageView,
};

impl From<UsageSight> for UsageView {
    fn from(sight: UsageSight) -> Self {
        let ends = sight.buckets.iter().skip(1).map(|bucket| bucket.start).chain([sight.to]);
        let secrets = sight.by_secret.as_deref();
        let buckets: Vec<BucketView> = sight
            .buckets
            .iter()
            .zip(ends)
            .enumerate()
            .map(|(place, (bucket, end))| {
                let complete = sight.complete_until.is_none_or(|until| end <= until);
                let calls = secrets.and_then(|calls| calls.get(place)).copied();
                bucket_view(bucket, sight.chart.column(bucket.start, end), complete, calls)
            })
            .collect();
        Self {
            key: sight.key.map(|(id, name)| KeyRef { id: id.as_str().to_owned(), name: shown(&name) }),
            from: sight.from.as_millis(),
            to: sight.to.as_millis(),
            resolution: sight.resolution.into(),
            complete_until: millis(sight.complete_until),
            totals: totals(&sight.buckets),
            cut: sight.cut,
            chart: sight.chart.into(),
            buckets,
        }
    }
}

fn bucket_view(bucket: &Bucket, column: Column, complete: bool, calls: Option<(u64, u64)>) -> BucketView {
    BucketView {
        start: bucket.start.as_millis(),
        known: bucket.known,
        complete,
        requests: number(bucket.requests),
        successes: number(bucket.successes()),
        client_errors: number(bucket.client_errors),
        server_errors: number(bucket.server_errors),
        throttled: number(bucket.throttled),
        p95: bucket.latency.map(|latency| f64::from(latency.p95) / 1000.0),
        on_new: calls.map(|(new, _)| number(new)),
        on_old: calls.map(|(_, old)| number(old)),
        x: column.x,
        width: column.width,
    }
}

fn totals(buckets: &[Bucket]) -> TotalsView {
    let sum = |part: fn(&Bucket) -> u64| number(buckets.iter().map(part).fold(0, u64::saturating_add));
    TotalsView {
        requests: sum(|bucket| bucket.requests),
        successes: sum(Bucket::successes),
        client_errors: sum(|bucket| bucket.client_errors),
        server_errors: sum(|bucket| bucket.server_errors),
        throttled: sum(|bucket| bucket.throttled),
    }
}

impl From<Chart> for ChartView {
    fn from(chart: Chart) -> Self {
        Self {
            image: chart.image(),
            width: chart.width,
            height: chart.height,
            plot: chart.plot.into(),
            throttled: chart.throttled.into(),
            secrets: chart.secrets.into(),
            ticks_y: chart.ticks_y.into_iter().map(Into::into).collect(),
            ticks_x: chart.ticks_x.into_iter().map(Into::into).collect(),
            marks: chart.marks.into_iter().map(Into::into).collect(),
            gaps: chart.gaps.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Area> for AreaView {
    fn from(area: Area) -> Self {
        Self { x: area.x, y: area.y, width: area.width, height: area.height }
    }
}

impl From<Tick> for TickView {
    fn from(tick: Tick) -> Self {
        Self { value: tick.value, at: tick.at }
    }
}

impl From<Mark> for MarkView {
    fn from(mark: Mark) -> Self {
        let kind = match mark.kind {
            keystow_engine::MarkKind::Rotated => MarkKind::Rotated,
            keystow_engine::MarkKind::GraceEnd => MarkKind::GraceEnd,
        };
        Self { kind, time: Timestamp::as_millis(mark.time), at: mark.at }
    }
}

impl From<ChartColours> for Colours {
    fn from(colours: ChartColours) -> Self {
        Self {
            success: colours.success,
            client_error: colours.client_error,
            server_error: colours.server_error,
            throttled: colours.throttled,
            new_secret: colours.new_secret,
            old_secret: colours.old_secret,
            line: colours.line,
            baseline: colours.baseline,
            rotation: colours.rotation,
            surface: colours.surface,
        }
    }
}

impl From<PeriodView> for Period {
    fn from(period: PeriodView) -> Self {
        match period {
            PeriodView::Day => Self::Day,
            PeriodView::Week => Self::Week,
            PeriodView::Month => Self::Month,
            PeriodView::Quarter => Self::Quarter,
            PeriodView::Year => Self::Year,
        }
    }
}

impl From<ResolutionView> for Resolution {
    fn from(resolution: ResolutionView) -> Self {
        match resolution {
            ResolutionView::Hour => Self::Hour,
            ResolutionView::Day => Self::Day,
            ResolutionView::Month => Self::Month,
        }
    }
}

impl From<Resolution> for ResolutionView {
    fn from(resolution: Resolution) -> Self {
        match resolution {
            Resolution::Hour => Self::Hour,
            Resolution::Day => Self::Day,
            Resolution::Month => Self::Month,
        }
    }
}
