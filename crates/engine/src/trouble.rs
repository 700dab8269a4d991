//! A failure as a person should read it.

use std::collections::BTreeMap;

use keystow_domain::Timestamp;

/// What happened, what it means for the keys, and what to do next.
///
/// The sentences are the engine's own; text from a portal appears only as a fact, bounded and made
/// visible. The code is what a window translates and decides by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Names the failure, such as `portal_unreachable`.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// What it means for the keys.
    pub meaning: String,
    /// The next step.
    pub remedy: String,
    /// Names, dates and figures of the sentences above.
    pub facts: BTreeMap<&'static str, String>,
    /// What is wrong with which field of a form, as the portal names fields; the text may be empty.
    pub fields: Vec<(String, String)>,
    /// When the same thing may be tried again.
    pub retry_at: Option<Timestamp>,
}

impl Trouble {
    /// A failure with its three sentences.
    pub(crate) fn new(code: &'static str, message: &str, meaning: &str, remedy: &str) -> Self {
        Self {
            code,
            message: message.to_owned(),
            meaning: meaning.to_owned(),
            remedy: remedy.to_owned(),
            facts: BTreeMap::new(),
            fields: Vec::new(),
            retry_at: None,
        }
    }

    /// The same failure with a fact; `{name}` in its sentences becomes the value.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        let place = format!("{{{name}}}");
        for sentence in [&mut self.message, &mut self.meaning, &mut self.remedy] {
            if sentence.contains(&place) {
                *sentence = sentence.replace(&place, &value);
            }
        }
        self.facts.insert(name, value);
        self
    }

    /// The same failure with what is wrong with which field.
    #[must_use]
    pub(crate) fn about(mut self, fields: Vec<(String, String)>) -> Self {
        self.fields = fields;
        self
    }

    /// The same failure with the time at which it may be tried again.
    #[must_use]
    pub(crate) fn retry_at(mut self, at: Option<Timestamp>) -> Self {
        self.retry_at = at;
        self
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.message, self.meaning, self.remedy)
    }
}

impl std::error::Error for Trouble {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_fills_its_place_in_every_sentence() {
        let trouble =
            Trouble::new("x", "{key} is gone.", "Nothing else than {key}.", "Done.").with("key", "pay");
        assert_eq!(trouble.to_string(), "pay is gone. Nothing else than pay. Done.");
        assert_eq!(trouble.facts["key"], "pay");
    }
}
