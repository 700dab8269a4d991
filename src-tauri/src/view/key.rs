//! Keys, as the window sees them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CommandError;

/// Part of the key list, as asked for.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct KeyPageView {
    /// The rows from `offset` on.
    pub rows: Vec<KeyRowView>,
    /// The place of the first row among the matches.
    pub offset: u32,
    /// How many keys match the search and the environment.
    pub matches: u32,
    /// Places, among all matches, of the rows that are rotating: they are taller.
    pub tall: Vec<u32>,
    /// How many keys the account has.
    pub total: u32,
    /// How many keys each environment has, most productive first.
    pub environments: Vec<EnvironmentCount>,
    /// What is due now.
    pub due: DueView,
    /// How fresh the list is.
    pub freshness: FreshnessView,
    /// What of the search could not be understood.
    pub faults: Vec<crate::view::FaultView>,
}

/// What part of the key list is asked for.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyQuery {
    /// What was typed into the search field, at most 200 characters.
    pub search: String,
    /// Only this environment, in the portal's word.
    pub environment: Option<String>,
    /// The order.
    pub sort: KeySort,
    /// How many matches to pass over.
    pub offset: u32,
    /// How many rows to return, at most 200.
    pub limit: u32,
}

/// The order of the key list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum KeySort {
    /// Rotating, then expiring, then living, then dead; by name inside each.
    Attention,
    /// By name.
    Name,
    /// The newest first.
    Created,
    /// The last used first.
    LastUsed,
}

/// One environment and how many keys it has.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentCount {
    /// The environment.
    pub environment: EnvironmentView,
    /// How many keys.
    pub count: u32,
}

/// An environment: the portal's word, and the class that gives it a colour.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentView {
    /// The word to send back to the portal.
    pub word: String,
    /// The short word to show: `prod`, `staging`, `test`, `dev`, or the portal's own.
    pub label: String,
    /// Its place among the four.
    pub class: EnvironmentClass,
}

/// How near an environment is to production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum EnvironmentClass {
    /// Customers are on it.
    Prod,
    /// A rehearsal.
    Staging,
    /// For automated tests.
    Test,
    /// A developer's own, and everything that maps to none of the others.
    Dev,
}

/// What is due now: at most three cells over the list.
#[derive(Debug, Clone, Default, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct DueView {
    /// The rotation whose old secret ends first, and how many there are.
    pub rotating: Option<DueKey>,
    /// The key that expires first, and how many expire soon.
    pub expiring: Option<DueKey>,
    /// The key whose rotation is overdue the longest by its schedule, and how many are.
    pub overdue: Option<DueKey>,
    /// Keys that were not used for 90 days.
    pub unused: u32,
    /// How many subscriptions of the account's own apps wait for somebody.
    pub waiting: u32,
    /// How many subscriptions wait for a decision of whoever is signed in.
    pub asks: u32,
}

/// The most urgent key of its kind.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct DueKey {
    /// The key.
    pub key: crate::view::KeyRef,
    /// The instant to act before; absent if nobody tells.
    pub at: Option<i64>,
    /// When the time that ends at `at` began.
    pub from: Option<i64>,
    /// How many keys there are of this kind.
    pub count: u32,
}

/// How fresh the list is.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct FreshnessView {
    /// When the portal last answered with the whole list.
    pub read_at: Option<i64>,
    /// Whether it is being read now.
    pub reading: bool,
    /// How many keys the reading that is under way has told.
    pub read: u32,
    /// How many keys the list had when it was last read whole; absent if it never was.
    pub of: Option<u32>,
    /// After how many keys the last reading was cut off, if it was.
    pub cut: Option<u32>,
    /// Portal time minus the time of this computer, in milliseconds, once known.
    pub clock_offset: Option<i64>,
    /// Whether that offset was learned before this computer was started, and so is only about right.
    pub clock_about: bool,
    /// Why the last read failed; the list is then the stored one.
    pub error: Option<CommandError>,
    /// Why create, rotate, rename and revoke are off; absent if they are on.
    pub writes_off: Option<CommandError>,
}

