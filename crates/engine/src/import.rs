//! Taking a secret that this computer does not have yet into the vault: from the clipboard, a pipe or a file.
//!
//! It is believed only if it looks as the portal shows it and, where it can be tried, is accepted. Until it
//! is in the vault, the clipboard keeps it: a failure on the way loses nothing.

use std::path::PathBuf;

use keystow_domain::{AccountId, Key, KeyId, Variable};
use keystow_vault::{Forgotten, Given, GivenError, Label, Likeness, PasteError, Remains, Secret};

use crate::audit::{Deed, Note};
use crate::engine::Engine;
use crate::events::Event;
use crate::list::Row;
use crate::{Trouble, random, words};

/// What came of an import.
#[derive(Debug, Clone)]
pub struct ImportSight {
    /// The key, whose secret is on this device now.
    pub row: Row,
    /// Whether the secret was tried and accepted. Otherwise there is nowhere to try it.
    pub tried: bool,
    /// What the clipboard has now.
    pub left: Left,
}

/// What became of the clipboard that a secret came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It was cleared, and reading it back confirmed it.
    Cleared,
    /// Something else was there already, which was left alone.
    Replaced,
    /// It may still have the secret.
    Unverified,
}

/// What came of an import from a file, which is as it was.
#[derive(Debug, Clone)]
pub enum FileImport {
    /// The secret was taken.
    Taken {
        /// The key, whose secret is on this device now.
        row: Box<Row>,
        /// Whether the secret was tried and accepted. Otherwise there is nowhere to try it.
        tried: bool,
    },
    /// Several variables look like the secret, and nothing was taken: one of these is to be named.
    Which(Vec<Variable>),
}

/// Where a secret comes from.
pub(crate) enum Source {
    Clipboard,
    /// A text from a pipe or a file, and the variable in it that is meant.
    Given(Given, Option<Variable>),
}

/// A secret that was taken.
pub(crate) struct Imported {
    pub(crate) row: Row,
    pub(crate) tried: bool,
    /// What the clipboard has now, if it came from there.
    pub(crate) left: Option<Left>,
}

impl Engine {
    /// Takes the secret of a key from the clipboard into the vault, and clears the clipboard.
    ///
    /// # Errors
    ///
    /// Says why nothing was taken; the clipboard is then as it was.
    pub async fn import(&self, key: &KeyId) -> Result<ImportSight, Trouble> {
        let taken = self.import_from(&self.current_account()?, key, Source::Clipboard).await?;
        Ok(ImportSight { row: taken.row, tried: taken.tried, left: taken.left.unwrap_or(Left::Unverified) })
    }

    /// Takes the secret of a key from a file that the person chose, out of one variable if its name is given.
    ///
    /// # Errors
    ///
    /// Says why nothing was taken.
    pub async fn import_file(
        &self,
        key: &KeyId,
        file: PathBuf,
        variable: Option<Variable>,
    ) -> Result<FileImport, Trouble> {
        let account = self.current_account()?;
        let known = self.importable(&account, key)?;
        let given = tokio::task::spawn_blocking(move || Given::read_file(&file)).await;
        let given = given.map_err(|_| words::given(GivenError::Unreadable))?.map_err(words::given)?;
        if variable.is_none()
            && let Err(GivenError::Several(names)) = given.secret(&likeness(&known), None)
            && !names.is_empty()
        {
            return Ok(FileImport::Which(names.iter().filter_map(|name| Variable::parse(name)).collect()));
        }
        let taken = self.import_from(&account, key, Source::Given(given, variable)).await?;
        Ok(FileImport::Taken { row: Box::new(taken.row), tried: taken.tried })
    }

