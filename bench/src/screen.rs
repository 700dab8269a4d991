//! Eyes that notice what happens on the display.
//!
//! Everything is learned from events of the X server, at the moment they arrive. Asking it over and
//! over would measure the pause between two questions.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask, ImageFormat};
use x11rb::rust_connection::RustConnection;

use crate::stopwatch::{millis, now};

/// A window narrower than this is a helper of the toolkit, not what a person waits for.
const NARROW: u16 = 300;
/// A change smaller than this, in pixels, is a caret or a spinner.
const SMALL: u32 = 1500;
/// How long a change is waited for at a time.
const STILL: Duration = Duration::from_millis(700);
/// A picture with fewer colours than this is an empty window, whose contents are still to come:
/// letters alone have more, because their edges are smoothed.
const COLOURS: usize = 12;
/// Nothing that is measured here takes this long.
const LIMIT: Duration = Duration::from_secs(30);

/// Notices windows that open and pictures that change, from the moment it is made.
pub(crate) struct Eyes {
    connection: Arc<RustConnection>,
    events: Receiver<(Instant, Event)>,
}

impl Eyes {
    /// Looks at the display of this process.
    ///
    /// # Errors
    ///
    /// Fails if there is none, or if it does not report changes.
    pub(crate) fn open() -> Result<Self> {
        let (connection, screen) = x11rb::connect(None).context("cannot reach the display")?;
        let root = connection.setup().roots[screen].root;
        let births = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
        connection.change_window_attributes(root, &births)?.check()?;
        connection.damage_query_version(1, 1)?.reply().context("the display does not report changes")?;
        // Damage of the root window is what is drawn in any window.
        let damage = connection.generate_id()?;
        connection.damage_create(damage, root, ReportLevel::RAW_RECTANGLES)?.check()?;
        let connection = Arc::new(connection);
        let events = listen(Arc::clone(&connection));
        Ok(Self { connection, events })
    }

    /// Milliseconds from `since` until a window of some size is on the screen.
    ///
    /// # Errors
    ///
    /// Fails if none appears.
    pub(crate) fn mapped(&self, since: Instant) -> Result<f64> {
        loop {
            let (at, event) = self.events.recv_timeout(LIMIT).context("no window appeared")?;
            if let Event::MapNotify(map) = event
                && self.connection.get_geometry(map.window)?.reply().is_ok_and(|size| size.width >= NARROW)
            {
                return Ok(millis(since, at));
            }
        }
    }

    /// Milliseconds from `since` until the window shows what it has to show, and no longer an empty area.
    ///
    /// What changes afterwards, because a portal answered or a keyring opened, is news and no part of a
    /// start: the rows that were known are on the screen and can be searched.
    ///
    /// # Errors
    ///
    /// Fails if nothing is drawn.
    pub(crate) fn painted(&self, since: Instant) -> Result<f64> {
        while since.elapsed() < LIMIT {
            let Ok((at, Event::DamageNotify(damage))) = self.events.recv_timeout(STILL) else { continue };
            let (width, height) = (u32::from(damage.area.width), u32::from(damage.area.height));
            if width * height >= SMALL && self.shows_something()? {
                return Ok(millis(since, at));
            }
        }
        bail!("nothing was drawn")
    }

    /// Whether the screen shows more than empty areas.
    fn shows_something(&self) -> Result<bool> {
        let root = &self.connection.setup().roots[0];
        let (width, height) = (root.width_in_pixels, root.height_in_pixels);
        let image =
            self.connection.get_image(ImageFormat::Z_PIXMAP, root.root, 0, 0, width, height, !0)?.reply()?;
        let colours: HashSet<&[u8]> = image.data.chunks_exact(4).collect();
        Ok(colours.len() >= COLOURS)
    }
}

/// Receives events on a thread of its own, so that each is stamped when it arrives.
pub(crate) fn listen(connection: Arc<RustConnection>) -> Receiver<(Instant, Event)> {
    let (sender, events) = mpsc::channel();
    thread::spawn(move || {
        // The thread ends with the server: nobody wakes it before.
        while let Ok(event) = connection.wait_for_event() {
            if sender.send((now(), event)).is_err() {
                return;
            }
        }
    });
    events
}
