//! The course of a rotation: begun, seen through, finished. It outlives the dialog and the app.

use std::time::Duration;

use keystow_domain::{AccountId, Course, CourseId, GraceEnd, Key, KeyId, Reason, State, Timestamp, Way};

use super::{RotationSight, Stage};
use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::store::{Issue, StoreError};
use crate::{Receipt, Trouble, words};

/// What a person chose for a rotation before its call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The key.
    pub key: KeyId,
    /// Why.
    pub reason: Reason,
    /// How.
    pub way: Way,
    /// The longest job that uses the old secret.
    pub longest_job: Option<Duration>,
}

impl Engine {
    /// Keeps what the person chose so far, so that a closed wizard opens where it was. After the call
    /// only the longest job can still be changed.
    ///
    /// # Errors
    ///
    /// Fails if the key is dead or not in the list, or the portal does not offer the way.
    pub async fn plan_rotation(&self, choice: &Choice) -> Result<RotationSight, Trouble> {
        let account = self.holder(&choice.key)?;
        let open = self.course(&account, &choice.key);
        let key = open.as_ref().map_or(&choice.key, |course| &course.key).clone();
        let turn = self.turn_of_key(&account, &key);
        let _turn = turn.lock().await;
        let abilities = self.known(&account)?.abilities;
        let listed = self.listed(&account, &key).ok_or_else(words::unknown_key)?;
        if !Way::offered_for(Some(&listed), abilities.as_ref()).contains(&choice.way) {
            return Err(words::not_offered());
        }
        if open.is_none() && !listed.is_copyable(self.portal_now(&account)) {
            return Err(words::key_dead());
        }
        self.keep_course(&account, &listed, choice.reason, choice.way, choice.longest_job, true).await?;
        self.rotation(&choice.key).await
    }

    /// Drops a rotation whose call did not go out, or whose new key is dead, as if it had never been begun.
    ///
    /// # Errors
    ///
    /// Fails if the call went out: what happened is not forgotten.
    pub async fn forget_rotation(&self, key: &KeyId) -> Result<RotationSight, Trouble> {
        let account = self.holder(key)?;
        let Some(course) = self.course(&account, key) else { return self.rotation(key).await };
        let turn = self.turn_of_key(&account, &course.key);
        let _turn = turn.lock().await;
        let entries =
            self.0.store.of_course(course.id.clone()).await.map_err(|error| words::store(&error))?;
        let now = self.portal_now(&account);
        let rolled_back = course
            .successor
            .as_ref()
            .is_some_and(|heir| self.listed(&account, heir).is_none_or(|heir| !heir.is_copyable(now)));
        let begun = course.rotated_at.is_some() && !rolled_back;
        if begun || entries.iter().any(|entry| entry.is_open()) {
            return Err(words::rotation_begun(&course.name));
        }
        self.drop_course(&account, &course.id, &course.key).await;
        self.rotation(&course.key).await
    }

    /// Closes a rotation whose old secret has ended, or of whose end nobody tells, and writes its receipt.
    /// Finishing twice is finishing once.
    ///
    /// # Errors
    ///
    /// Fails if there is nothing to finish, or the old secret is still accepted.
    pub async fn finish_rotation(&self, key: &KeyId) -> Result<RotationSight, Trouble> {
        let account = self.holder(key)?;
        match self.course(&account, key) {
            Some(course) => {
                self.try_ended(&account, key).await;
                let turn = self.turn_of_key(&account, &course.key);
                let _turn = turn.lock().await;
                // Whoever was first has finished it.
                if self.course(&account, key).is_some() {
                    self.close(&account, &course).await?;
                }
                self.rotation(course.bearer()).await
            }
            None => {
                let sight = self.rotation(key).await?;
                if sight.receipt.is_some() { Ok(sight) } else { Err(words::no_rotation()) }
            }
        }
    }

    /// The receipts of a key's finished rotations, and of those that led to it, the newest first.
    ///
    /// # Errors
    ///
    /// Fails if the key is not in the list or the database cannot be read.
    pub async fn receipts(&self, key: &KeyId) -> Result<Vec<Receipt>, Trouble> {
        let account = self.holder(key)?;
        let all = self.0.store.finished_courses(account, key.clone()).await;
        let all = all.map_err(|error| words::store(&error))?;
        Ok(all.into_iter().filter_map(Receipt::read).collect())
    }

