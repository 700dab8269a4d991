//! The six calls of DeveloperService, and what an extended portal adds to them.

use std::time::Duration;

use axum::http::Method;
use insta::assert_json_snapshot;
use keystow_portal::Mode;
use serde_json::{Value, json};

use crate::desk::{App, Desk, issued, snapshots};

/// Ids and secrets differ from run to run; everything else is the contract.
fn contract(name: &str, said: &Value) {
    let mut settings = snapshots();
    settings.add_redaction(".**.id", "[id]");
    settings.add_redaction(".**.keyPrefix", "[prefix]");
    settings.add_redaction(".**.keySuffix", "[suffix]");
    settings.add_redaction(".secret", "[secret]");
    settings.add_redaction(".nextPageToken", "[token]");
    settings.bind(|| assert_json_snapshot!(format!("portal__keys__{name}"), said));
}

async fn get(app: &App<'_>, id: &str) -> Value {
    app.get(&format!("/v1/developer/keys/{id}")).await.expect(200).json()["apiKey"].clone()
}

#[tokio::test]
async fn the_life_of_a_key_as_an_extended_portal_tells_it() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    assert_eq!(app.get("/v1/developer/keys").await.expect(200).text, "{}", "an empty list is left out");
    let wish = json!({"name": " billing ", "scopes": ["read", "write"], "environment": "prod", "expiresAt": "2027-06-01T00:00:00+02:00"});
    let created = app.post("/v1/developer/keys", wish).await.expect(200);
    contract("create", &created.json());
    let id = issued(&created).0;
    desk.clock.advance(Duration::from_secs(60));
    let path = format!("/v1/developer/keys/{id}");
    contract("rotate", &app.post(&format!("{path}/rotate"), json!({"id": id})).await.expect(200).json());
    let body = json!({"apiKey": {"name": "billing-2"}, "updateMask": "name"});
    contract("update", &app.call(Method::PATCH, &path, &[], &body.to_string()).await.expect(200).json());
    contract("list", &app.get("/v1/developer/keys").await.expect(200).json());
    contract("end_grace", &app.post(&format!("{path}/previous/end"), json!({})).await.expect(200).json());
    contract("revoke", &app.post(&format!("{path}/revoke"), json!({"id": id})).await.expect(200).json());
}

#[tokio::test]
async fn the_life_of_a_key_as_a_plain_portal_tells_it() {
    let desk = Desk::with(|config| config.mode = Mode::Plain).await;
    let app = desk.app().await;
    let created =
        app.post("/v1/developer/keys", json!({"name": "billing", "scopes": ["read"]})).await.expect(200);
    contract("plain_create", &created.json());
    let id = issued(&created).0;
    let path = format!("/v1/developer/keys/{id}");
    contract(
        "plain_rotate",
        &app.post(&format!("{path}/rotate"), json!({"id": id})).await.expect(200).json(),
    );
    contract(
        "plain_revoke",
        &app.post(&format!("{path}/revoke"), json!({"id": id})).await.expect(200).json(),
    );
    for missing in ["/v1/developer/capabilities", "/v1/developer/me", "/v1/developer/usage"] {
        app.get(missing).await.expect(404);
    }
    for body in [
        json!({"name": "x", "scopes": ["read"], "environment": "prod"}),
        json!({"name": "x", "scopes": ["read"], "expiresAt": "2030-01-01T00:00:00Z"}),
    ] {
        assert_eq!(
            app.post("/v1/developer/keys", body).await.expect(400).json()["violations"][0]["field"],
            "body"
        );
    }
}

#[tokio::test]
async fn capabilities_are_told() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let said = app.get("/v1/developer/capabilities").await.expect(200).json();
    snapshots().bind(|| {
        let name = "portal__keys__capabilities_are_told";
        assert_json_snapshot!(name, said, {
            ".gateway.url" => "[issuer]/v1/catalog/items",
            ".gateway.stream" => "[issuer]/v1/stream/items/item_001",
        });
    });
    let me = app.get("/v1/developer/me").await.expect(200).json();
    assert_eq!(
        (&me["name"], &me["email"], &me["role"]),
        (&json!("Ada"), &json!("ada@example.com"), &json!("admin"))
    );
}

