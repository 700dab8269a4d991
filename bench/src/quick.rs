//! T5 and T6: how soon the picker is there, and how soon it answers a key.
//!
//! What a person sees is measured, from outside: a key goes down at the display, and the picture changes. The
//! references go the same way: a second window of the bare app, opened and shown by an order, and a page that
//! replaces nine rows of text for each key. The main windows of both are hidden meanwhile, so that nothing else is
//! on the screen.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use anyhow::Result;

use crate::hidden;
use crate::keyboard::{BACKSPACE, ESCAPE, HOTKEY, Key, Keyboard};
use crate::manager;
use crate::programs::Running;
use crate::report::{self, Bar};
use crate::rounds::{Contender, Turns, interleave};
use crate::screen::{Area, Eyes};
use crate::startup::{Home, Programs};

/// Where the rows are of a window of 640 × 420 in the middle of the stage: below what is typed, above the last line.
/// Its edge is left out, which the window manager draws for a moment before it knows better.
const ROWS: Area = Area { x: 410, y: 320, width: 620, height: 250 };
/// Three frames of a screen that shows sixty in a second, in milliseconds.
const THREE_FRAMES: f64 = 50.0;
/// What is typed: letters of the names, since a number by itself takes what stands at its place.
const TYPED: [u8; 10] = *b"servicpodu";

/// What a program does something for.
#[derive(Clone, Copy)]
enum Order {
    Press(&'static [Key]),
    Say(&'static str),
}

/// One of the two programs, with what brings its small window up and down.
struct Side<'a> {
    eyes: &'a Eyes,
    keyboard: &'a Keyboard,
    up: Order,
    down: Order,
}

/// A program that several contenders use in turn.
type Kept = RefCell<Running>;

impl Side<'_> {
    fn give(&self, order: Order, running: &mut Running) -> Result<Instant> {
        match order {
            Order::Press(keys) => self.keyboard.press(keys),
            Order::Say(words) => running.order(words),
        }
    }

    /// Waits until the program is started, and hides its main window.
    fn be_alone(&self, running: &mut Running) -> Result<()> {
        self.eyes.painted(running.since)?;
        self.eyes.rest();
        match self.down {
            Order::Press(_) => hidden::close("Keystow")?,
            Order::Say(_) => drop(running.order("alone")?),
        }
        self.eyes.rest();
        Ok(())
    }

    /// Milliseconds from the order until the small window is painted.
    fn show(&self, running: &mut Running) -> Result<f64> {
        self.eyes.rest();
        let before = self.eyes.picture(ROWS)?;
        let since = self.give(self.up, running)?;
        self.eyes.changed(ROWS, &before, since)
    }

    fn hide(&self, running: &mut Running) -> Result<()> {
        self.eyes.rest();
        self.give(self.down, running)?;
        self.eyes.rest();
        Ok(())
    }

    /// Milliseconds from a key until other rows are painted.
    fn answer(&self, key: Key) -> Result<f64> {
        self.eyes.rest();
        let before = self.eyes.picture(ROWS)?;
        let since = self.keyboard.press(&[key])?;
        let answered = self.eyes.changed(ROWS, &before, since)?;
        self.eyes.rest();
        self.keyboard.press(&[BACKSPACE])?;
        Ok(answered)
    }
}

fn sides<'a>(eyes: &'a Eyes, keyboard: &'a Keyboard, first: &'static str) -> (Side<'a>, Side<'a>) {
    let side = |up, down| Side { eyes, keyboard, up, down };
    (side(Order::Press(&HOTKEY), Order::Press(&[ESCAPE])), side(Order::Say(first), Order::Say("hide")))
}

