//! What can go wrong with a call, sorted by the one question that matters: did the portal act on it?
//!
//! A mutating call that ended in [`Failure::Unknown`] is never repeated blindly, because the portal
//! may have acted on it. Nothing here carries a body, a URL or an upstream error text: those may hold
//! a secret.

use keystow_domain::{Timestamp, visible};
use keystow_portal_api::errors::Violation;

/// Why a call gave no answer to use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No byte of the request reached the portal: it may be sent again as it was.
    #[error("the portal was not reached: {0}")]
    NotSent(Cause),
    /// The portal answered, completely and in its own words, that it will not do it.
    #[error("the portal refused: {0}")]
    Refused(Refusal),
    /// The request may have reached the portal; whether it acted on it cannot be told from here.
    #[error("the portal's answer did not arrive: {0}")]
    Unknown(Cause),
}

impl Failure {
    /// Whether the portal said that nobody, or nobody any more, is signed in.
    pub fn is_signed_out(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.kind == RefusalKind::SignedOut)
    }

    /// Whether the portal said that things are not as the call supposes.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.kind == RefusalKind::Conflict)
    }

    /// When the portal will listen again, if it said to come back later.
    pub fn retry_at(&self) -> Option<Timestamp> {
        match self {
            Self::Refused(refusal) => refusal.retry_at,
            _ => None,
        }
    }
}

/// What stood between a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The portal's name could not be resolved.
    #[error("its name could not be resolved")]
    Dns,
    /// No connection could be made.
    #[error("no connection could be made")]
    Connect,
    /// The connection could not be secured.
    #[error("the connection could not be secured")]
    Tls,
    /// It took too long.
    #[error("it took too long")]
    Timeout,
    /// The connection ended in the middle.
    #[error("the connection ended in the middle")]
    Interrupted,
    /// Something between here and the portal, or the portal itself, failed with this HTTP status.
    #[error("it answered with status {0}")]
    Server(u16),
    /// The answer was a page and not data: a captive portal or a proxy's sign-in page.
    #[error("the answer was a page, not data")]
    NotJson,
    /// The answer was larger than any honest answer is.
    #[error("the answer was too large")]
    TooLarge,
    /// The answer pointed elsewhere; it was not followed.
    #[error("the answer pointed elsewhere")]
    Redirected,
    /// The answer was about another key. Nothing of it was kept.
    #[error("the answer was about another key")]
    WrongKey,
    /// The portal did it and sent no secret: the secret is lost.
    #[error("the answer held no secret")]
    NoSecret,
    /// The answer was data that makes no sense.
    #[error("the answer made no sense")]
    Garbage,
}

/// A refusal in the portal's own words, bounded and safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What it means.
    pub kind: RefusalKind,
    /// When to try again, in this computer's time, if the portal throttles.
    pub retry_at: Option<Timestamp>,
    /// What was wrong with which field, as `(field, description)`.
    pub violations: Vec<(String, String)>,
    /// The portal's sentence, if it sent one.
    pub message: Option<String>,
}

impl Refusal {
    /// How many violations are kept of one answer.
    pub const MOST_VIOLATIONS: usize = 20;
    /// How many characters are kept of each text.
    pub const MOST_CHARS: usize = 300;

    /// A refusal without words.
    pub fn bare(status: u16, kind: RefusalKind) -> Self {
        Self { status, kind, retry_at: None, violations: Vec::new(), message: None }
    }

    /// Whether a violation names `field`. Portals mix spellings, so case and underscores do not count.
    pub fn blames(&self, field: &str) -> bool {
        self.violations
            .iter()
            .any(|(named, _)| Violation { field: named.clone(), ..Violation::default() }.is_about(field))
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {}", self.status)
    }
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The request was malformed (400).
    Invalid,
    /// Nobody is signed in, or not any more (401).
    SignedOut,
    /// The person may not do this (403).
    Forbidden,
    /// Gone, or not this person's (404).
    NotFound,
    /// It contradicts what the portal holds (409).
    Conflict,
    /// Well formed and still not acceptable (422).
    Unprocessable,
    /// Too many calls (429).
    Throttled,
}

impl RefusalKind {
    /// What a status means, or nothing if it does not tell that the portal did not act.
    pub fn of_status(status: u16) -> Option<Self> {
        Some(match status {
            400 => Self::Invalid,
            401 => Self::SignedOut,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::Conflict,
            422 => Self::Unprocessable,
            429 => Self::Throttled,
            _ => return None,
        })
    }
}

/// A portal's text cut to `most` characters and made safe to look at.
pub(crate) fn bounded(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((cut, _)) => format!("{}…", visible(&text[..cut])),
        None => visible(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_blamed_in_every_spelling() {
        let mut refusal = Refusal::bare(400, RefusalKind::Invalid);
        refusal.violations = vec![("page_size".into(), "1 to 100".into())];
        assert!(refusal.blames("pageSize"));
        assert!(!refusal.blames("page"));
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_its_controls_shown() {
        assert_eq!(bounded("ضضض", 2), "ضض…");
        assert_eq!(bounded("a\u{202e}b", 10), "a\\u{202e}b");
    }

    #[test]
    fn statuses_of_a_proxy_tell_nothing_about_the_portal() {
        for status in [407, 408, 418, 500, 502, 503, 504, 511] {
            assert_eq!(RefusalKind::of_status(status), None);
        }
    }
}
