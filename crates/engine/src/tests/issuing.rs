//! Create and rotate: what is promised of a one-time secret.

use std::time::Duration;

use keystow_connect::fakes::{AfterCommit, lost};
use keystow_connect::{Cause, Failure, Refusal, RefusalKind};
use keystow_vault::Fault;

use super::{Desk, new_key};
use crate::Wish;
use crate::host::Step;
use crate::store::Progress;

const STEPS: [Step; 5] = [Step::Intended, Step::Answered, Step::Stowed, Step::Listed, Step::Closed];

#[tokio::test]
async fn a_created_key_is_stowed_listed_and_copied() {
    let desk = Desk::signed_in().await;
    let row = desk.create("payments-api-prod").await.unwrap();
    assert!(row.stowed.is_some());
    assert_eq!(desk.page().total, 1);
    desk.engine.copy(&row.key.id, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&row.key.id));
}

#[tokio::test]
async fn a_double_click_makes_one_key() {
    let desk = Desk::signed_in().await;
    let new = new_key("billing");
    let (first, second) =
        tokio::join!(desk.engine.create("ticket-1", &new), desk.engine.create("ticket-1", &new));
    assert_eq!(first.unwrap().key.id, second.unwrap().key.id);
    assert_eq!(desk.network.portal.keys().len(), 1);
}

#[tokio::test]
async fn two_rotations_of_a_key_at_once_are_one() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let (first, second) =
        tokio::join!(desk.engine.rotate("ticket-1", &key, None), desk.engine.rotate("ticket-1", &key, None));
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(desk.network.portal.rotations(&key), 1);
}

#[tokio::test]
async fn nothing_is_sent_while_the_vault_cannot_keep_a_secret() {
    let desk = Desk::signed_in().await;
    desk.break_keyring(Fault::Always(keystow_vault::KeyringError::Absent));
    let trouble = desk.create("billing").await.unwrap_err();
    assert_eq!(trouble.code, "vault_locked");
    assert_eq!(desk.network.portal.keys().len(), 0);
    assert_eq!(desk.engine.unlock().await.unwrap_err().code, "keyring_absent");
}

#[tokio::test]
async fn nothing_is_sent_while_the_disk_has_no_room_for_a_secret() {
    let desk = Desk::signed_in().await;
    desk.engine.0.vault.fill_disk(true).await.unwrap();
    let sent = desk.until(async |_| (!desk.network.portal.keys().is_empty()).then_some(()));
    tokio::select! {
        told = desk.create("billing") => assert!(told.is_err(), "there is no room"),
        () = sent => panic!("the portal made a key whose secret has no place"),
    }
    assert!(desk.network.portal.keys().is_empty());
}

#[tokio::test]
async fn a_refused_change_says_why_and_may_be_tried_again() {
    let desk = Desk::signed_in().await;
    let refusal = Refusal::bare(403, RefusalKind::Forbidden);
    desk.network.portal.fail_next(Failure::Refused(refusal), AfterCommit::No);
    assert_eq!(desk.create("billing").await.unwrap_err().code, "forbidden");
    assert!(desk.engine.create("another ticket", &new_key("billing")).await.is_ok());
}

#[tokio::test]
async fn an_unsent_change_is_not_called_unknown() {
    let desk = Desk::signed_in().await;
    desk.network.portal.fail_next(Failure::NotSent(Cause::Connect), AfterCommit::No);
    assert_eq!(desk.create("billing").await.unwrap_err().code, "portal_unreachable");
    assert!(desk.engine.0.store.unfinished().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_fetched_again_where_the_portal_repeats_it() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    assert_eq!(desk.engine.rotate("ticket-1", &key, None).await.unwrap_err().code, "outcome_unknown");
    desk.until(async |_| desk.notice("recovered").then_some(())).await;
    assert_eq!(desk.network.portal.rotations(&key), 1, "nothing was rotated twice");
    desk.engine.copy(&key, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&key));
}

