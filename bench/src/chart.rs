//! T11: a chart of usage, from the numbers to the painted picture.
//!
//! The Rust part is timed alone, and the picture it gives is painted by the same web view that
//! paints the reference charts, in turn with them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use keystow_domain::{Bucket, Timestamp};
use keystow_engine::{Chart, ChartSeries, Colours, draw};
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
    let hours = i64::try_from(buckets.len()).unwrap_or(i64::MAX);
    let series = ChartSeries {
        from: Timestamp::from_secs(0),
        to: Timestamp::from_secs(hours * 3600),
        buckets,
        complete_until: None,
        one_key: true,
        rotation: Some((Timestamp::from_secs(hours * 1800), Some(Timestamp::from_secs(hours * 2000)))),
    };
    let colour = |colour: &str| colour.to_owned();
    let colours = Colours {
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
    };
    draw(&series, WIDTH, &colours, &TimeZone::UTC)
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
            latency: None,
        }
    };
    (0..points).map(bucket).collect()
}
