//! What the clipboard holds of ours.

use serde::Serialize;
use ts_rs::TS;

use crate::error::CommandError;

/// What the clipboard holds of ours. Never "copied" before the system confirmed it.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClipboardView {
    /// Nothing of ours.
    Empty,
    /// A secret is on it.
    Held {
        /// The key.
        key: crate::view::KeyRef,
        /// Whether it is the old secret of a rotation.
        old: bool,
        /// When it is cleared.
        until: i64,
        /// How long it stays in all, in milliseconds.
        total: i64,
        /// Whether to ask, this once, where it is going.
        ask_place: bool,
    },
    /// The person copied something else; nothing is cleared.
    Replaced,
    /// Cleared, and the clipboard was read back.
    Cleared {
        /// When.
        at: i64,
        /// The key whose secret it was.
        key: Option<crate::view::KeyRef>,
    },
    /// It could not be verified that the clipboard is empty.
    Unverified {
        /// Why, and what to do.
        error: CommandError,
    },
}
