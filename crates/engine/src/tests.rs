//! The use cases on stand-ins: a portal, a keyring and a clipboard in memory, a clock that is set.

mod copying;
mod faults;
mod issuing;
mod sessions;

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use keystow_connect::fakes::MemoryPortal;
use keystow_connect::oauth::{Dialect, DiscoverError, Issuer, Tokens};
use keystow_connect::{Failure, Portal};
use keystow_domain::{Account, AccountId, Clock, NewKey, OperationId, PortalKind, Session, Timestamp};
use keystow_vault::{ClipboardSpy, Fault, MemoryKeyring, Secret};
use url::Url;

use crate::Trouble;
use crate::accounts::AccountState;
use crate::engine::{Engine, Parts, Setup};
use crate::host::{Host, Step};
use crate::list::{Order, Page, Query, Row};
use crate::session::Connector;

/// A clock that moves only when it is told to.
pub(crate) struct MockClock(AtomicI64);

impl Default for MockClock {
    fn default() -> Self {
        Self(AtomicI64::new(Self::START))
    }
}

impl MockClock {
    const START: i64 = 1_800_000_000_000;

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis((self.0.load(Ordering::SeqCst) - Self::START).unsigned_abs())
    }
}

/// A desktop on which the process dies where a test says.
#[derive(Default)]
pub(crate) struct MockHost {
    die_at: Mutex<Option<Step>>,
}

impl Host for MockHost {
    fn open_browser(&self, _address: &str) -> bool {
        true
    }

    fn passed(&self, step: Step, _operation: &OperationId) {
        let dies = self.die_at.lock().unwrap().take_if(|at| *at == step).is_some();
        assert!(!dies, "the process dies here");
    }
}

/// A network that leads to one portal in memory.
pub(crate) struct MockNetwork {
    pub(crate) portal: Arc<MemoryPortal>,
    pub(crate) refreshes: AtomicUsize,
    /// What the next refreshes end with, the first first.
    pub(crate) refresh_failures: Mutex<Vec<Failure>>,
    pub(crate) revocation: Mutex<Option<Failure>>,
}

#[async_trait]
impl Connector for MockNetwork {
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

    async fn refresh(&self, _: &Issuer, _: &str, _: &Secret) -> Result<Tokens, Failure> {
        let count = self.refreshes.fetch_add(1, Ordering::SeqCst);
        // Whoever else wants a token gets in line meanwhile.
        tokio::task::yield_now().await;
        let mut failures = self.refresh_failures.lock().unwrap();
        if !failures.is_empty() {
            return Err(failures.remove(0));
        }
        Ok(Tokens {
            access: Secret::from_text(format!("access-{count}")),
            refresh: Some(Secret::from_text(format!("refresh-{count}"))),
            expires_in: Duration::from_secs(3600),
            scopes: vec!["read".into()],
        })
    }

    async fn revoke(&self, _: &Issuer, _: &str, _: &Secret) -> Result<(), Failure> {
        self.revocation.lock().unwrap().take().map_or(Ok(()), Err)
    }
}

/// A person at a computer: signed in, vault open, one portal.
pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<MockClock>,
    pub(crate) host: Arc<MockHost>,
    pub(crate) keyring: Arc<MemoryKeyring>,
    pub(crate) clipboard: ClipboardSpy,
    pub(crate) network: Arc<MockNetwork>,
    pub(crate) folder: tempfile::TempDir,
}

impl Desk {
    /// A person who just signed in to a portal that can do everything.
    pub(crate) async fn signed_in() -> Self {
        Self::at(MemoryPortal::new).await
    }

    /// A person who just signed in to a portal that speaks the plain contract alone.
    pub(crate) async fn signed_in_to_plain() -> Self {
        Self::at(MemoryPortal::plain).await
    }

