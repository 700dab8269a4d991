//! Where a key is used, as the window sees it. Never a value.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CommandError;

/// A place where the secret of a key is used.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct PlaceView {
    /// Its id.
    pub id: String,
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// The person's words for it, a folder, a command or a CI target.
    pub label: String,
    /// When it was first named.
    pub added_at: i64,
    /// When the secret last went there from here.
    pub last_at: Option<i64>,
    /// Whether the new secret of the open rotation is there, and who said so.
    pub delivered: Option<DeliveredView>,
}

/// That a new secret reached a place.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct DeliveredView {
    /// When.
    pub at: i64,
    /// Whether the person ticked it; otherwise the copy that went there did.
    pub by_hand: bool,
}

/// The kinds of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum PlaceKind {
    /// Free text.
    Text,
    /// A folder of this computer.
    Folder,
    /// A command that was run with it.
    Command,
    /// A target of continuous integration.
    Ci,
}

/// A place to remember.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceInput {
    /// The key.
    pub key: String,
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// Its words, at most 200 characters.
    pub label: String,
}

/// A search of this computer for an old secret.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct SweepView {
    /// The key whose old secret is sought.
    pub key: String,
    /// Where it stands.
    pub state: SweepState,
    /// Files read so far.
    pub files: u32,
    /// Files that could not be read or are too large.
    pub skipped: u32,
    /// The folder it is in.
    pub folder: Option<String>,
    /// Where the old secret was found.
    pub found: Vec<FoundView>,
    /// Why it ended before its time.
    pub error: Option<CommandError>,
}

/// Where a sweep stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum SweepState {
    /// It reads.
    Running,
    /// Everything was read.
    Done,
    /// The person stopped it.
    Cancelled,
    /// It could not go on.
    Failed,
}

/// A line that holds an old secret.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct FoundView {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// Whether it stands there encoded as base64.
    pub base64: bool,
}

/// What a sweep shall search.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SweepInput {
    /// The key whose old secret is sought.
    pub key: String,
    /// Folders; `~` is the home folder.
    pub folders: Vec<String>,
    /// Whether the settings files of the home folder are searched.
    pub dotfiles: bool,
    /// Whether the histories of the shells are searched.
    pub history: bool,
}
