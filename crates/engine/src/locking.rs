//! Locking: when the person says so, and by itself when nobody is there.
//!
//! A lock cuts nothing off: a secret that is on its way into the vault arrives there first. The clipboard is
//! cleared before a computer sleeps that waits for it.

use std::time::Duration;

use crate::audit::{Deed, Note};
use crate::beside;
use crate::engine::Engine;
use crate::events::Event;
use crate::host::Away;

/// Nothing is looked at again before somebody wakes whoever looks.
const NEVER: Duration = Duration::from_secs(24 * 3600);

/// Why the app is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockCause {
    /// The person said so.
    Person,
    /// Nobody was there for as long as the person chose.
    Idle,
    /// The desktop was locked, or another person has it now.
    Screen,
    /// The computer went to sleep.
    Sleep,
    /// It was started, and only the person's passphrase opens it.
    Start,
}

impl LockCause {
    /// Its name in the log.
    fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Idle => "idle",
            Self::Screen => "screen",
            Self::Sleep => "sleep",
            Self::Start => "start",
        }
    }
}

/// What the system tells of a person who goes away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watches {
    /// How long nobody has touched keyboard and pointer. Otherwise the app knows of its own use alone.
    pub idle: bool,
    /// That the desktop is locked.
    pub screen: bool,
    /// That the computer is about to sleep.
    pub sleep: bool,
}

/// A lock, as a person sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockSight {
    /// Why.
    pub cause: LockCause,
    /// Whether the keys are not to be seen.
    pub hidden: bool,
}

/// What the engine knows of its lock.
#[derive(Default)]
pub(crate) struct Lock {
    /// Why it is locked; nothing while it is open, or was not opened yet.
    pub(crate) cause: Option<LockCause>,
    /// A lock that came while the keyring was asked, whose answer must not open what was locked meanwhile.
    pub(crate) came: Option<LockCause>,
    /// When the app was used last, on the clock that counts sleep.
    used_at: Duration,
    watches: Watches,
    /// The production key that somebody confirmed to want.
    pub(crate) allowed: Option<crate::presence::Allowed>,
    /// Passphrases that did not open the vault.
    pub(crate) wrong: crate::passphrase::Wrong,
}

impl Engine {
    /// Drops the data key and the access tokens, and clears the clipboard.
    pub async fn lock(&self) {
        self.lock_because(LockCause::Person).await;
    }

    /// The same for any reason. What is not open is not locked by itself, but its clipboard is cleared.
    pub(crate) async fn lock_because(&self, cause: LockCause) {
        let _turn = self.0.locking.lock().await;
        // It may name a key, or hold half a passphrase, while nobody is there.
        self.0.host.withdraw_question();
        {
            let state = &mut self.state();
            state.lock.came = state.asking_keyring.then_some(cause);
        }
        let is_new = cause == LockCause::Person || self.0.vault.is_unlocked();
        let said = self.state().said_locked.is_some();
        if !is_new || said && !self.0.vault.is_unlocked() {
            return self.clear_if_held().await;
        }
        self.0.vault.lock();
        // Whoever waits for its end waits for that of the first: it is not said twice.
        let held = self.state().said_locked.take();
        let said = match held {
            Some(held) => Some(held),
            None => beside::say_locked(&self.0.folder).await,
        };
        {
            let mut state = self.state();
            let locked = !self.0.vault.is_unlocked();
            state.said_locked = said.filter(|_| locked);
            state.lock.cause = Some(cause).filter(|_| locked);
            state.lock.allowed = None;
            state.access.clear();
            state.vault_trouble = None;
        }
        self.forget_usage(None);
        // Names leave the screen at once; the clipboard may take a while.
        self.tell(Event::App);
        self.tell(Event::Keys);
        self.clear_if_held().await;
        self.tell(Event::App);
        self.log(Note::new(Deed::Locked).fact("cause", cause.word())).await;
    }

    /// Why it is locked and what is seen meanwhile; nothing while it is open, or was not opened yet.
    pub fn lock_sight(&self) -> Option<LockSight> {
        if self.0.vault.is_unlocked() {
            return None;
        }
        let state = self.state();
        state.lock.cause.map(|cause| LockSight { cause, hidden: state.settings.lock.hide })
    }

    /// Whether the keys are not to be seen now.
    pub(crate) fn is_hidden(&self) -> bool {
        self.lock_sight().is_some_and(|sight| sight.hidden)
    }

    /// What the system tells of a person who goes away.
    pub fn watches(&self) -> Watches {
        Watches { idle: self.0.host.idle().is_some(), ..self.state().lock.watches }
    }

    /// Somebody uses the app: it is not idle.
    pub fn used(&self) {
        let now = self.0.clock.elapsed();
        self.state().lock.used_at = now;
    }

    /// It was opened.
    pub(crate) fn opened(&self) {
        {
            let mut state = self.state();
            state.said_locked = None;
            state.lock.cause = None;
        }
        self.used();
        self.clear_leftover();
    }

    /// Locks if nobody was there for as long as the person chose. Tells how long it need not be looked at again.
    pub(crate) async fn lock_if_idle(&self) -> Duration {
        let Some(limit) = self.settings().lock.idle() else { return NEVER };
        if !self.0.vault.is_unlocked() {
            return NEVER;
        }
        let patience = self.0.host.patience(limit);
        // Whoever used the app since cannot have been away for so long: the desktop is not asked before.
        let unused = self.0.clock.elapsed().saturating_sub(self.state().lock.used_at);
        let idle = if unused < patience { unused } else { self.idle(unused) };
        let left = patience.saturating_sub(idle);
        if left.is_zero() {
            self.lock_because(LockCause::Idle).await;
            return NEVER;
        }
        left
    }

    /// How long nobody was there: at the computer, where the desktop tells, and at the app in any case.
    fn idle(&self, unused: Duration) -> Duration {
        self.0.host.idle().map_or(unused, |away| away.min(unused))
    }

    /// Locks whenever the system says that the person goes away, for as long as the engine lives. The system
    /// may wait until it is done.
    pub(crate) async fn follow_person(&self) {
        let Some(mut away) = self.0.host.away() else { return };
        while let Some(away) = away.recv().await {
            match away {
                Away::Told(watches) => {
                    {
                        let known = &mut self.state().lock.watches;
                        known.screen |= watches.screen;
                        known.sleep |= watches.sleep;
                    }
                    self.tell(Event::App);
                }
                Away::Leaves(leaving) => {
                    self.lock_because(leaving.cause).await;
                    drop(leaving);
                }
            }
        }
    }
}
