//! Runs over many keys: each key once, whatever comes between.

use std::time::Duration;

use keystow_connect::fakes::{AfterCommit, lost};
use keystow_connect::{Cause, Failure, RateLimit, Refusal, RefusalKind};
use keystow_domain::{Account, AccountId, KeyId, Reported, RunState, Session, TurnState};

use super::Desk;
use crate::bulk::{BulkPlan, BulkSight};
use crate::engine::Engine;
use crate::events::Event;
use crate::host::Step;

const STEPS: [Step; 5] = [Step::Intended, Step::Answered, Step::Stowed, Step::Listed, Step::Closed];

/// Adds keys to the desk's portal and reads the list.
async fn add_keys(desk: &Desk, count: usize) -> Vec<KeyId> {
    let names: Vec<String> = (1..=count).map(|number| format!("key-{number:02}")).collect();
    for name in &names {
        desk.network.portal.add(crate::list::tests::key(name));
    }
    desk.engine.refresh(&desk.account()).await;
    names.iter().map(|name| KeyId::new(format!("key_{name}"))).collect()
}

fn plan(keys: &[KeyId], at_once: u32, stop_on_error: bool) -> BulkPlan {
    BulkPlan { keys: keys.to_vec(), at_once, stop_on_error, grace: None }
}

/// Plans a run over new keys, and starts it.
async fn started(desk: &Desk, count: usize, at_once: u32, stop_on_error: bool) -> (Vec<KeyId>, String) {
    let keys = add_keys(desk, count).await;
    let run = desk.engine.plan_bulk(&plan(&keys, at_once, stop_on_error)).await.unwrap();
    desk.engine.start_bulk(&run.id).await.unwrap();
    (keys, run.id)
}

fn count(run: &BulkSight, state: TurnState) -> usize {
    run.turns.iter().filter(|turn| turn.state == state).count()
}

async fn until(desk: &Desk, wanted: impl Fn(&BulkSight) -> bool) -> BulkSight {
    desk.until(async |engine: &Engine| engine.bulk().filter(&wanted)).await
}

/// The run as soon as it is in this state and nothing is in flight.
async fn until_still(desk: &Desk, state: RunState) -> BulkSight {
    until(desk, |run| run.state == state && !run.turns.iter().any(|turn| turn.state.is_in_flight())).await
}

fn each_was_rotated_once(desk: &Desk, keys: &[KeyId]) {
    for key in keys {
        assert_eq!(desk.network.portal.rotations(key), 1, "{key}");
        assert!(desk.engine.key(key).unwrap().stowed.is_some(), "{key}");
    }
}

fn rotations(desk: &Desk, keys: &[KeyId]) -> u32 {
    keys.iter().map(|key| desk.network.portal.rotations(key)).sum()
}

fn refused(status: u16, kind: RefusalKind) -> Failure {
    Failure::Refused(Refusal::bare(status, kind))
}

/// Lets the run look at the clock that was moved.
fn nudge(desk: &Desk) {
    desk.engine.tell(Event::Keys);
}

#[tokio::test]
async fn every_key_of_a_run_is_rotated_once_and_no_more_at_once_than_allowed() {
    let desk = Desk::signed_in().await;
    let (keys, _) = started(&desk, 25, 4, true).await;
    let run = until(&desk, |run| {
        assert!(count(run, TurnState::Running) <= 4);
        run.state == RunState::Done
    })
    .await;
    assert_eq!(count(&run, TurnState::Done), 25);
    assert!(run.started_at.is_some() && run.ended_at.is_some());
    let end = desk.clock_now().plus(Duration::from_secs(3600));
    assert!(run.turns.iter().all(|turn| turn.ends_at == Some(end)), "each old secret's end is told");
    assert!(desk.notice("bulk_done"));
    each_was_rotated_once(&desk, &keys);
}

#[tokio::test]
async fn a_crash_at_the_seventeenth_key_resumes_there_and_rotates_none_twice() {
    crash_and_resume(Step::Answered, 17, 25).await;
}

#[tokio::test]
async fn a_crash_at_any_point_of_a_turn_resumes_there_and_rotates_none_twice() {
    for step in STEPS {
        crash_and_resume(step, 3, 5).await;
    }
}