    async fn at(portal: impl FnOnce(Arc<dyn Clock>) -> MemoryPortal) -> Self {
        let clock = Arc::new(MockClock::default());
        let network = Arc::new(MockNetwork {
            portal: Arc::new(portal(Arc::clone(&clock) as Arc<dyn Clock>)),
            refreshes: AtomicUsize::new(0),
            refresh_failures: Mutex::default(),
            revocation: Mutex::default(),
        });
        let folder = tempfile::tempdir().unwrap();
        let (host, keyring) = (Arc::new(MockHost::default()), Arc::new(MemoryKeyring::new()));
        let clipboard = ClipboardSpy::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let engine = open(folder.path(), &clock, &host, &keyring, &clipboard, &network).await.unwrap();
        let desk = Self { engine, clock, host, keyring, clipboard, network, folder };
        desk.engine.unlock().await.unwrap();
        let account = account();
        desk.engine.keep_account(account.clone(), Session::SignedIn).await.unwrap();
        let facts = AccountState::facts(&account);
        let refresh = Secret::from_text("refresh-first".into());
        desk.engine.0.vault.keep_session(&account.id, &facts, &refresh).await.unwrap();
        desk.engine.read_abilities(&account.id).await;
        desk
    }

    /// The app is killed and started again: only what is on disk and in the keyring is left.
    pub(crate) async fn restarted(self) -> Self {
        let Self { engine, clock, host, keyring, clipboard, network, folder } = self;
        drop(engine);
        let engine = loop {
            // Tasks of the engine that was dropped may still let go of the folder.
            match open(folder.path(), &clock, &host, &keyring, &clipboard, &network).await {
                Err(trouble) if trouble.code == "already_running" => tokio::task::yield_now().await,
                opened => break opened.unwrap(),
            }
        };
        let desk = Self { engine, clock, host, keyring, clipboard, network, folder };
        desk.engine.unlock().await.unwrap();
        desk
    }

    pub(crate) fn account(&self) -> AccountId {
        account().id
    }

    pub(crate) fn break_keyring(&self, fault: Fault) {
        self.engine.0.vault.lock();
        self.keyring.set_fault(fault);
    }

    pub(crate) fn die_at(&self, step: Step) {
        *self.host.die_at.lock().unwrap() = Some(step);
    }

    pub(crate) async fn create(&self, name: &str) -> Result<Row, Trouble> {
        self.engine.create(&format!("ticket of {name}"), &new_key(name)).await
    }

    /// Waits until something about the list, the notices or the journal is as wanted.
    pub(crate) async fn until<T>(&self, look: impl AsyncFn(&Engine) -> Option<T>) -> T {
        let mut events = self.engine.watch();
        loop {
            if let Some(found) = look(&self.engine).await {
                return found;
            }
            tokio::select! {
                _ = events.recv() => {}
                () = tokio::task::yield_now() => {}
            }
        }
    }

    pub(crate) fn page(&self) -> Page {
        let query =
            Query { search: String::new(), environment: None, order: Order::Name, offset: 0, limit: 200 };
        self.engine.keys(&query).unwrap()
    }

    pub(crate) fn notice(&self, code: &str) -> bool {
        self.engine.notices().iter().any(|notice| notice.what.code == code)
    }
}

pub(crate) fn new_key(name: &str) -> NewKey {
    NewKey { name: name.into(), scopes: vec!["read".into()], environment: None, expires_at: None }
}

fn account() -> Account {
    Account {
        id: AccountId::new("acc_1"),
        portal: PortalKind::Remote,
        issuer: "http://127.0.0.1:9".into(),
        portal_name: "Test portal".into(),
        client_id: "keystow-desktop".into(),
        person: Some("nadia@example.com".into()),
        scopes: vec!["read".into()],
    }
}

async fn open(
    folder: &Path,
    clock: &Arc<MockClock>,
    host: &Arc<MockHost>,
    keyring: &Arc<MemoryKeyring>,
    clipboard: &ClipboardSpy,
    network: &Arc<MockNetwork>,
) -> Result<Engine, Trouble> {
    let setup = Setup {
        folder: folder.to_owned(),
        guard: "unused".into(),
        keyring_service: "unused".into(),
        host: Arc::clone(host) as Arc<dyn Host>,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
    };
    let parts = Parts {
        keyring: Arc::clone(keyring) as Arc<dyn keystow_vault::Keyring>,
        clipboard: clipboard.clipboard(),
        plain_clipboard: clipboard.clipboard(),
        connector: Arc::clone(network) as Arc<dyn Connector>,
        disturb: None,
    };
    Engine::assemble(setup, parts).await
}
