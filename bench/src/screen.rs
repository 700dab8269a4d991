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
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, ImageFormat, Rectangle,
};
use x11rb::rust_connection::RustConnection;

use crate::stopwatch::{millis, now};

/// A window narrower than this is a helper of the toolkit, not what a person waits for.
const NARROW: u16 = 300;
/// A change smaller than this, in pixels, is a caret or a spinner.
const SMALL: u32 = 1500;
/// Changes this close to each other, in milliseconds, belong to one frame: a screen shows sixty in a second.
const SAME_FRAME: f64 = 4.0;
/// How long a change is waited for at a time.
const STILL: Duration = Duration::from_millis(700);
/// A picture with fewer colours than this is an empty window, whose contents are still to come:
/// letters alone have more, because their edges are smoothed.
const COLOURS: usize = 12;
/// Nothing that is measured here takes this long.
const LIMIT: Duration = Duration::from_secs(30);

/// How long nothing may change for the screen to be still.
const PAUSE: Duration = Duration::from_millis(150);
/// After this long it is as still as it gets: something on it counts seconds.
const RESTLESS: Duration = Duration::from_secs(2);

/// A part of the screen, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    /// From the left.
    pub(crate) x: i16,
    /// From the top.
    pub(crate) y: i16,
    /// To the right of that.
    pub(crate) width: u16,
    /// Below that.
    pub(crate) height: u16,
}

impl Area {
    /// Whether a change of a rectangle is one of more than a caret in here.
    fn meets(self, other: Rectangle) -> bool {
        let overlap = |from: i16, length: u16, other: i16, reach: u16| {
            let end = (i32::from(from) + i32::from(length)).min(i32::from(other) + i32::from(reach));
            u32::try_from(end - i32::from(from.max(other))).unwrap_or(0)
        };
        let across = overlap(self.x, self.width, other.x, other.width);
        across * overlap(self.y, self.height, other.y, other.height) >= SMALL
    }
}

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

    /// The whole screen.
    pub(crate) fn everything(&self) -> Area {
        let root = &self.connection.setup().roots[0];
        Area { x: 0, y: 0, width: root.width_in_pixels, height: root.height_in_pixels }
    }

    /// What an area shows now.
    ///
    /// # Errors
    ///
    /// Fails if the display does not tell.
    pub(crate) fn picture(&self, area: Area) -> Result<Vec<u8>> {
        let root = self.connection.setup().roots[0].root;
        let Area { x, y, width, height } = area;
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, root, x, y, width, height, !0)?;
        Ok(image.reply()?.data)
    }

    /// Milliseconds from `since` until an area shows something, and something else than `before`.
    ///
    /// # Errors
    ///
    /// Fails if it stays as it is.
    pub(crate) fn changed(&self, area: Area, before: &[u8], since: Instant) -> Result<f64> {
        while since.elapsed() < LIMIT {
            let Ok((at, Event::DamageNotify(damage))) = self.events.recv_timeout(STILL) else { continue };
            if at < since || !area.meets(damage.area) {
                continue;
            }
            let picture = self.picture(area)?;
            if picture != before && colours(&picture) >= COLOURS {
                return Ok(millis(since, at));
            }
        }
        bail!("nothing changed")
    }

    /// Milliseconds between one frame and the next, of those drawn within a time from now. What is drawn at once
    /// arrives as several changes, and is one frame.
    pub(crate) fn frames(&self, time: Duration) -> Vec<f64> {
        let since = now();
        let (mut last, mut between): (Option<Instant>, Vec<f64>) = (None, Vec::new());
        while let Some(left) = time.checked_sub(since.elapsed()) {
            let Ok((at, Event::DamageNotify(damage))) = self.events.recv_timeout(left.min(STILL)) else {
                continue;
            };
            if u32::from(damage.area.width) * u32::from(damage.area.height) < SMALL {
                continue;
            }
            let gap = last.map(|last| millis(last, at));
            if gap.is_none_or(|gap| gap > SAME_FRAME) {
                between.extend(gap);
                last = Some(at);
            }
        }
        between
    }

    /// Waits until nothing moves on the screen, and forgets what did.
    pub(crate) fn rest(&self) {
        let since = now();
        while since.elapsed() < RESTLESS && self.events.recv_timeout(PAUSE).is_ok() {}
    }

    /// Whether the screen shows more than empty areas.
    fn shows_something(&self) -> Result<bool> {
        Ok(colours(&self.picture(self.everything())?) >= COLOURS)
    }
}

/// How many colours a picture of 32 bits a pixel has.
fn colours(picture: &[u8]) -> usize {
    picture.chunks_exact(4).collect::<HashSet<_>>().len()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_by_the_part_of_it_that_is_inside() {
        let area = Area { x: 100, y: 100, width: 100, height: 100 };
        let meets = |x, y, width, height| area.meets(Rectangle { x, y, width, height });
        assert!(meets(0, 0, 1000, 1000));
        assert!(meets(150, 150, 50, 30));
        assert!(!meets(150, 150, 10, 10), "a caret");
        assert!(!meets(0, 0, 100, 1000), "beside it");
        assert!(!meets(0, 0, 101, 101), "a corner of it");
    }
}
