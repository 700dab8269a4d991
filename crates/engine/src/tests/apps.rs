//! Developer apps: what is made and changed once, what is found out about a lost answer, and what is told once.

mod admin;

use keystow_connect::fakes::{AfterCommit, lost};
use keystow_connect::{Cause, Failure};
use keystow_domain::{
    AppId, AppStatus, AppWish, Bucket, Latency, NewKey, ProductId, ProductWish, Reported, Role, Series,
    SubscriptionId, SubscriptionState, Usage,
};

use super::{Desk, new_key};

const MINUTE: std::time::Duration = std::time::Duration::from_secs(60);

fn wish(name: &str, product: &str, why: &str) -> AppWish {
    let products = vec![ProductWish {
        product: ProductId::new(product),
        scopes: vec!["read".into()],
        justification: why.into(),
    }];
    AppWish { name: Some(name.into()), products: Some(products), ..AppWish::default() }
}

fn of_app(name: &str, app: &AppId) -> NewKey {
    NewKey { app: Some(app.clone()), ..new_key(name) }
}

impl Desk {
    /// Somebody who only makes apps, with one that waits for a decision.
    async fn waiting() -> (Self, AppId, SubscriptionId) {
        let desk = Self::signed_in().await;
        desk.network.portal.set_role(Role::Developer);
        desk.engine.remind().await;
        desk.engine.refresh_apps().await.unwrap();
        let app = desk.engine.create_app(&wish("shop", "partner", "three partners")).await.unwrap();
        desk.clock.advance(MINUTE);
        (desk, app.id, app.subscriptions[0].id.clone())
    }

    fn told(&self, code: &str) -> usize {
        self.engine.notices().iter().filter(|notice| notice.what.code == code).count()
    }
}

#[tokio::test]
async fn an_app_is_made_and_its_key_waits_with_it_until_somebody_approves() {
    let (desk, app, asked) = Desk::waiting().await;
    let key = desk.engine.create("ticket-of-shop", &of_app("shop-prod", &app)).await.unwrap().key;
    assert_eq!((key.app.as_ref(), &key.reported), (Some(&app), &Reported::Pending));
    assert_eq!(desk.engine.app(&app).unwrap().keys.len(), 1, "it is there before the app is read again");
    desk.engine.refresh_apps().await.unwrap();
    let sight = desk.engine.app(&app).unwrap();
    assert_eq!((sight.keys.len(), sight.unlisted, &sight.app.status), (1, 0, &AppStatus::Pending));
    assert_eq!(desk.engine.waiting(), (1, 0), "one waits, and not for this person");
    desk.network.portal.decide_elsewhere(&asked, None).unwrap();
    desk.engine.refresh(&desk.account()).await;
    assert_eq!(desk.engine.key(&key.id).unwrap().key.reported, Reported::Active);
    desk.engine.copy(&key.id, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&key.id));
    desk.engine.revoke(&key.id, "shop-prod").await.unwrap();
    assert!(desk.engine.app(&app).unwrap().keys.is_empty(), "what was revoked is no key of the app any more");
}

