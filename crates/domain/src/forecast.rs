//! When a quota will be used up, as far as the days before tell.
//!
//! Days to come are taken to be like the days before: the mean of each day of the week where two weeks
//! or more are known, the mean of all days otherwise. Nothing is assumed of growth. What is told is a
//! span that 8 of 10 such forecasts keep, not a day alone.

use std::time::Duration;

use crate::{Bucket, Quota, Timestamp};

/// A day in milliseconds.
const DAY: i64 = 86_400_000;
/// Days at least; fewer say nothing of how days differ.
const LEAST: usize = 3;
/// Days at most; what is longer ago says little of tomorrow.
const MOST: usize = 28;
/// How far ahead is reckoned: no tier has a longer month.
const FARTHEST: i64 = 400 * DAY;
/// From so many days on each day of the week is looked at by itself.
const TWO_WEEKS: usize = 14;
/// So many standard deviations to both sides hold 8 of 10 values of a normal distribution.
const EIGHT_OF_TEN: f64 = 1.281_551_565_5;

/// What is known of how a quota will be used.
#[derive(Debug, Clone, PartialEq)]
pub enum Outlook {
    /// It is used up.
    UsedUp,
    /// What follows if the coming days are like those before.
    Forecast(Forecast),
    /// It cannot be told.
    Untold(Untold),
}

/// Why an outlook cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untold {
    /// The portal names no limit.
    NoLimit,
    /// The portal does not say when the count starts again, or names an instant that has passed or is more than
    /// a year away.
    NoReset,
    /// Fewer complete days are known than are needed.
    FewDays {
        /// Complete days that are known.
        known: u32,
        /// Complete days that are needed.
        needed: u32,
    },
}

/// How a quota will be used if the coming days are like those before.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Complete days it is reckoned from.
    pub days: u32,
    /// Billable calls a day, on the mean.
    pub a_day: u64,
    /// Calls used when the count starts again: 8 of 10 such forecasts keep these bounds.
    pub at_reset: Span,
    /// When the quota is used up before the count starts again.
    pub exhaustion: Exhaustion,
}

/// Calls: at least, most likely, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Fewer in 1 of 10.
    pub least: u64,
    /// The middle.
    pub likely: u64,
    /// More in 1 of 10.
    pub most: u64,
}

/// When a quota is used up before the count starts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhaustion {
    /// It lasts, even if much is used.
    No,
    /// It lasts if days are as usual, and ends at this instant at the earliest if much is used.
    Possible {
        /// Sooner in 1 of 10.
        earliest: Timestamp,
    },
    /// It ends.
    Likely {
        /// Sooner in 1 of 10.
        earliest: Timestamp,
        /// The middle.
        likely: Timestamp,
        /// Later in 1 of 10; nothing if it may last until the count starts again.
        latest: Option<Timestamp>,
    },
}

/// Tells how a quota will be used from `now` on.
///
/// `days` are buckets of a day each, in time order; those that are not known, not over at `now` or not
/// complete at `complete_until` are not counted on.
pub fn outlook(quota: &Quota, days: &[Bucket], complete_until: Option<Timestamp>, now: Timestamp) -> Outlook {
    if quota.limit == 0 {
        return Outlook::Untold(Untold::NoLimit);
    }
    if quota.used >= quota.limit {
        return Outlook::UsedUp;
    }
    let farthest = now.as_millis().saturating_add(FARTHEST);
    let Some(reset) = quota.resets_at.filter(|reset| *reset > now && reset.as_millis() <= farthest) else {
        return Outlook::Untold(Untold::NoReset);
    };
    let complete = complete_until.map_or(now, |until| until.min(now));
    let is_over = |bucket: &&Bucket| {
        bucket.known && bucket.start.as_millis().saturating_add(DAY) <= complete.as_millis()
    };
    let over: Vec<(i64, u64)> =
        days.iter().filter(is_over).map(|bucket| (day(bucket.start), bucket.billable)).collect();
    if over.len() < LEAST {
        let known = u32::try_from(over.len()).unwrap_or(u32::MAX);
        return Outlook::Untold(Untold::FewDays { known, needed: LEAST as u32 });
    }
    let habit = Habit::of(&over[over.len().saturating_sub(MOST)..]);
    Outlook::Forecast(habit.forecast(quota, now, reset))
}

/// The number of a day since 1970, in UTC.
fn day(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(DAY)
}

/// How many calls a day has, and how much days differ from that.
struct Habit {
    /// Days it was learned from.
    days: usize,
    /// By day of the week.
    means: [f64; 7],
    /// Of all days.
    mean: f64,
    /// The variance of a day around its mean.
    variance: f64,
}

