//! Calls made up from the portal's document, sent to a portal that runs.
//!
//! Schemathesis reads crates/portal/openapi.json, makes up calls that fit it and calls that do not, and compares what
//! comes back with the document. It is installed into the target folder, at the versions of tests/fuzzed, and speaks
//! to the portal on this computer alone.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::tally::Tally;
use crate::workspace::Workspace;
use crate::{process, say};

/// How many calls are made up for each operation in a phase; `KEYSTOW_FUZZED_EXAMPLES` says otherwise.
const EXAMPLES: u32 = 25;
/// What is made up; `KEYSTOW_FUZZED_SEED` says otherwise.
const SEED: u32 = 1;
/// The fewest calls of an operation, on average, that count as a run.
const FEWEST: u64 = 10;
/// How long the usual run may take: several times what it does.
const LIMIT: Duration = Duration::from_secs(10 * 60);
/// How often anything may be done: the portal's limits are not what is looked at here.
const NO_LIMIT: u32 = 1_000_000_000;
/// What is limited.
const LIMITED: [&str; 7] = ["calls", "changes", "anonymous", "gateway", "quota", "sign-ins", "registrations"];

/// Runs it against the portal that was built last.
///
/// # Errors
///
/// Fails if an answer was not as the document says, if the portal failed, or if hardly anything was called.
pub(super) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let folder = workspace.target.join("fuzzed");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let program = installed(workspace)?;
    let portal = Portal::start(workspace, &folder)?;
    let (examples, seed) = (wish("KEYSTOW_FUZZED_EXAMPLES", EXAMPLES)?, wish("KEYSTOW_FUZZED_SEED", SEED)?);
    let report = folder.join("report.json");
    let ours = workspace.root.join("tests/fuzzed");
    let mut command = Command::new(program);
    // What it leaves behind belongs into the target folder.
    command.current_dir(&folder).arg("--config-file").arg(ours.join("schemathesis.toml")).arg("run");
    command.arg(workspace.root.join("crates/portal/openapi.json")).args(["--url", &portal.address]);
    command.args(["--max-examples", &examples.to_string(), "--seed", &seed.to_string()]);
    command.args(["--report", "json", "--report-json-path"]).arg(&report);
    command.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", &ours).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("KEYSTOW_FUZZED_PORTAL", &portal.address).env("NO_PROXY", "*");
    let limit = LIMIT.saturating_mul(examples.div_ceil(EXAMPLES));
    let outcome = process::watch(&mut command, limit, |_| ());
    let counted = fs::read_to_string(&report).context("no call was made");
    let counts = counted.and_then(|text| Counts::read(&text));
    if let Ok(counts) = &counts {
        (tally.passed, tally.failed) = (counts.well(), counts.badly());
    }
    let ended = portal.end();
    let counts = outcome.and(counts)?;
    ended?;
    counts.judge()?;
    say::line(&format!("{counts} (seed {seed}); `KEYSTOW_FUZZED_EXAMPLES=500` makes up more of them"));
    Ok(())
}

/// A number that a person wishes, or the usual one.
fn wish(name: &str, usual: u32) -> Result<u32> {
    match env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name} must be a number")),
        Err(_) => Ok(usual),
    }
}

/// The program, put in place first if it is not there at the versions that are wanted.
fn installed(workspace: &Workspace) -> Result<PathBuf> {
    let wanted = workspace.root.join("tests/fuzzed/requirements.txt");
    let home = workspace.target.join("tools").join("schemathesis");
    let (done, program) = (home.join("installed.txt"), home.join("bin/schemathesis"));
    let versions = fs::read_to_string(&wanted)?;
    if program.is_file() && fs::read_to_string(&done).is_ok_and(|there| there == versions) {
        return Ok(program);
    }
    if home.exists() {
        fs::remove_dir_all(&home)?;
    }
    process::run(Command::new("python3").args(["-m", "venv"]).arg(&home))
        .context("Python's virtual environments are missing. Next: apt-get install python3-venv")?;
    // Nothing that is not listed, and nothing that would have to be built.
    let mut pip = Command::new(home.join("bin/pip"));
    pip.args(["--quiet", "--disable-pip-version-check", "--no-input", "install", "--no-deps"]);
    pip.args(["--only-binary", ":all:", "--requirement"]).arg(&wanted);
    process::run(&mut pip).context("what makes up the calls could not be installed")?;
    fs::write(&done, versions)?;
    Ok(program)
}

/// A portal with sample data in a folder of its own, ended when dropped.
struct Portal {
    program: Child,
    address: String,
    log: PathBuf,
}

