//! What the first screen checks before anybody signs in.

use std::time::Duration;

use crate::engine::Engine;
use crate::{Trouble, words};

/// How long the built-in portal may take to start before it counts as down.
const PATIENCE: Duration = Duration::from_secs(10);

/// One check of the first screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstCheck {
    /// Which one.
    pub kind: FirstCheckKind,
    /// Why it did not pass.
    pub trouble: Option<Trouble>,
}

/// What the first screen checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstCheckKind {
    /// The keyring can be written.
    Keyring,
    /// There is a clipboard, and a copy can be kept out of its histories.
    Clipboard,
    /// The built-in portal runs.
    Portal,
}

impl Engine {
    /// Checks whether everything is here that a first sign-in needs. The keyring's prompt may come up.
    pub async fn checks(&self) -> Vec<FirstCheck> {
        // Under a passphrase no keyring is needed, and nobody is asked for it before they sign in.
        let waits = self.protection().passphrase && !self.0.vault.is_unlocked();
        let opened = if waits { Ok(()) } else { self.unlock().await };
        let keyring = match opened {
            Ok(()) if waits => None,
            Ok(()) => self.0.vault.prove_writable().await.map_err(words::vault).err(),
            Err(trouble) => Some(trouble),
        };
        let clipboard = self.0.clipboard.check().await.map_err(words::clipboard).err();
        // It starts beside the window, and is asked about before it had time to.
        let portal = match tokio::time::timeout(PATIENCE, self.built_in_started()).await {
            Ok(started) => started.err(),
            Err(_) => Some(self.built_in_down()),
        };
        let check = |kind, trouble| FirstCheck { kind, trouble };
        vec![
            check(FirstCheckKind::Keyring, keyring),
            check(FirstCheckKind::Clipboard, clipboard),
            check(FirstCheckKind::Portal, portal),
        ]
    }
}
