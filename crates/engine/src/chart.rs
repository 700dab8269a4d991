//! The picture of usage: marks only, drawn with plotters.
//!
//! No text is in it: words and values are laid over it by the window, which has the fonts, the
//! language and the zoom. Its size is bounded whatever is drawn, and a column never hides the highest
//! or the lowest of the buckets it stands for.

mod columns;
mod curve;
mod labelled;
mod lines;
mod marks;
mod pen;
mod scale;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use keystow_domain::{Bucket, Timestamp};
use plotters::prelude::{DrawingArea, IntoDrawingArea as _};
use plotters::style::RGBColor;

use columns::{Drawn, Finish, Placed};
pub(crate) use labelled::labelled;
pub use labelled::{PictureWords, Sign};
pub use lines::{Curve, Dash, Lines, Marker, draw_lines};
use pen::Pen;

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// The first instant of the time axis.
    pub from: Timestamp,
    /// The last instant of the time axis.
    pub to: Timestamp,
    /// The buckets, in time order and without a gap.
    pub buckets: &'a [Bucket],
    /// Buckets that end later than this are drawn pale.
    pub complete_until: Option<Timestamp>,
    /// Whether this is the usage of one key, whose secrets have a lane.
    pub one_key: bool,
    /// When the secret was replaced, and when the old one ended or will.
    pub rotation: Option<(Timestamp, Option<Timestamp>)>,
    /// Whether throttled calls have a lane of their own.
    pub throttled_lane: bool,
}

/// The colours of the marks, as `#rrggbb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colours {
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
    /// The rotation's lines and band.
    pub rotation: String,
    /// The background.
    pub surface: String,
}

/// A drawn chart with everything a window needs to lay words over it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The picture.
    pub svg: String,
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// The plot area of the requests.
    pub plot: Area,
    /// The lane of throttled calls, where there is one.
    pub throttled: Option<Area>,
    /// The lane of secrets.
    pub secrets: Area,
    /// The y axis.
    pub ticks_y: Vec<Tick>,
    /// The time axis.
    pub ticks_x: Vec<Tick>,
    /// Rotation and end of grace.
    pub marks: Vec<Mark>,
    /// Where there is no data.
    pub gaps: Vec<Area>,
    time: scale::Time,
}

impl Chart {
    /// Where a bucket is drawn that begins and ends at these instants.
    pub fn column(&self, from: Timestamp, to: Timestamp) -> Column {
        self.time.column(from, to)
    }

    /// The picture as an address for an image element, in which no script can run.
    pub fn image(&self) -> String {
        format!("data:image/svg+xml;base64,{}", STANDARD.encode(&self.svg))
    }
}

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Area {
    fn right(self) -> f64 {
        self.x + self.width
    }

    fn bottom(self) -> f64 {
        self.y + self.height
    }
}

/// A tick of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tick {
    /// In the unit of what is drawn, or milliseconds since the Unix epoch.
    pub value: i64,
    /// Its place in CSS pixels.
    pub at: f64,
}

/// Something that happened on the time axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// What.
    pub kind: MarkKind,
    /// When.
    pub time: Timestamp,
    /// Its place in CSS pixels from the left.
    pub at: f64,
}

/// What can be marked on the time axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// The secret was replaced.
    Rotated,
    /// The old secret ended, or will.
    GraceEnd,
}

/// Where a bucket is drawn, in CSS pixels from the left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Left edge.
    pub x: f64,
    /// Width.
    pub width: f64,
}

/// The most a picture weighs.
const MOST_BYTES: usize = 16 * 1024;
/// Room for the words of the y axis.
const LEFT: f64 = 64.0;
/// Room for the half of a sign that stands on the last instant.
const RIGHT: f64 = 4.0;
const PLOT_TOP: f64 = 24.0;
const PLOT_HEIGHT: f64 = 196.0;
const LANE_GAP: f64 = 8.0;
const LANE_HEIGHT: f64 = 28.0;
const SECRETS_GAP: f64 = 12.0;
const SECRETS_HEIGHT: f64 = 14.0;
const HEIGHT: f64 = PLOT_TOP + PLOT_HEIGHT + LANE_GAP + LANE_HEIGHT + SECRETS_GAP + SECRETS_HEIGHT + 2.0;

