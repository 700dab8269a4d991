//! The portal's log: who did or tried what, when, from where, and how it ended (*extended*).

use serde::{Deserialize, Serialize};

use crate::lenient::{number, or_default};

/// One entry of the log. It holds no secret, token, password or code, and no text that a caller wrote as a reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct AuditEntry {
    /// Where it stands in the log, from 1 on and without a gap.
    #[serde(deserialize_with = "number")]
    pub number: u64,
    /// When the attempt began (RFC 3339).
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub at: String,
    /// What was tried: an operation's name in this document, a page's action such as `signIn`, or `giveRole` for a role
    /// that the operator gave.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub operation: String,
    /// How it ended, one of [`outcome`].
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// Why it was refused or failed: a word of `ERROR_CODE_*` or an OAuth error; empty if it was done.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The `X-Request-Id` of the answer.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    /// The account that did it; empty where nobody proved who they were.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub account_id: String,
    /// The address that account signed in with then.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub account_email: String,
    /// The OAuth client it came through; only told to administrators and to whoever did it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub client_id: String,
    /// What it was about, as in `key`, `app`, `subscription`, `client` or `account`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub target_kind: String,
    /// Its id.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub target_id: String,
    /// Its name after the attempt, with everything that hides or reorders text written out.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub target_name: String,
    /// The developer app that it belongs to; empty for none.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub app_id: String,
    /// The address of whoever called; only told to administrators and to whoever did it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// What the caller's program called itself, cut and made visible; told as `address` is.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub user_agent: String,
    /// The link of the chain, in hexadecimal digits; only told to administrators.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

/// Answer with a page of the log, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListAuditReply {
    /// The entries.
    #[serde(deserialize_with = "or_default")]
    pub entries: Vec<AuditEntry>,
    /// Where to go on; empty on the last page.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub next_page_token: String,
}

/// The words of [`AuditEntry::outcome`].
pub mod outcome {
    /// It was done.
    pub const DONE: &str = "done";
    /// It was refused; `code` says why.
    pub const REFUSED: &str = "refused";
    /// The portal failed; whether it was done anyway is not known.
    pub const FAILED: &str = "failed";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_says_little_is_read() {
        let read: ListAuditReply =
            serde_json::from_str(r#"{"entries":[{"number":"7","operation":null,"new":1}]}"#).unwrap();
        assert_eq!(read.entries, [AuditEntry { number: 7, ..AuditEntry::default() }]);
    }
}
