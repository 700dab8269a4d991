//! OAuth clients of developers: what they are registered with, and what each may do at the token endpoint.

use std::time::Duration;

use axum::http::{Method, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    apps::{self, People, id, people},
    desk::{Answer, App, Desk, VERIFIER, authorize},
};

/// Where sign-ins with the clients of these tests come back to.
pub(crate) const SHOP: &str = "https://shop.example/callback";

/// Registers a client.
pub(crate) async fn register(app: &App<'_>, wish: Value) -> Answer {
    app.post("/v1/developer/clients", wish).await
}

/// A client with a secret, of an app or of none; its id and its secret.
pub(crate) async fn confidential(app: &App<'_>, of: Option<&str>) -> (String, String) {
    let mut wish = json!({"name": "Shop", "redirectUris": [SHOP], "authMethod": "client_secret"});
    if let Some(of) = of {
        wish["appId"] = json!(of);
    }
    said(&register(app, wish).await.expect(200))
}

async fn public(app: &App<'_>) -> String {
    let wish =
        json!({"name": "Kiosk", "redirectUris": [SHOP, "http://127.0.0.1/back"], "authMethod": "none"});
    let answer = register(app, wish).await.expect(200).json();
    assert!(answer.get("clientSecret").is_none(), "a public client has no secret");
    answer["client"]["clientId"].as_str().unwrap().to_owned()
}

fn said(answer: &Answer) -> (String, String) {
    let answer = answer.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&answer["client"]["clientId"]), text(&answer["clientSecret"]))
}

async fn one(app: &App<'_>, id: &str) -> Value {
    app.get(&format!("/v1/developer/clients/{id}")).await.expect(200).json()["client"].clone()
}

/// Sends a form of the token endpoint, with the client in the header if one is named.
pub(crate) async fn token(desk: &Desk, basic: Option<(&str, &str)>, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let basic = basic.map(|(id, secret)| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))));
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(basic.as_deref().map(|basic| ("authorization", basic)));
    desk.send(Method::POST, "/oauth/token", &headers, body).await
}

/// Lets a client ask whoever is signed in with the browser, who allows it; gives the code.
pub(crate) async fn code(desk: &Desk, client: &str, redirect: &str, scope: &str) -> String {
    let asked = authorize(&[("client_id", client), ("redirect_uri", redirect), ("scope", scope)]);
    let page = desk.browse(&asked).await.expect(200);
    let back = desk.fill_in(&page, "/consent", &[("decision", "allow")]).await.expect(303);
    back.brought("code").unwrap()
}

/// The fields that exchange a code.
pub(crate) fn exchange<'a>(code: &'a str, redirect: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", VERIFIER),
    ]
}

fn error(answer: &Answer) -> String {
    answer.json()["error"].as_str().unwrap_or_default().to_owned()
}

async fn call_with(desk: &Desk, access: &str) -> u16 {
    let bearer = format!("Bearer {access}");
    let headers = [("authorization", bearer.as_str())];
    desk.send(Method::GET, "/v1/developer/keys", &headers, String::new()).await.status.as_u16()
}

#[tokio::test]
async fn a_client_is_told_masked_as_it_was_registered_and_edited() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let (client, secret) = confidential(&ada, None).await;
    let told = one(&ada, &client).await;
    assert_eq!((&told["name"], &told["authMethod"]), (&json!("Shop"), &json!("client_secret")));
    assert_eq!(told["redirectUris"], json!([SHOP]));
    assert_eq!(told["status"], "API_KEY_STATUS_ACTIVE");
    assert_eq!(
        (told["secretPrefix"].as_str().unwrap(), told["secretSuffix"].as_str().unwrap()),
        (&secret[..8], &secret[44..])
    );
    let edit = json!({"name": "Shop window", "redirectUris": ["https://shop.example/other"]}).to_string();
    let path = format!("/v1/developer/clients/{client}");
    ada.call(Method::PATCH, &path, &[], &edit).await.expect(200);
    let list = ada.get("/v1/developer/clients").await.expect(200);
    assert!(!list.text.contains(&secret), "the list says a secret");
    let list = list.json();
    assert_eq!(list["clients"].as_array().unwrap().len(), 1);
    assert_eq!(list["clients"][0]["name"], "Shop window");
    assert_eq!(list["clients"][0]["redirectUris"], json!(["https://shop.example/other"]));
    assert!(ada.get("/v1/developer/keys").await.json().get("apiKeys").is_none(), "a client is no key");
    for path in ["", "/revoke", "/rotate"] {
        let method = if path.is_empty() { Method::GET } else { Method::POST };
        let path = format!("/v1/developer/keys/{client}{path}");
        ada.call(method, &path, &[], &json!({"id": client}).to_string()).await;
    }
    assert_eq!(one(&ada, &client).await["version"], 1, "the calls of keys do nothing to a client");
    let kept = desk.store().content(&desk).await;
    assert!(
        !kept.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()),
        "the secret is kept in the clear"
    );
}

