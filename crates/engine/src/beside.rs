//! The app's data for another program, read while the app runs or does not.
//!
//! The vault is opened to read it only. To the database nothing is added but what was done here: entries
//! of the log, and where a secret went. What changes a key has no way through this type.

mod given;
mod taking;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keystow_domain::{Account, AccountId, Key, KeyId, OperationId, Variable};
use keystow_vault::{Form, Piece, Vault, VaultError};

use crate::accounts::AccountState;
use crate::audit::{Deed, Note, who};
use crate::engine::{Engine, Parts, Setup};
use crate::forms::FormName;
use crate::list::Row;
use crate::store::Store;
use crate::{Trouble, words};

pub use given::{Ready, Run};
pub use taking::{Taken, TakenFrom};

/// A file that the app holds a lock on while a person keeps it locked.
const LOCKED: &str = "keystow.locked";
/// Who did what is in the log.
const BY: &str = "command line";

/// The app's data, read beside it.
pub struct Beside {
    engine: Engine,
    person: Box<dyn Person>,
    folder: PathBuf,
}

/// The person at the terminal, if there is one.
pub trait Person: Send + Sync {
    /// Whether somebody says that the secret of this production key is wanted. With nobody to ask, nobody does.
    fn confirms(&self, name: &str) -> bool;
}

/// A secret that is wanted: its key, and the variable's name if one was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The key's name or id.
    pub key: String,
    /// The account that has the key: its person, its portal, both, or its id.
    pub account: Option<String>,
    /// The variable's name.
    pub variable: Option<Variable>,
}

/// Something that a program beside the app needs, and whether it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// Why it is not there.
    pub trouble: Option<Trouble>,
}

/// What a program beside the app needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// The key list.
    Data,
    /// The vault and the keyring that opens it.
    Vault,
    /// A clipboard, and the program that guards it.
    Clipboard,
    /// The log is whole.
    Log,
}

/// What a copy would be, without its secret.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The key.
    pub row: Row,
    /// The variable's name: the one that was given, is remembered or is guessed.
    pub variable: Variable,
    /// The text with a gap for the secret.
    pub pieces: Vec<Piece>,
}

/// A key that was found, with everything that reading its secret needs.
struct Found {
    account: AccountId,
    row: Row,
    operation: OperationId,
    variable: Variable,
}

impl Beside {
    /// Opens the data folder of the app. Nothing is asked of a keyring.
    ///
    /// # Errors
    ///
    /// Fails if the app has not made its data yet, or it cannot be read.
    pub async fn open(setup: Setup, person: Box<dyn Person>) -> Result<Self, Trouble> {
        let parts = Parts::of(&setup);
        let folder = setup.folder.clone();
        let store = Store::beside(&folder).map_err(|error| words::store(&error))?;
        let store = store.ok_or_else(words::no_data)?;
        let (keyring, clock) = (std::sync::Arc::clone(&parts.keyring), std::sync::Arc::clone(&setup.clock));
        let vault = Vault::open_beside(&folder, keyring, clock).map_err(|error| match error {
            VaultError::NotFound => words::no_data(),
            other => words::vault(other),
        })?;
        let engine = Engine::of(setup, parts, (vault, store, None));
        engine.recall().await?;
        Ok(Self { engine, person, folder })
    }

    /// Every key of every account with the account's name, by account and name.
    ///
    /// The list is gone through once: what the answer costs for a key is its row and nothing else.
    pub fn keys(&self) -> Vec<(String, Row)> {
        let accounts: Vec<_> = {
            let state = self.engine.state();
            state.accounts.iter().map(|known| known.account.clone()).collect()
        };
        let mut all = Vec::new();
        for account in accounts {
            let now = self.engine.portal_now(&account.id);
            let rows =
                self.engine.state().listings.get(&account.id).map_or_else(Vec::new, |keys| keys.rows(now));
            let who = account.person.unwrap_or(account.portal_name);
            all.extend(rows.into_iter().map(|row| (who.clone(), row)));
        }
        all
    }

    /// How long a copy stays on the clipboard.
    pub fn keep(&self) -> Duration {
        self.engine.settings().keep()
    }

    /// Why what was done is not in the log, if it could not be written.
    pub fn unlogged(&self) -> Option<Trouble> {
        self.engine.state().log.told.then(words::audit_unwritten)
    }

    /// What a copy in this form would be, with a gap for the secret. The vault stays locked.
    ///
    /// # Errors
    ///
    /// Fails if there is no such key or no secret of it here.
    pub async fn preview(&self, wanted: &Wanted, form: &FormName) -> Result<Preview, Trouble> {
        let Found { account, row, variable, .. } = self.find(wanted).await?;
        let shape = self.shape(&account, &row, form).await?;
        let pieces = shape.preview(&variable);
        Ok(Preview { row, variable, pieces })
    }

