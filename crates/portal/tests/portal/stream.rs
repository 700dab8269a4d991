//! The gateway with access tokens: what they open, what they are counted against, and when they stop.

use std::time::Duration;

use axum::http::Method;
use keystow_portal::Limits;
use serde_json::{Value, json};

use crate::{
    apps::{self, People, id, people},
    clients::{SHOP, code, confidential, exchange, token},
    desk::{Answer, App, Desk},
};

const CATALOG: &str = "/v1/catalog/items";
const STREAM: &str = "/v1/stream/items/item_001";

/// Calls the gateway with an access token.
pub(crate) async fn call(desk: &Desk, path: &str, access: &str) -> Answer {
    let bearer = format!("Bearer {access}");
    desk.send(Method::GET, path, &[("authorization", bearer.as_str())], String::new()).await
}

/// A token that a client got for itself.
pub(crate) async fn own(desk: &Desk, client: &(String, String), scope: &str) -> String {
    let fields = [("grant_type", "client_credentials"), ("scope", scope)];
    let tokens = token(desk, Some((&client.0, &client.1)), &fields).await.expect(200).json();
    tokens["access_token"].as_str().unwrap().to_owned()
}

/// A token of whoever is signed in with the browser.
async fn of_person(desk: &Desk, client: &(String, String), scope: &str) -> String {
    let code = code(desk, &client.0, SHOP, scope).await;
    let tokens = token(desk, Some((&client.0, &client.1)), &exchange(&code, SHOP)).await.expect(200).json();
    tokens["access_token"].as_str().unwrap().to_owned()
}

/// Ada's app with the product that reads and streams, approved, and a client of it.
pub(crate) async fn shop(admin: &App<'_>, ada: &App<'_>) -> (Value, (String, String)) {
    let shop = apps::make(ada, "shop", &["partner"]).await;
    apps::approve(admin, &id(&shop["subscriptions"][0])).await.expect(200);
    let client = confidential(ada, Some(&id(&shop))).await;
    (shop, client)
}

async fn counted(app: &App<'_>, query: &str) -> [u64; 4] {
    let day = "from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z";
    let said = app.get(&format!("/v1/developer/usage?{day}&{query}")).await.expect(200).json();
    let bucket = said["series"][0]["buckets"][0].clone();
    ["requests", "clientErrors", "throttled", "billable"]
        .map(|name| bucket[name].as_u64().unwrap_or_default())
}

#[tokio::test]
async fn a_token_opens_what_it_has_the_scope_for_and_a_key_never_streams() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let (_, client) = shop(&admin, &ada).await;
    let (read, stream) = (own(&desk, &client, "read").await, own(&desk, &client, "stream").await);
    call(&desk, CATALOG, &read).await.expect(200);
    call(&desk, STREAM, &stream).await.expect(200);
    for (path, access) in [(CATALOG, &stream), (STREAM, &read)] {
        let refused = call(&desk, path, access).await.expect(403);
        assert!(refused.text.contains("has not the scope"), "{}", refused.text);
    }
    let (_, secret) = ada.create("billing").await;
    let refused = desk.try_key(STREAM, &secret).await.expect(403);
    assert!(
        refused.text.contains("a key cannot stream") && refused.text.contains("Bearer"),
        "{}",
        refused.text
    );
    desk.send(Method::GET, STREAM, &[], String::new()).await.expect(401);
    call(&desk, STREAM, "kat_made_up").await.expect(401);
    desk.try_key(CATALOG, &client.1).await.expect(401);
    let bearer = format!("Bearer {stream}");
    let both = [("authorization", bearer.as_str()), ("x-api-key", secret.as_str())];
    desk.send(Method::GET, STREAM, &both, String::new()).await.expect(400);
    call(&desk, "/v1/stream/items/nothing", &stream).await.expect(404);
    let own_app = call(&desk, CATALOG, &ada.access).await.expect(403);
    assert!(own_app.text.contains("register an OAuth client"), "{}", own_app.text);
}

#[tokio::test]
async fn the_first_acquisition_counts_and_a_repeat_within_its_life_does_not() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let (shop, client) = shop(&admin, &ada).await;
    let access = own(&desk, &client, "stream").await;
    let first = call(&desk, STREAM, &access).await.expect(200).json();
    assert_eq!(
        (&first["expiresAt"], &first["item"]["id"]),
        (&json!("2027-01-15T09:00:00Z"), &json!("item_001"))
    );
    desk.clock.advance(Duration::from_secs(60));
    let again = call(&desk, STREAM, &access).await.expect(200).json();
    assert_eq!((&again["repeated"], &again["expiresAt"]), (&json!(true), &first["expiresAt"]));
    let person = of_person(&desk, &client, "stream").await;
    assert!(
        call(&desk, STREAM, &person).await.expect(200).json().get("repeated").is_none(),
        "somebody else's"
    );
    call(&desk, "/v1/stream/items/item_002", &access).await.expect(200);
    for query in [format!("keyId={}", client.0), format!("appId={}", id(&shop)), "groupBy=none".into()] {
        assert_eq!(counted(&ada, &query).await, [4, 0, 0, 3], "{query}");
    }
    desk.clock.advance(Duration::from_secs(3540));
    let access = own(&desk, &client, "stream").await;
    assert!(call(&desk, STREAM, &access).await.expect(200).json().get("repeated").is_none());
    let ada = desk.come_back().await;
    assert_eq!(counted(&ada, &format!("keyId={}", client.0)).await, [5, 0, 0, 4]);
}

