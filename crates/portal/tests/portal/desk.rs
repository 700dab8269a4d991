//! A running portal, somebody at a browser, and an app: what every test sits down at.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{self, Body},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use keystow_domain::{Clock, Timestamp};
use keystow_portal::{Config, Running};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::{Url, form_urlencoded};

use crate::store::Store;

/// The redirect address of the app in tests.
pub(crate) const REDIRECT: &str = "http://127.0.0.1:5555/callback/b1f0";
/// The PKCE verifier of the app in tests.
pub(crate) const VERIFIER: &str = "a-verifier-of-exactly-forty-three-characters";
const PASSWORD: &str = "correct horse battery";

/// A clock that stands still until a test moves it.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst).unsigned_abs())
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// A value in the query of the place the browser is sent to.
    pub(crate) fn brought(&self, name: &str) -> Option<String> {
        let place = Url::parse(self.location()).unwrap();
        place.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The text, after seeing that it is what was expected.
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

/// A portal with everybody a test needs around it.
pub(crate) struct Desk {
    portal: Option<Running>,
    store: Option<Store>,
    base: String,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) data: TempDir,
    http: Client<HttpConnector, Body>,
    cookies: Mutex<BTreeMap<String, String>>,
    /// Mails whose link was followed.
    followed: Mutex<BTreeSet<PathBuf>>,
}

impl Desk {
    /// An extended portal that nobody has used.
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// A portal set up as the test likes.
    pub(crate) async fn with(set_up: impl FnOnce(&mut Config)) -> Self {
        Self::on(Store::new().await, set_up).await
    }

    /// A portal on a store that others may use too.
    pub(crate) async fn on(store: Store, set_up: impl FnOnce(&mut Config)) -> Self {
        let mut desk = Self { store: Some(store), ..Self::empty() };
        desk.start(set_up).await;
        desk
    }

    /// A portal that is running already.
    pub(crate) fn at(base: &str) -> Self {
        Self { base: base.to_owned(), ..Self::empty() }
    }

    /// The same portal, from a browser on another computer of this one's network.
    #[cfg(target_os = "linux")]
    pub(crate) fn elsewhere(&self, address: std::net::Ipv4Addr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_local_address(Some(address.into()));
        let http = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Self { http, ..Self::at(&self.base) }
    }

    fn empty() -> Self {
        Self {
            portal: None,
            store: None,
            base: String::new(),
            clock: Arc::new(TestClock(AtomicI64::new(1_800_000_000_000))),
            data: tempfile::tempdir().unwrap(),
            http: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http(),
            cookies: Mutex::default(),
            followed: Mutex::default(),
        }
    }

    /// Starts a portal on the data that is there.
    pub(crate) async fn start(&mut self, set_up: impl FnOnce(&mut Config)) {
        let mut config = self.config();
        set_up(&mut config);
        let portal = keystow_portal::start(config, self.clock.clone()).await.unwrap();
        self.base = portal.base_url().to_owned();
        self.portal = Some(portal);
    }

