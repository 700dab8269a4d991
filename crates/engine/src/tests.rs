//! The use cases on stand-ins: a portal, a keyring and a clipboard in memory, a clock that is set.

mod alerting;
mod approving;
mod apps;
mod auditing;
mod bulk;
mod clients;
mod copying;
mod ending;
mod faults;
mod forming;
mod graphs;
mod health;
mod importing;
mod issuing;
mod listing;
mod locking;
mod picking;
mod placing;
mod portal_logging;
mod proving;
mod receipts;
mod reminding;
mod rotating;
mod sealing;
mod sessions;
mod streaming;
mod sweeping;
mod teams;
mod timing;
mod unseen;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use keystow_connect::fakes::MemoryPortal;
use keystow_connect::oauth::{Dialect, DiscoverError, Issuer, Tokens};
use keystow_connect::{Failure, Portal, Refusal, RefusalKind};
use keystow_domain::{Account, AccountId, Clock, NewKey, OperationId, PortalKind, Session, Timestamp};
use keystow_vault::{ClipboardSpy, Fault, MemoryKeyring, Secret};
use url::Url;

use crate::Trouble;
use crate::accounts::AccountState;
use crate::engine::{Engine, Parts, Setup};
use crate::host::{Away, Host, Step};
use crate::list::{Order, Page, Query, Row};
use crate::session::Connector;

/// Far longer than anything takes that a test waits for, on the busiest computer.
const PATIENCE: Duration = Duration::from_secs(300);

/// A clock that moves only when it is told to. All in milliseconds.
#[derive(Default)]
pub(crate) struct MockClock {
    /// What really passed.
    passed: AtomicI64,
    /// How far the wall clock is set wrong.
    wrong: AtomicI64,
    /// What had passed when the computer was last started.
    booted: AtomicI64,
    /// How often it was.
    boots: AtomicI64,
}

impl MockClock {
    const START: i64 = 1_800_000_000_000;

