//! The marks themselves: gridlines, stacks, lanes and hatching.
//!
//! Each series is one shape, so that the picture's size grows with the columns and not with the parts.

use plotters::element::{Drawable, PathElement, PointCollection, Polygon, Rectangle};
use plotters::style::{Color as _, RGBColor, ShapeStyle};

use super::columns::Drawn;
use super::pen::{Pen, Stroke};
use super::scale::Time;
use super::{Area, Column, Mark, MarkKind, Paint, Series, Tick, colour};

/// How pale a bucket is that is not complete yet.
const PALE: f64 = 0.45;
/// How thick the upper edge of a pale bucket is, in pixels.
const EDGE: i32 = 2;
/// Distance of hatching lines in pixels.
const HATCH: i32 = 7;
/// Hatching has about so many lines at most; wide areas get wider hatching, so that the picture stays small.
const MOST_LINES: i32 = 90;
/// So many areas are hatched, the widest ones; more of them are too narrow to be told apart.
const MOST_HATCHED: usize = 40;

/// Rotation and end of grace, where they lie on the time axis.
pub(super) fn on(series: &Series<'_>, time: &Time) -> Vec<Mark> {
    let Some((rotated, ended)) = series.rotation else { return Vec::new() };
    let marks = [(MarkKind::Rotated, Some(rotated)), (MarkKind::GraceEnd, ended)];
    marks
        .into_iter()
        .filter_map(|(kind, instant)| instant.map(|instant| (kind, instant)))
        .filter(|(_, instant)| time.holds(*instant))
        .map(|(kind, instant)| Mark { kind, time: instant, at: time.at(instant) })
        .collect()
}

