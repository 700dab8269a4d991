//! Signing in: a browser played by hand, and a token endpoint that does as it is told.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use keystow_connect::oauth::{
    Dialect, DiscoverError, Issuer, NotTheAnswer, SignIn, SignInError, Tokens, discover, refresh, revoke,
};
use keystow_connect::{Cause, Failure};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use url::Url;

use crate::support::{Act, FaultServer, HandClock, answer, answer_with, json, secret};

const GRANTED: &str =
    r#"{"access_token":"acc","token_type":"Bearer","expires_in":3600,"refresh_token":"ref","scope":"read"}"#;

/// A sign-in under way: the port that waits, and what the browser was told.
pub(crate) struct Flow {
    pub(crate) server: FaultServer,
    url: Url,
    pub(crate) redirect: Url,
    pub(crate) state: String,
    paste: mpsc::Sender<String>,
    waiting: JoinHandle<Result<Tokens, SignInError>>,
}

impl Flow {
    /// Begins a sign-in at a portal that answers its token calls with `acts`.
    async fn begin(dialect: Dialect, acts: impl IntoIterator<Item = Act>) -> Self {
        let server = FaultServer::new(acts).await;
        let issuer = Issuer { dialect, ..issuer(&server) };
        let (sign_in, url) = begin(&issuer);
        let (redirect, state) =
            (Url::parse(&parameter(&url, "redirect_uri")).unwrap(), parameter(&url, "state"));
        let (paste, pasted) = mpsc::channel(4);
        let waiting = tokio::spawn(sign_in.wait(pasted));
        Self { server, url, redirect, state, paste, waiting }
    }

    /// Begins one whose code will be exchanged for [`GRANTED`].
    pub(crate) async fn granting() -> Self {
        Self::begin(Dialect::Rfc, [json(200, GRANTED)]).await
    }

    /// The address that the browser is sent back to, with these parameters after the state.
    fn answer(&self, parameters: &str) -> Url {
        let mut url = self.redirect.clone();
        url.set_query(Some(&format!("state={}&{parameters}", self.state)));
        url
    }

    /// The address of a consent.
    pub(crate) fn consent(&self) -> Url {
        self.answer(&format!("code=c0de&iss={}", self.issuer()))
    }

    pub(crate) fn issuer(&self) -> String {
        self.server.origin.as_str().trim_end_matches('/').to_owned()
    }

    pub(crate) fn authority(&self) -> String {
        self.redirect.authority().to_owned()
    }

    /// Sends a request as it stands, and reads what comes back.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.authority()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said).await;
        String::from_utf8(said).unwrap()
    }

    /// Visits an address as a browser does.
    pub(crate) async fn visit(&self, url: &Url) -> String {
        self.raw(&navigation(url, &self.authority(), "en")).await
    }

    pub(crate) async fn outcome(self) -> Result<Tokens, SignInError> {
        self.waiting.await.unwrap()
    }
}

fn issuer(server: &FaultServer) -> Issuer {
    let at = |path: &str| server.origin.join(path).unwrap();
    Issuer {
        issuer: server.origin.as_str().trim_end_matches('/').to_owned(),
        authorization_endpoint: at("authorize?tenant=1"),
        token_endpoint: at("token"),
        refresh_endpoint: at("refresh"),
        revocation_endpoint: Some(at("revoke")),
        dialect: Dialect::Rfc,
        iss_required: true,
        scopes: vec!["read".into()],
    }
}

fn begin(issuer: &Issuer) -> (SignIn, Url) {
    SignIn::begin(issuer, "keystow-desktop", &["read".into(), "stream".into()], HandClock::new()).unwrap()
}

fn navigation(url: &Url, host: &str, language: &str) -> String {
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!(
        "GET {}{query} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\
         Sec-Fetch-Site: cross-site\r\nAccept-Language: {language}\r\n\r\n",
        url.path()
    )
}

fn parameter(url: &Url, name: &str) -> String {
    let mut found = url.query_pairs().filter(|(key, _)| key == name);
    let value = found.next().unwrap_or_else(|| panic!("no {name}")).1.into_owned();
    assert!(found.next().is_none(), "{name} stands once");
    value
}

