//! The metered API, and the numbers it leaves behind.

use std::time::Duration;

use keystow_portal::Limits;
use serde_json::{Value, json};

use crate::{
    desk::{App, Desk},
    store::Store,
};

async fn usage(app: &App<'_>, query: &str) -> Value {
    let day = "from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z";
    app.get(&format!("/v1/developer/usage?{day}&{query}")).await.expect(200).json()
}

#[tokio::test]
async fn every_call_is_counted_against_the_secret_it_carried_right_away() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (id, old) = app.create("billing").await;
    for path in ["/v1/catalog/items", "/v1/catalog/items/item_001", "/v1/catalog/items/nothing"] {
        desk.try_key(path, &old).await;
    }
    let new = app.rotate(&id, 60).await;
    desk.try_key("/v1/catalog/items", &new).await.expect(200);
    desk.try_key("/v1/catalog/items/out-of-order", &new).await.expect(503);
    desk.clock.advance(Duration::from_secs(60));
    desk.try_key("/v1/catalog/items", &old).await.expect(401);
    let said = usage(&app, &format!("keyId={id}&groupBy=secret")).await;
    let bucket = |series: usize| said["series"][series]["buckets"][0].clone();
    let numbers = |bucket: &Value| {
        ["requests", "clientErrors", "serverErrors", "billable"]
            .map(|name| bucket[name].as_u64().unwrap_or_default())
    };
    assert_eq!(
        numbers(&bucket(0)),
        [4, 2, 0, 2],
        "the refused call of the old secret counts, but not on the bill"
    );
    assert_eq!(numbers(&bucket(1)), [2, 0, 1, 1]);
    assert_eq!(said["series"][0]["group"], old[..8]);
    assert_eq!(said["series"][1]["group"], new[..8]);
    let whole = usage(&app, "groupBy=none").await;
    assert_eq!(numbers(&whole["series"][0]["buckets"][0]), [6, 2, 1, 3]);
    let by_key = usage(&app, "groupBy=key").await;
    assert_eq!(by_key["series"][0]["group"], id);
}

#[tokio::test]
async fn buckets_without_calls_are_stated_and_told_apart_from_no_data() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    app.create("billing").await;
    desk.clock.advance(Duration::from_secs(2 * 3600));
    let app = desk.sign_in().await;
    let said = usage(&app, "resolution=hour").await;
    let buckets = said["series"][0]["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), 24);
    assert_eq!(
        buckets[7],
        json!({"start": "2027-01-15T07:00:00Z", "noData": true}),
        "before there was a key"
    );
    assert_eq!(buckets[9], json!({"start": "2027-01-15T09:00:00Z"}), "a quiet hour");
    assert_eq!(buckets[11], json!({"start": "2027-01-15T11:00:00Z", "noData": true}), "the future");
    assert_eq!(said["completeUntil"], Store::COMPLETE_AT_TEN);
}

#[tokio::test]
async fn statuses_are_series_of_their_own_and_throttled_calls_are_in_no_other() {
    let desk = Desk::with(|config| config.limits = Limits { gateway: 2, ..Limits::default() }).await;
    let app = desk.app().await;
    let (_, secret) = app.create("billing").await;
    for status in [200, 200, 429] {
        desk.try_key("/v1/catalog/items", &secret).await.expect(status);
    }
    let said = usage(&app, "groupBy=status").await;
    let counts: Vec<_> = said["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|series| {
            (series["group"].as_str().unwrap(), series["buckets"][0]["requests"].as_u64().unwrap_or_default())
        })
        .collect();
    assert_eq!(counts, [("success", 2), ("clientError", 0), ("serverError", 0), ("throttled", 1)]);
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused_with_the_field() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let asked = [
        ("from=yesterday&to=2027-01-16T00:00:00Z", "from"),
        ("from=2027-01-16T00:00:00Z&to=2027-01-15T00:00:00Z", "to"),
        ("from=2025-01-01T00:00:00Z&to=2027-01-15T00:00:00Z", "from"),
        ("from=2027-01-14T00:00:00Z&to=2027-01-15T00:00:00Z&resolution=week", "resolution"),
        ("from=2027-01-14T00:00:00Z&to=2027-01-15T00:00:00Z&groupBy=colour", "groupBy"),
        ("from=2027-01-14T00:00:00Z&to=2027-02-17T00:00:00Z", "to"),
        ("from=2027-01-14T00:00:00Z&to=9000-01-15T00:00:00Z&resolution=hour", "to"),
    ];
    for (query, field) in asked {
        let refused = app.get(&format!("/v1/developer/usage?{query}")).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], field, "{query}");
    }
    let early = app.get("/v1/developer/usage?from=2025-01-01T00:00:00Z&to=2027-01-15T00:00:00Z").await.text;
    assert!(early.contains("kept for 400 days"), "{early}");
}

