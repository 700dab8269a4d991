//! Sessions: one refresh for all, kept before it is used, ended honestly.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keystow_connect::fakes::{AfterCommit, lost};
use keystow_connect::{Cause, Failure, Refusal, RefusalKind};
use keystow_domain::Session;
use keystow_vault::{DiskFault, Disturbance, Fault, VaultError};

use super::Desk;

#[tokio::test]
async fn a_hundred_callers_share_one_refresh() {
    let desk = Desk::signed_in().await;
    let before = desk.network.refreshes.load(Ordering::SeqCst);
    desk.engine.state().access.clear();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (engine, account) = (desk.engine.clone(), desk.account());
        callers.spawn(async move { engine.session(&account, crate::session::MARGIN).await.is_ok() });
    }
    assert!(callers.join_all().await.into_iter().all(|ok| ok));
    assert_eq!(desk.network.refreshes.load(Ordering::SeqCst) - before, 1);
}

#[tokio::test]
async fn a_refresh_token_is_kept_before_its_access_token_is_used() {
    let desk = Desk::signed_in().await;
    desk.engine.state().access.clear();
    desk.break_keyring(Fault::Always(keystow_vault::KeyringError::Locked));
    assert!(desk.engine.session(&desk.account(), crate::session::MARGIN).await.is_err());
    assert!(desk.engine.state().access.is_empty(), "a token that was not kept is not used");
}

/// A disk of which the session is read twice and then nothing is written any more.
#[derive(Default)]
struct ReadOnly(AtomicUsize);

impl Disturbance for ReadOnly {
    fn strike(&self) -> Option<DiskFault> {
        let before = self.0.fetch_add(1, Ordering::SeqCst);
        (before >= 2).then_some(DiskFault::Before(VaultError::Database(10)))
    }

    fn began(&self) {}

    fn ended(&self) {}
}

#[tokio::test]
async fn a_token_whose_successor_the_disk_did_not_take_is_not_used() {
    let desk = Desk::signed_in().await;
    desk.engine.state().access.clear();
    let before = desk.network.refreshes.load(Ordering::SeqCst);
    desk.engine.0.vault.disturb(Arc::new(ReadOnly::default()));
    assert!(desk.engine.session(&desk.account(), crate::session::MARGIN).await.is_err());
    assert_eq!(desk.network.refreshes.load(Ordering::SeqCst) - before, 1, "the portal gave new tokens");
    assert!(desk.engine.state().access.is_empty(), "a token that was not kept is not used");
}

#[tokio::test]
async fn a_lost_refresh_is_asked_once_more_and_signs_nobody_out() {
    let desk = Desk::signed_in().await;
    desk.engine.state().access.clear();
    *desk.network.refresh_failures.lock().unwrap() = vec![lost()];
    assert!(desk.engine.session(&desk.account(), crate::session::MARGIN).await.is_ok());
    desk.engine.state().access.clear();
    *desk.network.refresh_failures.lock().unwrap() = vec![lost(), lost()];
    let trouble = desk.engine.session(&desk.account(), crate::session::MARGIN).await.err().unwrap();
    assert_eq!(trouble.code, "session_unknown");
    assert_eq!(desk.engine.accounts()[0].session, Session::Unknown);
}

#[tokio::test]
async fn a_refresh_that_was_lost_twice_is_asked_for_again_while_the_portal_repeats_it() {
    let desk = Desk::signed_in().await;
    desk.engine.state().access.clear();
    *desk.network.refresh_failures.lock().unwrap() = vec![lost(), lost()];
    assert!(desk.engine.session(&desk.account(), crate::session::MARGIN).await.is_err());
    desk.until(async |engine| (engine.accounts()[0].session == Session::SignedIn).then_some(())).await;
}

#[tokio::test]
async fn whoever_goes_away_during_a_refresh_leaves_its_successor_kept() {
    let desk = Desk::signed_in().await;
    desk.engine.state().access.clear();
    let (engine, account) = (desk.engine.clone(), desk.account());
    let asking = tokio::spawn(async move { engine.session(&account, crate::session::MARGIN).await.is_ok() });
    let before = desk.network.refreshes.load(Ordering::SeqCst);
    desk.until(async |_| (desk.network.refreshes.load(Ordering::SeqCst) > before).then_some(())).await;
    asking.abort();
    desk.until(async |engine| (!engine.state().access.is_empty()).then_some(())).await;
    let (_, kept) = desk.engine.0.vault.session(&desk.account()).await.unwrap().unwrap();
    assert!(kept.starts_with(&format!("refresh-{before}")));
}

