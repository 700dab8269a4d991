//! How long calls took, in few numbers.
//!
//! Bins grow with what they hold: eight to every doubling, so that a percentile is off by at most
//! one part in eight, and histograms of many hours can be added.

use std::collections::BTreeMap;

/// Counts of calls by duration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Histogram(BTreeMap<u16, u64>);

/// The bin of a duration: below eight microseconds one each, then eight to a doubling.
fn bin(micros: u64) -> u16 {
    let doublings = micros.max(1).ilog2();
    if doublings < 3 {
        return u16::try_from(micros).unwrap_or_default();
    }
    let within = (micros >> (doublings - 3)) & 7;
    u16::try_from(u64::from(doublings - 2) * 8 + within).unwrap_or(u16::MAX)
}

/// The longest duration of a bin.
fn top(bin: u16) -> u64 {
    let (doublings, within) = (u32::from(bin / 8), u64::from(bin % 8));
    if doublings == 0 {
        return within;
    }
    // The widest bin ends where a duration can grow no further.
    (9 + within).checked_mul(1 << (doublings - 1).min(63)).map_or(u64::MAX, |end| end - 1)
}

impl Histogram {
    /// Counts `calls` that took so long.
    pub(crate) fn count(&mut self, micros: u64, calls: u64) {
        *self.0.entry(bin(micros)).or_default() += calls;
    }

    /// Adds what another histogram counted.
    pub(crate) fn add(&mut self, other: &Self) {
        for (bin, calls) in &other.0 {
            *self.0.entry(*bin).or_default() += calls;
        }
    }

    /// The duration in microseconds that `percent` of the calls did not exceed; zero without calls.
    pub(crate) fn percentile(&self, percent: u64) -> u64 {
        let calls: u64 = self.0.values().sum();
        let wanted = (calls * percent).div_ceil(100);
        let mut seen = 0;
        for (bin, calls) in &self.0 {
            seen += calls;
            if seen >= wanted {
                return top(*bin);
            }
        }
        0
    }

    /// The histogram as pairs of bin and count, each number in groups of seven bits (LEB128).
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * 3);
        for (bin, calls) in &self.0 {
            put(&mut bytes, u64::from(*bin));
            put(&mut bytes, *calls);
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; what is cut off is left out.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let mut numbers = bytes.split_inclusive(|byte| byte & 0x80 == 0).map(|group| {
            group.iter().rev().fold(0_u64, |number, byte| (number << 7) | u64::from(byte & 0x7f))
        });
        let mut histogram = Self::default();
        while let (Some(bin), Some(calls)) = (numbers.next(), numbers.next()) {
            *histogram.0.entry(u16::try_from(bin).unwrap_or(u16::MAX)).or_default() += calls;
        }
        histogram
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_in_its_bin_and_at_most_an_eighth_below_its_top() {
        for micros in (0..5_000).chain([1 << 20, (1 << 40) + 12_345, u64::MAX]) {
            let top = top(bin(micros));
            assert!(top >= micros, "{micros} is above the top {top} of its bin");
            assert!(top - micros <= micros / 8 + 1, "{micros} is too far below {top}");
        }
    }

    #[test]
    fn percentiles_of_a_hundred_calls_are_those_calls() {
        let mut histogram = Histogram::default();
        (1..=100).for_each(|n| histogram.count(n * 1000, 1));
        for (percent, exact) in [(50, 50_000), (95, 95_000), (99, 99_000)] {
            let told = histogram.percentile(percent);
            assert!((exact..=exact + exact / 8).contains(&told), "p{percent} is {told}");
        }
        assert_eq!(Histogram::default().percentile(99), 0);
    }

    #[test]
    fn bytes_hold_the_whole_histogram() {
        let mut histogram = Histogram::default();
        histogram.count(3, 1);
        histogram.count(90_000, 300);
        histogram.count(u64::MAX, 70_000);
        assert_eq!(Histogram::from_bytes(&histogram.to_bytes()), histogram);
    }
}
