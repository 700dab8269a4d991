//! Every request gets an id, and every call that changes something an attempt; what it ended with is in the log before
//! it is answered.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use keystow_portal_api::errors::code;

use super::{
    attempt::{Attempt, is_id},
    record::{Chain, EntryRecord, Outcome},
};
use crate::{
    app::App,
    caller::{network, peer},
    limits::Counted,
    openapi, pages, random,
    reply::ApiError,
    seal::Pepper,
    storage::StorageError,
};

/// The header of every answer that names the request it answers.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the log is kept with. Built once, at the start.
pub(crate) struct Log {
    pub(super) chain: Chain,
    /// The names of the calls that change something, by method and path.
    operations: HashMap<(Method, String), String>,
}

impl Log {
    /// The log of a portal with this pepper.
    pub(crate) fn new(pepper: &Pepper) -> Self {
        let mut operations = openapi::operations();
        operations
            .extend(pages::ACTIONS.map(|(path, name)| ((Method::POST, path.to_owned()), name.to_owned())));
        Self { chain: Chain::of(pepper), operations }
    }

    /// The attempt that a request is; nothing if it changes nothing.
    fn attempt(&self, app: &App, request: &Request, id: &str) -> Option<Attempt> {
        let method = request.method();
        let path = request.extensions().get::<MatchedPath>()?.as_str();
        if method.is_safe() {
            return None;
        }
        // A page that has no name is called by its path.
        let name = self.operations.get(&(method.clone(), path.to_owned()));
        let (kind, target) = named(path, request.uri().path());
        let entry = EntryRecord {
            operation: name.cloned().unwrap_or_else(|| format!("{method} {path}")),
            kind: kind.to_owned(),
            target: target.to_owned(),
            request: id.to_owned(),
            address: peer(request).map(|peer| peer.to_canonical().to_string()).unwrap_or_default(),
            agent: agent(request.headers()),
            ..EntryRecord::begun(app.clock.now())
        };
        Some(Attempt::new(self.chain.clone(), entry))
    }
}

/// What the path says that a call is about: the kind and the id of the first thing that is named in it. What has not
/// the form of an id is not repeated: it may be a secret that was put in the wrong place.
fn named<'p>(pattern: &'p str, path: &'p str) -> (&'p str, &'p str) {
    let mut before = "";
    for (pattern, part) in pattern.split('/').zip(path.split('/')) {
        if pattern.starts_with('{') {
            let kind = if before == "approvals" { "subscription" } else { before.trim_end_matches('s') };
            return if is_id(part) { (kind, part) } else { ("", "") };
        }
        before = pattern;
    }
    ("", "")
}

fn agent(headers: &HeaderMap) -> String {
    let sent = headers.get(header::USER_AGENT).map(HeaderValue::as_bytes).unwrap_or_default();
    String::from_utf8_lossy(sent).into_owned()
}

/// Watches over every request.
pub(crate) async fn watch(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = random::id("req");
    let mut response = match app.log.attempt(&app, &request, &id) {
        None => next.run(request).await,
        Some(attempt) => {
            // In a task of its own: a caller that hangs up leaves an entry all the same.
            let watched = tokio::spawn(attended(app.clone(), attempt, next.run(request)));
            watched.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
    };
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn attended(app: Arc<App>, attempt: Attempt, run: impl Future<Output = Response>) -> Response {
    let response = attempt.clone().carry(run).await;
    let status = response.status();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        // There is no such call, so that nothing was tried.
        return response;
    }
    let (outcome, code) = judged(status);
    let Some(entry) = attempt.ended(outcome, code) else { return response };
    match write(&app, &attempt, entry).await {
        Ok(()) => response,
        Err(error) if outcome == Outcome::Failed => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a failed call has no entry in the log"
            );
            response
        }
        Err(error) => unlogged(outcome, &error),
    }
}

async fn write(app: &App, attempt: &Attempt, entry: EntryRecord) -> Result<(), StorageError> {
    if entry.code == code::RATE_LIMITED && !is_told(app, &entry).await? {
        return Ok(());
    }
    app.storage.append(entry, attempt.chain()).await?;
    attempt.is_written();
    Ok(())
}

/// Whether a refusal for too many calls is told of: the first of a minute is, of each operation and caller. More would
/// let whoever calls too often fill the disk.
async fn is_told(app: &App, entry: &EntryRecord) -> Result<bool, StorageError> {
    let from = || entry.address.parse().map(|address| network(address).to_string()).unwrap_or_default();
    let who = if entry.account.is_empty() { from() } else { entry.account.clone() };
    let who = format!("{} {who}", entry.operation);
    Ok(app.windows.count(Counted::Told, &who, 1, app.clock.now()).await?.granted)
}

/// What an answer says of how a call ended.
fn judged(status: StatusCode) -> (Outcome, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => (Outcome::Refused, code::UNAUTHENTICATED),
        StatusCode::FORBIDDEN => (Outcome::Refused, code::PERMISSION_DENIED),
        StatusCode::NOT_FOUND => (Outcome::Refused, code::NOT_FOUND),
        StatusCode::CONFLICT => (Outcome::Refused, code::CONFLICT),
        StatusCode::TOO_MANY_REQUESTS => (Outcome::Refused, code::RATE_LIMITED),
        StatusCode::SERVICE_UNAVAILABLE => (Outcome::Failed, code::UNAVAILABLE),
        status if status.is_server_error() => (Outcome::Failed, code::INTERNAL),
        status if status.is_client_error() => (Outcome::Refused, code::INVALID_REQUEST),
        _ => (Outcome::Done, ""),
    }
}

/// What is answered where the entry cannot be stored: nobody is told of a change that the log does not know.
fn unlogged(outcome: Outcome, error: &StorageError) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "the log cannot be written");
    let message = match outcome {
        Outcome::Done => "the portal cannot write its log; look at what was to be changed: it may have been",
        _ => "the portal cannot write its log; nothing was changed",
    };
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, code::UNAVAILABLE, message).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_what_has_the_form_of_an_id_and_nothing_else() {
        let rotate = "/v1/developer/keys/{id}/rotate";
        assert_eq!(
            named(rotate, "/v1/developer/keys/key_0123456789abcdef/rotate"),
            ("key", "key_0123456789abcdef")
        );
        let approve = "/v1/developer/approvals/{id}/approve";
        let decided = "/v1/developer/approvals/sub_0123456789abcdef/approve";
        assert_eq!(named(approve, decided), ("subscription", "sub_0123456789abcdef"));
        assert_eq!(named(rotate, "/v1/developer/keys/kst_a-secret-put-in-the-wrong-place/rotate"), ("", ""));
        assert_eq!(named("/v1/developer/keys", "/v1/developer/keys"), ("", ""));
    }
}
