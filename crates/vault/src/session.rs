//! What the vault keeps of a session beside its refresh token.

use serde::{Deserialize, Serialize};

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
