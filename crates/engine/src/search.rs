//! Finding keys by what was typed: terms such as `env:prod`, and words matched loosely.
//!
//! What matches nothing filters everything out: a search never shows what was not asked for. A last use, a score
//! and what is on this device meet no term, negated or not, where they are not known.

mod complete;
mod language;

use keystow_domain::{Environment, Key, State, Timestamp, app_of};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::list::health::Mark;
pub use complete::{Completion, Suggestion};
pub(crate) use complete::{Stock, complete};
use language::{Ends, Parsed, Term, Test, Thing};
pub use language::{Fault, FaultKind};

/// The longest search that is looked at, in characters.
const LONGEST: usize = 200;

/// What was typed, taken apart.
pub(crate) struct Search {
    parsed: Parsed,
    /// The words as the matcher takes them.
    words: String,
}

/// What a search is asked of, beside the keys.
pub(crate) struct Scene<'a> {
    pub(crate) now: Timestamp,
    /// When the portal last told; nothing if it never did. Quiet is counted up to here, as where keys are judged.
    pub(crate) seen_at: Option<Timestamp>,
    /// The portal and the person of the account.
    pub(crate) account: &'a str,
    /// Whether the current secret of a key is on this device; nothing if that is not known.
    pub(crate) stowed: &'a dyn Fn(&Key) -> Option<bool>,
    /// Whether a schedule holds for a key.
    pub(crate) scheduled: &'a dyn Fn(&Key) -> bool,
    /// How each key was judged, by its place; nothing for those that are not.
    pub(crate) marks: &'a [Option<Mark>],
}

impl Scene<'_> {
    /// The scene where nothing but the keys is known.
    pub(crate) fn bare(now: Timestamp, seen_at: Option<Timestamp>) -> Self {
        Self { now, seen_at, account: "", stowed: &|_| None, scheduled: &|_| false, marks: &[] }
    }
}

/// A key, where it is among all, and what it is now.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) key: &'a Key,
    pub(crate) state: &'a State,
    pub(crate) place: u32,
}

impl Search {
    /// Takes a search apart. What looks like a term and is none is told by [`Search::faults`].
    pub(crate) fn parse(typed: &str) -> Self {
        let typed: String = typed.trim().chars().take(LONGEST).collect();
        let parsed = Parsed::of(&typed);
        Self { words: parsed.words.join(" "), parsed }
    }

    /// What of it could not be understood.
    pub(crate) fn faults(&self) -> &[Fault] {
        &self.parsed.faults
    }

    /// Whether the words decide the order, because there are some.
    pub(crate) fn ranks(&self) -> bool {
        !self.words.is_empty()
    }

    /// Whether it asks how keys were judged.
    pub(crate) fn asks_health(&self) -> bool {
        self.parsed.terms.iter().any(|term| matches!(term.test, Test::Health(_)))
    }

    /// Whether the keys alone answer it, so that it can be the rule of a schedule.
    pub(crate) fn is_of_keys_alone(&self) -> bool {
        let beyond = |term: &Term| {
            let thing = matches!(term.test, Test::Has(Thing::Secret | Thing::Schedule));
            thing || matches!(term.test, Test::Health(_) | Test::Account(_))
        };
        self.parsed.faults.iter().all(|fault| fault.kind == FaultKind::UnknownKey)
            && !self.parsed.terms.iter().any(beyond)
    }

    /// Whether a key meets every term.
    pub(crate) fn admits(&self, seen: Seen<'_>, scene: &Scene<'_>) -> bool {
        self.parsed.terms.iter().all(|term| term.admits(seen, scene))
    }

