//! A mail as it travels: RFC 5322, plain text, and headers in which nobody else's words can begin a line.

use base64::{Engine, engine::general_purpose::STANDARD};
use keystow_domain::{Timestamp, visible};

use super::Mail;

/// How many bytes of a subject fit into one encoded word (RFC 2047 §2): 75 characters with its frame.
const WORD: usize = 45;
/// How long a line of an encoded text is at most (RFC 2045 §6.7).
const LINE: usize = 76;
/// How long any line is at most (RFC 5322 §2.1.1).
const LONGEST_LINE: usize = 998;
/// How many characters of a chosen name a mail repeats.
const LONGEST_NAME: usize = 60;

/// A mail that is ready to be handed over.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "smtp"),
    expect(dead_code, reason = "only a mail server is told who from and who to")
)]
pub(crate) struct Letter {
    pub(crate) id: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// When it was written.
    pub(crate) at: Timestamp,
    /// The whole of it, its lines ended by CR LF.
    pub(crate) content: String,
}

impl Letter {
    /// Writes a mail of a portal that calls itself `name`.
    pub(crate) fn new(id: &str, name: &str, from: &str, mail: &Mail, at: Timestamp) -> Self {
        let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let is_plain = mail.text.is_ascii() && mail.text.lines().all(|line| line.len() <= LONGEST_LINE);
        let (encoding, text) =
            if is_plain { ("7bit", mail.text.clone()) } else { ("quoted-printable", quoted(&mail.text)) };
        let headers = [
            ("Date", date(at)),
            ("From", format!("{} <{from}>", phrase(name))),
            ("To", format!("<{}>", mail.to)),
            ("Subject", words(&mail.subject)),
            ("Message-ID", format!("<{id}@{domain}>")),
            ("Auto-Submitted", "auto-generated".into()),
            ("MIME-Version", "1.0".into()),
            ("Content-Type", "text/plain; charset=utf-8".into()),
            ("Content-Transfer-Encoding", encoding.into()),
        ];
        let mut content: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        content.push_str("\r\n");
        for line in text.lines() {
            content.push_str(line);
            content.push_str("\r\n");
        }
        Self { id: id.to_owned(), from: from.to_owned(), to: mail.to.clone(), at, content }
    }
}

/// Whether mail can be sent to an address: the plain kind alone (RFC 5321 §4.1.2, without quoting, comments, literals
/// or letters beyond ASCII), so that it is one address wherever it is written.
pub(crate) fn mailable(address: &str) -> bool {
    let Some((person, domain)) = address.rsplit_once('@') else { return false };
    let is_atom = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    let is_label = |text: &str| {
        let inner = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&text.len()) && inner && !text.starts_with('-') && !text.ends_with('-')
    };
    address.len() <= 254
        && person.len() <= 64
        && person.split('.').all(is_atom)
        && domain.split('.').all(is_label)
}