#[tokio::test]
async fn the_quota_counts_billable_calls_and_ends_them_for_the_month() {
    let desk = Desk::with(|config| config.limits = Limits { quota: 2, ..Limits::default() }).await;
    let app = desk.app().await;
    let (id, secret) = app.create("billing").await;
    desk.try_key("/v1/catalog/items/nothing", &secret).await.expect(404);
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    let over = desk.try_key("/v1/catalog/items", &secret).await.expect(429).json();
    assert_eq!(over["code"], "ERROR_CODE_QUOTA_EXCEEDED");
    let quota = app.get(&format!("/v1/developer/keys/{id}/quota")).await.expect(200).json();
    assert_eq!(
        (&quota["used"], &quota["limit"], &quota["resetsAt"]),
        (&json!(2), &json!(2), &json!("2027-02-01T00:00:00Z"))
    );
    desk.clock.advance(Duration::from_secs(17 * 24 * 3600));
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
}

#[tokio::test]
async fn a_call_needs_a_key_the_portal_knows() {
    let desk = Desk::open().await;
    desk.browse("/v1/catalog/items").await.expect(401);
    desk.try_key("/v1/catalog/items", "kst_unknown").await.expect(401);
}

#[tokio::test]
async fn a_key_tells_when_it_was_last_used() {
    let mut desk = Desk::open().await;
    let (id, secret) = desk.app().await.create("billing").await;
    assert_eq!(
        desk.sign_in().await.get(&format!("/v1/developer/keys/{id}")).await.json()["apiKey"]
            .get("lastUsedAt"),
        None
    );
    desk.clock.advance(Duration::from_secs(5));
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    // Stopping settles what was counted, so that the test need not wait for it.
    desk.stop().await;
    desk.start(|_| {}).await;
    let key = desk.come_back().await.get(&format!("/v1/developer/keys/{id}")).await.json();
    assert_eq!(key["apiKey"]["lastUsedAt"], "2027-01-15T08:00:05Z");
}

#[tokio::test]
async fn calls_with_an_ended_secret_do_not_use_up_the_calls_of_the_new_one() {
    let desk = Desk::with(|config| config.limits = Limits { gateway: 2, ..Limits::default() }).await;
    let app = desk.app().await;
    let (id, old) = app.create("billing").await;
    let new = app.rotate(&id, 1).await;
    desk.clock.advance(Duration::from_secs(1));
    for status in [401, 401, 429] {
        desk.try_key("/v1/catalog/items", &old).await.expect(status);
    }
    desk.try_key("/v1/catalog/items", &new).await.expect(200);
}

#[tokio::test]
async fn a_used_up_quota_tells_when_it_begins_again() {
    let desk = Desk::with(|config| config.limits = Limits { quota: 1, ..Limits::default() }).await;
    let app = desk.app().await;
    let (_, secret) = app.create("billing").await;
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    let over = desk.try_key("/v1/catalog/items", &secret).await.expect(429);
    let told =
        ["limit", "remaining", "reset"].map(|name| over.headers[&format!("x-ratelimit-{name}")].clone());
    // The first of February 2027.
    assert_eq!(told, ["1", "0", "1801440000"]);
}
