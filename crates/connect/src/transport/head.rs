//! What the head of an answer tells: the portal's time, its rate limit and when to come back.

use std::time::Duration;

use http::HeaderMap;
use keystow_domain::Timestamp;

use super::time;
use crate::{Offset, RateLimit};

/// A `Date` header is cut to whole seconds: on average the portal is this much further.
const HALF_A_SECOND: Duration = Duration::from_millis(500);
/// When to come back if a throttled answer does not say.
const DEFAULT_WAIT: Duration = Duration::from_secs(60);
const LEAST_WAIT: Duration = Duration::from_secs(1);
const MOST_WAIT: Duration = Duration::from_secs(3600);

/// What was read off the head of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    /// The `Date` header.
    pub(crate) answered_at: Option<Timestamp>,
    pub(crate) limits: Option<RateLimit>,
    /// When to try again, had this been a throttled call; in this computer's time.
    pub(crate) retry_at: Timestamp,
}

impl Head {
    /// Reads the head of an answer that arrived at `now`.
    pub(crate) fn read(status: u16, headers: &HeaderMap, offset: Option<Offset>, now: Timestamp) -> Self {
        let reset = text(headers, "x-ratelimit-reset").and_then(|reset| wait(reset, offset, now));
        let after = text(headers, "retry-after").and_then(|after| retry_after(after, offset, now));
        let limits = RateLimit {
            limit: number(headers, "x-ratelimit-limit"),
            remaining: number(headers, "x-ratelimit-remaining"),
            resets_at: reset.map(|wait| now.plus(wait)),
        };
        let told = limits.limit.is_some() || limits.remaining.is_some() || limits.resets_at.is_some();
        let wait = after.or(reset).unwrap_or(DEFAULT_WAIT).clamp(LEAST_WAIT, MOST_WAIT);
        Self {
            status,
            content_type: text(headers, "content-type").map(str::to_ascii_lowercase),
            answered_at: text(headers, "date").and_then(time::http_date),
            limits: told.then_some(limits),
            retry_at: now.plus(wait),
        }
    }
}

/// How far the portal's clock is ahead, judged at the middle of the call.
///
/// `started` and `sent_at` are when it was sent, on the clock that never jumps and on the wall clock.
pub(crate) fn offset(
    headers: &HeaderMap,
    started: Duration,
    sent_at: Timestamp,
    took: Duration,
) -> Option<Offset> {
    let portal = text(headers, "date").and_then(time::http_date)?.plus(HALF_A_SECOND);
    let middle = sent_at.plus(took / 2);
    Some(Offset {
        millis: portal.as_millis().saturating_sub(middle.as_millis()),
        learned_at: sent_at.plus(took),
        learned_elapsed: started + took,
    })
}

/// Reads `Retry-After`: seconds or an HTTP date (RFC 9110 §10.2.3).
fn retry_after(value: &str, offset: Option<Offset>, now: Timestamp) -> Option<Duration> {
    if let Ok(secs) = value.parse::<u64>() {
        return Some(Duration::from_secs(secs));
    }
    let at = time::http_date(value)?;
    Some(offset.map_or(at, |offset| offset.to_local(at)).since(now))
}

/// Reads `X-RateLimit-Reset`. Portals disagree on its meaning: beyond 10^12 it is an epoch in
/// milliseconds, beyond 10^9 one in seconds, both in the portal's time; anything else is seconds from now.
fn wait(value: &str, offset: Option<Offset>, now: Timestamp) -> Option<Duration> {
    let value: i64 = value.parse().ok().filter(|value| *value >= 0)?;
    let at = match value {
        1_000_000_000_001.. => Timestamp::from_millis(value),
        1_000_000_001.. => Timestamp::from_secs(value),
        secs => return Some(Duration::from_secs(secs.unsigned_abs()).min(MOST_WAIT)),
    };
    Some(offset.map_or(at, |offset| offset.to_local(at)).since(now).min(MOST_WAIT))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_792_152_800);

    fn head(pairs: &[(&'static str, &str)]) -> Head {
        let headers: HeaderMap =
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Head::read(429, &headers, None, NOW)
    }

    fn waits(pairs: &[(&'static str, &str)]) -> u64 {
        head(pairs).retry_at.since(NOW).as_secs()
    }

    #[test]
    fn a_reset_is_read_as_epoch_or_delta_by_its_size() {
        assert_eq!(waits(&[("x-ratelimit-reset", "1792152901")]), 101);
        assert_eq!(waits(&[("x-ratelimit-reset", "1792152901000")]), 101);
        assert_eq!(waits(&[("x-ratelimit-reset", "30")]), 30);
    }

    #[test]
    fn retry_after_wins_in_both_of_its_forms() {
        assert_eq!(waits(&[("retry-after", "7"), ("x-ratelimit-reset", "30")]), 7);
        assert_eq!(waits(&[("retry-after", "Fri, 16 Oct 2026 12:14:00 GMT")]), 40);
    }

    #[test]
    fn a_wait_is_never_nothing_and_never_more_than_an_hour() {
        assert_eq!(waits(&[("retry-after", "0")]), 1);
        assert_eq!(waits(&[("retry-after", "99999999")]), 3600);
        assert_eq!(waits(&[("x-ratelimit-reset", "9223372036854775807")]), 3600);
        assert_eq!(waits(&[("x-ratelimit-reset", "-5")]), 60, "a reset that makes no sense is not one");
        assert_eq!(waits(&[]), 60);
    }

    #[test]
    fn a_reset_in_the_portals_time_is_moved_to_ours() {
        let ahead = Offset { millis: 3_600_000, learned_at: NOW, learned_elapsed: Duration::ZERO };
        assert_eq!(wait("1792156410", Some(ahead), NOW), Some(Duration::from_secs(10)));
    }

    #[test]
    fn the_offset_is_taken_at_the_middle_of_the_call() {
        let mut headers = HeaderMap::new();
        headers.insert("date", "Fri, 16 Oct 2026 12:13:30 GMT".parse().unwrap());
        let offset =
            offset(&headers, Duration::ZERO, NOW, Duration::from_secs(1)).map(|offset| offset.millis);
        assert_eq!(offset, Some(10_000));
    }

    #[test]
    fn an_answer_without_limits_tells_no_limits() {
        assert_eq!(head(&[]).limits, None);
        assert_eq!(
            head(&[("x-ratelimit-remaining", "3")]).limits.and_then(|limits| limits.remaining),
            Some(3)
        );
    }
}
