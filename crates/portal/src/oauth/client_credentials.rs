//! Tokens that a client gets for itself (RFC 6749 §4.4): short-lived, without a refresh token, for what is approved.

use std::time::Duration;

use super::{client_auth::Proven, exchange::token};
use crate::{
    app::App,
    audit, random,
    reply::ApiError,
    seal::Purpose,
    storage::{ClientToken, StorageError},
};

/// How long such a token is good. Short, as nothing replaces it but another proof of the client.
const LIFE: Duration = Duration::from_secs(600);

/// A token in the clear, for the one answer that says it.
pub(super) struct Issued {
    pub(super) access: zeroize::Zeroizing<String>,
    /// Seconds it is good for.
    pub(super) expires_in: u32,
    pub(super) scopes: Vec<String>,
}

/// Why no token is issued.
pub(super) enum Refused {
    /// The error of RFC 6749 §5.2, and what it is told for.
    OAuth(&'static str, &'static str),
    /// Something else failed.
    Api(ApiError),
}

impl From<StorageError> for Refused {
    fn from(error: StorageError) -> Self {
        Self::Api(error.into())
    }
}

/// Issues a token to a client for itself, with the scopes it asks for; with all that is approved if it asks for none.
///
/// # Errors
///
/// Refused for a client without a proof or an app, and for what is not approved for the app now.
pub(super) async fn issue(app: &App, proven: &Proven, scope: &str) -> Result<Issued, Refused> {
    let (Some(version), Some(of)) = (proven.version, &proven.client.registered) else {
        return Err(Refused::OAuth("unauthorized_client", "a public client cannot call for itself"));
    };
    audit::by("", &proven.client.id);
    if of.app.is_empty() {
        let why = "only a client of a developer app can call for itself";
        return Err(Refused::OAuth("unauthorized_client", why));
    }
    let terms = if of.in_force { app.storage.terms(&of.app).await? } else { Vec::new() };
    let mut approved: Vec<String> = Vec::new();
    for one in terms.into_iter().flat_map(|terms| terms.scopes) {
        if !approved.contains(&one) {
            approved.push(one);
        }
    }
    if approved.is_empty() {
        let why = "nothing is approved for the client's app, or it is switched off";
        return Err(Refused::OAuth("unauthorized_client", why));
    }
    let mut scopes: Vec<String> = Vec::new();
    for one in scope.split_whitespace() {
        if !approved.iter().any(|scope| scope == one) {
            return Err(Refused::OAuth(
                "invalid_scope",
                "more is asked for than is approved for the client's app",
            ));
        }
        if !scopes.iter().any(|scope| scope == one) {
            scopes.push(one.to_owned());
        }
    }
    let scopes = if scopes.is_empty() { approved } else { scopes };
    let (access, now) = (token("kat_", &random::bytes()), app.clock.now());
    let record = ClientToken {
        hash: app.pepper.digest(Purpose::Access, &[&access]),
        client: proven.client.id.clone(),
        version,
        scopes: scopes.clone(),
        ends_at: now.plus(LIFE),
    };
    app.storage.issue_to_client(record, now).await?;
    Ok(Issued { access, expires_in: super::exchange::seconds(LIFE), scopes })
}
