//! The browser's answer: which one is ours, and what it says.
//!
//! Only an answer that carries this sign-in's `state` is one; anything else is ignored and leaves the
//! sign-in waiting. What came over the listener and what a person pasted goes through the same checks.

use std::sync::Arc;

use keystow_vault::Secret;
use subtle::ConstantTimeEq;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::failure::bounded;
use crate::{Refusal, RefusalKind};

/// What the answer to one sign-in must look like.
pub(super) struct Expected {
    /// The host and port of the redirect, as advertised.
    pub(super) authority: String,
    /// The path of the redirect, unique for each issuer (RFC 8252 §8.10).
    pub(super) path: String,
    /// At least 128 random bits, good for this sign-in only.
    pub(super) state: Zeroizing<String>,
    pub(super) issuer: String,
    /// Whether the answer must name the issuer (RFC 9207 §2.4).
    pub(super) iss_required: bool,
}

/// An answer that belongs to the sign-in: it ends it, one way or the other.
pub(super) enum Answer {
    /// Consent was given.
    Code(Secret),
    /// Consent was refused.
    Denied,
    /// It speaks for another portal.
    WrongIssuer,
    /// The portal would not do it.
    Refused(Refusal),
}

impl Expected {
    /// What `query` answers; nothing if it does not belong to this sign-in.
    pub(super) fn judge(&self, query: &str) -> Option<Answer> {
        let said = Said::read(query)?;
        if !bool::from(said.state?.as_bytes().ct_eq(self.state.as_bytes())) {
            return None;
        }
        // Compared before anything else is believed, errors included (RFC 9207 §2.4, RFC 9700 §4.4.2).
        match said.iss {
            Some(iss) if iss != self.issuer => return Some(Answer::WrongIssuer),
            None if self.iss_required => return Some(Answer::WrongIssuer),
            _ => {}
        }
        match (said.error, said.code) {
            (Some(error), _) if error == "access_denied" => Some(Answer::Denied),
            (Some(error), _) => Some(Answer::Refused(refusal(&error, said.description.as_deref()))),
            (None, Some(code)) if !code.is_empty() => Some(Answer::Code(Secret::from_text(code))),
            _ => None,
        }
    }

    /// What a pasted address answers.
    pub(super) fn judge_address(&self, text: &str) -> Result<Answer, NotTheAnswer> {
        let text = text.trim();
        // Browsers leave the scheme out of what they show.
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let whole = Zeroizing::new(whole);
        let url = Url::parse(&whole).map_err(|_| NotTheAnswer::NotAnAddress)?;
        let here = url.scheme() == "http" && url.authority() == self.authority && url.path() == self.path;
        if !here {
            return Err(NotTheAnswer::AnotherAddress);
        }
        self.judge(url.query().unwrap_or_default()).ok_or(NotTheAnswer::AnotherSignIn)
    }
}

fn refusal(error: &str, description: Option<&str>) -> Refusal {
    let mut refusal = Refusal::bare(400, RefusalKind::Invalid);
    refusal.message = Some(bounded(description.unwrap_or(error), Refusal::MOST_CHARS));
    refusal
}

