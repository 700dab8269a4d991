//! Reminders and schedules: when something is told, and when a rotation is due.
//!
//! A step is an instant at which something that ends is told once. Steps are derived from the two ends
//! of a time, so they are the same after every restart.

use std::time::Duration;

use crate::{GraceEnd, Timestamp};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The interval offered to somebody who sets a schedule for the first time, in days.
pub const OFFERED_DAYS: u32 = 90;
/// The longest interval of a schedule, in days.
pub const MOST_DAYS: u32 = 3650;

/// A point of something that ends, at which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Fourteen days are left.
    FourteenDays,
    /// Seven days are left.
    SevenDays,
    /// One day is left.
    OneDay,
    /// One hour is left.
    OneHour,
    /// Half of the time is left.
    Half,
    /// A fifth of the time is left.
    Fifth,
    /// Five minutes are left.
    FiveMinutes,
    /// It may end from here on; nobody knows when exactly.
    MayEnd,
    /// It is over.
    End,
}

impl Step {
    /// Its name on disk.
    pub fn word(self) -> &'static str {
        match self {
            Self::FourteenDays => "14d",
            Self::SevenDays => "7d",
            Self::OneDay => "1d",
            Self::OneHour => "1h",
            Self::Half => "half",
            Self::Fifth => "fifth",
            Self::FiveMinutes => "5m",
            Self::MayEnd => "may_end",
            Self::End => "end",
        }
    }
}

/// The steps of a grace that began at `from`: half, a fifth, five minutes, and the end.
///
/// An end that is known as a range counts down to its earlier bound, is told there, and is over at the
/// later one. An end that nobody knows has no steps.
pub fn grace_steps(from: Timestamp, end: GraceEnd) -> Vec<(Step, Timestamp)> {
    let (Some(first), Some(last)) = (end.deadline(), last(end)) else { return Vec::new() };
    let all = first.since(from);
    let mut steps = vec![
        (Step::Half, first.minus(all / 2)),
        (Step::Fifth, first.minus(all / 5)),
        (Step::FiveMinutes, first.minus(Duration::from_secs(5 * MINUTE))),
    ];
    if first < last {
        steps.push((Step::MayEnd, first));
    }
    steps.push((Step::End, last));
    in_order(from, steps)
}

/// The steps of a key that was made at `from` and expires at `end`: the ladder, and the end.
pub fn expiry_steps(from: Timestamp, end: Timestamp) -> Vec<(Step, Timestamp)> {
    let before = |seconds| end.minus(Duration::from_secs(seconds));
    let steps = vec![
        (Step::FourteenDays, before(14 * DAY)),
        (Step::SevenDays, before(7 * DAY)),
        (Step::OneDay, before(DAY)),
        (Step::OneHour, before(HOUR)),
        (Step::End, end),
    ];
    in_order(from, steps)
}

/// The instant after which something is certainly over.
fn last(end: GraceEnd) -> Option<Timestamp> {
    match end {
        GraceEnd::At(at) | GraceEnd::Between { most: at, .. } => Some(at),
        GraceEnd::Unknown => None,
    }
}

/// Only what comes after the beginning, one step an instant, the more urgent one of two.
fn in_order(from: Timestamp, mut steps: Vec<(Step, Timestamp)>) -> Vec<(Step, Timestamp)> {
    steps.retain(|(step, at)| *at > from || *step == Step::End);
    steps.sort_by_key(|&(step, at)| (at, step));
    let mut kept: Vec<(Step, Timestamp)> = Vec::with_capacity(steps.len());
    for (step, at) in steps {
        match kept.last_mut() {
            Some(before) if before.1 == at => *before = (step, at),
            _ => kept.push((step, at)),
        }
    }
    kept
}

/// How often keys are to be rotated: one key, or all that a search finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covers {
    /// One key.
    Key(crate::KeyId),
    /// Every key that this search finds.
    Rule(String),
}

