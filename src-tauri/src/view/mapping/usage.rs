//! Usage.

use keystow_domain::{Bucket, KeyId, Latency, Resolution, Timestamp};
use keystow_engine::{Area, Chart, Colours, Column, Mark, Metric, Period, Sign, Tick, UsageSight};

use super::{millis, number, shown};
use crate::view::{
    AreaView, BucketView, ChartColours, ChartView, ComparedView, KeyRef, LatencyView, MarkKind, MarkView,
    MetricView, PeriodView, PictureWords, ResolutionView, SignView, TickView, TotalsView, UsageView,
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
                let complete = end <= sight.settled_until;
                let calls = secrets.and_then(|calls| calls.get(place)).copied();
                bucket_view(bucket, sight.chart.column(bucket.start, end), complete, calls)
            })
            .collect();
        Self {
            keys: sight.keys.iter().map(key_ref).collect(),
            from: sight.from.as_millis(),
            to: sight.to.as_millis(),
            resolution: sight.resolution.into(),
            metric: sight.metric.into(),
            legend: sight.legend.into_iter().map(sign).collect(),
            compared: sight.each.iter().map(|buckets| compared(buckets, sight.metric)).collect(),
            complete_until: millis(sight.complete_until),
            totals: totals(&sight.buckets),
            cut: sight.cut,
            chart: sight.chart.into(),
            buckets,
        }
    }
}

fn key_ref((id, name): &(KeyId, String)) -> KeyRef {
    KeyRef { id: id.as_str().to_owned(), name: shown(name) }
}

fn sign((name, sign): (String, Sign)) -> SignView {
    match sign {
        Sign::Fill(colour, pale) => SignView { name, colour, dash: None, marker: None, pale },
        Sign::Line(colour, dash, marker) => {
            let dash = Some(dash.lengths().to_owned());
            SignView {
                name,
                colour,
                dash,
                marker: marker.map(|marker| marker.shape().to_owned()),
                pale: false,
            }
        }
    }
}

/// The values of one of several keys, in the unit a person reads.
fn compared(buckets: &[Bucket], metric: Metric) -> ComparedView {
    let unit = match metric {
        Metric::Requests | Metric::Billable => 1.0,
        Metric::Errors => 1_000_000.0,
        Metric::Latency => 1000.0,
    };
    let value = |bucket: &Bucket| metric.of(bucket).map(|value| value as f64 / unit);
    ComparedView { totals: totals(buckets), values: buckets.iter().map(value).collect() }
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
        billable: number(bucket.billable),
        latency: bucket.latency.map(Into::into),
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
        billable: sum(|bucket| bucket.billable),
    }
}

impl From<Latency> for LatencyView {
    fn from(latency: Latency) -> Self {
        let millis = |micros: u32| f64::from(micros) / 1000.0;
        Self {
            min: millis(latency.least),
            average: millis(latency.mean),
            max: millis(latency.most),
            p50: millis(latency.p50),
            p95: millis(latency.p95),
            p99: millis(latency.p99),
        }
    }
}

impl From<Chart> for ChartView {
    fn from(chart: Chart) -> Self {
        Self {
            image: chart.image(),
            width: chart.width,
            height: chart.height,
            plot: chart.plot.into(),
            throttled: chart.throttled.map(Into::into),
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

impl From<MarkKind> for keystow_engine::MarkKind {
    fn from(kind: MarkKind) -> Self {
        match kind {
            MarkKind::Rotated => Self::Rotated,
            MarkKind::GraceEnd => Self::GraceEnd,
        }
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

impl PeriodView {
    /// The period that is meant; nothing if one is to be chosen and is not.
    pub(crate) fn meant(self, between: Option<[i64; 2]>) -> Option<Period> {
        Some(match self {
            Self::Day => Period::Day,
            Self::Week => Period::Week,
            Self::Month => Period::Month,
            Self::Quarter => Period::Quarter,
            Self::Year => Period::Year,
            Self::Between => {
                let [from, to] = between?.map(Timestamp::from_millis);
                Period::Between(from, to)
            }
        })
    }
}

impl From<MetricView> for Metric {
    fn from(metric: MetricView) -> Self {
        match metric {
            MetricView::Requests => Self::Requests,
            MetricView::Errors => Self::Errors,
            MetricView::Latency => Self::Latency,
            MetricView::Billable => Self::Billable,
        }
    }
}

impl From<Metric> for MetricView {
    fn from(metric: Metric) -> Self {
        match metric {
            Metric::Requests => Self::Requests,
            Metric::Errors => Self::Errors,
            Metric::Latency => Self::Latency,
            Metric::Billable => Self::Billable,
        }
    }
}

impl From<PictureWords> for keystow_engine::PictureWords {
    fn from(words: PictureWords) -> Self {
        Self {
            title: words.title,
            subtitle: words.subtitle,
            legend: words.legend,
            ticks_x: words.ticks_x,
            ticks_y: words.ticks_y,
            secrets: words.secrets,
            marks: words.marks.into_iter().map(|(kind, word)| (kind.into(), word)).collect(),
            no_data: words.no_data,
            rtl: words.rtl,
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
