//! Looking at a rotation: what the portal tells of both secrets, read and put together for the ladder.

use keystow_domain::{
    Abilities, AccountId, Bucket, GraceEnd, Grouping, KeyId, Resolution, State, Timestamp, Usage, UsageQuery,
};

use super::Stage;
use super::evidence::{Counts, Facts, Standing, Straggler, Uses, last_stretch};
use crate::engine::Engine;
use crate::events::Event;
use crate::list::Row;
use crate::notices::{Action, Tone};
use crate::probing::Sides;
use crate::session::ask;
use crate::store::Told;
use crate::words::native::Saying;
use crate::{Trouble, words};

const HOUR: i64 = 3600;

impl Engine {
    /// What is proven of a rotation whose new secret was issued at `since`. `fresh` tells whether its keys
    /// were read from the portal just now.
    pub(super) async fn standing(
        &self,
        account: &AccountId,
        sides: &Sides,
        (stage, since): (Stage, Timestamp),
        fresh: bool,
    ) -> Standing {
        let facts = self.facts(account, sides, (stage, since), fresh).await;
        let straggler = facts.straggler();
        self.tell_straggler(account, &sides.new, straggler).await;
        Standing { evidence: facts.rungs(), straggler }
    }

    async fn facts(
        &self,
        account: &AccountId,
        sides: &Sides,
        (stage, since): (Stage, Timestamp),
        fresh: bool,
    ) -> Facts {
        let (probe, quiet) = self.probing(account, &sides.new).await;
        let records = self.records(account, sides);
        let now = self.portal_now(account);
        let row = self.row(account, &sides.new).ok();
        let end = row.as_ref().and_then(|row| match row.state {
            State::Rotating(end) => Some(end),
            _ => None,
        });
        Facts {
            stage,
            since,
            now,
            end,
            apart: sides.are_apart(),
            quiet,
            can_try_new: probe.is_some() && records.new.is_some(),
            can_try_old: probe.is_some() && records.old.is_some(),
            new_tried: self.tried(records.new.as_ref()).await,
            old_tried: self.tried(records.old.as_ref()).await,
            uses: self.uses(account, sides, row.as_ref(), fresh),
            counts: self.counts(account, sides, row.as_ref(), since).await,
        }
    }

    /// Last uses as the portal told them when the keys were read.
    fn uses(&self, account: &AccountId, sides: &Sides, row: Option<&Row>, fresh: bool) -> Option<Uses> {
        let row = row?;
        let (now, portal_now) = (self.now(), self.portal_now(account));
        let listed_at = self.state().listings.get(account).and_then(|listing| listing.freshness.read_at);
        let read_at = if fresh { now } else { listed_at? };
        let until = portal_now.minus(now.since(read_at));
        let old_last = if sides.are_apart() {
            self.row(account, &sides.old).ok()?.key.last_used_at
        } else if row.key.previous.is_empty() {
            // A portal that does not tell its old secrets does not tell when they were used.
            return None;
        } else {
            row.old.iter().filter_map(|old| old.last_used_at).max()
        };
        Some(Uses { new_last: row.key.last_used_at, old_last, until, read_at })
    }

    /// Calls since the rotation on either secret, where the portal tells them apart.
    async fn counts(
        &self,
        account: &AccountId,
        sides: &Sides,
        row: Option<&Row>,
        since: Timestamp,
    ) -> Option<Counts> {
        let abilities = self.known(account).ok()?.abilities?;
        let now = self.portal_now(account);
        let (new, old) = if sides.are_apart() {
            let new = self.calls(account, &abilities, &sides.new, Grouping::None, since).await?;
            (new, self.calls(account, &abilities, &sides.old, Grouping::None, since).await?)
        } else {
            let row = row?;
            // Secrets that begin alike are one series.
            let alike = row.old.iter().any(|old| old.prefix == row.key.prefix);
            if !abilities.usage_by_secret || alike {
                return None;
            }
            let usage = self.calls(account, &abilities, &sides.new, Grouping::Secret, since).await?;
            let (new, old) = usage.series.into_iter().partition(|series| series.group == row.key.prefix);
            let complete_until = usage.complete_until;
            (Usage { complete_until, series: new }, Usage { complete_until, series: old })
        };
        let until = [new.complete_until, old.complete_until].into_iter().flatten().fold(now, Timestamp::min);
        let ends = |usage: &Usage, from: Timestamp| {
            let used = |bucket: &&Bucket| bucket.requests > 0 && bucket.start >= from;
            let last = buckets(usage).filter(used).map(|bucket| bucket.start).max();
            last.map(|start| Timestamp::from_secs(start.as_secs() + HOUR).min(now))
        };
        let sum = |usage: &Usage| buckets(usage).map(|bucket| bucket.requests).sum();
        Some(Counts {
            new: sum(&new),
            old: sum(&old),
            old_before: ends(&old, Timestamp::from_millis(i64::MIN)),
            old_after: ends(&old, since),
            until,
            read_at: self.now(),
        })
    }

