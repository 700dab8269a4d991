//! Guards that hold a secret of this data folder, whoever started them: the app, one that was killed, or the
//! command line.
//!
//! A guard writes down its process in a file of its own and holds a lock on that file until its copy is over.
//! A lock ends with its process, so a number that is locked is that of the guard and of nobody who got it
//! later. What asks a guard to clear is a signal, which the system takes from the same person only.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal};

/// What the file says of a copy that may still be there.
const UNVERIFIED: &str = "unverified";
/// How a file is called before it is locked.
const UNFINISHED: &str = "new";

/// What the system calls the guard program: its name, cut to 15 characters.
#[cfg(target_os = "linux")]
const COMM: &str = "keystow-clipboa";

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

    /// The copy is over; `verified` says whether it is known to be gone. It may be said once more, when what
    /// was not certain has become so.
    pub(crate) fn close(&mut self, verified: bool) {
        // What cannot be removed is found unlocked, and removed by whoever looks next.
        let _ = if verified { std::fs::remove_file(&self.path) } else { writeln!(self.file, "{UNVERIFIED}") };
        let _ = self.file.unlock();
    }
}

/// Asks every guard that is written down there to clear what it holds, and waits until they did; whether all
/// of it is known to be gone. It waits without end for a guard that does not do what it was asked.
pub(super) fn clear_all(folder: &Path) -> bool {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // Only what is not there is known to hold nothing.
        Err(error) => return error.kind() == ErrorKind::NotFound,
    };
    let mut known = true;
    // Each is asked before the first is waited for.
    let mut asked = Vec::new();
    for entry in entries {
        let path = entry.map(|entry| entry.path());
        match path.and_then(|path| Ok((ask_finished(&path)?, path))) {
            Ok((Some(file), path)) => asked.push((path, file)),
            Ok((None, _)) => {}
            Err(error) => known &= error.kind() == ErrorKind::NotFound,
        }
    }
    // Each is waited for, whatever came of the one before.
    for (path, file) in asked {
        known &= is_gone(&path, file);
    }
    known
}

/// Asks the guard of this file; nothing if the file is not finished.
fn ask_finished(path: &Path) -> std::io::Result<Option<File>> {
    if path.extension().is_some() { Ok(None) } else { ask(path).map(Some) }
}

/// Asks one guard.
fn ask(path: &Path) -> std::io::Result<File> {
    let mut file = File::open(path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let process = text.lines().next().and_then(|line| Pid::from_raw(line.parse().ok()?));
    if let Some(process) = process {
        // The process is taken hold of before the lock is looked at: if it is held then, it is this one.
        #[cfg(target_os = "linux")]
        let held = rustix::process::pidfd_open(process, rustix::process::PidfdFlags::empty()).ok();
        // And nobody else is sent a signal, whatever was written there.
        if is_guard(process) && matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
            #[cfg(target_os = "linux")]
            let _ = held.map(|held| rustix::process::pidfd_send_signal(held, Signal::TERM));
            #[cfg(not(target_os = "linux"))]
            let _ = rustix::process::kill_process(process, Signal::TERM);
        }
    }
    Ok(file)
}

/// Whether a process has the name of the guard program.
#[cfg(target_os = "linux")]
fn is_guard(process: Pid) -> bool {
    let path = format!("/proc/{}/comm", process.as_raw_nonzero());
    std::fs::read_to_string(path).is_ok_and(|comm| comm.trim_end() == COMM)
}

/// The system has no file that tells.
#[cfg(not(target_os = "linux"))]
fn is_guard(_process: Pid) -> bool {
    true
}

/// Waits for the end of a guard's copy; whether it is known to be gone.
fn is_gone(path: &Path, mut file: File) -> bool {
    if file.lock_shared().is_err() {
        return false;
    }
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    if read.is_err() {
        // Not known, and not to be forgotten.
        return false;
    }
    let _ = std::fs::remove_file(path);
    !text.contains(UNVERIFIED)
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
        Entry::write(folder.path()).unwrap().close(false);
        assert!(!clear_all(folder.path()));
        assert!(clear_all(folder.path()));
        Entry::write(folder.path()).unwrap().close(true);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_verified_in_the_end_is_no_longer_said_to_be_uncertain() {
        let folder = tempfile::tempdir().unwrap();
        let mut entry = Entry::write(folder.path()).unwrap();
        entry.close(false);
        entry.close(true);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(clear_all(folder.path()));
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_known_to_be_gone_and_is_looked_at_again() {
        let folder = tempfile::tempdir().unwrap();
        let no_folder = folder.path().join("file");
        std::fs::write(&no_folder, "").unwrap();
        assert!(!clear_all(&no_folder));
        let guards = folder.path().join("guards");
        // No entry can be read there, whoever looks.
        std::fs::create_dir_all(guards.join("1")).unwrap();
        for _ in 0..2 {
            assert!(!clear_all(&guards));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_is_no_guard_gets_no_signal() {
        let folder = tempfile::tempdir().unwrap();
        // Locked, and with the number of this test: a signal would end it.
        let mut entry = Entry::write(folder.path()).unwrap();
        let file = ask(&entry.path).unwrap();
        entry.close(true);
        assert!(is_gone(&entry.path, file));
    }
}