    /// The places of the keys whose text matches the words, best first.
    pub(crate) fn rank(&self, keys: &[Key], among: impl Iterator<Item = u32>) -> Vec<u32> {
        let pattern = Pattern::parse(&self.words, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let (mut line, mut buffer) = (String::new(), Vec::new());
        let mut found: Vec<(u32, u32)> = Vec::new();
        for place in among {
            let Some(key) = keys.get(place as usize) else { continue };
            write_line(key, &mut line);
            if let Some(score) = pattern.score(Utf32Str::new(&line, &mut buffer), &mut matcher) {
                found.push((score, place));
            }
        }
        found.sort_unstable_by_key(|&(score, place)| (std::cmp::Reverse(score), place));
        found.into_iter().map(|(_, place)| place).collect()
    }
}

impl Term {
    fn admits(&self, seen: Seen<'_>, scene: &Scene<'_>) -> bool {
        match &self.test {
            Test::Begun(_) => true,
            Test::Wrong(_) => false,
            test => test.holds(seen, scene).is_some_and(|holds| holds != self.negated),
        }
    }
}

impl Test {
    /// Whether it holds for a key; nothing if that cannot be told.
    fn holds(&self, seen: Seen<'_>, scene: &Scene<'_>) -> Option<bool> {
        let Seen { key, state, place } = seen;
        let holds = match self {
            Self::Environment(word) => key.environment.as_ref().is_some_and(|of| same(of.word(), word)),
            Self::Status(word) => state.word().starts_with(word.as_str()),
            Self::Scope(scope) => key.scopes.iter().any(|of| contains(of, scope)),
            Self::Owner(owner) => key.owner.as_ref().is_some_and(|of| contains(of, owner)),
            Self::App(app) => contains(app_of(&key.name), app),
            Self::Account(account) => contains(scene.account, account),
            Self::Unused(time) => {
                let since = key.last_used_at.or(key.created_at)?;
                scene.seen_at?.since(since).as_secs() >= *time
            }
            Self::NeverUsed => key.last_used_at.is_none(),
            Self::Expires(ends) => return expires(key, *ends, scene.now),
            Self::Has(Thing::Secret) => (scene.stowed)(key)?,
            Self::Has(Thing::Owner) => key.owner.is_some(),
            Self::Has(Thing::Expiry) => key.expires_at.is_some(),
            Self::Has(Thing::Schedule) => (scene.scheduled)(key),
            Self::Health(rank) => {
                let mark = scene.marks.get(place as usize).copied().flatten()?;
                (rank.least..=rank.most).contains(&mark.score)
            }
            Self::Phrase(text) => {
                let folded = text.to_lowercase();
                parts(key).any(|part| contains(part, &folded))
            }
            Self::Begun(_) => true,
            Self::Wrong(_) => false,
        };
        Some(holds)
    }
}

/// Whether a key that lives ends so. One that has ended ends no more.
fn expires(key: &Key, ends: Ends, now: Timestamp) -> Option<bool> {
    match (ends, key.expires_at) {
        (Ends::Never, at) => Some(at.is_none()),
        (_, None) => Some(false),
        (_, Some(at)) if at <= now => Some(false),
        (Ends::Within(time), Some(at)) => Some(at.since(now).as_secs() <= time),
        (Ends::After(time), Some(at)) => Some(at.since(now).as_secs() > time),
    }
}

/// Whether two texts are the same but for small and capital letters; `folded` is in small ones.
fn same(text: &str, folded: &str) -> bool {
    text.eq_ignore_ascii_case(folded) || (!text.is_ascii() && text.to_lowercase() == folded)
}

/// Whether a text contains another but for small and capital letters; `folded` is in small ones. Most texts are
/// ASCII, and for them nothing is written anew.
fn contains(text: &str, folded: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(folded);
    }
    let (text, folded) = (text.as_bytes(), folded.as_bytes());
    folded.is_empty() || text.windows(folded.len()).any(|part| part.eq_ignore_ascii_case(folded))
}

/// What of a key can be found: its name first, so that matches in it score best.
fn parts(key: &Key) -> impl Iterator<Item = &str> {
    let first = [
        Some(key.name.as_str()),
        key.owner.as_deref(),
        key.environment.as_ref().map(Environment::word),
        Some(key.prefix.as_str()),
    ];
    first.into_iter().flatten().chain(key.scopes.iter().map(String::as_str))
}

/// The same as one line.
fn write_line(key: &Key, line: &mut String) {
    line.clear();
    for part in parts(key) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part);
    }
}

#[cfg(test)]
mod tests;
