//! The door to everything a test needs: [`Desk`].

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use super::processes::{self, MARK};
use super::screen::Screen;
use super::session::{Keyring, Session};
use super::window::Window;
use super::{browser::Browser, until};

/// There is one desk at a time, so that each test has both cores for itself and a failure is its own.
static TURN: Mutex<()> = Mutex::const_new(());

/// A desk: a screen, a session, a home, and a browser on request.
pub(crate) struct Desk {
    pub(crate) screen: Screen,
    session: Session,
    folder: TempDir,
    mark: String,
    _turn: MutexGuard<'static, ()>,
}

/// A program that stands in for the one that opens the person's browser: it only writes down the address.
const OPENER: &str = "#!/bin/sh\nprintf '%s\\n' \"$1\" > \"$KEYSTOW_TEST_OPENED.new\" && mv \"$KEYSTOW_TEST_OPENED.new\" \"$KEYSTOW_TEST_OPENED\"\n";

impl Desk {
    /// Sets a desk up.
    pub(crate) async fn set_up(keyring: Keyring) -> Self {
        let turn = TURN.lock().await;
        assert_whole();
        let folder = tempfile::tempdir().expect("a folder can be made");
        for part in ["home", "run", "bin", "tmp", "data", "logs"] {
            fs::create_dir(folder.path().join(part)).expect("the desk's folders can be made");
        }
        private(&folder.path().join("run"));
        let opener = folder.path().join("bin/xdg-open");
        fs::write(&opener, OPENER).expect("the browser's opener can be written");
        private(&opener);
        let mark = folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bare = |program: &str| command(folder.path(), &mark, program);
        let screen = Screen::start(bare("Xvfb"));
        let session = Session::start(folder.path(), keyring, bare).await;
        Self { screen, session, folder, mark, _turn: turn }
    }

    /// A command with the environment of this desk and nothing else.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = command(self.folder.path(), &self.mark, program);
        command.env("DISPLAY", self.screen.display());
        command.env("DBUS_SESSION_BUS_ADDRESS", self.session.address());
        command
    }

    /// Starts the app and shows its window.
    pub(crate) async fn open(&self) -> Window {
        Window::open(self, &[]).await
    }

    /// Starts the app with something added to its environment.
    pub(crate) async fn open_with(&self, environment: &[(&str, &str)]) -> Window {
        Window::open(self, environment).await
    }

    /// Starts the person's browser.
    pub(crate) async fn browser(&self) -> Browser {
        Browser::start(self).await
    }

    /// Waits until the app has asked for the browser, and takes the address it asked for.
    pub(crate) async fn opened(&self) -> String {
        let file = self.folder.path().join("opened");
        let address = until("the system browser is opened", async || fs::read_to_string(&file).ok()).await;
        fs::remove_file(&file).expect("what was opened is taken");
        address.trim().to_owned()
    }

    /// Unlocks the keyring, as signing in to the desktop does.
    pub(crate) async fn unlock_keyring(&mut self) {
        let (folder, mark) = (self.folder.path().to_owned(), self.mark.clone());
        self.session.unlock(|program| command(&folder, &mark, program)).await;
    }

    /// Waits until another program pastes something like this.
    pub(crate) async fn pasted(&self, like: impl Fn(&str) -> bool) -> String {
        until("what was copied", async || self.screen.paste().await.filter(|text| like(text))).await
    }

    /// Makes the desktop's opener fail, as where no browser is installed.
    pub(crate) fn remove_browser(&self) {
        fs::write(self.part("bin").join("xdg-open"), "#!/bin/sh\nexit 3\n")
            .expect("the opener can be replaced");
    }

    /// A part of the desk's folder: `data` is the app's, `home` the person's, `tmp` and `logs` are what they say.
    pub(crate) fn part(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The desk's whole folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The processes of this desk.
    pub(crate) fn processes(&self) -> Vec<i32> {
        processes::of_desk(&self.mark)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        processes::sweep(&self.mark);
    }
}

fn command(folder: &Path, mark: &str, program: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", format!("{}:{path}", folder.join("bin").display()))
        .env("HOME", folder.join("home"))
        .env("TMPDIR", folder.join("tmp"))
        .env("XDG_RUNTIME_DIR", folder.join("run"))
        .env("LANG", "C.UTF-8")
        .env("TZ", "UTC")
        // No bus for accessibility is started behind the app's back, and no settings are read from disk.
        .env("NO_AT_BRIDGE", "1")
        .env("GSETTINGS_BACKEND", "memory")
        .env("KEYSTOW_DATA_DIR", folder.join("data"))
        .env("KEYSTOW_LOG", "keystow=trace")
        .env("KEYSTOW_TEST_OPENED", folder.join("opened"))
        .env(MARK, mark)
        .current_dir(folder.join("home"));
    command
}

fn private(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).expect("rights can be set");
}

/// The app needs its clipboard guard beside it, which is built by another package.
fn assert_whole() {
    let guard = Path::new(env!("CARGO_BIN_EXE_keystow-desktop")).with_file_name("keystow-clipboard");
    assert!(
        guard.is_file(),
        "{} is missing; run: cargo build --package keystow-vault --bin keystow-clipboard",
        guard.display()
    );
}
