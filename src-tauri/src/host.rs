//! The desktop as the engine knows it: a browser to open, a folder to keep things in.

use std::hash::{Hash as _, Hasher as _};
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use keystow_engine::{Answered, Away, Host, Notification, PassphraseQuestion, Step};
use tauri::{AppHandle, Manager as _};
use tauri_plugin_opener::OpenerExt as _;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::away::{self, Idle};
use crate::{native, passphrase};

/// The app's name among the apps of a desktop, as in tauri.conf.json.
const IDENTIFIER: &str = "dev.keystow.desktop";

/// The desktop this app runs on.
pub(crate) struct Desktop {
    app: AppHandle,
    /// Where to die, for tests of a crash; read once, and only in builds for testing.
    die_at: Option<String>,
    idle: Idle,
    /// How many seconds nobody must have been there before the app locks, for tests that cannot wait for minutes.
    patience: Option<Duration>,
}

impl Desktop {
    pub(crate) fn new(app: AppHandle) -> Self {
        let for_tests = |name| if cfg!(debug_assertions) { std::env::var(name).ok() } else { None };
        let patience = for_tests("KEYSTOW_IDLE_SECONDS").and_then(|seconds| seconds.parse().ok());
        let patience = patience.map(Duration::from_secs);
        Self { app, die_at: for_tests("KEYSTOW_DIE_AT"), idle: Idle::open(), patience }
    }
}

#[async_trait]
impl Host for Desktop {
    fn open_browser(&self, address: &str) -> bool {
        self.app.opener().open_url(address, None::<&str>).is_ok()
    }

    fn notify(&self, notification: &Notification) -> bool {
        native::notify(notification)
    }

    fn language(&self) -> Option<String> {
        native::language()
    }

    fn downloads(&self) -> Option<PathBuf> {
        native::downloads(&self.app)
    }

    fn idle(&self) -> Option<Duration> {
        self.idle.since()
    }

    fn patience(&self, chosen: Duration) -> Duration {
        self.patience.unwrap_or(chosen)
    }

    fn away(&self) -> Option<UnboundedReceiver<Away>> {
        away::watch()
    }

    fn asks_passphrases(&self) -> bool {
        passphrase::ON_OFFER
    }

    async fn ask_passphrase(&self, question: &PassphraseQuestion) -> Answered {
        passphrase::ask(&self.app, question).await
    }

    fn withdraw_question(&self) {
        passphrase::withdraw(&self.app);
    }

    fn passed(&self, step: Step, _operation: &keystow_domain::OperationId) {
        if self.die_at.as_deref() == Some(step.name()) {
            die();
        }
    }
}

/// Ends the process as `kill -9` does: nothing is flushed, nothing is told.
#[cfg(unix)]
fn die() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
}

#[cfg(not(unix))]
fn die() {
    std::process::abort();
}

/// The data folder: `KEYSTOW_DATA_DIR`, or the place the desktop gives to apps.
pub(crate) fn data_folder(app: &AppHandle) -> PathBuf {
    chosen_folder()
        .or_else(|| app.path().app_data_dir().ok())
        .unwrap_or_else(|| PathBuf::from("keystow-data"))
}

/// What a second start looks for to find this one; nothing where that would find the Keystow of another folder.
pub(crate) fn instance() -> Option<String> {
    match chosen_folder() {
        None => Some(IDENTIFIER.into()),
        // Only on a bus can a Keystow with a folder of its own have a name of its own.
        Some(folder) => cfg!(target_os = "linux").then(|| {
            let mut hasher = std::hash::DefaultHasher::new();
            folder.hash(&mut hasher);
            format!("{IDENTIFIER}.at{:016x}", hasher.finish())
        }),
    }
}

fn chosen_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("KEYSTOW_DATA_DIR").filter(|folder| !folder.is_empty())?;
    Some(std::path::absolute(&folder).unwrap_or_else(|_| PathBuf::from(folder)))
}

/// The name of the vault's entry in the keyring. A data folder of one's own has an entry of its own.
pub(crate) fn keyring_service() -> String {
    match chosen_folder() {
        None => IDENTIFIER.into(),
        Some(folder) => format!("{IDENTIFIER} {}", folder.display()),
    }
}

/// The clipboard guard lies beside the app.
pub(crate) fn guard_program() -> PathBuf {
    let name = format!("keystow-clipboard{}", std::env::consts::EXE_SUFFIX);
    let here = std::env::current_exe().ok().and_then(|app| app.parent().map(|folder| folder.join(&name)));
    here.unwrap_or_else(|| PathBuf::from(name))
}
