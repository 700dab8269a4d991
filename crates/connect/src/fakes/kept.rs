//! A key as the portal in memory keeps it.

use keystow_domain::{Key, Timestamp};

/// A key with its secrets; the fake has nothing to hide.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) key: Key,
    pub(super) secret: String,
    pub(super) old: Vec<(String, Timestamp)>,
    pub(super) old_used_at: Option<Timestamp>,
    pub(super) rotations: u32,
}

impl Kept {
    /// A key that was never rotated.
    pub(super) fn new(key: Key, secret: String) -> Self {
        Self { key, secret, old: Vec::new(), old_used_at: None, rotations: 0 }
    }
}
