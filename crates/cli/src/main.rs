//! Keystow on the command line. It links no window, and reads while the app runs.
//!
//! What is printed may come from a file that somebody altered, so every text is made visible first.

mod audit;
mod folder;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use keystow_engine::Trouble;

/// What was looked for is not as it should be.
const BAD: u8 = 1;
/// It could not be looked at. Wrong usage ends the same way.
const FAILED: u8 = 2;

/// Keeps the API keys of a developer portal at hand without showing them.
#[derive(Parser)]
#[command(name = "keystow", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// The local log of what was done with keys.
    #[command(subcommand)]
    Audit(audit::Verb),
}

fn main() -> ExitCode {
    let Verb::Audit(verb) = Arguments::parse().verb;
    let mut out = std::io::stdout().lock();
    match audit::run(&verb, &folder::data_folder()).and_then(|answer| {
        out.write_all(answer.text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)?;
        Ok(answer.good)
    }) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(BAD),
        // Whoever reads the answer may have read enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::from(FAILED)
        }
    }
}

/// What a verb answers.
struct Answer {
    text: String,
    /// Whether what was looked at is as it should be.
    good: bool,
}

/// Why there is no answer.
enum Failure {
    /// The engine says why.
    Trouble(Box<Trouble>),
    /// The answer could not be written out.
    Output(std::io::Error),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(Box::new(trouble))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Trouble(trouble) => write!(f, "{trouble}"),
            Self::Output(_) => write!(f, "The answer could not be written out."),
        }
    }
}
