//! What the portal was asked for, and its answer, kept for a moment.
//!
//! Another metric, another width or another theme is another picture of the same numbers: the portal is
//! not asked again for them. A locked app has no numbers, kept or not.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use keystow_domain::{AccountId, Bucket, Grouping, KeyId, Resolution, TeamId, Timestamp, Usage, UsageQuery};

use super::span::{fitting, span};
use super::{MOST_COMPARED, UsageWish};
use crate::engine::Engine;
use crate::session::ask;
use crate::{Trouble, words};

/// How long an answer stands for the same question.
const KEPT: Duration = Duration::from_secs(20);

/// An answer of the portal, with the question.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(super) account: AccountId,
    keys: Vec<KeyId>,
    team: Option<TeamId>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) resolution: Resolution,
    pub(super) cut: bool,
    pub(super) complete_until: Option<Timestamp>,
    /// When it was asked for, by the portal's clock.
    now: Timestamp,
    /// All that is shown, together.
    pub(super) buckets: Vec<Bucket>,
    /// Each compared key, bucket by bucket beside `buckets`; empty where nothing is compared.
    pub(super) each: Vec<Vec<Bucket>>,
    pub(super) by_secret: Option<Vec<(u64, u64)>>,
    read_at: Duration,
}

impl Reading {
    /// Buckets that end later are not complete: where the portal does not tell, that is the running one.
    pub(super) fn settled_until(&self) -> Timestamp {
        self.complete_until.unwrap_or(self.now)
    }

    fn answers(&self, other: &Self, now: Duration) -> bool {
        let whose = |one: &Self| (one.account.clone(), one.keys.clone(), one.team.clone());
        let asked = |one: &Self| (whose(one), one.from, one.to, one.resolution);
        asked(self) == asked(other) && now.saturating_sub(self.read_at) < KEPT
    }
}

impl Engine {
    /// What the portal tells, or told a moment ago.
    pub(super) async fn usage_reading(&self, wish: &UsageWish) -> Result<Arc<Reading>, Trouble> {
        let account = self.current_account()?;
        let abilities = self.abilities(&account).await?;
        if abilities.usage.is_empty() {
            return Err(words::not_offered());
        }
        let resolution = fitting(wish.period, wish.resolution, &abilities.usage);
        let now = self.portal_now(&account);
        let (from, to, cut) = span(now, wish.period, resolution, abilities.usage_retention);
        let mut keys = wish.keys.clone();
        keys.truncate(MOST_COMPARED);
        let read_at = self.0.clock.elapsed();
        let mut reading = Reading {
            account,
            keys,
            team: wish.team.clone(),
            from,
            to,
            resolution,
            cut,
            complete_until: None,
            now,
            buckets: Vec::new(),
            each: Vec::new(),
            by_secret: None,
            read_at,
        };
        let kept = self.state().usage.clone();
        if let Some(kept) = kept.filter(|kept| self.0.vault.is_unlocked() && kept.answers(&reading, read_at))
        {
            return Ok(kept);
        }
        if reading.keys.len() > 1 {
            self.read_each(&mut reading).await?;
        } else {
            self.read_whole(&mut reading, &abilities).await?;
        }
        let reading = Arc::new(reading);
        let mut state = self.state();
        // A lock that came while the portal was asked finds nothing to forget yet.
        if !self.0.vault.is_unlocked() {
            return Err(words::vault(keystow_vault::VaultError::Locked));
        }
        state.usage = Some(Arc::clone(&reading));
        Ok(reading)
    }

    /// Forgets the numbers that were kept, of one account or of any.
    pub(crate) fn forget_usage(&self, account: Option<&AccountId>) {
        let mut state = self.state();
        if account.is_none_or(|gone| state.usage.as_ref().is_some_and(|kept| kept.account == *gone)) {
            state.usage = None;
        }
    }

    /// Everything, a team, or one key with its secrets.
    async fn read_whole(
        &self,
        reading: &mut Reading,
        abilities: &keystow_domain::Abilities,
    ) -> Result<(), Trouble> {
        let account = reading.account.clone();
        let key = reading.keys.first().cloned();
        let (from, to, resolution) = (reading.from, reading.to, reading.resolution);
        let team = reading.team.clone();
        let query = |grouping| {
            let (key, team) = (key.clone(), team.clone());
            UsageQuery { from, to, resolution, key, app: None, team, grouping }
        };
        let whole = self.read_usage(&account, query(Grouping::None)).await?;
        let prefix = key.as_ref().and_then(|key| self.row(&account, key).ok()).map(|row| row.key.prefix);
        reading.complete_until = whole.complete_until;
        reading.buckets = only(whole);
        if let Some(prefix) = prefix.filter(|_| abilities.usage_by_secret) {
            let secrets = self.read_usage(&account, query(Grouping::Secret)).await?;
            reading.by_secret = Some(split(&reading.buckets, &secrets, &prefix));
        }
        Ok(())
    }

