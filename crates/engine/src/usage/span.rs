//! Which time is looked at, and how finely.

use std::time::Duration;

use jiff::tz::TimeZone;
use keystow_domain::{Resolution, Timestamp};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Hours are shown of so many days at most, and months of no fewer.
const HOURLY_DAYS: i64 = 31;

/// How far back usage is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// 90 days.
    Quarter,
    /// 365 days.
    Year,
    /// From one instant to another, however they are ordered.
    Between(Timestamp, Timestamp),
}

impl Period {
    fn seconds(self) -> i64 {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
            Self::Year => 365,
            Self::Between(from, to) => return (to.as_secs() - from.as_secs()).abs().max(HOUR),
        };
        days * DAY
    }

    /// The instants it ends and begins with, where a person chose them.
    fn chosen(self) -> Option<(i64, i64)> {
        match self {
            Self::Between(from, to) => {
                Some((from.as_secs().min(to.as_secs()), from.as_secs().max(to.as_secs())))
            }
            _ => None,
        }
    }
}

/// The resolution to use: one that the portal has and that keeps the number of buckets in bounds.
pub(super) fn fitting(period: Period, wanted: Resolution, offered: &[Resolution]) -> Resolution {
    let days = period.seconds().div_euclid(DAY);
    let bounded = match wanted {
        Resolution::Hour if days > HOURLY_DAYS => Resolution::Day,
        Resolution::Month if days < HOURLY_DAYS => Resolution::Day,
        wanted => wanted,
    };
    if offered.contains(&bounded) { bounded } else { offered.first().copied().unwrap_or(bounded) }
}

/// What is asked for: the first instant, the last, and whether it was cut to what the portal keeps.
///
/// A period ends with the bucket of `now`, a chosen one no later than that. Buckets at both ends are whole.
/// Of a time that is not kept at all, the first bucket that is kept is what remains.
pub(super) fn span(
    now: Timestamp,
    period: Period,
    resolution: Resolution,
    retention: Option<Duration>,
) -> (Timestamp, Timestamp, bool) {
    let grain = if resolution == Resolution::Hour { HOUR } else { DAY };
    let after = |at: i64| (at.div_euclid(grain) + 1) * grain;
    let now_ends = after(now.as_secs());
    let (mut from, mut to) = match period.chosen() {
        Some((from, to)) => (from.div_euclid(grain) * grain, after(to - 1).min(now_ends)),
        None => (now_ends - period.seconds(), now_ends),
    };
    if resolution == Resolution::Month {
        from = month(from, 0).unwrap_or(from);
        to =
            month(to - 1, 1).map_or(to, |end| if period.chosen().is_some() { end.min(now_ends) } else { to });
    }
    let kept = retention.and_then(|kept| i64::try_from(kept.as_secs()).ok());
    // The first bucket of what is kept may be partly gone, so the period starts with the next one.
    let monthly = resolution == Resolution::Month;
    let whole = |at: i64| if monthly { month(at - 1, 1).unwrap_or(at) } else { at };
    let earliest = kept.map(|kept| whole(after(now.as_secs() - kept)));
    let latest = if monthly { month(now.as_secs(), 0) } else { None }.unwrap_or(now_ends - grain);
    let begins = from.max(earliest.unwrap_or(from)).min(latest);
    let cut = earliest.is_some_and(|earliest| from < earliest);
    (Timestamp::from_secs(begins), Timestamp::from_secs(to.max(begins + grain)), cut)
}

