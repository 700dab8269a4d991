//! Clients that sign: their public keys, and which of their assertions are believed.

use axum::http::Method;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    apps,
    clients::{register, token},
    desk::{Answer, App, Desk},
};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A pair of keys that a client made for itself.
enum Pair {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
}

impl Pair {
    fn ed(seed: u8) -> Self {
        Self::Ed(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    fn ec() -> Self {
        let (kind, chance) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let made = EcdsaKeyPair::generate_pkcs8(kind, &chance).unwrap();
        Self::Ec(EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &chance).unwrap())
    }

    fn jwk(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Ed(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": text(pair.public_key().as_ref())})
            }
            Self::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": text(&point[1..33]), "y": text(&point[33..])})
            }
        }
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Ec(_) => "ES256",
        }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = signed(header, claims);
        let signature = match self {
            Self::Ed(pair) => pair.sign(signed.as_bytes()).as_ref().to_vec(),
            Self::Ec(pair) => pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn signed(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// What an assertion of a client says, made now and good for a minute.
fn claims(desk: &Desk, client: &str, jti: &str) -> Value {
    use keystow_domain::Clock;
    let now = desk.clock.now().as_secs();
    json!({"iss": client, "sub": client, "aud": desk.base(), "exp": now + 60, "iat": now, "jti": jti})
}

/// An app that may read, and a client of it that signs with this pair.
async fn client(ada: &App<'_>, pair: &Pair) -> String {
    let shop = apps::make(ada, "shop", &["catalog"]).await;
    let wish = json!({"name": "Robot", "authMethod": "private_key_jwt", "appId": shop["id"], "jwk": pair.jwk("first")});
    let made = register(ada, wish).await.expect(200).json();
    assert!(made.get("clientSecret").is_none(), "a client that signs has no secret");
    made["client"]["clientId"].as_str().unwrap().to_owned()
}

async fn bring(desk: &Desk, assertion: &str) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", KIND),
        ("client_assertion", assertion),
    ];
    token(desk, None, &fields).await
}

fn is_refused(answer: &Answer) {
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["error"]),
        (400, &json!("invalid_client")),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_client_that_signs_gets_tokens_with_either_kind_of_key() {
    for pair in [Pair::ed(1), Pair::ec()] {
        let desk = Desk::open().await;
        let ada = desk.app().await;
        let id = client(&ada, &pair).await;
        let header = json!({"alg": pair.algorithm(), "kid": "first"});
        let tokens = bring(&desk, &pair.sign(&header, &claims(&desk, &id, "1"))).await.expect(200).json();
        assert_eq!((&tokens["scope"], &tokens["refresh_token"]), (&json!("read"), &Value::Null));
        let mut elsewhere = claims(&desk, &id, "2");
        elsewhere["aud"] = json!(format!("{}/oauth/token", desk.base()));
        bring(&desk, &pair.sign(&json!({"alg": pair.algorithm()}), &elsewhere)).await.expect(200);
        let told = ada.get(&format!("/v1/developer/clients/{id}")).await.json()["client"].clone();
        assert_eq!(
            (&told["keys"][0]["kid"], &told["keys"][0]["algorithm"]),
            (&json!("first"), &json!(pair.algorithm()))
        );
        assert!(told["keys"][0]["lastUsedAt"].is_string() && told.get("secretPrefix").is_none());
    }
}

#[tokio::test]
async fn an_assertion_is_good_once_even_after_a_restart() {
    let mut desk = Desk::open().await;
    let pair = Pair::ed(1);
    let id = {
        let ada = desk.app().await;
        client(&ada, &pair).await
    };
    // The portal may come back at another address, which the assertion must not depend on to be refused.
    let header = json!({"alg": "EdDSA", "kid": "first"});
    let assertion = pair.sign(&header, &claims(&desk, &id, "once"));
    bring(&desk, &assertion).await.expect(200);
    is_refused(&bring(&desk, &assertion).await);
    desk.stop().await;
    desk.start(|_| {}).await;
    let repeated = pair.sign(&header, &claims(&desk, &id, "once"));
    let refused = bring(&desk, &repeated).await;
    is_refused(&refused);
    assert!(refused.text.contains("used before"), "{}", refused.text);
    bring(&desk, &pair.sign(&header, &claims(&desk, &id, "another"))).await.expect(200);
}