    /// Closes a course with its receipt.
    pub(super) async fn close(&self, account: &AccountId, course: &Course) -> Result<(), Trouble> {
        let sight = self.sight(account, course.bearer(), false).await?;
        let untold = matches!(sight.row.state, State::Rotating(GraceEnd::Unknown)) && !course.has_two_keys();
        let over = sight.stage == Stage::Ended || (sight.stage == Stage::Grace && untold);
        let Some(rotated_at) = course.rotated_at else { return Err(words::no_rotation()) };
        if !over {
            return Err(words::old_still_accepted(&course.name, course.has_two_keys()));
        }
        let receipt = Receipt {
            id: course.id.clone(),
            reason: course.reason,
            way: course.way,
            actor: self.known(account)?.account.person,
            opened_at: course.opened_at,
            rotated_at,
            ended_at: self.ended_at(account, course),
            finished_at: self.portal_now(account),
            old: course.old.clone(),
            new: sight.row.key.mask(),
            evidence: sight.evidence,
            places: sight.places,
        };
        let (at, text) = (receipt.finished_at, receipt.write());
        let closed = self.0.store.finish_course(course.clone(), at, text).await;
        let first = closed.map_err(|error| words::store(&error))?;
        if let Some(listing) = self.state().listings.get_mut(account) {
            listing.drop_course(&course.key);
        }
        if untold {
            self.forget_grace(account, &course.key).await;
        }
        self.tell_course(course);
        if first {
            let note = Note::new(Deed::Receipt).of(account).key(course.bearer(), &course.name);
            self.log(note.fact("course", course.id.as_str())).await;
        }
        if course.has_two_keys() {
            // The schedule went to the new key with the place of the old one.
            let _ = self.schedules_changed(account).await;
            self.alerts_moved(account, &course.key).await;
        }
        Ok(())
    }

    /// When the old secret of a course ended, if anybody told.
    fn ended_at(&self, account: &AccountId, course: &Course) -> Option<Timestamp> {
        let (now, state) = (self.portal_now(account), self.state());
        let listing = state.listings.get(account)?;
        let by_itself = if course.has_two_keys() {
            listing.key(&course.key)?.expires_at
        } else {
            listing.graces.get(&course.key).and_then(|grace| match grace.end {
                GraceEnd::At(end) => Some(end),
                GraceEnd::Between { .. } | GraceEnd::Unknown => None,
            })
        };
        course.ended_at.or(by_itself.filter(|end| *end <= now))
    }

    /// Notes in a change's course that its secret is in the vault, as belonging to `key`. Noting it twice
    /// changes nothing, so a recovery may do it again.
    pub(crate) async fn note_rotated(
        &self,
        issue: &Issue,
        key: &KeyId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(of) = &issue.course else { return Ok(()) };
        let successor = (*key != of.key).then(|| key.clone());
        if let Some(course) = self.0.store.course_rotated(of.id.clone(), at, successor.clone()).await? {
            self.show_course(&issue.account, course);
        }
        if let Some(heir) = successor {
            if let Some(listing) = self.state().listings.get_mut(&issue.account) {
                listing.health.inherit(&of.key, &heir);
            }
            self.read_places(&issue.account).await;
        }
        Ok(())
    }

    /// Notes what a revocation means for the key's rotation: one that was only planned has no object any
    /// more, and the old secret of one that was done has ended.
    pub(crate) async fn note_revoked(&self, account: &AccountId, key: &KeyId) {
        let Some(course) = self.course(account, key).filter(|course| course.key == *key) else { return };
        let entries = self.0.store.of_course(course.id.clone()).await.unwrap_or_default();
        if course.rotated_at.is_some() {
            self.note_ended(account, &course).await;
        } else if !entries.iter().any(|entry| entry.is_open()) {
            self.drop_course(account, &course.id, key).await;
        }
    }

    /// Notes that the old secret of a course was ended from here.
    pub(super) async fn note_ended(&self, account: &AccountId, course: &Course) {
        let now = self.portal_now(account);
        if let Ok(Some(course)) = self.0.store.course_ended(course.id.clone(), now).await {
            self.show_course(account, course);
        }
    }

    pub(super) async fn drop_course(&self, account: &AccountId, course: &CourseId, key: &KeyId) {
        if self.0.store.drop_course(course.clone()).await.is_ok() {
            self.hide_course(account, key);
        }
    }

    /// Shows no course of a key any more.
    pub(super) fn hide_course(&self, account: &AccountId, key: &KeyId) {
        let dropped = self.course(account, key);
        if let Some(listing) = self.state().listings.get_mut(account) {
            listing.drop_course(key);
        }
        if let Some(course) = dropped {
            self.tell_course(&course);
        }
    }

    pub(super) fn show_course(&self, account: &AccountId, course: Course) {
        if let Some(listing) = self.state().listings.get_mut(account) {
            listing.put_course(course.clone());
        }
        self.tell_course(&course);
    }

    fn tell_course(&self, course: &Course) {
        self.tell(Event::Keys);
        self.tell(Event::Rotation(course.key.clone()));
        if let Some(successor) = &course.successor {
            self.tell(Event::Rotation(successor.clone()));
        }
    }

    /// The open course that a key is part of.
    pub(crate) fn course(&self, account: &AccountId, key: &KeyId) -> Option<Course> {
        self.state().listings.get(account).and_then(|listing| listing.course(key)).cloned()
    }

    /// Whether a rotation of a key is open that stands in another one's way: one whose old secret has ended
    /// does not, for the next rotation finishes it.
    pub(crate) fn is_rotation_open(&self, account: &AccountId, key: &KeyId) -> bool {
        let Some(course) = self.course(account, key) else { return false };
        let row = self.row(account, course.bearer());
        row.is_ok_and(|row| self.stage(account, Some(&course), &row) != Stage::Ended)
    }

    /// A key as the list has it.
    pub(crate) fn listed(&self, account: &AccountId, key: &KeyId) -> Option<Key> {
        self.state().listings.get(account).and_then(|listing| listing.key(key)).cloned()
    }
}
