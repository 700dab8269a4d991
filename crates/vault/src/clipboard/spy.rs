//! A clipboard that exists only in this process, for tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keystow_domain::Clock;
use tokio::sync::watch;

use super::protocol::Command;
use super::{
    Clipboard, ClipboardError, ClipboardState, Forgotten, PasteError, Reading, Receipts, Shared, Stay, Way,
    Why,
};
use crate::Secret;

/// A clipboard that tests can read and disturb. It never reaches the desktop.
#[derive(Clone)]
pub struct ClipboardSpy {
    desk: Arc<Desk>,
    clipboard: Clipboard,
}

/// Asked at each use of the clipboard what goes wrong with it.
type Disturb = dyn Fn() -> Option<ClipboardError> + Send + Sync;

pub(super) struct Desk {
    clock: Arc<dyn Clock>,
    disturb: Mutex<Option<Arc<Disturb>>>,
    lying: Mutex<Lying>,
}

#[derive(Default)]
struct Lying {
    text: Option<String>,
    copies: usize,
    once: bool,
    refusal: Option<ClipboardError>,
}

impl ClipboardSpy {
    /// An empty clipboard that reads the time from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let desk = Arc::new(Desk { clock, disturb: Mutex::default(), lying: Mutex::default() });
        let clipboard = Clipboard::by(Way::Spy(Arc::clone(&desk)), None);
        Self { desk, clipboard }
    }

    /// The clipboard to hand to the code under test.
    pub fn clipboard(&self) -> Clipboard {
        self.clipboard.clone()
    }

    /// What lies on the clipboard.
    pub fn text(&self) -> Option<String> {
        self.desk.lock().text.clone()
    }

    /// How many secrets were copied.
    pub fn copies(&self) -> usize {
        self.desk.lock().copies
    }

    /// Copies something else over it, as the person would.
    pub fn replace(&self, text: &str) {
        let was_held = matches!(*self.clipboard.0.state.borrow(), ClipboardState::Held { .. });
        self.desk.lock().text = Some(text.to_owned());
        if was_held {
            self.clipboard.0.state.send_replace(ClipboardState::Replaced);
        }
    }

    /// Whether the last copy is for one paste only.
    pub fn is_once(&self) -> bool {
        self.desk.lock().once
    }

    /// Lets a program read what lies there.
    pub fn read_by(&self, reading: Reading) {
        self.clipboard.0.receipts.send_modify(|receipts| receipts.add(reading));
    }

    /// Lets a program put back what was cleared.
    pub fn put_back(&self, by: super::Reader) {
        self.clipboard.0.receipts.send_modify(|receipts| receipts.returned_by = Some(by));
        self.clipboard.0.state.send_replace(ClipboardState::Unverified(Why::StillThere));
    }

    /// Lets the time of a held secret run out.
    pub fn expire(&self) {
        let _ = self.desk.command(Command::Clear, &self.clipboard.0.state);
    }

    /// Asks `by` at each use what goes wrong with it.
    pub fn disturb(&self, by: Arc<dyn Fn() -> Option<ClipboardError> + Send + Sync>) {
        *self.desk.disturb.lock().unwrap_or_else(PoisonError::into_inner) = Some(by);
    }

    /// Refuses every copy from now on, or none.
    pub fn refuse(&self, refusal: Option<ClipboardError>) {
        self.desk.lock().refusal = refusal;
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Lying> {
        self.lying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disturbed(&self) -> Result<(), ClipboardError> {
        let by = self.disturb.lock().unwrap_or_else(PoisonError::into_inner).clone();
        by.and_then(|by| by()).map_or(Ok(()), Err)
    }

    pub(super) fn offer(&self, secret: Secret, stay: Stay, shared: &Shared) -> Result<(), ClipboardError> {
        self.disturbed()?;
        let mut lying = self.lock();
        if let Some(refusal) = lying.refusal {
            return Err(refusal);
        }
        lying.text = Some(secret.expose().to_owned());
        lying.copies += 1;
        lying.once = stay.once;
        shared.receipts.send_replace(Receipts { told: true, ..Receipts::default() });
        shared.state.send_replace(ClipboardState::Held { until: self.clock.now().plus(stay.keep) });
        Ok(())
    }

    pub(super) fn read(&self) -> Result<Secret, PasteError> {
        self.disturbed()?;
        self.lock().text.clone().map(Secret::from_text).ok_or(PasteError::Nothing)
    }

    pub(super) fn forget(&self, whole: &Secret) -> Result<Forgotten, ClipboardError> {
        self.disturbed()?;
        let mut lying = self.lock();
        if lying.text.as_deref() != Some(whole.expose()) {
            return Ok(Forgotten::Replaced);
        }
        lying.text = None;
        Ok(Forgotten::Cleared)
    }

    pub(super) fn command(
        &self,
        command: Command,
        state: &watch::Sender<ClipboardState>,
    ) -> Result<ClipboardState, ClipboardError> {
        self.disturbed()?;
        let before = *state.borrow();
        let next = match (command, before) {
            (Command::Keep(by), ClipboardState::Held { until }) => {
                ClipboardState::Held { until: until.plus(by) }
            }
            (Command::Clear, ClipboardState::Held { .. } | ClipboardState::Unverified(_)) => {
                self.lock().text = None;
                ClipboardState::Cleared
            }
            _ => return Err(ClipboardError::NotHeld),
        };
        state.send_replace(next);
        Ok(next)
    }
}
