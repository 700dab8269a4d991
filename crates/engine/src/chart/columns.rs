//! From buckets to columns: where each bucket is, and what is drawn when there are more buckets than
//! room for bars.

use keystow_domain::{Bucket, Timestamp};

use super::scale::Time;
use super::{Area, Column, Series};

/// Up to so many columns are drawn as bars of their own.
const MOST_BARS: usize = 170;
/// Beyond that, this many columns stand for all buckets.
const MERGED: usize = 220;

/// How finely the columns are drawn: as finely as the picture's size allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finish {
    /// Whether bars stand apart.
    pub(super) air: bool,
    /// Whether the parts of a stack are divided by a line of background.
    pub(super) lines: bool,
}

impl Finish {
    /// From the finest down.
    const ALL: [Self; 3] = [
        Self { air: true, lines: true },
        Self { air: true, lines: false },
        Self { air: false, lines: false },
    ];

    /// How a chart is drawn that has no columns.
    pub(super) fn plain() -> Self {
        Self { air: false, lines: false }
    }

    /// How many corners these columns have when they are drawn so.
    fn corners(self, drawn: &[Drawn]) -> usize {
        let of = |column: &Drawn| {
            let parted = usize::from(column.client_errors > 0) + usize::from(column.server_errors > 0);
            let parts = if self.lines { 2 * parted } else { parted };
            let marks = usize::from(column.known) + parts + usize::from(column.throttled > 0);
            marks * if self.air { 4 } else { 2 } + if column.merged { 2 } else { 0 }
        };
        drawn.iter().map(of).sum()
    }
}

/// What is drawn in one column: one bucket, or the extremes of several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Drawn {
    pub(super) column: Column,
    pub(super) complete: bool,
    pub(super) known: bool,
    /// Whether some of the buckets have no data.
    pub(super) gaps: bool,
    /// The lowest number of calls among the buckets.
    pub(super) least: u64,
    /// The bucket with the most calls.
    pub(super) successes: u64,
    pub(super) client_errors: u64,
    pub(super) server_errors: u64,
    pub(super) throttled: u64,
    /// Whether several buckets share the column.
    pub(super) merged: bool,
}

impl Drawn {
    /// The height of the stack: throttled calls have a lane of their own.
    pub(super) fn highest(&self) -> u64 {
        self.successes + self.client_errors + self.server_errors
    }
}

/// Buckets on their time axis.
#[derive(Clone, Copy)]
pub(super) struct Placed<'s> {
    pub(super) series: &'s Series<'s>,
    pub(super) time: &'s Time,
}

impl Placed<'_> {
    /// When a bucket begins. The last one ends where the axis does.
    fn start(self, index: usize) -> Timestamp {
        self.series.buckets.get(index).map_or(self.series.to, |bucket| bucket.start)
    }

    /// Where `count` buckets are, from the one at `index` on.
    pub(super) fn column(self, index: usize, count: usize) -> Column {
        self.time.column(self.start(index), self.start(index + count))
    }

    /// Whether a bucket is complete: it ends where the next one begins.
    pub(super) fn is_complete(self, index: usize) -> bool {
        self.series.complete_until.is_none_or(|until| self.start(index + 1) <= until)
    }
}

/// The columns to begin with: a bar a bucket while there is room, else columns that keep every extreme.
///
/// Every bucket is looked at once, however often the columns are joined until the picture is small, and
/// only the borders of columns are placed: buckets are many, and reading them is what takes time.
pub(super) fn first(placed: Placed<'_>) -> Vec<Drawn> {
    let count = placed.series.buckets.len();
    merge_by(if count <= MOST_BARS { 1 } else { count.div_ceil(MERGED) }, placed)
}

/// The columns that are drawn, and how: joined until they have no more than so many corners.
pub(super) fn fit(first: Vec<Drawn>, corners: usize) -> (Vec<Drawn>, Finish) {
    let mut drawn = first;
    let mut single = !drawn.iter().any(|column| column.merged);
    loop {
        let mut finishes = Finish::ALL.into_iter().filter(|finish| single || !finish.air);
        if let Some(finish) = finishes.find(|finish| finish.corners(&drawn) <= corners) {
            return (drawn, finish);
        }
        single = false;
        drawn = joined(&drawn);
    }
}

fn merge_by(each: usize, placed: Placed<'_>) -> Vec<Drawn> {
    let chunks = placed.series.buckets.chunks(each).enumerate();
    // The first bucket of a column says whether it is complete.
    let one = |(chunk, buckets): (usize, &[Bucket])| {
        let index = chunk * each;
        drawn(buckets, placed.column(index, buckets.len()), placed.is_complete(index))
    };
    chunks.map(one).collect()
}

fn drawn(buckets: &[Bucket], column: Column, complete: bool) -> Drawn {
    let stack = |bucket: &Bucket| bucket.requests.saturating_sub(bucket.throttled);
    // Nothing is decided for each bucket: where the highest is, is looked up once it is known how high.
    let (mut most, mut least, mut throttled, mut gaps) = (0, u64::MAX, 0, 0);
    for bucket in buckets {
        let height = stack(bucket);
        most = most.max(if bucket.known { height } else { 0 });
        least = least.min(if bucket.known { height } else { u64::MAX });
        throttled = throttled.max(if bucket.known { bucket.throttled } else { 0 });
        gaps += usize::from(!bucket.known);
    }
    let highest = buckets.iter().rev().find(|bucket| bucket.known && stack(bucket) == most);
    Drawn {
        column,
        complete,
        known: highest.is_some(),
        gaps: gaps > 0,
        least: if highest.is_some() { least } else { 0 },
        successes: highest.map_or(0, Bucket::successes),
        client_errors: highest.map_or(0, |bucket| bucket.client_errors),
        server_errors: highest.map_or(0, |bucket| bucket.server_errors),
        throttled,
        merged: buckets.len() > 1,
    }
}

