//! What administrators suspend and resume by criteria, and what they read of everybody's apps.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    apps::{People, id, join, make, make_key, people},
    clients::{SHOP, code, confidential, exchange, token},
    desk::{Answer, App, Desk, issued},
};

const SUSPENSIONS: &str = "/v1/developer/admin/suspensions";
const WHY: &str = "Nobody answers to our mails.";

async fn preview(admin: &App<'_>, criteria: &Value) -> Value {
    admin.post(&format!("{SUSPENSIONS}/preview"), criteria.clone()).await.expect(200).json()
}

async fn begin(admin: &App<'_>, criteria: &Value, preview: &Value) -> Answer {
    let body = json!({"criteria": criteria, "preview": preview["preview"], "reason": WHY});
    admin.post(SUSPENSIONS, body).await
}

async fn go_on(admin: &App<'_>, suspension: &str, verb: &str) -> Value {
    let path = format!("{SUSPENSIONS}/{suspension}/{verb}");
    admin.post(&path, json!({})).await.expect(200).json()["suspension"].clone()
}

/// Suspends what is hit, batch after batch; tells the suspension.
async fn suspend(admin: &App<'_>, criteria: Value) -> String {
    let seen = preview(admin, &criteria).await;
    let begun = begin(admin, &criteria, &seen).await.expect(200).json()["suspension"].clone();
    assert_eq!(begun["state"], "running");
    let mut state = begun.clone();
    while state["state"] == "running" {
        state = go_on(admin, &id(&begun), "continue").await;
    }
    assert_eq!(state["state"], "done", "{state}");
    id(&begun)
}

async fn status(desk: &Desk, secret: &str) -> u16 {
    desk.try_key("/v1/catalog/items", secret).await.status.as_u16()
}

