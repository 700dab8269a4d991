//! The clipboard without a secret: texts that anybody may read, and whether there is one at all.

use std::process::Stdio;
use std::time::Duration;

use tokio::time::timeout;

#[cfg(feature = "fakes")]
use super::Way;
use super::{CONFIRM, Clipboard, ClipboardError};
use crate::Secret;

/// How long a text stays that nobody replaces.
const KEEP: Duration = Duration::from_secs(600);

impl Clipboard {
    /// Puts a text that is no secret on the clipboard, such as a prefix or a sign-in's address.
    ///
    /// What it reports is mixed up with nothing if the caller keeps one clipboard for secrets and one
    /// for texts.
    ///
    /// # Errors
    ///
    /// Fails if the desktop has no clipboard or does not take the text.
    pub async fn put_text(&self, text: &str) -> Result<(), ClipboardError> {
        self.offer(Secret::from_text(text.to_owned()), KEEP).await
    }

    /// Checks that this desktop has a clipboard which the guard can reach, and leaves it as it is.
    ///
    /// # Errors
    ///
    /// Says whether the guard or the clipboard is missing.
    pub async fn check(&self) -> Result<(), ClipboardError> {
        #[cfg(feature = "fakes")]
        if let Way::Spy(_) = &self.0.way {
            return Ok(());
        }
        let program = self.0.way.program().ok_or(ClipboardError::NoGuard)?;
        let mut command = tokio::process::Command::new(program);
        command.arg(crate::guard::CHECK).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let ended = timeout(CONFIRM, command.kill_on_drop(true).status()).await;
        match ended.map_err(|_| ClipboardError::TimedOut)? {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(ClipboardError::NoClipboard),
            Err(_) => Err(ClipboardError::NoGuard),
        }
    }
}
