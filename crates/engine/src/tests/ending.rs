//! Dead keys: their secrets leave this device, and nothing else does.

use std::time::Duration;

use keystow_connect::{Cause, Failure};
use keystow_domain::{KeyId, Reported};

use super::Desk;

const DAY: Duration = Duration::from_secs(86_400);

impl Desk {
    /// How many secrets of a key are in the vault.
    async fn secrets_of(&self, key: &KeyId) -> usize {
        let all = self.engine.0.vault.stowed(&self.account()).await.unwrap();
        all.iter().filter(|stowed| stowed.key == *key).count()
    }

    async fn read(&self) -> bool {
        self.engine.refresh(&self.account()).await
    }

    /// The facts of the deletions in the log, the newest first.
    async fn deletions(&self) -> Vec<(String, String)> {
        let entries = self.engine.audit(0, 100).await.unwrap().entries;
        let deletions = entries.into_iter().filter(|entry| entry.what == "secret_deleted");
        deletions.map(|entry| (entry.key.unwrap().1, entry.facts["why"].clone())).collect()
    }
}

/// A key with two secrets here, and one that stays alive.
async fn desk_with_keys() -> (Desk, KeyId, KeyId) {
    let desk = Desk::signed_in().await;
    let dead = desk.create("billing").await.unwrap().key.id;
    let alive = desk.create("search").await.unwrap().key.id;
    desk.engine.rotate("ticket-1", &dead, None).await.unwrap();
    (desk, dead, alive)
}

#[tokio::test]
async fn secrets_of_a_revoked_key_are_deleted_after_thirty_days_and_the_app_says_so() {
    let (desk, dead, alive) = desk_with_keys().await;
    let at = desk.engine.revoke(&dead, "billing").await.unwrap().row.deleted_at;
    assert_eq!(at, Some(desk.clock.truth().plus(30 * DAY)), "the day is told at once");
    desk.clock.advance(29 * DAY);
    assert!(desk.read().await);
    assert_eq!((desk.secrets_of(&dead).await, desk.secrets_of(&alive).await), (2, 1));
    let desk = desk.restarted().await;
    assert_eq!(desk.engine.key(&dead).unwrap().deleted_at, at, "a restart does not begin the time anew");
    desk.clock.advance(DAY);
    assert!(desk.read().await);
    assert_eq!((desk.secrets_of(&dead).await, desk.secrets_of(&alive).await), (0, 1));
    assert!(desk.notice("secrets_deleted"));
    assert_eq!(desk.deletions().await, [("billing".to_owned(), "30 days after its end".to_owned())]);
    assert_eq!(desk.engine.key(&dead).unwrap().deleted_at, None);
}

#[tokio::test]
async fn an_expired_key_counts_from_when_it_was_first_seen_dead() {
    let (desk, dead, _) = desk_with_keys().await;
    desk.network.portal.report(&dead, Reported::Expired);
    desk.clock.advance(90 * DAY);
    assert!(desk.read().await);
    assert_eq!(desk.secrets_of(&dead).await, 2, "nobody could be told before");
    desk.clock.advance(30 * DAY);
    assert!(desk.read().await);
    assert_eq!(desk.secrets_of(&dead).await, 0);
}

#[tokio::test]
async fn nothing_is_deleted_while_the_portal_cannot_be_reached() {
    let (desk, dead, _) = desk_with_keys().await;
    desk.engine.revoke(&dead, "billing").await.unwrap();
    desk.clock.advance(60 * DAY);
    for _ in 0..2 {
        desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    }
    assert!(!desk.read().await);
    assert_eq!(desk.engine.delete_secret(&dead).await.unwrap_err().code, "portal_unreachable");
    assert_eq!(desk.secrets_of(&dead).await, 2);
    assert!(!desk.notice("secrets_deleted"));
}

#[tokio::test]
async fn nothing_is_deleted_of_a_key_whose_state_is_not_known_or_that_may_live_again() {
    for word in [Reported::Unknown("archived".into()), Reported::Suspended, Reported::Pending] {
        let (desk, key, _) = desk_with_keys().await;
        desk.network.portal.report(&key, Reported::Expired);
        assert!(desk.read().await);
        assert!(desk.engine.key(&key).unwrap().deleted_at.is_some());
        desk.network.portal.report(&key, word.clone());
        desk.clock.advance(60 * DAY);
        assert!(desk.read().await);
        assert_eq!(desk.engine.key(&key).unwrap().deleted_at, None, "{word:?}");
        assert_eq!(desk.engine.delete_secret(&key).await.unwrap_err().code, "key_alive", "{word:?}");
        assert_eq!(desk.secrets_of(&key).await, 2, "{word:?}");
    }
}

#[tokio::test]
async fn the_secrets_of_a_dead_key_are_deleted_at_once_on_request() {
    let (desk, dead, alive) = desk_with_keys().await;
    assert_eq!(desk.engine.delete_secret(&alive).await.unwrap_err().code, "key_alive");
    desk.engine.revoke(&dead, "billing").await.unwrap();
    assert_eq!(desk.engine.delete_secret(&dead).await.unwrap().deleted_at, None);
    assert_eq!((desk.secrets_of(&dead).await, desk.secrets_of(&alive).await), (0, 1));
    assert_eq!(desk.deletions().await, [("billing".to_owned(), "asked for".to_owned())]);
    assert!(desk.engine.delete_secret(&dead).await.is_ok(), "twice is once");
    assert_eq!(desk.deletions().await.len(), 1);
}
