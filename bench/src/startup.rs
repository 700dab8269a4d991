//! T1 to T3: how soon the window is there, how soon it shows what is known, and what it costs in memory.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use crate::programs::{Program, Running};
use crate::report::{self, Bar};
use crate::rounds::{Contender, Rounds, Turns, interleave};
use crate::screen::Eyes;

/// After this long nothing that belongs to starting is still going on.
const SETTLED: Duration = Duration::from_secs(4);

/// What is started.
pub(crate) struct Programs {
    /// Ours, in release, beside its guard.
    pub(crate) keystow: PathBuf,
    /// An empty window of the same toolkit.
    pub(crate) hello: PathBuf,
    /// A data folder of ours with keys in it.
    pub(crate) data: PathBuf,
}

/// A home that no program has been in.
pub(crate) struct Home(TempDir);

impl Home {
    /// An empty one.
    ///
    /// # Errors
    ///
    /// Fails if the disk takes none.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(tempfile::tempdir()?))
    }

    /// A program that lives in it.
    pub(crate) fn program(&self, path: &Path) -> Program {
        let home = self.0.path();
        Program::new(path)
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
    }
}

impl Programs {
    /// Ours on a data folder that stays the same over all runs, as a person's does.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be started.
    pub(crate) fn start_keystow(&self, home: &Home) -> Result<Running> {
        home.program(&self.keystow).env("KEYSTOW_DATA_DIR", &self.data).start()
    }

    /// The empty window.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be started.
    pub(crate) fn start_hello(&self, home: &Home) -> Result<Running> {
        home.program(&self.hello).start()
    }

    /// The empty window with a second one that comes and goes as it is told.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be started.
    pub(crate) fn start_hello_again(&self, home: &Home) -> Result<Running> {
        home.program(&self.hello).env("HELLO_AGAIN", "yes").start_obedient()
    }
}

/// T1: from the start of the program until its window is on the screen.
///
/// # Errors
///
/// Fails if a program does not open a window.
pub(crate) fn mapped(turns: Turns, programs: &Programs) -> Result<()> {
    report::heading("T1", "start of the program → window on the screen");
    let (ours, hello, keepass) = (Home::new()?, Home::new()?, Home::new()?);
    let seen = |start: &dyn Fn() -> Result<Running>| -> Result<f64> {
        let eyes = Eyes::open()?;
        let running = start()?;
        eyes.mapped(running.since)
    };
    let rounds = interleave(
        turns,
        vec![
            Contender::new("keystow", || seen(&|| programs.start_keystow(&ours))),
            Contender::new("bare Tauri window", || seen(&|| programs.start_hello(&hello))),
            Contender::new("keepassxc", || seen(&|| keepass.program(Path::new("keepassxc")).start())),
        ],
    )?;
    report::rounds("ms", &rounds);
    report::ratio(&rounds.series[0], &rounds.series[2], Bar::AtMost(0.9));
    report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtMost(1.2));
    Ok(())
}

/// T2: from the start of the program until it shows what it has to show.
///
/// # Errors
///
/// Fails if a program draws nothing.
pub(crate) fn painted(turns: Turns, programs: &Programs) -> Result<()> {
    report::heading("T2", "start of the program → 200 known keys on the screen");
    let (ours, hello, keepass) = (Home::new()?, Home::new()?, Home::new()?);
    let seen = |start: &dyn Fn() -> Result<Running>| -> Result<f64> {
        let eyes = Eyes::open()?;
        let running = start()?;
        eyes.painted(running.since)
    };
    let rounds = interleave(
        turns,
        vec![
            Contender::new("keystow", || seen(&|| programs.start_keystow(&ours))),
            Contender::new("bare Tauri window", || seen(&|| programs.start_hello(&hello))),
            Contender::new("keepassxc", || seen(&|| keepass.program(Path::new("keepassxc")).start())),
        ],
    )?;
    report::rounds("ms", &rounds);
    report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtMost(1.15));
    report::ratio(&rounds.series[0], &rounds.series[2], Bar::AtMost(2.2));
    Ok(())
}

/// T3: memory with the window open.
///
/// # Errors
///
/// Fails if a program cannot be started or read.
pub(crate) fn memory(turns: Turns, programs: &Programs) -> Result<()> {
    report::heading("T3", "memory of the program and all it started, window open, 10 000 keys");
    let (ours, hello, keepass) = (Home::new()?, Home::new()?, Home::new()?);
    let weighed = |start: &dyn Fn() -> Result<Running>| -> Result<f64> {
        let eyes = Eyes::open()?;
        let running = start()?;
        eyes.painted(running.since)?;
        thread::sleep(SETTLED);
        running.memory()
    };
    let rounds: Rounds = interleave(
        turns,
        vec![
            Contender::new("keystow", || weighed(&|| programs.start_keystow(&ours))),
            Contender::new("bare Tauri window", || weighed(&|| programs.start_hello(&hello))),
            Contender::new("keepassxc", || weighed(&|| keepass.program(Path::new("keepassxc")).start())),
        ],
    )?;
    report::rounds("MiB", &rounds);
    report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtMost(1.12));
    Ok(())
}
