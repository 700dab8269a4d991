//! The course of a rotation: begun, closed and opened again, seen through, finished once.

use std::time::Duration;

use keystow_connect::fakes::{AfterCommit, lost};
use keystow_connect::{Failure, Refusal, RefusalKind};
use keystow_domain::{Covers, GraceEnd, KeyId, Reason, Reported, State, Way};

use super::Desk;
use crate::host::Step;
use crate::{CheckKind, Choice, Engine, RotationSight, Stage, Wish};

const STEPS: [Step; 5] = [Step::Intended, Step::Answered, Step::Stowed, Step::Listed, Step::Closed];
const HOUR: Duration = Duration::from_secs(3600);

fn choice(key: &KeyId, way: Way) -> Choice {
    Choice { key: key.clone(), reason: Reason::Planned, way, longest_job: None }
}

fn wish(ticket: &str, key: &KeyId, way: Way) -> Wish {
    Wish { way, ..Wish::planned(ticket, key) }
}

/// A key that was made an hour ago.
async fn with_key(desk: &Desk) -> KeyId {
    let key = desk.create("billing").await.unwrap().key.id;
    desk.clock.advance(HOUR);
    key
}

/// A key, and the one that takes its place.
async fn side_by_side(desk: &Desk) -> (KeyId, KeyId) {
    let old = with_key(desk).await;
    let row = desk.engine.replace(&wish("ticket-1", &old, Way::SideBySide)).await.unwrap();
    (old, row.key.id)
}

/// A rotation once it is known how its call ended.
async fn told(desk: &Desk, key: &KeyId) -> RotationSight {
    let known = async |engine: &Engine| {
        let open = engine.0.store.unfinished().await.unwrap().iter().any(|entry| entry.is_open());
        let sight = engine.rotation(key).await.unwrap();
        (!open && sight.stage != Stage::Asking).then_some(sight)
    };
    desk.until(known).await
}

#[tokio::test]
async fn a_closed_wizard_opens_where_it_was_after_a_restart() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    let other = desk.create("search").await.unwrap().key.id;
    let chosen = Choice { reason: Reason::Leaked, longest_job: Some(HOUR), ..choice(&key, Way::SideBySide) };
    desk.engine.plan_rotation(&chosen).await.unwrap();
    desk.engine.plan_rotation(&choice(&other, Way::InPlace)).await.unwrap();
    let desk = desk.restarted().await;
    let sight = desk.engine.rotation(&key).await.unwrap();
    let course = sight.course.unwrap();
    assert_eq!(
        (course.reason, course.way, course.longest_job),
        (Reason::Leaked, Way::SideBySide, Some(HOUR))
    );
    assert_eq!((sight.stage, sight.ways), (Stage::Ready, vec![Way::SideBySide, Way::InPlace]));
    assert!(desk.page().rows.iter().all(|row| row.open_rotation), "several keys at once");
    desk.engine.replace(&Wish { reason: Reason::Leaked, ..Wish::planned("ticket-1", &key) }).await.unwrap();
    let desk = desk.restarted().await;
    let sight = desk.engine.rotation(&key).await.unwrap();
    assert_eq!(sight.course.map(|course| (course.id, course.way)), Some((course.id, Way::InPlace)));
}