#[tokio::test]
async fn a_decision_is_told_once_across_restarts() {
    let (desk, _, asked) = Desk::waiting().await;
    desk.network.portal.decide_elsewhere(&asked, None).unwrap();
    desk.engine.refresh_apps().await.unwrap();
    desk.engine.refresh_apps().await.unwrap();
    assert_eq!(desk.told("subscription_approved"), 1);
    desk.until(async |_| (desk.host.notified.lock().unwrap().len() == 1).then_some(())).await;
    assert!(desk.host.notified.lock().unwrap()[0].contains("shop"));
    let desk = desk.restarted().await;
    desk.engine.refresh_apps().await.unwrap();
    assert_eq!(desk.told("subscription_approved"), 0, "it was told before the restart");
    assert_eq!(desk.host.notified.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_decision_made_while_the_app_was_closed_is_told_when_it_is_open_again() {
    let (desk, _, asked) = Desk::waiting().await;
    let desk = desk.restarted().await;
    desk.network.portal.decide_elsewhere(&asked, Some("Too vague.")).unwrap();
    desk.engine.refresh_apps().await.unwrap();
    assert_eq!(desk.told("subscription_rejected"), 1);
    let notice = desk.engine.notices().into_iter().find(|one| one.what.code == "subscription_rejected");
    assert_eq!(notice.unwrap().what.facts["reason"], "Too vague.");
}

#[tokio::test]
async fn nobody_is_told_of_what_the_portal_approved_by_itself_or_they_decided_themselves() {
    let desk = Desk::signed_in().await;
    desk.engine.remind().await;
    desk.engine.refresh_apps().await.unwrap();
    desk.engine.create_app(&wish("browser", "catalog", "")).await.unwrap();
    let app = desk.engine.create_app(&wish("shop", "partner", "three partners")).await.unwrap();
    desk.clock.advance(MINUTE);
    desk.engine.refresh_apps().await.unwrap();
    assert_eq!(desk.engine.waiting(), (1, 1));
    desk.engine.decide(&app.subscriptions[0].id, None).await.unwrap();
    desk.engine.refresh_apps().await.unwrap();
    assert_eq!(desk.engine.app(&app.id).unwrap().app.status, AppStatus::Active);
    assert_eq!(desk.told("subscription_approved"), 0);
}

#[tokio::test]
async fn an_answer_about_a_new_app_that_was_lost_is_found_out_and_nothing_is_sent_twice() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let app = desk.engine.create_app(&wish("shop", "catalog", "")).await.unwrap();
    assert_eq!((app.name.as_str(), desk.network.portal.changes()), ("shop", 1));
    desk.network.portal.fail_next(lost(), AfterCommit::No);
    let not = desk.engine.create_app(&wish("stall", "catalog", "")).await.unwrap_err();
    assert_eq!((not.code, desk.network.portal.changes()), ("app_not_done", 2));
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    let open = desk.engine.create_app(&wish("stall", "catalog", "")).await.unwrap_err();
    assert_eq!((open.code, desk.network.portal.changes()), ("app_unknown", 3));
    desk.engine.refresh_apps().await.unwrap();
    assert_eq!(desk.engine.apps().unwrap().apps.len(), 2, "the person is shown what became of it");
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_read_again() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    let app = desk.engine.create_app(&wish("shop", "catalog", "")).await.unwrap();
    desk.clock.advance(MINUTE);
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let renamed = desk.engine.change_app(&app.id, &wish("stall", "catalog", "")).await.unwrap();
    assert_eq!(renamed.name, "stall");
    desk.network.portal.fail_next(lost(), AfterCommit::No);
    let not = desk.engine.change_app(&app.id, &wish("stand", "catalog", "")).await.unwrap_err();
    assert_eq!(not.code, "app_not_done");
    assert_eq!(desk.engine.app(&app.id).unwrap().app.name, "stall");
}

#[tokio::test]
async fn deleting_an_app_asks_for_its_name_and_ends_its_keys_in_the_list_at_once() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    let app = desk.engine.create_app(&wish("shop", "catalog", "")).await.unwrap().id;
    let key = desk.engine.create("ticket-of-shop", &of_app("shop-prod", &app)).await.unwrap().key.id;
    desk.engine.refresh_apps().await.unwrap();
    assert_eq!(desk.engine.delete_app(&app, "shop-prod").await.unwrap_err().code, "app_name_differs");
    assert_eq!(desk.network.portal.all_apps().len(), 1);
    let deleted = desk.engine.delete_app(&app, " shop ").await.unwrap();
    assert_eq!((deleted.keys, deleted.already), (vec![key.clone()], false));
    assert_eq!(desk.engine.key(&key).unwrap().key.reported, Reported::Revoked);
    assert_eq!(desk.engine.app(&app).unwrap_err().code, "app_gone");
    let log = desk.engine.audit(0, 50).await.unwrap();
    let entry = log.entries.iter().find(|entry| entry.what == "app_deleted").expect("it is in the log");
    assert_eq!((entry.facts["app"].as_str(), entry.facts["keys"].as_str()), ("shop", "1"));
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_looked_at() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    let app = desk.engine.create_app(&wish("shop", "catalog", "")).await.unwrap().id;
    desk.network.portal.fail_next(lost(), AfterCommit::No);
    assert_eq!(desk.engine.delete_app(&app, "shop").await.unwrap_err().code, "app_not_done");
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    assert_eq!(desk.engine.delete_app(&app, "shop").await.unwrap_err().code, "deletion_unknown");
    assert!(desk.engine.delete_app(&app, "shop").await.unwrap().already, "it is gone, and that is told");
    let next = desk.engine.create_app(&wish("shop", "catalog", "")).await.unwrap().id;
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    assert!(!desk.engine.delete_app(&next, "shop").await.unwrap().already);
}

