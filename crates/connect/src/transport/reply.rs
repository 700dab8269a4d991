//! Answers: read up to a limit into memory that is wiped, and sorted by what they mean.

use keystow_portal_api::errors::ErrorReply;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::head::Head;
use super::{json, unusable_status};
use crate::failure::bounded;
use crate::{Cause, Failure, Refusal, RefusalKind};

/// A complete answer.
pub(crate) struct Reply {
    pub(crate) head: Head,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Reply {
    /// The body of a success.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] if the portal said no in its own words, [`Failure::Unknown`] for everything
    /// that does not prove what the portal did.
    pub(crate) fn success(self) -> Result<Self, Failure> {
        match self.head.status {
            200..300 if self.is_json() => Ok(self),
            200..300 => Err(Failure::Unknown(Cause::NotJson)),
            status => match RefusalKind::of_status(status) {
                Some(kind) => Err(self.refusal(kind)),
                None => Err(unusable_status(status)),
            },
        }
    }

    /// Like [`Reply::success`], but an answer "not found" is nothing, however it is worded: a server
    /// that lacks a path often has no words of its own for it.
    pub(crate) fn found(self) -> Result<Option<Self>, Failure> {
        if self.head.status == 404 { Ok(None) } else { self.success().map(Some) }
    }

    /// Like [`Reply::found`] for a path that not every server has: that there is no such method (405) or nothing behind
    /// it (501) says the same (RFC 9110, sections 15.5.6 and 15.6.2).
    pub(crate) fn offered(self) -> Result<Option<Self>, Failure> {
        if matches!(self.head.status, 405 | 501) { Ok(None) } else { self.found() }
    }

    /// Reads the body as `T`.
    ///
    /// # Errors
    ///
    /// [`Cause::Garbage`] if it is anything else.
    pub(crate) fn read<'de, T: Deserialize<'de>>(&'de self) -> Result<T, Failure> {
        json::parse(&self.body).ok_or(Failure::Unknown(Cause::Garbage))
    }

    /// The refusal this answer is, if it is one the portal itself wrote.
    fn refusal(&self, kind: RefusalKind) -> Failure {
        let complaint = match self.complaint() {
            Ok(complaint) => complaint,
            Err(cause) => return Failure::Unknown(cause),
        };
        let mut refusal = Refusal::bare(self.head.status, kind);
        let cut = |text: &str| bounded(text, Refusal::MOST_CHARS);
        let violations = complaint.violations.iter().take(Refusal::MOST_VIOLATIONS);
        refusal.violations = violations.map(|one| (cut(&one.field), cut(&one.description))).collect();
        // Without a token the contract's server complains about a header before it looks at who asks;
        // a token endpoint says invalid_grant. Both mean: sign in again.
        let signed_out = refusal.blames("Authorization") || complaint.error == "invalid_grant";
        if kind == RefusalKind::Invalid && signed_out {
            refusal.kind = RefusalKind::SignedOut;
        }
        let said = [&complaint.message, &complaint.error_description, &complaint.error];
        refusal.message = said.into_iter().find(|text| !text.is_empty()).map(|text| cut(text));
        refusal.retry_at = (kind == RefusalKind::Throttled).then_some(self.head.retry_at);
        Failure::Refused(refusal)
    }

    /// Whether the portal says that it could not read the request's body, and so did not act on it.
    pub(crate) fn is_unread(&self) -> bool {
        let complaint = (self.head.status == 400).then(|| self.complaint().ok()).flatten();
        complaint.is_some_and(|said| said.violations.iter().any(|one| one.is_about("body")))
    }

    fn complaint(&self) -> Result<ErrorReply, Cause> {
        if self.body.is_empty() {
            return Ok(ErrorReply::default());
        }
        if !self.is_json() {
            return Err(Cause::NotJson);
        }
        // A refusal worded in another way than the contract's is still a refusal.
        let worded = json::parse(&self.body);
        let any = || json::parse::<serde::de::IgnoredAny>(&self.body).map(|_| ErrorReply::default());
        worded.or_else(any).ok_or(Cause::Garbage)
    }

    fn is_json(&self) -> bool {
        let kind = self.head.content_type.as_deref().unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
    }
}

/// Reads a body of at most `cap` bytes. Every buffer it was gathered in is wiped.
pub(crate) async fn body(mut response: reqwest::Response, cap: usize) -> Result<Zeroizing<Vec<u8>>, Cause> {
    let announced = response.content_length().unwrap_or(0);
    if announced > cap as u64 {
        return Err(Cause::TooLarge);
    }
    let mut body = Zeroizing::new(Vec::with_capacity(usize::try_from(announced).unwrap_or(0).max(4096)));
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > cap => return Err(Cause::TooLarge),
            Ok(Some(chunk)) => append(&mut body, &chunk),
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err(Cause::Timeout),
            Err(_) => return Err(Cause::Interrupted),
        }
    }
}

/// Appends without letting the vector move its content and leave a copy behind.
fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if body.len() + chunk.len() > body.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity((body.len() + chunk.len()) * 2));
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.extend_from_slice(chunk);
}
