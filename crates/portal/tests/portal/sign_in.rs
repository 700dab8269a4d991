//! Signing an app in, from the first redirect to the last refresh.

use std::time::Duration;

use axum::http::Method;
use keystow_portal::{Mode, TokenDialect};
use serde_json::json;

use crate::desk::{Desk, REDIRECT, VERIFIER, authorize};

#[tokio::test]
async fn an_allowed_app_gets_a_code_its_state_and_the_issuer() {
    let desk = Desk::open().await;
    desk.register().await;
    let back = desk.allow().await;
    assert!(back.location().starts_with(&format!("{REDIRECT}?code=")), "{}", back.location());
    assert_eq!(back.brought("state").as_deref(), Some("some-state"));
    assert_eq!(back.brought("iss").as_deref(), Some(desk.base()));
}

#[tokio::test]
async fn a_denied_app_is_told_so_with_its_state_and_the_issuer() {
    let desk = Desk::open().await;
    desk.register().await;
    let page = desk.browse(&authorize(&[])).await;
    let back = desk.fill_in(&page, "/consent", &[("decision", "deny")]).await.expect(303);
    assert_eq!(back.brought("error").as_deref(), Some("access_denied"));
    assert_eq!(back.brought("state").as_deref(), Some("some-state"));
    assert_eq!(back.brought("iss").as_deref(), Some(desk.base()));
    assert_eq!(back.brought("code"), None);
}

#[tokio::test]
async fn an_unknown_client_or_a_foreign_address_is_shown_and_never_answered() {
    let desk = Desk::open().await;
    desk.register().await;
    for other in [("client_id", "somebody"), ("redirect_uri", "https://evil.example/callback")] {
        let page = desk.browse(&authorize(&[other])).await.expect(400);
        assert!(!page.headers.contains_key("location"), "{other:?} was sent somewhere");
    }
}

#[tokio::test]
async fn a_request_without_s256_goes_back_with_an_error() {
    let desk = Desk::open().await;
    desk.register().await;
    let wrong = [
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "read admin"), "invalid_scope"),
    ];
    for (other, error) in wrong {
        let back = desk.browse(&authorize(&[other])).await.expect(303);
        assert_eq!(back.brought("error").as_deref(), Some(error), "{other:?}");
        assert_eq!(back.brought("iss").as_deref(), Some(desk.base()), "errors name the issuer as well");
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_signs_in_first_and_comes_back_to_the_question() {
    let desk = Desk::open().await;
    let away = desk.browse(&authorize(&[])).await.expect(303);
    assert!(away.location().starts_with("/sign-in?next="));
    let page = desk.browse(&away.location().replace("/sign-in", "/register")).await.expect(200);
    let fields = [("email", "ada@example.com"), ("password", "correct horse"), ("repeated", "correct horse")];
    let back = desk.fill_in(&page, "/register", &fields).await.expect(303);
    let question = desk.browse(back.location()).await.expect(200);
    assert!(question.text.contains("Allow Keystow to use your account?"));
}

#[tokio::test]
async fn a_code_needs_its_own_verifier_client_and_address() {
    let desk = Desk::open().await;
    desk.register().await;
    let code = desk.code().await;
    let right = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("client_id", "keystow-desktop"),
        ("code_verifier", VERIFIER),
    ];
    let other = "another-verifier-of-the-length-that-is-needed-43";
    for (field, value, error) in [
        ("code_verifier", other, "invalid_grant"),
        ("client_id", "x", "invalid_client"),
        ("redirect_uri", "http://127.0.0.1:1/callback", "invalid_grant"),
    ] {
        let wrong = right.map(|(name, known)| (name, if name == field { value } else { known }));
        let refused = desk.form("/oauth/token", &wrong).await.expect(400);
        assert_eq!(refused.json()["error"], error, "{field}");
    }
    desk.form("/oauth/token", &right).await.expect(200);
}

