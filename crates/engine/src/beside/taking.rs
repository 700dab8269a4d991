//! Handing a secret to the app, which takes it into its vault.

use std::io::Read;

use keystow_domain::Variable;
use keystow_vault::Given;

use super::{Beside, Wanted};
use crate::import::Left;
use crate::{Trouble, words};

/// Where a secret is taken from.
pub enum TakenFrom<'a> {
    /// The clipboard of the desktop.
    Clipboard,
    /// What a file holds, and the variable in it that is meant.
    File(&'a mut (dyn Read + Send), Option<Variable>),
    /// The same of a pipe, which gives its text once.
    Pipe(&'a mut (dyn Read + Send), Option<Variable>),
}

/// What the app said.
pub enum Taken {
    /// It has the secret.
    Done {
        /// The key's name.
        name: String,
        /// Whether the secret was tried and accepted.
        tried: bool,
        /// What the clipboard has now, if it came from there.
        left: Option<Left>,
    },
    /// It took none.
    Refused {
        /// Names the failure.
        code: String,
        /// What happened, what it means, and the next step.
        text: String,
    },
}

impl Taken {
    /// The same, with what became of the source if nothing was taken.
    fn of_source(self, source: &str) -> Self {
        match self {
            Self::Refused { code, text } => Self::Refused { code, text: format!("{text} {source}") },
            done => done,
        }
    }
}

impl Beside {
    /// Lets the app that runs take the secret of a key into its vault: one key of the name or id, rather one
    /// whose secret is not on this device.
    ///
    /// A text is read only once the app has said that it would take one.
    ///
    /// # Errors
    ///
    /// Fails if there is no such key, the text cannot be read, or no app answers.
    pub async fn import(&self, wanted: &Wanted, from: TakenFrom<'_>) -> Result<Taken, Trouble> {
        let named = self.named(wanted)?;
        let is_absent = |(account, key): &&(keystow_domain::AccountId, keystow_domain::KeyId)| {
            self.engine.row(account, key).is_ok_and(|row| row.stowed.is_none())
        };
        let (account, key) = self.only_one(&wanted.key, &named, is_absent)?;
        let at = (account.as_str(), key.as_str());
        let (text, variable, unread, read) = match from {
            TakenFrom::Clipboard => {
                let taken = self.hand_over(at, None, None).await;
                return taken.map_err(|trouble| words::of_source(trouble, words::CLIPBOARD_KEPT));
            }
            TakenFrom::File(text, variable) => (text, variable, words::FILE_KEPT, words::FILE_KEPT),
            TakenFrom::Pipe(text, variable) => (text, variable, words::PIPE_UNREAD, words::PIPE_READ),
        };
        // What a pipe gives, it gives once: whatever can be refused without its text is refused before.
        let refused = self.refused(at).await.map_err(|trouble| words::of_source(trouble, unread))?;
        if let Some(refused) = refused {
            return Ok(refused.of_source(unread));
        }
        let taken = match Given::read(text) {
            Ok(given) => self.hand_over(at, Some(given), variable).await,
            Err(error) => Err(words::given(error)),
        };
        Ok(taken.map_err(|trouble| words::of_source(trouble, read))?.of_source(read))
    }

    /// Why the app would take no text; nothing if it would take one.
    #[cfg(unix)]
    async fn refused(&self, (account, key): (&str, &str)) -> Result<Option<Taken>, Trouble> {
        use crate::door::{Reply, Wish, knock};
        let wish = Wish {
            account: account.to_owned(),
            key: key.to_owned(),
            from_clipboard: false,
            variable: None,
            asks_only: true,
        };
        Ok(match knock(&self.folder, &wish, None).await? {
            Reply::Refused { code, text } => Some(Taken::Refused { code, text }),
            Reply::Ready | Reply::Done { .. } => None,
        })
    }

    #[cfg(unix)]
    async fn hand_over(
        &self,
        (account, key): (&str, &str),
        given: Option<Given>,
        variable: Option<Variable>,
    ) -> Result<Taken, Trouble> {
        use crate::door::{Reply, Wish, knock};
        let wish = Wish {
            account: account.to_owned(),
            key: key.to_owned(),
            from_clipboard: given.is_none(),
            variable: variable.map(|name| name.as_str().to_owned()),
            asks_only: false,
        };
        Ok(match knock(&self.folder, &wish, given).await? {
            // It answers something else than was asked, and so says nothing of what came of it.
            Reply::Ready => return Err(words::app_went_away()),
            Reply::Done { name, tried, left } => {
                Taken::Done { name, tried, left: left.as_deref().map(Left::of_word) }
            }
            Reply::Refused { code, text } => Taken::Refused { code, text },
        })
    }

    /// The app has no door here, so that nothing needs to be read.
    #[cfg(not(unix))]
    async fn refused(&self, _: (&str, &str)) -> Result<Option<Taken>, Trouble> {
        Err(words::app_not_there())
    }

    /// The app has no door here; its window takes secrets from the clipboard.
    #[cfg(not(unix))]
    async fn hand_over(
        &self,
        _: (&str, &str),
        _: Option<Given>,
        _: Option<Variable>,
    ) -> Result<Taken, Trouble> {
        Err(words::app_not_there())
    }
}
