//! Where things are.
//!
//! Found once at the start and passed on, so that every command works from any folder of the
//! checkout and follows `CARGO_TARGET_DIR`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The checkout and the folder it is built into.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The folder that holds the root Cargo.toml.
    pub(crate) root: PathBuf,
    /// Where Cargo builds to.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the checkout this program was started from.
    ///
    /// # Errors
    ///
    /// Fails if it was not started by Cargo.
    pub(crate) fn find() -> Result<Self> {
        let here = env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask`")?;
        let root = Path::new(&here).parent().context("xtask has no folder above it")?.to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The workbench's own notes, such as what was installed from which lockfile.
    pub(crate) fn notes(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// A program of this workspace, as a plain `cargo build` leaves it.
    pub(crate) fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// A command that starts in the root of the checkout.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// A Cargo command, by the Cargo that started this program.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // What Cargo tells the programs it runs is not meant for the next Cargo.
        for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"] {
            command.env_remove(name);
        }
        if is_ci() {
            // Nothing is built twice on a machine that is thrown away, and nobody attaches a debugger.
            command.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
        }
        command
    }
}

/// Whether this runs unattended (`CI` is set, to anything but `false`).
pub(crate) fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}