/// T5: from the order until the small window is painted, made anew and kept.
///
/// # Errors
///
/// Fails if a program does not do what it is told.
pub(crate) fn appears(turns: Turns, programs: &Programs) -> Result<()> {
    report::heading("T5", "hotkey → picker painted");
    let (_manager, _panel) = (manager::start()?, hidden::panel()?);
    let (eyes, keyboard) = (Eyes::open()?, Keyboard::open()?);
    let (our_home, their_home) = (Home::new()?, Home::new()?);
    let (ours, theirs) = sides(&eyes, &keyboard, "open");
    let made = |side: &Side<'_>, start: &dyn Fn() -> Result<Running>| -> Result<f64> {
        let mut running = start()?;
        side.be_alone(&mut running)?;
        side.show(&mut running)
    };
    let rounds = interleave(
        turns,
        vec![
            Contender::new("keystow, made anew", || made(&ours, &|| programs.start_keystow(&our_home))),
            Contender::new("bare Tauri window, made anew", || {
                made(&theirs, &|| programs.start_hello_again(&their_home))
            }),
        ],
    )?;
    report::rounds("ms", &rounds);
    report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtMost(1.15));

    let (ours, theirs) = sides(&eyes, &keyboard, "show");
    let (our_run, their_run) = both(&eyes, &our_home, &their_home, programs, [&ours, &theirs])?;
    let again = |side: &Side<'_>, running: &Kept| -> Result<f64> {
        let running = &mut running.borrow_mut();
        let shown = side.show(running)?;
        side.hide(running).map(|()| shown)
    };
    let rounds = interleave(
        turns,
        vec![
            Contender::new("keystow, kept", || again(&ours, &our_run)),
            Contender::new("bare Tauri window, kept", || again(&theirs, &their_run)),
        ],
    )?;
    report::rounds("ms", &rounds);
    report::bound("kept picker, median", rounds.series[0].1.median(), "ms", THREE_FRAMES);
    Ok(())
}

/// T6: from a key until other rows are painted.
///
/// # Errors
///
/// Fails if a program does not do what it is told.
pub(crate) fn answers(turns: Turns, programs: &Programs, keys: u32) -> Result<()> {
    report::heading("T6", &format!("key pressed in the picker → other rows painted, {keys} keys"));
    let (_manager, _panel) = (manager::start()?, hidden::panel()?);
    let (eyes, keyboard) = (Eyes::open()?, Keyboard::open()?);
    let (our_home, their_home) = (Home::new()?, Home::new()?);
    let (ours, theirs) = sides(&eyes, &keyboard, "show");
    let (our_run, their_run) = both(&eyes, &our_home, &their_home, programs, [&ours, &theirs])?;
    let typed = Cell::new(0);
    let one = |side: &Side<'_>, running: &Kept| -> Result<f64> {
        let running = &mut running.borrow_mut();
        let key = Key::from(TYPED[typed.replace(typed.get() + 1) / 2 % TYPED.len()]);
        side.show(running)?;
        let answered = side.answer(key)?;
        side.hide(running).map(|()| answered)
    };
    let rounds = interleave(
        turns,
        vec![
            Contender::new("keystow", || one(&ours, &our_run)),
            Contender::new("page that replaces nine rows", || one(&theirs, &their_run)),
        ],
    )?;
    report::rounds("ms", &rounds);
    report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtMost(1.2));
    let worst = |side: usize| rounds.series[side].1.percentile(95);
    report::bound("95 of 100, ours over theirs", worst(0) / worst(1), "", 1.2);
    Ok(())
}

/// Both programs running, their small windows made and hidden.
fn both(
    eyes: &Eyes,
    our_home: &Home,
    their_home: &Home,
    programs: &Programs,
    sides: [&Side<'_>; 2],
) -> Result<(Kept, Kept)> {
    let mut ours = programs.start_keystow(our_home)?;
    sides[0].be_alone(&mut ours)?;
    sides[0].show(&mut ours)?;
    sides[0].hide(&mut ours)?;
    let mut theirs = programs.start_hello_again(their_home)?;
    sides[1].be_alone(&mut theirs)?;
    let before = eyes.picture(ROWS)?;
    let since = theirs.order("open")?;
    eyes.changed(ROWS, &before, since)?;
    sides[1].hide(&mut theirs)?;
    Ok((Kept::new(ours), Kept::new(theirs)))
}
