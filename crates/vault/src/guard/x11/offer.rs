//! Serving the secret to whoever asks for it, on a thread and a connection of its own.
//!
//! The end of the thread takes the secret and every copy of it in the connection's buffers along.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, SELECTION_NOTIFY_EVENT,
    SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use zeroize::Zeroizing;

use super::{Failure, reader};
use crate::clipboard::receipts::{MOST_READERS, OFTEN, Reader, Reading};
use crate::guard::alarm;

x11rb::atom_manager! {
    /// The names that are spoken in.
    Atoms:
    /// The names on their way.
    AtomsCookie {
        CLIPBOARD,
        TARGETS,
        TIMESTAMP,
        MULTIPLE,
        ATOM_PAIR,
        UTF8_STRING,
        TEXT,
        PLAIN: b"text/plain",
        PLAIN_UTF8: b"text/plain;charset=utf-8",
        HINT: b"x-kde-passwordManagerHint",
    }
}

/// What a request takes beside the text, generously.
const OVERHEAD: usize = 64;
/// The most conversions of one request.
const MOST_AT_ONCE: u32 = 16;

/// A connection that can take the selection, and what it saw of the selection before.
pub(in crate::guard) struct Claim {
    connection: Arc<RustConnection>,
    atoms: Atoms,
    window: u32,
    /// The server's time then.
    since: u32,
    /// Who owned the selection then.
    owner: u32,
}

/// The selection while it is ours.
pub(super) struct Offer {
    connection: Arc<RustConnection>,
    clipboard: Atom,
    window: u32,
    told: mpsc::UnboundedReceiver<Reading>,
}

impl Claim {
    /// Notes the server's time and who owns the selection now.
    pub(in crate::guard) fn stake() -> Result<Self, Failure> {
        let (connection, screen) = RustConnection::connect(None)?;
        let atoms = Atoms::new(&connection)?.reply()?;
        let window = window(&connection, screen)?;
        let since = server_time(&connection, window)?;
        let owner = connection.get_selection_owner(atoms.CLIPBOARD)?.reply()?.owner;
        Ok(Self { connection: Arc::new(connection), atoms, window, since, owner })
    }

    /// Takes the selection and serves the text; nothing if somebody else took it at the same moment.
    pub(super) fn take(self, text: Zeroizing<String>, once: bool) -> Result<Option<Offer>, Failure> {
        // Longer texts would have to be handed over in parts; no secret is as long as that.
        if self.connection.maximum_request_bytes() < text.len() + OVERHEAD {
            return Err("the X server takes no text of this length".into());
        }
        self.connection.set_selection_owner(self.window, self.atoms.CLIPBOARD, self.since)?;
        self.serve(text, once)
    }

    /// Empties the selection if nobody took it since the claim; returns who has it afterwards, and nothing
    /// if somebody took it.
    ///
    /// Whoever owns it, anybody may clear it: it is taken over with nothing, and given up.
    pub(in crate::guard) async fn empty(self) -> Result<Option<u32>, Failure> {
        // Nobody else is served between the look at the owner and the taking. The time alone would not do:
        // a program takes the selection with the time of a key press, which may lie before the claim.
        self.connection.grab_server()?;
        let owner = self.connection.get_selection_owner(self.atoms.CLIPBOARD)?.reply()?.owner;
        if owner == self.owner {
            // Refused by the server if the same owner copied something new since (ICCCM §2.1).
            self.connection.set_selection_owner(self.window, self.atoms.CLIPBOARD, self.since)?;
        }
        self.connection.ungrab_server()?;
        let Some(offer) = self.serve(Zeroizing::default(), false)? else { return Ok(None) };
        offer.give_up().await.map(|(owner, _)| Some(owner))
    }

    /// Serves the selection; nothing if it was not had.
    fn serve(self, text: Zeroizing<String>, once: bool) -> Result<Option<Offer>, Failure> {
        let Self { connection, atoms, window, since, .. } = self;
        if connection.get_selection_owner(atoms.CLIPBOARD)?.reply()?.owner != window {
            return Ok(None);
        }
        let (tell, told) = mpsc::unbounded_channel();
        let (served, clipboard) = (Arc::clone(&connection), atoms.CLIPBOARD);
        let began = alarm::now();
        let server = Server {
            connection: served,
            atoms,
            window,
            since,
            began,
            text,
            once,
            spent: false,
            readers: Vec::new(),
            tell,
        };
        std::thread::Builder::new().name("owner".into()).spawn(move || server.serve())?;
        Ok(Some(Offer { connection, clipboard, window, told }))
    }
}

