//! T12: a long list opens and scrolls like a short one.
//!
//! Opening is measured from the start of the program, beside the same program with a list that fits the window.
//! Scrolling is measured as frames: a wheel is turned without a pause, and the time between two frames is taken from
//! what the display draws; beside it scrolls a page with as many plain rows as such a page was written with before.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::manager;
use crate::programs::Running;
use crate::report::{self, Bar};
use crate::rounds::{Contender, Turns, interleave};
use crate::screen::Eyes;
use crate::series::Series;
use crate::startup::{Home, Programs};
use crate::wheel::Wheel;

/// The most that 95 of 100 frames may be apart, in milliseconds: a frame of sixty in a second, and some.
const FRAME: f64 = 20.0;
/// How long the wheel is turned in a turn.
const TURNED: Duration = Duration::from_secs(2);
/// How many plain rows the page beside it has.
const PLAIN: u32 = 10_000;

/// Measures and reports. `short` is the same program with keys that fit its window.
///
/// # Errors
///
/// Fails if a program does not start or does not scroll.
pub(crate) fn run(turns: Turns, programs: &Programs, short: &Programs, keys: u32) -> Result<()> {
    report::heading("T12", &format!("a list of {keys} keys: start of the program → painted, and frames"));
    opens(turns, programs, short, keys)?;
    scrolls(turns, programs)
}

fn opens(turns: Turns, programs: &Programs, short: &Programs, keys: u32) -> Result<()> {
    let (long_home, short_home) = (Home::new()?, Home::new()?);
    let seen = |programs: &Programs, home: &Home| -> Result<f64> {
        let eyes = Eyes::open()?;
        let running = programs.start_keystow(home)?;
        eyes.painted(running.since)
    };
    let name = format!("keystow, {keys} keys");
    let rounds = interleave(
        turns,
        vec![
            Contender::new(&name, || seen(programs, &long_home)),
            Contender::new("keystow, 30 keys", || seen(short, &short_home)),
        ],
    )?;
    report::rounds("ms", &rounds);
    report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtMost(1.1));
    Ok(())
}

fn scrolls(turns: Turns, programs: &Programs) -> Result<()> {
    let _manager = manager::start()?;
    let (eyes, wheel) = (Eyes::open()?, Wheel::open()?);
    let all = RefCell::new([Series::default(), Series::default()]);
    // One after the other, because both fill the screen; each is started anew, so that none is always the first.
    let turned = |which: usize, running: &Running| -> Result<f64> {
        eyes.painted(running.since)?;
        eyes.rest();
        let turning = wheel.turn(TURNED);
        let frames = eyes.frames(TURNED);
        turning.join().ok().context("the wheel got stuck")??;
        ensure!(frames.len() > 10, "it did not scroll: {} frames", frames.len());
        let of_turn: Series = frames.iter().copied().collect();
        frames.into_iter().for_each(|frame| all.borrow_mut()[which].push(frame));
        Ok(of_turn.percentile(95))
    };
    let (our_home, their_home) = (Home::new()?, Home::new()?);
    let job = tempfile::NamedTempFile::new()?;
    fs::write(&job, format!("{{\"rows\":{PLAIN}}}"))?;
    let plain = |job: &Path| their_home.program(&programs.hello).env("HELLO_JOB", job).start();
    let rounds = interleave(
        turns,
        vec![
            Contender::new("keystow, 95 of 100 frames", || turned(0, &programs.start_keystow(&our_home)?)),
            Contender::new("10 000 plain rows, 95 of 100 frames", || turned(1, &plain(job.path())?)),
        ],
    )?;
    report::rounds("ms between frames", &rounds);
    let [ours, _] = all.into_inner();
    report::bound("95 of 100 frames of all turns", ours.percentile(95), "ms", FRAME);
    Ok(())
}