#[tokio::test]
async fn a_lost_answer_is_told_where_the_portal_does_not_repeat_it() {
    let desk = Desk::signed_in_to_plain().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.clock.advance(Duration::from_secs(3600));
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    assert_eq!(desk.engine.rotate("ticket-1", &key, None).await.unwrap_err().code, "outcome_unknown");
    desk.until(async |_| desk.notice("rotation_lost").then_some(())).await;
    assert_eq!(desk.network.portal.rotations(&key), 1, "a loss is never repaired by itself");
    let notice = desk.engine.notices().into_iter().find(|n| n.what.code == "rotation_lost").unwrap();
    let desk = desk.restarted().await;
    desk.until(async |_| desk.notice("rotation_lost").then_some(())).await;
    desk.engine.dismiss(&notice.id).await;
    assert!(desk.engine.0.store.unfinished().await.unwrap().is_empty(), "a loss that was read is settled");
}

#[tokio::test]
async fn a_rotation_that_turns_out_not_to_have_happened_leaves_no_course_behind_unless_it_was_planned() {
    for planned in [false, true] {
        let desk = Desk::signed_in_to_plain().await;
        let key = desk.create("billing").await.unwrap().key.id;
        desk.clock.advance(Duration::from_secs(3600));
        if planned {
            let (key, reason, way) =
                (key.clone(), keystow_domain::Reason::Leaked, keystow_domain::Way::InPlace);
            desk.engine.plan_rotation(&crate::Choice { key, reason, way, longest_job: None }).await.unwrap();
        }
        let _ = desk.host.hurries.set(std::sync::Arc::clone(&desk.clock));
        desk.network.portal.fail_next(lost(), AfterCommit::No);
        assert_eq!(desk.engine.rotate("ticket-1", &key, None).await.unwrap_err().code, "outcome_unknown");
        desk.until(async |engine| {
            let open = engine.0.store.unfinished().await.unwrap();
            (desk.notice("not_done") && open.is_empty()).then_some(())
        })
        .await;
        desk.until(async |engine| (engine.course(&desk.account(), &key).is_some() == planned).then_some(()))
            .await;
        let desk = desk.restarted().await;
        assert_eq!(desk.engine.key(&key).unwrap().open_rotation, planned);
    }
}

#[tokio::test]
async fn a_change_that_was_open_in_a_damaged_database_is_settled_all_the_same() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let image = desk.die_at_nth(Step::Answered, 1);
    let _ = desk.engine.rotate("ticket-1", &key, None).await;
    let db = rusqlite::Connection::open(image.path().join("keystow.db")).unwrap();
    // The table of settings loses its root page, which nothing else needs.
    db.execute_batch(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 4096 WHERE name = 'settings';",
    )
    .unwrap();
    drop(db);
    let desk = desk.restarted_on(image).await;
    assert!(desk.notice("database_set_aside_open"));
    desk.until(async |_| desk.notice("recovered").then_some(())).await;
    assert_eq!(desk.network.portal.rotations(&key), 1, "nothing was rotated twice");
}

#[tokio::test]
async fn a_refused_repeat_says_nothing_about_the_first_call() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.clock.advance(Duration::from_secs(3600));
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let gone = Refusal::bare(422, RefusalKind::Unprocessable);
    desk.network.portal.fail_next(Failure::Refused(gone), AfterCommit::No);
    assert_eq!(desk.engine.rotate("ticket-1", &key, None).await.unwrap_err().code, "outcome_unknown");
    desk.until(async |_| desk.notice("rotation_lost").then_some(())).await;
    assert!(!desk.notice("not_done"), "the portal did rotate");
}

#[tokio::test]
async fn a_wizard_that_lost_its_secret_says_so_when_asked_again() {
    let desk = Desk::signed_in_to_plain().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.clock.advance(Duration::from_secs(3600));
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let _ = desk.engine.rotate("ticket-1", &key, None).await;
    desk.until(async |_| desk.notice("rotation_lost").then_some(())).await;
    assert_eq!(desk.engine.rotate("ticket-1", &key, None).await.unwrap_err().code, "rotation_lost");
    let again = Wish { again: true, ..Wish::planned("ticket-2", &key) };
    assert_eq!(desk.engine.rotate("ticket-2", &key, None).await.unwrap_err().code, "grace_running");
    assert!(desk.engine.replace(&again).await.is_ok(), "another wish is another rotation");
}

#[tokio::test]
async fn nobody_closes_the_app_while_a_secret_waits_for_the_vault() {
    let desk = Desk::signed_in().await;
    assert!(!desk.engine.is_busy());
    let (engine, new) = (desk.engine.clone(), new_key("billing"));
    let creating = tokio::spawn(async move { engine.create("ticket-1", &new).await });
    creating.await.unwrap().unwrap();
    desk.engine.settled().await;
    assert!(!desk.engine.is_busy());
}

