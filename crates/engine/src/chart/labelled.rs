//! A picture that stands alone: the marks with a title, the words of the axes and a legend.
//!
//! The words come from whoever knows the language; here they are placed, escaped and made visible.

use keystow_domain::visible;

use super::{Area, Chart, Colours, Dash, Marker, colour};

/// The words of a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PictureWords {
    /// What is shown.
    pub title: String,
    /// Of which time, and up to when it is complete.
    pub subtitle: String,
    /// The names of the legend, by the parts they stand for.
    pub legend: Vec<(String, String)>,
    /// What stands at the ticks of the time axis, in their order.
    pub ticks_x: Vec<String>,
    /// What stands at the ticks of the other axis, in their order.
    pub ticks_y: Vec<String>,
    /// What stands beside the lane of secrets.
    pub secrets: String,
    /// What is said of time without data.
    pub no_data: String,
}

/// How a part looks in the legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// A square of a colour, pale or not.
    Fill(String, bool),
    /// A line of a colour.
    Line(String, Dash, Option<Marker>),
}

const TOP: f64 = 84.0;
const BOTTOM: f64 = 32.0;
const SIDE: f64 = 20.0;
/// About how wide a letter of the legend is, at the most.
const LETTER: f64 = 7.4;
const FONT: &str = "Inter, system-ui, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif";

/// Lays the words around the marks. Text and background have the contrast of the theme.
pub(crate) fn labelled(
    chart: &Chart,
    words: &PictureWords,
    legend: &[(String, Sign)],
    colours: &Colours,
) -> String {
    let (width, height) = (f64::from(chart.width) + 2.0 * SIDE, f64::from(chart.height) + TOP + BOTTOM);
    let mut sheet =
        Sheet { svg: String::with_capacity(2 * chart.svg.len()), dark: is_dark(&colours.surface) };
    sheet.svg.push_str(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"{FONT}\" font-size=\"12\">\n"
    ));
    sheet.svg.push_str(&format!("<title>{}</title>\n", escaped(&words.title)));
    let surface = colour(&colours.surface);
    sheet.svg.push_str(&format!(
        "<rect width=\"{width}\" height=\"{height}\" fill=\"#{:02X}{:02X}{:02X}\"/>\n",
        surface.0, surface.1, surface.2
    ));
    sheet.text(SIDE, 28.0, "start", true, &words.title);
    sheet.text(SIDE, 46.0, "start", false, &words.subtitle);
    sheet.legend(words, legend, width - SIDE);
    sheet.svg.push_str(&format!("<g transform=\"translate({SIDE} {TOP})\">\n{}", chart.svg));
    sheet.axes(chart, words);
    sheet.svg.push_str("</g>\n</svg>\n");
    sheet.svg
}

struct Sheet {
    svg: String,
    dark: bool,
}

