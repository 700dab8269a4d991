//! What an app subscribes to, what of it is approved, and what its keys may do then.

use axum::http::Method;
use keystow_portal::Role;
use serde_json::{Value, json};

use crate::{
    apps::{approve, delete, id, join, make, make_key, patch, people, queue, reject, wish},
    desk::{App, Desk, issued},
};

async fn told(app: &App<'_>, of: &Value) -> Value {
    let path = format!("/v1/developer/apps/{}", id(of));
    app.get(&path).await.expect(200).json()["app"].clone()
}

async fn status(app: &App<'_>, key: &str) -> String {
    let told = app.get(&format!("/v1/developer/keys/{key}")).await.expect(200).json();
    told["apiKey"]["status"].as_str().unwrap().to_owned()
}

/// A change of an app that shall subscribe to the scopes of a product.
fn subscribed(product: &str, scopes: &[&str], why: &str) -> Value {
    json!({"products": [{"productId": product, "scopes": scopes, "justification": why}]})
}

fn states(app: &Value) -> Vec<(&str, usize)> {
    let subscriptions = app["subscriptions"].as_array().unwrap().iter();
    subscriptions
        .map(|one| (one["state"].as_str().unwrap(), one["scopes"].as_array().unwrap().len()))
        .collect()
}

#[tokio::test]
async fn less_than_was_approved_stays_approved_and_more_waits_beside_it() {
    let desk = Desk::open().await;
    let crate::apps::People { admin, ada, .. } = people(&desk).await;
    let shop = make(&ada, "shop", &["partner"]).await;
    let ask = id(&shop["subscriptions"][0]);
    approve(&admin, &ask).await.expect(200);
    let (key, secret) = issued(&make_key(&ada, &id(&shop), &["read"]).await.expect(200));
    patch(&ada, &id(&shop), &subscribed("partner", &["read", "write"], "")).await.expect(200);
    let less = told(&ada, &shop).await;
    assert_eq!((states(&less), id(&less["subscriptions"][0])), (vec![("approved", 2)], ask));
    patch(&ada, &id(&shop), &subscribed("partner", &["read"], "")).await.expect(200);
    for (decision, after) in
        [("reject", vec![("rejected", 2), ("approved", 1)]), ("approve", vec![("approved", 2)])]
    {
        patch(&ada, &id(&shop), &subscribed("partner", &["read", "write"], "editors")).await.expect(200);
        let more = told(&ada, &shop).await;
        assert_eq!(states(&more), [("pending", 2), ("approved", 1)]);
        desk.try_key("/v1/catalog/items", &secret).await.expect(200);
        let waiting = id(&queue(&admin).await[0]["subscription"]);
        if decision == "reject" {
            reject(&admin, &waiting, "not yet").await.expect(200);
        } else {
            approve(&admin, &waiting).await.expect(200);
        }
        assert_eq!(states(&told(&ada, &shop).await), after);
        assert_eq!(status(&ada, &key).await, "API_KEY_STATUS_ACTIVE", "after {decision}");
        desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    }
    patch(&ada, &id(&shop), &subscribed("partner", &["stream"], "prices")).await.expect(200);
    desk.try_key("/v1/catalog/items", &secret).await.expect(401);
}

#[tokio::test]
async fn a_key_stands_as_its_own_scopes_do_and_not_as_others_of_its_app() {
    let desk = Desk::open().await;
    let crate::apps::People { admin, ada, .. } = people(&desk).await;
    let products = json!([
        {"productId": "catalog"},
        {"productId": "partner", "scopes": ["stream"], "justification": "prices\nof the shop"},
    ]);
    let shop =
        ada.post("/v1/developer/apps", json!({"name": "shop", "products": products})).await.expect(200);
    let shop = shop.json()["app"].clone();
    assert_eq!(shop["subscriptions"][1]["justification"], "prices\nof the shop");
    let of = |scopes: &'static [&'static str]| make_key(&ada, shop["id"].as_str().unwrap(), scopes);
    let (reads, _) = issued(&of(&["read"]).await.expect(200));
    let (streams, _) = issued(&of(&["stream"]).await.expect(200));
    assert_eq!(status(&ada, &reads).await, "API_KEY_STATUS_ACTIVE");
    assert_eq!(status(&ada, &streams).await, "API_KEY_STATUS_PENDING");
    reject(&admin, &id(&shop["subscriptions"][1]), "no\ncontract").await.expect(200);
    assert_eq!(status(&ada, &reads).await, "API_KEY_STATUS_ACTIVE");
    assert_eq!(status(&ada, &streams).await, "API_KEY_STATUS_SUSPENDED");
    assert_eq!(told(&ada, &shop).await["subscriptions"][1]["reason"], "no\ncontract");
    let path = format!("/v1/developer/keys/{streams}/revoke");
    ada.post(&path, json!({"id": streams})).await.expect(200);
}

