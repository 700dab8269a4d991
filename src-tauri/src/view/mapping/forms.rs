//! The forms a secret can be copied in.

use keystow_domain::Timestamp;
use keystow_engine::{CallSight, FirstCallSight, FormName, FormSight, FormsSight, Piece, TemplateWish};

use crate::view::{
    CallView, CopyAsInput, FirstCallView, FormKind, FormView, FormsView, TemplateInput, TemplateView,
};

impl From<FormsSight> for FormsView {
    fn from(sight: FormsSight) -> Self {
        Self {
            variable: sight.variable,
            last: id(&sight.last),
            repository: sight.repository,
            pushed_as: sight.pushed_as,
            forms: sight.forms.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<FirstCallSight> for FirstCallView {
    fn from(sight: FirstCallSight) -> Self {
        let call = |(form, pieces)| FormSight { form, pieces, template: None }.into();
        Self { probe: sight.probe.map(Into::into), calls: sight.calls.into_iter().map(call).collect() }
    }
}

impl From<CallSight> for CallView {
    fn from(sight: CallSight) -> Self {
        let limits = sight.limits;
        Self {
            status: sight.status,
            took: u64::try_from(sight.took.as_millis()).unwrap_or(u64::MAX),
            limit: limits.and_then(|limits| limits.limit),
            remaining: limits.and_then(|limits| limits.remaining),
            resets_at: limits.and_then(|limits| limits.resets_at).map(Timestamp::as_millis),
        }
    }
}

impl From<FormSight> for FormView {
    fn from(sight: FormSight) -> Self {
        let part = |piece| match piece {
            Piece::Text(text) => Some(text),
            Piece::Secret => None,
        };
        Self {
            id: id(&sight.form),
            kind: (&sight.form).into(),
            parts: sight.pieces.into_iter().map(part).collect(),
            template: sight.template.map(|(name, text)| TemplateView { name, text }),
        }
    }
}

impl From<&FormName> for FormKind {
    fn from(form: &FormName) -> Self {
        match form {
            FormName::Raw => Self::Raw,
            FormName::Dotenv => Self::Dotenv,
            FormName::Export => Self::Export,
            FormName::PowerShell => Self::PowerShell,
            FormName::CurlHeader => Self::Curl,
            FormName::Bearer => Self::Bearer,
            FormName::Json => Self::Json,
            FormName::Kubernetes => Self::Kubernetes,
            FormName::Compose => Self::Compose,
            FormName::Terraform => Self::Terraform,
            FormName::CurlCall => Self::CurlCall,
            FormName::JavaScriptCall => Self::JavaScriptCall,
            FormName::PythonCall => Self::PythonCall,
            FormName::Template(_) => Self::Template,
        }
    }
}

impl From<&CopyAsInput> for FormName {
    fn from(input: &CopyAsInput) -> Self {
        match input.kind {
            FormKind::Raw => Self::Raw,
            FormKind::Dotenv => Self::Dotenv,
            FormKind::Export => Self::Export,
            FormKind::PowerShell => Self::PowerShell,
            FormKind::Curl => Self::CurlHeader,
            FormKind::Bearer => Self::Bearer,
            FormKind::Json => Self::Json,
            FormKind::Kubernetes => Self::Kubernetes,
            FormKind::Compose => Self::Compose,
            FormKind::Terraform => Self::Terraform,
            FormKind::CurlCall => Self::CurlCall,
            FormKind::JavaScriptCall => Self::JavaScriptCall,
            FormKind::PythonCall => Self::PythonCall,
            FormKind::Template => Self::Template(input.id.clone()),
        }
    }
}

impl From<TemplateInput> for TemplateWish {
    fn from(input: TemplateInput) -> Self {
        Self { id: input.id, name: input.name, text: input.text }
    }
}

/// What names a form among the others: no template's id is a word of ours.
fn id(form: &FormName) -> String {
    match form {
        FormName::Template(id) => id.clone(),
        other => other.word().to_owned(),
    }
}
