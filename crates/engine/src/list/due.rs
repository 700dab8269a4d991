//! What of a list is due: what ends, what should be rotated, and what nobody uses.

use std::collections::HashMap;
use std::time::Duration;

use keystow_domain::{
    Covers, GraceEnd, Key, KeyId, Reported, State, Step, Timestamp, due_at, expiry_steps, governing,
    grace_steps,
};

use super::{Due, DueKey, Listing, UNUSED};
use crate::search::{Scene, Search, Seen};
use crate::store::Schedule;

/// Where nobody knows when a grace began, its last hour is what is counted down.
const UNKNOWN_GRACE: Duration = Duration::from_secs(3600);
/// A little more than the first step of the ladder: what ends later has no step yet.
const LADDER: Duration = Duration::from_secs(15 * 86_400);

/// What a reminder is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Matter {
    /// An old secret ends.
    Grace,
    /// A key expires.
    Expiry,
    /// A rotation is due by its schedule.
    Due,
}

impl Matter {
    /// Its name on disk.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Grace => "grace",
            Self::Expiry => "expiry",
            Self::Due => "due",
        }
    }
}

/// Something that ends, with the steps at which it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) key: KeyId,
    pub(crate) name: String,
    pub(crate) matter: Matter,
    /// The instant to act before.
    pub(crate) deadline: Timestamp,
    /// When it is certainly over, to the second: what names this end on disk.
    pub(crate) ends_at: Timestamp,
    pub(crate) steps: Vec<(Step, Timestamp)>,
}

impl Subject {
    /// The last step that has come, and those before it.
    pub(crate) fn passed(&self, now: Timestamp) -> Option<(Step, &[(Step, Timestamp)])> {
        let count = self.steps.iter().take_while(|(_, at)| *at <= now).count();
        let (last, before) = self.steps.get(..count)?.split_last()?;
        Some((last.0, before))
    }

    /// When its next step comes.
    pub(crate) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.steps.iter().map(|(_, at)| *at).find(|at| *at > now)
    }
}

/// The schedule that holds for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Governed {
    pub(crate) schedule: String,
    pub(crate) days: u32,
    pub(crate) added_at: Timestamp,
}

/// Finds the schedule that holds for each key, if any does.
pub(crate) fn govern(
    keys: &[Key],
    states: &[State],
    schedules: &[Schedule],
    (seen_at, now): (Option<Timestamp>, Timestamp),
) -> HashMap<KeyId, Governed> {
    let own: HashMap<&KeyId, &Schedule> = schedules
        .iter()
        .filter_map(|schedule| match &schedule.covers {
            Covers::Key(key) => Some((key, schedule)),
            Covers::Rule(_) => None,
        })
        .collect();
    let mut ruled: HashMap<u32, Vec<&Schedule>> = HashMap::new();
    for schedule in schedules {
        let Covers::Rule(rule) = &schedule.covers else { continue };
        for place in found(keys, states, rule, &Scene::bare(now, seen_at)) {
            ruled.entry(place).or_default().push(schedule);
        }
    }
    let holds = keys.iter().zip(0..).filter_map(|(key, place)| {
        let own = own.get(&key.id).map(|schedule| (*schedule, schedule.days));
        let rules = ruled.get(&place).into_iter().flatten().map(|schedule| (*schedule, schedule.days));
        let (schedule, days) = governing(own, rules)?;
        let governed = Governed { schedule: schedule.id.clone(), days, added_at: schedule.added_at };
        Some((key.id.clone(), governed))
    });
    holds.collect()
}

/// The places of the keys that a rule finds.
fn found(keys: &[Key], states: &[State], rule: &str, scene: &Scene<'_>) -> Vec<u32> {
    let search = Search::parse(rule);
    // A rule that was kept when its words were looked for as text may mean something else by now. It is asked
    // what a new one is asked.
    if !search.is_of_keys_alone() {
        return Vec::new();
    }
    let admitted = keys
        .iter()
        .zip(states)
        .zip(0..)
        .filter(|((key, state), place)| search.admits(Seen { key, state, place: *place }, scene));
    let admitted = admitted.map(|(_, place)| place);
    if search.ranks() { search.rank(keys, admitted) } else { admitted.collect() }
}

