//! What the engine needs from the desktop it runs on.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use keystow_domain::OperationId;
use tokio::sync::mpsc;

use crate::locking::{LockCause, Watches};
use crate::passphrase::Answered;
use crate::words::asking::Question;

/// The desktop, as the shell or a test provides it.
#[async_trait]
pub trait Host: Send + Sync {
    /// Asks the desktop to open `address` in the person's browser. `false` if that could not even be
    /// asked; `true` does not mean that a browser came up, which no desktop reports.
    fn open_browser(&self, address: &str) -> bool;

    /// Shows a notice of the desktop's own. `false` if the desktop has nobody who shows one. It may take
    /// as long as the desktop needs.
    fn notify(&self, notification: &Notification) -> bool {
        let _ = notification;
        false
    }

    /// The language of the desktop as it names it, such as `fr_CH.UTF-8`.
    fn language(&self) -> Option<String> {
        None
    }

    /// Where the desktop puts what a person saves; nothing if it does not say.
    fn downloads(&self) -> Option<PathBuf> {
        None
    }

    /// Where a program of the desktop is: its name, which the system looks up, unless a test has its own.
    fn program(&self, name: &str) -> PathBuf {
        name.into()
    }

    /// How long nobody has touched keyboard and pointer, whichever program was in front; nothing where the
    /// desktop does not tell.
    fn idle(&self) -> Option<Duration> {
        None
    }

    /// How long nobody must have been there before the app locks: as long as the person chose, unless a test
    /// cannot wait for that.
    fn patience(&self, chosen: Duration) -> Duration {
        chosen
    }

    /// What the system tells of a person who goes away, from now on; nothing where it tells nothing. Asked once.
    fn away(&self) -> Option<mpsc::UnboundedReceiver<Away>> {
        None
    }

    /// Whether somebody can be asked for a passphrase here.
    fn asks_passphrases(&self) -> bool {
        false
    }

    /// Asks for a passphrase, in a window of the desktop's own or at a terminal, and never in a page. It takes as
    /// long as the person does.
    async fn ask_passphrase(&self, question: &Question) -> Answered {
        let _ = question;
        Answered::Nowhere
    }

    /// Takes a question for a passphrase back, if one stands: it is as if somebody had closed it.
    fn withdraw_question(&self) {}

    /// Told as a change at a portal passes each point at which a crash could hurt. Fault-injecting
    /// hosts die here; the others do nothing.
    fn passed(&self, step: Step, operation: &OperationId) {
        let _ = (step, operation);
    }

    /// Waits before something that went wrong is tried again. A test's host waits in a time of its own.
    async fn rest(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// Something the system tells of a person who goes away.
pub enum Away {
    /// What of it the system tells at all; it may say so in several parts.
    Told(Watches),
    /// The person goes now.
    Leaves(Leaving),
}

/// A person who goes away.
pub struct Leaving {
    /// How.
    pub cause: LockCause,
    /// What the system waits for: it goes on once this is dropped.
    pub held: Option<Box<dyn Send>>,
}

/// A notice for the desktop to show. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// One line, in the language of the settings.
    pub title: String,
    /// What it means. No text of a portal is in it: desktops read markup here.
    pub body: String,
    /// The key it is about, if it is about one.
    pub key: Option<keystow_domain::KeyId>,
}

/// The points of a change at a portal between which a crash must lose nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The intent is on disk; nothing was sent.
    Intended,
    /// The portal answered; the secret is only in memory.
    Answered,
    /// The secret is in the vault; the journal is open.
    Stowed,
    /// The key list knows the new key; the journal is open.
    Listed,
    /// The journal is closed.
    Closed,
}

impl Step {
    /// Its name, for a host that is told where to die.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Answered => "answered",
            Self::Stowed => "stowed",
            Self::Listed => "listed",
            Self::Closed => "closed",
        }
    }
}
