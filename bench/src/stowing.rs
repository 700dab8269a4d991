//! T9: a secret is stored and read back.
//!
//! Ours is what happens to every secret that is issued: sealed, written to the disk, read back and opened. The
//! reference is a script that keeps it in the keyring and looks whether it arrived.

use std::process::{Command, Stdio};

use anyhow::{Result, bail, ensure};
use keystow_domain::{AccountId, KeyId, OperationId, Timestamp};
use keystow_vault::{Label, Secret};
use tokio::runtime::Runtime;

use crate::copy::{fill, store, turn};
use crate::report::{self, Bar};
use crate::rounds::{Contender, Turns, interleave};
use crate::stopwatch::{millis, now};

/// Measures and reports.
///
/// # Errors
///
/// Fails if the keyring or a program is missing.
pub(crate) fn run(turns: Turns) -> Result<()> {
    report::heading("T9", "a secret stored and read back");
    let folder = tempfile::tempdir()?;
    let runtime = Runtime::new()?;
    let vault = runtime.block_on(fill(folder.path()))?;
    let (mut ours, mut theirs) = (0, 0);
    let rounds = interleave(
        turns,
        vec![
            Contender::new("keystow", || {
                ours += 1;
                let label = Label {
                    operation: OperationId::new(format!("stow-{ours}")),
                    account: AccountId::new("bench"),
                    key: KeyId::new(format!("stowed-{ours}")),
                    prefix: "kst_stow".into(),
                    issued_at: Timestamp::from_secs(0),
                };
                let secret = Secret::from_text(format!("kst_stow{ours:0>40}"));
                let since = now();
                let stowed = runtime.block_on(vault.stow(label, secret));
                stowed.map_err(|failure| failure.error)?;
                Ok(millis(since, now()))
            }),
            Contender::new("secret-tool store, lookup", || {
                theirs += 1;
                let since = now();
                store(theirs)?;
                lookup(theirs)?;
                Ok(millis(since, now()))
            }),
        ],
    )?;
    report::rounds("ms", &rounds);
    report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtMost(0.2));
    Ok(())
}

/// Reads a secret from the keyring the way a script does.
fn lookup(run: usize) -> Result<()> {
    let mut command = Command::new("secret-tool");
    command.args(["lookup", "keystow-bench", &turn(run).to_string()]).stdin(Stdio::null());
    match command.output()? {
        output if output.status.success() => {
            ensure!(!output.stdout.is_empty(), "secret-tool found nothing");
            Ok(())
        }
        output => bail!("secret-tool ended with {}", output.status),
    }
}
