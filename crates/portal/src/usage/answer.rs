//! Hours as they were counted become the series that were asked for.

use std::collections::HashMap;

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
    /// Whether everything is one line, whatever it was made of.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::None | Self::Status)
    }

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
    /// One a bucket; empty for a line that is not told.
    tallies: Vec<Tally>,
    /// Whether it is told: always, or because something was counted.
    is_told: bool,
}

/// An answer while hours are added to it, one after the other.
pub(super) struct Answer<'a> {
    calendar: &'a Calendar,
    grouping: Grouping,
    lines: Vec<Line>,
    places: Places<'a>,
    /// How many lines are told, each with every bucket.
    told: usize,
    /// How many buckets there may be.
    most: usize,
}

impl<'a> Answer<'a> {
    /// An answer without hours; nothing if it would hold more than `most` buckets whatever was counted: what is
    /// refused costs next to nothing.
    pub(super) fn new(
        calendar: &'a Calendar,
        grouping: Grouping,
        secrets: &'a [SecretLine],
        most: usize,
    ) -> Option<Self> {
        let (mut lines, places) = lines(grouping, secrets);
        let told = lines.iter().filter(|line| line.is_told).count();
        if told.saturating_mul(calendar.len()) > most {
            return None;
        }
        for line in lines.iter_mut().filter(|line| line.is_told) {
            line.tallies.resize(calendar.len(), Tally::default());
        }
        Some(Self { calendar, grouping, lines, places, told, most })
    }

    /// Adds an hour; `false` once there are too many buckets.
    pub(super) fn add(&mut self, hour: &HourRecord) -> bool {
        let place = self.places.get(&(hour.key.as_str(), hour.version));
        let Some((place, bucket)) = place.zip(self.calendar.place(hour.hour)) else { return true };
        let line = &mut self.lines[*place];
        if !line.is_told {
            line.is_told = true;
            line.tallies.resize(self.calendar.len(), Tally::default());
            self.told += 1;
        }
        line.tallies[bucket].add(&hour.tally);
        self.fits()
    }

    fn fits(&self) -> bool {
        self.told.saturating_mul(self.calendar.len()) <= self.most
    }

    /// The series; nothing if they hold too many buckets.
    pub(super) fn series(mut self, now: Timestamp) -> Option<Vec<Series>> {
        if !self.fits() {
            return None;
        }
        self.lines.retain(|line| line.is_told);
        Some(match self.grouping {
            Grouping::Status => by_status(self.calendar, &self.lines[0], now),
            _ => self.lines.iter().map(|line| written(self.calendar, line, now)).collect(),
        })
    }
}

/// Which line counts a secret, by key and version.
type Places<'s> = HashMap<(&'s str, u32), usize>;

/// The lines of an answer in the order in which they are told.
fn lines(grouping: Grouping, secrets: &[SecretLine]) -> (Vec<Line>, Places<'_>) {
    let mut lines = Vec::new();
    if grouping.is_whole() {
        let since = secrets.iter().map(|secret| secret.key_created_at).min();
        let since = since.unwrap_or(Timestamp::from_millis(i64::MAX));
        lines.push(Line {
            group: String::new(),
            key_id: String::new(),
            version: 0,
            since,
            tallies: vec![],
            is_told: true,
        });
    }
    let mut places = HashMap::with_capacity(secrets.len());
    for (number, secret) in secrets.iter().enumerate() {
        let is_first_of_key = number == 0 || secrets[number - 1].key != secret.key;
        let is_last_of_key = secrets.get(number + 1).is_none_or(|next| next.key != secret.key);
        match grouping {
            Grouping::Secret => {
                lines.push(line(secret, secret.prefix.clone(), secret.version, is_last_of_key))
            }
            Grouping::Key if is_first_of_key => lines.push(line(secret, secret.key.clone(), 0, true)),
            _ => {}
        }
        places.insert((secret.key.as_str(), secret.version), lines.len() - 1);
    }
    (lines, places)
}

fn line(secret: &SecretLine, group: String, version: u32, is_told: bool) -> Line {
    Line {
        group,
        key_id: secret.key.clone(),
        version,
        since: secret.key_created_at,
        tallies: vec![],
        is_told,
    }
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
