//! Hides secrets in the output of a program that was given them.
//!
//! A secret is recognised as it is, in base64 of either alphabet at each of the three alignments and, where
//! it stands alone, in lines, in hexadecimal digits, and escaped for a URL or for JSON, also where the output
//! comes in pieces. Of what was read no more is held back than could be the beginning of a secret, so that a
//! prompt appears at once.

use memchr::memmem;
use zeroize::Zeroizing;

use crate::Secret;
use crate::render::Escape;
use crate::seek::{encoded, url_safe};

/// A shorter secret is hidden as it is and in no other shape: those would be found everywhere.
const SHORTEST: usize = 6;
/// Where programs that write base64 begin a new line: PEM and MIME (RFC 7468 §2, RFC 2045 §6.8).
const LINES: [usize; 2] = [64, 76];

/// One way in which a secret can be written, and what stands for it.
struct Shape {
    text: Zeroizing<Vec<u8>>,
    mask: usize,
}

/// Everything that is to be hidden.
pub(crate) struct Veil {
    shapes: Vec<Shape>,
    masks: Vec<String>,
}

/// Where a shape comes next.
#[derive(Clone, Copy)]
enum Next {
    Unsought,
    At(usize),
    Nowhere,
}

/// One stream of output on its way.
pub(crate) struct Stream<'a> {
    veil: &'a Veil,
    held: Zeroizing<Vec<u8>>,
}

impl Veil {
    /// What hides these secrets, each behind a name.
    pub(crate) fn over<'a>(secrets: impl Iterator<Item = (&'a str, &'a Secret)>) -> Self {
        let mut veil = Self { shapes: Vec::new(), masks: Vec::new() };
        for (name, secret) in secrets {
            let mask = veil.masks.len();
            veil.masks.push(format!("[redacted {name}]"));
            for text in shapes(secret.expose()) {
                if !text.is_empty() && !veil.shapes.iter().any(|shape| shape.text == text) {
                    veil.shapes.push(Shape { text, mask });
                }
            }
        }
        veil
    }

    /// A stream of output from its beginning.
    pub(crate) fn stream(&self) -> Stream<'_> {
        Stream { veil: self, held: Zeroizing::default() }
    }

    /// Where each shape comes next in these bytes, from here on. One that was found further on is not sought
    /// again, so that output which is full of secrets costs no more than any other.
    fn seek(&self, bytes: &[u8], from: usize, next: &mut [Next]) {
        for (shape, next) in self.shapes.iter().zip(next) {
            let is_behind = match *next {
                Next::Unsought => true,
                Next::At(at) => at < from,
                Next::Nowhere => false,
            };
            if is_behind {
                let found = memmem::find(&bytes[from..], &shape.text);
                *next = found.map_or(Next::Nowhere, |at| Next::At(from + at));
            }
        }
    }

    /// The first secret of those that come next, the longest where several begin.
    fn first(&self, next: &[Next]) -> Option<(usize, &Shape)> {
        let found = self.shapes.iter().zip(next).filter_map(|(shape, next)| match *next {
            Next::At(at) => Some((at, shape)),
            Next::Unsought | Next::Nowhere => None,
        });
        found.min_by_key(|(at, shape)| (*at, std::cmp::Reverse(shape.text.len())))
    }

    /// How many bytes at the end could be the beginning of a secret.
    fn doubtful(&self, bytes: &[u8]) -> usize {
        let longest = |shape: &Shape| {
            let most = bytes.len().min(shape.text.len().saturating_sub(1));
            (1..=most).rev().find(|&length| shape.text.starts_with(&bytes[bytes.len() - length..]))
        };
        self.shapes.iter().filter_map(longest).max().unwrap_or(0)
    }
}

impl Stream<'_> {
    /// Takes what was read; hands on what is certain.
    pub(crate) fn pass(&mut self, read: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(read);
        let (mut shown, mut from) = (Vec::new(), 0);
        let mut next = vec![Next::Unsought; self.veil.shapes.len()];
        loop {
            self.veil.seek(&self.held, from, &mut next);
            let Some((at, shape)) = self.veil.first(&next) else { break };
            shown.extend_from_slice(&self.held[from..at]);
            shown.extend_from_slice(self.veil.masks[shape.mask].as_bytes());
            from = at + shape.text.len();
        }
        let end = self.held.len() - self.veil.doubtful(&self.held[from..]);
        shown.extend_from_slice(&self.held[from..end]);
        self.held = Zeroizing::new(self.held[end..].to_vec());
        shown
    }

    /// The rest, when nothing more comes: it is no whole secret.
    pub(crate) fn end(self) -> Zeroizing<Vec<u8>> {
        self.held
    }
}