    /// Time passes, whether or not the computer sleeps.
    pub(crate) fn advance(&self, by: Duration) {
        self.passed.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Somebody sets the wall clock.
    pub(crate) fn set_wall(&self, by_millis: i64) {
        self.wrong.fetch_add(by_millis, Ordering::SeqCst);
    }

    /// The computer is restarted: its clock that counts sleep starts again.
    pub(crate) fn reboot(&self) {
        self.boots.fetch_add(1, Ordering::SeqCst);
        self.booted.store(self.passed.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// What a clock says that nobody sets.
    pub(crate) fn truth(&self) -> Timestamp {
        Timestamp::from_millis(Self::START + self.passed.load(Ordering::SeqCst))
    }
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.truth().as_millis() + self.wrong.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        let since = self.passed.load(Ordering::SeqCst) - self.booted.load(Ordering::SeqCst);
        Duration::from_millis(since.unsigned_abs())
    }

    fn boot(&self) -> String {
        format!("boot {}", self.boots.load(Ordering::SeqCst))
    }
}

/// The clock of a portal elsewhere, which is never set wrong.
struct PortalClock(Arc<MockClock>);

impl Clock for PortalClock {
    fn now(&self) -> Timestamp {
        self.0.truth()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// What a test lets happen in the middle of something.
type Happening = Box<dyn FnOnce() + Send>;

/// A desktop on which the process dies where a test says.
#[derive(Default)]
pub(crate) struct MockHost {
    /// The titles of the notices the desktop showed.
    pub(crate) notified: Mutex<Vec<String>>,
    /// Whether it shows none.
    pub(crate) mute: AtomicBool,
    /// Where the desktop keeps downloads.
    pub(crate) downloads: Mutex<Option<PathBuf>>,
    /// Where the programs are that a test brought.
    pub(crate) programs: Mutex<Option<PathBuf>>,
    /// Where to die, and the how many-th time.
    die_at: Mutex<Option<(Step, usize)>>,
    /// The data folder, and where to keep it as the disk was at the death.
    image: Mutex<Option<(PathBuf, PathBuf)>>,
    /// Whether it died: what still runs of it gets no further than the next step.
    pub(crate) dead: AtomicBool,
    /// Whose time passes at once where something rests, if a test wants that.
    pub(crate) hurries: OnceLock<Arc<MockClock>>,
    /// How long nobody has touched the computer, where the desktop tells.
    pub(crate) idle: Mutex<Option<Duration>>,
    /// What the system tells of a person who goes away.
    pub(crate) away: Mutex<Option<tokio::sync::mpsc::UnboundedReceiver<Away>>>,
    /// What happens once when a change passes a step.
    pub(crate) on_step: Mutex<Option<(Step, Happening)>>,
    /// What the person types when a passphrase is asked for, the first first; nothing is a question that is closed.
    pub(crate) typed: Mutex<Vec<Option<&'static str>>>,
    /// The titles of the questions for a passphrase.
    pub(crate) questions: Mutex<Vec<String>>,
    /// What happens once while a passphrase is asked for.
    pub(crate) on_question: Mutex<Option<Happening>>,
    /// Whether whoever rests does so until this is taken back.
    pub(crate) keeps_resting: tokio::sync::watch::Sender<bool>,
}

#[async_trait]
impl Host for MockHost {
    async fn rest(&self, pause: Duration) {
        if self.keeps_resting.borrow().to_owned() {
            let _ = self.keeps_resting.subscribe().wait_for(|rests| !rests).await;
            return;
        }
        match self.hurries.get() {
            Some(clock) => clock.advance(pause),
            None => tokio::time::sleep(pause).await,
        }
        tokio::task::yield_now().await;
    }

    fn asks_passphrases(&self) -> bool {
        true
    }

    async fn ask_passphrase(&self, question: &crate::PassphraseQuestion) -> crate::Answered {
        self.questions.lock().unwrap().push(question.title.clone());
        let happens = self.on_question.lock().unwrap().take();
        if let Some(happens) = happens {
            happens();
        }
        let mut typed = self.typed.lock().unwrap();
        match if typed.is_empty() { None } else { typed.remove(0) } {
            Some(text) => crate::Answered::Given(crate::Passphrase::typed(text.to_owned())),
            None => crate::Answered::Dismissed,
        }
    }

    fn open_browser(&self, _address: &str) -> bool {
        true
    }

    fn idle(&self) -> Option<Duration> {
        *self.idle.lock().unwrap()
    }

    fn away(&self) -> Option<tokio::sync::mpsc::UnboundedReceiver<Away>> {
        self.away.lock().unwrap().take()
    }

    fn notify(&self, notification: &crate::Notification) -> bool {
        if self.mute.load(Ordering::SeqCst) {
            return false;
        }
        self.notified.lock().unwrap().push(notification.title.clone());
        true
    }

    fn downloads(&self) -> Option<std::path::PathBuf> {
        self.downloads.lock().unwrap().clone()
    }

    fn program(&self, name: &str) -> PathBuf {
        self.programs.lock().unwrap().as_ref().map_or_else(|| name.into(), |folder| folder.join(name))
    }

    fn passed(&self, step: Step, _operation: &OperationId) {
        let happens = self.on_step.lock().unwrap().take_if(|(at, _)| *at == step);
        if let Some((_, happens)) = happens {
            happens();
        }
        let mut die_at = self.die_at.lock().unwrap();
        if let Some((at, times)) = die_at.as_mut()
            && *at == step
        {
            *times -= 1;
        }
        let dies = die_at.take_if(|(_, times)| *times == 0).is_some();
        drop(die_at);
        if dies {
            self.dead.store(true, Ordering::SeqCst);
            if let Some((folder, image)) = self.image.lock().unwrap().take() {
                copy_folder(&folder, &image);
            }
        }
        assert!(!self.dead.load(Ordering::SeqCst), "the process dies here");
    }
}

/// A network that leads to one portal in memory.
pub(crate) struct MockNetwork {
    pub(crate) portal: Arc<MemoryPortal>,
    pub(crate) refreshes: AtomicUsize,
    /// What the next refreshes end with, the first first.
    pub(crate) refresh_failures: Mutex<Vec<Failure>>,
    /// The only refresh token that the portal takes; any, if nothing is set.
    pub(crate) good_refresh: Mutex<Option<String>>,
    pub(crate) revocation: Mutex<Option<Failure>>,
    /// How many tokens were given up.
    pub(crate) revocations: AtomicUsize,
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

    async fn refresh(&self, _: &Issuer, _: &str, refresh: &Secret) -> Result<Tokens, Failure> {
        let count = self.refreshes.fetch_add(1, Ordering::SeqCst);
        let good = self.good_refresh.lock().unwrap().clone();
        if good.is_some_and(|good| !refresh.starts_with(&good)) {
            return Err(Failure::Refused(Refusal::bare(400, RefusalKind::SignedOut)));
        }
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
        self.revocations.fetch_add(1, Ordering::SeqCst);
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
            portal: Arc::new(portal(Arc::new(PortalClock(Arc::clone(&clock))))),
            refreshes: AtomicUsize::new(0),
            refresh_failures: Mutex::default(),
            good_refresh: Mutex::default(),
            revocation: Mutex::default(),
            revocations: AtomicUsize::new(0),
        });
        let folder = tempfile::tempdir().unwrap();
        let (host, keyring) = (Arc::new(MockHost::default()), Arc::new(MemoryKeyring::new()));
        let clipboard = ClipboardSpy::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let engine = open(folder.path(), &clock, &host, &keyring, &clipboard, &network).await.unwrap();
        let desk = Self { engine, clock, host, keyring, clipboard, network, folder };
        desk.engine.unlock().await.unwrap();
        desk.engine.keep_account(account(), Session::SignedIn).await.unwrap();
        desk.keep_refresh_token("refresh-first").await;
        desk.engine.read_abilities(&desk.account()).await;
        desk
    }

    /// The app is killed and started again: only what is on disk and in the keyring is left.
    pub(crate) async fn restarted(self) -> Self {
        let Self { engine, clock, host, keyring, clipboard, network, folder } = self;
        let last = Arc::downgrade(&engine.0);
        drop(engine);
        while last.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
        host.dead.store(false, Ordering::SeqCst);
        let engine = loop {
            // The last of it may still let go of the folder.
            match open(folder.path(), &clock, &host, &keyring, &clipboard, &network).await {
                Err(trouble) if trouble.code == "already_running" => tokio::task::yield_now().await,
                opened => break opened.unwrap(),
            }
        };
        let desk = Self { engine, clock, host, keyring, clipboard, network, folder };
        desk.engine.unlock().await.unwrap();
        desk
    }

    /// The portal's next answer tells its time, as a `Date` header does.
    pub(crate) fn learn_clock(&self) {
        let (here, there) = (self.clock.moment(), self.clock.truth());
        self.network.portal.set_offset(Some(keystow_connect::Offset {
            millis: there.as_millis() - here.wall.as_millis(),
            learned_at: here.wall,
            learned_elapsed: here.elapsed,
        }));
    }

    /// The computer is restarted, and the app on it.
    pub(crate) async fn rebooted(self) -> Self {
        self.clock.reboot();
        self.network.portal.set_offset(None);
        self.restarted().await
    }

    pub(crate) fn account(&self) -> AccountId {
        account().id
    }

    /// The same person signs in again.
    pub(crate) async fn sign_in_again(&self) {
        self.keep_refresh_token("refresh-again").await;
        self.engine.set_session(&self.account(), Session::SignedIn).await;
    }

    pub(crate) async fn keep_refresh_token(&self, token: &str) {
        let (account, refresh) = (account(), Secret::from_text(token.to_owned()));
        let facts = AccountState::facts(&account);
        self.engine.0.vault.keep_session(&account.id, &facts, &refresh).await.unwrap();
    }

    pub(crate) fn break_keyring(&self, fault: Fault) {
        self.engine.0.vault.lock();
        self.keyring.set_fault(fault);
    }

    pub(crate) fn die_at(&self, step: Step) {
        *self.host.die_at.lock().unwrap() = Some((step, 1));
    }

    /// The process dies where it passes a step for the n-th time. The folder that is returned then holds
    /// what was on the disk at that moment.
    pub(crate) fn die_at_nth(&self, step: Step, nth: usize) -> tempfile::TempDir {
        let image = tempfile::tempdir().unwrap();
        *self.host.image.lock().unwrap() = Some((self.folder.path().to_owned(), image.path().to_owned()));
        *self.host.die_at.lock().unwrap() = Some((step, nth));
        image
    }

    /// The app is started on what was on the disk when the last one died.
    pub(crate) async fn restarted_on(self, image: tempfile::TempDir) -> Self {
        Self { folder: image, ..self }.restarted().await
    }

    pub(crate) async fn create(&self, name: &str) -> Result<Row, Trouble> {
        self.engine.create(&format!("ticket of {name}"), &new_key(name)).await
    }

    /// Waits until something is as wanted. What never comes fails the one test that waits, not the whole program.
    pub(crate) async fn until<T>(&self, look: impl AsyncFn(&Engine) -> Option<T>) -> T {
        let mut events = self.engine.watch();
        let comes = async {
            loop {
                if let Some(found) = look(&self.engine).await {
                    return found;
                }
                tokio::select! {
                    _ = events.recv() => {}
                    () = tokio::task::yield_now() => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, comes).await.expect("what the test waits for never came")
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
    NewKey { name: name.into(), scopes: vec!["read".into()], environment: None, expires_at: None, app: None }
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

/// Copies the files of a folder while nothing writes to them, as a disk keeps them when the power fails.
fn copy_folder(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
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