#[tokio::test]
async fn a_code_ends_after_two_minutes() {
    let desk = Desk::open().await;
    desk.register().await;
    let code = desk.code().await;
    desk.clock.advance(Duration::from_secs(120));
    assert_eq!(desk.exchange(&code).await.expect(400).json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_code_that_comes_back_ends_what_it_was_exchanged_for() {
    let desk = Desk::open().await;
    desk.register().await;
    let code = desk.code().await;
    let tokens = desk.exchange(&code).await.expect(200).json();
    desk.exchange(&code).await.expect(400);
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    desk.send(Method::GET, "/v1/developer/keys", &[("authorization", &bearer)], String::new())
        .await
        .expect(401);
    desk.refresh(tokens["refresh_token"].as_str().unwrap()).await.expect(400);
}

#[tokio::test]
async fn a_retry_of_a_refresh_within_a_minute_gets_the_same_successor() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let first = desk.refresh(&app.refresh).await.expect(200).json();
    desk.clock.advance(Duration::from_secs(59));
    let again = desk.refresh(&app.refresh).await.expect(200).json();
    assert_eq!(first["refresh_token"], again["refresh_token"]);
    assert_eq!(first["access_token"], again["access_token"]);
    assert_eq!(again["expires_in"], 3600 - 59, "the retry does not make the token live longer");
    desk.refresh(first["refresh_token"].as_str().unwrap()).await.expect(200);
}

#[tokio::test]
async fn an_old_refresh_token_ends_the_sign_in() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let first = desk.refresh(&app.refresh).await.expect(200).json();
    desk.clock.advance(Duration::from_secs(61));
    assert_eq!(desk.refresh(&app.refresh).await.expect(400).json()["error"], "invalid_grant");
    desk.refresh(first["refresh_token"].as_str().unwrap()).await.expect(400);
    app.get("/v1/developer/keys").await.expect(401);
}

#[tokio::test]
async fn a_refresh_token_two_generations_old_ends_the_sign_in_even_at_once() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let first = desk.refresh(&app.refresh).await.expect(200).json();
    let second = desk.refresh(first["refresh_token"].as_str().unwrap()).await.expect(200).json();
    desk.refresh(&app.refresh).await.expect(400);
    desk.refresh(second["refresh_token"].as_str().unwrap()).await.expect(400);
}

#[tokio::test]
async fn racing_refreshes_with_one_token_agree() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let (one, two) = tokio::join!(desk.refresh(&app.refresh), desk.refresh(&app.refresh));
    assert_eq!(one.expect(200).json()["access_token"], two.expect(200).json()["access_token"]);
}

#[tokio::test]
async fn an_access_token_ends_after_an_hour() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    desk.clock.advance(Duration::from_secs(3599));
    app.get("/v1/developer/keys").await.expect(200);
    desk.clock.advance(Duration::from_secs(1));
    app.get("/v1/developer/keys").await.expect(401);
    desk.refresh(&app.refresh).await.expect(200);
}

#[tokio::test]
async fn revoking_either_token_signs_out_and_doing_it_twice_is_no_error() {
    let desk = Desk::open().await;
    desk.register().await;
    for by_refresh in [true, false] {
        let app = desk.sign_in().await;
        let token = if by_refresh { &app.refresh } else { &app.access };
        let fields = [("token", token.as_str()), ("client_id", "keystow-desktop")];
        desk.form("/oauth/revoke", &fields).await.expect(200);
        desk.form("/oauth/revoke", &fields).await.expect(200);
        app.get("/v1/developer/keys").await.expect(401);
        desk.refresh(&app.refresh).await.expect(400);
    }
}

#[tokio::test]
async fn another_client_cannot_revoke_a_token() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let fields = [("token", app.refresh.as_str()), ("client_id", "somebody-else")];
    desk.form("/oauth/revoke", &fields).await.expect(200);
    app.get("/v1/developer/keys").await.expect(200);
}

