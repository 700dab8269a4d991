//! The time: that of this computer, and from it that of each portal.
//!
//! The time at a portal is what it told last, carried on by the clock that counts sleep and never
//! jumps; the wall clock decides nothing while the computer runs (security requirement C.4).

use std::collections::HashMap;
use std::time::Duration;

use keystow_connect::Offset;
use keystow_domain::{AccountId, Anchor, Certainty, Clock, Moment, Timestamp};

use crate::engine::Engine;
use crate::events::Event;

/// A `Date` header is good to a second: smaller differences are its rounding.
const ROUNDING: i64 = 1_000;
/// A wall clock that moved by more against the one that never jumps was set, or the computer's zone of
/// time keeping changed.
const JUMP: i64 = 2_000;
/// How much an offset must differ from the one that is kept to be written down.
const WORTH_KEEPING: i64 = 500;

/// How the time at a portal differs from the time of this computer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClockSight {
    /// Portal minus this computer's wall clock, in milliseconds, once known.
    pub offset: Option<i64>,
    /// Whether it was learned before this computer was started, and so is only about right.
    pub about: bool,
}

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

    fn boot(&self) -> String {
        boot_id()
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

/// The kernel's name for this run of the computer; every process reads the same.
#[cfg(target_os = "linux")]
fn boot_id() -> String {
    static BOOT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let read = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        read.map(|id| id.trim().to_owned()).unwrap_or_default()
    });
    BOOT.clone()
}

/// A name for this process: elsewhere the clock that counts sleep starts with it.
#[cfg(not(target_os = "linux"))]
fn boot_id() -> String {
    static BOOT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| crate::random::token(16));
    BOOT.clone()
}

/// What was learned of a portal's clock before its portal was asked in this process.
#[derive(Debug, Clone)]
pub(crate) struct KeptClock {
    anchor: Anchor,
    certainty: Certainty,
}

impl KeptClock {
    /// What was read from disk at the start. From here on the clock that never jumps carries it.
    pub(crate) fn read(anchor: &Anchor, here: &Moment) -> Self {
        let (_, certainty) = anchor.now(here);
        Self { anchor: anchor.carried_to(here), certainty }
    }
}

/// The time at a portal, as far as it is known.
struct PortalTime {
    at: Timestamp,
    sight: ClockSight,
}

impl Engine {
    /// The time at an account's portal, as far as its clock is known.
    pub(crate) fn portal_now(&self, account: &AccountId) -> Timestamp {
        self.portal_time(account).at
    }

    /// How the time at an account's portal differs from the wall clock, at this moment.
    pub fn clock_sight(&self, account: &AccountId) -> ClockSight {
        self.portal_time(account).sight
    }

    /// The same for the account whose keys are shown.
    pub fn current_clock(&self) -> ClockSight {
        self.current().map(|account| self.clock_sight(&account)).unwrap_or_default()
    }

    fn portal_time(&self, account: &AccountId) -> PortalTime {
        let here = self.0.clock.moment();
        let (told, kept) = {
            let state = self.state();
            let told = state.portals.get(account).and_then(|portal| portal.clock_offset());
            (told, state.clocks.get(account).cloned())
        };
        let (at, certainty) = match (told, kept) {
            // Told to this very process, whose clocks need no name.
            (Some(offset), _) => (carried(&offset, &here), Certainty::Exact),
            (None, Some(kept)) => (kept.anchor.now(&here).0, kept.certainty),
            (None, None) => return PortalTime { at: here.wall, sight: ClockSight::default() },
        };
        let offset = at.as_millis().saturating_sub(here.wall.as_millis());
        let sight = ClockSight { offset: Some(offset), about: certainty == Certainty::About };
        PortalTime { at, sight }
    }

    /// Writes down what is known of the portals' clocks, against the wall clock as it is set now, so
    /// that a restart finds it. What did not change is not written again.
    pub(crate) async fn keep_clocks(&self) {
        let here = self.0.clock.moment();
        let news: Vec<(AccountId, Anchor)> = {
            let mut state = self.state();
            let told = state
                .portals
                .iter()
                .filter_map(|(account, portal)| Some((account.clone(), portal.clock_offset()?)))
                .map(|(account, offset)| {
                    let offset = difference(carried(&offset, &here), here.wall);
                    (account, Anchor { offset, learned: here.clone() })
                });
            // What was told before this process began is still counted on.
            let silent = state.clocks.iter().filter(|(_, kept)| kept.certainty == Certainty::Exact);
            let mut all: HashMap<AccountId, Anchor> =
                silent.map(|(account, kept)| (account.clone(), kept.anchor.carried_to(&here))).collect();
            all.extend(told);
            all.retain(|account, anchor| state.clocks.get(account).is_none_or(|kept| is_news(kept, anchor)));
            for (account, anchor) in &all {
                let kept = KeptClock { anchor: anchor.clone(), certainty: Certainty::Exact };
                state.clocks.insert(account.clone(), kept);
            }
            all.into_iter().collect()
        };
        for (account, anchor) in news {
            if let Err(error) = self.0.store.save_clock(account, anchor).await {
                tracing::warn!(%error, "a portal's clock could not be kept");
            }
        }
    }

    /// Lets the window and the portals be asked again after somebody set the wall clock.
    pub(crate) async fn notice_jump(&self) {
        let here = self.0.clock.moment();
        let drift = difference(here.wall, Timestamp::from_millis(millis(here.elapsed)));
        let before = self.state().drift.replace(drift);
        let jumped = before.is_some_and(|before| (drift - before).abs() > JUMP);
        if !jumped {
            return;
        }
        self.keep_clocks().await;
        // A portal on this computer was set with it, and any other is asked for free.
        {
            let mut state = self.state();
            state.due_again.clear();
            // When to come back was told in the time of a clock that is no more.
            for error in state.listings.freshness_mut().filter_map(|fresh| fresh.error.as_mut()) {
                error.retry_at = None;
            }
        }
        if let Some(account) = self.current() {
            self.warn_of_clock(&account);
        }
        self.tell(Event::Keys);
    }
}

/// What an answer told, carried on to this moment.
fn carried(offset: &Offset, here: &Moment) -> Timestamp {
    let exact =
        if offset.millis.abs() > ROUNDING { offset.to_portal(offset.learned_at) } else { offset.learned_at };
    exact.plus(here.elapsed.saturating_sub(offset.learned_elapsed))
}

fn is_news(kept: &KeptClock, new: &Anchor) -> bool {
    let moved = difference(new.instant(), kept.anchor.now(&new.learned).0).abs() > WORTH_KEEPING;
    let set = (kept.anchor.offset - new.offset).abs() > WORTH_KEEPING;
    moved || set || kept.certainty == Certainty::About
}

fn difference(one: Timestamp, other: Timestamp) -> i64 {
    one.as_millis().saturating_sub(other.as_millis())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
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

    #[test]
    fn a_run_of_the_computer_has_one_name() {
        assert!(!SystemClock.boot().is_empty());
        assert_eq!(SystemClock.boot(), SystemClock.boot());
    }
}
