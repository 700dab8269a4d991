//! Runs what is compared in turn: A, B, A, B, …
//!
//! Two series taken one after the other compare the machine with itself an hour later. Taken in
//! turn, both meet the same disturbances. A round that began or ended under load is thrown away and
//! run again, a few times; then it counts, and the report says so.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::series::Series;

/// How often a round under load is run again before it counts anyway.
const PATIENCE: u32 = 3;
/// How long the machine is left alone after a round under load.
const REST: Duration = Duration::from_secs(10);

/// How often everything is done, and how busy the machine may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turns {
    /// How many rounds count.
    pub(crate) count: usize,
    /// Above this load average of the last minute a round is not judged.
    pub(crate) calm: f64,
}

/// One of the things that are compared.
pub(crate) struct Contender<'a> {
    name: &'a str,
    run: Box<dyn FnMut() -> Result<f64> + 'a>,
}

impl<'a> Contender<'a> {
    /// A thing that is measured by doing it once.
    pub(crate) fn new(name: &'a str, run: impl FnMut() -> Result<f64> + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// What the rounds gave, in the order of the contenders.
pub(crate) struct Rounds {
    /// A name and a series for each contender.
    pub(crate) series: Vec<(String, Series)>,
    /// The least and the highest load average seen.
    pub(crate) load: (f64, f64),
    /// How many rounds count although the machine was busy.
    pub(crate) busy: usize,
}

/// Runs every contender in turn, after one run of each that does not count.
///
/// # Errors
///
/// Fails if a contender does, naming it.
pub(crate) fn interleave(turns: Turns, contenders: Vec<Contender<'_>>) -> Result<Rounds> {
    interleave_on(turns, contenders, load_average, || thread::sleep(REST))
}

/// The same on a machine whose load is asked of `load`, and that is left alone by `rest`.
fn interleave_on(
    turns: Turns,
    mut contenders: Vec<Contender<'_>>,
    load_of: impl Fn() -> Result<f64>,
    rest: impl Fn(),
) -> Result<Rounds> {
    once(&mut contenders)?;
    let mut series: Vec<Series> = contenders.iter().map(|_| Series::default()).collect();
    let (mut load, mut busy) = ((f64::INFINITY, 0.0_f64), 0);
    for _ in 0..turns.count {
        for attempt in 0..=PATIENCE {
            let before = load_of()?;
            let values = once(&mut contenders)?;
            let heaviest = before.max(load_of()?);
            if heaviest > turns.calm && attempt < PATIENCE {
                rest();
                continue;
            }
            busy += usize::from(heaviest > turns.calm);
            load = (load.0.min(heaviest), load.1.max(heaviest));
            series.iter_mut().zip(values).for_each(|(series, value)| series.push(value));
            break;
        }
    }
    let names = contenders.iter().map(|contender| contender.name.to_owned());
    Ok(Rounds { series: names.zip(series).collect(), load, busy })
}

fn once(contenders: &mut [Contender<'_>]) -> Result<Vec<f64>> {
    let one = |contender: &mut Contender<'_>| (contender.run)().with_context(|| contender.name.to_owned());
    contenders.iter_mut().map(one).collect()
}

/// The load average of the last minute (proc(5), loadavg).
pub(crate) fn load_average() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg").context("cannot read the load")?;
    text.split(' ').next().and_then(|word| word.parse().ok()).context("the load is not a number")
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[test]
    fn contenders_take_turns_and_the_first_turn_does_not_count() {
        let order = RefCell::new(String::new());
        let contender = |name: &'static str| {
            Contender::new(name, || {
                order.borrow_mut().push_str(name);
                Ok(order.borrow().len() as f64)
            })
        };
        let rounds = interleave_on(
            Turns { count: 2, calm: 4.0 },
            vec![contender("a"), contender("b")],
            || Ok(1.0),
            || (),
        )
        .unwrap();
        assert!(order.borrow().starts_with("abab"));
        assert_eq!(rounds.series[0].1.len(), 2);
        assert!(rounds.series[0].1.min() >= 3.0, "the first turn must not count");
    }

    #[test]
    fn a_round_under_load_is_run_again_and_counts_only_when_patience_ends() {
        let (runs, rests) = (Cell::new(0), Cell::new(0));
        let one = Contender::new("one", || {
            runs.set(runs.get() + 1);
            Ok(f64::from(runs.get()))
        });
        let rounds = interleave_on(
            Turns { count: 1, calm: 4.0 },
            vec![one],
            || Ok(9.0),
            || rests.set(rests.get() + 1),
        )
        .unwrap();
        assert_eq!((rests.get(), rounds.busy, rounds.series[0].1.len()), (PATIENCE, 1, 1));
    }
}
