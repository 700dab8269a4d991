//! The engine: everything the app is while it runs, built once.
//!
//! State is behind one lock that is never held across an await. Facts are on disk before they are in
//! memory, except where a portal can tell them again.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keystow_connect::Portal;
use keystow_connect::oauth::Issuer;
use keystow_domain::{Account, AccountId, Clock, KeyId, PortalKind, Session, Timestamp};
use keystow_vault::{Clipboard, Keyring, OsKeyring, Vault};
use tokio::sync::{Notify, broadcast};
use url::Url;

use crate::accounts::AccountState;
use crate::audit::{Deed, Note};
use crate::built_in::BuiltInFault;
use crate::bulk::{Bulk, Pacer};
use crate::clipboard::Copied;
use crate::clock::KeptClock;
use crate::events::Event;
use crate::host::Host;
use crate::list::Listings;
use crate::locking::LockCause;
use crate::notices::Notices;
use crate::preflight::SeenElsewhere;
use crate::session::{Access, Connector, Network};
use crate::settings::Settings;
use crate::sign_in::Ongoing;
use crate::store::{KnownGrace, Store};
use crate::{Trouble, words};

/// What an engine is built from.
pub struct Setup {
    /// The data folder, made for this user only if it is not there.
    pub folder: PathBuf,
    /// The clipboard guard's program.
    pub guard: PathBuf,
    /// The name of the vault's entry in the desktop's keyring.
    pub keyring_service: String,
    /// The desktop.
    pub host: Arc<dyn Host>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What the vault is, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultSight {
    /// Secrets can be read and stowed.
    Unlocked,
    /// Locked by the person, or not opened yet.
    Locked,
    /// The keyring is being asked, or the person for the passphrase; a prompt may be up.
    Asking,
    /// The keyring, the passphrase or the disk did not serve.
    Unavailable(Trouble),
}

/// The app without a window. Clones are the same engine.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    /// The data folder.
    pub(crate) folder: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) vault: Vault,
    pub(crate) clipboard: Clipboard,
    /// For texts that are no secret, so that what it reports is mixed up with nothing.
    pub(crate) plain_clipboard: Clipboard,
    pub(crate) store: Store,
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) events: broadcast::Sender<Event>,
    /// One copy at a time, and none while the clipboard is cleared.
    pub(crate) copying: tokio::sync::Mutex<()>,
    /// One look at a time into what the vault has.
    pub(crate) reading_stowed: tokio::sync::Mutex<()>,
    /// One lock at a time: another one waits until the first is done.
    pub(crate) locking: tokio::sync::Mutex<()>,
    /// One question for a passphrase at a time.
    pub(crate) asking: std::sync::atomic::AtomicBool,
    /// One change of a run over many keys at a time.
    pub(crate) bulk_turn: tokio::sync::Mutex<()>,
    /// Told when a call whose answer must not be lost is done.
    pub(crate) finished: Notify,
    /// Wakes the background task when something is due sooner than it thought.
    pub(crate) wake: Notify,
    /// Keeps a second app out of the same folder for as long as this one runs; nothing where this is no
    /// app but reads beside one.
    _only: Option<std::fs::File>,
    state: Mutex<State>,
}

