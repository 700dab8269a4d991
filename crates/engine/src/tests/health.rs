//! The report on the keys' health: judged from what is known, put off on disk, saved without formulas.

use std::future::Future as _;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use keystow_domain::{Covers, Finding, FindingKind, HealthGap, Key, KeyId, Way};

use super::Desk;
use crate::list::tests::{key, query};
use crate::{HealthPage, HealthQuery, HealthTable, PlaceKind, Query, Wish};

const DAY: Duration = Duration::from_secs(86_400);

fn all() -> HealthQuery {
    HealthQuery { limit: 200, ..HealthQuery::default() }
}

impl Desk {
    fn report(&self, query: &HealthQuery) -> HealthPage {
        self.engine.health(query).unwrap()
    }

    /// A key of the portal that was made 50 days ago, used yesterday, and does not end soon.
    async fn listed(&self, name: &str, change: impl FnOnce(&mut Key)) -> KeyId {
        let now = self.clock.truth();
        let mut new = key(name);
        new.created_at = Some(now.minus(50 * DAY));
        new.last_used_at = Some(now.minus(DAY));
        new.expires_at = Some(now.plus(300 * DAY));
        change(&mut new);
        self.network.portal.add(new.clone());
        assert!(self.engine.refresh(&self.account()).await);
        new.id
    }

    fn kinds(&self, id: &KeyId) -> Vec<FindingKind> {
        let report = self.report(&all());
        let row = report.rows.iter().find(|row| row.row.key.id == *id);
        row.map(|row| row.health.findings.iter().map(Finding::kind).collect()).unwrap_or_default()
    }
}

#[tokio::test]
async fn the_worst_key_comes_first_and_what_is_wrong_is_counted() {
    let desk = Desk::signed_in().await;
    let now = desk.clock.truth();
    let old = desk.listed("team-old-one", |key| key.last_used_at = Some(now.minus(120 * DAY))).await;
    desk.listed("team-new-one", |_| ()).await;
    desk.listed("dead-key-one", |key| key.reported = keystow_domain::Reported::Revoked).await;
    let report = desk.report(&all());
    assert_eq!(report.rows[0].row.key.id, old);
    assert_eq!(report.rows[0].health.score(), 100 - 30 - 5, "its secret is not here either");
    assert_eq!((report.judged, report.well, report.unjudged, report.matches), (2, 0, 1, 2));
    assert_eq!(report.score, Some((65 + 95) / 2));
    let unused = report.findings.iter().find(|(kind, _)| *kind == FindingKind::Unused);
    assert_eq!(unused, Some(&(FindingKind::Unused, 1)));
    let only = desk.report(&HealthQuery { finding: Some(FindingKind::Unused), ..all() });
    assert_eq!((only.matches, only.rows[0].row.key.id.clone()), (1, old));
    assert_eq!(desk.report(&HealthQuery { environment: Some("prod".into()), ..all() }).judged, 0);
}

#[tokio::test]
async fn what_is_put_off_is_hidden_over_a_restart_and_comes_back_by_itself() {
    let desk = Desk::signed_in().await;
    let id = desk.listed("team-app-one", |_| ()).await;
    let until = desk.clock.truth().plus(7 * DAY);
    desk.engine.snooze_health(std::slice::from_ref(&id), Some(until)).await.unwrap();
    let desk = desk.restarted().await;
    let shown = desk.report(&all());
    assert_eq!((shown.matches, shown.snoozed, shown.well), (0, 1, 0), "putting off mends nothing");
    let off = desk.report(&HealthQuery { snoozed: true, ..all() });
    assert_eq!((off.rows.len(), off.rows[0].back_at), (1, Some(until)));
    desk.clock.advance(7 * DAY);
    assert_eq!(desk.report(&all()).matches, 1);
}

#[tokio::test]
async fn what_goes_wrong_after_something_was_put_off_is_shown() {
    let desk = Desk::signed_in().await;
    let id = desk.listed("team-app-one", |_| ()).await;
    let until = desk.clock.truth().plus(90 * DAY);
    desk.engine.snooze_health(std::slice::from_ref(&id), Some(until)).await.unwrap();
    assert_eq!(desk.report(&all()).matches, 0);
    desk.clock.advance(41 * DAY);
    assert_eq!(desk.kinds(&id), [FindingKind::Overdue, FindingKind::NoSecret]);
    desk.engine.snooze_health(std::slice::from_ref(&id), None).await.unwrap();
    assert_eq!(desk.report(&all()).snoozed, 0);
    assert!(desk.engine.snooze_health(&[], None).await.is_err());
}

