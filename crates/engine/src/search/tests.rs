//! What is found, and what is not.

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::list::tests::key;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const DAY: Duration = Duration::from_secs(86_400);

fn found_in(keys: &[Key], typed: &str, scene: &Scene<'_>) -> Vec<u32> {
    let search = Search::parse(typed);
    let admitted = (0..).zip(keys).filter(|(place, key)| {
        search.admits(Seen { key, state: &key.state(None, NOW), place: *place }, scene)
    });
    let admitted = admitted.map(|(at, _)| at);
    if search.ranks() { search.rank(keys, admitted) } else { admitted.collect() }
}

fn found(keys: &[Key], typed: &str) -> Vec<u32> {
    found_in(keys, typed, &Scene::bare(NOW, Some(NOW)))
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
    for typed in ["ledger", "finance", "scope:ledger", "owner:Fin", "\"Ledger:W\"", "-two", "-scope:read"] {
        assert_eq!(found(&keys, typed), [1], "{typed}");
    }
}

#[test]
fn terms_are_all_applied_and_go_with_words() {
    let mut keys = [key("billing-a"), key("billing-b"), key("search-b")];
    for key in &mut keys[1..] {
        key.environment = Some(Environment::Production);
    }
    keys[2].last_used_at = Some(NOW.minus(91 * DAY));
    assert_eq!(found(&keys, "env:live"), [1, 2]);
    assert_eq!(found(&keys, "-env:live"), [0]);
    assert_eq!(found(&keys, "env:prod billing"), [1]);
    assert_eq!(found(&keys, "env:prod unused:90d status:act"), [2]);
    assert_eq!(found(&keys, "-never-used"), [2]);
    assert_eq!(found(&keys, "app:b never-used"), [1]);
    assert!(found(&keys, "status:revoked").is_empty());
}

#[test]
fn a_term_that_is_not_finished_asks_nothing_and_one_that_is_wrong_finds_nothing() {
    let keys = [key("one"), key("two")];
    assert_eq!(found(&keys, "env: one"), [0]);
    for typed in ["unused:soon", "-unused:soon", "status:happy", "health:-1"] {
        assert!(found(&keys, typed).is_empty(), "{typed}");
        assert_eq!(Search::parse(typed).faults().len(), 1, "{typed}");
    }
}

#[test]
fn what_is_no_term_is_a_word_and_is_told() {
    let mut scoped = key("one");
    scoped.scopes = vec!["ledger:write".into()];
    assert_eq!(found(&[key("two"), scoped], "ledger:write"), [1]);
    assert_eq!(Search::parse("ledger:write").faults()[0].kind, FaultKind::UnknownKey);
}

#[test]
fn ends_are_found_by_how_far_they_are_and_what_ended_ends_no_more() {
    let mut keys = [key("soon"), key("late"), key("never"), key("over")];
    keys[0].expires_at = Some(NOW.plus(3 * DAY));
    keys[1].expires_at = Some(NOW.plus(300 * DAY));
    keys[3].expires_at = Some(NOW.minus(DAY));
    assert_eq!(found(&keys, "expires:<14d"), [0]);
    assert_eq!(found(&keys, "expires:>14d"), [1]);
    assert_eq!(found(&keys, "expires:never"), [2]);
    assert_eq!(found(&keys, "no:expiry"), [2]);
}

#[test]
fn what_is_beside_the_keys_is_asked_of_the_scene() {
    let keys = [key("one"), key("two"), key("three")];
    let marks = [Some(Mark { bits: 1, score: 40 }), Some(Mark { bits: 0, score: 100 }), None];
    let stowed = |key: &Key| Some(key.name == "one");
    let scene =
        Scene { account: "Acme Nadia", stowed: &stowed, marks: &marks, ..Scene::bare(NOW, Some(NOW)) };
    assert_eq!(found_in(&keys, "has:secret", &scene), [0]);
    assert_eq!(found_in(&keys, "no:secret", &scene), [1, 2]);
    assert_eq!(found_in(&keys, "health:<60", &scene), [0]);
    assert_eq!(found_in(&keys, "-health:<60", &scene), [1], "a key that is not judged has no score");
    assert_eq!(found_in(&keys, "account:nadia", &scene).len(), 3);
    assert!(found_in(&keys, "account:other", &scene).is_empty());
}

#[test]
fn a_rule_of_a_schedule_is_answered_by_the_keys_alone() {
    for rule in ["env:prod", "billing -status:revoked", "ledger:write", "has:owner"] {
        assert!(Search::parse(rule).is_of_keys_alone(), "{rule}");
    }
    for rule in ["has:secret", "health:<60", "account:x", "unused:soon", "env:", "no:schedule"] {
        assert!(!Search::parse(rule).is_of_keys_alone(), "{rule}");
    }
}

#[test]
fn only_what_the_terms_leave_is_matched_loosely_and_each_key_is_asked_once() {
    let keys: Vec<Key> = (0..100_000)
        .map(|n| Key {
            environment: Some(if n % 100 == 0 { Environment::Production } else { Environment::Test }),
            ..key(&format!("team-service-{n}"))
        })
        .collect();
    let (asked, ranked) = (Cell::new(0_u32), Cell::new(0_u32));
    let count = |_: &Key| {
        asked.set(asked.get() + 1);
        Some(true)
    };
    let scene = Scene { stowed: &count, ..Scene::bare(NOW, Some(NOW)) };
    let search = Search::parse("env:prod has:secret service");
    let state = State::Active;
    let admitted = (0..)
        .zip(&keys)
        .filter(|(place, key)| search.admits(Seen { key, state: &state, place: *place }, &scene));
    let found =
        search.rank(&keys, admitted.map(|(place, _)| place).inspect(|_| ranked.set(ranked.get() + 1)));
    assert_eq!((asked.get(), ranked.get(), found.len()), (1000, 1000, 1000));
}

#[test]
fn quiet_is_counted_up_to_when_the_portal_last_told() {
    let quiet = [Key { last_used_at: Some(NOW.minus(80 * DAY)), ..key("quiet") }];
    let later = NOW.plus(20 * DAY);
    for (seen_at, found) in [(Some(NOW), vec![]), (Some(later), vec![0]), (None, vec![])] {
        assert_eq!(found_in(&quiet, "unused:90d", &Scene::bare(later, seen_at)), found, "{seen_at:?}");
    }
    assert!(found_in(&quiet, "-unused:90d", &Scene::bare(later, None)).is_empty(), "it cannot be told");
}

#[test]
fn no_secret_is_missed_while_nobody_knows_what_is_here() {
    let keys = [key("one")];
    assert!(found(&keys, "no:secret").is_empty() && found(&keys, "has:secret").is_empty());
}
