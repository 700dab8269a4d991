//! The vault under a passphrase, for a person at the app.

use std::time::Duration;

use keystow_vault::{Fault, KeyringError};

use super::Desk;
use crate::checks::FirstCheckKind;
use crate::engine::VaultSight;
use crate::locking::{LockCause, LockSight};
use crate::settings::LockSettings;

const RIGHT: &str = "four words nobody guesses";
const OTHER: &str = "some other four words";
const WRONG: &str = "not what was chosen";

impl Desk {
    /// The person types these when asked, one after the other.
    fn will_type(&self, texts: &[Option<&'static str>]) {
        *self.host.typed.lock().unwrap() = texts.to_vec();
    }

    fn questions(&self) -> Vec<String> {
        std::mem::take(&mut *self.host.questions.lock().unwrap())
    }
}

/// A person with a key whose vault is under a passphrase.
async fn sealed() -> Desk {
    let desk = Desk::signed_in().await;
    desk.create("billing").await.unwrap();
    desk.will_type(&[Some(RIGHT)]);
    desk.engine.choose_passphrase().await.unwrap();
    desk.questions();
    desk
}

async fn copies(desk: &Desk) {
    let key = desk.page().rows[0].key.id.clone();
    desk.engine.copy(&key, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&key));
}

#[tokio::test]
async fn under_a_passphrase_the_app_starts_locked_asks_nobody_and_opens_without_a_keyring() {
    let desk = sealed().await;
    let sight = desk.engine.protection();
    assert!(sight.passphrase && !sight.leftover && sight.on_offer && !sight.asking);
    let log = desk.engine.audit(0, 1).await.unwrap();
    let entry = &log.entries[0];
    assert_eq!((entry.what.as_str(), entry.facts["with"].as_str()), ("protected", "passphrase"));
    desk.keyring.set_fault(Fault::Always(KeyringError::Absent));
    desk.will_type(&[Some(RIGHT)]);
    let desk = desk.restarted().await;
    assert_eq!(desk.questions(), ["Unlock Keystow"]);
    copies(&desk).await;
}

#[tokio::test]
async fn a_started_app_hides_its_keys_until_the_passphrase_was_typed() {
    let desk = sealed().await;
    let super::Desk { engine, clock, host, keyring, clipboard, network, folder } = desk;
    drop(engine);
    let engine = loop {
        match super::open(folder.path(), &clock, &host, &keyring, &clipboard, &network).await {
            Err(trouble) if trouble.code == "already_running" => tokio::task::yield_now().await,
            opened => break opened.unwrap(),
        }
    };
    let desk = Desk { engine, clock, host, keyring, clipboard, network, folder };
    assert_eq!(desk.engine.lock_sight(), Some(LockSight { cause: LockCause::Start, hidden: true }));
    let running = tokio::spawn({
        let engine = desk.engine.clone();
        async move { engine.run().await }
    });
    desk.engine.checks().await;
    running.abort();
    assert_eq!(desk.questions(), Vec::<String>::new(), "nobody is asked before they want to open it");
    assert_eq!(desk.engine.vault(), VaultSight::Locked);
}

#[tokio::test]
async fn wrong_passphrases_are_told_cost_a_growing_pause_and_lose_nothing() {
    let desk = sealed().await;
    desk.engine.lock().await;
    for retry in [None, None, Some(5)] {
        desk.will_type(&[Some(WRONG)]);
        let refused = desk.engine.unlock().await.unwrap_err();
        assert_eq!(refused.code, "passphrase_wrong");
        assert_eq!(refused.retry_at, retry.map(|secs| desk.engine.now().plus(Duration::from_secs(secs))));
    }
    assert!(matches!(desk.engine.vault(), VaultSight::Unavailable(why) if why.code == "passphrase_wrong"));
    desk.questions();
    desk.will_type(&[Some(RIGHT)]);
    assert_eq!(desk.engine.unlock().await.unwrap_err().code, "passphrase_pause");
    assert!(desk.questions().is_empty(), "during the pause nobody is asked");
    desk.clock.advance(Duration::from_secs(5));
    desk.engine.unlock().await.unwrap();
    copies(&desk).await;
    // The right one ends the count.
    desk.engine.lock().await;
    desk.will_type(&[Some(WRONG)]);
    assert_eq!(desk.engine.unlock().await.unwrap_err().retry_at, None);
}

#[tokio::test]
async fn a_question_that_is_closed_leaves_the_vault_locked_and_nothing_wrong() {
    let desk = sealed().await;
    desk.engine.lock().await;
    desk.will_type(&[None]);
    assert_eq!(desk.engine.unlock().await.unwrap_err().code, "passphrase_dismissed");
    assert_eq!(desk.engine.vault(), VaultSight::Locked);
    assert!(desk.engine.lock_sight().is_some());
}

#[tokio::test]
async fn whoever_types_the_passphrase_after_a_lock_is_there() {
    let desk = sealed().await;
    desk.engine.lock().await;
    desk.will_type(&[Some(RIGHT)]);
    let engine = desk.engine.clone();
    // The screen is locked while the question stands, and answered by somebody who came back.
    let locks = move || engine.state().lock.came = Some(LockCause::Screen);
    *desk.host.on_question.lock().unwrap() = Some(Box::new(locks));
    desk.engine.unlock().await.unwrap();
    assert!(desk.engine.0.vault.is_unlocked());
}

