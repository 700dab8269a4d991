//! Developer apps, what they subscribe to, and who decides about it.

use axum::http::{Method, StatusCode};
use keystow_portal::Role;
use serde_json::{Value, json};

use crate::desk::{Answer, App, Desk, issued};

/// An administrator and two developers, each with an app that is signed in.
pub(crate) struct People<'d> {
    pub(crate) admin: App<'d>,
    pub(crate) ada: App<'d>,
    pub(crate) bob: App<'d>,
}

/// Registers somebody.
pub(crate) async fn join<'d>(desk: &'d Desk, email: &str) -> App<'d> {
    desk.register_as(email).await;
    desk.sign_in().await
}

pub(crate) async fn people(desk: &Desk) -> People<'_> {
    let admin = join(desk, "root@example.com").await;
    People { admin, ada: join(desk, "ada@example.com").await, bob: join(desk, "bob@example.com").await }
}

/// An app as it is asked for, subscribed to products that are named.
pub(crate) fn wish(name: &str, products: &[&str]) -> Value {
    let products: Vec<_> = products
        .iter()
        .map(|id| json!({"productId": id, "justification": "the shop shows the catalog"}))
        .collect();
    json!({"name": name, "products": products})
}

pub(crate) async fn make(app: &App<'_>, name: &str, products: &[&str]) -> Value {
    app.post("/v1/developer/apps", wish(name, products)).await.expect(200).json()["app"].clone()
}

pub(crate) fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn patch(app: &App<'_>, id: &str, body: &Value) -> Answer {
    app.call(Method::PATCH, &format!("/v1/developer/apps/{id}"), &[], &body.to_string()).await
}

pub(crate) async fn delete(app: &App<'_>, id: &str) -> Answer {
    app.call(Method::DELETE, &format!("/v1/developer/apps/{id}"), &[], "").await
}

pub(crate) async fn make_key(app: &App<'_>, of: &str, scopes: &[&str]) -> Answer {
    app.post("/v1/developer/keys", json!({"name": "shop-prod", "scopes": scopes, "appId": of})).await
}

pub(crate) async fn approve(app: &App<'_>, id: &str) -> Answer {
    app.post(&format!("/v1/developer/approvals/{id}/approve"), json!({})).await
}

pub(crate) async fn reject(app: &App<'_>, id: &str, reason: &str) -> Answer {
    app.post(&format!("/v1/developer/approvals/{id}/reject"), json!({"reason": reason})).await
}

pub(crate) async fn queue(admin: &App<'_>) -> Vec<Value> {
    let said = admin.get("/v1/developer/approvals").await.expect(200).json();
    said["approvals"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_key_of_an_app_waits_for_the_approval_and_works_from_then_on() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let shop = make(&ada, "shop", &["partner"]).await;
    assert_eq!((&shop["status"], &shop["subscriptions"][0]["state"]), (&json!("pending"), &json!("pending")));
    let made = make_key(&ada, &id(&shop), &["read"]).await.expect(200);
    assert_eq!(made.json()["apiKey"]["status"], "API_KEY_STATUS_PENDING");
    assert_eq!(made.json()["apiKey"]["appId"], shop["id"]);
    let (key, secret) = issued(&made);
    desk.try_key("/v1/catalog/items", &secret).await.expect(401);
    let waiting = queue(&admin).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["developer"], "Ada <ada@example.com>");
    assert_eq!(waiting[0]["subscription"]["justification"], "the shop shows the catalog");
    approve(&admin, &id(&waiting[0]["subscription"])).await.expect(200);
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    let told = ada.get(&format!("/v1/developer/keys/{key}")).await.expect(200).json();
    assert_eq!(told["apiKey"]["status"], "API_KEY_STATUS_ACTIVE");
    let path = format!("/v1/developer/apps/{}", id(&shop));
    let told = ada.get(&path).await.expect(200).json()["app"].clone();
    assert_eq!((&told["status"], &told["keyIds"]), (&json!("active"), &json!([key])));
    assert!(queue(&admin).await.is_empty());
}

