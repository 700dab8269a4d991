//! The pen of the picture: what plotters asks for, written as SVG.
//!
//! The pen that comes with plotters makes a text of every number and looks at every letter of it again.
//! With hundreds of corners that is most of the time a picture takes. This one knows lines, shapes and
//! rectangles; letters and circles are in no picture of ours.

use std::convert::Infallible;

use plotters::element::{Drawable, PointCollection};
use plotters::style::{Color as _, RGBColor};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind};

type Done = Result<(), DrawingErrorKind<Infallible>>;

/// Writes a picture into a text, which is whole once the pen is presented.
pub(super) struct Pen<'s> {
    svg: &'s mut String,
    size: (u32, u32),
    whole: bool,
}

impl<'s> Pen<'s> {
    pub(super) fn new(svg: &'s mut String, size: (u32, u32)) -> Self {
        let mut pen = Self { svg, size, whole: false };
        pen.svg.push_str("<svg");
        pen.number("width", i64::from(size.0));
        pen.number("height", i64::from(size.1));
        pen.svg.push_str(" viewBox=\"0 0 ");
        write(pen.svg, i64::from(size.0));
        pen.svg.push(' ');
        write(pen.svg, i64::from(size.1));
        pen.svg.push_str("\" xmlns=\"http://www.w3.org/2000/svg\">\n");
        pen
    }

    fn number(&mut self, name: &str, value: i64) {
        self.open(name);
        write(self.svg, value);
        self.svg.push('"');
    }

    fn open(&mut self, name: &str) {
        self.svg.push(' ');
        self.svg.push_str(name);
        self.svg.push_str("=\"");
    }

    fn colour(&mut self, name: &str, colour: BackendColor) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        self.open(name);
        self.svg.push('#');
        for part in [colour.rgb.0, colour.rgb.1, colour.rgb.2] {
            self.svg.push(char::from(DIGITS[usize::from(part >> 4)]));
            self.svg.push(char::from(DIGITS[usize::from(part & 15)]));
        }
        self.svg.push('"');
        // What is opaque needs no word about it.
        if colour.alpha < 1.0 {
            self.open("opacity");
            self.svg.push_str(&format!("{:.3}", colour.alpha.max(0.0)));
            self.svg.push('"');
        }
    }

    fn points(&mut self, points: impl IntoIterator<Item = BackendCoord>) {
        self.open("points");
        for (x, y) in points {
            write(self.svg, i64::from(x));
            self.svg.push(',');
            write(self.svg, i64::from(y));
            self.svg.push(' ');
        }
        self.svg.push_str("\"/>\n");
    }
}

/// A path that is drawn as it is written: lines finer than a pixel, with dashes, and lifted where there is
/// nothing to draw. The elements that come with plotters know none of this.
#[derive(Debug)]
pub(super) struct Stroke {
    path: String,
    ink: RGBColor,
    opacity: f64,
    /// The width in tenths of a pixel; nothing for a shape that is filled.
    width: Option<u32>,
    dash: &'static str,
}

impl Stroke {
    /// The line of a chart.
    pub(super) fn line(path: String, ink: RGBColor, dash: &'static str) -> Self {
        Self { path, ink, opacity: 1.0, width: Some(18), dash }
    }

    /// A line of so many tenths of a pixel.
    pub(super) fn thin(path: String, ink: RGBColor, tenths: u32, dash: &'static str) -> Self {
        Self { path, ink, opacity: 1.0, width: Some(tenths), dash }
    }

    /// A filled shape.
    pub(super) fn shape(path: String, ink: RGBColor) -> Self {
        Self { path, ink, opacity: 1.0, width: None, dash: "" }
    }

    /// The same, paler.
    pub(super) fn faded(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }
}

/// It stands where its path says.
impl<'a> PointCollection<'a, BackendCoord> for &'a Stroke {
    type Point = &'a BackendCoord;
    type IntoIter = std::iter::Empty<&'a BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::empty()
    }
}

