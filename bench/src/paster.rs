//! Another client of the clipboard, that pastes as soon as there is something new.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xfixes::{ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, SelectionNotifyEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::screen::listen;
use crate::stopwatch::millis;

/// No copy takes this long.
const LIMIT: Duration = Duration::from_secs(10);

/// A window that asks for the clipboard whenever it has a new owner (ICCCM, section 2).
pub(crate) struct Paster {
    connection: Arc<RustConnection>,
    events: Receiver<(Instant, Event)>,
    window: Window,
    clipboard: Atom,
    text: Atom,
    answer: Atom,
}

impl Paster {
    /// Waits at the clipboard of the display of this process.
    ///
    /// # Errors
    ///
    /// Fails if there is no display.
    pub(crate) fn open() -> Result<Self> {
        let (connection, screen) = x11rb::connect(None).context("cannot reach the display")?;
        let root = connection.setup().roots[screen].root;
        let atom = |name: &str| -> Result<Atom> {
            Ok(connection.intern_atom(false, name.as_bytes())?.reply()?.atom)
        };
        let (clipboard, text, answer) = (atom("CLIPBOARD")?, atom("UTF8_STRING")?, atom("KEYSTOW_BENCH")?);
        let window = connection.generate_id()?;
        let plain = CreateWindowAux::new();
        connection
            .create_window(0, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &plain)?
            .check()?;
        connection.xfixes_query_version(5, 0)?.reply()?;
        let owners = SelectionEventMask::SET_SELECTION_OWNER
            | SelectionEventMask::SELECTION_WINDOW_DESTROY
            | SelectionEventMask::SELECTION_CLIENT_CLOSE;
        connection.xfixes_select_selection_input(window, clipboard, owners)?.check()?;
        let connection = Arc::new(connection);
        let events = listen(Arc::clone(&connection));
        Ok(Self { connection, events, window, clipboard, text, answer })
    }

    /// Milliseconds from `since` until this text was pasted.
    ///
    /// # Errors
    ///
    /// Fails if it does not arrive.
    pub(crate) fn pasted(&self, text: &str, since: Instant) -> Result<f64> {
        while since.elapsed() < LIMIT {
            match self.events.recv_timeout(LIMIT).context("nothing was copied")? {
                (_, Event::XfixesSelectionNotify(change)) if change.owner != x11rb::NONE => {
                    let (window, at) = (self.window, change.timestamp);
                    self.connection.convert_selection(window, self.clipboard, self.text, self.answer, at)?;
                    self.connection.flush()?;
                }
                (at, Event::SelectionNotify(answer)) if self.read(answer)? == text.as_bytes() => {
                    return Ok(millis(since, at));
                }
                _ => {}
            }
        }
        bail!("the text did not arrive")
    }

    /// The moment the clipboard got an owner.
    ///
    /// # Errors
    ///
    /// Fails if it gets none.
    pub(crate) fn owned(&self) -> Result<Instant> {
        self.change(|owner| owner != x11rb::NONE)
    }

    /// Milliseconds from `since` until the clipboard has no owner.
    ///
    /// # Errors
    ///
    /// Fails if it keeps one.
    pub(crate) fn released(&self, since: Instant) -> Result<f64> {
        Ok(millis(since, self.change(|owner| owner == x11rb::NONE)?))
    }

    fn change(&self, wanted: impl Fn(Window) -> bool) -> Result<Instant> {
        loop {
            let (at, event) = self.events.recv_timeout(LIMIT).context("the clipboard did not change")?;
            if let Event::XfixesSelectionNotify(change) = event
                && wanted(change.owner)
            {
                return Ok(at);
            }
        }
    }

    fn read(&self, answer: SelectionNotifyEvent) -> Result<Vec<u8>> {
        if answer.property == x11rb::NONE {
            return Ok(Vec::new());
        }
        let property =
            self.connection.get_property(true, self.window, self.answer, AtomEnum::ANY, 0, 4096)?;
        Ok(property.reply()?.value)
    }
}
