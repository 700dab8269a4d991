//! What is understood, what is told, and that a printed search is the same search.

use proptest::prelude::*;

use super::*;

fn one(typed: &str) -> Test {
    let parsed = Parsed::of(typed);
    assert_eq!(parsed.faults, [], "{typed}");
    let [term] = parsed.terms.as_slice() else { panic!("{typed}: {:?}", parsed.terms) };
    assert!(!term.negated, "{typed}");
    term.test.clone()
}

#[test]
fn every_key_of_the_language_is_understood() {
    for (typed, test) in [
        ("env:live", Test::Environment("prod".into())),
        ("ENV:Prod", Test::Environment("prod".into())),
        ("status:act", Test::Status("act".into())),
        ("scope:\"two words\"", Test::Scope("two words".into())),
        ("owner:Ada", Test::Owner("ada".into())),
        ("app:billing", Test::App("billing".into())),
        ("account:acme", Test::Account("acme".into())),
        ("unused:90d", Test::Unused(90 * DAY)),
        ("unused:>12w", Test::Unused(84 * DAY)),
        ("unused:36h", Test::Unused(36 * HOUR)),
        ("never-used", Test::NeverUsed),
        ("expires:never", Test::Expires(Ends::Never)),
        ("expires:<14d", Test::Expires(Ends::Within(14 * DAY))),
        ("expires:2", Test::Expires(Ends::Within(2 * DAY))),
        ("expires:>=1y", Test::Expires(Ends::After(365 * DAY))),
        ("has:secret", Test::Has(Thing::Secret)),
        ("health:<60", Test::Health(Rank { least: 0, most: 59 })),
        ("health:>=80", Test::Health(Rank { least: 80, most: 100 })),
        ("health:fair", Test::Health(Rank { least: 50, most: 79 })),
        ("\"env:prod\"", Test::Phrase("env:prod".into())),
    ] {
        assert_eq!(one(typed), test, "{typed}");
    }
}

#[test]
fn a_hyphen_asks_for_the_opposite_and_so_does_no() {
    let negated = |typed: &str| Parsed::of(typed).terms.iter().map(|term| term.negated).collect::<Vec<_>>();
    assert_eq!(negated("-env:prod -word no:secret -no:secret has:secret"), [true, true, true, false, false]);
    let words = Parsed::of("a-b - c");
    assert_eq!((words.words, words.terms), (vec!["a-b".into(), "-".into(), "c".into()], vec![]));
}

#[test]
fn what_is_not_understood_is_told_and_asks_for_what_can_be_meant() {
    use FaultKind::{BadScore, BadStatus, BadThing, BadTime, NoValue, OpenQuote, UnknownKey};
    for (typed, kind) in [
        ("colour:red", UnknownKey),
        ("env:", NoValue),
        ("-status:", NoValue),
        ("status:happy", BadStatus),
        ("unused:soon", BadTime),
        ("unused:+5d", BadTime),
        ("expires:<999999999d", BadTime),
        ("has:wings", BadThing),
        ("health:101", BadScore),
        ("health:<0", BadScore),
        ("health:>100", BadScore),
        ("owner:\"ada", OpenQuote),
    ] {
        let faults = Parsed::of(typed).faults;
        assert_eq!(faults, [Fault { text: typed.into(), kind }], "{typed}");
    }
    assert_eq!(Parsed::of("ledger:write").words, ["ledger:write"], "it is looked for as text");
    assert_eq!(Parsed::of("env:").terms[0].test, Test::Begun("env".into()));
    assert_eq!(Parsed::of("unused:x").terms[0].test, Test::Wrong("unused:x".into()));
}

/// Texts that are made of what the language is made of.
fn typed() -> impl Strategy<Value = String> {
    let parts = proptest::sample::select(vec![
        "env:",
        "status:",
        "scope:",
        "owner:",
        "app:",
        "account:",
        "unused:",
        "expires:",
        "has:",
        "no:",
        "health:",
        "never-used",
        "-",
        "\"",
        " ",
        ":",
        "<",
        ">",
        "=",
        "14d",
        "90",
        "1y",
        "36h",
        "prod",
        "act",
        "secret",
        "fair",
        "never",
        "60",
        "100",
        "0",
        "مفتاح",
        "é",
        "\u{a0}",
        "x:y",
        "\t",
    ]);
    prop_oneof![proptest::collection::vec(parts, 0..14).prop_map(|parts| parts.concat()), ".{0,60}",]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_typed_is_a_search_and_what_it_prints_is_the_same_search(typed in typed()) {
        let parsed = Parsed::of(&typed);
        let again = Parsed::of(&parsed.to_string());
        prop_assert_eq!(&again.terms, &parsed.terms, "printed as {}", parsed);
        prop_assert_eq!(&again.words, &parsed.words, "printed as {}", parsed);
        prop_assert_eq!(again.to_string(), parsed.to_string());
    }
}