/// The first instant of the month of an instant (UTC), or of a month so many later.
fn month(at: i64, later: i64) -> Option<i64> {
    let day = jiff::Timestamp::from_second(at).ok()?.to_zoned(TimeZone::UTC).date().first_of_month();
    let first = day.checked_add(jiff::Span::new().months(later)).ok()?;
    Some(first.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_005);

    #[test]
    fn a_day_ends_with_the_hour_that_is_running() {
        let now = NOW;
        let (from, to, cut) = span(now, Period::Day, Resolution::Hour, None);
        assert!(!cut);
        assert_eq!(to.as_secs() - from.as_secs(), DAY);
        assert!(to > now && to.as_secs() - now.as_secs() <= HOUR);
    }

    #[test]
    fn a_period_is_cut_to_what_is_kept_and_says_so() {
        let now = Timestamp::from_secs(1_800_000_000);
        let kept = Some(Duration::from_secs(90 * 86_400));
        let (from, _, cut) = span(now, Period::Year, Resolution::Day, kept);
        assert!(cut);
        assert!(now.since(from) <= Duration::from_secs(90 * 86_400));
        assert!(!span(now, Period::Month, Resolution::Day, kept).2);
    }

    #[test]
    fn a_month_that_is_partly_forgotten_is_left_out() {
        let kept = Some(Duration::from_secs(90 * 86_400));
        let (from, to, cut) = span(NOW, Period::Year, Resolution::Month, kept);
        assert!(cut && to > NOW);
        assert_eq!(month(from.as_secs(), 0), Some(from.as_secs()), "the first month is whole");
        assert!(NOW.since(from) <= Duration::from_secs(90 * 86_400));
        let (from, _, _) = span(NOW, Period::Year, Resolution::Month, Some(Duration::from_secs(86_400)));
        assert_eq!(month(NOW.as_secs(), 0), Some(from.as_secs()), "this month remains");
    }

    #[test]
    fn hours_are_not_drawn_over_a_year() {
        let all = [Resolution::Hour, Resolution::Day, Resolution::Month];
        assert_eq!(fitting(Period::Year, Resolution::Hour, &all), Resolution::Day);
        assert_eq!(fitting(Period::Week, Resolution::Hour, &all), Resolution::Hour);
        assert_eq!(fitting(Period::Week, Resolution::Hour, &[Resolution::Day]), Resolution::Day);
    }

    #[test]
    fn a_chosen_time_is_whole_buckets_and_never_ends_after_now() {
        let at = |secs: i64| Timestamp::from_secs(NOW.as_secs() + secs);
        let (from, to, cut) = span(NOW, Period::Between(at(-7_300), at(90 * DAY)), Resolution::Hour, None);
        assert!(!cut && from <= at(-7_300) && from.as_secs() % HOUR == 0);
        assert!(to > NOW && to.as_secs() - NOW.as_secs() <= HOUR);
        let turned = span(NOW, Period::Between(at(-HOUR), at(-5 * HOUR)), Resolution::Hour, None);
        let straight = span(NOW, Period::Between(at(-5 * HOUR), at(-HOUR)), Resolution::Hour, None);
        assert_eq!(turned, straight);
        assert_eq!(straight.1.as_secs() - straight.0.as_secs(), 5 * HOUR);
    }

    #[test]
    fn of_a_time_that_is_not_kept_the_first_kept_bucket_remains() {
        let at = |days: i64| Timestamp::from_secs(NOW.as_secs() + days * DAY);
        let kept = Some(Duration::from_secs(90 * 86_400));
        let (from, to, cut) = span(NOW, Period::Between(at(-200), at(-190)), Resolution::Day, kept);
        assert!(cut);
        assert_eq!(to.as_secs() - from.as_secs(), DAY);
        assert!(NOW.since(from) <= Duration::from_secs(90 * 86_400));
        let (from, to, _) = span(NOW, Period::Between(at(400), at(500)), Resolution::Day, kept);
        assert!(from <= NOW && NOW < to, "what is to come is today");
    }

    #[test]
    fn months_begin_with_their_first_day() {
        let (from, to, cut) = span(NOW, Period::Year, Resolution::Month, None);
        let written = jiff::Timestamp::from_second(from.as_secs()).unwrap().to_string();
        assert!(!cut && written.ends_with("-01T00:00:00Z"), "{written}");
        assert!(to.as_secs() - from.as_secs() >= 365 * DAY);
    }
}
