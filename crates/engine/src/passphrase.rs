//! The passphrase: asked for by the desktop or the terminal, never by the page, and given to the vault alone.
//!
//! One question at a time. Whoever types wrong ones waits longer and longer before the next is tried; it is a
//! pause in this process, and protects from somebody at the keyboard, not from somebody with the disk.

use std::sync::atomic::Ordering;
use std::time::Duration;

use keystow_vault::{Passphrase, Protection, VaultError};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::words::asking::{self, Asking};
use crate::{Trouble, words};

/// How many wrong passphrases cost nothing but their time.
const FREE: u32 = 3;
/// The pause after the first one that costs more; each further one costs twice the last.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What came of a question.
pub enum Answered {
    /// Somebody typed this.
    Given(Passphrase),
    /// Somebody would not say.
    Dismissed,
    /// There is nobody here who could be asked.
    Nowhere,
}

/// What opens the vault, for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProtectionSight {
    /// Whether a passphrase does, and not the keyring.
    pub passphrase: bool,
    /// Whether the keyring may hold the key as well, although a passphrase was chosen.
    pub leftover: bool,
    /// Whether somebody can be asked for a passphrase here.
    pub on_offer: bool,
    /// Whether somebody is being asked.
    pub asking: bool,
}

/// Wrong passphrases in a row.
#[derive(Default)]
pub(crate) struct Wrong {
    count: u32,
    /// When the next one is tried, on the clock that counts sleep.
    until: Duration,
}

impl Wrong {
    /// One more.
    fn add(&mut self, now: Duration) {
        self.count = self.count.saturating_add(1);
        let doublings = self.count.checked_sub(FREE);
        let pause = doublings.map(|times| FIRST_PAUSE.saturating_mul(1 << times.min(10)));
        self.until = now + pause.unwrap_or_default().min(LONGEST_PAUSE);
    }
}

/// A question that stands until this is dropped.
struct Question<'a>(&'a Engine);

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.0.0.asking.store(false, Ordering::SeqCst);
        self.0.tell(Event::App);
    }
}

impl Engine {
    /// What opens the vault.
    pub fn protection(&self) -> ProtectionSight {
        let (passphrase, leftover) = match self.0.vault.protection() {
            Protection::Keyring => (false, false),
            Protection::Passphrase { leftover } => (true, leftover),
        };
        let (on_offer, asking) = (self.0.host.asks_passphrases(), self.0.asking.load(Ordering::SeqCst));
        ProtectionSight { passphrase, leftover, on_offer, asking }
    }

    /// Puts the vault under a passphrase that the person chooses, and takes its key out of the keyring. Without a
    /// keyring an empty vault is made and opened so.
    ///
    /// # Errors
    ///
    /// Fails if nothing was chosen, or the vault could not be sealed and opened again. The keyring then holds what
    /// it held.
    pub async fn choose_passphrase(&self) -> Result<(), Trouble> {
        let chosen = self.ask(Asking::Choose).await?;
        let opens = !self.0.vault.is_unlocked();
        if opens {
            let mut state = self.state();
            (state.asking_keyring, state.lock.came) = (true, None);
        }
        let sealed = self.0.vault.seal(chosen).await;
        let came = {
            let mut state = self.state();
            state.asking_keyring &= !opens;
            state.lock.came.take().filter(|_| opens)
        };
        sealed.map_err(words::vault)?;
        self.protected_by("passphrase").await;
        match came {
            // Somebody locked it while it was made.
            Some(cause) => self.lock_because(cause).await,
            None if opens && self.0.vault.is_unlocked() => self.now_open().await,
            None => {}
        }
        Ok(())
    }

    /// Puts the vault under another passphrase.
    ///
    /// # Errors
    ///
    /// Fails if the first is not typed rightly, or the vault could not be sealed and opened again. The old
    /// passphrase is then what it was.
    pub async fn change_passphrase(&self) -> Result<(), Trouble> {
        let old = self.ask(Asking::Current).await?;
        let old = self.judged(self.0.vault.prove_passphrase(old).await)?;
        let new = self.ask(Asking::Choose).await?;
        self.0.vault.reseal(old, new).await.map_err(words::vault)?;
        self.protected_by("passphrase").await;
        Ok(())
    }

