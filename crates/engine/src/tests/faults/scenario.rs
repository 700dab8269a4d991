//! What the person does while something goes wrong.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use keystow_connect::fakes::{AfterCommit, MemoryPortal, lost};
use keystow_domain::{Clock, KeyId, RunState, Way};

use super::super::{account, new_key};
use super::plan::{Kind, Plan};
use super::world::World;
use crate::Trouble;
use crate::bulk::BulkPlan;
use crate::engine::Engine;
use crate::rotation::Wish;

/// Something asked of the app.
pub(crate) type Act = fn(Engine, Arc<MemoryPortal>, Arc<World>) -> Doing;
type Doing = Pin<Box<dyn Future<Output = Result<(), Trouble>> + Send>>;

/// What a cell goes through.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) portal: fn(Arc<dyn Clock>) -> MemoryPortal,
    /// What was done before.
    pub(crate) prepare: Act,
    pub(crate) act: Act,
    /// Whether things go wrong from the very start of the app, with what came before cut off.
    pub(crate) interrupted: bool,
    /// What the person does after each restart, whatever becomes of it.
    pub(crate) resume: Act,
    /// How many secrets are wished for.
    pub(crate) wishes: usize,
}

/// The window's ticket of what is asked for while things go wrong.
pub(crate) const TICKET: &str = "the ticket";

fn key() -> KeyId {
    KeyId::new("key_1")
}

fn a_key(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move { engine.create("an earlier ticket", &new_key("billing")).await.map(drop) })
}

fn a_rotated_key(engine: Engine, portal: Arc<MemoryPortal>, world: Arc<World>) -> Doing {
    Box::pin(async move {
        a_key(engine.clone(), portal, world).await?;
        engine.rotate("another ticket", &key(), Some(Duration::from_secs(12 * 3600))).await.map(drop)
    })
}

/// A rotation whose answer is lost, and an app that dies before it can look.
fn a_lost_answer(engine: Engine, portal: Arc<MemoryPortal>, world: Arc<World>) -> Doing {
    Box::pin(async move {
        a_key(engine.clone(), Arc::clone(&portal), Arc::clone(&world)).await?;
        world.pass(Duration::from_secs(7200));
        portal.fail_next(lost(), AfterCommit::Yes);
        let told = engine.rotate(TICKET, &key(), None).await;
        world.course.begin(Plan { kind: Kind::DiesBefore, nth: 0, sticky: true });
        told.map(drop)
    })
}

fn nothing(_: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async { Ok(()) })
}

fn refresh(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move {
        engine.refresh(&account().id).await;
        let page = engine.keys(&crate::list::Query {
            search: String::new(),
            environment: None,
            order: crate::list::Order::Name,
            offset: 0,
            limit: 10,
        })?;
        page.freshness.error.map_or(Ok(()), Err)
    })
}

fn create(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move { engine.create(TICKET, &new_key("search")).await.map(drop) })
}

/// Two windows ask for the same, each in its own words.
fn create_twice(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move {
        let new = new_key("search");
        let (one, two) = tokio::join!(engine.create(TICKET, &new), engine.create(TICKET, &new));
        // The person sees both answers, and believes the better one.
        let better = match (&one, &two) {
            (Err(open), Err(_)) if open.code == "outcome_unknown" => one,
            (Ok(_), _) => one,
            _ => two,
        };
        better.map(drop)
    })
}

fn rotate(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move { engine.rotate(TICKET, &key(), None).await.map(drop) })
}

/// The person locks the app while the portal is thinking, and comes back.
fn rotate_and_lock(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move {
        let key = key();
        let (rotated, ()) = tokio::join!(engine.rotate(TICKET, &key, None), engine.lock());
        engine.unlock().await?;
        rotated.map(drop)
    })
}

/// A second key is made beside the first.
fn rotate_beside(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move {
        let wish = Wish { way: Way::SideBySide, ..Wish::planned(TICKET, &key()) };
        engine.replace(&wish).await.map(drop)
    })
}

