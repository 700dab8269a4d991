//! The processes: the app without a window, its portal, and whoever tries the secrets at the end.

use std::io::BufRead as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use keystow_domain::{AccountId, NewKey, OperationId, RunState, Way};
use keystow_engine::{
    Address, BulkPlan, Engine, Host, Order, Query, Row, Setup, SignInStep, Step, SystemClock, VaultSight,
    Wish,
};
use keystow_vault::{OsKeyring, Vault};
use tokio::sync::broadcast::error::RecvError;
use url::Url;

use super::desk::MARK;
use super::{browser, home};

/// A desktop whose app dies at a step of a change that it was asked for.
struct Desktop {
    die_at: String,
    /// How often it passes that step before.
    passes: AtomicU32,
    armed: AtomicBool,
    /// Whether pauses are as long as for a person. The portals here answer at once.
    patient: bool,
}

/// The longest pause of an app that is not patient.
const PAUSE: Duration = Duration::from_millis(50);

#[async_trait::async_trait]
impl Host for Desktop {
    fn open_browser(&self, address: &str) -> bool {
        let address = address.to_owned();
        std::thread::spawn(move || browser::allow(&address));
        true
    }

    async fn rest(&self, pause: Duration) {
        tokio::time::sleep(if self.patient { pause } else { pause.min(PAUSE) }).await;
    }