    /// Gives the vault's key back to the keyring, and forgets the passphrase.
    ///
    /// # Errors
    ///
    /// Fails if the passphrase is not typed rightly, or the keyring does not take the key. The passphrase is then
    /// what it was.
    pub async fn return_to_keyring(&self) -> Result<(), Trouble> {
        let old = self.ask(Asking::Current).await?;
        let old = self.judged(self.0.vault.prove_passphrase(old).await)?;
        self.0.vault.unseal(old).await.map_err(words::vault)?;
        self.protected_by("keyring").await;
        Ok(())
    }

    /// Lets the keyring delete what it still holds of a vault under a passphrase, beside everything else: it may
    /// have a prompt of its own.
    pub(crate) fn clear_leftover(&self) {
        if !self.protection().leftover {
            return;
        }
        let engine = self.clone();
        tokio::spawn(async move {
            if let Err(error) = engine.0.vault.clear_leftover().await {
                tracing::warn!(%error, "the keyring did not let go of the vault's key");
            }
            engine.tell(Event::App);
        });
    }

    async fn protected_by(&self, what: &'static str) {
        self.tell(Event::App);
        self.log(Note::new(Deed::Protected).fact("with", what)).await;
    }

    /// Opens the vault with a passphrase that somebody is asked for.
    pub(crate) async fn open_with_passphrase(&self) -> Result<(), Trouble> {
        let typed = self.ask(Asking::Unlock).await?;
        // Whoever typed it is there, whatever the screen or the computer did before.
        self.state().lock.came = None;
        let opened = self.0.vault.unlock_with(typed).await;
        self.judged(opened)
    }

    /// Lets somebody prove to be the one who chose the passphrase, where one was chosen.
    pub(crate) async fn prove_presence(&self, key: &str) -> Result<(), Trouble> {
        if self.0.vault.protection() == Protection::Keyring {
            return Ok(());
        }
        let typed = self.ask(Asking::Presence(key.to_owned())).await?;
        self.judged(self.0.vault.prove_passphrase(typed).await).map(drop)
    }

    /// Asks somebody for a passphrase. Whoever asks while a question stands gets no second one.
    async fn ask(&self, about: Asking) -> Result<Passphrase, Trouble> {
        if self.0.asking.swap(true, Ordering::SeqCst) {
            return Err(words::passphrase_asked());
        }
        let _one = Question(self);
        let is_new = about == Asking::Choose;
        if !is_new {
            self.may_try()?;
        }
        self.tell(Event::App);
        let question = asking::question(self.language(), &about);
        match self.0.host.ask_passphrase(&question).await {
            Answered::Given(typed) if is_new && !typed.is_fit() => Err(words::passphrase_unfit()),
            Answered::Given(typed) => Ok(typed),
            Answered::Dismissed => Err(words::passphrase_dismissed()),
            Answered::Nowhere => Err(words::passphrase_unasked()),
        }
    }

    /// Fails while the pause after wrong passphrases is not over.
    fn may_try(&self) -> Result<(), Trouble> {
        let left = self.state().lock.wrong.until.saturating_sub(self.0.clock.elapsed());
        if left.is_zero() { Ok(()) } else { Err(words::passphrase_pause(self.now().plus(left))) }
    }

    /// Takes over whether a passphrase was the right one.
    fn judged<T>(&self, result: Result<T, VaultError>) -> Result<T, Trouble> {
        let now = self.0.clock.elapsed();
        match result {
            Err(VaultError::PassphraseWrong) => {
                let left = {
                    let wrong = &mut self.state().lock.wrong;
                    wrong.add(now);
                    wrong.until.saturating_sub(now)
                };
                let at = (!left.is_zero()).then(|| self.now().plus(left));
                Err(words::passphrase_wrong(&self.0.folder.display().to_string()).retry_at(at))
            }
            Err(error) => Err(words::vault(error)),
            Ok(right) => {
                self.state().lock.wrong = Wrong::default();
                Ok(right)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_passphrases_cost_more_and_more_up_to_five_minutes() {
        let mut wrong = Wrong::default();
        let mut pauses = Vec::new();
        for _ in 0..11 {
            wrong.add(Duration::from_secs(1000));
            pauses.push(wrong.until.as_secs() - 1000);
        }
        assert_eq!(pauses, [0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300]);
        wrong.count = u32::MAX;
        wrong.add(Duration::ZERO);
        assert_eq!(wrong.until, LONGEST_PAUSE);
    }
}
