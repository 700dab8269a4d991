//! Alerts: what of a key's usage is told as soon as it crosses a bound that a person set.
//!
//! A bound is crossed once: what is told is taken back only when it is clearly over, so that a figure
//! that trembles around its bound says nothing twice.

use std::time::Duration;

use crate::{Bucket, Quota, Timestamp};

/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;
/// How many calls a share is told of at least: one failure of two calls is no rate.
pub const LEAST_CALLS: u64 = 20;
/// How far back calls are looked for until there are enough.
const WIDEST: usize = 24;
/// The hours a share is told of where they have enough calls: the one that runs, and two before.
const USUAL: usize = 3;
/// How far back a key must have been used, so that its silence means something: a day longer than the longest
/// bound, so that whoever slept a night through the moment is still told.
const USED_BEFORE: i64 = 8 * 24 * HOUR;
/// How far back hours are needed.
pub const ALERT_NEEDS: Duration = Duration::from_millis((USED_BEFORE + 2 * HOUR) as u64);

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The used part of the quota, in percent.
    Quota,
    /// Calls answered 4xx or 5xx, in percent of all.
    Errors,
    /// Calls answered 429, in percent of all.
    Throttled,
    /// Hours without a call.
    Silence,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Quota, Self::Errors, Self::Throttled, Self::Silence];

    /// The bound that is offered first: percent, or hours.
    pub fn usual(self) -> u32 {
        match self {
            Self::Quota => 80,
            Self::Errors => 5,
            Self::Throttled => 1,
            Self::Silence => 24,
        }
    }

    /// The largest bound: percent, or hours of a week.
    pub fn most(self) -> u32 {
        if self == Self::Silence { 168 } else { 100 }
    }

    /// Its name on disk.
    pub fn word(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::Errors => "errors",
            Self::Throttled => "throttled",
            Self::Silence => "silence",
        }
    }

    /// The rule of a name on disk.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.word() == word)
    }
}

/// What is known of that which is watched.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f> {
    /// Buckets of an hour each, in time order.
    pub hours: &'f [Bucket],
    /// Up to when they are complete; nothing if that is not said.
    pub complete_until: Option<Timestamp>,
    /// The quota, where there is one.
    pub quota: Option<&'f Quota>,
    /// The time at the portal.
    pub now: Timestamp,
}

/// How that which is watched stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// A share in percent.
    Share {
        /// The share.
        percent: f64,
        /// What it is a share of: calls, or the quota.
        of: u64,
        /// Since when calls are counted; nothing for the quota.
        since: Option<Timestamp>,
    },
    /// No call was made for so many whole hours.
    Silent {
        /// Whole hours.
        hours: u32,
    },
    /// It cannot be told.
    Untold(Blank),
}

/// Why something cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blank {
    /// The portal tells no quota of it.
    NoQuota,
    /// The portal tells nothing of the last hours.
    NoData,
    /// Too few calls for a share.
    FewCalls {
        /// How many there were.
        calls: u64,
    },
    /// It was not used in the eight days before, so that silence is nothing new.
    NotUsed,
}

/// Reads how that stands which a rule watches.
pub fn read(rule: Rule, facts: &Facts<'_>) -> Reading {
    match rule {
        Rule::Quota => match facts.quota.filter(|quota| quota.limit > 0) {
            Some(quota) => {
                let percent = quota.used as f64 / quota.limit as f64 * 100.0;
                Reading::Share { percent, of: quota.limit, since: None }
            }
            None => Reading::Untold(Blank::NoQuota),
        },
        Rule::Errors => share(facts, |bucket| bucket.client_errors.saturating_add(bucket.server_errors)),
        Rule::Throttled => share(facts, |bucket| bucket.throttled),
        Rule::Silence => silence(facts),
    }
}

