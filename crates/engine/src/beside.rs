//! The app's data for another program, read while the app runs or does not.
//!
//! The vault is opened to read it only. To the database nothing is added but what was done here: entries
//! of the log, and where a secret went. What changes a key has no way through this type.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use keystow_domain::{AccountId, KeyId, OperationId, Variable};
use keystow_vault::child::FeedError;
use keystow_vault::run::{Order, RunError, Running};
use keystow_vault::{Form, Piece, Vault};

use crate::audit::{Deed, Note};
use crate::engine::{Engine, Parts, Setup};
use crate::forms::FormName;
use crate::list::Row;
use crate::places::PlaceKind;
use crate::store::Store;
use crate::{Trouble, words};

/// Says, while it is there, that the person locked the app.
const LOCKED: &str = "keystow.locked";
/// Who did what is in the log.
const BY: &str = "command line";

/// The app's data, read beside it.
pub struct Beside {
    engine: Engine,
    folder: std::path::PathBuf,
}

/// A secret that is wanted: its key, and the variable's name if one was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The key's name or id.
    pub key: String,
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
    pub async fn open(setup: Setup) -> Result<Self, Trouble> {
        let parts = Parts::of(&setup);
        Self::assemble(setup, parts).await
    }

    pub(crate) async fn assemble(setup: Setup, parts: Parts) -> Result<Self, Trouble> {
        let folder = setup.folder.clone();
        let store = Store::beside(&folder).map_err(|error| words::store(&error))?;
        let store = store.ok_or_else(words::no_data)?;
        let clock = std::sync::Arc::clone(&setup.clock);
        let vault = Vault::open_beside(&folder, std::sync::Arc::clone(&parts.keyring), clock);
        let vault = vault.map_err(|error| match error {
            keystow_vault::VaultError::NotFound => words::no_data(),
            other => words::vault(other),
        })?;
        let engine = Engine::of(setup, parts, (vault, store, None));
        engine.recall().await?;
        Ok(Self { engine, folder })
    }

    /// Every key of every account with the account's name, by account and name.
    pub fn keys(&self) -> Vec<(String, Row)> {
        let accounts: Vec<_> = {
            let state = self.engine.state();
            state.accounts.iter().map(|known| known.account.clone()).collect()
        };
        let mut all = Vec::new();
        for account in accounts {
            let who = account.person.clone().unwrap_or_else(|| account.portal_name.clone());
            let keys = self.engine.state().listings.get(&account.id).map(crate::list::Listing::keys);
            let rows = keys.iter().flat_map(|keys| keys.iter());
            let mut rows: Vec<Row> =
                rows.filter_map(|key| self.engine.row(&account.id, &key.id).ok()).collect();
            rows.sort_by(|one, other| one.key.name.cmp(&other.key.name));
            all.extend(rows.into_iter().map(|row| (who.clone(), row)));
        }
        all
    }

    /// How long a copy stays on the clipboard.
    pub fn keep(&self) -> Duration {
        self.engine.settings().keep()
    }

    /// What a copy in this form would be, with a gap for the secret. The vault stays locked.
    ///
    /// # Errors
    ///
    /// Fails if there is no such key or no secret of it here.
    pub async fn preview(&self, wanted: &Wanted, form: &FormName) -> Result<Vec<Piece>, Trouble> {
        let found = self.find(wanted).await?;
        let shape = self.engine.form(&found.account, &found.row.key.id, form).await?;
        Ok(shape.preview(&found.variable))
    }

    /// Puts a secret on the clipboard in a form; returns when the clipboard offers it. Its guard clears it
    /// in time, whatever becomes of this process.
    ///
    /// # Errors
    ///
    /// Says why nothing was copied; what was on the clipboard is then still there.
    pub async fn copy(&self, wanted: &Wanted, form: &FormName) -> Result<String, Trouble> {
        let found = self.find(wanted).await?;
        let shape = self.engine.form(&found.account, &found.row.key.id, form).await?;
        self.unlock().await?;
        let (vault, clipboard) = (&self.engine.0.vault, &self.engine.0.clipboard);
        let copied = vault.copy_as(&found.operation, (&shape, &found.variable), clipboard, self.keep());
        copied.await.map_err(words::copy)?;
        self.note(Deed::Copied, &found, |note| note.fact("form", form.word()).fact("secret", "new")).await;
        Ok(found.row.key.name)
    }

    /// Writes a secret in a form to something that is no terminal, for a reason that the log keeps.
    ///
    /// # Errors
    ///
    /// Fails if the vault does not give the secret, it does not fit the form, or the output takes nothing.
    pub async fn print(
        &self,
        wanted: &Wanted,
        form: &FormName,
        (reason, out): (&str, &mut (dyn std::io::Write + Send)),
    ) -> Result<std::io::Result<()>, Trouble> {
        let found = self.find(wanted).await?;
        let shape: Form = self.engine.form(&found.account, &found.row.key.id, form).await?;
        self.unlock().await?;
        self.engine.refuse_secret(&found.account, &found.row.key.id, reason).await?;
        self.note(Deed::Printed, &found, |note| note.fact("form", form.word()).fact("reason", reason)).await;
        let printed = self.engine.0.vault.print_as(&found.operation, (&shape, &found.variable), out);
        printed.await.map_err(words::copy)
    }

    /// Starts a program with secrets in its environment. The program becomes a place of their keys.
    ///
    /// # Errors
    ///
    /// Says why it was not started.
    pub async fn run(
        &self,
        wanted: &[Wanted],
        (program, arguments): (&OsString, &[OsString]),
        redact: bool,
    ) -> Result<Running, Trouble> {
        let mut all = Vec::new();
        for one in wanted {
            all.push(self.find(one).await?);
        }
        let secrets: Vec<_> =
            all.iter().map(|found| (found.variable.clone(), found.operation.clone())).collect();
        self.unlock().await?;
        let started =
            self.engine.0.vault.start(Order { secrets: &secrets, program, arguments, redact }).await;
        let name = program_name(program);
        let running = started.map_err(|error| match error {
            RunError::Misfit(misfit) => words::misfit(misfit),
            RunError::Feed(FeedError::Vault(error)) => words::vault(error),
            RunError::Feed(FeedError::Missing) => words::no_program(&name),
            RunError::Feed(_) => words::unstartable(&name),
        })?;
        for found in &all {
            let variable = found.variable.as_str();
            self.note(Deed::Ran, found, |note| note.fact("place", &name).fact("variable", variable)).await;
            // That the place could not be kept is no reason to end what runs.
            let place = (PlaceKind::Command, name.clone());
            let _ = self.engine.went_to(&found.account, &found.row.key.id, place).await;
        }
        Ok(running)
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

    async fn note(&self, deed: Deed, found: &Found, add: impl FnOnce(Note) -> Note) {
        let key = &found.row.key;
        let note = Note::new(deed).of(&found.account).key(&key.id, &key.name).fact("by", BY);
        self.engine.log(add(note)).await;
    }

    /// Reads the data key from the keyring, unless the person locked the app that runs.
    async fn unlock(&self) -> Result<(), Trouble> {
        if self.folder.join(LOCKED).exists() && app_runs(&self.folder) {
            return Err(words::locked_in_app());
        }
        self.engine.0.vault.unlock().await.map_err(words::vault)
    }

    /// The key of a name or an id: one that lives before one that does not.
    async fn find(&self, wanted: &Wanted) -> Result<Found, Trouble> {
        let (account, id) = self.locate(&wanted.key)?;
        let now = self.engine.portal_now(&account);
        let (operation, name) = self.engine.copyable(&account, &id, false, now)?;
        let row = self.engine.row(&account, &id)?;
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

    fn locate(&self, wanted: &str) -> Result<(AccountId, KeyId), Trouble> {
        let state = self.engine.state();
        let mut named = Vec::new();
        for (account, listing) in &state.listings {
            for key in listing.keys().iter().filter(|key| key.name == wanted || key.id.as_str() == wanted) {
                named.push((account.clone(), key.id.clone(), listing.current_secret(key).is_some()));
            }
        }
        drop(state);
        let lives = |(account, key, stowed): &&(AccountId, KeyId, bool)| {
            *stowed && self.engine.copyable(account, key, false, self.engine.portal_now(account)).is_ok()
        };
        let living: Vec<_> = named.iter().filter(lives).collect();
        match (living.as_slice(), named.as_slice()) {
            (_, []) => Err(words::no_such_key(wanted)),
            ([(account, key, _)], _) | ([], [(account, key, _)]) => Ok((account.clone(), key.clone())),
            (many, all) => {
                let ids: Vec<&str> = if many.is_empty() {
                    all.iter().map(|(_, key, _)| key.as_str()).collect()
                } else {
                    many.iter().map(|(_, key, _)| key.as_str()).collect()
                };
                Err(words::ambiguous_key(wanted, &ids.join(", ")))
            }
        }
    }
}

/// The program's own name, without the folders before it.
fn program_name(program: &OsString) -> String {
    let name = Path::new(program).file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    keystow_domain::visible(&name).chars().take(200).collect()
}

/// Whether an app holds the folder.
fn app_runs(folder: &Path) -> bool {
    let Ok(file) = std::fs::OpenOptions::new().append(true).open(folder.join("keystow.lock")) else {
        return false;
    };
    matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock))
}

/// Tells programs beside the app that the person locked it. Where that cannot be written they ask the
/// keyring, as if the app did not run.
pub(crate) fn mark_locked(folder: &Path) {
    let _ = std::fs::write(folder.join(LOCKED), "");
}

/// Tells them that it is open again.
pub(crate) fn unmark_locked(folder: &Path) {
    let _ = std::fs::remove_file(folder.join(LOCKED));
}
