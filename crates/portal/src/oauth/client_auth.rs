//! Which client calls the token endpoint, and whether it is the one that it says (RFC 6749 §2.3).
//!
//! A client that can prove who it is must: its id alone, which everybody may know, is good for nothing. Secrets are
//! looked up by their keyed hash, so that the time of an answer tells nothing of how close a guess was.

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::assertion::{self, Assertion, Unproven};
use crate::{
    app::App,
    audit,
    clients::ClientAuth,
    reply::ApiError,
    seal::Purpose,
    storage::{ClientRecord, StorageError},
};

/// What the form of a call says of the client; empty where it says nothing.
#[derive(Default)]
pub(super) struct Proof<'a> {
    pub(super) client_id: &'a str,
    pub(super) secret: &'a str,
    pub(super) assertion_type: &'a str,
    pub(super) assertion: &'a str,
}

/// A client that is who it says.
pub(super) struct Proven {
    pub(super) client: ClientRecord,
    /// Which of its secrets or keys it proved that with; nothing for a public client.
    pub(super) version: Option<u32>,
}

/// Why a client is not believed.
pub(super) enum NotProven {
    /// `invalid_client`: unknown, or without a proof that is good.
    Client {
        why: &'static str,
        /// Whether it tried with `Authorization`, and is answered with 401 then (RFC 6749 §5.2).
        by_header: bool,
    },
    /// `invalid_request`.
    Request(&'static str),
    /// Something else failed.
    Api(ApiError),
}

impl From<StorageError> for NotProven {
    fn from(error: StorageError) -> Self {
        Self::Api(error.into())
    }
}

/// One answer for a client that is unknown, was deleted, or brought a proof that is not good: nobody shall learn which.
const UNKNOWN: &str = "the client is unknown, or did not prove who it is";

/// Finds the client that calls, and believes it if it proves who it is.
///
/// # Errors
///
/// Says why it is not believed.
pub(super) async fn prove(app: &App, headers: &HeaderMap, proof: Proof<'_>) -> Result<Proven, NotProven> {
    let basic = basic(headers)?;
    let by_header = basic.is_some();
    let refused = |why| NotProven::Client { why, by_header };
    let signs = !proof.assertion.is_empty() || !proof.assertion_type.is_empty();
    if [by_header, !proof.secret.is_empty(), signs].into_iter().filter(|brought| *brought).count() > 1 {
        return Err(NotProven::Request("prove who the client is in one way, not in several"));
    }
    let assertion = if signs { Some(taken_apart(&proof)?) } else { None };
    let said = basic.as_ref().map(|(id, _)| id.as_str()).or(assertion.as_ref().map(Assertion::subject));
    let id = match (said, proof.client_id) {
        (None, "") => return Err(NotProven::Request("client_id is required")),
        (Some(said), "") => said,
        (Some(said), id) if said != id => return Err(refused(UNKNOWN)),
        (_, id) => id,
    };
    let client = app.storage.client(id).await?.ok_or_else(|| refused(UNKNOWN))?;
    if let Some(of) = &client.registered {
        // Its developer learns of whoever tries to be the client.
        audit::about_client(&client.id, &client.name, &of.account);
    }
    let secret = basic.as_ref().map_or(proof.secret, |(_, secret)| secret.as_str());
    let version = match (client.auth, &assertion) {
        (ClientAuth::None, None) if secret.is_empty() => None,
        (ClientAuth::Secret, None) => {
            Some(with_secret(app, id, secret).await?.ok_or_else(|| refused(UNKNOWN))?)
        }
        (ClientAuth::Assertion, Some(assertion)) => {
            let keys = app.storage.client_keys(id).await?;
            Some(assertion.prove(app, id, &keys).await.map_err(|unproven| match unproven {
                Unproven::Unknown => refused(UNKNOWN),
                Unproven::Wrong(why) => refused(why),
                Unproven::Storage(error) => error.into(),
            })?)
        }
        _ => return Err(refused(UNKNOWN)),
    };
    Ok(Proven { client, version })
}

/// The client that a call names, if any; one that can prove who it is must.
///
/// # Errors
///
/// Says why it is not believed.
pub(super) async fn named(
    app: &App,
    headers: &HeaderMap,
    proof: Proof<'_>,
) -> Result<Option<String>, NotProven> {
    let brings = sent(headers).is_some()
        || [proof.secret, proof.assertion, proof.assertion_type].iter().any(|text| !text.is_empty());
    if !brings {
        let known = app.storage.client(proof.client_id).await?;
        if known.is_none_or(|client| client.auth == ClientAuth::None) {
            return Ok(Some(proof.client_id.to_owned()).filter(|id| !id.is_empty()));
        }
    }
    Ok(Some(prove(app, headers, proof).await?.client.id))
}

/// The version of a client's secret, if it is accepted now.
async fn with_secret(app: &App, client: &str, secret: &str) -> Result<Option<u32>, StorageError> {
    let hash = app.pepper.digest(Purpose::ClientSecret, &[client, secret]);
    let now = app.clock.now();
    let found = app.storage.secret(&hash).await?;
    let good = found.filter(|found| found.key == client && found.secret_ends_at.is_none_or(|end| now < end));
    Ok(good.map(|found| found.version))
}

fn taken_apart<'a>(proof: &Proof<'a>) -> Result<Assertion<'a>, NotProven> {
    if proof.assertion_type != assertion::KIND {
        return Err(NotProven::Request(
            "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ));
    }
    Assertion::read(proof.assertion).ok_or(NotProven::Client { why: UNKNOWN, by_header: false })
}

/// What `Authorization: Basic` carries. Another scheme says nothing of the client.
fn sent(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    scheme.eq_ignore_ascii_case("basic").then_some(rest)
}

/// The id and secret of `Authorization: Basic`, each form-encoded before they were put together (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, Zeroizing<String>)>, NotProven> {
    let Some(encoded) = sent(headers) else { return Ok(None) };
    let wrong = NotProven::Client { why: "send Authorization once, as Basic", by_header: true };
    if headers.get_all(header::AUTHORIZATION).iter().count() > 1 {
        return Err(wrong);
    }
    let read = || {
        let bytes = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
        let (id, secret) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
        Some((decoded(id)?.to_string(), decoded(secret)?))
    };
    read().map(Some).ok_or(wrong)
}

/// Undoes the form encoding of one value.
fn decoded(text: &str) -> Option<Zeroizing<String>> {
    if text.contains(['&', '=']) {
        return None;
    }
    let (value, _) = url::form_urlencoded::parse(text.as_bytes()).next().unwrap_or_default();
    Some(Zeroizing::new(value.into_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(pair: &str) -> Option<(String, String)> {
        let value = format!("Basic {}", STANDARD.encode(pair));
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(&value).unwrap())]);
        basic(&headers).ok().flatten().map(|(id, secret)| (id, secret.to_string()))
    }

    #[test]
    fn a_basic_pair_is_undone_as_forms_are() {
        assert_eq!(read("client_1:kcs_2"), Some(("client_1".into(), "kcs_2".into())));
        assert_eq!(read("a%3Ab:c+d%25"), Some(("a:b".into(), "c d%".into())));
        assert_eq!(read("a:"), Some(("a".into(), String::new())));
    }

    #[test]
    fn what_is_no_basic_pair_is_not_taken_for_one() {
        for pair in ["", "client_1", "a&b:c", "a:b=c"] {
            assert_eq!(read(pair), None, "{pair}");
        }
        let bearer = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"))]);
        assert!(matches!(basic(&bearer), Ok(None)), "a token says nothing of the client");
    }
}
