//! What a call of the sample API carries: the secret of a key, or an access token.

use axum::http::HeaderMap;

use crate::{
    app::App,
    reply::{ApiError, header_text},
    seal::Purpose,
    storage::PresentedSecret,
};

/// A credential that the portal once issued, accepted or not.
pub(super) struct Presented {
    /// The key; for a token the client it was issued to, which ends with the token.
    pub(super) of: PresentedSecret,
    /// For a token: the account that allowed it, empty where the client calls for itself.
    pub(super) subject: Option<String>,
}

impl Presented {
    pub(super) fn is_token(&self) -> bool {
        self.subject.is_some()
    }

    /// What it is, in the words of a refusal.
    pub(super) fn what(&self) -> &'static str {
        if self.is_token() { "access token" } else { "key" }
    }
}

/// Finds what a call carries.
///
/// # Errors
///
/// 400 for two credentials, 401 for none or one that was never issued, 403 for one of nobody's that could be counted.
pub(super) async fn find(app: &App, headers: &HeaderMap) -> Result<Presented, ApiError> {
    let secret = header_text(headers, "x-api-key");
    if secret.is_some() && headers.contains_key("authorization") {
        return Err(ApiError::field("x-api-key", "send Authorization or x-api-key, not both"));
    }
    if let Some(secret) = secret {
        let hash = app.pepper.digest(Purpose::Secret, &[secret]);
        let of = app.storage.secret(&hash).await?;
        let of = of.ok_or_else(|| ApiError::unauthenticated("the key is unknown"))?;
        return Ok(Presented { of, subject: None });
    }
    match bearer(headers).filter(|_| app.is_extended()) {
        Some(token) => with_token(app, token).await,
        None if app.is_extended() => Err(ApiError::unauthenticated(
            "send a key as x-api-key, or an access token as Authorization: Bearer",
        )),
        None => Err(ApiError::unauthenticated("send a key as x-api-key")),
    }
}

async fn with_token(app: &App, token: &str) -> Result<Presented, ApiError> {
    let hash = app.pepper.digest(Purpose::Access, &[token]);
    if let Some(found) = app.storage.presented_token(&hash).await? {
        return Ok(Presented { of: found.of, subject: Some(found.subject) });
    }
    // A call is counted for whoever registered the client, so there must be somebody.
    match app.storage.access_grant(&hash, app.clock.now()).await? {
        Some(_) => Err(ApiError::forbidden(
            "this token is of a client of the portal's own, which manages keys; register an OAuth client for calls",
        )),
        None => Err(ApiError::unauthenticated("the access token is unknown or has ended")),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = header_text(headers, "authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}
