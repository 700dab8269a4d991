//! Which apps may ask for a sign-in, and where the answer may go.

use url::{Host, Url};

use crate::{clients::ClientAuth, storage::ClientRecord};

/// The client id of the desktop app.
const DESKTOP: &str = "keystow-desktop";

/// The desktop app: known from the first start, a public client on a loopback port.
pub(crate) fn built_in() -> ClientRecord {
    ClientRecord {
        id: DESKTOP.into(),
        name: "Keystow".into(),
        redirect_uris: vec!["http://127.0.0.1/callback".into(), "http://[::1]/callback".into()],
        auth: ClientAuth::None,
        registered: None,
    }
}

/// The public client of the sample data, so that the portal can be tried with curl.
pub(crate) fn demo() -> ClientRecord {
    ClientRecord {
        id: "demo-client".into(),
        name: "Demo client".into(),
        redirect_uris: vec!["http://127.0.0.1/callback".into()],
        auth: ClientAuth::None,
        registered: None,
    }
}

impl ClientRecord {
    /// Whether an answer may go to `asked`: exactly a registered address, or a registered loopback
    /// address with another port (RFC 8252 §7.3).
    ///
    /// The desktop app may also answer below its registered path: it uses one path an issuer, so that
    /// an answer meant for one portal cannot be taken for another's (RFC 8252 §8.10).
    pub(crate) fn may_answer_to(&self, asked: &str) -> bool {
        let Some(asked_url) = plain(asked) else { return false };
        self.redirect_uris.iter().any(|registered| {
            registered == asked
                || Url::parse(registered)
                    .is_ok_and(|registered| self.is_same_but_for_the_port(&registered, &asked_url))
        })
    }

    fn is_same_but_for_the_port(&self, registered: &Url, asked: &Url) -> bool {
        let (path, asked_path) = (registered.path(), asked.path());
        let below =
            self.id == DESKTOP && asked_path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        registered.scheme() == "http"
            && is_loopback(registered)
            && asked.scheme() == "http"
            && asked.host() == registered.host()
            && (asked_path == path || below)
            && asked.query() == registered.query()
    }
}

/// Reads an address without tricks: no user, no fragment, and spelled the way it is understood.
fn plain(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let tricky = !url.username().is_empty() || url.password().is_some() || url.fragment().is_some();
    let spelled = address.starts_with(url.as_str().trim_end_matches('/'));
    (!tricky && spelled).then_some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_address_matches_on_any_port() {
        for asked in ["http://127.0.0.1:49152/callback", "http://127.0.0.1/callback"] {
            assert!(demo().may_answer_to(asked), "{asked}");
        }
    }

    #[test]
    fn only_the_desktop_app_may_answer_below_its_path() {
        assert!(built_in().may_answer_to("http://127.0.0.1:5000/callback/b1f0"));
        assert!(built_in().may_answer_to("http://[::1]:5000/callback/b1f0"));
        assert!(!demo().may_answer_to("http://127.0.0.1:5000/callback/b1f0"));
        assert!(!built_in().may_answer_to("http://127.0.0.1:5000/callbacks"));
        assert!(!built_in().may_answer_to("http://127.0.0.1:5000/callback/../steal"));
    }

    #[test]
    fn nothing_else_matches() {
        for asked in [
            "https://127.0.0.1:5000/callback",
            "http://localhost:5000/callback",
            "http://127.0.0.1.example:5000/callback",
            "http://user@127.0.0.1:5000/callback",
            "http://127.0.0.1:5000/callback#x",
            "http://127.0.0.1:5000/callback?next=x",
            "http://127.0.0.1:5000/callback/",
            "http://0177.0.0.1:5000/callback",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!demo().may_answer_to(asked), "{asked}");
        }
    }
}
