//! Text from a portal, made safe to look at.
//!
//! A name may hold characters that hide or reorder what stands beside them; they are shown as what
//! they are instead of being obeyed (security requirement SR-48).

/// `text` with every invisible or reordering character written out as `\u{…}`.
///
/// Letters of every script are left alone; only control characters, bidirectional controls and
/// zero-width characters are written out. Zero-width joiners are kept: Arabic and Indic scripts and
/// emoji need them.
pub fn visible(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reversed_name_shows_its_override() {
        assert_eq!(visible("pay\u{202e}dorp"), "pay\\u{202e}dorp");
    }

    #[test]
    fn letters_of_every_script_stay() {
        for name in ["مفتاح الدفع", "clé-prod", "鍵", "👩\u{200d}💻"] {
            assert_eq!(visible(name), name);
        }
    }
}