/// A name as a mail may repeat it: nothing if it looks like an address or a link, which programs that show mail would
/// make one of.
pub(crate) fn harmless(name: &str) -> Option<String> {
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let name = name.trim();
    let plain =
        !name.is_empty() && visible(name) == name && !name.contains(['@', '/', '\\', ':', '<', '>', '"']);
    let letters: Vec<char> = name.chars().collect();
    let is_joined = |three: &[char]| {
        matches!(three[1], '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
            && three[0].is_alphanumeric()
            && three[2].is_alphanumeric()
    };
    (plain && !letters.windows(3).any(is_joined)).then(|| name.to_owned())
}

/// A text as the value of a header: as it is, or as encoded words (RFC 2047) where it holds anything but plain ASCII,
/// or could be taken for an encoded word.
fn words(text: &str) -> String {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.contains("=?");
    if is_plain && text.len() <= LINE { text.to_owned() } else { encoded(text) }
}

/// A text as encoded words, none of which ends within a character.
fn encoded(text: &str) -> String {
    let mut words = vec![String::new()];
    for c in text.chars() {
        if words.last().is_some_and(|word| word.len() + c.len_utf8() > WORD) {
            words.push(String::new());
        }
        words.last_mut().expect("there is always one").push(c);
    }
    let words: Vec<_> = words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join("\r\n ")
}

/// A name before an address.
fn phrase(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
    if is_plain && name.len() <= LINE { name.to_owned() } else { encoded(name) }
}

/// An instant as mail writes it (RFC 5322 §3.3), in UTC.
fn date(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// A text in quoted-printable (RFC 2045 §6.7).
fn quoted(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut shown = String::new();
        let bytes = line.as_bytes();
        for (place, byte) in bytes.iter().enumerate() {
            let is_last = place + 1 == bytes.len();
            let piece = match byte {
                b'=' => "=3D".to_owned(),
                b' ' if is_last => "=20".to_owned(),
                b' '..=b'~' => char::from(*byte).to_string(),
                other => format!("={other:02X}"),
            };
            if shown.len() + piece.len() >= LINE {
                lines.push(format!("{shown}="));
                shown.clear();
            }
            shown.push_str(&piece);
        }
        lines.push(shown);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn letter(subject: &str, text: &str) -> String {
        let mail = Mail { to: "bob@example.com".into(), subject: subject.into(), text: text.into() };
        Letter::new("mail_1", "Keystow portal", "keystow@portal.example", &mail, NOW).content
    }

    #[test]
    fn a_letter_is_the_text_and_nothing_else() {
        let wanted = "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\nFrom: Keystow portal <keystow@portal.example>\r\n\
            To: <bob@example.com>\r\nSubject: Hello\r\nMessage-ID: <mail_1@portal.example>\r\n\
            Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: 7bit\r\n\r\none\r\n\r\ntwo\r\n";
        assert_eq!(letter("Hello", "one\n\ntwo\n"), wanted);
    }

    #[test]
    fn nothing_in_a_subject_begins_another_line_or_reads_as_something_else() {
        for subject in [
            "a\r\nBcc: eve@example.com",
            "a\nBcc: eve@example.com\n\nhello",
            "a\rBcc: eve@example.com",
            "=?utf-8?B?4oCu?= evil",
            "pay\u{202e}dorp",
            "Zoë und noch viel mehr, so dass es in einer einzigen Zeile keinen Platz mehr hat: ä ö ü",
        ] {
            let content = letter(subject, "x");
            let (head, _) = content.split_once("\r\n\r\n").unwrap();
            assert_eq!(head.lines().filter(|line| !line.starts_with(' ')).count(), 9, "{head}");
            assert!(!content.contains("\nBcc"), "{content}");
            assert!(head.lines().all(|line| line.is_ascii() && line.len() <= 90), "{head}");
            let encoded = head.split("=?utf-8?B?").skip(1).filter_map(|rest| rest.split_once("?="));
            let bytes = encoded.flat_map(|(word, _)| STANDARD.decode(word).unwrap()).collect();
            assert_eq!(String::from_utf8(bytes).unwrap(), subject, "the reader sees what it is");
        }
    }

    #[test]
    fn a_text_beyond_ascii_arrives_as_it_was() {
        let text = "Zoë = 1 \n".to_owned() + &"é".repeat(60);
        let content = letter("x", &text);
        let (_, body) = content.split_once("\r\n\r\n").unwrap();
        assert!(body.lines().all(|line| line.len() <= LINE && line.is_ascii()), "{body}");
        let joined = body.replace("=\r\n", "");
        let mut bytes = Vec::new();
        let mut rest = joined.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            if *first == b'=' {
                bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
                rest = &after[2..];
            } else {
                bytes.push(*first);
                rest = after;
            }
        }
        assert_eq!(String::from_utf8(bytes).unwrap(), text.replace('\n', "\r\n") + "\r\n");
    }

    #[test]
    fn only_plain_addresses_are_sent_to() {
        for good in ["a@example.com", "a.b+c@sub.example.com", "o'neil@example.co", "root@localhost"] {
            assert!(mailable(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@example.com",
            "a,b@example.com",
            "a b@example.com",
            "a@b@example.com",
            "a@example.com>",
            "a@example.com\r\nRCPT TO:<eve@example.com>",
            "\"a b\"@example.com",
            "a(comment)@example.com",
            ".a@example.com",
            "a..b@example.com",
            "a@[127.0.0.1]",
            "a@-example.com",
            "ä@example.com",
            "a@exämple.com",
        ] {
            assert!(!mailable(bad), "{bad}");
        }
    }

    #[test]
    fn a_name_that_would_become_a_link_is_not_repeated() {
        assert_eq!(harmless(" The shop, Ltd. ").as_deref(), Some("The shop, Ltd."));
        assert_eq!(harmless("Zoë").as_deref(), Some("Zoë"));
        assert_eq!(harmless(&"x".repeat(100)).map(|name| name.len()), Some(LONGEST_NAME));
        for bad in [
            "",
            "evil.example",
            "see https://evil",
            "mail eve@evil",
            "evil。example",
            "a\u{202e}b",
            "a\nb",
            "<b>",
        ] {
            assert_eq!(harmless(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_portals_own_name_stays_one_word_before_its_address() {
        let mail = Mail { to: "bob@example.com".into(), subject: "x".into(), text: "x".into() };
        for name in ["a <eve@example.com>, b", "Zoë's", "Keystow portal (sample data)"] {
            let content = Letter::new("mail_1", name, "keystow@portal.example", &mail, NOW).content;
            let from = content.lines().find(|line| line.starts_with("From: ")).unwrap();
            let (word, address) = from["From: ".len()..].rsplit_once(' ').unwrap();
            assert_eq!(address, "<keystow@portal.example>");
            let word = word.strip_prefix("=?utf-8?B?").and_then(|word| word.strip_suffix("?=")).unwrap();
            assert_eq!(String::from_utf8(STANDARD.decode(word).unwrap()).unwrap(), name);
        }
    }
}
