//! How often somebody may call or try: windows that begin with the first call.
//!
//! Windows live in memory, in bounded room; a restart forgives. Portals that share a database count there, so that
//! nobody gets more by calling several.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use keystow_domain::Timestamp;

use crate::storage::{CountStore, StorageError, Window};

/// The length of a window.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);
const TEN_MINUTES: Duration = Duration::from_secs(600);
const AN_HOUR: Duration = Duration::from_secs(3600);
/// How many windows of a kind there is room for.
const ROOM: usize = 16_384;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i16)]
pub(crate) enum Counted {
    /// Calls with an access token.
    Calls = 1,
    /// Keys made or rotated by an account.
    Changes,
    /// Calls of the token endpoints, by address.
    Tokens,
    /// Pages in the browser, by address.
    Pages,
    /// Calls with no credential or a useless one, by address.
    Strangers,
    /// Sign-ins with a password that failed or are under way, in a minute, by account and who tries.
    Tries,
    /// Calls of the gateway with a key.
    Gateway,
    /// Calls of the gateway with a key that is no longer accepted.
    Refused,
    /// As `Tries`, in ten minutes.
    TriesOfTenMinutes,
    /// As `Tries`, in an hour.
    TriesOfAnHour,
    /// As `Tries`, in ten minutes and by network, whichever the account.
    TriesOfNetwork,
    /// As `Tries`, in an hour and by account, whoever tries with a browser that is not known there.
    TriesOfAccount,
    /// Registrations in an hour, by network.
    Registrations,
    /// Calls with an access token, by account.
    CallsOfAccount,
    /// Refusals for too many calls that the log tells of, by operation and by account or address.
    Told = 48,
}

impl Counted {
    /// The length of its windows.
    fn window(self) -> Duration {
        match self {
            Self::TriesOfTenMinutes | Self::TriesOfNetwork => TEN_MINUTES,
            Self::TriesOfAnHour | Self::TriesOfAccount | Self::Registrations => AN_HOUR,
            _ => WINDOW,
        }
    }
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

/// Everybody's windows, wherever they are kept.
pub(crate) struct Windows {
    here: Here,
    shared: Option<Arc<dyn CountStore>>,
}

impl Windows {
    /// Windows that are kept in `shared`, or in memory if there is none.
    pub(crate) fn new(shared: Option<Arc<dyn CountStore>>) -> Self {
        Self { here: Here::default(), shared }
    }

    /// Whether other portals count together with this one.
    pub(crate) fn are_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Counts a call of `who` and says whether it may be made.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn count(
        &self,
        counted: Counted,
        who: &str,
        limit: u32,
        now: Timestamp,
    ) -> Result<Allowance, StorageError> {
        let fresh_end = now.plus(counted.window());
        let window = match &self.shared {
            Some(shared) => shared.count(counted as i16, who, limit, fresh_end, now).await?,
            None => self.here.count(counted, who, limit, now),
        };
        let (remaining, granted) = (limit.saturating_sub(window.calls), window.granted);
        Ok(Allowance { limit, remaining, resets_at: window.ends_at, granted })
    }

    /// Takes back one call of `who` that was counted.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn give_back(&self, counted: Counted, who: &str) -> Result<(), StorageError> {
        match &self.shared {
            Some(shared) => shared.give_back(counted as i16, who).await,
            None => {
                self.here.give_back(counted, who);
                Ok(())
            }
        }
    }

    /// Forgets every call of `who`.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn forgive(&self, counted: Counted, who: &str) -> Result<(), StorageError> {
        match &self.shared {
            Some(shared) => shared.forgive(counted as i16, who).await,
            None => {
                self.here.forgive(counted, who);
                Ok(())
            }
        }
    }

    /// Forgets the windows that are over, where they are not in memory, which has bounded room for them.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(crate) async fn tidy(&self, now: Timestamp) -> Result<(), StorageError> {
        match &self.shared {
            Some(shared) => shared.forget_windows(now).await,
            None => Ok(()),
        }
    }
}

