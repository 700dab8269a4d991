//! The audit log: every deed is in it, and what was altered or taken away is noticed.

use std::time::Duration;

use rusqlite::Connection;

use super::Desk;
use crate::verify_audit;

/// A key that was made, rotated, copied and revoked.
async fn busy_desk() -> Desk {
    let desk = Desk::signed_in().await;
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.rotate("ticket-1", &key, Some(Duration::from_secs(600))).await.unwrap();
    desk.engine.copy(&key, true).await.unwrap();
    desk.deeds(4).await;
    desk.engine.end_grace(&key, "billing").await.unwrap();
    desk.engine.revoke(&key, "billing").await.unwrap();
    desk
}

impl Desk {
    /// What the log says, the oldest first, once it says so much.
    async fn deeds(&self, count: usize) -> Vec<String> {
        self.until(async |engine| {
            let mut entries = engine.audit(0, 100).await.unwrap().entries;
            entries.reverse();
            (entries.len() >= count).then(|| entries.into_iter().map(|entry| entry.what).collect())
        })
        .await
    }

    /// Changes the log behind the app's back.
    fn alter(&self, sql: &str) {
        let db = Connection::open(self.folder.path().join("keystow.db")).unwrap();
        assert!(db.execute(sql, []).unwrap() > 0);
    }
}

#[tokio::test]
async fn deeds_are_in_the_log_with_the_key_and_who_did_them() {
    let desk = busy_desk().await;
    desk.engine.lock().await;
    let deeds = desk.deeds(7).await;
    assert_eq!(deeds, ["unlocked", "created", "rotated", "copied", "grace_ended_early", "revoked", "locked"]);
    let sight = desk.engine.audit(0, 100).await.unwrap();
    assert_eq!((sight.check.total, sight.check.broken_at, sight.check.end_checked), (7, None, true));
    let copied = &sight.entries[3];
    assert_eq!(copied.account.as_deref(), Some("nadia@example.com (Test portal)"));
    assert_eq!(copied.key.as_ref().map(|(_, name)| name.as_str()), Some("billing"));
    assert_eq!(copied.facts["secret"], "old");
}

#[tokio::test]
async fn no_secret_is_in_the_log() {
    let desk = busy_desk().await;
    let text = format!("{:?}", desk.engine.audit(0, 100).await.unwrap());
    assert!(!text.contains("s3cr3t") && !text.contains("refresh-"), "{text}");
}

#[tokio::test]
async fn an_altered_entry_is_named_by_the_app_and_without_it() {
    let desk = busy_desk().await;
    assert_eq!(verify_audit(desk.folder.path()).unwrap().broken_at, None);
    desk.alter("UPDATE audit SET name = 'other' WHERE number = 3");
    assert_eq!(desk.engine.audit(0, 1).await.unwrap().check.broken_at, Some(3));
    let check = verify_audit(desk.folder.path()).unwrap();
    assert_eq!((check.broken_at, check.end_checked), (Some(3), false));
}

#[tokio::test]
async fn newest_entries_that_are_taken_away_are_missed_when_the_vault_opens() {
    let desk = busy_desk().await;
    desk.alter("DELETE FROM audit WHERE number >= 5");
    assert_eq!(verify_audit(desk.folder.path()).unwrap().broken_at, None, "the rest fits together");
    let desk = desk.restarted().await;
    assert!(desk.notice("audit_altered"));
    assert_eq!(desk.engine.audit(0, 1).await.unwrap().check.broken_at, Some(5));
    // What is done from here on does not cover it up.
    desk.create("another").await.unwrap();
    let desk = desk.restarted().await;
    assert!(desk.notice("audit_altered"));
    assert_eq!(desk.engine.audit(0, 1).await.unwrap().check.broken_at, Some(5));
}

#[tokio::test]
async fn entries_made_while_the_vault_is_locked_contradict_nothing() {
    let desk = busy_desk().await;
    desk.engine.lock().await;
    let desk = desk.restarted().await;
    assert!(!desk.notice("audit_altered"));
    assert_eq!(desk.engine.audit(0, 1).await.unwrap().check.broken_at, None);
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_told_once_and_stops_nothing() {
    let desk = Desk::signed_in().await;
    desk.engine.0.store.with(|db| Ok(db.execute_batch("DROP TABLE audit")?)).await.unwrap();
    let key = desk.create("billing").await.unwrap().key.id;
    desk.engine.rotate("ticket-1", &key, None).await.unwrap();
    assert!(desk.notice("audit_unwritten"));
    desk.engine.dismiss("audit_unwritten").await;
    desk.engine.revoke(&key, "billing").await.unwrap();
    assert!(!desk.notice("audit_unwritten"));
}

#[tokio::test]
async fn the_log_and_the_calendar_are_written_where_the_person_finds_them() {
    let desk = busy_desk().await;
    *desk.host.downloads.lock().unwrap() = Some(desk.folder.path().join("Downloads"));
    let (first, second) =
        (desk.engine.export_audit().await.unwrap(), desk.engine.export_audit().await.unwrap());
    assert_ne!(first.path, second.path);
    let text = std::fs::read_to_string(&first.path).unwrap();
    assert_eq!(text.lines().count(), first.entries + 1);
    assert!(text.contains(",billing,"));
    desk.engine.save_schedule(keystow_domain::Covers::Rule("status:act".into()), 90).await.unwrap();
    desk.create("payments").await.unwrap();
    desk.engine.govern_all();
    let calendar = desk.engine.export_calendar().await.unwrap();
    assert_eq!(calendar.entries, 1);
    assert!(std::fs::read_to_string(calendar.path).unwrap().contains("Rotate payments"));
}
