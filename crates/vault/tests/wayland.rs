//! The guard under a Wayland compositor without a screen, beside programs that speak data-control.
//!
//! Nobody tells there who reads; what can be claimed is that it is offered, marked, cleared and left alone.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use support::screen::Guard;

const LONG: u64 = 600_000;
/// Somebody without rights: sway does not run as root.
const NOBODY: u32 = 65_534;

/// A running sway and its clipboard.
struct Compositor {
    sway: Child,
    folder: tempfile::TempDir,
    display: String,
}

impl Compositor {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (home, config, ready) =
            (folder.path(), folder.path().join("config"), folder.path().join("ready"));
        fs::set_permissions(home, fs::Permissions::from_mode(0o700)).unwrap();
        // The compositor itself tells that it is there, and how it is called.
        let tell = format!("printf %s \"$WAYLAND_DISPLAY\" > {}", ready.display());
        fs::write(&config, format!("xwayland disable\nexec '{tell}'\n")).unwrap();
        let status = Command::new("mkfifo").arg(&ready).status().unwrap();
        assert!(status.success());
        let mut command = if rustix::process::getuid().is_root() {
            for path in [home, &config, &ready] {
                std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
            let mut other = Command::new("setpriv");
            other.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "sway"]);
            other
        } else {
            Command::new("sway")
        };
        command.arg("-c").arg(&config).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", home).env("XDG_RUNTIME_DIR", home);
        command.env("WLR_BACKENDS", "headless").env("WLR_LIBINPUT_NO_DEVICES", "1");
        command.env("WLR_RENDERER", "pixman").stdin(Stdio::null()).stdout(Stdio::null());
        let sway = command.stderr(Stdio::null()).spawn();
        let sway =
            sway.unwrap_or_else(|error| panic!("sway does not start ({error}); install the package sway"));
        let display = fs::read_to_string(&ready).unwrap();
        Self { sway, folder, display }
    }

    fn home(&self) -> &Path {
        self.folder.path()
    }

    fn guard(&self, secret: &str, keep: u64) -> Guard {
        Guard::under_wayland(self.home(), &self.display, secret, keep)
    }

    fn asked(&self, arguments: &[&str]) -> Option<String> {
        let mut paste = Command::new("wl-paste");
        paste.args(arguments).env("XDG_RUNTIME_DIR", self.home()).env("WAYLAND_DISPLAY", &self.display);
        let output = support::run(&mut paste, "wl-clipboard");
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    fn paste(&self) -> Option<String> {
        self.asked(&["-n"])
    }

    fn copy(&self, text: &str) {
        let mut copy = Command::new("wl-copy");
        copy.arg(text).env("XDG_RUNTIME_DIR", self.home()).env("WAYLAND_DISPLAY", &self.display);
        // It goes on in the background, with these.
        copy.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(copy.status().unwrap().success());
    }
}

impl Drop for Compositor {
    fn drop(&mut self) {
        let _ = self.sway.kill();
        let _ = self.sway.wait();
    }
}

#[test]
fn under_wayland_a_secret_is_offered_marked_and_cleared_in_time_but_nobody_tells_who_reads() {
    let compositor = Compositor::start();
    let mut guard = compositor.guard("kst_1", 1_500);
    assert_eq!(compositor.paste().as_deref(), Some("kst_1"));
    assert_eq!(compositor.asked(&["-n", "-t", "x-kde-passwordManagerHint"]).as_deref(), Some("secret"));
    assert_eq!(compositor.asked(&["-n", "-p"]), None, "the middle mouse button is not a place for secrets");
    assert_eq!(guard.line(), r#"{"event":"cleared"}"#, "and no receipt before it");
    assert_eq!(compositor.paste(), None);
    assert!(guard.ends_well());
}

#[test]
fn under_wayland_what_the_person_copied_instead_is_left_alone() {
    let compositor = Compositor::start();
    let mut guard = compositor.guard("kst_1", LONG);
    compositor.copy("a shopping list");
    assert_eq!(guard.event(), r#"{"event":"replaced"}"#);
    assert_eq!(compositor.paste().as_deref(), Some("a shopping list"));
    assert!(guard.ends_well());
}
