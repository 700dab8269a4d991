//! `cargo xtask test`: every check and every test, without a display, in one go.
//!
//! A step that fails does not stop the others; the exit code tells. All steps build in one target
//! folder and select the whole workspace, because a smaller selection would turn features of shared
//! crates off and build them again.

mod fuzzed;
mod steps;
mod tally;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::say;
use crate::setup::packages::{self, Purpose};
use crate::setup::ui;
use crate::stopwatch::{Spoken, Stopwatch};
use crate::workspace::Workspace;
use steps::{Need, STEPS, Step};
use tally::Tally;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run this step alone; may be given several times.
    #[arg(long, value_name = "STEP", conflicts_with = "skip")]
    only: Vec<String>,
    /// Leave this step out; may be given several times.
    #[arg(long, value_name = "STEP")]
    skip: Vec<String>,
}

/// How a step ended.
struct Outcome {
    step: &'static Step,
    tally: Tally,
    failure: Option<anyhow::Error>,
    took: Duration,
}

/// Runs the chosen steps and sums them up.
///
/// # Errors
///
/// Fails if a step is unknown, or if something the steps need cannot be put in place. A failed step
/// is not an error but a failing exit code.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let watch = Stopwatch::start();
    let chosen = choose(arguments)?;
    set_up(workspace, &chosen)?;
    let set_up_took = watch.elapsed();
    let outcomes: Vec<Outcome> = chosen.into_iter().map(|step| perform(workspace, step)).collect();
    say::heading("What was run");
    say::line(&format!("{:<10} {:>12}   what the steps need", "set-up", Spoken(set_up_took).to_string()));
    for outcome in &outcomes {
        say::line(&report(outcome));
    }
    let failures: Vec<_> = outcomes.iter().filter(|outcome| outcome.failure.is_some()).collect();
    for outcome in &failures {
        let reason = outcome.failure.as_ref().map(|error| format!("{error:#}")).unwrap_or_default();
        say::line(&format!("\n{} failed: {reason}", outcome.step.name));
        outcome.tally.broken.iter().for_each(|name| say::line(&format!("  failed: {name}")));
        outcome.tally.pending.iter().for_each(|name| say::line(&format!("  did not end: {name}")));
        say::line(&format!("  again: cargo xtask test --only {}", outcome.step.name));
    }
    let total: Tally = outcomes.iter().map(|outcome| outcome.tally.clone()).sum();
    say::line(&format!("\n{} steps in {}", outcomes.len(), Spoken(watch.elapsed())));
    say::line(&format!("{} passed, {} failed", total.passed, total.failed));
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The steps the person wants, of those that exist on this system.
fn choose(arguments: &Arguments) -> Result<Vec<&'static Step>> {
    let unknown = |name: &&String| !STEPS.iter().any(|step| step.name == **name);
    if let Some(name) = arguments.only.iter().chain(&arguments.skip).find(unknown) {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        bail!("there is no step `{name}`; there are {}", names.join(", "));
    }
    let wanted = |step: &&Step| match arguments.only.is_empty() {
        true => !arguments.skip.iter().any(|name| name == step.name),
        false => arguments.only.iter().any(|name| name == step.name),
    };
    let possible = |step: &&Step| !step.linux_only || cfg!(target_os = "linux");
    Ok(STEPS.iter().filter(wanted).filter(possible).collect())
}

/// Puts in place what the chosen steps need, and nothing more.
fn set_up(workspace: &Workspace, chosen: &[&Step]) -> Result<()> {
    let needed = |need: Need| chosen.iter().any(|step| step.needs.contains(&need));
    say::heading("Set-up");
    if needed(Need::Node) || needed(Need::Build) {
        ui::require_node()?;
    }
    let purposes =
        [(Need::Desktop, Purpose::Desktop), (Need::Tests, Purpose::Test), (Need::Build, Purpose::Build)];
    if let Some((_, purpose)) = purposes.into_iter().find(|(need, _)| needed(*need)) {
        packages::install(purpose)?;
    }
    if needed(Need::Build) {
        ui::build(workspace)
    } else if needed(Need::Node) {
        ui::modules(workspace)
    } else {
        Ok(())
    }
}

fn perform(workspace: &Workspace, step: &'static Step) -> Outcome {
    say::heading(&format!("{}: {}", step.name, step.about));
    let watch = Stopwatch::start();
    let mut tally = Tally::default();
    let failure = (step.perform)(workspace, &mut tally).err();
    if let Some(error) = &failure {
        say::line(&format!("{} failed: {error:#}", step.name));
    }
    Outcome { step, tally: tally.closed(failure.is_none()), failure, took: watch.elapsed() }
}

fn report(outcome: &Outcome) -> String {
    let Tally { passed, failed, .. } = outcome.tally;
    let verdict = if outcome.failure.is_none() { "passed" } else { "FAILED" };
    let took = Spoken(outcome.took).to_string();
    format!(
        "{:<10} {took:>12}   {verdict}   {passed} passed, {failed} failed   {}",
        outcome.step.name, outcome.step.about
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str], skip: &[&str]) -> Vec<&'static str> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let arguments = Arguments { only: owned(only), skip: owned(skip) };
        choose(&arguments).unwrap().iter().map(|step| step.name).collect()
    }

    #[test]
    fn only_runs_what_it_names_and_skip_the_rest() {
        assert_eq!(names(&["tidy", "fmt"], &[]), ["fmt", "tidy"]);
        assert!(!names(&[], &["fmt"]).contains(&"fmt"));
        assert!(names(&[], &["fmt"]).contains(&"clippy"));
    }

    #[test]
    fn a_misspelt_step_is_refused_rather_than_skipped() {
        let arguments = Arguments { only: vec!["clipy".into()], skip: Vec::new() };
        assert!(choose(&arguments).is_err());
    }
}