/// Which of several schedules holds for a key: its own before every rule, the shortest rule before the
/// others. The number is the interval in days.
pub fn governing<'a, T>(
    own: Option<(&'a T, u32)>,
    rules: impl Iterator<Item = (&'a T, u32)>,
) -> Option<(&'a T, u32)> {
    own.or_else(|| rules.min_by_key(|(_, days)| *days))
}

/// When a rotation is due: so many days after the secret was made.
pub fn due_at(rotated_at: Option<Timestamp>, created_at: Option<Timestamp>, days: u32) -> Option<Timestamp> {
    let since = rotated_at.max(created_at)?;
    Some(since.plus(Duration::from_secs(u64::from(days) * DAY)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn words(steps: &[(Step, Timestamp)]) -> Vec<&'static str> {
        steps.iter().map(|(step, _)| step.word()).collect()
    }

    #[test]
    fn an_hour_of_grace_is_told_at_half_a_fifth_five_minutes_and_the_end() {
        let end = NOW.plus(Duration::from_secs(3600));
        let steps = grace_steps(NOW, GraceEnd::At(end));
        let left: Vec<_> = steps.iter().map(|&(_, at)| end.since(at).as_secs()).collect();
        assert_eq!(words(&steps), ["half", "fifth", "5m", "end"]);
        assert_eq!(left, [1800, 720, 300, 0]);
    }

    #[test]
    fn a_short_grace_has_no_step_before_it_began_and_none_twice() {
        let grace = |secs| grace_steps(NOW, GraceEnd::At(NOW.plus(Duration::from_secs(secs))));
        assert_eq!(words(&grace(60)), ["half", "fifth", "end"]);
        assert_eq!(words(&grace(600)), ["5m", "fifth", "end"], "half of ten minutes is five minutes");
        assert_eq!(words(&grace(0)), ["end"]);
    }

    #[test]
    fn a_range_counts_down_to_its_earlier_bound_and_an_unknown_end_never() {
        let (least, most) = (NOW.plus(Duration::from_secs(3600)), NOW.plus(Duration::from_secs(7200)));
        let steps = grace_steps(NOW, GraceEnd::Between { least, most });
        assert_eq!(words(&steps), ["half", "fifth", "5m", "may_end", "end"]);
        assert_eq!(steps[3].1, least);
        assert_eq!(steps[4].1, most);
        assert!(grace_steps(NOW, GraceEnd::Unknown).is_empty());
    }

    #[test]
    fn a_key_made_for_a_week_is_not_told_of_weeks() {
        let week = NOW.plus(Duration::from_secs(7 * DAY));
        assert_eq!(words(&expiry_steps(NOW, week)), ["1d", "1h", "end"]);
        let year = NOW.plus(Duration::from_secs(365 * DAY));
        assert_eq!(words(&expiry_steps(NOW, year)), ["14d", "7d", "1d", "1h", "end"]);
    }

    #[test]
    fn a_keys_own_schedule_wins_and_then_the_shortest_rule() {
        let rules = || [(&"long", 90), (&"short", 30)].into_iter();
        assert_eq!(governing(Some((&"own", 365)), rules()), Some((&"own", 365)));
        assert_eq!(governing(None, rules()), Some((&"short", 30)));
        assert_eq!(governing::<&str>(None, std::iter::empty()), None);
    }

    #[test]
    fn a_rotation_is_due_so_long_after_the_secret_was_made() {
        let later = NOW.plus(Duration::from_secs(DAY));
        assert_eq!(due_at(None, Some(NOW), 1), Some(later));
        assert_eq!(due_at(Some(later), Some(NOW), 1), Some(later.plus(Duration::from_secs(DAY))));
        assert_eq!(due_at(None, None, 1), None);
    }

    proptest! {
        #[test]
        fn steps_come_one_after_another_and_the_end_comes_last(
            from in 0..4_000_000_000_000_i64,
            least in 0..40_000_000_000_u64,
            more in 0..40_000_000_000_u64,
        ) {
            let from = Timestamp::from_millis(from);
            let least = from.plus(Duration::from_millis(least));
            let most = least.plus(Duration::from_millis(more));
            for steps in [
                grace_steps(from, GraceEnd::At(least)),
                grace_steps(from, GraceEnd::Between { least, most }),
                expiry_steps(from, most),
            ] {
                prop_assert!(steps.windows(2).all(|two| two[0].1 < two[1].1 && two[0].0 != two[1].0));
                prop_assert!(steps.iter().all(|&(step, at)| at > from || step == Step::End));
                prop_assert_eq!(steps.last().map(|&(step, _)| step), Some(Step::End));
            }
        }
    }
}
