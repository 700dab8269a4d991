//! The door to searching: a secret becomes something that recognises it and can tell nothing else.
//!
//! A [`Seeker`] keeps a random key, keyed hashes made under it, lengths, and the prefix that the portal
//! shows to everybody. It answers where the secret stands in bytes that the caller has already; the
//! secret itself is gone from memory before the search begins.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use keystow_domain::OperationId;
use memchr::memmem::Finder;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{Secret, Vault, VaultError, random};

/// A shorter prefix is found everywhere and spares no work.
const SHORTEST_HEAD: usize = 4;

/// Recognises one secret: as it is, in UTF-16 as Windows writes it, and inside base64 of either
/// alphabet at each of the three alignments. Base64 that is broken across lines is not recognised.
pub struct Seeker {
    keyed: Hmac<Sha256>,
    shapes: Vec<Shape>,
}

/// Where a secret stands in bytes that were searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// Its first byte.
    pub at: usize,
    /// How many bytes it takes.
    pub length: usize,
    /// Whether it stands there encoded as base64.
    pub base64: bool,
}

impl Vault {
    /// Makes a seeker of a stowed secret.
    ///
    /// # Errors
    ///
    /// Fails if the vault is locked, there is no such secret, or its record was changed.
    pub async fn seeker(&self, operation: &OperationId) -> Result<Seeker, VaultError> {
        let stowed = self.find(operation).await?.ok_or(VaultError::NotFound)?;
        let secret = self.reveal_to_request(operation).await?;
        Ok(Seeker::of(&secret, &stowed.prefix))
    }
}

impl Seeker {
    /// What recognises `secret`, whose public first characters are `prefix`.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 §3)")]
    pub(crate) fn of(secret: &Secret, prefix: &str) -> Self {
        let key = random::bytes::<32>();
        let keyed = Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("a key of any length will do");
        let public = prefix.len() >= SHORTEST_HEAD && secret.starts_with(prefix);
        let head = public.then_some(prefix);
        let mut shapes = Vec::new();
        if !secret.is_empty() {
            let plain = |text: &str| Zeroizing::new(text.as_bytes().to_vec());
            shapes.push(Shape::new(&keyed, false, &plain(secret.expose()), head.map(plain).as_deref()));
            let wide = head.map(wide);
            shapes.push(Shape::new(&keyed, false, &self::wide(secret.expose()), wide.as_deref()));
            for alignment in 0..3 {
                let whole = encoded(secret.expose(), alignment);
                let head = head.map(|head| encoded(head, alignment));
                shapes.push(Shape::new(&keyed, true, &whole, head.as_deref()));
            }
        }
        Self { keyed, shapes }
    }

    /// The most bytes that one sighting takes. Parts of a text that are searched one after the other
    /// must overlap by one byte less.
    pub fn reach(&self) -> usize {
        self.shapes.iter().map(|shape| shape.length).max().unwrap_or(0)
    }

    /// Every place in `bytes` at which the secret stands, from the first to the last.
    pub fn find(&self, bytes: &[u8]) -> Vec<Sighting> {
        let mut found = Vec::new();
        for shape in &self.shapes {
            shape.find(&self.keyed, bytes, |at| {
                found.push(Sighting { at, length: shape.length, base64: shape.base64 });
            });
        }
        found.sort_unstable_by_key(|sighting| sighting.at);
        found
    }
}

/// One way in which the secret can be written.
struct Shape {
    base64: bool,
    length: usize,
    tag: [u8; 32],
    filter: Filter,
}

/// Rules out most places without hashing what stands there.
enum Filter {
    /// Public bytes that it begins with, in every alphabet.
    Heads(Vec<Finder<'static>>),
    /// Nothing of it is public: sixteen bits of a rolling sum under a random factor.
    Sum { factor: u32, last: u32, mark: u16 },
}

impl Shape {
    fn new(keyed: &Hmac<Sha256>, base64: bool, text: &[u8], head: Option<&Vec<u8>>) -> Self {
        let tag = keyed.clone().chain_update(text).finalize().into_bytes().into();
        let filter = match head {
            Some(head) if head.len() >= SHORTEST_HEAD => {
                let mut heads = vec![Finder::new(head.as_slice()).into_owned()];
                let other: Vec<u8> = head.iter().map(|byte| url_safe(*byte)).collect();
                if base64 && other != *head {
                    heads.push(Finder::new(&other).into_owned());
                }
                Filter::Heads(heads)
            }
            _ => {
                let factor = u32::from_le_bytes(*random::bytes::<4>()) | 1;
                let last = (1..text.len()).fold(1, |power: u32, _| power.wrapping_mul(factor));
                let sum = text.iter().fold(0, |sum, byte| advance(sum, factor, *byte));
                Filter::Sum { factor, last, mark: mark(sum) }
            }
        };
        Self { base64, length: text.len(), tag, filter }
    }

    fn find(&self, keyed: &Hmac<Sha256>, bytes: &[u8], mut found: impl FnMut(usize)) {
        let mut look = |at: usize| {
            if bytes.get(at..at + self.length).is_some_and(|part| self.is(keyed, part)) {
                found(at);
            }
        };
        match &self.filter {
            Filter::Heads(heads) => {
                for head in heads {
                    let mut from = 0;
                    // A head may overlap itself, so the next search begins one byte further.
                    while let Some(at) = bytes.get(from..).and_then(|rest| head.find(rest)) {
                        look(from + at);
                        from += at + 1;
                    }
                }
            }
            &Filter::Sum { factor, last, mark: wanted } => {
                let mut sum = 0_u32;
                for (end, &byte) in bytes.iter().enumerate() {
                    if let Some(gone) = end.checked_sub(self.length) {
                        sum = sum.wrapping_sub(last.wrapping_mul(u32::from(self.plain(bytes[gone]))));
                    }
                    sum = advance(sum, factor, self.plain(byte));
                    if end + 1 >= self.length && mark(sum) == wanted {
                        look(end + 1 - self.length);
                    }
                }
            }
        }
    }