/// What is in memory only, or read once from disk.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) accounts: Vec<AccountState>,
    pub(crate) current: Option<AccountId>,
    pub(crate) built_in: Option<Url>,
    /// Why the built-in portal could not be started.
    pub(crate) built_in_fault: Option<BuiltInFault>,
    pub(crate) listings: Listings,
    pub(crate) access: HashMap<AccountId, Access>,
    pub(crate) portals: HashMap<AccountId, Arc<dyn Portal>>,
    pub(crate) issuers: HashMap<AccountId, Issuer>,
    /// One refresh at a time for each account.
    pub(crate) renewing: HashMap<AccountId, Arc<tokio::sync::Mutex<()>>>,
    /// Accounts whose lost refresh is asked for again.
    pub(crate) asking_again: HashSet<AccountId>,
    /// One reading of a list at a time; whoever comes second waits for it.
    pub(crate) reading: HashMap<AccountId, Arc<tokio::sync::Mutex<()>>>,
    pub(crate) settings: Settings,
    /// What counts as too long where keys are judged.
    pub(crate) health_rules: keystow_domain::HealthRules,
    pub(crate) notices: Notices,
    pub(crate) sign_in: Option<Ongoing>,
    /// Counts the sign-ins that were started.
    pub(crate) sign_ins: u64,
    pub(crate) copied: Option<Copied>,
    /// What the picker shows first.
    pub(crate) picks: crate::picks::Picks,
    /// What this desktop lets the app do.
    pub(crate) desktop: crate::desktop::DesktopSight,
    /// Whether no window shows the keys.
    pub(crate) unseen: bool,
    pub(crate) asking_keyring: bool,
    pub(crate) vault_trouble: Option<Trouble>,
    /// Tells programs beside the app that it is locked.
    pub(crate) said_locked: Option<std::fs::File>,
    pub(crate) lock: crate::locking::Lock,
    /// Keys whose old secret was told to be still used near its end.
    pub(crate) stragglers: HashSet<(AccountId, KeyId)>,
    /// The search for an old secret that runs or ran last.
    pub(crate) sweep: Option<crate::sweep::Run>,
    /// Rotations elsewhere that were found, so that each stands in the way once.
    pub(crate) elsewhere: HashMap<(AccountId, KeyId), SeenElsewhere>,
    /// What was read of usage last.
    pub(crate) usage: Option<Arc<crate::usage::Reading>>,
    /// The run over many keys of each account.
    pub(crate) bulk: HashMap<AccountId, Bulk>,
    pub(crate) bulk_pacer: Pacer,
    /// When each list is due to be read again, on the clock that counts sleep.
    pub(crate) due_again: HashMap<AccountId, std::time::Duration>,
    /// What was learned of the portals' clocks, in this process or before it.
    pub(crate) clocks: HashMap<AccountId, KeptClock>,
    /// The wall clock minus the clock that never jumps, in milliseconds, as it was last looked at.
    pub(crate) drift: Option<i64>,
    /// What is known of the audit log.
    pub(crate) log: crate::audit::Log,
    /// What reminders were told and what they wait for.
    pub(crate) reminders: crate::reminders::Reminders,
    /// What is known of developer apps, and of the teams that may own them.
    pub(crate) apps: HashMap<AccountId, crate::apps::Known>,
    pub(crate) teams: HashMap<AccountId, crate::teams::Known>,
    /// What is watched of usage.
    pub(crate) watch: crate::alerts::Watch,
    /// How often keys are to be rotated.
    pub(crate) schedules: HashMap<AccountId, Vec<crate::store::Schedule>>,
    /// Of which changes of a list, and when, it was found which schedule holds for which key.
    pub(crate) governed_at: HashMap<AccountId, (u64, std::time::Duration)>,
    /// The next end that the background task waits for.
    pub(crate) next_end: Option<Timestamp>,
    /// One run at a time for each ticket of a window.
    pub(crate) turns: HashMap<String, Arc<tokio::sync::Mutex<()>>>,
    /// Operations whose answer is not in the vault yet.
    pub(crate) sending: HashSet<String>,
    /// Operations that some task is looking after.
    pub(crate) attended: HashSet<String>,
}

/// Parts that tests replace; the real ones otherwise.
pub(crate) struct Parts {
    pub(crate) keyring: Arc<dyn Keyring>,
    pub(crate) clipboard: Clipboard,
    pub(crate) plain_clipboard: Clipboard,
    pub(crate) connector: Arc<dyn Connector>,
    /// What goes wrong with the vault's disk and with the journal's.
    #[cfg(test)]
    pub(crate) disturb: Option<[Arc<dyn keystow_vault::Disturbance>; 2]>,
}