#[tokio::test]
async fn a_repeat_is_free_even_where_the_quota_is_used_up() {
    let desk = Desk::with(|config| config.limits = Limits { quota: 2, ..Limits::default() }).await;
    let ada = desk.app().await;
    let client = confidential(&ada, None).await;
    let access = of_person(&desk, &client, "stream").await;
    for item in ["item_001", "item_002"] {
        call(&desk, &format!("/v1/stream/items/{item}"), &access).await.expect(200);
    }
    let refused = call(&desk, "/v1/stream/items/item_003", &access).await.expect(429);
    assert_eq!(refused.json()["code"], "ERROR_CODE_QUOTA_EXCEEDED");
    assert_eq!(refused.headers["x-ratelimit-limit"], "2");
    call(&desk, STREAM, &access).await.expect(200);
    call(&desk, "/v1/stream/items/nothing", &access).await.expect(404);
    assert_eq!(counted(&ada, &format!("keyId={}", client.0)).await, [5, 1, 1, 2]);
}

#[tokio::test]
async fn a_token_stops_at_the_next_call_whatever_it_was_that_ended() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let (shop, client) = shop(&admin, &ada).await;
    let path = format!("/v1/developer/clients/{}", client.0);
    // The secret that it was got with.
    let by_old = own(&desk, &client, "read").await;
    ada.post(&format!("{path}/rotate"), json!({"graceSeconds": 600})).await.expect(200);
    call(&desk, CATALOG, &by_old).await.expect(200);
    ada.post(&format!("{path}/previous/end"), json!({})).await.expect(200);
    call(&desk, CATALOG, &by_old).await.expect(401);
    // Its own time, and the word of the client.
    let client = confidential(&ada, Some(&id(&shop))).await;
    let (late, ended) = (own(&desk, &client, "read").await, own(&desk, &client, "read").await);
    let fields = [("token", ended.as_str()), ("client_id", client.0.as_str())];
    desk.form("/oauth/revoke", &fields).await.expect(400);
    call(&desk, CATALOG, &ended).await.expect(200);
    desk.form("/oauth/revoke", &[&fields[..], &[("client_secret", client.1.as_str())]].concat())
        .await
        .expect(200);
    call(&desk, CATALOG, &ended).await.expect(401);
    desk.clock.advance(Duration::from_secs(600));
    call(&desk, CATALOG, &late).await.expect(401);
    // What is approved for the app.
    let access = own(&desk, &client, "read stream").await;
    let person = of_person(&desk, &client, "stream").await;
    let products = json!({"products": [{"productId": "catalog"}]});
    apps::patch(&ada, &id(&shop), &products).await.expect(200);
    call(&desk, CATALOG, &access).await.expect(200);
    call(&desk, STREAM, &access).await.expect(403);
    call(&desk, STREAM, &person).await.expect(403);
    apps::patch(&ada, &id(&shop), &json!({"products": []})).await.expect(200);
    call(&desk, CATALOG, &access).await.expect(401);
    // The client, and the app with it.
    apps::patch(&ada, &id(&shop), &products).await.expect(200);
    call(&desk, CATALOG, &access).await.expect(200);
    apps::delete(&ada, &id(&shop)).await.expect(200);
    for access in [&access, &person] {
        call(&desk, CATALOG, access).await.expect(401);
    }
}

#[tokio::test]
async fn calls_are_counted_against_the_secret_that_their_token_was_got_with() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let (_, client) = shop(&admin, &ada).await;
    let by_old = own(&desk, &client, "read").await;
    let path = format!("/v1/developer/clients/{}/rotate", client.0);
    let new = ada.post(&path, json!({"graceSeconds": 600})).await.expect(200).json();
    let new = (client.0.clone(), new["clientSecret"].as_str().unwrap().to_owned());
    let by_new = own(&desk, &new, "read").await;
    for access in [&by_old, &by_old, &by_new] {
        call(&desk, CATALOG, access).await.expect(200);
    }
    let day = "from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z&groupBy=secret";
    let said = ada.get(&format!("/v1/developer/usage?{day}&keyId={}", client.0)).await.expect(200).json();
    let series = |place: usize| {
        (said["series"][place]["group"].clone(), said["series"][place]["buckets"][0]["requests"].clone())
    };
    assert_eq!(series(0), (json!(client.1[..8]), json!(2)), "one sees that the old secret is in use");
    assert_eq!(series(1), (json!(new.1[..8]), json!(1)));
}