fn two_keys(engine: Engine, portal: Arc<MemoryPortal>, world: Arc<World>) -> Doing {
    Box::pin(async move {
        a_key(engine.clone(), portal, world).await?;
        engine.create("a second ticket", &new_key("search")).await.map(drop)
    })
}

/// Both keys are rotated in one run, which is waited for until it ends or rests.
fn rotate_all(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move {
        let keys = vec![key(), KeyId::new("key_2")];
        let plan = BulkPlan { keys, at_once: 2, stop_on_error: false, grace: None };
        let run = engine.plan_bulk(&plan).await?;
        engine.start_bulk(&run.id).await?;
        run_ends(&engine).await;
        Ok(())
    })
}

/// The person goes on with a run that was interrupted.
fn go_on(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move {
        if let Some(run) = engine.bulk() {
            engine.start_bulk(&run.id).await?;
            run_ends(&engine).await;
        }
        Ok(())
    })
}

async fn run_ends(engine: &Engine) {
    let runs = |engine: &Engine| engine.bulk().is_some_and(|run| run.state == RunState::Running);
    while runs(engine) {
        engine.0.host.rest(Duration::from_secs(1)).await;
    }
}

fn revoke(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move { engine.revoke(&key(), "billing").await.map(drop) })
}

fn end_grace(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move { engine.end_grace(&key(), "billing").await })
}

fn copy_and_clear(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move {
        engine.copy(&key(), false).await?;
        engine.clear_clipboard().await.map(drop)
    })
}

fn lock_and_unlock(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move {
        engine.copy(&key(), false).await?;
        engine.lock().await;
        engine.unlock().await?;
        engine.copy(&key(), false).await.map(drop)
    })
}

fn unlock(engine: Engine, _: Arc<MemoryPortal>, _: Arc<World>) -> Doing {
    Box::pin(async move { engine.unlock().await })
}

/// A scenario on a portal that can do everything; `plain` is one that can do the least.
const fn on(
    portal: fn(Arc<dyn Clock>) -> MemoryPortal,
    name: &'static str,
    prepare: Act,
    act: Act,
) -> Scenario {
    Scenario { name, portal, prepare, act, interrupted: false, resume: nothing, wishes: 1 }
}

/// Every scenario.
pub(crate) const ALL: &[Scenario] = &[
    on(MemoryPortal::new, "refresh", a_key, refresh),
    on(MemoryPortal::new, "create", nothing, create),
    on(MemoryPortal::plain, "create, nothing repeated", a_key, create),
    on(MemoryPortal::new, "create, clicked twice", nothing, create_twice),
    on(MemoryPortal::new, "rotate", a_key, rotate),
    on(MemoryPortal::plain, "rotate, nothing repeated", a_key, rotate),
    on(MemoryPortal::new, "rotate and lock", a_key, rotate_and_lock),
    on(MemoryPortal::new, "rotate side by side", a_key, rotate_beside),
    on(MemoryPortal::plain, "rotate side by side, nothing repeated", a_key, rotate_beside),
    Scenario {
        resume: go_on,
        wishes: 2,
        ..on(MemoryPortal::new, "rotate two in one run", two_keys, rotate_all)
    },
    on(MemoryPortal::new, "revoke", a_key, revoke),
    on(MemoryPortal::new, "end grace", a_rotated_key, end_grace),
    on(MemoryPortal::new, "copy and clear", a_key, copy_and_clear),
    on(MemoryPortal::new, "lock and unlock", a_key, lock_and_unlock),
    Scenario { interrupted: true, ..on(MemoryPortal::new, "recovery", a_lost_answer, unlock) },
    Scenario {
        interrupted: true,
        ..on(MemoryPortal::plain, "recovery, nothing repeated", a_lost_answer, unlock)
    },
];
