//! Rotation: how long an old secret still works, told no more exactly than it is known.

use std::time::Duration;

use crate::Timestamp;

/// When an old secret stops working. Never invented: a portal that does not tell gives `Unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraceEnd {
    /// The portal reported this instant.
    At(Timestamp),
    /// Not before `least`, and not after `most`.
    Between {
        /// The old secret works at least until here.
        least: Timestamp,
        /// The old secret works at most until here.
        most: Timestamp,
    },
    /// Minutes to hours; nobody told.
    Unknown,
}

impl GraceEnd {
    /// What is known about the end when a rotation happened between `sent_at` and `answered_at` at a
    /// portal whose grace lies between `least` and `most`.
    pub fn estimate(
        sent_at: Timestamp,
        answered_at: Timestamp,
        least: Option<Duration>,
        most: Option<Duration>,
    ) -> Self {
        match (least, most) {
            (Some(least), Some(most)) => {
                Self::Between { least: sent_at.plus(least), most: answered_at.plus(most) }
            }
            _ => Self::Unknown,
        }
    }

    /// Whether the old secret is certainly refused at `now`.
    pub fn is_over(self, now: Timestamp) -> bool {
        match self {
            Self::At(end) => end <= now,
            Self::Between { most, .. } => most <= now,
            Self::Unknown => false,
        }
    }

    /// The instant to act before: the earlier bound, where there is one.
    pub fn deadline(self) -> Option<Timestamp> {
        match self {
            Self::At(end) => Some(end),
            Self::Between { least, .. } => Some(least),
            Self::Unknown => None,
        }
    }

    /// The later of two ends; what is not known counts as latest.
    pub fn later(self, other: Self) -> Self {
        let rank = |end: Self| match end {
            Self::At(end) => end.as_millis(),
            Self::Between { most, .. } => most.as_millis(),
            Self::Unknown => i64::MAX,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

/// A rotation this app did: what it knows about the old secret by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grace {
    /// When the new secret was issued.
    pub rotated_at: Timestamp,
    /// When the old secret stops working.
    pub end: GraceEnd,
}

/// How long something that ends at `end` still works; zero once it does not.
pub fn remaining(end: Timestamp, now: Timestamp) -> Duration {
    end.since(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    #[test]
    fn grace_counts_down_to_zero_and_stays_there() {
        let end = NOW.plus(Duration::from_secs(2));
        assert_eq!(remaining(end, NOW), Duration::from_secs(2));
        assert_eq!(remaining(end, end.plus(Duration::from_secs(9))), Duration::ZERO);
    }

    #[test]
    fn an_unknown_end_is_never_over_and_has_no_deadline() {
        assert!(!GraceEnd::Unknown.is_over(Timestamp::from_millis(i64::MAX)));
        assert_eq!(GraceEnd::Unknown.deadline(), None);
    }

    #[test]
    fn a_range_warns_at_its_least_and_ends_at_its_most() {
        let range = GraceEnd::estimate(
            NOW,
            NOW.plus(Duration::from_secs(1)),
            Some(Duration::from_secs(60)),
            Some(Duration::from_secs(600)),
        );
        assert_eq!(range.deadline(), Some(NOW.plus(Duration::from_secs(60))));
        assert!(!range.is_over(NOW.plus(Duration::from_secs(600))));
        assert!(range.is_over(NOW.plus(Duration::from_secs(601))));
    }
}