    /// Several keys, each by a question of its own, all at once: there are no more than five.
    async fn read_each(&self, reading: &mut Reading) -> Result<(), Trouble> {
        let (from, to, resolution) = (reading.from, reading.to, reading.resolution);
        let ask = async |place: usize| {
            let Some(key) = reading.keys.get(place).cloned() else { return Ok(None) };
            let (key, grouping) = (Some(key), Grouping::None);
            let query = UsageQuery { from, to, resolution, key, app: None, team: None, grouping };
            self.read_usage(&reading.account, query).await.map(Some)
        };
        let (one, two, three, four, five) = tokio::join!(ask(0), ask(1), ask(2), ask(3), ask(4));
        let answers: Vec<Usage> = [one?, two?, three?, four?, five?].into_iter().flatten().collect();
        // Together they are complete up to where the least complete one is.
        reading.complete_until = answers.iter().filter_map(|usage| usage.complete_until).min();
        let each: Vec<Vec<Bucket>> = answers.into_iter().map(only).collect();
        let starts: BTreeSet<Timestamp> = each.iter().flatten().map(|bucket| bucket.start).collect();
        reading.each = each.iter().map(|buckets| placed(buckets, &starts)).collect();
        reading.buckets = together(&reading.each, &starts);
        Ok(())
    }

    /// Asks the portal, whatever it told before.
    pub(crate) async fn read_usage(&self, account: &AccountId, query: UsageQuery) -> Result<Usage, Trouble> {
        ask!(self, account, |portal, token| portal.usage(token, &query))
            .map_err(|failure| words::failure(&failure))
    }
}

fn only(usage: Usage) -> Vec<Bucket> {
    usage.series.into_iter().next().map(|series| series.buckets).unwrap_or_default()
}

/// A bucket of which nothing is known.
fn unknown(start: Timestamp) -> Bucket {
    Bucket {
        start,
        known: false,
        requests: 0,
        client_errors: 0,
        server_errors: 0,
        throttled: 0,
        billable: 0,
        latency: None,
    }
}

/// The buckets that begin at `starts`; one the portal did not tell is not known.
fn placed(buckets: &[Bucket], starts: &BTreeSet<Timestamp>) -> Vec<Bucket> {
    let find = |start: &Timestamp| {
        let place = buckets.binary_search_by_key(start, |bucket| bucket.start).ok();
        place.and_then(|place| buckets.get(place).cloned()).unwrap_or_else(|| unknown(*start))
    };
    starts.iter().map(find).collect()
}

/// The sums of several keys; known where one of them is.
fn together(each: &[Vec<Bucket>], starts: &BTreeSet<Timestamp>) -> Vec<Bucket> {
    let sum = |(place, start): (usize, &Timestamp)| {
        let known = each.iter().filter_map(|buckets| buckets.get(place)).filter(|bucket| bucket.known);
        known.fold(unknown(*start), |sum, bucket| Bucket {
            known: true,
            requests: sum.requests.saturating_add(bucket.requests),
            client_errors: sum.client_errors.saturating_add(bucket.client_errors),
            server_errors: sum.server_errors.saturating_add(bucket.server_errors),
            throttled: sum.throttled.saturating_add(bucket.throttled),
            billable: sum.billable.saturating_add(bucket.billable),
            ..sum
        })
    };
    starts.iter().enumerate().map(sum).collect()
}

/// For each bucket the calls on the newest secret and on older ones.
fn split(buckets: &[Bucket], usage: &Usage, newest: &str) -> Vec<(u64, u64)> {
    let calls = |start: Timestamp, new: bool| -> u64 {
        let series = usage.series.iter().filter(|series| (series.group == newest) == new);
        series
            .filter_map(|series| {
                let place = series.buckets.binary_search_by_key(&start, |bucket| bucket.start).ok()?;
                series.buckets.get(place).map(|bucket| bucket.requests)
            })
            .sum()
    };
    buckets.iter().map(|bucket| (calls(bucket.start, true), calls(bucket.start, false))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_laid_beside_each_other_by_time_and_what_one_does_not_tell_stays_unknown() {
        let at = |hour: i64, requests: u64| Bucket {
            known: true,
            requests,
            ..unknown(Timestamp::from_secs(hour * 3600))
        };
        let each = [vec![at(1, 5), at(2, 7)], vec![at(2, 1), at(3, 2)]];
        let starts: BTreeSet<Timestamp> = each.iter().flatten().map(|bucket| bucket.start).collect();
        let laid: Vec<Vec<Bucket>> = each.iter().map(|buckets| placed(buckets, &starts)).collect();
        let known: Vec<Vec<bool>> = laid.iter().map(|one| one.iter().map(|b| b.known).collect()).collect();
        assert_eq!(known, [[true, true, false], [false, true, true]]);
        let sums: Vec<u64> = together(&laid, &starts).iter().map(|bucket| bucket.requests).collect();
        assert_eq!(sums, [5, 8, 2]);
    }
}
