//! The measurements: Keystow beside what it is compared with, on this machine, in turn.
//!
//! Started by `cargo xtask bench`, which builds everything in release and provides a display, a
//! session bus and an unlocked keyring that belong to the measurement alone.

mod chart;
mod clearing;
mod copy;
mod crowded;
mod finder;
mod hand;
mod hidden;
mod keyboard;
mod load;
mod long;
mod manager;
mod paster;
mod portal;
mod programs;
mod quick;
mod report;
mod rounds;
mod screen;
mod seed;
mod series;
mod servers;
mod startup;
mod stopwatch;
mod stowing;
mod visitor;
mod wheel;
mod wrk;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser};

use rounds::Turns;
use seed::Seed;
use servers::Serve;
use startup::Programs;

/// So many keys fit a window.
const FEW: u32 = 30;

#[derive(Parser)]
#[command(subcommand_negates_reqs = true)]
struct Arguments {
    /// To be one of the servers that are loaded, instead of measuring.
    #[command(subcommand)]
    serve: Option<Serve>,
    #[command(flatten)]
    measure: Option<Measure>,
}

#[derive(Args)]
struct Measure {
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
    /// How many keys there are where there are many, in turn; the first number counts for memory and the tray.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000])]
    keys: Vec<u32>,
    /// Judge no round above this load average.
    #[arg(long, default_value_t = 4.0)]
    calm: f64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match (arguments.serve, arguments.measure) {
        (Some(serve), _) => tokio::runtime::Runtime::new()?.block_on(servers::serve(serve)),
        (None, Some(measure)) => run(&measure),
        (None, None) => anyhow::bail!("nothing to do"),
    }
}

fn run(measure: &Measure) -> Result<()> {
    let Measure { programs, hello, only, runs, keys, calm } = measure;
    let turns = Turns { count: *runs, calm: *calm };
    let wanted = |id: &str| only.is_empty() || only.iter().any(|only| only == id);
    let guard = programs.join("keystow-clipboard");
    let with_keys = |keys: u32| -> Result<(Seed, Programs)> {
        let seed = Seed::with_keys(keys, &guard)?;
        let data = seed.data();
        Ok((seed, Programs { keystow: programs.join("keystow-desktop"), hello: hello.clone(), data }))
    };
    if wanted("T1") || wanted("T2") || wanted("T5") {
        let (_seed, programs) = with_keys(200)?;
        if wanted("T1") {
            startup::mapped(turns, &programs)?;
        }
        if wanted("T2") {
            startup::painted(turns, &programs)?;
        }
        if wanted("T5") {
            quick::appears(turns, &programs)?;
        }
    }
    for (turn, keys) in keys.iter().enumerate() {
        many(measure, &wanted, (turn == 0, *keys), &with_keys)?;
    }
    if wanted("T7") {
        copy::run(turns, &guard)?;
    }
    if wanted("T8") {
        clearing::run(turns, &guard)?;
    }
    if wanted("T9") {
        stowing::run(turns)?;
    }
    if wanted("T11") {
        chart::run(turns, hello)?;
    }
    if wanted("T15") {
        portal::run(turns, programs)?;
    }
    if wanted("T16") {
        crowded::run(turns, programs)?;
    }
    Ok(())
}

/// What is measured with more keys than one person has.
fn many(
    measure: &Measure,
    wanted: &dyn Fn(&str) -> bool,
    (first, keys): (bool, u32),
    with_keys: &dyn Fn(u32) -> Result<(Seed, Programs)>,
) -> Result<()> {
    let turns = Turns { count: measure.runs, calm: measure.calm };
    let targets =
        if first { &["T3", "T4", "T6", "T12", "T13", "T14"][..] } else { &["T6", "T12", "T13"][..] };
    if !targets.iter().any(|id| wanted(id)) {
        return Ok(());
    }
    let (_seed, programs) = with_keys(keys)?;
    if first && wanted("T3") {
        // Memory does not scatter like time, and each run takes seconds.
        startup::memory(Turns { count: turns.count.div_ceil(3), ..turns }, &programs)?;
    }
    if first && (wanted("T4") || wanted("T14")) {
        hidden::run(&programs)?;
    }
    if wanted("T6") {
        quick::answers(turns, &programs, keys)?;
        finder::run(turns, programs.data.clone(), measure.programs.join("keystow-clipboard"), keys)?;
    }
    if wanted("T12") {
        let (_seed, short) = with_keys(FEW)?;
        long::run(turns, &programs, &short, keys)?;
    }
    if wanted("T13") {
        hand::run(turns, &programs, keys)?;
    }
    Ok(())
}
