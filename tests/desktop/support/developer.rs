//! A developer's own program: it signs in as the person in the browser allows, and calls the portal's API.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::browser::Browser;

/// The verifier of RFC 7636, appendix B, and its challenge.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A program that is signed in.
pub(crate) struct Developer {
    authority: String,
    token: String,
}

impl Developer {
    /// Signs in at a portal as somebody new, of whom the browser knows nothing.
    pub(crate) async fn register(browser: &Browser, address: &str, email: &str) -> Self {
        browser.forget().await;
        let authority = address.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("there is a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let redirect = format!("http://127.0.0.1:{port}/callback");
        let mut page: url::Url = format!("{address}/v1/auth/authorize").parse().expect("an address");
        page.query_pairs_mut()
            .append_pair("client_id", "keystow-desktop")
            .append_pair("redirect_uri", &redirect)
            .append_pair("response_type", "code")
            .append_pair("state", "some-state")
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256");
        browser.visit(page.as_str()).await;
        browser.register_as(email).await;
        let (code, ()) = tokio::join!(code(&listener), browser.answer("Allow"));
        let asked = serde_json::json!({
            "code": code, "redirectUri": redirect, "clientId": "keystow-desktop", "codeVerifier": VERIFIER,
        });
        let mut developer = Self { authority, token: String::new() };
        let answer = developer.call("POST", "/v1/auth/token", Some(asked)).await;
        answer["token"]["accessToken"].as_str().expect("a token").clone_into(&mut developer.token);
        developer
    }

    /// Makes a call that succeeds, and tells what it was answered with.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let authorization = match self.token.as_str() {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{authorization}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.authority,
            body.len(),
        );
        let mut line = TcpStream::connect(&self.authority).await.expect("the portal listens");
        line.write_all(request.as_bytes()).await.expect("the portal takes a call");
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.expect("the portal answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {head}\n{body}");
        serde_json::from_str(body).expect("an answer is JSON")
    }
}

/// Waits for the browser to come back, and takes the code it brings.
async fn code(listener: &TcpListener) -> String {
    let (mut line, _) = listener.accept().await.expect("the browser comes back");
    let mut asked = vec![0; 8192];
    let length = line.read(&mut asked).await.expect("the browser says where it goes");
    line.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .await
        .expect("the browser is answered");
    let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
    let place = asked.split_whitespace().nth(1).unwrap_or_default();
    let place: url::Url = format!("http://127.0.0.1{place}").parse().expect("a place");
    let code = place.query_pairs().find(|(name, _)| name == "code");
    code.map(|(_, code)| code.into_owned()).expect("the browser brings a code")
}
