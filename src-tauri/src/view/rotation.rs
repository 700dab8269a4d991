//! Rotation, as the window sees it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CommandError;

/// A key's rotation: before, while the old secret is accepted, and after.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct RotationView {
    /// The key as it is now; the new one, where the old secret belongs to another key.
    pub row: crate::view::KeyRowView,
    /// Where the rotation stands.
    pub stage: RotationStage,
    /// What the person chose, kept on disk until the rotation is finished; absent before the first choice.
    pub course: Option<CourseView>,
    /// The ways this portal allows, the one to prefer first.
    pub ways: Vec<RotationWay>,
    /// The checks before the call; any that failed switches the button off.
    pub preflight: Vec<PreflightView>,
    /// When the new secret was issued.
    pub rotated_at: Option<i64>,
    /// The places the new secret has to be brought to.
    pub places: Vec<crate::view::PlaceView>,
    /// What is proven so far.
    pub evidence: Vec<EvidenceView>,
    /// How long the old secret must be unused to count as quiet, in milliseconds.
    pub quiet: i64,
    /// How a secret of this key is tried; absent where nobody said how.
    pub probe: Option<ProbeView>,
    /// The old secret is still used although its end is near.
    pub straggler: Option<StragglerView>,
    /// When the evidence was last read.
    pub read_at: Option<i64>,
    /// The receipt of the last finished rotation.
    pub receipt: Option<ReceiptView>,
    /// When the next rotation is due by its schedule.
    pub next_due: Option<i64>,
}

/// What the person chose for a rotation. It outlives the dialog and the app.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct CourseView {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: RotationReason,
    /// How.
    pub way: RotationWay,
    /// The longest job that uses the old secret, in milliseconds, as the person said.
    pub longest_job: Option<i64>,
    /// When it was begun.
    pub opened_at: i64,
    /// The old key, where the new secret belongs to a key of its own.
    pub old_key: Option<crate::view::KeyRef>,
}

/// How a secret is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum RotationWay {
    /// A second key beside the first, which is revoked when nothing uses it any more.
    SideBySide,
    /// The same key gets a new secret; the old one lives for the portal's grace.
    InPlace,
}

/// How a secret of a key is tried.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbeView {
    /// The address that is called with GET.
    pub url: String,
    /// The header that carries the secret.
    pub header: String,
    /// What stands before the secret in the header, such as `Bearer `; empty for nothing.
    pub before: String,
    /// Whether this is the portal's own check and not one the person set.
    pub own: bool,
}

/// An old secret that is still used although its end is near.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct StragglerView {
    /// When a call last carried it.
    pub last_used_at: Option<i64>,
    /// Calls that carried it since the rotation, where the portal counts them apart; hours are whole.
    pub calls: Option<u32>,
    /// When it ends, as far as it is known.
    pub ends_at: Option<i64>,
}

/// What is kept of a finished rotation.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptView {
    /// Its id.
    pub id: String,
    /// Why it was done.
    pub reason: RotationReason,
    /// How it was done.
    pub way: RotationWay,
    /// Who did it, as far as the portal tells.
    pub actor: Option<String>,
    /// When it was begun, when the new secret was issued, when the old one ended, when it was finished.
    pub opened_at: i64,
    /// When the new secret was issued.
    pub rotated_at: i64,
    /// When the old secret ended; absent if nobody told.
    pub ended_at: Option<i64>,
    /// When it was finished.
    pub finished_at: i64,
    /// What could be shown of the old and of the new secret.
    pub old: crate::view::MaskView,
    /// What can be shown of the new secret.
    pub new: crate::view::MaskView,
    /// The evidence as it stood at the end.
    pub evidence: Vec<EvidenceView>,
    /// The places, and whether the new secret was brought there.
    pub places: Vec<crate::view::PlaceView>,
}

/// Where a rotation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum RotationStage {
    /// No old secret is accepted; a rotation can start.
    Ready,
    /// The call went out and its outcome is being found out.
    Asking,
    /// Both secrets are accepted.
    Grace,
    /// The old secret has ended.
    Ended,
}

/// One check before a rotation.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct PreflightView {
    /// Which one.
    pub name: PreflightName,
    /// Whether it passed.
    pub passed: bool,
    /// A figure that belongs to it: the clock's offset in milliseconds.
    pub figure: Option<i64>,
    /// Why it did not pass.
    pub error: Option<CommandError>,
}

/// What is checked before a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum PreflightName {
    /// A record of the right size was written, read back and deleted.
    Vault,
    /// The session lives longer than the call.
    Session,
    /// The portal's clock is known.
    Clock,
    /// No other rotation of the key is open.
    Alone,
    /// As far as the portal tells, nobody rotated the key elsewhere.
    Elsewhere,
}

/// One rung of the evidence ladder.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceView {
    /// Which rung.
    pub name: EvidenceName,
    /// How far it is proven.
    pub state: EvidenceState,
    /// Calls that belong to it.
    pub calls: Option<u32>,
    /// The last of them, or when it was tried.
    pub at: Option<i64>,
    /// When what it rests on was read; absent if it never was.
    pub read_at: Option<i64>,
}

/// The rungs of the evidence ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum EvidenceName {
    /// The new secret answers at the portal's own check.
    NewAnswers,
    /// The portal shows traffic on the new secret.
    NewUsed,
    /// The portal shows no traffic on the old secret for as long as the person chose.
    OldQuiet,
    /// The old secret is refused.
    OldRefused,
}

/// How far a rung is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum EvidenceState {
    /// Seen.
    Proven,
    /// Not seen so far.
    NotYet,
    /// Can only be seen after the end.
    Later,
    /// This portal cannot show it.
    NotProvable,
}

/// A rotation to start.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateInput {
    /// Made by the window when the dialog opens, so that a double click rotates once.
    pub ticket: String,
    /// The key.
    pub key: String,
    /// Why; decides what the wizard leads to.
    pub reason: RotationReason,
    /// How.
    pub way: RotationWay,
    /// The grace, in milliseconds, where it can be chosen.
    pub grace: Option<i64>,
    /// The longest job that uses the old secret, in milliseconds.
    pub longest_job: Option<i64>,
    /// Whether the person knows that an old secret is still accepted and what happens to it.
    pub again: bool,
    /// The name of the second key, for the way that makes one.
    pub successor: Option<String>,
}

/// What the person chose so far; kept so that a closed wizard opens where it was.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CourseInput {
    /// The key.
    pub key: String,
    /// Why.
    pub reason: RotationReason,
    /// How.
    pub way: RotationWay,
    /// The longest job that uses the old secret, in milliseconds.
    pub longest_job: Option<i64>,
}

/// Why a key is rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum RotationReason {
    /// It is time.
    Planned,
    /// Somebody else may have the secret.
    Leaked,
}
