//! The door to outgoing requests: secrets become header values and bodies here.
//!
//! Header values are marked sensitive, so HTTP libraries neither log nor index them; bodies are
//! built in a buffer of sufficient room, so that growing it leaves no copies, and wiped on drop.

use http::HeaderValue;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::Secret;

/// A value of a body: something public, or a secret.
pub enum Field<'a> {
    /// A public value.
    Plain(&'a str),
    /// A secret value.
    Secret(&'a Secret),
}

impl Field<'_> {
    fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

/// The secret holds characters that no header may carry (RFC 9110 §5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret cannot be sent in a header")]
pub struct NotAHeader;

/// The value of `Authorization` for a bearer token (RFC 6750 §2.1).
///
/// # Errors
///
/// Fails if the token holds a character that a header cannot carry.
pub fn bearer(token: &Secret) -> Result<HeaderValue, NotAHeader> {
    behind("Bearer ", token)
}

/// The value of `x-api-key` for a call that a key authorises.
///
/// # Errors
///
/// Fails if the key holds a character that a header cannot carry.
pub fn api_key(key: &Secret) -> Result<HeaderValue, NotAHeader> {
    header(key.expose())
}

/// The value of any header in which `before` stands before the secret.
///
/// # Errors
///
/// Fails if either holds a character that a header cannot carry.
pub fn behind(before: &str, secret: &Secret) -> Result<HeaderValue, NotAHeader> {
    let mut text = Zeroizing::new(String::with_capacity(before.len() + secret.expose().len()));
    text.push_str(before);
    text.push_str(secret.expose());
    header(&text)
}

fn header(text: &str) -> Result<HeaderValue, NotAHeader> {
    let mut value = HeaderValue::from_str(text).map_err(|_| NotAHeader)?;
    value.set_sensitive(true);
    Ok(value)
}

/// A body of the type `application/x-www-form-urlencoded`.
pub fn form(fields: &[(&str, Field<'_>)]) -> Zeroizing<Vec<u8>> {
    // Every byte may become `%XX`, and every field brings `=` and `&`.
    let room = fields.iter().map(|(name, value)| 3 * (name.len() + value.expose().len()) + 2).sum();
    let mut body = form_urlencoded::Serializer::new(String::with_capacity(room));
    for (name, value) in fields {
        body.append_pair(name, value.expose());
    }
    Zeroizing::new(body.finish().into_bytes())
}

/// A body of the type `application/json`: one flat object of texts.
pub fn json(fields: &[(&str, Field<'_>)]) -> Zeroizing<Vec<u8>> {
    // Every byte may become `\u00XX`, and every field brings four quotes, a colon and a comma.
    let room =
        fields.iter().map(|(name, value)| 6 * (name.len() + value.expose().len()) + 6).sum::<usize>() + 2;
    let mut body = Zeroizing::new(Vec::with_capacity(room));
    body.push(b'{');
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        quote(&mut body, name);
        body.push(b':');
        quote(&mut body, value.expose());
    }
    body.push(b'}');
    body
}

#[expect(clippy::expect_used, reason = "writing text into memory cannot fail")]
fn quote(body: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(body, text).expect("a text is JSON and memory takes it");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::from_text(text.to_owned())
    }

    #[test]
    fn headers_are_marked_sensitive() {
        let value = bearer(&secret("tok")).unwrap();
        assert_eq!(value.as_bytes(), b"Bearer tok");
        assert!(value.is_sensitive());
        let value = api_key(&secret("kst_1")).unwrap();
        assert_eq!(value.as_bytes(), b"kst_1");
        assert!(value.is_sensitive());
        let value = behind("Token ", &secret("kst_1")).unwrap();
        assert_eq!(value.as_bytes(), b"Token kst_1");
        assert!(value.is_sensitive());
    }

    #[test]
    fn a_secret_with_a_line_break_makes_no_header() {
        assert_eq!(bearer(&secret("a\r\nx: y")), Err(NotAHeader));
        assert_eq!(api_key(&secret("a\n")), Err(NotAHeader));
        assert_eq!(behind("a\r\n", &secret("b")), Err(NotAHeader));
    }

    #[test]
    fn forms_escape_what_would_change_their_meaning() {
        let token = secret("a&b=c d+é");
        let body =
            form(&[("grant_type", Field::Plain("refresh_token")), ("refresh_token", Field::Secret(&token))]);
        assert_eq!(&*body, b"grant_type=refresh_token&refresh_token=a%26b%3Dc+d%2B%C3%A9");
    }

    #[test]
    fn json_reads_back_as_it_was() {
        let token = secret("a\"b\\c\n\u{1}é");
        let body = json(&[("a", Field::Plain("x")), ("refreshToken", Field::Secret(&token))]);
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value, serde_json::json!({ "a": "x", "refreshToken": "a\"b\\c\n\u{1}é" }));
        assert_eq!(&*json(&[]), b"{}");
    }

    #[test]
    fn bodies_never_outgrow_their_first_buffer() {
        let worst = secret(&"\u{1}é%".repeat(50));
        let fields = [("\u{1}", Field::Secret(&worst)), ("é", Field::Secret(&worst))];
        let room = |factor: usize, extra: usize| {
            fields.iter().map(|(n, v)| factor * (n.len() + v.expose().len()) + extra).sum::<usize>()
        };
        assert!(form(&fields).len() <= room(3, 2));
        assert!(json(&fields).len() <= room(6, 6) + 2);
    }
}