#[tokio::test]
async fn a_schedule_a_place_and_other_days_change_what_is_found() {
    let desk = Desk::signed_in().await;
    let id = desk
        .listed("team-app-prod", |key| key.environment = Some(keystow_domain::Environment::Production))
        .await;
    assert_eq!(desk.kinds(&id), [FindingKind::NoSecret]);
    desk.engine.save_schedule(Covers::Key(id.clone()), 30).await.unwrap();
    desk.engine.add_place(&id, PlaceKind::Text, "deploy/staging.env").await.unwrap();
    assert_eq!(desk.kinds(&id), [FindingKind::Overdue, FindingKind::Shared, FindingKind::NoSecret]);
    let desk = desk.restarted().await;
    desk.engine.save_schedule(Covers::Key(id.clone()), 365).await.unwrap();
    assert_eq!(desk.kinds(&id), [FindingKind::Shared, FindingKind::NoSecret], "places are read at a start");
    desk.engine.save_health_rules(1, 90).await.unwrap();
    let desk = desk.restarted().await;
    assert_eq!(desk.kinds(&id)[0], FindingKind::Unused, "the days are kept");
    assert!(desk.engine.save_health_rules(0, 90).await.is_err());
}

#[tokio::test]
async fn a_portal_that_tells_little_leaves_more_unknown_and_nothing_wrong() {
    let desk = Desk::signed_in_to_plain().await;
    let id = desk.create("team-app-one").await.unwrap().key.id;
    let report = desk.report(&all());
    assert_eq!((report.judged, report.well, desk.kinds(&id).len()), (1, 1, 0));
    let basis = desk.engine.basis(&desk.account());
    let state = desk.engine.state();
    let listing = &state.listings[&desk.account()];
    let key = listing.key(&id).unwrap();
    let now = desk.clock.truth();
    let health = listing.health_of(key, &listing.state_of(key, now), basis, now).unwrap();
    assert!(health.untold.contains(&HealthGap::Expiry) || basis.can_expire == Some(false), "{health:?}");
}

#[tokio::test]
async fn keys_are_found_by_score_by_secret_and_by_account() {
    let desk = Desk::signed_in().await;
    let now = desk.clock.truth();
    desk.listed("old", |key| key.last_used_at = Some(now.minus(120 * DAY))).await;
    desk.create("team-app-new").await.unwrap();
    let found = |search: &str| {
        let page = desk.engine.keys(&Query { search: search.into(), ..query() }).unwrap();
        page.rows.into_iter().map(|row| row.key.name).collect::<Vec<_>>()
    };
    assert_eq!(found("health:<70"), ["old"]);
    assert_eq!(found("has:secret"), ["team-app-new"]);
    assert_eq!(found("no:secret -env:prod"), ["old"]);
    assert!(found("account:nobody-has-this-name").is_empty());
    let page = desk.engine.keys(&Query { search: "health:many".into(), ..query() }).unwrap();
    assert_eq!((page.rows.len(), page.faults.len()), (0, 1));
    let texts = desk.engine.complete("app:", false).unwrap().suggestions;
    assert_eq!(texts.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["app:app-new", "app:old"]);
    let rule = Covers::Rule("health:<60".into());
    assert_eq!(desk.engine.save_schedule(rule, 30).await.unwrap_err().code, "bad_rule");
}

