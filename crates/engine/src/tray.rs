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
    /// Ends the app.
    pub quit: &'static str,
}

impl Engine {
    /// What the tray shows now.
    pub fn tray(&self) -> TraySight {
        let language = self.language();
        let keys = self.first_picks(MOST_KEYS).into_iter().map(|(account, key, name)| {
            let line = native::tray_copy(language, &name);
            (account, key, line)
        });
        TraySight {
            clear: self.tray_clear(),
            keys: keys.collect(),
            timers: self.timers(),
            unlocked: self.vault() == VaultSight::Unlocked,
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
