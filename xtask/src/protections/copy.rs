//! A copy of the checkout to change, with a target folder of its own.
//!
//! What is compiled of others' crates is taken over from the checkout's target folder, so that only our
//! own crates are compiled again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::say;
use crate::workspace::Workspace;

/// Folders that are built or fetched, and the notes of git.
const NOT_OURS: &[&str] = &["target", "node_modules", "dist", "gen", ".git"];

/// The copy.
pub(super) struct Copy {
    here: Workspace,
    tree: PathBuf,
    target: PathBuf,
}

impl Copy {
    /// Copies what differs since the last time.
    ///
    /// # Errors
    ///
    /// Fails if the copy cannot be written.
    pub(super) fn make(workspace: &Workspace) -> Result<Self> {
        let folder = workspace.target.join("protections");
        let copy = Self { here: workspace.clone(), tree: folder.join("tree"), target: folder.join("target") };
        let wanted = files_below(&workspace.root)?;
        for file in &wanted {
            copy.put_back(file)?;
        }
        for file in files_below(&copy.tree)?.difference(&wanted) {
            fs::remove_file(copy.tree.join(file))?;
        }
        copy.take_over_compiled()?;
        say::line(&format!("{} files in {}", wanted.len(), copy.tree.display()));
        Ok(copy)
    }

    /// A Cargo command in the copy.
    pub(super) fn cargo(&self) -> Command {
        let mut command = self.here.cargo();
        command
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never");
        // One line differs from one protection to the next.
        command.env("CARGO_INCREMENTAL", "1");
        command
    }

    /// The text of a file of the copy.
    ///
    /// # Errors
    ///
    /// Fails if there is no such text.
    pub(super) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.tree.join(file)).with_context(|| format!("there is no {file}"))
    }

    /// Writes a file of the copy, unless it is so already: what is not touched is not compiled again.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub(super) fn replace(&self, file: &str, text: &str) -> Result<()> {
        write_if_other(&self.tree.join(file), text.as_bytes())
    }

    /// Makes a file what it is in the checkout.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read or written.
    pub(super) fn put_back(&self, file: &str) -> Result<()> {
        let bytes = fs::read(self.here.root.join(file)).with_context(|| format!("cannot read {file}"))?;
        write_if_other(&self.tree.join(file), &bytes)
    }

    /// Takes over what is compiled of others' crates, unless that was done before.
    fn take_over_compiled(&self) -> Result<()> {
        let (from, to) = (self.here.target.join("debug"), self.target.join("debug"));
        if to.exists() || !from.join("deps").exists() {
            return Ok(());
        }
        for folder in [".fingerprint", "build", "deps"] {
            let Ok(entries) = fs::read_dir(from.join(folder)) else { continue };
            for entry in entries.collect::<Result<Vec<_>, _>>()? {
                let name = entry.file_name().to_string_lossy().into_owned();
                if !name.contains("keystow") && !name.contains("xtask") {
                    take_over(&entry.path(), &to.join(folder).join(&name))?;
                }
            }
        }
        Ok(())
    }
}

/// Links what a compiler wrote and never changes in place, and copies the rest. Times stay as they are:
/// Cargo goes by them.
fn take_over(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            take_over(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let is_product = from
        .extension()
        .is_some_and(|ending| ["rlib", "rmeta", "so", "dylib", "dll"].iter().any(|one| ending == *one));
    if is_product && fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    let times = fs::FileTimes::new().set_modified(fs::metadata(from)?.modified()?);
    fs::File::options().append(true).open(to)?.set_times(times)?;
    Ok(())
}

fn write_if_other(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|now| now == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Every file that a person wrote, from the root.
fn files_below(root: &Path) -> Result<BTreeSet<String>> {
    let mut files = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if !entry.file_type()?.is_dir() {
                files.insert(path);
            } else if !NOT_OURS.contains(&name.as_str()) {
                folders.push(path);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy_of(root: &Path) -> Copy {
        Copy::make(&Workspace { root: root.to_owned(), target: root.join("target") }).unwrap()
    }

    #[test]
    fn a_copy_has_what_people_wrote_and_follows_it() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str| write_if_other(&root.path().join(path), path.as_bytes()).unwrap();
        ["a.rs", "crates/b.rs", "target/c.rs", "ui/node_modules/d.ts"].into_iter().for_each(write);
        let copy = copy_of(root.path());
        assert_eq!(copy.read("crates/b.rs").unwrap(), "crates/b.rs");
        assert!(copy.read("target/c.rs").is_err() && copy.read("ui/node_modules/d.ts").is_err());
        copy.replace("a.rs", "changed").unwrap();
        fs::remove_file(root.path().join("crates/b.rs")).unwrap();
        let copy = copy_of(root.path());
        assert_eq!(copy.read("a.rs").unwrap(), "a.rs");
        assert!(copy.read("crates/b.rs").is_err());
    }

    #[test]
    fn what_others_wrote_is_not_compiled_again_and_what_we_wrote_is() {
        let root = tempfile::tempdir().unwrap();
        let compiled = ["deps/libserde-1.rlib", "deps/libkeystow_vault-2.rlib", ".fingerprint/serde-1/lib"];
        for file in compiled {
            write_if_other(&root.path().join("target/debug").join(file), b"x").unwrap();
        }
        let to = copy_of(root.path()).target.join("debug");
        assert_eq!(compiled.map(|file| to.join(file).exists()), [true, false, true]);
    }
}