impl Drawable<Pen<'_>> for Stroke {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, _: I, pen: &mut Pen<'_>, _: (u32, u32)) -> Done {
        let ink = self.ink.mix(self.opacity).to_backend_color();
        pen.svg.push_str("<path");
        match self.width {
            None => pen.colour("fill", ink),
            Some(width) => {
                pen.svg.push_str(" fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\"");
                pen.colour("stroke", ink);
                pen.open("stroke-width");
                pen.svg.push_str(&format!("{}.{}\"", width / 10, width % 10));
            }
        }
        for (name, value) in [("stroke-dasharray", self.dash), ("d", self.path.as_str())] {
            if !value.is_empty() {
                pen.open(name);
                pen.svg.push_str(value);
                pen.svg.push('"');
            }
        }
        pen.svg.push_str("/>\n");
        Ok(())
    }
}

/// Appends a whole number.
fn write(text: &mut String, number: i64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        text.push('-');
    }
    text.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

impl DrawingBackend for Pen<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        if !std::mem::replace(&mut self.whole, true) {
            self.svg.push_str("</svg>\n");
        }
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, colour: BackendColor) -> Done {
        self.draw_rect(at, (at.0 + 1, at.1 + 1), &colour, true)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        self.svg.push_str("<rect");
        self.number("x", i64::from(from.0));
        self.number("y", i64::from(from.1));
        self.number("width", i64::from(to.0 - from.0));
        self.number("height", i64::from(to.1 - from.1));
        if fill {
            self.colour("fill", style.color());
        } else {
            self.svg.push_str(" fill=\"none\"");
            self.colour("stroke", style.color());
        }
        self.svg.push_str("/>\n");
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.svg.push_str("<polyline fill=\"none\"");
        self.colour("stroke", style.color());
        self.number("stroke-width", i64::from(style.stroke_width()));
        self.points(path);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.svg.push_str("<polygon");
        self.colour("fill", style.color());
        self.points(path);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use plotters::style::ShapeStyle;

    use super::*;

    #[test]
    fn a_path_has_its_dashes_and_a_shape_has_none() {
        let mut svg = String::new();
        let mut pen = Pen::new(&mut svg, (9, 9));
        let ink = RGBColor(1, 171, 255);
        Stroke::line("M1 2l3 4".into(), ink, "5 4").draw(std::iter::empty(), &mut pen, (9, 9)).unwrap();
        Stroke::shape("M1 2h3z".into(), ink).faded(0.2).draw(std::iter::empty(), &mut pen, (9, 9)).unwrap();
        let line = r##"stroke="#01ABFF" stroke-width="1.8" stroke-dasharray="5 4" d="M1 2l3 4"/>"##;
        assert!(svg.contains(line), "{svg}");
        assert!(svg.contains(r##"<path fill="#01ABFF" opacity="0.200" d="M1 2h3z"/>"##), "{svg}");
    }

    #[test]
    fn a_picture_is_written_as_it_is_drawn() {
        let mut svg = String::new();
        let mut pen = Pen::new(&mut svg, (900, 40));
        let ink = RGBColor(1, 171, 255);
        pen.draw_rect((-5, 0), (10, 7), &ink.mix(0.1), true).unwrap();
        pen.draw_path([(0, 1), (20, 300)], &ShapeStyle::from(ink).stroke_width(2)).unwrap();
        pen.fill_polygon([(1, 2), (3, 4), (5, 6)], &ink).unwrap();
        pen.present().unwrap();
        pen.present().unwrap();
        let lines = [
            r##"<svg width="900" height="40" viewBox="0 0 900 40" xmlns="http://www.w3.org/2000/svg">"##,
            r##"<rect x="-5" y="0" width="15" height="7" fill="#01ABFF" opacity="0.100"/>"##,
            r##"<polyline fill="none" stroke="#01ABFF" stroke-width="2" points="0,1 20,300 "/>"##,
            r##"<polygon fill="#01ABFF" points="1,2 3,4 5,6 "/>"##,
            "</svg>\n",
        ];
        assert_eq!(svg, lines.join("\n"));
    }
}
