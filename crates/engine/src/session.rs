//! Sessions: an access token when one is needed, and never two refreshes at once.
//!
//! A new refresh token is on disk before the access token that came with it is used, so that a crash
//! cannot leave a spent one behind. Portals that rotate refresh tokens end a session whose token comes
//! twice (RFC 9700 §4.14.2), so a refresh is one at a time in this process and among all that use the
//! same vault.

mod lock;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use keystow_connect::oauth::{self, DiscoverError, Issuer, Tokens};
use keystow_connect::{Cause, Failure, Portal};
use keystow_domain::{Account, AccountId, Clock, PortalKind, Session as SignedIn};
use keystow_vault::{Secret, VaultError};
use url::Url;

use crate::accounts::AccountState;
use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::{Trouble, words};
use lock::SessionLock;

/// How long a token must still live to be used at all.
pub(crate) const MARGIN: Duration = Duration::from_secs(60);

/// When a refresh whose answer was lost is asked for again. A portal repeats the answer for a minute.
const AGAIN: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30)];

/// The network, or what a test puts in its place.
#[async_trait]
pub trait Connector: Send + Sync {
    /// A portal by its address.
    fn portal(&self, origin: &Url) -> Option<Arc<dyn Portal>>;
    /// A portal's sign-in endpoints.
    async fn discover(&self, address: &Url) -> Result<Issuer, DiscoverError>;
    /// New tokens for a refresh token.
    async fn refresh(&self, issuer: &Issuer, client: &str, refresh: &Secret) -> Result<Tokens, Failure>;
    /// Gives a refresh token up.
    async fn revoke(&self, issuer: &Issuer, client: &str, refresh: &Secret) -> Result<(), Failure>;
}

/// The real network.
pub(crate) struct Network {
    clock: Arc<dyn Clock>,
}

impl Network {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

#[async_trait]
impl Connector for Network {
    fn portal(&self, origin: &Url) -> Option<Arc<dyn Portal>> {
        keystow_connect::developer_service(origin, Arc::clone(&self.clock)).ok()
    }

    async fn discover(&self, address: &Url) -> Result<Issuer, DiscoverError> {
        oauth::discover(address, Arc::clone(&self.clock)).await
    }

    async fn refresh(&self, issuer: &Issuer, client: &str, refresh: &Secret) -> Result<Tokens, Failure> {
        oauth::refresh(issuer, client, refresh, Arc::clone(&self.clock)).await
    }

    async fn revoke(&self, issuer: &Issuer, client: &str, refresh: &Secret) -> Result<(), Failure> {
        oauth::revoke(issuer, client, refresh, Arc::clone(&self.clock)).await
    }
}

/// An access token and how long it is good, on the clock that counts sleep. Never on disk.
pub(crate) struct Access {
    token: Arc<Secret>,
    good_until: Duration,
}

/// A portal and the token to ask it with.
pub(crate) struct Session {
    pub(crate) account: AccountId,
    pub(crate) portal: Arc<dyn Portal>,
    pub(crate) token: Arc<Secret>,
}

/// Asks a portal; a token that it calls stale is renewed once and the same question asked again.
/// A refusal of the token is a refusal of the whole call, so that is safe for changes too.
macro_rules! ask {
    ($engine:expr, $account:expr, |$portal:ident, $token:ident| $call:expr) => {
        $crate::session::ask!($engine, $account, $crate::session::MARGIN, |$portal, $token| $call)
    };
    ($engine:expr, $account:expr, $for:expr, |$portal:ident, $token:ident| $call:expr) => {{
        let session = $engine.session($account, $for).await?;
        let ($portal, $token) = (session.portal.as_ref(), session.token.as_ref());
        match $call.await {
            Err(failure) if failure.is_signed_out() => {
                let session = $engine.renewed(session).await?;
                let ($portal, $token) = (session.portal.as_ref(), session.token.as_ref());
                $call.await
            }
            result => result,
        }
    }};
}
pub(crate) use ask;

impl Engine {
    /// A session whose token lives at least `lifetime` longer.
    pub(crate) async fn session(&self, account: &AccountId, lifetime: Duration) -> Result<Session, Trouble> {
        let portal = self.portal(account)?;
        if let Some(token) = self.living_token(account, lifetime, None) {
            return Ok(Session { account: account.clone(), portal, token });
        }
        let token = self.renew(account, lifetime, None).await?;
        Ok(Session { account: account.clone(), portal, token })
    }

