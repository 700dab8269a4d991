//! Rotation, as the window sees it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CommandError;

/// A key's rotation: before, while the old secret is accepted, and after.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct RotationView {
    /// The key as it is now.
    pub row: crate::view::KeyRowView,
    /// Where the rotation stands.
    pub stage: RotationStage,
    /// The checks before the call; any that failed switches the button off.
    pub preflight: Vec<PreflightView>,
    /// When the new secret was issued.
    pub rotated_at: Option<i64>,
    /// What is proven so far.
    pub evidence: Vec<EvidenceView>,
    /// When the evidence was last read.
    pub read_at: Option<i64>,
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
    /// `vault`, `session`, `clock` or `alone`.
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
    /// The portal shows no traffic on the old secret for fifteen minutes.
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
    /// The grace, in milliseconds, where it can be chosen.
    pub grace: Option<i64>,
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
