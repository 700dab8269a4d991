//! What was measured, and what it comes to.
//!
//! A machine that does other things only ever makes a run slower, so a series is summed up by its
//! median and its minimum, never by its mean.

/// The same thing measured several times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    /// Adds one run.
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }

    /// How many runs there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The least.
    pub(crate) fn min(&self) -> f64 {
        self.0.first().copied().unwrap_or(f64::NAN)
    }

    /// The greatest.
    pub(crate) fn max(&self) -> f64 {
        self.0.last().copied().unwrap_or(f64::NAN)
    }

    /// The one in the middle.
    pub(crate) fn median(&self) -> f64 {
        match self.0.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => self.0[count / 2],
            count => f64::midpoint(self.0[count / 2 - 1], self.0[count / 2]),
        }
    }

    /// The one that nine in ten do not exceed.
    pub(crate) fn p90(&self) -> f64 {
        self.percentile(90)
    }

    /// The one that so many in a hundred do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let index = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(index).copied().unwrap_or(f64::NAN)
    }
}

impl FromIterator<f64> for Series {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut series = Self::default();
        values.into_iter().for_each(|value| series.push(value));
        series
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_the_sorted_runs() {
        assert_eq!([9.0, 1.0, 5.0].into_iter().collect::<Series>().median(), 5.0);
        assert_eq!([4.0, 1.0, 2.0, 9.0].into_iter().collect::<Series>().median(), 3.0);
        assert!(Series::default().median().is_nan());
    }

    #[test]
    fn nine_in_ten_do_not_exceed_p90() {
        let series: Series = (1..=10).map(f64::from).collect();
        assert_eq!((series.min(), series.p90()), (1.0, 9.0));
    }
}
