//! The forms a secret can be copied in, as the window sees them: with a gap where it would stand.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ProbeView;

/// The forms on offer for a key.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct FormsView {
    /// The name that the variable has in them.
    pub variable: String,
    /// The form that was taken last, as `id` of one of the forms.
    pub last: String,
    /// The repository that the secret was given to last.
    pub repository: Option<String>,
    /// The name it was given under there.
    pub pushed_as: Option<String>,
    /// Every form, the person's templates last.
    pub forms: Vec<FormView>,
}

/// One form.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct FormView {
    /// Names it: the kind, or a template's own id.
    pub id: String,
    /// What kind of form it is.
    pub kind: FormKind,
    /// What will be copied, part by part; nothing stands for the secret.
    pub parts: Vec<Option<String>>,
    /// The template it is, if it is one.
    pub template: Option<TemplateView>,
}

/// A template of the person.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct TemplateView {
    /// What the person calls it.
    pub name: String,
    /// Its text, with `{{secret}}` and `{{name}}`.
    pub text: String,
}

/// The kinds of forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum FormKind {
    /// The secret alone.
    Raw,
    /// A line of an `.env` file.
    Dotenv,
    /// A command of a POSIX shell.
    Export,
    /// A command of PowerShell.
    PowerShell,
    /// An option of curl.
    Curl,
    /// An `Authorization` header.
    Bearer,
    /// A JSON object.
    Json,
    /// A Kubernetes manifest.
    Kubernetes,
    /// A part of a Compose file.
    Compose,
    /// A line of a `.tfvars` file.
    Terraform,
    /// A first call with curl.
    CurlCall,
    /// A first call from JavaScript.
    JavaScriptCall,
    /// A first call from Python.
    PythonCall,
    /// A template of the person.
    Template,
}

/// How a key is called for the first time.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct FirstCallView {
    /// What is called; nothing where neither the portal nor the person named an address.
    pub probe: Option<ProbeView>,
    /// The call in each language; empty without an address.
    pub calls: Vec<FormView>,
}

/// What came of a call with the secret of a key.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct CallView {
    /// The HTTP status.
    pub status: u16,
    /// How long the answer took, in milliseconds.
    pub took: u64,
    /// Calls allowed in the window of the rate limit.
    pub limit: Option<u64>,
    /// Calls left in it.
    pub remaining: Option<u64>,
    /// When it starts again, in milliseconds since 1970.
    pub resets_at: Option<i64>,
}

/// A form to copy a secret in.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CopyAsInput {
    /// The key.
    pub key: String,
    /// What kind of form it is.
    pub kind: FormKind,
    /// Names the form, where it is a template.
    pub id: String,
    /// The name that the variable has in it.
    pub variable: String,
}

/// A template to keep.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateInput {
    /// The key in whose dialog it was written: its secret may not be in it.
    pub key: String,
    /// The template it replaces; nothing for a new one.
    pub id: Option<String>,
    /// What the person calls it.
    pub name: String,
    /// Its text.
    pub text: String,
}
