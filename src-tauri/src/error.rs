//! What a failed command tells the window: a code, what happened, what it means, what to do.

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;

/// A failure as a person should read it.
///
/// `message`, `meaning` and `remedy` are English; the window translates by `code` and fills in
/// `facts`. No upstream error text passes through here.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct CommandError {
    /// Names the failure for the window's translations and decisions, such as `portal_unreachable`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What it means for the keys.
    pub meaning: String,
    /// The next step.
    pub remedy: String,
    /// Names, dates and figures of the sentences above.
    #[ts(type = "Record<string, string>")]
    pub facts: BTreeMap<String, String>,
    /// When the same thing may be tried again.
    pub retry_at: Option<i64>,
    /// What is wrong with which field of a form, as the portal names fields.
    #[ts(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldFault>>,
}

/// What is wrong with a field of a form.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct FieldFault {
    /// The field, as in `products[0].justification`.
    pub field: String,
    /// What is wrong, in the portal's words; may be empty.
    pub why: String,
}

impl CommandError {
    /// Something that no window of ours sends.
    pub(crate) fn bad_input(what: &str) -> Self {
        Self {
            code: "bad_input".into(),
            message: format!("{what} cannot be used."),
            meaning: "Nothing was changed; your keys and secrets are as they were.".into(),
            remedy: "Change it and try again.".into(),
            facts: BTreeMap::from([("what".to_owned(), what.to_owned())]),
            retry_at: None,
            fields: None,
        }
    }
}