    /// How a portal on the data that is there is set up.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new(self.data.path().join("portal"));
        self.store().set_up(&mut config);
        config
    }

    /// What the portal keeps everything in.
    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    pub(crate) async fn stop(&mut self) {
        self.portal.take().unwrap().stop().await.unwrap();
    }

    pub(crate) fn portal(&self) -> &Running {
        self.portal.as_ref().unwrap()
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Makes a call.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        self.try_send(method, path, headers, body).await.unwrap()
    }

    /// Makes a call whose answer may get lost.
    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Option<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.http.request(request.body(Body::from(body)).unwrap()).await.ok()?;
        let (parts, body) = response.into_parts();
        let bytes = body::to_bytes(Body::new(body), usize::MAX).await.ok()?;
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Some(Answer { status: parts.status, headers: parts.headers, text })
    }

    /// Sends bytes as they are, and gives what comes back until nothing more does.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut line =
            tokio::net::TcpStream::connect(self.base.strip_prefix("http://").unwrap()).await.unwrap();
        let mut answer = vec![0; 4096];
        // The portal may have read enough before everything is sent.
        let _ = line.write_all(bytes).await;
        let length = line.read(&mut answer).await.unwrap_or_default();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    /// Calls the API without a credential.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Sends a form as an app does.
    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, &[("content-type", "application/x-www-form-urlencoded")], body).await
    }

    /// Calls the gateway.
    pub(crate) async fn try_key(&self, path: &str, secret: &str) -> Answer {
        self.send(Method::GET, path, &[("x-api-key", secret)], String::new()).await
    }

    /// Opens a page in the browser.
    pub(crate) async fn browse(&self, path: &str) -> Answer {
        self.in_browser(Method::GET, path, &[], String::new()).await
    }

    /// Fills in the form of a page and sends it.
    pub(crate) async fn fill_in(&self, page: &Answer, action: &str, fields: &[(&str, &str)]) -> Answer {
        self.fill_in_as(page, action, fields, &[]).await
    }

    /// Fills in the form of a page and sends it with headers that a browser adds.
    pub(crate) async fn fill_in_as(
        &self,
        page: &Answer,
        action: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut all = hidden(&page.text);
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        self.in_browser(Method::POST, action, headers, body).await
    }

    /// What the browser carries, as it would send it.
    pub(crate) fn cookies(&self) -> String {
        let jar = self.cookies.lock().unwrap();
        jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    async fn in_browser(&self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let cookies = self.cookies();
        let mut all =
            vec![("cookie", cookies.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        let answer = self.send(method, path, &all, body).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.lock().unwrap().insert(name.into(), value.into());
        }
        answer
    }

    /// Registers Ada, who is then signed in with the browser.
    pub(crate) async fn register(&self) {
        self.register_as("ada@example.com").await;
    }

    /// Registers somebody in a browser of their own.
    pub(crate) async fn register_as(&self, email: &str) {
        self.register_named(email, "Ada").await;
    }

    /// The same under a name of their choice.
    pub(crate) async fn register_named(&self, email: &str, name: &str) {
        self.cookies.lock().unwrap().clear();
        let page = self.browse("/register").await;
        let fields = [("email", email), ("name", name), ("password", PASSWORD), ("repeated", PASSWORD)];
        self.fill_in(&page, "/register", &fields).await.expect(303);
    }

    /// Ada comes back to a browser that has forgotten her, and signs in.
    pub(crate) async fn come_back(&self) -> App<'_> {
        self.sign_in_as("ada@example.com").await;
        self.sign_in().await
    }

    /// Somebody who is registered signs in with a browser that has forgotten everybody.
    pub(crate) async fn sign_in_as(&self, email: &str) {
        self.forget_cookies();
        let page = self.browse("/sign-in").await;
        let fields = [("email", email), ("password", PASSWORD)];
        self.fill_in(&page, "/sign-in", &fields).await.expect(303);
    }

    /// The browser forgets who it was.
    pub(crate) fn forget_cookies(&self) {
        self.cookies.lock().unwrap().clear();
    }

    /// A mail to an address whose link was not followed yet, as soon as the portal has written it.
    async fn unread(&self, email: &str) -> (PathBuf, String) {
        let folder = self.data.path().join("portal/mail");
        let arrived = async {
            loop {
                let files = std::fs::read_dir(&folder).into_iter().flatten().map(|file| file.unwrap().path());
                let written = files.filter(|file| file.extension().is_some_and(|kind| kind == "eml"));
                let unread = written.filter(|file| !self.followed.lock().unwrap().contains(file));
                let mut mails = unread.map(|file| (file.clone(), std::fs::read_to_string(file).unwrap()));
                if let Some(found) = mails.find(|(_, mail)| mail.contains(&format!("To: <{email}>\r\n"))) {
                    return found;
                }
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), arrived).await;
        waited.unwrap_or_else(|_| panic!("no mail to {email}"))
    }

    /// What a mail to an address says.
    pub(crate) async fn mail_to(&self, email: &str) -> String {
        self.unread(email).await.1
    }

    /// The page that a mail to an address leads to; each mail is followed once.
    pub(crate) async fn link_to(&self, email: &str) -> String {
        let (file, mail) = self.unread(email).await;
        self.followed.lock().unwrap().insert(file);
        let link = mail.lines().find_map(|line| line.strip_prefix(&self.base)).unwrap();
        assert!(link.starts_with("/invitation/"), "{mail}");
        link.to_owned()
    }

    /// Lets the app ask for a sign-in and allows it; what comes back holds the code.
    pub(crate) async fn allow(&self) -> Answer {
        let page = self.browse(&authorize(&[])).await.expect(200);
        self.fill_in(&page, "/consent", &[("decision", "allow")]).await.expect(303)
    }

    /// A code for the app.
    pub(crate) async fn code(&self) -> String {
        self.allow().await.brought("code").unwrap()
    }

    /// Exchanges a code at the standard endpoint.
    pub(crate) async fn exchange(&self, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("client_id", "keystow-desktop"),
            ("code_verifier", VERIFIER),
        ];
        self.form("/oauth/token", &fields).await
    }

    /// Exchanges a refresh token at the standard endpoint.
    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let fields =
            [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "keystow-desktop")];
        self.form("/oauth/token", &fields).await
    }

    /// Ada, signed in with the app.
    pub(crate) async fn app(&self) -> App<'_> {
        self.register().await;
        self.sign_in().await
    }

    /// Whoever is signed in with the browser, signed in with the app.
    pub(crate) async fn sign_in(&self) -> App<'_> {
        // AuthService in the camel shape, which every mode and dialect but `rfc` speaks.
        let code = self.code().await;
        let body = json!({"code": code, "redirectUri": REDIRECT, "clientId": "keystow-desktop", "codeVerifier": VERIFIER});
        let token = self.post("/v1/auth/token", body).await.expect(200).json()["token"].clone();
        let text = |name: &str| token[name].as_str().unwrap().to_owned();
        App { desk: self, access: text("accessToken"), refresh: text("refreshToken") }
    }
}

