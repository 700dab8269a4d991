//! Copying a secret in the form that its target wants.
//!
//! What a window gets of a form is its text with a gap; the text itself is made by the vault on its way to
//! the clipboard. Which form and which name were taken is remembered for each key.

use keystow_domain::{AccountId, KeyId, Variable, visible};
use keystow_vault::{Endpoint, Form, Piece, Template};

use crate::clipboard::ClipboardSight;
use crate::engine::Engine;
use crate::store::{Habit, KeptTemplate};
use crate::{Trouble, random, words};

/// The header that a gateway reads unless a person said otherwise.
const USUAL_HEADER: &str = "x-api-key";
/// The longest name of a template, in characters.
const LONGEST_NAME: usize = 60;
/// The longest template, in characters.
const LONGEST_TEMPLATE: usize = 4000;
/// The most templates.
const MOST_TEMPLATES: usize = 50;

/// The forms a secret can be copied in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormName {
    /// The secret alone.
    Raw,
    /// A line of an `.env` file.
    Dotenv,
    /// A command of a POSIX shell.
    Export,
    /// A command of PowerShell.
    PowerShell,
    /// An option of curl.
    CurlHeader,
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
    /// A template of the person, by its id.
    Template(String),
}

impl FormName {
    /// The first calls, in the order they are offered.
    pub const CALLS: [Self; 3] = [Self::CurlCall, Self::JavaScriptCall, Self::PythonCall];

    /// Every form but first calls and templates, in the order they are offered.
    pub const ALL: [Self; 10] = [
        Self::Raw,
        Self::Dotenv,
        Self::Export,
        Self::PowerShell,
        Self::CurlHeader,
        Self::Bearer,
        Self::Json,
        Self::Kubernetes,
        Self::Compose,
        Self::Terraform,
    ];

    /// Its word in the log, the database and on the command line; all templates share one.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Dotenv => "dotenv",
            Self::Export => "export",
            Self::PowerShell => "powershell",
            Self::CurlHeader => "curl",
            Self::Bearer => "bearer",
            Self::Json => "json",
            Self::Kubernetes => "kubernetes",
            Self::Compose => "compose",
            Self::Terraform => "terraform",
            Self::CurlCall => "curl_call",
            Self::JavaScriptCall => "javascript_call",
            Self::PythonCall => "python_call",
            Self::Template(_) => "template",
        }
    }

    /// The form of such a word, where it is no template.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().chain(Self::CALLS).find(|form| form.word() == word)
    }

    /// The word with a template's id behind it.
    fn kept(&self) -> String {
        match self {
            Self::Template(id) => format!("template:{id}"),
            other => other.word().to_owned(),
        }
    }

    fn of_kept(kept: &str) -> Option<Self> {
        match kept.split_once(':') {
            Some(("template", id)) => Some(Self::Template(id.to_owned())),
            _ => Self::from_word(kept),
        }
    }
}

/// The forms on offer for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormsSight {
    /// The name that the variable has in them.
    pub variable: String,
    /// The form that was taken last, or the first.
    pub last: FormName,
    /// The repository that the secret was pushed to last.
    pub repository: Option<String>,
    /// The name it was pushed under; a copy under another one does not change it.
    pub pushed_as: Option<String>,
    /// Every form, templates last.
    pub forms: Vec<FormSight>,
}

/// One form, as a person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSight {
    /// Which.
    pub form: FormName,
    /// What will be copied, with a gap for the secret.
    pub pieces: Vec<Piece>,
    /// The name and the text of a template.
    pub template: Option<(String, String)>,
}

/// A template to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateWish {
    /// The template it replaces; nothing for a new one.
    pub id: Option<String>,
    /// What the person calls it.
    pub name: String,
    /// Its text, with `{{secret}}` and `{{name}}`.
    pub text: String,
}

