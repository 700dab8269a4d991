//! What the tray says: what is on the clipboard, what was copied last, what rotates.

use keystow_domain::{AccountId, KeyId};

use crate::clipboard::ClipboardSight;
use crate::engine::{Engine, VaultSight};
use crate::timers::Timer;
use crate::words::native;

/// The tray has no more keys to copy than this.
const MOST_KEYS: usize = 5;

/// What the tray shows, in the language of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraySight {
    /// Clears the clipboard, with the seconds that are left; absent while nothing of ours is on it.
    pub clear: Option<String>,
    /// The pinned keys and those copied last, each with the line that copies it.
    pub keys: Vec<(AccountId, KeyId, String)>,
    /// What rotates.
    pub timers: Vec<Timer>,
    /// Whether there is something to lock.
    pub unlocked: bool,
    /// Whether it is locked, so that the window must be opened to unlock it.
    pub locked: bool,
    /// The lines that are always there.
    pub words: TrayWords,
}

/// The lines of the tray that are always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrayWords {
    /// Opens the picker.
    pub pick: &'static str,
    /// Opens the window.
    pub open: &'static str,
    /// Locks the vault.
    pub lock: &'static str,
    /// Says that it is locked.
    pub locked: &'static str,
    /// Opens the window to unlock it.
    pub unlock: &'static str,
    /// Ends the app.
    pub quit: &'static str,
}

impl Engine {
    /// What the tray shows now.
    pub fn tray(&self) -> TraySight {
        let language = self.language();
        let hidden = self.is_hidden();
        let most = if hidden { 0 } else { MOST_KEYS };
        let keys = self.first_picks(most).into_iter().map(|(account, key, name)| {
            let line = native::tray_copy(language, &name);
            (account, key, line)
        });
        TraySight {
            clear: self.tray_clear(),
            keys: keys.collect(),
            timers: if hidden { Vec::new() } else { self.timers() },
            unlocked: self.vault() == VaultSight::Unlocked,
            locked: self.lock_sight().is_some(),
            words: native::tray(language),
        }
    }

    /// The line of the tray that counts down; absent while nothing of ours is on the clipboard.
    pub fn tray_clear(&self) -> Option<String> {
        let ClipboardSight::Held(held) = self.clipboard() else { return None };
        let left = held.until.since(self.now());
        Some(native::tray_clear(
            self.language(),
            &held.name,
            left.as_secs() + u64::from(left.subsec_nanos() > 0),
        ))
    }
}