    async fn calls(
        &self,
        account: &AccountId,
        abilities: &Abilities,
        key: &KeyId,
        grouping: Grouping,
        since: Timestamp,
    ) -> Option<Usage> {
        if !abilities.usage.contains(&Resolution::Hour) {
            return None;
        }
        let query = UsageQuery {
            from: Timestamp::from_secs(since.as_secs().div_euclid(HOUR) * HOUR),
            to: Timestamp::from_secs((self.portal_now(account).as_secs().div_euclid(HOUR) + 1) * HOUR),
            resolution: Resolution::Hour,
            key: Some(key.clone()),
            app: None,
            team: None,
            grouping,
        };
        let read =
            async { Ok::<_, Trouble>(ask!(self, account, |portal, token| portal.usage(token, &query))) };
        read.await.ok()?.ok()
    }

    /// Looks, after a list was read, whether an old secret is still used although its end is near, so that
    /// it is told even if nobody watches the rotation.
    pub(crate) async fn notice_stragglers(&self, account: &AccountId) {
        let now = self.portal_now(account);
        // A row is made of the few keys that rotate, and not of a hundred thousand.
        let rotates = |listing: &crate::list::Listing| listing.rotating(now).collect::<Vec<_>>();
        let keys = self.state().listings.get(account).map(rotates).unwrap_or_default();
        let told: Vec<KeyId> = self
            .state()
            .stragglers
            .iter()
            .filter(|(of, _)| of == account)
            .map(|(_, key)| key.clone())
            .collect();
        let mut rotating = Vec::new();
        for key in keys {
            let Ok(row) = self.row(account, &key) else { continue };
            let State::Rotating(end) = row.state else { continue };
            let Some(since) = row.old.iter().filter_map(|old| old.from).max() else { continue };
            rotating.push((key, end, since));
        }
        for key in told.iter().filter(|key| !rotating.iter().any(|(other, ..)| other == *key)) {
            self.tell_straggler(account, key, None).await;
        }
        for (key, end, since) in rotating {
            if !is_near(end, since, now) {
                self.tell_straggler(account, &key, None).await;
                continue;
            }
            let sides = self.sides(account, &key);
            if sides.new == key {
                let facts = self.facts(account, &sides, (Stage::Grace, since), true).await;
                self.tell_straggler(account, &key, facts.straggler()).await;
            }
        }
    }

    /// Tells of a straggler until it is over. One that the person put away is told again only after it was
    /// quiet in between; the desktop's own notice of it comes once for each end.
    async fn tell_straggler(&self, account: &AccountId, key: &KeyId, straggler: Option<Straggler>) {
        let id = format!("straggler:{account}:{key}");
        let Ok(row) = self.row(account, key) else { return };
        let entry = (account.clone(), key.clone());
        let (mut is_new, stood) = (false, self.state().notices.take_back(&id));
        if let Some(straggler) = straggler {
            let mut state = self.state();
            is_new = state.stragglers.insert(entry);
            if stood || is_new {
                let what = words::straggler(&row.key.name, straggler.last_used_at, straggler.calls);
                let about = Some((key.clone(), row.key.name.clone()));
                state.notices.tell(&id, what, Tone::Warning, about, Some(Action::Rotate));
            }
        } else {
            self.state().stragglers.remove(&entry);
        }
        if stood || is_new {
            self.tell(Event::App);
        }
        let since = row.old.iter().filter_map(|old| old.from).max();
        let ends_at = straggler.and_then(|straggler| straggler.ends_at).or(since);
        if let Some(ends_at) = ends_at.filter(|_| is_new) {
            let (account, key) = (account.clone(), key.clone());
            let told = Told { account, key: key.clone(), what: "straggler", ends_at, step: "used" };
            let first = self.0.store.claim(vec![(told, Vec::new())], self.now()).await;
            if first.is_ok_and(|first| first == [true]) {
                self.notify(&Saying::StillUsed, Some((Some(key), &row.key.name)));
            }
        }
    }
}

/// Whether an end may be so near that it is worth a look.
fn is_near(end: GraceEnd, since: Timestamp, now: Timestamp) -> bool {
    // Two keys have the shorter last stretch; what is near for them is looked at closely afterwards.
    last_stretch(end, since, false).is_none_or(|begins| begins <= now)
}

fn buckets(usage: &Usage) -> impl Iterator<Item = &Bucket> {
    usage.series.iter().flat_map(|series| &series.buckets)
}
