//! `cargo xtask codegen`: the files that are generated from the Rust code and committed.
//!
//! The TypeScript types of everything that crosses to the window, and the OpenAPI document of the
//! portal. Generated afresh into a folder aside, then compared or copied: a type that is gone in
//! Rust is gone in TypeScript.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::setup::ui;
use crate::workspace::Workspace;
use crate::{process, say};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Change nothing; fail if a committed file is stale.
    #[arg(long)]
    check: bool,
}

/// Where the types of the window are committed.
const BINDINGS: &str = "ui/src/lib/bindings";
/// The package whose types cross to the window.
const SHELL: &[&str] = &["--package", "keystow-desktop"];
/// The test that compares the portal's document, and writes it when told to.
const DOCUMENT: &[&str] = &["test", "--package", "keystow-portal", "--test", "portal", "document"];

/// Writes, or with `--check` compares, what is generated.
///
/// # Errors
///
/// Fails if the code does not build, or if a committed file is stale and may not be written.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    ui::build(workspace)?;
    let mut document = workspace.cargo();
    document.args(DOCUMENT).arg("--quiet");
    if arguments.check {
        check(workspace, SHELL)?;
    } else {
        write(workspace)?;
        document.env("KEYSTOW_CODEGEN", "1");
    }
    process::output(&mut document).context("the document of the portal is stale")?;
    say::line("crates/portal/openapi.json is fresh.");
    Ok(())
}

/// Compares the committed types with fresh ones; the portal's document has a test of its own.
///
/// `selection` names the packages Cargo builds: the ones another step has built already cost nothing.
///
/// # Errors
///
/// Fails if a committed file is stale, naming it.
pub(crate) fn check(workspace: &Workspace, selection: &[&str]) -> Result<()> {
    let fresh = bindings(workspace, selection)?;
    let committed = read(&workspace.root.join(BINDINGS))?;
    let stale = differences(&fresh, &committed);
    ensure!(stale.is_empty(), "stale in {BINDINGS}: {}. Next: cargo xtask codegen", stale.join(", "));
    say::line(&format!("{} files in {BINDINGS} are fresh.", fresh.len()));
    Ok(())
}

fn write(workspace: &Workspace) -> Result<()> {
    let fresh = bindings(workspace, SHELL)?;
    let folder = workspace.root.join(BINDINGS);
    fs::create_dir_all(&folder)?;
    let committed = read(&folder)?;
    for name in differences(&fresh, &committed) {
        let file = folder.join(&name);
        match fresh.get(Path::new(&name)) {
            Some(text) => {
                fs::create_dir_all(file.parent().context("a binding has a folder")?)?;
                fs::write(&file, text)?;
                say::line(&format!("wrote {BINDINGS}/{name}"));
            }
            None => {
                fs::remove_file(&file)?;
                say::line(&format!("removed {BINDINGS}/{name}"));
            }
        }
    }
    Ok(())
}

/// Generates the types of the window into a folder aside and reads them.
fn bindings(workspace: &Workspace, selection: &[&str]) -> Result<BTreeMap<PathBuf, String>> {
    let folder = workspace.notes().join("bindings");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut command = workspace.cargo();
    command.arg("test").args(selection).args(["--quiet", "--lib", "export_bindings"]);
    process::output(command.env("TS_RS_EXPORT_DIR", &folder)).context("the types could not be generated")?;
    let fresh = read(&folder)?;
    if fresh.is_empty() {
        bail!("no type was generated: do the types of the shell still have #[ts(export)]?");
    }
    Ok(fresh)
}

/// Every TypeScript file below a folder, by its path there.
fn read(folder: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "ts") {
                let text =
                    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
                files.insert(path.strip_prefix(folder)?.to_owned(), text);
            }
        }
    }
    Ok(files)
}

/// The files that differ, are missing, or should not be there.
fn differences(fresh: &BTreeMap<PathBuf, String>, committed: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let mut names: Vec<&PathBuf> = fresh.keys().chain(committed.keys()).collect();
    names.sort();
    names.dedup();
    names.retain(|name| fresh.get(*name) != committed.get(*name));
    names.into_iter().map(|name| name.display().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> BTreeMap<PathBuf, String> {
        files.iter().map(|(name, text)| (PathBuf::from(name), (*text).to_owned())).collect()
    }

    #[test]
    fn a_changed_a_missing_and_a_left_over_file_are_stale() {
        let fresh = files(&[("A.ts", "1"), ("B.ts", "1"), ("C.ts", "1")]);
        let committed = files(&[("A.ts", "1"), ("B.ts", "2"), ("D.ts", "1")]);
        assert_eq!(differences(&fresh, &committed), ["B.ts", "C.ts", "D.ts"]);
        assert!(differences(&fresh, &fresh).is_empty());
    }
}
