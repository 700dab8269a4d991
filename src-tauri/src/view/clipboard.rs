//! What the clipboard holds of ours.

use serde::Serialize;
use ts_rs::TS;

use super::FormKind;
use crate::error::CommandError;

/// Who read a copied secret, as far as the clipboard tells.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptsView {
    /// Whether this clipboard tells who reads. If not, nobody knows.
    pub told: bool,
    /// Who read, the first reader first.
    pub readers: Vec<ReaderView>,
}

/// A program that read a copied secret.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ReaderView {
    /// Its name; nothing if it could not be told.
    pub program: Option<String>,
    /// Whether it has the name of a clipboard manager.
    pub is_manager: bool,
    /// How often; ten stands for ten and more.
    pub times: u32,
    /// How many milliseconds after the copy, if that is sooner than a person could have pasted and no known
    /// clipboard manager explains it.
    pub hasty: Option<u32>,
}

/// What came of taking a secret from the clipboard.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ImportView {
    /// The key, whose secret is on this device now.
    pub row: crate::view::KeyRowView,
    /// Whether the secret was tried and accepted. Otherwise there is nowhere to try it.
    pub tried: bool,
    /// What the clipboard has now.
    pub left: LeftView,
}

/// What came of taking a secret from a file that the person chose.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum FileImportView {
    /// It was taken; the file is as it was.
    Taken {
        /// The key, whose secret is on this device now.
        row: Box<crate::view::KeyRowView>,
        /// Whether the secret was tried and accepted. Otherwise there is nowhere to try it.
        tried: bool,
        /// The file's path, as it is shown.
        file: String,
    },
    /// Several variables look like the secret: one is to be named.
    Which {
        /// The file's path, as it is shown.
        file: String,
        /// The variables, in the file's order.
        variables: Vec<String>,
    },
    /// No file was chosen.
    Dismissed,
}

/// What became of the clipboard that a secret came from.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum LeftView {
    /// It was cleared, and reading it back confirmed it.
    Cleared,
    /// Something else was there already, which was left alone.
    Replaced,
    /// It may still have the secret.
    Unverified,
}

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
        /// The form it was copied in.
        form: FormKind,
        /// Whether it is cleared after the first paste.
        once: bool,
        /// Whether to ask, this once, where it is going.
        ask_place: bool,
        /// Who read it until now.
        receipts: ReceiptsView,
    },
    /// The person copied something else; nothing is cleared.
    Replaced {
        /// Who had read the secret until then.
        receipts: ReceiptsView,
    },
    /// Cleared, and the clipboard was read back.
    Cleared {
        /// When.
        at: i64,
        /// The key whose secret it was.
        key: Option<crate::view::KeyRef>,
        /// Who had read it.
        receipts: ReceiptsView,
    },
    /// It could not be verified that the clipboard is empty.
    Unverified {
        /// Why, and what to do.
        error: CommandError,
    },
}
