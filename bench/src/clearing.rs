//! T8: how late the clipboard is cleared.
//!
//! Seen by another client of the display, which is told when the clipboard gets an owner and when it loses it.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use keystow_vault::{Clipboard, Vault};
use tokio::runtime::Runtime;

use crate::copy::{fill, operation};
use crate::paster::Paster;
use crate::report;
use crate::rounds::{Contender, Turns, interleave};

/// How long the clipboard keeps what is copied.
const KEEP: Duration = Duration::from_secs(2);
/// The most it may be late, in milliseconds.
const LATE: f64 = 250.0;

/// Measures and reports.
///
/// # Errors
///
/// Fails if the keyring or the clipboard is missing, or if it is cleared too early.
pub(crate) fn run(turns: Turns, guard: &Path) -> Result<()> {
    report::heading("T8", "the clipboard is cleared: how much later than it was said");
    let folder = tempfile::tempdir()?;
    let runtime = Runtime::new()?;
    let vault: Vault = runtime.block_on(fill(folder.path()))?;
    let clipboard = Clipboard::new(guard.to_owned());
    let paster = Paster::open()?;
    let mut copied = 0;
    let once = || -> Result<f64> {
        copied += 1;
        runtime.block_on(vault.copy(&operation(copied), &clipboard, KEEP))?;
        let since = paster.owned()?;
        Ok(paster.released(since)? - KEEP.as_secs_f64() * 1e3)
    };
    let rounds = interleave(turns, vec![Contender::new("keystow", once)])?;
    report::rounds("ms", &rounds);
    let late = &rounds.series[0].1;
    anyhow::ensure!(late.min() > -100.0, "it was cleared too early");
    report::bound("the latest", late.max(), "ms", LATE);
    Ok(())
}
