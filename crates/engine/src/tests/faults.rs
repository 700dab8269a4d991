//! Every call of every scenario fails once in every way, and then for a while; nothing may be lost.
//!
//! Nobody chooses where something goes wrong: call after call is made to fail until a run has no
//! such call any more.

mod cell;
mod cut;
mod life;
mod oracle;
mod parts;
mod plan;
mod scenario;
mod world;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use keystow_domain::Clock as _;

use life::Template;
use plan::{Kind, Plan};
use scenario::{ALL, Scenario};

/// A run with more calls than this does not end by itself.
const MOST_CALLS: usize = 400;
/// Fewer cells than this mean that something is not reached any more.
const LEAST_CELLS: usize = 2_000;

/// Lets one thing go wrong at call after call; the cells it made, and what was wrong in them.
fn exhaust(template: &Template, scenario: &Scenario, kind: Kind, sticky: bool) -> (usize, Vec<String>) {
    let mut problems = Vec::new();
    for nth in 0..MOST_CALLS {
        let cell = cell::run(template, scenario, Plan { kind, nth, sticky });
        problems.extend(cell.problems);
        if !cell.struck {
            return (nth, problems);
        }
    }
    problems.push(format!("{}, {kind:?}: the calls do not end", scenario.name));
    (MOST_CALLS, problems)
}

#[test]
fn nothing_is_lost_doubled_or_left_unsaid_whichever_call_fails() {
    let began = crate::SystemClock.elapsed();
    // One scenario alone, by its name, for whoever is at work on it.
    let only = std::env::var("KEYSTOW_FAULTS").ok();
    let all: Vec<&Scenario> =
        ALL.iter().filter(|one| only.as_ref().is_none_or(|only| one.name == only)).collect();
    let templates: Vec<Template> = all.iter().map(|one| Template::of(one)).collect();
    let work: Vec<(usize, Kind, bool)> = (0..all.len())
        .flat_map(|scenario| Kind::ALL.map(|kind| (scenario, kind)))
        .flat_map(|(scenario, kind)| [(scenario, kind, false), (scenario, kind, true)])
        // A process dies once, and a clock that was moved stays so by itself.
        .filter(|(_, kind, sticky)| !sticky || !(kind.is_death() || kind.is_time()))
        .collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(&(place, kind, sticky)) = work.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let (cells, problems) = exhaust(&templates[place], all[place], kind, sticky);
                    done.lock().unwrap().push((all[place].name, cells, problems));
                }
            });
        }
    });
    let (mut of_scenario, mut problems) = (BTreeMap::<_, usize>::new(), Vec::new());
    for (name, cells, found) in done.into_inner().unwrap() {
        *of_scenario.entry(name).or_default() += cells;
        problems.extend(found);
    }
    for (name, cells) in &of_scenario {
        println!("{cells:>6} cells: {name}");
    }
    let cells: usize = of_scenario.values().sum();
    println!("{cells:>6} cells in {:.1} s", (crate::SystemClock.elapsed() - began).as_secs_f32());
    problems.sort();
    let shown = problems.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(problems.is_empty(), "{} problems:\n{shown}", problems.len());
    assert!(only.is_some() || cells >= LEAST_CELLS, "only {cells} cells were reached");
}