/// A row of the key list.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct KeyRowView {
    /// The portal's id.
    pub id: String,
    /// The name, safe to show.
    pub name: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// The developer app it belongs to.
    pub app: Option<AppRef>,
    /// What it has besides, if it is an OAuth client.
    pub client: Option<crate::view::ClientView>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Its environment.
    pub environment: Option<EnvironmentView>,
    /// What may be shown of the secret.
    pub mask: MaskView,
    /// What it is now.
    pub status: StatusView,
    /// When it was made.
    pub created_at: Option<i64>,
    /// When a call last carried it.
    pub last_used_at: Option<i64>,
    /// Whether the portal tells last use at all; if so, an absent date means never.
    pub last_used_known: bool,
    /// When it ends by itself.
    pub expires_at: Option<i64>,
    /// What the copy button does.
    pub copy: CopyAbility,
    /// The old secrets still accepted, the last to end first.
    pub old: Vec<OldSecretView>,
    /// Calls of the last thirty days, a bar a day; absent if not known.
    pub bars: Option<Vec<BarView>>,
    /// A change of this key whose outcome is being found out.
    pub pending: Option<PendingView>,
    /// Whether a rotation of it was begun and is not finished.
    pub open_rotation: bool,
    /// When its rotation is due by its schedule.
    pub due_at: Option<i64>,
    /// When the secrets of a dead key are deleted from this device; absent if it has none here, or lives.
    pub secret_deleted_at: Option<i64>,
}

/// The developer app of a key.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AppRef {
    /// The portal's id.
    pub id: String,
    /// Its name, safe to show; absent until the apps were read.
    pub name: Option<String>,
}

/// What may be shown of a secret.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct MaskView {
    /// The first characters.
    pub prefix: String,
    /// The last characters, or nothing if they are not known.
    pub suffix: Option<String>,
    /// How many other keys of the account begin alike.
    pub shared_by: u32,
}

/// What a key is now.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct StatusView {
    /// Which state.
    pub kind: StatusKind,
    /// The portal's word where it is not known to this app.
    pub word: Option<String>,
    /// The date that belongs to it: expiry, end of grace, rotation.
    pub at: Option<i64>,
}

/// The states a key can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum StatusKind {
    /// Accepted, nothing to do.
    Active,
    /// Accepted, ends soon.
    Expiring,
    /// Accepted, with an old secret beside it.
    Rotating,
    /// Ended by itself.
    Expired,
    /// Ended by somebody.
    Revoked,
    /// Waits for approval.
    Pending,
    /// Switched off for a time.
    Suspended,
    /// A word this app does not know.
    Unknown,
}

/// What the copy button of a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum CopyAbility {
    /// It copies.
    Ready,
    /// There is no secret on this device.
    NoSecret,
    /// The vault is locked.
    Locked,
    /// The key is expired or revoked.
    Dead,
    /// It is a client that has no secret.
    Nothing,
}

/// An old secret that is still accepted.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct OldSecretView {
    /// What may be shown of it.
    pub mask: MaskView,
    /// When it ends.
    pub end: GraceEndView,
    /// When grace began, if known.
    pub from: Option<i64>,
    /// When a call last carried it.
    pub last_used_at: Option<i64>,
    /// Whether it is on this device, to roll back.
    pub copyable: bool,
    /// The old key it belongs to, where the new secret is a key of its own. It lives until it is revoked.
    pub of: Option<crate::view::KeyRef>,
}

/// When an old secret ends, told no more exactly than it is known.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(tag = "known", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum GraceEndView {
    /// The portal reported it.
    Exact {
        /// When.
        at: i64,
    },
    /// Between two instants.
    Range {
        /// Not before.
        least: i64,
        /// Not after.
        most: i64,
    },
    /// Nobody told.
    Unknown,
}

/// One day of a row's small bars.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct BarView {
    /// Calls.
    pub requests: u32,
    /// Calls answered 5xx.
    pub failures: u32,
}

/// A change whose outcome is being found out.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct PendingView {
    /// What it was and what is being done.
    pub what: CommandError,
}

/// All that is known of a key.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct KeyDetailsView {
    /// The row.
    pub row: KeyRowView,
    /// Counts the secrets it has had.
    pub version: Option<u32>,
    /// When its secret was last replaced.
    pub rotated_at: Option<i64>,
    /// When the secret on this device was stowed.
    pub stowed_at: Option<i64>,
    /// Where it is used.
    pub places: Vec<crate::view::PlaceView>,
    /// How often it is to be rotated.
    pub schedule: Option<crate::view::ScheduleView>,
    /// Its finished rotations, the newest first.
    pub receipts: Vec<crate::view::ReceiptView>,
}

/// What a new key shall be.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewKeyInput {
    /// Made by the window when the sheet opens, so that a double click creates one key.
    pub ticket: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Its environment in the portal's word.
    pub environment: Option<String>,
    /// When it shall end.
    pub expires_at: Option<i64>,
    /// The developer app it shall belong to.
    pub app: Option<String>,
}

/// How a revocation ended.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct RevokedView {
    /// The key as it is now.
    pub row: KeyRowView,
    /// Whether it had ended before.
    pub already: bool,
}

/// A key whose secret was just stowed.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct StowedView {
    /// The key.
    pub row: KeyRowView,
}
