//! Accounts: which there are, which is shown, and leaving one.

use keystow_domain::{Abilities, Account, AccountId, Session};
use keystow_vault::SessionFacts;

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::{Trouble, words};

/// An account and how far it is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// The account.
    pub account: Account,
    /// How far it is signed in.
    pub session: Session,
    /// What its portal offers, once it was asked.
    pub abilities: Option<Abilities>,
}

impl AccountState {
    pub(crate) fn new(account: Account, session: Session) -> Self {
        Self { account, session, abilities: None }
    }

    /// What the vault keeps to rebuild the account.
    pub(crate) fn facts(account: &Account) -> SessionFacts {
        SessionFacts {
            issuer: account.issuer.clone(),
            portal_name: account.portal_name.clone(),
            client_id: account.client_id.clone(),
            person: account.person.clone(),
            builtin: account.portal == keystow_domain::PortalKind::BuiltIn,
            scopes: account.scopes.clone(),
        }
    }
}

impl Engine {
    /// The accounts, in the order they were added.
    pub fn accounts(&self) -> Vec<AccountState> {
        self.state().accounts.clone()
    }

    /// The account whose keys are shown.
    pub fn current(&self) -> Option<AccountId> {
        self.state().current.clone()
    }

    /// Shows another account.
    ///
    /// # Errors
    ///
    /// Fails if there is no such account.
    pub async fn switch(&self, account: &AccountId) -> Result<(), Trouble> {
        self.known(account)?;
        self.state().current = Some(account.clone());
        let kept = self.0.store.set_setting("current", account.as_str().to_owned()).await;
        self.tell(Event::App);
        self.tell(Event::Keys);
        self.0.wake.notify_one();
        kept.map_err(|error| words::store(&error))
    }

    /// Ends an account's session here and at the portal. Its secrets stay in the vault.
    ///
    /// # Errors
    ///
    /// Fails if the outcome of a change is not known, because its secret could then not be asked for any
    /// more; unless the person insists. It is found out after the next sign-in then.
    pub async fn sign_out(&self, account: &AccountId, insist: bool) -> Result<(), Trouble> {
        let known = self.known(account)?;
        let unfinished = self.0.store.unfinished().await.map_err(|error| words::store(&error))?;
        let open = unfinished.iter().find(|open| open.issue.account == *account && open.is_open());
        if let Some(open) = open.filter(|_| !insist) {
            return Err(words::unfinished_change(&open.issue.name));
        }
        self.pause_bulk_of(account, &words::not_signed_in()).await;
        self.clear_if_held().await;
        // A refresh that is under way would sign in again what is being signed out.
        let turn = self.renewal(account);
        let _turn = turn.lock().await;
        let _alone = self.alone(account).await?;
        let confirmed = self.revoke_session(&known.account).await;
        self.0.vault.end_session(account).await.map_err(words::vault)?;
        self.state().access.remove(account);
        self.forget_usage(Some(account));
        self.set_session(account, Session::SignedOut).await;
        self.log(Note::new(Deed::SignedOut).of(account)).await;
        if !confirmed {
            let id = format!("sign_out:{account}");
            self.state().notices.tell(&id, words::sign_out_unconfirmed(), crate::Tone::Warning, None, None);
        }
        self.tell(Event::App);
        self.tell(Event::Keys);
        Ok(())
    }

    /// Whether the portal confirmed that the session is over.
    async fn revoke_session(&self, account: &Account) -> bool {
        let refresh = match self.0.vault.session(&account.id).await {
            Ok(Some((_, refresh))) => refresh,
            Ok(None) => return true,
            Err(_) => return false,
        };
        let Ok(issuer) = self.issuer(account).await else { return false };
        self.0.connector.revoke(&issuer, &account.client_id, &refresh).await.is_ok()
    }

    /// Who an account is, as far as its portal tells.
    pub(crate) fn who(&self, account: &AccountId) -> Option<String> {
        let account = self.known(account).ok()?.account;
        Some(account.person.unwrap_or(account.portal_name))
    }

    /// An account by its id.
    pub(crate) fn known(&self, account: &AccountId) -> Result<AccountState, Trouble> {
        let state = self.state();
        state
            .accounts
            .iter()
            .find(|known| known.account.id == *account)
            .cloned()
            .ok_or_else(words::no_account)
    }

    /// The account whose keys are shown, or the trouble that there is none.
    pub(crate) fn current_account(&self) -> Result<AccountId, Trouble> {
        self.current().ok_or_else(words::no_account)
    }

    /// Keeps an account in memory and on disk.
    pub(crate) async fn keep_account(&self, account: Account, session: Session) -> Result<(), Trouble> {
        {
            let mut state = self.state();
            match state.accounts.iter_mut().find(|known| known.account.id == account.id) {
                Some(known) => {
                    known.account = account.clone();
                    known.session = session.clone();
                }
                None => state.accounts.push(AccountState::new(account.clone(), session.clone())),
            }
            state.listings.of(&account.id);
            if state.current.is_none() {
                state.current = Some(account.id.clone());
            }
        }
        self.0.store.save_account(account, session).await.map_err(|error| words::store(&error))
    }

    /// Notes how far an account is signed in.
    pub(crate) async fn set_session(&self, account: &AccountId, session: Session) {
        let changed = {
            let mut state = self.state();
            let known = state.accounts.iter_mut().find(|known| known.account.id == *account);
            known.filter(|known| known.session != session).map(|known| {
                known.session = session.clone();
                known.account.clone()
            })
        };
        if let Some(account) = changed {
            let _ = self.0.store.save_account(account, session).await;
            self.tell(Event::App);
        }
    }
}
