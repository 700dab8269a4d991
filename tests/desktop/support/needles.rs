//! What to look for when a secret must not be found: every form in which it could lie somewhere.

use std::collections::HashSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

/// The length of everything that is looked for. A secret that is cut, moved or quoted still shows
/// this much of itself.
pub(crate) const WINDOW: usize = 12;
/// The size of the table that sorts out what cannot be a needle, as a power of two.
const TABLE_BITS: u32 = 20;

/// Of every so many bytes one is looked at first; each window holds the start of four that are.
const STRIDE: usize = WINDOW - 3;

/// All windows of all forms of one secret.
pub(crate) struct Needles {
    windows: HashSet<[u8; WINDOW]>,
    /// Which four bytes in a row there are.
    table: Vec<bool>,
}

impl Needles {
    /// The forms of a secret: plain, UTF-16, base64 in its three phases, and hex in both spellings.
    ///
    /// The first `public` characters are shown to everybody, so a window needs more of the secret than
    /// these.
    pub(crate) fn of(secret: &str, public: usize) -> Self {
        Self::from_windows(forms(secret, public).iter().flat_map(|form| form.windows(WINDOW)))
    }

    /// The forms of several secrets, so that what takes long is searched once for all of them.
    pub(crate) fn of_all(secrets: &[String]) -> Self {
        let all: Vec<Vec<u8>> = secrets.iter().flat_map(|secret| forms(secret, 0)).collect();
        Self::from_windows(all.iter().flat_map(|form| form.windows(WINDOW)))
    }

    fn from_windows<'a>(windows: impl Iterator<Item = &'a [u8]>) -> Self {
        let windows: HashSet<[u8; WINDOW]> = windows.filter_map(|window| window.try_into().ok()).collect();
        assert!(!windows.is_empty(), "there is something to look for");
        let mut table = vec![false; 1 << TABLE_BITS];
        for four in windows.iter().flat_map(|window| window.windows(4)) {
            table[place(four)] = true;
        }
        Self { windows, table }
    }

    /// How many windows lie in these bytes.
    pub(crate) fn count(&self, bytes: &[u8]) -> usize {
        let (mut found, mut counted, mut at) = (0, 0, 0);
        while at + 4 <= bytes.len() {
            if self.table[place(&bytes[at..at + 4])] {
                // Every window that holds these four; none is counted twice.
                let from = at.saturating_sub(STRIDE - 1).max(counted);
                let until = (at + 1).min((bytes.len() + 1).saturating_sub(WINDOW));
                found += (from..until)
                    .filter(|start| self.windows.contains(&bytes[*start..start + WINDOW]))
                    .count();
                counted = until.max(counted);
            }
            at += STRIDE;
        }
        found
    }
}

/// Every form in which the hidden part of a secret could lie somewhere.
fn forms(secret: &str, public: usize) -> Vec<Vec<u8>> {
    let hidden = secret.get(public.saturating_sub(4)..).unwrap_or_default().as_bytes();
    let wide: Vec<u8> = hidden.iter().flat_map(|byte| [*byte, 0]).collect();
    let hex: String = hidden.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![hidden.to_vec(), wide, hex.to_uppercase().into_bytes(), hex.into_bytes()];
    for phase in 0..3 {
        let rest = hidden.get(phase..).unwrap_or_default();
        // Only whole groups: the last characters depend on what follows.
        let whole = rest.len() / 3 * 3;
        forms.push(BASE64_STANDARD_NO_PAD.encode(&rest[..whole]).into_bytes());
    }
    forms
}

/// Where four bytes stand in the table.
fn place(four: &[u8]) -> usize {
    let start = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    (start.wrapping_mul(0x9E37_79B1) >> (32 - TABLE_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needle_is_found_wherever_it_lies_and_once() {
        let needles = Needles::of("0123456789abcdef", 0);
        for before in 0..3 * STRIDE {
            let text = format!("{}0123456789ab{}", "x".repeat(before), "y".repeat(before % 5));
            assert_eq!(needles.count(text.as_bytes()), 1, "after {before} bytes");
        }
        assert_eq!(needles.count(b"0123456789abcdef"), 5, "five windows of twelve");
        assert_eq!(needles.count(b"0123456789a"), 0, "eleven are too few");
    }

    #[test]
    fn every_form_is_known() {
        let needles = Needles::of("kst_abcdTheSecretThatNobodySees", 8);
        for form in [
            "TheSecretThat".to_owned(),
            "5468655365637265745468617".to_owned(),
            BASE64_STANDARD_NO_PAD.encode("xTheSecretThatNobody"),
            "T\0h\0e\0S\0e\0c\0r\0e\0".to_owned(),
        ] {
            assert!(needles.count(form.as_bytes()) > 0, "{form}");
        }
        assert_eq!(needles.count(b"kst_abcd and what follows it"), 0, "the public part is no find");
    }
}
