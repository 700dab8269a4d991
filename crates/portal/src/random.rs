//! Chance: the one place of this crate that asks the operating system for it.

use zeroize::Zeroizing;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Bytes nobody can guess.
///
/// # Panics
///
/// Panics if the operating system has no randomness to give: going on would make guessable secrets.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this function is the crate's one door to chance")]
    let filled = getrandom::fill(&mut bytes);
    filled.expect("the operating system gives random bytes");
    bytes
}

/// A text of `length` letters and digits, each with 5.95 bits of chance.
pub(crate) fn base62(length: usize) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(length));
    while text.len() < length {
        let pool = Zeroizing::new(bytes::<64>());
        // 248 is the largest multiple of 62 in a byte: taking more would favour the first letters.
        let missing = length - text.len();
        let even = pool.iter().filter(|byte| **byte < 248);
        text.extend(even.take(missing).map(|byte| char::from(BASE62[usize::from(byte % 62)])));
    }
    text
}

/// Spells 32 bytes in 44 letters and digits.
pub(crate) fn spell(bytes: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(44));
    for chunk in bytes.chunks(8) {
        let mut number = chunk.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        for _ in 0..11 {
            let digit = (number % 62) as usize;
            text.push(char::from(BASE62[digit]));
            number /= 62;
        }
    }
    text
}

/// An identifier such as `key_8Jq…`, with 95 bits of chance.
pub(crate) fn id(kind: &str) -> String {
    format!("{kind}_{}", *base62(16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_length_asked_for_and_differ() {
        let (one, two) = (base62(44), base62(44));
        assert_eq!((one.len(), two.len()), (44, 44));
        assert_ne!(one, two);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn different_bytes_are_spelled_differently() {
        let mut last = [0; 32];
        last[31] = 1;
        assert_ne!(spell(&[0; 32]), spell(&last));
        assert_eq!(spell(&[255; 32]).len(), 44, "every spelling has the same length");
    }
}
