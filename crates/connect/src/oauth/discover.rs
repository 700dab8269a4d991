//! Finding a portal's endpoints: its metadata (RFC 8414), or the fixed paths of the plain contract.
//!
//! A document is used whole or not at all: one that names another issuer, lacks S256 or points to an
//! insecure or foreign endpoint is refused.

use std::sync::Arc;

use http::Method;
use keystow_domain::Clock;
use keystow_portal_api::auth::Metadata;
use url::Url;

use super::{Dialect, Issuer};
use crate::Failure;
use crate::transport::{Request, Transport, Unusable, usable};

/// Why a portal cannot be signed in to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiscoverError {
    /// The address is no portal's.
    #[error("the address cannot be used: {0}")]
    Address(#[from] Unusable),
    /// The portal could not be asked.
    #[error("the portal could not be asked: {0}")]
    Portal(#[from] Failure),
    /// The metadata speaks for somebody else.
    #[error("the portal's metadata is for another portal")]
    WrongIssuer,
    /// The portal does not offer PKCE with S256 (RFC 9700 §2.1.1).
    #[error("the portal does not protect sign-in with S256")]
    NoPkce,
    /// An endpoint is not secure, or lies with somebody else.
    #[error("the portal's metadata points to an address that is not its own")]
    ForeignEndpoint,
}

/// Finds the endpoints of the portal at `address`, which is also the issuer it must call itself.
///
/// A portal without metadata (404) is taken to speak the plain DeveloperService contract, whose
/// endpoints have fixed paths.
///
/// # Errors
///
/// When the portal cannot be asked, or its metadata must not be trusted.
pub async fn discover(address: &Url, clock: Arc<dyn Clock>) -> Result<Issuer, DiscoverError> {
    usable(address)?;
    let transport = Transport::new(clock);
    let reply = transport.send(Request::new(Method::GET, metadata_url(address))).await?;
    match reply.found()? {
        None => Ok(plain(address)),
        Some(reply) => accept(address, reply.read()?),
    }
}

/// The well-known part goes between the host and the path of the issuer (RFC 8414 §3.1).
fn metadata_url(address: &Url) -> Url {
    let mut url = address.clone();
    let path = address.path().trim_end_matches('/');
    url.set_path(&format!("/.well-known/oauth-authorization-server{path}"));
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// The identifier a portal at `address` must have: the address as typed, without the slash that a
/// bare host gets when it is parsed.
fn expected_issuer(address: &Url) -> String {
    let text = address.as_str();
    let bare = address.path() == "/" && address.query().is_none() && address.fragment().is_none();
    if bare { text.trim_end_matches('/').to_owned() } else { text.to_owned() }
}

fn accept(address: &Url, metadata: Metadata) -> Result<Issuer, DiscoverError> {
    if metadata.issuer != expected_issuer(address) {
        return Err(DiscoverError::WrongIssuer);
    }
    if !metadata.code_challenge_methods_supported.iter().any(|method| method == "S256") {
        return Err(DiscoverError::NoPkce);
    }
    let endpoint = |text: &str| {
        let url = Url::parse(text).ok().filter(|url| belongs(url, address));
        url.ok_or(DiscoverError::ForeignEndpoint)
    };
    let revocation = Some(metadata.revocation_endpoint).filter(|text| !text.is_empty());
    let token_endpoint = endpoint(&metadata.token_endpoint)?;
    Ok(Issuer {
        issuer: metadata.issuer,
        authorization_endpoint: endpoint(&metadata.authorization_endpoint)?,
        refresh_endpoint: token_endpoint.clone(),
        token_endpoint,
        revocation_endpoint: revocation.map(|text| endpoint(&text)).transpose()?,
        dialect: Dialect::Rfc,
        iss_required: metadata.authorization_response_iss_parameter_supported,
        scopes: metadata.scopes_supported,
    })
}

/// Whether an endpoint may serve the portal at `address`: as secure, and on its host or below it. On
/// a loopback address another port is another program, so there it must be the same origin.
fn belongs(endpoint: &Url, address: &Url) -> bool {
    if usable(endpoint).is_err() || endpoint.scheme() != address.scheme() || endpoint.fragment().is_some() {
        return false;
    }
    let (Some(host), Some(home)) = (endpoint.host_str(), address.host_str()) else { return false };
    match address.host() {
        Some(url::Host::Domain(_)) => host == home || host.ends_with(&format!(".{home}")),
        _ => endpoint.origin() == address.origin(),
    }
}

/// The AuthService of the plain DeveloperService contract.
fn plain(address: &Url) -> Issuer {
    let at = |path: &str| {
        let mut url = address.clone();
        url.set_path(&format!("{}{path}", address.path().trim_end_matches('/')));
        url.set_query(None);
        url.set_fragment(None);
        url
    };
    Issuer {
        issuer: expected_issuer(address),
        authorization_endpoint: at("/v1/auth/authorize"),
        token_endpoint: at("/v1/auth/token"),
        refresh_endpoint: at("/v1/auth/token/refresh"),
        revocation_endpoint: Some(at("/v1/auth/token/revoke")),
        dialect: Dialect::Camel,
        iss_required: false,
        scopes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn metadata(issuer: &str) -> Metadata {
        Metadata {
            issuer: issuer.into(),
            authorization_endpoint: "https://portal.example/authorize".into(),
            token_endpoint: "https://portal.example/token".into(),
            code_challenge_methods_supported: vec!["S256".into()],
            authorization_response_iss_parameter_supported: true,
            ..Metadata::default()
        }
    }

    #[test]
    fn the_issuer_must_be_the_address_to_the_letter() {
        let address = url("https://portal.example");
        assert!(accept(&address, metadata("https://portal.example")).is_ok());
        for other in [
            "https://portal.example/",
            "https://Portal.example",
            "https://portal.example:443",
            "http://portal.example",
            "https://portal.example/tenant",
            "https://xn--portal.example",
        ] {
            assert_eq!(accept(&address, metadata(other)), Err(DiscoverError::WrongIssuer), "{other}");
        }
    }

    #[test]
    fn a_portal_without_s256_is_refused() {
        for methods in [vec![], vec!["plain".to_owned()]] {
            let metadata =
                Metadata { code_challenge_methods_supported: methods, ..metadata("https://portal.example") };
            assert_eq!(accept(&url("https://portal.example"), metadata), Err(DiscoverError::NoPkce));
        }
    }

    #[test]
    fn endpoints_that_are_not_the_portals_own_are_refused() {
        let hostile = [
            "http://portal.example/x",
            "https://evil.example/x",
            "https://evilportal.example/x",
            "file:///bin/sh",
            "javascript:alert(1)",
            "ms-msdt:/id",
            "https://me:pw@portal.example/",
            "-flag",
        ];
        for endpoint in hostile {
            let address = url("https://portal.example");
            let one =
                Metadata { authorization_endpoint: endpoint.into(), ..metadata("https://portal.example") };
            let two = Metadata { token_endpoint: endpoint.into(), ..metadata("https://portal.example") };
            let three =
                Metadata { revocation_endpoint: endpoint.into(), ..metadata("https://portal.example") };
            for metadata in [one, two, three] {
                assert_eq!(accept(&address, metadata), Err(DiscoverError::ForeignEndpoint), "{endpoint}");
            }
        }
        assert!(belongs(&url("https://auth.portal.example/x"), &url("https://portal.example")));
        assert!(!belongs(&url("http://127.0.0.1:2/x"), &url("http://127.0.0.1:1")));
    }

    #[test]
    fn the_well_known_part_goes_before_the_path() {
        let at = metadata_url(&url("https://portal.example/tenant/"));
        assert_eq!(at.as_str(), "https://portal.example/.well-known/oauth-authorization-server/tenant");
        let at = metadata_url(&url("https://portal.example"));
        assert_eq!(at.as_str(), "https://portal.example/.well-known/oauth-authorization-server");
    }
}
