//! What is found, what is unknown, and that a score only falls.

use proptest::prelude::*;

use super::*;
use crate::{GraceEnd, KeyId, Reported};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn days(count: u64) -> Duration {
    Duration::from_secs(count * DAY)
}

fn ago(count: u64) -> Option<Timestamp> {
    Some(NOW.minus(days(count)))
}

/// A key with which nothing is wrong.
fn well() -> Key {
    Key {
        id: KeyId::new("key_1"),
        name: "checkout-payments-prod".into(),
        prefix: "kst_7Qm2".into(),
        suffix: None,
        reported: Reported::Active,
        scopes: vec!["read".into()],
        environment: Some(Environment::Production),
        owner: None,
        created_at: ago(30),
        last_used_at: ago(1),
        expires_at: Some(NOW.plus(days(60))),
        rotated_at: None,
        version: None,
        app: None,
        client: None,
        previous: Vec::new(),
    }
}

fn facts<'a>(key: &'a Key, state: &'a State) -> KeyFacts<'a> {
    KeyFacts {
        key,
        state,
        seen_at: Some(NOW),
        rotated_at: key.rotated_at,
        due: None,
        stowed: Some(true),
        can_expire: Some(true),
        places: &[],
    }
}

fn judged(key: &Key) -> Health {
    judge(&facts(key, &State::Active), &HealthRules::default(), NOW).unwrap()
}

#[test]
fn each_thing_that_is_wrong_is_found_and_nothing_else() {
    let soon = NOW.plus(days(3));
    for (key, found) in [
        (well(), vec![]),
        (Key { last_used_at: ago(90), ..well() }, vec![Finding::Unused { days: 90 }]),
        (Key { last_used_at: ago(89), ..well() }, vec![]),
        (Key { last_used_at: None, ..well() }, vec![Finding::NeverUsed { days: 30 }]),
        (Key { last_used_at: None, created_at: ago(6), ..well() }, vec![]),
        (Key { expires_at: None, ..well() }, vec![Finding::NeverExpires]),
        (Key { expires_at: Some(soon), ..well() }, vec![Finding::ExpiresSoon { at: soon }]),
        (
            Key { created_at: ago(100), ..well() },
            vec![Finding::Overdue { since: NOW.minus(days(10)), every: 90, scheduled: false }],
        ),
        (Key { created_at: ago(100), rotated_at: ago(89), ..well() }, vec![]),
        (
            Key { name: "checkout-payments-staging".into(), ..well() },
            vec![Finding::Shared { other: Environment::Staging, place: None }],
        ),
        (Key { name: "checkout-load-test-prod".into(), ..well() }, vec![]),
        (Key { name: "payments-prod".into(), ..well() }, vec![Finding::NoOwner]),
        (Key { name: "hackathon-2025".into(), ..well() }, vec![Finding::NoOwner]),
        (Key { name: "payments".into(), owner: Some("Payments team".into()), ..well() }, vec![]),
        (Key { name: "مفتاح-بوابة".into(), ..well() }, vec![]),
    ] {
        assert_eq!(judged(&key).findings, found, "{}", key.name);
    }
}

#[test]
fn what_is_unknown_is_said_and_costs_nothing() {
    let key = Key {
        created_at: None,
        last_used_at: None,
        expires_at: None,
        environment: None,
        scopes: vec!["read".into(), "write".into()],
        ..well()
    };
    let facts = KeyFacts { seen_at: None, stowed: None, can_expire: None, ..facts(&key, &State::Active) };
    let health = judge(&facts, &HealthRules::default(), NOW).unwrap();
    assert_eq!((health.findings.as_slice(), health.score()), (&[][..], 100));
    let untold =
        [HealthGap::LastUse, HealthGap::Expiry, HealthGap::Rotation, HealthGap::Secret, HealthGap::Scopes];
    assert_eq!(health.untold, untold);
}

#[test]
fn a_portal_that_knows_no_expiry_is_not_held_against_its_keys() {
    let key = Key { expires_at: None, ..well() };
    let facts = KeyFacts { can_expire: Some(false), ..facts(&key, &State::Active) };
    assert_eq!(judge(&facts, &HealthRules::default(), NOW), Some(Health::default()));
}

#[test]
fn quiet_is_counted_up_to_when_the_portal_last_told() {
    let key = Key { last_used_at: ago(120), ..well() };
    let stale = KeyFacts { seen_at: ago(100), ..facts(&key, &State::Active) };
    assert_eq!(judge(&stale, &HealthRules::default(), NOW), Some(Health::default()));
}