#[tokio::test]
async fn two_keys_are_one_row_until_the_old_one_is_revoked_and_the_receipt_is_written() {
    let desk = Desk::signed_in().await;
    let (old, new) = side_by_side(&desk).await;
    let page = desk.page();
    assert_eq!((page.rows.len(), page.total), (1, 1));
    let row = &page.rows[0];
    assert_eq!((&row.key.id, row.key.name.as_str()), (&new, "billing"));
    assert_eq!(row.state, State::Rotating(GraceEnd::Unknown), "nobody claims an end");
    assert_eq!(row.old[0].of.as_ref().map(|of| &of.0), Some(&old));
    assert!(desk.engine.key(&old).is_ok(), "details find it");
    desk.engine.copy(&new, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&new));
    desk.engine.copy(&new, true).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&old), "the roll-back");
    assert_eq!(desk.engine.finish_rotation(&new).await.unwrap_err().code, "old_still_accepted");
    assert_eq!(desk.engine.end_grace(&new, "other").await.unwrap_err().code, "name_differs");
    desk.clock.advance(HOUR);
    desk.engine.end_grace(&new, "billing").await.unwrap();
    let sight = desk.engine.rotation(&old).await.unwrap();
    assert_eq!((sight.stage, &sight.row.key.id), (Stage::Ended, &new));
    let ended = desk.engine.now();
    desk.clock.advance(HOUR);
    let receipt = desk.engine.finish_rotation(&old).await.unwrap().receipt.unwrap();
    assert_eq!((receipt.way, receipt.ended_at), (Way::SideBySide, Some(ended)));
    assert_eq!(receipt.actor.as_deref(), Some("nadia@example.com"));
    assert_ne!(receipt.old.prefix, receipt.new.prefix);
    assert_eq!((desk.page().total, desk.page().rows.iter().any(|row| row.open_rotation)), (2, false));
}

#[tokio::test]
async fn finishing_twice_is_one_receipt_also_after_a_restart() {
    let desk = Desk::signed_in().await;
    let (_, new) = side_by_side(&desk).await;
    desk.engine.end_grace(&new, "billing").await.unwrap();
    let (first, second) = tokio::join!(desk.engine.finish_rotation(&new), desk.engine.finish_rotation(&new));
    let desk = desk.restarted().await;
    let third = desk.engine.finish_rotation(&new).await;
    let all: Vec<_> = [first, second, third].map(|sight| sight.unwrap().receipt.unwrap()).into();
    assert!(all.iter().all(|receipt| *receipt == all[0]));
    assert_eq!(desk.engine.receipts(&new).await.unwrap().len(), 1);
    assert_eq!(desk.engine.rotation(&new).await.unwrap().stage, Stage::Ready);
}

#[tokio::test]
async fn a_schedule_goes_to_the_key_that_took_the_place() {
    let desk = Desk::signed_in().await;
    let (old, new) = side_by_side(&desk).await;
    desk.engine.save_schedule(Covers::Key(old), 90).await.unwrap();
    desk.engine.end_grace(&new, "billing").await.unwrap();
    desk.engine.finish_rotation(&new).await.unwrap();
    assert_eq!(desk.engine.schedules().unwrap()[0].key.as_ref().map(|key| &key.0), Some(&new));
    assert!(desk.engine.schedule_of(&new).is_some());
}

#[tokio::test]
async fn a_successor_is_like_the_old_key_and_may_have_another_name() {
    let desk = Desk::signed_in().await;
    let new = keystow_domain::NewKey {
        scopes: vec!["read".into(), "stream".into()],
        environment: Some("staging".into()),
        expires_at: Some(desk.engine.now().plus(HOUR * 48)),
        ..super::new_key("billing")
    };
    let old = desk.engine.create("ticket-0", &new).await.unwrap().key;
    desk.clock.advance(HOUR);
    let wish = Wish { successor: Some("billing-2".into()), ..wish("ticket-1", &old.id, Way::SideBySide) };
    let row = desk.engine.replace(&wish).await.unwrap();
    assert_eq!((row.key.name.as_str(), &row.key.scopes), ("billing-2", &old.scopes));
    assert_eq!(row.key.environment, old.environment);
    assert_eq!(
        row.key.expires_at,
        Some(desk.engine.now().plus(HOUR * 48)),
        "it lives as long as the old did"
    );
    assert_eq!(row.state, State::Rotating(GraceEnd::At(old.expires_at.unwrap())));
}

