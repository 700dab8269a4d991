//! The time of this computer: the one place of the workspace's app side that reads it.

use std::time::Duration;

use keystow_domain::{Clock, Timestamp};

/// The clocks of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the implementation of the clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> Duration {
        boot_time()
    }
}

/// `CLOCK_BOOTTIME` counts while the computer sleeps; `Instant` on Linux does not.
#[cfg(target_os = "linux")]
fn boot_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Counts sleep on Windows. On macOS it does not, so a timer there is corrected when the list is read.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "this is the implementation of the clock")]
fn boot_time() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_time_never_goes_back() {
        let (first, second) = (SystemClock.elapsed(), SystemClock.elapsed());
        assert!(second >= first);
        assert!(SystemClock.now().as_secs() > 1_700_000_000, "the wall clock is a Unix time");
    }
}