/// A quarter fewer columns: of every four, the last two become one.
fn joined(columns: &[Drawn]) -> Vec<Drawn> {
    let mut fewer = Vec::with_capacity(columns.len());
    for four in columns.chunks(4) {
        match *four {
            [first, second, third, last] => fewer.extend([first, second, join(third, last)]),
            // What is left over at the end is joined as well, so that every round makes it fewer.
            [first, second] => fewer.push(join(first, second)),
            [first, second, third] => fewer.extend([first, join(second, third)]),
            _ => fewer.extend_from_slice(four),
        }
    }
    fewer
}

/// Two neighbours as one column with the extremes of both.
fn join(left: Drawn, right: Drawn) -> Drawn {
    let highest = match (left.known, right.known) {
        (true, true) if right.highest() > left.highest() => right,
        (false, true) => right,
        _ => left,
    };
    let least = match (left.known, right.known) {
        (true, true) => left.least.min(right.least),
        _ => highest.least,
    };
    let width = right.column.x + right.column.width - left.column.x;
    Drawn {
        column: Column { x: left.column.x, width },
        complete: left.complete,
        gaps: left.gaps || right.gaps,
        least,
        throttled: left.throttled.max(right.throttled),
        merged: true,
        ..highest
    }
}

/// The rectangles without data, neighbours joined. Columns that were found to be whole are not looked at.
pub(super) fn gaps(placed: Placed<'_>, drawn: &[Drawn], plot: Area) -> Vec<Area> {
    let mut gaps: Vec<Area> = Vec::new();
    if !drawn.iter().any(|column| column.gaps) {
        return gaps;
    }
    for (index, _) in placed.series.buckets.iter().enumerate().filter(|(_, bucket)| !bucket.known) {
        let column = placed.column(index, 1);
        match gaps.last_mut() {
            Some(gap) if (gap.right() - column.x).abs() < 0.5 => gap.width = column.x + column.width - gap.x,
            _ => gaps.push(Area { x: column.x, width: column.width, ..plot }),
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn bucket(hour: u64, requests: u64) -> Bucket {
        Bucket {
            start: Timestamp::from_secs(0).plus(Duration::from_secs(3600 * hour)),
            known: true,
            requests,
            client_errors: 0,
            server_errors: 0,
            throttled: 0,
            billable: 0,
            latency: None,
        }
    }

    #[test]
    fn a_merged_column_keeps_the_highest_and_the_lowest() {
        let buckets: Vec<Bucket> = (0..9_000).map(|hour| bucket(hour, (hour * 31) % 1_009)).collect();
        let series = Series {
            from: Timestamp::from_secs(0),
            to: Timestamp::from_secs(9_000 * 3600),
            buckets: &buckets,
            complete_until: None,
            one_key: true,
            rotation: None,
            throttled_lane: true,
        };
        let plot = Area { x: 0.0, y: 0.0, width: 800.0, height: 100.0 };
        let placed = Placed { series: &series, time: &Time::new(series.from, series.to, plot) };
        let (drawn, _) = fit(first(placed), 1_600);
        assert!(drawn.len() <= MERGED);
        let each = buckets.len().div_ceil(MERGED);
        for (column, chunk) in drawn.iter().zip(buckets.chunks(each)) {
            assert_eq!(Some(column.highest()), chunk.iter().map(|bucket| bucket.requests).max());
            assert_eq!(Some(column.least), chunk.iter().map(|bucket| bucket.requests).min());
        }
    }

    #[test]
    fn joined_columns_keep_the_extremes_of_both_and_their_place() {
        let buckets: Vec<Bucket> =
            (0..7).map(|hour| bucket(hour, [5, 9, 2, 7, 0, 3, 8][hour as usize])).collect();
        let series = Series {
            from: Timestamp::from_secs(0),
            to: Timestamp::from_secs(7 * 3600),
            buckets: &buckets,
            complete_until: None,
            one_key: true,
            rotation: None,
            throttled_lane: true,
        };
        let plot = Area { x: 0.0, y: 0.0, width: 70.0, height: 100.0 };
        let placed = Placed { series: &series, time: &Time::new(series.from, series.to, plot) };
        let fewer = joined(&merge_by(1, placed));
        let seen: Vec<_> = fewer.iter().map(|c| (c.column.x, c.column.width, c.least, c.highest())).collect();
        assert_eq!(
            seen,
            [
                (0.0, 10.0, 5, 5),
                (10.0, 10.0, 9, 9),
                (20.0, 20.0, 2, 7),
                (40.0, 10.0, 0, 0),
                (50.0, 20.0, 3, 8)
            ]
        );
    }

    #[test]
    fn neighbours_without_data_are_one_gap() {
        let mut buckets: Vec<Bucket> = (0..10).map(|hour| bucket(hour, 1)).collect();
        for hour in [2, 3, 4, 8] {
            buckets[hour].known = false;
        }
        let series = Series {
            from: Timestamp::from_secs(0),
            to: Timestamp::from_secs(36_000),
            buckets: &buckets,
            complete_until: None,
            one_key: true,
            rotation: None,
            throttled_lane: true,
        };
        let plot = Area { x: 0.0, y: 0.0, width: 100.0, height: 100.0 };
        let placed = Placed { series: &series, time: &Time::new(series.from, series.to, plot) };
        let gaps = gaps(placed, &first(placed), plot);
        assert_eq!(gaps.len(), 2);
        assert!((gaps[0].x - 20.0).abs() < 1e-9 && (gaps[0].width - 30.0).abs() < 1e-9);
    }
}
