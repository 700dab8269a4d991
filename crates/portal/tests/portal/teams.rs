//! Teams: who is in them, who is invited, and what the mail says.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    apps::{id, join},
    desk::{Answer, App, Desk, issued},
};

/// Makes a team.
pub(crate) async fn found(app: &App<'_>, name: &str) -> String {
    id(&app.post("/v1/developer/teams", json!({"name": name})).await.expect(200).json()["team"])
}

pub(crate) async fn invite(app: &App<'_>, team: &str, email: &str, role: &str) -> Answer {
    app.post(&format!("/v1/developer/teams/{team}/invitations"), json!({"email": email, "role": role})).await
}

pub(crate) async fn me(app: &App<'_>) -> Value {
    app.get("/v1/developer/me").await.expect(200).json()
}

async fn team(app: &App<'_>, id: &str) -> Value {
    app.get(&format!("/v1/developer/teams/{id}")).await.expect(200).json()["team"].clone()
}

pub(crate) async fn set_role(app: &App<'_>, team: &str, member: &str, role: &str) -> Answer {
    let path = format!("/v1/developer/teams/{team}/members/{member}");
    app.call(Method::PATCH, &path, &[], &json!({"role": role}).to_string()).await
}

/// Invites whoever is signed in with the browser under this address, and lets them accept.
pub(crate) async fn bring_in(desk: &Desk, app: &App<'_>, team: &str, email: &str, role: &str) {
    invite(app, team, email, role).await.expect(200);
    let link = desk.link_to(email).await;
    desk.sign_in_as(email).await;
    let page = desk.browse(&link).await.expect(200);
    desk.fill_in(&page, "/invitation", &[("answer", "accept")]).await.expect(200);
}

