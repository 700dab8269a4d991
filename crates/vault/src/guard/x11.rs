//! The clipboard of an X server, where owning it is a fact and not a guess.
//!
//! A second connection watches the selection. It learns the window that owns it and the server time
//! since when, and gives it up by naming that time: the server ignores this if anybody took the
//! selection later (ICCCM §2.1), so the guard cannot clear what the person copied a moment before.

use std::sync::Arc;

use tokio::sync::mpsc;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::xfixes::{ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{Atom, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;
use zeroize::Zeroizing;

use super::by_content::{Owner, read};
use super::fingerprint::Fingerprint;
use crate::clipboard::Why;
use crate::clipboard::protocol::Event;

/// The selection while it is ours.
pub(super) struct X11 {
    watcher: Watcher,
    owner: Owner,
    ours: Ownership,
}

/// Who owns the selection since when; window 0 is nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ownership {
    window: u32,
    since: u32,
}

impl X11 {
    pub(super) async fn take(secret: Zeroizing<String>) -> Result<Self, Event> {
        let print = Fingerprint::of(&secret);
        let watcher = Watcher::start().map_err(|_| Event::Failed)?;
        let mut changes = watcher.follow().ok_or(Event::Failed)?;
        let mut owner = Owner::start(secret)?;
        loop {
            tokio::select! {
                end = owner.ended() => return Err(end.err().unwrap_or(Event::Replaced)),
                change = changes.recv() => {
                    let ours = change.ok_or(Event::Failed)?;
                    // Somebody else may have taken the clipboard at the same moment.
                    if ours.window != 0 && read().is_ok_and(|text| print.matches(&text)) {
                        return Ok(Self { watcher, owner, ours });
                    }
                }
            }
        }
    }

    pub(super) async fn lost(&mut self) {
        let _ = self.owner.ended().await;
    }

    pub(super) fn release(self) -> Event {
        match self.watcher.give_up(self.ours) {
            Ok(0) => Event::Cleared,
            Ok(window) if window == self.ours.window => Event::Unverified { why: Why::StillThere },
            Ok(_) => Event::Replaced,
            Err(_) => Event::Unverified { why: Why::Unreadable },
        }
    }
}

/// The connection that watches the selection.
struct Watcher {
    connection: Arc<RustConnection>,
    clipboard: Atom,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

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

    /// Follows who owns the selection, from now on, on a thread of its own.
    fn follow(&self) -> Option<mpsc::UnboundedReceiver<Ownership>> {
        let (tell, changes) = mpsc::unbounded_channel();
        let connection = Arc::clone(&self.connection);
        let watch = move || {
            while let Ok(event) = connection.wait_for_event() {
                let XEvent::XfixesSelectionNotify(change) = event else { continue };
                let now = Ownership { window: change.owner, since: change.selection_timestamp };
                if tell.send(now).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new().name("watcher".into()).spawn(watch).ok()?;
        Some(changes)
    }

    /// Gives the selection up if it is still the one taken then; returns who owns it afterwards.
    fn give_up(&self, ours: Ownership) -> Result<u32, Failure> {
        let now = self.owner()?;
        if now != ours.window {
            return Ok(now);
        }
        self.connection.set_selection_owner(x11rb::NONE, self.clipboard, ours.since)?;
        self.owner()
    }

    fn owner(&self) -> Result<u32, Failure> {
        Ok(self.connection.get_selection_owner(self.clipboard)?.reply()?.owner)
    }
}
