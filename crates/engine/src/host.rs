//! What the engine needs from the desktop it runs on.

use std::path::PathBuf;

use keystow_domain::OperationId;

/// The desktop, as the shell or a test provides it.
pub trait Host: Send + Sync {
    /// Asks the desktop to open `address` in the person's browser. `false` if that could not even be
    /// asked; `true` does not mean that a browser came up, which no desktop reports.
    fn open_browser(&self, address: &str) -> bool;

    /// Where the desktop puts what a person saves; nothing if it does not say.
    fn downloads(&self) -> Option<PathBuf> {
        None
    }

    /// Told as a change at a portal passes each point at which a crash could hurt. Fault-injecting
    /// hosts die here; the others do nothing.
    fn passed(&self, step: Step, operation: &OperationId) {
        let _ = (step, operation);
    }
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