#[tokio::test]
async fn a_change_whose_end_is_unknown_is_known_of_before_the_vault_is_open() {
    let desk = sealed().await;
    let key = desk.create("billing").await.unwrap().key.id;
    assert!(!desk.engine.has_open_changes().await);
    desk.network.portal.set_replay(false);
    desk.engine.read_abilities(&desk.account()).await;
    desk.host.keeps_resting.send_replace(true);
    desk.network.portal.fail_next(keystow_connect::fakes::lost(), keystow_connect::fakes::AfterCommit::No);
    let _ = desk.engine.rotate("a rotation", &key, None).await;
    assert!(desk.engine.has_open_changes().await);
}

#[tokio::test]
async fn a_passphrase_that_is_too_short_is_not_taken() {
    let desk = Desk::signed_in().await;
    desk.will_type(&[Some("eleven char")]);
    assert_eq!(desk.engine.choose_passphrase().await.unwrap_err().code, "passphrase_unfit");
    assert!(!desk.engine.protection().passphrase);
    desk.will_type(&[None]);
    assert_eq!(desk.engine.choose_passphrase().await.unwrap_err().code, "passphrase_dismissed");
    assert!(!desk.engine.protection().passphrase);
}

#[tokio::test]
async fn a_passphrase_is_changed_and_given_up_by_who_knows_it() {
    let desk = sealed().await;
    for way in ["change", "return"] {
        desk.will_type(&[Some(WRONG), Some(OTHER)]);
        let refused = match way {
            "change" => desk.engine.change_passphrase().await,
            _ => desk.engine.return_to_keyring().await,
        };
        assert_eq!(refused.unwrap_err().code, "passphrase_wrong", "{way}");
    }
    desk.will_type(&[Some(RIGHT), Some(OTHER)]);
    desk.engine.change_passphrase().await.unwrap();
    desk.engine.lock().await;
    desk.will_type(&[Some(OTHER)]);
    desk.engine.unlock().await.unwrap();
    desk.will_type(&[Some(OTHER)]);
    desk.engine.return_to_keyring().await.unwrap();
    assert!(!desk.engine.protection().passphrase);
    desk.questions();
    desk.engine.lock().await;
    desk.engine.unlock().await.unwrap();
    assert!(desk.questions().is_empty(), "the keyring opens it");
    copies(&desk).await;
}

#[tokio::test]
async fn a_keyring_that_does_not_let_go_is_told_until_it_does() {
    let desk = Desk::signed_in().await;
    desk.will_type(&[Some(RIGHT), Some(RIGHT)]);
    desk.keyring.set_fault(Fault::Always(KeyringError::Locked));
    desk.engine.choose_passphrase().await.unwrap();
    assert!(desk.engine.protection().leftover);
    desk.keyring.set_fault(Fault::None);
    desk.engine.lock().await;
    desk.engine.unlock().await.unwrap();
    // The keyring is asked beside everything else: it may have a prompt of its own.
    desk.until(async |engine| (!engine.protection().leftover).then_some(())).await;
}

#[tokio::test]
async fn the_second_word_for_a_production_key_is_the_passphrase_where_one_was_chosen() {
    let desk = Desk::signed_in().await;
    let new = keystow_domain::NewKey { environment: Some("production".into()), ..super::new_key("billing") };
    let key = desk.engine.create("ticket-1", &new).await.unwrap().key.id;
    desk.will_type(&[Some(RIGHT)]);
    desk.engine.choose_passphrase().await.unwrap();
    let lock = LockSettings { ask_production: true, ..LockSettings::default() };
    let settings = crate::Settings { lock, ..desk.engine.settings() };
    desk.engine.save_settings(settings).await.unwrap();
    desk.questions();
    desk.will_type(&[Some(WRONG), Some(RIGHT)]);
    let allow = async || desk.engine.allow(&desk.account(), &key).await;
    assert_eq!(allow().await.unwrap_err().code, "passphrase_wrong");
    assert_eq!(desk.engine.copy(&key, false).await.unwrap_err().code, "presence_wanted");
    allow().await.unwrap();
    assert_eq!(desk.questions(), ["A production key asks first", "A production key asks first"]);
    desk.engine.copy(&key, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&key));
}

#[tokio::test]
async fn a_first_start_without_a_keyring_goes_on_with_a_passphrase() {
    let desk = Desk::signed_in().await;
    let (clock, host, clipboard) = (desk.clock, desk.host, desk.clipboard);
    let keyring = std::sync::Arc::new(keystow_vault::MemoryKeyring::new());
    keyring.set_fault(Fault::Always(KeyringError::Absent));
    let folder = tempfile::tempdir().unwrap();
    let engine =
        super::open(folder.path(), &clock, &host, &keyring, &clipboard, &desk.network).await.unwrap();
    let desk = Desk { engine, clock, host, keyring, clipboard, network: desk.network, folder };
    let keyring_check = async || {
        let checks = desk.engine.checks().await;
        let check = checks.into_iter().find(|check| check.kind == FirstCheckKind::Keyring).unwrap();
        check.trouble.map(|trouble| trouble.code)
    };
    assert_eq!(keyring_check().await, Some("keyring_absent"));
    desk.will_type(&[Some(RIGHT)]);
    desk.engine.choose_passphrase().await.unwrap();
    assert_eq!(desk.engine.vault(), VaultSight::Unlocked);
    assert_eq!(keyring_check().await, None, "what is sealed can be kept now");
}