impl Parts {
    /// The real ones.
    pub(crate) fn of(setup: &Setup) -> Self {
        Self {
            keyring: Arc::new(OsKeyring::new(setup.keyring_service.clone())),
            clipboard: Clipboard::registered(setup.guard.clone(), setup.folder.join("guards")),
            plain_clipboard: Clipboard::new(setup.guard.clone()),
            connector: Arc::new(Network::new(Arc::clone(&setup.clock))),
            #[cfg(test)]
            disturb: None,
        }
    }
}

impl Engine {
    /// Opens the data folder and reads what is kept there. Nothing is asked of a keyring or a portal.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be used, another Keystow has it open, or a newer version wrote it.
    pub async fn open(setup: Setup) -> Result<Self, Trouble> {
        let parts = Parts::of(&setup);
        Self::assemble(setup, parts).await
    }

    pub(crate) async fn assemble(setup: Setup, parts: Parts) -> Result<Self, Trouble> {
        private_folder(&setup.folder)?;
        let only = lock_folder(&setup.folder)?;
        let vault = Vault::open(&setup.folder, Arc::clone(&parts.keyring), Arc::clone(&setup.clock))
            .map_err(words::vault)?;
        let opened = Store::open(&setup.folder, setup.clock.now()).map_err(|error| words::store(&error))?;
        #[cfg(test)]
        if let Some([disk, journal]) = &parts.disturb {
            vault.vault.disturb(Arc::clone(disk));
            opened.store.disturbed.set(Arc::clone(journal));
        }
        let engine = Self::of(setup, parts, (vault.vault, opened.store, Some(only)));
        let name = |file: &PathBuf| file.file_name().map(|name| name.to_string_lossy().into_owned());
        if let Some(file) = opened.set_aside.as_ref().and_then(name) {
            let mut state = engine.state();
            state.notices.tell_once("set_aside", words::set_aside(&file, opened.salvaged));
            state.log.begun_anew = true;
        }
        if let Some(file) = vault.set_aside.as_ref().and_then(name) {
            engine.state().notices.tell_once("vault_set_aside", words::vault_set_aside(&file));
        }
        engine.0.store.drop_uncalled(None).await.map_err(|error| words::store(&error))?;
        engine.recall().await?;
        engine.recall_bulk().await?;
        if engine.protection().passphrase {
            // Nobody is asked for a passphrase before they want to open it.
            engine.state().lock.cause = Some(LockCause::Start);
        }
        Ok(engine)
    }

    /// An engine of these parts that knows nothing yet.
    pub(crate) fn of(
        setup: Setup,
        parts: Parts,
        (vault, store, only): (Vault, Store, Option<std::fs::File>),
    ) -> Self {
        let engine = Self(Arc::new(Inner {
            folder: setup.folder,
            clock: setup.clock,
            host: setup.host,
            vault,
            clipboard: parts.clipboard,
            plain_clipboard: parts.plain_clipboard,
            store,
            connector: parts.connector,
            events: broadcast::channel(256).0,
            copying: tokio::sync::Mutex::default(),
            reading_stowed: tokio::sync::Mutex::default(),
            locking: tokio::sync::Mutex::default(),
            asking: std::sync::atomic::AtomicBool::default(),
            bulk_turn: tokio::sync::Mutex::default(),
            finished: Notify::new(),
            wake: Notify::new(),
            _only: only,
            state: Mutex::default(),
        }));
        engine.used();
        engine
    }

