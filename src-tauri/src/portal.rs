//! The built-in portal: the reference portal, embedded, on a loopback port that stays the same.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use keystow_engine::Engine;
use keystow_portal::{Config, Origin, Running};
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

/// Starts the portal on the data it had before, and tells the engine where it is.
pub(crate) async fn start(app: &AppHandle, engine: &Engine, folder: &Path) {
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
    match keystow_portal::start(config, Arc::new(keystow_portal::SystemClock::new())).await {
        Ok(running) => {
            engine.set_built_in(running.base_url()).await;
            let aside = running.set_aside().and_then(Path::file_name).map(|name| name.to_string_lossy());
            engine.built_in_changed(aside.as_deref(), running.origin_changed());
            *app.state::<Embedded>().0.lock().await = Some(running);
        }
        Err(error) => {
            tracing::error!(%error, "the built-in portal could not be started");
            engine.built_in_failed();
        }
    }
}

/// A grace short enough for a test to see its end; only in builds for testing.
fn grace_for_tests() -> Option<std::time::Duration> {
    if !cfg!(debug_assertions) {
        return None;
    }
    let seconds = std::env::var("KEYSTOW_PORTAL_GRACE_SECONDS").ok()?.parse().ok()?;
    Some(std::time::Duration::from_secs(seconds))
}
