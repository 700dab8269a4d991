//! Finding keys by what was typed.
//!
//! Words that match nothing filter everything out: a search never shows what was not asked for.

use keystow_domain::{Environment, Key};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// The longest search that is looked at, in characters.
const LONGEST: usize = 200;

/// The places of the keys that match `typed`, best first; all of them, in order, if nothing was typed.
pub(crate) fn matching(keys: &[Key], among: impl Iterator<Item = u32>, typed: &str) -> Vec<u32> {
    let typed: String = typed.trim().chars().take(LONGEST).collect();
    if typed.is_empty() {
        return among.collect();
    }
    let pattern = Pattern::parse(&typed, CaseMatching::Ignore, Normalization::Smart);
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

/// What of a key can be found: its name first, so that matches in it score best.
fn write_line(key: &Key, line: &mut String) {
    line.clear();
    line.push_str(&key.name);
    for part in [key.owner.as_deref(), key.environment.as_ref().map(Environment::word), Some(&key.prefix)] {
        if let Some(part) = part {
            line.push(' ');
            line.push_str(part);
        }
    }
    for scope in &key.scopes {
        line.push(' ');
        line.push_str(scope);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::tests::key;

    #[test]
    fn nothing_typed_keeps_every_key_in_its_order() {
        let keys = [key("b"), key("a")];
        assert_eq!(matching(&keys, 0..2, "  "), [0, 1]);
    }

    #[test]
    fn a_name_is_found_by_its_letters_and_the_closest_comes_first() {
        let keys = [key("partner-feed-api"), key("payments-api-prod"), key("geo-lookup")];
        assert_eq!(matching(&keys, 0..3, "payapi").first(), Some(&1));
        assert!(!matching(&keys, 0..3, "payapi").contains(&2));
    }

    #[test]
    fn scopes_and_owner_are_found_too() {
        let mut scoped = key("one");
        scoped.scopes = vec!["ledger:write".into()];
        scoped.owner = Some("finance".into());
        let keys = [key("two"), scoped];
        assert_eq!(matching(&keys, 0..2, "ledger"), [1]);
        assert_eq!(matching(&keys, 0..2, "finance"), [1]);
    }
}