/// The parameters of an answer. One that stands twice makes it no answer (RFC 6749 §3.1).
#[derive(Default)]
struct Said {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

impl Said {
    fn read(query: &str) -> Option<Self> {
        let mut said = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "state" => &mut said.state,
                "code" => &mut said.code,
                "iss" => &mut said.iss,
                "error" => &mut said.error,
                "error_description" => &mut said.description,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        Some(said)
    }
}

/// Checks a pasted address while the sign-in waits, so that a person hears at once what is wrong
/// with it. What passes is sent to [`super::SignIn::wait`].
#[derive(Clone)]
pub struct Pasting(pub(super) Arc<Expected>);

impl Pasting {
    /// Whether `address` is the answer that the sign-in waits for.
    ///
    /// # Errors
    ///
    /// Says what it is instead.
    pub fn check(&self, address: &str) -> Result<(), NotTheAnswer> {
        self.0.judge_address(address).map(drop)
    }
}

/// Why a pasted text does not answer the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTheAnswer {
    /// It is no web address.
    #[error("this is not a web address")]
    NotAnAddress,
    /// It is some other address, such as that of the portal's page.
    #[error("this is not the address the browser ended at")]
    AnotherAddress,
    /// It belongs to an earlier sign-in, or was cut off.
    #[error("this address belongs to another sign-in or is not complete")]
    AnotherSignIn,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected {
            authority: "127.0.0.1:4242".into(),
            path: "/callback/abc".into(),
            state: Zeroizing::new("s3cr3t".into()),
            issuer: "https://portal.example".into(),
            iss_required: true,
        }
    }

    const ISS: &str = "iss=https%3A%2F%2Fportal.example";

    #[test]
    fn an_answer_with_this_state_and_issuer_carries_the_code() {
        assert!(matches!(expected().judge(&format!("code=c&state=s3cr3t&{ISS}")), Some(Answer::Code(_))));
    }

    #[test]
    fn an_answer_without_this_state_is_none_even_if_it_is_an_error() {
        for query in [
            "",
            "code=c",
            "code=c&state=",
            "code=c&state=s3cr3",
            "code=c&state=s3cr3tt",
            "error=access_denied&state=x",
        ] {
            assert!(expected().judge(&format!("{query}&{ISS}")).is_none(), "{query}");
        }
        assert!(expected().judge(&format!("state=s3cr3t&{ISS}")).is_none(), "neither code nor error");
    }

    #[test]
    fn a_parameter_that_stands_twice_makes_it_no_answer() {
        for query in ["code=a&code=b&state=s3cr3t", "code=a&state=s3cr3t&state=s3cr3t"] {
            assert!(expected().judge(&format!("{query}&{ISS}")).is_none(), "{query}");
        }
        assert!(expected().judge(&format!("code=a&state=s3cr3t&{ISS}&{ISS}")).is_none());
    }

    #[test]
    fn a_wrong_or_missing_issuer_is_refused_on_errors_too() {
        let wrong = [
            "https%3A%2F%2Fevil.example",
            "https%3A%2F%2Fportal.example%2F",
            "https%3A%2F%2FPORTAL.example",
            "",
        ];
        for answer in ["code=c", "error=access_denied"] {
            for iss in wrong {
                let query = format!("{answer}&state=s3cr3t&iss={iss}");
                assert!(matches!(expected().judge(&query), Some(Answer::WrongIssuer)), "{query}");
            }
            let query = format!("{answer}&state=s3cr3t");
            assert!(matches!(expected().judge(&query), Some(Answer::WrongIssuer)), "{query}");
            let lax = Expected { iss_required: false, ..expected() };
            assert!(!matches!(lax.judge(&query), None | Some(Answer::WrongIssuer)));
        }
    }

    #[test]
    fn a_denial_is_told_from_other_errors_and_their_text_is_made_visible() {
        let judge = |query: &str| expected().judge(&format!("{query}&state=s3cr3t&{ISS}"));
        assert!(matches!(judge("error=access_denied"), Some(Answer::Denied)));
        let Some(Answer::Refused(refusal)) = judge("error=invalid_scope&error_description=no%E2%80%AE!")
        else {
            panic!("an error that is no denial is a refusal");
        };
        assert_eq!(refusal.message.as_deref(), Some("no\\u{202e}!"));
    }

    #[test]
    fn a_pasted_address_is_judged_like_a_received_one() {
        let pasting = Pasting(Arc::new(expected()));
        let good = format!("127.0.0.1:4242/callback/abc?code=c&state=s3cr3t&{ISS}");
        assert_eq!(pasting.check(&format!("  http://{good}\n")), Ok(()));
        assert_eq!(pasting.check(&good), Ok(()));
        assert_eq!(pasting.check("what?"), Err(NotTheAnswer::AnotherAddress));
        assert_eq!(pasting.check("http://[oops"), Err(NotTheAnswer::NotAnAddress));
        assert_eq!(pasting.check(&format!("https://{good}")), Err(NotTheAnswer::AnotherAddress));
        assert_eq!(pasting.check(&good.replace("4242", "4243")), Err(NotTheAnswer::AnotherAddress));
        assert_eq!(pasting.check(&good.replace("/abc", "/abd")), Err(NotTheAnswer::AnotherAddress));
        assert_eq!(pasting.check(&good.replace("s3cr3t", "old")), Err(NotTheAnswer::AnotherSignIn));
    }
}
