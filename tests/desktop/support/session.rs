//! A session: a message bus of its own, with the keyring a test asks for, or without.
//!
//! The bus knows no service folders, so nothing can start on it that a test did not start.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::processes::{Group, run};

/// What the session offers for keeping secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyring {
    /// GNOME Keyring with an unlocked collection.
    Unlocked,
    /// GNOME Keyring with a collection that is locked, and nobody who could ask for its password.
    Locked,
    /// Nothing.
    Absent,
}

/// A running session.
pub(crate) struct Session {
    keyring: Option<Group>,
    _bus: Group,
    address: String,
}

const SERVICE: &str = "org.freedesktop.secrets";
const OBJECT: &str = "/org/freedesktop/secrets";

impl Session {
    /// Starts a session. `command` makes commands with the environment of the desk.
    pub(crate) async fn start(folder: &Path, keyring: Keyring, command: impl Fn(&str) -> Command) -> Self {
        let file = folder.join("bus.conf");
        fs::write(&file, BUS).expect("the settings of the bus can be written");
        let mut bus = command("dbus-daemon");
        bus.arg(format!("--config-file={}", file.display())).args(["--nofork", "--print-address=1"]);
        let mut bus = Group::start(bus.stdout(Stdio::piped()).stderr(Stdio::null()), "dbus");
        let mut address = String::new();
        let said = bus.child().stdout.take().expect("the bus's output is a pipe");
        BufReader::new(said).read_line(&mut address).expect("the bus tells its address");
        let mut session = Self { keyring: None, _bus: bus, address: address.trim().to_owned() };
        if keyring != Keyring::Absent {
            session.start_keyring(&command).await;
        }
        if keyring == Keyring::Locked {
            session.lock().await;
        }
        session
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    async fn start_keyring(&mut self, command: impl Fn(&str) -> Command) {
        let mut keyring = command("gnome-keyring-daemon");
        keyring.args(["--foreground", "--unlock", "--components=secrets"]);
        keyring.env("DBUS_SESSION_BUS_ADDRESS", &self.address).stdin(Stdio::piped());
        let mut keyring = Group::start(keyring.stdout(Stdio::null()).stderr(Stdio::null()), "gnome-keyring");
        let mut password = keyring.child().stdin.take().expect("the keyring's input is a pipe");
        password.write_all(b"the keyring's password").expect("the keyring takes its password");
        drop(password);
        self.keyring = Some(keyring);
        assert!(self.gdbus(&["wait", "--session", "--timeout", "20", SERVICE]).await, "no keyring came up");
    }

    /// Locks the keyring's collection, as a desktop does after a while.
    pub(crate) async fn lock(&self) {
        let collection = format!("['{OBJECT}/collection/login']");
        let method = "org.freedesktop.Secret.Service.Lock";
        let call = ["call", "--session", "-d", SERVICE, "-o", OBJECT, "-m", method, &collection];
        assert!(self.gdbus(&call).await, "the keyring cannot be locked");
    }

    /// Starts the keyring again with its password, as signing in to the desktop does.
    pub(crate) async fn unlock(&mut self, command: impl Fn(&str) -> Command) {
        self.keyring = None;
        self.start_keyring(command).await;
    }

    async fn gdbus(&self, arguments: &[&str]) -> bool {
        let mut gdbus = tokio::process::Command::new("gdbus");
        gdbus.args(arguments).env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        run(&mut gdbus, "libglib2.0-bin").await.status.success()
    }
}

const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
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
