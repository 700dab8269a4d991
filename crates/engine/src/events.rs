//! What the engine tells whoever watches: a closed set, and only that something changed.

use keystow_domain::KeyId;

/// Something changed; the watcher reads what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Accounts, vault, notices or settings.
    App,
    /// The sign-in that is under way.
    SignIn,
    /// What the clipboard holds of ours.
    Clipboard,
    /// The key list of the current account.
    Keys,
    /// The rotation of one key.
    Rotation(KeyId),
    /// The search for an old secret.
    Sweep,
    /// The developer apps of the current account, what waits for a decision, or its teams.
    Apps,
    /// The run over many keys of the current account.
    Bulk,
}
