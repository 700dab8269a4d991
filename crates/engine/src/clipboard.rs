//! Copying a secret, and what the clipboard holds of ours.

use std::time::Duration;

use keystow_domain::{AccountId, KeyId, OperationId, Timestamp, Variable};
use keystow_vault::{ClipboardState, Form, Receipts, Stay, VaultError};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::forms::FormName;
use crate::notices::Tone;
use crate::{Trouble, words};

/// A secret that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The key.
    pub key: KeyId,
    /// Its name.
    pub name: String,
    /// Whether it is an old secret, for a roll-back.
    pub old: bool,
    /// When it is cleared.
    pub until: Timestamp,
    /// How long it stays in all.
    pub total: Duration,
    /// The form it was copied in.
    pub form: FormName,
    /// Whether it is cleared after the first paste.
    pub once: bool,
    /// Whether to ask, this once, where it is going.
    pub ask_place: bool,
    /// Who read it until now.
    pub receipts: Receipts,
}

/// What the clipboard holds of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClipboardSight {
    /// Nothing.
    Empty,
    /// A secret.
    Held(Held),
    /// The person copied something else.
    Replaced {
        /// Who had read the secret until then.
        receipts: Receipts,
    },
    /// Cleared, and read back to be sure.
    Cleared {
        /// When.
        at: Timestamp,
        /// The key whose secret it was, and its name.
        key: Option<(KeyId, String)>,
        /// Who had read it.
        receipts: Receipts,
    },
    /// It is not certain that it is empty, or it ended before its time.
    Unverified(Trouble),
}

/// What was last copied, as the engine remembers it.
#[derive(Debug, Clone)]
pub(crate) struct Copied {
    account: AccountId,
    key: KeyId,
    name: String,
    old: bool,
    form: FormName,
    once: bool,
    total: Duration,
    /// The vault's record that was copied.
    operation: OperationId,
    cleared_at: Option<Timestamp>,
    ask_place: bool,
    /// Whether a place was named for this copy.
    credited: bool,
}

impl Copied {
    fn of(
        account: &AccountId,
        key: &KeyId,
        name: String,
        operation: OperationId,
        (old, form, stay): (bool, FormName, Stay),
    ) -> Self {
        let (account, key) = (account.clone(), key.clone());
        Self {
            account,
            key,
            name,
            old,
            form,
            once: stay.once,
            total: stay.keep,
            operation,
            cleared_at: None,
            ask_place: false,
            credited: false,
        }
    }

    /// The account and the key it is of, with the key's name.
    pub(crate) fn key(&self) -> (&AccountId, &KeyId, &str) {
        (&self.account, &self.key, &self.name)
    }

    /// Remembers that it was cleared.
    pub(crate) fn cleared(&mut self, at: Timestamp) {
        self.cleared_at = Some(at);
    }

    /// Whether it is of this key, and not an old secret for a roll-back.
    fn is_of(&self, account: &AccountId, key: &KeyId) -> bool {
        !self.old && self.account == *account && self.key == *key
    }

    /// Whether it is this secret and no place was named for it before; one will be now.
    pub(crate) fn take_credit(&mut self, account: &AccountId, key: &KeyId, current: &OperationId) -> bool {
        self.is_of(account, key) && self.operation == *current && !std::mem::replace(&mut self.credited, true)
    }

    /// Asks no more where the secret of this key goes; whether it did.
    pub(crate) fn stop_asking(&mut self, key: &KeyId) -> bool {
        self.key == *key && std::mem::take(&mut self.ask_place)
    }
}

impl Engine {
    /// Puts the secret of a key on the clipboard. Returns when the clipboard offers it.
    ///
    /// `old` copies the secret before the last rotation, while it is accepted.
    ///
    /// # Errors
    ///
    /// Says why nothing was copied; what was on the clipboard is then still there.
    pub async fn copy(&self, key: &KeyId, old: bool) -> Result<ClipboardSight, Trouble> {
        self.copy_of(&self.current_account()?, key, old).await
    }

    /// The same for a key of any account.
    ///
    /// # Errors
    ///
    /// As [`Engine::copy`].
    pub async fn copy_of(
        &self,
        account: &AccountId,
        key: &KeyId,
        old: bool,
    ) -> Result<ClipboardSight, Trouble> {
        self.copy_in(account, key, old, None).await
    }

    /// The same in a form, with the name that the variable has in it and what the form is called.
    pub(crate) async fn copy_in(
        &self,
        account: &AccountId,
        key: &KeyId,
        old: bool,
        form: Option<(&Form, &Variable, &FormName)>,
    ) -> Result<ClipboardSight, Trouble> {
        let now = self.portal_now(account);
        let (operation, name) = self.copyable(account, key, old, now)?;
        self.confirmed(account, key)?;
        let stay = self.settings().stay();
        let _turn = self.0.copying.lock().await;
        let (vault, clipboard) = (&self.0.vault, &self.0.clipboard);
        let result = match form {
            None => vault.copy(&operation, clipboard, stay).await,
            Some((form, variable, _)) => vault.copy_as(&operation, (form, variable), clipboard, stay).await,
        };
        if let Err(keystow_vault::CopyError::Vault(VaultError::NotFound)) = &result {
            self.read_stowed(account).await;
        }
        result.map_err(words::copy)?;
        let which = if old { "old" } else { "new" };
        let note = Note::new(Deed::Copied).of(account).key(key, &name);
        let form = form.map_or(FormName::Raw, |(_, _, form)| form.clone());
        self.log_later(note.fact("form", form.word()).fact("secret", which));
        self.remember_copy(account, key, Copied::of(account, key, name, operation, (old, form, stay))).await;
        if !self.0.vault.is_unlocked() {
            // It was locked while the clipboard was asked: nothing of ours stays there.
            let _ = self.0.clipboard.clear().await;
            return Err(words::vault(VaultError::Locked));
        }
        self.tell(Event::Clipboard);
        Ok(self.clipboard())
    }

