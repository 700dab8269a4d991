//! Guards that hold a secret of this data folder, whoever started them: the app, one that was killed, or the
//! command line.
//!
//! A guard writes down its process in a file of its own and holds a lock on that file until its copy is over.
//! A lock ends with its process, so a number that is locked is that of the guard and of nobody who got it
//! later. What asks a guard to clear is a signal, which the system takes from the same person only.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal};

/// What the file says of a copy that may still be there.
const UNVERIFIED: &str = "unverified";
/// How a file is called before it is locked.
const UNFINISHED: &str = "new";

/// A guard's own entry.
pub(crate) struct Entry {
    path: PathBuf,
    file: File,
}

impl Entry {
    /// Writes this process down.
    pub(crate) fn write(folder: &Path) -> std::io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join(std::process::id().to_string());
        let unfinished = path.with_extension(UNFINISHED);
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.lock()?;
        writeln!(file, "{}", std::process::id())?;
        // Whoever looks finds it locked, or not at all.
        std::fs::rename(&unfinished, &path)?;
        Ok(Self { path, file })
    }

    /// The copy is over; `verified` says whether it is known to be gone.
    pub(crate) fn close(mut self, verified: bool) {
        // What cannot be removed is found unlocked, and removed by whoever looks next.
        let _ = if verified { std::fs::remove_file(&self.path) } else { writeln!(self.file, "{UNVERIFIED}") };
    }
}

/// Asks every guard that is written down there to clear what it holds, and waits until they did; whether all
/// of it is known to be gone. It waits without end for a guard that does not do what it was asked.
pub(super) fn clear_all(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return true };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let finished = paths.filter(|path| path.extension().is_none());
    // Each is asked before the first is waited for.
    let asked: Vec<_> = finished.filter_map(|path| ask(&path).map(|file| (path, file))).collect();
    // Each is waited for, whatever came of the one before.
    let left = asked.into_iter().filter_map(|(path, file)| (!is_gone(&path, file)).then_some(path));
    left.count() == 0
}

/// Asks one guard; nothing if it could not be looked at.
fn ask(path: &Path) -> Option<File> {
    let mut file = File::open(path).ok()?;
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    let process = text.lines().next().and_then(|line| Pid::from_raw(line.parse().ok()?));
    if let Some(process) = process {
        // The process is taken hold of before the lock is looked at: if it is held then, it is this one.
        #[cfg(target_os = "linux")]
        let held = rustix::process::pidfd_open(process, rustix::process::PidfdFlags::empty()).ok();
        if matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
            #[cfg(target_os = "linux")]
            let _ = held.map(|held| rustix::process::pidfd_send_signal(held, Signal::TERM));
            #[cfg(not(target_os = "linux"))]
            let _ = rustix::process::kill_process(process, Signal::TERM);
        }
    }
    Some(file)
}

/// Waits for the end of a guard's copy; whether it is known to be gone.
fn is_gone(path: &Path, mut file: File) -> bool {
    if file.lock_shared().is_err() {
        return false;
    }
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let gone = read.is_ok() && !text.contains(UNVERIFIED);
    let _ = std::fs::remove_file(path);
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_guards_and_what_a_killed_guard_left_are_nothing_to_clear() {
        let folder = tempfile::tempdir().unwrap();
        assert!(clear_all(&folder.path().join("none")));
        // The number of this test itself: a signal would end it.
        let path = folder.path().join("1");
        std::fs::write(&path, format!("{}\n", std::process::id())).unwrap();
        assert!(clear_all(folder.path()));
        assert!(!path.exists(), "it is not looked at again");
    }

    #[test]
    fn what_a_guard_could_not_verify_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let entry = Entry::write(folder.path()).unwrap();
        entry.close(false);
        assert!(!clear_all(folder.path()));
        assert!(clear_all(folder.path()));
        let entry = Entry::write(folder.path()).unwrap();
        entry.close(true);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
