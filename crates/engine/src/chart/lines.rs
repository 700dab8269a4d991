//! Charts of lines: rates, latency, and several keys beside each other.
//!
//! A line ends where there is no value and goes on after it; what is not complete yet is pale.

use jiff::tz::TimeZone;

use super::columns::{self, Finish, Placed};
use super::curve::{Path, Step, thin};
use super::pen::{Pen, Stroke};
use super::{Area, Canvas, Chart, Colours, Layout, MOST_BYTES, Paint, Series, colour, marks, scale};
use plotters::prelude::IntoDrawingArea as _;

/// How a line is drawn, so that it is told from others without its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// Without a break.
    Solid,
    /// Short strokes.
    Short,
    /// Dots.
    Dots,
    /// Long strokes.
    Long,
    /// Strokes and dots in turn.
    Mixed,
}

impl Dash {
    /// The lengths of strokes and gaps, as SVG writes them.
    pub fn lengths(self) -> &'static str {
        match self {
            Self::Solid => "",
            Self::Short => "5 4",
            Self::Dots => "1 4",
            Self::Long => "11 5",
            Self::Mixed => "9 4 1 4",
        }
    }
}

/// The sign that stands on a line here and there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A triangle.
    Triangle,
    /// A diamond.
    Diamond,
    /// A triangle that stands on its tip.
    Wedge,
}

impl Marker {
    /// The shape about `0 0`, relative to where the pen is, as SVG writes paths.
    pub fn shape(self) -> &'static str {
        match self {
            Self::Disc => "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
            Self::Square => "m-3-3h6v6h-6z",
            Self::Triangle => "m0-4l4 7h-8z",
            Self::Diamond => "m0-4.5l4.5 4.5-4.5 4.5-4.5-4.5z",
            Self::Wedge => "m-4-3h8l-4 7z",
        }
    }
}

/// A line: a value for each bucket, or nothing where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The values, in the unit of the axis.
    pub values: Vec<Option<u64>>,
    /// Its colour as `#rrggbb`.
    pub colour: String,
    /// Its dashes.
    pub dash: Dash,
    /// Its sign, where several keys are compared.
    pub marker: Option<Marker>,
}

/// What a chart of lines shows.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a> {
    /// The time axis, and what is known of each bucket.
    pub series: Series<'a>,
    /// The lines; the first is drawn last, on top of the others.
    pub curves: &'a [Curve],
    /// The lowest and the highest values, filled in between.
    pub band: Option<[&'a [Option<u64>]; 2]>,
    /// The axis reaches at least as far, so that nothing is not drawn as a mountain.
    pub least_top: u64,
}

/// Bytes that are kept for everything but the lines.
const REST: usize = 3_000;
/// About how many bytes a point of a line takes.
const POINT: usize = 9;
/// Fewer columns are not needed for a picture to be small.
const FEWEST: usize = 16;
/// How many signs stand on a line.
const SIGNS: usize = 8;

/// Draws lines `width` CSS pixels wide, with the time axis divided as `zone` divides days.
///
/// Widths are held between 200 and 4000; a colour that is not `#rrggbb` becomes grey.
pub fn draw_lines(lines: &Lines<'_>, width: u32, colours: &Colours, zone: &TimeZone) -> Chart {
    let layout = Layout::new(width, false);
    let time = scale::Time::new(lines.series.from, lines.series.to, layout.plot);
    let placed = Placed { series: &lines.series, time: &time };
    let all = lines.curves.iter().flat_map(|curve| &curve.values);
    let high = lines.band.iter().flat_map(|[_, highest]| highest.iter());
    let most = all.chain(high).flatten().copied().max().unwrap_or(0);
    let (ticks_y, top) = scale::calls(most.max(lines.least_top), layout.plot);
    let drawn = columns::first(placed);
    let gaps = columns::gaps(placed, &drawn, layout.plot);
    let marks = marks::on(&lines.series, &time);

    let units = lines.curves.len() + 2 * usize::from(lines.band.is_some());
    let affordable = (MOST_BYTES - REST) / (2 * POINT * units.max(1));
    let room = (layout.plot.width / 2.0) as usize;
    // A column of one bucket has one point, and one of several has two.
    let single = lines.series.buckets.len() <= room.min(2 * affordable);
    let mut columns = if single { lines.series.buckets.len() } else { affordable.min(room) }.max(FEWEST);
    let svg = loop {
        let mut svg = String::with_capacity(MOST_BYTES);
        let canvas = Pen::new(&mut svg, layout.size()).into_drawing_area();
        let paint = Paint {
            canvas: &canvas,
            colours,
            layout,
            top,
            finish: Finish::plain(),
            one_key: lines.series.one_key,
        };
        paint.under(&ticks_y, &marks, &gaps);
        Sketch { paint: &paint, placed, lines, columns }.everything();
        paint.over(&marks);
        finished(canvas);
        if svg.len() <= MOST_BYTES || columns <= FEWEST {
            break svg;
        }
        columns = (columns * 3 / 4).max(FEWEST);
    };
    layout.chart(svg, time, ticks_y, marks, gaps, zone)
}

/// Writes the end of a picture. Writing into a text cannot fail.
pub(super) fn finished(canvas: Canvas<'_>) {
    let _ = canvas.present();
}

