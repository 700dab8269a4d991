//! Locking by itself, and what is seen of a locked app.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keystow_domain::NewKey;
use tokio::sync::mpsc;

use super::Desk;
use crate::forms::FormName;
use crate::host::{Away, Leaving, Step};
use crate::locking::{LockCause, LockSight, Watches};
use crate::settings::LockSettings;

const MINUTE: Duration = Duration::from_secs(60);

/// A person with a secret on the clipboard.
async fn desk() -> Desk {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.copy(&key, false).await.unwrap();
    desk
}

async fn choose(desk: &Desk, lock: LockSettings) {
    let settings = crate::Settings { lock, ..desk.engine.settings() };
    desk.engine.save_settings(settings).await.unwrap();
}

fn is_locked(desk: &Desk) -> bool {
    desk.engine.lock_sight().is_some()
}

#[tokio::test]
async fn an_app_that_nobody_used_for_ten_minutes_locks_and_clears_the_clipboard() {
    let desk = desk().await;
    desk.clock.advance(9 * MINUTE);
    assert_eq!(desk.engine.lock_if_idle().await, MINUTE, "it is looked at again when the time is up");
    assert!(!is_locked(&desk) && desk.clipboard.text().is_some());
    desk.clock.advance(MINUTE);
    desk.engine.lock_if_idle().await;
    assert_eq!(desk.engine.lock_sight(), Some(LockSight { cause: LockCause::Idle, hidden: true }));
    assert_eq!(desk.clipboard.text(), None);
    let log = desk.engine.audit(0, 1).await.unwrap();
    assert_eq!((log.entries[0].what.as_str(), log.entries[0].facts["cause"].as_str()), ("locked", "idle"));
}

#[tokio::test]
async fn whoever_works_in_another_program_is_not_idle() {
    let desk = desk().await;
    *desk.host.idle.lock().unwrap() = Some(Duration::from_secs(2));
    desk.clock.advance(60 * MINUTE);
    assert!(desk.engine.watches().idle);
    assert!(desk.engine.lock_if_idle().await > 9 * MINUTE);
    assert!(!is_locked(&desk));
    *desk.host.idle.lock().unwrap() = Some(10 * MINUTE);
    desk.engine.lock_if_idle().await;
    assert!(is_locked(&desk));
}

#[tokio::test]
async fn use_of_the_app_counts_where_the_desktop_tells_of_none() {
    let desk = desk().await;
    desk.clock.advance(9 * MINUTE);
    desk.engine.used();
    desk.clock.advance(9 * MINUTE);
    desk.engine.lock_if_idle().await;
    assert!(!is_locked(&desk));
    desk.clock.advance(MINUTE);
    desk.engine.lock_if_idle().await;
    assert!(is_locked(&desk));
    // A desktop that saw nobody does not lock it again under the hands of whoever unlocked it.
    *desk.host.idle.lock().unwrap() = Some(60 * MINUTE);
    desk.engine.unlock().await.unwrap();
    desk.engine.lock_if_idle().await;
    assert!(!is_locked(&desk));
}

#[tokio::test]
async fn the_time_is_chosen_from_what_is_on_offer_and_kept() {
    let desk = desk().await;
    let never = LockSettings { idle_minutes: None, hide: false, ..LockSettings::default() };
    choose(&desk, never).await;
    desk.clock.advance(1000 * MINUTE);
    desk.engine.lock_if_idle().await;
    assert!(!is_locked(&desk), "never is a choice");
    let odd = LockSettings { idle_minutes: Some(7), ..LockSettings::default() };
    let settings = crate::Settings { lock: odd, ..desk.engine.settings() };
    assert_eq!(desk.engine.save_settings(settings).await.unwrap_err().code, "bad_input");
    let desk = desk.restarted().await;
    assert_eq!(desk.engine.settings().lock, never);
}

#[tokio::test]
async fn a_choice_that_was_made_shorter_holds_for_who_is_away_already() {
    let desk = desk().await;
    let engine = desk.engine.clone();
    let running = tokio::spawn(async move { engine.run().await });
    desk.clock.advance(5 * MINUTE);
    choose(&desk, LockSettings { idle_minutes: Some(5), ..LockSettings::default() }).await;
    desk.until(async |engine| engine.lock_sight()).await;
    running.abort();
}

