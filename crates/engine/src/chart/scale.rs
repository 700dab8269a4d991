//! The two axes: how many calls, and when.

use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use keystow_domain::Timestamp;

use super::{Area, Column, Tick};

/// The time axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Time {
    from: i64,
    to: i64,
    plot: Area,
}

impl Time {
    pub(super) fn new(from: Timestamp, to: Timestamp, plot: Area) -> Self {
        Self { from: from.as_millis(), to: to.as_millis().max(from.as_millis() + 1), plot }
    }

    /// Where an instant is, in pixels from the left; instants outside the axis lie on its ends.
    pub(super) fn at(&self, instant: Timestamp) -> f64 {
        let inside = instant.as_millis().clamp(self.from, self.to);
        self.plot.x + (inside - self.from) as f64 / (self.to - self.from) as f64 * self.plot.width
    }

    /// Where the time between two instants is.
    pub(super) fn column(&self, from: Timestamp, to: Timestamp) -> Column {
        let x = self.at(from);
        Column { x, width: self.at(to) - x }
    }

    /// Whether an instant is on the axis.
    pub(super) fn holds(&self, instant: Timestamp) -> bool {
        (self.from..=self.to).contains(&instant.as_millis())
    }
}

/// Three to five round numbers of calls, and the number at the upper edge.
pub(super) fn calls(most: u64, plot: Area) -> (Vec<Tick>, u64) {
    let most = most.max(1);
    let rough = most.div_ceil(3).max(1);
    let power = 10_u64.pow(rough.ilog10());
    let step = [1, 2, 5, 10].into_iter().map(|n| n * power).find(|step| *step >= rough).unwrap_or(rough);
    let top = most.max(step).saturating_add(step / 4);
    let ticks = (0..=top / step)
        .map(|n| n * step)
        .map(|value| Tick {
            value: i64::try_from(value).unwrap_or(i64::MAX),
            at: plot.bottom() - value as f64 / top as f64 * plot.height,
        })
        .collect();
    (ticks, top)
}

/// The beginnings of hours, days or months, as `zone` divides them; eight at the most.
pub(super) fn dates(time: &Time, zone: &TimeZone) -> Vec<Tick> {
    dates_or_none(time, zone).unwrap_or_default()
}

fn dates_or_none(time: &Time, zone: &TimeZone) -> Result<Vec<Tick>, jiff::Error> {
    const HOUR: i64 = 3_600_000;
    let span = time.to - time.from;
    let first = jiff::Timestamp::from_millisecond(time.from)?.to_zoned(zone.clone());
    let (mut at, step) = match span / HOUR {
        0..=2 => (first.round(jiff::Unit::Hour)?, 1.hours()),
        3..=26 => (first.start_of_day()?, 3.hours()),
        27..=50 => (first.start_of_day()?, 6.hours()),
        51..=200 => (first.start_of_day()?, 1.days()),
        201..=800 => (first.start_of_day()?, 5.days()),
        801..=2400 => (first.start_of_day()?, 14.days()),
        hours => (first_of(&first, months(hours))?.start_of_day()?, months(hours).months()),
    };
    // A word that begins too near the edge would run over it.
    let room = if span / HOUR <= 50 { 36.0 } else { 72.0 };
    let mut ticks = Vec::new();
    while at.timestamp().as_millisecond() <= time.to && ticks.len() < 12 {
        let instant = Timestamp::from_millis(at.timestamp().as_millisecond());
        if time.holds(instant) && time.at(instant) + room <= time.plot.right() {
            ticks.push(Tick { value: instant.as_millis(), at: time.at(instant) });
        }
        at = at.checked_add(step)?;
    }
    Ok(ticks)
}

/// How many months lie between two ticks, so that there are eight at the most; whole years, where it is more than one.
fn months(hours: i64) -> i64 {
    const MONTH: i64 = 730;
    let rough = (hours / MONTH - 1).div_euclid(8) + 1;
    match rough {
        ..=2 => 2,
        3..=6 => [3, 6][usize::from(rough > 3)],
        _ => (rough + 11) / 12 * 12,
    }
}

/// The month in which the first tick lies: that of the instant, or the year's first where years are stepped over.
fn first_of(first: &jiff::Zoned, months: i64) -> Result<jiff::Zoned, jiff::Error> {
    if months < 12 { first.first_of_month() } else { first.first_of_year() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLOT: Area = Area { x: 0.0, y: 0.0, width: 100.0, height: 100.0 };

    #[test]
    fn steps_are_round_and_never_more_than_four() {
        for most in [0, 1, 2, 3, 7, 10, 99, 100, 101, 999, 4_199, 1_000_000, u64::from(u32::MAX)] {
            let (ticks, top) = calls(most, PLOT);
            assert!(ticks.len() >= 2 && ticks.len() <= 5, "{most}: {ticks:?}");
            assert!(top >= most);
            let step = ticks[1].value;
            let lead = step / 10_i64.pow(step.ilog10());
            assert!([1, 2, 5].contains(&lead), "{most}: {step}");
        }
    }

    #[test]
    fn years_have_ticks_from_one_end_to_the_other() {
        let from = 1_500_000_000;
        for years in [1, 2, 3, 5, 8, 20, 60] {
            let to = from + years * 365 * 86_400;
            let plot = Area { width: 1000.0, ..PLOT };
            let time = Time::new(Timestamp::from_secs(from), Timestamp::from_secs(to), plot);
            let ticks = dates(&time, &TimeZone::UTC);
            assert!(ticks.len() >= 3 && ticks.len() <= 9, "{years}: {}", ticks.len());
            let (gap, last) = (ticks[1].at - ticks[0].at, ticks[ticks.len() - 1].at);
            assert!(last + gap + 72.0 > plot.right(), "{years}: another tick would fit behind {last}");
        }
    }

    #[test]
    fn days_begin_where_the_zone_says() {
        let zone = TimeZone::fixed(jiff::tz::offset(3));
        let from = Timestamp::from_secs(1_800_000_000);
        let time = Time::new(from, Timestamp::from_secs(1_800_000_000 + 7 * 86_400), PLOT);
        let ticks = dates(&time, &zone);
        assert!(!ticks.is_empty());
        assert!(ticks.iter().all(|tick| (tick.value / 1000 + 3 * 3600) % 86_400 == 0));
    }
}
