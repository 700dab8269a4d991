//! Templates of a person: text with places for the secret and the variable's name.
//!
//! `{{secret}}` is the secret as it is; `{{secret:shell}}`, `{{secret:json}}`, `{{secret:base64}}` and
//! `{{secret:url}}` write it so that it can stand inside such a thing. `{{name}}` is the variable's name.

use super::Page;
use super::escape::Escape;

/// A template that was read without a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name,
    Secret(Escape),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// It has no place for a secret.
    #[error("the template has no place for the secret")]
    NoSecret,
    /// It names a place that there is not.
    #[error("the template has a place that there is not")]
    Unknown(String),
    /// A place is opened and not closed.
    #[error("a place in the template is not closed")]
    Open,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BadTemplate> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (place, behind) = after.split_once("}}").ok_or(BadTemplate::Open)?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::of(place.trim()).ok_or_else(|| BadTemplate::Unknown(place.trim().to_owned()))?);
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let has_secret = parts.iter().any(|part| matches!(part, Part::Secret(_)));
        has_secret.then_some(Self(parts)).ok_or(BadTemplate::NoSecret)
    }

    pub(super) fn lay_out(&self, name: &str, page: &mut dyn Page) {
        for part in &self.0 {
            match part {
                Part::Text(text) => page.text(text),
                Part::Name => page.text(name),
                Part::Secret(escape) => page.secret(*escape),
            }
        }
    }
}

impl Part {
    fn of(place: &str) -> Option<Self> {
        Some(match place {
            "name" => Self::Name,
            "secret" => Self::Secret(Escape::None),
            "secret:shell" => Self::Secret(Escape::Shell),
            "secret:json" => Self::Secret(Escape::Json),
            "secret:base64" => Self::Secret(Escape::Base64),
            "secret:url" => Self::Secret(Escape::Url),
            _ => return None,
        })
    }
}
