//! Signing in: the vault is proven, the browser asked, the tokens kept, the first list read.

use keystow_connect::oauth::{Issuer, Pasting, SignIn, Tokens};
use keystow_domain::{Account, AccountId, PortalKind, Session, Timestamp};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use url::Url;

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::list::Listing;
use crate::session::ask;
use crate::{Trouble, random, words};

/// The client this app is at the built-in portal, which registers it by itself.
const BUILT_IN_CLIENT: &str = "keystow-desktop";
/// What the built-in portal is called.
const BUILT_IN_NAME: &str = "Built-in portal";

/// Where to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// The portal inside the app.
    BuiltIn,
    /// An account that is known already.
    Known(AccountId),
    /// A portal elsewhere.
    Remote {
        /// Its address, as typed.
        address: String,
        /// The OAuth client this app is there.
        client_id: String,
        /// What to call it; the host if empty.
        name: String,
    },
}

/// A sign-in, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInSight {
    /// What the portal is called.
    pub portal_name: String,
    /// Where it stands.
    pub step: SignInStep,
    /// The address the browser was given.
    pub link: Option<String>,
    /// Whether the desktop could be asked to open a browser.
    pub browser_opened: bool,
    /// When the wait ends.
    pub ends_at: Option<Timestamp>,
    /// Why it failed.
    pub trouble: Option<Trouble>,
}

/// Where a sign-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInStep {
    /// The vault is proven and the portal asked for its endpoints.
    Preparing,
    /// The browser has the word.
    Waiting,
    /// The code is exchanged and the list read.
    Finishing,
    /// The account is there.
    Done,
    /// It failed.
    Failed,
}

/// A sign-in under way.
pub(crate) struct Ongoing {
    /// Tells a sign-in from the one that took its place.
    number: u64,
    sight: SignInSight,
    task: Option<AbortHandle>,
    paste: Option<(Pasting, mpsc::Sender<String>)>,
}

/// The portal of a sign-in, before there is an account.
struct Target {
    kind: PortalKind,
    /// Its address; the built-in portal's is known once it runs.
    url: Option<Url>,
    name: String,
    client_id: String,
    /// The account that is signed in to again.
    account: Option<Account>,
}

impl Engine {
    /// Starts a sign-in, in the place of one that is under way.
    ///
    /// # Errors
    ///
    /// Fails if the address is no portal's.
    pub fn start_sign_in(&self, address: &Address) -> Result<SignInSight, Trouble> {
        let target = self.target(address)?;
        self.cancel_sign_in();
        let sight = SignInSight {
            portal_name: target.name.clone(),
            step: SignInStep::Preparing,
            link: None,
            browser_opened: false,
            ends_at: None,
            trouble: None,
        };
        // The task cannot look before its handle is kept, because both happen under one guard.
        let mut state = self.state();
        state.sign_ins += 1;
        let number = state.sign_ins;
        let engine = self.clone();
        let task = tokio::spawn(async move { engine.run_sign_in(number, target).await });
        let task = Some(task.abort_handle());
        state.sign_in = Some(Ongoing { number, sight: sight.clone(), task, paste: None });
        drop(state);
        self.tell(Event::SignIn);
        Ok(sight)
    }

    async fn run_sign_in(&self, number: u64, target: Target) {
        let (step, trouble) = match self.sign_in(number, target).await {
            Ok(()) => (SignInStep::Done, None),
            Err(trouble) => (SignInStep::Failed, Some(trouble)),
        };
        self.advance(number, |ongoing| {
            ongoing.sight.step = step;
            ongoing.sight.trouble = trouble;
        });
        self.tell(Event::App);
        self.tell(Event::Keys);
    }

    fn target(&self, address: &Address) -> Result<Target, Trouble> {
        match address {
            Address::BuiltIn => Ok(Target {
                kind: PortalKind::BuiltIn,
                url: None,
                name: BUILT_IN_NAME.into(),
                client_id: BUILT_IN_CLIENT.into(),
                account: None,
            }),
            Address::Known(id) => {
                let account = self.known(id)?.account;
                let url = match account.portal {
                    PortalKind::BuiltIn => None,
                    PortalKind::Remote => {
                        Some(Url::parse(&account.issuer).map_err(|_| words::bad_address())?)
                    }
                };
                Ok(Target {
                    kind: account.portal.clone(),
                    url,
                    name: account.portal_name.clone(),
                    client_id: account.client_id.clone(),
                    account: Some(account),
                })
            }
            Address::Remote { address, client_id, name } => {
                let url = Url::parse(address.trim()).map_err(|_| words::bad_address())?;
                let host = url.host_str().ok_or_else(words::bad_address)?.to_owned();
                if client_id.trim().is_empty() {
                    return Err(words::bad_input("An empty client id"));
                }
                let place = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
                let name = if name.trim().is_empty() { place } else { name.trim().to_owned() };
                Ok(Target {
                    kind: PortalKind::Remote,
                    url: Some(url),
                    name: keystow_domain::visible(&name),
                    client_id: client_id.trim().to_owned(),
                    account: None,
                })
            }
        }
    }