#[tokio::test]
async fn a_wish_that_could_mean_something_else_is_refused_field_by_field() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let wish = |uri: &str| json!({"name": "Shop", "redirectUris": [uri], "authMethod": "none"});
    for uri in [
        "http://shop.example/callback",
        "http://localhost/callback",
        "https://shop.example/callback#x",
        "https://*.shop.example/callback",
        "https://user@shop.example/callback",
        "https://shop.example/a/../b",
        "javascript:alert(1)",
        "",
    ] {
        let refused = register(&ada, wish(uri)).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], "redirectUris[0]", "{uri}");
    }
    for (wish, field) in [
        (json!({"name": "", "redirectUris": [SHOP], "authMethod": "none"}), "name"),
        (json!({"name": "a\u{202e}b", "redirectUris": [SHOP], "authMethod": "none"}), "name"),
        (json!({"name": "x".repeat(101), "redirectUris": [SHOP], "authMethod": "none"}), "name"),
        (json!({"name": "Shop", "redirectUris": [SHOP]}), "authMethod"),
        (json!({"name": "Shop", "redirectUris": [SHOP], "authMethod": "client_secret_jwt"}), "authMethod"),
        (json!({"name": "Shop", "authMethod": "none"}), "redirectUris"),
        (json!({"name": "Shop", "authMethod": "client_secret", "appId": "app_of_nobody"}), "appId"),
        (json!({"name": "Shop", "authMethod": "client_secret", "appId": "a\u{0}b"}), "appId"),
        (json!({"name": "Shop", "authMethod": "private_key_jwt"}), "jwk"),
        (json!({"name": "Shop", "authMethod": "client_secret", "jwk": {"kty": "OKP"}}), "jwk"),
        (json!({"name": "Shop", "redirectUris": [SHOP, SHOP], "authMethod": "none"}), "redirectUris[1]"),
    ] {
        let refused = register(&ada, wish.clone()).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], field, "{wish}");
    }
    assert!(ada.get("/v1/developer/clients").await.json().get("clients").is_none(), "one was registered");
}

#[tokio::test]
async fn a_confidential_client_gets_tokens_with_its_secret_and_not_without() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let (client, secret) = confidential(&ada, None).await;
    let asked = authorize(&[("client_id", &client), ("redirect_uri", SHOP)]);
    let page = desk.browse(&asked).await.expect(200);
    assert!(page.text.contains("Registered at this portal by") && page.text.contains("Shop"));
    let code = code(&desk, &client, SHOP, "read").await;
    let with = |more: &[(&'static str, &'static str)]| [exchange(&code, SHOP), more.to_vec()].concat();
    let named = |more: &[(&'static str, String)]| {
        let mut fields: Vec<(String, String)> =
            exchange(&code, SHOP).iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        fields.push(("client_id".into(), client.clone()));
        fields.extend(more.iter().map(|(name, value)| ((*name).into(), value.clone())));
        fields
    };
    let send = async |fields: Vec<(String, String)>| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        token(&desk, None, &fields).await
    };
    for fields in [
        named(&[]),
        named(&[("client_secret", "wrong".into())]),
        named(&[("client_secret", secret.to_uppercase())]),
    ] {
        assert_eq!(error(&send(fields).await.expect(400)), "invalid_client");
    }
    let wrong = token(&desk, Some((&client, "wrong")), &with(&[])).await.expect(401);
    assert_eq!(
        (error(&wrong).as_str(), &wrong.headers[header::WWW_AUTHENTICATE]),
        ("invalid_client", &header::HeaderValue::from_static("Basic realm=\"token\""))
    );
    let both = token(&desk, Some((&client, &secret)), &with(&[("client_secret", "also")])).await.expect(400);
    assert_eq!(error(&both), "invalid_request");
    let foreign = token(&desk, Some((&client, &secret)), &with(&[("client_id", "keystow-desktop")])).await;
    assert_eq!(error(&foreign), "invalid_client");
    let body = json!({"code": code, "redirectUri": SHOP, "clientId": client, "codeVerifier": VERIFIER});
    assert_eq!(error(&desk.post("/v1/auth/token", body).await), "invalid_client", "nor by the other door");
    let tokens = token(&desk, Some((&client, &secret)), &with(&[])).await.expect(200).json();
    assert_eq!(call_with(&desk, tokens["access_token"].as_str().unwrap()).await, 200);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let fields =
        [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", client.as_str())];
    assert_eq!(error(&token(&desk, None, &fields).await), "invalid_client", "a refresh needs the secret too");
    token(&desk, None, &[&fields[..], &[("client_secret", secret.as_str())]].concat()).await.expect(200);
    assert!(one(&ada, &client).await["lastUsedAt"].is_string());
}

