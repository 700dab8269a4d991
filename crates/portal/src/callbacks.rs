//! Addresses that a sign-in may come back to: those of developer apps and of OAuth clients.

use std::collections::HashSet;

use keystow_domain::visible;
use keystow_portal_api::errors::Violation;
use url::{Host, Url};

use crate::reply::violation;

/// How many there are of one app or client at most.
const MOST: usize = 10;
/// How many bytes each has at most.
const LONGEST: usize = 2000;

/// Checks all addresses of an app or a client, each once, and tells of `field` what is wrong.
pub(crate) fn checked(field: &str, urls: Vec<String>, wrong: &mut Vec<Violation>) -> Vec<String> {
    if urls.len() > MOST {
        wrong.push(violation(field, format!("at most {MOST}")));
        return Vec::new();
    }
    let mut seen = HashSet::new();
    for (place, url) in urls.iter().enumerate() {
        let field = format!("{field}[{place}]");
        if let Some(what) = wrong_with(url) {
            wrong.push(violation(&field, what));
        } else if !seen.insert(url.clone()) {
            wrong.push(violation(&field, "stands in the list before"));
        }
    }
    urls
}

/// What is wrong with a callback URL, if anything. It is compared letter by letter when a sign-in comes back, so it
/// must be spelled the way it is understood.
fn wrong_with(text: &str) -> Option<&'static str> {
    if text.len() > LONGEST {
        return Some("is too long");
    }
    if visible(text) != text || text.contains(char::is_whitespace) {
        return Some("must hold no space and no control character");
    }
    let Ok(url) = Url::parse(text) else { return Some("is no absolute URL") };
    if text.contains('*') {
        return Some("must be exact, without a wildcard");
    }
    if url.fragment().is_some() {
        return Some("must have no fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must name no user");
    }
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) => false,
        None => return Some("is no absolute URL"),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Some("must be https, or http at 127.0.0.1 or [::1]");
    }
    let spelled = url.as_str();
    let same = spelled == text || spelled.strip_suffix('/') == Some(text);
    (!same).then_some(
        "must be spelled as it is understood: lower-case name, no default port, no . or .. in the path",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_are_https_anywhere_or_http_here() {
        for good in [
            "https://shop.example/callback",
            "https://shop.example",
            "https://shop.example:8443/a?b=c",
            "http://127.0.0.1:5000/callback",
            "http://[::1]/callback",
        ] {
            assert_eq!(wrong_with(good), None, "{good}");
        }
    }

    #[test]
    fn a_callback_that_could_mean_something_else_is_refused() {
        for bad in [
            "",
            "shop.example/callback",
            "http://shop.example/callback",
            "http://localhost/callback",
            "https://shop.example/callback#x",
            "https://shop.example/callback#",
            "https://*.shop.example/callback",
            "https://shop.example/*",
            "https://user@shop.example/callback",
            "https://SHOP.example/callback",
            "https://shop.example:443/callback",
            "https://shop.example/a/../b",
            "https://shop.example/a b",
            "https://shop.example/a\u{202e}b",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp://callback",
        ] {
            assert!(wrong_with(bad).is_some(), "{bad}");
        }
        assert!(wrong_with(&format!("https://shop.example/{}", "x".repeat(2000))).is_some());
    }
}
