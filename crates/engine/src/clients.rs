//! OAuth clients: what a key of that kind needs besides.
//!
//! A client goes the way of every key: intent, call, vault, list. Only where it signs the order is another one: the
//! pair is made here, and its private half waits in the vault before the portal is told the public one. A call whose
//! answer got lost is then repeated, or looked for at the portal, by that public key; nothing can be lost.

use keystow_connect::{Failure, Registered};
use keystow_domain::{
    AccountId, AppId, ClientKey, ClientProof, ClientWish, KeyId, NewClient, OperationId, PublicKey, Reported,
    Timestamp, Verb, key_name,
};
use keystow_vault::pair::{make_pair, public_key};
use keystow_vault::{Label, VaultError};

use crate::engine::Engine;
use crate::issue::LIFETIME;
use crate::keys::dead;
use crate::list::Row;
use crate::session::ask;
use crate::store::{Issue, IssueClient};
use crate::{Trouble, words};

impl Engine {
    /// Registers a client, and stows its secret or its private key if it has one. The same ticket is the same wish,
    /// however often it comes.
    ///
    /// # Errors
    ///
    /// Names each wrong field, or says whether nothing happened or the outcome is being found out.
    pub async fn create_client(&self, ticket: &str, new: &NewClient) -> Result<Row, Trouble> {
        let known = self.known(&self.current_account()?)?;
        if known.abilities.is_some_and(|abilities| !abilities.clients) {
            return Err(words::not_offered());
        }
        let name = key_name(&new.name).map_err(words::name)?;
        let client = IssueClient { proof: new.proof.clone(), redirect_uris: places(&new.redirect_uris) };
        let app = new.app.clone();
        self.make(ticket, name, |issue| Issue { client: Some(client), app, ..issue }).await
    }

    /// Changes the name of a client, and where sign-ins with it may come back to.
    ///
    /// # Errors
    ///
    /// Names each wrong field, or says why the client stays what it was.
    pub async fn change_client(&self, id: &KeyId, wish: &ClientWish) -> Result<Row, Trouble> {
        let account = self.current_account()?;
        let name = wish.name.as_deref().map(key_name).transpose().map_err(words::name)?;
        let wish = ClientWish { name, redirect_uris: wish.redirect_uris.as_deref().map(places) };
        let changed = ask!(self, &account, |portal, token| portal.change_client(token, id, &wish));
        match changed {
            Ok(changed) => self.take_key(&account, changed).await,
            Err(failed) => {
                let trouble = self.change_failed(&account, id, &failed).await;
                return Err(match failed {
                    Failure::Refused(_) => words::of_client(&failed),
                    _ => trouble,
                });
            }
        }
        self.row(&account, id)
    }

    /// The clients of the current account that were not deleted, by name. Nothing is asked of the portal.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen.
    pub fn clients(&self) -> Result<Vec<Row>, Trouble> {
        let account = self.current_account()?;
        if self.is_hidden() {
            return Ok(Vec::new());
        }
        let now = self.portal_now(&account);
        let state = self.state();
        let listing = state.listings.get(&account).ok_or_else(words::no_account)?;
        let rows = listing.rows(now).into_iter();
        Ok(rows.filter(|row| row.key.client.is_some() && row.key.reported != Reported::Revoked).collect())
    }

    /// The clients of an app that were not deleted.
    pub(crate) fn clients_of(&self, account: &AccountId, app: &AppId) -> Vec<KeyId> {
        let state = self.state();
        let Some(listing) = state.listings.get(account) else { return Vec::new() };
        let all = listing.keys();
        let of_app = all.iter().filter(|key| {
            key.client.is_some() && key.app.as_ref() == Some(app) && key.reported != Reported::Revoked
        });
        of_app.map(|key| key.id.clone()).collect()
    }

    /// Takes over that clients went with their app: a portal that is asked about one knows it no more.
    pub(crate) async fn end_clients(&self, account: &AccountId, keys: &[KeyId]) {
        for id in keys {
            let listed = self.state().listings.get(account).and_then(|listing| listing.key(id)).cloned();
            if let Some(client) = listed.filter(|key| key.client.is_some()) {
                self.take_key(account, dead(client)).await;
            }
        }
    }

    /// Sends the call of a change that is about a client; for a replay it is the very same call.
    pub(crate) async fn send_of_client(&self, issue: &Issue) -> Result<Result<Registered, Failure>, Trouble> {
        let (account, operation) = (&issue.account, &issue.intent.operation);
        let client = issue.client.clone().unwrap_or_else(|| IssueClient::new(ClientProof::Secret));
        let public = if issue.signs() { Some(self.pair_of(issue).await?) } else { None };
        Ok(match (&issue.intent.verb, &public) {
            (Verb::Rotate { key, .. }, Some(public)) => {
                let added =
                    ask!(self, account, LIFETIME, |portal, token| portal.add_client_key(token, key, public));
                added.map(|key| Registered { key, secret: None, answered_at_server: None })
            }
            _ => {
                let new = NewClient {
                    name: issue.name.clone(),
                    proof: client.proof,
                    redirect_uris: client.redirect_uris,
                    app: issue.app.clone(),
                };
                ask!(self, account, LIFETIME, |portal, token| portal.register(
                    token,
                    operation,
                    &new,
                    public.as_ref()
                ))
            }
        })
    }

