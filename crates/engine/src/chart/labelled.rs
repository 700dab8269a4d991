//! A picture that stands alone: the marks with a title, the words of the axes and a legend.
//!
//! The words come from whoever knows the language; here they are placed, escaped and made visible. A word
//! of an axis stands at the tick of its value, and nowhere if there is no such tick.

use keystow_domain::visible;

use super::{Area, Chart, Colours, Dash, MarkKind, Marker, colour};

/// The words of a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PictureWords {
    /// What is shown.
    pub title: String,
    /// Of which time, and up to when it is complete.
    pub subtitle: String,
    /// The names of the legend, by the parts they stand for.
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
    /// Whether the words are read from right to left. Time runs left to right in any case.
    pub rtl: bool,
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
/// The same of the title.
const TITLE_LETTER: f64 = 9.8;
/// From one line of the legend to the next.
const LEGEND_LINE: f64 = 20.0;
/// Room for a sign of the legend and the air around its word.
const SIGN: f64 = 34.0;
/// A word at a mark that would run over the edge, or over the next one's, stands on the other side of its line.
const MARK_ROOM: f64 = 190.0;
/// A name in the legend has so many letters at most.
const MOST_NAME: f64 = 48.0;
const FONT: &str = "Inter, system-ui, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif";

/// Lays the words around the marks. Text and background have the contrast of the theme.
pub(crate) fn labelled(
    chart: &Chart,
    words: &PictureWords,
    legend: &[(String, Sign)],
    colours: &Colours,
) -> String {
    let room = f64::from(chart.width);
    let entries = entries(words, legend, room);
    let lines = entries.last().map_or(0, |last| last.line);
    let top = TOP + lines as f64 * LEGEND_LINE;
    let (width, height) = (room + 2.0 * SIDE, f64::from(chart.height) + top + BOTTOM);
    let mut sheet = Sheet {
        svg: String::with_capacity(2 * chart.svg.len()),
        dark: is_dark(&colours.surface),
        rtl: words.rtl,
    };
    sheet.svg.push_str(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"{FONT}\" font-size=\"12\">\n"
    ));
    sheet.svg.push_str(&format!("<title>{}</title>\n", escaped(&words.title)));
    let surface = colour(&colours.surface);
    sheet.svg.push_str(&format!(
        "<rect width=\"{width}\" height=\"{height}\" fill=\"#{:02X}{:02X}{:02X}\"/>\n",
        surface.0, surface.1, surface.2
    ));
    let (edge, side) = if words.rtl { (width - SIDE, Anchor::Right) } else { (SIDE, Anchor::Left) };
    sheet.title(edge, side, &shortened(&words.title, room / TITLE_LETTER));
    sheet.text(edge, 46.0, side, &shortened(&words.subtitle, room / LETTER));
    sheet.legend(&entries, width);
    sheet.svg.push_str(&format!("<g transform=\"translate({SIDE} {top})\">\n{}", chart.svg));
    sheet.axes(chart, words);
    sheet.marks(chart, words, &hex(&colours.rotation));
    sheet.svg.push_str("</g>\n</svg>\n");
    sheet.svg
}

/// A part of the legend where it stands, its lines counted from the first.
struct Entry<'l> {
    line: usize,
    /// Its place in its line, from the edge at which the line begins.
    from: f64,
    sign: &'l Sign,
    word: String,
}

/// The whole legend in as many lines as it needs; a word longer than a line is shortened.
fn entries<'l>(words: &PictureWords, legend: &'l [(String, Sign)], room: f64) -> Vec<Entry<'l>> {
    let (mut line, mut from) = (0, 0.0);
    let mut placed = Vec::new();
    for (name, sign) in legend {
        let Some((_, word)) = words.legend.iter().find(|(part, _)| part == name) else { continue };
        let word = shortened(word, ((room - SIGN) / LETTER).min(MOST_NAME));
        let wide = SIGN + length(&word) * LETTER;
        if from > 0.0 && from + wide > room {
            (line, from) = (line + 1, 0.0);
        }
        placed.push(Entry { line, from, sign, word });
        from += wide + 8.0;
    }
    placed
}

/// Which side of a text is at the place it is put, whatever the direction it is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anchor {
    Left,
    Middle,
    Right,
}

struct Sheet {
    svg: String,
    dark: bool,
    rtl: bool,
}

impl Sheet {
    fn text(&mut self, x: f64, y: f64, anchor: Anchor, text: &str) {
        let ink = if self.dark { "#B0B7BC" } else { "#4D5358" };
        self.inked(x, y, anchor, ink, "", text);
    }

    fn title(&mut self, x: f64, anchor: Anchor, text: &str) {
        let ink = if self.dark { "#ECEEEF" } else { "#191C1E" };
        self.inked(x, 28.0, anchor, ink, " font-size=\"16\" font-weight=\"600\"", text);
    }