/// Lets the app die in the turn of the `nth` of `all` keys, on the disk as it was at that moment.
async fn crash_and_resume(step: Step, nth: usize, all: usize) {
    let desk = Desk::signed_in().await;
    let image = desk.die_at_nth(step, nth);
    let (keys, id) = started(&desk, all, 1, true).await;
    desk.until_dead().await;
    let desk = desk.restarted_on(image).await;
    let run = desk.engine.bulk().unwrap();
    assert_eq!((run.id.as_str(), run.state), (id.as_str(), RunState::Paused), "{}", step.name());
    assert_eq!(run.why.as_ref().map(|why| why.code.as_str()), Some("bulk_interrupted"), "{}", step.name());
    assert!(desk.notice("bulk_interrupted"), "{}", step.name());
    assert_eq!(count(&run, TurnState::Waiting), all - nth, "{}", step.name());
    assert_eq!(rotations(&desk, &keys[nth..]), 0, "it stands still");
    desk.engine.start_bulk(&id).await.unwrap();
    let run = until_still(&desk, RunState::Done).await;
    assert_eq!(count(&run, TurnState::Done), all, "{}", step.name());
    each_was_rotated_once(&desk, &keys);
}

#[tokio::test]
async fn what_was_begun_is_settled_after_a_crash_even_if_the_run_is_not_resumed() {
    let desk = Desk::signed_in().await;
    let image = desk.die_at_nth(Step::Answered, 3);
    let (keys, _) = started(&desk, 5, 1, true).await;
    desk.until_dead().await;
    let desk = desk.restarted_on(image).await;
    let run = until_still(&desk, RunState::Paused).await;
    assert_eq!((count(&run, TurnState::Done), count(&run, TurnState::Waiting)), (3, 2));
    assert_eq!(rotations(&desk, &keys), 3);
}

#[tokio::test]
async fn several_in_flight_at_a_crash_are_each_rotated_once() {
    let desk = Desk::signed_in().await;
    desk.die_at(Step::Answered);
    let (keys, id) = started(&desk, 12, 4, false).await;
    desk.until_dead().await;
    let desk = desk.restarted().await;
    desk.engine.start_bulk(&id).await.unwrap();
    until_still(&desk, RunState::Done).await;
    each_was_rotated_once(&desk, &keys);
}

#[tokio::test]
async fn a_portal_that_throttles_is_waited_for_until_its_reset_and_the_wait_is_shown() {
    let desk = Desk::signed_in().await;
    let reset = desk.clock_now().plus(Duration::from_secs(30));
    let keys = add_keys(&desk, 10).await;
    let run = desk.engine.plan_bulk(&plan(&keys, 3, true)).await.unwrap();
    let mut refusal = Refusal::bare(429, RefusalKind::Throttled);
    refusal.retry_at = Some(reset);
    desk.network.portal.fail_next(Failure::Refused(refusal), AfterCommit::No);
    desk.engine.start_bulk(&run.id).await.unwrap();
    let held = until(&desk, |run| run.waits_until.is_some() && count(run, TurnState::Running) == 0).await;
    assert_eq!((held.state, held.waits_until), (RunState::Running, Some(reset)));
    let turned_back = held.turns.iter().find(|turn| turn.trouble.is_some()).unwrap();
    assert_eq!(turned_back.state, TurnState::Waiting);
    assert_eq!(turned_back.trouble.as_ref().unwrap().code, "throttled");
    let before = rotations(&desk, &keys);
    assert!(before < 3, "the others wait too");
    desk.clock.advance(Duration::from_secs(29));
    nudge(&desk);
    let pausing = desk.engine.pause_bulk(&run.id).await.unwrap();
    assert_eq!(pausing.state, RunState::Paused, "a run that waits can be paused");
    desk.engine.start_bulk(&run.id).await.unwrap();
    assert_eq!(rotations(&desk, &keys), before, "a second before the reset nothing goes out");
    desk.clock.advance(Duration::from_secs(1));
    nudge(&desk);
    let run = until_still(&desk, RunState::Done).await;
    assert_eq!((count(&run, TurnState::Done), run.waits_until), (10, None));
    each_was_rotated_once(&desk, &keys);
}

