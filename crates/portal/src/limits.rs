//! How often somebody may call: windows of a minute that begin with the first call.
//!
//! Windows live in memory; a restart forgives.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use keystow_domain::Timestamp;

/// The length of a window.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);
/// Above how many windows the ones that are over are forgotten.
const CROWDED: usize = 4096;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Counted {
    /// Calls with an access token.
    Calls,
    /// Keys made or rotated by an account.
    Changes,
    /// Calls without a credential, by address.
    Anonymous,
    /// Calls of the gateway with a key.
    Gateway,
}

/// What is left of a window after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) resets_at: Timestamp,
    /// Whether the call may be made.
    pub(crate) granted: bool,
}

impl Allowance {
    /// Says it in the headers of an answer, unless a tighter window spoke before.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
        const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
        const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
        if headers.contains_key(LIMIT) {
            return;
        }
        // The reset is told in whole seconds; rounded up, so that waiting for it is enough.
        let reset = (self.resets_at.as_millis() + 999).div_euclid(1000);
        headers.insert(LIMIT, HeaderValue::from(self.limit));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(reset));
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends_at: Timestamp,
    calls: u32,
}

/// All windows that are open.
#[derive(Default)]
pub(crate) struct Windows(Mutex<HashMap<(Counted, String), Window>>);

impl Windows {
    /// Counts a call of `who` and says whether it may be made.
    pub(crate) fn count(&self, counted: Counted, who: &str, limit: u32, now: Timestamp) -> Allowance {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() > CROWDED {
            windows.retain(|_, window| window.ends_at > now);
        }
        let fresh = Window { ends_at: now.plus(WINDOW), calls: 0 };
        let window = windows.entry((counted, who.to_owned())).or_insert(fresh);
        if window.ends_at <= now {
            *window = fresh;
        }
        let granted = window.calls < limit;
        window.calls = window.calls.saturating_add(u32::from(granted));
        Allowance { limit, remaining: limit - window.calls, resets_at: window.ends_at, granted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_500);

    #[test]
    fn the_call_over_the_limit_waits_for_the_reset_and_no_longer() {
        let windows = Windows::default();
        let count = |now| windows.count(Counted::Calls, "a", 2, now);
        assert_eq!((count(NOW).remaining, count(NOW).remaining), (1, 0));
        let refused = count(NOW);
        assert!(!refused.granted);
        let mut headers = HeaderMap::new();
        refused.write(&mut headers);
        let reset: i64 = headers["x-ratelimit-reset"].to_str().unwrap().parse().unwrap();
        assert!(count(Timestamp::from_secs(reset)).granted, "waiting for the reset was not enough");
    }

    #[test]
    fn callers_do_not_share_a_window() {
        let windows = Windows::default();
        assert!(windows.count(Counted::Calls, "a", 1, NOW).granted);
        assert!(windows.count(Counted::Calls, "b", 1, NOW).granted);
        assert!(windows.count(Counted::Gateway, "a", 1, NOW).granted);
    }
}
