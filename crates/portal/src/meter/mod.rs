//! Counting what goes through the gateway, per secret and hour.
//!
//! A call is counted in memory the moment it is answered and is durable about a second later. A
//! reader of usage settles first, so that its numbers hold every call that was answered before.

mod histogram;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use keystow_domain::Timestamp;
use tokio::sync::Notify;

pub(crate) use histogram::Histogram;

use crate::storage::{HourRecord, Storage, StorageError};

/// Milliseconds in an hour.
pub(crate) const HOUR: i64 = 3_600_000;

/// What was counted of one secret in one hour.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    /// Answered 4xx, without 429.
    pub(crate) client_errors: u64,
    pub(crate) server_errors: u64,
    /// Answered 429.
    pub(crate) throttled: u64,
    pub(crate) billable: u64,
    /// The fastest call in microseconds; zero where there was none.
    pub(crate) least: u64,
    /// The slowest call in microseconds.
    pub(crate) most: u64,
    /// All calls together in microseconds.
    pub(crate) sum: u64,
    pub(crate) histogram: Histogram,
}

/// A call that was answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) micros: u64,
}

/// What became of a call, besides its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Not let through: no use of what it carried.
    Refused,
    /// Let through; billable if it succeeded.
    Counted,
    /// Let through, and not billable.
    Free,
}

impl Tally {
    /// Counts one call. What succeeded is billable.
    pub(crate) fn count(&mut self, call: Answered) {
        self.requests += 1;
        match call.status {
            429 => self.throttled += 1,
            400..=499 => self.client_errors += 1,
            500..=599 => self.server_errors += 1,
            _ => self.billable += 1,
        }
        self.least = if self.requests == 1 { call.micros } else { self.least.min(call.micros) };
        self.most = self.most.max(call.micros);
        self.sum += call.micros;
        self.histogram.count(call.micros, 1);
    }

    /// Adds what another tally counted.
    pub(crate) fn add(&mut self, other: &Self) {
        self.least = match (self.requests, other.requests) {
            (0, _) => other.least,
            (_, 0) => self.least,
            _ => self.least.min(other.least),
        };
        self.requests += other.requests;
        self.client_errors += other.client_errors;
        self.server_errors += other.server_errors;
        self.throttled += other.throttled;
        self.billable += other.billable;
        self.most = self.most.max(other.most);
        self.sum += other.sum;
        self.histogram.add(&other.histogram);
    }
}

/// What was counted and is not durable yet.
#[derive(Default)]
pub(crate) struct Meter(Arc<Counts>);

#[derive(Default)]
struct Counts {
    tail: Mutex<HashMap<(String, u32, i64), HourRecord>>,
    /// Held while the tail is on its way to the storage, so that no reader looks in between.
    settling: tokio::sync::Mutex<()>,
    /// Told when there is something in the tail that was empty.
    counted: Notify,
}

impl Meter {
    /// Counts a call that carried version `version` of `key` and was answered at `now`.
    pub(crate) fn count(&self, key: &str, version: u32, call: Answered, taken: Taken, now: Timestamp) {
        let hour = now.as_millis().div_euclid(HOUR);
        let mut tail = self.0.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.is_empty() {
            self.0.counted.notify_one();
        }
        let record = tail.entry((key.to_owned(), version, hour)).or_insert_with(|| HourRecord {
            key: key.to_owned(),
            version,
            hour,
            tally: Tally::default(),
            last_used_at: None,
        });
        let billable = record.tally.billable;
        record.tally.count(call);
        if taken == Taken::Free {
            record.tally.billable = billable;
        }
        if taken != Taken::Refused {
            record.last_used_at = record.last_used_at.max(Some(now));
        }
    }

    /// Waits until something is there to be made durable. While nobody calls, nothing wakes up.
    pub(crate) async fn counted(&self) {
        while self.0.tail.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            self.0.counted.notified().await;
        }
    }

    /// Makes everything counted so far durable, whether or not the caller waits for it: what is on its
    /// way must arrive or be put back.
    ///
    /// # Errors
    ///
    /// Fails if the storage does; nothing is forgotten then.
    pub(crate) async fn settle(&self, storage: &Arc<dyn Storage>) -> Result<(), StorageError> {
        let (counts, storage) = (self.0.clone(), storage.clone());
        let settled = tokio::spawn(async move { counts.settle(&*storage).await }).await;
        settled.map_err(|_| StorageError::Stopped)?
    }
}

impl Counts {
    async fn settle(&self, storage: &dyn Storage) -> Result<(), StorageError> {
        let _settling = self.settling.lock().await;
        let records: Vec<_> = {
            let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
            tail.drain().map(|(_, record)| record).collect()
        };
        if records.is_empty() {
            return Ok(());
        }
        let stored = storage.add_hours(records.clone()).await;
        if stored.is_err() {
            self.take_back(records);
        }
        stored
    }

    fn take_back(&self, records: Vec<HourRecord>) {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            let place = (record.key.clone(), record.version, record.hour);
            match tail.get_mut(&place) {
                Some(newer) => {
                    newer.tally.add(&record.tally);
                    newer.last_used_at = newer.last_used_at.max(record.last_used_at);
                }
                None => drop(tail.insert(place, record)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn nothing_wakes_up_until_a_call_is_counted_and_one_that_came_before_is_not_missed() {
        let meter = Meter::default();
        let call = || {
            meter.count(
                "key",
                1,
                Answered { status: 200, micros: 1 },
                Taken::Counted,
                Timestamp::from_secs(1),
            )
        };
        {
            let mut waiting = pin!(meter.counted());
            let waits =
                std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending()));
            assert!(waits.await);
            call();
            waiting.await;
        }
        // Whoever was called away while it waited finds it again.
        meter.counted().await;
        meter.0.tail.lock().unwrap().clear();
        let mut waiting = pin!(meter.counted());
        let waits = std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending()));
        assert!(waits.await, "what was settled is not waited for");
        call();
        waiting.await;
    }

    #[test]
    fn a_throttled_call_is_counted_nowhere_else() {
        let mut tally = Tally::default();
        for status in [200, 404, 429, 503] {
            tally.count(Answered { status, micros: 100 });
        }
        assert_eq!(
            (tally.requests, tally.client_errors, tally.server_errors, tally.throttled, tally.billable),
            (4, 1, 1, 1, 1)
        );
    }

    #[test]
    fn adding_tallies_is_counting_their_calls() {
        let calls = [(200, 700), (200, 90), (404, 3_000)].map(|(status, micros)| Answered { status, micros });
        let (mut whole, mut first, mut second) = (Tally::default(), Tally::default(), Tally::default());
        calls.iter().for_each(|call| whole.count(*call));
        first.count(calls[0]);
        calls[1..].iter().for_each(|call| second.count(*call));
        first.add(&second);
        assert_eq!(first, whole);
        let mut empty = Tally::default();
        empty.add(&whole);
        assert_eq!(empty, whole, "an empty tally does not pull the fastest call to zero");
    }
}