    /// Reads accounts, lists and settings from disk, and changes nothing there.
    pub(crate) async fn recall(&self) -> Result<(), Trouble> {
        let store = &self.0.store;
        let broken = |error| words::store(&error);
        let accounts = store.accounts().await.map_err(broken)?;
        let settings = Settings::read(store).await.map_err(broken)?;
        let current = store.setting("current").await.map_err(broken)?.map(AccountId::new);
        let clocks = store.clocks().await.map_err(broken)?;
        let pinned = store.pinned().await.map_err(broken)?;
        for (account, _) in &accounts {
            let (keys, read_at) = store.keys(account.id.clone()).await.map_err(broken)?;
            let graces = store.graces(account.id.clone()).await.map_err(broken)?;
            let ended = store.ended(account.id.clone()).await.map_err(broken)?;
            let elsewhere = store.found_elsewhere(account.id.clone()).await.map_err(broken)?;
            let courses = store.open_courses(account.id.clone()).await.map_err(broken)?;
            let stowed = self.0.vault.stowed(&account.id).await.ok();
            self.recall_schedules(&account.id).await.map_err(broken)?;
            self.recall_health(&account.id).await.map_err(broken)?;
            self.recall_alerts(&account.id).await.map_err(broken)?;
            let mut state = self.state();
            let listing = state.listings.of(&account.id);
            listing.recall(keys, read_at);
            listing.graces = graces.into_iter().collect::<HashMap<_, _>>();
            listing.ended = ended.into_iter().collect();
            listing.set_courses(courses);
            stowed.into_iter().for_each(|stowed| listing.set_stowed(stowed));
            state.recall_elsewhere(&account.id, elsewhere, &self.0.clock.moment());
        }
        let mut state = self.state();
        state.current = current
            .filter(|id| accounts.iter().any(|(account, _)| account.id == *id))
            .or_else(|| accounts.first().map(|(account, _)| account.id.clone()));
        state.accounts =
            accounts.into_iter().map(|(account, session)| AccountState::new(account, session)).collect();
        state.settings = settings;
        state.picks.pinned = pinned;
        let here = self.0.clock.moment();
        state.clocks = clocks
            .iter()
            .map(|(account, anchor)| (account.clone(), KeptClock::read(anchor, &here)))
            .collect();
        Ok(())
    }

