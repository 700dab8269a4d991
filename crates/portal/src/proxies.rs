//! Who calls, where a proxy stands in front: what it says counts if it is one that the portal was told of.
//!
//! `X-Forwarded-For` is read from its end, which the proxy wrote, up to the first address that is none of the
//! proxies'. What stands before that is whatever the caller liked to write.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// The address a request comes from, which reached the portal from `peer`.
pub(crate) fn caller(peer: SocketAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> SocketAddr {
    let is_proxy = |address: &IpAddr| proxies.contains(&address.to_canonical());
    if !is_proxy(&peer.ip()) {
        return peer;
    }
    let told = headers.get_all("x-forwarded-for").iter().rev();
    let hops = told.flat_map(|line| line.to_str().unwrap_or_default().rsplit(',').map(str::trim));
    for hop in hops {
        match read(hop) {
            Some(address) if is_proxy(&address) => {}
            Some(address) => return SocketAddr::new(address, 0),
            // What cannot be read may hide who it was: the proxy itself is what is known.
            None => return peer,
        }
    }
    peer
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn read(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, told: &[&str]) -> String {
        let proxies = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in told {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        caller(SocketAddr::new(peer.parse().unwrap(), 80), &headers, &proxies).ip().to_string()
    }

    #[test]
    fn whoever_comes_without_a_proxy_is_who_they_are_whatever_they_say() {
        assert_eq!(from("192.0.2.7", &["198.51.100.1"]), "192.0.2.7");
        assert_eq!(from("192.0.2.7", &[]), "192.0.2.7");
    }

    #[test]
    fn a_known_proxy_is_believed_about_the_last_address_that_is_no_proxy() {
        assert_eq!(from("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(from("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(from("10.0.0.1", &["203.0.113.9, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(from("10.0.0.1", &["203.0.113.9", "198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(from("10.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
    }

    #[test]
    fn a_proxy_that_says_nothing_readable_is_the_caller_itself() {
        for told in [&[][..], &[""], &["unknown"], &["198.51.100.1, somebody"], &["10.0.0.2"]] {
            assert_eq!(from("10.0.0.1", told), "10.0.0.1", "{told:?}");
        }
    }
}
