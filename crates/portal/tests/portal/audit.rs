//! The log: what is in it, who may read it, and how it is noticed that somebody touched it.

use std::process::Command;

use axum::http::Method;
use keystow_portal::Role;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    apps::{People, approve, delete, id, join, make, make_key, patch, people, reject},
    desk::{App, Desk, REDIRECT, VERIFIER, authorize, issued},
    store::Store,
};

/// What the log tells a reader, newest first.
async fn told(reader: &App<'_>, query: &str) -> Vec<Value> {
    let said = reader.get(&format!("/v1/developer/audit?page_size=100{query}")).await.expect(200).json();
    said["entries"].as_array().cloned().unwrap_or_default()
}

fn text<'v>(entry: &'v Value, field: &str) -> &'v str {
    entry[field].as_str().unwrap_or_default()
}

/// Operation, outcome and code of the only entry that was written since there were `before`.
async fn only_new(reader: &App<'_>, before: &mut usize) -> (String, String, String) {
    let entries = told(reader, "").await;
    let number = usize::try_from(entries[0]["number"].as_u64().unwrap()).unwrap();
    assert_eq!(number, *before + 1, "{:?}", &entries[..2]);
    *before = number;
    let field = |name| text(&entries[0], name).to_owned();
    (field("operation"), field("outcome"), field("code"))
}

async fn so_far(reader: &App<'_>) -> usize {
    usize::try_from(told(reader, "").await[0]["number"].as_u64().unwrap()).unwrap()
}

/// Makes a key with a user agent that no library sends.
async fn raw_post(desk: &Desk, app: &App<'_>, agent: &str, body: &str) -> String {
    let host = desk.base().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST /v1/developer/keys HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\nuser-agent: {agent}\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        app.access,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Looks whether the log is whole, with the program.
fn verify(desk: &Desk, more: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_keystow-portal"))
        .args(["audit", "verify", "--data"])
        .arg(desk.data.path().join("portal"))
        .args(desk.store().arguments())
        .args(more)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn every_call_of_the_contract_that_is_refused_leaves_one_entry() {
    let desk = Desk::open().await;
    let admin = join(&desk, "root@example.com").await;
    let mut before = so_far(&admin).await;
    let document: Value = serde_json::from_str(&keystow_portal::openapi_document()).unwrap();
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["post", "put", "patch", "delete"] {
            let Some(name) = item[method]["operationId"].as_str() else { continue };
            let path = path.replace("{id}", "key_0123456789abcdef");
            let path = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = desk.send(method, &path, &[("user-agent", "probe/1")], String::new()).await;
            assert!(answer.status.is_client_error(), "{name}: {}", answer.status);
            let (operation, outcome, code) = only_new(&admin, &mut before).await;
            assert_eq!((operation.as_str(), outcome.as_str()), (name, "refused"));
            assert!(!code.is_empty());
            tried += 1;
        }
    }
    assert!(tried >= 15, "{tried}");
    assert!(verify(&desk, &[]).1.starts_with(&format!("{before} entries")));
}

#[tokio::test]
async fn every_change_leaves_one_entry_that_says_what_it_was_about() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let registered: Vec<_> =
        told(&admin, "").await.iter().map(|one| text(one, "operation").to_owned()).collect();
    let sign_in = ["exchangeCode", "allowClient", "register"];
    assert_eq!(registered, [sign_in, sign_in, sign_in].concat());
    let mut before = so_far(&admin).await;
    let shop = make(&ada, "shop", &["partner"]).await;
    let subscription = id(&shop["subscriptions"][0]);
    let mut seen = Vec::new();
    macro_rules! sees {
        ($operation:literal, $kind:literal, $target:expr, $name:literal) => {
            let (operation, outcome, code) = only_new(&admin, &mut before).await;
            assert_eq!((operation.as_str(), outcome.as_str(), code.as_str()), ($operation, "done", ""));
            let entry = told(&admin, "").await[0].clone();
            let about = [text(&entry, "targetKind"), text(&entry, "targetId"), text(&entry, "targetName")];
            assert_eq!(about, [$kind, $target, $name]);
            seen.push(operation);
        };
    }
    sees!("createApp", "app", &id(&shop), "shop");
    approve(&admin, &subscription).await.expect(200);
    sees!("approveSubscription", "subscription", &subscription, "shop: Partner access");
    let (key, _) = issued(&make_key(&ada, &id(&shop), &["read"]).await.expect(200));
    sees!("createApiKey", "key", &key, "shop-prod");
    let path = format!("/v1/developer/keys/{key}");
    ada.call(Method::PATCH, &path, &[], &json!({"id": key, "name": "shop-new"}).to_string())
        .await
        .expect(200);
    sees!("updateApiKey", "key", &key, "shop-new");
    ada.rotate(&key, 60).await;
    sees!("rotateApiKey", "key", &key, "shop-new");
    ada.post(&format!("{path}/previous/end"), json!({})).await.expect(200);
    sees!("endGrace", "key", &key, "shop-new");
    ada.post(&format!("{path}/revoke"), json!({"id": key})).await.expect(200);
    sees!("revokeApiKey", "key", &key, "shop-new");
    patch(&ada, &id(&shop), &json!({"name": "store"})).await.expect(200);
    sees!("updateApp", "app", &id(&shop), "store");
    delete(&ada, &id(&shop)).await.expect(200);
    sees!("deleteApp", "app", &id(&shop), "store");
    desk.post("/v1/auth/token/refresh", json!({"refreshToken": ada.refresh, "clientId": "keystow-desktop"}))
        .await
        .expect(200);
    sees!("refreshToken", "client", "keystow-desktop", "");
    desk.form("/oauth/revoke", &[("token", &ada.access)]).await.expect(200);
    sees!("revokeForm", "client", "keystow-desktop", "");
    assert_eq!(seen.len(), 11);
    assert_eq!(verify(&desk, &[]).0, 0);
}

