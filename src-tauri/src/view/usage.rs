//! Usage, as the window sees it: a picture of the marks, and everything that is said about them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The usage of a key, or of everything.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct UsageView {
    /// The key; absent for the whole account.
    pub key: Option<crate::view::KeyRef>,
    /// The first instant, inclusive.
    pub from: i64,
    /// The last instant, exclusive.
    pub to: i64,
    /// The width of a bucket.
    pub resolution: ResolutionView,
    /// Up to when the numbers are complete.
    pub complete_until: Option<i64>,
    /// The picture.
    pub chart: ChartView,
    /// The numbers under the picture, in time order; the table's twin reads them backwards.
    pub buckets: Vec<BucketView>,
    /// The sums.
    pub totals: TotalsView,
    /// Whether the period was cut to what the portal keeps.
    pub cut: bool,
}

/// A picture of marks only: words and values are laid over it by the window.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ChartView {
    /// The SVG as a `data:` address, to be shown as an image.
    pub image: String,
    /// Width of the picture in CSS pixels.
    pub width: u32,
    /// Height of the picture in CSS pixels.
    pub height: u32,
    /// The plot area of the requests.
    pub plot: AreaView,
    /// The lane of throttled calls.
    pub throttled: AreaView,
    /// The lane of secrets.
    pub secrets: AreaView,
    /// Values of the y axis with their place in pixels from the top.
    pub ticks_y: Vec<TickView>,
    /// Instants of the x axis with their place in pixels from the left.
    pub ticks_x: Vec<TickView>,
    /// Rotation and end of grace, with their place in pixels from the left.
    pub marks: Vec<MarkView>,
    /// Columns without data: from and to, in pixels from the left.
    pub gaps: Vec<AreaView>,
}

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AreaView {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// A tick of an axis.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct TickView {
    /// The value: calls, or an instant.
    pub value: i64,
    /// Its place in CSS pixels.
    pub at: f64,
}

/// Something that happened to the key.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct MarkView {
    /// What.
    pub kind: MarkKind,
    /// When.
    pub time: i64,
    /// Its place in CSS pixels from the left.
    pub at: f64,
}

/// What can be marked on the time axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum MarkKind {
    /// The secret was replaced.
    Rotated,
    /// The old secret ended, or will.
    GraceEnd,
}

/// One bucket.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct BucketView {
    /// Its first instant.
    pub start: i64,
    /// Whether the portal has numbers for it.
    pub known: bool,
    /// Whether it is complete.
    pub complete: bool,
    /// All calls.
    pub requests: i64,
    /// Calls that went well.
    pub successes: i64,
    /// 4xx without 429.
    pub client_errors: i64,
    /// 5xx.
    pub server_errors: i64,
    /// 429.
    pub throttled: i64,
    /// 95th percentile of the latency in milliseconds.
    pub p95: Option<f64>,
    /// Calls on the newest secret, where the portal tells.
    pub on_new: Option<i64>,
    /// Calls on old secrets, where the portal tells.
    pub on_old: Option<i64>,
    /// Left edge of its column in CSS pixels.
    pub x: f64,
    /// Width of its column in CSS pixels.
    pub width: f64,
}

/// Sums over a period.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct TotalsView {
    /// All calls.
    pub requests: i64,
    /// Calls that went well.
    pub successes: i64,
    /// 4xx without 429.
    pub client_errors: i64,
    /// 5xx.
    pub server_errors: i64,
    /// 429.
    pub throttled: i64,
}

/// What usage is asked for.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageInput {
    /// One key, or everything of the account.
    pub key: Option<String>,
    /// How far back from now.
    pub period: PeriodView,
    /// The width of a bucket.
    pub resolution: ResolutionView,
    /// The width the picture shall have, in CSS pixels, 200 to 4000.
    pub width: u32,
    /// The colours of the theme.
    pub colours: ChartColours,
}

/// The colours of a chart's marks, as `#rrggbb`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChartColours {
    /// Calls that went well.
    pub success: String,
    /// 4xx.
    pub client_error: String,
    /// 5xx.
    pub server_error: String,
    /// 429.
    pub throttled: String,
    /// The newest secret.
    pub new_secret: String,
    /// Old secrets.
    pub old_secret: String,
    /// Gridlines.
    pub line: String,
    /// The baseline.
    pub baseline: String,
    /// The rotation's line and band.
    pub rotation: String,
    /// The background, for the gaps between stacked parts.
    pub surface: String,
}

/// How far back usage is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum PeriodView {
    /// The last 24 hours.
    Day,
    /// The last 7 days.
    Week,
    /// The last 30 days.
    Month,
    /// The last 90 days.
    Quarter,
    /// The last 365 days.
    Year,
}

/// The width of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum ResolutionView {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
}