#[tokio::test]
async fn a_code_is_good_for_its_client_and_its_address_to_the_letter() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let client = public(&ada).await;
    let other = public(&ada).await;
    for uri in [
        "https://shop.example/callback/",
        "https://shop.example/Callback",
        "https://shop.example/callback?x",
        "https://shop.example",
        "http://127.0.0.1:9/back/",
    ] {
        let asked = authorize(&[("client_id", &client), ("redirect_uri", uri)]);
        desk.browse(&asked).await.expect(400);
    }
    let asked = authorize(&[("client_id", &client), ("redirect_uri", SHOP), ("code_challenge", "")]);
    let back = desk.browse(&asked).await.expect(303);
    assert_eq!(back.brought("error").as_deref(), Some("invalid_request"), "without PKCE nobody signs in");
    let code = code(&desk, &client, SHOP, "read").await;
    for (id, uri) in
        [(&other, SHOP), (&client, "https://shop.example/callback/"), (&client, "http://127.0.0.1/back")]
    {
        let fields = [exchange(&code, uri), vec![("client_id", id.as_str())]].concat();
        assert_eq!(error(&token(&desk, None, &fields).await.expect(400)), "invalid_grant");
    }
    let fields = [exchange(&code, SHOP), vec![("client_id", client.as_str())]].concat();
    token(&desk, None, &fields).await.expect(200);
    let loopback = "http://127.0.0.1:49152/back";
    let code = self::code(&desk, &client, loopback, "read").await;
    let fields = [exchange(&code, loopback), vec![("client_id", client.as_str())]].concat();
    token(&desk, None, &fields).await.expect(200);
}

