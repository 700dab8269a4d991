//! What may still be used, how long it lasts, and what is watched, as the window sees it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::CommandError;

/// What a key may still use.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct QuotaView {
    /// The tier.
    pub tier: String,
    /// Calls allowed.
    pub limit: i64,
    /// Calls used.
    pub used: i64,
    /// When the count starts again.
    pub resets_at: Option<i64>,
    /// Calls allowed in a window of time.
    pub rate_limit: i64,
    /// The length of that window in milliseconds.
    pub rate_window: i64,
    /// What is known of how long it lasts.
    pub outlook: OutlookView,
    /// What follows if the coming days are like those before; absent where it cannot be told.
    pub forecast: Option<ForecastView>,
}

/// What is known of how long a quota lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum OutlookView {
    /// It is used up.
    UsedUp,
    /// It lasts, even if much is used.
    Lasts,
    /// It lasts if days are as usual, and may not if much is used.
    MayEnd,
    /// It ends before the count starts again.
    Ends,
    /// The portal names no limit.
    NoLimit,
    /// The portal does not say when the count starts again.
    NoReset,
    /// Too few days are known.
    FewDays,
}

/// How a quota will be used if the coming days are like those before. Eight of ten such forecasts keep
/// their bounds.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ForecastView {
    /// Complete days it is reckoned from.
    pub days: u32,
    /// Billable calls a day, on the mean.
    pub a_day: i64,
    /// Calls used when the count starts again: at least.
    pub least: i64,
    /// The same, most likely.
    pub likely: i64,
    /// The same, at most.
    pub most: i64,
    /// When it is used up at the earliest.
    pub earliest: Option<i64>,
    /// When it is used up, most likely.
    pub ends_at: Option<i64>,
    /// When it is used up at the latest; absent if it may last.
    pub latest: Option<i64>,
}

/// The rules of a key, or of all keys of an account.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AlertsView {
    /// Each rule once.
    pub rules: Vec<AlertView>,
    /// Why it is not known how they stand.
    pub error: Option<CommandError>,
}

/// A rule, and how it stands.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AlertView {
    /// What is watched.
    pub rule: AlertRule,
    /// From where on it is told, in percent or hours; absent if it is not watched.
    pub bound: Option<u32>,
    /// The bound that is offered first.
    pub usual: u32,
    /// The largest bound.
    pub most: u32,
    /// Since when it is told.
    pub raised_at: Option<i64>,
    /// How it stands now; absent if the portal could not be asked.
    pub reading: Option<ReadingView>,
}

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum AlertRule {
    /// The used part of the quota, in percent.
    Quota,
    /// Calls answered 4xx or 5xx, in percent.
    Errors,
    /// Calls answered 429, in percent.
    Throttled,
    /// Hours without a call.
    Silence,
}

/// How that which is watched stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum ReadingView {
    /// A share.
    Share {
        /// In percent.
        percent: f64,
        /// What it is a share of: calls, or the quota.
        of: i64,
        /// Since when calls are counted; absent for the quota.
        since: Option<i64>,
    },
    /// No call for so many whole hours.
    Silent {
        /// Whole hours.
        hours: u32,
    },
    /// The portal tells no quota of it.
    NoQuota,
    /// The portal tells nothing of the last hours.
    NoData,
    /// Too few calls for a share.
    FewCalls,
    /// It was not used in the week before.
    NotUsed,
}

/// A rule that is watched from a bound on, or not any more.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlertInput {
    /// The key; absent for all keys of the account together.
    pub key: Option<String>,
    /// What is watched.
    pub rule: AlertRule,
    /// From where on it is told, in percent or hours; absent to watch it no more.
    pub bound: Option<u32>,
}
