//! The door to the clipboard: a secret on it is held by a guard process, not by the app.
//!
//! The guard is a small program of its own. It takes the secret from a pipe, owns the clipboard's
//! selection, and clears it in time even if the app is killed. The app holds no plaintext once the
//! guard has it, and says "copied" only after the guard confirmed that the clipboard offers it.

mod attend;
mod paste;
mod plain;
pub(crate) mod protocol;
pub(crate) mod receipts;
#[cfg(unix)]
pub(crate) mod register;
#[cfg(feature = "fakes")]
mod spy;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keystow_domain::Timestamp;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use crate::Secret;
use attend::Attended;
pub use paste::{Forgotten, Likeness, PasteError, Remains};
use protocol::Command;
pub use receipts::{Reader, ReaderKind, Reading, Receipts};
#[cfg(feature = "fakes")]
pub use spy::ClipboardSpy;

/// How long the guard may take to confirm what it was asked.
const CONFIRM: Duration = Duration::from_secs(5);

/// What is known about a secret on the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClipboardState {
    /// Nothing was copied yet.
    Empty,
    /// The clipboard offers the secret.
    Held {
        /// When it is cleared, on the wall clock.
        until: Timestamp,
    },
    /// The person copied something else; it was left alone.
    Replaced,
    /// The clipboard was cleared, and reading it back confirmed it.
    Cleared,
    /// The clipboard was to be cleared, but that could not be confirmed.
    Unverified(Why),
    /// The guard ended without a word, and what it held went with it.
    Lost,
}

/// How long a secret stays on the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// At the most.
    pub keep: Duration,
    /// Whether it is cleared as soon as a program has read it that is no known clipboard manager. Only
    /// clipboards that tell who reads can do so; others keep it to the end.
    pub once: bool,
}

impl From<Duration> for Stay {
    fn from(keep: Duration) -> Self {
        Self { keep, once: false }
    }
}

/// Why a clear could not be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The clipboard could not be read back.
    Unreadable,
    /// The secret was still there after clearing.
    StillThere,
}

/// Why the clipboard did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClipboardError {
    /// The guard program could not be started.
    #[error("the clipboard guard could not be started")]
    NoGuard,
    /// This desktop gave the guard no clipboard.
    #[error("this desktop gives no access to its clipboard")]
    NoClipboard,
    /// Another program took the clipboard at once.
    #[error("another program took the clipboard at once")]
    Taken,
    /// The clipboard did not confirm in time.
    #[error("the clipboard did not confirm in time")]
    TimedOut,
    /// The guard ended before it confirmed.
    #[error("the clipboard guard ended unexpectedly")]
    Died,
    /// There is no secret on the clipboard to do this with.
    #[error("no secret is on the clipboard")]
    NotHeld,
    /// The secret is longer than a clipboard can be trusted with.
    #[error("the secret is too long for the clipboard")]
    TooLong,
    /// The clipboard was cleared, but that could not be confirmed.
    #[error("the clipboard could not be confirmed to be clear")]
    Unverified(Why),
}

/// The clipboard, as far as this app's secrets are on it. Clones are the same clipboard.
#[derive(Clone)]
pub struct Clipboard(Arc<Shared>);

struct Shared {
    way: Way,
    state: watch::Sender<ClipboardState>,
    receipts: watch::Sender<Receipts>,
    front: Mutex<Front>,
    /// Where its guards write themselves down.
    register: Option<PathBuf>,
    /// One copy at a time, so that the last one to ask is the last one to own the clipboard.
    turns: Semaphore,
}

/// How the clipboard is reached.
enum Way {
    Guard(PathBuf),
    #[cfg(feature = "fakes")]
    Spy(Arc<spy::Desk>),
}

impl Way {
    /// The guard program, if there is one.
    fn program(&self) -> Option<&Path> {
        match self {
            Self::Guard(program) => Some(program),
            #[cfg(feature = "fakes")]
            Self::Spy(_) => None,
        }
    }
}

/// Which guard speaks for the clipboard.
#[derive(Default)]
struct Front {
    /// The guard whose word counts. An older one that is replaced by it has nothing to report.
    number: u64,
    guard: Option<Attended>,
}

impl Clipboard {
    /// A clipboard served by the guard program at this path.
    pub fn new(guard_program: PathBuf) -> Self {
        Self::by(Way::Guard(guard_program), None)
    }

    /// The same, with a folder in which its guards are known to every process that uses it.
    pub fn registered(guard_program: PathBuf, register: PathBuf) -> Self {
        Self::by(Way::Guard(guard_program), Some(register))
    }

    fn by(way: Way, register: Option<PathBuf>) -> Self {
        let (state, receipts) = (watch::Sender::new(ClipboardState::Empty), watch::Sender::default());
        let (front, turns) = (Mutex::default(), Semaphore::new(1));
        Self(Arc::new(Shared { way, state, receipts, front, register, turns }))
    }

    /// Follows who read the secret that was copied last.
    pub fn receipts(&self) -> watch::Receiver<Receipts> {
        self.0.receipts.subscribe()
    }