/// The windows that are open, in memory.
#[derive(Default)]
struct Here(Mutex<HashMap<Counted, HashMap<String, Window>>>);

impl Here {
    fn count(&self, counted: Counted, who: &str, limit: u32, now: Timestamp) -> Window {
        let fresh = Window { ends_at: now.plus(counted.window()), calls: 0, granted: false };
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let windows = windows.entry(counted).or_default();
        if windows.len() >= ROOM && !windows.contains_key(who) {
            make_room(windows, now);
        }
        let window = windows.entry(who.to_owned()).or_insert(fresh);
        // A window that ends later than one that begins now is of a clock that was set back since.
        if window.ends_at <= now || window.ends_at > fresh.ends_at {
            *window = fresh;
        }
        window.granted = window.calls < limit;
        window.calls = window.calls.saturating_add(u32::from(window.granted));
        *window
    }

    fn give_back(&self, counted: Counted, who: &str) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.get_mut(&counted).and_then(|windows| windows.get_mut(who)) {
            window.calls = window.calls.saturating_sub(1);
        }
    }

    fn forgive(&self, counted: Counted, who: &str) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.get_mut(&counted).map(|windows| windows.remove(who));
    }
}

/// Forgets the windows that are over; if none is, half of them, so that this is not done at each call.
fn make_room(windows: &mut HashMap<String, Window>, now: Timestamp) {
    windows.retain(|_, window| window.ends_at > now);
    if windows.len() >= ROOM {
        let mut keep = false;
        windows.retain(|_, _| {
            keep = !keep;
            keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_500);

    #[test]
    fn the_call_over_the_limit_waits_for_the_reset_and_no_longer() {
        let windows = Windows::new(None);
        let count = |now| {
            let counting = windows.count(Counted::Calls, "a", 2, now);
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(counting).unwrap()
        };
        assert_eq!((count(NOW).remaining, count(NOW).remaining), (1, 0));
        let refused = count(NOW);
        assert!(!refused.granted);
        let mut headers = HeaderMap::new();
        refused.write(&mut headers);
        let reset: i64 = headers["x-ratelimit-reset"].to_str().unwrap().parse().unwrap();
        assert!(count(Timestamp::from_secs(reset)).granted, "waiting for the reset was not enough");
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_make_anybody_wait() {
        let windows = Here::default();
        assert!(windows.count(Counted::Calls, "a", 1, NOW).granted);
        assert!(windows.count(Counted::Calls, "a", 1, NOW.minus(Duration::from_secs(3600))).granted);
    }

    #[test]
    fn the_more_tries_the_longer_the_window_and_a_success_forgives() {
        let windows = Here::default();
        for (counted, length) in [
            (Counted::Tries, WINDOW),
            (Counted::TriesOfTenMinutes, TEN_MINUTES),
            (Counted::TriesOfAnHour, AN_HOUR),
        ] {
            let count = || windows.count(counted, "ada", 2, NOW);
            assert!(count().granted && count().granted);
            assert_eq!(count().ends_at.since(NOW), length);
            assert!(!count().granted);
            windows.give_back(counted, "ada");
            assert!(count().granted && !count().granted);
            windows.forgive(counted, "ada");
            assert!(count().granted);
        }
    }

    #[test]
    fn there_is_room_for_so_many_windows_and_no_more() {
        let windows = Here::default();
        for caller in 0..=ROOM {
            windows.count(Counted::Pages, &caller.to_string(), 1, NOW);
        }
        assert!(windows.0.lock().unwrap()[&Counted::Pages].len() <= ROOM);
    }

    #[test]
    fn callers_do_not_share_a_window() {
        let windows = Here::default();
        assert!(windows.count(Counted::Calls, "a", 1, NOW).granted);
        assert!(windows.count(Counted::Calls, "b", 1, NOW).granted);
        assert!(windows.count(Counted::Gateway, "a", 1, NOW).granted);
    }
}