impl Offer {
    /// The next reading; nothing once the selection is lost.
    pub(super) async fn read(&mut self) -> Option<Reading> {
        self.told.recv().await
    }

    /// Gives the selection up; returns who has it afterwards, and what was read meanwhile.
    ///
    /// It is given up by destroying the window that owns it: the server then empties the selection only if
    /// this window still is the owner, whoever took it in which moment.
    pub(super) async fn give_up(mut self) -> Result<(u32, Vec<Reading>), Failure> {
        self.connection.destroy_window(self.window)?.check()?;
        let owner = self.connection.get_selection_owner(self.clipboard)?.reply()?.owner;
        let mut readings = Vec::new();
        // To the end of the thread, which takes the secret along.
        while let Some(reading) = self.told.recv().await {
            readings.push(reading);
        }
        Ok((owner, readings))
    }
}

/// A window that nobody sees, told of its properties and its end.
pub(super) fn window(connection: &RustConnection, screen: usize) -> Result<u32, Failure> {
    let root = connection.setup().roots.get(screen).ok_or("the display has no such screen")?.root;
    let window = connection.generate_id()?;
    let (class, visual) = (WindowClass::INPUT_OUTPUT, x11rb::COPY_FROM_PARENT);
    let events = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE | EventMask::STRUCTURE_NOTIFY);
    connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, visual, &events)?.check()?;
    Ok(window)
}

/// The server's time. Taking a selection needs one that is no guess (ICCCM §2.1).
pub(super) fn server_time(connection: &RustConnection, window: u32) -> Result<u32, Failure> {
    let (mode, name) = (PropMode::APPEND, AtomEnum::WM_NAME);
    connection.change_property8(mode, window, name, AtomEnum::STRING, b"")?;
    connection.flush()?;
    loop {
        if let Event::PropertyNotify(change) = connection.wait_for_event()? {
            return Ok(change.time);
        }
    }
}

/// What answers requests for the selection.
struct Server {
    connection: Arc<RustConnection>,
    atoms: Atoms,
    window: u32,
    /// The server's time when the selection was taken.
    since: u32,
    /// The same on the guard's own clock.
    began: Duration,
    text: Zeroizing<String>,
    /// Whether the first paste is the last.
    once: bool,
    spent: bool,
    readers: Vec<Reading>,
    tell: mpsc::UnboundedSender<Reading>,
}

/// What a requestor was given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Nothing,
    Facts,
    Secret,
}

impl Server {
    fn serve(mut self) {
        while let Ok(event) = self.connection.wait_for_event() {
            match event {
                // A requestor that is gone by now needs no answer.
                Event::SelectionRequest(asked) => drop(self.answer(&asked)),
                Event::SelectionClear(lost) if lost.owner == self.window => break,
                Event::DestroyNotify(gone) if gone.window == self.window => break,
                _ => {}
            }
        }
    }