    fn inked(&mut self, x: f64, y: f64, anchor: Anchor, ink: &str, more: &str, text: &str) {
        // A text starts at its right side where it is read from there.
        let anchor = match (anchor, self.rtl) {
            (Anchor::Middle, _) => "middle",
            (Anchor::Left, false) | (Anchor::Right, true) => "start",
            (Anchor::Left, true) | (Anchor::Right, false) => "end",
        };
        let direction = if self.rtl { " direction=\"rtl\"" } else { "" };
        self.svg.push_str(&format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{direction} fill=\"{ink}\"{more}>{}</text>\n",
            escaped(text)
        ));
    }

    fn legend(&mut self, entries: &[Entry<'_>], width: f64) {
        for Entry { line, from, sign, word } in entries {
            let (x, y) = (SIDE + from, 64.0 + *line as f64 * LEGEND_LINE);
            if self.rtl {
                self.sign(width - x - 18.0, y, sign);
                self.text(width - x - 24.0, y + 4.0, Anchor::Right, word);
            } else {
                self.sign(x, y, sign);
                self.text(x + 24.0, y + 4.0, Anchor::Left, word);
            }
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
        for tick in &chart.ticks_y {
            if let Some(word) = at(&words.ticks_y, tick.value) {
                self.text(left, tick.at + 4.0, Anchor::Right, word);
            }
        }
        for tick in &chart.ticks_x {
            if let Some(word) = at(&words.ticks_x, tick.value) {
                self.text(tick.at, chart.secrets.bottom() + 18.0, Anchor::Left, word);
            }
        }
        let middle = |area: &Area| area.y + area.height / 2.0 + 4.0;
        if let Some(lane) = &chart.throttled {
            self.text(left, middle(lane), Anchor::Right, "429");
        }
        if !words.secrets.is_empty() {
            self.text(left, middle(&chart.secrets), Anchor::Right, &words.secrets);
        }
        for gap in chart.gaps.iter().filter(|gap| gap.width > 60.0) {
            let (x, wide) = (gap.x + gap.width / 2.0, length(&words.no_data) * LETTER);
            let surface = if self.dark { "#16191B" } else { "#FFFFFF" };
            self.svg.push_str(&format!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"18\" fill=\"{surface}\"/>\n",
                x - wide / 2.0,
                middle(gap) - 13.0
            ));
            self.text(x, middle(gap), Anchor::Middle, &words.no_data);
        }
    }

    /// What happened to the key, over the plot and beside its line.
    fn marks(&mut self, chart: &Chart, words: &PictureWords, ink: &str) {
        let (mut side, first) = (None, chart.marks.first().map_or(0.0, |mark| mark.at));
        for (order, mark) in chart.marks.iter().enumerate() {
            let Some((_, word)) = words.marks.iter().find(|(kind, _)| *kind == mark.kind) else { continue };
            let edge = f64::from(chart.width);
            let crowded = order == 0 && chart.marks.len() > 1 && mark.at > MARK_ROOM;
            let before = crowded || mark.at > edge - MARK_ROOM;
            let (x, anchor) =
                if before { (mark.at - 6.0, Anchor::Right) } else { (mark.at + 6.0, Anchor::Left) };
            // Two words that would stand in one place stand under each other.
            let close = side == Some(before) && mark.at - first < MARK_ROOM;
            self.inked(x, if close { 30.0 } else { 14.0 }, anchor, ink, "", word);
            side = Some(before);
        }
    }
}

/// The word of a value.
fn at(words: &[(i64, String)], value: i64) -> Option<&str> {
    words.iter().find(|(of, _)| *of == value).map(|(_, word)| word.as_str())
}

fn hex(text: &str) -> String {
    let ink = colour(text);
    format!("#{:02X}{:02X}{:02X}", ink.0, ink.1, ink.2)
}

fn is_dark(surface: &str) -> bool {
    let ink = colour(surface);
    u32::from(ink.0) * 3 + u32::from(ink.1) * 6 + u32::from(ink.2) < 1_280
}

fn length(text: &str) -> f64 {
    text.chars().map(|c| written(c).chars().count()).sum::<usize>() as f64
}

/// The beginning of a text that has more than so many letters.
fn shortened(text: &str, letters: f64) -> String {
    let most = (letters.max(1.0) as usize).max(1);
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let begins: String = text.chars().take(most - 1).collect();
    format!("{}…", begins.trim_end())
}

/// A letter as it is seen. What cannot be seen is written out, and what XML has no place for as well. Marks
/// of direction stay: languages write them around numbers, and names come with theirs written out.
fn written(c: char) -> String {
    match c {
        '\u{200e}' | '\u{200f}' | '\u{61c}' => c.to_string(),
        '\u{fffe}' | '\u{ffff}' => format!("\\u{{{:x}}}", u32::from(c)),
        c => visible(c.encode_utf8(&mut [0; 4])),
    }
}