#[tokio::test]
async fn every_bad_wish_is_refused_with_the_field_it_is_about() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let long = "x".repeat(101);
    let wishes = [
        (json!({"name": "", "scopes": ["read"]}), "name"),
        (json!({"name": long, "scopes": ["read"]}), "name"),
        (json!({"name": "x", "scopes": []}), "scopes"),
        (json!({"name": "x", "scopes": ["two words"]}), "scopes"),
        (json!({"name": "x", "scopes": ["read"], "environment": "moon"}), "environment"),
        (json!({"name": "x", "scopes": ["read"], "expiresAt": "2020-01-01T00:00:00Z"}), "expiresAt"),
        (json!({"name": "x", "scopes": ["read"], "expiresAt": "soon"}), "expiresAt"),
        (json!({"name": "x", "scopes": ["read"], "force": true}), "body"),
        (json!({"name": 5, "scopes": ["read"]}), "body"),
        (json!([]), "body"),
    ];
    for (wish, field) in wishes {
        let refused = app.post("/v1/developer/keys", wish.clone()).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], field, "{wish}");
    }
    let both = app.post("/v1/developer/keys", json!({})).await.expect(400).json();
    assert_eq!(both["violations"].as_array().unwrap().len(), 2, "name and scopes are told together");
    assert_eq!(app.get("/v1/developer/keys").await.text, "{}", "a refused wish makes no key");
}

#[tokio::test]
async fn a_wrong_credential_is_told_apart_from_a_missing_one() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let call = |headers: Vec<(&'static str, String)>| {
        let desk = &desk;
        async move {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            desk.send(Method::GET, "/v1/developer/keys", &headers, String::new()).await
        }
    };
    let missing = call(vec![]).await.expect(400).json();
    assert_eq!(missing["violations"][0]["field"], "Authorization");
    call(vec![("authorization", "Bearer kat_made-up".into())]).await.expect(401);
    call(vec![("authorization", "Basic YTpi".into())]).await.expect(401);
    let bearer = format!("Bearer {}", app.access);
    call(vec![("authorization", bearer), ("x-api-key", "kst_x".into())]).await.expect(400);
}

#[tokio::test]
async fn somebody_elses_key_looks_like_no_key() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let (id, _) = ada.create("billing").await;
    desk.register_as("bob@example.com").await;
    let bob = desk.sign_in().await;
    let path = format!("/v1/developer/keys/{id}");
    let foreign = bob.get(&path).await.expect(404).text;
    assert_eq!(foreign, bob.get("/v1/developer/keys/key_unknown").await.expect(404).text);
    bob.post(&format!("{path}/rotate"), json!({"id": id})).await.expect(404);
    bob.post(&format!("{path}/revoke"), json!({"id": id})).await.expect(404);
    bob.call(Method::PATCH, &path, &[], r#"{"name":"mine"}"#).await.expect(404);
    bob.get(&format!("{path}/quota")).await.expect(404);
    bob.get(&format!("/v1/developer/usage?from=2027-01-01T00:00:00Z&to=2027-01-02T00:00:00Z&keyId={id}"))
        .await
        .expect(404);
    assert_eq!(bob.get("/v1/developer/keys").await.text, "{}");
    assert_eq!(get(&ada, &id).await["name"], "billing");
}

#[tokio::test]
async fn pages_hold_every_key_once_newest_first() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    for number in 0..5 {
        app.create(&format!("key-{number}")).await;
    }
    let (mut names, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page =
            app.get(&format!("/v1/developer/keys?page_size=2&page_token={token}")).await.expect(200).json();
        names.extend(
            page["apiKeys"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(names, ["key-4", "key-3", "key-2", "key-1", "key-0"]);
    assert_eq!(pages, 3);
    for wrong in ["page_size=0", "page_size=101", "page_size=x"] {
        let refused = app.get(&format!("/v1/developer/keys?{wrong}")).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], "page_size");
    }
    desk.register_as("bob@example.com").await;
    let bob = desk.sign_in().await;
    bob.get(&format!("/v1/developer/keys?page_token={token}")).await.expect(400);
}

#[tokio::test]
async fn every_old_secret_ends_at_its_own_deadline() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (id, first) = app.create("billing").await;
    let second = app.rotate(&id, 600).await;
    let third = app.rotate(&id, 60).await;
    let accepted = |secret: &str| {
        let secret = secret.to_owned();
        let desk = &desk;
        async move { desk.try_key("/v1/catalog/items/item_001", &secret).await.status.as_u16() == 200 }
    };
    assert_eq!(get(&app, &id).await["previousSecrets"].as_array().unwrap().len(), 2);
    desk.clock.advance(Duration::from_millis(59_999));
    assert!(accepted(&first).await && accepted(&second).await && accepted(&third).await);
    desk.clock.advance(Duration::from_millis(1));
    assert!(!accepted(&second).await, "the second secret had a minute");
    assert!(accepted(&first).await, "the first secret has ten minutes still");
    assert_eq!(get(&app, &id).await["previousSecrets"].as_array().unwrap().len(), 1);
    desk.clock.advance(Duration::from_secs(540));
    assert!(!accepted(&first).await);
    assert!(accepted(&third).await);
    assert_eq!(get(&app, &id).await.get("previousSecrets"), None);
}