/// An app that is signed in.
pub(crate) struct App<'d> {
    desk: &'d Desk,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl App<'_> {
    /// The portal, with everybody around it.
    pub(crate) fn desk(&self) -> &Desk {
        self.desk
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        self.try_call(method, path, headers, body).await.unwrap()
    }

    pub(crate) async fn try_call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Answer> {
        let bearer = format!("Bearer {}", self.access);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend(headers);
        self.desk.try_send(method, path, &all, body.to_owned()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &[], &body.to_string()).await
    }

    /// Makes a key; gives its id and its secret.
    pub(crate) async fn create(&self, name: &str) -> (String, String) {
        issued(&self.post("/v1/developer/keys", json!({"name": name, "scopes": ["read"]})).await.expect(200))
    }

    /// Rotates a key and gives the new secret.
    pub(crate) async fn rotate(&self, id: &str, grace: u64) -> String {
        let body = json!({"id": id, "graceSeconds": grace});
        issued(&self.post(&format!("/v1/developer/keys/{id}/rotate"), body).await.expect(200)).1
    }
}

/// Settings under which a snapshot is named as in the tests of the portal on a file, wherever the test runs: both are
/// compared with the same.
pub(crate) fn snapshots() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings
}

/// The id and the secret of an answer that issues one.
pub(crate) fn issued(answer: &Answer) -> (String, String) {
    let said = answer.json();
    (said["apiKey"]["id"].as_str().unwrap().to_owned(), said["secret"].as_str().unwrap().to_owned())
}

/// The address an app sends the browser to, with some parameters of its own.
pub(crate) fn authorize(other: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut params = BTreeMap::from([
        ("client_id", "keystow-desktop"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "read"),
        ("state", "some-state"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ]);
    params.extend(other.iter().copied());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("/v1/auth/authorize?{query}")
}

/// The hidden fields of the forms of a page.
pub(crate) fn hidden(page: &str) -> BTreeMap<String, String> {
    let value = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.replace("&amp;", "&"))
    };
    let tags = page.split("<input type=\"hidden\"").skip(1).filter_map(|rest| rest.split('>').next());
    tags.filter_map(|tag| Some((value(tag, "name")?, value(tag, "value")?))).collect()
}