    /// The same session with a new token, because the portal called the old one stale.
    pub(crate) async fn renewed(&self, session: Session) -> Result<Session, Trouble> {
        let token = self.renew(&session.account, MARGIN, Some(&session.token)).await?;
        Ok(Session { token, ..session })
    }

    /// The portal of an account.
    pub(crate) fn portal(&self, account: &AccountId) -> Result<Arc<dyn Portal>, Trouble> {
        if let Some(portal) = self.state().portals.get(account) {
            return Ok(Arc::clone(portal));
        }
        let known = self.known(account)?.account;
        let origin = self.address(&known)?;
        let portal = self.0.connector.portal(&origin).ok_or_else(words::bad_address)?;
        self.state().portals.insert(account.clone(), Arc::clone(&portal));
        Ok(portal)
    }

    /// The sign-in endpoints of an account's portal.
    pub(crate) async fn issuer(&self, account: &Account) -> Result<Issuer, Trouble> {
        if let Some(issuer) = self.state().issuers.get(&account.id) {
            return Ok(issuer.clone());
        }
        let address = self.address(account)?;
        let issuer = self.0.connector.discover(&address).await.map_err(|error| words::discover(&error))?;
        self.state().issuers.insert(account.id.clone(), issuer.clone());
        Ok(issuer)
    }

    fn address(&self, account: &Account) -> Result<Url, Trouble> {
        match account.portal {
            PortalKind::BuiltIn => self.state().built_in.clone().ok_or_else(|| self.built_in_down()),
            PortalKind::Remote => Url::parse(&account.issuer).map_err(|_| words::bad_address()),
        }
    }

    fn living_token(
        &self,
        account: &AccountId,
        lifetime: Duration,
        not: Option<&Arc<Secret>>,
    ) -> Option<Arc<Secret>> {
        let now = self.0.clock.elapsed();
        let state = self.state();
        let access = state.access.get(account)?;
        let is_stale = not.is_some_and(|stale| Arc::ptr_eq(stale, &access.token));
        (!is_stale && access.good_until > now + lifetime.max(MARGIN)).then(|| Arc::clone(&access.token))
    }

    /// A new access token. However many ask at once, one refresh goes out and all share its result.
    ///
    /// Whoever asked may go away: the successor of a spent refresh token is kept in any case.
    async fn renew(
        &self,
        account: &AccountId,
        lifetime: Duration,
        stale: Option<&Arc<Secret>>,
    ) -> Result<Arc<Secret>, Trouble> {
        let (engine, account, stale) = (self.clone(), account.clone(), stale.cloned());
        let task =
            tokio::spawn(async move { engine.renew_in_turn(&account, lifetime, stale.as_ref()).await });
        task.await.unwrap_or_else(|_| Err(words::session_unknown(&Failure::Unknown(Cause::Interrupted))))
    }

    async fn renew_in_turn(
        &self,
        account: &AccountId,
        lifetime: Duration,
        stale: Option<&Arc<Secret>>,
    ) -> Result<Arc<Secret>, Trouble> {
        let turn = self.renewal(account);
        let _turn = turn.lock().await;
        if let Some(token) = self.living_token(account, lifetime, stale) {
            return Ok(token);
        }
        let known = self.known(account)?.account;
        // A lock that comes meanwhile waits for the new refresh token: the old one is spent by then.
        let _hold = self.0.vault.hold().map_err(words::vault)?;
        self.refresh_token(account).await?;
        let issuer = self.issuer(&known).await?;
        let _alone = self.alone(account).await?;
        // Read again: another process may have spent the one that was kept before.
        let refresh = self.refresh_token(account).await?;
        let tokens = match self.refresh_once_more(&issuer, &known, &refresh).await {
            Ok(tokens) => tokens,
            Err(failure) => return Err(self.refresh_failed(account, &failure).await),
        };
        self.adopt(&known, tokens, SignedIn::SignedIn).await
    }