#[tokio::test]
async fn two_clicks_make_one_successor() {
    let desk = Desk::signed_in().await;
    let old = with_key(&desk).await;
    let (first, again) = (wish("ticket-1", &old, Way::SideBySide), wish("ticket-1", &old, Way::SideBySide));
    let other = wish("ticket-2", &old, Way::SideBySide);
    let (first, again, other) =
        tokio::join!(desk.engine.replace(&first), desk.engine.replace(&again), desk.engine.replace(&other));
    let told = |result: Result<crate::Row, crate::Trouble>| match result {
        Ok(row) => row.key.id.as_str().to_owned(),
        Err(trouble) => trouble.code.to_owned(),
    };
    let (first, again, other) = (told(first), told(again), told(other));
    assert_eq!(first, again, "one ticket is one wish");
    // Whichever of the two tickets came first made the key.
    assert!([&first, &other].contains(&&"successor_exists".to_owned()) && first != other);
    assert_eq!(desk.network.portal.keys().len(), 2);
}

#[tokio::test]
async fn a_death_at_any_point_of_making_a_successor_loses_nothing_and_makes_one() {
    for step in STEPS {
        let desk = Desk::signed_in().await;
        let old = with_key(&desk).await;
        desk.die_at(step);
        let _ = desk.engine.replace(&wish("ticket-1", &old, Way::SideBySide)).await;
        let desk = desk.restarted().await;
        let open = async |_: &_| desk.engine.0.store.unfinished().await.unwrap().is_empty().then_some(());
        desk.until(open).await;
        desk.engine.settle_all();
        desk.engine.refresh(&desk.account()).await;
        let page = desk.page();
        assert_eq!((page.rows.len(), desk.network.portal.keys().len()), (1, 2), "{}", step.name());
        let row = &page.rows[0];
        assert_eq!(row.old[0].of.as_ref().map(|of| &of.0), Some(&old), "{}", step.name());
        desk.engine.copy(&row.key.id, false).await.unwrap();
        assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&row.key.id), "{}", step.name());
        let sight = desk.engine.rotation(&old).await.unwrap();
        assert_eq!((sight.stage, sight.rotated_at.is_some()), (Stage::Grace, true), "{}", step.name());
    }
}

#[tokio::test]
async fn a_death_at_any_point_of_a_rotation_in_place_leaves_its_course_where_it_was() {
    for step in STEPS {
        let desk = Desk::signed_in().await;
        let key = with_key(&desk).await;
        desk.engine.plan_rotation(&choice(&key, Way::InPlace)).await.unwrap();
        desk.die_at(step);
        let _ = desk.engine.replace(&Wish::planned("ticket-1", &key)).await;
        let desk = desk.restarted().await;
        let sight = told(&desk, &key).await;
        assert_eq!(sight.stage, Stage::Grace, "{}", step.name());
        assert!(sight.course.unwrap().rotated_at.is_some(), "{}", step.name());
    }
}

#[tokio::test]
async fn a_lost_successor_is_told_as_an_orphan_and_the_old_key_is_untouched() {
    let desk = Desk::signed_in_to_plain().await;
    let old = with_key(&desk).await;
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let wish = wish("ticket-1", &old, Way::SideBySide);
    assert_eq!(desk.engine.replace(&wish).await.unwrap_err().code, "outcome_unknown");
    assert_eq!(desk.engine.rotation(&old).await.unwrap().stage, Stage::Asking);
    desk.until(async |_| desk.notice("successor_lost").then_some(())).await;
    let orphan = desk.engine.notices().remove(0).key.unwrap().0;
    assert_ne!(orphan, old);
    let sight = told(&desk, &old).await;
    assert_eq!((sight.stage, sight.row.state), (Stage::Ready, State::Active));
    let again = Wish { ticket: "ticket-2".into(), ..wish };
    assert!(desk.engine.replace(&again).await.is_ok(), "another wish is another key");
}

#[tokio::test]
async fn an_old_key_that_somebody_else_revoked_counts_as_ended() {
    let desk = Desk::signed_in().await;
    let (old, new) = side_by_side(&desk).await;
    desk.network.portal.revoke_elsewhere(&old);
    desk.engine.end_grace(&new, "billing").await.unwrap();
    assert_eq!(desk.engine.finish_rotation(&new).await.unwrap().receipt.unwrap().way, Way::SideBySide);
}

