//! The language of searches: words that are matched loosely, and terms such as `env:prod` or `-has:secret`.
//!
//! Whatever is typed is a search. What looks like a term and is none is told, and never silently left out;
//! what a search prints parses to the same search.

use std::fmt;

use keystow_domain::{Environment, Grade};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// More days than this are no time that a key could live.
const MOST_DAYS: u64 = 36_500;

/// The keys of the language, as they are offered.
pub(super) const KEYS: [&str; 11] =
    ["env", "status", "scope", "owner", "app", "account", "unused", "expires", "has", "no", "health"];
/// The one term without a value.
pub(super) const NEVER_USED: &str = "never-used";
/// The words of the states.
pub(super) const STATES: [&str; 8] =
    ["active", "expiring", "rotating", "expired", "revoked", "pending", "suspended", "unknown"];

/// What was typed, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Parsed {
    pub(crate) terms: Vec<Term>,
    /// The words that are matched loosely.
    pub(crate) words: Vec<String>,
    /// What could not be understood.
    pub(crate) faults: Vec<Fault>,
}

/// A condition that a key has to meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    /// Whether a key must not meet it.
    pub(crate) negated: bool,
    pub(crate) test: Test,
}

/// What is asked of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    /// Its environment, by its word.
    Environment(String),
    /// Its state, by the beginning of its word.
    Status(String),
    Scope(String),
    Owner(String),
    App(String),
    Account(String),
    /// Not used for so many seconds.
    Unused(u64),
    NeverUsed,
    Expires(Ends),
    Has(Thing),
    Health(Rank),
    /// A text as it stands, in anything that can be found.
    Phrase(String),
    /// A term whose value is still to come: it asks nothing.
    Begun(String),
    /// A term whose value is none: no key meets it.
    Wrong(String),
}

/// When a key ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    Never,
    /// Within so many seconds.
    Within(u64),
    /// In more than so many seconds.
    After(u64),
}

/// What a key can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    Secret,
    Owner,
    Expiry,
    Schedule,
}

/// A part of the scores, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rank {
    pub(crate) least: u8,
    pub(crate) most: u8,
}

/// Something in a search that is no part of the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The text, as it was typed.
    pub text: String,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What can be wrong with a part of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// There is no such key in the language; it is looked for as text.
    UnknownKey,
    /// The value is still missing; until it is there, nothing is asked.
    NoValue,
    /// No state has this word.
    BadStatus,
    /// This is no number of days.
    BadTime,
    /// This is nothing that a key can have.
    BadThing,
    /// This is no score.
    BadScore,
    /// A quotation mark is not closed.
    OpenQuote,
}

impl Parsed {
    /// Takes a text apart.
    pub(crate) fn of(typed: &str) -> Self {
        let mut parsed = Self::default();
        let mut rest = typed.trim_start();
        while !rest.is_empty() {
            let (token, after) = Token::first(rest);
            parsed.take(token);
            rest = after.trim_start();
        }
        parsed
    }

    fn take(&mut self, token: Token<'_>) {
        let mut fault = |kind| self.faults.push(Fault { text: token.raw.to_owned(), kind });
        if token.open {
            fault(FaultKind::OpenQuote);
        }
        let negated = token.negated;
        let Some(key) = &token.key else {
            match token.value {
                value if value.is_empty() => {}
                value if value == NEVER_USED && !token.quoted => self.add(negated, Test::NeverUsed),
                value if negated || token.quoted => self.add(negated, Test::Phrase(value)),
                value => self.words.push(value),
            }
            return;
        };
        if token.value.trim().is_empty() && KEYS.contains(&key.as_str()) {
            fault(FaultKind::NoValue);
            return self.add(negated, Test::Begun(key.clone()));
        }
        match test(key, &token.value) {
            Ok((opposite, test)) => self.add(negated != opposite, test),
            Err(FaultKind::UnknownKey) => {
                fault(FaultKind::UnknownKey);
                let text = format!("{key}:{}", token.value);
                if negated || token.quoted {
                    self.add(negated, Test::Phrase(text));
                } else {
                    self.words.push(text);
                }
            }
            Err(kind) => {
                fault(kind);
                self.add(negated, Test::Wrong(format!("{key}:{}", quoted(&token.value))));
            }
        }
    }

