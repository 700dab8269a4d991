//! JSON that comes from elsewhere: bounded in depth before a parser sees it.

use serde::Deserialize;

/// No honest answer of the contract nests deeper than a handful.
const MOST_DEPTH: u32 = 32;

/// Reads `body` as one JSON document of type `T`; nothing if it is anything else. A field that
/// stands twice makes the document unreadable, for structs that name the field.
pub(crate) fn parse<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Option<T> {
    if depth(body) > MOST_DEPTH {
        return None;
    }
    // The error is dropped on purpose: its text may quote the document.
    serde_json::from_slice(body).ok()
}

/// How deep arrays and objects nest.
fn depth(body: &[u8]) -> u32 {
    let (mut now, mut most) = (0_u32, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' if !quoted => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct One {
        id: String,
    }

    #[test]
    fn a_document_deeper_than_the_limit_is_not_read() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse::<serde::de::IgnoredAny>(deep(32).as_bytes()).is_some());
        assert!(parse::<serde::de::IgnoredAny>(deep(33).as_bytes()).is_none());
    }

    #[test]
    fn brackets_in_texts_do_not_count() {
        assert_eq!(depth(br#"{"a":"[[[\"[[","b":["]"]}"#), 2);
    }

    #[test]
    fn a_field_that_stands_twice_makes_the_document_unreadable() {
        assert_eq!(parse::<One>(br#"{"id":"a","id":"b"}"#), None);
        assert_eq!(parse::<One>(br#"{"id":"a","more":1}"#), Some(One { id: "a".into() }));
    }
}
