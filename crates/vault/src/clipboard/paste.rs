//! Taking a secret that the person has on the clipboard, and clearing it there afterwards.
//!
//! The guard program reads the clipboard and ends: what its windowing libraries made of the text ends with
//! it. The text goes through a pipe, and no part of it but the secret is kept.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use zeroize::Zeroizing;

#[cfg(feature = "fakes")]
use super::Way;
use super::protocol::{self, Header};
use super::{CONFIRM, Clipboard, ClipboardError};
use crate::{Secret, guard};

/// A shorter text that begins as a secret does is more likely its public part.
const SHORTEST: usize = 16;
/// A portal that shows less of a secret could have any word on the clipboard taken for it, and then sent there.
const LEAST_PREFIX: usize = 4;

/// How a secret can be told from other text: by what its portal shows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// Its first characters.
    pub prefix: String,
    /// Its last characters, where the portal shows them.
    pub suffix: Option<String>,
}

/// Why no secret was taken from the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// The clipboard could not be read.
    #[error(transparent)]
    Clipboard(#[from] ClipboardError),
    /// The portal shows too little of the secret to tell it from other text.
    #[error("too little of the secret is known to recognise it")]
    Unshown,
    /// There is no text on it.
    #[error("there is no text on the clipboard")]
    Nothing,
    /// Nothing in its text looks like the secret.
    #[error("nothing on the clipboard looks like the secret")]
    Unlike,
    /// Several different texts look like the secret.
    #[error("several texts on the clipboard look like the secret")]
    Several,
}

/// What was on the clipboard, to be cleared from it.
pub struct Remains(Secret);

/// What became of a text that was to be cleared from the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// It is gone, and reading back confirmed it.
    Cleared,
    /// Something else is there, which was left alone.
    Replaced,
}

impl Clipboard {
    /// Takes the one text on the clipboard that looks like the secret; it may stand in a line or a document.
    /// The clipboard stays as it is.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    pub async fn paste(&self, like: &Likeness) -> Result<(Secret, Remains), PasteError> {
        if !like.is_telling() {
            return Err(PasteError::Unshown);
        }
        let whole = self.read().await?;
        let found = like.only_one(whole.expose())?;
        let mut text = String::with_capacity(found.len());
        text.push_str(found);
        Ok((Secret::from_text(text), Remains(whole)))
    }

    /// Clears the clipboard, if what was pasted is still there.
    ///
    /// # Errors
    ///
    /// Fails if that could not be confirmed.
    pub async fn forget(&self, Remains(whole): Remains) -> Result<Forgotten, ClipboardError> {
        #[cfg(feature = "fakes")]
        if let Way::Spy(desk) = &self.0.way {
            return desk.forget(&whole);
        }
        let header = Header { keep: Duration::ZERO, length: whole.expose().len() }.to_line();
        let mut child = self.helper(guard::FORGET, Stdio::piped(), Stdio::null())?;
        let mut input = child.stdin.take().ok_or(ClipboardError::NoGuard)?;
        let work = async {
            let mut parcel = Zeroizing::new(Vec::with_capacity(header.len() + whole.expose().len()));
            parcel.extend_from_slice(header.as_bytes());
            parcel.extend_from_slice(whole.expose().as_bytes());
            input.write_all(&parcel).await.map_err(|_| ClipboardError::Died)?;
            drop(input);
            child.wait().await.map_err(|_| ClipboardError::Died)
        };
        let status = timeout(CONFIRM, work).await.map_err(|_| ClipboardError::TimedOut)??;
        match status.code() {
            Some(0) => Ok(Forgotten::Cleared),
            Some(guard::OTHER) => Ok(Forgotten::Replaced),
            _ => Err(ClipboardError::Died),
        }
    }

    async fn read(&self) -> Result<Secret, PasteError> {
        #[cfg(feature = "fakes")]
        if let Way::Spy(desk) = &self.0.way {
            return desk.read();
        }
        let mut child = self.helper(guard::PASTE, Stdio::null(), Stdio::piped())?;
        let output = child.stdout.take().ok_or(ClipboardError::NoGuard)?;
        let work = async {
            // Room for all of it at once: a buffer that grows leaves copies behind.
            let mut bytes = Zeroizing::new(Vec::with_capacity(protocol::LONGEST + 1));
            let most = protocol::LONGEST as u64;
            output.take(most).read_to_end(&mut bytes).await.map_err(|_| ClipboardError::Died)?;
            Ok::<_, ClipboardError>((bytes, child.wait().await.map_err(|_| ClipboardError::Died)?))
        };
        let (bytes, status) = timeout(CONFIRM, work).await.map_err(|_| ClipboardError::TimedOut)??;
        match status.code() {
            Some(0) => Secret::from_bytes(bytes).ok_or(PasteError::Nothing),
            Some(guard::OTHER) => Err(PasteError::Nothing),
            Some(guard::TOO_LONG) => Err(ClipboardError::TooLong.into()),
            _ => Err(ClipboardError::NoClipboard.into()),
        }
    }

    fn helper(
        &self,
        argument: &str,
        input: Stdio,
        output: Stdio,
    ) -> Result<tokio::process::Child, ClipboardError> {
        let program = self.0.way.program().ok_or(ClipboardError::NoGuard)?;
        let mut command = tokio::process::Command::new(program);
        command.arg(argument).stdin(input).stdout(output).stderr(Stdio::null()).kill_on_drop(true);
        command.spawn().map_err(|_| ClipboardError::NoGuard)
    }
}

