//! Keyring sessions: a private message bus with a real or missing secret service on it.
//!
//! A test that needs one runs itself again inside it, because the session is told by environment
//! variables, which a process cannot safely change for itself. Other suites can use the same words:
//! `dbus-run-session`, then the daemon with its password on standard input, then the program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// What runs in the session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Session {
    /// Not even a bus.
    NoBus,
    /// A bus on which nothing serves secrets.
    BusOnly,
    /// A keyring that has no collection yet.
    NoCollection,
    /// A keyring with an unlocked collection.
    Unlocked,
}

/// The variable that tells a test that it runs inside.
const INSIDE: &str = "KEYSTOW_TEST_SESSION";

/// The daemon goes into the background before it answers on the bus.
macro_rules! ready {
    () => {
        " && gdbus wait --session --timeout 20 org.freedesktop.secrets"
    };
}

/// Whether this process already runs inside a session. If not, it runs the test of this name inside
/// one, and fails if that fails.
pub(crate) fn inside(session: Session, test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run");
    fs::create_dir(&run).unwrap();
    fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = command(session, home.path());
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    for name in [
        "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "DBUS_SESSION_BUS_ADDRESS",
        "DISPLAY",
        "WAYLAND_DISPLAY",
    ] {
        command.env_remove(name);
    }
    command.env("HOME", home.path()).env("XDG_RUNTIME_DIR", &run).env(INSIDE, "1");
    let output = super::run(&mut command, "dbus");
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "inside the session:\n{said}");
    assert!(said.contains("1 passed"), "no test of the name {test} ran inside the session:\n{said}");
    false
}

fn command(session: Session, home: &std::path::Path) -> Command {
    let mut command = Command::new(if session == Session::NoBus { "env" } else { "dbus-run-session" });
    let before = match session {
        Session::NoBus => return command,
        Session::BusOnly => {
            // Without service folders the bus cannot start a keyring by itself.
            let file = home.join("bus.conf");
            fs::write(&file, BARE_BUS).unwrap();
            command.arg(format!("--config-file={}", file.display()));
            ":"
        }
        Session::NoCollection => {
            concat!("gnome-keyring-daemon --start --components=secrets >/dev/null", ready!())
        }
        Session::Unlocked => concat!(
            "printf password | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null",
            ready!()
        ),
    };
    let needed = "echo 'install the packages gnome-keyring and libglib2.0-bin' >&2";
    let script = format!("{before} || {{ {needed}; exit 1; }}; exec \"$@\"");
    command.args(["--", "sh", "-c", &script, "sh"]);
    command
}

const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;
