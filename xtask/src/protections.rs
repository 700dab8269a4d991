//! `cargo xtask protections`: takes one protection of the secrets away at a time, and demands that the
//! tests notice.
//!
//! A protection is a patch in `xtask/protections` that removes it and names the tests that must turn red.
//! All of it happens in a copy of the checkout with a target folder of its own: nothing here is touched.

mod copy;
mod patch;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use crate::process;
use crate::say;
use crate::stopwatch::{Spoken, Stopwatch};
use crate::workspace::Workspace;
use copy::Copy;
use patch::{Protection, TestRun};

/// How long the tests of one protection may take, their compilation included. Without it they may wait
/// for what never comes.
const LIMIT: Duration = Duration::from_secs(10 * 60);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Take this protection away alone; may be given several times.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
}

/// What became of the tests without a protection.
struct Outcome {
    name: String,
    /// The tests that turned red.
    red: Vec<String>,
    /// Why nothing can be said of it, if that is so.
    wrong: Option<String>,
    took: Duration,
}

/// Takes the protections away in turn and sums up who noticed.
///
/// # Errors
///
/// Fails if a name is unknown, a patch does not apply, or the tests fail with every protection in place.
/// A protection that nobody misses is not an error but a failing exit code.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let all = patch::all(&workspace.root)?;
    if let Some(unknown) = arguments.only.iter().find(|name| !all.iter().any(|one| one.name == **name)) {
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        bail!("there is no protection `{unknown}`; there are {}", names.join(", "));
    }
    let chosen: Vec<&Protection> =
        all.iter().filter(|one| arguments.only.is_empty() || arguments.only.contains(&one.name)).collect();
    say::heading("A copy of the checkout");
    let copy = Copy::make(workspace)?;
    say::heading("Every protection in place");
    let watch = Stopwatch::start();
    for (run, with) in runs_of(&chosen) {
        let (red, passed) = copy.perform(run, with)?;
        ensure!(red.is_empty(), "red with every protection in place: {}", red.join(", "));
        ensure!(passed > 0, "no test is named so: {run}");
    }
    say::line(&format!("\ngreen after {}", Spoken(watch.elapsed())));
    let mut outcomes = Vec::new();
    for protection in chosen {
        say::heading(&format!("Without: {}", protection.about));
        outcomes.push(without(&copy, protection)?);
    }
    report(&outcomes);
    let noticed = outcomes.iter().all(Outcome::is_noticed);
    Ok(if noticed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Each test run once, however many protections name it.
fn runs_of<'a>(chosen: &[&'a Protection]) -> BTreeSet<(&'a TestRun, &'a [(String, String)])> {
    let of = |protection: &&'a Protection| {
        let protection = *protection;
        protection.noticed_by.iter().map(|run| (run, protection.with.as_slice())).collect::<Vec<_>>()
    };
    chosen.iter().flat_map(of).collect()
}

/// Runs the tests of a protection without it.
fn without(copy: &Copy, protection: &Protection) -> Result<Outcome> {
    let watch = Stopwatch::start();
    let mut outcome =
        Outcome { name: protection.name.clone(), red: Vec::new(), wrong: None, took: Duration::ZERO };
    copy.replace(&protection.file, &protection.removed(&copy.read(&protection.file)?)?)?;
    for run in &protection.noticed_by {
        // What does not compile was noticed by nobody.
        if let Err(error) = copy.compile(run) {
            outcome.wrong = Some(format!("does not compile: {error:#}"));
            break;
        }
        match copy.perform(run, &protection.with) {
            Ok((red, _)) => outcome.red.extend(red),
            Err(error) => outcome.wrong = Some(format!("{error:#}")),
        }
    }
    copy.put_back(&protection.file)?;
    outcome.took = watch.elapsed();
    Ok(outcome)
}

impl Outcome {
    fn is_noticed(&self) -> bool {
        self.wrong.is_none() && !self.red.is_empty()
    }

    fn verdict(&self) -> String {
        match (&self.wrong, self.red.as_slice()) {
            (Some(wrong), _) => wrong.clone(),
            (None, []) => "NOBODY NOTICED".into(),
            (None, [only]) => only.clone(),
            (None, [first, others @ ..]) => format!("{first}, and {} more", others.len()),
        }
    }
}

fn report(outcomes: &[Outcome]) {
    say::heading("Which tests turned red");
    for outcome in outcomes {
        let took = Spoken(outcome.took).to_string();
        say::line(&format!(
            "{:<28} {:>3} red {took:>12}   {}",
            outcome.name,
            outcome.red.len(),
            outcome.verdict()
        ));
    }
    let noticed = outcomes.iter().filter(|outcome| outcome.is_noticed()).count();
    say::line(&format!("\n{noticed} of {} protections are missed when they are gone", outcomes.len()));
}

impl Copy {
    /// Compiles tests without running them.
    ///
    /// # Errors
    ///
    /// Fails if they do not compile.
    fn compile(&self, run: &TestRun) -> Result<()> {
        process::watch(self.cargo().args(["test", "--no-run"]).args(&run.programs), LIMIT, |_| ())
    }

    /// Runs tests; the names of those that failed, and how many passed.
    ///
    /// # Errors
    ///
    /// Fails if they cannot be run or do not end.
    fn perform(&self, run: &TestRun, with: &[(String, String)]) -> Result<(Vec<String>, usize)> {
        let mut command = self.cargo();
        command.arg("test").args(&run.programs).arg("--").args(&run.tests);
        command.envs(with.iter().map(|(name, value)| (name, value)));
        let (mut red, mut passed) = (Vec::new(), 0);
        let ended = process::watch(&mut command, LIMIT, |line| match verdict_of(line) {
            Some((name, "ok")) => {
                drop(name);
                passed += 1;
            }
            Some((name, _)) => red.push(name),
            None => {}
        });
        match ended {
            Err(error) if red.is_empty() => Err(error),
            _ => Ok((red, passed)),
        }
    }
}

/// The name and the verdict in a line such as `test a::b ... ok`.
fn verdict_of(line: &str) -> Option<(String, &str)> {
    let (name, verdict) = line.strip_prefix("test ")?.split_once(" ... ")?;
    matches!(verdict, "ok" | "FAILED").then(|| (name.to_owned(), verdict))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_test_runner_tells_a_name_and_a_verdict() {
        assert_eq!(verdict_of("test a::b ... FAILED"), Some(("a::b".into(), "FAILED")));
        assert_eq!(verdict_of("test a::b ... ok"), Some(("a::b".into(), "ok")));
        assert_eq!(verdict_of("test result: ok. 3 passed"), None);
    }

    #[test]
    fn a_protection_counts_as_noticed_only_if_a_test_turned_red() {
        let outcome = |red: &[&str], wrong: Option<&str>| Outcome {
            name: "a".into(),
            red: red.iter().map(|name| (*name).to_owned()).collect(),
            wrong: wrong.map(str::to_owned),
            took: Duration::ZERO,
        };
        assert!(outcome(&["a::b"], None).is_noticed());
        assert!(!outcome(&[], None).is_noticed());
        assert!(!outcome(&["a::b"], Some("does not compile")).is_noticed());
    }
}