    /// Puts a secret on the clipboard in a form; returns when the clipboard offers it. Its guard clears it
    /// in time, whatever becomes of this process.
    ///
    /// # Errors
    ///
    /// Says why nothing was copied; what was on the clipboard is then still there.
    pub async fn copy(&self, wanted: &Wanted, form: &FormName) -> Result<Row, Trouble> {
        let found = self.find(wanted).await?;
        let shape = self.shape(&found.account, &found.row, form).await?;
        self.confirm(&found)?;
        self.unlock().await?;
        let (vault, clipboard) = (&self.engine.0.vault, &self.engine.0.clipboard);
        let copied = vault.copy_as(
            &found.operation,
            (&shape, &found.variable),
            clipboard,
            self.engine.settings().stay(),
        );
        copied.await.map_err(words::copy)?;
        if is_locked(&self.folder) {
            // The app looked for what is on the clipboard before this was there.
            let _ = clipboard.clear().await;
            return Err(words::locked_in_app());
        }
        let deed = note(Deed::Copied, &found).fact("form", form.word()).fact("secret", "new");
        self.engine.log(deed).await;
        Ok(found.row)
    }

    /// Writes a secret in a form to something that is no terminal, for a reason. The log has the reason
    /// before the first byte is written.
    ///
    /// # Errors
    ///
    /// Fails if the vault does not give the secret, the log does not take the reason or it holds a secret,
    /// or the secret does not fit the form. The inner error is the output's.
    pub async fn print(
        &self,
        wanted: &Wanted,
        form: &FormName,
        (reason, out): (&str, &mut (dyn Write + Send)),
    ) -> Result<std::io::Result<()>, Trouble> {
        let found = self.find(wanted).await?;
        let shape = self.shape(&found.account, &found.row, form).await?;
        self.confirm(&found)?;
        self.unlock().await?;
        self.engine.refuse_secret(&found.account, &found.row.key.id, reason).await?;
        self.engine.log(note(Deed::Printed, &found).fact("form", form.word()).fact("reason", reason)).await;
        if self.unlogged().is_some() {
            return Err(words::unlogged());
        }
        let printed = self.engine.0.vault.print_as(&found.operation, (&shape, &found.variable), out);
        printed.await.map_err(words::copy)
    }

    /// The shape of a form. What a portal tells of its address the app alone knows.
    async fn shape(&self, account: &AccountId, row: &Row, form: &FormName) -> Result<Form, Trouble> {
        let shape = self.engine.form(account, &row.key.id, form).await;
        shape.map_err(|trouble| match trouble.code {
            "no_probe" => words::no_address(&row.key.name),
            _ => trouble,
        })
    }

    /// Whether what a program beside the app needs is there. The keyring's prompt may come up.
    pub async fn doctor(&self) -> Vec<Finding> {
        let vault = self.unlock().await.err();
        let clipboard = self.engine.0.clipboard.check().await.map_err(words::clipboard).err();
        let log = match crate::audit::verify_audit(&self.folder) {
            Ok(check) => check.broken_at.map(words::audit_altered),
            Err(trouble) => Some(trouble),
        };
        let finding = |kind, trouble| Finding { kind, trouble };
        vec![
            finding(FindingKind::Data, None),
            finding(FindingKind::Vault, vault),
            finding(FindingKind::Clipboard, clipboard),
            finding(FindingKind::Log, log),
        ]
    }

    /// Asks the person about a key that wants it.
    fn confirm(&self, found: &Found) -> Result<(), Trouble> {
        match self.engine.asks_first(&found.account, &found.row.key.id) {
            Some(name) if !self.person.confirms(&name) => Err(words::presence_wanted(&name)),
            _ => Ok(()),
        }
    }

    /// Reads the data key from the keyring, or opens it with the passphrase that the person is asked for, unless a
    /// person locked the app that runs.
    async fn unlock(&self) -> Result<(), Trouble> {
        if is_locked(&self.folder) {
            return Err(words::locked_in_app());
        }
        match self.engine.0.vault.unlock().await {
            Err(VaultError::PassphraseNeeded) => self.engine.open_with_passphrase().await?,
            opened => opened.map_err(words::closed)?,
        }
        // The keyring's prompt may have stood there while the app was locked.
        if is_locked(&self.folder) { Err(words::locked_in_app()) } else { Ok(()) }
    }

    /// The key of a name or an id, and what reading its secret needs.
    async fn find(&self, wanted: &Wanted) -> Result<Found, Trouble> {
        let (account, id) = self.locate(wanted)?;
        let row = self.engine.row(&account, &id)?;
        let now = self.engine.portal_now(&account);
        let copyable = self.engine.copyable(&account, &id, false, now);
        let (operation, name) = copyable.map_err(|trouble| words::not_given(trouble, &row.key.name))?;
        let variable = match &wanted.variable {
            Some(variable) => variable.clone(),
            None => {
                let habit = self.engine.0.store.habit(account.clone(), id).await;
                let kept = habit.map_err(|error| words::store(&error))?.variable;
                kept.as_deref().and_then(Variable::parse).unwrap_or_else(|| Variable::suggested(&name))
            }
        };
        Ok(Found { account, row, operation, variable })
    }