impl<'s> Paint<'_, 's> {
    /// Drawing into a string cannot fail; a chart without one mark is still a chart.
    pub(super) fn draw<E>(&self, element: E)
    where
        for<'e> &'e E: PointCollection<'e, (i32, i32)>,
        E: Drawable<Pen<'s>>,
    {
        let _ = self.canvas.draw(&element);
    }

    pub(super) fn grid(&self, ticks: &[Tick]) {
        let plot = self.layout.plot;
        for tick in ticks {
            let line = if tick.value == 0 { &self.colours.baseline } else { &self.colours.line };
            let y = round(tick.at);
            let ends = vec![(round(plot.x), y), (round(plot.right()), y)];
            self.draw(PathElement::new(ends, ShapeStyle::from(colour(line)).stroke_width(1)));
        }
        let Some(lane) = self.layout.throttled else { return };
        let y = round(lane.bottom());
        let ends = vec![(round(plot.x), y), (round(plot.right()), y)];
        self.draw(PathElement::new(ends, ShapeStyle::from(colour(&self.colours.line)).stroke_width(1)));
    }

    /// The time in which both secrets were accepted.
    pub(super) fn band(&self, marks: &[Mark]) {
        if let (Some(from), Some(to)) = (place(marks, MarkKind::Rotated), place(marks, MarkKind::GraceEnd)) {
            let corners =
                [(round(from), round(self.layout.plot.y)), (round(to), round(self.layout.secrets.bottom()))];
            self.draw(Rectangle::new(corners, colour(&self.colours.rotation).mix(0.10).filled()));
        }
    }

    pub(super) fn mark_lines(&self, marks: &[Mark]) {
        let style = ShapeStyle::from(colour(&self.colours.rotation)).stroke_width(2);
        let (top, bottom) = (round(self.layout.plot.y), round(self.layout.secrets.bottom()));
        for mark in marks {
            let x = round(mark.at);
            match mark.kind {
                MarkKind::Rotated => self.draw(PathElement::new(vec![(x, top), (x, bottom)], style)),
                MarkKind::GraceEnd => {
                    let path = format!("M{x} {top}V{bottom}");
                    self.draw(Stroke::thin(path, colour(&self.colours.rotation), 20, "3 5"));
                }
            }
        }
    }

    /// Success, 4xx and 5xx upward, a line of background between them.
    pub(super) fn stack(&self, drawn: &[Drawn]) {
        for complete in [true, false] {
            let part: Vec<&Drawn> = drawn.iter().filter(|c| c.known && c.complete == complete).collect();
            let ink = |text: &str| self.ink(text, if complete { 1.0 } else { PALE });
            let lower = |column: &Drawn| self.pixels(column.successes).max(2);
            let middle = |c: &Drawn| self.pixels(c.successes + c.client_errors).max(lower(c));
            let failed = || part.iter().copied().filter(|column| column.server_errors > 0);
            let refused = || part.iter().copied().filter(|column| column.client_errors > 0);
            let upper = |c: &Drawn| self.pixels(c.highest()).max(middle(c) + 2);
            self.comb(failed(), upper, ink(&self.colours.server_error));
            self.line_of_background(failed(), middle);
            self.comb(refused(), |c| middle(c).max(lower(c) + 2), ink(&self.colours.client_error));
            self.line_of_background(refused(), lower);
            if !complete {
                // Pale alone is hard to tell from the background: the height has its full colour.
                self.comb(part.iter().copied(), lower, colour(&self.colours.success));
            }
            let edge = if complete { 0 } else { EDGE };
            self.successes(&part, |c| lower(c) - edge, ink(&self.colours.success));
        }
    }

    fn line_of_background<'c>(
        &self,
        columns: impl Iterator<Item = &'c Drawn>,
        under: impl Fn(&Drawn) -> i32,
    ) {
        if self.finish.lines {
            self.comb(columns, |column| under(column) + 1, colour(&self.colours.surface));
        }
    }

    /// A column of several buckets is full up to the lowest of them and pale up to the highest.
    fn successes(&self, part: &[&Drawn], highest: impl Fn(&Drawn) -> i32, ink: RGBColor) {
        if part.iter().any(|column| column.merged) {
            self.comb(part.iter().copied(), &highest, self.ink(&self.colours.success, PALE));
            self.comb(part.iter().copied(), |c| self.pixels(c.least).min(highest(c)), ink);
        } else {
            self.comb(part.iter().copied(), highest, ink);
        }
    }

    /// A colour laid over the background, opaque, so that nothing under it shines through.
    fn ink(&self, text: &str, strength: f64) -> RGBColor {
        let (over, under) = (colour(text), colour(&self.colours.surface));
        let mix = |over: u8, under: u8| {
            (f64::from(over) * strength + f64::from(under) * (1.0 - strength)).round() as u8
        };
        RGBColor(mix(over.0, under.0), mix(over.1, under.1), mix(over.2, under.2))
    }

    /// A lane of its own scale, with a diamond on the peak.
    pub(super) fn throttled(&self, drawn: &[Drawn]) {
        let most = drawn.iter().map(|column| column.throttled).max().unwrap_or(0);
        let Some(lane) = self.layout.throttled.filter(|_| most > 0) else { return };
        let fill = colour(&self.colours.throttled);
        let room = lane.height - 9.0;
        let height = |calls: u64| round(calls as f64 / most as f64 * room).max(2);
        let bottom = round(lane.bottom());
        let any = drawn.iter().filter(|column| column.throttled > 0);
        self.shape(any, |column| height(column.throttled), bottom, fill);
        if let Some(peak) = drawn.iter().find(|column| column.throttled == most) {
            let (x, y) = (round(peak.column.x + peak.column.width / 2.0), bottom - height(most) - 4);
            let diamond = vec![(x, y - 4), (x + 4, y), (x, y + 4), (x - 4, y)];
            self.draw(Polygon::new(diamond, fill.filled()));
        }
    }

    /// Hatched is the old secret, solid the new one, and a wedge while both are accepted.
    pub(super) fn secret_lane(&self, marks: &[Mark]) {
        let lane = self.layout.secrets;
        let new = colour(&self.colours.new_secret).filled();
        let (top, bottom) = (round(lane.y), round(lane.bottom()));
        let Some(rotated) = place(marks, MarkKind::Rotated) else {
            self.draw(Rectangle::new([(round(lane.x), top), (round(lane.right()), bottom)], new));
            return;
        };
        let ended = place(marks, MarkKind::GraceEnd);
        let old_until = ended.unwrap_or(rotated);
        self.hatch(&[Area { width: old_until - lane.x, ..lane }], colour(&self.colours.old_secret), 20);
        if let Some(ended) = ended {
            let wedge = vec![(round(rotated), top), (round(ended), top), (round(ended), bottom)];
            self.draw(Polygon::new(wedge, new));
        }
        self.draw(Rectangle::new([(round(old_until), top), (round(lane.right()), bottom)], new));
    }

    /// Diagonal lines, all of them one path, so many tenths of a pixel wide.
    pub(super) fn hatch(&self, areas: &[Area], ink: RGBColor, tenths: u32) {
        let path = hatching(areas);
        if !path.is_empty() {
            self.draw(Stroke::thin(path, ink, tenths, ""));
        }
    }

    fn pixels(&self, calls: u64) -> i32 {
        round(calls as f64 / self.top as f64 * self.layout.plot.height)
    }

    fn comb<'c>(
        &self,
        columns: impl Iterator<Item = &'c Drawn>,
        height: impl Fn(&Drawn) -> i32,
        fill: RGBColor,
    ) {
        self.shape(columns, height, round(self.layout.plot.bottom()), fill);
    }

    /// All columns of one colour as one shape that returns to the baseline between them.
    fn shape<'c>(
        &self,
        columns: impl Iterator<Item = &'c Drawn>,
        height: impl Fn(&Drawn) -> i32,
        bottom: i32,
        fill: RGBColor,
    ) {
        let mut points = Vec::new();
        for drawn in columns {
            let (left, right) = edges(drawn.column, self.finish.air);
            let top = bottom - height(drawn);
            // Neighbours that touch need no way down to the baseline and up again.
            if points.last() == Some(&(left, bottom)) {
                points.pop();
            } else {
                points.push((left, bottom));
            }
            points.extend([(left, top), (right, top), (right, bottom)]);
        }
        if !points.is_empty() {
            self.draw(Polygon::new(points, fill.filled()));
        }
    }
}

