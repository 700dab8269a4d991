//! `keystow copy`, read back by another program on an X server.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Child;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::keyring::{Session, inside};
use super::*;

/// An X server without a screen, and the two programs beside each other as a release has them.
struct Screen {
    server: Child,
    display: String,
    programs: tempfile::TempDir,
}

impl Screen {
    fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{error}; install the package xvfb"));
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let screen =
            Self { server, display: format!(":{}", number.trim()), programs: tempfile::tempdir().unwrap() };
        screen.bring_programs();
        screen
    }

    /// The guard also writes down its process, which a person would not need.
    fn bring_programs(&self) {
        let keystow = Path::new(env!("CARGO_BIN_EXE_keystow"));
        let guard = keystow.with_file_name("keystow-clipboard");
        assert!(
            guard.exists(),
            "{} is missing; run: cargo build --package keystow-vault --bin keystow-clipboard",
            guard.display()
        );
        fs::copy(keystow, self.program("keystow")).unwrap();
        let script = format!(
            "#!/bin/sh\necho $$ > {}\nexec {} \"$@\"\n",
            self.program("pid").display(),
            guard.display()
        );
        let path = self.program("keystow-clipboard");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }

    fn program(&self, name: &str) -> PathBuf {
        self.programs.path().join(name)
    }

    fn keystow(&self, folder: &Path, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(self.program("keystow"));
        command.env("KEYSTOW_DATA_DIR", folder).env("DISPLAY", &self.display).args(arguments);
        ended(command.stdin(Stdio::null()))
    }

    /// What another program pastes.
    fn paste(&self) -> Option<String> {
        let mut xclip = Command::new("xclip");
        xclip.args(["-o", "-selection", "clipboard"]).env("DISPLAY", &self.display);
        let output = run(&mut xclip, "xclip");
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// Copies something, as a person would in another program.
    fn copy(&self, text: &str) {
        let mut xclip = Command::new("xclip");
        xclip.args(["-i", "-selection", "clipboard"]).env("DISPLAY", &self.display);
        xclip.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut xclip = xclip.spawn().unwrap_or_else(|error| panic!("{error}; install the package xclip"));
        std::io::Write::write_all(&mut xclip.stdin.take().unwrap(), text.as_bytes()).unwrap();
        assert!(xclip.wait().unwrap().success());
    }

    /// Asks the guard that started last to end, and waits until it did.
    fn end_guard(&self) {
        let text = fs::read_to_string(self.program("pid")).unwrap();
        let guard =
            pidfd_open(Pid::from_raw(text.trim().parse().unwrap()).unwrap(), PidfdFlags::empty()).unwrap();
        pidfd_send_signal(&guard, Signal::TERM).unwrap();
        poll(&mut [PollFd::new(&guard, PollFlags::IN)], None).unwrap();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_outlives_the_command_and_is_cleared_by_its_guard() {
    if !inside(Session::Unlocked, "copying::a_copy_outlives_the_command_and_is_cleared_by_its_guard") {
        return;
    }
    let (folder, screen) = (folder().await, Screen::start());
    let (code, said, why) = screen.keystow(folder.path(), &["copy", "billing"]);
    assert_eq!(code, 0, "{why}");
    assert_eq!(said, "The secret of “billing” is on the clipboard. It is cleared after 30 seconds.\n");
    assert_eq!(screen.paste().as_deref(), Some(SECRET));
    assert_eq!(holders(), Vec::<String>::new(), "no argument and no environment has it");
    screen.end_guard();
    assert_eq!(screen.paste(), None);
    let form = ["copy", "waiting", "--as", "export", "--name", "SHOP", "--json"];
    let (code, said, why) = screen.keystow(folder.path(), &form);
    assert_eq!(code, 0, "{why}");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["state"], &said["form"]), (&"pending".into(), &"export".into()));
    assert_eq!(screen.paste(), Some(format!("export SHOP='{SECRET}'")));
    screen.end_guard();
    let log = log(folder.path());
    assert!(log.contains("copied  waiting") && log.contains("form=export"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_app_locks_or_quits_a_copy_of_the_command_line_is_cleared_and_nothing_else() {
    let test = "copying::when_the_app_locks_or_quits_a_copy_of_the_command_line_is_cleared_and_nothing_else";
    if !inside(Session::Unlocked, test) {
        return;
    }
    let (folder, screen) = (folder().await, Screen::start());
    let app = app(folder.path()).await;
    for quits in [false, true] {
        let (code, _, why) = screen.keystow(folder.path(), &["copy", "billing"]);
        assert_eq!(code, 0, "{why}");
        assert_eq!(screen.paste().as_deref(), Some(SECRET));
        match quits {
            true => app.clear_if_held().await,
            false => app.lock().await,
        }
        assert_eq!(screen.paste(), None, "it is gone when the app has done it, and not some time later");
        assert_eq!(fs::read_dir(folder.path().join("guards")).unwrap().count(), 0);
        app.unlock().await.unwrap();
    }
    let (code, _, why) = screen.keystow(folder.path(), &["copy", "billing"]);
    assert_eq!(code, 0, "{why}");
    screen.copy("a shopping list");
    app.lock().await;
    assert_eq!(screen.paste().as_deref(), Some("a shopping list"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_what_is_there_and_what_is_not() {
    if !inside(Session::Unlocked, "copying::the_doctor_finds_what_is_there_and_what_is_not") {
        return;
    }
    let (folder, screen) = (folder().await, Screen::start());
    let (code, said, why) = screen.keystow(folder.path(), &["doctor"]);
    assert_eq!(code, 0, "{said}{why}");
    assert_eq!(said, "ok    data\nok    vault\nok    clipboard\nok    log\n");
    let (code, said, _) = output(folder.path(), &["doctor", "--json"]);
    assert_eq!(code, 1, "there is no display");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let faults: Vec<_> = said.as_array().unwrap().iter().filter(|finding| finding["ok"] == false).collect();
    assert_eq!(faults.len(), 1);
    assert_eq!((&faults[0]["what"], &faults[0]["code"]), (&"clipboard".into(), &"clipboard_failed".into()));
    let (code, _, why) = output(folder.path(), &["copy", "billing"]);
    assert_eq!(code, 119, "{why}");
}