/// Bytes of a picture that are no corners of columns: frame, grid, marks and lanes.
const FRAME: usize = 2_000;
/// A picture of fewer corners is small in any case.
const FEWEST_CORNERS: usize = 100;
/// About how many bytes a corner takes.
const CORNER: usize = 9;

type Canvas<'a> = DrawingArea<Pen<'a>, plotters::coord::Shift>;

/// Where the parts of a picture are.
#[derive(Debug, Clone, Copy)]
struct Layout {
    width: u32,
    plot: Area,
    throttled: Option<Area>,
    secrets: Area,
}

impl Layout {
    /// The parts of a picture so many pixels wide, from 200 to 4000. Without the lane the plot is higher,
    /// so that nothing else moves.
    fn new(width: u32, throttled_lane: bool) -> Self {
        let width = width.clamp(200, 4000);
        let lane = Area { x: LEFT, y: PLOT_TOP, width: f64::from(width) - LEFT - RIGHT, height: LANE_HEIGHT };
        let throttled = Area { y: PLOT_TOP + PLOT_HEIGHT + LANE_GAP, ..lane };
        let height = if throttled_lane { PLOT_HEIGHT } else { throttled.bottom() - PLOT_TOP };
        Self {
            width,
            plot: Area { height, ..lane },
            throttled: throttled_lane.then_some(throttled),
            secrets: Area { y: throttled.bottom() + SECRETS_GAP, height: SECRETS_HEIGHT, ..lane },
        }
    }

    fn size(self) -> (u32, u32) {
        (self.width, HEIGHT as u32)
    }

    fn chart(
        self,
        svg: String,
        time: scale::Time,
        ticks_y: Vec<Tick>,
        marks: Vec<Mark>,
        gaps: Vec<Area>,
        zone: &TimeZone,
    ) -> Chart {
        let (width, height) = self.size();
        let (plot, throttled, secrets) = (self.plot, self.throttled, self.secrets);
        let ticks_x = scale::dates(&time, zone);
        Chart { svg, width, height, plot, throttled, secrets, ticks_y, ticks_x, marks, gaps, time }
    }
}

/// Draws `series` as columns `width` CSS pixels wide, with the time axis divided as `zone` divides days.
///
/// Widths are held between 200 and 4000; a colour that is not `#rrggbb` becomes grey.
pub fn draw(series: &Series<'_>, width: u32, colours: &Colours, zone: &TimeZone) -> Chart {
    let layout = Layout::new(width, series.throttled_lane);
    let time = scale::Time::new(series.from, series.to, layout.plot);
    let placed = Placed { series, time: &time };
    let first = columns::first(placed);
    let gaps = columns::gaps(placed, &first, layout.plot);
    let hatched = marks::hatching(&gaps).len();
    let marks = marks::on(series, &time);
    let mut corners = (MOST_BYTES - FRAME).saturating_sub(hatched) / CORNER;
    loop {
        let (drawn, finish) = columns::fit(first.clone(), corners);
        let most = drawn.iter().map(Drawn::highest).max().unwrap_or(0);
        let (ticks_y, top) = scale::calls(most, layout.plot);
        let mut svg = String::with_capacity(MOST_BYTES);
        let canvas = Pen::new(&mut svg, layout.size()).into_drawing_area();
        let paint = Paint { canvas: &canvas, colours, layout, top, finish, one_key: series.one_key };
        paint.under(&ticks_y, &marks, &gaps);
        paint.stack(&drawn);
        paint.throttled(&drawn);
        paint.over(&marks);
        lines::finished(canvas);
        // What was reckoned is a little off where everything comes together.
        if svg.len() <= MOST_BYTES || corners < FEWEST_CORNERS {
            return layout.chart(svg, time, ticks_y, marks, gaps, zone);
        }
        corners = corners * 9 / 10;
    }
}

/// One drawing in the making.
struct Paint<'p, 's> {
    canvas: &'p Canvas<'s>,
    colours: &'p Colours,
    layout: Layout,
    /// The value at the upper edge of the plot.
    top: u64,
    finish: Finish,
    one_key: bool,
}

impl Paint<'_, '_> {
    /// What lies under the values.
    fn under(&self, ticks: &[Tick], marks: &[Mark], gaps: &[Area]) {
        self.grid(ticks);
        self.band(marks);
        self.hatch(gaps, colour(&self.colours.baseline), 10);
    }

