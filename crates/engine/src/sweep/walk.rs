//! Which files a search reads: chosen folders, settings files, shell histories.
//!
//! Links are not followed and what the system makes up is not entered, so that a walk ends. Installed
//! packages (`node_modules`), git's packed objects (they are compressed, and their files are read where
//! they are checked out) and caches of programs below the settings are left out.

use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use super::SweepWish;
use crate::{Trouble, words};

/// What the system makes up.
const MADE_UP: [&str; 3] = ["/proc", "/sys", "/dev"];
/// Folders of the home folder in which programs keep settings.
const SETTINGS: [&str; 10] = [
    ".config",
    ".aws",
    ".azure",
    ".docker",
    ".kube",
    ".ssh",
    ".terraform.d",
    ".m2",
    ".gem",
    ".gradle/init.d",
];
/// Files of settings that are not in the home folder itself, and in folders too large to read whole.
const MORE_SETTINGS: [&str; 4] =
    [".cargo/config.toml", ".cargo/credentials.toml", ".gradle/gradle.properties", ".bundle/config"];
/// Histories of shells and of what is used like one.
const HISTORIES: [&str; 16] = [
    ".bash_history",
    ".zsh_history",
    ".zhistory",
    ".histfile",
    ".history",
    ".sh_history",
    ".ksh_history",
    ".local/share/fish/fish_history",
    ".config/fish/fish_history",
    ".config/nushell/history.txt",
    ".local/share/powershell/PSReadLine/ConsoleHost_history.txt",
    "AppData/Roaming/Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt",
    ".python_history",
    ".node_repl_history",
    ".psql_history",
    ".viminfo",
];

/// Where a walk begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    path: PathBuf,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// A folder and everything below it.
    Whole,
    /// The same, without the caches of programs.
    Settings,
    /// The files of a folder whose names begin with a dot.
    Dotted,
    /// One file.
    File,
}

/// Who is shown what a walk finds.
pub(super) trait Visitor {
    /// Whether to go on.
    fn goes_on(&self) -> bool;
    /// The walk is in this folder now.
    fn folder(&mut self, folder: &Path);
    /// A file.
    fn file(&mut self, file: PathBuf);
    /// Something that cannot be read.
    fn unreadable(&mut self);
}

/// Where the walks of a search begin.
///
/// # Errors
///
/// Fails if nothing was chosen, or a chosen folder cannot be read.
pub(super) fn roots(wish: &SweepWish, home: Option<&Path>) -> Result<Vec<Root>, Trouble> {
    let mut roots = Vec::new();
    for folder in &wish.folders {
        let path = chosen(folder, home).ok_or_else(|| words::no_folder(folder))?;
        roots.push(Root { path, how: How::Whole });
    }
    if wish.folders.is_empty() && !wish.dotfiles && !wish.history {
        return Err(words::nothing_to_sweep());
    }
    if !wish.dotfiles && !wish.history {
        return Ok(roots);
    }
    let home = home.ok_or_else(|| words::no_folder("~"))?;
    let mut below = |names: &[&str], how| {
        let there = names.iter().map(|name| Root { path: home.join(name), how });
        // A link is settings as well, but what it leads to is searched only where it was chosen.
        roots.extend(there.filter(|root| fs::symlink_metadata(&root.path).is_ok_and(|it| !it.is_symlink())));
    };
    if wish.dotfiles {
        below(&[""], How::Dotted);
        below(&SETTINGS, How::Settings);
        below(&MORE_SETTINGS, How::File);
    }
    if wish.history {
        below(&HISTORIES, How::File);
    }
    Ok(roots)
}

/// A folder that a person named. A link that was named is followed: it was chosen.
fn chosen(folder: &str, home: Option<&Path>) -> Option<PathBuf> {
    let folder = folder.trim();
    let path = match folder.strip_prefix('~') {
        Some("") => home?.to_owned(),
        Some(rest) => home?.join(rest.strip_prefix(['/', '\\'])?),
        None => PathBuf::from(folder),
    };
    let path = path.is_absolute().then_some(path)?.canonicalize().ok()?;
    fs::read_dir(&path).ok()?;
    (!is_made_up(&path)).then_some(path)
}

fn is_made_up(path: &Path) -> bool {
    cfg!(unix) && MADE_UP.iter().any(|made_up| path.starts_with(made_up))
}

/// Shows every file below the roots, each once.
pub(super) fn walk(roots: &[Root], visitor: &mut impl Visitor) {
    for (place, root) in roots.iter().enumerate() {
        let before = &roots[..place];
        let is_new = |path: &Path| !before.iter().any(|root| root.covers(path));
        match root.how {
            How::File if is_new(&root.path) && visitor.goes_on() => {
                // What is no file by now is found out when it is opened.
                visitor.file(root.path.clone());
            }
            How::File => {}
            How::Whole | How::Settings | How::Dotted => walk_folder(root, &is_new, visitor),
        }
    }
}

fn walk_folder(root: &Root, is_new: &impl Fn(&Path) -> bool, visitor: &mut impl Visitor) {
    let mut folders = vec![root.path.clone()];
    while let Some(folder) = folders.pop() {
        if !visitor.goes_on() {
            return;
        }
        visitor.folder(&folder);
        let Ok(entries) = fs::read_dir(&folder) else {
            visitor.unreadable();
            continue;
        };
        for entry in entries {
            if !visitor.goes_on() {
                return;
            }
            let known = entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind)));
            let Ok((entry, kind)) = known else {
                visitor.unreadable();
                continue;
            };
            let path = entry.path();
            if root.takes(&path, &entry.file_name(), kind) && is_new(&path) {
                if kind.is_dir() { folders.push(path) } else { visitor.file(path) }
            }
        }
    }
}

impl Root {
    /// Whether a file or folder that was met below this root is read.
    fn takes(&self, path: &Path, name: &OsStr, kind: FileType) -> bool {
        if kind.is_file() {
            return self.how != How::Dotted || is_dotted(name);
        }
        // A link is neither a file nor a folder here.
        kind.is_dir() && self.how != How::Dotted && !is_made_up(path) && !self.leaves_out(path, name)
    }

    fn leaves_out(&self, path: &Path, name: &OsStr) -> bool {
        let text = name.to_string_lossy();
        let packed = || path.components().any(|part| part.as_os_str() == ".git");
        let cache = || self.how == How::Settings && text.to_ascii_lowercase().contains("cache");
        text == "node_modules" || (text == "objects" && packed()) || cache()
    }

    /// Whether a file or folder is read on the walk from this root.
    fn covers(&self, path: &Path) -> bool {
        match self.how {
            How::Whole | How::Settings => path.starts_with(&self.path) && !self.passes_by(path),
            How::Dotted => {
                path.parent() == Some(&self.path) && path.file_name().is_some_and(is_dotted) && path.is_file()
            }
            How::File => path == self.path,
        }
    }

    /// Whether some folder between this root and a path is left out.
    fn passes_by(&self, path: &Path) -> bool {
        let between = path.ancestors().skip(1).take_while(|folder| *folder != self.path);
        let mut folders = between.filter_map(|folder| folder.file_name().map(|name| (folder, name)));
        folders.any(|(folder, name)| self.leaves_out(folder, name))
    }
}

fn is_dotted(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}
