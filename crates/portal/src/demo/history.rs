//! Ninety days of usage for a sample key: working days, nights, a bad afternoon, and noise.

use keystow_domain::Timestamp;

use super::{
    dice::Dice,
    keys::{Sample, State},
};
use crate::{
    keys::KeyRecord,
    meter::{HOUR, Tally},
    storage::HourRecord,
};

/// How far back the sample usage goes, in days.
const DAYS: i64 = 90;
/// How busy each hour of a day is, in hundredths of the busiest (UTC).
const DAY: [u64; 24] =
    [14, 10, 8, 7, 8, 12, 24, 46, 72, 88, 96, 100, 90, 92, 98, 96, 88, 76, 62, 52, 44, 36, 28, 20];
/// How busy each day of a week is, from Thursday, the weekday of 1970-01-01.
const WEEK: [u64; 7] = [100, 92, 38, 34, 96, 100, 98];

/// The hours in which the key was used.
pub(super) fn of(sample: &Sample, key: &KeyRecord, now: Timestamp) -> Vec<HourRecord> {
    let mut dice = Dice::of(sample.name);
    let this_hour = now.as_millis().div_euclid(HOUR);
    let first = (this_hour - DAYS * 24).max(key.created_at.as_millis().div_euclid(HOUR) + 1);
    let last = last_hour(sample, key, this_hour);
    let hours = (first..last).filter_map(|hour| {
        let calls = calls(sample, hour, &mut dice);
        (calls > 0).then(|| HourRecord {
            key: key.id.clone(),
            version: version(key, hour),
            hour,
            tally: tally(calls, this_hour - hour, &mut dice),
            last_used_at: Some(Timestamp::from_millis(
                hour * HOUR + 1_000 * i64::try_from(dice.below(3_500)).unwrap_or(0),
            )),
        })
    });
    hours.collect()
}

/// The first hour in which the key was no longer used.
fn last_hour(sample: &Sample, key: &KeyRecord, this_hour: i64) -> i64 {
    match sample.state {
        State::Expired(_) => key.expires_at.map_or(this_hour, |end| end.as_millis().div_euclid(HOUR)),
        State::Revoked => this_hour - 24 * 18,
        State::Suspended => this_hour - 24 * 3,
        _ => this_hour,
    }
}

fn version(key: &KeyRecord, hour: i64) -> u32 {
    let rotated = key.rotated_at.is_some_and(|at| hour * HOUR >= at.as_millis());
    if rotated || key.previous.is_empty() { key.current.version } else { key.current.version - 1 }
}

fn calls(sample: &Sample, hour: i64, dice: &mut Dice) -> u64 {
    let place = |value: i64, length: i64| usize::try_from(value.rem_euclid(length)).unwrap_or_default();
    let busy = DAY[place(hour, 24)] * WEEK[place(hour.div_euclid(24), 7)];
    let noise = 70 + dice.below(60);
    sample.rate * busy * noise / 1_000_000
}

/// What an hour with so many calls looks like; eleven days ago the servers had a bad afternoon.
fn tally(calls: u64, hours_ago: i64, dice: &mut Dice) -> Tally {
    let bad = (24 * 11..24 * 11 + 4).contains(&hours_ago);
    let share = |per_mille: u64, dice: &mut Dice| (calls * per_mille + dice.below(1_000)) / 1_000;
    let server_errors = share(if bad { 120 } else { 2 }, dice);
    let client_errors = share(18, dice);
    let throttled = if calls > 150 { share(25, dice) } else { 0 };
    let billable = calls.saturating_sub(server_errors + client_errors + throttled);
    let requests = billable + server_errors + client_errors + throttled;
    let usual = (if bad { 90_000 } else { 24_000 }) + dice.below(9_000);
    let mut tally = Tally { requests, client_errors, server_errors, throttled, billable, ..Tally::default() };
    let slow = requests / 50;
    let slower = requests / 6;
    for (micros, calls) in [(usual * 9, slow), (usual * 2, slower), (usual, requests - slow - slower)] {
        if calls > 0 {
            tally.histogram.count(micros, calls);
            tally.sum += micros * calls;
            tally.most = tally.most.max(micros);
        }
    }
    tally.least = usual / 3;
    tally
}
