//! The HTTP clients, and which addresses they may be used for.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::redirect::Policy;
use url::{Host, Url};

use super::{Purpose, Request};
use crate::{Cause, Failure};

const CONNECT: Duration = Duration::from_secs(10);
const WHOLE_MUTATION: Duration = Duration::from_secs(60);
const WHOLE_READ: Duration = Duration::from_secs(30);
/// How long a shared connection may idle; the access token lies in its buffers until then.
const IDLE: Duration = Duration::from_secs(15);

/// Why an address cannot be a portal's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Neither `https` nor `http` to a loopback address.
    #[error("the address is not https")]
    Insecure,
    /// No host, or a user name or password inside the address.
    #[error("the address does not name a server")]
    NoHost,
}

/// Chooses the cryptography of every TLS connection of this process (rustls with ring). Programs call
/// it first thing; calling it again changes nothing.
pub fn install_tls() {
    // An error only means that it was installed before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Checks that `url` may be connected to: https anywhere, http only to a loopback literal (RFC 8252 §7.3).
///
/// # Errors
///
/// Says what is wrong with it.
pub(crate) fn usable(url: &Url) -> Result<(), Unusable> {
    let host = url.host().ok_or(Unusable::NoHost)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Unusable::NoHost);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&host) => Ok(()),
        _ => Err(Unusable::Insecure),
    }
}

/// Whether a host is a loopback address written as one; a name such as `localhost` can be made to
/// point elsewhere.
pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(_) => false,
    }
}

/// Two clients that differ in whether connections are shared. Each is made when it is first needed,
/// because making one reads this computer's certificates.
pub(crate) struct Clients {
    reads: OnceLock<reqwest::Client>,
    once: OnceLock<reqwest::Client>,
    read_patience: Duration,
    mutation_patience: Duration,
}

impl Clients {
    pub(crate) fn new() -> Self {
        Self::with_patience(WHOLE_READ, WHOLE_MUTATION)
    }

    fn with_patience(read_patience: Duration, mutation_patience: Duration) -> Self {
        Self { reads: OnceLock::new(), once: OnceLock::new(), read_patience, mutation_patience }
    }

    /// The client for calls of this purpose.
    ///
    /// # Errors
    ///
    /// When this computer's certificates cannot be read.
    pub(crate) fn client(&self, purpose: Purpose) -> Result<&reqwest::Client, Failure> {
        let cell = if purpose == Purpose::Read { &self.reads } else { &self.once };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        install_tls();
        let client = self.builder(purpose).build().map_err(|_| Failure::NotSent(Cause::Tls))?;
        Ok(cell.get_or_init(|| client))
    }

    fn builder(&self, purpose: Purpose) -> reqwest::ClientBuilder {
        match purpose {
            Purpose::Read => {
                careful().pool_idle_timeout(IDLE).pool_max_idle_per_host(2).timeout(self.read_patience)
            }
            // HTTP/1.1 and no pool: the connection, and every buffer of it, ends with the call.
            Purpose::Once => careful().http1_only().pool_max_idle_per_host(0).timeout(self.mutation_patience),
        }
    }
}

/// Sends a request over `client`, once.
///
/// # Errors
///
/// When the head of an answer did not arrive.
pub(crate) async fn send(client: &reqwest::Client, request: Request) -> Result<reqwest::Response, Failure> {
    usable(&request.url).map_err(|_| Failure::NotSent(Cause::Connect))?;
    let mut builder = client.request(request.method, request.url).headers(request.headers);
    if let Some(body) = request.body {
        builder = builder.body(reqwest::Body::from(bytes::Bytes::from_owner(body)));
    }
    builder.send().await.map_err(|error| classify(&error))
}

fn careful() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .user_agent(concat!("Keystow/", env!("CARGO_PKG_VERSION")))
}

/// Sorts an error of a request whose answer's head never came. Only a connection that was never made
/// proves that nothing was sent.
fn classify(error: &reqwest::Error) -> Failure {
    if error.is_builder() {
        return Failure::NotSent(Cause::Garbage);
    }
    if error.is_connect() {
        return Failure::NotSent(connect_cause(error));
    }
    Failure::Unknown(if error.is_timeout() { Cause::Timeout } else { Cause::Interrupted })
}

fn connect_cause(error: &reqwest::Error) -> Cause {
    if error.is_dns() {
        return Cause::Dns;
    }
    if error.is_timeout() {
        return Cause::Timeout;
    }
    let mut source = error.source();
    while let Some(inner) = source {
        if is_tls(inner) {
            return Cause::Tls;
        }
        source = inner.source();
    }
    Cause::Connect
}

/// Whether an error is one of rustls, wrapped in any number of io errors: those hide what they hold
/// from `source`.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || held.is_some_and(|held| is_tls(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends a request of each purpose to a server that never says a word.
    #[tokio::test]
    async fn silence_is_a_time_out_and_leaves_the_outcome_open() {
        // The system accepts the connection; nobody ever reads from it.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", silent.local_addr().unwrap())).unwrap();
        let short = Duration::from_millis(20);
        let clients = Clients::with_patience(short, short);
        for method in [http::Method::GET, http::Method::POST] {
            let request = Request::new(method, url.clone());
            let outcome = send(clients.client(request.purpose).unwrap(), request).await;
            assert_eq!(outcome.err(), Some(Failure::Unknown(Cause::Timeout)));
        }
    }

    fn check(url: &str) -> Result<(), Unusable> {
        usable(&Url::parse(url).unwrap())
    }

    #[test]
    fn only_https_and_loopback_literals_are_connected_to() {
        for good in ["https://portal.example", "http://127.0.0.1:8080", "http://[::1]:1", "http://127.9.9.9"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["http://portal.example", "http://localhost:80", "http://10.0.0.1", "ftp://portal.example"]
        {
            assert_eq!(check(bad), Err(Unusable::Insecure), "{bad}");
        }
        for bad in ["file:///etc/passwd", "https://me:pw@portal.example", "data:text/html,x"] {
            assert_eq!(check(bad), Err(Unusable::NoHost), "{bad}");
        }
    }
}
