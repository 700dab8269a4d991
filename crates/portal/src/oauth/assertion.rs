//! Assertions that a client signs to prove who it is (RFC 7523 §2.2 and §3, JWS of RFC 7515).
//!
//! The algorithm is the one of the key that the client registered: what an assertion says of itself must be the same,
//! and `none` or a keyed hash never is. Nothing of an assertion is believed before its signature was checked, and each
//! is good once, at whichever portal of a database it comes.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keystow_domain::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    app::App,
    clients::{Algorithm, ClientKeyRecord},
    seal::Purpose,
    storage::StorageError,
};

/// The one kind of assertion there is, as the form names it.
pub(super) const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How many bytes an assertion has at most.
const LONGEST: usize = 8192;
/// How far ahead the end of an assertion may lie.
const LIFE: Duration = Duration::from_secs(300);
/// How far the clocks of a client and a portal may be apart.
const CLOCKS: Duration = Duration::from_secs(30);
/// How many bytes a `jti` has at most.
const LONGEST_JTI: usize = 255;

/// The header (RFC 7515 §4.1), as far as it is looked at. What must be understood (`crit`) is not.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// The claims (RFC 7519 §4.1), as far as they are looked at.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    iat: Option<f64>,
    nbf: Option<f64>,
    jti: String,
}

/// Whom it is for. One that is for others too could be brought here by one of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    List(Vec<String>),
}

impl Audience {
    fn is(&self, wanted: &[String]) -> bool {
        match self {
            Self::One(one) => wanted.contains(one),
            Self::List(list) => matches!(&list[..], [one] if wanted.contains(one)),
        }
    }
}

/// An assertion, taken apart and not believed yet.
pub(super) struct Assertion<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    header: Header,
    claims: Claims,
}

/// Why an assertion proves nothing.
pub(super) enum Unproven {
    /// It is not one of this client: no word on what was wrong.
    Unknown,
    /// The client signed it, and it is not good: why.
    Wrong(&'static str),
    /// The storage failed.
    Storage(StorageError),
}

impl From<StorageError> for Unproven {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl<'a> Assertion<'a> {
    /// Takes an assertion apart; nothing if it is none.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let (header, claims) = (part(header)?, part(claims)?);
        Some(Self { signed, signature: URL_SAFE_NO_PAD.decode(signature).ok()?, header, claims })
    }

    /// Who it says that it is of.
    pub(super) fn subject(&self) -> &str {
        &self.claims.sub
    }

    /// Whether the client with these keys signed it for this portal, for now, and for the first time; which version of
    /// the client the key is.
    ///
    /// # Errors
    ///
    /// Says why not, to the client that signed it and to nobody else.
    pub(super) async fn prove(
        &self,
        app: &App,
        client: &str,
        keys: &[ClientKeyRecord],
    ) -> Result<u32, Unproven> {
        let version = self.signer(keys).ok_or(Unproven::Unknown)?;
        let now = app.clock.now();
        let wanted = [app.base.clone(), format!("{}/oauth/token", app.base)];
        let ends_at = self.judge(client, &wanted, now).map_err(Unproven::Wrong)?;
        let hash = app.pepper.digest(Purpose::Assertion, &[client, &self.claims.jti]);
        if !app.storage.use_assertion(hash, ends_at, now).await? {
            return Err(Unproven::Wrong(
                "the assertion was used before; sign a new one, with a jti of its own",
            ));
        }
        Ok(version)
    }

    /// The version of the key that signed it. Without a `kid` it must be the only one.
    fn signer(&self, keys: &[ClientKeyRecord]) -> Option<u32> {
        if self.header.crit.is_some() {
            return None;
        }
        let key = match (&self.header.kid, keys) {
            (Some(kid), keys) => keys.iter().find(|one| one.kid == *kid)?,
            (None, [only]) => only,
            (None, _) => return None,
        };
        let is_of_key = Algorithm::read(&self.header.alg) == Some(key.key.algorithm);
        let signed = is_of_key && key.key.verifies(self.signed.as_bytes(), &self.signature);
        signed.then_some(key.version)
    }

