//! Usage: what is asked of the portal and what is not, keys beside each other, and files of it.

use std::time::Duration;

use keystow_domain::{Bucket, KeyId, Resolution, Series, Timestamp, Usage};

use super::Desk;
use crate::chart::tests::colours;
use crate::{Metric, Period, PictureWords, UsageFormat, UsageSight, UsageWish};

impl Desk {
    /// The portal counted so many calls in this hour.
    fn counted(&self, requests: u64) {
        let start = Timestamp::from_secs(self.engine.now().as_secs().div_euclid(3600) * 3600);
        let bucket = Bucket {
            start,
            known: true,
            requests,
            client_errors: 0,
            server_errors: 0,
            throttled: 0,
            billable: 1,
            latency: None,
        };
        let series = vec![Series { group: String::new(), buckets: vec![bucket] }];
        self.network.portal.set_usage(Usage { complete_until: None, series });
    }

    async fn seen(&self, keys: &[KeyId], metric: Metric) -> UsageSight {
        self.engine.usage(&wish(keys, metric), 900, &colours()).await.unwrap()
    }
}

fn wish(keys: &[KeyId], metric: Metric) -> UsageWish {
    UsageWish {
        keys: keys.to_vec(),
        team: None,
        period: Period::Day,
        resolution: Resolution::Hour,
        metric,
        hidden: Vec::new(),
    }
}

fn calls(sight: &UsageSight) -> u64 {
    sight.buckets.iter().map(|bucket| bucket.requests).sum()
}

#[tokio::test]
async fn another_metric_is_another_picture_of_the_same_answer_and_time_makes_it_old() {
    let desk = Desk::signed_in().await;
    desk.counted(7);
    assert_eq!(calls(&desk.seen(&[], Metric::Requests).await), 7);
    desk.counted(9);
    let billable = desk.seen(&[], Metric::Billable).await;
    assert_eq!(calls(&billable), 7, "the portal was not asked again");
    assert_eq!(billable.chart.throttled, None);
    desk.clock.advance(Duration::from_secs(21));
    assert_eq!(calls(&desk.seen(&[], Metric::Requests).await), 9);
}

#[tokio::test]
async fn a_locked_app_shows_no_numbers_that_it_kept() {
    let desk = Desk::signed_in().await;
    desk.counted(7);
    desk.seen(&[], Metric::Requests).await;
    desk.engine.lock().await;
    assert!(desk.engine.usage(&wish(&[], Metric::Requests), 900, &colours()).await.is_err());
}

#[tokio::test]
async fn compared_keys_stand_beside_each_other_and_are_saved_line_by_line() {
    let desk = Desk::signed_in().await;
    let keys = [desk.create("=billing").await.unwrap().key.id, desk.create("maps").await.unwrap().key.id];
    desk.counted(5);
    let sight = desk.seen(&keys, Metric::Requests).await;
    assert_eq!((sight.each.len(), calls(&sight), sight.legend.len()), (2, 10, 2));
    let saved = desk.engine.export_usage(&wish(&keys, Metric::Requests), UsageFormat::Csv).await.unwrap();
    let text = std::fs::read_to_string(&saved.path).unwrap();
    assert_eq!(saved.entries, 2);
    assert!(text.contains("\"'=billing\"") && !text.contains(",=billing"), "{text}");
    let words = PictureWords { title: "maps & more".into(), ..PictureWords::default() };
    let wish = wish(&keys, Metric::Requests);
    let saved = desk.engine.export_usage_picture(&wish, 900, &colours(), &words).await.unwrap();
    assert!(std::fs::read_to_string(&saved.path).unwrap().contains("maps &amp; more"));
    assert_eq!(desk.engine.save_usage_png(b"<svg ".to_vec()).await.unwrap_err().code, "not_saved");
    desk.engine.lock().await;
    assert_eq!(desk.engine.save_usage_png(Vec::new()).await.unwrap_err().code, "vault_locked");
}

#[tokio::test]
async fn words_of_an_older_picture_never_stand_at_the_numbers_of_a_newer_one() {
    let desk = Desk::signed_in().await;
    desk.counted(3);
    let before = desk.seen(&[], Metric::Requests).await;
    let word = |value: i64| (value, format!("{value} calls"));
    let words = PictureWords {
        ticks_y: before.chart.ticks_y.iter().map(|tick| word(tick.value)).collect(),
        ..PictureWords::default()
    };
    desk.clock.advance(Duration::from_secs(21));
    desk.counted(9000);
    let wish = wish(&[], Metric::Requests);
    let picture = desk.engine.usage_picture(&wish, 900, &colours(), &words).await.unwrap();
    assert!(picture.contains(">0 calls<"), "nothing is at the same place in both");
    assert!(!picture.contains(">3 calls<") && !picture.contains(">1 calls<"), "{picture}");
}

#[tokio::test]
async fn what_was_kept_is_forgotten_with_a_lock_and_with_a_sign_out() {
    let desk = Desk::signed_in().await;
    desk.counted(7);
    desk.seen(&[], Metric::Requests).await;
    assert!(desk.engine.state().usage.is_some());
    desk.engine.lock().await;
    assert!(desk.engine.state().usage.is_none());
    let desk = Desk::signed_in().await;
    desk.counted(7);
    desk.seen(&[], Metric::Requests).await;
    let account = desk.engine.current_account().unwrap();
    desk.engine.sign_out(&account, true).await.unwrap();
    assert!(desk.engine.state().usage.is_none());
}

#[tokio::test]
async fn the_running_hour_is_not_complete_where_the_portal_does_not_say_what_is() {
    let desk = Desk::signed_in().await;
    desk.counted(7);
    let sight = desk.seen(&[], Metric::Requests).await;
    assert!(sight.complete_until.is_none() && sight.settled_until < sight.to);
    let saved = desk.engine.export_usage(&wish(&[], Metric::Requests), UsageFormat::Csv).await.unwrap();
    let text = std::fs::read_to_string(&saved.path).unwrap();
    assert!(text.lines().nth(1).unwrap().contains(",partial,7,"), "{text}");
}
