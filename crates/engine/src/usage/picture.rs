//! Which picture a metric is: columns where things are counted, lines where they are compared.

use jiff::tz::TimeZone;
use keystow_domain::{Bucket, KeyId, Timestamp};

use super::measure::{Metric, failed, latency, throttled};
use super::{Reading, UsageWish};
use crate::chart::{self, Chart, Colours, Curve, Dash, Lines, Marker, Series, Sign};

/// Rotation of a key, and when its old secret ended or will.
type Turn = Option<(Timestamp, Option<Timestamp>)>;

/// The dashes and signs of compared keys, in their order.
const LOOKS: [(Dash, Marker); 5] = [
    (Dash::Solid, Marker::Disc),
    (Dash::Long, Marker::Square),
    (Dash::Short, Marker::Triangle),
    (Dash::Mixed, Marker::Diamond),
    (Dash::Dots, Marker::Wedge),
];

/// The parts of a metric that can be shown and hidden, by the names the window has words for.
fn legend(metric: Metric) -> &'static [&'static str] {
    match metric {
        Metric::Requests => &["success", "client", "server", "throttled"],
        Metric::Errors => &["errorRate", "throttledShare"],
        Metric::Latency => &["average", "p50", "p95", "p99", "range"],
        Metric::Billable => &["billable"],
    }
}

/// Draws what was read as it is wished for.
pub(super) fn draw(
    reading: &Reading,
    wish: &UsageWish,
    rotation: Turn,
    width: u32,
    colours: &Colours,
    zone: &TimeZone,
) -> Chart {
    let shows = |name: &str| !wish.hidden.iter().any(|hidden| hidden == name);
    let series = |buckets| Series {
        from: reading.from,
        to: reading.to,
        buckets,
        complete_until: Some(reading.settled_until()),
        one_key: wish.keys.len() == 1,
        rotation,
        throttled_lane: wish.metric == Metric::Requests && wish.keys.len() < 2,
    };
    let compared = !reading.each.is_empty();
    if !compared && matches!(wish.metric, Metric::Requests | Metric::Billable) {
        let buckets = counted(&reading.buckets, wish.metric, shows);
        return chart::draw(&series(&buckets), width, colours, zone);
    }
    let values = |part: &dyn Fn(&Bucket) -> Option<u64>| reading.buckets.iter().map(part).collect::<Vec<_>>();
    let ranged = !compared && wish.metric == Metric::Latency && shows("range");
    let (low, high) = if ranged {
        (values(&|one| latency(one, |part| part.least)), values(&|one| latency(one, |part| part.most)))
    } else {
        Default::default()
    };
    let curves: Vec<Curve> = if compared {
        let keys = wish.keys.iter().zip(&reading.each).enumerate();
        let shown = keys.filter(|(_, (key, _))| shows(key.as_str()));
        shown.map(|(place, (_, buckets))| compared_curve(place, buckets, wish.metric, colours)).collect()
    } else {
        parts(wish.metric, colours)
            .into_iter()
            .filter(|part| shows(part.name))
            .map(|part| Curve { values: values(&part.value), ..part.curve() })
            .collect()
    };
    let lines = Lines {
        series: series(&reading.buckets),
        curves: &curves,
        band: ranged.then_some([low.as_slice(), high.as_slice()]),
        least_top: least_top(wish.metric),
    };
    chart::draw_lines(&lines, width, colours, zone)
}

/// So far the axis reaches in any case: a percent, a millisecond, a call.
fn least_top(metric: Metric) -> u64 {
    match metric {
        Metric::Errors => 10_000,
        Metric::Latency => 1_000,
        Metric::Requests | Metric::Billable => 1,
    }
}

/// The buckets with only the parts that are shown.
fn counted(buckets: &[Bucket], metric: Metric, shows: impl Fn(&str) -> bool) -> Vec<Bucket> {
    let all = legend(metric).iter().all(|name| shows(name));
    if all && metric == Metric::Requests {
        return buckets.to_vec();
    }
    let [success, client, server, throttled, billable] =
        ["success", "client", "server", "throttled", "billable"].map(|name| u64::from(shows(name)));
    let shown = |bucket: &Bucket| {
        let (client_errors, server_errors, throttled, requests) = match metric {
            Metric::Billable => (0, 0, 0, bucket.billable * billable),
            _ => {
                let parts = [
                    bucket.client_errors * client,
                    bucket.server_errors * server,
                    bucket.throttled * throttled,
                ];
                (parts[0], parts[1], parts[2], bucket.successes() * success + parts.iter().sum::<u64>())
            }
        };
        Bucket { requests, client_errors, server_errors, throttled, ..bucket.clone() }
    };
    buckets.iter().map(shown).collect()
}

