//! Someone who registers at a portal, allows an app, and gets its token: the way a browser does it,
//! without the browser.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::load::Connection;

/// The app that asks; the portal knows it from its first start.
const CLIENT: &str = "keystow-desktop";
const REDIRECT: &str = "http://127.0.0.1/callback";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A visitor of a portal, signed in.
pub(crate) struct Visitor {
    connection: Connection,
    host: SocketAddr,
    cookies: BTreeMap<String, String>,
    /// The access token of the app.
    pub(crate) token: String,
}

impl Visitor {
    /// Registers under this name and allows the app.
    ///
    /// # Errors
    ///
    /// Fails if the portal refuses any of the steps.
    pub(crate) async fn register(portal: SocketAddr, name: &str) -> Result<Self> {
        let connection = Connection::open(portal).await?;
        let mut visitor = Self { connection, host: portal, cookies: BTreeMap::new(), token: String::new() };
        let page = visitor.get("/register").await?;
        let email = format!("{name}@keystow.example");
        let account = [
            ("form", form_token(&page)?),
            ("next", "/"),
            ("email", &email),
            ("password", "measured twice"),
            ("repeated", "measured twice"),
        ];
        let answer = visitor.submit("/register", &form(&account)).await?;
        ensure!(answer.starts_with("HTTP/1.1 303"), "the portal did not register: {}", first_line(&answer));
        let request = [
            ("client_id", CLIENT),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", "read"),
            ("state", "bench"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let back = visitor.allow(&form(&request)).await?;
        let (_, rest) = back.split_once("code=").with_context(|| format!("no code in {back}"))?;
        let code = rest.split('&').next().unwrap_or(rest);
        let exchange =
            json!({ "code": code, "redirectUri": REDIRECT, "clientId": CLIENT, "codeVerifier": VERIFIER });
        let reply = visitor.post("/v1/auth/token", &exchange).await?;
        let token = reply["token"]["accessToken"].as_str().context("the portal gave no token")?;
        visitor.token = token.to_owned();
        Ok(visitor)
    }

    /// Creates a key and gives its id.
    ///
    /// # Errors
    ///
    /// Fails if the portal refuses.
    pub(crate) async fn create_key(&mut self, name: &str) -> Result<String> {
        let reply = self.post("/v1/developer/keys", &json!({ "name": name, "scopes": ["read"] })).await?;
        let id =
            reply["apiKey"]["id"].as_str().with_context(|| format!("the portal made no key: {reply}"))?;
        Ok(id.to_owned())
    }

    /// Opens the address of a sign-in as an app gives it to the browser, says yes, and goes back to
    /// the app.
    ///
    /// # Errors
    ///
    /// Fails if the portal does not send the browser back, or if nobody waits there.
    pub(crate) async fn say_yes(&mut self, address: &str) -> Result<()> {
        let (_, query) = address.split_once('?').context("the address asks for nothing")?;
        let back = self.allow(query).await?;
        let place = back.strip_prefix("http://").context("the app is not on this computer")?;
        let (host, path) = place.split_once('/').context("the address of the app has no path")?;
        let host: SocketAddr = host.parse().context("the app is not on a loopback address")?;
        let request = request("GET", &format!("/{path}"), host, "", "");
        Connection::open(host).await?.call(&request).await?;
        Ok(())
    }

    /// Says yes on the page of a sign-in; gives the address the browser is sent back to.
    async fn allow(&mut self, query: &str) -> Result<String> {
        let page = self.get(&format!("/v1/auth/authorize?{query}")).await?;
        let decision = format!("{}&{query}", form(&[("form", form_token(&page)?), ("decision", "allow")]));
        let answer = self.submit("/consent", &decision).await?;
        let back = header(&answer, "location").context("the portal did not send the browser back")?;
        Ok(back.to_owned())
    }

    async fn get(&mut self, path: &str) -> Result<String> {
        self.send(&format!("GET {path} HTTP/1.1\r\n"), "").await
    }

    async fn submit(&mut self, path: &str, fields: &str) -> Result<String> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nOrigin: http://{}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            self.host
        );
        self.send(&head, fields).await
    }

    async fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        let request = request("POST", path, self.host, &self.token, &body.to_string());
        let (_, answer) = self.connection.call(&request).await?;
        let text = String::from_utf8(answer)?;
        let (_, body) = text.split_once("\r\n\r\n").context("no body")?;
        serde_json::from_str(body).with_context(|| format!("{path} answered {}", first_line(&text)))
    }

    async fn send(&mut self, head: &str, body: &str) -> Result<String> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookie =
            if cookies.is_empty() { String::new() } else { format!("Cookie: {}\r\n", cookies.join("; ")) };
        let request =
            format!("{head}Host: {}\r\n{cookie}Content-Length: {}\r\n\r\n{body}", self.host, body.len());
        let (_, answer) = self.connection.call(request.as_bytes()).await?;
        let text = String::from_utf8(answer)?;
        for cookie in headers(&text, "set-cookie") {
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(text)
    }
}

/// A call of an app, as the bytes that go out.
pub(crate) fn request(method: &str, path: &str, host: SocketAddr, token: &str, body: &str) -> Vec<u8> {
    let auth = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{auth}{kind}Content-Length: {length}\r\n\r\n");
    (head + body).into_bytes()
}

/// A call of a service that was given a secret, as the bytes that go out.
pub(crate) fn with_key(path: &str, host: SocketAddr, secret: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nx-api-key: {secret}\r\nContent-Length: 0\r\n\r\n")
        .into_bytes()
}

/// The token of the form on a page, without which the portal takes it from nobody.
fn form_token(page: &str) -> Result<&str> {
    let (_, rest) = page.split_once("name=\"form\" value=\"").context("the page has no form")?;
    rest.split_once('"').map(|(token, _)| token).context("the form has no token")
}

fn header<'a>(answer: &'a str, name: &'a str) -> Option<&'a str> {
    headers(answer, name).next()
}

/// Every value of a field of the head.
fn headers<'a>(answer: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn first_line(answer: &str) -> &str {
    answer.lines().next().unwrap_or_default()
}

/// Pairs as a form or a query has them (application/x-www-form-urlencoded).
fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_is_encoded() {
        assert_eq!(form(&[("next", "/a b"), ("n", "1")]), "next=%2Fa%20b&n=1");
    }

    #[test]
    fn a_field_of_the_head_is_found_whatever_its_case() {
        let answer = "HTTP/1.1 303 See Other\r\nLocation: /x\r\n\r\nlocation: /y";
        assert_eq!(header(answer, "location"), Some("/x"));
        assert_eq!(header(answer, "set-cookie"), None);
    }
}
