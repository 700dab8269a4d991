//! Alerts and forecasts: what crosses a bound is told once, and what cannot be told is not made up.

use std::time::Duration;

use keystow_connect::{Cause, Failure, Refusal, RefusalKind};
use keystow_domain::{
    Blank, Bucket, Exhaustion, KeyId, Outlook, Quota, Reading, Rule, Series, Timestamp, Untold, Usage,
};

use super::Desk;
use crate::QuotaSight;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

impl Desk {
    /// The portal tells of so many calls and failures in each of the last buckets, the newest last.
    fn told_usage(&self, width: Duration, calls: &[(u64, u64)]) {
        let width_millis = i64::try_from(width.as_millis()).unwrap();
        let newest = self.engine.now().as_millis().div_euclid(width_millis) * width_millis;
        let bucket = |(age, (requests, server_errors)): (usize, &(u64, u64))| Bucket {
            start: Timestamp::from_millis(newest - width_millis * i64::try_from(age).unwrap()),
            known: true,
            requests: *requests,
            client_errors: 0,
            server_errors: *server_errors,
            throttled: 0,
            billable: *requests,
            latency: None,
        };
        let mut buckets: Vec<Bucket> = calls.iter().rev().enumerate().map(bucket).collect();
        buckets.reverse();
        let series = vec![Series { group: String::new(), buckets }];
        self.network.portal.set_usage(Usage { complete_until: None, series });
    }

    fn told_quota(&self, used: u64, limit: u64) {
        self.network.portal.set_quota(Some(Quota {
            tier: "Standard".into(),
            limit,
            used,
            resets_at: Some(self.engine.now().plus(10 * DAY)),
            rate_limit: 60,
            rate_window: Duration::from_secs(60),
        }));
    }

    async fn looked(&self) -> Vec<&'static str> {
        self.engine.look_at_usage(&self.account()).await;
        self.engine.notices().iter().map(|notice| notice.what.code).collect()
    }

    async fn billing(&self) -> KeyId {
        self.create("billing").await.unwrap().key.id
    }

    async fn shown_by_desktop(&self, count: usize) -> Vec<String> {
        self.until(async |_| {
            let told = self.host.notified.lock().unwrap().clone();
            (told.len() >= count).then_some(told)
        })
        .await
    }
}

#[tokio::test]
async fn a_bound_that_is_crossed_is_told_once_with_its_figure_and_taken_back_when_it_is_over() {
    let desk = Desk::signed_in().await;
    let key = desk.billing().await;
    desk.engine.save_alert(Some(&key), Rule::Errors, Some(5)).await.unwrap();
    desk.told_usage(HOUR, &[(100, 0), (100, 4)]);
    assert_eq!(desk.looked().await, Vec::<&str>::new());
    desk.told_usage(HOUR, &[(100, 8), (100, 9)]);
    for _ in 0..3 {
        assert_eq!(desk.looked().await, ["alert_errors"]);
    }
    let told = &desk.engine.notices()[0];
    assert_eq!(told.what.facts.get("figure").map(String::as_str), Some("8"));
    assert_eq!(told.key.as_ref().map(|(_, name)| name.as_str()), Some("billing"));
    assert_eq!(desk.shown_by_desktop(1).await.len(), 1);
    desk.told_usage(HOUR, &[(100, 5), (100, 5)]);
    assert_eq!(desk.looked().await, ["alert_errors"], "it trembles around its bound");
    desk.told_usage(HOUR, &[(100, 0), (100, 0)]);
    assert_eq!(desk.looked().await, Vec::<&str>::new());
    desk.told_usage(HOUR, &[(100, 50), (100, 0)]);
    assert_eq!(desk.looked().await, ["alert_errors"]);
    assert_eq!(desk.shown_by_desktop(2).await.len(), 2, "it came again, so it is told again");
}

#[tokio::test]
async fn what_stands_is_in_the_window_after_a_restart_and_the_desktop_is_not_told_again() {
    let desk = Desk::signed_in().await;
    let key = desk.billing().await;
    desk.told_quota(85, 100);
    desk.engine.save_alert(Some(&key), Rule::Quota, Some(80)).await.unwrap();
    assert_eq!(desk.looked().await, ["alert_quota"]);
    desk.shown_by_desktop(1).await;
    let desk = desk.restarted().await;
    assert_eq!(desk.looked().await, ["alert_quota"]);
    assert_eq!(desk.host.notified.lock().unwrap().len(), 1);
    let id = desk.engine.notices()[0].id.clone();
    desk.engine.dismiss(&id).await;
    assert_eq!(desk.looked().await, Vec::<&str>::new(), "what was put away stays away while it stands");
    let sight = desk.engine.alerts(Some(&key)).await.unwrap();
    assert!(sight.rules[0].raised_at.is_some(), "and it is still said where alerts are set");
}

#[tokio::test]
async fn a_portal_that_does_not_answer_neither_raises_an_alert_nor_ends_one() {
    let desk = Desk::signed_in().await;
    desk.told_usage(HOUR, &[(100, 90), (100, 90)]);
    desk.engine.save_alert(None, Rule::Errors, Some(50)).await.unwrap();
    assert_eq!(desk.looked().await, ["alert_errors"]);
    assert_eq!(desk.engine.notices()[0].what.facts["key"], "Test portal");
    let silent = || desk.network.portal.fail_next_read(Failure::NotSent(Cause::Connect));
    silent();
    assert_eq!(desk.looked().await, ["alert_errors"]);
    silent();
    let sight = desk.engine.alerts(None).await.unwrap();
    assert!(sight.error.is_some() && sight.rules.iter().all(|rule| rule.reading.is_none()));
}