#[tokio::test]
async fn a_key_that_was_turned_back_keeps_its_turn_over_a_restart() {
    let desk = Desk::signed_in().await;
    let keys = add_keys(&desk, 2).await;
    let run = desk.engine.plan_bulk(&plan(&keys, 1, true)).await.unwrap();
    for _ in 0..2 {
        let mut refusal = Refusal::bare(429, RefusalKind::Throttled);
        refusal.retry_at = Some(desk.clock_now().plus(Duration::from_secs(30)));
        desk.network.portal.fail_next(Failure::Refused(refusal), AfterCommit::No);
    }
    desk.engine.start_bulk(&run.id).await.unwrap();
    until(&desk, |run| run.waits_until.is_some() && run.turns[0].state == TurnState::Waiting).await;
    let desk = desk.restarted().await;
    desk.engine.start_bulk(&run.id).await.unwrap();
    until(&desk, |run| run.waits_until.is_some() && run.turns[0].state == TurnState::Waiting).await;
    desk.clock.advance(Duration::from_secs(30));
    nudge(&desk);
    until_still(&desk, RunState::Done).await;
    each_was_rotated_once(&desk, &keys);
}

#[tokio::test]
async fn a_limit_that_is_used_up_is_waited_for_before_anything_is_sent() {
    let desk = Desk::signed_in().await;
    let reset = desk.clock_now().plus(Duration::from_secs(60));
    let used_up = RateLimit { limit: Some(100), remaining: Some(1), resets_at: Some(reset) };
    desk.network.portal.set_limits(Some(used_up));
    let (keys, _) = started(&desk, 3, 2, true).await;
    let run = until(&desk, |run| run.waits_until == Some(reset)).await;
    assert_eq!((count(&run, TurnState::Waiting), rotations(&desk, &keys)), (3, 0));
    desk.clock.advance(Duration::from_secs(60));
    nudge(&desk);
    until_still(&desk, RunState::Done).await;
    each_was_rotated_once(&desk, &keys);
}

#[tokio::test]
async fn a_paused_run_finishes_what_it_began_and_goes_on_where_it_was() {
    let desk = Desk::signed_in().await;
    let (keys, id) = started(&desk, 25, 2, true).await;
    until(&desk, |run| count(run, TurnState::Done) >= 5).await;
    desk.engine.pause_bulk(&id).await.unwrap();
    let paused = until_still(&desk, RunState::Paused).await;
    let done = count(&paused, TurnState::Done);
    assert!((5..25).contains(&done));
    assert_eq!(rotations(&desk, &keys) as usize, done);
    let desk = desk.restarted().await;
    assert_eq!(paused.why, None);
    assert!(!desk.notice("bulk_interrupted"), "the person paused it, nothing interrupted it");
    desk.engine.start_bulk(&id).await.unwrap();
    until_still(&desk, RunState::Done).await;
    each_was_rotated_once(&desk, &keys);
}

#[tokio::test]
async fn the_first_failure_stops_a_run_that_shall_stop_and_no_other() {
    for stops in [true, false] {
        let desk = Desk::signed_in().await;
        desk.network.portal.fail_next(refused(403, RefusalKind::Forbidden), AfterCommit::No);
        let (keys, id) = started(&desk, 4, 1, stops).await;
        if stops {
            let run = until_still(&desk, RunState::Halted).await;
            assert_eq!(count(&run, TurnState::Waiting), 3);
            assert_eq!(run.turns[0].trouble.as_ref().unwrap().code, "forbidden");
            assert!(desk.notice("bulk_halted"));
            desk.engine.start_bulk(&id).await.unwrap();
        }
        let run = until_still(&desk, RunState::Done).await;
        assert_eq!((count(&run, TurnState::Done), count(&run, TurnState::Failed)), (3, 1));
        assert_eq!(rotations(&desk, &keys), 3, "what was refused is not tried again");
    }
}

#[tokio::test]
async fn an_unknown_outcome_holds_the_others_back_until_it_is_settled() {
    let desk = Desk::signed_in().await;
    // Who looks it up is turned away once, and then rests until the test has seen what is shown meanwhile.
    desk.host.keeps_resting.send_replace(true);
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    desk.network.portal.fail_next(lost(), AfterCommit::No);
    let (keys, _) = started(&desk, 4, 1, true).await;
    let run = until(&desk, |run| run.turns[0].state == TurnState::Unknown).await;
    assert_eq!(run.turns[0].trouble.as_ref().unwrap().code, "outcome_unknown");
    assert_eq!((count(&run, TurnState::Waiting), rotations(&desk, &keys)), (3, 1));
    desk.host.keeps_resting.send_replace(false);
    until_still(&desk, RunState::Done).await;
    each_was_rotated_once(&desk, &keys);
}

