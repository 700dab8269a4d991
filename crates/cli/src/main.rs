//! Keystow on the command line. It links no window, and works while the app runs.
//!
//! A secret goes to the clipboard's guard, into a child's environment or, to be imported, to the app. It is
//! printed only to something that is no terminal, for a reason that the log keeps. What is printed may come
//! from a file that somebody altered, so every text is made visible first.

mod audit;
mod desk;
mod ends;
mod folder;
mod import;
mod keys;
mod person;
mod pick;
mod run;
mod secret;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use keystow_engine::{Trouble, ZeroingAllocator};

#[global_allocator]
static ALLOCATOR: ZeroingAllocator = ZeroingAllocator;

/// What the manual's pages say they are of.
const SOURCE: &str = concat!("keystow ", env!("CARGO_PKG_VERSION"));

/// Keeps the API keys of a developer portal at hand without showing them.
#[derive(Parser)]
#[command(name = "keystow", version, after_help = ends::HELP)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the keys.
    List(keys::List),
    /// Put the secret of a key on the clipboard, which is cleared in time.
    Copy(secret::Copy),
    /// Show the variables of keys with their secrets hidden, or print them to a program.
    Env(secret::Env),
    /// Run a program with secrets in its environment and hidden in its output.
    Run(run::Run),
    /// Show the app's picker: for a desktop that gives no key to programs.
    Pick(pick::Pick),
    /// Take a secret that is not on this device into the vault of the app, which must run.
    Import(import::Import),
    /// What is being rotated.
    Rotate(keys::Rotate),
    /// Check that everything is there that these commands need.
    Doctor(keys::Doctor),
    /// The local log of what was done with keys.
    #[command(subcommand)]
    Audit(audit::Verb),
    /// Print the completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print a page of the manual.
    Man {
        /// The command it is about; all of them without one.
        verb: Option<String>,
    },
}

fn main() -> ExitCode {
    keystow_engine::harden();
    let verb = Arguments::parse().verb;
    let answer = match verb {
        Verb::Run(run) => return desk::block_on(run::run(run)),
        Verb::List(list) => desk::block_on(keys::list(list)),
        Verb::Copy(copy) => desk::block_on(secret::copy(copy)),
        Verb::Env(env) => desk::block_on(secret::env(env)),
        Verb::Pick(pick) => desk::block_on(pick::pick(pick)),
        Verb::Import(import) => desk::block_on(import::import(import)),
        Verb::Rotate(rotate) => desk::block_on(keys::rotate(rotate)),
        Verb::Doctor(doctor) => desk::block_on(keys::doctor(doctor)),
        Verb::Audit(verb) => audit::run(&verb, &folder::data_folder()),
        Verb::Completions { shell } => Ok(Answer::good(completions(shell))),
        Verb::Man { verb } => manual(verb.as_deref()),
    };
    end(answer)
}

fn completions(shell: clap_complete::Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "keystow", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn manual(verb: Option<&str>) -> Result<Answer, Failure> {
    let mut all = Arguments::command();
    // Gives every command its whole name, such as “keystow run”.
    all.build();
    let found = match verb {
        None => Some(&all),
        Some(verb) => all.find_subcommand(verb),
    };
    let page =
        found.ok_or(Failure::Refused("There is no such command. See “keystow --help” for all of them."))?;
    let name = page.get_bin_name().unwrap_or("keystow").replace(' ', "-");
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(page.clone()).title(name).source(SOURCE).manual("Keystow");
    page.render(&mut text).map_err(Failure::Output)?;
    Ok(Answer::good(String::from_utf8_lossy(&text).into_owned()))
}

/// Prints an answer and says how the program ends.
fn end(answer: Result<Answer, Failure>) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match answer.and_then(|answer| {
        out.write_all(answer.text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)?;
        Ok(answer.good)
    }) {
        Ok(good) => ends::done(good),
        // Whoever reads the answer may have read enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ends::done(true),
        Err(failure) => fail(&failure),
    }
}

/// Tells a person what failed, and says how the program ends.
fn fail(failure: &Failure) -> ExitCode {
    say(failure);
    match failure {
        Failure::Trouble(trouble) => ends::of(trouble.code),
        Failure::Refused(_) => ends::refused(),
        Failure::Ended(_, how) => how(),
        Failure::Told { code, .. } => ends::of(code),
        Failure::Output(_) => ends::failed(),
    }
}

/// Tells a person something beside the answer.
fn say(what: &impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// What a verb answers.
struct Answer {
    text: String,
    /// Whether what was looked at is as it should be.
    good: bool,
}

impl Answer {
    fn good(text: String) -> Self {
        Self { text, good: true }
    }
}

/// Why there is no answer.
enum Failure {
    /// The engine says why.
    Trouble(Box<Trouble>),
    /// It was asked in a way that is refused.
    Refused(&'static str),
    /// It failed for a reason that the engine does not know, and ends in this way.
    Ended(&'static str, fn() -> ExitCode),
    /// The app says why.
    Told { code: String, text: String },
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
            Self::Told { text, .. } => write!(f, "{text}"),
            Self::Refused(why) | Self::Ended(why, _) => write!(f, "{why}"),
            Self::Output(_) => write!(f, "The answer could not be written out."),
        }
    }
}
