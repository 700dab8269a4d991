//! T6, the part that is not painting: how long the engine looks for what was typed.
//!
//! Held against the matcher it is built on, run bare over the same names on one thread, and against `fzf`, a program
//! that does nothing else.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, ensure};
use keystow_engine::{Engine, Host, Setup, SystemClock};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};
use tokio::runtime::Runtime;

use crate::report::{self, Bar};
use crate::rounds::{Contender, Turns, interleave};
use crate::stopwatch::{millis, now};

/// What is looked for, from one sign that almost everything has to words that only few have.
const TYPED: [&str; 5] = ["s", "7", "sv73", "prod 042", "service-00042-production"];
/// The most that an answer may take on the way to the screen, in milliseconds.
const NEVER_MORE: f64 = 50.0;

/// Nobody to ask for anything.
struct NoHost;

impl Host for NoHost {
    fn open_browser(&self, _address: &str) -> bool {
        false
    }
}

/// Measures and reports. `data` is a data folder with so many keys.
///
/// # Errors
///
/// Fails if the folder cannot be opened or a program is missing.
pub(crate) fn run(turns: Turns, data: PathBuf, guard: PathBuf, keys: u32) -> Result<()> {
    report::heading("T6", &format!("what was typed is looked for among {keys} keys"));
    let runtime = Runtime::new()?;
    let keyring_service = format!("dev.keystow.desktop {}", data.display());
    let setup =
        Setup { folder: data, guard, keyring_service, host: Arc::new(NoHost), clock: Arc::new(SystemClock) };
    let engine = runtime.block_on(Engine::open(setup)).map_err(|trouble| anyhow!("{trouble}"))?;
    ensure!(engine.picks("").total == keys as usize, "the keys are not there");
    let names: Vec<String> = (0..keys).map(|number| format!("service-{number:05}-production")).collect();
    let lines = names.join("\n");
    let mut slowest: f64 = 0.0;
    for typed in TYPED {
        let rounds = interleave(
            turns,
            vec![
                Contender::new("keystow", || {
                    let since = now();
                    let sight = engine.picks(typed);
                    let took = millis(since, now());
                    ensure!(!sight.rows.is_empty(), "“{typed}” fits nothing");
                    slowest = slowest.max(took);
                    Ok(took)
                }),
                Contender::new("nucleo alone, one thread", || Ok(bare(typed, &names))),
                Contender::new("fzf --filter", || fzf(typed, &lines)),
            ],
        )?;
        report::rounds(&format!("ms, “{typed}”"), &rounds);
        report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtMost(1.1));
        report::ratio(&rounds.series[0], &rounds.series[2], Bar::AtMost(1.0));
    }
    report::bound("the slowest answer", slowest, "ms", NEVER_MORE);
    Ok(())
}

/// The matcher over the names, the best first.
fn bare(typed: &str, names: &[String]) -> f64 {
    let since = now();
    let mut config = Config::DEFAULT;
    config.prefer_prefix = true;
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let found = pattern.match_list(names, &mut Matcher::new(config));
    let took = millis(since, now());
    std::hint::black_box(found);
    took
}

fn fzf(typed: &str, lines: &str) -> Result<f64> {
    let since = now();
    let mut command = Command::new("fzf");
    command.args(["--filter", typed]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().context("fzf is missing")?;
    child.stdin.take().context("fzf has no input")?.write_all(lines.as_bytes())?;
    // It ends with 1 when nothing fits (fzf(1), exit status).
    ensure!(child.wait()?.code().is_some_and(|code| code < 2), "fzf failed");
    Ok(millis(since, now()))
}