#[tokio::test]
async fn a_lost_secret_stops_even_a_run_that_goes_on_after_failures() {
    let desk = Desk::signed_in_to_plain().await;
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let (keys, _) = started(&desk, 4, 1, false).await;
    let run = until_still(&desk, RunState::Halted).await;
    assert_eq!(run.why.as_ref().map(|why| why.code.as_str()), Some("bulk_halted"));
    assert_eq!(run.turns[0].state, TurnState::Failed);
    assert_eq!(run.turns[0].trouble.as_ref().unwrap().code, "rotation_lost");
    assert_eq!(rotations(&desk, &keys), 1);
}

#[tokio::test]
async fn what_concerns_every_key_pauses_the_run_and_fails_none() {
    let desk = Desk::signed_in().await;
    desk.network.portal.fail_next(Failure::NotSent(Cause::Connect), AfterCommit::No);
    let (keys, id) = started(&desk, 4, 1, true).await;
    let run = until_still(&desk, RunState::Paused).await;
    assert_eq!(count(&run, TurnState::Waiting), 4);
    assert_eq!(run.turns[0].trouble.as_ref().unwrap().code, "portal_unreachable");
    assert!(desk.notice("bulk_paused"));
    assert_eq!(run.why.as_ref().map(|why| why.code.as_str()), Some("portal_unreachable"));
    desk.engine.start_bulk(&id).await.unwrap();
    until_still(&desk, RunState::Done).await;
    assert!(!desk.notice("bulk_paused"));
    each_was_rotated_once(&desk, &keys);
}

#[tokio::test]
async fn an_ended_session_pauses_the_run_and_the_same_person_goes_on_with_it() {
    let desk = Desk::signed_in().await;
    let (keys, id) = started(&desk, 25, 2, true).await;
    until(&desk, |run| count(run, TurnState::Done) >= 3).await;
    *desk.network.refresh_failures.lock().unwrap() = vec![refused(400, RefusalKind::SignedOut)];
    desk.engine.state().access.clear();
    let run = until_still(&desk, RunState::Paused).await;
    assert_eq!(count(&run, TurnState::Failed), 0);
    assert_eq!(desk.engine.start_bulk(&id).await.unwrap_err().code, "signed_out");
    desk.sign_in_again().await;
    desk.engine.start_bulk(&id).await.unwrap();
    until_still(&desk, RunState::Done).await;
    each_was_rotated_once(&desk, &keys);
}

#[tokio::test]
async fn a_run_is_not_resumed_by_somebody_else() {
    let desk = Desk::signed_in().await;
    let keys = add_keys(&desk, 2).await;
    let run = desk.engine.plan_bulk(&plan(&keys, 1, true)).await.unwrap();
    let other =
        Account { id: AccountId::new("acc_2"), person: Some("omar@example.com".into()), ..super::account() };
    desk.engine.keep_account(other.clone(), Session::SignedIn).await.unwrap();
    desk.engine.switch(&other.id).await.unwrap();
    assert!(desk.engine.bulk().is_none(), "it is not theirs to see");
    let trouble = desk.engine.start_bulk(&run.id).await.unwrap_err();
    assert_eq!(trouble.code, "not_yours");
    assert_eq!(
        (trouble.facts["owner"].as_str(), trouble.facts["person"].as_str()),
        ("nadia@example.com", "omar@example.com")
    );
    assert_eq!(rotations(&desk, &keys), 0);
}