/// Remembers what was on the clipboard when the system could go on.
struct Inhibitor(Arc<Mutex<Option<Option<String>>>>, keystow_vault::ClipboardSpy);

impl Drop for Inhibitor {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = Some(self.1.text());
    }
}

#[tokio::test]
async fn a_computer_sleeps_once_the_clipboard_is_clear_and_the_vault_is_locked() {
    let desk = desk().await;
    let (tell, told) = mpsc::unbounded_channel();
    *desk.host.away.lock().unwrap() = Some(told);
    let engine = desk.engine.clone();
    let running = tokio::spawn(async move { engine.follow_person().await });
    let known = Watches { idle: false, screen: true, sleep: true };
    assert!(tell.send(Away::Told(Watches { screen: true, ..Watches::default() })).is_ok());
    assert!(tell.send(Away::Told(Watches { sleep: true, ..Watches::default() })).is_ok());
    desk.until(async |engine| (engine.watches() == known).then_some(())).await;
    let seen = Arc::new(Mutex::new(None));
    let held = Inhibitor(Arc::clone(&seen), desk.clipboard.clone());
    let leaving = Leaving { cause: LockCause::Sleep, held: Some(Box::new(held)) };
    assert!(tell.send(Away::Leaves(leaving)).is_ok());
    let clipboard = desk.until(async |_| seen.lock().unwrap().clone()).await;
    assert_eq!(clipboard, None, "nothing of ours is on it when the computer goes on to sleep");
    assert_eq!(desk.engine.lock_sight().unwrap().cause, LockCause::Sleep);
    desk.engine.unlock().await.unwrap();
    assert!(tell.send(Away::Leaves(Leaving { cause: LockCause::Screen, held: None })).is_ok());
    desk.until(async |engine| engine.lock_sight()).await;
    running.abort();
}

#[tokio::test]
async fn a_key_that_is_being_made_when_the_computer_sleeps_arrives_in_the_vault() {
    let desk = Desk::signed_in().await;
    let engine = desk.engine.clone();
    let sleeps = move || drop(tokio::spawn(async move { engine.lock_because(LockCause::Sleep).await }));
    *desk.host.on_step.lock().unwrap() = Some((Step::Answered, Box::new(sleeps)));
    let key = desk.create("billing").await.unwrap().key.id;
    desk.until(async |engine| engine.lock_sight()).await;
    assert_eq!(desk.engine.copy(&key, false).await.unwrap_err().code, "vault_locked");
    desk.engine.unlock().await.unwrap();
    desk.engine.copy(&key, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&key));
}

#[tokio::test]
async fn a_locked_app_hides_its_keys_from_window_picker_and_tray() {
    let desk = desk().await;
    desk.engine.lock().await;
    assert!(desk.page().rows.is_empty() && desk.page().total == 0);
    assert_eq!((desk.engine.picks("").total, desk.engine.picks("bil").rows.len()), (0, 0));
    let tray = desk.engine.tray();
    assert!(tray.keys.is_empty() && tray.timers.is_empty() && tray.locked);
    desk.engine.unlock().await.unwrap();
    assert_eq!(desk.page().total, 1);
    assert!(!desk.engine.tray().locked);
}

#[tokio::test]
async fn a_person_may_choose_to_see_names_and_states_of_a_locked_app_and_can_copy_nothing() {
    let desk = desk().await;
    choose(&desk, LockSettings { hide: false, ..LockSettings::default() }).await;
    desk.engine.lock().await;
    let row = desk.page().rows.remove(0);
    assert_eq!(desk.engine.picks("bil").rows.len(), 1);
    assert_eq!(desk.engine.tray().keys.len(), 1);
    let refused = desk.engine.copy_of(&desk.account(), &row.key.id, false).await.unwrap_err();
    assert_eq!(refused.code, "vault_locked");
    assert_eq!(desk.clipboard.text(), None);
}

#[tokio::test]
async fn what_is_locked_already_is_locked_once() {
    let desk = desk().await;
    desk.engine.lock().await;
    desk.engine.lock_because(LockCause::Screen).await;
    desk.engine.lock_because(LockCause::Sleep).await;
    assert_eq!(desk.engine.lock_sight().unwrap().cause, LockCause::Person);
    let log = desk.engine.audit(0, 50).await.unwrap().entries;
    assert_eq!(log.iter().filter(|entry| entry.what == "locked").count(), 1);
}

