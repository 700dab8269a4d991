//! One run of the app in a world, from its start until it is killed.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keystow_connect::fakes::MemoryPortal;
use keystow_domain::{Clock, KeyId, OperationId, Session};
use keystow_vault::{ClipboardError, ClipboardSpy, Disturbance, Keyring, MemoryKeyring, Secret};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::super::account;
use super::parts::{FarKeyring, FarNetwork, FarPortal, Sessions};
use super::plan::{Kind, Place, Strike};
use super::scenario::{Act, Scenario};
use super::world::{Desktop, Disk, Here, There, World};
use crate::Trouble;
use crate::accounts::AccountState;
use crate::engine::{Engine, Parts, Setup};

/// What is on a computer's disk and at its portal, whatever becomes of the app.
pub(crate) struct Stage {
    pub(crate) world: Arc<World>,
    pub(crate) portal: Arc<MemoryPortal>,
    pub(crate) sessions: Arc<Mutex<Sessions>>,
    pub(crate) home: TempDir,
}

/// A stage that every cell of a scenario begins with.
pub(crate) struct Template {
    stage: Stage,
    elapsed: Duration,
    /// How many secrets will be wished for.
    pub(crate) wishes: usize,
    /// The secrets that the portal had issued before: for which operation and key.
    pub(crate) issued: Vec<(OperationId, KeyId, String)>,
}

/// A folder in memory where there is one: what is tested is the order of writes, not the disk's speed.
fn home() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

impl Template {
    /// Lives through what comes before a scenario, with nothing going wrong but what it brings itself.
    pub(crate) fn of(scenario: &Scenario) -> Self {
        let world = Arc::<World>::default();
        let portal = Arc::new((scenario.portal)(Arc::new(There(Arc::clone(&world)))));
        let stage = Stage { world, portal, sessions: Arc::default(), home: home() };
        let life = Life::open(&stage).unwrap();
        life.block(async |engine| {
            engine.unlock().await.unwrap();
            engine.keep_account(account(), Session::SignedOut).await.unwrap();
            stage.sign_in(engine).await;
            engine.read_abilities(&account().id).await;
            engine.refresh(&account().id).await;
        });
        let mut before = life.start(scenario.prepare, &stage);
        let over = life.until(&stage, Duration::from_secs(600), async |_| before.is_over());
        assert!(over, "{}: what comes before it does not end", scenario.name);
        if let Some(Err(trouble)) = before.result.lock().unwrap().take() {
            assert!(scenario.interrupted, "{}: {trouble}", scenario.name);
        }
        drop(life);
        stage.world.pass(Duration::from_secs(7200));
        let elapsed = stage.world.elapsed();
        Self { issued: stage.portal.issued(), wishes: scenario.wishes, stage, elapsed }
    }

    /// The same stage once more, for one cell.
    pub(crate) fn stage(&self) -> Stage {
        let world = Arc::<World>::default();
        world.pass(self.elapsed);
        let home = home();
        for file in std::fs::read_dir(self.stage.home.path()).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), home.path().join(file.file_name())).unwrap();
        }
        let portal = Arc::new(self.stage.portal.duplicate(Arc::new(There(Arc::clone(&world)))));
        let sessions = self.stage.sessions.lock().unwrap().clone();
        Stage { world, portal, sessions: Arc::new(Mutex::new(sessions)), home }
    }
}

impl Stage {
    /// A person signs in.
    pub(crate) async fn sign_in(&self, engine: &Engine) {
        let token = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).begin();
        let facts = AccountState::facts(&account());
        engine.0.vault.keep_session(&account().id, &facts, &token).await.unwrap();
        engine.set_session(&account().id, Session::SignedIn).await;
    }

    pub(crate) fn session_ended(&self) -> bool {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).ended
    }
}

/// The app while it runs. Dropping it is killing it: nothing of it gets a last word.
pub(crate) struct Life {
    pub(crate) clipboard: ClipboardSpy,
    engine: Option<Engine>,
    runtime: Option<Runtime>,
}