    /// What is wrong with the claims at `now`, if anything; else until when the assertion must be remembered.
    fn judge(&self, client: &str, wanted: &[String], now: Timestamp) -> Result<Timestamp, &'static str> {
        let claims = &self.claims;
        if claims.iss != client || claims.sub != client {
            return Err("iss and sub must both be the client_id");
        }
        if !claims.aud.is(wanted) {
            return Err("aud must be this portal's issuer or its token endpoint, and nothing besides");
        }
        if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
            return Err("jti must have 1 to 255 characters");
        }
        let instant = |seconds: f64| at(seconds).ok_or("exp, iat and nbf must be seconds since 1970");
        let ends_at = instant(claims.exp)?;
        if ends_at.plus(CLOCKS) <= now {
            return Err("the assertion has ended; look at the clock of the client");
        }
        if ends_at > now.plus(LIFE + CLOCKS) {
            return Err("exp must be at most five minutes ahead");
        }
        for since in [claims.iat, claims.nbf].into_iter().flatten() {
            if instant(since)? > now.plus(CLOCKS) {
                return Err("the assertion is of the future; look at the clock of the client");
            }
        }
        if claims.iat.and_then(at).is_some_and(|made| made.plus(LIFE + CLOCKS + CLOCKS) < now) {
            return Err("the assertion was made too long ago");
        }
        Ok(ends_at.plus(CLOCKS))
    }
}

/// Reads a part: JSON in base64url.
fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// The instant of a NumericDate (RFC 7519 §2); nothing for a number that is none.
fn at(seconds: f64) -> Option<Timestamp> {
    /// Far beyond any clock, and far from where sums overflow: the year 9999.
    const LATEST: f64 = 253_402_300_799.0;
    let is_date = (0.0..=LATEST).contains(&seconds);
    #[expect(clippy::cast_possible_truncation, reason = "within the bounds just checked")]
    is_date.then(|| Timestamp::from_millis((seconds * 1000.0) as i64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn judged(change: serde_json::Value) -> Result<Timestamp, &'static str> {
        let mut claims = json!({"iss": "c", "sub": "c", "aud": "https://portal.example", "exp": 1_800_000_060, "jti": "1"});
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#);
        let text = format!("{header}.{}.", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let assertion = Assertion::read(&text).ok_or("cannot be read")?;
        assertion.judge("c", &["https://portal.example".to_owned()], NOW)
    }

    #[test]
    fn an_assertion_for_now_and_for_here_is_good() {
        assert_eq!(judged(json!({})), Ok(Timestamp::from_secs(1_800_000_090)));
        assert!(judged(json!({"aud": ["https://portal.example"]})).is_ok());
        assert!(judged(json!({"iat": 1_800_000_000, "nbf": 1_800_000_010.5})).is_ok());
        assert!(judged(json!({"exp": 1_799_999_975})).is_ok(), "clocks may be half a minute apart");
    }

    #[test]
    fn an_assertion_of_another_or_for_another_time_or_place_is_not() {
        for change in [
            json!({"iss": "d"}),
            json!({"sub": "d"}),
            json!({"aud": "https://portal.example/"}),
            json!({"aud": ["https://portal.example", "https://other.example"]}),
            json!({"aud": []}),
            json!({"exp": 1_799_999_970}),
            json!({"exp": 1_800_000_331}),
            json!({"exp": 1e300}),
            json!({"exp": -1}),
            json!({"exp": "1800000060"}),
            json!({"iat": 1_800_000_031}),
            json!({"nbf": 1_800_000_031}),
            json!({"iat": 1_799_990_000}),
            json!({"jti": ""}),
            json!({"jti": "x".repeat(256)}),
            json!({"jti": null}),
        ] {
            assert!(judged(change.clone()).is_err(), "{change}");
        }
    }

    #[test]
    fn what_is_no_assertion_is_not_taken_for_one() {
        for text in ["", ".", "..", "a.b.c", "e30.e30.", &"x".repeat(9000)] {
            assert!(Assertion::read(text).is_none(), "{text}");
        }
    }
}