#[tokio::test]
async fn what_somebody_else_could_have_made_is_refused() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let (pair, stranger) = (Pair::ec(), Pair::ec());
    let id = client(&ada, &pair).await;
    let good = |jti: &str| claims(&desk, &id, jti);
    let header = json!({"alg": "ES256", "kid": "first"});
    // No signature, and one made with what everybody knows, the public key.
    for alg in ["none", "None", "NONE", ""] {
        let unsigned = format!("{}.", signed(&json!({"alg": alg, "kid": "first"}), &good("none")));
        is_refused(&bring(&desk, &unsigned).await);
    }
    let said = signed(&json!({"alg": "HS256", "kid": "first"}), &good("hs"));
    let public = pair.jwk("first").to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(public.as_bytes()).unwrap();
    mac.update(said.as_bytes());
    is_refused(
        &bring(&desk, &format!("{said}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))).await,
    );
    // Signed by somebody else, for the other kind of key, under a name of no key, or with a word nobody understands.
    is_refused(&bring(&desk, &stranger.sign(&header, &good("stranger"))).await);
    is_refused(
        &bring(&desk, &Pair::ed(3).sign(&json!({"alg": "EdDSA", "kid": "first"}), &good("kind"))).await,
    );
    for header in [
        json!({"alg": "EdDSA", "kid": "first"}),
        json!({"alg": "ES256", "kid": "second"}),
        json!({"alg": "ES256", "kid": "first", "crit": ["exp"]}),
        json!({"alg": "ES256", "jwk": stranger.jwk("first"), "kid": "none"}),
    ] {
        is_refused(&bring(&desk, &pair.sign(&header, &good("header"))).await);
    }
    // A change of what was signed.
    let assertion = pair.sign(&header, &good("changed"));
    let (_, signature) = assertion.rsplit_once('.').unwrap();
    is_refused(&bring(&desk, &format!("{}.{signature}", signed(&header, &good("other")))).await);
    // The client's own, for another portal, another time, or another client.
    for (claim, value) in [
        ("aud", json!("https://portal.example")),
        ("aud", json!([desk.base(), "https://portal.example"])),
        ("exp", json!(1_800_000_000 - 31)),
        ("exp", json!(1_800_000_000 + 3600)),
        ("iat", json!(1_800_000_000 + 3600)),
        ("iss", json!("keystow-desktop")),
    ] {
        let mut claims = good("claims");
        claims[claim] = value;
        is_refused(&bring(&desk, &pair.sign(&header, &claims)).await);
    }
    // Its id alone, or a made-up secret, are no proof.
    let own = [("grant_type", "client_credentials"), ("client_id", id.as_str())];
    is_refused(&token(&desk, None, &own).await);
    token(&desk, Some((&id, "")), &own[..1]).await.expect(401);
    bring(&desk, &pair.sign(&header, &good("good"))).await.expect(200);
}

#[tokio::test]
async fn two_keys_are_accepted_side_by_side_until_one_is_ended() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let (old, new) = (Pair::ed(1), Pair::ec());
    let id = client(&ada, &old).await;
    let path = format!("/v1/developer/clients/{id}/keys");
    ada.post(&path, json!({"jwk": new.jwk("second")})).await.expect(200);
    ada.post(&path, json!({"jwk": new.jwk("third")})).await.expect(409);
    ada.post(&path, json!({"jwk": Pair::ed(9).jwk("second")})).await.expect(409);
    let by = |pair: &Pair, kid: &str, jti: &str| {
        pair.sign(&json!({"alg": pair.algorithm(), "kid": kid}), &claims(&desk, &id, jti))
    };
    bring(&desk, &by(&old, "first", "1")).await.expect(200);
    bring(&desk, &by(&new, "second", "2")).await.expect(200);
    let unnamed = old.sign(&json!({"alg": "EdDSA"}), &claims(&desk, &id, "3"));
    is_refused(&bring(&desk, &unnamed).await);
    ada.call(Method::DELETE, &format!("{path}/first"), &[], "").await.expect(200);
    ada.call(Method::DELETE, &format!("{path}/first"), &[], "").await.expect(404);
    is_refused(&bring(&desk, &by(&old, "first", "4")).await);
    bring(&desk, &by(&new, "second", "5")).await.expect(200);
    for seed in 2..6 {
        ada.post(&path, json!({"jwk": Pair::ed(seed).jwk(&format!("k{seed}"))})).await.expect(200);
    }
    ada.post(&path, json!({"jwk": Pair::ed(7).jwk("more")})).await.expect(409);
}

#[tokio::test]
async fn a_private_key_is_refused_and_nothing_of_it_is_kept_or_said() {
    let desk = Desk::open().await;
    let ada = desk.app().await;
    let id = client(&ada, &Pair::ed(1)).await;
    let d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    let mut jwk = Pair::ed(2).jwk("second");
    jwk["d"] = json!(d);
    let path = format!("/v1/developer/clients/{id}/keys");
    let refused = ada.post(&path, json!({"jwk": jwk})).await.expect(400);
    assert!(refused.text.contains("private key") && !refused.text.contains(d));
    let kept = desk.store().content(&desk).await;
    assert!(!kept.windows(d.len()).any(|bytes| bytes == d.as_bytes()));
}
