//! Giving secrets to a program that is run: its environment has them, its output is passed on without them.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitStatus;

use keystow_vault::child::FeedError;
use keystow_vault::run::{Order, RunError, Running};
use tokio::io::AsyncWrite;

use super::{Beside, Found, Wanted, note};
use crate::audit::Deed;
use crate::places::PlaceKind;
use crate::{Trouble, words};

/// Secrets that can be given to a program: their keys were found, and the vault is open.
pub struct Ready<'a> {
    beside: &'a Beside,
    all: Vec<Found>,
}

/// A program that runs with secrets in its environment.
pub struct Run<'a> {
    ready: Ready<'a>,
    name: String,
    running: Running,
}

impl Beside {
    /// Finds the secrets for a program and opens the vault, which may bring the keyring's prompt up.
    ///
    /// # Errors
    ///
    /// Says which secret cannot be given, or why the vault stays closed.
    pub async fn ready(&self, wanted: &[Wanted]) -> Result<Ready<'_>, Trouble> {
        let mut all: Vec<Found> = Vec::new();
        for one in wanted {
            let found = self.find(one).await?;
            if all.iter().any(|before| before.variable == found.variable) {
                return Err(words::same_variable(found.variable.as_str()));
            }
            self.confirm(&found)?;
            all.push(found);
        }
        self.unlock().await?;
        Ok(Ready { beside: self, all })
    }
}

impl<'a> Ready<'a> {
    /// Starts a program with the secrets in its environment.
    ///
    /// # Errors
    ///
    /// Says why it was not started.
    pub async fn run(
        self,
        (program, arguments): (&OsStr, &[OsString]),
        redact: bool,
    ) -> Result<Run<'a>, Trouble> {
        let secrets: Vec<_> =
            self.all.iter().map(|found| (found.variable.clone(), found.operation.clone())).collect();
        let vault = &self.beside.engine.0.vault;
        let started = vault.start(Order { secrets: &secrets, program, arguments, redact }).await;
        let name = name_of(program);
        let running = started.map_err(|error| match error {
            RunError::Misfit(_) => words::no_variable(),
            RunError::Feed(FeedError::Vault(error)) => words::vault(error),
            RunError::Feed(FeedError::Missing) => words::no_program(&name),
            RunError::Feed(_) => words::unstartable(&name),
        })?;
        Ok(Run { ready: self, name, running })
    }
}

impl Run<'_> {
    /// The process, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.running.id()
    }

    /// Passes the output on until the program closed it, writes into the log what was run, and waits for
    /// the program's end. The program becomes a place of the keys.
    ///
    /// # Errors
    ///
    /// Fails if the system does not tell how the program ended.
    pub async fn finish(
        self,
        out: impl AsyncWrite + Unpin,
        err: impl AsyncWrite + Unpin,
    ) -> std::io::Result<ExitStatus> {
        let Self { ready, name, running } = self;
        // The output does not wait for the disk.
        let (status, ()) = tokio::join!(running.finish(out, err), ready.remember(&name));
        status
    }
}

impl Ready<'_> {
    async fn remember(&self, program: &str) {
        for found in &self.all {
            let engine = &self.beside.engine;
            let deed = note(Deed::Ran, found).fact("place", program);
            engine.log(deed.fact("variable", found.variable.as_str())).await;
            // That the place could not be kept is no reason to end what runs.
            let place = (PlaceKind::Command, program.to_owned());
            let _ = engine.went_to(&found.account, &found.row.key.id, place).await;
        }
    }
}

/// The program's own name, without the folders before it.
fn name_of(program: &OsStr) -> String {
    let name = Path::new(program).file_name().unwrap_or(program).to_string_lossy();
    keystow_domain::visible(&name).chars().take(200).collect()
}
