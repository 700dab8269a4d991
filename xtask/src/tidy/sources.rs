//! The files people write.
//!
//! Everything below the root except what is built, fetched or generated; only text that a rule
//! could be about.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Folders that hold nothing a person wrote.
const NOT_OURS: &[&str] = &["target", "node_modules", "dist", "gen", ".git", "bindings"];

/// The endings of files that rules are about.
const TEXT: &[&str] = &[
    "rs", "ts", "svelte", "css", "html", "toml", "json", "md", "yml", "yaml", "sh", "js", "snap", "svg",
    "txt",
];

/// One file.
pub(super) struct Source {
    /// Its path from the root, with `/` between folders.
    pub(super) path: String,
    /// Its contents.
    pub(super) text: String,
}

impl Source {
    /// The lines with their numbers, counted from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Whether the path ends like this, such as `rs`.
    pub(super) fn is(&self, ending: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == ending)
    }
}

/// Every file.
pub(super) struct Sources(Vec<Source>);

impl Sources {
    /// Reads everything below a folder.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        walk(root, "", &mut files)?;
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self(files))
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| Source { path: (*path).into(), text: (*text).into() }).collect())
    }

    /// All of them, by path.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<Source>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            if !NOT_OURS.contains(&name.as_str()) {
                walk(&entry.path(), &path, files)?;
            }
        } else if TEXT.iter().any(|ending| name.rsplit_once('.').is_some_and(|(_, found)| found == *ending)) {
            let text = fs::read_to_string(entry.path()).with_context(|| format!("{path} is not text"))?;
            files.push(Source { path, text });
        }
    }
    Ok(())
}
