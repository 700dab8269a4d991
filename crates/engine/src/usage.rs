//! Usage of a key or of everything: the numbers, and the picture of them.

use std::time::Duration;

use jiff::tz::TimeZone;
use keystow_domain::{
    AccountId, Bucket, GraceEnd, Grouping, KeyId, Resolution, Timestamp, Usage, UsageQuery,
};

use crate::chart::{self, Chart, Colours};
use crate::engine::Engine;
use crate::session::ask;
use crate::{Trouble, words};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// How far back usage is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// 90 days.
    Quarter,
    /// 365 days.
    Year,
}

impl Period {
    fn seconds(self) -> i64 {
        DAY * match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
            Self::Year => 365,
        }
    }
}

/// Usage as a person sees it.
#[derive(Debug, Clone)]
pub struct UsageSight {
    /// The key and its name; nothing for the whole account.
    pub key: Option<(KeyId, String)>,
    /// The first instant, inclusive.
    pub from: Timestamp,
    /// The last instant, exclusive.
    pub to: Timestamp,
    /// The width of a bucket.
    pub resolution: Resolution,
    /// Up to when the numbers are complete.
    pub complete_until: Option<Timestamp>,
    /// The picture.
    pub chart: Chart,
    /// The numbers, in time order.
    pub buckets: Vec<Bucket>,
    /// For each bucket the calls on the newest secret and on older ones, where the portal tells.
    pub by_secret: Option<Vec<(u64, u64)>>,
    /// Whether the period was cut to what the portal keeps.
    pub cut: bool,
}

impl Engine {
    /// Reads and draws usage of the current account, or of one of its keys.
    ///
    /// A resolution too fine for the period is coarsened: hours up to 30 days, days up to a year.
    ///
    /// # Errors
    ///
    /// Fails if the portal has no usage or could not be asked.
    pub async fn usage(
        &self,
        key: Option<&KeyId>,
        period: Period,
        resolution: Resolution,
        width: u32,
        colours: &Colours,
    ) -> Result<UsageSight, Trouble> {
        let account = self.current_account()?;
        let abilities = self.abilities(&account).await?;
        if abilities.usage.is_empty() {
            return Err(words::not_offered());
        }
        let now = self.portal_now(&account);
        let resolution = fitting(period, resolution, &abilities.usage);
        let (from, to, cut) = span(now, period, resolution, abilities.usage_retention);
        let query = |grouping| UsageQuery { from, to, resolution, key: key.cloned(), grouping };
        let whole = self.read_usage(&account, query(Grouping::None)).await?;
        let prefix = key.and_then(|key| self.row(&account, key).ok()).map(|row| row.key.prefix);
        let by_secret = match prefix {
            Some(prefix) if abilities.usage_by_secret => {
                let secrets = self.read_usage(&account, query(Grouping::Secret)).await?;
                Some((secrets, prefix))
            }
            _ => None,
        };
        let complete_until = whole.complete_until;
        let buckets = whole.series.into_iter().next().map(|series| series.buckets).unwrap_or_default();
        let by_secret = by_secret.map(|(usage, prefix)| split(&buckets, &usage, &prefix));
        let rotation = key.and_then(|key| self.rotation_marks(&account, key));
        let one_key = key.is_some();
        let series = chart::Series { from, to, buckets: &buckets, complete_until, one_key, rotation };
        let chart = chart::draw(&series, width, colours, &TimeZone::system());
        let named = key.and_then(|key| self.row(&account, key).ok().map(|row| (row.key.id, row.key.name)));
        Ok(UsageSight { key: named, from, to, resolution, complete_until, chart, buckets, by_secret, cut })
    }

    pub(crate) async fn abilities(&self, account: &AccountId) -> Result<keystow_domain::Abilities, Trouble> {
        if self.known(account)?.abilities.is_none() {
            self.read_abilities(account).await;
        }
        match self.known(account)?.abilities {
            Some(abilities) => Ok(abilities),
            // Asking again tells why it could not be asked.
            None => ask!(self, account, |portal, token| portal.abilities(token))
                .map_err(|failure| words::failure(&failure)),
        }
    }

