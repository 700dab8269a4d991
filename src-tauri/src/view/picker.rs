//! What the picker shows.

use serde::Serialize;
use ts_rs::TS;

use crate::error::CommandError;

use super::{CopyAbility, EnvironmentView, MaskView, StatusView, Theme, VaultState};

/// Everything the picker draws.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct PickerView {
    /// The colours.
    pub theme: Theme,
    /// `system`, or a BCP 47 tag the app speaks.
    pub language: String,
    /// Whether secrets can be copied.
    pub vault: VaultState,
    /// Whether no key is to be seen until it is unlocked.
    pub hidden: bool,
    /// What was looked for.
    pub typed: String,
    /// The rows, 50 at the most.
    pub rows: Vec<PickView>,
    /// How many keys fit.
    pub matches: u32,
    /// How many keys there are, in all accounts.
    pub total: u32,
    /// Why a copy that was asked for from the tray did not happen.
    pub failure: Option<CommandError>,
}

/// A row of the picker.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct PickView {
    /// The account of the key.
    pub account: String,
    /// What to call the account, where there are several.
    pub label: Option<String>,
    /// The portal's id of the key.
    pub id: String,
    /// The name, safe to show.
    pub name: String,
    /// The characters of the name that fit what was typed.
    pub marks: Vec<u32>,
    /// Its environment.
    pub environment: Option<EnvironmentView>,
    /// What may be shown of the secret.
    pub mask: MaskView,
    /// What it is now.
    pub status: StatusView,
    /// What copying it does.
    pub copy: CopyAbility,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Why it stands where it stands.
    pub group: PickKind,
}

/// Why a row of the picker stands where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum PickKind {
    /// The person pinned it.
    Pinned,
    /// It was copied lately.
    Recent,
    /// It is one of the others.
    Rest,
    /// It fits what was typed.
    Found,
}

/// What the app tells the picker.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(tag = "kind", content = "view", rename_all = "camelCase")]
pub enum PickerEvent {
    /// It was put away or brought up: begin again with this.
    Reset(Box<PickerView>),
    /// Keys, vault or settings changed: look again.
    Changed,
}