impl Habit {
    fn of(days: &[(i64, u64)]) -> Self {
        let calls = |chosen: &mut dyn Iterator<Item = &(i64, u64)>| {
            let (mut sum, mut count) = (0.0, 0.0);
            for (_, calls) in chosen {
                sum += *calls as f64;
                count += 1.0;
            }
            (count > 0.0).then(|| sum / count)
        };
        let mean = calls(&mut days.iter()).unwrap_or_default();
        let by_week = days.len() >= TWO_WEEKS;
        let means: [f64; 7] = std::array::from_fn(|weekday| {
            let same = &mut days.iter().filter(|(day, _)| by_week && weekday_of(*day) == weekday);
            calls(same).unwrap_or(mean)
        });
        let squares: f64 =
            days.iter().map(|(day, calls)| (*calls as f64 - means[weekday_of(*day)]).powi(2)).sum();
        let learned = if by_week { 7 } else { 1 };
        let spread = squares / (days.len().saturating_sub(learned).max(1)) as f64;
        // Counts differ at least as much as chance makes them: three equal days prove no regularity.
        Self { days: days.len(), means, mean, variance: spread.max(mean).max(1.0) }
    }

    fn forecast(&self, quota: &Quota, now: Timestamp, reset: Timestamp) -> Forecast {
        let room = (quota.limit - quota.used) as f64;
        let (mut hits, mut at_reset) = ([None; 3], [0.0; 3]);
        let (mut expected, mut passed) = (0.0, 0.0);
        let mut from = now.as_millis();
        while from < reset.as_millis() {
            let number = from.div_euclid(DAY);
            let to = ((number + 1) * DAY).min(reset.as_millis());
            let part = (to - from) as f64 / DAY as f64;
            expected += part * self.means[weekday_of(number)];
            passed += part;
            let after = self.bounds(expected, passed, at_reset);
            for ((hit, before), after) in hits.iter_mut().zip(at_reset).zip(after) {
                if hit.is_none() && after >= room {
                    let share = if after > before { (room - before) / (after - before) } else { 1.0 };
                    *hit = Some(Timestamp::from_millis(from + ((to - from) as f64 * share) as i64));
                }
            }
            at_reset = after;
            from = to;
        }
        let [least, likely, most] = at_reset.map(|calls| quota.used.saturating_add(calls.round() as u64));
        let exhaustion = match hits {
            [latest, Some(likely), Some(earliest)] => Exhaustion::Likely { earliest, likely, latest },
            [_, _, Some(earliest)] => Exhaustion::Possible { earliest },
            _ => Exhaustion::No,
        };
        Forecast {
            days: u32::try_from(self.days).unwrap_or(u32::MAX),
            a_day: self.mean.round() as u64,
            at_reset: Span { least, likely, most },
            exhaustion,
        }
    }

    /// Calls after some days, at least, likely and at most; never fewer than `before`.
    fn bounds(&self, expected: f64, days: f64, before: [f64; 3]) -> [f64; 3] {
        // Each day differs from its mean, and the mean itself is only known from so many days.
        let variance = self.variance * (days + days * days / self.days as f64);
        let margin = EIGHT_OF_TEN * variance.sqrt();
        [(expected - margin).max(before[0]), expected.max(before[1]), (expected + margin).max(before[2])]
    }
}

/// 0 is the day of the week of 1 January 1970.
fn weekday_of(day: i64) -> usize {
    usize::try_from(day.rem_euclid(7)).unwrap_or_default()
}

