//! Whether the person is there: what the system tells of a locked desktop, of sleep, and of hands on the keyboard.
//!
//! Told by Linux desktops. Elsewhere the app knows of its own use alone, and says so in its settings.

#[cfg(target_os = "linux")]
mod bus;
#[cfg(target_os = "linux")]
mod idle;
#[cfg(target_os = "linux")]
mod login;
#[cfg(target_os = "linux")]
mod screen;

#[cfg(target_os = "linux")]
pub(crate) use idle::Idle;
use keystow_engine::Away;
use tokio::sync::mpsc::{self, UnboundedReceiver};

/// What the system tells of a person who goes away, for as long as somebody listens.
#[cfg(target_os = "linux")]
pub(crate) fn watch() -> Option<UnboundedReceiver<Away>> {
    let (tell, told) = mpsc::unbounded_channel();
    let screen = tell.clone();
    // Each waits for its bus for as long as the app runs.
    bus::thread("login", move || login::follow(&tell));
    bus::thread("screensaver", move || screen::follow(&screen));
    Some(told)
}

/// What the system tells of a person who goes away: nothing that is listened to here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watch() -> Option<UnboundedReceiver<Away>> {
    None
}

/// Hands on the keyboard, which nothing tells of here.
#[cfg(not(target_os = "linux"))]
#[derive(Default)]
pub(crate) struct Idle;

#[cfg(not(target_os = "linux"))]
impl Idle {
    pub(crate) fn open() -> Self {
        Self
    }

    pub(crate) fn since(&self) -> Option<std::time::Duration> {
        None
    }
}
