//! Codes and refresh tokens become tokens, in whichever dialect they were brought.
//!
//! A refresh token is good once. Its successor is derived from it, so that a retry within a minute
//! gets the very same answer although the portal keeps no token. Anything else that comes back twice
//! ends the grant with everything issued from it (RFC 9700 §4.14.2, §2.1.1).

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::authorize::SUSPENDED;
use crate::{
    app::App,
    audit, random,
    reply::ApiError,
    seal::Purpose,
    storage::{Redeemed, Refreshed, TokenPair},
};

/// How long an access token is good.
const ACCESS_LIFE: Duration = Duration::from_secs(3600);
/// How long a refresh token waits to be used.
const REFRESH_LIFE: Duration = Duration::from_secs(60 * 24 * 3600);
/// How long a used refresh token still gets the same successor.
const RETRY: Duration = Duration::from_secs(60);

/// Tokens in the clear, for the one answer that says them.
pub(super) struct Tokens {
    pub(super) access: Zeroizing<String>,
    pub(super) refresh: Zeroizing<String>,
    /// Seconds the access token is good for.
    pub(super) expires_in: u32,
    pub(super) scopes: Vec<String>,
}

/// Why no tokens are issued.
#[derive(Debug)]
pub(super) enum Refused {
    /// The code, verifier or refresh token is not good (`invalid_grant`, RFC 6749 §5.2).
    Grant(&'static str),
    /// What it brought is good, but the client may not have it now (`unauthorized_client`, RFC 6749 §5.2).
    Client(&'static str),
    /// Something else failed.
    Api(ApiError),
}

impl<E: Into<ApiError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Api(error.into())
    }
}

/// What an app brings to exchange a code.
pub(super) struct Exchange<'a> {
    pub(super) code: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) client_id: &'a str,
    pub(super) code_verifier: &'a str,
}

/// Exchanges a code.
pub(super) async fn exchange(app: &App, brought: Exchange<'_>) -> Result<Tokens, Refused> {
    let hash = app.pepper.digest(Purpose::Code, &[brought.code]);
    let now = app.clock.now();
    let Some((code, grant)) = app.storage.code(&hash).await? else {
        return Err(Refused::Grant("the code is unknown"));
    };
    audit::about_grant(&grant);
    if grant.client != brought.client_id || code.redirect_uri != brought.redirect_uri {
        return Err(Refused::Grant("the code was issued to another client or redirect address"));
    }
    if !verifies(&code.challenge, brought.code_verifier) {
        return Err(Refused::Grant("the verifier does not belong to the code"));
    }
    audit::by(&grant.account, &grant.client);
    must_be_on(app, &grant.client).await?;
    let (access, refresh) = (token("kat_", &random::bytes()), token("krt_", &random::bytes()));
    match app.storage.redeem(hash, pair(app, &access, &refresh), now).await? {
        Redeemed::Issued => {
            Ok(Tokens { access, refresh, expires_in: seconds(ACCESS_LIFE), scopes: grant.scopes })
        }
        Redeemed::Reused => {
            Err(Refused::Grant("the code was used before; everything issued from it has ended"))
        }
        Redeemed::Ended => Err(Refused::Grant("the code has ended")),
    }
}

/// Replaces a refresh token.
pub(super) async fn refresh(app: &App, brought: &str, client_id: &str) -> Result<Tokens, Refused> {
    let hash = app.pepper.digest(Purpose::Refresh, &[brought]);
    let grant = app.storage.refresh_grant(&hash).await?;
    let Some(grant) = grant.filter(|grant| grant.client == client_id) else {
        return Err(Refused::Grant("the refresh token is unknown"));
    };
    audit::about_grant(&grant);
    audit::by(&grant.account, &grant.client);
    must_be_on(app, &grant.client).await?;
    let access = token("kat_", &app.pepper.digest(Purpose::NextAccess, &[brought]));
    let refresh = token("krt_", &app.pepper.digest(Purpose::NextRefresh, &[brought]));
    let now = app.clock.now();
    let good_for =
        match app.storage.refresh(hash, pair(app, &access, &refresh), now, now.minus(RETRY)).await? {
            Refreshed::Issued => ACCESS_LIFE,
            Refreshed::Repeated(ends_at) => ends_at.since(now),
            Refreshed::Reused => {
                return Err(Refused::Grant("the refresh token was used before; the sign-in has ended"));
            }
            Refreshed::Refused => return Err(Refused::Grant("the sign-in has ended")),
        };
    Ok(Tokens { access, refresh, expires_in: seconds(good_for), scopes: grant.scopes })
}

/// Refuses a client that is switched off; a code or a refresh token that it brought is as good as before afterwards.
async fn must_be_on(app: &App, client: &str) -> Result<(), Refused> {
    match app.storage.client(client).await? {
        Some(client) if client.is_suspended() => Err(Refused::Client(SUSPENDED)),
        _ => Ok(()),
    }
}

/// Ends the sign-in a token belongs to. An unknown token is no error (RFC 7009 §2.2).
pub(super) async fn revoke(app: &App, token: &str, client_id: Option<&str>) -> Result<(), ApiError> {
    let access = app.pepper.digest(Purpose::Access, &[token]);
    let refresh = app.pepper.digest(Purpose::Refresh, &[token]);
    let now = app.clock.now();
    let grant = match app.storage.refresh_grant(&refresh).await? {
        Some(grant) => Some(grant),
        None => app.storage.access_grant(&access, now).await?,
    };
    if let Some(grant) = grant.filter(|grant| client_id.is_none_or(|id| id == grant.client)) {
        audit::about_grant(&grant);
        audit::by(&grant.account, &grant.client);
    }
    app.storage.end_client_token(access, client_id.map(str::to_owned)).await?;
    app.storage.end_grant(access, refresh, client_id.map(str::to_owned), now).await?;
    Ok(())
}

/// A token in the clear, from bytes nobody can guess.
pub(super) fn token(kind: &str, bytes: &[u8; 32]) -> Zeroizing<String> {
    Zeroizing::new(format!("{kind}{}", *random::spell(bytes)))
}

fn pair(app: &App, access: &str, refresh: &str) -> TokenPair {
    let now = app.clock.now();
    TokenPair {
        access: app.pepper.digest(Purpose::Access, &[access]),
        access_ends_at: now.plus(ACCESS_LIFE),
        refresh: app.pepper.digest(Purpose::Refresh, &[refresh]),
        refresh_ends_at: now.plus(REFRESH_LIFE),
    }
}

/// Whether a verifier has the right form and hashes to the challenge (RFC 7636 §4.1, §4.6).
fn verifies(challenge: &str, verifier: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(allowed);
    let hashed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    well_formed && bool::from(hashed.as_bytes().ct_eq(challenge.as_bytes()))
}

/// A duration as tokens tell it.
pub(super) fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::verifies;

    /// The example of RFC 7636 Appendix B.
    #[test]
    fn the_example_of_the_rfc_verifies_and_its_neighbours_do_not() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(verifies(challenge, verifier));
        assert!(!verifies(challenge, &verifier[..42]), "a short verifier is refused");
        assert!(!verifies(challenge, challenge), "the plain method is refused");
    }
}
