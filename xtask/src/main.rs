//! The workbench: one command for each thing done with this repository.
//!
//! It depends on nothing of ours, so that it is there in seconds on a fresh machine and can put
//! in place whatever the rest needs.

mod bench;
mod codegen;
mod dist;
mod process;
mod protections;
mod run;
mod say;
mod setup;
mod stopwatch;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Sets up, runs, tests and measures Keystow.")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Install what is missing, build the app and start it.
    Run(run::Arguments),
    /// Install what is missing and run every check and test, without a display.
    Test(test::Arguments),
    /// Write the files that are generated from the Rust code.
    Codegen(codegen::Arguments),
    /// Check the house rules no compiler knows.
    Tidy,
    /// Take one protection of the secrets away at a time, in a copy, and see which tests turn red.
    Protections(protections::Arguments),
    /// Build in release and measure beside what Keystow is compared with.
    Bench(bench::Arguments),
    /// Build the release programs into target/dist, with checksums.
    Dist,
}

fn main() -> ExitCode {
    match dispatch(Arguments::parse().verb) {
        Ok(code) => code,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(verb: Verb) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match verb {
        Verb::Run(arguments) => run::run(&workspace, &arguments),
        Verb::Test(arguments) => test::run(&workspace, &arguments),
        Verb::Codegen(arguments) => codegen::run(&workspace, &arguments).map(|()| ExitCode::SUCCESS),
        Verb::Tidy => tidy::run(&workspace).map(|()| ExitCode::SUCCESS),
        Verb::Protections(arguments) => protections::run(&workspace, &arguments),
        Verb::Bench(arguments) => bench::run(&workspace, &arguments).map(|()| ExitCode::SUCCESS),
        Verb::Dist => dist::run(&workspace).map(|()| ExitCode::SUCCESS),
    }
}