#[tokio::test]
async fn somebody_who_is_invited_joins_by_the_link_of_the_mail_and_only_once() {
    let desk = Desk::open().await;
    let ada = join(&desk, "ada@example.com").await;
    let shop = found(&ada, "Harbour & shop").await;
    let made =
        invite(&ada, &shop, " Bob@Example.com ", "admin").await.expect(200).json()["invitation"].clone();
    assert_eq!((&made["email"], &made["role"]), (&json!("bob@example.com"), &json!("admin")));
    let mail = desk.mail_to("bob@example.com").await;
    for words in
        ["To: <bob@example.com>", "Ada (signed in as ada@example.com)", "\"Harbour & shop\"", "as an admin"]
    {
        assert!(mail.contains(words), "{words}: {mail}");
    }
    assert!(!mail.contains('<') || !mail.contains("</"), "no markup: {mail}");
    let link = desk.link_to("bob@example.com").await;
    let path = format!("/v1/developer/teams/{shop}/invitations");
    let told = loop {
        let told = ada.get(&path).await.expect(200).json()["invitations"][0].clone();
        // The file is there before the portal has noted so.
        if told["mail"] != "queued" {
            break told;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((&told["id"], &told["mail"]), (&made["id"], &json!("sent")));
    // Not signed in: the page asks to sign in first, and registering leads back to it.
    desk.forget_cookies();
    let away = desk.browse(&link).await.expect(303);
    assert_eq!(away.location(), format!("/sign-in?next={link}"));
    let bob = join(&desk, "bob@example.com").await;
    let page = desk.browse(&link).await.expect(200);
    assert!(
        page.text.contains("Harbour &amp; shop") && page.text.contains("ada@example.com"),
        "{}",
        page.text
    );
    assert_eq!(me(&bob).await.get("teams"), None, "looking changes nothing");
    let joined = desk.fill_in(&page, "/invitation", &[("answer", "accept")]).await.expect(200);
    assert!(joined.text.contains("Harbour &amp; shop"));
    let told = me(&bob).await;
    assert_eq!(
        told["teams"],
        json!([{"id": shop, "name": "Harbour & shop", "role": "admin", "memberCount": 2,
        "createdAt": "2027-01-15T08:00:00Z"}])
    );
    desk.sign_in_as("bob@example.com").await;
    desk.browse(&link).await.expect(404);
    desk.fill_in(&page, "/invitation", &[("answer", "accept")]).await.expect(303);
    assert!(ada.get(&path).await.expect(200).json().get("invitations").is_none());
    let names: Vec<Value> = team(&ada, &shop).await["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["role"].clone())
        .collect();
    assert_eq!(names, ["owner", "admin"]);
}

#[tokio::test]
async fn an_invitation_is_good_for_its_address_for_a_week_and_until_it_is_withdrawn() {
    let desk = Desk::open().await;
    let ada = join(&desk, "ada@example.com").await;
    join(&desk, "eve@example.com").await;
    let shop = found(&ada, "shop").await;
    invite(&ada, &shop, "bob@example.com", "member").await.expect(200);
    let link = desk.link_to("bob@example.com").await;
    // Somebody else who has the link learns neither the team nor that it is good.
    desk.sign_in_as("eve@example.com").await;
    let foreign = desk.browse(&link).await.expect(404).text;
    let unknown = format!("/invitation/{}", "x".repeat(44));
    let never = desk.browse(&unknown).await.expect(404).text;
    let without = |page: &str, token: &str| page.replace(token.rsplit('/').next().unwrap(), "");
    let plain = |page: &str| page.split("name=\"form\"").next().unwrap().to_owned();
    assert_eq!(plain(&without(&foreign, &link)), plain(&without(&never, &unknown)));
    assert!(!foreign.contains("shop"));
    join(&desk, "bob@example.com").await;
    let page = desk.browse(&link).await.expect(200);
    desk.clock.advance(std::time::Duration::from_secs(7 * 86_400));
    desk.sign_in_as("bob@example.com").await;
    desk.browse(&link).await.expect(404);
    let late = desk.browse("/").await;
    desk.fill_in(&late, "/invitation", &[("answer", "accept"), ("token", link.rsplit('/').next().unwrap())])
        .await
        .expect(404);
    drop(page);
    let ada = { desk.come_back().await };
    // Its end made room for another, which is withdrawn.
    let second = id(&invite(&ada, &shop, "bob@example.com", "member").await.expect(200).json()["invitation"]);
    let link = desk.link_to("bob@example.com").await;
    let path = format!("/v1/developer/teams/{shop}/invitations/{second}");
    ada.call(Method::DELETE, &path, &[], "").await.expect(200);
    let again = ada.call(Method::DELETE, &path, &[], "").await.expect(409).json();
    assert_eq!(again["code"], "ERROR_CODE_CONFLICT");
    desk.sign_in_as("bob@example.com").await;
    desk.browse(&link).await.expect(404);
    // One that is declined is over as well, and the inviter may ask again.
    let ada = desk.come_back().await;
    invite(&ada, &shop, "bob@example.com", "member").await.expect(200);
    let link = desk.link_to("bob@example.com").await;
    desk.sign_in_as("bob@example.com").await;
    let page = desk.browse(&link).await.expect(200);
    desk.fill_in(&page, "/invitation", &[("answer", "decline")]).await.expect(200);
    desk.sign_in_as("bob@example.com").await;
    desk.browse(&link).await.expect(404);
}

#[tokio::test]
async fn the_answer_to_an_invitation_is_the_same_whether_the_address_has_an_account() {
    let desk = Desk::open().await;
    let ada = join(&desk, "ada@example.com").await;
    join(&desk, "bob@example.com").await;
    let shop = found(&ada, "shop").await;
    let said = |answer: Answer| {
        let mut said = answer.json();
        said["invitation"]["id"] = json!("");
        said["invitation"]["email"] = json!("");
        (answer.status, said)
    };
    let known = said(invite(&ada, &shop, "bob@example.com", "member").await);
    assert_eq!(known, said(invite(&ada, &shop, "nobody@example.com", "member").await));
    assert_eq!(known.0, 200);
    let (known, unknown) = (desk.mail_to("bob@example.com").await, desk.mail_to("nobody@example.com").await);
    let alike = |mail: &str| {
        mail.lines()
            .filter(|line| !line.contains("/invitation/") && !line.contains("mail_"))
            .collect::<Vec<_>>()
            .join("\n")
            .replace("bob@", "nobody@")
    };
    assert_eq!(alike(&known), alike(&unknown));
}

#[tokio::test]
async fn invitations_are_bounded_by_team_address_and_person() {
    let desk = Desk::open().await;
    let ada = join(&desk, "ada@example.com").await;
    let teams =
        [found(&ada, "a").await, found(&ada, "b").await, found(&ada, "c").await, found(&ada, "d").await];
    for team in &teams[..3] {
        invite(&ada, team, "bob@example.com", "member").await.expect(200);
    }
    invite(&ada, &teams[3], "bob@example.com", "member").await.expect(429);
    invite(&ada, &teams[0], "bob@example.com", "member").await.expect(409);
    for number in 0..19 {
        invite(&ada, &teams[0], &format!("n{number}@example.com"), "member").await.expect(200);
    }
    let refused = invite(&ada, &teams[0], "more@example.com", "member").await.expect(429).json();
    assert_eq!(refused["code"], "ERROR_CODE_RATE_LIMITED");
    for number in 0..18 {
        invite(&ada, &teams[1], &format!("m{number}@example.com"), "member").await.expect(200);
    }
    invite(&ada, &teams[2], "last@example.com", "member").await.expect(429);
    desk.clock.advance(std::time::Duration::from_secs(86_400));
    let ada = desk.come_back().await;
    invite(&ada, &teams[3], "bob@example.com", "member").await.expect(200);
}

#[tokio::test]
async fn every_bad_field_of_a_team_and_an_invitation_is_refused_by_its_name() {
    let desk = Desk::open().await;
    let ada = join(&desk, "ada@example.com").await;
    let long = "x".repeat(101);
    for name in ["", "  ", &long, "a\u{0}b", "pay\u{202e}dorp", "a\r\nBcc: eve@example.com"] {
        let refused = ada.post("/v1/developer/teams", json!({"name": name})).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], "name", "{name:?}");
    }
    let shop = found(&ada, "shop").await;
    ada.post("/v1/developer/teams", json!({"name": "shop"})).await.expect(409);
    for (email, role, field) in [
        ("bob@example.com", "owner", "role"),
        ("bob@example.com", "emperor", "role"),
        ("bob@example.com", "", "role"),
        ("", "member", "email"),
        ("bob", "member", "email"),
        ("a,b@example.com", "member", "email"),
        ("bob@example.com\r\nBcc: eve@example.com", "member", "email"),
        ("\"bob\"@example.com", "member", "email"),
        ("b\u{202e}ob@example.com", "member", "email"),
    ] {
        let refused = invite(&ada, &shop, email, role).await.expect(400).json();
        assert_eq!(refused["violations"][0]["field"], field, "{email:?}");
    }
    invite(&ada, &shop, "ada@example.com", "member").await.expect(409);
    let mine = me(&ada).await["id"].as_str().unwrap().to_owned();
    set_role(&ada, &shop, &mine, "emperor").await.expect(400);
    set_role(&ada, &shop, &mine, "member").await.expect(409);
    set_role(&ada, &shop, "acc_nobody", "member").await.expect(409);
    let leave = ada.post(&format!("/v1/developer/teams/{shop}/leave"), json!({})).await.expect(409).json();
    assert!(leave["message"].as_str().unwrap().contains("hand it over first"), "{leave}");
    let path = format!("/v1/developer/teams/{shop}/handover");
    ada.post(&path, json!({"memberId": mine})).await.expect(400);
    ada.post(&path, json!({})).await.expect(400);
    assert!(!desk.data.path().join("portal/mail").exists(), "what is refused sends no mail");
}

#[tokio::test]
async fn a_form_without_the_value_of_this_browser_answers_no_invitation() {
    let desk = Desk::open().await;
    let ada = join(&desk, "ada@example.com").await;
    let shop = found(&ada, "shop").await;
    invite(&ada, &shop, "bob@example.com", "member").await.expect(200);
    let link = desk.link_to("bob@example.com").await;
    let bob = join(&desk, "bob@example.com").await;
    let page = desk.browse(&link).await.expect(200);
    let accept = [("answer", "accept")];
    desk.fill_in_as(&page, "/invitation", &accept, &[("sec-fetch-site", "cross-site")]).await.expect(403);
    let guessed = [("answer", "accept"), ("form", "guessed")];
    assert_eq!(desk.fill_in(&page, "/invitation", &guessed).await.expect(303).location(), link);
    assert_eq!(desk.fill_in(&page, "/invitation", &[("answer", "maybe")]).await.expect(303).location(), link);
    assert_eq!(me(&bob).await.get("teams"), None);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none';") && policy.ends_with("form-action 'self'"), "{policy}");
    desk.fill_in(&page, "/invitation", &accept).await.expect(200);
}

#[tokio::test]
async fn an_invitation_by_somebody_who_may_not_invite_any_more_lets_nobody_in() {
    let desk = Desk::open().await;
    let ada = join(&desk, "ada@example.com").await;
    let shop = found(&ada, "shop").await;
    let bob = join(&desk, "bob@example.com").await;
    bring_in(&desk, &ada, &shop, "bob@example.com", "admin").await;
    join(&desk, "eve@example.com").await;
    invite(&bob, &shop, "eve@example.com", "admin").await.expect(200);
    let link = desk.link_to("eve@example.com").await;
    let bob_id = me(&bob).await["id"].as_str().unwrap().to_owned();
    set_role(&ada, &shop, &bob_id, "member").await.expect(200);
    invite(&bob, &shop, "fay@example.com", "member").await.expect(403);
    desk.sign_in_as("eve@example.com").await;
    let page = desk.browse(&link).await.expect(200);
    desk.fill_in(&page, "/invitation", &[("answer", "accept")]).await.expect(404);
    assert_eq!(team(&ada, &shop).await["memberCount"], 2);
}

#[tokio::test]
async fn a_token_is_in_the_mail_and_nowhere_in_what_the_portal_keeps() {
    let mut desk = Desk::open().await;
    let token = {
        let ada = join(&desk, "ada@example.com").await;
        let shop = found(&ada, "shop").await;
        invite(&ada, &shop, "bob@example.com", "member").await.expect(200);
        desk.link_to("bob@example.com").await.rsplit('/').next().unwrap().to_owned()
    };
    desk.stop().await;
    let content = desk.store().content(&desk).await;
    assert!(!content.windows(token.len()).any(|bytes| bytes == token.as_bytes()));
    assert!(content.windows(15).any(|bytes| bytes == b"bob@example.com"), "the right place was looked at");
}

#[tokio::test]
async fn a_team_is_handed_over_and_left_and_whoever_left_sees_nothing_more() {
    let desk = Desk::open().await;
    let ada = join(&desk, "ada@example.com").await;
    let bob = join(&desk, "bob@example.com").await;
    let shop = found(&ada, "shop").await;
    bring_in(&desk, &ada, &shop, "bob@example.com", "member").await;
    let (ada_id, bob_id) = (me(&ada).await["id"].clone(), me(&bob).await["id"].clone());
    set_role(&bob, &shop, bob_id.as_str().unwrap(), "admin").await.expect(403);
    set_role(&bob, &shop, ada_id.as_str().unwrap(), "member").await.expect(403);
    let path = format!("/v1/developer/teams/{shop}");
    ada.post(&format!("{path}/handover"), json!({"memberId": bob_id})).await.expect(200);
    ada.post(&format!("{path}/handover"), json!({"memberId": bob_id})).await.expect(403);
    let renamed = ada.call(Method::PATCH, &path, &[], r#"{"name":"store"}"#).await.expect(200).json();
    assert_eq!((&renamed["team"]["name"], &renamed["team"]["role"]), (&json!("store"), &json!("admin")));
    ada.call(Method::DELETE, &path, &[], "").await.expect(403);
    ada.post(&format!("{path}/leave"), json!({})).await.expect(200);
    let gone = ada.get(&path).await.expect(404).text;
    assert_eq!(gone, ada.get("/v1/developer/teams/team_unknown").await.expect(404).text);
    bob.call(Method::DELETE, &path, &[], "").await.expect(200);
    bob.get(&path).await.expect(404);
    assert_eq!(bob.get("/v1/developer/teams").await.expect(200).text, "{}");
}

#[tokio::test]
async fn members_see_what_their_team_owns_and_its_usage_until_they_leave() {
    let desk = Desk::open().await;
    let ada = join(&desk, "ada@example.com").await;
    let bob = join(&desk, "bob@example.com").await;
    let shop = found(&ada, "shop").await;
    bring_in(&desk, &ada, &shop, "bob@example.com", "member").await;
    let (own, _) = bob.create("bob's own").await;
    let wish = json!({"name": "store", "teamId": shop, "products": [{"productId": "catalog"}]});
    let app = ada.post("/v1/developer/apps", wish).await.expect(200).json()["app"].clone();
    assert_eq!((&app["owner"], &app["teamId"]), (&json!("shop"), &json!(shop)));
    let body = json!({"name": "store-prod", "scopes": ["read"], "appId": app["id"]});
    let (key, secret) = issued(&ada.post("/v1/developer/keys", body).await.expect(200));
    for _ in 0..3 {
        desk.try_key("/v1/catalog/items", &secret).await.expect(200);
    }
    let path = format!("/v1/developer/teams/{shop}");
    ada.call(Method::PATCH, &path, &[], r#"{"name":"store"}"#).await.expect(200);
    let listed = bob.get("/v1/developer/keys").await.expect(200).json()["apiKeys"].clone();
    let told: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].clone(), one["teamId"].clone(), one["owner"].clone()))
        .collect();
    assert_eq!(told, [(json!(key), json!(shop), json!("store")), (json!(own), Value::Null, json!("Ada"))]);
    assert_eq!(listed[0]["createdBy"], "Ada");
    assert!(listed[0].get("secret").is_none() && listed[0]["keyPrefix"].as_str().unwrap().len() == 8);
    // Page by page as well, whoever owns what.
    let page = bob.get("/v1/developer/keys?page_size=1").await.expect(200).json();
    let next = page["nextPageToken"].as_str().unwrap();
    let page = bob.get(&format!("/v1/developer/keys?page_size=1&page_token={next}")).await.expect(200).json();
    assert_eq!(page["apiKeys"][0]["id"], json!(own));
    assert_eq!(bob.get("/v1/developer/apps").await.expect(200).json()["apps"][0]["id"], app["id"]);
    let window = "from=2027-01-15T00:00:00Z&to=2027-01-16T00:00:00Z";
    let requests = |said: Value| said["series"][0]["buckets"][0]["requests"].clone();
    let team_wide = format!("/v1/developer/usage?{window}&teamId={shop}");
    assert_eq!(requests(bob.get(&team_wide).await.expect(200).json()), 3);
    assert_eq!(requests(bob.get(&format!("{team_wide}&groupBy=key")).await.expect(200).json()), 3);
    assert_eq!(
        requests(ada.get(&format!("/v1/developer/usage?{window}")).await.expect(200).json()),
        Value::Null
    );
    bob.get(&format!("{team_wide}&keyId={key}")).await.expect(400);
    let rotated = bob.rotate(&key, 600).await;
    desk.try_key("/v1/catalog/items", &rotated).await.expect(200);
    let refused =
        bob.post(&format!("/v1/developer/keys/{key}/revoke"), json!({"id": key})).await.expect(403).json();
    assert!(refused["message"].as_str().unwrap().contains("owners and admins"), "{refused}");
    let refused =
        ada.call(Method::DELETE, &format!("/v1/developer/teams/{shop}"), &[], "").await.expect(409).json();
    assert!(refused["message"].as_str().unwrap().contains("1 apps and 1 keys"), "{refused}");
    let moved =
        ada.call(Method::PATCH, &format!("/v1/developer/apps/{}", id(&app)), &[], r#"{"teamId":"x"}"#).await;
    assert_eq!(moved.expect(400).json()["violations"][0]["field"], "teamId");
    bob.post(&format!("/v1/developer/teams/{shop}/leave"), json!({})).await.expect(200);
    let left = bob.get("/v1/developer/keys").await.expect(200).json()["apiKeys"].clone();
    assert_eq!(left.as_array().unwrap().len(), 1);
    for path in [team_wide, format!("/v1/developer/keys/{key}"), format!("/v1/developer/apps/{}", id(&app))] {
        bob.get(&path).await.expect(404);
    }
    desk.try_key("/v1/catalog/items", &rotated).await.expect(200);
}
