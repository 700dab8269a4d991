//! The app is killed for real, again and again, and nothing is lost or done twice.
//!
//! A real process with a real keyring, a real database and a real portal process beyond a socket is
//! killed with SIGKILL at each step of its journal, at each turn of its calls on the wire, and at moments
//! that nobody chose. This program is all of those processes: a variable tells each which one it is.
//!
//! `KEYSTOW_CRASH_ROUNDS` sets how often each moment is died at, `KEYSTOW_CRASH_SEED` which the moments
//! are that nobody chose.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests fail by panicking, and these processes speak to each other on standard output"
)]

#[path = "crash_runs/app.rs"]
mod app;
#[path = "crash_runs/browser.rs"]
mod browser;
#[path = "crash_runs/desk.rs"]
mod desk;
#[path = "crash_runs/judge.rs"]
mod judge;
#[path = "crash_runs/network.rs"]
mod network;
#[path = "crash_runs/plan.rs"]
mod plan;
#[path = "crash_runs/session.rs"]
mod session;

use std::path::PathBuf;

use keystow_domain::Clock as _;
use keystow_engine::SystemClock;

use desk::{Desk, Portal};
use judge::Tally;
use plan::{Chance, Wish};

/// The variable that tells a process what it is.
const ROLE: &str = "KEYSTOW_CRASH_ROLE";
const TEST: &str = "a_kill_at_any_moment_loses_nothing_and_doubles_nothing";
/// How often each chosen moment is died at where the portal repeats its answers.
const ROUNDS: u64 = 4;
/// How many apps with a portal that repeats are killed at the same time.
const DESKS: usize = 3;
/// Fewer kills than this mean that something is not reached any more.
const LEAST_KILLS: u32 = 200;

#[test]
fn a_kill_at_any_moment_loses_nothing_and_doubles_nothing() {
    match std::env::var(ROLE).as_deref() {
        Ok("app") => return app::run(),
        Ok("auditor") => return app::audit(),
        Ok("portal") => return app::portal(),
        Ok(_) => {}
        Err(_) => return session::inside(TEST),
    }
    let began = SystemClock.elapsed();
    let rounds = number("KEYSTOW_CRASH_ROUNDS").unwrap_or(ROUNDS);
    let seed = number("KEYSTOW_CRASH_SEED").unwrap_or(0x9e37_79b9_7f4a_7c15);
    println!("{rounds} rounds, seed {seed}");
    let mut tally = Tally::default();
    // What waits for a minute to pass does so beside the others.
    std::thread::scope(|scope| {
        let patient = scope.spawn(|| of_unsent_calls("patient"));
        let plain = scope.spawn(|| at_moments("plain", Portal::Plain, plan::unrepeated(), seed));
        let dated = scope.spawn(|| at_moments("dated", Portal::Dated, plan::dated(), seed));
        let shares = (0..DESKS).map(|share| {
            let wishes = plan::repeated(rounds, share, DESKS);
            scope.spawn(move || {
                at_moments(&format!("desk {share}"), Portal::Repeats, wishes, seed ^ (1 + share as u64))
            })
        });
        for desk in shares.collect::<Vec<_>>().into_iter().chain([plain, dated, patient]) {
            tally.add(&desk.join().expect("the reason is above"));
        }
    });
    let took = (SystemClock.elapsed() - began).as_secs_f32();
    println!("{tally} in {took:.1} s");
    assert!(tally.problems.is_empty(), "{} problems:\n{}", tally.problems.len(), tally.problems.join("\n"));
    assert!(number("KEYSTOW_CRASH_ROUNDS").is_some() || tally.kills >= LEAST_KILLS, "{tally}");
    assert!(
        tally.with_deadline > 0 && tally.losses_told > tally.with_deadline,
        "where a portal repeats nothing, some secrets are lost and told: {tally}"
    );
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The folder that a process was given.
fn home() -> PathBuf {
    std::env::var_os("KEYSTOW_CRASH_HOME").unwrap().into()
}

/// Kills one app after the other in the midst of a wish. Each finds out what became of the last two: the
/// second look at each must show what the first did.
fn at_moments(name: &str, portal: Portal, wishes: Vec<Wish>, seed: u64) -> Tally {
    let (mut desk, mut tally, mut chance) = (Desk::set_up(name, portal), Tally::default(), Chance::of(seed));
    let mut open: Vec<(Wish, Vec<judge::Sight>)> = Vec::new();
    for wish in wishes.into_iter().map(Some).chain([None, None]) {
        let looks: Vec<String> = open.iter().flat_map(|(wish, _)| wish.looks()).collect();
        let said = match &wish {
            Some(wish) => desk.killed_in(&looks, wish, &mut chance),
            None => desk.lived(&looks),
        };
        tally.kills += u32::from(wish.is_some());
        let mut sights = said.sights();
        let mut still_open = Vec::new();
        for (earlier, first) in open {
            let seen: Vec<judge::Sight> = sights.by_ref().take(earlier.names().len()).collect();
            match first.is_empty() {
                true => {
                    judge::judge(&mut tally, &desk, &earlier, &seen);
                    still_open.push((earlier, seen));
                }
                false => judge::is_same(&mut tally, &earlier, &first, &seen),
            }
        }
        open = still_open;
        open.extend(wish.map(|wish| (wish, Vec::new())));
    }
    judge::audit(&mut tally, &mut desk);
    println!("{name}: {tally}\n{}", tally.problems.join("\n"));
    tally
}

/// Where the portal repeats nothing, a call that never reached it is found out by three reads over a
/// minute: all of them in the same one.
fn of_unsent_calls(name: &str) -> Tally {
    let (mut desk, mut tally, mut chance) =
        (Desk::set_up(name, Portal::Plain), Tally::default(), Chance::of(3));
    let wishes = plan::unsent();
    for wish in &wishes {
        desk.killed_in(&[], wish, &mut chance);
        tally.kills += 1;
    }
    let looks: Vec<String> = wishes.iter().flat_map(Wish::looks).collect();
    let said = desk.lived(&looks);
    let mut sights = said.sights();
    for wish in &wishes {
        let seen: Vec<judge::Sight> = sights.by_ref().take(wish.names().len()).collect();
        judge::judge(&mut tally, &desk, wish, &seen);
        judge::was_not_done(&mut tally, &desk, wish);
    }
    judge::audit(&mut tally, &mut desk);
    println!("{name}: {tally}\n{}", tally.problems.join("\n"));
    tally
}
