//! A text that a person gives from a pipe or a file of variables, and the secret in it.
//!
//! The text is in one buffer, which is wiped. Nothing of it leaves but the secret and the names of variables;
//! whole it goes on to the app alone, which has the vault.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use keystow_domain::Variable;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use zeroize::Zeroizing;

use crate::Secret;
use crate::clipboard::protocol::LONGEST;
use crate::clipboard::{Likeness, PasteError};

/// A text in which a secret may stand.
pub struct Given(Secret);

/// Why no secret was taken from a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GivenError {
    /// It could not be read.
    #[error("the text could not be read")]
    Unreadable,
    /// It is longer than 64 KiB.
    #[error("the text is too long")]
    TooLong,
    /// There is no text.
    #[error("there is no text")]
    Nothing,
    /// The portal shows too little of the secret to tell it from other text.
    #[error("too little of the secret is known to recognise it")]
    Unshown,
    /// No line sets the variable.
    #[error("no line sets the variable")]
    NoVariable,
    /// Nothing in it looks like the secret.
    #[error("nothing in the text looks like the secret")]
    Unlike,
    /// Several different texts look like the secret; the variables that have one.
    #[error("several texts look like the secret")]
    Several(Vec<String>),
}

impl Given {
    /// Reads everything there is, 64 KiB at the most.
    ///
    /// # Errors
    ///
    /// Fails if there is nothing, it is longer, it is no text, or it cannot be read.
    pub fn read(from: &mut dyn Read) -> Result<Self, GivenError> {
        let mut bytes = room();
        from.take(MOST).read_to_end(&mut bytes).map_err(|_| GivenError::Unreadable)?;
        Self::of(bytes)
    }

    /// Reads a file, and nothing that is none: a pipe with a name would be waited for.
    ///
    /// # Errors
    ///
    /// As [`Given::read`].
    pub fn read_file(path: &Path) -> Result<Self, GivenError> {
        if !fs::metadata(path).is_ok_and(|about| about.is_file()) {
            return Err(GivenError::Unreadable);
        }
        Self::read(&mut File::open(path).map_err(|_| GivenError::Unreadable)?)
    }

    /// The same from another program.
    ///
    /// # Errors
    ///
    /// As [`Given::read`].
    pub async fn receive(from: impl AsyncRead + Unpin) -> Result<Self, GivenError> {
        let mut bytes = room();
        from.take(MOST).read_to_end(&mut bytes).await.map_err(|_| GivenError::Unreadable)?;
        Self::of(bytes)
    }

    /// Passes the text on to the app, which alone changes the vault.
    ///
    /// # Errors
    ///
    /// Fails if the app does not take it.
    pub async fn hand_over(self, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
        to.write_all(self.0.expose().as_bytes()).await
    }

    fn of(bytes: Zeroizing<Vec<u8>>) -> Result<Self, GivenError> {
        if bytes.len() > LONGEST {
            return Err(GivenError::TooLong);
        }
        let text = Secret::from_bytes(bytes).ok_or(GivenError::Nothing)?;
        if text.expose().trim().is_empty() { Err(GivenError::Nothing) } else { Ok(Self(text)) }
    }

    /// The one secret in it that looks as it should; of one variable, if its name is given.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    pub fn secret(&self, like: &Likeness, of: Option<&Variable>) -> Result<Secret, GivenError> {
        if !like.is_telling() {
            return Err(GivenError::Unshown);
        }
        let whole = match of {
            None => self.0.expose(),
            // The last one counts, as it does for whoever reads such a file.
            Some(name) => {
                let values = self.variables().filter(|(other, _)| *other == name.as_str());
                values.last().ok_or(GivenError::NoVariable)?.1
            }
        };
        let found = like.only_one(whole).map_err(|error| match error {
            PasteError::Several => GivenError::Several(self.names(like)),
            _ => GivenError::Unlike,
        })?;
        let mut text = String::with_capacity(found.len());
        text.push_str(found);
        Ok(Secret::from_text(text))
    }

    /// The variables whose values look like the secret, in their order, each once.
    fn names(&self, like: &Likeness) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (name, value) in self.variables() {
            if like.only_one(value).is_ok() && !names.iter().any(|other| other == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// The lines that set a variable: its name, and what stands behind the equals sign.
    fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.expose().lines().filter_map(|line| {
            let line = line.trim_start();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) = line.split_once('=')?;
            let name = name.trim();
            Variable::parse(name).map(|_| (name, value))
        })
    }
}

/// One byte more than is taken, so that what is too long is known.
const MOST: u64 = LONGEST as u64 + 1;

/// Room for all of it at once: a buffer that grows leaves copies behind.
fn room() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(LONGEST + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "kst_7Qm2sXk4vBn6wQe1yUt0rM";
    const OTHER: &str = "kst_7Qm2aaaaaaaaaaaaaat0rM";

    fn like() -> Likeness {
        Likeness { prefix: "kst_7Qm2".into(), suffix: Some("t0rM".into()) }
    }

    fn found(text: &str, name: Option<&str>) -> Result<String, GivenError> {
        let name = name.map(|name| Variable::parse(name).unwrap());
        let given = Given::read(&mut text.as_bytes()).unwrap();
        given.secret(&like(), name.as_ref()).map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn the_secret_of_a_pipe_and_of_a_file_is_found() {
        assert_eq!(found(&format!("{SECRET}\n"), None).as_deref(), Ok(SECRET));
        let file = format!("# the shop\nPORT=80\nexport SHOP_KEY='{SECRET}' # live\nOLD = \"{OTHER}\"\n");
        assert_eq!(found(&file, None), Err(GivenError::Several(vec!["SHOP_KEY".into(), "OLD".into()])));
        assert_eq!(found(&file, Some("SHOP_KEY")).as_deref(), Ok(SECRET));
        assert_eq!(found(&file, Some("OLD")).as_deref(), Ok(OTHER));
        assert_eq!(found(&file, Some("PORT")), Err(GivenError::Unlike));
        assert_eq!(found(&file, Some("NOBODY")), Err(GivenError::NoVariable));
        assert_eq!(found(&format!("A={OTHER}\nA={SECRET}"), Some("A")).as_deref(), Ok(SECRET));
    }

    #[test]
    fn what_is_no_text_is_empty_or_endless_is_not_taken() {
        for nothing in [&b"  \n"[..], &[0xff, 0xfe]] {
            assert_eq!(Given::read(&mut &*nothing).err(), Some(GivenError::Nothing));
        }
        assert_eq!(Given::read(&mut io::repeat(b'x')).err(), Some(GivenError::TooLong));
    }

    #[test]
    fn only_a_file_is_read_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        assert_eq!(Given::read_file(&path).err(), Some(GivenError::Unreadable));
        assert_eq!(Given::read_file(folder.path()).err(), Some(GivenError::Unreadable));
        fs::write(&path, format!("KEY={SECRET}\n")).unwrap();
        let given = Given::read_file(&path).unwrap();
        assert_eq!(given.secret(&like(), None).unwrap().expose(), SECRET);
    }

    #[test]
    fn a_portal_that_shows_too_little_has_nothing_taken() {
        let short = Likeness { prefix: "kst".into(), suffix: None };
        let given = Given::read(&mut SECRET.as_bytes()).unwrap();
        assert_eq!(given.secret(&short, None).err(), Some(GivenError::Unshown));
    }
}
