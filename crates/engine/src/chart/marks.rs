//! The marks themselves: gridlines, stacks, lanes and hatching.
//!
//! Each series is one shape, so that the picture's size grows with the columns and not with the parts.

use plotters::backend::SVGBackend;
use plotters::element::{Drawable, PathElement, PointCollection, Polygon, Rectangle};
use plotters::style::{Color as _, RGBColor, ShapeStyle};

use super::columns::Drawn;
use super::scale::Time;
use super::{Area, Column, Mark, MarkKind, Paint, Series, Tick, colour};

/// How pale a bucket is that is not complete yet.
const PALE: f64 = 0.45;
/// Distance of hatching lines in pixels.
const HATCH: i32 = 7;

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
    fn draw<E>(&self, element: E)
    where
        for<'e> &'e E: PointCollection<'e, (i32, i32)>,
        E: Drawable<SVGBackend<'s>>,
    {
        let _ = self.canvas.draw(&element);
    }

    pub(super) fn grid(&self, ticks: &[Tick]) {
        for tick in ticks {
            let line = if tick.value == 0 { &self.colours.baseline } else { &self.colours.line };
            let y = round(tick.at);
            let ends = vec![(round(self.plot.x), y), (round(self.plot.right()), y)];
            self.draw(PathElement::new(ends, ShapeStyle::from(colour(line)).stroke_width(1)));
        }
        let y = round(self.throttled.bottom());
        let ends = vec![(round(self.plot.x), y), (round(self.plot.right()), y)];
        self.draw(PathElement::new(ends, ShapeStyle::from(colour(&self.colours.line)).stroke_width(1)));
    }

    /// The time in which both secrets were accepted.
    pub(super) fn band(&self, marks: &[Mark]) {
        if let (Some(from), Some(to)) = (place(marks, MarkKind::Rotated), place(marks, MarkKind::GraceEnd)) {
            let corners = [(round(from), round(self.plot.y)), (round(to), round(self.secrets.bottom()))];
            self.draw(Rectangle::new(corners, colour(&self.colours.rotation).mix(0.10).filled()));
        }
    }

    pub(super) fn mark_lines(&self, marks: &[Mark]) {
        let style = ShapeStyle::from(colour(&self.colours.rotation)).stroke_width(2);
        let (top, bottom) = (round(self.plot.y), round(self.secrets.bottom()));
        for mark in marks {
            let x = round(mark.at);
            match mark.kind {
                MarkKind::Rotated => self.draw(PathElement::new(vec![(x, top), (x, bottom)], style)),
                MarkKind::GraceEnd => {
                    for y in (top..bottom).step_by(8) {
                        self.draw(PathElement::new(vec![(x, y), (x, (y + 4).min(bottom))], style));
                    }
                }
            }
        }
    }

    /// Success, 4xx and 5xx upward, a line of background between them.
    pub(super) fn stack(&self, drawn: &[Drawn]) {
        let known: Vec<&Drawn> = drawn.iter().filter(|column| column.known).collect();
        let surface = colour(&self.colours.surface);
        for (complete, mix) in [(true, 1.0), (false, PALE)] {
            let part: Vec<&Drawn> = known.iter().copied().filter(|c| c.complete == complete).collect();
            let height = |calls: u64| self.pixels(calls);
            let upper = |column: &Drawn| height(column.highest());
            let middle = |column: &Drawn| height(column.successes + column.client_errors);
            let lower = |column: &Drawn| height(column.successes).max(2);
            let failed = |column: &&Drawn| column.server_errors > 0;
            let refused = |column: &&Drawn| column.client_errors > 0;
            self.comb(
                part.iter().copied().filter(failed),
                |c| upper(c).max(middle(c) + 2),
                colour(&self.colours.server_error),
                mix,
            );
            self.comb(part.iter().copied().filter(failed), |c| middle(c).max(lower(c)) + 1, surface, 1.0);
            self.comb(
                part.iter().copied().filter(refused),
                |c| middle(c).max(lower(c) + 2),
                colour(&self.colours.client_error),
                mix,
            );
            self.comb(part.iter().copied().filter(refused), |c| lower(c) + 1, surface, 1.0);
            self.comb(part.iter().copied(), lower, colour(&self.colours.success), mix);
            let merged = |column: &&Drawn| column.merged;
            self.comb(part.iter().copied().filter(merged), |c| height(c.least), RGBColor(0, 0, 0), 0.18);
        }
    }

    /// A lane of its own scale, with a diamond on the peak.
    pub(super) fn throttled(&self, drawn: &[Drawn]) {
        let most = drawn.iter().map(|column| column.throttled).max().unwrap_or(0);
        if most == 0 {
            return;
        }
        let fill = colour(&self.colours.throttled);
        let room = self.throttled.height - 9.0;
        let height = |calls: u64| round(calls as f64 / most as f64 * room).max(2);
        let bottom = round(self.throttled.bottom());
        let any = drawn.iter().filter(|column| column.throttled > 0);
        self.shape(any, |column| height(column.throttled), bottom, fill, 1.0);
        if let Some(peak) = drawn.iter().find(|column| column.throttled == most) {
            let (x, y) = (round(peak.column.x + peak.column.width / 2.0), bottom - height(most) - 4);
            let diamond = vec![(x, y - 4), (x + 4, y), (x, y + 4), (x - 4, y)];
            self.draw(Polygon::new(diamond, fill.filled()));
        }
    }

    /// Hatched is the old secret, solid the new one, and a wedge while both are accepted.
    pub(super) fn secret_lane(&self, marks: &[Mark]) {
        let lane = self.secrets;
        let new = colour(&self.colours.new_secret).filled();
        let (top, bottom) = (round(lane.y), round(lane.bottom()));
        let Some(rotated) = place(marks, MarkKind::Rotated) else {
            self.draw(Rectangle::new([(round(lane.x), top), (round(lane.right()), bottom)], new));
            return;
        };
        let ended = place(marks, MarkKind::GraceEnd);
        let old_until = ended.unwrap_or(rotated);
        self.hatch(Area { width: old_until - lane.x, ..lane }, colour(&self.colours.old_secret));
        if let Some(ended) = ended {
            let wedge = vec![(round(rotated), top), (round(ended), top), (round(ended), bottom)];
            self.draw(Polygon::new(wedge, new));
        }
        self.draw(Rectangle::new([(round(old_until), top), (round(lane.right()), bottom)], new));
    }

    /// Diagonal lines in a frame, as one line that runs to and fro.
    pub(super) fn hatch(&self, area: Area, ink: RGBColor) {
        let (left, right) = (round(area.x), round(area.right()));
        let (top, bottom) = (round(area.y), round(area.bottom()));
        if right - left < 2 {
            return;
        }
        let lean = (bottom - top).min(24);
        // Wide areas get wider hatching, so that the picture stays small.
        let step = HATCH.max((right - left) / 60);
        let mut points = Vec::new();
        for (line, x) in (left..right + lean).step_by(step.unsigned_abs() as usize).enumerate() {
            let ends = [(x.min(right), top), ((x - lean).clamp(left, right), bottom)];
            points.extend(if line % 2 == 0 { ends } else { [ends[1], ends[0]] });
        }
        self.draw(PathElement::new(points, ShapeStyle::from(ink).stroke_width(1)));
    }

    fn pixels(&self, calls: u64) -> i32 {
        round(calls as f64 / self.top as f64 * self.plot.height)
    }

    fn comb<'c>(
        &self,
        columns: impl Iterator<Item = &'c Drawn>,
        height: impl Fn(&Drawn) -> i32,
        fill: RGBColor,
        mix: f64,
    ) {
        self.shape(columns, height, round(self.plot.bottom()), fill, mix);
    }

    /// All columns of one colour as one shape that returns to the baseline between them.
    fn shape<'c>(
        &self,
        columns: impl Iterator<Item = &'c Drawn>,
        height: impl Fn(&Drawn) -> i32,
        bottom: i32,
        fill: RGBColor,
        mix: f64,
    ) {
        let mut points = Vec::new();
        for drawn in columns {
            let (left, right) = edges(drawn.column, drawn.merged);
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
            self.draw(Polygon::new(points, fill.mix(mix).filled()));
        }
    }
}

/// Bars stand apart; merged columns touch.
fn edges(column: Column, merged: bool) -> (i32, i32) {
    let (left, right) = (round(column.x), round(column.x + column.width));
    let air = if merged || right - left < 3 { 0 } else { ((right - left) / 6).clamp(1, 12) };
    (left + air / 2, (right - (air - air / 2)).max(left + 1))
}

fn place(marks: &[Mark], kind: MarkKind) -> Option<f64> {
    marks.iter().find(|mark| mark.kind == kind).map(|mark| mark.at)
}

fn round(pixels: f64) -> i32 {
    pixels.round() as i32
}
