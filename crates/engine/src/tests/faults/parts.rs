//! The portal, its tokens and the keyring, each of which fails as the plan says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use keystow_connect::fakes::MemoryPortal;
use keystow_connect::oauth::{Dialect, DiscoverError, Issuer, Tokens};
use keystow_connect::{
    Cause, Failure, Issued, KeyPage, Offset, PageToken, Portal, Probe, RateLimit, Refusal, RefusalKind,
    Revoked, Trial,
};
use keystow_domain::{Abilities, Clock as _, Key, KeyId, NewKey, OperationId, Quota, Usage, UsageQuery};
use keystow_vault::{DataKey, Fault, Keyring, KeyringError, MemoryKeyring, Secret};
use url::Url;

use super::plan::{Kind, Place, Strike};
use super::world::{Here, World};
use crate::session::Connector;

/// What a call to a portal ends with.
fn failure(world: &Arc<World>, kind: Kind) -> Failure {
    let refused = |status, kind| Failure::Refused(Refusal::bare(status, kind));
    match kind {
        Kind::NotSent => Failure::NotSent(Cause::Connect),
        Kind::ServerFailsBefore => Failure::Unknown(Cause::Server(503)),
        Kind::ServerFailsAfter => Failure::Unknown(Cause::Server(500)),
        Kind::SignedOut => refused(401, RefusalKind::SignedOut),
        Kind::Forbidden => refused(403, RefusalKind::Forbidden),
        Kind::NotFound => refused(404, RefusalKind::NotFound),
        Kind::Conflict => refused(409, RefusalKind::Conflict),
        Kind::Throttled => {
            let later = Here(Arc::clone(world)).now().plus(Duration::from_secs(2));
            Failure::Refused(Refusal { retry_at: Some(later), ..Refusal::bare(429, RefusalKind::Throttled) })
        }
        Kind::Garbage => Failure::Unknown(Cause::Garbage),
        Kind::NoSecret => Failure::Unknown(Cause::NoSecret),
        Kind::OtherKey => Failure::Unknown(Cause::WrongKey),
        _ => Failure::Unknown(Cause::Interrupted),
    }
}

/// Makes a call, unless something goes wrong with it.
async fn call<T>(
    world: &Arc<World>,
    place: Place,
    act: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    // Whoever else has something to do comes in between.
    tokio::task::yield_now().await;
    let kind = match world.strike(place) {
        Strike::None => return act.await,
        Strike::Dead => return std::future::pending().await,
        Strike::By(kind) => kind,
    };
    if kind.acts() {
        let _ = act.await;
    }
    if kind.is_death() {
        return std::future::pending().await;
    }
    Err(failure(world, kind))
}

/// A portal beyond a network.
pub(crate) struct FarPortal {
    pub(crate) portal: Arc<MemoryPortal>,
    pub(crate) world: Arc<World>,
    offset: Mutex<Option<Offset>>,
}

impl FarPortal {
    pub(crate) fn new(portal: Arc<MemoryPortal>, world: Arc<World>) -> Self {
        Self { portal, world, offset: Mutex::default() }
    }

    async fn call<T>(
        &self,
        place: Place,
        act: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let result = call(&self.world, place, act).await;
        if matches!(result, Ok(_) | Err(Failure::Refused(_))) {
            // Every answer carries the portal's date.
            let here = Here(Arc::clone(&self.world)).moment();
            let (learned_at, learned_elapsed) = (here.wall, here.elapsed);
            let told = Some(Offset { millis: self.world.offset(), learned_at, learned_elapsed });
            *self.offset.lock().unwrap_or_else(PoisonError::into_inner) = told;
        }
        result
    }
}

impl keystow_connect::Apps for FarPortal {}

impl keystow_connect::Teams for FarPortal {}
impl keystow_connect::Clients for FarPortal {}
impl keystow_connect::Admin for FarPortal {}

#[async_trait]
impl Portal for FarPortal {
    async fn abilities(&self, token: &Secret) -> Result<Abilities, Failure> {
        self.call(Place::Read, self.portal.abilities(token)).await
    }

    async fn person(&self, token: &Secret) -> Result<Option<String>, Failure> {
        self.call(Place::Read, self.portal.person(token)).await
    }

    async fn keys(&self, token: &Secret, page: Option<&PageToken>, size: u32) -> Result<KeyPage, Failure> {
        self.call(Place::Read, Portal::keys(&*self.portal, token, page, size)).await
    }

    async fn key(&self, token: &Secret, id: &KeyId) -> Result<Option<Key>, Failure> {
        // The connector makes nothing of a 404, and says so as one.
        match self.call(Place::Read, self.portal.key(token, id)).await {
            Err(Failure::Refused(refusal)) if refusal.kind == RefusalKind::NotFound => Ok(None),
            result => result,
        }
    }

    async fn issue(&self, token: &Secret, op: &OperationId, new: &NewKey) -> Result<Issued, Failure> {
        self.call(Place::Issue, self.portal.issue(token, op, new)).await
    }

    async fn rotate(
        &self,
        token: &Secret,
        op: &OperationId,
        id: &KeyId,
        grace: Option<Duration>,
    ) -> Result<Issued, Failure> {
        self.call(Place::Issue, self.portal.rotate(token, op, id, grace)).await
    }

    async fn rename(&self, token: &Secret, id: &KeyId, name: &str) -> Result<Key, Failure> {
        self.call(Place::Change, self.portal.rename(token, id, name)).await
    }