    async fn sign_in(&self, number: u64, target: Target) -> Result<(), Trouble> {
        self.unlock().await?;
        self.0.vault.prove_writable().await.map_err(words::vault)?;
        let url = match &target.url {
            Some(url) => url.clone(),
            None => self.built_in_started().await?,
        };
        let issuer = self.0.connector.discover(&url).await.map_err(|error| words::discover(&error))?;
        let scopes = wanted(&issuer.scopes);
        let clock = std::sync::Arc::clone(&self.0.clock);
        let (sign_in, link) = SignIn::begin(&issuer, &target.client_id, &scopes, clock)
            .map_err(|error| words::sign_in(&error))?;
        let (send, receive) = mpsc::channel(4);
        let opened = self.0.host.open_browser(link.as_str());
        self.advance(number, |ongoing| {
            ongoing.paste = Some((sign_in.pasting(), send));
            ongoing.sight.step = SignInStep::Waiting;
            ongoing.sight.link = Some(link.to_string());
            ongoing.sight.browser_opened = opened;
            ongoing.sight.ends_at = Some(sign_in.expires_at());
        });
        let tokens = sign_in.wait(receive).await.map_err(|error| words::sign_in(&error))?;
        self.advance(number, |ongoing| ongoing.sight.step = SignInStep::Finishing);
        // A lock that comes meanwhile waits for the refresh token.
        let _hold = self.0.vault.hold().map_err(words::vault)?;
        let account = self.finish(&target, &url, &issuer, tokens).await?;
        self.state().issuers.insert(account.clone(), issuer);
        self.log(Note::new(Deed::SignedIn).of(&account)).await;
        self.switch(&account).await?;
        self.read_first(&account).await;
        Ok(())
    }

    /// Makes the account, or takes the one up again that the person has here already.
    async fn finish(
        &self,
        target: &Target,
        url: &Url,
        issuer: &Issuer,
        tokens: Tokens,
    ) -> Result<AccountId, Trouble> {
        let portal = self.0.connector.portal(url).ok_or_else(words::bad_address)?;
        let person = portal.person(&tokens.access).await.map_err(|error| words::failure(&error))?;
        let person = person.map(|person| keystow_domain::visible(&person));
        let asked = target.account.as_ref().and_then(|asked| asked.person.as_deref());
        if let (Some(owner), Some(person)) = (asked, person.as_deref())
            && owner != person
        {
            if let Some(refresh) = &tokens.refresh {
                let _ = self.0.connector.revoke(issuer, &target.client_id, refresh).await;
            }
            return Err(words::signed_in_as(owner, person));
        }
        let issuer = issuer.issuer.as_str();
        let again = self.accounts().into_iter().map(|known| known.account).find(|known| {
            let same_portal = known.portal == target.kind
                && (known.portal == PortalKind::BuiltIn || known.issuer == issuer);
            let asked_for = target.account.as_ref().is_some_and(|asked| asked.id == known.id);
            same_portal && if person.is_some() { known.person == person } else { asked_for }
        });
        let account = Account {
            id: again.map_or_else(
                || random::account_id(target.kind == PortalKind::BuiltIn, issuer, person.as_deref()),
                |known| known.id,
            ),
            portal: target.kind.clone(),
            issuer: issuer.to_owned(),
            portal_name: target.name.clone(),
            client_id: target.client_id.clone(),
            person,
            scopes: tokens.scopes.clone(),
        };
        self.state().portals.insert(account.id.clone(), portal);
        self.keep_account(account.clone(), Session::SignedOut).await?;
        {
            // A refresh that is under way must not take its own end for that of the new session.
            let turn = self.renewal(&account.id);
            let _turn = turn.lock().await;
            let _alone = self.alone(&account.id).await?;
            self.adopt(&account, tokens, Session::SignedIn).await?;
        }
        self.read_stowed(&account.id).await;
        self.read_abilities(&account.id).await;
        Ok(account.id)
    }

    /// Asks a portal what it offers; one that cannot be asked keeps what was known.
    pub(crate) async fn read_abilities(&self, account: &AccountId) {
        let read = async { Ok::<_, Trouble>(ask!(self, account, |portal, token| portal.abilities(token))) };
        if let Ok(Ok(abilities)) = read.await {
            let mut state = self.state();
            if let Some(known) = state.accounts.iter_mut().find(|known| known.account.id == *account) {
                known.abilities = Some(abilities);
            }
            let open = state.listings.get(account).map(Listing::keys_in_rotation).unwrap_or_default();
            drop(state);
            self.tell(Event::App);
            // What can be proven depends on it.
            for key in open {
                self.tell(Event::Rotation(key));
            }
        }
    }

    /// The sign-in that is under way or ended last.
    pub fn sign_in_sight(&self) -> Option<SignInSight> {
        self.state().sign_in.as_ref().map(|ongoing| ongoing.sight.clone())
    }

