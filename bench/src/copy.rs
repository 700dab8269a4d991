//! T7: from the order to copy until another program has pasted the secret.
//!
//! Ours goes through the whole of the vault: read, open, hand to the guard, own the clipboard. The
//! reference is what a person types who keeps secrets in the same keyring:
//! `secret-tool lookup … | xclip`.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use keystow_domain::{AccountId, KeyId, OperationId, Timestamp};
use keystow_vault::{Clipboard, Label, OsKeyring, Secret, Vault};
use tokio::runtime::Runtime;

use crate::paster::Paster;
use crate::report::{self, Bar};
use crate::rounds::{Contender, Turns, interleave};
use crate::stopwatch::{MachineClock, now};

/// Both sides choose among this many secrets.
const SECRETS: usize = 20;
/// How long the clipboard keeps what was copied; no run lasts as long.
const KEEP: Duration = Duration::from_secs(60);

/// Measures and reports.
///
/// # Errors
///
/// Fails if the keyring, the clipboard or a program is missing.
pub(crate) fn run(turns: Turns, guard: &Path) -> Result<()> {
    report::heading("T7", "order to copy → pasted by another program");
    let folder = tempfile::tempdir()?;
    let runtime = Runtime::new()?;
    let vault = runtime.block_on(fill(folder.path()))?;
    let clipboard = Clipboard::new(guard.to_owned());
    (0..SECRETS).try_for_each(store)?;
    let paster = Paster::open()?;
    let (mut ours, mut theirs) = (0, 0);
    let rounds = interleave(
        turns,
        vec![
            Contender::new("keystow", || {
                ours += 1;
                let since = now();
                runtime.block_on(vault.copy(&operation(ours), &clipboard, KEEP))?;
                paster.pasted(&text(ours), since)
            }),
            Contender::new("secret-tool lookup | xclip", || {
                theirs += 1;
                let since = now();
                pipe(theirs)?;
                paster.pasted(&text(theirs), since)
            }),
        ],
    )?;
    report::rounds("ms", &rounds);
    report::ratio(&rounds.series[0], &rounds.series[1], Bar::AtMost(0.15));
    Ok(())
}

/// Takes turns through the secrets, so that no run pastes what the one before left.
pub(crate) fn turn(run: usize) -> usize {
    run % SECRETS
}

/// Which record of the vault a run copies.
pub(crate) fn operation(run: usize) -> OperationId {
    OperationId::new(format!("bench-{}", turn(run)))
}

fn text(run: usize) -> String {
    format!("kst_bench{:0>40}", turn(run))
}

/// A vault with every secret in it, open.
///
/// # Errors
///
/// Fails if the keyring or the disk does not take them.
pub(crate) async fn fill(folder: &Path) -> Result<Vault> {
    let keyring = Arc::new(OsKeyring::new("keystow-bench"));
    let vault = Vault::open(folder, keyring, Arc::new(MachineClock::new()))?.vault;
    vault.unlock().await?;
    for run in 0..SECRETS {
        let label = Label {
            operation: operation(run),
            account: AccountId::new("bench"),
            key: KeyId::new(format!("key-{run}")),
            prefix: "kst_benc".into(),
            issued_at: Timestamp::from_secs(0),
        };
        let stowed = vault.stow(label, Secret::from_text(text(run))).await;
        stowed.map_err(|failure| failure.error).context("a secret could not be stowed")?;
    }
    Ok(vault)
}

/// Puts a secret into the keyring the way a script does.
///
/// # Errors
///
/// Fails if it is not taken.
pub(crate) fn store(run: usize) -> Result<()> {
    let mut command = Command::new("secret-tool");
    command.args(["store", "--label=bench", "keystow-bench", &turn(run).to_string()]);
    let mut child = command.stdin(Stdio::piped()).spawn().context("secret-tool is missing")?;
    child.stdin.take().context("secret-tool has no input")?.write_all(text(run).as_bytes())?;
    ensure!(child.wait()?.success(), "secret-tool could not store");
    Ok(())
}

fn pipe(run: usize) -> Result<()> {
    let line = format!("secret-tool lookup keystow-bench {} | xclip -selection clipboard", turn(run));
    match Command::new("sh").args(["-c", &line]).stdout(Stdio::null()).status()? {
        status if status.success() => Ok(()),
        status => bail!("`{line}` ended with {status}"),
    }
}
