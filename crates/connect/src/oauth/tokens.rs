//! The calls to a token endpoint: a code, or a refresh token, for tokens; and giving a token up.
//!
//! Each call goes out once. Where a portal proves that it could not read a spelling, and so did not
//! act, the other spelling is tried; a lost answer is never followed by a second call, because a code
//! and a refresh token are good for one use (RFC 9700 §4.2.4, §4.14.2).

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use keystow_domain::Clock;
use keystow_portal_api::auth::AnyTokenReply;
use keystow_vault::Secret;
use keystow_vault::request::{Field, form, json};
use url::Url;

use super::{Dialect, Issuer};
use crate::transport::{Reply, Request, Transport};
use crate::{Cause, Failure};

/// How long an access token lives whose portal does not say: short, so that it is refreshed rather
/// than refused.
const UNSAID_LIFE: Duration = Duration::from_secs(300);
/// The longest life that is believed.
const MOST_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// What a portal grants: an access token, and usually the means to get the next one.
pub struct Tokens {
    /// Opens the portal for a short time; kept in memory only.
    pub access: Secret,
    /// Gets the next access token. Absent means: keep the one that was used.
    pub refresh: Option<Secret>,
    /// How long the access token lives from now.
    pub expires_in: Duration,
    /// The scopes granted, without the contract's `AUTH_SCOPE_` prefix; empty where the portal does
    /// not say, and then they are the ones asked for (RFC 6749 §5.1).
    pub scopes: Vec<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// What a code is exchanged with.
pub(super) struct Exchange<'a> {
    pub(super) code: &'a Secret,
    pub(super) verifier: &'a Secret,
    pub(super) redirect_uri: &'a str,
    pub(super) client_id: &'a str,
}

/// Exchanges a code for tokens (RFC 6749 §4.1.3).
///
/// # Errors
///
/// After [`Failure::Unknown`] the code is spent: only a new sign-in helps.
pub(super) async fn exchange(
    issuer: &Issuer,
    with: &Exchange<'_>,
    clock: Arc<dyn Clock>,
) -> Result<Tokens, Failure> {
    let camel = [
        ("code", Field::Secret(with.code)),
        ("redirectUri", Field::Plain(with.redirect_uri)),
        ("clientId", Field::Plain(with.client_id)),
        ("codeVerifier", Field::Secret(with.verifier)),
    ];
    let snake = [
        ("grant_type", Field::Plain("authorization_code")),
        ("code", Field::Secret(with.code)),
        ("redirect_uri", Field::Plain(with.redirect_uri)),
        ("client_id", Field::Plain(with.client_id)),
        ("code_verifier", Field::Secret(with.verifier)),
    ];
    let call = Call { url: &issuer.token_endpoint, dialect: issuer.dialect, camel: &camel, snake: &snake };
    tokens(&call.send(clock).await?)
}

/// Gets the next access token (RFC 6749 §6).
///
/// # Errors
///
/// A session that the portal ended is refused as [`crate::RefusalKind::SignedOut`]. After
/// [`Failure::Unknown`] the refresh token may be spent.
pub async fn refresh(
    issuer: &Issuer,
    client_id: &str,
    refresh: &Secret,
    clock: Arc<dyn Clock>,
) -> Result<Tokens, Failure> {
    let camel = [("refreshToken", Field::Secret(refresh)), ("clientId", Field::Plain(client_id))];
    let rfc = [
        ("grant_type", Field::Plain("refresh_token")),
        ("refresh_token", Field::Secret(refresh)),
        ("client_id", Field::Plain(client_id)),
    ];
    // The contract's prose has a path of its own for this and no grant_type on it.
    let snake = if issuer.dialect == Dialect::Rfc { &rfc[..] } else { &rfc[1..] };
    let call = Call { url: &issuer.refresh_endpoint, dialect: issuer.dialect, camel: &camel, snake };
    tokens(&call.send(clock).await?)
}

/// Gives a refresh token up (RFC 7009). A portal without such an endpoint has nothing to confirm.
///
/// # Errors
///
/// When the portal did not confirm it; the token may then still be good.
pub async fn revoke(
    issuer: &Issuer,
    client_id: &str,
    refresh: &Secret,
    clock: Arc<dyn Clock>,
) -> Result<(), Failure> {
    let Some(url) = &issuer.revocation_endpoint else { return Ok(()) };
    let camel = [("token", Field::Secret(refresh)), ("clientId", Field::Plain(client_id))];
    let snake = [
        ("token", Field::Secret(refresh)),
        ("token_type_hint", Field::Plain("refresh_token")),
        ("client_id", Field::Plain(client_id)),
    ];
    // The contract's prose knows no client here.
    let snake = if issuer.dialect == Dialect::Rfc { &snake[..] } else { &snake[..2] };
    let reply = Call { url, dialect: issuer.dialect, camel: &camel, snake }.answer(clock).await?;
    match reply.head.status {
        // The body of a success is nobody's business here, and often empty.
        200..300 => Ok(()),
        _ => reply.success().map(drop),
    }
}

/// One call in every spelling it may need.
struct Call<'a> {
    url: &'a Url,
    dialect: Dialect,
    camel: &'a [(&'a str, Field<'a>)],
    snake: &'a [(&'a str, Field<'a>)],
}

impl Call<'_> {
    async fn send(&self, clock: Arc<dyn Clock>) -> Result<Reply, Failure> {
        self.answer(clock).await?.success()
    }

    /// Sends the call, and once more in the contract's other spelling if the first was unreadable.
    async fn answer(&self, clock: Arc<dyn Clock>) -> Result<Reply, Failure> {
        let transport = Transport::new(clock);
        let first = transport.send(self.request(self.dialect)).await?;
        let other = match self.dialect {
            Dialect::Camel => Dialect::Snake,
            Dialect::Snake => Dialect::Camel,
            Dialect::Rfc => return Ok(first),
        };
        if first.is_unread() { transport.send(self.request(other)).await } else { Ok(first) }
    }

    fn request(&self, dialect: Dialect) -> Request {
        let request = Request::new(Method::POST, self.url.clone());
        match dialect {
            Dialect::Rfc => request.form(form(self.snake)),
            Dialect::Camel => request.json(json(self.camel)),
            Dialect::Snake => request.json(json(self.snake)),
        }
    }
}

/// Reads a token answer, in whichever of its spellings it came.
fn tokens(reply: &Reply) -> Result<Tokens, Failure> {
    let said = reply.read::<AnyTokenReply<Secret>>()?.into_tokens();
    let scopes = said.granted();
    let bearer = said.token_type.is_empty() || said.token_type.eq_ignore_ascii_case("bearer");
    let life = if said.expires_in == 0 { UNSAID_LIFE } else { Duration::from_secs(said.expires_in.into()) };
    let access = said.access_token.filter(|token| !token.is_empty() && bearer);
    Ok(Tokens {
        access: access.ok_or(Failure::Unknown(Cause::Garbage))?,
        refresh: said.refresh_token.filter(|token| !token.is_empty()),
        expires_in: life.min(MOST_LIFE),
        scopes,
    })
}
