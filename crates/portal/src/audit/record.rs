//! An entry of the log, and the chain that holds the entries together.
//!
//! Each entry's hash is made under a key that follows from the pepper, over the hash before it and every field, each
//! with its length. So whoever writes the database without the pepper can neither alter an entry nor put one in, and
//! the first that was touched has a name. Where the log ends is sealed beside it: entries cut off its end are missed.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac};
use keystow_domain::{Timestamp, visible};
use keystow_portal_api::audit::{AuditEntry, outcome};
use sha2::Sha256;

use crate::{
    seal::{Digest, Pepper, Purpose},
    stamp,
};

/// The hash before the first entry.
pub(crate) const BEFORE_THE_FIRST: Digest = [0; 32];
/// How many characters of a user agent are kept.
const LONGEST_AGENT: usize = 200;
/// From how many letters and digits in a row on a word of a user agent may be a secret.
const SECRET_LIKE: usize = 32;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Refused,
    Failed,
}

impl Outcome {
    /// The word of the contract.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Done => outcome::DONE,
            Self::Refused => outcome::REFUSED,
            Self::Failed => outcome::FAILED,
        }
    }

    /// Reads a word; what is not known was no success.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            outcome::DONE => Self::Done,
            outcome::REFUSED => Self::Refused,
            _ => Self::Failed,
        }
    }
}

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryRecord {
    /// Where it stands; 0 until it is stored.
    pub(crate) number: i64,
    pub(crate) at: Timestamp,
    /// Who did it; empty where nobody proved it.
    pub(crate) account: String,
    /// The address of that account, looked up when the entry is stored.
    pub(crate) email: String,
    pub(crate) client: String,
    pub(crate) operation: String,
    pub(crate) kind: String,
    pub(crate) target: String,
    pub(crate) name: String,
    pub(crate) app: String,
    /// The account whose the target is; that of the app if only this is known.
    pub(crate) owner: String,
    pub(crate) outcome: Outcome,
    pub(crate) code: String,
    pub(crate) request: String,
    pub(crate) address: String,
    pub(crate) agent: String,
    pub(crate) hash: Digest,
}

impl EntryRecord {
    /// An entry of which nothing is known but when it began.
    pub(crate) fn begun(at: Timestamp) -> Self {
        Self { outcome: Outcome::Done, ..Self::from_texts(0, at, Default::default(), BEFORE_THE_FIRST) }
    }

    /// Every text of it, in the order of the columns and of the chain.
    pub(crate) fn texts(&self) -> [&str; 14] {
        [
            &self.account,
            &self.email,
            &self.client,
            &self.operation,
            &self.kind,
            &self.target,
            &self.name,
            &self.app,
            &self.owner,
            self.outcome.word(),
            &self.code,
            &self.request,
            &self.address,
            &self.agent,
        ]
    }

    /// The entry of these columns.
    pub(crate) fn from_texts(number: i64, at: Timestamp, texts: [String; 14], hash: Digest) -> Self {
        let [
            account,
            email,
            client,
            operation,
            kind,
            target,
            name,
            app,
            owner,
            ended,
            code,
            request,
            address,
            agent,
        ] = texts;
        let outcome = Outcome::read(&ended);
        Self {
            number,
            at,
            account,
            email,
            client,
            operation,
            kind,
            target,
            name,
            app,
            owner,
            outcome,
            code,
            request,
            address,
            agent,
            hash,
        }
    }

    /// The entry as an administrator reads it.
    pub(crate) fn to_wire(&self) -> AuditEntry {
        AuditEntry {
            number: self.number.unsigned_abs(),
            at: stamp::write(self.at),
            operation: self.operation.clone(),
            outcome: self.outcome.word().into(),
            code: self.code.clone(),
            request_id: self.request.clone(),
            account_id: self.account.clone(),
            account_email: self.email.clone(),
            client_id: self.client.clone(),
            target_kind: self.kind.clone(),
            target_id: self.target.clone(),
            target_name: self.name.clone(),
            app_id: self.app.clone(),
            address: self.address.clone(),
            user_agent: self.agent.clone(),
            hash: hex(&self.hash),
        }
    }

