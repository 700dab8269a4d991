//! Usage, as the window sees it: a picture of the marks, and everything that is said about them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The usage of a key, or of everything.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct UsageView {
    /// The keys; none for the whole account.
    pub keys: Vec<crate::view::KeyRef>,
    /// The first instant, inclusive.
    pub from: i64,
    /// The last instant, exclusive.
    pub to: i64,
    /// The width of a bucket.
    pub resolution: ResolutionView,
    /// What is drawn.
    pub metric: MetricView,
    /// Up to when the numbers are complete.
    pub complete_until: Option<i64>,
    /// The picture.
    pub chart: ChartView,
    /// The parts of the picture that can be shown and hidden, with how each looks.
    pub legend: Vec<SignView>,
    /// The numbers under the picture, in time order; the table's twin reads them backwards.
    pub buckets: Vec<BucketView>,
    /// The sums.
    pub totals: TotalsView,
    /// Where keys are compared: each of them, in the order of `keys`.
    pub compared: Vec<ComparedView>,
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
    /// The lane of throttled calls, where there is one.
    pub throttled: Option<AreaView>,
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

/// How a part of a picture looks beside its name.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct SignView {
    /// Which part: a name the window has a word for, or the id of a compared key.
    pub name: String,
    /// Its colour as `#rrggbb`.
    pub colour: String,
    /// For a line: the lengths of strokes and gaps, empty for a whole line. Nothing for what is filled.
    pub dash: Option<String>,
    /// The sign on the line, as an SVG path about the point where the pen is.
    pub marker: Option<String>,
    /// Whether what is filled is pale.
    pub pale: bool,
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
    /// The value: calls, millionths, microseconds, or an instant.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
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
    /// Calls that count towards the bill.
    pub billable: i64,
    /// How long the calls took, where there were any.
    pub latency: Option<LatencyView>,
    /// Calls on the newest secret, where the portal tells.
    pub on_new: Option<i64>,
    /// Calls on old secrets, where the portal tells.
    pub on_old: Option<i64>,
    /// Left edge of its column in CSS pixels.
    pub x: f64,
    /// Width of its column in CSS pixels.
    pub width: f64,
}

/// How long calls took, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct LatencyView {
    /// The fastest call.
    pub min: f64,
    /// The mean of all calls.
    pub average: f64,
    /// The slowest call.
    pub max: f64,
    /// Half of the calls were at least as fast.
    pub p50: f64,
    /// 95 of 100 calls were at least as fast.
    pub p95: f64,
    /// 99 of 100 calls were at least as fast.
    pub p99: f64,
}

/// One of several keys that are compared.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct ComparedView {
    /// Its sums.
    pub totals: TotalsView,
    /// What is drawn of it, for each bucket: calls, a share of one, or milliseconds. Nothing where the
    /// portal has no numbers, or where there were no calls to take a share of.
    pub values: Vec<Option<f64>>,
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
    /// Calls that count towards the bill.
    pub billable: i64,
}

/// What usage is asked for.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageInput {
    /// One key, up to five beside each other, or none for everything of the account.
    pub keys: Vec<String>,
    /// One team, all its keys together; then no keys are named.
    pub team: Option<String>,
    /// How far back from now, or `between`.
    pub period: PeriodView,
    /// For `between`: its first and its last instant.
    pub between: Option<[i64; 2]>,
    /// The width of a bucket.
    pub resolution: ResolutionView,
    /// What is drawn.
    pub metric: MetricView,
    /// Parts of the legend that are not drawn: their names, or ids of compared keys.
    pub hidden: Vec<String>,
    /// The width the picture shall have, in CSS pixels, 200 to 4000.
    pub width: u32,
    /// The colours of the theme.
    pub colours: ChartColours,
}

/// What of usage is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum MetricView {
    /// Calls, by how they were answered.
    Requests,
    /// The share of calls that failed, and of those that were throttled.
    Errors,
    /// How long calls took.
    Latency,
    /// Calls that count towards the bill.
    Billable,
}

/// As which kind of file usage is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub enum UsageFormat {
    /// The numbers, for spreadsheets.
    Csv,
    /// The numbers, for programs.
    Json,
    /// The picture, with its words.
    Svg,
}

/// The words of a picture that stands alone, in the language of the window.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PictureWords {
    /// What is shown.
    pub title: String,
    /// Of which time, and up to when it is complete.
    pub subtitle: String,
    /// The names of the legend: a part, and its word.
    pub legend: Vec<(String, String)>,
    /// What stands at the ticks of the time axis, by their instants in milliseconds since the Unix epoch.
    pub ticks_x: Vec<(i64, String)>,
    /// What stands at the ticks of the other axis, by their values in the unit of the axis.
    pub ticks_y: Vec<(i64, String)>,
    /// What is said of the rotation and of the end of its grace time.
    pub marks: Vec<(MarkKind, String)>,
    /// What stands beside the lane of secrets.
    pub secrets: String,
    /// What is said of time without data.
    pub no_data: String,
    /// Whether the words are read from right to left.
    pub rtl: bool,
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
    /// From one instant to another.
    Between,
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