#[tokio::test]
async fn a_key_that_cannot_be_rotated_is_refused_when_the_run_is_planned_and_says_why() {
    let desk = Desk::signed_in().await;
    let mut revoked = crate::list::tests::key("revoked");
    revoked.reported = Reported::Revoked;
    let mut suspended = crate::list::tests::key("suspended");
    suspended.reported = Reported::Suspended;
    let mut odd = crate::list::tests::key("odd");
    odd.reported = Reported::Unknown("frozen".into());
    for key in [revoked, suspended, odd] {
        desk.network.portal.add(key);
    }
    let mut keys = add_keys(&desk, 4).await;
    desk.engine.rotate("a rotation by hand", &keys[0], None).await.unwrap();
    // Nothing but looking several times would settle it, and nobody looks a second time here.
    desk.host.keeps_resting.send_replace(true);
    desk.network.portal.set_replay(false);
    desk.engine.read_abilities(&desk.account()).await;
    desk.network.portal.fail_next(lost(), AfterCommit::No);
    let _ = desk.engine.rotate("another by hand", &keys[1], None).await;
    let choice = crate::Choice {
        key: keys[3].clone(),
        reason: keystow_domain::Reason::Planned,
        way: keystow_domain::Way::InPlace,
        longest_job: None,
    };
    desk.engine.plan_rotation(&choice).await.unwrap();
    keys.extend(["key_revoked", "key_suspended", "key_odd", "key_nobody"].map(KeyId::new));
    keys.push(keys[2].clone());
    let run = desk.engine.plan_bulk(&plan(&keys, 1, true)).await.unwrap();
    let told: Vec<(TurnState, &str)> = run
        .turns
        .iter()
        .map(|turn| (turn.state, turn.trouble.as_ref().map_or("", |trouble| trouble.code.as_str())))
        .collect();
    let skipped = |code| (TurnState::Skipped, code);
    let expected = [
        skipped("bulk_rotating"),
        skipped("change_open"),
        (TurnState::Waiting, ""),
        skipped("course_open"),
        skipped("key_dead"),
        skipped("key_inactive"),
        skipped("key_unclear"),
        skipped("unknown_key"),
    ];
    assert_eq!(told, expected, "and a key that is named twice has one turn");
}

#[tokio::test]
async fn a_plan_that_cannot_be_is_refused() {
    let desk = Desk::signed_in_to_plain().await;
    let keys = add_keys(&desk, 2).await;
    let code = async |plan: BulkPlan| desk.engine.plan_bulk(&plan).await.unwrap_err().code;
    assert_eq!(code(plan(&[], 1, true)).await, "bad_input");
    assert_eq!(code(plan(&keys, 0, true)).await, "bad_input");
    assert_eq!(code(plan(&keys, 9, true)).await, "bad_input");
    let chosen = BulkPlan { grace: Some(Duration::from_secs(60)), ..plan(&keys, 1, true) };
    assert_eq!(code(chosen).await, "not_offered", "this portal does not let the caller choose");
    assert!(desk.engine.bulk().is_none());
}

#[tokio::test]
async fn one_run_at_a_time_ended_by_hand_and_put_away() {
    let desk = Desk::signed_in().await;
    let reset = desk.clock_now().plus(Duration::from_secs(60));
    let used_up = RateLimit { limit: Some(100), remaining: Some(0), resets_at: Some(reset) };
    desk.network.portal.set_limits(Some(used_up));
    let (keys, id) = started(&desk, 3, 1, true).await;
    assert_eq!(desk.engine.plan_bulk(&plan(&keys, 1, true)).await.unwrap_err().code, "bulk_open");
    assert_eq!(desk.engine.dismiss_bulk(&id).await.unwrap_err().code, "bulk_unfinished");
    let ended = desk.engine.halt_bulk(&id).await.unwrap();
    assert_eq!((ended.state, count(&ended, TurnState::Skipped)), (RunState::Done, 3));
    let saved = desk.engine.export_bulk(&id).await.unwrap();
    assert_eq!(saved.entries, 3);
    let report = std::fs::read_to_string(&saved.path).unwrap();
    assert_eq!(report.lines().filter(|line| line.contains(",skipped,")).count(), 3, "{report}");
    desk.engine.dismiss_bulk(&id).await.unwrap();
    assert!(desk.engine.bulk().is_none());
    assert_eq!(desk.engine.start_bulk(&id).await.unwrap_err().code, "bulk_gone");
    assert_eq!(rotations(&desk, &keys), 0);
    desk.engine.plan_bulk(&plan(&keys, 1, true)).await.unwrap();
}

impl Desk {
    async fn until_dead(&self) {
        self.until(async |_| self.host.dead.load(std::sync::atomic::Ordering::SeqCst).then_some(())).await;
    }

    fn clock_now(&self) -> keystow_domain::Timestamp {
        self.engine.now()
    }
}