    /// Follows what is known about the clipboard.
    pub fn watch(&self) -> watch::Receiver<ClipboardState> {
        self.0.state.subscribe()
    }

    /// Clears the clipboard now, if it still offers our secret, or offers it again.
    ///
    /// # Errors
    ///
    /// Fails if the clear could not be confirmed.
    pub async fn clear(&self) -> Result<(), ClipboardError> {
        match self.command(Command::Clear, |state| !matches!(state, ClipboardState::Held { .. })).await {
            Ok(ClipboardState::Unverified(why)) => Err(ClipboardError::Unverified(why)),
            Ok(ClipboardState::Lost) => Err(ClipboardError::Died),
            Ok(_) | Err(ClipboardError::NotHeld) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Clears what guards of other processes hold that use the same register: of the command line, or of an
    /// app that was killed.
    ///
    /// # Errors
    ///
    /// Fails if a clear could not be confirmed.
    pub async fn clear_others(&self) -> Result<(), ClipboardError> {
        #[cfg(unix)]
        if let Some(folder) = self.0.register.clone() {
            let clearing = tokio::task::spawn_blocking(move || register::clear_all(&folder));
            let cleared = timeout(CONFIRM, clearing).await.map_err(|_| ClipboardError::TimedOut)?;
            if !cleared.unwrap_or(false) {
                return Err(ClipboardError::Unverified(Why::StillThere));
            }
        }
        Ok(())
    }

    /// Moves the time of clearing further away.
    ///
    /// # Errors
    ///
    /// Fails if no secret is on the clipboard or the guard does not confirm.
    pub async fn keep_longer(&self, by: Duration) -> Result<(), ClipboardError> {
        let before = *self.0.state.borrow();
        match self.command(Command::Keep(by), move |state| *state != before).await? {
            ClipboardState::Held { .. } => Ok(()),
            ClipboardState::Lost => Err(ClipboardError::Died),
            _ => Err(ClipboardError::NotHeld),
        }
    }

    /// Puts a secret on the clipboard; returns when the clipboard is known to offer it.
    pub(crate) async fn offer(&self, secret: Secret, stay: impl Into<Stay>) -> Result<(), ClipboardError> {
        let stay = stay.into();
        let _turn = self.0.turns.acquire().await.map_err(|_| ClipboardError::Died)?;
        #[cfg(feature = "fakes")]
        if let Way::Spy(desk) = &self.0.way {
            return desk.offer(secret, stay, &self.0);
        }
        let program = self.0.way.program().ok_or(ClipboardError::NoGuard)?;
        let number = self.0.step_forward();
        let offered = Attended::start(
            (program, self.0.register.as_deref()),
            &secret,
            stay,
            Arc::clone(&self.0),
            number,
        );
        drop(secret);
        match offered.await {
            Ok(guard) => {
                self.0.lock_front().guard = Some(guard);
                Ok(())
            }
            Err(error) => {
                self.0.step_back();
                Err(error)
            }
        }
    }

    /// Sends a command to the guard in front and waits until its state is as wanted.
    async fn command(
        &self,
        command: Command,
        mut wanted: impl FnMut(&ClipboardState) -> bool,
    ) -> Result<ClipboardState, ClipboardError> {
        #[cfg(feature = "fakes")]
        if let Way::Spy(desk) = &self.0.way {
            return desk.command(command, &self.0.state);
        }
        let guard = self.0.lock_front().guard.clone().ok_or(ClipboardError::NotHeld)?;
        let mut life = guard.life.clone();
        let before = *life.borrow_and_update();
        match before {
            ClipboardState::Held { .. } => {}
            // The guard stays for a while to be told once more.
            ClipboardState::Unverified(_) if command == Command::Clear => {}
            _ => return Err(ClipboardError::NotHeld),
        }
        guard.send(command)?;
        let answered = async {
            loop {
                life.changed().await.map_err(|_| ClipboardError::Died)?;
                let now = *life.borrow_and_update();
                if wanted(&now) {
                    return Ok(now);
                }
            }
        };
        timeout(CONFIRM, answered).await.map_err(|_| ClipboardError::TimedOut)?
    }
}

impl Shared {
    fn lock_front(&self) -> MutexGuard<'_, Front> {
        self.front.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room in front for a new guard; the old one's word does not count from here on.
    fn step_forward(&self) -> u64 {
        let mut front = self.lock_front();
        front.number += 1;
        front.number
    }

    /// Lets the old guard speak again, and tells what it had to say meanwhile.
    fn step_back(&self) {
        let mut front = self.lock_front();
        if let Some(guard) = &front.guard {
            self.state.send_replace(*guard.life.borrow());
            front.number = guard.number;
        }
    }

    /// Tells who read, if it was served by the guard in front.
    fn note(&self, number: u64, change: impl FnOnce(&mut Receipts)) {
        let front = self.lock_front();
        if front.number == number {
            self.receipts.send_modify(change);
        }
    }

    /// Tells what a guard reported, if it is the one in front.
    fn publish(&self, number: u64, state: ClipboardState) {
        let front = self.lock_front();
        if front.number == number {
            self.state.send_replace(state);
        }
    }
}
