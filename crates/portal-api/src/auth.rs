//! Signing in: AuthService in both of its documented shapes, and authorization server metadata.
//!
//! `camel` is the shape of the API reference (`accessToken`, wrapped in `token`); `rfc` is the shape
//! of the guide (`access_token`, flat, as RFC 6749 §5.1 has it).

use serde::{Deserialize, Serialize};

use crate::lenient::{number, or_default};

/// ExchangeToken: `POST /v1/auth/token`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExchangeTokenRequest<S> {
    /// The authorization code, good for one call.
    pub code: S,
    /// The redirect URI of the authorization request, unchanged.
    pub redirect_uri: String,
    /// The OAuth client.
    pub client_id: String,
    /// The PKCE verifier, 43 to 128 characters (RFC 7636 §4.1).
    pub code_verifier: S,
}

/// RefreshToken: `POST /v1/auth/token/refresh`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshTokenRequest<S> {
    /// The newest refresh token.
    pub refresh_token: S,
    /// The OAuth client it was issued to.
    pub client_id: String,
}

/// RevokeToken: `POST /v1/auth/token/revoke`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeTokenRequest<S> {
    /// The access or refresh token to end.
    pub token: S,
    /// The OAuth client it was issued to. A portal that speaks both dialects does not need it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub client_id: String,
}

/// ExchangeToken in the `rfc` shape.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RfcExchangeTokenRequest<S> {
    /// Always `authorization_code`.
    pub grant_type: String,
    /// The authorization code, good for one call.
    pub code: S,
    /// The redirect URI of the authorization request, unchanged.
    pub redirect_uri: String,
    /// The OAuth client.
    pub client_id: String,
    /// The PKCE verifier, 43 to 128 characters (RFC 7636 §4.1).
    pub code_verifier: S,
}

/// RefreshToken in the `rfc` shape.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RfcRefreshTokenRequest<S> {
    /// The newest refresh token.
    pub refresh_token: S,
    /// The OAuth client it was issued to.
    pub client_id: String,
}

/// RevokeToken in the `rfc` shape.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RfcRevokeTokenRequest<S> {
    /// The access or refresh token to end.
    pub token: S,
    /// `access_token` or `refresh_token`; a hint only (RFC 7009 §2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type_hint: Option<String>,
}

/// The answer of AuthService in the `camel` shape.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenReply<S> {
    /// The tokens.
    pub token: Token<S>,
}

/// The tokens of a [`TokenReply`].
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Token<S> {
    /// What to send as `Authorization: Bearer`.
    pub access_token: S,
    /// Always `Bearer`.
    pub token_type: String,
    /// How many seconds the access token is good for.
    pub expires_in: u32,
    /// What to refresh with; each one is good once.
    pub refresh_token: S,
    /// What was granted, as `AUTH_SCOPE_*`.
    pub scopes: Vec<String>,
}

/// The answer of AuthService in the `rfc` shape, and of the token endpoint (RFC 6749 §5.1).
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RfcTokenReply<S> {
    /// What to send as `Authorization: Bearer`.
    pub access_token: S,
    /// Always `Bearer`.
    pub token_type: String,
    /// How many seconds the access token is good for.
    pub expires_in: u32,
    /// What to refresh with; each one is good once. Absent where a client got the token for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<S>,
    /// What was granted, separated by spaces.
    pub scope: String,
}

/// A token answer in whichever shape it comes, or in a mixture of both. For reading only.
#[derive(Deserialize)]
#[serde(bound(deserialize = "S: Deserialize<'de>"))]
pub struct AnyTokenReply<S> {
    #[serde(default = "none")]
    token: Option<Tokens<S>>,
    #[serde(default = "none", alias = "accessToken")]
    access_token: Option<S>,
    #[serde(default = "none", alias = "refreshToken")]
    refresh_token: Option<S>,
    #[serde(default, deserialize_with = "or_default", alias = "tokenType")]
    token_type: String,
    #[serde(default, deserialize_with = "number", alias = "expiresIn")]
    expires_in: u32,
    #[serde(default, deserialize_with = "or_default")]
    scope: String,
    #[serde(default, deserialize_with = "or_default")]
    scopes: Vec<String>,
}

/// What a token answer said, whatever its shape.
#[derive(Deserialize)]
#[serde(bound(deserialize = "S: Deserialize<'de>"))]
pub struct Tokens<S> {
    /// The access token; an answer without one is no answer.
    #[serde(default = "none", alias = "accessToken")]
    pub access_token: Option<S>,
    /// The next refresh token; absent means "keep the old one".
    #[serde(default = "none", alias = "refreshToken")]
    pub refresh_token: Option<S>,
    /// The type of the access token, `Bearer` in any case; empty means "not said".
    #[serde(default, deserialize_with = "or_default", alias = "tokenType")]
    pub token_type: String,
    /// How many seconds the access token is good for; zero means "not said".
    #[serde(default, deserialize_with = "number", alias = "expiresIn")]
    pub expires_in: u32,
    /// What was granted, separated by spaces; empty means "as asked" (RFC 6749 §5.1).
    #[serde(default, deserialize_with = "or_default")]
    pub scope: String,
    /// What was granted, as `AUTH_SCOPE_*` or as plain words.
    #[serde(default, deserialize_with = "or_default")]
    pub scopes: Vec<String>,
}

