//! An X server without a screen, and what other programs see on its clipboard.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// A running Xvfb with a number of its own.
pub(crate) struct Screen {
    server: Child,
    pub(crate) display: String,
    folder: TempDir,
}

impl Screen {
    pub(crate) fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("Xvfb does not start ({error}); install the package xvfb"));
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb found no free display");
        Self { server, display: format!(":{}", number.trim()), folder: tempfile::tempdir().unwrap() }
    }

    /// The guard program, bound to this screen; it writes its process id beside it.
    pub(crate) fn guard(&self) -> PathBuf {
        let path = self.folder.path().join("guard");
        let script = format!(
            "#!/bin/sh\necho $$ > {pid}.new && mv {pid}.new {pid}\nunset WAYLAND_DISPLAY\nDISPLAY={} exec {} \"$@\"\n",
            self.display,
            env!("CARGO_BIN_EXE_keystow-clipboard"),
            pid = self.folder.path().join("pid").display(),
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    /// The process of the guard that started last.
    pub(crate) fn guard_process(&self) -> rustix::fd::OwnedFd {
        use rustix::process::{Pid, PidfdFlags, pidfd_open};
        let text = fs::read_to_string(self.folder.path().join("pid")).unwrap();
        pidfd_open(Pid::from_raw(text.trim().parse().unwrap()).unwrap(), PidfdFlags::empty()).unwrap()
    }

    /// Replaces the guard program by a script.
    pub(crate) fn replace_guard(&self, script: &str) {
        fs::write(self.folder.path().join("guard"), script).unwrap();
    }

    /// What another program pastes; nothing if there is nothing to paste.
    pub(crate) fn paste(&self) -> Option<String> {
        self.xclip(&["-o"])
    }

    /// The forms in which the clipboard is offered, one a line.
    pub(crate) fn targets(&self) -> String {
        self.xclip(&["-o", "-t", "TARGETS"]).unwrap()
    }

    /// What the clipboard says in one of its forms.
    pub(crate) fn target(&self, name: &str) -> Option<String> {
        self.xclip(&["-o", "-t", name])
    }

    /// What lies in the selection of the middle mouse button.
    pub(crate) fn primary(&self) -> Option<String> {
        self.xclip(&["-o", "-selection", "primary"])
    }

    /// Copies something, as a person would in another program.
    pub(crate) fn copy(&self, text: &str) {
        let mut xclip = Command::new("xclip")
            .args(["-i", "-selection", "clipboard"])
            .env("DISPLAY", &self.display)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("xclip does not start ({error}); install the package xclip"));
        xclip.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(xclip.wait().unwrap().success());
    }

    /// The same, as bytes.
    pub(crate) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.asked(&["-o", "-t", name])
    }

    fn xclip(&self, arguments: &[&str]) -> Option<String> {
        self.asked(arguments).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    fn asked(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        let mut command = Command::new("xclip");
        command.args(["-selection", "clipboard"]).args(arguments).env("DISPLAY", &self.display);
        let output = super::run(&mut command, "xclip");
        output.status.success().then_some(output.stdout)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Waits for the end of a process that is not ours to wait for.
pub(crate) fn wait_for_end(process: &rustix::fd::OwnedFd) {
    use rustix::event::{PollFd, PollFlags, poll};
    poll(&mut [PollFd::new(process, PollFlags::IN)], None).unwrap();
}

/// A guard that a test speaks to itself.
pub(crate) struct Guard {
    pub(crate) child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    events: BufReader<ChildStdout>,
}

impl Guard {
    /// Starts a guard and gives it a secret to keep for so many milliseconds.
    pub(crate) fn holding(screen: &Screen, secret: &str, keep: u64) -> Self {
        Self::told(screen, secret, &format!("{keep} {}", secret.len()))
    }

    /// The same, until it was pasted once.
    pub(crate) fn holding_once(screen: &Screen, secret: &str, keep: u64) -> Self {
        Self::told(screen, secret, &format!("{keep} {} once", secret.len()))
    }

    fn told(screen: &Screen, secret: &str, how: &str) -> Self {
        let mut guard = Self::start(screen);
        guard.say(&format!("keystow-clipboard/1 {how}\n{secret}"));
        assert!(guard.event().starts_with(r#"{"event":"owned","until":"#));
        guard
    }

    pub(crate) fn start(screen: &Screen) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_keystow-clipboard"))
            .env("DISPLAY", &screen.display)
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        Self { child, stdin, events: BufReader::new(stdout) }
    }

    /// The same under a Wayland compositor, whose clipboard does not tell who reads.
    pub(crate) fn under_wayland(runtime: &std::path::Path, display: &str, secret: &str, keep: u64) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keystow-clipboard"));
        command.env_remove("DISPLAY").env("XDG_RUNTIME_DIR", runtime).env("WAYLAND_DISPLAY", display);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        let mut guard = Self { child, stdin, events: BufReader::new(stdout) };
        guard.say(&format!("keystow-clipboard/1 {keep} {}\n{secret}", secret.len()));
        let owned = guard.line();
        assert!(owned.contains(r#""event":"owned""#) && owned.contains(r#""receipts":false"#), "{owned}");
        guard
    }

    pub(crate) fn say(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// The next event that is no receipt; empty when the guard has ended.
    pub(crate) fn event(&mut self) -> String {
        loop {
            let line = self.line();
            if !line.contains(r#""event":"read""#) {
                return line;
            }
        }
    }

    /// The next event, whatever it is; empty when the guard has ended.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.events.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Waits for the guard's end.
    pub(crate) fn ends_well(mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}
