//! What to look for when a secret must not be found: every form in which it could lie somewhere.

use std::collections::HashSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

/// The length of everything that is looked for. A secret that is cut, moved or quoted still shows
/// this much of itself.
pub(crate) const WINDOW: usize = 12;
/// The size of the table that sorts out what cannot be a needle, as a power of two.
const TABLE_BITS: u32 = 20;

/// All windows of all forms of one secret.
pub(crate) struct Needles {
    windows: HashSet<[u8; WINDOW]>,
    /// Which beginnings of four bytes there are.
    table: Vec<bool>,
}

impl Needles {
    /// The forms of a secret: plain, UTF-16, base64 in its three phases, and hex in both spellings.
    ///
    /// The first `public` characters are shown to everybody, so a window needs more of the secret than
    /// these.
    pub(crate) fn of(secret: &str, public: usize) -> Self {
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
        Self::from_windows(forms.iter().flat_map(|form| form.windows(WINDOW)))
    }

    /// One text as it is written, for a control that must be found.
    pub(crate) fn plain(text: &str) -> Self {
        Self::from_windows(text.as_bytes().windows(WINDOW))
    }

    /// One text in the form in which a webview may keep it.
    pub(crate) fn any_form(text: &str) -> Self {
        Self::of(text, 0)
    }

    fn from_windows<'a>(windows: impl Iterator<Item = &'a [u8]>) -> Self {
        let windows: HashSet<[u8; WINDOW]> = windows.filter_map(|window| window.try_into().ok()).collect();
        assert!(!windows.is_empty(), "there is something to look for");
        let mut table = vec![false; 1 << TABLE_BITS];
        for window in &windows {
            table[place(window)] = true;
        }
        Self { windows, table }
    }

    /// How many windows lie in these bytes.
    pub(crate) fn count(&self, bytes: &[u8]) -> usize {
        let mut found = 0;
        for window in bytes.windows(WINDOW) {
            if self.table[place(window)] && self.windows.contains(window) {
                found += 1;
            }
        }
        found
    }
}

/// Where the beginning of a window stands in the table.
fn place(window: &[u8]) -> usize {
    let start = u32::from_le_bytes([window[0], window[1], window[2], window[3]]);
    (start.wrapping_mul(0x9E37_79B1) >> (32 - TABLE_BITS)) as usize
}
