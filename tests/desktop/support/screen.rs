//! An X server without a screen: its pictures, and what other programs see on its clipboard.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio::io::AsyncWriteExt as _;

use x11rb::CURRENT_TIME;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask};

use super::processes::{Group, run};

/// A running Xvfb with a number of its own.
pub(crate) struct Screen {
    _server: Group,
    display: String,
}

impl Screen {
    /// Starts it; the server chooses a free number.
    pub(crate) fn start(mut server: Command) -> Self {
        server
            .args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = Group::start(&mut server, "xvfb");
        let mut number = String::new();
        let said = server.child().stdout.take().expect("Xvfb's output is a pipe");
        BufReader::new(said).read_line(&mut number).expect("Xvfb tells its number");
        assert!(!number.trim().is_empty(), "Xvfb found no free display");
        Self { _server: server, display: format!(":{}", number.trim()) }
    }

    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// What another program pastes; nothing if there is nothing to paste.
    pub(crate) async fn paste(&self) -> Option<String> {
        self.pasted(&["-selection", "clipboard", "-o"]).await
    }

    /// What the clipboard says in one of its forms.
    pub(crate) async fn target(&self, form: &str) -> Option<String> {
        self.pasted(&["-selection", "clipboard", "-o", "-t", form]).await
    }

    async fn pasted(&self, arguments: &[&str]) -> Option<String> {
        let mut xclip = tokio::process::Command::new("xclip");
        let output = run(xclip.args(arguments).env("DISPLAY", &self.display), "xclip").await;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Copies something, as a person would in another program.
    pub(crate) async fn copy(&self, text: &str) {
        let mut xclip = tokio::process::Command::new("xclip");
        xclip.args(["-i", "-selection", "clipboard"]).env("DISPLAY", &self.display);
        xclip.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut xclip = xclip.spawn().expect("xclip starts; if not, install the package xclip");
        let mut input = xclip.stdin.take().expect("xclip's input is a pipe");
        input.write_all(text.as_bytes()).await.expect("xclip takes what is copied");
        drop(input);
        assert!(xclip.wait().await.expect("xclip goes to the background").success());
    }

    /// Turns the wheel of the mouse down, over a place of the screen, as a person would.
    pub(crate) async fn turn_wheel(&self, x: u32, y: u32) {
        let (x, y) = (x.to_string(), y.to_string());
        let mut xdotool = tokio::process::Command::new("xdotool");
        xdotool.args(["mousemove", &x, &y, "click", "--repeat", "5", "5"]).env("DISPLAY", &self.display);
        let done = run(&mut xdotool, "xdotool").await;
        assert!(done.status.success(), "no wheel: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Writes a picture of the whole screen, for people to look at.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = pictures();
        std::fs::create_dir_all(&folder).expect("the folder of the pictures can be made");
        let mut import = tokio::process::Command::new("import");
        let file = folder.join(format!("{name}.png"));
        let output =
            run(import.args(["-window", "root"]).arg(file).env("DISPLAY", &self.display), "imagemagick");
        let output = output.await;
        assert!(output.status.success(), "no picture: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Where the pictures are, beside what is built.
pub(crate) fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new(".")).join("desktop-pictures")
}

/// Asks every window on a display to close, as a click on the cross of its frame does (ICCCM §4.2.8.1).
pub(crate) fn close_windows(display: &str) -> Result<(), Box<dyn std::error::Error>> {
    let (connection, number) = x11rb::connect(Some(display))?;
    let root = connection.setup().roots.get(number).ok_or("a display has a screen")?.root;
    let protocols = connection.intern_atom(false, b"WM_PROTOCOLS")?.reply()?.atom;
    let close = connection.intern_atom(false, b"WM_DELETE_WINDOW")?.reply()?.atom;
    for window in connection.query_tree(root)?.reply()?.children {
        let asked = connection.get_property(false, window, protocols, AtomEnum::ATOM, 0, 32)?;
        // Programs that paste come and go with windows of their own.
        let Ok(offered) = asked.reply() else { continue };
        if offered.value32().is_some_and(|mut offered| offered.any(|one| one == close)) {
            let message = ClientMessageEvent::new(32, window, protocols, [close, CURRENT_TIME, 0, 0, 0]);
            connection.send_event(false, window, EventMask::NO_EVENT, message)?.check()?;
        }
    }
    Ok(())
}
