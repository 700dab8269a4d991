//! What can be asked about the key list, and the answer.

use std::sync::Arc;

use keystow_domain::{Environment, GraceEnd, Key, KeyId, State, Timestamp};

use crate::Trouble;
use crate::search::Fault;

/// What part of the key list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What was typed into the search field.
    pub search: String,
    /// Only keys of this environment, by its word.
    pub environment: Option<String>,
    /// The order where nothing was typed.
    pub order: Order,
    /// How many matches to pass over.
    pub offset: u32,
    /// How many rows to return; 200 at the most.
    pub limit: u32,
}

/// The order of the key list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// What needs attention first.
    Attention,
    /// By name.
    Name,
    /// The newest first.
    Created,
    /// The last used first.
    LastUsed,
}

/// Part of the key list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The rows from `offset` on.
    pub rows: Vec<Row>,
    /// The place of the first row among the matches.
    pub offset: u32,
    /// How many keys match.
    pub matches: u32,
    /// Places among all matches whose keys are rotating.
    pub tall: Vec<u32>,
    /// How many keys the account has.
    pub total: u32,
    /// How many keys each environment has.
    pub environments: Vec<(Environment, u32)>,
    /// What is due now.
    pub due: Due,
    /// How fresh the list is.
    pub freshness: Freshness,
    /// What of the search could not be understood.
    pub faults: Vec<Fault>,
}

/// What is due now.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// The rotation that ends first.
    pub rotating: Option<DueKey>,
    /// The key that expires first.
    pub expiring: Option<DueKey>,
    /// The key whose rotation is overdue the longest by its schedule.
    pub overdue: Option<DueKey>,
    /// Living keys that were not used for 90 days.
    pub unused: u32,
}

/// The most urgent key of its kind.
#[derive(Debug, Clone)]
pub struct DueKey {
    /// The key's id.
    pub id: KeyId,
    /// The key's name.
    pub name: String,
    /// The instant to act before.
    pub at: Option<Timestamp>,
    /// When the time that ends at `at` began.
    pub from: Option<Timestamp>,
    /// How many keys are of this kind.
    pub count: u32,
}

/// How fresh a list is.
#[derive(Debug, Clone, Default)]
pub struct Freshness {
    /// When the portal last answered with the whole list.
    pub read_at: Option<Timestamp>,
    /// Whether it is being read now.
    pub reading: bool,
    /// How many keys the reading that is under way has told.
    pub read: u32,
    /// How many keys the list had when it was last read whole; nothing if it never was.
    pub of: Option<u32>,
    /// After how many keys the last reading was cut off, if it was.
    pub cut: Option<u32>,
    /// Whether the person stopped it, so that it is not begun again unless they say so.
    pub stopped: bool,
    /// Portal time minus the time of this computer, in milliseconds.
    pub clock_offset: Option<i64>,
    /// Whether that offset was learned before this computer was started, and so is only about right.
    pub clock_about: bool,
    /// Why the last read failed.
    pub error: Option<Trouble>,
    /// Why changes are off.
    pub writes_off: Option<Trouble>,
}

/// A key with everything this app knows about it at one time.
#[derive(Debug, Clone)]
pub struct Row {
    /// What the portal tells.
    pub key: Key,
    /// What it is now.
    pub state: State,
    /// Whether its current secret is on this device.
    pub stowed: Option<Timestamp>,
    /// When the secrets of a dead key are deleted from this device.
    pub deleted_at: Option<Timestamp>,
    /// Its old secrets that are still accepted, the last to end first.
    pub old: Vec<OldSecret>,
    /// How many other keys of the account have the same prefix.
    pub prefix_shared_by: u32,
    /// Calls and failures of the last thirty days, a pair a day.
    pub bars: Option<Arc<Vec<(u32, u32)>>>,
    /// A change whose outcome is being found out.
    pub pending: Option<Trouble>,
    /// When its rotation is due by its schedule.
    pub due_at: Option<Timestamp>,
    /// Whether a rotation of it was begun and is not finished.
    pub open_rotation: bool,
}

/// An old secret that is still accepted.
#[derive(Debug, Clone)]
pub struct OldSecret {
    /// Its first characters.
    pub prefix: String,
    /// Its last characters, where they are known.
    pub suffix: Option<String>,
    /// When it ends.
    pub end: GraceEnd,
    /// When its grace began, where that is known.
    pub from: Option<Timestamp>,
    /// When a call last carried it.
    pub last_used_at: Option<Timestamp>,
    /// Whether it is on this device.
    pub stowed: bool,
    /// The key it belongs to with its name, where that is another one; it lives until it is revoked.
    pub of: Option<(KeyId, String)>,
}