    pub(crate) async fn read_usage(&self, account: &AccountId, query: UsageQuery) -> Result<Usage, Trouble> {
        ask!(self, account, |portal, token| portal.usage(token, &query))
            .map_err(|failure| words::failure(&failure))
    }

    /// When the key was rotated and its old secret ended, as far as that is known.
    fn rotation_marks(&self, account: &AccountId, key: &KeyId) -> Option<(Timestamp, Option<Timestamp>)> {
        let row = self.row(account, key).ok()?;
        let grace = self.state().listings.get(account).and_then(|listing| listing.graces.get(key).cloned());
        let reported = row.key.previous.iter().filter_map(|old| old.expires_at).max();
        let rotated_at = row.key.rotated_at.or(grace.as_ref().map(|grace| grace.rotated_at))?;
        let remembered =
            grace.filter(|grace| grace.rotated_at >= rotated_at).and_then(|grace| match grace.end {
                GraceEnd::At(at) => Some(at),
                GraceEnd::Between { .. } | GraceEnd::Unknown => None,
            });
        Some((rotated_at, reported.or(remembered)))
    }
}

/// The resolution to use: one that the portal has and that keeps the number of buckets in bounds.
fn fitting(period: Period, wanted: Resolution, offered: &[Resolution]) -> Resolution {
    let bounded = match (period, wanted) {
        (Period::Quarter | Period::Year, Resolution::Hour) => Resolution::Day,
        (Period::Day | Period::Week, Resolution::Month) => Resolution::Day,
        (_, wanted) => wanted,
    };
    if offered.contains(&bounded) { bounded } else { offered.first().copied().unwrap_or(bounded) }
}

/// The instants of a period that ends with the bucket of `now`, cut to what the portal keeps.
fn span(
    now: Timestamp,
    period: Period,
    resolution: Resolution,
    retention: Option<Duration>,
) -> (Timestamp, Timestamp, bool) {
    let grain = if resolution == Resolution::Hour { HOUR } else { DAY };
    let to = (now.as_secs().div_euclid(grain) + 1) * grain;
    let from = to - period.seconds();
    let kept = retention.and_then(|kept| i64::try_from(kept.as_secs()).ok());
    // The first bucket of what is kept may be partly gone, so the period starts with the next one.
    let earliest = kept.map(|kept| (now.as_secs() - kept).div_euclid(grain) * grain + grain);
    match earliest {
        Some(earliest) if earliest > from => (Timestamp::from_secs(earliest), Timestamp::from_secs(to), true),
        _ => (Timestamp::from_secs(from), Timestamp::from_secs(to), false),
    }
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
    fn a_day_ends_with_the_hour_that_is_running() {
        let now = Timestamp::from_secs(1_800_000_000 + 5);
        let (from, to, cut) = span(now, Period::Day, Resolution::Hour, None);
        assert!(!cut);
        assert_eq!(to.as_secs() - from.as_secs(), DAY);
        assert!(to > now && to.as_secs() - now.as_secs() <= HOUR);
    }

    #[test]
    fn a_period_is_cut_to_what_is_kept_and_says_so() {
        let now = Timestamp::from_secs(1_800_000_000);
        let kept = Some(Duration::from_secs(90 * 86_400));
        let (from, _, cut) = span(now, Period::Year, Resolution::Day, kept);
        assert!(cut);
        assert!(now.since(from) <= Duration::from_secs(90 * 86_400));
        assert!(!span(now, Period::Month, Resolution::Day, kept).2);
    }

    #[test]
    fn hours_are_not_drawn_over_a_year() {
        let all = [Resolution::Hour, Resolution::Day, Resolution::Month];
        assert_eq!(fitting(Period::Year, Resolution::Hour, &all), Resolution::Day);
        assert_eq!(fitting(Period::Week, Resolution::Hour, &all), Resolution::Hour);
        assert_eq!(fitting(Period::Week, Resolution::Hour, &[Resolution::Day]), Resolution::Day);
    }
}
