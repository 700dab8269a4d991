//! The time at a portal, told from this computer's clocks although they jump, sleep and restart.
//!
//! The wall clock is what people and networks set; it is used only where nothing else is left. What
//! carries an instant of the portal forward is the clock that counts sleep and never jumps, as long as
//! the computer is not restarted: its boot id tells.

use std::time::Duration;

use crate::Timestamp;

/// This computer's clocks, read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock.
    pub wall: Timestamp,
    /// The clock that counts sleep and never jumps.
    pub elapsed: Duration,
    /// Names the run of the computer in which `elapsed` counts; empty if it has no name.
    pub boot: String,
}

/// An instant of a portal and the moment here at which it was that instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Portal minus wall clock at that moment, in milliseconds.
    pub offset: i64,
    /// That moment.
    pub learned: Moment,
}

/// How well the time at a portal is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// To about a second, which is how portals tell it.
    Exact,
    /// As well as the wall clock kept time while the computer was off.
    About,
}

impl Anchor {
    /// The instant of the portal that was learned.
    pub fn instant(&self) -> Timestamp {
        shifted(self.learned.wall, self.offset)
    }

    /// The time at the portal now.
    ///
    /// After a restart it is the wall clock, corrected by what it was off before; it is never earlier
    /// than what the portal itself once told.
    pub fn now(&self, here: &Moment) -> (Timestamp, Certainty) {
        if self.counts_on(here) {
            let since = here.elapsed.saturating_sub(self.learned.elapsed);
            (self.instant().plus(since), Certainty::Exact)
        } else {
            (shifted(here.wall, self.offset).max(self.instant()), Certainty::About)
        }
    }

    /// The same time at the portal, against the wall clock as it is set now: what a restart will need.
    pub fn carried_to(&self, here: &Moment) -> Self {
        let (now, _) = self.now(here);
        Self { offset: now.as_millis().saturating_sub(here.wall.as_millis()), learned: here.clone() }
    }

    /// Whether the clock that never jumps still counts from the same start.
    fn counts_on(&self, here: &Moment) -> bool {
        !here.boot.is_empty() && here.boot == self.learned.boot && here.elapsed >= self.learned.elapsed
    }
}

fn shifted(at: Timestamp, by: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(by))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3_600_000;

    fn moment(wall: i64, elapsed_millis: u64, boot: &str) -> Moment {
        Moment {
            wall: Timestamp::from_millis(wall),
            elapsed: Duration::from_millis(elapsed_millis),
            boot: boot.into(),
        }
    }

    #[test]
    fn a_restart_with_a_clock_that_was_reset_never_goes_before_what_was_told() {
        let anchor = Anchor { offset: 0, learned: moment(1_800_000_000_000, 5, "a") };
        assert_eq!(anchor.now(&moment(0, 5, "b")), (anchor.instant(), Certainty::About));
    }

    #[test]
    fn a_run_without_a_name_is_never_taken_for_the_same() {
        let anchor = Anchor { offset: 0, learned: moment(1_000, 5, "") };
        assert_eq!(anchor.now(&moment(9_000, 6, "")).1, Certainty::About);
    }

    #[test]
    fn what_the_wall_clock_was_set_to_is_known_after_a_restart() {
        let learned = Anchor { offset: 40, learned: moment(1_800_000_000_000, 1_000, "a") };
        // Somebody sets the clock seven hours ahead, an hour later; then the computer is restarted.
        let set = moment(1_800_000_000_000 + 8 * HOUR, 1_000 + HOUR.unsigned_abs(), "a");
        let carried = learned.carried_to(&set);
        let restarted = moment(set.wall.as_millis() + HOUR, 17, "b");
        let (now, certainty) = carried.now(&restarted);
        assert_eq!(now.as_millis(), 1_800_000_000_000 + 40 + 2 * HOUR);
        assert_eq!(certainty, Certainty::About);
    }

    proptest! {
        #[test]
        fn no_wall_clock_moves_the_time_at_the_portal(
            offset in -100 * HOUR..100 * HOUR,
            wall in 0..4_000_000_000_000_i64,
            jump in -4_000_000_000_000..4_000_000_000_000_i64,
            elapsed in 0..10_000_000_000_u64,
            passed in 0..10_000_000_000_u64,
        ) {
            let anchor = Anchor { offset, learned: moment(wall, elapsed, "a") };
            let later = moment(wall.saturating_add(jump), elapsed + passed, "a");
            let (now, certainty) = anchor.now(&later);
            prop_assert_eq!(now, anchor.instant().plus(Duration::from_millis(passed)));
            prop_assert_eq!(certainty, Certainty::Exact);
            prop_assert_eq!(anchor.carried_to(&later).now(&later).0, now);
        }
    }
}
