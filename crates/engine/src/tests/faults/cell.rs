//! One cell: something goes wrong with one call, and everything must come right again.

use std::time::Duration;

use keystow_domain::Session;

use super::super::account;
use super::life::{Life, Stage, Template};
use super::oracle::{self, Facts};
use super::plan::Plan;
use super::scenario::Scenario;
use crate::Trouble;
use crate::engine::Engine;

/// How long a fault lasts that does not go away by itself.
const LASTS: Duration = Duration::from_secs(600);
/// How long it may take to come right again: one pause, and three reads over a minute.
const LIMIT: Duration = Duration::from_secs(125);

/// How a cell went.
pub(crate) struct Cell {
    /// Whether there was such a call at all.
    pub(crate) struck: bool,
    pub(crate) problems: Vec<String>,
}

pub(crate) fn run(template: &Template, scenario: &Scenario, plan: Plan) -> Cell {
    let stage = template.stage();
    let mut problems = Vec::new();
    let mut told = None;
    if scenario.interrupted {
        stage.world.course.begin(plan);
    }
    match Life::open(&stage) {
        Ok(life) => told = live(&life, &stage, template, scenario, plan, &mut problems),
        Err(trouble) if scenario.interrupted => oracle::is_told_well(&trouble, &mut problems),
        Err(trouble) => problems.push(format!("did not start: {trouble}")),
    }
    let struck = stage.world.course.struck();
    stage.world.course.end();
    let mut before: Option<Facts> = None;
    for round in ["after a restart", "after a second restart"] {
        stage.world.restart();
        let life = match Life::open(&stage) {
            Ok(life) => life,
            Err(trouble) => {
                problems.push(format!("{round}: did not start: {trouble}"));
                break;
            }
        };
        let mut found = Vec::new();
        life.block(async |engine| drop(engine.unlock().await));
        let mut resumed = life.start(scenario.resume, &stage);
        if !life.until(&stage, LIMIT, async |_| resumed.is_over()) {
            found.push("what was resumed does not end".into());
        }
        let facts = come_right(&life, &stage, template, (plan, told.as_ref()), &mut found);
        if before.as_ref().is_some_and(|before| !before.is_same(&facts)) {
            found.push(format!("recovery changed something: {before:?}, then {facts:?}"));
        }
        before = Some(facts);
        problems.extend(found.into_iter().map(|problem| format!("{round}: {problem}")));
    }
    oracle::nothing_in_the_clear(stage.home.path(), &mut problems);
    let all = problems.into_iter();
    let problems = all.map(|problem| format!("{}, {plan:?}: {problem}", scenario.name)).collect();
    Cell { struck, problems }
}

/// The life in which something goes wrong; what the person was told.
fn live(
    life: &Life,
    stage: &Stage,
    template: &Template,
    scenario: &Scenario,
    plan: Plan,
    problems: &mut Vec<String>,
) -> Option<Result<(), Trouble>> {
    if !scenario.interrupted {
        life.block(async |engine| {
            if let Err(trouble) = engine.unlock().await {
                problems.push(format!("did not unlock: {trouble}"));
            }
            engine.read_abilities(&account().id).await;
            engine.refresh(&account().id).await;
        });
        // The access token of then is stale by now.
        stage.world.pass(Duration::from_secs(7200));
        stage.world.course.begin(plan);
    }
    let mut doing = life.start(scenario.act, stage);
    life.until(stage, LASTS, async |_| doing.is_over());
    if plan.sticky {
        life.pass(stage, LASTS);
    }
    let died = stage.world.course.is_dead();
    if !died {
        stage.world.course.end();
        let over = life.until(stage, LIMIT, async |_| doing.is_over());
        if !over {
            problems.push("the person still waits".into());
        }
    }
    let told = doing.result.lock().unwrap().take().filter(|_| !died);
    if let Some(Err(trouble)) = &told {
        oracle::is_told_well(trouble, problems);
    }
    // Of several wishes each has its own answer, and some are asked for once more.
    let told = told.filter(|_| scenario.wishes == 1);
    if !died {
        let facts = come_right(life, stage, template, (plan, told.as_ref()), problems);
        oracle::ends_as_told(&facts, told.as_ref(), problems);
    }
    told
}

/// Everything is settled in time, and as it should be.
fn come_right(
    life: &Life,
    stage: &Stage,
    template: &Template,
    told: (Plan, Option<&Result<(), Trouble>>),
    problems: &mut Vec<String>,
) -> Facts {
    life.block(async |engine| {
        if let Err(trouble) = engine.unlock().await {
            problems.push(format!("stays locked: {trouble}"));
        }
        // Whether the session is still good is known once it is used.
        engine.refresh(&account().id).await;
        let session = engine.known(&account().id).map(|known| known.session);
        if stage.session_ended() || session == Ok(Session::Ended) {
            stage.sign_in(engine).await;
        }
    });
    if !life.until(stage, LIMIT, is_settled) {
        problems.push("is not settled in time".into());
    }
    life.block(async |engine| oracle::judge(engine, life, stage, template, told, problems).await)
}

async fn is_settled(engine: &Engine) -> bool {
    let entries = engine.0.store.unfinished().await.unwrap_or_default();
    !engine.is_busy() && !entries.iter().any(crate::store::Entry::is_open)
}
