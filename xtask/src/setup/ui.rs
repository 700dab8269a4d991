//! The window: Node's modules and the files the app embeds.
//!
//! Both are made again only when what they are made from has changed, because a new `ui/dist` makes
//! Cargo link the app again.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{process, say};

/// The oldest Node that Vite runs on: major and minor.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Folders whose contents are made from the rest.
const MADE: &[&str] = &["node_modules", "dist"];

/// Makes sure that Node is there and new enough.
///
/// # Errors
///
/// Fails otherwise, with the next step.
pub(crate) fn require_node() -> Result<()> {
    let (major, minor) = OLDEST_NODE;
    let next =
        format!("Next: install Node {major}.{minor} or newer from https://nodejs.org and run this again");
    let Ok(answer) = process::output(Command::new("node").arg("--version")) else {
        bail!("Node is missing; it builds the window. {next}");
    };
    match version(&answer) {
        Some(found) if found >= OLDEST_NODE => Ok(()),
        _ => bail!("Node is {}, which is too old. {next}", answer.trim()),
    }
}

/// Reads `v20.19.2` as (20, 19).
fn version(answer: &str) -> Option<(u32, u32)> {
    let mut numbers = answer.trim().trim_start_matches('v').split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Installs the modules of the lockfile, without running their scripts.
///
/// # Errors
///
/// Fails if npm does.
pub(crate) fn modules(workspace: &Workspace) -> Result<()> {
    require_node()?;
    let mark = Mark::of(workspace, "npm", &[workspace.root.join("ui/package-lock.json")])?;
    if mark.stands() && workspace.root.join("ui/node_modules").is_dir() {
        return Ok(());
    }
    process::run(npm(workspace).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
        .context("the modules of the window could not be installed")?;
    mark.set()
}

/// Builds `ui/dist`, which the app embeds.
///
/// # Errors
///
/// Fails if npm or Vite does.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    modules(workspace)?;
    let mut sources = Vec::new();
    list(&workspace.root.join("ui"), &mut sources)?;
    sources.sort();
    let mark = Mark::of(workspace, "ui", &sources)?;
    if mark.stands() && workspace.root.join("ui/dist/index.html").is_file() {
        say::line("The window is built already.");
        return Ok(());
    }
    process::run(npm(workspace).args(["run", "build"])).context("the window could not be built")?;
    mark.set()
}

/// npm, in the folder of the window.
pub(crate) fn npm(workspace: &Workspace) -> Command {
    let mut command = workspace.command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(workspace.root.join("ui"));
    command
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            if !MADE.iter().any(|name| entry.file_name() == *name) {
                list(&entry.path(), files)?;
            }
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// Remembers which sources something was made from, by a hash of their names and contents.
struct Mark {
    file: PathBuf,
    hash: String,
}

impl Mark {
    fn of(workspace: &Workspace, name: &str, sources: &[PathBuf]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for source in sources {
            source.hash(&mut hasher);
            fs::read(source).with_context(|| format!("cannot read {}", source.display()))?.hash(&mut hasher);
        }
        Ok(Self { file: workspace.notes().join(name), hash: format!("{:016x}", hasher.finish()) })
    }

    fn stands(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|known| known == self.hash)
    }

    fn set(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, &self.hash).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_version_is_compared_by_number() {
        assert_eq!(version("v20.19.2\n"), Some((20, 19)));
        assert!(version("v9.99.0") < Some(OLDEST_NODE));
        assert_eq!(version("nonsense"), None);
    }

    #[test]
    fn a_mark_falls_when_a_source_changes() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace { root: folder.path().into(), target: folder.path().join("target") };
        let source = folder.path().join("source");
        fs::write(&source, "one").unwrap();
        let mark = || Mark::of(&workspace, "made", std::slice::from_ref(&source)).unwrap();
        mark().set().unwrap();
        assert!(mark().stands());
        fs::write(&source, "two").unwrap();
        assert!(!mark().stands());
    }
}