#[test]
fn a_schedule_says_when_a_rotation_is_due_and_one_under_way_is_not_overdue() {
    let key = Key { created_at: ago(100), ..well() };
    let (late, early) = (Some((NOW, 30)), Some((NOW.plus(days(1)), 365)));
    let rules = HealthRules::default();
    let due = |due, state: &State| judge(&KeyFacts { due, ..facts(&key, state) }, &rules, NOW).unwrap();
    assert_eq!(
        due(late, &State::Active).findings,
        [Finding::Overdue { since: NOW, every: 30, scheduled: true }]
    );
    assert!(due(early, &State::Active).findings.is_empty(), "the schedule outweighs what is usual");
    assert!(due(late, &State::Rotating(GraceEnd::Unknown)).findings.is_empty());
}

#[test]
fn a_place_tells_an_environment_by_its_file_and_not_by_folders_above() {
    let key = well();
    let found = |places: &[&str]| {
        let places: Vec<String> = places.iter().map(|place| (*place).to_owned()).collect();
        let facts = KeyFacts { places: &places, ..facts(&key, &State::Active) };
        judge(&facts, &HealthRules::default(), NOW).unwrap().findings
    };
    assert!(found(&["/home/ada/dev/shop/.env", "acme/shop", "~/code/test/production.env"]).is_empty());
    let shared = |place: &str| Finding::Shared { other: Environment::Staging, place: Some(place.into()) };
    for place in ["deploy/staging.env", "staging/.env", r"C:\shop\.env.staging", "the staging cluster"] {
        assert_eq!(found(&["production", place]), [shared(place)], "{place}");
    }
}

#[test]
fn what_does_not_live_is_not_judged() {
    let key = well();
    for state in [State::Expired, State::Revoked, State::Pending, State::Unknown("odd".into())] {
        assert_eq!(judge(&facts(&key, &state), &HealthRules::default(), NOW), None);
    }
    assert!(judge(&facts(&key, &State::Suspended), &HealthRules::default(), NOW).is_some());
}

#[test]
fn the_heaviest_comes_first_and_the_score_is_what_the_weights_leave() {
    let key =
        Key { name: "x".into(), last_used_at: ago(400), created_at: ago(500), expires_at: None, ..well() };
    let health =
        judge(&KeyFacts { stowed: Some(false), ..facts(&key, &State::Active) }, &HealthRules::default(), NOW)
            .unwrap();
    let kinds: Vec<_> = health.findings.iter().map(Finding::kind).collect();
    use FindingKind::{NeverExpires, NoOwner, NoSecret, Overdue, Unused};
    assert_eq!(kinds, [Unused, Overdue, NeverExpires, NoOwner, NoSecret]);
    assert_eq!(health.score(), 100 - 30 - 25 - 15 - 5 - 5);
    assert_eq!(Grade::of(health.score()), Grade::Poor);
    assert_eq!(
        [Grade::of(100), Grade::of(80), Grade::of(79), Grade::of(50)].map(Grade::word),
        ["good", "good", "fair", "fair"]
    );
}

#[test]
fn the_app_is_what_stands_between_owner_and_environment() {
    for (name, app) in [
        ("checkout-payments-prod", "payments"),
        ("checkout-payments-api-prod", "payments-api"),
        ("payments-prod", "payments"),
        ("payments", "payments"),
        ("prod", "prod"),
        ("", ""),
        ("a b", "b"),
        ("ada: search indexer (staging)", "search indexer"),
        ("مفتاح-بوابة-الدفع", "بوابة-الدفع"),
    ] {
        assert_eq!(app_of(name), app, "{name}");
    }
}

fn kinds() -> impl Strategy<Value = Vec<FindingKind>> {
    proptest::collection::vec(proptest::sample::select(FindingKind::ALL.to_vec()), 0..12)
}

proptest! {
    #[test]
    fn one_more_finding_never_raises_the_score(
        all in kinds(),
        more in proptest::sample::select(FindingKind::ALL.to_vec()),
    ) {
        let before = score(all.iter().copied());
        let after = score(all.iter().copied().chain([more]));
        prop_assert!(after <= before && before - after <= more.weight());
    }

    #[test]
    fn any_name_and_any_places_are_judged(name in ".*", owner in proptest::option::of(".*"), place in ".*") {
        let key = Key { name, owner, ..well() };
        let places = [place];
        let health = judge(
            &KeyFacts { places: &places, ..facts(&key, &State::Active) },
            &HealthRules::default(),
            NOW,
        )
        .unwrap();
        prop_assert_eq!(health.bits().count_ones() as usize, health.findings.len(), "no kind twice");
        prop_assert!(key.name.contains(app_of(&key.name)));
    }
}
