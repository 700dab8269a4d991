//! A rotation from its checks to its end, and what is proven on the way.
//!
//! A rotation belongs to the key whose secret is replaced. Where another key takes its place, either of
//! the two names it.

use std::time::Duration;

use keystow_domain::{AccountId, Course, Grace, GraceEnd, Key, KeyId, State, Timestamp, Way};

mod course;
mod evidence;
mod looking;
mod receipt;
mod replace;

pub use course::Choice;
pub use evidence::{Evidence, EvidenceKind, Proof, Straggler};
pub use receipt::Receipt;
pub use replace::Wish;

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::list::Row;
use crate::places::Place;
use crate::preflight::Check;
use crate::probing::Probe;
use crate::session::ask;
use crate::{Trouble, words};

/// A rotation as it stands.
#[derive(Debug, Clone)]
pub struct RotationSight {
    /// The key; the new one, where another key takes the old one's place.
    pub row: Row,
    /// Where it stands.
    pub stage: Stage,
    /// What the person chose, until it is finished.
    pub course: Option<Course>,
    /// The ways the portal allows, the one to prefer first.
    pub ways: Vec<Way>,
    /// The checks before the call; empty once a second key was made or a call is open.
    pub checks: Vec<Check>,
    /// When the new secret was issued.
    pub rotated_at: Option<Timestamp>,
    /// What is proven so far.
    pub evidence: Vec<Evidence>,
    /// When the evidence was read.
    pub read_at: Option<Timestamp>,
    /// The old secret is still used although its end is near.
    pub straggler: Option<Straggler>,
    /// How secrets of the key are tried, if there is a way.
    pub probe: Option<Probe>,
    /// How long the old secret must be unused to count as quiet.
    pub quiet: Duration,
    /// Where the new secret has to be brought.
    pub places: Vec<Place>,
    /// The receipt of the last rotation that was finished.
    pub receipt: Option<Receipt>,
}

/// Where a rotation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A rotation can start.
    Ready,
    /// The outcome of the call is being found out.
    Asking,
    /// Both secrets are accepted.
    Grace,
    /// The old secret has ended, and the rotation is not finished.
    Ended,
}

impl Engine {
    /// A key's rotation as it stands, with fresh evidence or fresh checks.
    ///
    /// # Errors
    ///
    /// Fails if the key is not in the list.
    pub async fn rotation(&self, key: &KeyId) -> Result<RotationSight, Trouble> {
        let account = self.holder(key)?;
        self.sight(&account, key, true).await
    }

    /// The same; whoever shows it to nobody leaves the checks out, which note what a person has read.
    async fn sight(
        &self,
        account: &AccountId,
        key: &KeyId,
        with_checks: bool,
    ) -> Result<RotationSight, Trouble> {
        let course = self.course(account, key);
        let subject = course.as_ref().map_or(key, |course| &course.key).clone();
        let known = self.listed(account, &subject);
        let unread = self.read_key(account, &subject).await.err();
        let mut fresh = unread.is_none();
        if let Some(successor) = course.as_ref().and_then(|course| course.successor.as_ref()) {
            fresh &= self.read_key(account, successor).await.is_ok();
        }
        let shown = course.as_ref().map_or(&subject, Course::bearer);
        let row = self.row(account, shown).or_else(|_| self.row(account, &subject))?;
        let stage = self.stage(account, course.as_ref(), &row);
        let rotated_at = self.rotated_at(account, course.as_ref(), &row.key);
        // What a portal cannot show is only known once it said what it can.
        let _ = self.abilities(account).await;
        let standing = match (stage, rotated_at) {
            (Stage::Grace | Stage::Ended, Some(at)) => {
                Some(self.standing(account, &self.sides(account, &subject), (stage, at), fresh).await)
            }
            _ => None,
        };
        let standing = standing.map(|standing| match self.known(account) {
            Ok(known) if known.abilities.is_none() => standing.undecided(),
            _ => standing,
        });
        let two_keys = course.as_ref().is_some_and(Course::has_two_keys);
        let checks = if stage == Stage::Asking || two_keys || !with_checks {
            Vec::new()
        } else {
            self.preflight(account, known.as_ref(), &subject, unread).await
        };
        let receipt = self.receipts(&row.key.id).await?.into_iter().next();
        let row = self.row(account, &row.key.id)?;
        let (probe, quiet) = self.probing(account, &row.key.id).await;
        Ok(RotationSight {
            stage,
            ways: Way::offered_for(Some(&row.key), self.known(account)?.abilities.as_ref()),
            course,
            checks,
            rotated_at,
            read_at: standing.as_ref().map(|_| self.now()),
            straggler: standing.as_ref().and_then(|standing| standing.straggler),
            evidence: standing.map(|standing| standing.evidence).unwrap_or_default(),
            probe,
            quiet,
            places: self.places_of(account, &row.key.id).await?,
            receipt,
            row,
        })
    }

    /// Where a rotation stands, by what is known here. `row` is that of the key with the new secret.
    fn stage(&self, account: &AccountId, course: Option<&Course>, row: &Row) -> Stage {
        let key = course.map_or(&row.key.id, |course| &course.key);
        let now = self.portal_now(account);
        let state = self.state();
        let Some(listing) = state.listings.get(account) else { return Stage::Ready };
        if listing.pending.contains_key(key) {
            return Stage::Asking;
        }
        let old_lives = match course {
            Some(course) if course.rotated_at.is_none() => return Stage::Ready,
            Some(course) if course.has_two_keys() => listing.key(key).is_some_and(|old| old.is_copyable(now)),
            Some(_) | None => matches!(row.state, State::Rotating(_)),
        };
        match (old_lives, course) {
            (true, _) => Stage::Grace,
            (false, Some(_)) => Stage::Ended,
            (false, None) => Stage::Ready,
        }
    }

