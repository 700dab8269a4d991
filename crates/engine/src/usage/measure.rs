//! What is read from a bucket: calls, shares of calls, or how long they took.

use keystow_domain::{Bucket, Latency};

/// A share of one in the unit of the axis: millionths.
pub(super) const WHOLE: u64 = 1_000_000;

/// What of usage is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Calls, by how they were answered.
    Requests,
    /// The share of calls that failed, and of those that were throttled; the axis counts millionths.
    Errors,
    /// How long calls took; the axis counts microseconds.
    Latency,
    /// Calls that count towards the bill.
    Billable,
}

impl Metric {
    /// The one value by which keys are compared.
    pub fn of(self, bucket: &Bucket) -> Option<u64> {
        match self {
            Self::Requests => bucket.known.then_some(bucket.requests),
            Self::Errors => failed(bucket),
            Self::Latency => latency(bucket, |latency| latency.p95),
            Self::Billable => bucket.known.then_some(bucket.billable),
        }
    }
}

/// The share of calls that were answered 4xx or 5xx; nothing where there were no calls.
pub(super) fn failed(bucket: &Bucket) -> Option<u64> {
    share(bucket, bucket.client_errors.saturating_add(bucket.server_errors))
}

/// The share of calls that were throttled.
pub(super) fn throttled(bucket: &Bucket) -> Option<u64> {
    share(bucket, bucket.throttled)
}

/// How long calls took; nothing where there were none.
pub(super) fn latency(bucket: &Bucket, part: fn(&Latency) -> u32) -> Option<u64> {
    let latency = bucket.latency.as_ref().filter(|_| bucket.known && bucket.requests > 0);
    latency.map(|latency| u64::from(part(latency)))
}

fn share(bucket: &Bucket, part: u64) -> Option<u64> {
    let calls = Some(bucket.requests).filter(|calls| bucket.known && *calls > 0)?;
    let share = u128::from(part.min(calls)) * u128::from(WHOLE) / u128::from(calls);
    u64::try_from(share).ok()
}

#[cfg(test)]
mod tests {
    use keystow_domain::Timestamp;

    use super::*;

    fn bucket(requests: u64) -> Bucket {
        Bucket {
            start: Timestamp::from_secs(0),
            known: true,
            requests,
            client_errors: 1,
            server_errors: 1,
            throttled: 4,
            billable: 3,
            latency: None,
        }
    }

    #[test]
    fn a_share_of_no_calls_is_nothing_and_not_zero() {
        let none = Bucket { client_errors: 0, server_errors: 0, throttled: 0, ..bucket(0) };
        assert_eq!((failed(&none), throttled(&none), latency(&none, |one| one.p95)), (None, None, None));
        assert_eq!(Metric::Requests.of(&none), Some(0));
        assert_eq!(failed(&bucket(8)), Some(WHOLE / 4));
        assert_eq!(throttled(&bucket(8)), Some(WHOLE / 2));
        let hidden = Bucket { known: false, ..bucket(8) };
        assert_eq!((failed(&hidden), Metric::Billable.of(&hidden)), (None, None));
    }
}
