//! Finding keys by what was typed: words matched loosely, and filters such as `env:prod`.
//!
//! What matches nothing filters everything out: a search never shows what was not asked for.

use std::time::Duration;

use keystow_domain::{Environment, Key, State, Timestamp};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// The longest search that is looked at, in characters.
const LONGEST: usize = 200;

/// What was typed, taken apart.
pub(crate) struct Search {
    filters: Vec<Filter>,
    words: String,
}

/// One `name:value` of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Filter {
    Environment(Environment),
    Status(String),
    Scope(String),
    Owner(String),
    UnusedFor(Duration),
}

impl Search {
    /// Takes a search apart. What looks like a filter and is none is a word like any other.
    pub(crate) fn parse(typed: &str) -> Self {
        let typed: String = typed.trim().chars().take(LONGEST).collect();
        let mut search = Self { filters: Vec::new(), words: String::new() };
        for word in typed.split_whitespace() {
            if let Some(filter) = Filter::parse(word) {
                search.filters.push(filter);
                continue;
            }
            if !search.words.is_empty() {
                search.words.push(' ');
            }
            search.words.push_str(word);
        }
        search
    }

    /// Whether the words decide the order, because there are some.
    pub(crate) fn ranks(&self) -> bool {
        !self.words.is_empty()
    }

    /// Whether a key passes every filter.
    pub(crate) fn admits(&self, key: &Key, state: &State, now: Timestamp) -> bool {
        self.filters.iter().all(|filter| filter.admits(key, state, now))
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
        found.sort_by_key(|&(score, place)| (std::cmp::Reverse(score), place));
        found.into_iter().map(|(_, place)| place).collect()
    }
}

impl Filter {
    fn parse(word: &str) -> Option<Self> {
        let (name, value) = word.split_once(':').filter(|(_, value)| !value.is_empty())?;
        let folded = value.to_lowercase();
        match name.to_ascii_lowercase().as_str() {
            "env" => Some(Self::Environment(Environment::from_word(value))),
            "status" => Some(Self::Status(folded)),
            "scope" => Some(Self::Scope(folded)),
            "owner" => Some(Self::Owner(folded)),
            "unused" => days(&folded).map(Self::UnusedFor),
            _ => None,
        }
    }

    fn admits(&self, key: &Key, state: &State, now: Timestamp) -> bool {
        match self {
            Self::Environment(environment) => key
                .environment
                .as_ref()
                .is_some_and(|of| of == environment || of.word().eq_ignore_ascii_case(environment.word())),
            Self::Status(word) => state.word().starts_with(word.as_str()),
            Self::Scope(scope) => key.scopes.iter().any(|of| of.to_lowercase().contains(scope)),
            Self::Owner(owner) => key.owner.as_ref().is_some_and(|of| of.to_lowercase().contains(owner)),
            Self::UnusedFor(time) => {
                key.last_used_at.or(key.created_at).is_some_and(|since| now.since(since) >= *time)
            }
        }
    }
}

/// A number of days, as in `90d`.
fn days(text: &str) -> Option<Duration> {
    let days: u64 = text.strip_suffix('d').unwrap_or(text).parse().ok()?;
    Some(Duration::from_secs(days.checked_mul(86_400)?))
}

/// What of a key can be found: its name first, so that matches in it score best.
fn write_line(key: &Key, line: &mut String) {
    line.clear();
    line.push_str(&key.name);
    let parts =
        [key.owner.as_deref(), key.environment.as_ref().map(Environment::word), Some(key.prefix.as_str())];
    for part in parts.into_iter().flatten().chain(key.scopes.iter().map(String::as_str)) {
        line.push(' ');
        line.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::tests::key;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn found(keys: &[Key], typed: &str) -> Vec<u32> {
        let search = Search::parse(typed);
        let admitted = (0..)
            .zip(keys)
            .filter(|(_, key)| search.admits(key, &key.state(None, NOW), NOW))
            .map(|(at, _)| at);
        if search.ranks() { search.rank(keys, admitted) } else { admitted.collect() }
    }

    #[test]
    fn nothing_typed_keeps_every_key_in_its_order() {
        assert_eq!(found(&[key("b"), key("a")], "  "), [0, 1]);
    }

    #[test]
    fn a_name_is_found_by_its_letters_and_the_closest_comes_first() {
        let keys = [key("partner-feed-api"), key("payments-api-prod"), key("geo-lookup")];
        assert_eq!(found(&keys, "payapi").first(), Some(&1));
        assert!(!found(&keys, "payapi").contains(&2));
    }

    #[test]
    fn scopes_and_owner_are_found_too() {
        let mut scoped = key("one");
        scoped.scopes = vec!["ledger:write".into()];
        scoped.owner = Some("finance".into());
        let keys = [key("two"), scoped];
        for typed in ["ledger", "finance", "scope:ledger", "owner:Fin"] {
            assert_eq!(found(&keys, typed), [1], "{typed}");
        }
    }

    #[test]
    fn filters_are_all_applied_and_go_with_words() {
        let mut keys = [key("billing-a"), key("billing-b"), key("search-b")];
        for key in &mut keys[1..] {
            key.environment = Some(Environment::Production);
        }
        keys[2].last_used_at = Some(NOW.minus(Duration::from_secs(91 * 86_400)));
        assert_eq!(found(&keys, "env:live"), [1, 2]);
        assert_eq!(found(&keys, "env:prod billing"), [1]);
        assert_eq!(found(&keys, "env:prod unused:90d status:act"), [2]);
        assert!(found(&keys, "status:revoked").is_empty());
    }

    #[test]
    fn what_is_no_filter_is_a_word() {
        let mut scoped = key("one");
        scoped.scopes = vec!["ledger:write".into()];
        assert_eq!(found(&[key("two"), scoped], "ledger:write"), [1]);
    }
}