/// Every shape of a secret.
fn shapes(secret: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let plain = Zeroizing::new(secret.as_bytes().to_vec());
    if secret.len() < SHORTEST {
        return vec![plain];
    }
    let mut all = vec![plain];
    for alignment in 0..3 {
        let text = encoded(secret, alignment);
        if alignment == 0 {
            all.extend(
                LINES.into_iter().filter(|width| text.len() > *width).map(|width| in_lines(&text, width)),
            );
        }
        all.push(Zeroizing::new(text.iter().map(|byte| url_safe(*byte)).collect()));
        all.push(text);
    }
    let hex = |digits: &[u8; 16]| {
        let pair = |byte: &u8| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]];
        Zeroizing::new(secret.as_bytes().iter().flat_map(pair).collect::<Vec<u8>>())
    };
    all.push(hex(b"0123456789abcdef"));
    all.push(hex(b"0123456789ABCDEF"));
    let url = written(Escape::Url, secret);
    all.push(lower_codes(&url));
    // In a form a space is a plus (WHATWG URL §5.2).
    all.push(Zeroizing::new(String::from_utf8_lossy(&url).replace("%20", "+").into_bytes()));
    all.push(url);
    all.push(written(Escape::Json, secret));
    all
}

/// The text as it is when it begins a line and no line is longer than this.
fn in_lines(text: &[u8], width: usize) -> Zeroizing<Vec<u8>> {
    let mut lines = Zeroizing::new(Vec::with_capacity(text.len() + text.len() / width));
    for (number, line) in text.chunks(width).enumerate() {
        lines.extend_from_slice(if number == 0 { b"" } else { b"\n" });
        lines.extend_from_slice(line);
    }
    lines
}

fn written(escape: Escape, secret: &str) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(6 * secret.len()));
    escape.write(secret, &mut |part| text.extend_from_slice(part.as_bytes()));
    text
}

/// The same URL with the digits of its codes in small letters.
fn lower_codes(url: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(url.to_vec());
    let codes: Vec<usize> = (0..url.len()).filter(|&at| url[at] == b'%').collect();
    for at in codes {
        if let Some(code) = text.get_mut(at + 1..at + 3) {
            code.make_ascii_lowercase();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    const SECRET: &str = "kst_7Qm2>>>???~~~ sXk4\"vBn6wQe1";

    fn veil() -> Veil {
        let (one, two) = (Secret::from_text(SECRET.into()), Secret::from_text("other-secret".into()));
        Veil::over([("ONE", &one), ("TWO", &two)].into_iter())
    }

    /// What comes out if the text arrives in pieces of so many bytes.
    fn seen(text: &[u8], piece: usize) -> String {
        let veil = veil();
        let mut stream = veil.stream();
        let mut out: Vec<u8> = text.chunks(piece).flat_map(|piece| stream.pass(piece)).collect();
        out.extend_from_slice(&stream.end());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_secret_is_hidden_however_the_output_is_cut() {
        let text = format!("a {SECRET} b{SECRET}{SECRET} other-secret other-secre\n");
        let wanted = "a [redacted ONE] b[redacted ONE][redacted ONE] [redacted TWO] other-secre\n";
        for piece in 1..=text.len() {
            assert_eq!(seen(text.as_bytes(), piece), wanted, "pieces of {piece}");
        }
    }

    #[test]
    fn base64_is_seen_through_at_every_alignment_in_both_alphabets() {
        for before in ["", "a", "ab", "user:"] {
            let plain = format!("{before}{SECRET} and more");
            for text in [STANDARD.encode(&plain), URL_SAFE_NO_PAD.encode(&plain)] {
                for piece in [1, 7, 4096] {
                    let out = seen(text.as_bytes(), piece);
                    assert!(out.contains("[redacted ONE]"), "{before:?} {text}");
                    assert!(!out.contains(&text[8..text.len() - 16]), "{out}");
                }
            }
        }
    }

    #[test]
    fn base64_of_a_long_secret_is_seen_through_in_lines() {
        let long = "kst_0123456789abcdefghij".repeat(6);
        let secret = Secret::from_text(long.clone());
        let veil = Veil::over([("LONG", &secret)].into_iter());
        let text = STANDARD.encode(&long);
        for width in [64, 76] {
            let lines: Vec<&str> =
                text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
            let mut stream = veil.stream();
            let mut out = stream.pass(format!("a\n{}\n", lines.join("\n")).as_bytes());
            out.extend_from_slice(&stream.end());
            assert_eq!(String::from_utf8(out).unwrap(), "a\n[redacted LONG]\n", "{width}");
        }
    }

    #[test]
    fn hexadecimal_digits_urls_and_json_are_seen_through() {
        let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
        let url: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let strict = url.replace('+', "%20").replace("%7E", "~");
        let json = serde_json::to_string(SECRET).unwrap();
        for text in [
            hex.clone(),
            hex.to_uppercase(),
            strict.clone(),
            strict.replace("%3E", "%3e").replace("%3F", "%3f"),
            json,
        ] {
            assert!(seen(text.as_bytes(), 3).contains("[redacted ONE]"), "{text}");
        }
    }

    #[test]
    fn what_is_certain_is_not_held_back() {
        let veil = veil();
        let mut stream = veil.stream();
        assert_eq!(stream.pass(b"Password: "), b"Password: ");
        assert_eq!(stream.pass(b"ks"), b"", "it could be a secret");
        assert_eq!(stream.pass(b"y"), b"ksy");
        assert!(stream.end().is_empty());
    }

    #[test]
    fn a_very_short_secret_hides_nothing_but_itself() {
        let secret = Secret::from_text("ab".into());
        let veil = Veil::over([("S", &secret)].into_iter());
        assert_eq!(veil.shapes.len(), 1);
        assert!(Veil::over([("S", &Secret::from_text(String::new()))].into_iter()).shapes.is_empty());
    }
}
