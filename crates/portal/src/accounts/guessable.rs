//! Passwords that are tried first: common ones, patterns, and what anybody knows of an account.
//!
//! As NIST SP 800-63B §5.1.1.2 asks: a new password is compared with those that are commonly used, expected or
//! repetitive, and with the names of person and portal. There is no rule about kinds of letters: it would only lead
//! to `Password1!`.

use std::{collections::HashSet, sync::LazyLock};

/// The common ones, in lower case.
const COMMON: &str = include_str!("../../assets/common-passwords.txt");

/// With fewer different characters than this, a password is a pattern.
const FEWEST_DIFFERENT: usize = 5;
/// How many digits and signs can stand around a word without making it harder to guess.
const MOST_AROUND: usize = 8;
/// The shortest name that counts as a word; shorter ones are part of everything.
const SHORTEST_NAME: usize = 3;
/// The longest text that is taken apart, in bytes: two of the longest words and more.
const LONGEST_MADE: usize = 128;

static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    COMMON.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
});

/// Whether a password is among the first that somebody would try. `known` is what anybody may know: the address, the
/// person's name, the portal's.
pub(super) fn is_guessable(password: &str, known: &[&str]) -> bool {
    let folded: Vec<char> = password.to_lowercase().chars().collect();
    let different: HashSet<&char> = folded.iter().collect();
    let names = names(known);
    let is_word = |text: &str| WORDS.contains(text) || names.contains(text);
    different.len() < FEWEST_DIFFERENT
        || is_row(&folded)
        || cores(once(&folded)).any(|(core, removed)| {
            spellings(core).iter().any(|spelling| {
                let letters = only(spelling, char::is_alphabetic);
                let around = removed + spelling.chars().count() - letters.chars().count();
                is_word(spelling)
                    || is_made_of(&only(spelling, char::is_alphanumeric), is_word)
                    || (around <= MOST_AROUND && is_made_of(&letters, is_word))
            })
        })
}

/// The part that a text repeats, which is all of it if it repeats nothing.
fn once(text: &[char]) -> &[char] {
    let lengths = (1..=text.len() / 2).filter(|length| text.len().is_multiple_of(*length));
    let unit =
        lengths.map(|length| &text[..length]).find(|unit| text.chunks(unit.len()).all(|part| part == *unit));
    unit.unwrap_or(text)
}

/// Whether each character follows the one before, up or down, as in `abcdefghij` or `9876543210`.
fn is_row(text: &[char]) -> bool {
    let step = |pair: &[char]| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0]));
    let steps: HashSet<i64> = text.windows(2).map(step).collect();
    // After nine comes zero.
    [&[1, -9][..], &[-1, 9]].iter().any(|row| steps.iter().all(|step| row.contains(step)))
}

/// A text without some of the digits and signs around it, and how many were left out.
fn cores(text: &[char]) -> impl Iterator<Item = (&[char], usize)> {
    let around = |c: &&char| !c.is_alphabetic();
    let before = text.iter().take_while(around).take(MOST_AROUND).count();
    let behind = text.iter().rev().take_while(around).take(MOST_AROUND).count();
    let cuts = (0..=before).flat_map(move |start| (0..=behind).map(move |end| (start, end)));
    let cuts = cuts.filter(|(start, end)| start + end <= MOST_AROUND);
    cuts.filter_map(|(start, end)| Some((text.get(start..text.len().checked_sub(end)?)?, start + end)))
}

/// A text as it may have been meant: as it is, and with digits and signs read as letters.
fn spellings(text: &[char]) -> [String; 3] {
    let with = |one| text.iter().map(|c| as_letter(*c, one)).collect();
    [text.iter().collect(), with('i'), with('l')]
}

fn as_letter(c: char, one: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

fn only(text: &str, kept: fn(char) -> bool) -> String {
    text.chars().filter(|c| kept(*c)).collect()
}

/// Whether a text is one word, or two in a row.
fn is_made_of(text: &str, is_word: impl Fn(&str) -> bool) -> bool {
    if text.len() > LONGEST_MADE {
        return false;
    }
    let mut borders = text.char_indices().map(|(at, _)| at).skip(1);
    is_word(text) || borders.any(|at| is_word(&text[..at]) && is_word(&text[at..]))
}

/// What anybody knows, as words: each by itself, and all of one thing in a row.
fn names(known: &[&str]) -> HashSet<String> {
    let mut names = HashSet::new();
    for thing in known {
        let thing = thing.to_lowercase();
        names.extend(thing.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        names.extend([only(&thing, char::is_alphanumeric), only(&thing, char::is_alphabetic)]);
    }
    names.retain(|name| name.chars().count() >= SHORTEST_NAME);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["ada.lovelace@example.com", "Ada King", "Keystow portal"];

    #[test]
    fn the_list_has_more_than_a_thousand_each_in_lower_case_and_once() {
        let listed: Vec<&str> =
            COMMON.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect();
        assert!(listed.len() > 1000, "{}", listed.len());
        assert_eq!(listed.len(), WORDS.len(), "a word is listed twice");
        assert!(listed.iter().all(|word| word.to_lowercase() == **word));
    }

    #[test]
    fn every_common_password_is_refused_in_capitals_and_with_a_year_behind_it() {
        for word in WORDS.iter() {
            for varied in
                [(*word).to_owned(), word.to_uppercase(), format!("{word}2026!"), format!("12{word}")]
            {
                assert!(is_guessable(&varied, &[]), "{varied}");
            }
        }
    }

    #[test]
    fn what_only_looks_hard_to_guess_is_refused() {
        for password in [
            "P@ssw0rd2026!",
            "pa55word!!",
            "passwordpassword",
            "Qwertyuiop1",
            "DragonMonkey77",
            "dragon.monkey.7",
            "aaaaaaaaaaaa",
            "abababababab",
            "abcdefghijkl",
            "zyxwvutsrqpo",
            "78901234567890",
            "hunter2hunter2hunter2",
            "ada-example-1",
            "adalovelace1815",
            "lovelace-lovelace",
            "ada.lovelace@example.com",
            "k3yst0w-p0rtal!",
            "Keystow2026",
            "KingLovelace",
        ] {
            assert!(is_guessable(password, &KNOWN), "{password}");
        }
    }

    #[test]
    fn what_nobody_would_try_first_is_taken_whatever_it_is_made_of() {
        for password in [
            "correct horse",
            "correct horse battery",
            "a quiet harbour in november",
            "blue dragon under silver snow",
            "tr0ub4dor&3x",
            "8305719264173",
            "Зимний вечер у моря",
            "مفتاح البيت القديم",
            "五月の海は静かだった",
            "🦀🔑🐝🌊🍉🎲🎻🧭🪁🧵",
            "max-8305719264173",
        ] {
            assert!(!is_guessable(password, &KNOWN), "{password}");
        }
    }

    #[test]
    fn names_too_short_to_be_words_forbid_nothing() {
        assert!(!is_guessable("ab tin roof rust", &["ab@x.yz", "Al", ""]));
    }
}
