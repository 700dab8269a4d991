//! What happens by itself while the app runs: lists are kept fresh, ends are noticed when they come.

use std::time::Duration;

use keystow_domain::Session;

use crate::engine::Engine;
use crate::events::Event;

/// How often the shown list is read again.
const FRESH_FOR: Duration = Duration::from_secs(60);
/// The same while no window shows it and no rotation depends on it.
const UNSEEN_FOR: Duration = Duration::from_secs(15 * 60);
/// The longest sleep: a computer that slept or whose clock jumped is noticed within it.
const LONGEST: Duration = Duration::from_secs(30);
/// The same while no window is open, and the computer is left to rest: the runtime wakes three times for each sleep.
const LONGEST_UNSEEN: Duration = Duration::from_secs(120);
/// The same while an old secret is about to end. The runtime's timers do not count while a computer
/// sleeps, so it is this long after it woke up that an end is told which it slept through.
const WATCHFUL: Duration = Duration::from_secs(5);

impl Engine {
    /// Takes over whether a window shows the keys. While none does, the portal is asked less often, and a
    /// list that grew old is read when one opens.
    pub fn is_seen(&self, seen: bool) {
        let before = std::mem::replace(&mut self.state().unseen, !seen);
        if before && seen {
            self.0.wake.notify_one();
        }
    }

    /// Runs until the app ends: opens the vault, settles what was interrupted, keeps the list fresh.
    pub async fn run(&self) {
        let follower = self.clone();
        tokio::spawn(async move { follower.follow_clipboard().await });
        let follower = self.clone();
        tokio::spawn(async move { follower.follow_person().await });
        #[cfg(unix)]
        self.open_door();
        self.recall_copied().await;
        // For a passphrase nobody is asked before they want to open it, unless a secret may be waiting at the portal
        // for somebody to fetch it: a portal does not repeat its answers for ever.
        let asks = !self.protection().passphrase || self.has_open_changes().await;
        if !self.accounts().is_empty() && asks {
            // A failure is part of the vault's sight, where the person can try again. Nothing waits for
            // a prompt that nobody answers.
            let opener = self.clone();
            tokio::spawn(async move { opener.unlock().await });
        }
        loop {
            // What ended while nobody could be told comes before everything else.
            let next_step = self.remind().await.unwrap_or(LONGEST_UNSEEN);
            self.keep_fresh();
            self.watch_usage();
            let next_step = next_step.min(self.lock_if_idle().await);
            let pause = self.pause().min(next_step.max(Duration::from_millis(50)));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.0.wake.notified() => {}
            }
            self.notice_jump().await;
            self.notice_ends();
        }
    }

    /// Reads the current account's list if it is due, beside the timers. Nothing is asked for somebody
    /// who is signed out.
    fn keep_fresh(&self) {
        let Some(account) = self.current() else { return };
        let Ok(known) = self.known(&account) else { return };
        let asks = matches!(known.session, Session::SignedIn | Session::Unknown);
        if !asks || !self.0.vault.is_unlocked() || !self.is_due(&account) {
            return;
        }
        let began = self.0.clock.elapsed();
        self.state().due_again.insert(account.clone(), began + FRESH_FOR);
        let engine = self.clone();
        tokio::spawn(async move {
            if known.abilities.is_none() {
                engine.read_abilities(&account).await;
            }
            // A list that was cut off lately is not read from its beginning.
            engine.read_rest(&account).await;
            // A long list is read less often: a tenth of the time at the most is spent on it.
            let now = engine.0.clock.elapsed();
            let rest = FRESH_FOR.max(now.saturating_sub(began) * 9);
            let mut state = engine.state();
            let due = state.due_again.entry(account).or_default();
            *due = (*due).max(now + rest);
        });
    }

    /// Whether the list is old enough, and the portal does not ask to wait.
    pub(crate) fn is_due(&self, account: &keystow_domain::AccountId) -> bool {
        let now = self.0.clock.elapsed();
        let state = self.state();
        let fresh = state.listings.get(account).map(|listing| &listing.freshness);
        // What is being read is not read once more behind it.
        if fresh.is_some_and(|fresh| fresh.stopped || fresh.reading) {
            return false;
        }
        let error = fresh.and_then(|fresh| fresh.error.as_ref());
        let waits = error.and_then(|error| error.retry_at).is_some_and(|at| at > self.now());
        let rotates = || state.listings.get(account).is_some_and(crate::list::Listing::is_rotating);
        let quiet = state.unseen && !state.reminders.waits() && !rotates();
        let later = if quiet { UNSEEN_FOR - FRESH_FOR } else { Duration::ZERO };
        !waits && state.due_again.get(account).is_none_or(|due| *due + later <= now)
    }

    /// How long nothing changes by itself. Remembers what ends then, so that its end is noticed.
    pub(crate) fn pause(&self) -> Duration {
        let Some(account) = self.current() else { return LONGEST };
        let now = self.portal_now(&account);
        let mut state = self.state();
        let next = state.listings.get(&account).and_then(|listing| listing.next_change(now));
        state.next_end = next;
        let longest = match (state.reminders.waits(), state.unseen) {
            (true, _) => WATCHFUL,
            (false, true) => LONGEST_UNSEEN,
            (false, false) => LONGEST,
        };
        next.map_or(longest, |next| next.since(now).min(longest)).max(Duration::from_millis(50))
    }

    /// Lets the window look again after an end has come, and the portal be asked about it.
    fn notice_ends(&self) {
        let Some(account) = self.current() else { return };
        let now = self.portal_now(&account);
        let passed = self.state().next_end.take().is_some_and(|end| end <= now);
        if passed {
            self.state().due_again.remove(&account);
            self.tell(Event::Keys);
            let keys = self.state().listings.get(&account).map(|listing| listing.keys()).unwrap_or_default();
            for key in keys.iter().filter(|key| !key.previous.is_empty()) {
                self.tell(Event::Rotation(key.id.clone()));
            }
        }
    }
}
