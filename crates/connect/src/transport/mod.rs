//! The one place that sends a request and reads an answer.
//!
//! No redirect is followed, no cookie is kept, no environment proxy is used and nothing is repeated.
//! Calls that change something or carry an issued secret use a connection of their own. Bodies, URLs
//! and upstream errors are never logged.

mod clients;
mod head;
mod json;
mod reply;
mod time;

pub(crate) use clients::{Clients, usable};
pub use clients::{Unusable, install_tls};
pub(crate) use reply::Reply;
pub(crate) use time::instant;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use keystow_domain::{Clock, Timestamp};
use url::Url;
use zeroize::Zeroizing;

use crate::{Cause, Failure, Offset, RateLimit};

/// The largest answer to a call that changes something.
const MUTATION_CAP: usize = 1 << 20;
/// The largest answer to a call that reads.
const READ_CAP: usize = 16 << 20;

/// What a request is for, and so how it travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It changes nothing and may share a connection.
    Read,
    /// It changes something, or carries an issued secret: one attempt, a connection of its own.
    Once,
}

/// A request, ready to be sent.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Zeroizing<Vec<u8>>>,
    pub(crate) purpose: Purpose,
}

impl Request {
    /// A request without a body, of the purpose that its method suggests.
    pub(crate) fn new(method: Method, url: Url) -> Self {
        let purpose = if method == Method::GET { Purpose::Read } else { Purpose::Once };
        let mut headers = HeaderMap::new();
        headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
        Self { method, url, headers, body: None, purpose }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn json(self, body: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        self.with_body(body.into(), "application/json")
    }

    pub(crate) fn form(self, body: Zeroizing<Vec<u8>>) -> Self {
        self.with_body(body, "application/x-www-form-urlencoded")
    }

    fn with_body(mut self, body: Zeroizing<Vec<u8>>, kind: &'static str) -> Self {
        self.body = Some(body);
        self.header(http::header::CONTENT_TYPE, HeaderValue::from_static(kind))
    }
}

/// Sends requests, and remembers what the heads of the answers told.
pub(crate) struct Transport {
    clients: Clients,
    clock: Arc<dyn Clock>,
    learned: Mutex<Learned>,
}

#[derive(Default)]
struct Learned {
    offset: Option<Offset>,
    limits: Option<RateLimit>,
}

impl Transport {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clients: Clients::new(), clock, learned: Mutex::default() }
    }

    /// Sends `request` once and reads the whole answer, whatever its status.
    pub(crate) async fn send(&self, request: Request) -> Result<Reply, Failure> {
        let purpose = request.purpose;
        let cap = if purpose == Purpose::Read { READ_CAP } else { MUTATION_CAP };
        let (response, started, sent_at, took) = self.dispatch(request).await?;
        let now = sent_at.plus(took);
        let offset = head::offset(response.headers(), started, sent_at, took);
        let head = head::Head::read(response.status().as_u16(), response.headers(), offset, now);
        self.learn(offset, head.limits);
        let body = reply::body(response, cap).await.map_err(Failure::Unknown)?;
        Ok(Reply { head, body })
    }

    /// Sends `request` once and tells the answer's head and the time to it; the body is not read, and
    /// nothing is learned: somebody else than the portal may have answered.
    pub(crate) async fn knock(&self, request: Request) -> Result<(head::Head, Duration), Failure> {
        let (response, started, sent_at, took) = self.dispatch(request).await?;
        let offset = head::offset(response.headers(), started, sent_at, took);
        let status = response.status().as_u16();
        Ok((head::Head::read(status, response.headers(), offset, sent_at.plus(took)), took))
    }

    pub(crate) fn offset(&self) -> Option<Offset> {
        self.learned().offset
    }

    pub(crate) fn limits(&self) -> Option<RateLimit> {
        self.learned().limits
    }

    /// Sends a request; with the answer, when it was sent on both clocks, and how long it took.
    async fn dispatch(
        &self,
        request: Request,
    ) -> Result<(reqwest::Response, Duration, Timestamp, Duration), Failure> {
        let method = request.method.clone();
        let client = self.clients.client(request.purpose)?;
        let (started, sent_at) = (self.clock.elapsed(), self.clock.now());
        let outcome = clients::send(client, request).await;
        let took = self.clock.elapsed().saturating_sub(started);
        match &outcome {
            Ok(response) => {
                tracing::debug!(%method, status = response.status().as_u16(), ms = took.as_millis(), "answered");
            }
            Err(failure) => tracing::debug!(%method, %failure, ms = took.as_millis(), "not answered"),
        }
        Ok((outcome?, started, sent_at, took))
    }

    fn learn(&self, offset: Option<Offset>, limits: Option<RateLimit>) {
        let mut learned = self.learned();
        learned.offset = offset.or(learned.offset);
        learned.limits = limits.or(learned.limits);
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        // Both fields are plain values, so a panic elsewhere cannot have left them half written.
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The failure of a call that was answered with a status that is neither a success nor a refusal.
pub(crate) fn unusable_status(status: u16) -> Failure {
    Failure::Unknown(if (300..400).contains(&status) { Cause::Redirected } else { Cause::Server(status) })
}
