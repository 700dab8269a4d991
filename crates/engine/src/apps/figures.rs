//! What an app was used for, in a few figures.

use std::time::Duration;

use keystow_domain::{AppId, Bucket, Grouping, Latency, Resolution, Timestamp, UsageQuery};

use crate::engine::Engine;
use crate::{Trouble, words};

/// How far back the figures go.
const SPAN: Duration = Duration::from_secs(30 * 86_400);

/// The figures of an app: all its keys together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppFigures {
    /// From when they count.
    pub from: Timestamp,
    /// Up to when they are complete, where the portal tells.
    pub complete_until: Option<Timestamp>,
    /// All calls.
    pub messages: u64,
    /// Calls that were answered with an error of the caller or the service, without those that were too many.
    pub errors: u64,
    /// Calls refused as too many.
    pub throttled: u64,
    /// The fastest, the mean and the slowest answer, in microseconds; nothing where nobody measured one.
    pub response: Option<(u32, u32, u32)>,
    /// Whether the portal had no numbers for part of the time.
    pub gaps: bool,
}

impl Engine {
    /// What an app of the current account was used for in the last thirty days.
    ///
    /// # Errors
    ///
    /// Fails if the portal has no usage or cannot be asked.
    pub async fn app_figures(&self, id: &AppId) -> Result<AppFigures, Trouble> {
        const DAY: i64 = 86_400;
        let account = self.current_account()?;
        self.known_app(&account, id)?;
        let abilities = self.abilities(&account).await?;
        if !abilities.usage.contains(&Resolution::Day) {
            return Err(words::not_offered());
        }
        let now = self.portal_now(&account);
        let midnight = Timestamp::from_secs(now.as_secs().div_euclid(DAY) * DAY);
        let span = abilities.usage_retention.map_or(SPAN, |kept| kept.min(SPAN));
        let from = midnight.minus(span.saturating_sub(Duration::from_secs(86_400)));
        let query = UsageQuery {
            from,
            to: midnight.plus(Duration::from_secs(86_400)),
            resolution: Resolution::Day,
            key: None,
            app: Some(id.clone()),
            team: None,
            grouping: Grouping::None,
        };
        let usage = self.read_usage(&account, query).await?;
        if self.is_hidden() {
            return Err(words::vault(keystow_vault::VaultError::Locked));
        }
        let days = usage.series.into_iter().next().map(|series| series.buckets).unwrap_or_default();
        Ok(figures(from, usage.complete_until, &days))
    }
}

fn figures(from: Timestamp, complete_until: Option<Timestamp>, days: &[Bucket]) -> AppFigures {
    let sum = |count: fn(&Bucket) -> u64| days.iter().map(count).fold(0, u64::saturating_add);
    AppFigures {
        from,
        complete_until,
        messages: sum(|day| day.requests),
        errors: sum(|day| day.client_errors + day.server_errors),
        throttled: sum(|day| day.throttled),
        response: response(days),
        gaps: days.iter().any(|day| !day.known),
    }
}

/// The fastest and the slowest answer, and the mean over all calls.
fn response(days: &[Bucket]) -> Option<(u32, u32, u32)> {
    let measured = || days.iter().filter_map(|day| day.latency.map(|took| (day.requests.max(1), took)));
    let least = measured().map(|(_, took): (u64, Latency)| took.least).min()?;
    let most = measured().map(|(_, took)| took.most).max()?;
    let calls: u128 = measured().map(|(calls, _)| u128::from(calls)).sum();
    let total: u128 = measured().map(|(calls, took)| u128::from(calls) * u128::from(took.mean)).sum();
    let mean = u32::try_from(total.checked_div(calls)?).unwrap_or(u32::MAX);
    Some((least, mean, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(requests: u64, errors: u64, latency: Option<(u32, u32, u32)>) -> Bucket {
        Bucket {
            start: Timestamp::from_secs(0),
            known: true,
            requests,
            client_errors: errors,
            server_errors: 0,
            throttled: 1,
            billable: 0,
            latency: latency.map(|(least, mean, most)| Latency { least, mean, most, p50: 0, p95: 0, p99: 0 }),
        }
    }

    #[test]
    fn the_mean_is_over_calls_and_not_over_days() {
        let days = [day(90, 1, Some((5, 10, 20))), day(10, 2, Some((7, 110, 900))), day(0, 0, None)];
        let all = figures(Timestamp::from_secs(0), None, &days);
        assert_eq!((all.messages, all.errors, all.throttled), (100, 3, 3));
        assert_eq!(all.response, Some((5, 20, 900)));
    }

    #[test]
    fn an_app_without_calls_has_no_response_time_and_a_gap_is_told() {
        let unknown = Bucket { known: false, ..day(0, 0, None) };
        let all = figures(Timestamp::from_secs(0), None, &[unknown]);
        assert!(all.response.is_none() && all.gaps);
    }
}
