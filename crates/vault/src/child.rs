//! The door to other programs: one reads a secret from its standard input.
//!
//! A secret is never an argument, which every program of the person could read. What the other program
//! prints is not passed on, because it may print what it was given.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use keystow_domain::OperationId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::{Secret, Vault, VaultError};

/// The most that is read of what a program complains, in bytes.
const MOST_COMPLAINT: u64 = 16 * 1024;

/// A program to run, and how.
pub struct Program<'a> {
    /// Its name, looked up as the desktop does, or its path.
    pub name: &'a Path,
    /// Its arguments. None may be a secret.
    pub arguments: &'a [&'a str],
    /// What its environment has beside ours. None may be a secret.
    pub environment: &'a [(&'a str, &'a str)],
    /// How long it may take.
    pub patience: Duration,
}

/// How a program that was given a secret ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; nothing if a signal ended it.
    pub code: Option<i32>,
    /// The status of HTTP that it complained of.
    pub status: Option<u16>,
}

/// Why no program got the secret, or it did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The vault did not give the secret.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// There is no such program.
    #[error("there is no such program")]
    Missing,
    /// It could not be started.
    #[error("the program could not be started")]
    Unstartable,
    /// It took too long, and was ended.
    #[error("the program took too long")]
    TimedOut,
}

impl Vault {
    /// Runs a program that reads a secret from its standard input to the end.
    ///
    /// # Errors
    ///
    /// Fails if the vault does not give the secret, or the program does not start or end.
    pub async fn feed(&self, operation: &OperationId, program: Program<'_>) -> Result<Ended, FeedError> {
        let secret = self.reveal_to_request(operation).await?;
        let child = program.start()?;
        timeout(program.patience, fed(child, secret)).await.map_err(|_| FeedError::TimedOut)?
    }
}

impl Program<'_> {
    fn start(&self) -> Result<Child, FeedError> {
        let mut command = Command::new(self.name);
        command.args(self.arguments).envs(self.environment.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => FeedError::Missing,
            _ => FeedError::Unstartable,
        })
    }
}

/// Gives the secret to a program and waits for its end.
async fn fed(mut child: Child, secret: Secret) -> Result<Ended, FeedError> {
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends without reading says why by its exit code.
        let _ = stdin.write_all(secret.expose().as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
    drop(secret);
    let mut complaint = Zeroizing::new(Vec::with_capacity(MOST_COMPLAINT as usize));
    if let Some(mut stderr) = child.stderr.take() {
        let _ = (&mut stderr).take(MOST_COMPLAINT).read_to_end(&mut complaint).await;
        let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    }
    let ended = child.wait().await.map_err(|_| FeedError::Unstartable)?;
    Ok(Ended { code: ended.code(), status: status_in(&complaint) })
}

/// The first `HTTP 404` or the like in a complaint.
fn status_in(complaint: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(complaint);
    let (_, after) = text.split_once("HTTP ")?;
    after.get(..3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_out_of_a_complaint_and_nothing_else_is() {
        let said = b"failed to fetch public key: HTTP 404: Not Found (https://api.github.com/repos/a/b)";
        assert_eq!(status_in(said), Some(404));
        assert_eq!(status_in(b"HTTP 4"), None);
        assert_eq!(status_in("HTTP é\u{e9}".as_bytes()), None);
        assert_eq!(status_in(b""), None);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_secret_is_read_from_the_input_and_is_no_argument() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept");
        let script = "cat > \"$KEPT\"; echo 'oh: HTTP 403: no' >&2; exit 7";
        let program = Program {
            name: Path::new("sh"),
            arguments: &["-c", script],
            environment: &[("KEPT", kept.to_str().unwrap())],
            patience: Duration::from_secs(30),
        };
        let child = program.start().unwrap();
        let ended = fed(child, Secret::from_text("kst_1\n'$x".into())).await.unwrap();
        assert_eq!(ended, Ended { code: Some(7), status: Some(403) });
        assert_eq!(std::fs::read_to_string(kept).unwrap(), "kst_1\n'$x");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_told_apart() {
        let patience = Duration::from_secs(30);
        let name = Path::new("keystow-no-such-program");
        let program = Program { name, arguments: &[], environment: &[], patience };
        assert!(matches!(program.start(), Err(FeedError::Missing)));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_that_does_not_read_takes_nothing_down() {
        let patience = Duration::from_secs(30);
        let program = Program { name: Path::new("true"), arguments: &[], environment: &[], patience };
        let child = program.start().unwrap();
        let ended = fed(child, Secret::from_text("x".repeat(1 << 20))).await.unwrap();
        assert_eq!(ended.code, Some(0));
    }
}