    /// Gives the sign-in up, or puts the result of the last one away.
    pub fn cancel_sign_in(&self) {
        let ongoing = self.state().sign_in.take();
        if let Some(task) = ongoing.and_then(|ongoing| ongoing.task) {
            task.abort();
        }
        self.tell(Event::SignIn);
    }

    /// Takes the address the browser ended at, for desktops whose browser cannot reach this computer.
    ///
    /// # Errors
    ///
    /// Fails if it is not the address of this sign-in, which then still waits.
    pub async fn paste_address(&self, address: &str) -> Result<(), Trouble> {
        let sender = {
            let state = self.state();
            let paste = state.sign_in.as_ref().and_then(|ongoing| ongoing.paste.as_ref());
            let (pasting, sender) = paste.ok_or_else(words::wrong_address)?;
            pasting.check(address).map_err(|_| words::wrong_address())?;
            sender.clone()
        };
        sender.send(address.to_owned()).await.map_err(|_| words::wrong_address())
    }

    /// Asks the desktop once more to open the browser.
    pub fn open_browser_again(&self) {
        let ongoing =
            self.state().sign_in.as_ref().map(|ongoing| (ongoing.number, ongoing.sight.link.clone()));
        if let Some((number, Some(link))) = ongoing {
            let opened = self.0.host.open_browser(&link);
            self.advance(number, |ongoing| ongoing.sight.browser_opened = opened);
        }
    }

    /// Puts the sign-in's address on the clipboard. It holds no secret.
    ///
    /// # Errors
    ///
    /// Fails if there is no clipboard.
    pub async fn copy_sign_in_link(&self) -> Result<(), Trouble> {
        let link = self.sign_in_sight().and_then(|sight| sight.link).unwrap_or_default();
        self.0.plain_clipboard.put_text(&link).await.map_err(words::clipboard)
    }

    /// Changes a sign-in, unless another has taken its place.
    fn advance(&self, number: u64, change: impl FnOnce(&mut Ongoing)) {
        if let Some(ongoing) = self.state().sign_in.as_mut().filter(|ongoing| ongoing.number == number) {
            change(ongoing);
        }
        self.tell(Event::SignIn);
    }
}

/// The scopes to ask for: what managing keys needs, of what the portal has.
fn wanted(offered: &[String]) -> Vec<String> {
    let least = ["read"].map(str::to_owned);
    if offered.is_empty() || offered.contains(&least[0]) { least.to_vec() } else { offered.to_vec() }
}

#[cfg(test)]
mod tests {
    use keystow_domain::Session;
    use keystow_vault::Secret;

    use super::*;
    use crate::tests::Desk;

    /// The end of a sign-in to the desk's account, as `person` in the browser.
    async fn sign_in_as(desk: &Desk, person: &str) -> Result<AccountId, Trouble> {
        desk.network.portal.set_person(Some(person));
        let account = desk.engine.accounts().remove(0).account;
        let url = Url::parse(&account.issuer).unwrap();
        let issuer = desk.engine.issuer(&account).await.unwrap();
        let issuer = Issuer { issuer: account.issuer.clone(), ..issuer };
        let target = desk.engine.target(&Address::Known(account.id)).unwrap();
        let tokens = Tokens {
            access: Secret::from_text("access-new".into()),
            refresh: Some(Secret::from_text("refresh-new".into())),
            expires_in: std::time::Duration::from_secs(3600),
            scopes: vec!["read".into()],
        };
        desk.engine.finish(&target, &url, &issuer, tokens).await
    }

    #[tokio::test]
    async fn the_same_person_takes_an_ended_account_up_again() {
        let desk = Desk::signed_in().await;
        desk.engine.sign_out(&desk.account(), false).await.unwrap();
        let account = sign_in_as(&desk, "nadia@example.com").await.unwrap();
        assert_eq!(account, desk.account());
        assert_eq!(desk.engine.accounts()[0].session, Session::SignedIn);
    }

    #[tokio::test]
    async fn somebody_else_does_not_take_it_up_and_leaves_nothing_behind() {
        let desk = Desk::signed_in().await;
        desk.engine.sign_out(&desk.account(), false).await.unwrap();
        let trouble = sign_in_as(&desk, "omar@example.com").await.unwrap_err();
        assert_eq!(trouble.code, "not_yours");
        assert_eq!(trouble.facts["owner"], "nadia@example.com");
        assert_eq!(trouble.facts["person"], "omar@example.com");
        assert_eq!(desk.engine.accounts().len(), 1);
        assert_eq!(desk.engine.accounts()[0].session, Session::SignedOut);
        assert!(desk.engine.0.vault.session(&desk.account()).await.unwrap().is_none());
        assert_eq!(
            desk.network.revocations.load(std::sync::atomic::Ordering::SeqCst),
            2,
            "theirs is given up"
        );
    }
}
