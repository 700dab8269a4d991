//! Usage as a file: every number of what is shown, for spreadsheets and for programs.
//!
//! A line a bucket and key. What the portal does not know is empty, never zero; numbers stay numbers, and a
//! name that a spreadsheet would run as a formula is text.

use std::io;

use keystow_domain::{Bucket, Latency, Resolution, Timestamp, visible};
use serde_json::{Value, json};

use super::png::is_png;
use super::{Reading, UsageWish};
use crate::chart::{Colours, PictureWords};
use crate::engine::Engine;
use crate::saved::{Saved, csv_line, not_saved};
use crate::words::utc;
use crate::{Trouble, words};

/// The most bytes of a picture that are taken from a window.
pub const MOST_PICTURE: usize = 16 * 1024 * 1024;

/// As which kind of file the numbers are saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageFormat {
    /// Comma-separated, for spreadsheets.
    Csv,
    /// For programs.
    Json,
}

/// A bucket of one key or of the account.
struct Line<'a> {
    key: Option<(&'a str, String)>,
    bucket: &'a Bucket,
    end: Timestamp,
    complete: bool,
}

impl Line<'_> {
    /// What is known of the bucket.
    fn state(&self) -> &'static str {
        match (self.bucket.known, self.complete) {
            (false, _) => "no data",
            (true, false) => "partial",
            (true, true) => "complete",
        }
    }

    fn counts(&self) -> [(&'static str, u64); 6] {
        let bucket = self.bucket;
        [
            ("requests", bucket.requests),
            ("success", bucket.successes()),
            ("client_errors", bucket.client_errors),
            ("server_errors", bucket.server_errors),
            ("throttled", bucket.throttled),
            ("billable", bucket.billable),
        ]
    }

    fn latency(&self) -> Option<[(&'static str, u32); 6]> {
        let Latency { least, mean, most, p50, p95, p99 } =
            self.bucket.latency.filter(|_| self.bucket.known)?;
        let named = [("min", least), ("avg", mean), ("p50", p50), ("p95", p95), ("p99", p99), ("max", most)];
        Some(named)
    }
}

const HEADS: &str = "start,end,key_id,key_name,state,requests,success,client_errors,server_errors,throttled,billable,min_ms,avg_ms,p50_ms,p95_ms,p99_ms,max_ms\r\n";

impl Engine {
    /// Saves the numbers of what is shown, among the person's downloads and never over another file.
    ///
    /// # Errors
    ///
    /// Fails if usage cannot be read or the file not be written; nothing is left behind then.
    pub async fn export_usage(&self, wish: &UsageWish, format: UsageFormat) -> Result<Saved, Trouble> {
        let reading = self.usage_reading(wish).await?;
        let names: Vec<(String, String)> = self
            .named(&reading.account, &wish.keys)
            .into_iter()
            .map(|(id, name)| (id.as_str().to_owned(), visible(&name)))
            .collect();
        let lines = lines(&reading, &names);
        let (extension, text) = match format {
            UsageFormat::Csv => ("csv", csv(&lines)),
            UsageFormat::Json => ("json", written(&reading, &names, &lines)),
        };
        let entries = lines.len();
        let path = self.save_for_person("usage", extension, text).await?;
        Ok(Saved { path, entries })
    }

    /// Saves the picture of what is shown with its words in it, as an SVG.
    ///
    /// # Errors
    ///
    /// As [`Engine::export_usage`].
    pub async fn export_usage_picture(
        &self,
        wish: &UsageWish,
        width: u32,
        colours: &Colours,
        words: &PictureWords,
    ) -> Result<Saved, Trouble> {
        let svg = self.usage_picture(wish, width, colours, words).await?;
        let path = self.save_for_person("usage", "svg", svg).await?;
        Ok(Saved { path, entries: 1 })
    }

    /// Saves the PNG that a window made of that picture.
    ///
    /// # Errors
    ///
    /// Fails if the vault is locked, if it is no PNG, is too large, or the file cannot be written; nothing is
    /// left behind then.
    pub async fn save_usage_png(&self, png: Vec<u8>) -> Result<Saved, Trouble> {
        if !self.0.vault.is_unlocked() {
            return Err(words::vault(keystow_vault::VaultError::Locked));
        }
        if png.len() > MOST_PICTURE || !is_png(&png) {
            return Err(not_saved(&io::ErrorKind::InvalidData.into()));
        }
        let path = self.save_for_person("usage", "png", png).await?;
        Ok(Saved { path, entries: 1 })
    }
}

/// Bucket by bucket, key by key.
fn lines<'a>(reading: &'a Reading, names: &'a [(String, String)]) -> Vec<Line<'a>> {
    let starts = reading.buckets.iter().map(|bucket| bucket.start);
    let ends: Vec<Timestamp> = starts.skip(1).chain([reading.to]).collect();
    let of = |key: Option<(&'a str, String)>, buckets: &'a [Bucket]| -> Vec<Line<'a>> {
        let line = |(bucket, end): (&'a Bucket, &Timestamp)| Line {
            key: key.clone(),
            bucket,
            end: *end,
            complete: *end <= reading.settled_until(),
        };
        buckets.iter().zip(&ends).map(line).collect()
    };
    let named = |(id, name): &'a (String, String)| (id.as_str(), name.clone());
    if reading.each.is_empty() {
        return of(names.first().map(named), &reading.buckets);
    }
    names.iter().zip(&reading.each).flat_map(|(name, buckets)| of(Some(named(name)), buckets)).collect()
}

fn csv(lines: &[Line<'_>]) -> String {
    let mut text = String::from(HEADS);
    for line in lines {
        let (id, name) = line.key.clone().unwrap_or(("", "all keys".to_owned()));
        let mut cells =
            vec![utc(line.bucket.start), utc(line.end), id.to_owned(), name, line.state().to_owned()];
        let told = |count: u64| if line.bucket.known { count.to_string() } else { String::new() };
        cells.extend(line.counts().map(|(_, count)| told(count)));
        let latency = line.latency().map(|parts| parts.map(|(_, micros)| millis(micros)));
        cells.extend(latency.unwrap_or_default());
        text.push_str(&csv_line(cells.iter().map(String::as_str)));
    }
    text
}

fn written(reading: &Reading, names: &[(String, String)], lines: &[Line<'_>]) -> String {
    let bucket = |line: &Line<'_>| {
        let mut fields = serde_json::Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("start", json!(utc(line.bucket.start)));
        put("end", json!(utc(line.end)));
        put("key", json!(line.key.as_ref().map(|(id, _)| *id)));
        put("state", json!(line.state()));
        for (name, count) in line.counts() {
            put(name, if line.bucket.known { json!(count) } else { Value::Null });
        }
        let millis = |parts: [(&str, u32); 6]| -> serde_json::Map<String, Value> {
            parts
                .iter()
                .map(|(name, micros)| ((*name).to_owned(), json!(f64::from(*micros) / 1000.0)))
                .collect()
        };
        put("latency_ms", line.latency().map_or(Value::Null, |parts| Value::Object(millis(parts))));
        Value::Object(fields)
    };
    let keys: Vec<Value> = names.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
    let whole = json!({
        "from": utc(reading.from),
        "to": utc(reading.to),
        "resolution": word(reading.resolution),
        "complete_until": reading.complete_until.map(utc),
        "shortened_to_what_is_kept": reading.cut,
        "keys": keys,
        "buckets": lines.iter().map(bucket).collect::<Vec<_>>(),
    });
    format!("{whole:#}\n")
}

fn word(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Hour => "hour",
        Resolution::Day => "day",
        Resolution::Month => "month",
    }
}

/// Microseconds as milliseconds, without an exponent and without more digits than are known.
fn millis(micros: u32) -> String {
    format!("{}.{:03}", micros / 1000, micros % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(known: bool) -> Bucket {
        Bucket {
            start: Timestamp::from_secs(0),
            known,
            requests: 7,
            client_errors: 1,
            server_errors: 0,
            throttled: 2,
            billable: 3,
            latency: Some(Latency {
                least: 900,
                mean: 1_500,
                most: 70_000,
                p50: 1_000,
                p95: 60_000,
                p99: 69_999,
            }),
        }
    }

    #[test]
    fn numbers_stay_numbers_and_a_name_is_never_a_formula() {
        let end = Timestamp::from_secs(3600);
        let known = bucket(true);
        for name in ["=1+1", "+x", "-x", "@x", "\tx", "\rx"] {
            let line = Line { key: Some(("id-1", visible(name))), bucket: &known, end, complete: false };
            let text = csv(&[line]);
            let written = text.lines().nth(1).unwrap();
            assert!(
                !written.split(',').any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])),
                "{written}"
            );
            let numbers = "partial,7,4,1,0,2,3,0.900,1.500,1.000,60.000,69.999,70.000";
            assert!(written.ends_with(numbers), "{written}");
        }
    }

    #[test]
    fn what_the_portal_does_not_know_is_empty_and_not_zero() {
        let unknown = bucket(false);
        let end = Timestamp::from_secs(3600);
        let line = Line { key: None, bucket: &unknown, end, complete: true };
        let text = csv(&[line]);
        let written = text.lines().nth(1).unwrap();
        assert_eq!(written, "1970-01-01T00:00:00Z,1970-01-01T01:00:00Z,,all keys,no data,,,,,,,,,,,,");
        assert_eq!(HEADS.split(',').count(), written.split(',').count());
    }
}
