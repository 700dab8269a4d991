//! The lock: why it is locked, when it locks by itself, and what is seen meanwhile.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A lock.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct LockView {
    /// Why.
    pub cause: LockCauseView,
    /// Whether the keys are not to be seen. The app sends none meanwhile.
    pub hidden: bool,
}

/// Why the app is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum LockCauseView {
    /// The person said so.
    Person,
    /// Nobody was there for as long as the person chose.
    Idle,
    /// The desktop was locked, or another person has it now.
    Screen,
    /// The computer went to sleep.
    Sleep,
    /// It was started, and only the person's passphrase opens it.
    Start,
}

/// When the app locks by itself, and what is seen meanwhile.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockSettingsView {
    /// After how many minutes without anybody there: 1, 5, 10, 15, 30 or 60; nothing if that does not lock it.
    pub idle_minutes: Option<u32>,
    /// Whether a locked app shows no key. Otherwise names and states stay, and nothing can be copied.
    pub hide: bool,
    /// Whether the secret of a production key is given only to who says twice that it is wanted.
    pub ask_production: bool,
}

/// What the system tells of a person who goes away.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct WatchesView {
    /// How long nobody has touched keyboard and pointer. Otherwise the app knows of its own use alone.
    pub idle: bool,
    /// That the desktop is locked.
    pub screen: bool,
    /// That the computer is about to sleep.
    pub sleep: bool,
}

/// What opens the vault. The passphrase itself is asked for outside of any page.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ProtectionView {
    /// Whether a passphrase does, and not the keyring.
    pub passphrase: bool,
    /// Whether the keyring may hold the vault's key as well, although a passphrase was chosen.
    pub leftover: bool,
    /// Whether somebody can be asked for a passphrase on this system.
    pub on_offer: bool,
    /// Whether somebody is being asked.
    pub asking: bool,
}
