//! Every order in which two computers, a portal and a bad network can meet, tried out.
//!
//! The model sends, loses, delays, crashes and repeats; what a computer makes of an open intent is
//! decided by the very function the app runs. Taking one rule away must bring a counterexample.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they saw"
)]

#[path = "model/circles.rs"]
mod circles;
#[path = "model/desk.rs"]
mod desk;
#[path = "model/world.rs"]
mod world;

use stateright::{Checker, HasDiscoveries, Model};

use world::{Course, Kind, Rule};

/// What must hold in every world that can be reached.
const CLAIMS: [&str; 4] =
    [world::ONCE, world::GIVEN_UP_DID_NOT_HAPPEN, world::NO_SILENT_LOSS, world::ENDS_SETTLED];

/// Tries everything; gives the number of states.
fn check(course: &Course) -> usize {
    let checker =
        course.clone().checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    for claim in CLAIMS {
        if let Some(path) = checker.discovery(claim) {
            panic!("{course:?} breaks “{claim}”:\n{:?}", path.into_actions());
        }
    }
    checker.unique_state_count()
}

/// Whether a claim does not hold with a rule taken away.
fn breaks(kind: Kind, without: Rule, claim: &'static str) -> bool {
    let course = Course { without: Some(without), ..Course::of(kind) };
    let found = HasDiscoveries::AnyOf([claim].into());
    let checker = course.checker().threads(2).finish_when(found).spawn_bfs().join();
    let path = checker.discovery(claim).map(|path| path.into_actions());
    println!("{kind:?} without {without:?}: {path:?}");
    path.is_some()
}

#[test]
fn nothing_is_lost_in_silence_or_done_twice_whatever_the_portal_can() {
    let mut all = 0;
    for course in Course::all() {
        let states = check(&course);
        println!("{course:?}: {states} states");
        all += states;
    }
    println!("{all} states in all");
    assert!(all > 100_000, "the model has become too small to say much: {all} states");
}

#[test]
fn no_path_goes_in_circles_so_every_path_ends() {
    for kind in Kind::ALL {
        assert!(!circles::exist(&Course { clicks: [1, 1], refusals: 0, ..Course::of(kind) }), "{kind:?}");
    }
}

#[test]
fn a_loss_can_happen_where_the_portal_repeats_nothing_and_only_there() {
    for kind in Kind::ALL {
        let calm = Course { window_closes: false, refusals: 0, ..Course::of(kind) };
        let told = HasDiscoveries::AnyOf([world::LOSS_TOLD].into());
        let lost = calm.checker().threads(2).finish_when(told).spawn_bfs().join().discovery(world::LOSS_TOLD);
        assert_eq!(lost.is_some(), kind != Kind::Repeats, "{kind:?}");
    }
}

#[test]
fn a_retry_without_a_look_rotates_twice() {
    for kind in [Kind::Bare, Kind::SideBySide] {
        assert!(breaks(kind, Rule::LookBeforeRetry, world::ONCE));
    }
}

#[test]
fn two_clicks_without_the_unique_index_rotate_twice() {
    for kind in Kind::ALL {
        assert!(breaks(kind, Rule::UniqueIndex, world::ONCE));
    }
}

#[test]
fn a_call_without_an_intent_loses_in_silence() {
    for kind in Kind::ALL {
        assert!(breaks(kind, Rule::IntentFirst, world::NO_SILENT_LOSS));
    }
}

#[test]
fn a_journal_closed_before_the_secret_is_stowed_loses_in_silence() {
    for kind in Kind::ALL {
        assert!(breaks(kind, Rule::StowBeforeClose, world::NO_SILENT_LOSS));
    }
}

#[test]
fn one_quiet_read_is_too_few() {
    for kind in [Kind::Bare, Kind::SideBySide] {
        assert!(breaks(kind, Rule::ThreeReadsOverAMinute, world::GIVEN_UP_DID_NOT_HAPPEN));
    }
}

#[test]
fn a_repeat_after_the_portal_forgot_is_a_second_rotation() {
    assert!(breaks(Kind::Repeats, Rule::ReplayInsideItsWindow, world::ONCE));
}