    /// What changes, from now on. A watcher that falls behind reads everything again.
    pub fn watch(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    /// What the vault is now.
    pub fn vault(&self) -> VaultSight {
        if self.0.vault.is_unlocked() {
            return VaultSight::Unlocked;
        }
        let state = self.state();
        match (&state.vault_trouble, state.asking_keyring) {
            (_, true) => VaultSight::Asking,
            (Some(trouble), false) => VaultSight::Unavailable(trouble.clone()),
            (None, false) => VaultSight::Locked,
        }
    }

    /// Opens the vault with the desktop's keyring, whose prompt may come up, or with the passphrase that the
    /// person is asked for where one was chosen.
    ///
    /// # Errors
    ///
    /// Says which of the keyring's failures it was, or what became of the question.
    pub async fn unlock(&self) -> Result<(), Trouble> {
        if self.0.vault.is_unlocked() {
            return Ok(());
        }
        // A prompt that is answered after whoever asked went away still opens the vault.
        let engine = self.clone();
        let task = tokio::spawn(async move { engine.ask_keyring().await });
        task.await.unwrap_or_else(|_| Err(words::vault(keystow_vault::VaultError::Closed)))
    }

    async fn ask_keyring(&self) -> Result<(), Trouble> {
        {
            let mut state = self.state();
            if state.asking_keyring && self.0.vault.protection() != keystow_vault::Protection::Keyring {
                // The one who is asked already opens it for whoever else wants it open.
                return Err(words::passphrase_asked());
            }
            (state.asking_keyring, state.lock.came) = (true, None);
        }
        self.tell(Event::App);
        let result = match self.0.vault.unlock().await {
            Err(keystow_vault::VaultError::PassphraseNeeded) => self.open_with_passphrase().await,
            result => result.map_err(words::vault),
        };
        let came = {
            let mut state = self.state();
            state.asking_keyring = false;
            // Who closes the question is told so, and the vault is as locked as before.
            let trouble = result.as_ref().err().filter(|trouble| !words::is_unanswered(trouble));
            state.vault_trouble = trouble.cloned();
            state.lock.came.take()
        };
        if let Some(cause) = came.filter(|_| result.is_ok()) {
            self.lock_because(cause).await;
            return Err(words::vault(keystow_vault::VaultError::Locked));
        }
        if result.is_ok() {
            self.now_open().await;
        }
        self.tell(Event::App);
        self.tell(Event::Keys);
        result
    }

    /// The vault was opened: what waited for it goes on.
    pub(crate) async fn now_open(&self) {
        self.opened();
        self.rebuild_accounts().await;
        self.settle_all();
        self.check_log().await;
        self.log(Note::new(Deed::Unlocked)).await;
        self.0.wake.notify_one();
        self.drive_all_bulk();
    }

    /// Accounts that the vault knows and the database lost.
    async fn rebuild_accounts(&self) {
        let Ok(sessions) = self.0.vault.sessions().await else { return };
        for keystow_vault::KnownSession { account: id, facts, is_over } in sessions {
            if self.state().accounts.iter().any(|known| known.account.id == id) {
                continue;
            }
            let session = if is_over { Session::SignedOut } else { Session::SignedIn };
            let portal = if facts.builtin { PortalKind::BuiltIn } else { PortalKind::Remote };
            let account = Account {
                id,
                portal,
                issuer: facts.issuer,
                portal_name: facts.portal_name,
                client_id: facts.client_id,
                person: facts.person,
                scopes: facts.scopes,
            };
            let id = account.id.clone();
            let _ = self.keep_account(account, session).await;
            self.read_stowed(&id).await;
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the watchers; nobody watching is fine.
    pub(crate) fn tell(&self, event: Event) {
        let _ = self.0.events.send(event);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Takes a grace over that no portal reports, or that will be wanted after it ended.
    pub(crate) async fn remember_grace(&self, account: &AccountId, (key, grace): KnownGrace) {
        if let Some(listing) = self.state().listings.get_mut(account) {
            listing.graces.insert(key.clone(), grace.clone());
            listing.judge_again(&key);
        }
        let _ = self.0.store.save_grace(account.clone(), key, grace).await;
    }

    /// Forgets a grace of whose end nobody tells.
    pub(crate) async fn forget_grace(&self, account: &AccountId, key: &KeyId) {
        if let Some(listing) = self.state().listings.get_mut(account) {
            listing.graces.remove(key);
            listing.judge_again(key);
        }
        let _ = self.0.store.drop_grace(account.clone(), key.clone()).await;
    }
}

/// Makes the data folder for this user only.
fn private_folder(folder: &std::path::Path) -> Result<(), Trouble> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|_| unusable_folder())
}

/// Keeps other processes out until the file is dropped.
fn lock_folder(folder: &std::path::Path) -> Result<std::fs::File, Trouble> {
    /// Whoever quits lets go within this time. So does a program on its way to becoming another one, which
    /// holds whatever was open where it was started.
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(folder.join("keystow.lock")).map_err(|_| unusable_folder())?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {}
        Err(std::fs::TryLockError::Error(_)) => return Err(unusable_folder()),
    }
    let (tell, told) = std::sync::mpsc::channel();
    // It may wait for longer than anybody listens, and lets go at once when it gets it then.
    let waits = move || {
        let _ = tell.send(file.lock().map(|()| file));
    };
    let name = "folder".to_owned();
    std::thread::Builder::new().name(name).spawn(waits).map_err(|_| unusable_folder())?;
    match told.recv_timeout(PATIENCE) {
        Ok(locked) => locked.map_err(|_| unusable_folder()),
        Err(_) => Err(Trouble::new(
            "already_running",
            "Another Keystow uses the same data folder.",
            "Two at once could lose a secret, so this one stops.",
            "Use the one that runs, or close it first.",
        )),
    }
}

fn unusable_folder() -> Trouble {
    Trouble::new(
        "folder_unusable",
        "Keystow's data folder cannot be used.",
        "Nothing was read or changed.",
        "Check the rights and the disk of the folder, then start Keystow again.",
    )
}