    /// The entry as `account` reads it, whose own it is or whom it is about: where others call from is theirs.
    pub(crate) fn to_wire_for(&self, account: &str) -> AuditEntry {
        let whole = AuditEntry { hash: String::new(), ..self.to_wire() };
        if self.account == account {
            return whole;
        }
        AuditEntry {
            client_id: String::new(),
            address: String::new(),
            user_agent: String::new(),
            request_id: String::new(),
            ..whole
        }
    }
}

/// A user agent as it is kept: cut, nothing in it hides or reorders, and nothing that could be a secret.
pub(crate) fn kept_agent(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut kept = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_part(c) != is_part(first)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        kept.push_str(if is_part(first) && word.len() >= SECRET_LIKE { "…" } else { word });
        rest = after;
    }
    cut(&visible(&kept), LONGEST_AGENT)
}

/// The first characters of a text, and a sign if there were more.
fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        use fmt::Write as _;
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The key of the chain. It follows from the pepper and is kept nowhere.
#[derive(Clone)]
pub(crate) struct Chain(Hmac<Sha256>);

impl Chain {
    /// The chain of a portal with this pepper.
    pub(crate) fn of(pepper: &Pepper) -> Self {
        let key = pepper.digest(Purpose::Audit, &[]);
        Self(Hmac::new_from_slice(&key).expect("HMAC takes a key of any length"))
    }

    /// The hash of an entry that follows the one whose hash is `before`.
    pub(crate) fn link(&self, before: &Digest, entry: &EntryRecord) -> Digest {
        let mut mac = self.0.clone();
        mac.update(&[1]);
        mac.update(before);
        mac.update(&entry.number.to_be_bytes());
        mac.update(&entry.at.as_millis().to_be_bytes());
        for text in entry.texts() {
            mac.update(&(text.len() as u64).to_be_bytes());
            mac.update(text.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// The seal of a log that ends with this entry.
    pub(crate) fn seal(&self, head: &Head) -> Digest {
        let mut mac = self.0.clone();
        mac.update(&[2]);
        mac.update(&head.number.to_be_bytes());
        mac.update(&head.hash);
        mac.finalize().into_bytes().into()
    }
}

/// Where the log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) number: i64,
    pub(crate) hash: Digest,
}

impl Head {
    /// The end of a log without an entry.
    pub(crate) const EMPTY: Self = Self { number: 0, hash: BEFORE_THE_FIRST };

    /// Puts an entry behind this end; the end is then the entry.
    pub(crate) fn append(&mut self, chain: &Chain, entry: &mut EntryRecord) {
        entry.number = self.number + 1;
        entry.hash = chain.link(&self.hash, entry);
        *self = Self { number: entry.number, hash: entry.hash };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, code: &str) -> EntryRecord {
        let begun = EntryRecord::begun(Timestamp::from_secs(1_800_000_000));
        EntryRecord { name: name.into(), code: code.into(), number: 1, ..begun }
    }

    #[test]
    fn a_hash_depends_on_every_field_its_borders_and_what_came_before() {
        let chain = Chain::of(&Pepper::new(&[1; 32]));
        let of = |entry: &EntryRecord| chain.link(&BEFORE_THE_FIRST, entry);
        let one = of(&entry("ab", "c"));
        assert_ne!(one, of(&EntryRecord { name: "a".into(), app: "b".into(), ..entry("", "c") }));
        assert_ne!(one, of(&EntryRecord { number: 2, ..entry("ab", "c") }));
        assert_ne!(one, chain.link(&[1; 32], &entry("ab", "c")));
        assert_ne!(one, Chain::of(&Pepper::new(&[2; 32])).link(&BEFORE_THE_FIRST, &entry("ab", "c")));
        for place in 0..14 {
            let mut texts = entry("ab", "c").texts().map(str::to_owned);
            texts[place] = if place == 9 { "failed".into() } else { "other".into() };
            let at = entry("", "").at;
            assert_ne!(one, of(&EntryRecord::from_texts(1, at, texts, [0; 32])), "field {place}");
        }
    }

    #[test]
    fn a_user_agent_shows_what_it_hides_and_is_cut() {
        assert_eq!(kept_agent("curl/8.1\u{202e} (x)\u{7}"), "curl/8.1\\u{202e} (x)\\u{7}");
        assert_eq!(kept_agent(&"x ".repeat(500)).chars().count(), 201);
        let secret = format!("tool kst_{} end", "a".repeat(44));
        assert_eq!(kept_agent(&secret), "tool … end", "what could be a secret is left out");
    }
}