#[tokio::test]
async fn what_the_portal_cannot_tell_is_said_rule_by_rule() {
    let desk = Desk::signed_in().await;
    desk.told_usage(HOUR, &[(3, 3)]);
    let sight = desk.engine.alerts(None).await.unwrap();
    let readings: Vec<_> = sight.rules.iter().map(|rule| rule.reading).collect();
    let untold = |why| Some(Reading::Untold(why));
    let few = Blank::FewCalls { calls: 3 };
    assert_eq!(readings[..3], [untold(Blank::NoQuota), untold(few), untold(few)]);
    assert_eq!(readings[3], Some(Reading::Silent { hours: 0 }));
    let plain = Desk::signed_in_to_plain().await;
    let sight = plain.engine.alerts(None).await.unwrap();
    assert!(sight.rules[1..].iter().all(|rule| rule.reading == untold(Blank::NoData)), "{sight:?}");
}

#[tokio::test]
async fn a_bound_that_cannot_be_is_refused_and_another_one_begins_anew() {
    let desk = Desk::signed_in().await;
    let key = desk.billing().await;
    for (rule, bound) in [(Rule::Errors, 0), (Rule::Quota, 101), (Rule::Silence, 169)] {
        let refused = desk.engine.save_alert(Some(&key), rule, Some(bound)).await.unwrap_err();
        assert_eq!(refused.code, "bad_bound");
    }
    desk.told_usage(HOUR, &[(100, 9), (100, 9)]);
    desk.engine.save_alert(Some(&key), Rule::Errors, Some(5)).await.unwrap();
    assert_eq!(desk.looked().await, ["alert_errors"]);
    desk.engine.save_alert(Some(&key), Rule::Errors, Some(50)).await.unwrap();
    assert_eq!(desk.looked().await, Vec::<&str>::new());
    desk.engine.save_alert(Some(&key), Rule::Errors, None).await.unwrap();
    let sight = desk.engine.alerts(Some(&key)).await.unwrap();
    assert_eq!(sight.rules[1].bound, None);
}

#[tokio::test]
async fn nothing_is_told_of_a_key_that_was_revoked() {
    let desk = Desk::signed_in().await;
    let key = desk.billing().await;
    desk.told_usage(HOUR, &[(100, 90)]);
    desk.engine.save_alert(Some(&key), Rule::Errors, Some(5)).await.unwrap();
    assert_eq!(desk.looked().await, ["alert_errors"]);
    desk.engine.revoke(&key, "billing").await.unwrap();
    desk.engine.refresh(&desk.account()).await;
    assert!(!desk.looked().await.contains(&"alert_errors"));
}

#[tokio::test]
async fn a_quota_is_told_with_how_long_it_lasts() {
    let desk = Desk::signed_in().await;
    let key = desk.billing().await;
    assert_eq!(desk.engine.quota(Some(&key)).await.unwrap(), None, "the portal names none");
    desk.told_quota(500, 1000);
    let Some(QuotaSight { outlook, .. }) = desk.engine.quota(Some(&key)).await.unwrap() else { panic!() };
    assert_eq!(outlook, Outlook::Untold(Untold::FewDays { known: 0, needed: 3 }));
    desk.told_usage(DAY, &[(100, 0); 10]);
    let Some(QuotaSight { outlook, .. }) = desk.engine.quota(Some(&key)).await.unwrap() else { panic!() };
    let Outlook::Forecast(forecast) = outlook else { panic!("{outlook:?}") };
    let Exhaustion::Likely { likely, .. } = forecast.exhaustion else { panic!("{forecast:?}") };
    assert_eq!(likely.since(desk.engine.now()).as_secs(), 5 * 86_400);
}

#[tokio::test]
async fn a_key_that_the_portal_refuses_keeps_nobody_from_the_keys_after_it() {
    let desk = Desk::signed_in().await;
    let (first, second) = (desk.billing().await, desk.create("search").await.unwrap().key.id);
    desk.told_usage(HOUR, &[(100, 90)]);
    for key in [&first, &second] {
        desk.engine.save_alert(Some(key), Rule::Errors, Some(5)).await.unwrap();
    }
    desk.network.portal.fail_next_read(Failure::Refused(Refusal::bare(403, RefusalKind::Forbidden)));
    assert_eq!(desk.looked().await, ["alert_errors"], "the second was looked at");
    assert_eq!(desk.looked().await.len(), 2);
}

#[tokio::test]
async fn what_was_told_of_a_key_that_was_replaced_is_taken_back() {
    let desk = Desk::signed_in().await;
    let key = desk.billing().await;
    desk.told_usage(HOUR, &[(100, 90)]);
    desk.engine.save_alert(Some(&key), Rule::Errors, Some(5)).await.unwrap();
    assert_eq!(desk.looked().await, ["alert_errors"]);
    desk.engine.alerts_moved(&desk.account(), &key).await;
    assert!(desk.engine.notices().is_empty());
}