    fn answer(&mut self, asked: &SelectionRequestEvent) -> Result<(), Failure> {
        // Old programs name no property (ICCCM §2.2).
        let property = if asked.property == x11rb::NONE { asked.target } else { asked.property };
        let given = if self.is_own(asked.requestor) {
            Given::Nothing
        } else if asked.target == self.atoms.MULTIPLE {
            self.give_several(asked.requestor, property)?
        } else {
            self.give(asked.requestor, asked.target, property)?
        };
        // Asked now, while the requestor waits: afterwards it may be gone.
        let reader = (given == Given::Secret).then(|| reader::of(&self.connection, asked.requestor));
        let notice = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: asked.time,
            requestor: asked.requestor,
            selection: asked.selection,
            target: asked.target,
            property: if given == Given::Nothing { x11rb::NONE } else { property },
        };
        self.connection.send_event(false, asked.requestor, EventMask::NO_EVENT, notice)?;
        self.connection.flush()?;
        if let Some(reader) = reader {
            self.spent |= self.once && reader.is_paste();
            self.receipt(reader);
        }
        Ok(())
    }

    /// Whether a window is the guard's own. The guard never asks itself: it is somebody else who wants the
    /// secret put there, where everybody can read it and no receipt would name them.
    fn is_own(&self, window: u32) -> bool {
        let setup = self.connection.setup();
        // Every window that was made on this connection, also where the server tells no process.
        let served = (window & !setup.resource_id_mask) == setup.resource_id_base;
        served || reader::is_this_process(&self.connection, window)
    }

    /// Answers with one form of the text, or with a fact about it.
    fn give(&self, requestor: u32, target: Atom, property: Atom) -> Result<Given, Failure> {
        let (atoms, mode) = (&self.atoms, PropMode::REPLACE);
        let put = |kind: Atom, bytes: &[u8]| {
            self.connection.change_property8(mode, requestor, property, kind, bytes)
        };
        let latin = u32::from(AtomEnum::STRING);
        if target == atoms.TARGETS {
            let (kind, offered) = (AtomEnum::ATOM, self.targets());
            self.connection.change_property32(mode, requestor, property, kind, &offered)?;
        } else if target == atoms.TIMESTAMP {
            self.connection.change_property32(mode, requestor, property, AtomEnum::INTEGER, &[self.since])?;
        } else if target == atoms.HINT {
            put(target, b"secret")?;
        } else if self.spent {
            return Ok(Given::Nothing);
        } else if [atoms.UTF8_STRING, atoms.PLAIN_UTF8, atoms.PLAIN].contains(&target) {
            put(target, self.text.as_bytes())?;
            return Ok(Given::Secret);
        } else if target == atoms.TEXT {
            put(atoms.UTF8_STRING, self.text.as_bytes())?;
            return Ok(Given::Secret);
        } else if target == latin
            && let Some(text) = in_latin(&self.text)
        {
            put(latin, &text)?;
            return Ok(Given::Secret);
        } else {
            return Ok(Given::Nothing);
        }
        Ok(Given::Facts)
    }

    /// Everything that is on offer. `SAVE_TARGETS` is not: no clipboard manager may be asked to keep it.
    fn targets(&self) -> Vec<Atom> {
        let atoms = &self.atoms;
        let mut offered = vec![
            atoms.TARGETS,
            atoms.TIMESTAMP,
            atoms.MULTIPLE,
            atoms.UTF8_STRING,
            atoms.PLAIN_UTF8,
            atoms.PLAIN,
            atoms.TEXT,
        ];
        if self.text.chars().all(|c| u8::try_from(c).is_ok()) {
            offered.push(AtomEnum::STRING.into());
        }
        offered.push(atoms.HINT);
        offered
    }

    /// Answers several requests in one (ICCCM §2.6.2).
    fn give_several(&self, requestor: u32, property: Atom) -> Result<Given, Failure> {
        let (pair, any) = (self.atoms.ATOM_PAIR, AtomEnum::ANY);
        let asked = self.connection.get_property(false, requestor, property, any, 0, 2 * MOST_AT_ONCE)?;
        let mut list: Vec<Atom> = asked.reply()?.value32().ok_or("no list of names")?.collect();
        let mut given = Given::Facts;
        for wish in list.as_chunks_mut::<2>().0 {
            let got = match wish[1] {
                x11rb::NONE => Given::Nothing,
                place => self.give(requestor, wish[0], place)?,
            };
            match got {
                Given::Nothing => wish[1] = x11rb::NONE,
                Given::Facts => {}
                Given::Secret => given = Given::Secret,
            }
        }
        self.connection.change_property32(PropMode::REPLACE, requestor, property, pair, &list)?;
        Ok(given)
    }

    /// Tells that it was read; not each time of a program that reads it all the time.
    fn receipt(&mut self, by: Reader) {
        let after = alarm::now().saturating_sub(self.began).as_millis();
        let place = self.readers.iter().position(|known| known.by == by).unwrap_or(self.readers.len());
        if place == self.readers.len() && place < MOST_READERS {
            self.readers.push(Reading { by, times: 0, after: u64::try_from(after).unwrap_or(u64::MAX) });
        }
        let Some(known) = self.readers.get_mut(place) else { return };
        if known.times < OFTEN {
            known.times += 1;
            let _ = self.tell.send(known.clone());
        }
    }
}

/// The text in the character set of `STRING`, ISO 8859-1, if it has no other characters.
fn in_latin(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut latin = Zeroizing::new(Vec::with_capacity(text.len()));
    for c in text.chars() {
        latin.push(u8::try_from(c).ok()?);
    }
    Some(latin)
}