    /// The key of a name or an id. Of several of a name, the one that has a secret to give.
    fn locate(&self, wanted: &Wanted) -> Result<(AccountId, KeyId), Trouble> {
        let named = self.named(wanted)?;
        let gives = |(account, key): &&(AccountId, KeyId)| {
            let now = self.engine.portal_now(account);
            self.engine.copyable(account, key, false, now).is_ok()
        };
        self.only_one(&wanted.key, &named, gives)
    }

    /// The keys of a name or an id.
    fn named(&self, wanted: &Wanted) -> Result<Vec<(AccountId, KeyId)>, Trouble> {
        let state = self.engine.state();
        if state.accounts.is_empty() {
            return Err(words::no_account_here());
        }
        let is_asked = |known: &&AccountState| {
            wanted.account.as_deref().is_none_or(|asked| is_called(&known.account, asked))
        };
        let asked: Vec<&AccountState> = state.accounts.iter().filter(is_asked).collect();
        if asked.is_empty() {
            let all: Vec<String> = state.accounts.iter().map(|known| who(&known.account)).collect();
            return Err(words::no_such_account(
                wanted.account.as_deref().unwrap_or_default(),
                &all.join(", "),
            ));
        }
        let is_meant = |key: &&Key| key.name == wanted.key || key.id.as_str() == wanted.key;
        let mut named = Vec::new();
        for known in asked {
            let Some(listing) = state.listings.get(&known.account.id) else { continue };
            let keys = listing.keys();
            let meant = keys.iter().filter(is_meant);
            named.extend(meant.map(|key| (known.account.id.clone(), key.id.clone())));
        }
        Ok(named)
    }

    /// The only one of several keys, or of those of them that are wanted rather.
    fn only_one(
        &self,
        wanted: &str,
        named: &[(AccountId, KeyId)],
        rather: impl Fn(&&(AccountId, KeyId)) -> bool,
    ) -> Result<(AccountId, KeyId), Trouble> {
        let better: Vec<_> = named.iter().filter(rather).collect();
        let all: Vec<_> = if better.is_empty() { named.iter().collect() } else { better };
        match all.as_slice() {
            [] => Err(words::no_such_key(wanted)),
            [(account, key)] => Ok((account.clone(), key.clone())),
            several => {
                let mut ids: Vec<&str> = several.iter().map(|(_, key)| key.as_str()).collect();
                ids.sort_unstable();
                ids.dedup();
                if ids.len() == several.len() {
                    return Err(words::ambiguous_key(wanted, &ids.join(", ")));
                }
                // What one portal calls a key another one may call a key as well.
                let state = self.engine.state();
                let having = |known: &&AccountState| several.iter().any(|(id, _)| *id == known.account.id);
                let accounts: Vec<String> =
                    state.accounts.iter().filter(having).map(|known| who(&known.account)).collect();
                Err(words::ambiguous_account(wanted, &accounts.join(", ")))
            }
        }
    }
}

/// Whether somebody may mean an account by this: its person, its portal, both as the log has them, or its id.
fn is_called(account: &Account, asked: &str) -> bool {
    let names = [account.person.as_deref(), Some(account.portal_name.as_str()), Some(account.id.as_str())];
    names.contains(&Some(asked)) || who(account) == asked
}

/// An entry of the log about a key.
fn note(deed: Deed, found: &Found) -> Note {
    let key = &found.row.key;
    Note::new(deed).of(&found.account).key(&key.id, &key.name).fact("by", BY)
}

/// Whether an app runs that a person locked.
fn is_locked(folder: &Path) -> bool {
    let Ok(file) = std::fs::File::open(folder.join(LOCKED)) else { return false };
    matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock))
}

/// Tells programs beside the app that a person locked it, for as long as the file is open: a lock ends with
/// its process, so that an app that was killed leaves nothing behind. Where it cannot be told, such programs
/// ask the keyring as if no app ran.
pub(crate) async fn say_locked(folder: &Path) -> Option<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(folder.join(LOCKED)).ok()?;
    match file.try_lock() {
        Ok(()) => Some(file),
        // A program that looks holds it for a moment.
        Err(std::fs::TryLockError::WouldBlock) => {
            let held = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
            held.ok()?.ok()
        }
        Err(std::fs::TryLockError::Error(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn a_program_that_looks_holds_a_lock_up_and_does_not_prevent_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_locked(folder.path()), "there was never a lock");
        drop(say_locked(folder.path()).await.unwrap());
        assert!(!is_locked(folder.path()), "it ended with the file");
        let looking = std::fs::File::open(folder.path().join(LOCKED)).unwrap();
        looking.lock_shared().unwrap();
        let mut locking = pin!(say_locked(folder.path()));
        let waits = std::future::poll_fn(|context| Poll::Ready(locking.as_mut().poll(context).is_pending()));
        assert!(waits.await);
        drop(looking);
        let _held = locking.await.unwrap();
        assert!(is_locked(folder.path()));
    }
}