impl Sheet {
    fn text(&mut self, x: f64, y: f64, anchor: &str, strong: bool, text: &str) {
        let ink = match (self.dark, strong) {
            (false, true) => "#191C1E",
            (false, false) => "#4D5358",
            (true, true) => "#ECEEEF",
            (true, false) => "#B0B7BC",
        };
        let weight = if strong { " font-size=\"16\" font-weight=\"600\"" } else { "" };
        self.svg.push_str(&format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{ink}\"{weight}>{}</text>\n",
            escaped(text)
        ));
    }

    fn legend(&mut self, words: &PictureWords, legend: &[(String, Sign)], right: f64) {
        let mut x = SIDE;
        for (name, sign) in legend {
            let Some((_, text)) = words.legend.iter().find(|(part, _)| part == name) else { continue };
            let wide = 34.0 + escaped_length(text) * LETTER;
            if x > SIDE && x + wide > right {
                break;
            }
            self.sign(x, 64.0, sign);
            self.text(x + 24.0, 68.0, "start", false, text);
            x += wide + 8.0;
        }
    }

    fn sign(&mut self, x: f64, y: f64, sign: &Sign) {
        match sign {
            Sign::Fill(ink, pale) => {
                let (ink, opacity) = (hex(ink), if *pale { "0.2" } else { "1" });
                let (left, top) = (x + 4.0, y - 5.0);
                self.svg.push_str(&format!(
                    "<rect x=\"{left}\" y=\"{top}\" width=\"10\" height=\"10\" rx=\"2\" fill=\"{ink}\" opacity=\"{opacity}\"/>\n"
                ));
            }
            Sign::Line(ink, dash, marker) => {
                let (ink, dash) = (hex(ink), dash.lengths());
                self.svg.push_str(&format!(
                    "<path fill=\"none\" stroke=\"{ink}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\" d=\"M{x} {y}h18\"/>\n"
                ));
                if let Some(marker) = marker {
                    let middle = x + 9.0;
                    self.svg
                        .push_str(&format!("<path fill=\"{ink}\" d=\"M{middle} {y}{}\"/>\n", marker.shape()));
                }
            }
        }
    }

    fn axes(&mut self, chart: &Chart, words: &PictureWords) {
        let left = chart.plot.x - 10.0;
        for (tick, text) in chart.ticks_y.iter().zip(&words.ticks_y) {
            self.text(left, tick.at + 4.0, "end", false, text);
        }
        for (tick, text) in chart.ticks_x.iter().zip(&words.ticks_x) {
            self.text(tick.at, chart.secrets.bottom() + 18.0, "start", false, text);
        }
        let middle = |area: &Area| area.y + area.height / 2.0 + 4.0;
        if let Some(lane) = &chart.throttled {
            self.text(left, middle(lane), "end", false, "429");
        }
        if !words.secrets.is_empty() {
            self.text(left, middle(&chart.secrets), "end", false, &words.secrets);
        }
        for gap in chart.gaps.iter().filter(|gap| gap.width > 60.0) {
            let (x, wide) = (gap.x + gap.width / 2.0, escaped_length(&words.no_data) * LETTER);
            let surface = if self.dark { "#16191B" } else { "#FFFFFF" };
            self.svg.push_str(&format!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"18\" fill=\"{surface}\"/>\n",
                x - wide / 2.0,
                middle(gap) - 13.0
            ));
            self.text(x, middle(gap), "middle", false, &words.no_data);
        }
    }
}

fn hex(text: &str) -> String {
    let ink = colour(text);
    format!("#{:02X}{:02X}{:02X}", ink.0, ink.1, ink.2)
}

fn is_dark(surface: &str) -> bool {
    let ink = colour(surface);
    u32::from(ink.0) * 3 + u32::from(ink.1) * 6 + u32::from(ink.2) < 1_280
}

fn escaped_length(text: &str) -> f64 {
    visible(text).chars().count() as f64
}

/// Text of other people as XML may hold it; what cannot be seen is written out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in visible(text).chars().take(300) {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use keystow_domain::Timestamp;

    use super::*;
    use crate::chart::{Series, draw, tests::colours};

    #[test]
    fn a_picture_that_stands_alone_says_everything_and_runs_nothing() {
        let series = Series {
            from: Timestamp::from_secs(0),
            to: Timestamp::from_secs(86_400),
            buckets: &[],
            complete_until: None,
            one_key: true,
            rotation: None,
            throttled_lane: true,
        };
        let chart = draw(&series, 900, &colours(), &TimeZone::UTC);
        let words = PictureWords {
            title: "Requests of <script>\u{202e}".into(),
            legend: vec![("success".into(), "success & more".into())],
            ticks_y: vec!["zero".into(), "one".into()],
            ..PictureWords::default()
        };
        let legend = [("success".to_owned(), Sign::Fill("\"/><script>".into(), false))];
        let svg = labelled(&chart, &words, &legend, &colours());
        assert!(!svg.contains("<script") && !svg.contains('\u{202e}'), "{svg}");
        for said in ["Requests of &lt;script&gt;\\u{202e}", "success &amp; more", ">zero<", ">one<", ">429<"]
        {
            assert!(svg.contains(said), "{said}: {svg}");
        }
        assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
    }

    #[test]
    fn words_are_light_on_a_dark_surface() {
        assert!(is_dark("#16191B") && !is_dark("#FFFFFF") && !is_dark("#F6F6F4"));
    }
}
