//! Calls that may be repeated: the same `Idempotency-Key` gets the same answer for a day.
//!
//! The answer holds a secret, so it is kept sealed under a key derived from the `Idempotency-Key`
//! itself, of which the portal keeps only a keyed hash: what is on its disk opens nothing. The answer
//! becomes durable together with the change it tells of, so there is no change without an answer.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use keystow_domain::Timestamp;
use keystow_portal_api::errors::code;
use zeroize::Zeroizing;

use crate::{
    app::App,
    reply::ApiError,
    seal::{Digest, Pepper, Purpose},
    storage::CallRecord,
};

/// The header that names a call.
pub(crate) const HEADER: &str = "Idempotency-Key";
/// How long an answer is kept.
pub(crate) const WINDOW: Duration = Duration::from_secs(24 * 3600);
/// How long it is remembered that there was a call, so that it is not made again by mistake.
pub(crate) const MEMORY: Duration = Duration::from_secs(30 * 24 * 3600);
/// The shortest name: 22 characters of base64 are 128 bits, enough to derive a key from.
const SHORTEST: usize = 22;
/// The longest name.
const LONGEST: usize = 255;

/// Calls that are being made right now.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashSet<Digest>>>);

/// A call that is being made; no other of the same name can begin until it is dropped.
pub(crate) struct Call {
    name: Digest,
    content: Digest,
    key: Zeroizing<String>,
    in_flight: InFlight,
}

/// How a call begins.
pub(crate) enum Begun {
    /// It is to be made; with a name if it has one.
    New(Option<Call>),
    /// It was made before; this is its answer.
    Answered(Response),
}

/// Begins a call of an account: finds the answer to an earlier one of the same name.
///
/// # Errors
///
/// 400 for a name that can be guessed, 409 while the same call is being made, 422 if the name stood
/// for another request or its answer is no longer kept.
pub(crate) async fn begin(
    app: &App,
    account: &str,
    path: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Begun, ApiError> {
    let mut names = headers.get_all("idempotency-key").iter();
    let Some(key) = names.next().filter(|_| app.is_extended()) else {
        return Ok(Begun::New(None));
    };
    // Not ignored: the caller counts on it that the call can be repeated.
    let key = key.to_str().ok().filter(|_| names.next().is_none());
    let key = key.ok_or_else(|| ApiError::field(HEADER, "must come once and be visible ASCII"))?;
    if !(SHORTEST..=LONGEST).contains(&key.len()) {
        return Err(ApiError::field(HEADER, "must have 22 to 255 characters that nobody can guess"));
    }
    let name = app.pepper.digest(Purpose::Call, &[account, key]);
    let content = content(&app.pepper, path, body);
    let call = app.in_flight.enter(name, content, key)?;
    Ok(match made_before(app, &call).await? {
        Some(answer) => Begun::Answered(answer),
        None => Begun::New(Some(call)),
    })
}

/// The answer to an earlier call of the same name, if there was one. Where several portals share a database, that is
/// known for certain only after the change was tried: another may be making the same call.
///
/// # Errors
///
/// 422 if the name stood for another request or its answer is no longer kept.
pub(crate) async fn made_before(app: &App, call: &Call) -> Result<Option<Response>, ApiError> {
    let Some(earlier) = app.storage.call(&call.name).await? else { return Ok(None) };
    if earlier.content != call.content {
        return Err(ApiError::unprocessable(HEADER, "was used for another request"));
    }
    let kept = earlier.sealed.filter(|_| app.clock.now() < earlier.answered_at.plus(WINDOW));
    let answer = kept.and_then(|sealed| app.pepper.unseal(&call.key, &call.name, &sealed));
    let answer = answer.ok_or_else(|| {
        ApiError::unprocessable(
            HEADER,
            "was used more than a day ago; the call was made and its answer is no longer kept",
        )
    })?;
    let mut response = json(answer.to_vec());
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    Ok(Some(response))
}

/// An answer of the API from its bytes.
pub(crate) fn json(answer: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], answer.into()).into_response()
}

fn content(pepper: &Pepper, path: &str, body: &Bytes) -> Digest {
    pepper.digest(Purpose::Content, &[path, &String::from_utf8_lossy(body)])
}

impl Call {
    /// The record of this call and its answer.
    pub(crate) fn record(&self, pepper: &Pepper, answer: &[u8], now: Timestamp) -> CallRecord {
        let sealed = pepper.seal(&self.key, &self.name, answer);
        CallRecord { name: self.name, content: self.content, answered_at: now, sealed: Some(sealed) }
    }
}

impl InFlight {
    fn enter(&self, name: Digest, content: Digest, key: &str) -> Result<Call, ApiError> {
        if !self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name) {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                code::CONFLICT,
                "the same call is being made right now",
            ));
        }
        Ok(Call { name, content, key: Zeroizing::new(key.to_owned()), in_flight: self.clone() })
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.in_flight.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_call_cannot_be_made_twice_at_once_but_one_after_the_other() {
        let in_flight = InFlight::default();
        let first = in_flight.enter([1; 32], [0; 32], "a").unwrap();
        assert!(in_flight.enter([1; 32], [0; 32], "a").is_err());
        assert!(in_flight.enter([2; 32], [0; 32], "b").is_ok(), "another call is not held up");
        drop(first);
        assert!(in_flight.enter([1; 32], [0; 32], "a").is_ok());
    }
}
