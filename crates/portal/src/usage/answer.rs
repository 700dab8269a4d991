//! Hours as they were counted become the series that were asked for.

use std::collections::BTreeMap;

use keystow_domain::Timestamp;
use keystow_portal_api::usage::{Bucket, Latency, Series};

use super::calendar::Calendar;
use crate::{
    meter::Tally,
    stamp,
    storage::{HourRecord, SecretLine},
};

/// What the series of an answer stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grouping {
    None,
    Secret,
    Key,
    Status,
}

impl Grouping {
    /// Reads the word of a query; nothing if it is none.
    pub(super) fn read(word: &str) -> Option<Self> {
        match word {
            "" | "none" => Some(Self::None),
            "secret" => Some(Self::Secret),
            "key" => Some(Self::Key),
            "status" => Some(Self::Status),
            _ => None,
        }
    }
}

/// One line of an answer before it is written.
struct Line {
    group: String,
    key_id: String,
    version: u32,
    /// Before this there was nothing to count.
    since: Timestamp,
    tallies: Vec<Tally>,
}

/// The series for the hours that were counted.
pub(super) fn series(
    calendar: &Calendar,
    grouping: Grouping,
    secrets: &[SecretLine],
    hours: &[HourRecord],
    now: Timestamp,
) -> Vec<Series> {
    let mut lines = lines(calendar, grouping, secrets);
    let mut used = vec![false; lines.len()];
    let places: BTreeMap<(&str, u32), usize> = secrets
        .iter()
        .map(|secret| ((secret.key.as_str(), secret.version), place(&lines, grouping, secret)))
        .collect();
    for hour in hours {
        let line = places.get(&(hour.key.as_str(), hour.version));
        if let (Some(&line), Some(bucket)) = (line, calendar.place(hour.hour)) {
            lines[line].tallies[bucket].add(&hour.tally);
            used[line] = true;
        }
    }
    if grouping == Grouping::Status {
        return by_status(calendar, &lines[0], now);
    }
    let newest = newest(&lines);
    let wanted = |number: usize| grouping != Grouping::Secret || used[number] || newest[number];
    let kept = lines.iter().enumerate().filter(|(number, _)| wanted(*number));
    kept.map(|(_, line)| written(calendar, line, now)).collect()
}

/// The lines of an answer, all empty, in the order in which they are told.
fn lines(calendar: &Calendar, grouping: Grouping, secrets: &[SecretLine]) -> Vec<Line> {
    let empty = || vec![Tally::default(); calendar.len()];
    let mut lines: Vec<Line> = Vec::new();
    match grouping {
        Grouping::None | Grouping::Status => {
            let since = secrets.iter().map(|secret| secret.key_created_at).min();
            let since = since.unwrap_or(Timestamp::from_millis(i64::MAX));
            lines.push(Line {
                group: String::new(),
                key_id: String::new(),
                version: 0,
                since,
                tallies: empty(),
            });
        }
        Grouping::Key | Grouping::Secret => {
            for secret in secrets {
                let by_key = grouping == Grouping::Key;
                if by_key && lines.last().is_some_and(|line| line.group == secret.key) {
                    continue;
                }
                lines.push(Line {
                    group: if by_key { secret.key.clone() } else { secret.prefix.clone() },
                    key_id: secret.key.clone(),
                    version: if by_key { 0 } else { secret.version },
                    since: secret.key_created_at,
                    tallies: empty(),
                });
            }
        }
    }
    lines
}

/// The line that counts a secret.
fn place(lines: &[Line], grouping: Grouping, secret: &SecretLine) -> usize {
    let fits = |line: &Line| match grouping {
        Grouping::None | Grouping::Status => true,
        Grouping::Key => line.key_id == secret.key,
        Grouping::Secret => line.key_id == secret.key && line.version == secret.version,
    };
    lines.iter().position(fits).unwrap_or_default()
}

/// Which lines stand for the current secret of their key: they are told even if nobody used them.
fn newest(lines: &[Line]) -> Vec<bool> {
    let last = |number: usize| lines.get(number + 1).is_none_or(|next| next.key_id != lines[number].key_id);
    (0..lines.len()).map(last).collect()
}

fn written(calendar: &Calendar, line: &Line, now: Timestamp) -> Series {
    let key_id = if line.version == 0 { String::new() } else { line.key_id.clone() };
    let buckets = calendar.buckets().zip(&line.tallies);
    let buckets =
        buckets.map(|((start, end), tally)| bucket(start, tally, no_data(line, start, end, now))).collect();
    Series { group: line.group.clone(), version: line.version, key_id, buckets }
}

/// Whether a bucket lies where nothing can have been counted.
fn no_data(line: &Line, start: Timestamp, end: Timestamp, now: Timestamp) -> bool {
    end <= line.since || start > now
}

fn bucket(start: Timestamp, tally: &Tally, no_data: bool) -> Bucket {
    Bucket {
        start: stamp::write(start),
        no_data,
        requests: tally.requests,
        client_errors: tally.client_errors,
        server_errors: tally.server_errors,
        throttled: tally.throttled,
        billable: tally.billable,
        latency: (tally.requests > 0).then(|| latency(tally)),
    }
}

fn latency(tally: &Tally) -> Latency {
    let millis = |micros: u64| micros as f64 / 1000.0;
    let percentile = |percent| millis(tally.histogram.percentile(percent).clamp(tally.least, tally.most));
    Latency {
        min: millis(tally.least),
        avg: millis(tally.sum / tally.requests.max(1)),
        max: millis(tally.most),
        p50: percentile(50),
        p95: percentile(95),
        p99: percentile(99),
    }
}

/// One series a status; each tells its calls as `requests` alone.
fn by_status(calendar: &Calendar, line: &Line, now: Timestamp) -> Vec<Series> {
    let series = ["success", "clientError", "serverError", "throttled"].map(|status| {
        let buckets = calendar.buckets().zip(&line.tallies).map(|((start, end), tally)| Bucket {
            start: stamp::write(start),
            no_data: no_data(line, start, end, now),
            requests: answered(tally, status),
            ..Bucket::default()
        });
        Series { group: status.into(), buckets: buckets.collect(), ..Series::default() }
    });
    series.into()
}

/// How many calls were answered with a status of this kind.
fn answered(tally: &Tally, status: &str) -> u64 {
    match status {
        "clientError" => tally.client_errors,
        "serverError" => tally.server_errors,
        "throttled" => tally.throttled,
        _ => tally.requests - tally.client_errors - tally.server_errors - tally.throttled,
    }
}
