//! Two keys, one card: while one key takes the place of another, they are one row with two lanes.
//!
//! The old key lives until it is revoked or expires by itself; no other end is ever shown for it.

use keystow_domain::{Course, GraceEnd, Key, KeyId, State, Timestamp};

use super::{Listing, OldSecret};

impl Listing {
    /// The keys whose secret is being replaced.
    pub(crate) fn keys_in_rotation(&self) -> Vec<KeyId> {
        self.courses.keys().cloned().collect()
    }

    /// Takes the open courses over.
    pub(crate) fn set_courses(&mut self, all: Vec<Course>) {
        self.courses = all.into_iter().map(|course| (course.key.clone(), course)).collect();
        self.heirs.clear();
        self.health.forget();
        let heir = |course: &Course| course.successor.clone().map(|heir| (heir, course.key.clone()));
        self.heirs.extend(self.courses.values().filter_map(heir));
    }

    /// Takes one open course over.
    pub(crate) fn put_course(&mut self, course: Course) {
        let key = course.key.clone();
        self.judge_again(&key);
        if let Some(successor) = &course.successor {
            self.heirs.insert(successor.clone(), key.clone());
        }
        self.courses.insert(key.clone(), course);
        self.judge_again(&key);
    }

    /// Forgets the open course of a key.
    pub(crate) fn drop_course(&mut self, key: &KeyId) {
        self.judge_again(key);
        if let Some(successor) = self.courses.remove(key).and_then(|course| course.successor) {
            self.heirs.remove(&successor);
        }
    }

    /// A key is judged again, and so are those that are one row with it: what one is says what the others are.
    pub(crate) fn judge_again(&mut self, key: &KeyId) {
        let heir = self.courses.get(key).and_then(|course| course.successor.as_ref());
        for id in [Some(key), heir, self.heirs.get(key)].into_iter().flatten() {
            if let Some(&place) = self.places.get(id) {
                self.health.changed(place);
            }
        }
    }

    /// Whether a row is two keys, so that somebody has to say which of them is meant.
    pub(crate) fn is_two_keys(&self, key: &KeyId, now: Timestamp) -> bool {
        let heir = |key| self.key(key).is_some_and(|key| self.predecessor(key, now).is_some());
        heir(key) || self.is_behind(key, now)
    }

    /// The open course of a key, or the one that led to it.
    pub(crate) fn course(&self, key: &KeyId) -> Option<&Course> {
        self.courses.get(key).or_else(|| self.courses.get(self.heirs.get(key)?))
    }

    /// The key whose place this one takes, while both live.
    pub(super) fn predecessor(&self, heir: &Key, now: Timestamp) -> Option<(&Key, &Course)> {
        let course = self.courses.get(self.heirs.get(&heir.id)?)?;
        let old = self.key(&course.key)?;
        (heir.is_copyable(now) && old.is_copyable(now)).then_some((old, course))
    }

    /// Whether a key is part of another one's row: of the one that takes its place and lives.
    pub(crate) fn is_behind(&self, key: &KeyId, now: Timestamp) -> bool {
        let heir = self.courses.get(key).and_then(|course| self.key(course.successor.as_ref()?));
        heir.is_some_and(|heir| heir.is_copyable(now))
    }

    /// The keys that rotate. Those that have no sign of it are not looked at twice.
    pub(crate) fn rotating(&self, now: Timestamp) -> impl Iterator<Item = KeyId> {
        let signs = |key: &&Key| {
            !key.previous.is_empty() || self.graces.contains_key(&key.id) || self.heirs.contains_key(&key.id)
        };
        let rotates = move |key: &&Key| matches!(self.state_of(key, now), State::Rotating(_));
        self.keys.iter().filter(signs).filter(rotates).map(|key| key.id.clone())
    }

    /// What a key is now, the key whose place it takes included.
    pub(crate) fn state_of(&self, key: &Key, now: Timestamp) -> State {
        let own = key.state(self.graces.get(&key.id), now);
        let Some((old, _)) = self.predecessor(key, now) else { return own };
        match own {
            State::Active | State::ExpiringSoon(_) => State::Rotating(end_of(old)),
            State::Rotating(end) => State::Rotating(end.later(end_of(old))),
            other => other,
        }
    }

    /// The secret of the key whose place this one takes, as the old secret of the one row.
    pub(super) fn old_key(&self, key: &Key, now: Timestamp) -> Option<OldSecret> {
        let (old, course) = self.predecessor(key, now)?;
        Some(OldSecret {
            prefix: old.prefix.clone(),
            suffix: old.suffix.clone(),
            end: end_of(old),
            from: course.rotated_at,
            last_used_at: old.last_used_at,
            stowed: self.current_secret(old).is_some(),
            of: Some((old.id.clone(), old.name.clone())),
        })
    }
}

