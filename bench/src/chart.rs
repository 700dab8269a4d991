//! T11: a chart of usage, from the numbers to the painted picture.
//!
//! The Rust part is timed alone, and the picture it gives is painted by the same web view that
//! paints the reference charts, in turn with them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use keystow_domain::{Bucket, Latency, Timestamp};
use keystow_engine::{Chart, ChartSeries, Colours, Curve, Dash, Lines, Marker, draw, draw_lines};
use serde_json::{Value, json};

use crate::report::{self, Bar};
use crate::rounds::{Contender, Rounds, Turns, interleave, load_average};
use crate::series::Series;
use crate::stopwatch::{millis, now};

/// The width of the chart in CSS pixels, as the references are drawn.
const WIDTH: u32 = 900;
/// A year of hours, and what no portal sends.
const SIZES: [(usize, f64); 2] = [(8_760, 0.2), (100_000, 0.5)];
/// The most a picture may weigh, whatever it shows.
const WEIGHT_KIB: f64 = 16.0;

/// Measures and reports.
///
/// # Errors
///
/// Fails if the web view does not start or a chart cannot be drawn.
pub(crate) fn run(turns: Turns, hello: &Path) -> Result<()> {
    report::heading("T11", "usage as a graph: numbers → picture → painted");
    for (points, limit) in SIZES {
        let drawing = drawing(turns, points)?;
        report::rounds("ms", &drawing);
        report::bound(&format!("{points} points, Rust"), drawing.series[0].1.median(), "ms", limit);
        let charts: Vec<Chart> = (0..=turns.count).map(|run| chart(&walk(points, run))).collect();
        let weight = charts.iter().map(|chart| chart.svg.len()).max().unwrap_or(0);
        report::bound(&format!("{points} points, picture"), weight as f64 / 1024.0, "KiB", WEIGHT_KIB);
        let painted = painted(&charts, points, hello, drawing.series[0].1.median())?;
        report::rounds("ms", &painted);
        report::ratio(&painted.series[0], &painted.series[1], Bar::AtMost(0.75));
        if points == 100_000 {
            report::ratio(&painted.series[0], &painted.series[2], Bar::AtMost(0.02));
        }
        lines(turns, points, limit)?;
    }
    Ok(())
}

/// The Rust part alone.
fn drawing(turns: Turns, points: usize) -> Result<Rounds> {
    let mut run = 0;
    let name = format!("keystow, {points} points, Rust");
    let once = || {
        run += 1;
        let buckets = walk(points, run);
        let since = now();
        let chart = chart(&buckets);
        let took = millis(since, now());
        anyhow::ensure!(!chart.svg.is_empty(), "nothing was drawn");
        Ok(took)
    };
    interleave(turns, vec![Contender::new(&name, once)])
}

/// The charts of lines, the Rust part alone: latency with its band, and five keys beside each other.
fn lines(turns: Turns, points: usize, limit: f64) -> Result<()> {
    for (name, curves, banded) in [("latency", 4, true), ("five keys", 5, false)] {
        let mut run = 0;
        let mut weight = 0;
        let once = || {
            run += 1;
            let buckets = walk(points, run);
            let since = now();
            let chart = line_chart(&buckets, curves, banded);
            let took = millis(since, now());
            weight = weight.max(chart.svg.len());
            Ok(took)
        };
        let label = format!("keystow, {points} points, {name}, Rust");
        let drawing = interleave(turns, vec![Contender::new(&label, once)])?;
        report::rounds("ms", &drawing);
        let said = format!("{points} points, {name}, Rust");
        report::bound(&said, drawing.series[0].1.median(), "ms", limit);
        report::bound(
            &format!("{points} points, {name}, picture"),
            weight as f64 / 1024.0,
            "KiB",
            WEIGHT_KIB,
        );
    }
    Ok(())
}

