//! Public keys of clients that sign: read from a JWK (RFC 7517), each good for one algorithm (RFC 7518 §3.4,
//! RFC 8037 §3.1).
//!
//! The portal makes no key pair for anybody and takes no private key: what it never had it cannot lose, and an
//! assertion proves that the client made it. Checked with ring, which signs for TLS in the same program.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keystow_portal_api::errors::Violation;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::reply::violation;

/// Members that only a private or a symmetric key has (RFC 7518 §6.2.2, §6.3.2, §6.4, RFC 8037 §2).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// How many characters a `kid` has at most.
const LONGEST_KID: usize = 64;
/// The uncompressed form of a point (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

/// What a key signs with. Nothing else is accepted of it, whatever an assertion says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The name of RFC 7518 and RFC 8037.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Reads a name; nothing if it is none of these.
    pub(crate) fn read(word: &str) -> Option<Self> {
        [Self::Es256, Self::EdDsa].into_iter().find(|one| one.word() == word)
    }
}

/// A public key and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    pub(crate) algorithm: Algorithm,
    /// The key as ring takes it: a point, or the 32 bytes of Ed25519.
    pub(crate) bytes: Vec<u8>,
}

impl PublicKey {
    /// Whether this key signed `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self.algorithm {
            Algorithm::Es256 => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.bytes).verify(message, signature)
            }
            Algorithm::EdDsa => UnparsedPublicKey::new(&ED25519, &self.bytes).verify(message, signature),
        };
        verified.is_ok()
    }

    /// Its thumbprint (RFC 7638 §3): the hash of its necessary members in their order.
    fn thumbprint(&self) -> String {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let necessary = match self.algorithm {
            Algorithm::Es256 => {
                let (x, y) = (text(&self.bytes[1..33]), text(&self.bytes[33..]));
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Algorithm::EdDsa => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(&self.bytes))
            }
        };
        text(&Sha256::digest(necessary))
    }
}

/// Reads the public key of a JWK and its `kid`, which is its thumbprint if it has none.
///
/// # Errors
///
/// Says what is wrong with it; never a value of it, which could be a private key.
pub(super) fn read(jwk: &Map<String, Value>) -> Result<(String, PublicKey), Violation> {
    let wrong = |what: &str| violation("jwk", what);
    if PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
        return Err(wrong(
            "holds a private key, which must never leave the client: nothing of it was kept; make another pair and \
             send its public key alone",
        ));
    }
    let text = |member: &str| jwk.get(member).and_then(Value::as_str);
    let part = |member: &str| {
        let bytes = text(member).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        bytes.filter(|bytes| bytes.len() == 32).ok_or_else(|| {
            violation(&format!("jwk.{member}"), "must be 32 bytes in base64url without padding")
        })
    };
    let (algorithm, bytes) = match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-256")) => {
            (Algorithm::Es256, [vec![UNCOMPRESSED], part("x")?, part("y")?].concat())
        }
        (Some("OKP"), Some("Ed25519")) => (Algorithm::EdDsa, part("x")?),
        _ => return Err(wrong("must be an EC key on P-256 or an OKP key on Ed25519")),
    };
    if jwk.get("alg").is_some_and(|alg| alg.as_str() != Some(algorithm.word())) {
        return Err(violation("jwk.alg", format!("must be {} for such a key", algorithm.word())));
    }
    if jwk.get("use").is_some_and(|usage| usage.as_str() != Some("sig")) {
        return Err(violation("jwk.use", "must be sig"));
    }
    let key = PublicKey { algorithm, bytes };
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let kid = match jwk.get("kid") {
        None => key.thumbprint(),
        Some(Value::String(kid))
            if (1..=LONGEST_KID).contains(&kid.len())
                && kid.bytes().all(is_sign)
                && !kid.bytes().all(|byte| byte == b'.') =>
        {
            kid.clone()
        }
        Some(_) => {
            return Err(violation(
                "jwk.kid",
                "must have 1 to 64 letters, digits or -._~, and not dots alone",
            ));
        }
    };
    Ok((kid, key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(jwk: Value) -> Result<(String, PublicKey), Violation> {
        let Value::Object(jwk) = jwk else { panic!("a JWK is an object") };
        read(&jwk)
    }

    /// The key, assertion and thumbprint of RFC 8037 Appendix A.
    #[test]
    fn the_example_of_the_rfc_verifies_and_is_called_by_its_thumbprint() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let (kid, key) = of(json!({"kty": "OKP", "crv": "Ed25519", "x": x})).unwrap();
        assert_eq!(kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = URL_SAFE_NO_PAD
            .decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
            .unwrap();
        assert!(key.verifies(message, &signature));
        assert!(!key.verifies(b"another message", &signature));
    }

    /// The key and assertion of RFC 7515 Appendix A.3.
    #[test]
    fn a_key_on_p256_verifies_what_it_signed() {
        let (_, key) = of(json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }))
        .unwrap();
        let message = b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = URL_SAFE_NO_PAD
            .decode("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
            .unwrap();
        assert!(key.verifies(message, &signature));
        assert!(!key.verifies(&message[1..], &signature));
    }

    #[test]
    fn a_private_key_is_refused_without_a_word_of_it() {
        let d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let refused = of(json!({"kty": "OKP", "crv": "Ed25519", "x": x, "d": d})).unwrap_err();
        assert!(refused.description.contains("private") && !refused.description.contains(d));
        assert!(of(json!({"kty": "oct", "k": d})).unwrap_err().description.contains("private"));
    }

    #[test]
    fn what_is_no_key_of_the_two_kinds_is_refused() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        for jwk in [
            json!({}),
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
            json!({"kty": "EC", "crv": "secp256k1", "x": x, "y": x}),
            json!({"kty": "EC", "crv": "P-256", "x": x}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": "c2hvcnQ"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "alg": "none"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "alg": "ES256"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "use": "enc"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": ""}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": ".."}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "a/b"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": 7}),
        ] {
            assert!(of(jwk.clone()).is_err(), "{jwk}");
        }
    }
}
