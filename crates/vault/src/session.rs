//! What the vault keeps of a session beside its refresh token.

use keystow_domain::AccountId;
use serde::{Deserialize, Serialize};

/// A session as far as it is known without its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSession {
    /// The account.
    pub account: AccountId,
    /// What is needed to rebuild it.
    pub facts: SessionFacts,
    /// Whether the session ended and its token is deleted.
    pub is_over: bool,
}

/// What is needed to rebuild an account if the app's own database is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFacts {
    /// The portal's issuer, exactly as configured.
    pub issuer: String,
    /// What the portal is called.
    pub portal_name: String,
    /// The OAuth client this app is at that portal.
    pub client_id: String,
    /// Who is signed in, as far as the portal tells.
    pub person: Option<String>,
    /// Whether it is the portal that ships with the app.
    pub builtin: bool,
    /// The scopes that were granted.
    pub scopes: Vec<String>,
}
