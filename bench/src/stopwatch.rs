//! The clock of the measurements.
//!
//! The only place of the bench that reads the time.

use std::time::{Duration, Instant, SystemTime};

use keystow_domain::{Clock, Timestamp};

/// The moment this is called.
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock of the machine it is about")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds from one moment to another.
pub(crate) fn millis(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1e3
}

/// The clock of this machine, for the parts of Keystow that want one.
pub(crate) struct MachineClock(Instant);

impl MachineClock {
    /// Starts to count now.
    pub(crate) fn new() -> Self {
        Self(now())
    }
}

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "the records made here carry the time of the machine")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