#[tokio::test]
async fn a_decision_that_comes_too_late_is_told_and_the_queue_read_again() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    let app = desk.engine.create_app(&wish("shop", "partner", "three partners")).await.unwrap();
    desk.engine.refresh_apps().await.unwrap();
    let asked = &app.subscriptions[0].id;
    desk.network.portal.decide_elsewhere(asked, Some("No.")).unwrap();
    let late = desk.engine.decide(asked, None).await.unwrap_err();
    assert_eq!(late.code, "decided_before");
    let sight = desk.engine.apps().unwrap();
    assert!(sight.asks.is_empty());
    assert_eq!(sight.apps[0].subscriptions[0].state, SubscriptionState::Rejected, "the first decision stays");
}

#[tokio::test]
async fn a_decision_whose_answer_was_lost_is_not_made_twice() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    let app = desk.engine.create_app(&wish("shop", "partner", "three partners")).await.unwrap();
    desk.engine.refresh_apps().await.unwrap();
    let before = desk.network.portal.changes();
    desk.network.portal.fail_next(lost(), AfterCommit::Yes);
    let open = desk.engine.decide(&app.subscriptions[0].id, None).await.unwrap_err();
    assert_eq!((open.code, desk.network.portal.changes()), ("decision_unknown", before + 1));
    assert!(desk.engine.apps().unwrap().asks.is_empty(), "it was read what became of it");
}

#[tokio::test]
async fn a_refusal_without_a_reason_is_not_sent() {
    let desk = Desk::signed_in().await;
    for why in ["", "  ", &"x".repeat(501)] {
        let refused = desk.engine.decide(&SubscriptionId::new("sub_1"), Some(why)).await.unwrap_err();
        assert_eq!((refused.code, refused.fields[0].0.as_str()), ("no_reason", "reason"));
    }
    assert_eq!(desk.network.portal.changes(), 0);
}

#[tokio::test]
async fn a_wrong_field_is_told_by_its_name() {
    let desk = Desk::signed_in().await;
    let mut wrong = wish("shop", "partner", "");
    wrong.callback_urls = None;
    let refused = desk.engine.create_app(&wrong).await.unwrap_err();
    assert_eq!(refused.code, "app_invalid");
    assert_eq!(refused.fields[0].0, "products[0].justification");
    desk.engine.create_app(&wish("shop", "catalog", "")).await.unwrap();
    let taken = desk.engine.create_app(&wish("shop", "catalog", "")).await.unwrap_err();
    assert_eq!(taken.code, "app_conflict");
}

#[tokio::test]
async fn who_may_only_look_is_told_why_nothing_can_be_changed() {
    let desk = Desk::signed_in().await;
    assert!(desk.engine.apps().unwrap().writes_off.is_none());
    desk.network.portal.set_role(Role::ReadOnly);
    desk.engine.refresh_apps().await.unwrap();
    let sight = desk.engine.apps().unwrap();
    assert_eq!(sight.writes_off.map(|off| off.code), Some("only_looks"));
    assert!(!sight.decides && sight.asks.is_empty());
    assert_eq!(desk.page().freshness.writes_off.map(|off| off.code), Some("only_looks"));
}