/// Text of other people as XML may hold it.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars().take(300).flat_map(|c| written(c).chars().collect::<Vec<_>>()) {
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

    /// A day without calls, with marks an hour after another.
    fn chart(width: u32) -> Chart {
        let hour = |hour: i64| Timestamp::from_secs(hour * 3600);
        let series = Series {
            from: hour(0),
            to: hour(24),
            buckets: &[],
            complete_until: None,
            one_key: true,
            rotation: Some((hour(10), Some(hour(11)))),
            throttled_lane: true,
        };
        draw(&series, width, &colours(), &TimeZone::UTC)
    }

    #[test]
    fn a_picture_that_stands_alone_says_everything_and_runs_nothing() {
        let words = PictureWords {
            title: "Requests of <script>\u{202e}".into(),
            legend: vec![("success".into(), "success & more".into())],
            ticks_y: vec![(0, "zero".into()), (1, "one".into())],
            marks: vec![(MarkKind::Rotated, "turned".into()), (MarkKind::GraceEnd, "ended".into())],
            ..PictureWords::default()
        };
        let legend = [("success".to_owned(), Sign::Fill("\"/><script>".into(), false))];
        let svg = labelled(&chart(900), &words, &legend, &colours());
        assert!(!svg.contains("<script") && !svg.contains('\u{202e}'), "{svg}");
        for said in [
            "Requests of &lt;script&gt;\\u{202e}",
            "success &amp; more",
            ">zero<",
            ">one<",
            ">429<",
            ">turned<",
            ">ended<",
        ] {
            assert!(svg.contains(said), "{said}: {svg}");
        }
        assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
    }

    #[test]
    fn a_word_stands_at_its_value_or_nowhere() {
        let words = PictureWords {
            ticks_y: vec![(4_000, "four thousand".into()), (1, "one".into())],
            ticks_x: vec![(1, "never".into())],
            ..PictureWords::default()
        };
        let chart = chart(900);
        let svg = labelled(&chart, &words, &[], &colours());
        let one = chart.ticks_y.iter().find(|tick| tick.value == 1).unwrap();
        let place = format!("y=\"{:.1}\" text-anchor=\"end\"", one.at + 4.0);
        let line = svg.lines().find(|line| line.contains(">one<")).unwrap();
        assert!(line.contains(&place), "{line}");
        assert!(!svg.contains("four thousand") && !svg.contains("never"), "{svg}");
    }

    #[test]
    fn the_legend_takes_the_lines_it_needs_and_the_picture_grows_with_it() {
        let names: Vec<String> = (0..5).map(|key| format!("{key}-{}", "name".repeat(9))).collect();
        let legend: Vec<_> =
            names.iter().map(|name| (name.clone(), Sign::Fill("#123456".into(), false))).collect();
        let words = PictureWords {
            legend: names.iter().map(|name| (name.clone(), name.clone())).collect(),
            ..PictureWords::default()
        };
        let height = |svg: &str| {
            svg.split("height=\"").nth(1).unwrap().split('"').next().unwrap().parse::<f64>().unwrap()
        };
        let chart = chart(900);
        let svg = labelled(&chart, &words, &legend, &colours());
        assert!(names.iter().all(|name| svg.contains(&format!(">{name}<"))), "{svg}");
        assert!(height(&svg) > height(&labelled(&chart, &words, &[], &colours())));
        let words = PictureWords {
            legend: vec![(names[0].clone(), "x".repeat(200))],
            title: "y".repeat(299),
            ..PictureWords::default()
        };
        let svg = labelled(&chart, &words, &legend, &colours());
        assert!(svg.contains("xxx…<") && svg.contains("yyy…<") && !svg.contains(&"x".repeat(60)), "{svg}");
    }

    #[test]
    fn marks_of_direction_stay_and_what_xml_has_no_place_for_is_written_out() {
        let words = PictureWords {
            title: "\u{ffff}\u{fffe}\u{1}".into(),
            ticks_y: vec![(0, "25\u{200e}%\u{200e}".into())],
            rtl: true,
            ..PictureWords::default()
        };
        let svg = labelled(&chart(900), &words, &[], &colours());
        assert!(svg.contains(">25\u{200e}%\u{200e}<") && svg.contains(">\\u{ffff}\\u{fffe}\\u{1}<"), "{svg}");
        let number = svg.lines().find(|line| line.contains(">25")).unwrap();
        assert!(
            number.contains("text-anchor=\"start\" direction=\"rtl\""),
            "its right side stays there: {number}"
        );
    }

    #[test]
    fn words_are_light_on_a_dark_surface() {
        assert!(is_dark("#16191B") && !is_dark("#FFFFFF") && !is_dark("#F6F6F4"));
    }
}