impl Engine {
    /// The forms on offer for a key, with the variable's name that is given, remembered or guessed.
    ///
    /// # Errors
    ///
    /// Fails if the key is not in the list, the name is none, or the disk does not serve.
    pub async fn forms(&self, key: &KeyId, variable: Option<&str>) -> Result<FormsSight, Trouble> {
        self.forms_of(&self.holder(key)?, key, variable).await
    }

    /// The same for a key of any account.
    ///
    /// # Errors
    ///
    /// As [`Engine::forms`].
    pub async fn forms_of(
        &self,
        account: &AccountId,
        key: &KeyId,
        variable: Option<&str>,
    ) -> Result<FormsSight, Trouble> {
        let name = self.row(account, key)?.key.name;
        let broken = |error| words::store(&error);
        let habit = self.0.store.habit(account.clone(), key.clone()).await.map_err(broken)?;
        let variable = match variable {
            Some(given) => Variable::parse(given).ok_or_else(words::bad_variable)?,
            None => {
                let kept = habit.variable.as_deref().and_then(Variable::parse);
                kept.unwrap_or_else(|| Variable::suggested(&name))
            }
        };
        let curl = self.curl_header(account, key).await?;
        let mut forms = Vec::new();
        for form in FormName::ALL {
            let pieces = plain_form(&form, &curl).map(|shape| shape.preview(&variable)).unwrap_or_default();
            forms.push(FormSight { form, pieces, template: None });
        }
        for kept in self.0.store.templates().await.map_err(broken)? {
            // One that an older version took and this one does not is not offered.
            let Ok(template) = Template::parse(&kept.text) else { continue };
            let pieces = Form::Template(template).preview(&variable);
            let form = FormName::Template(kept.id);
            forms.push(FormSight { form, pieces, template: Some((kept.name, kept.text)) });
        }
        let last = habit.form.as_deref().and_then(FormName::of_kept);
        let last = last.filter(|last| forms.iter().any(|sight| sight.form == *last));
        Ok(FormsSight {
            variable: variable.as_str().to_owned(),
            last: last.unwrap_or(FormName::Raw),
            repository: habit.repository,
            pushed_as: habit.pushed_as,
            forms,
        })
    }

    /// Puts the secret of a key on the clipboard in a form. Returns when the clipboard offers it.
    ///
    /// # Errors
    ///
    /// Says why nothing was copied; what was on the clipboard is then still there.
    pub async fn copy_as(
        &self,
        key: &KeyId,
        form: &FormName,
        variable: &str,
    ) -> Result<ClipboardSight, Trouble> {
        self.copy_as_of(&self.current_account()?, key, form, variable).await
    }

    /// The same for a key of any account.
    ///
    /// # Errors
    ///
    /// As [`Engine::copy_as`].
    pub async fn copy_as_of(
        &self,
        account: &AccountId,
        key: &KeyId,
        form: &FormName,
        variable: &str,
    ) -> Result<ClipboardSight, Trouble> {
        let variable = Variable::parse(variable).ok_or_else(words::bad_variable)?;
        let shape = self.form(account, key, form).await?;
        let sight = self.copy_in(account, key, false, Some((&shape, &variable, form))).await?;
        // A first call is made once; it is not the form that somebody comes back for.
        if !FormName::CALLS.contains(form) {
            self.remember(account, key, |habit| {
                habit.form = Some(form.kept());
                habit.variable = Some(variable.as_str().to_owned());
            })
            .await;
        }
        Ok(sight)
    }

