//! Accounts, sign-in and the vault, as the window sees them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CommandError;

/// An account in the rail.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// The app's id for it.
    pub id: String,
    /// What the portal is called.
    pub portal_name: String,
    /// The portal's address.
    pub portal: String,
    /// Whether it is the portal inside the app.
    pub built_in: bool,
    /// Who is signed in, as far as the portal tells.
    pub person: Option<String>,
    /// How far it is signed in.
    pub session: SessionView,
    /// What the portal offers; absent until it was asked.
    pub abilities: Option<AbilitiesView>,
}

/// How far an account is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum SessionView {
    /// Calls can be made.
    SignedIn,
    /// The person signed out.
    SignedOut,
    /// The portal ended the session.
    Ended,
    /// The last refresh got no answer.
    Unknown,
}

/// What a portal offers.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AbilitiesView {
    /// Environments for new keys, in the portal's words, with the class that gives the colour.
    pub environments: Vec<crate::view::EnvironmentView>,
    /// Scopes for new keys; empty means free text.
    pub scopes: Vec<String>,
    /// Whether a new key can be given an expiry.
    pub expiry: bool,
    /// What is known about grace.
    pub grace: GraceView,
    /// Whether usage can be read.
    pub usage: bool,
    /// How far back usage goes, in milliseconds.
    pub usage_retention: Option<i64>,
    /// Whether usage tells old and new secret apart.
    pub usage_by_secret: bool,
    /// Whether quota can be read.
    pub quota: bool,
    /// Whether there are developer apps and products.
    pub apps: bool,
    /// Whether there are teams, which own apps together.
    pub teams: bool,
    /// Whether OAuth clients can be registered.
    pub clients: bool,
    /// Whether what was billable can be read.
    pub bill: bool,
    /// Whether whoever is signed in suspends by criteria and reads reports.
    pub administers: bool,
    /// Whether the portal tells what was done and tried there.
    pub log: bool,
}

/// What is known about how long an old secret stays valid.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct GraceView {
    /// Whether a grace can be chosen.
    pub chosen: bool,
    /// Shortest, in milliseconds.
    pub least: Option<i64>,
    /// Longest, in milliseconds.
    pub most: Option<i64>,
    /// Given when none is asked for, in milliseconds.
    pub default: Option<i64>,
    /// Asked for when a secret leaked and its service must stay up, in milliseconds.
    pub to_deliver: Option<i64>,
    /// Whether the portal reports when an old secret ends.
    pub reported: bool,
    /// Whether grace can be ended early.
    pub can_end_early: bool,
    /// Whether a rotation inside grace kills the first old secret; absent if nobody tells.
    pub second_drops_old: Option<bool>,
}

/// The vault.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct VaultView {
    /// What it is now.
    pub state: VaultState,
    /// Why it is not unlocked, with the next step.
    pub error: Option<CommandError>,
}

/// What the vault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum VaultState {
    /// Secrets can be read and stowed.
    Unlocked,
    /// Locked by the person or by time.
    Locked,
    /// The keyring is being asked; a prompt may be up.
    Asking,
    /// The keyring could not be used; `error` says which of its failures it was.
    Unavailable,
}

/// A sign-in in the system browser.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct SignInView {
    /// What the portal is called.
    pub portal_name: String,
    /// Where it stands.
    pub step: SignInStep,
    /// The address the browser was given, to be copied by hand if none opened.
    pub link: Option<String>,
    /// Whether the desktop could be asked to open a browser.
    pub browser_opened: bool,
    /// When the wait ends.
    pub ends_at: Option<i64>,
    /// Why it failed, with the next step.
    pub error: Option<CommandError>,
}

/// Where a sign-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum SignInStep {
    /// The vault is being proven writable and the portal asked for its endpoints.
    Preparing,
    /// The browser has the word.
    Waiting,
    /// The code is being exchanged and the keys are read.
    Finishing,
    /// The account is there.
    Done,
    /// It failed; `error` says why.
    Failed,
}

/// One check of the first screen.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct CheckView {
    /// `keyring`, `clipboard` or `portal`.
    pub name: CheckName,
    /// Whether it passed.
    pub passed: bool,
    /// Why it did not, with the next step.
    pub error: Option<CommandError>,
}

/// What the first screen checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum CheckName {
    /// The keyring can be written.
    Keyring,
    /// A copy can be kept out of clipboard histories.
    Clipboard,
    /// The built-in portal runs.
    Portal,
}

/// A portal to connect.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectInput {
    /// Its address.
    pub address: String,
    /// The OAuth client this app is there.
    pub client_id: String,
    /// What to call it; the host if empty.
    pub name: String,
}
