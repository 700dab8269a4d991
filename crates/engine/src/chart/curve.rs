//! From the values of a line to the few points that are drawn of it.
//!
//! A line of many buckets is cut into columns, and of each column its lowest and its highest value are
//! kept, in the order in which they happened. Nothing is drawn where there is no value.

/// One step of the pen along a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// To the value of a bucket.
    To {
        /// Which bucket.
        index: usize,
        /// Its value.
        value: u64,
    },
    /// The pen is lifted: there is no value in between.
    Lift,
}

/// What is drawn of `values` in at most `columns` columns.
pub(super) fn thin(values: &[Option<u64>], columns: usize) -> Vec<Step> {
    let each = values.len().div_ceil(columns.max(1)).max(1);
    let mut steps = Vec::with_capacity(2 * values.len().div_ceil(each));
    let mut before = None;
    let mut to = |(index, value): Point| {
        // A bucket without a value between two points is nothing a line may be drawn over.
        let parted = |before: usize| values[before..index].iter().any(Option::is_none);
        if before.replace(index).is_some_and(parted) {
            steps.push(Step::Lift);
        }
        steps.push(Step::To { index, value });
    };
    for (column, part) in values.chunks(each).enumerate() {
        let Some((lowest, highest)) = extremes(part, column * each) else { continue };
        let (first, second) = if lowest.0 <= highest.0 { (lowest, highest) } else { (highest, lowest) };
        to(first);
        if second.0 != first.0 {
            to(second);
        }
    }
    steps
}

/// A bucket and its value.
type Point = (usize, u64);

/// The lowest and the highest value of a column with their places, the first of equals.
fn extremes(part: &[Option<u64>], from: usize) -> Option<(Point, Point)> {
    let mut found: Option<(Point, Point)> = None;
    for (offset, value) in part.iter().enumerate() {
        let Some(value) = *value else { continue };
        let here = (from + offset, value);
        let (lowest, highest) = found.get_or_insert((here, here));
        if value < lowest.1 {
            *lowest = here;
        }
        if value > highest.1 {
            *highest = here;
        }
    }
    found
}

/// The `d` of an SVG path, written in tenths of a pixel and relative to the point before.
#[derive(Debug, Default)]
pub(super) struct Path {
    pub(super) text: String,
    at: (i64, i64),
    drawing: bool,
}

impl Path {
    /// Goes to a point, in pixels, without drawing.
    pub(super) fn go(&mut self, x: f64, y: f64) {
        self.at = (tenths(x), tenths(y));
        self.text.push('M');
        number(&mut self.text, self.at.0, false);
        number(&mut self.text, self.at.1, true);
        self.drawing = false;
    }

    /// Draws to a point, in pixels.
    pub(super) fn line(&mut self, x: f64, y: f64) {
        let to = (tenths(x), tenths(y));
        let further = self.drawing;
        if !further {
            self.text.push('l');
            self.drawing = true;
        }
        number(&mut self.text, to.0 - self.at.0, further);
        number(&mut self.text, to.1 - self.at.1, true);
        self.at = to;
    }

    /// A dot where the pen is: a line of no length, which round ends make visible.
    pub(super) fn dot(&mut self) {
        self.text.push_str("h0");
        self.drawing = false;
    }

    /// Closes a shape.
    pub(super) fn close(&mut self) {
        self.text.push('z');
        self.drawing = false;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

fn tenths(pixels: f64) -> i64 {
    (pixels * 10.0).round() as i64
}

/// Appends a number of tenths; a minus sign parts it from the one before as well as a space does.
fn number(text: &mut String, tenths: i64, parted: bool) {
    if tenths < 0 {
        text.push('-');
    } else if parted {
        text.push(' ');
    }
    let size = tenths.unsigned_abs();
    let (whole, tenth) = (size / 10, size % 10);
    text.push_str(&whole.to_string());
    if tenth > 0 {
        text.push('.');
        text.push(char::from(b'0' + tenth as u8));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(steps: &[Step]) -> Vec<(usize, u64)> {
        let value = |step: &Step| match *step {
            Step::To { index, value } => Some((index, value)),
            Step::Lift => None,
        };
        steps.iter().filter_map(value).collect()
    }

    proptest! {
        #[test]
        fn every_column_keeps_its_lowest_and_its_highest_value_exactly(
            values in prop::collection::vec(prop::option::weighted(0.8, 0_u64..1_000_000), 0..3_000),
            columns in 1_usize..400,
        ) {
            let points = drawn(&thin(&values, columns));
            prop_assert!(points.iter().all(|(index, value)| values[*index] == Some(*value)), "nothing is made up");
            prop_assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0), "time runs on");
            let each = values.len().div_ceil(columns).max(1);
            for (column, part) in values.chunks(each).enumerate() {
                let mine = points.iter().filter(|(index, _)| index / each == column).map(|(_, value)| *value);
                let mine: Vec<u64> = mine.collect();
                prop_assert_eq!(mine.iter().min(), part.iter().flatten().min());
                prop_assert_eq!(mine.iter().max(), part.iter().flatten().max());
                prop_assert!(mine.len() <= 2);
            }
        }

        #[test]
        fn no_line_is_drawn_over_a_bucket_without_a_value(
            values in prop::collection::vec(prop::option::weighted(0.8, 0_u64..100), 1..200),
            columns in 1_usize..200,
        ) {
            let steps = thin(&values, columns);
            for pair in steps.windows(2) {
                if let [Step::To { index: from, .. }, Step::To { index: to, .. }] = pair {
                    prop_assert!(values[*from..=*to].iter().all(Option::is_some));
                }
            }
        }
    }

    #[test]
    fn a_path_is_relative_and_short() {
        let mut path = Path::default();
        path.go(10.04, 20.0);
        path.line(12.5, 18.25);
        path.line(12.5, 30.0);
        path.go(1.0, 2.0);
        path.dot();
        assert_eq!(path.text, "M10 20l2.5-1.7 0 11.7M1 2h0");
    }
}
