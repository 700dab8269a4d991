//! `keystow-portal audit verify`: looks whether the log is whole.
//!
//! It ends with 0 if it is, with 1 if an entry was altered or is missing, and with 2 if that could not be found out.

use std::{io, io::Write, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use keystow_portal::{LogPlace, Noted, verify_log};

/// What is done with the log.
#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Looks at every entry, also while the portal runs, and names the first that was altered or is missing.
    Verify(VerifySwitches),
}

/// Where the log is.
#[derive(Args)]
pub(crate) struct VerifySwitches {
    /// The folder of everything the portal keeps.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The database of a PostgreSQL server that the portal keeps everything in; it may also stand in KEYSTOW_DATABASE.
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The file whose first line is the password there; PGPASSWORD counts too.
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "FILE")]
    database_password_file: Option<PathBuf>,
    /// The file that the portal's hashes are made with; by itself the file `pepper` in the folder.
    #[arg(long, value_name = "FILE")]
    pepper: Option<PathBuf>,
    /// The end of the log as an earlier look told it, NUMBER:HASH. What was cut off together with the sealed end is
    /// noticed by this alone.
    #[arg(long, value_name = "NUMBER:HASH")]
    since: Option<Noted>,
}

impl AuditCommand {
    /// Does it.
    pub(crate) async fn run(self) -> ExitCode {
        let Self::Verify(switches) = self;
        match switches.look().await {
            Ok((said, is_whole)) => {
                // Nobody listens any more if this fails, and the exit status tells it all the same.
                let _ = writeln!(io::stdout(), "{said}");
                if is_whole { ExitCode::SUCCESS } else { ExitCode::from(1) }
            }
            Err(error) => {
                let _ = writeln!(io::stderr(), "the log could not be checked: {error:#}");
                ExitCode::from(2)
            }
        }
    }
}

impl VerifySwitches {
    async fn look(self) -> anyhow::Result<(String, bool)> {
        let place = LogPlace {
            #[cfg(feature = "postgres")]
            database: super::database(self.database.as_deref(), self.database_password_file.as_deref())?,
            data: self.data,
            pepper: self.pepper,
        };
        let verdict = verify_log(&place, self.since.as_ref()).await?;
        Ok((verdict.to_string(), verdict.is_whole()))
    }
}