#[tokio::test]
async fn an_old_secret_of_a_key_that_is_switched_off_can_be_ended() {
    let desk = Desk::open().await;
    let crate::apps::People { ada, .. } = people(&desk).await;
    let shop = make(&ada, "shop", &["catalog"]).await;
    let (key, old) = issued(&make_key(&ada, &id(&shop), &["read"]).await.expect(200));
    let new = ada.rotate(&key, 600).await;
    patch(&ada, &id(&shop), &json!({"products": []})).await.expect(200);
    assert_eq!(told(&ada, &shop).await["status"], "pending", "its keys are not accepted");
    ada.post(&format!("/v1/developer/keys/{key}/previous/end"), json!({})).await.expect(200);
    patch(&ada, &id(&shop), &wish("shop", &["catalog"])).await.expect(200);
    desk.try_key("/v1/catalog/items", &new).await.expect(200);
    desk.try_key("/v1/catalog/items", &old).await.expect(401);
}

#[tokio::test]
async fn the_products_that_allow_a_call_limit_it_and_no_others() {
    let desk = Desk::with(|config| config.limits.quota = 2).await;
    let crate::apps::People { admin, ada, .. } = people(&desk).await;
    let products = json!([
        {"productId": "catalog"},
        {"productId": "partner", "scopes": ["stream"], "justification": "prices"},
    ]);
    let shop =
        ada.post("/v1/developer/apps", json!({"name": "shop", "products": products})).await.expect(200);
    let shop = shop.json()["app"].clone();
    approve(&admin, &id(&shop["subscriptions"][1])).await.expect(200);
    let partner = make(&ada, "partner", &["partner"]).await;
    let (waits, _) = issued(&make_key(&ada, &id(&partner), &["read"]).await.expect(200));
    let quota =
        async |key: &str| ada.get(&format!("/v1/developer/keys/{key}/quota")).await.expect(200).json();
    let nothing = quota(&waits).await;
    assert_eq!((&nothing["tier"], &nothing["rateLimit"]), (&json!("Nothing approved yet"), &json!(300)));
    approve(&admin, &id(&partner["subscriptions"][0])).await.expect(200);
    let (reads, secret) = issued(&make_key(&ada, &id(&shop), &["read", "stream"]).await.expect(200));
    let (more, larger) = issued(&make_key(&ada, &id(&partner), &["read"]).await.expect(200));
    for _ in 0..2 {
        desk.try_key("/v1/catalog/items", &secret).await.expect(200);
        desk.try_key("/v1/catalog/items", &larger).await.expect(200);
    }
    desk.try_key("/v1/catalog/items", &secret).await.expect(429);
    let granted = desk.try_key("/v1/catalog/items", &larger).await.expect(200);
    assert_eq!(granted.headers["x-ratelimit-limit"], "600");
    assert_eq!((&quota(&reads).await["limit"], &quota(&more).await["limit"]), (&json!(2), &json!(20)));
    assert_eq!(
        (&quota(&reads).await["tier"], &quota(&more).await["tier"]),
        (&json!("Standard"), &json!("Partner"))
    );
}

