//! Usage: how often keys were used, in buckets of time.

use std::time::Duration;

use crate::{AppId, KeyId, TeamId, Timestamp};

/// The width of a bucket. Days and months are the portal's, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// One hour.
    Hour,
    /// One day, from midnight UTC.
    Day,
    /// One month, from its first day UTC.
    Month,
}

/// What the series of an answer stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// One series of everything.
    None,
    /// One series a secret.
    Secret,
    /// One series a key.
    Key,
}

/// What usage is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageQuery {
    /// The first instant, inclusive.
    pub from: Timestamp,
    /// The last instant, exclusive.
    pub to: Timestamp,
    /// The width of a bucket.
    pub resolution: Resolution,
    /// One key, or everything of the account.
    pub key: Option<KeyId>,
    /// One developer app: all its keys. Not together with `key`.
    pub app: Option<AppId>,
    /// One team: all its keys. Not together with `key` or `app`.
    pub team: Option<TeamId>,
    /// How the answer is divided into series.
    pub grouping: Grouping,
}

/// Usage as a portal reported it.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// Up to when the numbers are complete.
    pub complete_until: Option<Timestamp>,
    /// The series, in the portal's order.
    pub series: Vec<Series>,
}

/// Buckets that belong together, in time order and without a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What the series stands for: a key's id, a secret's prefix, or empty for everything.
    pub group: String,
    /// The buckets.
    pub buckets: Vec<Bucket>,
}

/// What happened between `start` and the next bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Its first instant.
    pub start: Timestamp,
    /// Whether the portal has numbers for it at all: "no data" is not zero.
    pub known: bool,
    /// All calls.
    pub requests: u64,
    /// Calls answered 4xx, without 429.
    pub client_errors: u64,
    /// Calls answered 5xx.
    pub server_errors: u64,
    /// Calls answered 429; counted nowhere else.
    pub throttled: u64,
    /// Calls that count towards the bill.
    pub billable: u64,
    /// How long the calls took, where there were any.
    pub latency: Option<Latency>,
}

impl Bucket {
    /// Calls that were neither refused, failed nor throttled.
    pub fn successes(&self) -> u64 {
        self.requests.saturating_sub(self.client_errors + self.server_errors + self.throttled)
    }
}

/// How long calls took, in microseconds: what takes longer than an hour counts as an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// The fastest call.
    pub least: u32,
    /// The mean of all calls.
    pub mean: u32,
    /// The slowest call.
    pub most: u32,
    /// Half of the calls were at least as fast.
    pub p50: u32,
    /// 95 of 100 calls were at least as fast.
    pub p95: u32,
    /// 99 of 100 calls were at least as fast.
    pub p99: u32,
}

/// What a key may still use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The name of the tier.
    pub tier: String,
    /// Calls allowed until `resets_at`.
    pub limit: u64,
    /// Calls used.
    pub used: u64,
    /// When the count starts again.
    pub resets_at: Option<Timestamp>,
    /// Calls allowed in one `rate_window`.
    pub rate_limit: u64,
    /// The window of the rate limit.
    pub rate_window: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttled_calls_are_not_successes_and_errors_never_go_below_zero() {
        let mut bucket = Bucket {
            start: Timestamp::from_secs(0),
            known: true,
            requests: 10,
            client_errors: 2,
            server_errors: 1,
            throttled: 3,
            billable: 4,
            latency: None,
        };
        assert_eq!(bucket.successes(), 4);
        bucket.requests = 1;
        assert_eq!(bucket.successes(), 0);
    }
}