impl Listing {
    /// When the rotation of a living key is due by its schedule.
    pub(crate) fn due_at(&self, key: &Key) -> Option<Timestamp> {
        let governed = self.governed.get(&key.id)?;
        let living = matches!(key.reported, Reported::Active | Reported::Suspended | Reported::Pending);
        let rotated_at = key.rotated_at.max(self.graces.get(&key.id).map(|grace| grace.rotated_at));
        let since = rotated_at.max(key.created_at).or(Some(governed.added_at));
        living.then(|| due_at(since, None, governed.days)).flatten()
    }

    /// Whether a matter of a key was put off.
    pub(crate) fn is_snoozed(&self, key: &KeyId, matter: Matter, now: Timestamp) -> bool {
        self.snoozed
            .get(key)
            .is_some_and(|all| all.iter().any(|(what, until)| what == matter.word() && *until > now))
    }

    /// What is due, for the strip over the list.
    #[cfg(test)]
    fn due(&self, states: &[State], now: Timestamp) -> Due {
        let mut due = Due::default();
        let all = self.keys.iter().zip(states).filter(|(key, _)| !self.is_behind(&key.id, now));
        all.for_each(|(key, state)| self.add_due(&mut due, key, state, now));
        due
    }

    /// Adds what is due of one key.
    pub(super) fn add_due(&self, due: &mut Due, key: &Key, state: &State, now: Timestamp) {
        match state {
            State::Rotating(end) => {
                let begun = self.course(&key.id).and_then(|course| course.rotated_at);
                let known = || self.graces.get(&key.id).map(|grace| grace.rotated_at);
                let from = begun.or(key.rotated_at).or_else(known);
                note(&mut due.rotating, key, end.deadline(), from);
            }
            State::ExpiringSoon(at) if !self.is_snoozed(&key.id, Matter::Expiry, now) => {
                note(&mut due.expiring, key, Some(*at), None);
            }
            State::Active if is_unused(key, self.freshness.read_at) => due.unused += 1,
            _ => {}
        }
        let overdue = self.due_at(key).filter(|at| *at <= now && !matches!(state, State::Rotating(_)));
        if let Some(at) = overdue.filter(|_| !self.is_snoozed(&key.id, Matter::Due, now)) {
            note(&mut due.overdue, key, Some(at), None);
        }
    }

    /// What ends, unless it ended before `since` or is far away.
    pub(crate) fn subjects(&self, since: Timestamp, now: Timestamp) -> Vec<Subject> {
        let mut all = Vec::new();
        for key in self.keys.iter() {
            if key.reported == Reported::Active {
                self.graces_of(key, &mut all);
                self.due_of(key, now, &mut all);
            }
            if matches!(key.reported, Reported::Active | Reported::Expired) {
                self.expiry_of(key, now, &mut all);
            }
        }
        all.retain(|subject| subject.ends_at > since);
        all
    }

    fn graces_of(&self, key: &Key, all: &mut Vec<Subject>) {
        let grace = self.graces.get(&key.id);
        let from = key.rotated_at.or(grace.map(|grace| grace.rotated_at));
        let mut add = |end: GraceEnd| {
            let Some(deadline) = end.deadline() else { return };
            let steps = grace_steps(from.unwrap_or(deadline.minus(UNKNOWN_GRACE)), end);
            all.extend(subject(key, Matter::Grace, deadline, steps));
        };
        if key.previous.is_empty() {
            if let Some(grace) = grace {
                add(grace.end);
            }
        } else {
            key.previous.iter().filter_map(|old| old.expires_at).for_each(|at| add(GraceEnd::At(at)));
        }
    }

    fn expiry_of(&self, key: &Key, now: Timestamp, all: &mut Vec<Subject>) {
        let Some(end) = key.expires_at.filter(|end| *end <= now.plus(LADDER)) else { return };
        if self.is_snoozed(&key.id, Matter::Expiry, now) {
            return;
        }
        let made = key.created_at.unwrap_or(end.minus(LADDER));
        all.extend(subject(key, Matter::Expiry, end, expiry_steps(made, end)));
    }

    fn due_of(&self, key: &Key, now: Timestamp, all: &mut Vec<Subject>) {
        let Some(at) = self.due_at(key).filter(|at| *at <= now.plus(LADDER)) else { return };
        // What was due when the schedule was made is on the screen of the person who made it.
        let new = self.governed.get(&key.id).is_some_and(|governed| at > governed.added_at);
        let new = new && !self.is_behind(&key.id, now);
        if new && !self.is_snoozed(&key.id, Matter::Due, now) {
            all.extend(subject(key, Matter::Due, at, vec![(Step::End, at)]));
        }
    }
}

