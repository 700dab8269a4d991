//! The door to a child's environment: a program that is run with secrets in its variables.
//!
//! Nothing but the child's own environment has them: no argument, no file, and not the environment of
//! whoever starts it. Unless it is told otherwise, its output is passed on with the secrets hidden.

use std::ffi::{OsStr, OsString};
use std::process::{ExitStatus, Stdio};

use keystow_domain::{OperationId, Variable};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

use crate::child::FeedError;
use crate::render::Misfit;
use crate::veil::Veil;
use crate::{Secret, Vault};

/// A program to run with secrets.
pub struct Order<'a> {
    /// What each secret is called in the environment.
    pub secrets: &'a [(Variable, OperationId)],
    /// The program, looked up as a shell does.
    pub program: &'a OsStr,
    /// Its arguments.
    pub arguments: &'a [OsString],
    /// Whether its output is passed on with the secrets hidden. Otherwise the output is left alone, and is
    /// a terminal where there is one.
    pub redact: bool,
}

/// Why a program was not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// It could not be started, or the vault did not give a secret.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// A secret cannot stand in an environment.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

/// A program that runs.
pub struct Running {
    child: Child,
    veil: Veil,
}

impl Vault {
    /// Starts a program with secrets in its environment.
    ///
    /// # Errors
    ///
    /// Fails if the vault does not give a secret or the program does not start.
    pub async fn start(&self, order: Order<'_>) -> Result<Running, RunError> {
        let mut secrets = Vec::with_capacity(order.secrets.len());
        for (variable, operation) in order.secrets {
            let secret = self.reveal_to_request(operation).await.map_err(FeedError::from)?;
            if secret.expose().contains('\0') {
                return Err(Misfit::Nul.into());
            }
            secrets.push((variable, secret));
        }
        Ok(Running::start(&order, &secrets)?)
    }
}

impl Running {
    fn start(order: &Order<'_>, secrets: &[(&Variable, Secret)]) -> Result<Self, FeedError> {
        let mut command = Command::new(order.program);
        command.args(order.arguments);
        for (variable, secret) in secrets {
            command.env(variable.as_str(), secret.expose());
        }
        if order.redact {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        let child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => FeedError::Missing,
            _ => FeedError::Unstartable,
        })?;
        let veil = Veil::over(secrets.iter().map(|(variable, secret)| (variable.as_str(), secret)));
        Ok(Self { child, veil })
    }

    /// The process, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Passes the output on until both its ends are closed, and then waits for the program's own end.
    ///
    /// An output that takes no more is closed to the program as well, as a pipe would be. Until the output
    /// is closed the system keeps the process's number for it, so that a signal finds nobody else.
    ///
    /// # Errors
    ///
    /// Fails if the system does not tell how the program ended.
    pub async fn finish(
        mut self,
        out: impl AsyncWrite + Unpin,
        err: impl AsyncWrite + Unpin,
    ) -> std::io::Result<ExitStatus> {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let veil = &self.veil;
        tokio::join!(pass(stdout, out, veil), pass(stderr, err, veil));
        self.child.wait().await
    }
}

async fn pass(from: Option<impl AsyncRead + Unpin>, mut to: impl AsyncWrite + Unpin, veil: &Veil) {
    let Some(mut from) = from else { return };
    let mut stream = veil.stream();
    let mut buffer = Zeroizing::new(vec![0; 16 * 1024]);
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let shown = stream.pass(&buffer[..length]);
        if to.write_all(&shown).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
    let _ = to.write_all(&stream.end()).await;
    let _ = to.flush().await;
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    async fn ran(script: &str, redact: bool) -> (ExitStatus, String, String) {
        let variable = Variable::parse("SHOP_KEY").unwrap();
        let arguments = ["-c".into(), script.into()];
        let order = Order { secrets: &[], program: OsStr::new("sh"), arguments: &arguments, redact };
        let secrets = [(&variable, Secret::from_text("kst_1234567890".into()))];
        let running = Running::start(&order, &secrets).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = running.finish(&mut out, &mut err).await.unwrap();
        (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[tokio::test]
    async fn a_child_has_the_secret_in_its_environment_and_its_output_has_it_not() {
        let script = "test \"$SHOP_KEY\" = kst_1234567890 && echo \"out $SHOP_KEY\"; \
                      printf '%s' \"$SHOP_KEY\" | base64 >&2; exit 3";
        let (status, out, err) = ran(script, true).await;
        assert_eq!((status.code(), out.as_str()), (Some(3), "out [redacted SHOP_KEY]\n"));
        assert!(err.contains("[redacted SHOP_KEY]"), "{err}");
        assert!(std::env::var_os("SHOP_KEY").is_none());
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_told_apart() {
        let program = OsStr::new("keystow-no-such-program");
        let order = Order { secrets: &[], program, arguments: &[], redact: true };
        assert!(matches!(Running::start(&order, &[]), Err(FeedError::Missing)));
    }
}