#[tokio::test]
async fn consent_brings_tokens_and_the_code_goes_once_with_the_verifier_of_its_challenge() {
    let flow = Flow::granting().await;
    assert_eq!(flow.redirect.scheme(), "http");
    assert_eq!(flow.redirect.host_str(), Some("127.0.0.1"));
    assert_eq!(parameter(&flow.url, "tenant"), "1");
    assert_eq!(parameter(&flow.url, "response_type"), "code");
    assert_eq!(parameter(&flow.url, "code_challenge_method"), "S256");
    assert_eq!(parameter(&flow.url, "scope"), "read stream");

    let page = flow.visit(&flow.consent()).await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("You are signed in"), "{page}");

    let heard = flow.server.heard();
    assert_eq!(heard.len(), 1);
    let sent: Vec<(String, String)> =
        url::form_urlencoded::parse(heard[0].body.as_bytes()).into_owned().collect();
    let sent = |name: &str| sent.iter().find(|(key, _)| key == name).unwrap().1.clone();
    assert_eq!((sent("grant_type").as_str(), sent("code").as_str()), ("authorization_code", "c0de"));
    assert_eq!(
        (sent("client_id").as_str(), sent("redirect_uri")),
        ("keystow-desktop", flow.redirect.to_string())
    );
    let verifier = sent("code_verifier");
    assert_eq!(verifier.len(), 43);
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    assert_eq!(challenge, parameter(&flow.url, "code_challenge"));
    assert!(!heard[0].head.contains("authorization:"), "a public client has no secret");

    let tokens = flow.outcome().await.unwrap();
    assert!(tokens.access.starts_with("acc") && tokens.refresh.unwrap().starts_with("ref"));
    assert_eq!((tokens.expires_in, tokens.scopes), (Duration::from_secs(3600), vec!["read".to_owned()]));
}

#[tokio::test]
async fn an_answer_of_another_issuer_or_of_none_is_refused_and_its_code_not_sent() {
    for parameters in
        ["code=c0de&iss=https://evil.example", "code=c0de", "error=access_denied", "code=c0de&iss="]
    {
        let flow = Flow::granting().await;
        let page = flow.visit(&flow.answer(parameters)).await;
        assert!(page.contains("Signing in did not work"), "{parameters}: {page}");
        assert!(flow.server.heard().is_empty());
        assert_eq!(flow.outcome().await.unwrap_err(), SignInError::WrongIssuer, "{parameters}");
    }
}

#[tokio::test]
async fn an_issuers_answer_does_not_pass_on_another_issuers_path() {
    let (one, two) = (Flow::granting().await, Flow::granting().await);
    assert_ne!(one.redirect.path(), two.redirect.path());
    let mut stray = one.consent();
    stray.set_path(two.redirect.path());
    assert!(one.visit(&stray).await.starts_with("HTTP/1.1 404"));
    one.visit(&one.consent()).await;
    assert!(one.outcome().await.is_ok());
}

#[tokio::test]
async fn a_denial_is_said_in_the_browsers_language() {
    let flow = Flow::granting().await;
    let denial = flow.answer(&format!("error=access_denied&iss={}", flow.issuer()));
    let page = flow.raw(&navigation(&denial, &flow.authority(), "fr-FR,fr;q=0.9,en;q=0.8")).await;
    assert!(page.contains("L’accès n’a pas été accordé"), "{page}");
    assert_eq!(flow.outcome().await.unwrap_err(), SignInError::Denied);
}

