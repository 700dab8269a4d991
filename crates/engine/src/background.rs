//! What happens by itself while the app runs: lists are kept fresh, ends are noticed when they come.

use std::time::Duration;

use keystow_domain::Session;

use crate::engine::Engine;
use crate::events::Event;

/// How often the shown list is read again.
const FRESH_FOR: Duration = Duration::from_secs(60);
/// The longest sleep: a computer that slept or whose clock jumped is noticed within it.
const LONGEST: Duration = Duration::from_secs(30);

impl Engine {
    /// Runs until the app ends: opens the vault, settles what was interrupted, keeps the list fresh.
    pub async fn run(&self) {
        let follower = self.clone();
        tokio::spawn(async move { follower.follow_clipboard().await });
        if !self.accounts().is_empty() {
            // A failure is part of the vault's sight, where the person can try again.
            let _ = self.unlock().await;
        }
        loop {
            self.keep_fresh().await;
            let pause = self.pause();
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.0.wake.notified() => {}
            }
            self.notice_ends();
        }
    }

    /// Reads the current account's list if it is due. Nothing is asked for somebody who is signed out.
    async fn keep_fresh(&self) {
        let Some(account) = self.current() else { return };
        let Ok(known) = self.known(&account) else { return };
        let asks = matches!(known.session, Session::SignedIn | Session::Unknown);
        if !asks || !self.0.vault.is_unlocked() || !self.is_due(&account) {
            return;
        }
        if known.abilities.is_none() {
            self.read_abilities(&account).await;
        }
        let tried = self.0.clock.elapsed();
        self.state().tried_reading.insert(account.clone(), tried);
        self.refresh(&account).await;
    }

    fn is_due(&self, account: &keystow_domain::AccountId) -> bool {
        let now = self.0.clock.elapsed();
        self.state().tried_reading.get(account).is_none_or(|tried| now.saturating_sub(*tried) >= FRESH_FOR)
    }

    /// How long nothing changes by itself. Remembers what ends then, so that its end is noticed.
    fn pause(&self) -> Duration {
        let Some(account) = self.current() else { return LONGEST };
        let now = self.portal_now(&account);
        let mut state = self.state();
        let next = state.listings.get(&account).and_then(|listing| listing.next_change(now));
        state.next_end = next;
        next.map_or(LONGEST, |next| next.since(now).min(LONGEST)).max(Duration::from_millis(50))
    }

    /// Lets the window look again after an end has come, and the portal be asked about it.
    fn notice_ends(&self) {
        let Some(account) = self.current() else { return };
        let now = self.portal_now(&account);
        let passed = self.state().next_end.take().is_some_and(|end| end <= now);
        if passed {
            self.state().tried_reading.remove(&account);
            self.tell(Event::Keys);
            let keys = self.state().listings.get(&account).map(|listing| listing.keys()).unwrap_or_default();
            for key in keys.iter().filter(|key| !key.previous.is_empty()) {
                self.tell(Event::Rotation(key.id.clone()));
            }
        }
    }
}
