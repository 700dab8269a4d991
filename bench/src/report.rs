//! The table a person reads at the end, and the bars.
//!
//! A bar is a ratio to something measured beside it, or a bound on a number that does not depend on
//! the machine. It is reached only if the medians *and* the minima reach it.

#![expect(clippy::print_stdout, reason = "the report is what this program is for")]

use crate::rounds::Rounds;
use crate::series::Series;

/// How much a ratio may miss its bar before it counts as missed: the machine is shared.
const TOLERANCE: f64 = 0.10;

/// What is wanted of a number.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bar {
    /// Ours over theirs is at most this.
    AtMost(f64),
    /// Ours over theirs is at least this.
    AtLeast(f64),
}

/// How a bar stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Reached,
    WithinTolerance,
    Missed,
}

impl Bar {
    fn judge(self, ratio: f64) -> Verdict {
        // How far beyond the bar: 1 is on it, more is worse.
        let strain = match self {
            Self::AtMost(limit) => ratio / limit,
            Self::AtLeast(limit) => limit / ratio,
        };
        match strain {
            strain if strain <= 1.0 => Verdict::Reached,
            strain if strain <= 1.0 + TOLERANCE => Verdict::WithinTolerance,
            _ => Verdict::Missed,
        }
    }

    fn shown(self) -> String {
        match self {
            Self::AtMost(limit) => format!("at most {limit}"),
            Self::AtLeast(limit) => format!("at least {limit}"),
        }
    }
}

impl Verdict {
    fn worse(self, other: Self) -> Self {
        if (self as u8) < other as u8 { other } else { self }
    }

    fn shown(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::WithinTolerance => "within tolerance",
            Self::Missed => "MISSED",
        }
    }
}

/// Opens the report of one target.
pub(crate) fn heading(id: &str, what: &str) {
    println!("\n== {id}: {what}");
}

/// Prints every series of the rounds.
pub(crate) fn rounds(unit: &str, rounds: &Rounds) {
    println!("   {:<34} {:>9} {:>9} {:>9}    n   ({unit})", "", "median", "min", "p90");
    for (name, series) in &rounds.series {
        let [median, min, p90] = [series.median(), series.min(), series.p90()].map(figure);
        println!("   {name:<34} {median:>9} {min:>9} {p90:>9}  {:>3}", series.len());
    }
    let busy = if rounds.busy == 0 { String::new() } else { format!(", {} rounds under load", rounds.busy) };
    println!("   load {:.1} to {:.1}{busy}", rounds.load.0, rounds.load.1);
}

/// Prints the ratio of two series and how it stands to its bar.
pub(crate) fn ratio(ours: &(String, Series), theirs: &(String, Series), bar: Bar) {
    let medians = ours.1.median() / theirs.1.median();
    // The best of each: the least time, or the highest rate.
    let best = match bar {
        Bar::AtMost(_) => ours.1.min() / theirs.1.min(),
        Bar::AtLeast(_) => ours.1.max() / theirs.1.max(),
    };
    let verdict = bar.judge(medians).worse(bar.judge(best));
    println!(
        "   {} / {}: {medians:.3} by medians, {best:.3} by the best; wanted {}: {}",
        ours.0,
        theirs.0,
        bar.shown(),
        verdict.shown()
    );
}

/// Prints one number that has a bound of its own.
pub(crate) fn bound(what: &str, value: f64, unit: &str, limit: f64) {
    let verdict = Bar::AtMost(limit).judge(value);
    println!("   {what}: {} {unit}; wanted at most {limit}: {}", figure(value), verdict.shown());
}

/// Prints how much a server answered, and how long half and 99 of 100 answers took at most, in milliseconds.
pub(crate) fn loaded(what: &str, rate: f64, (median, slow): (f64, f64)) {
    let [rate, median, slow] = [rate, median, slow].map(figure);
    println!("   {what}: {rate} a second; half within {median} ms, 99 of 100 within {slow} ms; none failed");
}

/// Three digits that mean something.
fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_judged_from_its_own_side() {
        assert_eq!(Bar::AtMost(0.9).judge(0.9), Verdict::Reached);
        assert_eq!(Bar::AtMost(0.9).judge(0.95), Verdict::WithinTolerance);
        assert_eq!(Bar::AtMost(0.9).judge(1.2), Verdict::Missed);
        assert_eq!(Bar::AtLeast(0.85).judge(0.9), Verdict::Reached);
        assert_eq!(Bar::AtLeast(0.85).judge(0.5), Verdict::Missed);
    }

    #[test]
    fn the_worse_of_two_verdicts_counts() {
        assert_eq!(Verdict::Reached.worse(Verdict::Missed), Verdict::Missed);
        assert_eq!(Verdict::Missed.worse(Verdict::Reached), Verdict::Missed);
    }
}
