//! The clipboard of an X server, where owning it is a fact, and who reads it is known.
//!
//! The guard owns the selection itself. A second connection watches who owns it after that: a clipboard
//! manager can take the secret over, or put it back once it was cleared, and only then is it recognised
//! by its content.

mod offer;
mod reader;

use std::sync::Arc;

use tokio::sync::mpsc;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::xfixes::{ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{Atom, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;
use zeroize::Zeroizing;

use super::by_content::read;
use super::fingerprint::Fingerprint;
use super::selection::Happening;
use crate::clipboard::Why;
use crate::clipboard::protocol::Event;
use crate::clipboard::receipts::{Reader, ReaderKind, Reading};
use offer::Offer;

/// What is not told apart: an X server that does not answer as it should.
pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The selection from the copy to the end of the guard.
pub(super) struct X11 {
    watcher: Watcher,
    changes: mpsc::UnboundedReceiver<u32>,
    print: Fingerprint,
    /// Whether somebody may have the secret by now, and could offer it.
    was_read: bool,
    /// While it is ours.
    offer: Option<Offer>,
}

impl X11 {
    pub(super) fn take(secret: Zeroizing<String>, once: bool) -> Result<Self, Event> {
        let print = Fingerprint::of(&secret);
        let watcher = Watcher::start().map_err(|_| Event::Failed)?;
        let changes = watcher.follow().ok_or(Event::Failed)?;
        let offer = Offer::start(secret, once).map_err(|_| Event::Failed)?.ok_or(Event::Replaced)?;
        Ok(Self { watcher, changes, print, was_read: false, offer: Some(offer) })
    }

    /// Waits for the next reading, or until the clipboard has something else.
    pub(super) async fn happens(&mut self) -> Happening {
        loop {
            if let Some(offer) = &mut self.offer {
                match offer.read().await {
                    Some(reading) => return self.noted(reading),
                    None => self.offer = None,
                }
            }
            // Somebody took it over. Who read it before may offer it now.
            if !self.is_there() || self.changes.recv().await.is_none() {
                return Happening::Lost;
            }
        }
    }

    fn noted(&mut self, reading: Reading) -> Happening {
        self.was_read |= reading.by.kind != ReaderKind::Ours;
        Happening::Read(reading)
    }

    /// Clears the clipboard if it still has the secret. What was read in the last moment comes first.
    pub(super) async fn release(&mut self) -> (Vec<Reading>, Event) {
        let Some(offer) = self.offer.take() else { return (Vec::new(), self.clear_again().await) };
        let Ok((owner, readings)) = offer.give_up().await else {
            return (Vec::new(), Event::Unverified { why: Why::Unreadable, by: None });
        };
        readings.iter().for_each(|reading| drop(self.noted(reading.clone())));
        let event = match owner {
            x11rb::NONE => Event::Cleared,
            // Taken over in the last moment by somebody who has the secret.
            _ if self.is_there() => self.clear_again().await,
            _ => Event::Replaced,
        };
        (readings, event)
    }

    /// Clears the secret where somebody else offers it.
    pub(super) async fn clear_again(&mut self) -> Event {
        if !self.is_there() {
            return Event::Cleared;
        }
        // Whoever owns the clipboard may clear it: it is taken over with nothing, and given up.
        let taken = Offer::start(Zeroizing::default(), false);
        let given_up = match taken {
            Ok(Some(offer)) => offer.give_up().await.map(|(owner, _)| owner),
            Ok(None) => self.watcher.owner(),
            Err(failure) => Err(failure),
        };
        match given_up {
            Ok(x11rb::NONE) => Event::Cleared,
            Ok(owner) => self.still_there(owner).unwrap_or(Event::Cleared),
            Err(_) => Event::Unverified { why: Why::Unreadable, by: None },
        }
    }

    /// Whether somebody could put the secret back.
    pub(super) fn may_return(&self) -> bool {
        self.was_read
    }

    /// Waits until somebody put the secret back.
    pub(super) async fn returned(&mut self) -> Event {
        loop {
            let Some(owner) = self.changes.recv().await else { return std::future::pending().await };
            if let Some(event) = self.still_there(owner) {
                return event;
            }
        }
    }

    /// That this owner offers the secret, if it does and is no later copy of ours.
    fn still_there(&self, owner: u32) -> Option<Event> {
        let by = self.watcher.program_of(owner)?;
        let theirs = by.kind != ReaderKind::Ours && self.is_there();
        theirs.then_some(Event::Unverified { why: Why::StillThere, by: Some(by) })
    }

    /// Whether somebody who read the secret offers it.
    fn is_there(&self) -> bool {
        let owner = self.watcher.owner().ok().and_then(|owner| self.watcher.program_of(owner));
        let theirs = owner.is_some_and(|owner| owner.kind != ReaderKind::Ours);
        self.was_read && theirs && read().is_ok_and(|text| self.print.matches(&text))
    }
}

/// The connection that watches the selection.
struct Watcher {
    connection: Arc<RustConnection>,
    clipboard: Atom,
}

impl Watcher {
    fn start() -> Result<Self, Failure> {
        let (connection, screen) = RustConnection::connect(None)?;
        connection.xfixes_query_version(5, 0)?.reply()?;
        let clipboard = connection.intern_atom(false, b"CLIPBOARD")?.reply()?.atom;
        let root = connection.setup().roots.get(screen).ok_or("the display has no such screen")?.root;
        let changes = SelectionEventMask::SET_SELECTION_OWNER;
        connection.xfixes_select_selection_input(root, clipboard, changes)?.check()?;
        Ok(Self { connection: Arc::new(connection), clipboard })
    }

    /// Follows who takes the selection, from now on, on a thread of its own.
    fn follow(&self) -> Option<mpsc::UnboundedReceiver<u32>> {
        let (tell, changes) = mpsc::unbounded_channel();
        let connection = Arc::clone(&self.connection);
        let watch = move || {
            while let Ok(event) = connection.wait_for_event() {
                let XEvent::XfixesSelectionNotify(change) = event else { continue };
                if tell.send(change.owner).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new().name("watcher".into()).spawn(watch).ok()?;
        Some(changes)
    }

    fn owner(&self) -> Result<u32, Failure> {
        Ok(self.connection.get_selection_owner(self.clipboard)?.reply()?.owner)
    }

    /// The program that owns it; nothing if nobody does.
    fn program_of(&self, owner: u32) -> Option<Reader> {
        (owner != x11rb::NONE).then(|| reader::of(&self.connection, owner))
    }
}
