//! The desk a person sits at, made of real parts: a screen, a session, a browser, a clipboard, the app.
//!
//! Nothing of it is shared with the desktop of whoever runs the tests, and nothing of it is left
//! behind: every process is ended, also when a test fails. A program that is missing fails the test
//! and says which package brings it.

pub(crate) mod browser;
pub(crate) mod desk;
pub(crate) mod developer;
pub(crate) mod driver;
pub(crate) mod gateway;
pub(crate) mod login;
pub(crate) mod manager;
pub(crate) mod needles;
pub(crate) mod panel;
pub(crate) mod portal;
pub(crate) mod processes;
pub(crate) mod scan;
pub(crate) mod screen;
pub(crate) mod session;
pub(crate) mod window;
pub(crate) mod wire;

use std::time::Duration;

pub(crate) use desk::Desk;
pub(crate) use session::Keyring;
pub(crate) use window::Window;

/// How long something may take that a person would wait for. Nothing is expected to come near it.
const PATIENCE: Duration = Duration::from_secs(40);
/// The pause between two looks at something that tells nobody when it changes.
const PAUSE: Duration = Duration::from_millis(40);

/// Looks until there is something to see, and fails saying what did not come.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, look).await.unwrap_or_else(|| panic!("waited for {PATIENCE:?}, and did not see: {what}"))
}

/// Looks for so long until there is something to see.
pub(crate) async fn within<T>(patience: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let looking = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(patience, looking).await.ok()
}
