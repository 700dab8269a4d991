//! What can be typed next: the keys of the language, and the values that exist in this account.

use std::collections::HashMap;

use keystow_domain::{Environment, Key, State, app_of};

use super::language::{KEYS, NEVER_USED, STATES, Thing, Token, quoted};

/// The most suggestions; whoever looks for another one types one more letter.
const MOST: usize = 8;
/// A key of the language is suggested from so many of its letters on: one letter begins too many words.
const FEWEST_LETTERS: usize = 2;

/// What can be typed next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// Where what is suggested begins, in UTF-16 code units of what was typed.
    pub from: u32,
    /// What can stand there, the most useful first.
    pub suggestions: Vec<Suggestion>,
}

/// One thing that can be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The text that takes the place of what was typed.
    pub text: String,
    /// How many keys have this value; nothing for a key of the language or a value that none has to have.
    pub count: Option<u32>,
}

/// What an account has to be completed from.
pub(crate) struct Stock<'a> {
    pub(crate) keys: &'a [Key],
    pub(crate) states: &'a [State],
    pub(crate) account: &'a str,
}

/// What can stand at the end of `typed`. `all` also suggests every key of the language where nothing is typed yet.
pub(crate) fn complete(typed: &str, all: bool, stock: &Stock<'_>) -> Completion {
    let begin = last_token(typed);
    let (token, _) = Token::first(&typed[begin..]);
    let sign = if token.negated { "-" } else { "" };
    let suggestions = match &token.key {
        Some(key) => values(key, &token.value.to_lowercase(), stock)
            .into_iter()
            .map(|(value, count)| Suggestion { text: format!("{sign}{key}:{}", quoted(&value)), count })
            .collect(),
        None if token.quoted => Vec::new(),
        None => keys(&token.value.to_lowercase(), sign, all),
    };
    let from = u32::try_from(typed[..begin].encode_utf16().count()).unwrap_or(0);
    Completion { from, suggestions }
}

/// Where the part that is being typed begins: at the end, after a space.
fn last_token(typed: &str) -> usize {
    let mut begin = 0;
    loop {
        let rest = &typed[begin..];
        let spaces = rest.len() - rest.trim_start().len();
        let (token, after) = Token::first(rest.trim_start());
        if after.is_empty() {
            return if token.raw.is_empty() { typed.len() } else { begin + spaces };
        }
        begin = typed.len() - after.len();
    }
}

fn keys(begun: &str, sign: &str, all: bool) -> Vec<Suggestion> {
    let wanted = begun.chars().count() >= FEWEST_LETTERS || (all && begun.is_empty());
    let words = KEYS.iter().map(|key| format!("{key}:")).chain([NEVER_USED.to_owned()]);
    let fits = |word: &String| wanted && word.starts_with(begun) && word != begun;
    let most = if all { usize::MAX } else { MOST };
    words
        .filter(fits)
        .take(most)
        .map(|word| Suggestion { text: format!("{sign}{word}"), count: None })
        .collect()
}

/// The values that a key of the language can have, with how many keys have them.
fn values(key: &str, begun: &str, stock: &Stock<'_>) -> Vec<(String, Option<u32>)> {
    let fixed = |words: &[&str]| {
        let fits = words.iter().filter(|word| word.starts_with(begun) && **word != begun);
        fits.map(|word| ((*word).to_owned(), None)).collect()
    };
    match key {
        "env" => counted(
            stock.keys.iter().filter_map(|key| key.environment.as_ref().map(Environment::word)),
            begun,
        ),
        "status" => {
            // A state is asked for by how its word begins.
            let states = stock.states.iter().map(State::word).filter(|word| word.starts_with(begun));
            let present = counted(states, begun);
            if present.is_empty() { fixed(&STATES) } else { present }
        }
        "scope" => counted(stock.keys.iter().flat_map(|key| key.scopes.iter().map(String::as_str)), begun),
        "owner" => counted(stock.keys.iter().filter_map(|key| key.owner.as_deref()), begun),
        "app" => counted(stock.keys.iter().map(|key| app_of(&key.name)), begun),
        "account" => counted([stock.account].into_iter().filter(|text| !text.is_empty()), begun)
            .into_iter()
            .map(|(text, _)| (text, None))
            .collect(),
        "unused" => fixed(&["30d", "90d", "180d", "1y"]),
        "expires" => fixed(&["<7d", "<14d", "<30d", ">90d", "never"]),
        "has" | "no" => fixed(&Thing::ALL.map(|(word, _)| word)),
        "health" => fixed(&["<50", "<80", "poor", "fair", "good"]),
        _ => Vec::new(),
    }
}

