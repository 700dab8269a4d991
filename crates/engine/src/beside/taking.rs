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
    /// What a pipe or a file holds, and the variable in it that is meant.
    Text(&'a mut (dyn Read + Send), Option<Variable>),
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

impl Beside {
    /// Lets the app that runs take the secret of a key into its vault: one key of the name or id, rather one
    /// whose secret is not on this device.
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
        let (given, variable) = match from {
            TakenFrom::Clipboard => (None, None),
            TakenFrom::Text(text, variable) => (Some(Given::read(text).map_err(words::given)?), variable),
        };
        self.hand_over((account.as_str(), key.as_str()), given, variable).await
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
        };
        Ok(match knock(&self.folder, &wish, given).await? {
            Reply::Done { name, tried, left } => {
                Taken::Done { name, tried, left: left.as_deref().map(Left::of_word) }
            }
            Reply::Refused { code, text } => Taken::Refused { code, text },
        })
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
