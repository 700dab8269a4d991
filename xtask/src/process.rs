//! Running other programs.
//!
//! Every command is shown before it runs. A command that is watched can neither wait for input nor
//! hold up the workbench by leaving a child behind that keeps its output open.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::say;
use crate::stopwatch::{Spoken, Stopwatch};

/// How often a watched command is asked whether it has ended.
const GLANCE: Duration = Duration::from_millis(100);
/// How long output is still awaited after a command ended.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs a command on this terminal.
///
/// # Errors
///
/// Fails if the program cannot be started or does not end well.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    say::line(&format!("$ {shown}"));
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    judge(status, &shown)
}

/// Runs a command silently and returns what it wrote to standard output.
///
/// # Errors
///
/// Fails if the program cannot be started or does not end well.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        say::echo(String::from_utf8_lossy(&output.stderr).trim_end());
    }
    judge(output.status, &shown)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program can be started at all.
pub(crate) fn is_there(program: &str) -> bool {
    let probe = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match probe {
        Ok(mut child) => child.wait().is_ok(),
        Err(_) => false,
    }
}

/// Runs a command without input, echoes its output and hands each line to `see`.
///
/// # Errors
///
/// Fails if the program cannot be started, does not end well, or is still running after `limit`;
/// then it is killed.
pub(crate) fn watch(command: &mut Command, limit: Duration, mut see: impl FnMut(&str)) -> Result<()> {
    let shown = show(command);
    say::line(&format!("$ {shown}"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    set_apart(command);
    let mut child = command.spawn().with_context(|| format!("cannot start `{shown}`"))?;
    let started = Stopwatch::start();
    let lines = listen(&mut child);
    let mut ended: Option<Stopwatch> = None;
    while ended.is_none_or(|since| since.elapsed() < LAST_WORDS) {
        match lines.recv_timeout(GLANCE) {
            Ok(line) => {
                say::echo(&line);
                see(&plain(&line));
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if ended.is_none() && child.try_wait()?.is_some() {
            ended = Some(Stopwatch::start());
        }
        if ended.is_none() && started.elapsed() > limit {
            end(&mut child);
            bail!("`{shown}` was stopped after {}", Spoken(limit));
        }
    }
    judge(child.wait()?, &shown)
}

/// Merges both outputs of a child into one stream of lines.
///
/// A line that is still being written when the child ends is passed on as it is.
fn listen(child: &mut Child) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        pass_on(out, sender.clone());
    }
    if let Some(err) = child.stderr.take() {
        pass_on(err, sender);
    }
    lines
}

fn pass_on(source: impl Read + Send + 'static, sender: Sender<String>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(source);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
            if sender.send(line).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}

/// Kills a child that took too long, and on Unix everything it started.
fn end(child: &mut Child) {
    if cfg!(unix) {
        let group = format!("-{}", child.id());
        Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status().ok();
    }
    child.kill().ok();
    child.wait().ok();
}

/// Gives an unattended command a process group of its own, so that all of it can be ended.
///
/// At a terminal it stays in ours: Ctrl-C must reach it.
fn set_apart(command: &mut Command) {
    #[cfg(unix)]
    if crate::workspace::is_ci() {
        std::os::unix::process::CommandExt::process_group(command, 0);
    }
    #[cfg(not(unix))]
    let _ = command;
}

fn judge(status: ExitStatus, shown: &str) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    match status.code() {
        Some(code) => bail!("`{shown}` ended with code {code}"),
        None => bail!("`{shown}` was ended by a signal"),
    }
}

/// The command as a person would type it.
fn show(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit(['/', '\\']).next().unwrap_or(&program).to_owned();
    let words = command.get_args().map(|word| {
        let word = word.to_string_lossy();
        if word.is_empty() || word.contains([' ', '*', '$']) {
            format!("'{word}'")
        } else {
            word.into_owned()
        }
    });
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}

/// A line without the colours of a terminal.
fn plain(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // ECMA-48: a control sequence ends with its first letter.
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            kept.push(letter);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out_of_a_line() {
        assert_eq!(plain("\u{1b}[1m\u{1b}[32mtest\u{1b}[0m result: ok"), "test result: ok");
    }

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/some/where/cargo");
        command.args(["test", "--test", "a b"]);
        assert_eq!(show(&command), "cargo test --test 'a b'");
    }

    #[cfg(unix)]
    #[test]
    fn a_watched_command_passes_on_its_lines_and_its_failure() {
        let mut seen = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        let error =
            watch(&mut command, Duration::from_secs(60), |line| seen.push(line.to_owned())).unwrap_err();
        seen.sort();
        assert_eq!(seen, ["one", "two"]);
        assert!(error.to_string().ends_with("ended with code 3"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_command_past_its_limit_is_stopped() {
        let mut command = Command::new("sh");
        command.args(["-c", "while :; do :; done"]);
        let error = watch(&mut command, Duration::from_millis(1), |_| ()).unwrap_err();
        assert!(error.to_string().contains("was stopped after"), "{error}");
    }
}
