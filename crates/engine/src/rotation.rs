//! A rotation from its checks to its end, and what is proven on the way.

use std::time::Duration;

use keystow_domain::{AccountId, Grace, GraceEnd, Key, KeyId, State, Timestamp};

mod evidence;
mod looking;

pub use evidence::{Evidence, EvidenceKind, Proof, Straggler};

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
    /// The key.
    pub row: Row,
    /// Where it stands.
    pub stage: Stage,
    /// The checks before the call; empty once it went out.
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
    /// The old secret has ended.
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
        let unread = self.read_key(&account, key).await.err();
        // What a portal cannot show is only known once it said what it can.
        let _ = self.abilities(&account).await;
        let row = self.row(&account, key)?;
        let grace = self.state().listings.get(&account).and_then(|listing| listing.graces.get(key).cloned());
        let rotated_at = row.key.rotated_at.or(grace.as_ref().map(|grace| grace.rotated_at));
        let stage = match (&row.pending, &row.state, rotated_at) {
            (Some(_), ..) => Stage::Asking,
            (None, State::Rotating(_), _) => Stage::Grace,
            (None, _, Some(_)) => Stage::Ended,
            (None, _, None) => Stage::Ready,
        };
        let standing = match (stage, rotated_at) {
            (Stage::Grace | Stage::Ended, Some(at)) => {
                Some(self.standing(&account, key, (stage, at), unread.is_none()).await)
            }
            _ => None,
        };
        let (probe, quiet) = self.probing(&account, key).await;
        let places = self.places_of(&account, key).await?;
        let checks =
            if stage == Stage::Asking { Vec::new() } else { self.preflight(&account, key, unread).await };
        Ok(RotationSight {
            row: self.row(&account, key)?,
            stage,
            checks,
            rotated_at,
            read_at: standing.as_ref().map(|_| self.now()),
            straggler: standing.as_ref().and_then(|standing| standing.straggler),
            evidence: standing.map(|standing| standing.evidence).unwrap_or_default(),
            probe,
            quiet,
            places,
        })
    }

    /// The account that has a key: the one that is shown, or another that it was opened from.
    pub(crate) fn holder(&self, key: &KeyId) -> Result<AccountId, Trouble> {
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

    /// Ends the old secrets of a key now, after the person typed its name.
    ///
    /// # Errors
    ///
    /// Fails if the portal cannot do it or refused; the old secret then still works.
    pub async fn end_grace(&self, key: &KeyId, typed: &str) -> Result<(), Trouble> {
        let account = self.current_account()?;
        let known = self.known(&account)?;
        if !known.abilities.is_some_and(|abilities| abilities.grace.can_end_early) {
            return Err(words::not_offered());
        }
        let name = self.row(&account, key)?.key.name;
        if typed.trim() != keystow_domain::visible(&name) && typed.trim() != name {
            return Err(words::name_differs());
        }
        let ended = ask!(self, &account, |portal, token| portal.end_grace(token, key));
        let ended: Key = match ended {
            Ok(ended) => ended,
            Err(failure) => return Err(self.change_failed(&account, key, &failure).await),
        };
        let now = self.portal_now(&account);
        if let Some(rotated_at) = ended.rotated_at {
            let grace = Grace { rotated_at, end: GraceEnd::At(now) };
            self.remember_grace(&account, (key.clone(), grace)).await;
        }
        self.take_key(&account, ended).await;
        self.tell(Event::Rotation(key.clone()));
        Ok(())
    }
}
