//! Signing in: OAuth 2.0 authorization code with PKCE in the system browser (RFC 6749, 7636, 8252).
//!
//! A code, a verifier or a token is a [`Secret`] from the moment it is read. One sign-in knows one
//! portal: its issuer, its endpoints and the spelling of its tokens travel together as [`Issuer`], so
//! that a code is only ever sent to the token endpoint of the portal it was asked for.

mod answer;
mod discover;
mod listener;
mod page;
mod sign_in;
mod tokens;

pub use answer::{NotTheAnswer, Pasting};
pub use discover::{DiscoverError, discover};
pub use sign_in::{SignIn, SignInError};
pub use tokens::{Tokens, refresh, revoke};

use url::Url;

/// A portal as OAuth sees it: whose answers are believed and where each call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Its identifier, compared as a plain string (RFC 8414 §3.3, RFC 9207 §2.4).
    pub issuer: String,
    /// Where the browser goes.
    pub authorization_endpoint: Url,
    /// Where a code becomes tokens.
    pub token_endpoint: Url,
    /// Where a refresh token becomes new tokens; the token endpoint itself in [`Dialect::Rfc`].
    pub refresh_endpoint: Url,
    /// Where a token is given up, if the portal has such a place.
    pub revocation_endpoint: Option<Url>,
    /// How token calls are spelled.
    pub dialect: Dialect,
    /// Whether the browser's answer must name the issuer (RFC 9207).
    pub iss_required: bool,
    /// The scopes the portal says it has; empty where it does not say.
    pub scopes: Vec<String>,
}

/// How the calls to a token endpoint are spelled. The contract is documented in two incompatible
/// ways beside the standard; answers are understood in all of them, whichever was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Forms with `grant_type` (RFC 6749 §4.1.3).
    Rfc,
    /// JSON with `redirectUri`, as in the DeveloperService contract's reference.
    Camel,
    /// JSON with `redirect_uri` and `grant_type`, as in the contract's prose.
    Snake,
}
