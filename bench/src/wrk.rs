//! The portal under a load that people know: wrk, on the same machine.
//!
//! What our own few lines find ([`crate::load`]) can be checked so by a program that others wrote, which also tells how
//! long an answer takes while many wait.

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::report;

/// How long each is loaded.
const TIME: Duration = Duration::from_secs(10);
/// Connections that call at the same time.
const CONNECTIONS: usize = 64;

/// What wrk told.
#[derive(Debug, PartialEq)]
struct Told {
    /// Answers a second.
    rate: f64,
    /// Milliseconds that half of the answers took at most.
    median: f64,
    /// The same for 99 of 100.
    slow: f64,
    /// Answers that were none: a broken connection, or a status of 300 and more.
    failed: u64,
}

/// Loads an address with a header and reports. wrk reads the header from a file, as a secret belongs in no argument.
///
/// # Errors
///
/// Fails if wrk is missing, or if an answer failed: refusing is cheaper than answering.
pub(crate) fn load(what: &str, url: &str, (header, value): (&str, &str)) -> Result<()> {
    let mut script = tempfile::Builder::new().suffix(".lua").tempfile()?;
    writeln!(script, "wrk.headers[\"{header}\"] = \"{value}\"")?;
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{}s", TIME.as_secs()), "--latency", "-s"]);
    let output = command.arg(script.path()).arg(url).output().context("wrk is missing")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let told = read(&text).with_context(|| format!("wrk said `{text}`"))?;
    ensure!(told.failed == 0, "{} answers of {what} failed", told.failed);
    report::loaded(what, told.rate, (told.median, told.slow));
    Ok(())
}

/// Reads what wrk prints; nothing if something is missing. What failed is told only if something did.
fn read(text: &str) -> Option<Told> {
    let after = |name: &str| text.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
    let numbers =
        |line: &str| line.split([',', ' ']).filter_map(|word| word.parse::<u64>().ok()).sum::<u64>();
    Some(Told {
        rate: after("Requests/sec:")?.parse().ok()?,
        median: milliseconds(after("50%")?)?,
        slow: milliseconds(after("99%")?)?,
        failed: ["Socket errors:", "Non-2xx or 3xx responses:"]
            .map(|name| after(name).map_or(0, numbers))
            .iter()
            .sum(),
    })
}

/// A time as wrk writes it.
fn milliseconds(written: &str) -> Option<f64> {
    let unit = written.find(|sign: char| !sign.is_ascii_digit() && sign != '.')?;
    let factor = match &written[unit..] {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        _ => return None,
    };
    written[..unit].parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Running 10s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n  Thread Stats   Avg\n    \
        Latency     5.01ms    1.00ms\n  Latency Distribution\n     50%  950.00us\n     75%    5.50ms\n     90%    6.00ms\n     \
        99%    1.20s\n  120000 requests in 10.00s, 20.00MB read\n";

    #[test]
    fn what_wrk_prints_is_read() {
        let told = read(&format!("{SAID}Requests/sec:  12000.50\nTransfer/sec: 2.00MB\n"));
        assert_eq!(told, Some(Told { rate: 12000.5, median: 0.95, slow: 1200.0, failed: 0 }));
    }

    #[test]
    fn what_failed_is_counted() {
        let errors =
            "  Socket errors: connect 0, read 3, write 1, timeout 2\n  Non-2xx or 3xx responses: 7\n";
        let told = read(&format!("{SAID}{errors}Requests/sec:  12000.50\n"));
        assert_eq!(told.map(|told| told.failed), Some(13));
        assert_eq!(read("unable to connect to 127.0.0.1:1"), None);
    }
}
