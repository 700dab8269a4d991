//! Accounts: one person at one portal.

use crate::AccountId;

/// What kind of portal an account belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalKind {
    /// The portal that ships with Keystow and runs inside the app.
    BuiltIn,
    /// A portal elsewhere that speaks the DeveloperService contract.
    Remote,
}

/// One person at one portal. The tokens are in the vault, never here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The app's own name for the account.
    pub id: AccountId,
    /// Which kind of portal it is.
    pub portal: PortalKind,
    /// The portal's issuer, exactly as configured (RFC 8414 §3.3 compares it as a plain string).
    pub issuer: String,
    /// What to call the portal.
    pub portal_name: String,
    /// The OAuth client this app is at that portal.
    pub client_id: String,
    /// Who is signed in, as far as the portal tells.
    pub person: Option<String>,
    /// The scopes that were granted at the last sign-in.
    pub scopes: Vec<String>,
}

/// How far the app is signed in to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// A refresh token is kept, or an access token is still good.
    SignedIn,
    /// Nothing is kept: the person signed out, or never signed in.
    SignedOut,
    /// The portal ended the session (`invalid_grant`, RFC 6749 §5.2).
    Ended,
    /// The last refresh got no answer: neither signed in nor out is known.
    Unknown,
}