#[tokio::test]
async fn an_attempt_that_is_refused_by_role_ownership_or_state_says_which() {
    let mut desk = Desk::open().await;
    {
        let People { admin, ada, bob } = people(&desk).await;
        let mut before = so_far(&admin).await;
        let (key, _) = ada.create("billing").await;
        before += 1;
        let revoke = format!("/v1/developer/keys/{key}/revoke");
        bob.post(&revoke, json!({"id": key})).await.expect(404);
        let refused =
            |code: &str| ("revokeApiKey".to_owned(), "refused".to_owned(), format!("ERROR_CODE_{code}"));
        assert_eq!(only_new(&admin, &mut before).await, refused("NOT_FOUND"));
        let foreign = told(&admin, "").await[0].clone();
        assert_eq!((text(&foreign, "targetId"), text(&foreign, "targetName")), (key.as_str(), ""));
        ada.post(&revoke, json!({"id": key})).await.expect(200);
        before += 1;
        ada.post(&revoke, json!({"id": key})).await.expect(409);
        assert_eq!(only_new(&admin, &mut before).await, refused("CONFLICT"));
        reject(&bob, "sub_0123456789abcdef", "no").await.expect(403);
        let (operation, _, code) = only_new(&admin, &mut before).await;
        assert_eq!(
            (operation.as_str(), code.as_str()),
            ("rejectSubscription", "ERROR_CODE_PERMISSION_DENIED")
        );
    }
    desk.stop().await;
    desk.start(|config| config.roles.push(("ada@example.com".into(), Role::ReadOnly))).await;
    let admin = join(&desk, "second@example.com").await;
    assert_eq!(told(&admin, "&action=giveRole").await.len(), 0, "no administrator: it is not theirs");
    let ada = desk.come_back().await;
    ada.post("/v1/developer/keys", json!({"name": "no", "scopes": ["read"]})).await.expect(403);
    let own = told(&ada, "&outcome=refused").await;
    assert_eq!(
        (text(&own[0], "operation"), text(&own[0], "code")),
        ("createApiKey", "ERROR_CODE_PERMISSION_DENIED")
    );
    let given = told(&ada, "&action=giveRole").await;
    assert_eq!(
        (given.len(), text(&given[0], "accountId"), text(&given[0], "targetName")),
        (1, "", "ada@example.com")
    );
}

#[tokio::test]
async fn a_failed_sign_in_is_told_of_the_account_and_never_of_what_was_typed() {
    let desk = Desk::open().await;
    let admin = join(&desk, "root@example.com").await;
    let mut before = so_far(&admin).await;
    for (email, named) in [("root@example.com", "root@example.com"), ("hunter2-hunter2@example.com", "")] {
        let page = desk.browse("/sign-in").await;
        desk.fill_in(&page, "/sign-in", &[("email", email), ("password", "not-my-password")])
            .await
            .expect(422);
        let (operation, outcome, code) = only_new(&admin, &mut before).await;
        assert_eq!((operation.as_str(), outcome.as_str()), ("signIn", "refused"));
        assert_eq!(code, "ERROR_CODE_UNAUTHENTICATED");
        let entry = told(&admin, "").await[0].clone();
        assert_eq!((text(&entry, "accountId"), text(&entry, "targetName")), ("", named));
    }
    let code = desk.code().await;
    before += 1;
    let body = json!({"code": code, "redirectUri": REDIRECT, "clientId": "keystow-desktop", "codeVerifier": "x".repeat(43)});
    desk.post("/v1/auth/token", body).await.expect(401);
    assert_eq!(only_new(&admin, &mut before).await.2, "invalid_grant");
}