    /// The public half of the pair of a change. Its private half waits in the vault; one that does not is made.
    async fn pair_of(&self, issue: &Issue) -> Result<PublicKey, Trouble> {
        if let Some(public) = self.waiting_public(issue).await? {
            return Ok(public);
        }
        let (private, public) = make_pair();
        let operation = waiting(&issue.intent.operation);
        let label = Label {
            // The portal has no id for it yet; no key of a portal is called so.
            key: KeyId::new(operation.as_str()),
            operation,
            account: issue.account.clone(),
            prefix: ClientKey::prefix(&public.kid),
            issued_at: self.portal_now(&issue.account),
        };
        self.0.vault.stow(label, private).await.map_err(|refused| words::vault(refused.error))?;
        Ok(public)
    }

    /// The public half of a pair that was made for a change and waits for its end; nothing if none does.
    pub(crate) async fn waiting_public(&self, issue: &Issue) -> Result<Option<PublicKey>, Trouble> {
        if !issue.signs() {
            return Ok(None);
        }
        match self.0.vault.reveal_to_request(&waiting(&issue.intent.operation)).await {
            Ok(private) => Ok(public_key(&private)),
            Err(VaultError::NotFound) => Ok(None),
            Err(error) => Err(words::vault(error)),
        }
    }

    /// Stows the private key of a change under its own label, now that the portal knows the public one.
    ///
    /// # Errors
    ///
    /// Fails if the vault does not give it; it waits there, and the change stays open until it does.
    pub(crate) async fn adopt_pair(&self, issue: &Issue, label: Label) -> Result<(), Trouble> {
        let from = waiting(&issue.intent.operation);
        let private = match self.0.vault.reveal_to_request(&from).await {
            Ok(private) => private,
            Err(VaultError::NotFound) if self.is_stowed(&issue.intent.operation).await => return Ok(()),
            Err(_) => return Err(words::outcome_unknown(&issue.name)),
        };
        let kid = public_key(&private).map(|public| ClientKey::prefix(&public.kid));
        // Somebody may have added another key meanwhile: the label names the one that is here.
        let label = Label { prefix: kid.unwrap_or_else(|| label.prefix.clone()), ..label };
        self.stow(issue, label, private).await;
        let _ = self.0.vault.discard(&from).await;
        Ok(())
    }

    async fn is_stowed(&self, operation: &OperationId) -> bool {
        matches!(self.0.vault.find(operation).await, Ok(Some(_)))
    }

    /// Deletes the private key of a change that did not happen. What cannot be deleted now opens nothing.
    pub(crate) async fn drop_pair(&self, issue: &Issue) {
        if issue.signs() {
            let _ = self.0.vault.discard(&waiting(&issue.intent.operation)).await;
        }
    }

    /// Finishes a change that the portal made and whose answer told no secret: nothing of it can be lost.
    pub(crate) async fn adopt_secretless(
        &self,
        issue: &Issue,
        key: &KeyId,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        if issue.signs() {
            let label = Label {
                operation: issue.intent.operation.clone(),
                account: issue.account.clone(),
                key: key.clone(),
                prefix: String::new(),
                issued_at: now,
            };
            self.adopt_pair(issue, label).await?;
            self.read_stowed(&issue.account).await;
        }
        // Once the change is closed a copy is of what the portal has now.
        let _ = self.read_key(&issue.account, key).await;
        let noted = self.note_rotated(issue, key, now).await;
        noted.map_err(|error| words::store(&error))
    }

    /// The client that an earlier try of the same wish made, where its answer told no secret.
    pub(crate) fn made_without_secret(&self, issue: &Issue) -> Result<Row, Trouble> {
        let made = {
            let state = self.state();
            let listing = state.listings.get(&issue.account).ok_or_else(words::no_account)?;
            let is_it = |key: &&keystow_domain::Key| {
                key.client.is_some() && key.name == issue.name && !issue.intent.known_keys.contains(&key.id)
            };
            listing.keys().iter().find(is_it).map(|key| key.id.clone())
        };
        let made = made.ok_or_else(|| words::outcome_unknown(&issue.name))?;
        self.row(&issue.account, &made)
    }
}

/// Under which name the private key of a change waits for its end.
fn waiting(operation: &OperationId) -> OperationId {
    OperationId::new(format!("{operation}.pair"))
}

/// The places that were filled in.
fn places(uris: &[String]) -> Vec<String> {
    uris.iter().map(|uri| uri.trim().to_owned()).filter(|uri| !uri.is_empty()).collect()
}
