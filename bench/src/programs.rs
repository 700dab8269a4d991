//! Programs that are started to be measured.
//!
//! Each gets a home of its own, so that no run finds what another left, and is ended with
//! everything it started before the next one begins.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::stopwatch::now;

/// How often a dying process is looked at.
const GLANCE: Duration = Duration::from_millis(10);
/// How long it may take to die by itself.
const MERCY: Duration = Duration::from_secs(3);

/// A program and the surroundings it is started in.
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    environment: HashMap<String, String>,
}

impl Program {
    /// A program on the display and the session bus of this process.
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), arguments: Vec::new(), environment: HashMap::new() }
    }

    /// With this argument.
    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// With this variable in its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.environment.insert(name.to_owned(), value.as_ref().display().to_string());
        self
    }

    /// Starts it; the moment is the one just before.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be started.
    pub(crate) fn start(&self) -> Result<Running> {
        self.start_with(Stdio::null())
    }

    /// Starts it so that it can be given orders.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be started.
    pub(crate) fn start_obedient(&self) -> Result<Running> {
        self.start_with(Stdio::piped())
    }

    fn start_with(&self, input: Stdio) -> Result<Running> {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).envs(&self.environment).env_remove("WAYLAND_DISPLAY");
        command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let since = now();
        let child = command.spawn().with_context(|| format!("cannot start {}", self.path.display()))?;
        Ok(Running { child, since })
    }
}

/// A program that runs. It is ended, with its children, when this is dropped.
pub(crate) struct Running {
    child: Child,
    /// The moment before it was started.
    pub(crate) since: Instant,
}

/// What a program and everything it started did of its own accord, since it was started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Toil {
    /// Time on a processor, in ticks of the clock, of which there are a hundred in a second on every Linux
    /// (proc(5), `utime` and `stime`).
    pub(crate) ticks: u64,
    /// How often a thread slept and woke (proc(5), `voluntary_ctxt_switches`).
    pub(crate) wakes: u64,
}

impl Running {
    /// Gives it an order, a line on its standard input; the moment is that before.
    ///
    /// # Errors
    ///
    /// Fails if it takes none.
    pub(crate) fn order(&mut self, order: &str) -> Result<Instant> {
        let input = self.child.stdin.as_mut().context("the program takes no orders")?;
        let since = now();
        writeln!(input, "{order}").and_then(|()| input.flush()).context("the program does not listen")?;
        Ok(since)
    }

    /// What it and everything it started did until now. What ended meanwhile counts no longer.
    ///
    /// # Errors
    ///
    /// Fails if the processes cannot be read.
    pub(crate) fn toil(&self) -> Result<Toil> {
        let tree = tree(self.child.id())?;
        let ticks = tree.iter().filter_map(|id| ticks(*id)).sum();
        Ok(Toil { ticks, wakes: tree.iter().map(|id| wakes(*id)).sum() })
    }

    /// How many processes it is.
    ///
    /// # Errors
    ///
    /// Fails if the processes cannot be read.
    pub(crate) fn processes(&self) -> Result<usize> {
        Ok(tree(self.child.id())?.len())
    }

    /// The memory of the program and everything it started, in MiB: proportional set size, so that
    /// what processes share counts once (proc(5), smaps_rollup).
    ///
    /// # Errors
    ///
    /// Fails if the processes cannot be read.
    pub(crate) fn memory(&self) -> Result<f64> {
        let tree = tree(self.child.id())?;
        let kibibytes: u64 = tree.iter().filter_map(|id| proportional_set_size(*id)).sum();
        Ok(kibibytes as f64 / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let family = tree(self.child.id()).unwrap_or_default();
        signal("-TERM", self.child.id());
        let since = now();
        while since.elapsed() < MERCY && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(GLANCE);
        }
        signal("-KILL", self.child.id());
        self.child.wait().ok();
        while since.elapsed() < 2 * MERCY && family.iter().any(|id| is_alive(*id)) {
            thread::sleep(GLANCE);
        }
    }
}

/// Whether a process still holds anything: one that only waits to be counted does not.
fn is_alive(id: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// Signals a whole process group.
fn signal(signal: &str, group: u32) {
    let group = format!("-{group}");
    Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status().ok();
}

/// A process and all its descendants.
fn tree(root: u32) -> Result<Vec<u32>> {
    let mut parents = HashMap::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        if let Some((id, parent)) = parent_of(&name) {
            parents.insert(id, parent);
        }
    }
    let mut family = vec![root];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        family.extend(parents.iter().filter(|(_, of)| **of == parent).map(|(id, _)| *id));
        next += 1;
    }
    Ok(family)
}

/// The parent of a process: the second word after the name in brackets (proc(5), stat).
fn parent_of(name: &OsStr) -> Option<(u32, u32)> {
    let id = name.to_str()?.parse().ok()?;
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    Some((id, rest.split_whitespace().nth(1)?.parse().ok()?))
}

/// The 14th and 15th word of its stat, of which the second is a name in brackets (proc(5)).
fn ticks(id: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    Some(words.get(11)?.parse::<u64>().ok()? + words.get(12)?.parse::<u64>().ok()?)
}

/// Over all its threads; those that ended do not count.
fn wakes(id: u32) -> u64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { return 0 };
    let one = |thread: fs::DirEntry| -> Option<u64> {
        let status = fs::read_to_string(thread.path().join("status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse().ok()
    };
    threads.flatten().filter_map(one).sum()
}

/// In KiB; nothing if the process is gone.
fn proportional_set_size(id: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_program_counts_its_children() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & sleep 600 & wait"]).process_group(0);
        let running = Running { child: command.spawn().unwrap(), since: now() };
        let alone = proportional_set_size(running.child.id()).unwrap();
        while tree(running.child.id()).unwrap().len() < 3 {
            thread::yield_now();
        }
        assert!(running.memory().unwrap() * 1024.0 > alone as f64);
        let family = tree(running.child.id()).unwrap();
        drop(running);
        assert!(!family.iter().any(|id| is_alive(*id)), "a child outlived its program");
    }
}
