//! What the browser brings when an app asks for a sign-in, and what it takes back.
//!
//! Until client and redirect address are known to belong together, nothing is sent anywhere: a wrong
//! request is shown to the person instead (RFC 6749 §4.1.2.1).

use std::{collections::HashSet, time::Duration};

use serde::{Deserialize, Serialize};
use url::Url;

use super::SCOPES;
use crate::{
    app::App,
    random,
    reply::ApiError,
    seal::Purpose,
    storage::{ClientRecord, CodeRecord, GrantRecord},
};

/// How long a code may be exchanged.
const CODE_LIFE: Duration = Duration::from_secs(120);

/// The query of an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3), as it came.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct AuthorizeParams {
    #[serde(default)]
    pub(crate) client_id: String,
    #[serde(default)]
    pub(crate) redirect_uri: String,
    #[serde(default)]
    pub(crate) response_type: String,
    #[serde(default)]
    pub(crate) scope: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) code_challenge: String,
    #[serde(default)]
    pub(crate) code_challenge_method: String,
}

/// A request for a sign-in that may be put before the person.
#[derive(Debug, Clone)]
pub(crate) struct Authorization {
    pub(crate) client: ClientRecord,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    challenge: String,
}

/// What is to be done about a request for a sign-in.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Ask the person.
    Consent(Box<Authorization>),
    /// Send the browser back to the app with an error.
    GoBack(String),
    /// Show that the app is unknown or its redirect address is not its own.
    Unknown,
}

/// Why nobody is signed in with a client that is switched off.
pub(super) const SUSPENDED: &str = "the client is switched off";

/// Judges a request for a sign-in.
///
/// # Errors
///
/// Fails if the storage does.
pub(crate) async fn asked(app: &App, params: &AuthorizeParams) -> Result<Asked, ApiError> {
    let Some(client) = app.storage.client(&params.client_id).await? else { return Ok(Asked::Unknown) };
    if !client.may_answer_to(&params.redirect_uri) {
        return Ok(Asked::Unknown);
    }
    if client.is_suspended() {
        let why = [("error", "unauthorized_client"), ("error_description", SUSPENDED)];
        return Ok(Asked::GoBack(go_back(app, params, &why)));
    }
    let scopes = if params.scope.trim().is_empty() { "read" } else { &params.scope };
    let mut seen = HashSet::new();
    let scopes = scopes.split_whitespace().filter(|scope| seen.insert(*scope));
    let scopes: Vec<String> = scopes.map(str::to_owned).collect();
    let wrong =
        |error, why| Ok(Asked::GoBack(go_back(app, params, &[("error", error), ("error_description", why)])));
    if params.response_type != "code" {
        return wrong("unsupported_response_type", "only code is supported");
    }
    if scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
        return wrong("invalid_scope", "an unknown scope was asked for");
    }
    if params.code_challenge_method != "S256" || !is_challenge(&params.code_challenge) {
        return wrong("invalid_request", "a code_challenge with the method S256 is required");
    }
    Ok(Asked::Consent(Box::new(Authorization {
        client,
        redirect_uri: params.redirect_uri.clone(),
        scopes,
        challenge: params.code_challenge.clone(),
    })))
}

/// Grants what was asked for and says where the browser goes with the code.
///
/// # Errors
///
/// Fails if the storage does.
pub(crate) async fn allow(
    app: &App,
    account: &str,
    asked: Authorization,
    params: &AuthorizeParams,
) -> Result<String, ApiError> {
    let code = random::base62(43);
    let now = app.clock.now();
    let grant = GrantRecord {
        id: random::id("grant"),
        account: account.to_owned(),
        client: asked.client.id,
        scopes: asked.scopes,
        granted_at: now,
        ended_at: None,
    };
    let record = CodeRecord {
        hash: app.pepper.digest(Purpose::Code, &[&code]),
        redirect_uri: asked.redirect_uri,
        challenge: asked.challenge,
        ends_at: now.plus(CODE_LIFE),
    };
    app.storage.add_grant(grant, record).await?;
    Ok(go_back(app, params, &[("code", &code)]))
}

/// Where the browser goes after the person said no.
pub(crate) fn deny(app: &App, params: &AuthorizeParams) -> String {
    go_back(app, params, &[("error", "access_denied"), ("error_description", "the person did not allow it")])
}

/// The redirect address with an answer, the app's `state`, and the issuer (RFC 9207).
fn go_back(app: &App, params: &AuthorizeParams, answer: &[(&str, &str)]) -> String {
    let Ok(mut address) = Url::parse(&params.redirect_uri) else { return app.base.clone() };
    let mut query = address.query_pairs_mut();
    query.extend_pairs(answer);
    if !params.state.is_empty() {
        query.append_pair("state", &params.state);
    }
    if app.is_extended() {
        query.append_pair("iss", &app.base);
    }
    drop(query);
    address.into()
}

/// Whether a text is a SHA-256 in unpadded base64url (RFC 7636 §4.2).
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