#[tokio::test]
async fn a_key_is_accepted_only_for_what_was_approved() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let products = json!([
        {"productId": "partner", "scopes": ["stream"], "justification": "live prices"},
        {"productId": "catalog-editing", "scopes": ["read", "write"], "justification": "editors"},
    ]);
    let shop = json!({"name": "shop", "products": products});
    let shop = ada.post("/v1/developer/apps", shop).await.expect(200).json()["app"].clone();
    let (_, secret) = issued(&make_key(&ada, &id(&shop), &["read", "stream"]).await.expect(200));
    approve(&admin, &id(&shop["subscriptions"][0])).await.expect(200);
    let refused = desk.try_key("/v1/catalog/items", &secret).await.expect(403).json();
    assert_eq!(refused["code"], "ERROR_CODE_PERMISSION_DENIED", "stream is approved, read is not");
    approve(&admin, &id(&shop["subscriptions"][1])).await.expect(200);
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    let unread = issued(&make_key(&ada, &id(&shop), &["stream"]).await.expect(200)).1;
    desk.try_key("/v1/catalog/items", &unread).await.expect(403);
}

#[tokio::test]
async fn what_an_app_did_not_ask_for_no_key_of_it_can_be_given() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let shop = make(&ada, "shop", &["catalog"]).await;
    let refused = make_key(&ada, &id(&shop), &["write"]).await.expect(400).json();
    assert_eq!(refused["violations"][0]["field"], "scopes");
    let partner = make(&ada, "partner", &["partner"]).await;
    reject(&admin, &id(&partner["subscriptions"][0]), "no contract").await.expect(200);
    make_key(&ada, &id(&partner), &["read"]).await.expect(400);
    let told = ada.get(&format!("/v1/developer/apps/{}", id(&partner))).await.json()["app"].clone();
    assert_eq!(told["status"], "rejected");
    assert_eq!(told["subscriptions"][0]["reason"], "no contract");
}

#[tokio::test]
async fn a_product_that_is_given_up_stops_the_keys_and_taken_again_lets_them_go_on() {
    let desk = Desk::open().await;
    let People { ada, .. } = people(&desk).await;
    let shop = make(&ada, "shop", &["catalog"]).await;
    let (_, secret) = issued(&make_key(&ada, &id(&shop), &["read"]).await.expect(200));
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    patch(&ada, &id(&shop), &json!({"products": []})).await.expect(200);
    desk.try_key("/v1/catalog/items", &secret).await.expect(401);
    patch(&ada, &id(&shop), &wish("shop", &["catalog"])).await.expect(200);
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
}

#[tokio::test]
async fn the_second_of_two_administrators_is_told_and_so_is_one_who_comes_too_late() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let first = id(&make(&ada, "one", &["partner"]).await["subscriptions"][0]);
    let (one, other) = tokio::join!(approve(&admin, &first), reject(&admin, &first, "no"));
    let mut statuses = [one.status, other.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
    let app = make(&ada, "two", &["partner"]).await;
    patch(&ada, &id(&app), &json!({"products": []})).await.expect(200);
    let late = approve(&admin, &id(&app["subscriptions"][0])).await.expect(409).json();
    assert_eq!(late["code"], "ERROR_CODE_CONFLICT");
    let app = make(&ada, "three", &["partner"]).await;
    delete(&ada, &id(&app)).await.expect(200);
    approve(&admin, &id(&app["subscriptions"][0])).await.expect(409);
    approve(&admin, "sub_unknown").await.expect(404);
}