    /// The refresh token of an account, as it is kept now.
    async fn refresh_token(&self, account: &AccountId) -> Result<Secret, Trouble> {
        match self.0.vault.session(account).await {
            Ok(Some((_, refresh))) => return Ok(refresh),
            Ok(None) => {}
            // A token that does not open is as good as none: only a sign-in brings another.
            Err(VaultError::Tampered) => {
                let _ = self.0.vault.end_session(account).await;
                self.set_session(account, SignedIn::Ended).await;
            }
            Err(error) => return Err(words::vault(error)),
        }
        if self.known(account)?.session != SignedIn::Ended {
            self.set_session(account, SignedIn::SignedOut).await;
        }
        Err(words::signed_out())
    }

    /// Whose turn it is in this process to change the session of an account.
    pub(crate) fn renewal(&self, account: &AccountId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.state().renewing.entry(account.clone()).or_default())
    }

    /// Keeps other processes from changing the session of an account until it is dropped.
    pub(crate) async fn alone(&self, account: &AccountId) -> Result<SessionLock, Trouble> {
        let lock = SessionLock::take(&self.0.folder, account).await;
        lock.map_err(|error| words::vault(error.into()))
    }

    /// A refresh whose answer was lost is asked once more: the portal repeats the successor for a while.
    async fn refresh_once_more(
        &self,
        issuer: &Issuer,
        account: &Account,
        refresh: &Secret,
    ) -> Result<Tokens, Failure> {
        match self.0.connector.refresh(issuer, &account.client_id, refresh).await {
            Err(Failure::Unknown(_)) => self.0.connector.refresh(issuer, &account.client_id, refresh).await,
            result => result,
        }
    }

    async fn refresh_failed(&self, account: &AccountId, failure: &Failure) -> Trouble {
        if failure.is_signed_out() {
            let _ = self.0.vault.end_session(account).await;
            self.state().access.remove(account);
            self.set_session(account, SignedIn::Ended).await;
            self.log(Note::new(Deed::SignedOut).of(account).fact("by", "portal")).await;
            return words::signed_out();
        }
        self.set_session(account, SignedIn::Unknown).await;
        if matches!(failure, Failure::Unknown(_)) {
            self.ask_again_soon(account);
        }
        words::session_unknown(failure)
    }

    /// Asks again while a portal may still repeat the successor of a token that it has spent.
    fn ask_again_soon(&self, account: &AccountId) {
        if !self.state().asking_again.insert(account.clone()) {
            return;
        }
        let (engine, account) = (Arc::downgrade(&self.0), account.clone());
        let host = Arc::clone(&self.0.host);
        tokio::spawn(async move {
            for pause in AGAIN {
                host.rest(pause).await;
                let Some(engine) = engine.upgrade().map(Engine) else { return };
                let open = engine.known(&account).is_ok_and(|known| known.session == SignedIn::Unknown);
                if !open || engine.session(&account, MARGIN).await.is_ok() {
                    break;
                }
            }
            if let Some(engine) = engine.upgrade().map(Engine) {
                engine.state().asking_again.remove(&account);
            }
        });
    }

    /// Takes tokens over: the refresh token to disk, then the access token into use.
    pub(crate) async fn adopt(
        &self,
        account: &Account,
        tokens: Tokens,
        session: SignedIn,
    ) -> Result<Arc<Secret>, Trouble> {
        if let Some(refresh) = &tokens.refresh {
            let facts = AccountState::facts(account);
            self.0.vault.keep_session(&account.id, &facts, refresh).await.map_err(words::vault)?;
        }
        if !self.0.vault.is_unlocked() {
            // Locked meanwhile: what came is kept, and nothing is used.
            return Err(words::vault(keystow_vault::VaultError::Locked));
        }
        let token = Arc::new(tokens.access);
        let good_until = self.0.clock.elapsed() + tokens.expires_in.mul_f32(0.9);
        let access = Access { token: Arc::clone(&token), good_until };
        self.state().access.insert(account.id.clone(), access);
        self.set_session(&account.id, session).await;
        Ok(token)
    }
}