impl Portal {
    /// Starts one and waits until it says where it is.
    fn start(workspace: &Workspace, folder: &Path) -> Result<Self> {
        let log = folder.join("portal.log");
        let mut command = Command::new(workspace.program("debug", "keystow-portal"));
        command.args(["--listen", "127.0.0.1:0", "--demo", "--data"]).arg(folder.join("data"));
        command.args(LIMITED.iter().flat_map(|name| ["--limit".to_owned(), format!("{name}={NO_LIMIT}")]));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?);
        let mut program = command.spawn().context("the portal cannot be started")?;
        let mut line = String::new();
        if let Some(said) = program.stdout.take() {
            BufReader::new(said).read_line(&mut line)?;
        }
        let portal = Self { program, address: line.trim_end().to_owned(), log };
        ensure!(
            portal.address.starts_with("http://127.0.0.1:"),
            "the portal did not start:\n{}",
            portal.said()
        );
        Ok(portal)
    }

    /// Asks it to stop, and fails unless it was there to the end and nothing in it panicked.
    fn end(mut self) -> Result<()> {
        if let Some(status) = self.program.try_wait()? {
            bail!("the portal ended by itself ({status}):\n{}", self.said());
        }
        process::run(Command::new("kill").args(["-TERM", &self.program.id().to_string()]))?;
        let status = self.program.wait()?;
        let said = self.said();
        ensure!(status.success(), "the portal did not stop well ({status}):\n{said}");
        ensure!(!said.contains("panicked at"), "something in the portal panicked:\n{said}");
        Ok(())
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        // It may have ended; then there is nothing to kill.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// What was called, by the report of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    /// Operations of the document.
    operations: u64,
    /// Operations that were called.
    called: u64,
    /// Operations with an answer that was not as it must be.
    broken: u64,
    /// Calls that were made.
    calls: u64,
    /// Whether it came to its end.
    complete: bool,
}

impl Counts {
    /// Reads a report.
    fn read(text: &str) -> Result<Self> {
        let report: Value = serde_json::from_str(text)?;
        let number = |of: &str, name: &str| report[of][name].as_u64().context("the report has no count");
        let failures = report["failures"].as_array().into_iter().flatten();
        let mut broken: Vec<&str> = failures
            .flat_map(|failure| failure["operations"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        broken.sort_unstable();
        broken.dedup();
        Ok(Self {
            operations: number("operations", "total")?,
            called: number("operations", "tested")?,
            broken: broken.len() as u64,
            calls: number("test_cases", "generated")?,
            complete: report["complete"] == true,
        })
    }

    /// Fails unless every operation was called, and not just once.
    fn judge(self) -> Result<()> {
        ensure!(self.complete, "it was cut short");
        ensure!(
            self.operations > 0 && self.called == self.operations,
            "not every operation was called: {self}"
        );
        ensure!(self.calls >= FEWEST * self.operations, "hardly anything was called: {self}");
        ensure!(self.broken == 0, "some answers are not as the document says: {self}");
        Ok(())
    }

    fn badly(self) -> u32 {
        u32::try_from(self.broken).unwrap_or(u32::MAX)
    }

    fn well(self) -> u32 {
        u32::try_from(self.called.saturating_sub(self.broken)).unwrap_or(u32::MAX)
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { operations, called, broken, calls, .. } = self;
        write!(f, "{called} of {operations} operations were called {calls} times, {broken} answered wrong")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(tested: u64, generated: u64, complete: bool, operations: &[&str]) -> Result<()> {
        let failures: &[Value] = &[serde_json::json!({ "operations": operations })];
        let report = serde_json::json!({
            "complete": complete,
            "operations": { "total": 28, "tested": tested },
            "test_cases": { "generated": generated },
            "failures": if operations.is_empty() { &[] } else { failures },
        });
        Counts::read(&report.to_string())?.judge()
    }

    #[test]
    fn a_run_that_called_everything_often_and_found_nothing_is_well() {
        assert!(report(28, 1200, true, &[]).is_ok());
    }

    #[test]
    fn a_run_that_called_nothing_or_too_little_or_was_cut_short_has_failed() {
        assert!(report(28, 1200, false, &[]).is_err());
        assert!(report(27, 1200, true, &[]).is_err());
        assert!(report(0, 0, true, &[]).is_err());
        assert!(report(28, 28, true, &[]).is_err());
        assert!(report(28, 1200, true, &["GET /v1/developer/keys"]).is_err());
        assert!(Counts::read("{}").is_err());
    }

    #[test]
    fn an_operation_that_answers_wrong_in_two_ways_is_counted_once() {
        let text = r#"{"complete":true,"operations":{"total":2,"tested":2},"test_cases":{"generated":50},
            "failures":[{"operations":["GET /a"]},{"operations":["GET /a"]}]}"#;
        let counts = Counts::read(text).unwrap();
        assert_eq!((counts.well(), counts.badly()), (1, 1));
    }
}