/// A production key with its secret here, on a desk where those ask first.
async fn production() -> (Desk, keystow_domain::KeyId) {
    let desk = Desk::signed_in().await;
    let new = NewKey { environment: Some("production".into()), ..super::new_key("billing") };
    let key = desk.engine.create("ticket-1", &new).await.unwrap().key;
    assert_eq!(key.environment, Some(keystow_domain::Environment::Production));
    choose(&desk, LockSettings { ask_production: true, ..LockSettings::default() }).await;
    (desk, key.id)
}

#[tokio::test]
async fn a_production_key_that_asks_gives_its_secret_once_for_each_second_word() {
    let (desk, key) = production().await;
    let other = desk.create("staging").await.unwrap().key.id;
    desk.engine.copy(&other, false).await.unwrap();
    let refused = desk.engine.copy(&key, false).await.unwrap_err();
    assert_eq!((refused.code, refused.facts["key"].as_str()), ("presence_wanted", "billing"));
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&other), "nothing was copied");
    let as_header = || desk.engine.copy_as(&key, &FormName::Bearer, "BILLING");
    assert_eq!(as_header().await.unwrap_err().code, "presence_wanted");
    assert_eq!(desk.engine.push(&key, "BILLING", "acme/shop").await.unwrap_err().code, "presence_wanted");

    desk.engine.allow(&desk.account(), &key).await.unwrap();
    desk.engine.copy(&key, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&key));
    assert_eq!(as_header().await.unwrap_err().code, "presence_wanted", "a word is good for one time");
    desk.engine.allow(&desk.account(), &key).await.unwrap();
    as_header().await.unwrap();
}

#[tokio::test]
async fn a_second_word_is_for_one_key_and_half_a_minute_and_ends_with_a_lock() {
    let (desk, key) = production().await;
    let other = desk.create("staging").await.unwrap().key.id;
    desk.engine.allow(&desk.account(), &other).await.unwrap();
    assert_eq!(desk.engine.copy(&key, false).await.unwrap_err().code, "presence_wanted");
    desk.engine.allow(&desk.account(), &key).await.unwrap();
    desk.clock.advance(Duration::from_secs(31));
    assert_eq!(desk.engine.copy(&key, false).await.unwrap_err().code, "presence_wanted");
    desk.engine.allow(&desk.account(), &key).await.unwrap();
    desk.engine.lock().await;
    assert_eq!(desk.engine.allow(&desk.account(), &key).await.unwrap_err().code, "vault_locked");
    desk.engine.unlock().await.unwrap();
    assert_eq!(desk.engine.copy(&key, false).await.unwrap_err().code, "presence_wanted");
}

#[tokio::test]
async fn a_second_lock_waits_for_nothing_and_does_nothing_after_the_next_unlock() {
    let desk = desk().await;
    tokio::join!(desk.engine.lock(), desk.engine.lock(), desk.engine.lock_because(LockCause::Screen));
    assert_eq!(desk.engine.lock_sight().map(|sight| sight.cause), Some(LockCause::Person));
    desk.engine.unlock().await.unwrap();
    let key = desk.create("search").await.unwrap().key.id;
    desk.engine.copy(&key, false).await.unwrap();
    assert!(!is_locked(&desk) && desk.clipboard.text().is_some());
    let log = desk.engine.audit(0, 50).await.unwrap();
    assert_eq!(log.entries.iter().filter(|entry| entry.what == "locked").count(), 1);
}

#[tokio::test]
async fn a_lock_that_comes_while_the_keyring_is_asked_is_not_undone_by_its_answer() {
    let desk = desk().await;
    desk.engine.lock().await;
    // The keyring is asked on another thread, and the lock comes before its answer is taken.
    let unlocking = {
        let engine = desk.engine.clone();
        tokio::spawn(async move { engine.unlock().await })
    };
    while !desk.engine.state().asking_keyring {
        tokio::task::yield_now().await;
    }
    desk.engine.lock_because(LockCause::Screen).await;
    assert_eq!(unlocking.await.unwrap().unwrap_err().code, "vault_locked");
    assert!(is_locked(&desk));
    desk.engine.unlock().await.unwrap();
    assert!(!is_locked(&desk));
}