/// A line of a metric, with its name in the legend.
struct Part {
    name: &'static str,
    colour: String,
    dash: Dash,
    value: fn(&Bucket) -> Option<u64>,
}

impl Part {
    fn curve(&self) -> Curve {
        Curve { values: Vec::new(), colour: self.colour.clone(), dash: self.dash, marker: None }
    }
}

/// The lines of a metric; none where it is counted in columns.
fn parts(metric: Metric, colours: &Colours) -> Vec<Part> {
    let took = |name, colour: &str, dash, value| Part { name, colour: colour.to_owned(), dash, value };
    match metric {
        Metric::Errors => vec![
            Part {
                name: "errorRate",
                colour: colours.server_error.clone(),
                dash: Dash::Solid,
                value: failed,
            },
            Part {
                name: "throttledShare",
                colour: colours.throttled.clone(),
                dash: Dash::Short,
                value: throttled,
            },
        ],
        Metric::Latency => vec![
            took("average", &colours.success, Dash::Solid, |bucket| latency(bucket, |took| took.mean)),
            took("p50", &colours.new_secret, Dash::Dots, |bucket| latency(bucket, |took| took.p50)),
            took("p95", &colours.client_error, Dash::Long, |bucket| latency(bucket, |took| took.p95)),
            took("p99", &colours.throttled, Dash::Short, |bucket| latency(bucket, |took| took.p99)),
        ],
        Metric::Requests | Metric::Billable => Vec::new(),
    }
}

fn compared_curve(place: usize, buckets: &[Bucket], metric: Metric, colours: &Colours) -> Curve {
    let (dash, marker) = LOOKS[place % LOOKS.len()];
    let values = buckets.iter().map(|bucket| metric.of(bucket)).collect();
    Curve { values, colour: compared_colour(place, colours), dash, marker: Some(marker) }
}

/// The five colours of the series, which were chosen to be told apart.
fn compared_colour(place: usize, colours: &Colours) -> String {
    let five = [
        &colours.success,
        &colours.client_error,
        &colours.throttled,
        &colours.new_secret,
        &colours.server_error,
    ];
    five[place % five.len()].clone()
}

/// The signs of the legend by name, in their order: parts of the metric, or compared keys.
pub(super) fn signs(compared: bool, wish: &UsageWish, colours: &Colours) -> Vec<(String, Sign)> {
    if compared {
        let line = |(place, key): (usize, &KeyId)| {
            let (dash, marker) = LOOKS[place % LOOKS.len()];
            (key.as_str().to_owned(), Sign::Line(compared_colour(place, colours), dash, Some(marker)))
        };
        return wish.keys.iter().enumerate().map(line).collect();
    }
    let lines = parts(wish.metric, colours);
    let sign = |name: &&str| {
        let part = lines.iter().find(|part| part.name == *name);
        let sign = part.map(|part| Sign::Line(part.colour.clone(), part.dash, None));
        let filled = match *name {
            "client" => &colours.client_error,
            "server" => &colours.server_error,
            "throttled" => &colours.throttled,
            _ => &colours.success,
        };
        ((*name).to_owned(), sign.unwrap_or_else(|| Sign::Fill(filled.clone(), *name == "range")))
    };
    legend(wish.metric).iter().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket() -> Bucket {
        Bucket {
            start: Timestamp::from_secs(0),
            known: true,
            requests: 100,
            client_errors: 20,
            server_errors: 10,
            throttled: 5,
            billable: 60,
            latency: None,
        }
    }

    #[test]
    fn what_is_hidden_is_not_in_the_columns() {
        let shown = |hidden: &'static [&'static str], metric| {
            let bucket = counted(&[bucket()], metric, |name| !hidden.contains(&name)).remove(0);
            (bucket.successes(), bucket.client_errors, bucket.server_errors, bucket.throttled)
        };
        assert_eq!(shown(&[], Metric::Requests), (65, 20, 10, 5));
        assert_eq!(shown(&["success", "throttled"], Metric::Requests), (0, 20, 10, 0));
        assert_eq!(shown(&[], Metric::Billable), (60, 0, 0, 0));
        assert_eq!(shown(&["billable"], Metric::Billable), (0, 0, 0, 0));
    }
}
