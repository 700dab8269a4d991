//! Calls that are repeated because nobody knows how the first one ended.

use std::time::Duration;

use axum::http::Method;
use keystow_portal::Mode;
use serde_json::json;

use crate::desk::{Answer, App, Desk, issued};

const NAME: &str = "01927f3e-6d2c-7b1a-9f7e-3c5a1b2d4e6f.k3Jx9QpL2mVb8RtY";

async fn create(app: &App<'_>, call: &str, name: &str) -> Answer {
    let body = json!({"name": name, "scopes": ["read"]}).to_string();
    app.call(Method::POST, "/v1/developer/keys", &[("idempotency-key", call)], &body).await
}

async fn count(app: &App<'_>) -> usize {
    app.get("/v1/developer/keys").await.json()["apiKeys"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn the_same_create_makes_one_key_and_says_the_same_twice() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let first = create(&app, NAME, "billing").await.expect(200);
    let second = create(&app, NAME, "billing").await.expect(200);
    assert_eq!(first.text, second.text);
    assert!(
        second.headers.contains_key("idempotent-replayed")
            && !first.headers.contains_key("idempotent-replayed")
    );
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn the_same_rotate_replaces_the_secret_once() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (id, _) = app.create("billing").await;
    let rotate = || async {
        let body = json!({"id": id}).to_string();
        app.call(
            Method::POST,
            &format!("/v1/developer/keys/{id}/rotate"),
            &[("idempotency-key", NAME)],
            &body,
        )
        .await
    };
    let first = rotate().await.expect(200);
    desk.clock.advance(Duration::from_secs(3600));
    let app = desk.sign_in().await;
    let body = json!({"id": id}).to_string();
    let path = format!("/v1/developer/keys/{id}/rotate");
    let second = app.call(Method::POST, &path, &[("idempotency-key", NAME)], &body).await.expect(200);
    assert_eq!(first.text, second.text);
    assert_eq!(app.get(&format!("/v1/developer/keys/{id}")).await.json()["apiKey"]["version"], 2);
}

#[tokio::test]
async fn a_name_stands_for_one_request_of_one_account() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    create(&ada, NAME, "billing").await.expect(200);
    create(&ada, NAME, "another").await.expect(422);
    assert_eq!(count(&ada).await, 1);
    desk.register_as("bob@example.com").await;
    let bob = desk.sign_in().await;
    create(&bob, NAME, "billing").await.expect(200);
    assert_eq!(count(&bob).await, 1, "the name of another account's call means nothing here");
}

#[tokio::test]
async fn a_name_that_can_be_guessed_is_refused() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let refused = create(&app, "short", "billing").await.expect(400).json();
    assert_eq!(refused["violations"][0]["field"], "Idempotency-Key");
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn after_a_day_the_answer_is_gone_but_the_call_is_not_made_again() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    create(&app, NAME, "billing").await.expect(200);
    desk.clock.advance(Duration::from_secs(24 * 3600 - 1));
    create(&desk.come_back().await, NAME, "billing").await.expect(200);
    desk.clock.advance(Duration::from_secs(1));
    create(&desk.come_back().await, NAME, "billing").await.expect(422);
    assert_eq!(count(&desk.come_back().await).await, 1);
}

#[tokio::test]
async fn a_refused_call_leaves_its_name_free() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    create(&app, NAME, "").await.expect(400);
    create(&app, NAME, "billing").await.expect(200);
}

#[tokio::test]
async fn the_same_call_made_many_times_at_once_makes_one_key() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (a, b, c, d) = tokio::join!(
        create(&app, NAME, "billing"),
        create(&app, NAME, "billing"),
        create(&app, NAME, "billing"),
        create(&app, NAME, "billing"),
    );
    let answers = [a, b, c, d];
    assert!(answers.iter().all(|answer| [200, 409].contains(&answer.status.as_u16())), "{answers:?}");
    assert!(answers.iter().any(|answer| answer.status == 200));
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn a_plain_portal_does_not_know_the_header() {
    let desk = Desk::with(|config| config.mode = Mode::Plain).await;
    let app = desk.app().await;
    create(&app, NAME, "billing").await.expect(200);
    create(&app, NAME, "billing").await.expect(200);
    assert_eq!(count(&app).await, 2);
}

#[cfg(feature = "faults")]
#[tokio::test]
async fn an_answer_that_got_lost_is_said_again() {
    let faults = keystow_portal::Faults::default();
    let desk = Desk::with(|config| config.faults = faults.clone()).await;
    let app = desk.app().await;
    faults.lose_answers(1);
    let body = json!({"name": "billing", "scopes": ["read"]}).to_string();
    let lost = app.try_call(Method::POST, "/v1/developer/keys", &[("idempotency-key", NAME)], &body).await;
    assert!(lost.is_none(), "the answer was to get lost");
    assert_eq!(count(&app).await, 1, "the key was made all the same");
    let (_, secret) = issued(&create(&app, NAME, "billing").await.expect(200));
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn nothing_that_is_kept_holds_a_secret_a_token_or_the_name_of_a_call() {
    let mut desk = Desk::open().await;
    let app = desk.app().await;
    let (_, secret) = issued(&create(&app, NAME, "billing").await.expect(200));
    let private = [
        secret,
        app.access.clone(),
        app.refresh.clone(),
        NAME.to_owned(),
        "correct horse battery".to_owned(),
    ];
    let control = "billing";
    // While it runs, so that the write-ahead log is searched too, and again after it stopped.
    for stopped in [false, true] {
        if stopped {
            desk.stop().await;
        }
        let content = desk.store().content(&desk).await;
        let holds = |text: &str| content.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds(control), "the search finds what is there");
        for text in &private {
            assert!(!holds(text), "found {}…", &text[..8]);
        }
    }
}

#[tokio::test]
async fn the_same_rotation_made_many_times_at_once_rotates_once_and_fails_nobody() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (id, _) = app.create("billing").await;
    let (path, body) = (format!("/v1/developer/keys/{id}/rotate"), json!({"id": id}).to_string());
    let name = [("idempotency-key", NAME)];
    let rotate = || app.call(Method::POST, &path, &name, &body);
    let (a, b, c, d, e, f) = tokio::join!(rotate(), rotate(), rotate(), rotate(), rotate(), rotate());
    for answer in [a, b, c, d, e, f] {
        assert!([200, 409].contains(&answer.status.as_u16()), "{answer:?}");
    }
    assert_eq!(app.get(&format!("/v1/developer/keys/{id}")).await.json()["apiKey"]["version"], 2);
}

#[tokio::test]
async fn a_name_that_cannot_be_read_or_comes_twice_is_refused_rather_than_ignored() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let body = json!({"name": "billing", "scopes": ["read"]}).to_string();
    let unreadable = format!("{NAME}é");
    for names in [vec![("idempotency-key", NAME); 2], vec![("idempotency-key", unreadable.as_str())]] {
        let refused = app.call(Method::POST, "/v1/developer/keys", &names, &body).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], "Idempotency-Key");
    }
    assert_eq!(count(&app).await, 0);
}
