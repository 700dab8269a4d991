//! What a portal says when it refuses: decide on the HTTP status first, refine by `code`.

use serde::{Deserialize, Serialize};

use crate::lenient::or_default;

/// The body of every answer that is not a success.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ErrorReply {
    /// One of `ERROR_CODE_*`, see [`code`].
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// What happened, for people.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Which fields were wrong; only with 400 and 422.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// The OAuth error code, as in `invalid_grant` (RFC 6749 §5.2); only from the token calls.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// The OAuth error's explanation.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub error_description: String,
}

/// One wrong field. Compare `field` without regard to case and underscores.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Violation {
    /// The field, `body` for a body that cannot be read, or a header's name.
    #[serde(deserialize_with = "or_default")]
    pub field: String,
    /// What is wrong with it.
    #[serde(deserialize_with = "or_default")]
    pub description: String,
}

impl Violation {
    /// Whether this is about `field`, in whichever style it is written.
    pub fn is_about(&self, field: &str) -> bool {
        let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
        plain(&self.field) == plain(field)
    }
}

/// The words of [`ErrorReply::code`].
pub mod code {
    /// 400: the request is wrong; `violations` tells where.
    pub const INVALID_REQUEST: &str = "ERROR_CODE_INVALID_REQUEST";
    /// 401: no credential, or one that is no longer good.
    pub const UNAUTHENTICATED: &str = "ERROR_CODE_UNAUTHENTICATED";
    /// 403: the credential is good, but not for this.
    pub const PERMISSION_DENIED: &str = "ERROR_CODE_PERMISSION_DENIED";
    /// 404: unknown, or not yours.
    pub const NOT_FOUND: &str = "ERROR_CODE_NOT_FOUND";
    /// 409: the state does not allow it, as revoking twice.
    pub const CONFLICT: &str = "ERROR_CODE_CONFLICT";
    /// 429: too many calls; wait until `X-RateLimit-Reset`.
    pub const RATE_LIMITED: &str = "ERROR_CODE_RATE_LIMITED";
    /// 429 at the gateway: the month's quota is used up.
    pub const QUOTA_EXCEEDED: &str = "ERROR_CODE_QUOTA_EXCEEDED";
    /// 500: the portal failed.
    pub const INTERNAL: &str = "ERROR_CODE_INTERNAL";
    /// 503: the portal cannot answer now.
    pub const UNAVAILABLE: &str = "ERROR_CODE_UNAVAILABLE";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_error_body_is_read() {
        let bare: ErrorReply = serde_json::from_str(r#"{"message":"gone"}"#).unwrap();
        assert_eq!(bare.message, "gone");
        let wrong: ErrorReply =
            serde_json::from_str(r#"{"violations":[{"field":"page_size","description":"1 to 100"}]}"#)
                .unwrap();
        assert!(wrong.violations[0].is_about("pageSize"));
        let strange: ErrorReply = serde_json::from_str(r#"{"code":null,"detail":{"x":1}}"#).unwrap();
        assert_eq!(strange, ErrorReply::default());
    }
}
