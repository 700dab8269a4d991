//! The door to signatures: pairs of keys that clients sign with are made, kept as secrets and used here.
//!
//! A private key is an Ed25519 key in PKCS#8 (RFC 5958, RFC 8410 §7) as PEM (RFC 7468): a text that every tool
//! takes, so that it is stowed, copied and given away like any other secret. What leaves without a door is the
//! public half, and what was signed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keystow_domain::PublicKey;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{Secret, random};

/// What stands before the 32 bytes of the key in its PKCS#8 form, version 1, which older tools read too.
const BEFORE: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// How long such a key is in PKCS#8, and in base64: one line of PEM.
const LENGTH: usize = 48;
const LINE: usize = 64;
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----\n";
const END: &str = "\n-----END PRIVATE KEY-----\n";
/// Room for an assertion: a header, claims with an id and two addresses, and a signature.
const ASSERTION: usize = 8 * 1024;

/// What an assertion says (RFC 7523 §3). All of it is public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims<'a> {
    /// The client that signs, which speaks for itself.
    pub client: &'a str,
    /// Whom it is for: the portal's issuer.
    pub audience: &'a str,
    /// When it is made, in seconds since 1970, in the portal's time.
    pub made_at: i64,
    /// How many seconds it is good.
    pub life: i64,
}

/// Makes a pair: the private key, to be stowed before the public one is told to anybody.
pub fn make_pair() -> (Secret, PublicKey) {
    loop {
        let seed = random::bytes::<32>();
        // Every 32 bytes are a key; what ring refused would only be drawn again.
        if let Ok(pair) = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()) {
            return (written(&seed), public(&pair));
        }
    }
}

/// The public half of a private key; nothing if the secret is none.
pub fn public_key(private: &Secret) -> Option<PublicKey> {
    Some(public(&read(private)?))
}

/// Signs an assertion (RFC 7515 §7.1 with RFC 8037 §3.1) that is good once; nothing if the secret is no private key. It opens what the
/// client may open until it has ended, and so is a secret too.
pub fn assertion(private: &Secret, claims: &Claims<'_>) -> Option<Secret> {
    let pair = read(private)?;
    let header = serde_json::json!({ "alg": "EdDSA", "typ": "JWT", "kid": public(&pair).kid });
    let id = URL_SAFE_NO_PAD.encode(random::bytes::<16>().as_slice());
    let said = serde_json::json!({
        "iss": claims.client, "sub": claims.client, "aud": claims.audience, "jti": id,
        "iat": claims.made_at, "exp": claims.made_at.saturating_add(claims.life),
    });
    let mut text = String::with_capacity(ASSERTION);
    URL_SAFE_NO_PAD.encode_string(header.to_string(), &mut text);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(said.to_string(), &mut text);
    let signature = pair.sign(text.as_bytes());
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut text);
    Some(Secret::from_text(text))
}

fn written(seed: &[u8; 32]) -> Secret {
    let mut key = Zeroizing::new([0; LENGTH]);
    key[..BEFORE.len()].copy_from_slice(&BEFORE);
    key[BEFORE.len()..].copy_from_slice(seed);
    // Not straight into the text: that goes through a buffer on the stack, which nobody wipes.
    let mut line = Zeroizing::new([0; LINE]);
    let written = STANDARD.encode_slice(key.as_slice(), line.as_mut_slice());
    debug_assert_eq!(written, Ok(LINE), "a key fills its line");
    let mut text = String::with_capacity(BEGIN.len() + LINE + END.len());
    text.push_str(BEGIN);
    text.push_str(std::str::from_utf8(line.as_slice()).unwrap_or_default());
    text.push_str(END);
    Secret::from_text(text)
}

fn read(private: &Secret) -> Option<Ed25519KeyPair> {
    let line = private.expose().trim().strip_prefix(BEGIN.trim())?.strip_suffix(END.trim())?.trim();
    let key = Zeroizing::new(STANDARD.decode(line).ok()?);
    let seed = key.strip_prefix(&BEFORE)?;
    Ed25519KeyPair::from_seed_unchecked(seed).ok()
}

fn public(pair: &Ed25519KeyPair) -> PublicKey {
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    // The members that RFC 8037 §2 requires, in the order of RFC 7638 §3.
    let necessary = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    PublicKey { kid: URL_SAFE_NO_PAD.encode(Sha256::digest(necessary)), x }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    /// The key of RFC 8410 §10.3 and RFC 8037 Appendix A.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

    #[test]
    fn the_example_of_the_rfc_has_its_public_half_and_thumbprint() {
        let public = public_key(&Secret::from_text(PEM.into())).unwrap();
        assert_eq!(public.x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(public.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_pair_is_new_and_reads_back_as_it_was_written() {
        let ((private, public), (_, other)) = (make_pair(), make_pair());
        assert_eq!(public_key(&private), Some(public.clone()));
        assert_ne!(public, other);
        assert_eq!(private.expose().len(), PEM.len());
        // The sixteen bytes before the seed fill 21 signs of base64, and a part of the next.
        assert!(private.starts_with(&PEM[..BEGIN.len() + 21]), "PKCS#8 of version 1");
    }

    #[test]
    fn an_assertion_says_what_it_should_and_is_signed_by_the_key() {
        let private = Secret::from_text(PEM.into());
        let claims =
            Claims { client: "client_1", audience: "https://portal.example", made_at: 100, life: 60 };
        let made = assertion(&private, &claims).unwrap();
        let parts: Vec<&str> = made.expose().split('.').collect();
        let json = |text: &str| -> serde_json::Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
        };
        assert_eq!(json(parts[0])["alg"], "EdDSA");
        assert_eq!(json(parts[0])["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let said = json(parts[1]);
        assert_eq!((&said["sub"], &said["exp"]), (&"client_1".into(), &160.into()));
        let again = assertion(&private, &claims).unwrap();
        assert!(!made.is_same(&again), "each has a name of its own");
        let key = URL_SAFE_NO_PAD.decode(public_key(&private).unwrap().x).unwrap();
        let signed = format!("{}.{}", parts[0], parts[1]);
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        assert!(UnparsedPublicKey::new(&ED25519, key).verify(signed.as_bytes(), &signature).is_ok());
    }

    #[test]
    fn what_is_no_private_key_signs_nothing() {
        for text in ["", "kst_1234", &PEM[..60], &PEM.replace("MC4", "MC5")] {
            assert!(public_key(&Secret::from_text(text.to_owned())).is_none(), "{text}");
        }
    }
}
