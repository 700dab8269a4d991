//! How a secret is written so that whoever reads the text gets it back byte for byte.
//!
//! Parts are handed over as they are written; nothing here collects them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroize as _;

/// What must be done to a secret where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// Nothing.
    None,
    /// Inside the single quotes of a POSIX shell.
    Shell,
    /// The whole value of an `.env` line, with its quotes if it needs them.
    Dotenv,
    /// Inside the single quotes of PowerShell.
    PowerShell,
    /// Inside the quotes of a JSON string.
    Json,
    /// Inside the double quotes of a YAML scalar.
    Yaml,
    /// The same in a Compose file.
    Compose,
    /// Inside the quotes of a string of HCL.
    Terraform,
    /// As base64 (RFC 4648 §4).
    Base64,
    /// As a part of a URL (RFC 3986 §2.1).
    Url,
}

impl Escape {
    /// Hands `secret` over, part by part.
    pub(crate) fn write(self, secret: &str, put: &mut dyn FnMut(&str)) {
        match self {
            Self::None => put(secret),
            Self::Base64 => base64(secret, put),
            Self::Url => url(secret, put),
            Self::Dotenv => dotenv(secret, put),
            _ => {
                let mut rest = secret.chars().peekable();
                while let Some(c) = rest.next() {
                    self.one(c, rest.peek().copied(), put);
                }
            }
        }
    }

    fn one(self, c: char, next: Option<char>, put: &mut dyn FnMut(&str)) {
        match (self, c) {
            (Self::Shell, '\'') => put("'\\''"),
            // PowerShell takes each of these for a single quote, and a doubled one for itself.
            (Self::PowerShell, '\'' | '\u{2018}'..='\u{201b}') => {
                letter(c, put);
                letter(c, put);
            }
            (Self::Compose, '$') => put("$$"),
            // As a code it begins nothing, whatever stands before it.
            (Self::Terraform, '$' | '%') if next == Some('{') => code(c, put),
            (Self::Json | Self::Yaml | Self::Compose | Self::Terraform, _) => self.quoted(c, put),
            _ => letter(c, put),
        }
    }

    /// A character between double quotes, with the escapes that JSON, YAML and HCL have in common.
    fn quoted(self, c: char, put: &mut dyn FnMut(&str)) {
        match c {
            '"' => put("\\\""),
            '\\' => put("\\\\"),
            '\n' => put("\\n"),
            '\r' => put("\\r"),
            '\t' => put("\\t"),
            '\0'..='\u{1f}' => code(c, put),
            // Line breaks and what is not printable in YAML (1.2.2 §5.1, and 1.1 §4.2 for the breaks).
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
                if self != Self::Json =>
            {
                code(c, put);
            }
            _ => letter(c, put),
        }
    }
}

/// A public text inside the single quotes of a POSIX shell.
pub(super) fn shell_text(text: &str) -> String {
    text.replace('\'', "'\\''")
}

/// A public text inside the quotes of a JSON string.
pub(super) fn json_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    Escape::Json.write(text, &mut |part| escaped.push_str(part));
    escaped
}

/// A public word that YAML must not take for a truth value, a number or nothing.
pub(super) fn yaml_word(word: &str) -> String {
    let plain = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let number = word.bytes().all(|byte| byte.is_ascii_digit() || b"_-ebox".contains(&byte))
        || word.starts_with(|c: char| c.is_ascii_digit());
    if number || plain.contains(&word.to_ascii_lowercase().as_str()) {
        format!("\"{word}\"")
    } else {
        word.to_owned()
    }
}

fn letter(c: char, put: &mut dyn FnMut(&str)) {
    let mut bytes = [0; 4];
    put(c.encode_utf8(&mut bytes));
    bytes.zeroize();
}

/// A character of the basic plane by its four digits, as `\u0024`.
fn code(c: char, put: &mut dyn FnMut(&str)) {
    let mut text = String::with_capacity(6);
    let _ = write!(text, "\\u{:04x}", u32::from(c));
    put(&text);
    text.zeroize();
}

/// Bare, else in single quotes, else in double quotes: the first that shells and the libraries which read
/// such files agree on. Where they cannot agree, because both kinds of quotes are in it, a shell is right.
fn dotenv(secret: &str, put: &mut dyn FnMut(&str)) {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-.:/+=@%,".contains(c);
    if !secret.is_empty() && secret.chars().all(bare) {
        put(secret);
        return;
    }
    let quote = if secret.contains('\'') { "\"" } else { "'" };
    put(quote);
    for c in secret.chars() {
        if quote == "\"" && matches!(c, '"' | '\\' | '$' | '`') {
            put("\\");
        }
        letter(c, put);
    }
    put(quote);
}

fn base64(secret: &str, put: &mut dyn FnMut(&str)) {
    for three in secret.as_bytes().chunks(3) {
        let mut four = [0; 4];
        // Three bytes become four characters; the buffer is that large.
        let length = STANDARD.encode_slice(three, &mut four).unwrap_or(0);
        put(std::str::from_utf8(&four[..length]).unwrap_or_default());
        four.zeroize();
    }
}

fn url(secret: &str, put: &mut dyn FnMut(&str)) {
    for &byte in secret.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            letter(char::from(byte), put);
        } else {
            let mut text = String::with_capacity(3);
            let _ = write!(text, "%{byte:02X}");
            put(&text);
            text.zeroize();
        }
    }
}
