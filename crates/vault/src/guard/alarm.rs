//! The deadline of a secret on the clipboard, which also runs while the computer sleeps.

use std::io;
use std::time::Duration;

use crate::clipboard::protocol::LONGEST_KEEP;

/// Rings once, when the deadline has come.
pub(super) struct Alarm {
    /// On the clock of [`clock::now`].
    deadline: Duration,
    clock: clock::Timer,
}

/// Time on the clock that also counts while the computer sleeps.
#[cfg(not(any(target_os = "macos", windows)))]
pub(super) fn now() -> Duration {
    clock::now()
}

impl Alarm {
    /// An alarm that rings after `keep`.
    pub(super) fn set(keep: Duration) -> io::Result<Self> {
        let deadline = clock::now().saturating_add(keep);
        Ok(Self { deadline, clock: clock::Timer::at(deadline)? })
    }

    /// Moves the deadline away, but never further than the longest keep from now.
    pub(super) fn postpone(&mut self, by: Duration) {
        self.deadline = self.deadline.saturating_add(by).min(clock::now().saturating_add(LONGEST_KEEP));
        self.clock.move_to(self.deadline);
    }

    /// The deadline on the wall clock, in milliseconds since 1970.
    #[expect(
        clippy::disallowed_methods,
        reason = "the guard is a program, and this is its one look at the wall clock"
    )]
    pub(super) fn until(&self) -> i64 {
        let left = self.deadline.saturating_sub(clock::now());
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(wall.saturating_add(left).as_millis()).unwrap_or(i64::MAX)
    }

    /// Waits for the deadline.
    pub(super) async fn rings(&self) {
        self.clock.reached().await;
    }
}

/// A timer of the kernel on the clock that counts sleep.
#[cfg(target_os = "linux")]
mod clock {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::time::{
        ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
        timerfd_create, timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    /// Time since the computer started, sleep included.
    pub(super) fn now() -> Duration {
        let now = clock_gettime(ClockId::Boottime);
        Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
    }

    pub(super) struct Timer(AsyncFd<OwnedFd>);

    impl Timer {
        pub(super) fn at(deadline: Duration) -> io::Result<Self> {
            let fd =
                timerfd_create(TimerfdClockId::Boottime, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
            set(&fd, deadline)?;
            // SAFETY: an `OwnedFd` is open for as long as it lives, and nothing replaces it in there.
            let fd = unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }?;
            Ok(Self(fd))
        }

        pub(super) fn move_to(&mut self, deadline: Duration) {
            // A timer that was made once can be set; if not, the earlier deadline stands.
            let _ = set(self.0.get_ref(), deadline);
        }

        pub(super) async fn reached(&self) {
            // A timer that cannot be waited for counts as reached: too early is the safe side.
            let _ = self.0.readable().await;
        }
    }

    fn set(fd: &OwnedFd, deadline: Duration) -> io::Result<()> {
        let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
        // Zero would switch the timer off instead of letting it ring.
        let deadline = deadline.max(Duration::from_nanos(1));
        let seconds = i64::try_from(deadline.as_secs()).unwrap_or(i64::MAX);
        let at = Timespec { tv_sec: seconds, tv_nsec: deadline.subsec_nanos().into() };
        let spec = Itimerspec { it_interval: zero, it_value: at };
        timerfd_settime(fd, TimerfdTimerFlags::ABSTIME, &spec)?;
        Ok(())
    }
}

/// A look at the clock every second, because timers here stop while the computer sleeps.
#[cfg(not(target_os = "linux"))]
mod clock {
    use std::io;
    use std::time::Duration;

    const LOOK: Duration = Duration::from_secs(1);

    /// Time since the computer started, sleep included.
    #[cfg(unix)]
    pub(super) fn now() -> Duration {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
    }

    /// Time since the guard first asked, sleep included.
    #[cfg(windows)]
    #[expect(
        clippy::disallowed_methods,
        reason = "the guard is a program, and this is its one monotonic clock"
    )]
    pub(super) fn now() -> Duration {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }

    pub(super) struct Timer(Duration);

    impl Timer {
        pub(super) fn at(deadline: Duration) -> io::Result<Self> {
            Ok(Self(deadline))
        }

        pub(super) fn move_to(&mut self, deadline: Duration) {
            self.0 = deadline;
        }

        pub(super) async fn reached(&self) {
            loop {
                let left = self.0.saturating_sub(now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK)).await;
            }
        }
    }
}