/// The lines of the hatching, as SVG writes a path.
pub(super) fn hatching(areas: &[Area]) -> String {
    let mut wide: Vec<&Area> = areas.iter().filter(|area| round(area.right()) - round(area.x) >= 2).collect();
    wide.sort_by(|one, other| other.width.total_cmp(&one.width));
    wide.truncate(MOST_HATCHED);
    let room: i32 = wide.iter().map(|area| round(area.width)).sum();
    let step = HATCH.max(room / MOST_LINES).unsigned_abs() as usize;
    let mut path = String::new();
    for area in wide {
        let (left, right) = (round(area.x), round(area.right()));
        let (top, bottom) = (round(area.y), round(area.bottom()));
        let (lean, height) = (24.min(bottom - top), bottom - top);
        for x in (left - lean..right).step_by(step) {
            // Of a line that begins or ends outside, the part inside.
            let (from, to) = (x.max(left), (x + lean).min(right));
            let begin = bottom - (from - x) * height / lean.max(1);
            let rise = (to - from) * height / lean.max(1);
            if rise > 0 {
                path.push_str(&format!("M{from} {begin}l{}-{rise}", to - from));
            }
        }
    }
    path
}

/// The pixels of a column, with or without air to its neighbours.
fn edges(column: Column, air: bool) -> (i32, i32) {
    let (left, right) = (round(column.x), round(column.x + column.width));
    let air = if !air || right - left < 3 { 0 } else { ((right - left) / 6).clamp(1, 12) };
    (left + air / 2, (right - (air - air / 2)).max(left + 1))
}

fn place(marks: &[Mark], kind: MarkKind) -> Option<f64> {
    marks.iter().find(|mark| mark.kind == kind).map(|mark| mark.at)
}

fn round(pixels: f64) -> i32 {
    pixels.round() as i32
}
