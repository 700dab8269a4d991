//! Time cut into hours, days or months of UTC.

use jiff::{ToSpan, civil::DateTime, tz::Offset};
use keystow_domain::{Resolution, Timestamp};

use crate::meter::HOUR;

/// Whole buckets that cover a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Calendar {
    resolution: Resolution,
    /// The first instant of each bucket in milliseconds, and after them the end of the last.
    edges: Vec<i64>,
}

impl Calendar {
    /// Cuts the time from `from` to `to` into at most `most` buckets; the first and the last are whole.
    /// Nothing if there would be more, or if the time lies outside of what a calendar can say.
    pub(super) fn new(resolution: Resolution, from: Timestamp, to: Timestamp, most: usize) -> Option<Self> {
        let mut start = floor(resolution, civil(from)?)?;
        let mut edges = vec![millis(start)?];
        while *edges.last()? < to.as_millis() {
            if edges.len() > most {
                return None;
            }
            start = start
                .checked_add(match resolution {
                    Resolution::Hour => 1.hour(),
                    Resolution::Day => 1.day(),
                    Resolution::Month => 1.month(),
                })
                .ok()?;
            edges.push(millis(start)?);
        }
        (edges.len() > 1).then_some(Self { resolution, edges })
    }

    /// The width of the buckets.
    pub(super) fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// How many buckets there are.
    pub(super) fn len(&self) -> usize {
        self.edges.len() - 1
    }

    /// First and last instant of each bucket, the last being the first of the next.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.edges.windows(2).map(|edge| (Timestamp::from_millis(edge[0]), Timestamp::from_millis(edge[1])))
    }

    /// The first hour of all, and the first that is no longer in.
    pub(super) fn hours(&self) -> (i64, i64) {
        let hour = |edge: Option<&i64>| edge.map_or(0, |edge| edge.div_euclid(HOUR));
        (hour(self.edges.first()), hour(self.edges.last()))
    }

    /// The bucket an hour belongs to.
    pub(super) fn place(&self, hour: i64) -> Option<usize> {
        let after = self.edges.partition_point(|edge| *edge <= hour * HOUR);
        (1..self.edges.len()).contains(&after).then(|| after - 1)
    }
}

fn civil(at: Timestamp) -> Option<DateTime> {
    jiff::Timestamp::from_millisecond(at.as_millis()).ok().map(|at| Offset::UTC.to_datetime(at))
}

fn millis(at: DateTime) -> Option<i64> {
    Offset::UTC.to_timestamp(at).ok().map(jiff::Timestamp::as_millisecond)
}

fn floor(resolution: Resolution, at: DateTime) -> Option<DateTime> {
    let day = match resolution {
        Resolution::Hour => return at.date().at(at.hour(), 0, 0, 0).into(),
        Resolution::Day => at.date(),
        Resolution::Month => at.date().first_of_month(),
    };
    Some(day.at(0, 0, 0, 0))
}

/// The first hour of the month of an instant, and the first instant of the next month (UTC).
pub(crate) fn month(at: Timestamp) -> Option<(i64, Timestamp)> {
    let first = floor(Resolution::Month, civil(at)?)?;
    let next = first.checked_add(1.month()).ok()?;
    Some((millis(first)?.div_euclid(HOUR), Timestamp::from_millis(millis(next)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp;

    fn cut(resolution: Resolution, from: &str, to: &str) -> Vec<String> {
        let calendar =
            Calendar::new(resolution, stamp::read(from).unwrap(), stamp::read(to).unwrap(), 100).unwrap();
        calendar.buckets().map(|(start, _)| stamp::write(start)).collect()
    }

    #[test]
    fn the_first_and_the_last_bucket_are_whole() {
        assert_eq!(
            cut(Resolution::Hour, "2026-03-01T22:59:00Z", "2026-03-02T00:00:01Z"),
            ["2026-03-01T22:00:00Z", "2026-03-01T23:00:00Z", "2026-03-02T00:00:00Z"]
        );
        assert_eq!(
            cut(Resolution::Day, "2026-03-01T22:59:00Z", "2026-03-02T00:00:00Z"),
            ["2026-03-01T00:00:00Z"]
        );
    }

    #[test]
    fn months_have_their_own_lengths() {
        assert_eq!(
            cut(Resolution::Month, "2024-01-31T00:00:00Z", "2024-03-02T00:00:00Z"),
            ["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"]
        );
        let (first, next) = month(stamp::read("2024-02-29T12:00:00Z").unwrap()).unwrap();
        assert_eq!(stamp::write(Timestamp::from_millis(first * HOUR)), "2024-02-01T00:00:00Z");
        assert_eq!(stamp::write(next), "2024-03-01T00:00:00Z");
    }

    #[test]
    fn an_hour_lies_in_its_bucket_or_in_none() {
        let at = |text: &str| stamp::read(text).unwrap();
        let days = Calendar::new(Resolution::Day, at("2026-03-01T00:00:00Z"), at("2026-03-03T00:00:00Z"), 10)
            .unwrap();
        let place = |text| days.place(at(text).as_millis() / HOUR);
        assert_eq!(place("2026-03-01T23:00:00Z"), Some(0));
        assert_eq!(place("2026-03-02T00:00:00Z"), Some(1));
        assert_eq!(place("2026-02-28T23:00:00Z"), None);
        assert_eq!(place("2026-03-03T00:00:00Z"), None);
    }

    #[test]
    fn more_buckets_than_allowed_are_none() {
        let at = |text: &str| stamp::read(text).unwrap();
        assert_eq!(
            Calendar::new(Resolution::Hour, at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z"), 23),
            None
        );
    }
}