#[tokio::test]
async fn a_deleted_app_takes_its_keys_along_at_once_and_leaves_what_was_counted() {
    let desk = Desk::open().await;
    let People { ada, .. } = people(&desk).await;
    let shop = make(&ada, "shop", &["catalog"]).await;
    let (key, old) = issued(&make_key(&ada, &id(&shop), &["read"]).await.expect(200));
    let secret = ada.rotate(&key, 600).await;
    for secret in [&old, &secret] {
        desk.try_key("/v1/catalog/items", secret).await.expect(200);
    }
    let gone = delete(&ada, &id(&shop)).await.expect(200).json();
    assert_eq!(gone["revokedKeyIds"], json!([key]));
    for secret in [&old, &secret] {
        desk.try_key("/v1/catalog/items", secret).await.expect(401);
    }
    let told = ada.get(&format!("/v1/developer/keys/{key}")).await.expect(200).json();
    assert_eq!(told["apiKey"]["status"], "API_KEY_STATUS_REVOKED");
    ada.get(&format!("/v1/developer/apps/{}", id(&shop))).await.expect(404);
    let window = "from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z";
    let path = format!("/v1/developer/usage?{window}&keyId={key}");
    let used = ada.get(&path).await.expect(200).json();
    assert_eq!(used["series"][0]["buckets"][0]["requests"], 4);
    make(&ada, "shop", &["catalog"]).await;
}

#[tokio::test]
async fn usage_of_an_app_is_that_of_all_its_keys_and_of_no_other() {
    let desk = Desk::open().await;
    let People { ada, bob, .. } = people(&desk).await;
    let shop = make(&ada, "shop", &["catalog"]).await;
    for calls in [1, 2] {
        let (_, secret) = issued(&make_key(&ada, &id(&shop), &["read"]).await.expect(200));
        for _ in 0..calls {
            desk.try_key("/v1/catalog/items", &secret).await.expect(200);
        }
    }
    let (other, secret) = ada.create("other").await;
    desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    let window = "from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z";
    let path = format!("/v1/developer/usage?{window}&appId={}", id(&shop));
    let used = ada.get(&path).await.expect(200).json();
    assert_eq!(used["series"].as_array().unwrap().len(), 1);
    assert_eq!(used["series"][0]["buckets"][0]["requests"], 3);
    bob.get(&path).await.expect(404);
    ada.get(&format!("{path}&keyId={other}")).await.expect(400);
    let quota = ada.get(&format!("/v1/developer/keys/{other}/quota")).await.expect(200).json();
    assert_eq!(quota["tier"], "Standard");
}

#[tokio::test]
async fn every_bad_field_of_an_app_is_refused_by_its_name() {
    let desk = Desk::open().await;
    let People { ada, admin, .. } = people(&desk).await;
    let long = |length: usize| "x".repeat(length);
    let callbacks = |urls: &[&str]| json!({"name": "x", "callbackUrls": urls});
    let attributes = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        json!({"name": "x", "attributes": pairs})
    };
    let product = |wish: Value| json!({"name": "x", "products": [wish]});
    let wishes = [
        (json!({}), "name"),
        (json!({"name": "  "}), "name"),
        (json!({"name": long(101)}), "name"),
        (json!({"name": "a\u{0}b"}), "name"),
        (json!({"name": "pay\u{202e}dorp"}), "name"),
        (json!({"name": 7}), "body"),
        (json!({"name": "x", "color": "red"}), "body"),
        (json!({"name": "x", "description": long(1001)}), "description"),
        (json!({"name": "x", "description": "a\u{1b}[2Jb"}), "description"),
        (callbacks(&["https://a.example/cb#frag"]), "callbackUrls[0]"),
        (callbacks(&["https://a.example/cb", "http://a.example/cb"]), "callbackUrls[1]"),
        (callbacks(&["https://a.example/*"]), "callbackUrls[0]"),
        (callbacks(&["https://a.example/cb", "https://a.example/cb"]), "callbackUrls[1]"),
        (callbacks(&["https://a.example/cb"; 11]), "callbackUrls"),
        (attributes(&[("", "x")]), "attributes[0].name"),
        (attributes(&[("a", "1"), ("a", "2")]), "attributes[1].name"),
        (attributes(&[("a", &long(257))]), "attributes[0].value"),
        (attributes(&[("a", "b"); 19]), "attributes"),
        (product(json!({"productId": "moon"})), "products[0].productId"),
        (product(json!({"productId": "catalog", "scopes": ["write"]})), "products[0].scopes"),
        (product(json!({"productId": "partner"})), "products[0].justification"),
        (product(json!({"productId": "partner", "justification": long(1001)})), "products[0].justification"),
        (
            json!({"name": "x", "products": [{"productId": "catalog"}, {"productId": "catalog"}]}),
            "products[1].productId",
        ),
    ];
    for (wish, field) in wishes {
        let refused = ada.post("/v1/developer/apps", wish.clone()).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], field, "{wish}");
    }
    assert_eq!(ada.get("/v1/developer/apps").await.text, "{}", "a refused wish makes no app");
    make(&ada, "shop", &[]).await;
    ada.post("/v1/developer/apps", wish("shop", &[])).await.expect(409);
    let other = make(&ada, "other", &["partner"]).await;
    patch(&ada, &id(&other), &json!({"name": "shop"})).await.expect(409);
    let ask = id(&other["subscriptions"][0]);
    for reason in ["", "a\u{202e}b", &long(501)] {
        let refused = reject(&admin, &ask, reason).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], "reason");
    }
    let unknown = make_key(&ada, "app_unknown", &["read"]).await.expect(400).json();
    assert_eq!(unknown["violations"][0]["field"], "appId");
}

