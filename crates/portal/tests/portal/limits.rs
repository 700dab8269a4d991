//! How often a portal may be called.

use std::time::Duration;

use keystow_portal::Limits;
use serde_json::json;

use crate::desk::{Answer, Desk};

fn told(answer: &Answer) -> [i64; 3] {
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"].map(|name| {
        answer.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap().parse().unwrap()
    })
}

#[tokio::test]
async fn every_answer_of_the_api_tells_what_is_left() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (id, secret) = app.create("billing").await;
    told(&app.get("/v1/developer/keys").await.expect(200));
    told(&app.get("/v1/developer/keys/unknown").await.expect(404));
    told(&app.post(&format!("/v1/developer/keys/{id}/rotate"), json!({})).await.expect(400));
    told(&desk.browse("/v1/developer/keys").await.expect(400));
    told(&desk.try_key("/v1/catalog/items", &secret).await.expect(200));
    told(&desk.try_key("/v1/catalog/items", "kst_unknown").await.expect(401));
    told(&desk.post("/v1/auth/token", json!({})).await.expect(400));
    told(&desk.browse("/v1/auth/authorize").await.expect(400));
}

#[tokio::test]
async fn listing_is_limited_and_waiting_for_the_reset_is_enough() {
    let desk = Desk::with(|config| config.limits = Limits { calls: 2, ..Limits::default() }).await;
    let app = desk.app().await;
    assert_eq!(told(&app.get("/v1/developer/keys").await.expect(200))[1], 1);
    app.get("/v1/developer/keys").await.expect(200);
    let refused = app.get("/v1/developer/keys").await.expect(429);
    assert_eq!(refused.json()["code"], "ERROR_CODE_RATE_LIMITED");
    let [_, remaining, reset] = told(&refused);
    assert_eq!(remaining, 0);
    desk.clock.advance(Duration::from_secs(u64::try_from(reset - 1_800_000_000).unwrap()));
    app.get("/v1/developer/keys").await.expect(200);
}

#[tokio::test]
async fn signing_in_again_gets_an_account_four_times_as_much_and_no_more() {
    let desk = Desk::with(|config| config.limits = Limits { calls: 1, ..Limits::default() }).await;
    desk.register().await;
    for _ in 0..4 {
        let app = desk.sign_in().await;
        app.get("/v1/developer/keys").await.expect(200);
        app.get("/v1/developer/keys").await.expect(429);
    }
    let refused = desk.sign_in().await.get("/v1/developer/keys").await.expect(429);
    assert_eq!(told(&refused)[..2], [4, 0]);
    desk.register_as("bob@example.com").await;
    desk.sign_in().await.get("/v1/developer/keys").await.expect(200);
}

#[tokio::test]
async fn making_keys_has_a_limit_of_its_own() {
    let desk = Desk::with(|config| config.limits = Limits { changes: 1, ..Limits::default() }).await;
    let app = desk.app().await;
    app.create("first").await;
    app.post("/v1/developer/keys", json!({"name": "second", "scopes": ["read"]})).await.expect(429);
    app.get("/v1/developer/keys").await.expect(200);
}

#[tokio::test]
async fn strangers_pages_and_token_calls_do_not_use_up_each_others_calls() {
    let desk = Desk::with(|config| config.limits = Limits { anonymous: 1, ..Limits::default() }).await;
    desk.try_key("/v1/catalog/items", "kst_unknown").await.expect(401);
    desk.try_key("/v1/catalog/items", "kst_unknown").await.expect(429);
    desk.post("/v1/auth/token", json!({})).await.expect(400);
    desk.post("/v1/auth/token", json!({})).await.expect(429);
    desk.browse("/v1/auth/authorize").await.expect(400);
    desk.browse("/v1/auth/authorize").await.expect(429);
}

#[tokio::test]
async fn every_refusal_of_the_api_is_in_the_words_of_the_contract() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let usage = app.get("/v1/developer/usage?from=a&from=b").await.expect(400);
    told(&usage);
    assert_eq!(usage.json()["violations"][0]["field"], "query", "{}", usage.text);
    let path = app.get("/v1/developer/keys/%ff").await.expect(400);
    told(&path);
    assert_eq!(path.json()["violations"][0]["field"], "path", "{}", path.text);
    let large = app.call(axum::http::Method::POST, "/v1/developer/keys", &[], &"x".repeat(70_000)).await;
    told(&large);
    assert!(!large.expect(413).json()["message"].as_str().unwrap().is_empty());
    let method = app.call(axum::http::Method::PUT, "/v1/developer/keys", &[], "").await;
    told(&method);
    assert!(!method.expect(405).json()["message"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn the_token_endpoint_tells_a_missing_field_from_an_unknown_client() {
    let desk = Desk::open().await;
    let refresh = ("grant_type", "refresh_token");
    let known = ("client_id", "keystow-desktop");
    for (fields, error) in [
        (vec![refresh, known], "invalid_request"),
        (vec![("grant_type", "authorization_code"), known, ("code", "x")], "invalid_request"),
        (vec![refresh, ("refresh_token", "x")], "invalid_request"),
        (vec![refresh, ("refresh_token", "x"), ("client_id", "nobody")], "invalid_client"),
        (vec![refresh, ("refresh_token", "x"), known], "invalid_grant"),
    ] {
        assert_eq!(desk.form("/oauth/token", &fields).await.expect(400).json()["error"], error, "{fields:?}");
    }
}