/// Whether an alert stands after a reading, if it stood before or did not. It falls only when the figure is a
/// tenth below its bound; where the portal tells nothing, it stays as it is.
pub fn stands(rule: Rule, bound: u32, stood: bool, reading: &Reading) -> bool {
    let bound = f64::from(bound);
    match (rule, reading) {
        (_, Reading::Share { percent, .. }) if stood => *percent >= bound * 0.9,
        (_, Reading::Share { percent, .. }) => *percent >= bound,
        (_, Reading::Silent { hours }) => f64::from(*hours) >= bound,
        // Nothing fails where next to nothing is called. A few calls around the least are no reason to change.
        (_, Reading::Untold(Blank::FewCalls { calls })) => stood && *calls >= LEAST_CALLS / 2,
        // A key out of use is no news any more.
        (_, Reading::Untold(Blank::NotUsed)) => false,
        (_, Reading::Untold(_)) => stood,
    }
}

/// The share of some calls in the last hours that have enough of them.
fn share(facts: &Facts<'_>, part: impl Fn(&Bucket) -> u64) -> Reading {
    let (mut calls, mut parts, mut since) = (0u64, 0u64, None);
    let begun = facts.hours.iter().rev().filter(|bucket| bucket.start <= facts.now);
    for (place, bucket) in begun.take(WIDEST).enumerate() {
        if place >= USUAL && calls >= LEAST_CALLS {
            break;
        }
        if bucket.known {
            calls = calls.saturating_add(bucket.requests);
            parts = parts.saturating_add(part(bucket));
            since = Some(bucket.start);
        }
    }
    match since {
        None => Reading::Untold(Blank::NoData),
        Some(_) if calls < LEAST_CALLS => Reading::Untold(Blank::FewCalls { calls }),
        Some(_) => Reading::Share { percent: parts as f64 / calls as f64 * 100.0, of: calls, since },
    }
}

