//! A portal whose pages wait until a test lets them through.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use keystow_connect::{
    Failure, Issued, KeyPage, Offset, PageToken, Portal, Probe, RateLimit, Revoked, Trial,
};
use keystow_domain::{Abilities, Key, KeyId, NewKey, OperationId, Quota, Usage, UsageQuery};
use keystow_vault::Secret;
use tokio::sync::Semaphore;

use crate::tests::Desk;

/// A portal in memory whose list comes page by page, each when a test says so.
pub(super) struct Gated {
    portal: Arc<dyn Portal>,
    gate: Semaphore,
    /// Whether a page is made when it is asked for, and not when it is let through.
    pub(super) is_slow: AtomicBool,
    /// How many pages were asked for.
    pub(super) asked: AtomicUsize,
    /// Keys that it lists no more.
    pub(super) gone: Mutex<HashSet<KeyId>>,
    /// Whether it knows nothing of those by their ids either.
    pub(super) forgets_gone: AtomicBool,
    /// How many rows of each page cannot be read.
    pub(super) skipped: AtomicUsize,
}

impl Gated {
    /// Stands between a person and their portal.
    pub(super) fn before(desk: &Desk) -> Arc<Self> {
        let gated = Arc::new(Self {
            portal: Arc::clone(&desk.network.portal) as Arc<dyn Portal>,
            gate: Semaphore::new(0),
            is_slow: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
            gone: Mutex::default(),
            forgets_gone: AtomicBool::new(false),
            skipped: AtomicUsize::new(0),
        });
        let portal = Arc::clone(&gated) as Arc<dyn Portal>;
        desk.engine.state().portals.insert(desk.account(), portal);
        gated
    }

    /// Lets so many pages through.
    pub(super) fn let_through(&self, pages: usize) {
        self.gate.add_permits(pages);
    }

    /// Lets none through from now on.
    pub(super) fn close(&self) {
        self.gate.forget_permits(usize::MAX);
    }

    /// Lets every page through that comes.
    pub(super) fn open(&self) {
        self.gate.add_permits(10_000);
    }
}

impl keystow_connect::Apps for Gated {}

impl keystow_connect::Teams for Gated {}
impl keystow_connect::Clients for Gated {}
impl keystow_connect::Admin for Gated {}

#[async_trait]
impl Portal for Gated {
    async fn abilities(&self, token: &Secret) -> Result<Abilities, Failure> {
        self.portal.abilities(token).await
    }

    async fn person(&self, token: &Secret) -> Result<Option<String>, Failure> {
        self.portal.person(token).await
    }

    async fn keys(&self, token: &Secret, page: Option<&PageToken>, size: u32) -> Result<KeyPage, Failure> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let early = if self.is_slow.load(Ordering::SeqCst) {
            Some(self.portal.keys(token, page, size).await)
        } else {
            None
        };
        self.gate.acquire().await.expect("nobody closes it").forget();
        let mut page = match early {
            Some(page) => page,
            None => self.portal.keys(token, page, size).await,
        }?;
        let gone = self.gone.lock().unwrap();
        page.keys.retain(|key| !gone.contains(&key.id));
        page.skipped = u32::try_from(self.skipped.load(Ordering::SeqCst)).unwrap();
        Ok(page)
    }

    async fn key(&self, token: &Secret, id: &KeyId) -> Result<Option<Key>, Failure> {
        if self.forgets_gone.load(Ordering::SeqCst) && self.gone.lock().unwrap().contains(id) {
            return Ok(None);
        }
        self.portal.key(token, id).await
    }

    async fn issue(&self, token: &Secret, op: &OperationId, new: &NewKey) -> Result<Issued, Failure> {
        self.portal.issue(token, op, new).await
    }

    async fn rotate(
        &self,
        token: &Secret,
        op: &OperationId,
        id: &KeyId,
        grace: Option<Duration>,
    ) -> Result<Issued, Failure> {
        self.portal.rotate(token, op, id, grace).await
    }

    async fn rename(&self, token: &Secret, id: &KeyId, name: &str) -> Result<Key, Failure> {
        self.portal.rename(token, id, name).await
    }

    async fn revoke(&self, token: &Secret, id: &KeyId) -> Result<Revoked, Failure> {
        self.portal.revoke(token, id).await
    }

    async fn end_grace(&self, token: &Secret, id: &KeyId) -> Result<Key, Failure> {
        self.portal.end_grace(token, id).await
    }

    async fn usage(&self, token: &Secret, query: &UsageQuery) -> Result<Usage, Failure> {
        self.portal.usage(token, query).await
    }

    async fn quota(&self, token: &Secret, key: Option<&KeyId>) -> Result<Option<Quota>, Failure> {
        self.portal.quota(token, key).await
    }

    async fn probe(&self, trial: &Trial, secret: &Secret) -> Result<Probe, Failure> {
        self.portal.probe(trial, secret).await
    }

    fn clock_offset(&self) -> Option<Offset> {
        self.portal.clock_offset()
    }

    fn limits(&self) -> Option<RateLimit> {
        self.portal.limits()
    }
}
