//! Cargo tools that are not part of Rust.
//!
//! They go into the target folder, at one pinned version each, and touch nothing of the person's own.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{process, say};

/// The version of cargo-deny that deny.toml is written for.
const CARGO_DENY: &str = "0.20.2";

/// The path of cargo-deny, built first if it is not there yet.
///
/// # Errors
///
/// Fails if it cannot be built.
pub(crate) fn cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    install(workspace, "cargo-deny", CARGO_DENY)
}

fn install(workspace: &Workspace, name: &str, version: &str) -> Result<PathBuf> {
    let home = workspace.target.join("tools").join(format!("{name}-{version}"));
    let program = home.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        say::line(&format!("Building {name} {version} once; this takes a few minutes."));
        let mut command = workspace.cargo();
        command.args(["install", "--locked", name, "--version", version, "--quiet", "--root"]).arg(&home);
        // Its own target folder is not worth keeping: cargo uses a temporary one by itself.
        process::run(command.env_remove("CARGO_TARGET_DIR"))
            .with_context(|| format!("{name} could not be built; it is needed for deny.toml"))?;
    }
    Ok(program)
}
