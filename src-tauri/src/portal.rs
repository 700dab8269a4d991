//! The built-in portal: the reference portal, embedded, on a loopback port that stays the same.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keystow_engine::{BuiltInFault, Engine};
use keystow_portal::{Config, Origin, PortalError, Running, StorageError};
use tauri::{AppHandle, Manager as _};
use tokio::sync::Mutex;

/// The running portal, kept until the app ends.
#[derive(Default)]
pub(crate) struct Embedded(Mutex<Option<Running>>);

impl Embedded {
    /// Lets the portal finish what it was writing.
    pub(crate) async fn stop(&self) {
        if let Some(running) = self.0.lock().await.take()
            && let Err(error) = running.stop().await
        {
            tracing::warn!(%error, "the built-in portal did not stop cleanly");
        }
    }
}

/// The pauses between tries to start it; the last one repeats. What stands in the way may go away: a program
/// that is on its way out, a full disk, a folder that is not mounted yet.
const PAUSES: [u64; 4] = [1, 5, 15, 60];

/// Starts the portal on the data it had before, and tells the engine where it is or why it is nowhere.
///
/// Returns after the first try. If that failed, it is tried again for as long as the app runs.
pub(crate) async fn start(app: &AppHandle, engine: &Engine, folder: &Path) {
    if try_start(app, engine, folder).await {
        return;
    }
    let (app, engine, folder) = (app.clone(), engine.clone(), folder.to_owned());
    tauri::async_runtime::spawn(async move {
        let last = PAUSES[PAUSES.len() - 1];
        for pause in PAUSES.into_iter().chain(std::iter::repeat(last)) {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            if try_start(&app, &engine, &folder).await {
                return;
            }
        }
    });
}

/// Tries once; whether it runs now.
async fn try_start(app: &AppHandle, engine: &Engine, folder: &Path) -> bool {
    let clock = Arc::new(keystow_portal::SystemClock::new());
    match keystow_portal::start(config(folder), clock).await {
        Ok(running) => {
            engine.set_built_in(running.base_url()).await;
            let aside = running.set_aside().and_then(Path::file_name).map(|name| name.to_string_lossy());
            engine.built_in_changed(aside.as_deref(), running.origin_changed());
            *app.state::<Embedded>().0.lock().await = Some(running);
            true
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the built-in portal could not be started"
            );
            engine.built_in_failed(fault(&error));
            false
        }
    }
}

fn config(folder: &Path) -> Config {
    let mut config = Config::new(folder.join("portal"));
    config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    config.origin = Origin::KeptOrMoved;
    config.name = "Built-in portal".into();
    config.set_aside_damaged = true;
    // It runs inside the app: what callers of its API send must not stay in a buffer of ours.
    config.forget_callers = true;
    if let Some(grace) = grace_for_tests() {
        config.grace = grace;
    }
    config
}

/// What a person is told of a portal that does not start.
fn fault(error: &PortalError) -> BuiltInFault {
    match error {
        PortalError::Folder { .. } => BuiltInFault::Folder,
        PortalError::Running { .. } => BuiltInFault::Running,
        PortalError::PepperMissing { .. } | PortalError::PepperDiffers { .. } => BuiltInFault::Incomplete,
        PortalError::Storage(StorageError::Full) => BuiltInFault::DiskFull,
        PortalError::Storage(StorageError::Newer { .. }) => BuiltInFault::Newer,
        PortalError::Storage(StorageError::Unusable) => BuiltInFault::Folder,
        // Roles and an address for mails are given by whoever starts a portal by itself; the app gives none, so that
        // these do not meet it.
        PortalError::MailFrom { .. } | PortalError::NoAccount { .. } | PortalError::NoAdministrator => {
            BuiltInFault::Database
        }
        PortalError::Storage(_) | PortalError::Damaged { .. } => BuiltInFault::Database,
        PortalError::Address { .. }
        | PortalError::Taken { .. }
        | PortalError::DemoInPublic { .. }
        | PortalError::NoBaseUrl { .. }
        | PortalError::BaseUrl { .. } => BuiltInFault::Address,
    }
}

/// A grace short enough for a test to see its end; only in builds for testing.
fn grace_for_tests() -> Option<Duration> {
    if !cfg!(debug_assertions) {
        return None;
    }
    let seconds = std::env::var("KEYSTOW_PORTAL_GRACE_SECONDS").ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