/// The names and targets of the entries about one thing, newest first.
async fn log_of(reader: &App<'_>, target: &str) -> Vec<String> {
    let said = reader.get(&format!("/v1/developer/audit?target={target}")).await.expect(200).json();
    let entries = said["entries"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["operation"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_app_that_is_suspended_is_refused_at_once_and_its_developer_is_told_why() {
    let desk = Desk::open().await;
    let People { admin, ada, bob } = people(&desk).await;
    let shop = id(&make(&ada, "Harbour shop", &["catalog"]).await);
    let blog = id(&make(&bob, "Blog", &["catalog"]).await);
    let (key, secret) = issued(&make_key(&ada, &shop, &["read"]).await.expect(200));
    let (revoked, _) = issued(&make_key(&ada, &shop, &["read"]).await.expect(200));
    let (_, of_bob) = issued(&make_key(&bob, &blog, &["read"]).await.expect(200));
    let criteria = json!({"what": "apps", "nameContains": "HARBOUR", "status": "active"});
    let seen = preview(&admin, &criteria).await;
    assert_eq!((&seen["apps"], &seen["credentials"]), (&json!(1), &json!(2)));
    assert_eq!(
        (&seen["items"][0]["id"], &seen["items"][0]["owner"]),
        (&json!(shop), &json!("ada@example.com"))
    );
    assert_eq!(status(&desk, &secret).await, 200, "a preview changes nothing");

    let suspension = suspend(&admin, criteria.clone()).await;
    assert_eq!((status(&desk, &secret).await, status(&desk, &of_bob).await), (401, 200));
    let told = ada.get(&format!("/v1/developer/apps/{shop}")).await.expect(200).json()["app"].clone();
    assert_eq!((&told["status"], &told["suspendedFor"]), (&json!("suspended"), &json!(WHY)));
    let listed = ada.get(&format!("/v1/developer/keys/{key}")).await.expect(200).json();
    assert_eq!(listed["apiKey"]["status"], "API_KEY_STATUS_SUSPENDED");
    let (_, new) = issued(&make_key(&ada, &shop, &["read"]).await.expect(200));
    assert_eq!(status(&desk, &new).await, 401, "a new key of a suspended app is no way round it");
    let again = begin(&admin, &criteria, &seen).await.expect(200).json();
    assert_eq!(id(&again["suspension"]), suspension, "a repeated call is the same suspension");

    ada.post(&format!("/v1/developer/keys/{revoked}/revoke"), json!({"id": revoked})).await.expect(200);
    assert_eq!(go_on(&admin, &suspension, "resume").await["state"], "resumed");
    assert_eq!((status(&desk, &secret).await, status(&desk, &new).await), (200, 200));
    let after = ada.get(&format!("/v1/developer/keys/{revoked}")).await.expect(200).json();
    assert_eq!(after["apiKey"]["status"], "API_KEY_STATUS_REVOKED", "what was revoked is not woken");
    let told = ada.get(&format!("/v1/developer/apps/{shop}")).await.expect(200).json()["app"].clone();
    assert_eq!((&told["status"], told.get("suspendedFor")), (&json!("active"), None));
    let of_shop = log_of(&ada, &shop).await;
    assert!(of_shop.contains(&"suspendApp".into()) && of_shop.contains(&"resumeApp".into()), "{of_shop:?}");
    assert_eq!(log_of(&admin, &suspension).await.len(), 4, "begun twice, continued and resumed");
    admin.post(&format!("{SUSPENSIONS}/{suspension}/continue"), json!({})).await.expect(409);
}

#[tokio::test]
async fn only_what_was_previewed_is_suspended() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    make(&ada, "Shop one", &["catalog"]).await;
    let criteria = json!({"what": "apps", "owner": "ada@example.com"});
    let seen = preview(&admin, &criteria).await;
    make(&ada, "Shop two", &["catalog"]).await;
    let refused = begin(&admin, &criteria, &seen).await.expect(409).json();
    assert!(refused["message"].as_str().unwrap().contains("previewed"), "{refused}");
    assert!(admin.get(SUSPENSIONS).await.expect(200).json().get("suspensions").is_none());
    let other = json!({"what": "apps", "owner": "nobody@example.com"});
    let nothing = preview(&admin, &other).await;
    assert!(nothing.get("items").is_none());
    begin(&admin, &other, &nothing).await.expect(409);
}

#[tokio::test]
async fn keys_are_suspended_in_batches_and_resumed_one_by_one() {
    let desk = Desk::with(|config| config.limits.changes = 1000).await;
    let admin = join(&desk, "root@example.com").await;
    let ada = join(&desk, "ada@example.com").await;
    let mut keys = Vec::new();
    for number in 0..60 {
        keys.push(ada.create(&format!("fleet-{number:02}")).await);
    }
    let criteria = json!({"what": "keys", "owner": "ADA@example.com", "nameContains": "fleet"});
    let seen = preview(&admin, &criteria).await;
    assert_eq!((seen.get("apps"), &seen["credentials"]), (None, &json!(60)));
    assert_eq!(seen["items"].as_array().unwrap().len(), 20);
    let next =
        format!("{SUSPENSIONS}/preview?page_size=100&page_token={}", seen["nextPageToken"].as_str().unwrap());
    let rest = admin.post(&next, criteria.clone()).await.expect(200).json();
    assert_eq!((rest["items"].as_array().unwrap().len(), rest.get("nextPageToken")), (40, None));
    let begun = id(&begin(&admin, &criteria, &seen).await.expect(200).json()["suspension"]);
    let half = go_on(&admin, &begun, "continue").await;
    assert_eq!(
        (&half["state"], &half["suspended"], &half["due"]),
        (&json!("running"), &json!(50), &json!(10))
    );
    assert_eq!((status(&desk, &keys[49].1).await, status(&desk, &keys[50].1).await), (401, 200));
    let path = format!("{SUSPENSIONS}/{begun}/resume");
    let one = admin.post(&path, json!({"targetId": keys[7].0})).await.expect(200).json();
    assert_eq!((&one["suspension"]["resumed"], status(&desk, &keys[7].1).await), (&json!(1), 200));
    admin.post(&path, json!({"targetId": "key_0123456789abcdef"})).await.expect(404);
    // Undoing leaves what waits for its turn.
    let undone = go_on(&admin, &begun, "resume").await;
    assert_eq!((&undone["state"], &undone["left"]), (&json!("resumed"), &json!(10)));
    for (_, secret) in &keys {
        assert_eq!(status(&desk, secret).await, 200);
    }
    let told = admin.get(&format!("{SUSPENSIONS}/{begun}?page_size=100")).await.expect(200).json();
    assert_eq!(told["items"].as_array().unwrap().len(), 60);
    assert_eq!(told["suspension"]["by"], "root@example.com");
}

#[tokio::test]
async fn the_client_of_a_suspended_app_gets_no_tokens_and_signs_nobody_in() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let shop = id(&make(&ada, "shop", &["catalog"]).await);
    let (client, secret) = confidential(&ada, Some(&shop)).await;
    desk.sign_in_as("bob@example.com").await;
    let basic = Some((client.as_str(), secret.as_str()));
    let first = code(&desk, &client, SHOP, "read").await;
    let tokens = token(&desk, basic, &exchange(&first, SHOP)).await.expect(200).json();
    let waiting = code(&desk, &client, SHOP, "read").await;
    let own = token(&desk, basic, &[("grant_type", "client_credentials")]).await.expect(200).json();
    let bearer = |tokens: &Value| format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let with = async |bearer: &str, path: &str| {
        desk.send(Method::GET, path, &[("authorization", bearer)], String::new()).await.status.as_u16()
    };
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(with(&bearer(&own), "/v1/catalog/items").await, 200);
    assert_eq!(with(&bearer(&tokens), "/v1/developer/keys").await, 200);

    let suspension = suspend(&admin, json!({"what": "apps", "product": "catalog"})).await;
    assert_eq!(with(&bearer(&own), "/v1/catalog/items").await, 401);
    assert_eq!(with(&bearer(&tokens), "/v1/developer/keys").await, 401);
    let refused = token(&desk, basic, &[("grant_type", "client_credentials")]).await;
    assert_eq!(refused.json()["error"], "unauthorized_client");
    for fields in
        [exchange(&waiting, SHOP), vec![("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())]]
    {
        // Not `invalid_grant`: a library would throw its refresh token away, which is good again afterwards.
        assert_eq!(token(&desk, basic, &fields).await.expect(400).json()["error"], "unauthorized_client");
    }
    let asked = crate::desk::authorize(&[("client_id", &client), ("redirect_uri", SHOP)]);
    let back = desk.browse(&asked).await;
    assert_eq!(back.brought("error").as_deref(), Some("unauthorized_client"));

    go_on(&admin, &suspension, "resume").await;
    assert_eq!(with(&bearer(&tokens), "/v1/developer/keys").await, 200);
    token(&desk, basic, &exchange(&waiting, SHOP)).await.expect(200);
}

#[tokio::test]
async fn a_client_of_an_app_with_nothing_approved_is_not_suspended_and_signs_people_in() {
    let desk = Desk::open().await;
    let People { ada, .. } = people(&desk).await;
    let bare = id(&make(&ada, "bare", &[]).await);
    let (client, secret) = confidential(&ada, Some(&bare)).await;
    desk.sign_in_as("bob@example.com").await;
    let basic = Some((client.as_str(), secret.as_str()));
    let brought = code(&desk, &client, SHOP, "read").await;
    let tokens = token(&desk, basic, &exchange(&brought, SHOP)).await.expect(200).json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    desk.send(Method::GET, "/v1/developer/keys", &headers, String::new()).await.expect(200);
    let refused = token(&desk, basic, &[("grant_type", "client_credentials")]).await;
    assert_eq!(refused.json()["error"], "unauthorized_client", "for itself it may nothing");
}

#[tokio::test]
async fn criteria_that_could_hit_anything_are_refused_field_by_field() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let path = format!("{SUSPENSIONS}/preview");
    for (criteria, field) in [
        (json!({"what": "apps"}), "criteria"),
        (json!({"what": "apps", "nameContains": "  "}), "criteria"),
        (json!({"what": "teams", "nameContains": "x"}), "what"),
        (json!({"nameContains": "x"}), "what"),
        (json!({"what": "apps", "status": "suspended"}), "status"),
        (json!({"what": "keys", "status": "rejected"}), "status"),
        (json!({"what": "apps", "unusedSince": "last year"}), "unusedSince"),
        (json!({"what": "apps", "nameContains": "a\u{202e}b"}), "nameContains"),
        (json!({"what": "apps", "name": "x"}), "body"),
    ] {
        let refused = admin.post(&path, criteria).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], field, "{refused}");
    }
    make(&ada, "shop", &["catalog"]).await;
    let criteria = json!({"what": "apps", "nameContains": "shop"});
    let seen = preview(&admin, &criteria).await;
    let silent = json!({"criteria": criteria, "preview": seen["preview"], "reason": " "});
    assert_eq!(admin.post(SUSPENSIONS, silent).await.expect(400).json()["violations"][0]["field"], "reason");
    ada.post(&path, criteria).await.expect(403);
}

#[tokio::test]
async fn reports_are_filtered_and_their_files_are_no_formulas() {
    let desk = Desk::open().await;
    let People { admin, ada, bob } = people(&desk).await;
    let shop = id(&make(&ada, "=shop()", &["catalog"]).await);
    let (_, secret) = issued(&make_key(&ada, &shop, &["read"]).await.expect(200));
    make(&bob, "blog", &["partner"]).await;
    for _ in 0..3 {
        assert_eq!(status(&desk, &secret).await, 200);
    }
    let first = admin.get("/v1/developer/admin/reports/inventory").await.expect(200).json();
    assert!(first["rows"][1]["lastUsedAt"].is_string(), "a call of a moment ago is told: {first}");
    let report = async |what: &str| {
        let said = admin.get(&format!("/v1/developer/admin/reports/{what}")).await.expect(200).json();
        let rows = said["rows"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| row["appName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(report("inventory").await, ["blog", "=shop()"]);
    assert_eq!(report("inventory?owner=bob@example.com").await, ["blog"]);
    assert_eq!(report("inventory?status=active").await, ["=shop()"]);
    assert_eq!(report("inventory?product=partner").await, ["blog"]);
    assert!(report("inventory?team=team_none").await.is_empty());
    assert_eq!(report("pending").await, ["blog"]);
    assert!(report("inactive").await.is_empty(), "what was made today was not unused for a month");
    let used = admin.get("/v1/developer/admin/reports/usage").await.expect(200).json()["rows"].clone();
    let used = &used.as_array().unwrap()[0];
    assert_eq!((&used["calls"], &used["billable"], &used["credentials"]), (&json!(3), &json!(3), &json!(1)));
    desk.clock.advance(std::time::Duration::from_secs(40 * 86_400));
    let admin = {
        desk.sign_in_as("root@example.com").await;
        desk.sign_in().await
    };
    let idle = admin.get("/v1/developer/admin/reports/inactive?days=30").await.expect(200).json();
    let names: Vec<_> = idle["rows"].as_array().unwrap().iter().map(|row| row["appName"].clone()).collect();
    assert_eq!(names, ["blog", "=shop()"], "what never was used comes first");
    admin.get("/v1/developer/admin/reports/secrets").await.expect(404);
    for wrong in ["inventory?days=0", "inventory?status=great", "inventory/export?format=pdf"] {
        admin.get(&format!("/v1/developer/admin/reports/{wrong}")).await.expect(400);
    }
    let csv = admin.get("/v1/developer/admin/reports/inventory/export?format=csv").await.expect(200);
    assert!(csv.text.contains("\"'=shop()\"") && !csv.text.contains(",=shop()"), "{}", csv.text);
    let data = admin.get("/v1/developer/admin/apps/export?format=json").await.expect(200);
    assert!(!data.text.contains(&secret) && data.text.contains(&secret[..8]), "{}", data.text);
    let data = data.json();
    assert_eq!(data.as_array().unwrap().len(), 2);
    assert_eq!(data[1]["credentials"][0]["name"], "shop-prod");
    assert_eq!(data[1]["app"]["subscriptions"][0]["productId"], "catalog");
}