    async fn revoke(&self, token: &Secret, id: &KeyId) -> Result<Revoked, Failure> {
        // The connector takes a 409 for "revoked before".
        match self.call(Place::Change, self.portal.revoke(token, id)).await {
            Err(Failure::Refused(refusal)) if refusal.kind == RefusalKind::Conflict => Ok(Revoked::Already),
            result => result,
        }
    }

    async fn end_grace(&self, token: &Secret, id: &KeyId) -> Result<Key, Failure> {
        self.call(Place::Change, self.portal.end_grace(token, id)).await
    }

    async fn usage(&self, token: &Secret, query: &UsageQuery) -> Result<Usage, Failure> {
        self.call(Place::Read, self.portal.usage(token, query)).await
    }

    async fn quota(&self, token: &Secret, key: Option<&KeyId>) -> Result<Option<Quota>, Failure> {
        self.call(Place::Read, self.portal.quota(token, key)).await
    }

    async fn probe(&self, trial: &Trial, secret: &Secret) -> Result<Probe, Failure> {
        self.call(Place::Read, self.portal.probe(trial, secret)).await
    }

    fn clock_offset(&self) -> Option<Offset> {
        *self.offset.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limits(&self) -> Option<RateLimit> {
        self.portal.limits()
    }
}

/// The portal's sessions: a token is spent once, and its successor repeated to whoever lost it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions {
    current: u32,
    pub(crate) ended: bool,
    redeemed: HashMap<u32, u32>,
}

impl Sessions {
    /// A text of a length that every token has, so that "starts with" is "is".
    fn refresh_token(number: u32) -> String {
        format!("refresh-s3cr3t-{number:06}")
    }

    /// The most often that one token brought new ones.
    pub(crate) fn most_redeemed(&self) -> u32 {
        self.redeemed.values().copied().max().unwrap_or(0)
    }

    /// A person signs in again; the token that starts the session.
    pub(crate) fn begin(&mut self) -> Secret {
        self.current += 10;
        self.ended = false;
        Secret::from_text(Self::refresh_token(self.current))
    }

    fn spend(&mut self, token: &Secret) -> Result<Tokens, Failure> {
        let is = |number: u32| token.starts_with(&Self::refresh_token(number));
        if !self.ended && is(self.current) {
            *self.redeemed.entry(self.current).or_default() += 1;
            self.current += 1;
        } else if self.ended || !(self.current > 0 && is(self.current - 1)) {
            // An older token than the last is a thief's: the portal ends the session.
            self.ended = true;
            return Err(Failure::Refused(Refusal::bare(401, RefusalKind::SignedOut)));
        }
        Ok(Tokens {
            access: Secret::from_text(format!("access-s3cr3t-{:06}", self.current)),
            refresh: Some(Secret::from_text(Self::refresh_token(self.current))),
            expires_in: Duration::from_secs(3600),
            scopes: vec!["read".into()],
        })
    }
}

/// The network: one portal, and its sessions.
pub(crate) struct FarNetwork {
    pub(crate) portal: Arc<FarPortal>,
    pub(crate) sessions: Arc<Mutex<Sessions>>,
}

#[async_trait]
impl Connector for FarNetwork {
    fn portal(&self, _origin: &Url) -> Option<Arc<dyn Portal>> {
        Some(Arc::clone(&self.portal) as Arc<dyn Portal>)
    }

    async fn discover(&self, address: &Url) -> Result<Issuer, DiscoverError> {
        Ok(Issuer {
            issuer: address.to_string(),
            authorization_endpoint: address.clone(),
            token_endpoint: address.clone(),
            refresh_endpoint: address.clone(),
            revocation_endpoint: None,
            dialect: Dialect::Rfc,
            iss_required: true,
            scopes: vec!["read".into()],
        })
    }

    async fn refresh(&self, _: &Issuer, _: &str, refresh: &Secret) -> Result<Tokens, Failure> {
        let spend = async { self.sessions.lock().unwrap_or_else(PoisonError::into_inner).spend(refresh) };
        let result = call(&self.portal.world, Place::Token, spend).await;
        if result.as_ref().is_err_and(Failure::is_signed_out) {
            self.sessions.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        }
        result
    }

    async fn revoke(&self, _: &Issuer, _: &str, _: &Secret) -> Result<(), Failure> {
        Ok(())
    }
}

/// A keyring that fails as the plan says.
pub(crate) struct FarKeyring {
    keyring: MemoryKeyring,
    world: Arc<World>,
}

impl FarKeyring {
    pub(crate) fn new(keyring: MemoryKeyring, world: Arc<World>) -> Self {
        Self { keyring, world }
    }

    fn call<T>(&self, act: impl Fn() -> Result<T, KeyringError>) -> Result<T, KeyringError> {
        match self.world.strike(Place::Keyring) {
            Strike::None => act(),
            Strike::By(Kind::KeyringLocked) => Err(KeyringError::Locked),
            Strike::By(Kind::KeyringAbsent) => Err(KeyringError::Absent),
            Strike::By(Kind::KeyringForgets) => {
                self.keyring.set_fault(Fault::Forgets);
                let done = act();
                self.keyring.set_fault(Fault::None);
                done
            }
            Strike::By(Kind::DiesAfter) => act().and(Err(KeyringError::Broken)),
            Strike::By(_) | Strike::Dead => Err(KeyringError::Broken),
        }
    }
}

impl Keyring for FarKeyring {
    fn load(&self) -> Result<Option<DataKey>, KeyringError> {
        self.call(|| self.keyring.load())
    }

    fn save(&self, key: &DataKey) -> Result<(), KeyringError> {
        self.call(|| self.keyring.save(key))
    }

    fn delete(&self) -> Result<(), KeyringError> {
        self.call(|| self.keyring.delete())
    }
}