#[tokio::test]
async fn nothing_that_opens_anything_and_no_reason_is_in_the_log() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let shop = make(&ada, "shop", &["partner"]).await;
    reject(&admin, &id(&shop["subscriptions"][0]), "the-word-of-the-administrator").await.expect(200);
    let (key, secret) = ada.create("billing").await;
    let second = ada.rotate(&key, 60).await;
    let code = desk.code().await;
    // Secrets in places where they do not belong.
    let agent = [("user-agent", second.as_str())];
    ada.call(Method::POST, &format!("/v1/developer/keys/{secret}/revoke"), &agent, "{}").await.expect(400);
    let body = json!({"name": "x", "scopes": ["read"], "appId": secret});
    ada.post("/v1/developer/keys", body).await.expect(400);
    desk.browse(&authorize(&[])).await;
    let answer = admin.get("/v1/developer/audit/export?format=jsonl").await.expect(200);
    assert!(answer.text.lines().count() > 12);
    let (access, refresh) = (ada.access.as_str(), ada.refresh.as_str());
    let words =
        ["the-word-of-the-administrator", "the shop shows the catalog", "correct horse battery", VERIFIER];
    for hidden in [secret.as_str(), &second, access, refresh, &code].iter().chain(&words) {
        assert!(!answer.text.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn everybody_reads_their_own_and_an_administrator_everything() {
    let desk = Desk::open().await;
    let People { admin, ada, bob } = people(&desk).await;
    let shop = make(&ada, "shop", &["partner"]).await;
    approve(&admin, &id(&shop["subscriptions"][0])).await.expect(200);
    let (key, _) = bob.create("other").await;
    assert_eq!(told(&admin, "&target=").await.len(), 12);
    let own = told(&ada, "").await;
    assert_eq!(own.len(), 5, "signing in, the app and its approval: {own:?}");
    let approved = &own[0];
    assert_eq!(
        (text(approved, "operation"), text(approved, "accountEmail")),
        ("approveSubscription", "root@example.com")
    );
    for hidden in ["address", "userAgent", "clientId", "hash", "requestId"] {
        assert_eq!(text(approved, hidden), "", "{hidden} of somebody else");
    }
    assert_eq!(text(&own[1], "clientId"), "keystow-desktop");
    assert!(told(&ada, &format!("&target={key}")).await.is_empty());
    assert!(told(&ada, "&actor=bob@example.com").await.is_empty());
    assert_eq!(told(&ada, &format!("&target={}", id(&shop))).await.len(), 2, "the app and what it asked for");
    assert_eq!(told(&admin, &format!("&target={key}&outcome=done")).await.len(), 1);
    let foreign = told(&admin, "&actor=ada@example.com&action=createApp").await;
    assert_eq!((foreign.len(), text(&foreign[0], "address")), (1, "127.0.0.1"));
    let export = ada.get("/v1/developer/audit/export?format=csv").await.expect(200);
    assert_eq!(export.text.lines().count(), 1 + 5);
}

#[tokio::test]
async fn a_page_goes_on_where_the_last_one_ended_while_entries_come_in() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    for name in ["one", "two", "three"] {
        ada.create(name).await;
    }
    let first = ada.get("/v1/developer/audit?page_size=2").await.expect(200).json();
    ada.create("four").await;
    let token = first["nextPageToken"].as_str().unwrap();
    let path = format!("/v1/developer/audit?page_size=100&page_token={token}");
    let rest = ada.get(&path).await.expect(200).json();
    let numbers = |page: &Value| -> Vec<u64> {
        page["entries"].as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()).collect()
    };
    assert_eq!([numbers(&first), numbers(&rest)].concat(), [6, 5, 4, 3, 2, 1]);
    assert!(rest["nextPageToken"].is_null());
    ada.get(&format!("{path}&outcome=done")).await.expect(400);
}

#[tokio::test]
async fn what_is_asked_for_wrongly_says_what_is_wrong() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    for (query, field) in [
        ("from=yesterday", "from"),
        ("from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z", "to"),
        ("outcome=perhaps", "outcome"),
        ("actor=%00", "actor"),
        ("target=%E2%80%AEx", "target"),
        ("page_size=0", "page_size"),
    ] {
        let answer = ada.get(&format!("/v1/developer/audit?{query}")).await.expect(400).json();
        assert_eq!(answer["violations"][0]["field"], field, "{query}");
    }
    ada.get("/v1/developer/audit/export").await.expect(400);
    ada.get("/v1/developer/audit/export?format=xml").await.expect(400);
    desk.send(Method::GET, "/v1/developer/audit", &[], String::new()).await.expect(400);
}