#[tokio::test]
async fn a_successor_that_died_gives_the_old_key_its_row_back() {
    let desk = Desk::signed_in().await;
    let (old, new) = side_by_side(&desk).await;
    desk.network.portal.revoke_elsewhere(&new);
    assert_eq!(desk.engine.end_grace(&new, "billing").await.unwrap_err().code, "successor_dead");
    assert_eq!(desk.page().rows.iter().filter(|row| row.state == State::Active).count(), 1);
    let sight = desk.engine.forget_rotation(&old).await.unwrap();
    assert!(sight.course.is_none() && sight.row.key.id == old);
    assert_eq!(sight.row.key.reported, Reported::Active);
}

#[tokio::test]
async fn what_leaked_goes_on_until_the_new_secret_is_delivered_and_is_ended_at_once() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    let leaked = Wish { reason: Reason::Leaked, ..Wish::planned("ticket-1", &key) };
    let row = desk.engine.replace(&leaked).await.unwrap();
    assert_eq!(row.old.len(), 1, "what must stay up does, however short a grace the portal allows");
    desk.clock.advance(Duration::from_secs(599));
    desk.engine.end_grace(&key, "billing").await.unwrap();
    let sight = desk.engine.finish_rotation(&key).await.unwrap();
    assert_eq!(sight.receipt.unwrap().reason, Reason::Leaked);
    let slow = Wish { ticket: "ticket-2".into(), grace: Some(HOUR), longest_job: Some(HOUR * 9), ..leaked };
    let row = desk.engine.replace(&slow).await.unwrap();
    assert_eq!(row.old.len(), 1, "a chosen grace is given; no job outweighs a leak");
    desk.engine.end_grace(&key, "billing").await.unwrap();
    assert!(desk.engine.finish_rotation(&key).await.is_ok());
    assert_eq!(desk.engine.receipts(&key).await.unwrap().len(), 2);
}

#[tokio::test]
async fn revoking_right_away_ends_a_rotation_that_was_only_planned() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    desk.engine.plan_rotation(&choice(&key, Way::InPlace)).await.unwrap();
    assert!(!desk.engine.revoke(&key, "billing").await.unwrap().row.open_rotation);
    assert_eq!(desk.engine.plan_rotation(&choice(&key, Way::InPlace)).await.unwrap_err().code, "key_dead");
}

#[tokio::test]
async fn rotating_again_inside_grace_is_refused_until_it_is_confirmed() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    desk.engine.rotate("ticket-1", &key, None).await.unwrap();
    let first = desk.engine.rotation(&key).await.unwrap().course.unwrap();
    desk.clock.advance(Duration::from_secs(60));
    let refused = desk.engine.rotate("ticket-2", &key, None).await.unwrap_err();
    assert_eq!((refused.code, refused.facts["then"].as_str()), ("grace_running", "keepsAll"));
    assert_eq!(desk.network.portal.rotations(&key), 1);
    let again = Wish { again: true, ..Wish::planned("ticket-3", &key) };
    assert_eq!(desk.engine.replace(&again).await.unwrap().old.len(), 2);
    let course = desk.engine.rotation(&key).await.unwrap().course.unwrap();
    assert_eq!((course.id, course.old), (first.id, first.old), "it is one rotation, of one old secret");
    assert!(course.rotated_at > first.rotated_at);
}

#[tokio::test]
async fn a_job_that_outlives_the_chosen_grace_is_refused() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    let job = Wish { longest_job: Some(HOUR * 2), ..Wish::planned("ticket-1", &key) };
    assert_eq!(
        desk.engine.replace(&job).await.unwrap_err().code,
        "grace_too_short",
        "an hour is the default"
    );
    let changes = desk.network.portal.changes();
    desk.engine
        .plan_rotation(&Choice { longest_job: Some(HOUR * 2), ..choice(&key, Way::InPlace) })
        .await
        .unwrap();
    let planned = desk.engine.rotate("ticket-2", &key, Some(HOUR)).await.unwrap_err();
    assert_eq!((planned.code, planned.facts["job"].as_str()), ("grace_too_short", "2 hours"));
    assert_eq!(desk.network.portal.changes(), changes);
    desk.engine.rotate("ticket-3", &key, Some(HOUR * 2)).await.unwrap();
}