#[tokio::test]
async fn an_old_secret_is_accepted_beside_the_new_until_its_grace_ends() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let shop = apps::make(&ada, "shop", &["catalog"]).await;
    let (client, old) = confidential(&ada, Some(&id(&shop))).await;
    let path = format!("/v1/developer/clients/{client}/rotate");
    let name = [("idempotency-key", "01927f3e-6d2c-7b1a-9f7e-3c5a1b2d4e6f")];
    let rotated = ada.call(Method::POST, &path, &name, r#"{"graceSeconds":60}"#).await.expect(200);
    let again = ada.call(Method::POST, &path, &name, r#"{"graceSeconds":60}"#).await.expect(200);
    assert_eq!(rotated.text, again.text, "a reply that got lost is said again, and not another secret");
    let (_, new) = said(&rotated);
    let told = one(&ada, &client).await;
    assert_eq!((&told["version"], &told["previousSecrets"][0]["keyPrefix"]), (&json!(2), &json!(old[..8])));
    let own = [("grant_type", "client_credentials")];
    let by_old = token(&desk, Some((&client, &old)), &own).await.expect(200).json();
    token(&desk, Some((&client, &new)), &own).await.expect(200);
    let told = one(&ada, &client).await;
    assert!(told["previousSecrets"][0]["lastUsedAt"].is_string(), "one sees that the old secret is in use");
    desk.clock.advance(Duration::from_secs(60));
    token(&desk, Some((&client, &old)), &own).await.expect(401);
    let (_, newest) = said(&ada.post(&path, json!({})).await.expect(200));
    token(&desk, Some((&client, &new)), &own).await.expect(200);
    ada.post(&format!("/v1/developer/clients/{client}/previous/end"), json!({})).await.expect(200);
    token(&desk, Some((&client, &new)), &own).await.expect(401);
    token(&desk, Some((&client, &newest)), &own).await.expect(200);
    assert!(by_old["refresh_token"].is_null(), "a client that calls for itself gets no refresh token");
    let public = public(&ada).await;
    ada.post(&format!("/v1/developer/clients/{public}/rotate"), json!({})).await.expect(409);
}

#[tokio::test]
async fn a_deleted_client_ends_at_once_with_everything_it_was_given() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let (client, secret) = confidential(&ada, None).await;
    let basic = Some((client.as_str(), secret.as_str()));
    let code = code(&desk, &client, SHOP, "read").await;
    let unused = self::code(&desk, &client, SHOP, "read").await;
    let tokens = token(&desk, basic, &exchange(&code, SHOP)).await.expect(200).json();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(call_with(&desk, access).await, 200);
    let path = format!("/v1/developer/clients/{client}");
    ada.call(Method::DELETE, &path, &[], "").await.expect(200);
    assert_eq!(call_with(&desk, access).await, 401);
    let refresh =
        [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    let gone = token(&desk, basic, &refresh).await.expect(401);
    assert_eq!(error(&gone), "invalid_client");
    let stranger = token(&desk, Some(("client_0000000000000000", "x")), &refresh).await.expect(401);
    assert_eq!(gone.text, stranger.text, "one that was deleted looks like one that never was");
    token(&desk, basic, &exchange(&unused, SHOP)).await.expect(401);
    desk.browse(&authorize(&[("client_id", &client), ("redirect_uri", SHOP)])).await.expect(400);
    ada.get(&path).await.expect(404);
    ada.call(Method::DELETE, &path, &[], "").await.expect(404);
    assert!(ada.get("/v1/developer/clients").await.json().get("clients").is_none());
}

#[tokio::test]
async fn a_foreign_client_is_as_unknown_as_one_that_never_was() {
    let desk = Desk::open().await;
    let People { ada, bob, .. } = people(&desk).await;
    let (client, _) = confidential(&ada, None).await;
    let shop = apps::make(&ada, "shop", &["catalog"]).await;
    let calls = [
        (Method::GET, "", ""),
        (Method::PATCH, "", r#"{"name":"Mine"}"#),
        (Method::DELETE, "", ""),
        (Method::POST, "/rotate", "{}"),
        (Method::POST, "/previous/end", ""),
        (
            Method::POST,
            "/keys",
            r#"{"jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#,
        ),
        (Method::DELETE, "/keys/some", ""),
    ];
    for (method, path, body) in calls {
        let at = |id: &str| format!("/v1/developer/clients/{id}{path}");
        let foreign = bob.call(method.clone(), &at(&client), &[], body).await.expect(404);
        let never = bob.call(method.clone(), &at("client_0000000000000000"), &[], body).await.expect(404);
        assert_eq!(foreign.text, never.text, "{method} {path}");
    }
    let wish = json!({"name": "Mine", "authMethod": "client_secret", "appId": id(&shop)});
    register(&bob, wish).await.expect(400);
    assert_eq!(one(&ada, &client).await["name"], "Shop");
}

#[tokio::test]
async fn a_client_gets_for_itself_what_is_approved_for_its_app_and_no_more() {
    let desk = Desk::open().await;
    let People { admin, ada, .. } = people(&desk).await;
    let own = [("grant_type", "client_credentials")];
    let (alone, secret) = confidential(&ada, None).await;
    assert_eq!(error(&token(&desk, Some((&alone, &secret)), &own).await.expect(400)), "unauthorized_client");
    let public = public(&ada).await;
    let fields = [&own[..], &[("client_id", public.as_str())]].concat();
    assert_eq!(error(&token(&desk, None, &fields).await.expect(400)), "unauthorized_client");
    let shop = apps::make(&ada, "shop", &["partner"]).await;
    let (client, secret) = confidential(&ada, Some(&id(&shop))).await;
    let basic = Some((client.as_str(), secret.as_str()));
    assert_eq!(one(&ada, &client).await["status"], "API_KEY_STATUS_PENDING");
    assert_eq!(error(&token(&desk, basic, &own).await.expect(400)), "unauthorized_client");
    apps::approve(&admin, &id(&shop["subscriptions"][0])).await.expect(200);
    let tokens = token(&desk, basic, &own).await.expect(200).json();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(600)));
    let wanted = |scope| [("grant_type", "client_credentials"), ("scope", scope)];
    assert_eq!(token(&desk, basic, &wanted("stream")).await.expect(200).json()["scope"], "stream");
    assert_eq!(error(&token(&desk, basic, &wanted("stream admin")).await.expect(400)), "invalid_scope");
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(call_with(&desk, access).await, 401, "nobody signed in, so that it manages nobody's keys");
    let told = ada.get(&format!("/v1/developer/apps/{}", id(&shop))).await.json();
    assert_eq!(told["app"]["clientIds"], json!([client]));
    let deleted = apps::delete(&ada, &id(&shop)).await.expect(200).json();
    assert_eq!(deleted["deletedClientIds"], json!([client]));
    assert_eq!(error(&token(&desk, basic, &own).await.expect(401)), "invalid_client");
}