impl Likeness {
    /// Whether enough of the secret is known to tell it from other text.
    pub(crate) fn is_telling(&self) -> bool {
        self.prefix.len() >= LEAST_PREFIX
    }

    /// The only text in `whole` that looks like the secret, however often it stands there.
    pub(crate) fn only_one<'a>(&self, whole: &'a str) -> Result<&'a str, PasteError> {
        if whole.trim().is_empty() {
            return Err(PasteError::Nothing);
        }
        let mut found = None;
        for text in whole.split(|c: char| !belongs(c)) {
            // A name and its value are one word to the eye: what stands before an equals sign is the name.
            for text in std::iter::once(text).chain(text.split_once('=').map(|(_, value)| value)) {
                if self.fits(text) && found.replace(text).is_some_and(|before| before != text) {
                    return Err(PasteError::Several);
                }
            }
        }
        found.ok_or(PasteError::Unlike)
    }

    fn fits(&self, text: &str) -> bool {
        let suffix = self.suffix.as_deref().unwrap_or_default();
        text.len() >= SHORTEST.max(self.prefix.len() + suffix.len() + 1)
            && text.starts_with(&self.prefix)
            && text.ends_with(suffix)
    }
}

/// Whether a character can be a part of a secret: those of tokens (RFC 6750 §2.1).
fn belongs(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~+/=".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "kst_7Qm2sXk4vBn6wQe1yUt0rM";

    fn found(whole: &str) -> Result<&str, PasteError> {
        let like = Likeness { prefix: "kst_7Qm2".into(), suffix: Some("t0rM".into()) };
        // The likeness does not outlive the search, what it found does.
        Box::leak(Box::new(like)).only_one(whole)
    }

    #[test]
    fn the_secret_is_found_alone_in_a_line_and_in_a_document() {
        for whole in [
            SECRET.to_owned(),
            format!("  {SECRET}\r\n"),
            format!("SHOP_KEY={SECRET}"),
            format!("export SHOP_KEY='{SECRET}' # the shop's"),
            format!("{{\"key\": \"{SECRET}\", \"again\": \"{SECRET}\"}}"),
            format!("curl -H 'x-api-key: {SECRET}' https://a.example/?k=1"),
        ] {
            assert_eq!(found(&whole), Ok(SECRET), "{whole}");
        }
    }

    #[test]
    fn what_is_not_it_is_not_taken() {
        assert_eq!(found(" \n"), Err(PasteError::Nothing));
        for whole in
            ["kst_7Qm2", "kst_7Qm2••••t0rM", "kst_7Qm2sXk4vBn6wQe1yUt0rN", "xkst_7Qm2sXk4vBn6wQe1yUt0rM"]
        {
            assert_eq!(found(whole), Err(PasteError::Unlike), "{whole}");
        }
        let two = format!("{SECRET} kst_7Qm2aaaaaaaaaaaaaat0rM");
        assert_eq!(found(&two), Err(PasteError::Several));
    }

    #[tokio::test]
    async fn a_portal_that_shows_too_little_has_nothing_taken_and_the_clipboard_is_not_read() {
        let nowhere = Clipboard::new("/nonexistent".into());
        for prefix in ["", "kst"] {
            let like = Likeness { prefix: prefix.into(), suffix: Some("t0rM".into()) };
            assert!(matches!(nowhere.paste(&like).await, Err(PasteError::Unshown)));
        }
    }
}
