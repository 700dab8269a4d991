//! Counting tests by what their runners print.
//!
//! A runner that prints no count still counts: as one passed or one failed check. The names of tests
//! that failed, or that had not ended when their step was stopped, are kept: whoever reads the end
//! of a long log wants to know them.

use std::iter::Sum;

/// How many tests passed and failed, and which ones gave trouble.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u32,
    /// Tests that failed.
    pub(crate) failed: u32,
    /// The tests that failed, by name.
    pub(crate) broken: Vec<String>,
    /// The tests that took long and have not ended, by name.
    pub(crate) pending: Vec<String>,
}

impl Tally {
    /// Adds what a line of a test runner reports.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim_start();
        self.name(line);
        // `test result: ok. 3 passed; 0 failed; …` of cargo test, `Tests  1 failed | 4 passed (5)` of Vitest.
        let Some(counts) = line.strip_prefix("test result:").or_else(|| line.strip_prefix("Tests ")) else {
            return;
        };
        let words: Vec<&str> = counts.split([' ', ';', '|', '.']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<u32>() else { continue };
            match pair[1] {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                _ => {}
            }
        }
    }

    /// Keeps the name in a line about one test, such as `test list::sorts ... FAILED`.
    fn name(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test ") else { return };
        if let Some((name, _)) = rest.split_once(" has been running for over") {
            self.pending.push(name.to_owned());
        } else if let Some((name, ending)) = rest.split_once(" ... ") {
            self.pending.retain(|pending| pending != name);
            if ending.starts_with("FAILED") {
                self.broken.push(name.to_owned());
            }
        }
    }

    /// The tally of a step that has ended: it counts for one check where no test was counted, and a
    /// failure is never lost.
    pub(crate) fn closed(mut self, well: bool) -> Self {
        match well {
            true if self == Self::default() => self.passed = 1,
            false if self.failed == 0 => self.failed = 1,
            _ => {}
        }
        self
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut sum, one| {
            sum.passed += one.passed;
            sum.failed += one.failed;
            sum.broken.extend(one.broken);
            sum.pending.extend(one.pending);
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn results_of_several_test_programs_add_up() {
        let tally = read(&[
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.02s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s",
        ]);
        assert_eq!((tally.passed, tally.failed), (13, 2));
    }

    #[test]
    fn the_count_of_vitest_is_its_tests_not_its_files() {
        let tally = read(&[" Test Files  1 failed | 6 passed (7)", "      Tests  1 failed | 40 passed (41)"]);
        assert_eq!((tally.passed, tally.failed), (40, 1));
    }

    #[test]
    fn a_step_without_tests_counts_as_one_check() {
        assert_eq!(Tally::default().closed(true), Tally { passed: 1, ..Tally::default() });
        assert_eq!(Tally::default().closed(false), Tally { failed: 1, ..Tally::default() });
    }

    #[test]
    fn a_step_that_failed_to_build_counts_as_failed_although_its_tests_passed() {
        let tally = Tally { passed: 4, ..Tally::default() }.closed(false);
        assert_eq!((tally.passed, tally.failed), (4, 1));
    }

    #[test]
    fn what_failed_and_what_never_ended_is_named() {
        let tally = read(&[
            "test list::is_sorted ... ok",
            "test list::is_short ... FAILED",
            "test slow::ends has been running for over 60 seconds",
            "test slow::hangs has been running for over 60 seconds",
            "test slow::ends ... ok",
        ]);
        assert_eq!(
            (tally.broken, tally.pending),
            (vec!["list::is_short".into()], vec!["slow::hangs".into()])
        );
    }
}