#[tokio::test]
async fn success_is_never_said_before_the_exchange_succeeded() {
    let refused = json(400, r#"{"error":"invalid_grant","error_description":"too late"}"#);
    for act in [refused, json(500, "{}"), json(200, "{}"), Act::Reset] {
        let flow = Flow::begin(Dialect::Rfc, [act]).await;
        let page = flow.visit(&flow.consent()).await;
        assert!(page.contains("Signing in did not work") && !page.contains("close this page"), "{page}");
        assert!(matches!(flow.outcome().await.unwrap_err(), SignInError::Refused(_) | SignInError::Lost(_)));
    }
}

#[tokio::test]
async fn a_code_whose_answer_was_lost_is_never_sent_again() {
    let whole = answer(200, "application/json", GRANTED);
    let elsewhere = FaultServer::new([json(200, GRANTED)]).await;
    let away = answer_with(307, "application/json", &format!("Location: {}\r\n", elsewhere.origin), "{}");
    let losses = [
        (Act::Reset, Cause::Interrupted),
        (Act::Send(whole[..whole.len() - 1].to_vec()), Cause::Interrupted),
        (Act::Send(answer(200, "text/html", GRANTED)), Cause::NotJson),
        (json(503, "{}"), Cause::Server(503)),
        (Act::Send(away), Cause::Redirected),
    ];
    for dialect in [Dialect::Rfc, Dialect::Camel] {
        for (act, cause) in &losses {
            let flow = Flow::begin(dialect, [act.clone(), json(200, GRANTED)]).await;
            flow.visit(&flow.consent()).await;
            assert_eq!(flow.server.heard().len(), 1);
            assert_eq!(flow.outcome().await.unwrap_err(), SignInError::Lost(*cause));
        }
    }
    assert!(elsewhere.heard().is_empty());
}

#[tokio::test]
async fn a_pasted_address_is_as_good_as_a_visit_and_a_wrong_one_changes_nothing() {
    let flow = Flow::granting().await;
    for wrong in ["hello", "https://portal.example/?code=x", flow.redirect.as_str()] {
        flow.paste.send(wrong.to_owned()).await.unwrap();
    }
    flow.paste.send(format!(" {} ", flow.consent())).await.unwrap();
    assert!(flow.outcome().await.is_ok());
}

#[tokio::test]
async fn a_pasted_address_is_judged_before_it_is_sent() {
    let server = FaultServer::new([]).await;
    let (sign_in, url) = begin(&issuer(&server));
    let pasting = sign_in.pasting();
    let redirect = parameter(&url, "redirect_uri");
    let iss = server.origin.as_str().trim_end_matches('/').to_owned();
    let good = format!("{redirect}?code=c&state={}&iss={iss}", parameter(&url, "state"));
    assert_eq!(pasting.check(&good), Ok(()));
    assert_eq!(pasting.check(url.as_str()), Err(NotTheAnswer::AnotherAddress));
    assert_eq!(pasting.check(&format!("{redirect}?code=c&state=old")), Err(NotTheAnswer::AnotherSignIn));
}

#[tokio::test]
async fn a_sign_in_without_a_paste_field_still_waits_for_the_browser() {
    let mut flow = Flow::granting().await;
    flow.paste = mpsc::channel(1).0;
    flow.visit(&flow.consent()).await;
    assert!(flow.outcome().await.is_ok());
}

#[tokio::test]
async fn a_sign_in_that_nobody_answers_ends() {
    let server = FaultServer::new([]).await;
    let (sign_in, _) = begin(&issuer(&server));
    let waiting = sign_in.with_patience(Duration::from_millis(1)).wait(mpsc::channel(1).1);
    assert_eq!(waiting.await.unwrap_err(), SignInError::Expired);
}

#[tokio::test]
async fn an_answer_after_a_night_of_sleep_is_too_late() {
    let (server, clock) = (FaultServer::new([json(200, GRANTED)]).await, HandClock::new());
    let issuer = issuer(&server);
    let (sign_in, url) = SignIn::begin(&issuer, "c", &[], clock.clone()).unwrap();
    clock.advance(Duration::from_secs(8 * 3600));
    let (paste, pasted) = mpsc::channel(1);
    let (redirect, state) = (parameter(&url, "redirect_uri"), parameter(&url, "state"));
    paste.send(format!("{redirect}?code=c&state={state}&iss={}", issuer.issuer)).await.unwrap();
    assert_eq!(sign_in.wait(pasted).await.unwrap_err(), SignInError::Expired);
    assert!(server.heard().is_empty());
}

#[tokio::test]
async fn no_two_sign_ins_share_a_state_or_a_challenge() {
    let server = FaultServer::new([]).await;
    let issuer = issuer(&server);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..500 {
        let (_, url) = begin(&issuer);
        let state = parameter(&url, "state");
        assert!(BASE64_URL_SAFE_NO_PAD.decode(&state).unwrap().len() >= 16, "128 bits");
        assert!(seen.insert(state) && seen.insert(parameter(&url, "code_challenge")));
    }
}

#[tokio::test]
async fn an_address_that_must_not_be_opened_is_not_offered() {
    let server = FaultServer::new([]).await;
    for endpoint in
        ["file:///etc/passwd", "javascript:alert(1)", "ms-msdt:/id", "http://portal.example/authorize"]
    {
        let hostile = Issuer { authorization_endpoint: Url::parse(endpoint).unwrap(), ..issuer(&server) };
        let outcome = SignIn::begin(&hostile, "c", &[], HandClock::new());
        assert_eq!(outcome.err(), Some(SignInError::Address), "{endpoint}");
    }
}

#[tokio::test]
async fn the_contracts_other_spelling_is_tried_only_if_the_first_was_not_read() {
    let unread = json(400, r#"{"violations":[{"field":"body","description":"unknown field codeVerifier"}]}"#);
    let camel = r#"{"token":{"accessToken":"acc","expiresIn":"60","scopes":["AUTH_SCOPE_READ"]}}"#;
    let flow = Flow::begin(Dialect::Camel, [unread, json(200, camel)]).await;
    flow.visit(&flow.consent()).await;
    let bodies: Vec<_> = flow.server.heard().into_iter().map(|heard| heard.body).collect();
    assert!(bodies[0].starts_with(r#"{"code":"c0de","redirectUri":"#), "{}", bodies[0]);
    assert!(bodies[1].starts_with(r#"{"grant_type":"authorization_code","code":"c0de","redirect_uri":"#));
    let tokens = flow.outcome().await.unwrap();
    assert!(tokens.refresh.is_none());
    assert_eq!((tokens.expires_in, tokens.scopes), (Duration::from_secs(60), vec!["read".to_owned()]));

    let spent = json(400, r#"{"violations":[{"field":"code","description":"used"}]}"#);
    let flow = Flow::begin(Dialect::Camel, [spent, json(200, camel)]).await;
    flow.visit(&flow.consent()).await;
    assert_eq!(flow.server.heard().len(), 1);
    assert!(matches!(flow.outcome().await.unwrap_err(), SignInError::Refused(_)));
}

#[tokio::test]
async fn an_ended_session_is_told_from_a_lost_refresh_and_asked_once() {
    let ended = r#"{"error":"invalid_grant"}"#;
    let server = FaultServer::new([json(400, ended), json(401, "{}"), Act::Reset, json(200, GRANTED)]).await;
    let issuer = issuer(&server);
    let ask = async || refresh(&issuer, "c", &secret("old"), HandClock::new()).await;
    assert!(ask().await.unwrap_err().is_signed_out());
    assert!(ask().await.unwrap_err().is_signed_out());
    assert_eq!(ask().await.unwrap_err(), Failure::Unknown(Cause::Interrupted));
    assert!(ask().await.unwrap().refresh.unwrap().starts_with("ref"));
    let heard = server.heard();
    assert_eq!(heard.len(), 4);
    assert!(heard[0].head.starts_with("post /refresh ") && heard[0].body.contains("refresh_token=old"));
}

#[tokio::test]
async fn giving_a_token_up_is_confirmed_or_not() {
    let server = FaultServer::new([Act::Send(answer(200, "text/plain", "")), json(503, "{}")]).await;
    let issuer = issuer(&server);
    assert_eq!(revoke(&issuer, "c", &secret("ref"), HandClock::new()).await, Ok(()));
    let unsure = revoke(&issuer, "c", &secret("ref"), HandClock::new()).await;
    assert_eq!(unsure, Err(Failure::Unknown(Cause::Server(503))));
    let body = &server.heard()[0].body;
    assert_eq!(body, "token=ref&token_type_hint=refresh_token&client_id=c");
    let nowhere = Issuer { revocation_endpoint: None, ..issuer };
    assert_eq!(revoke(&nowhere, "c", &secret("ref"), HandClock::new()).await, Ok(()));
}

#[tokio::test]
async fn metadata_is_believed_whole_or_not_at_all() {
    let server = FaultServer::new([]).await;
    let home = server.origin.as_str().trim_end_matches('/').to_owned();
    let document = |issuer: &str, methods: &str| {
        format!(
            r#"{{"issuer":"{issuer}","authorization_endpoint":"{home}/a","token_endpoint":"{home}/t",
            "code_challenge_methods_supported":[{methods}],"authorization_response_iss_parameter_supported":true}}"#
        )
    };
    let ask = async || discover(&server.origin, HandClock::new()).await;
    server.then(json(200, &document(&home, r#""S256""#)));
    let found = ask().await.unwrap();
    assert_eq!(
        (found.issuer.as_str(), found.dialect, found.iss_required),
        (home.as_str(), Dialect::Rfc, true)
    );
    assert_eq!(found.refresh_endpoint, found.token_endpoint);
    server.then(json(200, &document(&format!("{home}/"), r#""S256""#)));
    assert_eq!(ask().await, Err(DiscoverError::WrongIssuer));
    server.then(json(200, &document(&home, r#""plain""#)));
    assert_eq!(ask().await, Err(DiscoverError::NoPkce));
    server.then(Act::Send(answer(200, "text/html", "<html>Wi-Fi</html>")));
    assert_eq!(ask().await, Err(DiscoverError::Portal(Failure::Unknown(Cause::NotJson))));
    server.then(json(404, "{}"));
    let plain = ask().await.unwrap();
    assert_eq!((plain.dialect, plain.token_endpoint.path()), (Dialect::Camel, "/v1/auth/token"));
    assert_eq!(plain.refresh_endpoint.path(), "/v1/auth/token/refresh");
}