#[tokio::test]
async fn a_grace_of_which_nobody_tells_the_end_can_be_finished() {
    let desk = Desk::signed_in_to_plain().await;
    let key = with_key(&desk).await;
    let row = desk.engine.rotate("ticket-1", &key, None).await.unwrap();
    assert_eq!(row.state, State::Rotating(GraceEnd::Unknown));
    let sight = desk.engine.finish_rotation(&key).await.unwrap();
    assert_eq!(sight.receipt.unwrap().ended_at, None, "no end is invented");
    assert_eq!((sight.row.state, sight.stage), (State::Active, Stage::Ready));
    let desk = desk.restarted().await;
    assert_eq!(desk.page().rows[0].state, State::Active);
}

#[tokio::test]
async fn a_receipt_keeps_the_evidence_and_the_ticked_places() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    desk.engine.rotate("ticket-1", &key, Some(HOUR)).await.unwrap();
    let course = desk.engine.rotation(&key).await.unwrap().course.unwrap().id;
    let write = move |db: &mut rusqlite::Connection| {
        db.execute("INSERT INTO places VALUES ('p1', 'acc_1', 'key_1', 'folder', 'deploy', 5, NULL)", [])?;
        db.execute("INSERT INTO deliveries VALUES (?1, 'p1', 6, 1)", [course.as_str()])?;
        Ok(())
    };
    desk.engine.0.store.with(write).await.unwrap();
    assert_eq!(desk.engine.finish_rotation(&key).await.unwrap_err().code, "old_still_accepted");
    let end = desk.engine.now().plus(HOUR);
    desk.clock.advance(HOUR * 2);
    let receipt = desk.engine.finish_rotation(&key).await.unwrap().receipt.unwrap();
    assert_eq!(receipt.ended_at, Some(end), "as the portal reported it");
    assert!(!receipt.evidence.is_empty());
    assert_eq!(
        (receipt.places[0].label.as_str(), receipt.places[0].delivered.unwrap().by_hand),
        ("deploy", true)
    );
}

#[tokio::test]
async fn the_next_rotation_finishes_one_that_has_ended() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    desk.engine.rotate("ticket-1", &key, Some(HOUR)).await.unwrap();
    desk.clock.advance(HOUR * 2);
    assert_eq!(desk.engine.rotation(&key).await.unwrap().stage, Stage::Ended);
    assert!(!desk.engine.is_rotation_open(&desk.account(), &key), "it stands in no other one's way");
    desk.engine.rotate("ticket-2", &key, Some(HOUR)).await.unwrap();
    assert_eq!(desk.engine.receipts(&key).await.unwrap().len(), 1);
    assert_eq!(desk.engine.rotation(&key).await.unwrap().stage, Stage::Grace);
}

#[tokio::test]
async fn only_a_rotation_whose_call_did_not_go_out_can_be_dropped() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    desk.engine.plan_rotation(&choice(&key, Way::SideBySide)).await.unwrap();
    assert!(desk.engine.forget_rotation(&key).await.unwrap().course.is_none());
    desk.engine.rotate("ticket-1", &key, None).await.unwrap();
    assert_eq!(desk.engine.forget_rotation(&key).await.unwrap_err().code, "rotation_begun");
}

#[tokio::test]
async fn a_call_that_did_nothing_leaves_no_rotation_behind_but_a_planned_one() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    let refuse = || {
        let refusal = Failure::Refused(Refusal::bare(403, RefusalKind::Forbidden));
        desk.network.portal.fail_next(refusal, AfterCommit::No);
    };
    refuse();
    assert_eq!(desk.engine.rotate("ticket-1", &key, None).await.unwrap_err().code, "forbidden");
    assert!(!desk.page().rows[0].open_rotation);
    desk.engine.plan_rotation(&choice(&key, Way::InPlace)).await.unwrap();
    refuse();
    assert_eq!(desk.engine.rotate("ticket-2", &key, None).await.unwrap_err().code, "forbidden");
    assert!(desk.page().rows[0].open_rotation);
}