#[tokio::test]
async fn a_key_of_an_app_is_made_once_however_often_it_is_asked_for_in_one_name() {
    let desk = Desk::open().await;
    let crate::apps::People { ada, .. } = people(&desk).await;
    let (shop, other) = (make(&ada, "shop", &["catalog"]).await, make(&ada, "other", &["catalog"]).await);
    let name = [("idempotency-key", "a-name-that-nobody-can-guess-0001")];
    let call = async |app: &Value| {
        let body = json!({"name": "shop-prod", "scopes": ["read"], "appId": app["id"]});
        ada.call(Method::POST, "/v1/developer/keys", &name, &body.to_string()).await
    };
    let first = call(&shop).await.expect(200);
    assert_eq!(call(&shop).await.expect(200).text, first.text);
    call(&other).await.expect(422);
    assert_eq!(told(&ada, &shop).await["keyIds"].as_array().unwrap().len(), 1);
    assert!(told(&ada, &other).await["keyIds"].is_null());
}

#[tokio::test]
async fn what_is_not_sent_of_an_app_stays_and_what_waits_takes_a_new_word() {
    let desk = Desk::open().await;
    let crate::apps::People { admin, ada, .. } = people(&desk).await;
    let whole = json!({
        "name": "shop", "description": "sells\nthings", "callbackUrls": ["https://shop.example/cb"],
        "attributes": [{"name": "team", "value": "blue"}],
        "products": [{"productId": "partner", "scopes": ["read"], "justification": "why"}],
    });
    let made = ada.post("/v1/developer/apps", whole).await.expect(200).json()["app"].clone();
    for (field, value) in [("name", json!("store")), ("description", json!("")), ("attributes", json!([]))] {
        let before = told(&ada, &made).await;
        patch(&ada, &id(&made), &json!({field: value})).await.expect(200);
        let after = told(&ada, &made).await;
        for (name, stays) in before.as_object().unwrap() {
            assert!(name == field || name == "updatedAt" || &after[name] == stays, "{name} after {field}");
        }
    }
    patch(&ada, &id(&made), &subscribed("partner", &["read"], "a better word")).await.expect(200);
    let after = told(&ada, &made).await;
    assert_eq!(after["subscriptions"][0]["id"], made["subscriptions"][0]["id"]);
    assert_eq!(after["subscriptions"][0]["justification"], "a better word");
    let bare = patch(&ada, &id(&made), &subscribed("partner", &["read", "write"], "")).await.expect(400);
    assert_eq!(bare.json()["violations"][0]["field"], "products[0].justification");
    assert_eq!(told(&ada, &made).await, after, "a refused change changes nothing");
    desk.clock.advance(std::time::Duration::from_secs(1));
    let ask = id(&made["subscriptions"][0]);
    let path = format!("/v1/developer/approvals/{ask}/approve");
    admin.post(&path, json!({"reason": "x"})).await.expect(400);
    approve(&admin, &ask).await.expect(200);
    assert_ne!(told(&ada, &made).await["updatedAt"], after["updatedAt"], "a decision is a change");
}

#[tokio::test]
async fn an_account_waits_for_so_many_decisions_and_changes_so_often_and_no_more() {
    let desk = Desk::with(|config| config.limits.changes = 28).await;
    let crate::apps::People { ada, bob, .. } = people(&desk).await;
    let both = ["partner", "catalog-editing"];
    for number in 0..25 {
        make(&ada, &format!("app {number}"), &both).await;
    }
    ada.post("/v1/developer/apps", wish("one more", &both)).await.expect(409);
    let quiet = make(&ada, "quiet", &["catalog"]).await;
    patch(&ada, &id(&quiet), &wish("quiet", &both)).await.expect(409);
    patch(&ada, &id(&quiet), &json!({"description": "x"})).await.expect(429);
    make(&bob, "app", &both).await;
}

#[tokio::test]
async fn an_app_has_so_many_keys_and_no_more() {
    let desk = Desk::with(|config| config.limits.changes = 100).await;
    let crate::apps::People { ada, .. } = people(&desk).await;
    let shop = make(&ada, "shop", &["catalog"]).await;
    let mut last = String::new();
    for _ in 0..50 {
        last = issued(&make_key(&ada, &id(&shop), &["read"]).await.expect(200)).0;
    }
    make_key(&ada, &id(&shop), &["read"]).await.expect(409);
    ada.post(&format!("/v1/developer/keys/{last}/revoke"), json!({"id": last})).await.expect(200);
    make_key(&ada, &id(&shop), &["read"]).await.expect(200);
    let empty = make_key(&ada, "", &["read"]).await.expect(400).json();
    assert_eq!(empty["violations"][0]["field"], "appId");
}