#[tokio::test]
async fn a_saved_report_says_what_the_screen_does_and_runs_nowhere() {
    let desk = Desk::signed_in().await;
    let folder = tempfile::tempdir().unwrap();
    *desk.host.downloads.lock().unwrap() = Some(folder.path().to_owned());
    desk.listed("=HYPERLINK(\"x\")-a-b", |_| ()).await;
    desk.create("team-app-two").await.unwrap();
    let saved = desk.engine.export_health(&all(), HealthTable::Csv).await.unwrap();
    let text = std::fs::read_to_string(&saved.path).unwrap();
    let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!((saved.entries, lines.len()), (desk.report(&all()).matches as usize, saved.entries + 1));
    assert!(lines.iter().any(|line| line.starts_with("\"'=HYPERLINK(\"\"x\"\")-a-b\"")), "{text}");
    assert!(text.contains("no secret on this device (-5)"), "{text}");
    let saved = desk.engine.export_health(&all(), HealthTable::Json).await.unwrap();
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(&saved.path).unwrap()).unwrap();
    assert_eq!(document["keys"].as_array().unwrap().len(), saved.entries);
    assert!(document["keys"][0]["findings"][0]["weight"].is_number());
    assert!(
        !text.contains("kst_") && !document.to_string().contains("kst_"),
        "not even the beginning of a secret"
    );
}

/// Gives the account so many keys at once.
fn fill(desk: &Desk, count: usize) {
    let mut state = desk.engine.state();
    let listing = state.listings.get_mut(&desk.account()).unwrap();
    listing.replace(Arc::new((0..count).map(|n| key(&format!("team-app-{n:04}"))).collect()));
}

#[tokio::test]
async fn a_report_is_saved_by_another_thread_than_the_one_that_answers_windows() {
    let desk = Desk::signed_in().await;
    let folder = tempfile::tempdir().unwrap();
    *desk.host.downloads.lock().unwrap() = Some(folder.path().to_owned());
    fill(&desk, 600);
    let query = all();
    let mut export = Box::pin(desk.engine.export_health(&query, HealthTable::Csv));
    {
        // Whoever has the state keeps the report waiting, and not the one who asked for it.
        let _held = desk.engine.state();
        let mut nobody = Context::from_waker(Waker::noop());
        assert!(export.as_mut().poll(&mut nobody).is_pending());
    }
    let saved = export.await.unwrap();
    assert_eq!(saved.entries, 600);
    let text = std::fs::read_to_string(&saved.path).unwrap();
    let names: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(names.len(), 600);
    assert!(names.is_sorted(), "in the order of the screen, from one part to the next");
    let saved = desk.engine.export_health(&query, HealthTable::Json).await.unwrap();
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(&saved.path).unwrap()).unwrap();
    assert_eq!(document["keys"].as_array().unwrap().len(), 600);
}

#[tokio::test]
async fn what_is_put_off_stays_put_off_for_the_key_that_takes_the_place() {
    let desk = Desk::signed_in().await;
    let old = desk.create("billing").await.unwrap().key.id;
    desk.engine.add_place(&old, PlaceKind::Text, "deploy/billing.env").await.unwrap();
    let until = desk.clock.truth().plus(30 * DAY);
    desk.engine.snooze_health(std::slice::from_ref(&old), Some(until)).await.unwrap();
    assert_eq!((desk.report(&all()).matches, desk.report(&all()).snoozed), (0, 1));
    let wish = Wish { way: Way::SideBySide, ..Wish::planned("ticket-1", &old) };
    let new = desk.engine.replace(&wish).await.unwrap().key.id;
    let off = |desk: &Desk| {
        let page = desk.report(&HealthQuery { snoozed: true, ..all() });
        page.rows.iter().map(|row| row.row.key.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!((desk.report(&all()).matches, off(&desk)), (0, vec![new.clone()]));
    let desk = desk.restarted().await;
    assert_eq!((desk.report(&all()).matches, off(&desk)), (0, vec![new]));
}

#[tokio::test]
async fn where_many_are_revoked_neither_of_two_keys_in_one_row_is() {
    let desk = Desk::signed_in().await;
    let old = desk.create("billing").await.unwrap().key.id;
    let wish = Wish { way: Way::SideBySide, ..Wish::planned("ticket-1", &old) };
    let new = desk.engine.replace(&wish).await.unwrap().key;
    for (key, name) in [(&new.id, new.name.as_str()), (&old, "billing")] {
        assert_eq!(desk.engine.revoke_of_many(key, name).await.unwrap_err().code, "two_keys");
    }
    desk.engine.end_grace(&new.id, "billing").await.unwrap();
    assert!(!desk.engine.revoke_of_many(&new.id, &new.name).await.unwrap().already);
}