#[tokio::test]
async fn a_lost_creation_names_the_key_that_nobody_has_a_secret_of() {
    let desk = Desk::signed_in_to_plain().await;
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    assert_eq!(desk.create("billing").await.unwrap_err().code, "outcome_unknown");
    desk.until(async |_| desk.notice("creation_lost").then_some(())).await;
    let notices = desk.engine.notices();
    let (key, name) = notices[0].key.clone().unwrap();
    assert_eq!((key, name), (desk.network.portal.keys()[0].id.clone(), "billing".to_owned()));
}

#[tokio::test]
async fn a_death_at_any_point_of_a_creation_loses_nothing() {
    for step in STEPS {
        let desk = Desk::signed_in().await;
        desk.die_at(step);
        let _ = desk.create("billing").await;
        let desk = desk.restarted().await;
        // The person asks for the list, as the app does at its start.
        desk.engine.refresh(&desk.account()).await;
        let row = desk.until(async |_| desk.page().rows.into_iter().find(|row| row.stowed.is_some())).await;
        desk.engine.copy(&row.key.id, false).await.unwrap();
        assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&row.key.id), "{}", step.name());
        assert_eq!(desk.network.portal.keys().len(), 1, "{}", step.name());
    }
}

#[tokio::test]
async fn a_death_at_any_point_of_a_rotation_loses_nothing() {
    for step in STEPS {
        let desk = Desk::signed_in().await;
        let key = desk.create("billing").await.unwrap().key.id;
        desk.clock.advance(Duration::from_secs(3600));
        desk.die_at(step);
        let _ = desk.engine.rotate("ticket-1", &key, None).await;
        let desk = desk.restarted().await;
        let open = async |_: &_| desk.engine.0.store.unfinished().await.unwrap().is_empty().then_some(());
        desk.until(open).await;
        desk.engine.refresh(&desk.account()).await;
        desk.engine.copy(&key, false).await.unwrap();
        assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&key), "{}", step.name());
        assert_eq!(desk.network.portal.rotations(&key), 1, "{}", step.name());
    }
}

#[tokio::test]
async fn a_call_is_not_repeated_once_the_portal_has_forgotten_its_answer() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.clock.advance(Duration::from_secs(3600));
    desk.die_at(Step::Answered);
    let _ = desk.engine.rotate("ticket-1", &key, None).await;
    desk.clock.advance(Duration::from_secs(25 * 3600));
    let desk = desk.restarted().await;
    desk.until(async |_| {
        desk.engine.0.store.unfinished().await.unwrap().iter().all(|entry| !entry.is_open()).then_some(())
    })
    .await;
    assert!(desk.notice("rotation_lost"), "nobody has the secret, and that is told");
    assert_eq!(desk.network.portal.rotations(&key), 1, "a repeat would have been a second rotation");
}

#[tokio::test]
async fn settling_twice_changes_nothing() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.die_at(Step::Answered);
    let _ = desk.engine.rotate("ticket-1", &key, None).await;
    let desk = desk.restarted().await;
    desk.engine.settle_all();
    desk.engine.settle_all();
    desk.until(async |_| desk.engine.0.store.unfinished().await.unwrap().is_empty().then_some(())).await;
    let entry = desk.engine.0.store.by_ticket(desk.account(), "ticket-1".into()).await.unwrap().unwrap();
    assert_eq!(entry.progress, Progress::Done);
    assert_eq!(desk.network.portal.rotations(&key), 1);
}

#[tokio::test]
async fn bad_names_and_no_scope_are_refused_before_anything_is_sent() {
    let desk = Desk::signed_in().await;
    for (name, code) in [("  ".to_owned(), "name_empty"), ("x".repeat(101), "name_long")] {
        assert_eq!(desk.create(&name).await.unwrap_err().code, code);
    }
    let none = keystow_domain::NewKey { scopes: vec![" ".into()], ..new_key("billing") };
    assert_eq!(desk.engine.create("ticket-1", &none).await.unwrap_err().code, "no_scope");
    assert_eq!(desk.network.portal.keys().len(), 0);
}