    fn add(&mut self, negated: bool, test: Test) {
        self.terms.push(Term { negated, test });
    }
}

/// What a key and its value ask, and whether they ask for the opposite.
fn test(key: &str, value: &str) -> Result<(bool, Test), FaultKind> {
    let folded = value.to_lowercase();
    let test = match key {
        "env" => Test::Environment(Environment::from_word(value).word().to_lowercase()),
        "status" => {
            let known = STATES.iter().any(|state| state.starts_with(&folded));
            Test::Status(known.then_some(folded).ok_or(FaultKind::BadStatus)?)
        }
        "scope" => Test::Scope(folded),
        "owner" => Test::Owner(folded),
        "app" => Test::App(folded),
        "account" => Test::Account(folded),
        "unused" => Test::Unused(time(folded.trim_start_matches(['>', '='])).ok_or(FaultKind::BadTime)?),
        "expires" => Test::Expires(ends(&folded).ok_or(FaultKind::BadTime)?),
        "has" => Test::Has(Thing::of(&folded).ok_or(FaultKind::BadThing)?),
        "no" => return Ok((true, Test::Has(Thing::of(&folded).ok_or(FaultKind::BadThing)?))),
        "health" => Test::Health(Rank::of(&folded).ok_or(FaultKind::BadScore)?),
        _ => return Err(FaultKind::UnknownKey),
    };
    Ok((false, test))
}

/// A time in seconds, as in `90d`, `36h`, `6w`, `3m` or `1y`; days where there is no letter.
fn time(text: &str) -> Option<u64> {
    let (number, unit) = match text.char_indices().next_back()? {
        (at, 'h') => (&text[..at], HOUR),
        (at, 'd') => (&text[..at], DAY),
        (at, 'w') => (&text[..at], 7 * DAY),
        (at, 'm') => (&text[..at], 30 * DAY),
        (at, 'y') => (&text[..at], 365 * DAY),
        _ => (text, DAY),
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| digits)?;
    number.checked_mul(unit).filter(|time| *time <= MOST_DAYS * DAY)
}

fn ends(text: &str) -> Option<Ends> {
    if text == "never" {
        return Some(Ends::Never);
    }
    if let Some(time_text) = text.strip_prefix('>') {
        return time(time_text.trim_start_matches('=')).map(Ends::After);
    }
    time(text.trim_start_matches(['<', '='])).map(Ends::Within)
}

impl Thing {
    pub(super) const ALL: [(&str, Self); 4] = [
        ("secret", Self::Secret),
        ("owner", Self::Owner),
        ("expiry", Self::Expiry),
        ("schedule", Self::Schedule),
    ];

    fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find_map(|(word, thing)| (word == text).then_some(thing))
    }

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find_map(|(word, thing)| (thing == self).then_some(word)).unwrap_or_default()
    }
}

impl Rank {
    fn of(text: &str) -> Option<Self> {
        let grade = [Grade::Good, Grade::Fair, Grade::Poor].into_iter().find(|grade| grade.word() == text);
        match grade {
            Some(Grade::Good) => return Some(Self { least: 80, most: 100 }),
            Some(Grade::Fair) => return Some(Self { least: 50, most: 79 }),
            Some(Grade::Poor) => return Some(Self { least: 0, most: 49 }),
            None => {}
        }
        let digits = text.trim_start_matches(['<', '>', '=']);
        let number: u8 = digits.parse().ok().filter(|number| *number <= 100 && !digits.starts_with('+'))?;
        match &text[..text.len() - digits.len()] {
            "<" => number.checked_sub(1).map(|most| Self { least: 0, most }),
            "<=" => Some(Self { least: 0, most: number }),
            ">" => Some(number + 1).filter(|least| *least <= 100).map(|least| Self { least, most: 100 }),
            ">=" => Some(Self { least: number, most: 100 }),
            "" | "=" => Some(Self { least: number, most: number }),
            _ => None,
        }
    }
}