/// Something the app was asked to do.
pub(crate) struct Doing {
    pub(crate) result: Arc<Mutex<Option<Result<(), Trouble>>>>,
}

impl Doing {
    pub(crate) fn is_over(&mut self) -> bool {
        self.result.lock().unwrap().is_some()
    }
}

impl Life {
    /// Starts the app. It has no timers but those of its world: one that it sets elsewhere fails.
    pub(crate) fn open(stage: &Stage) -> Result<Self, Trouble> {
        let world = &stage.world;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(Here(Arc::clone(world)));
        let clipboard = ClipboardSpy::new(Arc::clone(&clock));
        let seen = Arc::clone(world);
        clipboard.disturb(Arc::new(move || match seen.strike(Place::Clipboard) {
            Strike::None => None,
            Strike::By(Kind::NoClipboard) => Some(ClipboardError::NoClipboard),
            Strike::By(_) | Strike::Dead => Some(ClipboardError::Died),
        }));
        let keyring = MemoryKeyring::in_file(stage.home.path().join("the keyring"));
        let far = FarPortal::new(Arc::clone(&stage.portal), Arc::clone(world));
        let parts = Parts {
            keyring: Arc::new(FarKeyring::new(keyring, Arc::clone(world))) as Arc<dyn Keyring>,
            clipboard: clipboard.clipboard(),
            plain_clipboard: clipboard.clipboard(),
            connector: Arc::new(FarNetwork { portal: Arc::new(far), sessions: Arc::clone(&stage.sessions) }),
            disturb: Some(
                [Place::Vault, Place::Journal]
                    .map(|place| Arc::new(Disk(Arc::clone(world), place)) as Arc<dyn Disturbance>),
            ),
        };
        let setup = Setup {
            folder: stage.home.path().to_owned(),
            guard: "unused".into(),
            keyring_service: "unused".into(),
            host: Arc::new(Desktop(Arc::clone(world))),
            clock,
        };
        let engine = runtime.block_on(Engine::assemble(setup, parts))?;
        Ok(Self { clipboard, engine: Some(engine), runtime: Some(runtime) })
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine.clone().unwrap()
    }

    /// Runs something in the app's own tasks, which go on meanwhile.
    pub(crate) fn block<T>(&self, work: impl AsyncFnOnce(&Engine) -> T) -> T {
        let engine = self.engine();
        self.runtime.as_ref().unwrap().block_on(async { work(&engine).await })
    }

    /// Asks the app for something, and does not wait for it.
    pub(crate) fn start(&self, act: Act, stage: &Stage) -> Doing {
        let result = Arc::<Mutex<Option<_>>>::default();
        let (engine, told) = (self.engine(), Arc::clone(&result));
        let doing = act(engine, Arc::clone(&stage.portal), Arc::clone(&stage.world));
        self.runtime.as_ref().unwrap().spawn(async move {
            let ended = doing.await;
            *told.lock().unwrap() = Some(ended);
        });
        Doing { result }
    }

    /// Lets time pass until something is as wanted.
    pub(crate) fn until(
        &self,
        stage: &Stage,
        limit: Duration,
        mut wanted: impl AsyncFnMut(&Engine) -> bool,
    ) -> bool {
        let world = &stage.world;
        self.block(async |engine| world.until(limit, async || wanted(engine).await).await)
    }

    /// Lets time pass in any case.
    pub(crate) fn pass(&self, stage: &Stage, time: Duration) {
        let world = Arc::clone(&stage.world);
        let end = world.elapsed() + time;
        self.until(stage, time, async |_| world.elapsed() >= end);
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.engine = None;
        self.runtime = None;
    }
}

/// A secret's text, compared the only way there is from outside.
pub(crate) fn is(secret: &Secret, text: &str) -> bool {
    secret.starts_with(text)
}
