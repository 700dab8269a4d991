//! The measurements: Keystow beside what it is compared with, on this machine, in turn.
//!
//! Started by `cargo xtask bench`, which builds everything in release and provides a display, a
//! session bus and an unlocked keyring that belong to the measurement alone.

mod copy;
mod paster;
mod programs;
mod report;
mod rounds;
mod screen;
mod series;
mod startup;
mod stopwatch;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use startup::Programs;

#[derive(Parser)]
struct Arguments {
    /// The folder of the release programs.
    #[arg(long)]
    programs: PathBuf,
    /// The bare Tauri window.
    #[arg(long)]
    hello: PathBuf,
    /// Measure only this target; may be given several times.
    #[arg(long, value_name = "T1")]
    only: Vec<String>,
    /// How often each thing is done.
    #[arg(long, default_value_t = 15)]
    runs: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let wanted = |id: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == id);
    let programs = Programs {
        keystow: arguments.programs.join("keystow-desktop"),
        hello: arguments.hello.clone(),
        seeded: None,
    };
    if wanted("T1") {
        startup::mapped(arguments.runs, &programs)?;
    }
    if wanted("T2") {
        startup::painted(arguments.runs, &programs)?;
    }
    if wanted("T3") {
        // Memory does not scatter like time, and each run takes seconds.
        startup::memory(arguments.runs.div_ceil(3), &programs)?;
    }
    if wanted("T7") {
        copy::run(arguments.runs, &arguments.programs.join("keystow-clipboard"))?;
    }
    Ok(())
}
