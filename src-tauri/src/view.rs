//! What a window may see.
//!
//! Everything that crosses to TypeScript is declared here and in [`crate::error`]. No type here can
//! hold a secret: the shell has no dependency on the crate that could name one. Instants are
//! milliseconds since the Unix epoch, durations are milliseconds.

mod account;
mod admin;
mod apps;
mod audit;
mod bill;
mod bulk;
mod clients;
mod clipboard;
mod forms;
mod health;
mod key;
mod lock;
mod mapping;
mod picker;
mod places;
mod quota;
mod rotation;
mod schedule;
mod teams;
mod usage;

pub use account::*;
pub use admin::*;
pub use apps::*;
pub use audit::*;
pub use bill::*;
pub use bulk::*;
pub use clients::*;
pub use clipboard::*;
pub use forms::*;
pub use health::*;
pub use key::*;
pub use lock::*;
pub use picker::*;
pub use places::*;
pub use quota::*;
pub use rotation::*;
pub use schedule::*;
pub use teams::*;
pub use usage::*;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CommandError;

/// Everything the frame of the window needs.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AppView {
    /// The version of the app.
    pub version: String,
    /// The accounts, in the order they were added. Empty means first run.
    pub accounts: Vec<AccountView>,
    /// The account whose keys are shown.
    pub current: Option<String>,
    /// Whether secrets can be read and stowed.
    pub vault: VaultView,
    /// What opens the vault.
    pub protection: ProtectionView,
    /// Why it is locked and what is seen meanwhile; absent while it is open, or was not opened yet.
    pub lock: Option<LockView>,
    /// A sign-in that is under way or just ended.
    pub sign_in: Option<SignInView>,
    /// What the clipboard holds of ours.
    pub clipboard: ClipboardView,
    /// Things to tell at the top of the window until they are dismissed or over.
    pub notices: Vec<NoticeView>,
    /// The choices of the person.
    pub settings: SettingsView,
    /// Whether the built-in portal runs, and where.
    pub built_in_portal: Option<String>,
    /// The keys of the current account that the picker shows first.
    pub pinned: Vec<String>,
    /// What this desktop lets the app do.
    pub desktop: DesktopView,
    /// What the system tells of a person who goes away.
    pub watches: WatchesView,
}

/// What this desktop lets the app do.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct DesktopView {
    /// Whether the key of the picker works.
    pub hotkey: HotkeyState,
    /// Whether the desktop shows the app's icon in a tray.
    pub tray: bool,
    /// Which desktop it is, where its settings say how a command is bound to a key.
    pub kind: DesktopKind,
}

/// The desktops whose settings are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum DesktopKind {
    /// GNOME and what is made of it.
    Gnome,
    /// KDE Plasma.
    Kde,
    /// sway.
    Sway,
    /// Hyprland.
    Hyprland,
    /// Another one.
    Other,
}

/// Whether the key of the picker works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum HotkeyState {
    /// No key was chosen.
    Off,
    /// It opens the picker from every program.
    Works,
    /// It does, and the desktop decides which key it is.
    ByDesktop,
    /// Another program has it.
    Taken,
    /// This desktop gives no key to a program.
    Absent,
}

/// How the portal's clock differs from this computer's at this moment.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ClockView {
    /// Portal time minus the time of this computer, in milliseconds, once known.
    pub offset: Option<i64>,
    /// Whether it was learned before this computer was started, and so is only about right.
    pub about: bool,
}

/// What the window draws before it has asked for anything: the app as it was when the window opened.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct FirstView {
    /// The frame.
    pub app: AppView,
    /// The beginning of the list, as the window asks for it first; absent without an account.
    pub keys: Option<KeyPageView>,
}

/// The choices of the person.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingsView {
    /// `system`, `light` or `dark`.
    pub theme: Theme,
    /// `system`, or a BCP 47 tag the app speaks: `en`, `ar`, `fr`.
    pub language: String,
    /// How long a copied secret stays on the clipboard, 10 to 120 seconds.
    pub clipboard_seconds: u32,
    /// Whether a copied secret is cleared after the first paste, where the clipboard tells who reads.
    pub paste_once: bool,
    /// What opens the picker from any program, such as `Ctrl+Alt+K`; nothing if nothing does.
    pub hotkey: Option<String>,
    /// Whether closing the window leaves the app in the tray, where there is one.
    pub keep_in_tray: bool,
    /// When the app locks by itself, and what is seen meanwhile.
    pub lock: LockSettingsView,
}

/// The colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// As the desktop says.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Something to tell at the top of the window.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct NoticeView {
    /// Names the notice when it is dismissed.
    pub id: String,
    /// How urgent it is.
    pub tone: NoticeTone,
    /// What happened, what it means for the keys, and the next step.
    pub what: CommandError,
    /// The key it is about.
    pub key: Option<KeyRef>,
    /// What its one button does.
    pub action: Option<NoticeAction>,
    /// Whether it may be put away by hand.
    pub dismissible: bool,
}

/// How urgent a notice is: slate, amber, red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum NoticeTone {
    /// Good to know.
    Info,
    /// Act soon.
    Warning,
    /// A secret is at risk.
    Danger,
}

/// What the button of a notice does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum NoticeAction {
    /// Ask the portal again.
    Retry,
    /// Start a sign-in.
    SignIn,
    /// Open the rotation of the key.
    Rotate,
    /// Unlock the vault.
    Unlock,
    /// Show the usage of the key, or of all keys.
    Usage,
    /// Show the developer apps.
    Apps,
}

/// A key named in a message.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct KeyRef {
    /// The portal's id.
    pub id: String,
    /// The name, safe to show.
    pub name: String,
}

/// What an engine event tells the window.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(tag = "kind", content = "view", rename_all = "camelCase")]
pub enum WindowEvent {
    /// Accounts, vault, notices or settings changed.
    App(Box<AppView>),
    /// A sign-in moved on.
    SignIn(Option<SignInView>),
    /// The clipboard changed.
    Clipboard(ClipboardView),
    /// The key list changed: read it again.
    Keys,
    /// The developer apps or what waits for a decision changed: read them again.
    Apps,
    /// The rotation of a key changed: read it again.
    Rotation(String),
    /// The run over many keys moved on.
    Bulk(BulkView),
    /// The search for an old secret moved on.
    Sweep(SweepView),
}