#[tokio::test]
async fn who_asks_is_told_apart_from_how_they_are_reached() {
    let desk = Desk::open().await;
    let admin = join(&desk, "root@example.com").await;
    desk.register_named("mallory@example.com", "Root <root@corp.example>\u{202e}\u{200b}").await;
    let mallory = desk.sign_in().await;
    make(&mallory, "shop", &["partner"]).await;
    let waiting = queue(&admin).await;
    assert_eq!(waiting[0]["developerName"], "Root <root@corp.example>");
    assert_eq!(waiting[0]["developerEmail"], "mallory@example.com");
}

#[tokio::test]
async fn roles_hold_at_a_plain_portal_too_which_knows_no_apps() {
    let mut desk = Desk::open().await;
    {
        join(&desk, "root@example.com").await;
        desk.app().await;
    }
    for role in [Role::ReadOnly, Role::Developer] {
        desk.stop().await;
        desk.start(|config| {
            config.mode = keystow_portal::Mode::Plain;
            config.roles = vec![("ada@example.com".into(), role)];
        })
        .await;
        let ada = desk.come_back().await;
        let new = json!({"name": "x", "scopes": ["read"]});
        let expected = if role == Role::ReadOnly { 403 } else { 200 };
        ada.post("/v1/developer/keys", new).await.expect(expected);
        ada.get("/v1/developer/keys").await.expect(200);
        ada.get("/v1/developer/apps").await.expect(404);
    }
    let ada = desk.come_back().await;
    make_key(&ada, "app_1", &["read"]).await.expect(400);
}

#[tokio::test]
async fn roles_are_given_all_or_none_and_never_leave_nobody_to_decide() {
    let mut desk = Desk::open().await;
    {
        desk.app().await;
        join(&desk, "bob@example.com").await;
    }
    desk.stop().await;
    let ada = || "ada@example.com".to_owned();
    let bob = || "bob@example.com".to_owned();
    let tries = [
        (vec![(bob(), Role::ReadOnly), ("nobody@example.com".into(), Role::Admin)], "nobody@example.com"),
        (vec![(bob(), Role::ReadOnly), (ada(), Role::Developer)], "administrator"),
    ];
    for (roles, reason) in tries {
        let mut config = desk.config();
        config.roles = roles;
        let refused = keystow_portal::start(config, desk.clock.clone()).await.err().unwrap();
        assert!(refused.to_string().contains(reason), "{refused}");
    }
    desk.start(|_| {}).await;
    let ask = {
        let app = desk.come_back().await;
        id(&make(&app, "shop", &["partner"]).await["subscriptions"][0])
    };
    approve(&desk.come_back().await, &ask).await.expect(200);
    desk.stop().await;
    desk.start(|config| config.roles = vec![(ada(), Role::Developer), (bob(), Role::Admin)]).await;
    approve(&desk.come_back().await, &ask).await.expect(403);
}

#[tokio::test]
async fn usage_of_a_deleted_app_stays_with_its_owner_alone() {
    let desk = Desk::open().await;
    let crate::apps::People { ada, bob, .. } = people(&desk).await;
    let shop = make(&ada, "shop", &["catalog"]).await;
    let (_, secret) = issued(&make_key(&ada, &id(&shop), &["read"]).await.expect(200));
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    let path = |app: &str| {
        format!("/v1/developer/usage?from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z&appId={app}")
    };
    let used = ada.get(&path(&id(&shop))).await.expect(200).text;
    delete(&ada, &id(&shop)).await.expect(200);
    assert_eq!(ada.get(&path(&id(&shop))).await.expect(200).text, used);
    let (foreign, unknown) = (bob.get(&path(&id(&shop))).await, bob.get(&path("app_unknown")).await);
    assert_eq!((foreign.expect(404).text), (unknown.expect(404).text));
    let empty = make(&ada, "empty", &["catalog"]).await;
    ada.get(&path(&id(&empty))).await.expect(200);
}
