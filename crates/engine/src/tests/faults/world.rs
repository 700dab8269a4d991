//! Everything around the app: time, the plan, and what is waited for.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use keystow_domain::{Clock, OperationId, Timestamp};
use keystow_vault::{DiskFault, Disturbance, VaultError};
use tokio::sync::oneshot;

use super::plan::{Course, Kind, Place, Strike};
use crate::host::{Host, Step};

/// When every cell begins.
const START: i64 = 1_800_000_000_000;
const HOUR: i64 = 3_600_000;
/// How often in a row nothing must have happened before the app counts as waiting for time to pass.
const CALM: u32 = 6;

/// The world of one cell. Time moves only when nobody has anything left to do.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) course: Course,
    /// The true time since the start, in milliseconds.
    elapsed: AtomicI64,
    /// How far this computer's clock is wrong.
    skew: AtomicI64,
    sleepers: Mutex<Vec<(i64, oneshot::Sender<()>)>>,
    /// Uses of a disk that are waited for.
    busy: AtomicUsize,
    steps: AtomicUsize,
}

impl World {
    /// Asks the plan about a call, and moves the clocks if that is what goes wrong.
    pub(crate) fn strike(&self, place: Place) -> Strike {
        self.steps.fetch_add(1, Ordering::SeqCst);
        let strike = self.course.strike(place);
        match strike {
            Strike::By(Kind::AnHourAhead) => drop(self.skew.fetch_add(HOUR, Ordering::SeqCst)),
            Strike::By(Kind::AnHourBack) => drop(self.skew.fetch_sub(HOUR, Ordering::SeqCst)),
            Strike::By(Kind::SleepsTwoHours) => {
                self.elapsed.fetch_add(2 * HOUR, Ordering::SeqCst);
                // Timers stand still while the computer sleeps.
                let mut all = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
                all.iter_mut().for_each(|(due, _)| *due += 2 * HOUR);
            }
            _ => {}
        }
        match strike {
            Strike::By(kind) if kind.is_time() => Strike::None,
            strike => strike,
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        Duration::from_millis(self.elapsed.load(Ordering::SeqCst).unsigned_abs())
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.elapsed.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// How far the portal's clock is ahead of this computer's, in milliseconds.
    pub(crate) fn offset(&self) -> i64 {
        -self.skew.load(Ordering::SeqCst)
    }

    async fn rest(&self, pause: Duration) {
        let due = self.elapsed.load(Ordering::SeqCst) + i64::try_from(pause.as_millis()).unwrap();
        let (wake, woken) = oneshot::channel();
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner).push((due, wake));
        let _ = woken.await;
    }

    /// Moves time to the next that somebody waits for, if that is not beyond `end`.
    fn advance(&self, end: Duration) -> bool {
        let mut all = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(_, wake)| !wake.is_closed());
        let Some(next) = all.iter().map(|(due, _)| *due).min() else { return false };
        if Duration::from_millis(next.unsigned_abs()) > end {
            return false;
        }
        self.elapsed.fetch_max(next, Ordering::SeqCst);
        let due: Vec<_> = all.extract_if(.., |(due, _)| *due <= next).collect();
        drop(all);
        for (_, wake) in due {
            let _ = wake.send(());
        }
        true
    }

    /// Returns when everybody waits for time to pass, or for nothing.
    async fn calm(&self) {
        let (mut calm, mut steps) = (0, self.steps.load(Ordering::SeqCst));
        while calm < CALM {
            tokio::task::yield_now().await;
            let now = self.steps.load(Ordering::SeqCst);
            if self.busy.load(Ordering::SeqCst) > 0 {
                std::thread::yield_now();
                calm = 0;
            } else if now == steps {
                calm += 1;
            } else {
                (calm, steps) = (0, now);
            }
        }
    }

    /// Lets time pass until something is as wanted; `false` if it never is, or not within `limit`.
    pub(crate) async fn until(&self, limit: Duration, mut wanted: impl AsyncFnMut() -> bool) -> bool {
        let end = self.elapsed() + limit;
        loop {
            self.calm().await;
            if wanted().await {
                return true;
            }
            if self.course.is_dead() || !self.advance(end) {
                return false;
            }
        }
    }

    /// A new process: nobody waits any more.
    pub(crate) fn restart(&self) {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.busy.store(0, Ordering::SeqCst);
        self.course.revive();
    }
}

/// The clock of this computer, which may be wrong.
pub(crate) struct Here(pub(crate) Arc<World>);

impl Clock for Here {
    fn now(&self) -> Timestamp {
        let true_time = self.0.elapsed.load(Ordering::SeqCst);
        Timestamp::from_millis(START + true_time + self.0.skew.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The clock of the portal, which is right.
pub(crate) struct There(pub(crate) Arc<World>);

impl Clock for There {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(START + self.0.elapsed.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The desktop.
pub(crate) struct Desktop(pub(crate) Arc<World>);

#[async_trait]
impl Host for Desktop {
    fn open_browser(&self, _address: &str) -> bool {
        true
    }

    fn passed(&self, _step: Step, _operation: &OperationId) {}

    async fn rest(&self, pause: Duration) {
        self.0.rest(pause).await;
    }
}

/// A disk: the vault's, or the journal's.
pub(crate) struct Disk(pub(crate) Arc<World>, pub(crate) Place);

impl Disturbance for Disk {
    fn strike(&self) -> Option<DiskFault> {
        Some(match self.0.strike(self.1) {
            Strike::None => return None,
            Strike::Dead | Strike::By(Kind::DiesBefore) => DiskFault::Before(VaultError::Closed),
            Strike::By(Kind::DiesAfter) => DiskFault::After(VaultError::Closed),
            Strike::By(Kind::DiskFull) => DiskFault::Before(VaultError::DiskFull),
            Strike::By(Kind::DiskLies) => DiskFault::After(VaultError::Database(10)),
            Strike::By(Kind::DiskAlters) => DiskFault::Altered,
            Strike::By(_) => DiskFault::Before(VaultError::Database(10)),
        })
    }

    fn began(&self) {
        self.0.busy.fetch_add(1, Ordering::SeqCst);
    }

    fn ended(&self) {
        // What was begun before a restart is not waited for after it.
        let _ = self.0.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |busy| busy.checked_sub(1));
        self.0.steps.fetch_add(1, Ordering::SeqCst);
    }
}
