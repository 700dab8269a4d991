//! `cargo xtask run`: from a fresh machine to an open window.
//!
//! It is a development build, because a newcomer waits minutes less for it. It still loads the
//! window from the files embedded in the program (tauri.conf.json names no dev server), so what
//! opens is what ships.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::setup::{self, packages, ui};
use crate::stopwatch::{Spoken, Stopwatch};
use crate::workspace::Workspace;
use crate::{process, say};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Passed on to the app.
    #[arg(last = true)]
    app: Vec<OsString>,
}

/// Installs what is missing, builds the app and starts it; ends when the app does.
///
/// # Errors
///
/// Fails if there is no display, or if anything needed cannot be installed or built.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let watch = Stopwatch::start();
    setup::require_display()?;
    ui::require_node()?;
    say::heading("What the system must have");
    packages::install(packages::Purpose::Build)?;
    say::heading("The window");
    ui::build(workspace)?;
    say::heading("The app");
    process::run(workspace.cargo().args([
        "build",
        "--package",
        "keystow-desktop",
        "--package",
        "keystow-vault",
    ]))
    .context("the app could not be built")?;
    let program = workspace.program("debug", "keystow-desktop");
    say::line(&format!("\nReady after {}. Starting {}", Spoken(watch.elapsed()), program.display()));
    let status =
        Command::new(&program).args(&arguments.app).status().context("the app could not be started")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