impl<S> AnyTokenReply<S> {
    /// What the answer said, with the wrapped form winning over the flat one field by field.
    pub fn into_tokens(self) -> Tokens<S> {
        let flat = Tokens {
            access_token: self.access_token,
            refresh_token: self.refresh_token,
            token_type: self.token_type,
            expires_in: self.expires_in,
            scope: self.scope,
            scopes: self.scopes,
        };
        match self.token {
            None => flat,
            Some(wrapped) => Tokens {
                access_token: wrapped.access_token.or(flat.access_token),
                refresh_token: wrapped.refresh_token.or(flat.refresh_token),
                token_type: if wrapped.token_type.is_empty() { flat.token_type } else { wrapped.token_type },
                expires_in: if wrapped.expires_in == 0 { flat.expires_in } else { wrapped.expires_in },
                scope: if wrapped.scope.is_empty() { flat.scope } else { wrapped.scope },
                scopes: if wrapped.scopes.is_empty() { flat.scopes } else { wrapped.scopes },
            },
        }
    }
}

impl<S> Tokens<S> {
    /// The granted scopes as plain words (`read`, `stream`), whichever way they were written; empty
    /// means "as asked".
    pub fn granted(&self) -> Vec<String> {
        let spaced = self.scope.split_whitespace();
        let mut words: Vec<String> = Vec::new();
        for scope in self.scopes.iter().map(String::as_str).chain(spaced) {
            let word = scope_word(scope);
            if !word.is_empty() && !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }
}

/// The OAuth word of a scope: `AUTH_SCOPE_READ` and `read` are both `read`.
pub fn scope_word(scope: &str) -> String {
    match scope.strip_prefix("AUTH_SCOPE_") {
        Some("UNSPECIFIED") => String::new(),
        Some(name) => name.to_ascii_lowercase(),
        None => scope.to_owned(),
    }
}

/// The enum name of a scope: `read` is `AUTH_SCOPE_READ`.
pub fn scope_name(word: &str) -> String {
    format!("AUTH_SCOPE_{}", word.to_ascii_uppercase())
}

fn none<S>() -> Option<S> {
    None
}

/// Authorization server metadata (RFC 8414 §2): `GET /.well-known/oauth-authorization-server`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Metadata {
    /// The issuer, to be compared as a plain string (§3.3).
    pub issuer: String,
    /// Where the browser goes.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens are exchanged, form-encoded.
    pub token_endpoint: String,
    /// Where tokens are ended (RFC 7009).
    pub revocation_endpoint: String,
    /// What can be asked for.
    #[serde(deserialize_with = "or_default")]
    pub scopes_supported: Vec<String>,
    /// Response types; `code` is the only one.
    #[serde(deserialize_with = "or_default")]
    pub response_types_supported: Vec<String>,
    /// Grant types.
    #[serde(deserialize_with = "or_default")]
    pub grant_types_supported: Vec<String>,
    /// How clients authenticate at the token endpoint; `none` for public clients.
    #[serde(deserialize_with = "or_default")]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// What assertions of clients may be signed with.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// How clients authenticate at the revocation endpoint.
    #[serde(deserialize_with = "or_default")]
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// What assertions of clients may be signed with there.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// PKCE methods; `S256` is the only safe one (RFC 9700 §2.1.1).
    #[serde(deserialize_with = "or_default")]
    pub code_challenge_methods_supported: Vec<String>,
    /// Whether every authorization response carries `iss` (RFC 9207 §3).
    #[serde(deserialize_with = "or_default")]
    pub authorization_response_iss_parameter_supported: bool,
    /// Languages of the pages, as BCP 47 tags.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub ui_locales_supported: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(said: &str) -> Tokens<String> {
        serde_json::from_str::<AnyTokenReply<String>>(said).unwrap().into_tokens()
    }

    #[test]
    fn both_shapes_say_the_same() {
        let camel = read(
            r#"{"token":{"accessToken":"a","tokenType":"Bearer","expiresIn":"3600","refreshToken":"r",
                "scopes":["AUTH_SCOPE_READ","AUTH_SCOPE_STREAM"]}}"#,
        );
        let rfc = read(
            r#"{"access_token":"a","refresh_token":"r","token_type":"Bearer","expires_in":3600,"scope":"read stream"}"#,
        );
        for tokens in [&camel, &rfc] {
            assert_eq!(tokens.access_token.as_deref(), Some("a"));
            assert_eq!(tokens.refresh_token.as_deref(), Some("r"));
            assert_eq!(tokens.expires_in, 3600);
            assert_eq!(tokens.granted(), ["read", "stream"]);
        }
    }

    #[test]
    fn a_mixture_of_shapes_is_read_too() {
        let mixed = read(r#"{"token":{"access_token":"a"},"expiresIn":60,"refresh_token":"r"}"#);
        assert_eq!((mixed.access_token.as_deref(), mixed.refresh_token.as_deref()), (Some("a"), Some("r")));
        assert_eq!(mixed.expires_in, 60);
    }

    #[test]
    fn a_grant_type_is_refused_where_it_is_no_field() {
        let said = r#"{"grant_type":"authorization_code","code":"c","redirectUri":"u","clientId":"i","codeVerifier":"v"}"#;
        assert!(serde_json::from_str::<ExchangeTokenRequest<String>>(said).is_err());
    }
}
