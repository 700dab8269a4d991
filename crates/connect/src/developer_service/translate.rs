//! From the contract's words to Keystow's and back.
//!
//! Nothing is invented: an empty text is "not told", an unknown word stays as it was written, and
//! every text is cut to a length that a list survives.

use std::time::Duration;

use keystow_domain::{
    Abilities, AppId, Bucket, Environment, GracePolicy, Grouping, Key, KeyId, Latency, PreviousSecret, Quota,
    Reported, Resolution, SecondRotation, Series, Timestamp, Usage, UsageQuery,
};
use keystow_portal_api::capabilities::{Capabilities, Grace, extension};
use keystow_portal_api::keys::{self as wire, ApiKey, DeveloperReply, ListApiKeysReply};
use keystow_portal_api::usage::{self as wire_usage, QuotaReply, UsageReply};
use serde::Deserialize;
use url::Url;

use crate::transport::{Reply, instant};
use crate::{Cause, Failure, KeyPage, PageToken};

/// How many characters are kept of any text of a key.
const MOST_CHARS: usize = 10_000;
/// How many scopes or old secrets are kept of one key, and how many parts of anything else.
pub(super) const MOST_PARTS: usize = 1_000;

/// A key as the contract describes it, or nothing if it lacks an id.
pub(super) fn key(wire: ApiKey) -> Option<Key> {
    // An id is used to build addresses, so one that had to be cut would name another key.
    let named = !wire.id.is_empty() && wire.id.len() <= MOST_CHARS;
    named.then(|| filled(KeyId::new(wire.id.clone()), wire))
}

/// The key `id` with everything that `wire` tells of it.
pub(super) fn filled(id: KeyId, wire: ApiKey) -> Key {
    let told = said(wire.environment).map(|word| Environment::from_word(&word));
    Key {
        id,
        environment: told.or_else(|| Environment::from_prefix(&wire.key_prefix)),
        name: cut(wire.name),
        prefix: cut(wire.key_prefix),
        suffix: said(wire.key_suffix),
        reported: reported(&wire.status),
        scopes: wire.scopes.into_iter().take(MOST_PARTS).map(cut).collect(),
        owner: said(wire.owner).or_else(|| said(wire.created_by)),
        created_at: instant(&wire.created_at),
        last_used_at: instant(&wire.last_used_at),
        expires_at: instant(&wire.expires_at),
        rotated_at: instant(&wire.rotated_at),
        version: (wire.version > 0).then_some(wire.version),
        app: said(wire.app_id).map(AppId::new),
        client: None,
        previous: wire.previous_secrets.into_iter().take(MOST_PARTS).map(previous).collect(),
    }
}

pub(super) fn previous(wire: wire::PreviousSecret) -> PreviousSecret {
    PreviousSecret {
        prefix: cut(wire.key_prefix),
        suffix: said(wire.key_suffix),
        expires_at: instant(&wire.expires_at),
        last_used_at: instant(&wire.last_used_at),
    }
}

pub(super) fn reported(status: &str) -> Reported {
    match status.strip_prefix("API_KEY_STATUS_").unwrap_or(status) {
        // A portal may have a word for "rotated lately"; the key is accepted all the same.
        "ACTIVE" | "ROTATING" => Reported::Active,
        "EXPIRED" => Reported::Expired,
        "REVOKED" => Reported::Revoked,
        "PENDING" => Reported::Pending,
        "SUSPENDED" => Reported::Suspended,
        "UNSPECIFIED" => Reported::Unknown(String::new()),
        word => Reported::Unknown(cut(word.to_owned())),
    }
}

/// A page of keys. A row that cannot be read is counted and costs no other row.
///
/// # Errors
///
/// [`Cause::Garbage`] if the page itself cannot be read.
pub(super) fn page(reply: &Reply) -> Result<KeyPage, Failure> {
    let (rows, next) = match reply.read::<ListApiKeysReply>() {
        Ok(page) => (page.api_keys.into_iter().map(Some).collect::<Vec<_>>(), page.next_page_token),
        Err(_) => rows_one_by_one(reply)?,
    };
    let told = rows.len();
    let keys: Vec<Key> = rows.into_iter().flatten().filter_map(key).collect();
    let skipped = u32::try_from(told - keys.len()).unwrap_or(u32::MAX);
    Ok(KeyPage { keys, next: said(next).map(PageToken::new), skipped })
}

/// Reads a page that holds a row of an unexpected shape; such a row is nothing.
fn rows_one_by_one(reply: &Reply) -> Result<(Vec<Option<ApiKey>>, String), Failure> {
    #[derive(Deserialize)]
    struct Page {
        #[serde(rename = "apiKeys", alias = "api_keys")]
        rows: Vec<serde_json::Value>,
        #[serde(default, rename = "nextPageToken", alias = "next_page_token")]
        next: Option<String>,
    }
    let page: Page = reply.read()?;
    let rows = page.rows.into_iter().map(|row| serde_json::from_value(row).ok()).collect();
    Ok((rows, page.next.unwrap_or_default()))
}

/// Who is signed in: the name, else the e-mail address.
pub(super) fn person(wire: DeveloperReply) -> Option<String> {
    said(wire.email).or_else(|| said(wire.name))
}

