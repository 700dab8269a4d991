//! The clipboard of an X server, where owning it is a fact, and who reads it is known.
//!
//! The guard owns the selection itself. A second connection watches who owns it after that: a clipboard
//! manager can take the secret over, or put it back once it was cleared, and only then is it recognised
//! by its content.

mod offer;
mod reader;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::xfixes::{ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{Atom, ConnectionExt as _};
use x11rb::rust_connection::RustConnection;
use zeroize::Zeroizing;

use super::alarm;
use super::by_content::read;
use super::fingerprint::Fingerprint;
use super::selection::Happening;
use crate::clipboard::Why;
use crate::clipboard::protocol::Event;
use crate::clipboard::receipts::{Reader, ReaderKind, Reading};
pub(super) use offer::Claim;
use offer::Offer;

/// The clipboard library waits for an owner that does not answer, and then says that it has no text. One
/// that has none says so at once.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is not told apart: an X server that does not answer as it should.
pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The selection from the copy to the end of the guard.
pub(super) struct X11 {
    watcher: Watcher,
    changes: mpsc::UnboundedReceiver<()>,
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
        let offered = Claim::stake().and_then(|claim| claim.take(secret, once));
        let offer = offered.map_err(|_| Event::Failed)?.ok_or(Event::Replaced)?;
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
            // Somebody took it over. Who read it before may offer it now; what cannot be read may be it.
            if matches!(self.look(), Sight::NotThere) || self.changes.recv().await.is_none() {
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
            return (Vec::new(), unreadable(None));
        };
        readings.iter().for_each(|reading| drop(self.noted(reading.clone())));
        let event = match owner {
            x11rb::NONE => Event::Cleared,
            _ => match self.look() {
                // Taken over in the last moment by somebody who has the secret.
                Sight::There(_) => self.clear_again().await,
                Sight::NotThere => Event::Replaced,
                Sight::Unreadable(by) => unreadable(by),
            },
        };
        (readings, event)
    }

    /// Clears the secret where somebody else offers it.
    pub(super) async fn clear_again(&mut self) -> Event {
        // Before the look: what somebody copies after it is not to be cleared.
        let Ok(claim) = Claim::stake() else { return unreadable(None) };
        match self.look() {
            Sight::There(_) => {}
            Sight::NotThere => return Event::Cleared,
            Sight::Unreadable(by) => return unreadable(by),
        }
        let Ok(owner) = claim.empty().await else { return unreadable(None) };
        let otherwise = match owner {
            Some(x11rb::NONE) => return Event::Cleared,
            // It was cleared, and then somebody copied.
            Some(_) => Event::Cleared,
            // Somebody copied before it could be cleared.
            None => Event::Replaced,
        };
        self.look().event().unwrap_or(otherwise)
    }

    /// Whether somebody could put the secret back.
    pub(super) fn may_return(&self) -> bool {
        self.was_read
    }

    /// Waits until somebody put the secret back.
    pub(super) async fn returned(&mut self) -> Event {
        loop {
            if self.changes.recv().await.is_none() {
                return std::future::pending().await;
            }
            if let Some(event) = self.look().event() {
                return event;
            }
        }
    }

    /// Whether somebody who read the secret offers it; a later copy of ours is not meant.
    fn look(&self) -> Sight {
        if !self.was_read {
            return Sight::NotThere;
        }
        let Ok(owner) = self.watcher.owner() else { return Sight::Unreadable(None) };
        let theirs = |by: &Reader| by.kind != ReaderKind::Ours;
        let Some(by) = self.watcher.program_of(owner).filter(theirs) else { return Sight::NotThere };
        let began = alarm::now();
        let same = read().map(|text| self.print.matches(&text));
        match is_same(same, alarm::now().saturating_sub(began)) {
            Some(true) => Sight::There(by),
            Some(false) => Sight::NotThere,
            None => Sight::Unreadable(Some(by)),
        }
    }
}

/// What a look at the clipboard showed.
enum Sight {
    /// This program offers the secret.
    There(Reader),
    NotThere,
    /// Nobody knows: it could not be read.
    Unreadable(Option<Reader>),
}

impl Sight {
    /// What there is to tell of it, unless the secret is not there.
    fn event(self) -> Option<Event> {
        match self {
            Self::There(by) => Some(Event::Unverified { why: Why::StillThere, by: Some(by) }),
            Self::NotThere => None,
            Self::Unreadable(by) => Some(unreadable(by)),
        }
    }
}

fn unreadable(by: Option<Reader>) -> Event {
    Event::Unverified { why: Why::Unreadable, by }
}

/// Whether what was read is the secret, after a reading that took so long; nothing if that is not known.
fn is_same(read: Result<bool, arboard::Error>, took: Duration) -> Option<bool> {
    match read {
        Ok(same) => Some(same),
        Err(arboard::Error::ContentNotAvailable) => (took < PATIENCE).then_some(false),
        // No text as ours is one.
        Err(arboard::Error::ConversionFailure) => Some(false),
        Err(_) => None,
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

    /// Follows each taking of the selection, from now on, on a thread of its own.
    fn follow(&self) -> Option<mpsc::UnboundedReceiver<()>> {
        let (tell, changes) = mpsc::unbounded_channel();
        let connection = Arc::clone(&self.connection);
        let watch = move || {
            while let Ok(event) = connection.wait_for_event() {
                if matches!(event, XEvent::XfixesSelectionNotify(_)) && tell.send(()).is_err() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_says_that_the_secret_is_not_there() {
        let none = || Err(arboard::Error::ContentNotAvailable);
        assert_eq!(is_same(Ok(true), PATIENCE), Some(true));
        assert_eq!(is_same(Ok(false), Duration::ZERO), Some(false));
        assert_eq!(is_same(none(), Duration::ZERO), Some(false), "an image, or nothing");
        assert_eq!(is_same(none(), PATIENCE), None, "an owner that does not answer");
        assert_eq!(is_same(Err(arboard::Error::ClipboardOccupied), Duration::ZERO), None);
    }
}
