//! The measurements: Keystow beside what it is compared with, on this machine, in turn.
//!
//! Started by `cargo xtask bench`, which builds everything in release and provides a display, a
//! session bus and an unlocked keyring that belong to the measurement alone.

mod chart;
mod copy;
mod load;
mod paster;
mod portal;
mod programs;
mod report;
mod rounds;
mod screen;
mod series;
mod servers;
mod startup;
mod stopwatch;
mod visitor;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser};

use servers::Serve;
use startup::Programs;

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
    let Measure { programs: folder, hello, only, runs } = measure;
    let wanted = |id: &str| only.is_empty() || only.iter().any(|only| only == id);
    let programs = Programs { keystow: folder.join("keystow-desktop"), hello: hello.clone(), seeded: None };
    if wanted("T1") {
        startup::mapped(*runs, &programs)?;
    }
    if wanted("T2") {
        startup::painted(*runs, &programs)?;
    }
    if wanted("T3") {
        // Memory does not scatter like time, and each run takes seconds.
        startup::memory(runs.div_ceil(3), &programs)?;
    }
    if wanted("T7") {
        copy::run(*runs, &folder.join("keystow-clipboard"))?;
    }
    if wanted("T11") {
        chart::run(*runs, hello)?;
    }
    if wanted("T15") {
        portal::run(*runs, folder)?;
    }
    Ok(())
}