/// When a key ends by itself, as far as its portal tells.
fn end_of(old: &Key) -> GraceEnd {
    old.expires_at.map_or(GraceEnd::Unknown, GraceEnd::At)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use keystow_domain::{AccountId, CourseId, HealthRules, Reason, Reported, Way};

    use super::*;
    use crate::list::health::Basis;
    use crate::list::tests::{key, query, stowed};
    use crate::list::{Page, Query};

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const BASIS: Basis = Basis {
        rules: HealthRules { unused_days: 90, rotate_days: 90, settling_days: 7 },
        can_expire: Some(true),
    };

    fn course(old: &Key, successor: Option<&Key>) -> Course {
        Course {
            id: CourseId::new("c1"),
            account: AccountId::new("acc"),
            key: old.id.clone(),
            name: old.name.clone(),
            reason: Reason::Planned,
            way: Way::SideBySide,
            longest_job: None,
            opened_at: NOW,
            old: old.mask(),
            rotated_at: successor.map(|_| NOW),
            successor: successor.map(|key| key.id.clone()),
            ended_at: None,
        }
    }

    fn page(keys: Vec<Key>, course: Course, search: &str) -> Page {
        let mut listing = Listing::default();
        listing.replace(Arc::new(keys));
        listing.set_courses(vec![course]);
        listing.page(&Query { search: search.into(), ..query() }, NOW)
    }

    #[test]
    fn a_key_and_its_successor_are_one_row_with_two_lanes() {
        let (old, new) = (key("billing"), key("billing-2"));
        let page = page(vec![new.clone(), old.clone(), key("z")], course(&old, Some(&new)), "");
        assert_eq!((page.rows.len(), page.total, page.matches), (2, 2, 2));
        let row = &page.rows[0];
        assert_eq!((&row.key.id, &row.state), (&new.id, &State::Rotating(GraceEnd::Unknown)));
        assert_eq!(row.old[0].of, Some((old.id.clone(), old.name.clone())));
        assert_eq!((row.old[0].prefix.as_str(), row.old[0].end), ("kst_billing", GraceEnd::Unknown));
        assert!(row.open_rotation && !page.rows[1].open_rotation);
        assert_eq!((page.tall, page.due.rotating.unwrap().at), (vec![0], None), "no end is invented");
    }

    #[test]
    fn only_its_own_expiry_ends_the_old_key_by_itself() {
        let end = NOW.plus(Duration::from_secs(3600));
        let (old, new) = (Key { expires_at: Some(end), ..key("billing") }, key("billing-2"));
        let page = page(vec![new.clone(), old.clone()], course(&old, Some(&new)), "status:rotating");
        assert_eq!(page.rows[0].state, State::Rotating(GraceEnd::At(end)));
        assert!(page.due.expiring.is_none(), "it is shown as rotating, once");
    }

    #[test]
    fn the_old_key_is_not_found_by_a_search_while_it_is_part_of_another_row() {
        let (old, new) = (key("aaaa"), key("zzzz"));
        assert_eq!(page(vec![new.clone(), old.clone()], course(&old, Some(&new)), "aaaa").matches, 0);
    }

    #[test]
    fn a_successor_that_died_or_is_not_listed_hides_nothing() {
        let (old, new) = (key("billing"), Key { reported: Reported::Revoked, ..key("billing-2") });
        let both = page(vec![new.clone(), old.clone()], course(&old, Some(&new)), "");
        assert_eq!((both.total, both.rows.iter().all(|row| row.old.is_empty())), (2, true));
        let one = page(vec![old.clone()], course(&old, Some(&new)), "");
        assert_eq!((one.total, one.rows[0].state.clone()), (1, State::Active));
    }

    #[test]
    fn a_revoked_old_key_leaves_a_row_with_one_lane() {
        let (old, new) = (Key { reported: Reported::Revoked, ..key("billing") }, key("billing-2"));
        let page = page(vec![new.clone(), old.clone()], course(&old, Some(&new)), "");
        assert_eq!((page.total, page.rows[0].state.clone()), (1, State::Active));
        assert!(page.rows[0].old.is_empty() && page.rows[0].open_rotation);
    }

    #[test]
    fn a_step_of_a_rotation_judges_its_own_keys_again_and_no_others() {
        let mut listing = Listing::default();
        listing.replace(Arc::new((0..1000).map(|n| key(&format!("team-app-{n}"))).collect()));
        listing.freshness.read_at = Some(NOW);
        listing.set_stowed(vec![]);
        let judged = |listing: &mut Listing| {
            let before = listing.health.work;
            listing.marks(BASIS, NOW);
            listing.health.work - before
        };
        assert_eq!(judged(&mut listing), 1000);
        let (old, new) = (key("team-app-7"), key("team-app-new"));
        listing.put_course(course(&old, None));
        assert_eq!(judged(&mut listing), 1, "planned");
        listing.put(new.clone());
        assert_eq!(judged(&mut listing), 1, "a key that is listed now");
        listing.put_course(course(&old, Some(&new)));
        assert_eq!(judged(&mut listing), 2, "two keys in one row");
        assert_eq!((listing.last_marks()[7], listing.last_marks()[1000].is_some()), (None, true));
        listing.set_stowed(vec![stowed(new.id.as_str(), &new.prefix, NOW)]);
        assert_eq!(judged(&mut listing), 1, "one secret arrived");
        listing.set_stowed(vec![stowed(new.id.as_str(), &new.prefix, NOW)]);
        assert_eq!(judged(&mut listing), 0, "all secrets were told once more");
        listing.put(Key { reported: Reported::Revoked, ..old.clone() });
        assert_eq!(judged(&mut listing), 2, "what the old key is says what the new one is");
        listing.drop_course(&old.id);
        assert_eq!(judged(&mut listing), 2, "over");
        let kept = listing.last_marks().to_vec();
        listing.health.forget();
        assert_eq!(listing.marks(BASIS, NOW), kept, "nothing was forgotten on the way");
    }
}