/// The lines of one picture in the making.
struct Sketch<'a, 'p, 's> {
    paint: &'a Paint<'p, 's>,
    placed: Placed<'a>,
    lines: &'a Lines<'a>,
    columns: usize,
}

impl Sketch<'_, '_, '_> {
    fn everything(&self) {
        if let Some([lowest, highest]) = self.lines.band {
            self.band(lowest, highest);
        }
        for curve in self.lines.curves.iter().rev() {
            self.curve(curve);
        }
    }

    /// The middle of a bucket.
    fn x(&self, index: usize) -> f64 {
        let column = self.placed.column(index, 1);
        column.x + column.width / 2.0
    }

    fn y(&self, value: u64) -> f64 {
        let plot = self.paint.layout.plot;
        plot.bottom() - value as f64 / self.paint.top as f64 * plot.height
    }

    /// The first bucket that is not complete.
    fn edge(&self) -> usize {
        let count = self.placed.series.buckets.len();
        (0..count).rev().take_while(|index| !self.placed.is_complete(*index)).last().unwrap_or(count)
    }

    fn curve(&self, curve: &Curve) {
        let steps = thin(&curve.values, self.columns);
        let ink = colour(&curve.colour);
        let edge = self.edge();
        let pale: Vec<Step> = self.unfinished(&steps, edge);
        let whole =
            steps.iter().copied().filter(|step| !matches!(step, Step::To { index, .. } if *index >= edge));
        for (steps, opacity) in [(whole.collect::<Vec<_>>(), 1.0), (pale, 0.5)] {
            let path = self.path(&steps);
            if !path.is_empty() {
                let dash = curve.dash.lengths();
                self.paint.draw(Stroke::line(path.text, ink, dash).faded(opacity));
            }
        }
        if let Some(marker) = curve.marker {
            self.signs(&steps, marker, curve);
        }
    }

    /// The part of a line that is not complete, from the last complete point on.
    fn unfinished(&self, steps: &[Step], edge: usize) -> Vec<Step> {
        let begins = steps.iter().position(|step| matches!(step, Step::To { index, .. } if *index >= edge));
        begins.map_or_else(Vec::new, |at| steps[at.saturating_sub(1)..].to_vec())
    }

    fn path(&self, steps: &[Step]) -> Path {
        let mut path = Path::default();
        let mut begun = false;
        for (place, step) in steps.iter().enumerate() {
            let Step::To { index, value } = *step else {
                begun = false;
                continue;
            };
            let (x, y) = (self.x(index), self.y(value));
            if begun {
                path.line(x, y);
            } else {
                path.go(x, y);
                begun = true;
                if !matches!(steps.get(place + 1), Some(Step::To { .. })) {
                    path.dot();
                }
            }
        }
        path
    }

    /// Signs at even distances, so that a line is known by its shape as well.
    fn signs(&self, steps: &[Step], marker: Marker, curve: &Curve) {
        let points: Vec<(usize, u64)> = steps
            .iter()
            .filter_map(|step| match *step {
                Step::To { index, value } => Some((index, value)),
                Step::Lift => None,
            })
            .collect();
        let every = points.len().div_ceil(SIGNS).max(1);
        let mut path = Path::default();
        for (index, value) in points.iter().skip(every / 2).step_by(every) {
            path.go(self.x(*index), self.y(*value));
            path.text.push_str(marker.shape());
        }
        if !path.is_empty() {
            self.paint.draw(Stroke::shape(path.text, colour(&curve.colour)));
        }
    }

    /// The room between the lowest and the highest values, one shape for each stretch with values.
    fn band(&self, lowest: &[Option<u64>], highest: &[Option<u64>]) {
        let each = lowest.len().div_ceil(self.columns).max(1);
        let mut path = Path::default();
        let mut stretch: Vec<(Area, u64, u64)> = Vec::new();
        for (column, (low, high)) in lowest.chunks(each).zip(highest.chunks(each)).enumerate() {
            let extremes = low.iter().flatten().min().zip(high.iter().flatten().max());
            let place = self.placed.column(column * each, low.len());
            match extremes {
                Some((low, high)) => {
                    let area = Area { x: place.x, width: place.width, ..self.paint.layout.plot };
                    stretch.push((area, *low, *high));
                }
                None => self.shape(&mut path, &mut stretch),
            }
        }
        self.shape(&mut path, &mut stretch);
        if !path.is_empty() {
            let ink = colour(&self.paint.colours.success);
            self.paint.draw(Stroke::shape(path.text, ink).faded(0.2));
        }
    }

    /// Along the highest values to the right and along the lowest back, to the edges of the outer columns.
    fn shape(&self, path: &mut Path, stretch: &mut Vec<(Area, u64, u64)>) {
        if let (Some((first, _, high)), Some((last, _, _))) = (stretch.first(), stretch.last()) {
            path.go(first.x, self.y(*high));
            let ends = |area: &Area| if area == last { area.right() } else { area.x + area.width / 2.0 };
            for (area, _, high) in stretch.iter() {
                path.line(ends(area), self.y(*high));
            }
            for (area, low, _) in stretch.iter().rev() {
                path.line(ends(area), self.y(*low));
            }
            path.line(first.x, self.y(stretch[0].1));
            path.close();
        }
        stretch.clear();
    }
}
