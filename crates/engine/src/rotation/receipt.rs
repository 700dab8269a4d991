//! Receipts: what is kept of a finished rotation. Masks and dates, never a secret.

use keystow_domain::{CourseId, Mask, Reason, Timestamp, Way};
use serde::{Deserialize, Serialize};

use super::{Evidence, EvidenceKind, Proof};
use crate::places::{Delivered, Place, PlaceKind};
use crate::store::Finished;

/// What is kept of a finished rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its course.
    pub id: CourseId,
    /// Why it was done.
    pub reason: Reason,
    /// How it was done.
    pub way: Way,
    /// Who was signed in when it was finished, as far as the portal tells.
    pub actor: Option<String>,
    /// When it was begun.
    pub opened_at: Timestamp,
    /// When the new secret was issued.
    pub rotated_at: Timestamp,
    /// When the old secret ended, if anybody told.
    pub ended_at: Option<Timestamp>,
    /// When it was finished.
    pub finished_at: Timestamp,
    /// What could be shown of the old secret.
    pub old: Mask,
    /// What could be shown of the new secret.
    pub new: Mask,
    /// The evidence as it stood at the end.
    pub evidence: Vec<Evidence>,
    /// The places as they were at the end.
    pub places: Vec<Place>,
}

/// The part of a receipt that its course does not hold, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    actor: Option<String>,
    ended_at: Option<i64>,
    new: (String, Option<String>),
    evidence: Vec<KeptEvidence>,
    places: Vec<KeptPlace>,
}

#[derive(Serialize, Deserialize)]
struct KeptEvidence {
    kind: String,
    proof: String,
    calls: Option<u64>,
    at: Option<i64>,
    #[serde(default)]
    read_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct KeptPlace {
    id: String,
    kind: String,
    label: String,
    added_at: i64,
    last_at: Option<i64>,
    delivered: Option<(i64, bool)>,
}

impl Receipt {
    /// The text that is kept of it.
    pub(crate) fn write(&self) -> String {
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        let kept = Kept {
            actor: self.actor.clone(),
            ended_at: millis(self.ended_at),
            new: (self.new.prefix.clone(), self.new.suffix.clone()),
            evidence: self.evidence.iter().map(keep_evidence).collect(),
            places: self
                .places
                .iter()
                .map(|place| KeptPlace {
                    id: place.id.clone(),
                    kind: place.kind.word().to_owned(),
                    label: place.label.clone(),
                    added_at: place.added_at.as_millis(),
                    last_at: millis(place.last_at),
                    delivered: place.delivered.map(|it| (it.at.as_millis(), it.by_hand)),
                })
                .collect(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// A receipt as it was kept; nothing if it cannot be read.
    pub(crate) fn read(finished: Finished) -> Option<Self> {
        let kept: Kept = serde_json::from_str(&finished.receipt).ok()?;
        let course = finished.course;
        let instant = |at: Option<i64>| at.map(Timestamp::from_millis);
        Some(Self {
            id: course.id,
            reason: course.reason,
            way: course.way,
            actor: kept.actor,
            opened_at: course.opened_at,
            rotated_at: course.rotated_at?,
            ended_at: instant(kept.ended_at),
            finished_at: finished.finished_at,
            old: course.old,
            new: Mask { prefix: kept.new.0, suffix: kept.new.1 },
            evidence: kept.evidence.iter().filter_map(read_evidence).collect(),
            places: kept
                .places
                .into_iter()
                .map(|place| Place {
                    id: place.id,
                    kind: PlaceKind::from_word(&place.kind),
                    label: place.label,
                    added_at: Timestamp::from_millis(place.added_at),
                    last_at: instant(place.last_at),
                    delivered: place
                        .delivered
                        .map(|(at, by_hand)| Delivered { at: Timestamp::from_millis(at), by_hand }),
                })
                .collect(),
        })
    }
}

const KINDS: [(EvidenceKind, &str); 4] = [
    (EvidenceKind::NewAnswers, "newAnswers"),
    (EvidenceKind::NewUsed, "newUsed"),
    (EvidenceKind::OldQuiet, "oldQuiet"),
    (EvidenceKind::OldRefused, "oldRefused"),
];
const PROOFS: [(Proof, &str); 4] = [
    (Proof::Proven, "proven"),
    (Proof::NotYet, "notYet"),
    (Proof::Later, "later"),
    (Proof::NotProvable, "notProvable"),
];

fn keep_evidence(evidence: &Evidence) -> KeptEvidence {
    let kind = KINDS.iter().find(|(kind, _)| *kind == evidence.kind);
    let proof = PROOFS.iter().find(|(proof, _)| *proof == evidence.proof);
    KeptEvidence {
        kind: kind.map_or("", |(_, word)| word).to_owned(),
        proof: proof.map_or("", |(_, word)| word).to_owned(),
        calls: evidence.calls,
        at: evidence.at.map(Timestamp::as_millis),
        read_at: evidence.read_at.map(Timestamp::as_millis),
    }
}

fn read_evidence(kept: &KeptEvidence) -> Option<Evidence> {
    Some(Evidence {
        kind: KINDS.iter().find(|(_, word)| *word == kept.kind)?.0,
        proof: PROOFS.iter().find(|(_, word)| *word == kept.proof)?.0,
        calls: kept.calls,
        at: kept.at.map(Timestamp::from_millis),
        read_at: kept.read_at.map(Timestamp::from_millis),
    })
}

#[cfg(test)]
mod tests {
    use keystow_domain::{AccountId, Course, KeyId};

    use super::*;

    #[test]
    fn a_receipt_comes_back_as_it_was_written() {
        let at = Timestamp::from_millis;
        let receipt = Receipt {
            id: CourseId::new("c1"),
            reason: Reason::Leaked,
            way: Way::SideBySide,
            actor: Some("nadia@example.com".into()),
            opened_at: at(1),
            rotated_at: at(2),
            ended_at: Some(at(3)),
            finished_at: at(4),
            old: Mask { prefix: "kst_old".into(), suffix: None },
            new: Mask { prefix: "kst_new".into(), suffix: Some("z9".into()) },
            evidence: KINDS
                .iter()
                .zip(PROOFS)
                .map(|(&(kind, _), (proof, _))| Evidence {
                    kind,
                    proof,
                    calls: Some(7),
                    at: None,
                    read_at: Some(at(3)),
                })
                .collect(),
            places: vec![Place {
                id: "place_1".into(),
                kind: PlaceKind::Folder,
                label: "deploy".into(),
                added_at: at(1),
                last_at: None,
                delivered: Some(Delivered { at: at(2), by_hand: true }),
            }],
        };
        let course = Course {
            id: CourseId::new("c1"),
            account: AccountId::new("acc"),
            key: KeyId::new("key_1"),
            name: "billing".into(),
            reason: Reason::Leaked,
            way: Way::SideBySide,
            longest_job: None,
            opened_at: at(1),
            old: receipt.old.clone(),
            rotated_at: Some(at(2)),
            successor: Some(KeyId::new("key_2")),
            ended_at: None,
        };
        let finished = Finished { course, finished_at: at(4), receipt: receipt.write() };
        assert_eq!(Receipt::read(finished), Some(receipt));
    }
}