/// A chart of lines, from the numbers on: reading the values out of the buckets is part of it.
fn line_chart(buckets: &[Bucket], curves: usize, banded: bool) -> Chart {
    const LOOKS: [(Dash, Marker); 5] = [
        (Dash::Solid, Marker::Disc),
        (Dash::Long, Marker::Square),
        (Dash::Short, Marker::Triangle),
        (Dash::Mixed, Marker::Diamond),
        (Dash::Dots, Marker::Wedge),
    ];
    let latency = |part: fn(&Latency) -> u32| -> Vec<Option<u64>> {
        buckets.iter().map(|bucket| bucket.latency.as_ref().map(|latency| u64::from(part(latency)))).collect()
    };
    let drawn = |number: usize| Curve {
        values: buckets.iter().map(|bucket| Some(bucket.requests * (number as u64 + 1))).collect(),
        colour: "#1f7a6d".to_owned(),
        dash: LOOKS[number].0,
        marker: (!banded).then_some(LOOKS[number].1),
    };
    let curves: Vec<Curve> = (0..curves).map(drawn).collect();
    let (low, high) = (latency(|latency| latency.least), latency(|latency| latency.most));
    let lines = Lines {
        series: series(buckets),
        curves: &curves,
        band: banded.then_some([low.as_slice(), high.as_slice()]),
        least_top: 1,
    };
    draw_lines(&lines, WIDTH, &colours(), &TimeZone::UTC)
}

/// The whole way, in the web view; the Rust part is added to ours.
fn painted(charts: &[Chart], points: usize, hello: &Path, drawing: f64) -> Result<Rounds> {
    let folder = tempfile::tempdir()?;
    let job = folder.path().join("job.json");
    let contenders = ["keystow", "uplot", "echarts"];
    let images: Vec<String> = charts.iter().map(Chart::image).collect();
    fs::write(&job, json!({ "points": points, "images": images, "contenders": contenders }).to_string())?;
    let before = load_average()?;
    let output = Command::new(hello)
        .env("HELLO_JOB", &job)
        // uPlot does not load where the language of the browser is `C`.
        .env("LANG", "en_US.UTF-8")
        .env("LANGUAGE", "en_US")
        .env("HOME", folder.path())
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", hello.display()))?;
    let answer: Value = serde_json::from_slice(&output.stdout).context("the web view gave no answer")?;
    if let Some(error) = answer["error"].as_str() {
        bail!("the page failed: {error}");
    }
    let results = answer["results"].as_array().context("the page gave no results")?;
    let named = contenders.iter().zip(results).map(|(name, values)| {
        let added = if *name == "keystow" { drawing } else { 0.0 };
        let values = values.as_array().into_iter().flatten().filter_map(Value::as_f64);
        ((*name).to_owned(), values.map(|value| value + added).collect::<Series>())
    });
    Ok(Rounds { series: named.collect(), load: (before, load_average()?), busy: 0 })
}

fn chart(buckets: &[Bucket]) -> Chart {
    draw(&series(buckets), WIDTH, &colours(), &TimeZone::UTC)
}

fn series(buckets: &[Bucket]) -> ChartSeries<'_> {
    let hours = i64::try_from(buckets.len()).unwrap_or(i64::MAX);
    ChartSeries {
        from: Timestamp::from_secs(0),
        to: Timestamp::from_secs(hours * 3600),
        buckets,
        complete_until: None,
        one_key: true,
        rotation: Some((Timestamp::from_secs(hours * 1800), Some(Timestamp::from_secs(hours * 2000)))),
        throttled_lane: true,
    }
}

fn colours() -> Colours {
    let colour = |colour: &str| colour.to_owned();
    Colours {
        success: colour("#1f7a6d"),
        client_error: colour("#b7791f"),
        server_error: colour("#c0392b"),
        throttled: colour("#6b46c1"),
        new_secret: colour("#1f7a6d"),
        old_secret: colour("#94a3b8"),
        line: colour("#e2e8f0"),
        baseline: colour("#94a3b8"),
        rotation: colour("#0f4c5c"),
        surface: colour("#ffffff"),
    }
}

/// Hours of calls that rise and fall, the same for the same run.
fn walk(points: usize, run: usize) -> Vec<Bucket> {
    let mut value: u64 = 500 + run as u64;
    let bucket = |hour: usize| {
        let step = ((hour * 7919 + run * 104_729) % 201) as u64;
        value = (value + step).abs_diff(100);
        Bucket {
            start: Timestamp::from_secs(hour as i64 * 3600),
            known: true,
            requests: value,
            client_errors: value / 20,
            server_errors: value / 90,
            throttled: value / 50,
            billable: value,
            latency: Some(Latency {
                least: (value % 700) as u32,
                mean: (value % 9_000) as u32,
                most: (value % 90_000) as u32,
                p50: (value % 8_000) as u32,
                p95: (value % 50_000) as u32,
                p99: (value % 70_000) as u32,
            }),
        }
    };
    (0..points).map(bucket).collect()
}