/// A part of what was typed, up to the next space outside of quotation marks.
pub(super) struct Token<'a> {
    pub(super) raw: &'a str,
    pub(super) negated: bool,
    /// What stands before the colon, in small letters, if that could be a key.
    pub(super) key: Option<String>,
    /// The rest, without quotation marks.
    pub(super) value: String,
    /// Whether some of it stood in quotation marks.
    pub(super) quoted: bool,
    /// Whether a quotation mark is not closed.
    pub(super) open: bool,
}

impl<'a> Token<'a> {
    /// The first part of a text that does not begin with a space, and what follows it.
    pub(super) fn first(text: &'a str) -> (Self, &'a str) {
        let body =
            text.strip_prefix('-').filter(|body| !body.is_empty() && !body.starts_with(char::is_whitespace));
        let start = text.len() - body.unwrap_or(text).len();
        let (mut key, mut value) = (None, String::new());
        let (mut open, mut quoted) = (false, false);
        let mut end = text.len();
        for (at, letter) in text.char_indices().skip_while(|(at, _)| *at < start) {
            match letter {
                '"' => (open, quoted) = (!open, true),
                letter if letter.is_whitespace() && !open => {
                    end = at;
                    break;
                }
                ':' if key.is_none() && !quoted && is_key(&value) => {
                    key = Some(std::mem::take(&mut value).to_ascii_lowercase());
                }
                letter => value.push(letter),
            }
        }
        (Self { raw: &text[..end], negated: body.is_some(), key, value, quoted, open }, &text[end..])
    }
}

/// Whether a text could be a key of the language, or is meant as one.
fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
}

/// A value as it has to be typed.
pub(super) fn quoted(value: &str) -> String {
    let plain = !value.is_empty() && !value.contains(char::is_whitespace);
    if plain { value.to_owned() } else { format!("\"{value}\"") }
}

impl fmt::Display for Parsed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms = self.terms.iter().map(ToString::to_string);
        let all: Vec<String> = terms.chain(self.words.iter().cloned()).collect();
        out.write_str(&all.join(" "))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            out.write_str("-")?;
        }
        match &self.test {
            Test::Environment(word) => write!(out, "env:{}", quoted(word)),
            Test::Status(word) => write!(out, "status:{}", quoted(word)),
            Test::Scope(text) => write!(out, "scope:{}", quoted(text)),
            Test::Owner(text) => write!(out, "owner:{}", quoted(text)),
            Test::App(text) => write!(out, "app:{}", quoted(text)),
            Test::Account(text) => write!(out, "account:{}", quoted(text)),
            Test::Unused(time) => write!(out, "unused:{}", Time(*time)),
            Test::NeverUsed => out.write_str(NEVER_USED),
            Test::Expires(Ends::Never) => out.write_str("expires:never"),
            Test::Expires(Ends::Within(time)) => write!(out, "expires:<{}", Time(*time)),
            Test::Expires(Ends::After(time)) => write!(out, "expires:>{}", Time(*time)),
            Test::Has(thing) => write!(out, "has:{}", thing.word()),
            Test::Health(rank) => rank.fmt(out),
            Test::Phrase(text) => write!(out, "\"{text}\""),
            Test::Begun(key) => write!(out, "{key}:"),
            Test::Wrong(text) => out.write_str(text),
        }
    }
}

impl fmt::Display for Rank {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (50, 79) => out.write_str("health:fair"),
            (0, most) => write!(out, "health:<={most}"),
            (least, 100) => write!(out, "health:>={least}"),
            (least, _) => write!(out, "health:{least}"),
        }
    }
}

/// A number of seconds as it is typed.
struct Time(u64);

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(DAY) {
            write!(out, "{}d", self.0 / DAY)
        } else {
            write!(out, "{}h", self.0 / HOUR)
        }
    }
}

#[cfg(test)]
mod tests;
