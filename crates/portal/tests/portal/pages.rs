//! The pages in the browser.

use axum::http::Method;

use crate::desk::{Desk, authorize};

#[tokio::test]
async fn pages_run_no_script_and_fit_in_no_frame() {
    let desk = Desk::open().await;
    desk.register().await;
    for path in ["/".to_owned(), "/sign-in".into(), "/register".into(), authorize(&[]), "/nowhere".into()] {
        let page = desk.browse(&path).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!page.text.contains("<script") && !page.text.contains("style="), "{path}");
        assert_eq!(page.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn the_consent_page_may_lead_to_the_app_and_nowhere_else() {
    let desk = Desk::open().await;
    desk.register().await;
    let page = desk.browse(&authorize(&[])).await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with("form-action 'self' http://127.0.0.1:5555"), "{policy}");
}

#[tokio::test]
async fn pages_speak_the_language_of_the_browser() {
    let desk = Desk::open().await;
    for (asked, lang, words) in [
        ("ar-EG", r#"<html lang="ar" dir="rtl">"#, "تسجيل الدخول"),
        ("fr", r#"<html lang="fr" dir="ltr">"#, "Se connecter"),
        ("de", r#"<html lang="en" dir="ltr">"#, "Sign in"),
    ] {
        let page = desk.send(Method::GET, "/sign-in", &[("accept-language", asked)], String::new()).await;
        assert!(page.text.contains(lang) && page.text.contains(words), "{asked}");
    }
}

#[tokio::test]
async fn a_form_from_another_browser_signs_nobody_in() {
    let desk = Desk::open().await;
    desk.register().await;
    let fields = "email=ada@example.com&password=correct+horse+battery&form=guessed&next=/";
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = desk.send(Method::POST, "/sign-in", &form, fields.into()).await.expect(422);
    assert!(
        !answer
            .headers
            .get_all("set-cookie")
            .iter()
            .any(|cookie| cookie.to_str().unwrap().contains("session"))
    );
}

#[tokio::test]
async fn consent_without_the_pages_own_form_grants_nothing() {
    let desk = Desk::open().await;
    desk.register().await;
    let page = desk.browse(&authorize(&[])).await;
    let back =
        desk.fill_in(&page, "/consent", &[("decision", "allow"), ("form", "guessed")]).await.expect(303);
    assert!(back.location().starts_with("/v1/auth/authorize?"), "asked again: {}", back.location());
}

#[tokio::test]
async fn a_sign_in_form_leads_to_pages_of_the_portal_only() {
    let desk = Desk::open().await;
    desk.register().await;
    let page = desk.browse("/sign-in?next=https://evil.example/").await;
    let fields =
        [("email", "ada@example.com"), ("password", "correct horse battery"), ("next", "//evil.example")];
    assert_eq!(desk.fill_in(&page, "/sign-in", &fields).await.expect(303).location(), "/");
}

#[tokio::test]
async fn wrong_passwords_and_unknown_addresses_look_alike_and_are_throttled() {
    let desk = Desk::open().await;
    desk.register().await;
    let page = desk.browse("/sign-in").await;
    let attempt = |email: &'static str| desk.fill_in_with(&page, email);
    let wrong = attempt("ada@example.com").await.expect(422).text;
    let unknown = attempt("nobody@example.com").await.expect(422).text;
    assert_eq!(wrong.replace("ada@", "nobody@"), unknown);
    for _ in 0..4 {
        attempt("ada@example.com").await.expect(422);
    }
    attempt("ada@example.com").await.expect(429);
}

#[tokio::test]
async fn registering_says_what_is_wrong() {
    let desk = Desk::open().await;
    desk.register().await;
    let page = desk.browse("/register").await;
    let long = "correct horse battery";
    for (email, password, repeated, said) in [
        ("nobody", long, long, "not an email address"),
        ("bob@example.com", "short", "short", "10 to 256 characters"),
        ("bob@example.com", "P@ssword2026", "P@ssword2026", "among the first that anybody would try"),
        ("bob@example.com", "bob-example-2026", "bob-example-2026", "among the first that anybody would try"),
        ("bob@example.com", "keystow portal", "keystow portal", "among the first that anybody would try"),
        ("bob@example.com", long, "another one", "two passwords differ"),
        ("ADA@example.com", long, long, "has an account already"),
    ] {
        let fields = [("email", email), ("password", password), ("repeated", repeated)];
        let answer = desk.fill_in(&page, "/register", &fields).await.expect(422);
        assert!(answer.text.contains(said), "{email} {password}: {}", answer.text);
        assert!(!answer.text.contains(long), "a password is never shown again");
    }
}

#[tokio::test]
async fn only_the_portals_own_name_is_answered() {
    let desk = Desk::open().await;
    desk.send(Method::GET, "/", &[("host", "portal.evil.example")], String::new()).await.expect(421);
}

#[tokio::test]
async fn what_is_not_there_is_said_to_people_as_a_page_and_to_programs_as_json() {
    let desk = Desk::open().await;
    assert!(desk.browse("/nowhere").await.expect(404).text.contains("There is nothing here"));
    assert_eq!(desk.browse("/v1/nowhere").await.expect(404).json()["code"], "ERROR_CODE_NOT_FOUND");
}

impl Desk {
    async fn fill_in_with(&self, page: &crate::desk::Answer, email: &str) -> crate::desk::Answer {
        self.fill_in(page, "/sign-in", &[("email", email), ("password", "a wrong password")]).await
    }
}

#[tokio::test]
async fn a_form_sent_from_another_origin_is_refused_even_with_everything_right() {
    let desk = Desk::open().await;
    desk.register().await;
    let page = desk.browse(&authorize(&[])).await;
    let allow = [("decision", "allow")];
    for foreign in [
        ("origin", "http://127.0.0.1:1"),
        ("origin", "null"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "cross-site"),
    ] {
        desk.fill_in_as(&page, "/consent", &allow, &[foreign]).await.expect(403);
        desk.fill_in_as(&page, "/sign-out", &[], &[foreign]).await.expect(403);
    }
    let own = [("origin", desk.base()), ("sec-fetch-site", "same-origin")];
    assert!(desk.fill_in_as(&page, "/consent", &allow, &own).await.expect(303).brought("code").is_some());
}

#[tokio::test]
async fn a_form_from_before_the_sign_in_is_worth_nothing_after_it() {
    let desk = Desk::open().await;
    desk.register().await;
    let before = desk.browse("/sign-in").await;
    let fields = [("email", "ada@example.com"), ("password", "correct horse battery")];
    desk.fill_in(&before, "/sign-in", &fields).await.expect(303);
    let page = desk.browse(&authorize(&[])).await;
    let stale = crate::desk::hidden(&before.text)["form"].clone();
    let back = desk.fill_in(&page, "/consent", &[("decision", "allow"), ("form", &stale)]).await.expect(303);
    assert!(back.location().starts_with("/v1/auth/authorize?"), "asked again: {}", back.location());
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let desk = Desk::open().await;
    desk.register().await;
    let before = desk.cookies();
    let page = desk.browse("/sign-in").await;
    let fields = [("email", "ada@example.com"), ("password", "correct horse battery")];
    desk.fill_in(&page, "/sign-in", &fields).await.expect(303);
    let old = desk.send(Method::GET, "/", &[("cookie", &before)], String::new()).await.expect(200);
    assert!(!old.text.contains("ada@example.com"), "the old cookie still signs in");
    assert!(desk.browse("/").await.text.contains("ada@example.com"));
}

#[tokio::test]
async fn a_session_begun_for_an_app_ends_when_the_app_was_allowed() {
    let desk = Desk::open().await;
    desk.register().await;
    let page = desk.browse("/").await;
    desk.fill_in(&page, "/sign-out", &[]).await.expect(303);
    let away = desk.browse(&authorize(&[])).await.expect(303);
    let page = desk.browse(away.location()).await.expect(200);
    let fields = [("email", "ada@example.com"), ("password", "correct horse battery")];
    let back = desk.fill_in(&page, "/sign-in", &fields).await.expect(303);
    let kept = desk.cookies();
    let question = desk.browse(back.location()).await.expect(200);
    desk.fill_in(&question, "/consent", &[("decision", "allow")]).await.expect(303);
    let home = desk.send(Method::GET, "/", &[("cookie", &kept)], String::new()).await.expect(200);
    assert!(!home.text.contains("ada@example.com"), "the session outlived what it was begun for");
}

#[tokio::test]
async fn a_portal_behind_a_proxy_is_known_by_its_own_origin_and_no_other() {
    let desk = Desk::with(|config| config.base_url = Some("https://portal.example".into())).await;
    assert_eq!(desk.portal().base_url(), "https://portal.example");
    let listens = desk.portal().listens_on();
    let call = async |path: &str, host: &str| {
        let address = format!("http://{listens}");
        Desk::at(&address).send(Method::GET, path, &[("host", host)], String::new()).await
    };
    let metadata = call("/.well-known/oauth-authorization-server", "portal.example").await.expect(200).json();
    assert_eq!(metadata["issuer"], "https://portal.example");
    assert_eq!(metadata["token_endpoint"], "https://portal.example/oauth/token");
    let page = call("/sign-in", "portal.example").await.expect(200);
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-keystow_form_default=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(
        cookie.contains("; Path=/;") && !cookie.contains("Domain"),
        "a browser would not take it: {cookie}"
    );
    call("/sign-in", &listens.to_string()).await.expect(421);
}