    fn rotated_at(&self, account: &AccountId, course: Option<&Course>, key: &Key) -> Option<Timestamp> {
        let begun = course.and_then(|course| course.rotated_at);
        let state = self.state();
        let grace = state.listings.get(account).and_then(|listing| listing.graces.get(&key.id));
        begun.or(key.rotated_at).or(grace.map(|grace| grace.rotated_at))
    }

    /// The account that has a key: the one that is shown, or another that it was opened from.
    ///
    /// # Errors
    ///
    /// Fails if no account has it.
    pub fn holder(&self, key: &KeyId) -> Result<AccountId, Trouble> {
        let current = self.current_account()?;
        let state = self.state();
        let has =
            |account: &AccountId| state.listings.get(account).is_some_and(|list| list.key(key).is_some());
        if has(&current) {
            return Ok(current);
        }
        state.listings.keys().find(|account| has(account)).cloned().ok_or_else(words::unknown_key)
    }

    /// Reads one key again; a portal that cannot be asked leaves what was known.
    pub(crate) async fn read_key(&self, account: &AccountId, key: &KeyId) -> Result<(), Trouble> {
        let read = ask!(self, account, |portal, token| portal.key(token, key));
        if let Some(key) = read.map_err(|failure| words::failure(&failure))? {
            self.take_key(account, key).await;
        }
        Ok(())
    }

    /// Ends the old secret of a key now, after the person typed its name: the old secrets of the key itself,
    /// or the old key, where another one takes its place.
    ///
    /// # Errors
    ///
    /// Fails if the portal cannot do it or refused; the old secret then still works.
    pub async fn end_grace(&self, key: &KeyId, typed: &str) -> Result<(), Trouble> {
        let account = self.holder(key)?;
        match self.course(&account, key).filter(Course::has_two_keys) {
            Some(course) => self.end_old_key(&account, &course, typed).await,
            None => self.end_old_secrets(&account, key, typed).await,
        }
    }

    async fn end_old_key(&self, account: &AccountId, course: &Course, typed: &str) -> Result<(), Trouble> {
        // The new key may have died elsewhere meanwhile: then the old one is all there is.
        let _ = self.read_key(account, course.bearer()).await;
        let heir = self.listed(account, course.bearer());
        if !heir.is_some_and(|heir| heir.is_copyable(self.portal_now(account))) {
            return Err(words::successor_dead(&course.name));
        }
        self.revoke_at(account, &course.key, typed).await?;
        Ok(())
    }

    /// Whether the key is alive and its current secret the only one.
    fn has_no_old_secret(&self, account: &AccountId, key: &KeyId) -> bool {
        let Ok(row) = self.row(account, key) else { return false };
        let lives = row.key.is_copyable(self.portal_now(account));
        lives && self.stage(account, self.course(account, key).as_ref(), &row) != Stage::Grace
    }

    /// Whether the newest key of a client that signs is still the one that was seen: all others are ended, and one that
    /// somebody else added meanwhile would leave only theirs.
    async fn check_newest_pair(&self, account: &AccountId, shown: &Key) -> Result<(), Trouble> {
        self.read_key(account, &shown.id).await?;
        let now = self.row(account, &shown.id)?.key;
        let newest = |key: &Key| key.client.as_ref().and_then(|client| client.keys.first()).cloned();
        match (newest(shown), newest(&now)) {
            (Some(seen), Some(now)) if seen.kid == now.kid => Ok(()),
            (_, now) => Err(words::rotated_elsewhere(&shown.name, now.and_then(|key| key.added_at))),
        }
    }

    async fn end_old_secrets(&self, account: &AccountId, key: &KeyId, typed: &str) -> Result<(), Trouble> {
        let known = self.known(account)?;
        if !known.abilities.is_some_and(|abilities| abilities.grace.can_end_early) {
            return Err(words::not_offered());
        }
        let shown = self.row(account, key)?.key;
        let name = shown.name.clone();
        if typed.trim() != keystow_domain::visible(&name) && typed.trim() != name {
            return Err(words::name_differs());
        }
        if shown.signs() {
            self.check_newest_pair(account, &shown).await?;
        }
        let ended = ask!(self, account, |portal, token| portal.end_grace(token, key));
        let ended: Key = match ended {
            Ok(ended) => ended,
            Err(failure) => {
                let trouble = self.change_failed(account, key, &failure).await;
                // It ended by itself a moment before: what the person wanted is so.
                let over = failure.is_conflict() && self.has_no_old_secret(account, key);
                return if over { Ok(()) } else { Err(trouble) };
            }
        };
        let now = self.portal_now(account);
        if let Some(rotated_at) = ended.rotated_at {
            let grace = Grace { rotated_at, end: GraceEnd::At(now) };
            self.remember_grace(account, (key.clone(), grace)).await;
        }
        self.take_key(account, ended).await;
        if let Some(course) = self.course(account, key).filter(|course| course.rotated_at.is_some()) {
            self.note_ended(account, &course).await;
        }
        self.hush_grace(account, key, GraceEnd::At(now)).await;
        self.log(Note::new(Deed::GraceEndedEarly).of(account).key(key, &name)).await;
        self.tell(Event::Rotation(key.clone()));
        Ok(())
    }
}