/// Rotates and expects a refusal of which the portal heard nothing.
async fn refused(desk: &Desk, ticket: &str, key: &KeyId) -> &'static str {
    let before = desk.network.portal.changes();
    let code = desk.engine.rotate(ticket, key, None).await.expect_err(ticket).code;
    assert_eq!(desk.network.portal.changes(), before, "{code} came before any call");
    code
}

#[tokio::test]
async fn each_check_that_fails_refuses_before_any_call() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    desk.engine.0.vault.lock();
    assert_eq!(refused(&desk, "ticket-1", &key).await, "vault_locked");
    desk.engine.unlock().await.unwrap();
    desk.network.portal.set_offset(None);
    desk.engine.state().clocks.clear();
    assert_eq!(refused(&desk, "ticket-2", &key).await, "clock_unknown");
    let known = keystow_connect::Offset {
        millis: 0,
        learned_at: desk.engine.now(),
        learned_elapsed: desk.engine.0.clock.elapsed(),
    };
    desk.network.portal.set_offset(Some(known));
    desk.engine.state().access.clear();
    *desk.network.refresh_failures.lock().unwrap() = vec![lost(), lost()];
    assert_eq!(refused(&desk, "ticket-3", &key).await, "session_unknown");
    desk.network.portal.set_replay(false);
    desk.engine.read_abilities(&desk.account()).await;
    desk.network.portal.fail_next(lost(), AfterCommit::No);
    assert_eq!(desk.engine.rotate("ticket-4", &key, None).await.unwrap_err().code, "outcome_unknown");
    assert_eq!(refused(&desk, "ticket-5", &key).await, "change_open");
    assert_eq!(desk.network.portal.rotations(&key), 0);
}

#[tokio::test]
async fn a_rotation_elsewhere_stands_in_the_way_until_it_was_read() {
    let desk = Desk::signed_in().await;
    let key = with_key(&desk).await;
    desk.network.portal.rotate_elsewhere(&key).unwrap();
    desk.clock.advance(HOUR * 2);
    assert_eq!(refused(&desk, "ticket-1", &key).await, "rotated_elsewhere");
    let failed = async || {
        let checks = desk.engine.rotation(&key).await.unwrap().checks;
        checks.iter().find(|check| check.kind == CheckKind::Elsewhere).unwrap().trouble.is_some()
    };
    assert!(failed().await, "a list that was read again meanwhile takes no warning away");
    desk.clock.advance(Duration::from_secs(6));
    assert!(!failed().await);
    let desk = desk.restarted().await;
    desk.learn_clock();
    let checks = desk.engine.rotation(&key).await.unwrap().checks;
    assert!(checks.iter().all(|check| check.trouble.is_none()), "what was read stays read: {checks:?}");
    desk.engine.rotate("ticket-2", &key, None).await.unwrap();
    desk.network.portal.rotate_elsewhere(&key).unwrap();
    desk.clock.advance(HOUR * 2);
    let told = Wish { again: true, ..Wish::planned("ticket-3", &key) };
    let unread = desk.engine.replace(&told).await.unwrap_err();
    assert_eq!(unread.code, "rotated_elsewhere", "nobody can know what was not told");
    assert!(desk.engine.replace(&told).await.is_ok(), "a person who knows may go on");
}

#[tokio::test]
async fn a_rotation_whose_answer_was_lost_is_not_called_somebody_elses() {
    let desk = Desk::signed_in().await;
    desk.network.portal.set_replay(false);
    desk.engine.read_abilities(&desk.account()).await;
    let key = with_key(&desk).await;
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let _ = desk.engine.rotate("ticket-1", &key, None).await;
    desk.until(async |_| desk.notice("rotation_lost").then_some(())).await;
    let notice = desk.engine.notices().remove(0).what;
    assert!(notice.meaning.contains("2027-01-15 10:00 UTC"), "{}", notice.meaning);
    assert!(told(&desk, &key).await.checks.iter().all(|check| check.trouble.is_none()));
    assert_eq!(refused(&desk, "ticket-2", &key).await, "grace_running", "the old secret is on its way out");
}