#[tokio::test]
async fn a_refresh_waits_for_another_process_and_uses_what_that_one_kept() {
    let desk = Desk::signed_in().await;
    desk.engine.state().access.clear();
    let other = desk.engine.alone(&desk.account()).await.unwrap();
    let before = desk.network.refreshes.load(Ordering::SeqCst);
    let (engine, account) = (desk.engine.clone(), desk.account());
    let asking = tokio::spawn(async move { engine.session(&account, crate::session::MARGIN).await.is_ok() });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    // The other process spent the token that was kept, and keeps its successor.
    *desk.network.good_refresh.lock().unwrap() = Some("successor".into());
    desk.keep_refresh_token("successor").await;
    assert_eq!(desk.network.refreshes.load(Ordering::SeqCst), before, "nothing went out meanwhile");
    drop(other);
    assert!(asking.await.unwrap(), "nobody is signed out");
}

#[tokio::test]
async fn an_ended_session_is_asked_for_once_and_keeps_the_secrets() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.state().access.clear();
    let ended = Failure::Refused(Refusal::bare(400, RefusalKind::SignedOut));
    *desk.network.refresh_failures.lock().unwrap() = vec![ended.clone(), ended];
    let before = desk.network.refreshes.load(Ordering::SeqCst);
    for _ in 0..3 {
        let trouble = desk.engine.session(&desk.account(), crate::session::MARGIN).await.err().unwrap();
        assert_eq!(trouble.code, "signed_out");
    }
    assert_eq!(desk.network.refreshes.load(Ordering::SeqCst) - before, 1, "a dead token is not tried again");
    desk.engine.copy(&key, false).await.unwrap();
    assert!(desk.clipboard.text().is_some());
}

#[tokio::test]
async fn signing_out_says_when_the_portal_did_not_confirm() {
    let desk = Desk::signed_in().await;
    *desk.network.revocation.lock().unwrap() = Some(Failure::NotSent(Cause::Connect));
    desk.engine.sign_out(&desk.account(), false).await.unwrap();
    assert!(desk.notice("sign_out_unconfirmed"));
    assert_eq!(desk.engine.accounts()[0].session, Session::SignedOut);
    assert!(desk.page().freshness.writes_off.is_some());
}

#[tokio::test]
async fn accounts_come_back_from_the_vault_after_the_database_is_lost() {
    let desk = Desk::signed_in().await;
    desk.create("billing").await.unwrap();
    let file = desk.folder.path().join("keystow.db");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    std::fs::write(&file, vec![0x5a; 4096]).unwrap();
    let desk = desk.restarted().await;
    assert!(desk.notice("database_set_aside"));
    assert_eq!(desk.engine.accounts()[0].account.person.as_deref(), Some("nadia@example.com"));
    desk.engine.refresh(&desk.account()).await;
    assert!(desk.page().rows[0].stowed.is_some(), "the secret was never in that file");
}

#[tokio::test]
async fn who_was_signed_in_is_known_after_the_session_ended_and_the_database_is_lost() {
    let desk = Desk::signed_in().await;
    desk.create("billing").await.unwrap();
    desk.engine.sign_out(&desk.account(), false).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(desk.folder.path().join(format!("keystow.db{suffix}")));
    }
    let desk = desk.restarted().await;
    let known = desk.engine.accounts().remove(0);
    assert_eq!(known.account.person.as_deref(), Some("nadia@example.com"));
    assert_eq!(known.session, Session::SignedOut);
    assert_eq!(desk.engine.0.vault.stowed(&known.account.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn signing_out_over_an_unknown_outcome_needs_insisting_and_is_settled_after_the_next_sign_in() {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.clock.advance(Duration::from_secs(3600));
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    // What is settled in the background gets no further before the person signs out.
    for _ in 0..2 {
        desk.network.portal.fail_next(Failure::NotSent(Cause::Connect), AfterCommit::No);
    }
    assert_eq!(desk.engine.rotate("ticket-1", &key, None).await.unwrap_err().code, "outcome_unknown");
    let refused = desk.engine.sign_out(&desk.account(), false).await.unwrap_err();
    assert_eq!((refused.code, refused.facts["key"].as_str()), ("unfinished_change", "billing"));
    assert_eq!(desk.engine.accounts()[0].session, Session::SignedIn);
    desk.engine.sign_out(&desk.account(), true).await.unwrap();
    assert_eq!(desk.engine.0.store.unfinished().await.unwrap().len(), 1, "it is not forgotten");
    desk.sign_in_again().await;
    desk.until(async |_| desk.notice("recovered").then_some(())).await;
    assert_eq!(desk.network.portal.rotations(&key), 1);
}

#[tokio::test]
async fn a_clock_that_is_hours_off_is_told_and_timers_follow_the_portal() {
    let desk = Desk::signed_in().await;
    let offset = keystow_connect::Offset {
        millis: 3 * 3_600_000,
        learned_at: desk.engine.now(),
        learned_elapsed: desk.engine.0.clock.elapsed(),
    };
    desk.network.portal.set_offset(Some(offset));
    desk.engine.refresh(&desk.account()).await;
    assert!(desk.notice("clock_off"));
    let now = desk.engine.portal_now(&desk.account());
    assert_eq!(now.since(desk.engine.now()).as_secs(), 3 * 3600);
    desk.network.portal.set_offset(None);
    desk.engine.refresh(&desk.account()).await;
}
