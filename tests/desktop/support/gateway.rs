//! The portal's metered API, called as a service does that was given a secret.

use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpStream;

use super::until;

/// A thing of the catalogue that is there.
pub(crate) const THERE: &str = "/v1/catalog/items/item_001";
/// A thing of the catalogue that is not.
pub(crate) const MISSING: &str = "/v1/catalog/items/no-such-item";

/// A portal's API.
pub(crate) struct Gateway {
    client: Client<HttpConnector, String>,
    origin: String,
}

impl Gateway {
    /// The API of the portal that an address belongs to.
    pub(crate) fn of(address: &str) -> Self {
        let address: url::Url = address.parse().expect("an address of the portal");
        // No connection is kept: each call is a stranger's, and the portal has nothing left to remember it by.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { client, origin: address.origin().ascii_serialization() }
    }

    /// Waits until the portal listens: it starts once the window has been drawn.
    pub(crate) async fn listens(&self) {
        let authority = self.origin.trim_start_matches("http://");
        until("the portal listens", async || TcpStream::connect(authority).await.ok()).await;
    }

    /// Gets a token as a client does that calls for itself; nothing if the portal refuses.
    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> Option<String> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", "stream")
            .extend_pairs(fields)
            .finish();
        let request = http::Request::post(format!("{}/oauth/token", self.origin))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .expect("a form is a body");
        let answer = self.client.request(request).await.expect("the portal answers");
        let body =
            http_body_util::BodyExt::collect(answer.into_body()).await.expect("a whole answer").to_bytes();
        let answer: serde_json::Value = serde_json::from_slice(&body).expect("an answer in JSON");
        answer["access_token"].as_str().map(str::to_owned)
    }

    /// Acquires a thing of the stream with a token and tells the status of the answer.
    pub(crate) async fn stream(&self, token: &str) -> u16 {
        let request = http::Request::get(format!("{}/v1/stream/items/item_002", self.origin))
            .header("authorization", format!("Bearer {token}"))
            .body(String::new())
            .expect("a token fits into a header");
        self.client.request(request).await.expect("the portal answers").status().as_u16()
    }

    /// The issuer of the portal.
    pub(crate) fn issuer(&self) -> &str {
        &self.origin
    }

    /// Makes one call with a secret and tells the status of the answer.
    pub(crate) async fn call(&self, secret: &str, path: &str) -> u16 {
        let request = http::Request::get(format!("{}{path}", self.origin)).header("x-api-key", secret);
        let request = request.body(String::new()).expect("a secret fits into a header");
        let answer = self.client.request(request).await;
        answer
            .unwrap_or_else(|error| panic!("the portal at {} does not answer: {error}", self.origin))
            .status()
            .as_u16()
    }
}
