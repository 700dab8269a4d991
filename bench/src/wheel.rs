//! A hand on the wheel of the mouse: it turns, in the middle of the screen, as if a person had turned it.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::stopwatch::now;

/// The button that stands for a step of the wheel towards the person (X11's convention for wheels).
const DOWNWARDS: u8 = 5;
/// A step comes this long after the one before: more of them than a screen shows frames.
const STEP: Duration = Duration::from_millis(8);

/// The wheel of the display (XTEST extension).
pub(crate) struct Wheel {
    connection: Arc<RustConnection>,
    root: u32,
    middle: (i16, i16),
}

impl Wheel {
    /// Reaches for the mouse of the display of this process.
    ///
    /// # Errors
    ///
    /// Fails if there is none, or if it cannot be moved from here.
    pub(crate) fn open() -> Result<Self> {
        let (connection, screen) = x11rb::connect(None).context("cannot reach the display")?;
        connection.xtest_get_version(2, 2)?.reply().context("the mouse cannot be moved from here")?;
        let root = &connection.setup().roots[screen];
        let middle = |pixels: u16| i16::try_from(pixels / 2).unwrap_or(i16::MAX);
        let (root, middle) = (root.root, (middle(root.width_in_pixels), middle(root.height_in_pixels)));
        Ok(Self { connection: Arc::new(connection), root, middle })
    }

    /// Turns the wheel for as long, on a thread of its own.
    pub(crate) fn turn(&self, time: Duration) -> JoinHandle<Result<()>> {
        let (connection, root, (x, y)) = (Arc::clone(&self.connection), self.root, self.middle);
        thread::spawn(move || {
            connection.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, x11rb::CURRENT_TIME, root, x, y, 0)?;
            let since = now();
            while since.elapsed() < time {
                for kind in [BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT] {
                    connection.xtest_fake_input(kind, DOWNWARDS, x11rb::CURRENT_TIME, root, 0, 0, 0)?;
                }
                // The answer to anything says that the server has taken what came before.
                connection.get_input_focus()?.reply()?;
                thread::sleep(STEP);
            }
            Ok(())
        })
    }
}