#[tokio::test]
async fn a_role_that_was_taken_away_is_noticed_by_the_next_refusal() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    let app = desk.engine.create_app(&wish("shop", "partner", "three partners")).await.unwrap();
    desk.engine.refresh_apps().await.unwrap();
    assert!(desk.engine.apps().unwrap().decides);
    desk.network.portal.set_role(Role::Developer);
    let refused = desk.engine.decide(&app.subscriptions[0].id, None).await.unwrap_err();
    assert_eq!(refused.code, "role_forbids");
    let sight = desk.engine.apps().unwrap();
    assert!(!sight.decides && sight.asks.is_empty(), "the queue went with the role");
}

#[tokio::test]
async fn a_portal_that_does_not_answer_leaves_what_it_told_last() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    desk.engine.create_app(&wish("shop", "catalog", "")).await.unwrap();
    desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    assert!(!desk.engine.read_apps(&desk.account()).await);
    let sight = desk.engine.apps().unwrap();
    assert_eq!((sight.apps.len(), sight.error.map(|error| error.code)), (1, Some("portal_unreachable")));
    assert_eq!(sight.writes_off.map(|off| off.code), Some("portal_unreachable"));
}

#[tokio::test]
async fn a_portal_without_apps_has_none_and_is_not_asked() {
    let desk = Desk::signed_in_to_plain().await;
    assert_eq!(desk.engine.apps().unwrap_err().code, "not_offered");
    assert!(!desk.engine.read_apps(&desk.account()).await);
}

#[tokio::test]
async fn a_key_of_an_app_whose_answer_was_lost_is_fetched_again_with_its_app() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    let app = desk.engine.create_app(&wish("shop", "catalog", "")).await.unwrap().id;
    desk.die_at(crate::host::Step::Answered);
    let _ = desk.engine.create("ticket-of-shop", &of_app("shop-prod", &app)).await;
    let desk = desk.restarted().await;
    desk.until(async |_| desk.engine.0.store.unfinished().await.unwrap().is_empty().then_some(())).await;
    let keys = desk.network.portal.keys();
    assert_eq!((keys.len(), keys[0].app.as_ref()), (1, Some(&app)), "one key, and it is the app's");
    desk.engine.refresh(&desk.account()).await;
    desk.engine.copy(&keys[0].id, false).await.unwrap();
    assert_eq!(desk.clipboard.text(), desk.network.portal.secret_of(&keys[0].id));
}

#[tokio::test]
async fn the_figures_of_an_app_are_of_what_the_portal_counted() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    let app = desk.engine.create_app(&wish("shop", "catalog", "")).await.unwrap().id;
    let latency = Some(Latency { least: 2_000, mean: 9_000, most: 70_000, p50: 0, p95: 0, p99: 0 });
    let bucket = Bucket {
        start: desk.engine.now(),
        known: true,
        requests: 40,
        client_errors: 2,
        server_errors: 1,
        throttled: 5,
        billable: 32,
        latency,
    };
    let series = vec![Series { group: String::new(), buckets: vec![bucket] }];
    desk.network.portal.set_usage(Usage { complete_until: Some(desk.engine.now()), series });
    let figures = desk.engine.app_figures(&app).await.unwrap();
    assert_eq!((figures.messages, figures.errors, figures.throttled), (40, 3, 5));
    assert_eq!(figures.response, Some((2_000, 9_000, 70_000)));
    assert_eq!(desk.engine.app_figures(&AppId::new("app_nobody")).await.unwrap_err().code, "app_gone");
}

#[tokio::test]
async fn a_locked_app_that_hides_names_tells_nothing_of_apps() {
    let desk = Desk::signed_in().await;
    desk.engine.refresh_apps().await.unwrap();
    let app = desk.engine.create_app(&wish("shop", "partner", "three partners")).await.unwrap().id;
    desk.engine.lock().await;
    assert!(desk.engine.is_hidden());
    assert!(desk.engine.apps().unwrap().apps.is_empty());
    assert_eq!(desk.engine.app(&app).unwrap_err().code, "app_gone");
    assert_eq!(desk.engine.waiting(), (0, 0));
}