#[tokio::test]
async fn grace_is_chosen_within_the_policy_and_not_by_a_plain_portals_caller() {
    let desk = Desk::with(|config| config.grace = Duration::from_secs(90)).await;
    let app = desk.app().await;
    let (id, _) = app.create("billing").await;
    let path = format!("/v1/developer/keys/{id}/rotate");
    for wrong in [0, 7 * 24 * 3600 + 1] {
        let refused = app.post(&path, json!({"id": id, "graceSeconds": wrong})).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], "graceSeconds");
    }
    let said = app.post(&path, json!({"id": id})).await.expect(200).json();
    assert_eq!(
        said["apiKey"]["previousSecrets"][0]["expiresAt"], "2027-01-15T08:01:30Z",
        "90 s without a wish"
    );
    let body = json!({"graceSeconds": 5});
    assert_eq!(app.post(&path, body).await.expect(400).json()["violations"][0]["field"], "id");
    app.post(&path, json!({"id": "key_other"})).await.expect(400);
}

#[tokio::test]
async fn ending_grace_early_refuses_the_old_secret_at_once_and_works_once() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (id, old) = app.create("billing").await;
    let new = app.rotate(&id, 600).await;
    let path = format!("/v1/developer/keys/{id}/previous/end");
    app.post(&path, json!({"id": id})).await.expect(200);
    desk.try_key("/v1/catalog/items", &old).await.expect(401);
    desk.try_key("/v1/catalog/items", &new).await.expect(200);
    app.post(&path, json!({})).await.expect(409);
}

#[tokio::test]
async fn a_key_stops_by_itself_at_its_expiry_and_cannot_be_rotated_then() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let wish = json!({"name": "short", "scopes": ["read"], "expiresAt": "2027-01-15T08:10:00Z"});
    let (id, secret) = issued(&app.post("/v1/developer/keys", wish).await.expect(200));
    desk.clock.advance(Duration::from_secs(599));
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    desk.clock.advance(Duration::from_secs(1));
    desk.try_key("/v1/catalog/items", &secret).await.expect(401);
    assert_eq!(get(&app, &id).await["status"], "API_KEY_STATUS_EXPIRED");
    app.post(&format!("/v1/developer/keys/{id}/rotate"), json!({"id": id})).await.expect(409);
}

#[tokio::test]
async fn a_revoked_key_is_refused_with_all_its_secrets_and_cannot_be_revoked_again() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (id, old) = app.create("leaked").await;
    let new = app.rotate(&id, 600).await;
    let path = format!("/v1/developer/keys/{id}/revoke");
    app.post(&path, json!({})).await.expect(400);
    app.post(&path, json!({"id": id})).await.expect(200);
    for secret in [&old, &new] {
        desk.try_key("/v1/catalog/items", secret).await.expect(401);
    }
    app.post(&path, json!({"id": id})).await.expect(409);
    assert_eq!(
        app.get("/v1/developer/keys").await.json()["apiKeys"][0]["status"],
        "API_KEY_STATUS_REVOKED",
        "it stays listed"
    );
}

#[tokio::test]
async fn a_name_can_be_changed_in_every_shape_the_contract_may_mean() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (id, _) = app.create("billing").await;
    let path = format!("/v1/developer/keys/{id}");
    let shapes = [
        json!({"apiKey": {"name": "a"}, "updateMask": "name"}),
        json!({"id": id, "name": "b", "updateMask": "name"}),
        json!({"name": "c"}),
    ];
    for (shape, name) in shapes.iter().zip(["a", "b", "c"]) {
        let renamed = app.call(Method::PATCH, &path, &[], &shape.to_string()).await.expect(200).json();
        assert_eq!(renamed["apiKey"]["name"], name);
    }
    let refusals = [
        (json!({"name": "d", "updateMask": {"paths": ["name"]}}), "body"),
        (json!({"name": "d", "updateMask": "scopes"}), "updateMask"),
        (json!({"updateMask": "name"}), "name"),
    ];
    for (shape, field) in refusals {
        let refused = app.call(Method::PATCH, &path, &[], &shape.to_string()).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], field, "{shape}");
    }
}

#[tokio::test]
async fn a_key_has_ten_old_secrets_at_most_and_says_how_to_go_on() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (id, _) = app.create("billing").await;
    for _ in 0..10 {
        app.rotate(&id, 600).await;
    }
    let path = format!("/v1/developer/keys/{id}");
    let refused = app.post(&format!("{path}/rotate"), json!({"id": id})).await.expect(409).json();
    assert!(refused["message"].as_str().unwrap().contains("10 old secrets"), "{refused}");
    app.post(&format!("{path}/previous/end"), json!({})).await.expect(200);
    app.rotate(&id, 600).await;
}

#[tokio::test]
async fn a_scope_that_is_asked_for_twice_is_given_once() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let wish = json!({"name": "billing", "scopes": ["read", "write", "read"]});
    let made = app.post("/v1/developer/keys", wish).await.expect(200).json();
    assert_eq!(made["apiKey"]["scopes"], json!(["read", "write"]));
}
