//! Processes: the ones a desk started, what belongs to them, and their end.
//!
//! Only processes that carry the mark of a desk in their environment are ever ended here.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};

use rustix::process::{Pid, PidfdFlags, Signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The variable that tells which desk a process belongs to.
pub(crate) const MARK: &str = "KEYSTOW_TEST_DESK";

/// A program with everything it starts, ended together.
pub(crate) struct Group(Child);

impl Group {
    /// Starts a program in a group of its own, or fails naming the package that brings it.
    pub(crate) fn start(command: &mut Command, package: &str) -> Self {
        let started = command.process_group(0).spawn();
        Self(started.unwrap_or_else(|error| {
            let program = command.get_program().to_string_lossy().into_owned();
            panic!("{program} does not start ({error}); install the package {package}")
        }))
    }

    pub(crate) fn id(&self) -> i32 {
        self.0.id().cast_signed()
    }

    /// What the program was given to write to, if it was a pipe.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = Pid::from_raw(self.id()) {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

/// A process that somebody else started; the handle stays its own even when its number is used again.
pub(crate) struct Process {
    pub(crate) id: i32,
    handle: AsyncFd<OwnedFd>,
}

impl Process {
    /// The process with this number, if it still runs.
    pub(crate) fn find(id: i32) -> Option<Self> {
        let handle = rustix::process::pidfd_open(Pid::from_raw(id)?, PidfdFlags::NONBLOCK).ok()?;
        // SAFETY: an `OwnedFd` is open for as long as it lives, and nothing replaces it in there.
        let handle = unsafe { AsyncFd::register_with_interest(handle, Interest::READABLE) }.ok()?;
        Some(Self { id, handle })
    }

    /// Waits for its end, as long as that may take.
    pub(crate) async fn is_gone(&self) {
        self.handle.readable().await.expect("the end of a process can be watched").retain_ready();
    }

    /// Waits for its end, which must come soon.
    pub(crate) async fn ended(&self) {
        let end = tokio::time::timeout(super::PATIENCE, self.is_gone()).await;
        end.unwrap_or_else(|_| panic!("the process {} does not end: {}", self.id, arguments(self.id)));
    }

    /// Ends it as `kill -9` does, and waits until it is gone.
    pub(crate) async fn kill(&self) {
        let _ = rustix::process::pidfd_send_signal(&self.handle, Signal::KILL);
        self.ended().await;
    }
}

/// The numbers of all processes.
pub(crate) fn all() -> Vec<i32> {
    let entries = fs::read_dir("/proc").expect("there is a /proc").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The number of the process that started this one.
fn parent(id: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name stands in brackets and may hold anything, brackets too.
    status.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// What a process is called: the last part of the program's path.
pub(crate) fn name(id: i32) -> String {
    let program = fs::read_link(format!("/proc/{id}/exe")).unwrap_or_default();
    program.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a process was started with, as one line.
pub(crate) fn arguments(id: i32) -> String {
    fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default().replace('\0', " ")
}

/// The processes that this one started, and theirs.
pub(crate) fn descendants(root: i32) -> Vec<i32> {
    let all = all();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&of) = found.get(next) {
        found.extend(all.iter().filter(|id| parent(**id) == Some(of)));
        next += 1;
    }
    found.remove(0);
    found
}

/// The processes of a desk, whoever started them. Ended ones that nobody fetched do not count.
pub(crate) fn of_desk(mark: &str) -> Vec<i32> {
    let wanted = format!("{MARK}={mark}");
    let carries = |id: &i32| {
        let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
    };
    all().into_iter().filter(carries).collect()
}

/// Ends every process of a desk that is still there.
pub(crate) fn sweep(mark: &str) {
    for id in of_desk(mark).into_iter().filter_map(Pid::from_raw) {
        let _ = rustix::process::kill_process(id, Signal::KILL);
    }
}

/// Runs a program to its end, or fails naming the package that brings it.
pub(crate) async fn run(command: &mut tokio::process::Command, package: &str) -> std::process::Output {
    let output: io::Result<_> = command.kill_on_drop(true).output().await;
    output.unwrap_or_else(|error| {
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        panic!("{program} does not run ({error}); install the package {package}")
    })
}