fn subject(key: &Key, matter: Matter, deadline: Timestamp, steps: Vec<(Step, Timestamp)>) -> Option<Subject> {
    let (_, last) = steps.last()?;
    let ends_at = Timestamp::from_secs(last.as_secs());
    Some(Subject { key: key.id.clone(), name: key.name.clone(), matter, deadline, ends_at, steps })
}

fn note(cell: &mut Option<DueKey>, key: &Key, at: Option<Timestamp>, from: Option<Timestamp>) {
    let count = cell.as_ref().map_or(0, |due| due.count) + 1;
    let sooner = match cell.as_ref().and_then(|due| due.at) {
        Some(first) => at.is_some_and(|at| at < first),
        None => cell.is_none() || at.is_some(),
    };
    if sooner {
        *cell = Some(DueKey { id: key.id.clone(), name: key.name.clone(), at, from, count });
    } else if let Some(due) = cell {
        due.count = count;
    }
}

/// Whether the portal last told, at `seen_at`, that a key was not used for long.
fn is_unused(key: &Key, seen_at: Option<Timestamp>) -> bool {
    let since = key.last_used_at.or(key.created_at);
    since.zip(seen_at).is_some_and(|(since, seen)| seen.since(since) > UNUSED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::tests::key;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    fn schedule(id: &str, covers: Covers, days: u32) -> Schedule {
        Schedule { id: id.into(), covers, days, added_at: NOW }
    }

    #[test]
    fn a_keys_own_schedule_holds_before_a_rule_and_the_shortest_rule_before_others() {
        let keys = [key("billing-a"), key("billing-b"), key("search")];
        let states = vec![State::Active; 3];
        let all = [
            schedule("own", Covers::Key(keys[0].id.clone()), 365),
            schedule("long", Covers::Rule("billing".into()), 90),
            schedule("short", Covers::Rule("status:active billing".into()), 30),
        ];
        let holds = govern(&keys, &states, &all, (Some(NOW), NOW));
        assert_eq!(holds[&keys[0].id].schedule, "own");
        assert_eq!(holds[&keys[1].id].schedule, "short");
        assert!(!holds.contains_key(&keys[2].id));
    }

    #[test]
    fn a_due_key_is_in_the_strip_until_it_is_put_off() {
        let mut listing = Listing::default();
        let (mut old, mut older) = (key("old"), key("older"));
        old.created_at = Some(NOW.minus(100 * DAY));
        older.created_at = Some(NOW.minus(200 * DAY));
        let keys = vec![old, older, key("new")];
        let rule = [schedule("all", Covers::Rule("status:act".into()), 90)];
        listing.governed =
            govern(&keys, &[State::Active, State::Active, State::Active], &rule, (Some(NOW), NOW));
        listing.replace(std::sync::Arc::new(keys.clone()));
        let states = vec![State::Active; 3];
        let due = listing.due(&states, NOW).overdue.unwrap();
        assert_eq!((due.name.as_str(), due.count), ("older", 2));
        listing.snoozed.insert(keys[1].id.clone(), vec![("due".into(), NOW.plus(DAY))]);
        let due = listing.due(&states, NOW).overdue.unwrap();
        assert_eq!((due.name.as_str(), due.count), ("old", 1));
        assert_eq!(listing.due(&states, NOW.plus(2 * DAY)).overdue.unwrap().count, 2);
    }

    #[test]
    fn a_kept_rule_that_the_keys_alone_do_not_answer_finds_nothing() {
        let keys = [key("billing"), key("search")];
        let states = vec![State::Active; 2];
        for rule in ["no:schedule", "-health:<60 -has:schedule", "-account:other"] {
            let all = [schedule("kept", Covers::Rule(rule.into()), 30)];
            assert_eq!(govern(&keys, &states, &all, (Some(NOW), NOW)).len(), 0, "{rule}");
        }
    }

    #[test]
    fn a_key_is_unused_by_what_the_portal_told_and_not_because_nobody_asked_it() {
        let mut listing = Listing::default();
        let quiet = Key { last_used_at: Some(NOW.minus(80 * DAY)), ..key("quiet") };
        listing.replace(std::sync::Arc::new(vec![quiet]));
        let later = NOW.plus(20 * DAY);
        for (seen_at, unused) in [(Some(NOW), 0), (None, 0), (Some(later), 1)] {
            listing.freshness.read_at = seen_at;
            assert_eq!(listing.due(&[State::Active], later).unused, unused, "{seen_at:?}");
        }
    }
}