    /// Whether this is the text, compared in constant time.
    fn is(&self, keyed: &Hmac<Sha256>, part: &[u8]) -> bool {
        let plain = Zeroizing::new(part.iter().map(|byte| self.plain(*byte)).collect::<Vec<u8>>());
        keyed.clone().chain_update(plain.as_slice()).verify_slice(&self.tag).is_ok()
    }

    /// A byte in the alphabet that was hashed.
    fn plain(&self, byte: u8) -> u8 {
        match byte {
            b'-' if self.base64 => b'+',
            b'_' if self.base64 => b'/',
            other => other,
        }
    }
}

fn advance(sum: u32, factor: u32, byte: u8) -> u32 {
    sum.wrapping_mul(factor).wrapping_add(u32::from(byte))
}

/// The upper half: the lower bits of such a sum depend on the last bytes alone.
fn mark(sum: u32) -> u16 {
    (sum >> 16) as u16
}

pub(crate) fn url_safe(byte: u8) -> u8 {
    match byte {
        b'+' => b'-',
        b'/' => b'_',
        other => other,
    }
}

/// `text` as UTF-16, the lower byte first.
fn wide(text: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 * text.len()));
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

/// The base64 characters that `text` alone decides when `alignment` bytes stand before it (RFC 4648 §4):
/// a character at either end that also holds bits of a neighbour is left out.
pub(crate) fn encoded(text: &str, alignment: usize) -> Zeroizing<Vec<u8>> {
    let mut padded = Zeroizing::new(Vec::with_capacity(alignment + text.len()));
    padded.resize(alignment, 0);
    padded.extend_from_slice(text.as_bytes());
    let mut whole = Zeroizing::new(vec![0; 4 * padded.len().div_ceil(3)]);
    // The buffer is as large as the contract of base64 asks; were it not, nothing would be sought.
    let _ = STANDARD_NO_PAD.encode_slice(padded.as_slice(), &mut whole);
    let (first, end) = ((8 * alignment).div_ceil(6), 8 * padded.len() / 6);
    Zeroizing::new(whole.get(first..end).unwrap_or_default().to_vec())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    /// Has characters in which the two alphabets of base64 differ at some alignment.
    const SECRET: &str = "kst_7Qm2>>>???~~~sXk4vBn6wQe1yUt0rMz5sLp9dFg2hJc";

    fn seeker(prefix: &str) -> Seeker {
        Seeker::of(&Secret::from_text(SECRET.into()), prefix)
    }

    /// With a public prefix, without one, and with one that is not the secret's.
    fn seekers() -> [Seeker; 4] {
        [seeker("kst_7Qm2"), seeker("kst_"), seeker(""), seeker("other_prefix")]
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands() {
        for seeker in seekers() {
            for around in [("", ""), ("KEY=", "\r\n"), ("\"", "\","), ("xyz", "xyz"), ("kst_7Qm2", "k")] {
                let text = format!("{}{SECRET}{}", around.0, around.1);
                let found = seeker.find(text.as_bytes());
                assert_eq!(found, [Sighting { at: around.0.len(), length: SECRET.len(), base64: false }]);
            }
            let twice = format!("{SECRET}{SECRET}");
            assert_eq!(seeker.find(twice.as_bytes()).len(), 2);
        }
    }

    #[test]
    fn base64_is_seen_through_at_each_alignment_in_both_alphabets() {
        for seeker in seekers() {
            for before in ["", "a", "ab", "abc", "user:name:"] {
                let plain = format!("{before}{SECRET}, and more");
                for text in [STANDARD.encode(&plain), URL_SAFE_NO_PAD.encode(&plain)] {
                    let found = seeker.find(text.as_bytes());
                    assert_eq!(found.len(), 1, "{text}");
                    assert!(found[0].base64);
                }
            }
        }
    }

    #[test]
    fn utf_16_is_seen_through() {
        let text: Vec<u8> = format!("key={SECRET}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for seeker in seekers() {
            assert_eq!(seeker.find(&text).iter().map(|sighting| sighting.at).collect::<Vec<_>>(), [8]);
        }
    }

    #[test]
    fn another_secret_of_the_same_prefix_is_not_taken_for_it() {
        let mut other = SECRET.to_owned().into_bytes();
        *other.last_mut().unwrap() ^= 1;
        let cut = &SECRET.as_bytes()[..SECRET.len() - 1];
        for seeker in seekers() {
            for text in [other.as_slice(), cut, b"kst_7Qm2", b""] {
                assert_eq!(seeker.find(text), []);
            }
            assert_eq!(seeker.find(STANDARD.encode(&other).as_bytes()), []);
        }
    }

    #[test]
    fn nothing_of_the_secret_but_its_prefix_stays_in_the_seeker() {
        let seeker = seeker("kst_");
        for shape in &seeker.shapes {
            let Filter::Heads(heads) = &shape.filter else { panic!("the prefix is public") };
            let whole = encoded("kst_", 0);
            assert!(heads.iter().all(|head| head.needle().len() <= whole.len().max(2 * "kst_".len())));
        }
        assert_eq!(seeker.reach(), 2 * SECRET.len());
        assert_eq!(Seeker::of(&Secret::from_text(String::new()), "").find(b"anything"), []);
    }
}
