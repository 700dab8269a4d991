//! T13: whatever is pressed in the window is answered at once.
//!
//! A walk through the window with the keyboard, over and over: from the key going down until the picture changes.
//! The bound is absolute, because it is about people: what answers within a tenth of a second is felt as at once.

use anyhow::{Context, Result};

use crate::keyboard::{BACKSPACE, DOWN, END, ESCAPE, HOME, Key, Keyboard, PAGE_DOWN, PAGE_UP, UP};
use crate::manager;
use crate::report;
use crate::rounds::{Contender, Turns, interleave};
use crate::screen::Eyes;
use crate::series::Series;
use crate::startup::{Home, Programs};

/// The most that 99 of 100 answers may take, in milliseconds (performance of what people feel: RAIL).
const AT_ONCE: f64 = 100.0;

/// The walk: what is pressed, and what it does. It ends where it began.
const WALK: [(&str, Key); 18] = [
    ("a row", DOWN),
    ("next row", DOWN),
    ("next row", DOWN),
    ("row before", UP),
    ("last row", END),
    ("first row", HOME),
    ("next page", PAGE_DOWN),
    ("page before", PAGE_UP),
    ("search", b'/' as Key),
    ("search as typed", b'7' as Key),
    ("search as typed", b'3' as Key),
    ("search as typed", BACKSPACE),
    ("search as typed", BACKSPACE),
    ("leave search", ESCAPE),
    ("sheet of keys", b'?' as Key),
    ("close", ESCAPE),
    ("new key", b'n' as Key),
    ("close", ESCAPE),
];

/// Measures and reports.
///
/// # Errors
///
/// Fails if the window does not answer a key.
pub(crate) fn run(turns: Turns, programs: &Programs, keys: u32) -> Result<()> {
    report::heading("T13", &format!("a key pressed in the window → another picture, {keys} keys"));
    let _manager = manager::start()?;
    let (eyes, keyboard, home) = (Eyes::open()?, Keyboard::open()?, Home::new()?);
    let running = programs.start_keystow(&home)?;
    eyes.painted(running.since)?;
    eyes.rest();
    let mut all = Series::default();
    let mut of_key: Vec<(String, Series)> = Vec::new();
    let press = |what: &str, key: Key| -> Result<f64> {
        eyes.rest();
        let before = eyes.picture(eyes.everything())?;
        let since = keyboard.press(&[key])?;
        eyes.changed(eyes.everything(), &before, since).with_context(|| what.to_owned())
    };
    let walk = || -> Result<f64> {
        let mut worst: f64 = 0.0;
        for (what, key) in WALK {
            let answered = press(what, key)?;
            all.push(answered);
            match of_key.iter_mut().find(|(name, _)| name == what) {
                Some((_, series)) => series.push(answered),
                None => of_key.push((what.to_owned(), [answered].into_iter().collect())),
            }
            worst = worst.max(answered);
        }
        Ok(worst)
    };
    let mut rounds = interleave(turns, vec![Contender::new("the slowest key of a walk", walk)])?;
    rounds.series.extend(of_key);
    report::rounds("ms", &rounds);
    report::bound("99 of 100", all.percentile(99), "ms", AT_ONCE);
    report::bound("the median", all.median(), "ms", AT_ONCE);
    Ok(())
}