/// Who makes a call, about whose app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Foreign,
    Unknown,
}

/// Every operation as a call about an app or about what it asks for.
const OPERATIONS: [&str; 10] =
    ["products", "list", "create", "get", "update", "delete", "new key", "queue", "approve", "reject"];

async fn operate(app: &App<'_>, operation: &str, of: &str, ask: &str) -> Answer {
    match operation {
        "products" => app.get("/v1/developer/products").await,
        "list" => app.get("/v1/developer/apps").await,
        "create" => app.post("/v1/developer/apps", wish(&format!("new for {of}"), &[])).await,
        "get" => app.get(&format!("/v1/developer/apps/{of}")).await,
        "update" => patch(app, of, &json!({"description": "new"})).await,
        "delete" => delete(app, of).await,
        "new key" => make_key(app, of, &["read"]).await,
        "queue" => app.get("/v1/developer/approvals").await,
        "approve" => approve(app, ask).await,
        _ => reject(app, ask, "no").await,
    }
}

/// What the portal answers to a role that calls about an app of itself, of somebody else, or of nobody.
fn expected(operation: &str, role: Role, whose: Whose) -> u16 {
    let (own, known) = (whose == Whose::Own, whose != Whose::Unknown);
    match (operation, role) {
        ("products" | "list", _) => 200,
        ("get", _) => {
            if own {
                200
            } else {
                404
            }
        }
        ("queue", Role::Admin) => 200,
        // An administrator decides about whatever is asked.
        ("approve" | "reject", Role::Admin) => {
            if known {
                200
            } else {
                404
            }
        }
        ("queue" | "approve" | "reject", _) | (_, Role::ReadOnly) => 403,
        ("create", _) => 200,
        ("new key", _) => {
            if own {
                200
            } else {
                400
            }
        }
        (_, _) => {
            if own {
                200
            } else {
                404
            }
        }
    }
}