    /// Takes the secret of a key of any account from anywhere.
    pub(crate) async fn import_from(
        &self,
        account: &AccountId,
        key: &KeyId,
        source: Source,
    ) -> Result<Imported, Trouble> {
        let turn = self.turn_of_key(account, key);
        let _turn = turn.lock().await;
        let hold = self.0.vault.hold().map_err(words::vault)?;
        self.0.vault.prove_writable().await.map_err(words::vault)?;
        // What the list shows of a secret may be of the one before; a portal that is away changes nothing.
        let _ = self.read_key(account, key).await;
        let known = self.importable(account, key)?;
        let like = likeness(&known);
        let (secret, remains) = match source {
            Source::Clipboard => {
                let (secret, remains) = self.0.clipboard.paste(&like).await.map_err(words::paste)?;
                (secret, Some(remains))
            }
            Source::Given(given, variable) => {
                (given.secret(&like, variable.as_ref()).map_err(words::given)?, None)
            }
        };
        if self.is_elsewhere(account, &secret) {
            let given = remains.is_none();
            return Err(if given {
                words::given(GivenError::Unlike)
            } else {
                words::paste(PasteError::Unlike)
            });
        }
        let tried = self.accepted(account, key, &secret).await?;
        let operation = random::operation_id();
        let label = Label {
            operation: operation.clone(),
            account: account.clone(),
            key: key.clone(),
            prefix: known.prefix.clone(),
            issued_at: self.portal_now(account),
        };
        let stowed = self.0.vault.stow(label, secret).await;
        stowed.map_err(|refused| words::vault(refused.error))?;
        drop(hold);
        if tried {
            let now = self.portal_now(account);
            // The vault has the secret; a trial that is not remembered is only made once more.
            let _ = self.0.store.note_trial(operation, Some(true), now).await;
        }
        let left = match remains {
            Some(remains) => Some(self.leave(remains).await),
            None => None,
        };
        self.read_stowed(account).await;
        let word = if tried { "accepted" } else { "not tried" };
        self.log(Note::new(Deed::Imported).of(account).key(key, &known.name).fact("trial", word)).await;
        self.tell(Event::Keys);
        self.tell(Event::Rotation(key.clone()));
        Ok(Imported { row: self.row(account, key)?, tried, left })
    }

    /// The key, if a secret of it may be taken.
    fn importable(&self, account: &AccountId, key: &KeyId) -> Result<Key, Trouble> {
        let now = self.portal_now(account);
        let state = self.state();
        let listing = state.listings.get(account).ok_or_else(words::no_account)?;
        let known = listing.key(key).ok_or_else(words::unknown_key)?;
        if !known.is_copyable(now) {
            return Err(words::key_dead());
        }
        if listing.pending.contains_key(key) {
            return Err(words::busy(&known.name));
        }
        if listing.current_secret(known).is_some() {
            return Err(words::already_here(&known.name));
        }
        Ok(known.clone())
    }

    /// Whether a secret begins as one of another account does. A portal that claims the beginning of somebody
    /// else's secrets must not be sent one.
    fn is_elsewhere(&self, account: &AccountId, secret: &Secret) -> bool {
        let state = self.state();
        let others = state.listings.iter().filter(|(other, _)| *other != account);
        let mut prefixes = others.flat_map(|(_, listing)| {
            let shown = listing.keys().iter().map(|key| key.prefix.clone()).collect::<Vec<_>>();
            shown.into_iter().chain(listing.stowed.values().flatten().map(|stowed| stowed.prefix.clone()))
        });
        prefixes.any(|prefix| !prefix.is_empty() && secret.starts_with(&prefix))
    }

    /// Whether a secret is accepted where it can be tried; not, where it cannot be tried.
    async fn accepted(&self, account: &AccountId, key: &KeyId, secret: &Secret) -> Result<bool, Trouble> {
        let (trial, own) = match self.trial(account, key).await {
            Ok(found) => found,
            // Only the portal says that it has no check of its own.
            Err(_) => match self.abilities(account).await?.gateway {
                None => return Ok(false),
                Some(_) => self.trial(account, key).await?,
            },
        };
        let answer = self.portal(account)?.probe(&trial, secret).await;
        let answer = answer.map_err(|failure| crate::probing::unanswered(&failure, own))?;
        match answer.accepted {
            Some(true) => Ok(true),
            Some(false) => Err(words::import_refused()),
            None => Err(words::trial_says_nothing(answer.status)),
        }
    }

    /// Clears the clipboard that a secret came from, unless something else is there.
    async fn leave(&self, remains: Remains) -> Left {
        match self.0.clipboard.forget(remains).await {
            Ok(Forgotten::Cleared) => Left::Cleared,
            Ok(Forgotten::Replaced) => Left::Replaced,
            Err(error) => {
                tracing::warn!(%error, "the clipboard that a secret came from could not be cleared");
                Left::Unverified
            }
        }
    }
}

/// How the portal shows the secret of a key.
fn likeness(key: &Key) -> Likeness {
    Likeness { prefix: key.prefix.clone(), suffix: key.suffix.clone() }
}