    /// What lies over them.
    fn over(&self, marks: &[Mark]) {
        if self.one_key {
            self.secret_lane(marks);
        }
        self.mark_lines(marks);
    }
}

/// Reads `#rrggbb`; anything else is grey, because a picture is no place for an error.
fn colour(text: &str) -> RGBColor {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
    let part = |at: usize| digits.and_then(|digits| u8::from_str_radix(&digits[at..at + 2], 16).ok());
    match (part(0), part(2), part(4)) {
        (Some(red), Some(green), Some(blue)) => RGBColor(red, green, blue),
        _ => RGBColor(128, 128, 128),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use keystow_domain::Latency;
    use proptest::prelude::*;

    use super::*;

    const FROM: Timestamp = Timestamp::from_secs(1_800_000_000);

    pub(crate) fn colours() -> Colours {
        let some = |text: &str| text.to_owned();
        Colours {
            success: some("#2E86AB"),
            client_error: some("#B87503"),
            server_error: some("#A92A1B"),
            throttled: some("#7446C4"),
            new_secret: some("#0A6A70"),
            old_secret: some("#858C93"),
            line: some("#E4E4E0"),
            baseline: some("#D3D4CF"),
            rotation: some("#1D57B8"),
            surface: some("#FFFFFF"),
        }
    }

    fn hours(count: i64, calls: impl Fn(i64) -> u64) -> Vec<Bucket> {
        (0..count)
            .map(|hour| Bucket {
                start: FROM.plus(Duration::from_secs(3600 * hour.unsigned_abs())),
                known: true,
                requests: calls(hour),
                client_errors: calls(hour) / 9,
                server_errors: calls(hour) / 17,
                throttled: calls(hour) / 13,
                billable: 0,
                latency: None,
            })
            .collect()
    }

    fn series(buckets: &[Bucket]) -> Series<'_> {
        let to = FROM.plus(Duration::from_secs(3600 * buckets.len() as u64));
        Series {
            from: FROM,
            to,
            buckets,
            complete_until: None,
            one_key: true,
            rotation: None,
            throttled_lane: true,
        }
    }

    #[test]
    fn a_picture_stays_small_whatever_is_drawn() {
        for count in [1, 24, 168, 720, 8_760, 100_000] {
            let buckets = hours(count, |hour| (hour.unsigned_abs() * 7919) % 6000);
            let rotation = Some((FROM.plus(Duration::from_secs(3000)), None));
            let chart = draw(&Series { rotation, ..series(&buckets) }, 900, &colours(), &TimeZone::UTC);
            assert!(chart.svg.len() <= MOST_BYTES, "{count} buckets give {} bytes", chart.svg.len());
        }
    }

    #[test]
    fn a_picture_holds_no_text_and_no_script() {
        let buckets = hours(24, |_| 5);
        let hostile = Colours { success: "\"/><script>".into(), ..colours() };
        let chart = draw(&series(&buckets), 900, &hostile, &TimeZone::UTC);
        assert!(!chart.svg.contains("<script") && !chart.svg.contains("<text"));
        assert!(chart.image().starts_with("data:image/svg+xml;base64,"));
    }

    #[test]
    fn every_column_lies_inside_the_plot_and_they_never_overlap() {
        let buckets = hours(500, |_| 1);
        let chart = draw(&series(&buckets), 777, &colours(), &TimeZone::UTC);
        let ends = buckets.iter().skip(1).map(|bucket| bucket.start).chain([series(&buckets).to]);
        let columns: Vec<Column> =
            buckets.iter().zip(ends).map(|(bucket, end)| chart.column(bucket.start, end)).collect();
        for pair in columns.windows(2) {
            assert!(pair[0].x + pair[0].width <= pair[1].x + 1e-6);
        }
        let last = columns[499];
        assert!(columns[0].x >= chart.plot.x && last.x + last.width <= chart.plot.right() + 1e-6);
    }

    #[test]
    fn the_axis_reaches_above_the_highest_bucket() {
        let buckets = hours(5_000, |hour| if hour == 2_345 { 9_001 } else { 3 });
        let chart = draw(&series(&buckets), 900, &colours(), &TimeZone::UTC);
        assert!(chart.ticks_y.last().is_some_and(|tick| tick.value >= 5_000));
        let step = chart.ticks_y[1].value - chart.ticks_y[0].value;
        assert!(chart.ticks_y.len() <= 5 && step > 0);
    }

    #[test]
    fn an_empty_period_is_drawn_too() {
        let chart = draw(&series(&[]), 900, &colours(), &TimeZone::UTC);
        assert!(chart.svg.starts_with("<svg"));
        assert_eq!(chart.ticks_y.first().map(|tick| tick.value), Some(0));
    }

    /// Values that jump, with gaps wherever the pattern has them.
    fn restless(count: usize, gap: usize, seed: u64) -> Vec<Bucket> {
        let value = |index: usize| (index as u64).wrapping_mul(seed | 1).wrapping_mul(0x9E37_79B9) >> 7;
        let latency = |one: u64| Latency {
            least: (one % 90) as u32,
            mean: (one % 9_000) as u32,
            most: (one % 90_000) as u32,
            p50: (one % 7_000) as u32,
            p95: (one % 50_000) as u32,
            p99: (one % 70_000) as u32,
        };
        let bucket = |index: usize| {
            let one = value(index) % 100_000;
            Bucket {
                start: FROM.plus(Duration::from_secs(3600 * index as u64)),
                known: gap == 0 || !index.is_multiple_of(gap),
                requests: one,
                client_errors: one / 3,
                server_errors: one / 7,
                throttled: one / 5,
                billable: one / 2,
                latency: Some(latency(value(index))),
            }
        };
        (0..count).map(bucket).collect()
    }

    #[test]
    fn columns_with_a_gap_beside_each_are_small_as_well() {
        for (count, gap, seed, width) in [(188, 2, 0, 2_441), (170, 2, 7, 4_000), (340, 2, 9, 4_000)] {
            let buckets = restless(count, gap, seed);
            let chart = draw(&series(&buckets), width, &colours(), &TimeZone::UTC);
            assert!(chart.svg.len() <= MOST_BYTES, "{count}: {} bytes", chart.svg.len());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn columns_stay_small_whatever_they_show_and_however_wide(
            (count, gap, seed, width) in (0_usize..2_500, 0_usize..6, any::<u64>(), 200_u32..4_000),
            turned in any::<bool>(),
        ) {
            let buckets = restless(count, gap, seed);
            let middle = FROM.plus(Duration::from_secs(1800 * count as u64));
            let rotation = turned.then(|| (middle, Some(middle.plus(Duration::from_secs(7_200)))));
            let chart = draw(&Series { rotation, ..series(&buckets) }, width, &colours(), &TimeZone::UTC);
            prop_assert!(chart.svg.len() <= MOST_BYTES, "{} bytes", chart.svg.len());
        }

        #[test]
        fn lines_stay_small_whatever_they_show_and_however_many(
            (count, gap, seed, width) in (0_usize..2_500, 0_usize..6, any::<u64>(), 200_u32..4_000),
            (many, banded, complete) in (1_usize..=5, any::<bool>(), 0_u64..2_500),
        ) {
            let buckets = restless(count, gap, seed);
            let values = |part: fn(&Bucket) -> u64| -> Vec<Option<u64>> {
                buckets.iter().map(|bucket| bucket.known.then(|| part(bucket))).collect()
            };
            let curve = |number: usize| Curve {
                values: values(|bucket| bucket.requests).into_iter().map(|one| one.map(|one| one * (number as u64 + 1))).collect(),
                colour: "#2E86AB".to_owned(),
                dash: [Dash::Solid, Dash::Short, Dash::Dots, Dash::Long, Dash::Mixed][number],
                marker: Some([Marker::Disc, Marker::Square, Marker::Triangle, Marker::Diamond, Marker::Wedge][number]),
            };
            let curves: Vec<Curve> = (0..many).map(curve).collect();
            let (low, high) = (values(|bucket| bucket.throttled), values(|bucket| bucket.requests));
            let complete_until = Some(FROM.plus(Duration::from_secs(3600 * complete)));
            let lines = Lines {
                series: Series { complete_until, ..series(&buckets) },
                curves: &curves,
                band: banded.then_some([low.as_slice(), high.as_slice()]),
                least_top: 100,
            };
            let chart = draw_lines(&lines, width, &colours(), &TimeZone::UTC);
            prop_assert!(chart.svg.len() <= MOST_BYTES, "{} bytes", chart.svg.len());
            prop_assert!(chart.svg.ends_with("</svg>\n") && !chart.svg.contains("NaN"));
        }
    }
}
