//! Copying, locking, and the changes that end something.

use std::time::Duration;

use keystow_connect::fakes::{AfterCommit, lost};
use keystow_connect::{Cause, Failure};
use keystow_domain::State;

use super::Desk;
use crate::clipboard::ClipboardSight;

#[tokio::test]
async fn copied_is_said_with_the_key_and_the_time_it_stays() {
    let desk = Desk::signed_in().await;
    let row = desk.create("billing").await.unwrap();
    let sight = desk.engine.copy(&row.key.id, false).await.unwrap();
    let ClipboardSight::Held(held) = sight else { panic!("{sight:?}") };
    assert_eq!((held.name.as_str(), held.total), ("billing", Duration::from_secs(30)));
}

#[tokio::test]
async fn locking_clears_the_clipboard_and_keeps_the_keys() {
    let desk = Desk::signed_in().await;
    let row = desk.create("billing").await.unwrap();
    desk.engine.copy(&row.key.id, false).await.unwrap();
    desk.engine.lock().await;
    assert_eq!(desk.clipboard.text(), None);
    assert_eq!(desk.engine.copy(&row.key.id, false).await.unwrap_err().code, "vault_locked");
    desk.engine.unlock().await.unwrap();
    assert_eq!(desk.page().total, 1);
}

#[tokio::test]
async fn what_the_person_copied_is_left_alone() {
    let desk = Desk::signed_in().await;
    let row = desk.create("billing").await.unwrap();
    desk.engine.copy(&row.key.id, false).await.unwrap();
    desk.clipboard.replace("a shopping list");
    desk.engine.lock().await;
    assert_eq!(desk.clipboard.text().as_deref(), Some("a shopping list"));
}

#[tokio::test]
async fn the_old_secret_can_be_copied_while_it_is_accepted() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let old = desk.network.portal.secret_of(&key);
    let row = desk.engine.rotate("ticket-1", &key, Some(Duration::from_secs(600))).await.unwrap();
    assert!(matches!(row.state, State::Rotating(_)));
    assert!(row.old[0].stowed);
    desk.engine.copy(&key, true).await.unwrap();
    assert_eq!(desk.clipboard.text(), old);
    desk.clock.advance(Duration::from_secs(601));
    assert_eq!(desk.engine.copy(&key, true).await.unwrap_err().code, "no_secret");
}

#[tokio::test]
async fn a_key_made_elsewhere_says_that_its_secret_is_not_here() {
    let desk = Desk::signed_in().await;
    desk.network.portal.add(crate::list::tests::key("elsewhere"));
    desk.engine.refresh(&desk.account()).await;
    let row = desk.page().rows.remove(0);
    assert!(row.stowed.is_none());
    assert_eq!(desk.engine.copy(&row.key.id, false).await.unwrap_err().code, "no_secret");
}

#[tokio::test]
async fn revoking_needs_the_name_and_is_done_once() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    assert_eq!(desk.engine.revoke(&key, "biling").await.unwrap_err().code, "name_differs");
    assert!(!desk.engine.revoke(&key, "billing").await.unwrap().already);
    assert!(desk.engine.revoke(&key, "billing").await.unwrap().already);
    assert_eq!(desk.engine.key(&key).unwrap().state, State::Revoked);
    assert_eq!(desk.engine.copy(&key, false).await.unwrap_err().code, "key_dead");
}

#[tokio::test]
async fn a_lost_answer_to_a_revocation_is_asked_for_again() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let ended = desk.engine.revoke(&key, "billing").await.unwrap();
    assert!(!ended.already, "it was this app that did it, a moment before");
    assert_eq!(ended.row.state, State::Revoked);
}

#[tokio::test]
async fn ending_grace_early_ends_the_old_secret_now() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.rotate("ticket-1", &key, Some(Duration::from_secs(600))).await.unwrap();
    assert_eq!(desk.engine.end_grace(&key, "").await.unwrap_err().code, "name_differs");
    desk.engine.end_grace(&key, "billing").await.unwrap();
    assert!(!matches!(desk.engine.key(&key).unwrap().state, State::Rotating(_)));
    // The portal refuses the second time. What was wanted is so, whoever ended it.
    desk.engine.end_grace(&key, "billing").await.unwrap();
}

#[tokio::test]
async fn a_portal_that_is_down_leaves_the_list_and_switches_changes_off() {
    let desk = Desk::signed_in().await;
    let row = desk.create("billing").await.unwrap();
    desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    desk.engine.refresh(&desk.account()).await;
    let page = desk.page();
    assert_eq!(page.total, 1);
    assert_eq!(page.freshness.error.unwrap().code, "portal_unreachable");
    assert_eq!(page.freshness.writes_off.unwrap().code, "portal_unreachable");
    desk.engine.copy(&row.key.id, false).await.unwrap();
    desk.engine.refresh(&desk.account()).await;
    assert!(desk.page().freshness.writes_off.is_none());
}

#[tokio::test]
async fn a_rotation_survives_a_restart_with_its_timer() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    let before = desk.engine.rotate("ticket-1", &key, Some(Duration::from_secs(600))).await.unwrap();
    let desk = desk.restarted().await;
    let after = desk.engine.key(&key).unwrap();
    assert_eq!(after.state, before.state);
    assert_eq!(after.old[0].end, before.old[0].end);
}