/// How far back days are needed for an outlook.
pub const OUTLOOK_NEEDS: Duration = Duration::from_millis((MOST as u64 + 1) * DAY as u64);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Noon of a day of 2027.
    const NOW: Timestamp = Timestamp::from_millis(20_833 * DAY + DAY / 2);

    fn days(calls: &[u64]) -> Vec<Bucket> {
        let first = day(NOW) - calls.len() as i64;
        let bucket = |(place, billable): (usize, &u64)| Bucket {
            start: Timestamp::from_millis((first + place as i64) * DAY),
            known: true,
            requests: *billable,
            client_errors: 0,
            server_errors: 0,
            throttled: 0,
            billable: *billable,
            latency: None,
        };
        calls.iter().enumerate().map(bucket).collect()
    }

    fn quota(used: u64, limit: u64, days_left: i64) -> Quota {
        Quota {
            tier: "Standard".into(),
            limit,
            used,
            resets_at: Some(Timestamp::from_millis(NOW.as_millis() + days_left * DAY)),
            rate_limit: 60,
            rate_window: Duration::from_secs(60),
        }
    }

    fn told(quota: &Quota, calls: &[u64]) -> Forecast {
        match outlook(quota, &days(calls), None, NOW) {
            Outlook::Forecast(forecast) => forecast,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_steady_use_ends_the_quota_on_the_day_that_division_tells() {
        let forecast = told(&quota(0, 10_000, 20), &[1000; 10]);
        assert_eq!((forecast.days, forecast.a_day), (10, 1000));
        let Exhaustion::Likely { earliest, likely, latest } = forecast.exhaustion else {
            panic!("{forecast:?}")
        };
        assert_eq!(likely.since(NOW), Duration::from_secs(10 * 86_400));
        assert!(earliest < likely && latest.is_some_and(|latest| latest > likely), "{forecast:?}");
        assert_eq!(forecast.at_reset.likely, 20_000);
    }

    #[test]
    fn a_quota_that_is_far_away_lasts_and_one_that_is_near_may_not() {
        assert_eq!(told(&quota(0, 1_000_000, 20), &[1000; 10]).exhaustion, Exhaustion::No);
        let near = told(&quota(0, 20_200, 20), &[800, 1200, 700, 1300, 1000, 900, 1100]);
        assert!(matches!(near.exhaustion, Exhaustion::Possible { .. }), "{near:?}");
    }

    #[test]
    fn the_weekend_is_told_from_working_days() {
        // Three weeks in which two days of each rest.
        let calls: Vec<u64> =
            (0..21).map(|place| if (day(NOW) - 21 + place) % 7 < 2 { 0 } else { 1000 }).collect();
        let forecast = told(&quota(0, 1_000_000, 7), &calls);
        assert_eq!(forecast.at_reset.likely, 5000);
        let spread = forecast.at_reset.most - forecast.at_reset.least;
        assert!(spread < 400, "a rest every week is no surprise: {forecast:?}");
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        let of = |quota: &Quota, calls: &[u64]| outlook(quota, &days(calls), None, NOW);
        assert_eq!(of(&quota(0, 0, 5), &[1; 9]), Outlook::Untold(Untold::NoLimit));
        assert_eq!(of(&quota(0, 10, -1), &[1; 9]), Outlook::Untold(Untold::NoReset));
        let few = Outlook::Untold(Untold::FewDays { known: 2, needed: 3 });
        assert_eq!(of(&quota(0, 10, 5), &[1; 2]), few);
        assert_eq!(of(&quota(10, 10, 5), &[]), Outlook::UsedUp);
    }

    #[test]
    fn a_day_that_is_unknown_or_not_complete_is_not_counted_on() {
        let mut all = days(&[1000; 6]);
        all[2].known = false;
        let until = Timestamp::from_millis(NOW.as_millis() - DAY);
        let Outlook::Forecast(forecast) = outlook(&quota(0, 9000, 9), &all, Some(until), NOW) else {
            panic!()
        };
        assert_eq!(forecast.days, 4);
    }

    /// Chance that is the same in every run, between 0 and 1.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as f64 / (1u64 << 31) as f64
        }

        /// About a normal distribution: twelve rolls.
        fn around(&mut self, mean: f64, deviation: f64) -> u64 {
            let sum: f64 = (0..12).map(|_| self.roll()).sum();
            (mean + deviation * (sum - 6.0)).max(0.0).round() as u64
        }
    }

    #[test]
    fn eight_of_ten_forecasts_keep_their_bounds() {
        for (learned, ahead) in [(7, 5), (14, 10), (28, 20)] {
            let mut dice = Dice(7);
            let mut kept = 0;
            for _ in 0..2000 {
                let past: Vec<u64> = (0..learned).map(|_| dice.around(1000.0, 200.0)).collect();
                // The rest of today is half a day, and the last day is the other half.
                let come: u64 = (0..ahead).map(|_| dice.around(1000.0, 200.0)).sum();
                let span = told(&quota(0, u64::MAX, ahead), &past).at_reset;
                kept += usize::from((span.least..=span.most).contains(&come));
            }
            assert!((1400..1800).contains(&kept), "{kept} of 2000 after {learned} days for {ahead} days");
        }
    }

    proptest! {
        #[test]
        fn no_instant_of_a_portal_is_too_far_away(
            reset in any::<i64>(), start in any::<i64>(), billable in any::<u64>(),
            (used, limit) in (any::<u64>(), any::<u64>()),
        ) {
            let mut all = days(&[1000, billable, 1000, 1000]);
            all[0].start = Timestamp::from_millis(start);
            let quota = Quota { resets_at: Some(Timestamp::from_millis(reset)), ..quota(used, limit, 1) };
            // It ends, which is what is asked.
            let _ = outlook(&quota, &all, None, NOW);
        }

        #[test]
        fn earliest_likely_and_latest_stand_in_order(
            calls in proptest::collection::vec(0u64..5000, 3..40),
            (used, limit) in (0u64..50_000, 1u64..200_000),
            left in 1i64..40,
        ) {
            let quota = quota(used, limit, left);
            if let Outlook::Forecast(told) = outlook(&quota, &days(&calls), None, NOW) {
                prop_assert!(told.at_reset.least <= told.at_reset.likely);
                prop_assert!(told.at_reset.likely <= told.at_reset.most);
                prop_assert!(used <= told.at_reset.least);
                let reset = quota.resets_at.unwrap();
                match told.exhaustion {
                    Exhaustion::Likely { earliest, likely, latest } => {
                        prop_assert!(NOW <= earliest && earliest <= likely && likely <= reset);
                        prop_assert!(latest.is_none_or(|latest| likely <= latest && latest <= reset));
                        prop_assert!(told.at_reset.likely + 1 >= limit);
                    }
                    Exhaustion::Possible { earliest } => prop_assert!(NOW <= earliest && earliest <= reset),
                    Exhaustion::No => prop_assert!(told.at_reset.most <= limit),
                }
            } else {
                prop_assert!(used >= limit);
            }
        }
    }
}
