//! How a secret is tried: which address is called, and which header carries the secret.
//!
//! What a person types here decides where a secret goes. An address is https or a loopback literal, so
//! that nobody on the way can read it, and a header is one that cannot change what the request means.

use http::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderName, Method};
use keystow_domain::{ClientProof, KeyId};
use keystow_vault::{Secret, request};
use url::Url;

use crate::transport::{Purpose, Request, usable};
use crate::{Cause, Failure};

/// The header of the portal's own check.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The longest address.
const LONGEST: usize = 2048;
/// The most characters before the secret.
const MOST_BEFORE: usize = 64;
/// Headers that say something about the request itself.
const TAKEN: [HeaderName; 10] =
    [ACCEPT, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// Which address is called with GET to try a secret, and which header carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    url: String,
    header: HeaderName,
    before: String,
    /// The client whose token goes there, where the secret only gets one.
    client: Option<(KeyId, ClientProof)>,
}

/// Why a secret cannot be tried like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTrial {
    /// Neither https nor http to a loopback literal, or no address at all.
    #[error("the address cannot be used")]
    Address,
    /// Not the name of a header, or of one that is not free.
    #[error("the header cannot be used")]
    Header,
    /// What stands before the secret cannot be in a header, or is too long.
    #[error("the text before the secret cannot be used")]
    Before,
}

impl Trial {
    /// A trial as a person described it.
    ///
    /// # Errors
    ///
    /// Says which part cannot be used.
    pub fn new(url: &str, header: &str, before: &str) -> Result<Self, BadTrial> {
        let address = Url::parse(url.trim()).map_err(|_| BadTrial::Address)?;
        if url.len() > LONGEST || usable(&address).is_err() {
            return Err(BadTrial::Address);
        }
        let header: HeaderName = header.trim().parse().map_err(|_| BadTrial::Header)?;
        if TAKEN.contains(&header) {
            return Err(BadTrial::Header);
        }
        let plain = before.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if before.len() > MOST_BEFORE || !plain {
            return Err(BadTrial::Before);
        }
        Ok(Self { url: address.into(), header, before: before.to_owned(), client: None })
    }

    /// The portal's own check: an address below or beside the portal's, and `x-api-key`.
    pub fn own(url: impl Into<String>) -> Self {
        Self { url: url.into(), header: API_KEY, before: String::new(), client: None }
    }

    /// The trial of an OAuth client: a token is got with what it proves itself with, and the token is sent to `url`.
    pub fn of_client(url: impl Into<String>, id: KeyId, proof: ClientProof) -> Self {
        let (header, before) = (AUTHORIZATION, "Bearer ".to_owned());
        Self { url: url.into(), header, before, client: Some((id, proof)) }
    }

    /// The client that is tried, if it is one.
    pub(crate) fn client(&self) -> Option<(&KeyId, &ClientProof)> {
        self.client.as_ref().map(|(id, proof)| (id, proof))
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The header's name.
    pub fn header(&self) -> &str {
        self.header.as_str()
    }

    /// What stands before the secret in the header.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// The call that tries `secret`; an address without a host is one of `origin`.
    ///
    /// # Errors
    ///
    /// When the address or the secret cannot be sent.
    pub(crate) fn request(&self, origin: &Url, secret: &Secret) -> Result<Request, Failure> {
        let not_sent = || Failure::NotSent(Cause::Garbage);
        let mut call = Request::new(Method::GET, origin.join(&self.url).map_err(|_| not_sent())?);
        call.purpose = Purpose::Once;
        let value = request::behind(&self.before, secret).map_err(|_| not_sent())?;
        Ok(call.header(self.header.clone(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_only_where_nobody_on_the_way_can_read_it() {
        for url in ["https://api.example/v1/ping?x=1", "http://127.0.0.1:8080/", "http://[::1]:9/a"] {
            assert_eq!(Trial::new(url, "Authorization", "Bearer ").map(|trial| trial.url), Ok(url.into()));
        }
        for url in
            ["http://api.example/", "http://localhost/", "/ping", "", "file:///etc", "https://a:b@c.example/"]
        {
            assert_eq!(Trial::new(url, "x-api-key", "").err(), Some(BadTrial::Address), "{url}");
        }
        let long = format!("https://api.example/{}", "a".repeat(LONGEST));
        assert_eq!(Trial::new(&long, "x-api-key", "").err(), Some(BadTrial::Address));
    }

    #[test]
    fn a_header_that_would_change_the_request_is_refused() {
        for header in ["", "a b", "x:y", "x\r\ny", "Host", "content-length", "Transfer-Encoding", "é"] {
            assert_eq!(Trial::new("https://a.example", header, "").err(), Some(BadTrial::Header), "{header}");
        }
        for before in ["a\r\nb", "é", "\t", &"x".repeat(65)] {
            let trial = Trial::new("https://a.example", "x-key", before);
            assert_eq!(trial.err(), Some(BadTrial::Before), "{before}");
        }
    }
}