    /// Keeps a template. Its text may hold no secret.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub async fn save_template(&self, key: &KeyId, wish: TemplateWish) -> Result<FormsSight, Trouble> {
        let account = self.holder(key)?;
        let name = wish.name.trim().to_owned();
        let length = name.chars().count();
        if length == 0 || length > LONGEST_NAME || visible(&name) != name {
            return Err(words::bad_template_name());
        }
        if wish.text.chars().count() > LONGEST_TEMPLATE {
            return Err(words::template_long());
        }
        Template::parse(&wish.text).map_err(words::bad_template)?;
        self.refuse_secret(&account, key, &wish.text).await?;
        let broken = |error| words::store(&error);
        let known = self.0.store.templates().await.map_err(broken)?;
        let id = wish.id.filter(|id| known.iter().any(|template| template.id == *id));
        if id.is_none() && known.len() >= MOST_TEMPLATES {
            return Err(words::too_many_templates());
        }
        let id = id.unwrap_or_else(|| random::token(12));
        let kept = self.0.store.keep_template(KeptTemplate { id, name, text: wish.text }).await;
        kept.map_err(broken)?;
        self.forms(key, None).await
    }

    /// Forgets a template.
    ///
    /// # Errors
    ///
    /// Fails if the disk does not serve.
    pub async fn remove_template(&self, key: &KeyId, id: &str) -> Result<FormsSight, Trouble> {
        let gone = self.0.store.drop_template(id.to_owned()).await;
        gone.map_err(|error| words::store(&error))?;
        self.forms(key, None).await
    }

    /// The shape of a form for a key.
    pub(crate) async fn form(
        &self,
        account: &AccountId,
        key: &KeyId,
        form: &FormName,
    ) -> Result<Form, Trouble> {
        if let FormName::Template(id) = form {
            let all = self.0.store.templates().await.map_err(|error| words::store(&error))?;
            let found = all.into_iter().find(|template| template.id == *id);
            let text = found.ok_or_else(words::no_template)?.text;
            return Ok(Form::Template(Template::parse(&text).map_err(words::bad_template)?));
        }
        if FormName::CALLS.contains(form) {
            let endpoint = self.endpoint(account, key).await?;
            return call_form(form, endpoint).ok_or_else(words::no_template);
        }
        let curl = self.curl_header(account, key).await?;
        plain_form(form, &curl).ok_or_else(words::no_template)
    }

    /// The header that the gateway of a key reads, and what stands in it before the secret.
    async fn curl_header(&self, account: &AccountId, key: &KeyId) -> Result<(String, String), Trouble> {
        let chosen = self.0.store.chosen(account.clone(), key.clone()).await;
        let probe = chosen.map_err(|error| words::store(&error))?.probe;
        Ok(probe.map_or_else(|| (USUAL_HEADER.to_owned(), String::new()), |(_, name, before)| (name, before)))
    }

    /// Remembers what was chosen. That it could not be kept is no reason to say that the copy failed.
    pub(crate) async fn remember(&self, account: &AccountId, key: &KeyId, change: impl FnOnce(&mut Habit)) {
        let before = self.0.store.habit(account.clone(), key.clone()).await;
        let mut habit = before.unwrap_or_default();
        change(&mut habit);
        if let Err(error) = self.0.store.keep_habit(account.clone(), key.clone(), habit).await {
            tracing::warn!(%error, "the form of a copy could not be remembered");
        }
    }
}

/// The shape of a form that is no template.
fn plain_form(form: &FormName, (name, before): &(String, String)) -> Option<Form> {
    Some(match form {
        FormName::Raw => Form::Raw,
        FormName::Dotenv => Form::Dotenv,
        FormName::Export => Form::Export,
        FormName::PowerShell => Form::PowerShell,
        FormName::CurlHeader => Form::CurlHeader { name: name.clone(), before: before.clone() },
        FormName::Bearer => Form::Bearer,
        FormName::Json => Form::Json,
        FormName::Kubernetes => Form::Kubernetes,
        FormName::Compose => Form::Compose,
        FormName::Terraform => Form::Terraform,
        FormName::CurlCall | FormName::JavaScriptCall | FormName::PythonCall | FormName::Template(_) => {
            return None;
        }
    })
}

/// The shape of a first call.
pub(crate) fn call_form(form: &FormName, endpoint: Endpoint) -> Option<Form> {
    match form {
        FormName::CurlCall => Some(Form::CurlCall(endpoint)),
        FormName::JavaScriptCall => Some(Form::JavaScriptCall(endpoint)),
        FormName::PythonCall => Some(Form::PythonCall(endpoint)),
        _ => None,
    }
}