#[tokio::test]
async fn who_called_from_where_is_shown_and_obeyed_by_nothing() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let (agent, body) = ("=cmd|x \u{202e}evil", json!({"name": "=1+1,\u{202e}x", "scopes": ["read"]}));
    let answer = raw_post(&desk, &ada, agent, &body.to_string()).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let lines = answer.lines().filter_map(|line| line.split_once(": "));
    let request =
        lines.filter(|(name, _)| *name == "x-request-id").map(|(_, id)| id.to_owned()).next().unwrap();
    let entry = told(&ada, "").await[0].clone();
    assert_eq!(text(&entry, "requestId"), request);
    assert_eq!(text(&entry, "userAgent"), "=cmd|x \\u{202e}evil");
    assert_eq!(text(&entry, "targetName"), "=1+1,\\u{202e}x");
    let long = "a b ".repeat(500);
    ada.call(Method::DELETE, "/v1/developer/apps/app_0123456789abcdef", &[("user-agent", &long)], "")
        .await
        .expect(404);
    assert_eq!(text(&told(&ada, "").await[0], "userAgent").chars().count(), 201);
    let csv = ada.get("/v1/developer/audit/export?format=csv&action=createApiKey").await.expect(200);
    assert!(
        csv.text.contains("\"'=1+1,\\u{202e}x\"") && csv.text.contains("\"'=cmd|x \\u{202e}evil\""),
        "{}",
        csv.text
    );
    assert_eq!(csv.headers["x-export-truncated"], "false");
    let lines = ada.get("/v1/developer/audit/export?format=jsonl").await.expect(200);
    let read: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.len(), told(&ada, "").await.len());
}

#[tokio::test]
async fn whoever_calls_too_often_is_told_of_once_a_minute() {
    let desk = Desk::with(|config| config.limits.changes = 1).await;
    let ada = desk.app().await;
    ada.create("one").await;
    let body = json!({"name": "two", "scopes": ["read"]});
    for _ in 0..3 {
        ada.post("/v1/developer/keys", body.clone()).await.expect(429);
    }
    let refused = told(&ada, "&outcome=refused").await;
    assert_eq!((refused.len(), text(&refused[0], "code")), (1, "ERROR_CODE_RATE_LIMITED"));
}

#[tokio::test]
async fn an_entry_that_was_altered_taken_out_or_cut_off_is_named() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    for name in ["one", "two", "three"] {
        ada.create(name).await;
    }
    let (status, said) = verify(&desk, &[]);
    assert!(status == 0 && said.starts_with("6 entries"), "{said}");
    let head = said.trim().rsplit(' ').next().unwrap().to_owned();
    let store = desk.store();
    for guarded in ["UPDATE audit SET account = ''", "DELETE FROM audit", "DELETE FROM audit_head"] {
        assert!(!store.tamper(&desk, guarded).await, "the database lets anybody {guarded}");
    }
    assert!(store.tamper(&desk, Store::UNGUARD).await);
    let steps = [
        (
            "UPDATE audit SET name = 'x' WHERE number = 4",
            "entry 4 was altered",
            "UPDATE audit SET name = 'one' WHERE number = 4",
        ),
        (
            "UPDATE audit SET number = 9 WHERE number = 5",
            "entry 5 is missing",
            "UPDATE audit SET number = 5 WHERE number = 9",
        ),
        (
            "UPDATE audit SET number = 0 WHERE number = 6",
            "entry 1 is missing",
            "UPDATE audit SET number = 6 WHERE number = 0",
        ),
        (
            "UPDATE audit_head SET number = 5",
            "end of the log was altered",
            "UPDATE audit_head SET number = 6",
        ),
    ];
    for (touched, expected, undone) in steps {
        assert!(store.tamper(&desk, touched).await);
        let (status, said) = verify(&desk, &[]);
        assert!(status == 1 && said.contains(expected), "{touched}: {said}");
        assert!(store.tamper(&desk, undone).await);
        assert_eq!(verify(&desk, &["--since", &head]).0, 0);
    }
    // The last entry, alone.
    assert!(store.tamper(&desk, "DELETE FROM audit WHERE number = 6").await);
    let (status, said) = verify(&desk, &[]);
    assert!(status == 1 && said.contains("entry 6 is missing"), "{said}");
    // Everything together with its end: only who noted the end down can tell.
    assert!(store.tamper(&desk, "DELETE FROM audit").await && store.tamper(&desk, Store::FORGET_END).await);
    let (status, said) = verify(&desk, &[]);
    assert!(status == 0 && said.starts_with("0 entries"), "{said}");
    let (status, said) = verify(&desk, &["--since", &head]);
    assert!(status == 1 && said.contains("was set back"), "{said}");
    assert_eq!(verify(&desk, &["--pepper", "/nowhere"]).0, 2);
}