/// What a portal at `origin` says it can do.
pub(super) fn abilities(wire: Capabilities, origin: &Url) -> Abilities {
    let gateway = wire.gateway.unwrap_or_default();
    let at = |url: String| said(url).and_then(|url| origin.join(&url).ok()).map(String::from);
    let offers = |extension: &str| wire.extensions.iter().any(|word| word == extension);
    Abilities {
        grace: grace(&wire.grace),
        environments: wire.environments,
        scopes: wire.scopes,
        expiry: wire.expiry.supported,
        // The contract creates keys, and names no most.
        second_key: true,
        replay: (wire.replay.header.eq_ignore_ascii_case("Idempotency-Key")
            && wire.replay.window_seconds > 0)
            .then(|| Duration::from_secs(wire.replay.window_seconds)),
        usage: wire.usage.resolutions.iter().filter_map(|word| resolution(word)).collect(),
        usage_retention: days(wire.usage.retention_days),
        usage_by_secret: wire.usage.group_by.iter().any(|word| word == "secret"),
        quota: wire.quota,
        log: offers(extension::AUDIT),
        gateway: at(gateway.url),
        stream: at(gateway.stream),
        apps: offers(extension::APPS),
        teams: offers(extension::TEAMS),
        clients: offers(extension::OAUTH_CLIENTS),
        bill: offers(extension::BILLING),
        admin: offers(extension::ADMIN),
        role: said(wire.role).map(super::apps::role),
    }
}

fn grace(wire: &Grace) -> GracePolicy {
    let secs = |secs: u64| (secs > 0).then(|| Duration::from_secs(secs));
    GracePolicy {
        chosen_by_caller: wire.decided_by == "client",
        // A portal that names a longest grace and no shortest one may end it at once.
        least: secs(wire.min_seconds).or_else(|| secs(wire.max_seconds).map(|_| Duration::ZERO)),
        most: secs(wire.max_seconds),
        default: secs(wire.default_seconds),
        reported: wire.reported,
        can_end_early: wire.end_early,
        second_rotation: match wire.second_rotation.as_str() {
            "keeps_all" => SecondRotation::KeepsAll,
            "drops_old" => SecondRotation::DropsOld,
            _ => SecondRotation::Unknown,
        },
    }
}

fn days(days: u32) -> Option<Duration> {
    (days > 0).then(|| Duration::from_secs(u64::from(days) * 86_400))
}

fn resolution(word: &str) -> Option<Resolution> {
    match word {
        "hour" => Some(Resolution::Hour),
        "day" => Some(Resolution::Day),
        "month" => Some(Resolution::Month),
        _ => None,
    }
}

/// The query of GET /v1/developer/usage.
///
/// # Errors
///
/// Nothing is sent for a window outside the years that RFC 3339 can write.
pub(super) fn usage_query(query: &UsageQuery) -> Result<Vec<(&'static str, String)>, Failure> {
    let at = |at: Timestamp| written_instant(at).ok_or(Failure::NotSent(Cause::Garbage));
    let resolution = match query.resolution {
        Resolution::Hour => "hour",
        Resolution::Day => "day",
        Resolution::Month => "month",
    };
    let grouping = match query.grouping {
        Grouping::None => "none",
        Grouping::Secret => "secret",
        Grouping::Key => "key",
    };
    let mut pairs = vec![
        ("from", at(query.from)?),
        ("to", at(query.to)?),
        ("resolution", resolution.to_owned()),
        ("groupBy", grouping.to_owned()),
    ];
    pairs.extend(query.app.iter().map(|id| ("appId", id.as_str().to_owned())));
    pairs.extend(query.team.iter().map(|id| ("teamId", id.as_str().to_owned())));
    pairs.extend(query.key.iter().map(|id| ("keyId", id.as_str().to_owned())));
    Ok(pairs)
}

/// Usage as it was reported; a bucket without a start belongs nowhere and is left out.
pub(super) fn usage(wire: UsageReply) -> Usage {
    let series = wire.series.into_iter().map(|series| Series {
        group: cut(series.group),
        buckets: series.buckets.into_iter().filter_map(bucket).collect(),
    });
    Usage { complete_until: instant(&wire.complete_until), series: series.collect() }
}

fn bucket(wire: wire_usage::Bucket) -> Option<Bucket> {
    Some(Bucket {
        start: instant(&wire.start)?,
        known: !wire.no_data,
        requests: wire.requests,
        client_errors: wire.client_errors,
        server_errors: wire.server_errors,
        throttled: wire.throttled,
        billable: wire.billable,
        latency: wire.latency.map(latency),
    })
}

/// An hour, in microseconds.
const LONGEST_CALL: f64 = 3.6e9;

fn latency(wire: wire_usage::Latency) -> Latency {
    let micros = |millis: f64| (millis * 1000.0).round().clamp(0.0, LONGEST_CALL) as u32;
    Latency {
        least: micros(wire.min),
        mean: micros(wire.avg),
        most: micros(wire.max),
        p50: micros(wire.p50),
        p95: micros(wire.p95),
        p99: micros(wire.p99),
    }
}

/// What a key may still use.
pub(super) fn quota(wire: QuotaReply) -> Quota {
    Quota {
        tier: cut(wire.tier),
        limit: wire.limit,
        used: wire.used,
        resets_at: instant(&wire.resets_at),
        rate_limit: wire.rate_limit,
        rate_window: Duration::from_secs(wire.rate_window_seconds),
    }
}

/// An instant as RFC 3339, or nothing outside the years 0 to 9999.
pub(super) fn written_instant(at: Timestamp) -> Option<String> {
    jiff::Timestamp::from_millisecond(at.as_millis()).ok().map(|at| at.to_string())
}

pub(super) fn said(text: String) -> Option<String> {
    (!text.is_empty()).then(|| cut(text))
}

/// Cuts a text to what is kept of it; characters that hide are the window's business.
pub(super) fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARS) {
        text.truncate(end);
    }
    text
}