/// How long no call was made, as far as the hours are complete.
fn silence(facts: &Facts<'_>) -> Reading {
    let told = facts.complete_until.map_or(facts.now, |until| until.min(facts.now));
    let known = |bucket: &&Bucket| bucket.known && bucket.start <= told;
    let Some(newest) = facts.hours.iter().rfind(known) else { return Reading::Untold(Blank::NoData) };
    // An hour that the portal says nothing of may have had calls: nothing is told beyond it.
    let called = |bucket: &&Bucket| bucket.requests > 0 || (!bucket.known && bucket.start < newest.start);
    let Some(last) = facts.hours.iter().rfind(called) else { return Reading::Untold(Blank::NotUsed) };
    let since = last.start.as_millis().saturating_add(HOUR);
    let silent = told.as_millis().saturating_sub(since).max(0);
    if !last.known {
        return Reading::Untold(Blank::NoData);
    }
    if silent > USED_BEFORE {
        return Reading::Untold(Blank::NotUsed);
    }
    Reading::Silent { hours: u32::try_from(silent / HOUR).unwrap_or(u32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(500_000 * HOUR + HOUR / 2);

    /// Hours that end with the one that runs: calls, 5xx and 429 of each.
    fn hours(calls: &[(u64, u64, u64)]) -> Vec<Bucket> {
        let first = 500_000 - calls.len() as i64 + 1;
        let bucket = |(place, (requests, failed, throttled)): (usize, &(u64, u64, u64))| Bucket {
            start: Timestamp::from_millis((first + place as i64) * HOUR),
            known: true,
            requests: *requests,
            client_errors: 0,
            server_errors: *failed,
            throttled: *throttled,
            billable: 0,
            latency: None,
        };
        calls.iter().enumerate().map(bucket).collect()
    }

    fn reading(rule: Rule, hours: &[Bucket]) -> Reading {
        read(rule, &Facts { hours, complete_until: None, quota: None, now: NOW })
    }

    #[test]
    fn a_share_is_told_of_the_last_hours_alone_where_they_have_enough_calls() {
        let busy = hours(&[(1000, 1000, 0), (30, 3, 6), (30, 0, 0), (40, 2, 0)]);
        let Reading::Share { percent, of, since } = reading(Rule::Errors, &busy) else { panic!() };
        assert_eq!((percent, of, since), (5.0, 100, Some(busy[1].start)));
        assert!(matches!(reading(Rule::Throttled, &busy), Reading::Share { percent: 6.0, .. }));
    }

    #[test]
    fn a_share_looks_further_back_until_it_has_enough_calls_and_says_if_it_never_has() {
        let slow = hours(&[(15, 15, 0), (4, 0, 0), (1, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0)]);
        let Reading::Share { percent, of, .. } = reading(Rule::Errors, &slow) else { panic!() };
        assert_eq!((percent, of), (75.0, 20));
        assert_eq!(
            reading(Rule::Errors, &hours(&[(2, 2, 0); 9])),
            Reading::Untold(Blank::FewCalls { calls: 18 })
        );
        assert_eq!(reading(Rule::Errors, &[]), Reading::Untold(Blank::NoData));
    }

    #[test]
    fn silence_counts_whole_hours_since_the_last_call_up_to_what_is_complete() {
        let mut calls = [(0, 0, 0); 31];
        calls[5] = (7, 0, 0);
        let all = hours(&calls);
        assert_eq!(reading(Rule::Silence, &all), Reading::Silent { hours: 24 });
        let until = Some(Timestamp::from_millis(NOW.as_millis() - 3 * HOUR));
        let facts = Facts { hours: &all, complete_until: until, quota: None, now: NOW };
        assert_eq!(read(Rule::Silence, &facts), Reading::Silent { hours: 21 });
        assert_eq!(reading(Rule::Silence, &hours(&[(0, 0, 0); 30])), Reading::Untold(Blank::NotUsed));
    }

    #[test]
    fn an_hour_that_the_portal_says_nothing_of_is_not_silence() {
        let mut all = hours(&[(9, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0)]);
        all[2].known = false;
        assert_eq!(reading(Rule::Silence, &all), Reading::Untold(Blank::NoData));
    }

    #[test]
    fn a_figure_that_trembles_around_its_bound_says_nothing_twice() {
        let share = |percent| Reading::Share { percent, of: 100, since: None };
        let mut stood = false;
        let mut told = 0;
        for percent in [4.9, 5.0, 4.9, 5.1, 4.6, 5.0, 4.4, 4.9, 5.0] {
            let now = stands(Rule::Errors, 5, stood, &share(percent));
            told += usize::from(now && !stood);
            stood = now;
        }
        assert_eq!(told, 2, "once at the start, and once after it was clearly over");
    }

    #[test]
    fn what_cannot_be_told_neither_raises_an_alert_nor_ends_one() {
        for stood in [false, true] {
            assert_eq!(stands(Rule::Quota, 80, stood, &Reading::Untold(Blank::NoQuota)), stood);
            assert_eq!(stands(Rule::Silence, 24, stood, &Reading::Untold(Blank::NoData)), stood);
        }
        assert!(!stands(Rule::Silence, 24, true, &Reading::Untold(Blank::NotUsed)));
    }

    #[test]
    fn a_share_of_about_as_many_calls_as_are_needed_says_nothing_twice() {
        let of = |calls| match calls {
            LEAST_CALLS.. => Reading::Share { percent: 50.0, of: calls, since: None },
            _ => Reading::Untold(Blank::FewCalls { calls }),
        };
        let (mut stood, mut told) = (false, 0);
        for calls in [20, 19, 20, 18, 21, 12, 20, 9, 19, 20] {
            let now = stands(Rule::Errors, 5, stood, &of(calls));
            told += usize::from(now && !stood);
            stood = now;
        }
        assert_eq!(told, 2, "once at the start, and once after next to nothing was called");
    }

    #[test]
    fn the_longest_silence_that_can_be_set_is_told_for_a_day() {
        let told_after = |silent: usize| {
            let mut calls = vec![(0, 0, 0); silent + 2];
            calls[0] = (7, 0, 0);
            stands(Rule::Silence, Rule::Silence.most(), false, &reading(Rule::Silence, &hours(&calls)))
        };
        assert!(!told_after(167) && told_after(168) && told_after(191) && !told_after(193));
    }

    #[test]
    fn every_rule_is_found_again_by_its_word() {
        for rule in Rule::ALL {
            assert_eq!(Rule::from_word(rule.word()), Some(rule));
            assert!((1..=rule.most()).contains(&rule.usual()));
        }
        assert_eq!(Rule::from_word("rule"), None);
    }
}
