//! A session of its own for all processes: a private bus, and a real keyring on it.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::ROLE;

/// Opens the keyring with a password, waits until it answers on the bus, then becomes the test.
const SCRIPT: &str = "printf password | gnome-keyring-daemon --unlock --components=secrets --daemonize \
    >/dev/null && gdbus wait --session --timeout 20 org.freedesktop.secrets \
    || { echo 'install the packages gnome-keyring and libglib2.0-bin' >&2; exit 1; }; exec \"$@\"";

/// Runs the test of this name in such a session.
pub(crate) fn inside(test: &str) {
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run");
    std::fs::create_dir(&run).unwrap();
    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", SCRIPT, "sh"]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(name);
    }
    command.env_remove("DBUS_SESSION_BUS_ADDRESS");
    command.env("HOME", home.path()).env("XDG_RUNTIME_DIR", &run).env(ROLE, "judge");
    let ended = command.status().unwrap_or_else(|error| panic!("install the package dbus: {error}"));
    assert!(ended.success(), "the runs inside the session failed");
}