    fn passed(&self, step: Step, _operation: &OperationId) {
        if !self.armed.load(Ordering::SeqCst) || step.name() != self.die_at {
            return;
        }
        let fewer = |left: u32| left.checked_sub(1);
        if self.passes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_err() {
            super::network::kill(std::process::id());
        }
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// The name of this desk's entry in the keyring.
fn service() -> String {
    format!("dev.keystow.crash-runs.{}", variable("KEYSTOW_CRASH_DESK"))
}

fn portal_address() -> Url {
    Url::parse(&variable("KEYSTOW_CRASH_PORTAL")).unwrap()
}

fn say(what: &str) {
    println!("\n{MARK}{what}");
}

/// Runs a portal until it is killed.
#[tokio::main]
pub(crate) async fn portal() {
    let plain = variable("KEYSTOW_CRASH_MODE") == "plain";
    let config = keystow_portal::Config {
        mode: if plain { keystow_portal::Mode::Plain } else { keystow_portal::Mode::Extended },
        limits: keystow_portal::Limits::NONE,
        ..keystow_portal::Config::new(home().join("portal"))
    };
    let running = keystow_portal::start(config, Arc::new(keystow_portal::SystemClock::new())).await.unwrap();
    say(&format!("portal {}", running.base_url()));
    std::future::pending::<()>().await;
}

/// Runs the app and does what it is told, one thing after the other. The last is begun when somebody
/// says so, who may kill it then.
#[tokio::main]
pub(crate) async fn run() {
    keystow_engine::install_tls();
    let host = Arc::new(Desktop {
        die_at: variable("KEYSTOW_CRASH_DIE_AT"),
        passes: AtomicU32::new(variable("KEYSTOW_CRASH_NTH").parse().unwrap_or(0)),
        armed: AtomicBool::new(false),
        patient: variable("KEYSTOW_CRASH_DESK") == "patient",
    });
    let setup = Setup {
        folder: home().join("app"),
        guard: "no guard is needed".into(),
        keyring_service: service(),
        host: Arc::clone(&host) as Arc<dyn Host>,
        clock: Arc::new(SystemClock),
    };
    let engine = Engine::open(setup).await.unwrap();
    let running = engine.clone();
    tokio::spawn(async move { running.run().await });
    let tasks = variable("KEYSTOW_CRASH_TASKS");
    let all: Vec<&str> = tasks.split(';').filter(|task| !task.is_empty()).collect();
    let is_cut_short = std::env::var("KEYSTOW_CRASH_NTH").is_ok();
    if !all.contains(&"sign-in") {
        ready(&engine).await;
    }
    for (place, task) in all.iter().enumerate() {
        if place + 1 == all.len() && is_cut_short {
            say("goes");
            std::io::stdin().lock().read_line(&mut String::new()).unwrap();
            host.armed.store(true, Ordering::SeqCst);
        }
        perform(&engine, task).await;
    }
    say("done");
    if is_cut_short {
        // Whoever kills this process is on the way.
        std::future::pending::<()>().await;
    }
}

async fn perform(engine: &Engine, task: &str) {
    match task.split_once(' ') {
        None => match task {
            "sign-in" => sign_in(engine).await,
            "renew" => renew(engine).await,
            "go-on" => go_on(engine).await,
            _ => panic!("nobody knows how to “{task}”"),
        },
        Some(("create" | "make", name)) => {
            let new = NewKey {
                name: name.into(),
                scopes: vec!["read".into()],
                environment: None,
                expires_at: None,
                app: None,
            };
            let ticket = format!("{task} of {}", std::process::id());
            settled(engine, engine.create(&ticket, &new).await.map(drop)).await;
        }
        Some((way @ ("rotate" | "beside"), name)) => {
            let (ticket, key) =
                (format!("{task} of {}", std::process::id()), found(engine, name).remove(0).key.id);
            let way = if way == "beside" { Way::SideBySide } else { Way::InPlace };
            let wish = Wish { way, ..Wish::planned(&ticket, &key) };
            settled(engine, engine.replace(&wish).await.map(drop)).await;
        }
        Some(("bulk", names)) => bulk(engine, names).await,
        Some(("look", name)) => look(engine, name).await,
        Some(_) => panic!("nobody knows how to “{task}”"),
    }
}

/// A wish that was not granted at once is granted by the time that the journal is closed.
async fn settled(engine: &Engine, granted: Result<(), keystow_engine::Trouble>) {
    if let Err(trouble) = granted {
        assert_eq!(trouble.code, "outcome_unknown", "{trouble}");
        until(engine, "the journal to be settled", |_| (open_entries() == 0).then_some(())).await;
    }
}

async fn sign_in(engine: &Engine) {
    let address = Address::Remote {
        address: portal_address().to_string(),
        client_id: "keystow-desktop".into(),
        name: "A portal".into(),
    };
    engine.start_sign_in(&address).unwrap();
    until(engine, "the sign-in", |engine| {
        let sight = engine.sign_in_sight()?;
        assert!(sight.step != SignInStep::Failed, "{:?}", sight.trouble);
        (sight.step == SignInStep::Done).then_some(())
    })
    .await;
}

/// Forgets the access token, so that the refresh token is spent for another.
async fn renew(engine: &Engine) {
    engine.lock().await;
    engine.unlock().await.unwrap();
    assert!(engine.refresh(&account(engine)).await, "the list is read with a new token");
}

/// Rotates several keys in one run, until it has ended.
async fn bulk(engine: &Engine, names: &str) {
    let keys = names.split(' ').map(|name| found(engine, name).remove(0).key.id).collect();
    let plan = BulkPlan { keys, at_once: 2, stop_on_error: false, grace: None };
    let run = engine.plan_bulk(&plan).await.unwrap();
    engine.start_bulk(&run.id).await.unwrap();
    run_ends(engine).await;
}

/// Goes on with a run that was interrupted, and puts it away. One that was planned and never started is
/// started; one that was never planned is not there.
async fn go_on(engine: &Engine) {
    let Some(run) = engine.bulk() else { return };
    if run.state != RunState::Done {
        engine.start_bulk(&run.id).await.unwrap();
        run_ends(engine).await;
    }
    engine.dismiss_bulk(&run.id).await.unwrap();
}

async fn run_ends(engine: &Engine) {
    until(engine, "the run", |engine| (engine.bulk()?.state == RunState::Done).then_some(())).await;
}

/// Waits until the vault is open and the list was read.
async fn ready(engine: &Engine) {
    until(engine, "the vault", |engine| (engine.vault() == VaultSight::Unlocked).then_some(())).await;
    let account = account(engine);
    until(engine, "what the portal can do", |engine| {
        engine.accounts().iter().any(|known| known.abilities.is_some()).then_some(())
    })
    .await;
    assert!(engine.refresh(&account).await, "the list is read");
}

fn account(engine: &Engine) -> AccountId {
    engine.current().unwrap()
}

/// Tells how a key is once everything open is settled.
async fn look(engine: &Engine, name: &str) {
    until(engine, "the journal to be settled", |_| (open_entries() == 0).then_some(())).await;
    // Of the keys that were made here nothing is pending any more: this list is the truth.
    assert!(engine.refresh(&account(engine)).await);
    let rows = found(engine, name);
    let here = rows.iter().all(|row| row.stowed.is_some());
    let is_lost = |notice: &keystow_engine::Notice| {
        notice.id.starts_with("lost:") && notice.what.facts.get("key").is_some_and(|key| key == name)
    };
    let lost: Vec<_> = engine.notices().into_iter().filter(is_lost).collect();
    let until = lost.iter().any(|notice| notice.what.facts.contains_key("until"));
    say(&format!(
        "sight {} {} {} {}",
        rows.len(),
        u32::from(here),
        u32::from(!lost.is_empty()),
        u32::from(until)
    ));
    for notice in lost {
        engine.dismiss(&notice.id).await;
    }
}

/// How many changes are in the journal whose outcome is open.
fn open_entries() -> u32 {
    let journal = rusqlite::Connection::open(home().join("app").join("keystow.db")).unwrap();
    let open = "SELECT count(*) FROM journal WHERE progress IN ('intended', 'unknown')";
    journal.query_row(open, [], |row| row.get(0)).unwrap_or(1)
}

/// The rows of this very name.
fn found(engine: &Engine, name: &str) -> Vec<Row> {
    let query = Query { search: name.into(), environment: None, order: Order::Name, offset: 0, limit: 200 };
    let page = engine.keys(&query).unwrap();
    page.rows.into_iter().filter(|row| row.key.name == name).collect()
}

/// Looks again whenever the app tells that something changed.
async fn until<T>(engine: &Engine, what: &str, look: impl Fn(&Engine) -> Option<T>) -> T {
    let mut events = engine.watch();
    loop {
        if let Some(found) = look(engine) {
            return found;
        }
        // Whoever missed something looks again as well.
        let heard = events.recv().await;
        assert!(!matches!(heard, Err(RecvError::Closed)), "nobody tells of {what}");
    }
}

/// Takes every secret out of the vault as a request would, and tries it at the portal.
#[tokio::main]
pub(crate) async fn audit() {
    let folder = home().join("app");
    let vault =
        Vault::open(&folder, Arc::new(OsKeyring::new(service())), Arc::new(SystemClock)).unwrap().vault;
    vault.unlock().await.unwrap();
    let gateway = portal_address().join("/v1/catalog/items").unwrap();
    for stowed in vault.stowed(&only_account(&folder)).await.unwrap() {
        let secret = vault.reveal_to_request(&stowed.operation).await.unwrap();
        let header = keystow_vault::request::api_key(&secret).unwrap();
        let answer = browser::send("GET", &gateway, &[("x-api-key", header.to_str().unwrap())], "");
        say(&format!("tried {} {}", stowed.key, answer.status));
    }
}

fn only_account(folder: &Path) -> AccountId {
    let app = rusqlite::Connection::open(folder.join("keystow.db")).unwrap();
    AccountId::new(app.query_row("SELECT id FROM accounts", [], |row| row.get::<_, String>(0)).unwrap())
}