#[tokio::test]
async fn the_camel_dialect_refuses_a_grant_type_and_the_rfc_dialect_refuses_camel() {
    let camel = |code: &str| json!({"code": code, "redirectUri": REDIRECT, "clientId": "keystow-desktop", "codeVerifier": VERIFIER});
    let rfc = |code: &str| {
        json!({"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT,
            "client_id": "keystow-desktop", "code_verifier": VERIFIER})
    };
    for (dialect, camel_status, rfc_status) in
        [(TokenDialect::Camel, 200, 400), (TokenDialect::Rfc, 400, 200), (TokenDialect::Both, 200, 200)]
    {
        let desk = Desk::with(|config| config.tokens = dialect).await;
        desk.register().await;
        let in_camel = desk.post("/v1/auth/token", camel(&desk.code().await)).await.expect(camel_status);
        let in_rfc = desk.post("/v1/auth/token", rfc(&desk.code().await)).await.expect(rfc_status);
        if camel_status == 200 {
            assert_eq!(in_camel.json()["token"]["scopes"], json!(["AUTH_SCOPE_READ"]));
        }
        if rfc_status == 200 {
            assert_eq!(in_rfc.json()["scope"], "read");
        }
    }
}

#[tokio::test]
async fn auth_service_refreshes_and_revokes_in_the_shape_it_is_asked_in() {
    let desk = Desk::open().await;
    let app = desk.app().await;
    let body = json!({"refreshToken": app.refresh, "clientId": "keystow-desktop"});
    let token = desk.post("/v1/auth/token/refresh", body).await.expect(200).json();
    let newest = token["token"]["refreshToken"].as_str().unwrap().to_owned();
    let body = json!({"refresh_token": newest, "client_id": "keystow-desktop"});
    let flat = desk.post("/v1/auth/token/refresh", body).await.expect(200).json();
    let revoked = desk.post(
        "/v1/auth/token/revoke",
        json!({"token": flat["access_token"], "token_type_hint": "access_token"}),
    );
    assert_eq!(revoked.await.expect(200).text, "{}");
    let body = json!({"refreshToken": flat["refresh_token"], "clientId": "keystow-desktop"});
    let ended = desk.post("/v1/auth/token/refresh", body).await.expect(401).json();
    assert_eq!(ended["error"], "invalid_grant");
}

#[tokio::test]
async fn a_plain_portal_has_no_additions_around_the_sign_in() {
    let desk = Desk::with(|config| config.mode = Mode::Plain).await;
    desk.register().await;
    assert_eq!(desk.allow().await.brought("iss"), None);
    desk.browse("/.well-known/oauth-authorization-server").await.expect(404);
    desk.form("/oauth/token", &[("grant_type", "refresh_token")]).await.expect(404);
}

#[tokio::test]
async fn metadata_names_the_issuer_it_was_asked_at() {
    let desk = Desk::open().await;
    let said = desk.browse("/.well-known/oauth-authorization-server").await.expect(200).json();
    let base = desk.base().to_owned();
    let issuer = move |value: insta::internals::Content, _: insta::internals::ContentPath<'_>| {
        assert_eq!(value.as_str(), Some(base.as_str()));
        "[issuer]"
    };
    crate::desk::snapshots().bind(|| {
        insta::assert_json_snapshot!("portal__sign_in__metadata_names_the_issuer_it_was_asked_at", said, {
            ".issuer" => insta::dynamic_redaction(issuer),
            ".authorization_endpoint" => "[issuer]/v1/auth/authorize",
            ".token_endpoint" => "[issuer]/oauth/token",
            ".revocation_endpoint" => "[issuer]/oauth/revoke",
        });
    });
}

#[tokio::test]
async fn a_code_that_comes_back_late_ends_what_it_was_exchanged_for_all_the_same() {
    let desk = Desk::open().await;
    desk.register().await;
    let code = desk.code().await;
    let tokens = desk.exchange(&code).await.expect(200).json();
    desk.clock.advance(Duration::from_secs(121));
    desk.exchange(&code).await.expect(400);
    desk.refresh(tokens["refresh_token"].as_str().unwrap()).await.expect(400);
}