/// The values that begin so, then those that contain it; the most frequent first.
fn counted<'a>(all: impl Iterator<Item = &'a str>, begun: &str) -> Vec<(String, Option<u32>)> {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for value in all {
        *counts.entry(value).or_default() += 1;
    }
    let mut found: Vec<(bool, u32, &str)> = counts
        .into_iter()
        .filter(|(value, _)| !value.is_empty() && !value.contains('"') && super::contains(value, begun))
        .map(|(value, count)| (value.to_lowercase().starts_with(begun), count, value))
        .collect();
    found.sort_by_key(|(begins, count, value)| (!begins, std::cmp::Reverse(*count), *value));
    // The one value that is typed already needs no suggestion.
    if let [(_, _, only)] = found.as_slice()
        && only.to_lowercase() == begun
    {
        return Vec::new();
    }
    found.into_iter().take(MOST).map(|(_, count, value)| (value.to_owned(), Some(count))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::list::tests::key;

    fn suggested(typed: &str) -> (u32, Vec<(String, Option<u32>)>) {
        let mut keys = [key("billing-api-prod"), key("billing-web-prod"), key("search")];
        keys[0].environment = Some(Environment::Production);
        keys[1].environment = Some(Environment::Production);
        keys[2].environment = Some(Environment::Other("الإنتاج one".into()));
        keys[2].owner = Some("Ada Lovelace".into());
        let states = [State::Active, State::Active, State::Revoked];
        let done = complete(typed, false, &Stock { keys: &keys, states: &states, account: "Acme" });
        (done.from, done.suggestions.into_iter().map(|one| (one.text, one.count)).collect())
    }

    fn texts(typed: &str) -> Vec<String> {
        suggested(typed).1.into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn keys_of_the_language_are_suggested_from_two_letters_on() {
        assert_eq!(texts("st"), ["status:"]);
        assert_eq!(texts("-un"), ["-unused:"]);
        assert_eq!(texts("ne"), ["never-used"]);
        for typed in ["", "s", "look", "\"st", "never-used", "billing "] {
            assert!(texts(typed).is_empty(), "{typed}");
        }
        let all = complete("billing ", true, &Stock { keys: &[], states: &[], account: "" });
        assert_eq!((all.from, all.suggestions.len()), (8, KEYS.len() + 1));
    }

    #[test]
    fn values_are_those_that_exist_with_how_often_they_do() {
        let state = |word: &str, count| (format!("status:{word}"), Some(count));
        assert_eq!(suggested("status:").1, [state("active", 2), state("revoked", 1)]);
        assert_eq!(texts("x status:rev"), ["status:revoked"]);
        assert_eq!(texts("env:p"), ["env:prod"]);
        assert_eq!(texts("env:one"), ["env:\"الإنتاج one\""]);
        assert_eq!(texts("owner:love"), ["owner:\"Ada Lovelace\""]);
        assert_eq!(texts("app:"), ["app:api", "app:search", "app:web"]);
        assert_eq!(texts("no:se"), ["no:secret"]);
        assert!(texts("status:revoked").is_empty(), "it is typed already");
    }

    #[test]
    fn what_is_replaced_is_counted_as_the_window_counts() {
        assert_eq!(suggested("é 😀 st").0, 5);
        assert_eq!(suggested("env:\"a b\" st").0, 10);
    }

    proptest! {
        #[test]
        fn anything_can_be_completed(typed in ".{0,40}|[-a-z:\" ]{0,40}") {
            let (from, all) = suggested(&typed);
            prop_assert!(from as usize <= typed.encode_utf16().count());
            prop_assert!(all.len() <= MOST);
        }
    }
}