#[tokio::test]
async fn every_operation_answers_every_role_about_every_app_as_the_table_says() {
    for role in [Role::Admin, Role::Developer, Role::ReadOnly] {
        let mut desk = Desk::open().await;
        {
            let root = join(&desk, "root@example.com").await;
            drop(root);
            join(&desk, "ada@example.com").await;
        }
        desk.stop().await;
        // The apps are made while everybody may; then Ada is given the role.
        desk.start(|_| {}).await;
        let (mut own, mut foreign) = (Vec::new(), Vec::new());
        {
            let ada = desk.come_back().await;
            let bob = join(&desk, "bob@example.com").await;
            for operation in OPERATIONS {
                own.push(make(&ada, operation, &["partner"]).await);
                foreign.push(make(&bob, operation, &["partner"]).await);
            }
        }
        desk.stop().await;
        desk.start(|config| config.roles = vec![("Ada@example.com".into(), role)]).await;
        let ada = desk.come_back().await;
        for (place, operation) in OPERATIONS.into_iter().enumerate() {
            for whose in [Whose::Own, Whose::Foreign, Whose::Unknown] {
                let (of, ask) = match whose {
                    Whose::Own => (id(&own[place]), id(&own[place]["subscriptions"][0])),
                    Whose::Foreign => (id(&foreign[place]), id(&foreign[place]["subscriptions"][0])),
                    Whose::Unknown => ("app_unknown".into(), "sub_unknown".into()),
                };
                let answer = operate(&ada, operation, &of, &ask).await;
                let wanted = expected(operation, role, whose);
                assert_eq!(
                    answer.status.as_u16(),
                    wanted,
                    "{operation} as {role:?} on {whose:?}: {}",
                    answer.text
                );
                if answer.status == StatusCode::FORBIDDEN {
                    assert_eq!(answer.json()["code"], "ERROR_CODE_PERMISSION_DENIED");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_foreign_app_and_an_unknown_one_get_the_same_answer() {
    let desk = Desk::open().await;
    let People { ada, bob, .. } = people(&desk).await;
    let shop = id(&make(&ada, "shop", &["catalog"]).await);
    for operation in ["get", "update", "delete", "new key"] {
        let foreign = operate(&bob, operation, &shop, "").await;
        let unknown = operate(&bob, operation, "app_unknown", "").await;
        assert_eq!((foreign.status, &foreign.text), (unknown.status, &unknown.text), "{operation}");
    }
}

#[tokio::test]
async fn somebody_who_may_only_look_makes_and_changes_no_key_either() {
    let mut desk = Desk::open().await;
    let key = {
        join(&desk, "root@example.com").await;
        let ada = desk.app().await;
        ada.create("billing").await.0
    };
    desk.stop().await;
    desk.start(|config| config.roles = vec![("ada@example.com".into(), Role::ReadOnly)]).await;
    let ada = desk.come_back().await;
    ada.post("/v1/developer/keys", json!({"name": "x", "scopes": ["read"]})).await.expect(403);
    let path = format!("/v1/developer/keys/{key}");
    ada.post(&format!("{path}/rotate"), json!({"id": key})).await.expect(403);
    ada.post(&format!("{path}/revoke"), json!({"id": key})).await.expect(403);
    ada.call(Method::PATCH, &path, &[], r#"{"name":"x"}"#).await.expect(403);
    assert_eq!(ada.get(&path).await.expect(200).json()["apiKey"]["name"], "billing");
    let told = ada.get("/v1/developer/capabilities").await.expect(200).json();
    assert_eq!(told["role"], "read-only");
}

#[tokio::test]
async fn a_role_is_given_to_nobody_who_is_not_there() {
    let data = tempfile::tempdir().unwrap();
    let mut config = keystow_portal::Config::new(data.path());
    config.roles = vec![("nobody@example.com".into(), Role::Admin)];
    let clock = std::sync::Arc::new(keystow_portal::SystemClock::new());
    let refused = keystow_portal::start(config, clock).await.err().unwrap();
    assert!(matches!(refused, keystow_portal::PortalError::NoAccount { .. }), "{refused}");
}

#[tokio::test]
async fn apps_and_the_queue_are_told_page_by_page() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    for number in 0..5 {
        make(&ada, &format!("app {number}"), &["partner"]).await;
    }
    for (app, path, list) in [(&ada, "apps", "apps"), (&admin, "approvals", "approvals")] {
        let (mut told, mut token) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/developer/{path}?page_size=2&page_token={token}");
            let page = app.get(&path).await.expect(200).json();
            let rows = page[list].as_array().unwrap();
            told.extend(
                rows.iter().map(|row| row["name"].as_str().or(row["appName"].as_str()).unwrap().to_owned()),
            );
            let Some(next) = page["nextPageToken"].as_str() else { break };
            token = next.to_owned();
        }
        if list == "apps" {
            told.reverse();
        }
        assert_eq!(told, ["app 0", "app 1", "app 2", "app 3", "app 4"], "{list}");
    }
}