    /// Remembers what was copied, and whether to ask where it goes.
    async fn remember_copy(&self, account: &AccountId, key: &KeyId, mut copied: Copied) {
        let old = copied.old;
        {
            let mut state = self.state();
            // A question that still stands is not taken back by copying once more.
            let stands = |before: &Copied| before.ask_place && before.is_of(account, key);
            copied.ask_place = !old && state.copied.as_ref().is_some_and(stands);
            state.copied = Some(copied);
            state.picks.copied(account, key);
        }
        if !old
            && self.asks_place(account, key).await
            && let Some(copied) = &mut self.state().copied
        {
            copied.ask_place = copied.is_of(account, key);
        }
    }

    /// The vault's record to copy, and the key's name.
    pub(crate) fn copyable(
        &self,
        account: &AccountId,
        key: &KeyId,
        old: bool,
        now: Timestamp,
    ) -> Result<(OperationId, String), Trouble> {
        let state = self.state();
        let listing = state.listings.get(account).ok_or_else(words::no_account)?;
        let key = listing.key(key).ok_or_else(words::unknown_key)?;
        if !key.is_copyable(now) {
            return Err(words::key_dead());
        }
        let stowed = if old { listing.shown_old_secret(key, now) } else { listing.current_secret(key) };
        let stowed = stowed.ok_or_else(words::no_secret)?;
        Ok((stowed.operation.clone(), key.name.clone()))
    }

    /// Copies the public prefix of a key, which is no secret.
    ///
    /// # Errors
    ///
    /// Fails if there is no such key or no clipboard.
    pub async fn copy_prefix(&self, key: &KeyId) -> Result<(), Trouble> {
        let account = self.current_account()?;
        let prefix = {
            let state = self.state();
            let found = state.listings.get(&account).and_then(|listing| listing.key(key));
            found.map(|key| key.prefix.clone()).ok_or_else(words::unknown_key)?
        };
        self.0.plain_clipboard.put_text(&prefix).await.map_err(words::clipboard)
    }

    /// Clears the clipboard now, if it still holds ours.
    ///
    /// # Errors
    ///
    /// Fails if the clipboard's keeper did not confirm it.
    pub async fn clear_clipboard(&self) -> Result<ClipboardSight, Trouble> {
        self.0.clipboard.clear().await.map_err(|_| words::clipboard_unverified())?;
        Ok(self.clipboard())
    }

    /// Leaves the secret on the clipboard for the chosen time once more.
    ///
    /// # Errors
    ///
    /// Fails if there is nothing of ours on it any more.
    pub async fn keep_longer(&self) -> Result<ClipboardSight, Trouble> {
        let by = self.settings().keep();
        self.0.clipboard.keep_longer(by).await.map_err(|_| words::clipboard_lost())?;
        if let Some(copied) = &mut self.state().copied {
            copied.total += by;
        }
        self.tell(Event::Clipboard);
        Ok(self.clipboard())
    }

    /// What the clipboard holds of ours.
    pub fn clipboard(&self) -> ClipboardSight {
        let now = *self.0.clipboard.watch().borrow();
        let receipts = self.0.clipboard.receipts().borrow().clone();
        let copied = self.state().copied.clone();
        match (now, copied) {
            (ClipboardState::Empty, _) | (ClipboardState::Held { .. }, None) => ClipboardSight::Empty,
            (ClipboardState::Held { until }, Some(copied)) => ClipboardSight::Held(Held {
                key: copied.key,
                name: copied.name,
                old: copied.old,
                until,
                total: copied.total,
                form: copied.form,
                once: copied.once && receipts.told,
                ask_place: copied.ask_place,
                receipts,
            }),
            (ClipboardState::Replaced, _) => ClipboardSight::Replaced { receipts },
            (ClipboardState::Cleared, copied) => ClipboardSight::Cleared {
                at: copied.as_ref().and_then(|copied| copied.cleared_at).unwrap_or_else(|| self.now()),
                key: copied.map(|copied| (copied.key, copied.name)),
                receipts,
            },
            (ClipboardState::Unverified(_), _) => {
                let by = receipts.returned_by.and_then(|reader| reader.program);
                ClipboardSight::Unverified(
                    by.map_or_else(words::clipboard_unverified, |program| {
                        words::clipboard_returned(&program)
                    }),
                )
            }
            (ClipboardState::Lost, _) => ClipboardSight::Unverified(words::clipboard_lost()),
        }
    }

    /// Clears the clipboard if it holds a secret of ours, whoever copied it: on lock, sign-out and quit.
    pub async fn clear_if_held(&self) {
        // A copy that is under way is waited for, and then cleared.
        let _turn = self.0.copying.lock().await;
        let state = *self.0.clipboard.watch().borrow();
        // What may still be there is tried once more: somebody may have put it back after it was cleared.
        if matches!(state, ClipboardState::Held { .. } | ClipboardState::Unverified(_)) {
            let _ = self.0.clipboard.clear().await;
        }
        // What the command line copied, and what an app that was killed did.
        if self.0.clipboard.clear_others().await.is_err() {
            let what = words::clipboard_unverified();
            self.state().notices.tell("clipboard_unverified", what, Tone::Warning, None, None);
        }
    }
}
