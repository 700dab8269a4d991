//! What a program beside the app has to tell. No window shows it.

use keystow_vault::VaultError;

use super::{UNCHANGED, vault};
use crate::Trouble;

/// Nothing came of it.
const NOT_READ: &str = "No secret was read. Every key is as it was.";

/// The app has made nothing that could be read here.
pub(crate) fn no_data() -> Trouble {
    Trouble::new(
        "no_data",
        "There is nothing of Keystow in this folder that could be read.",
        UNCHANGED,
        "Start the app once, which makes its data or brings it up to date, or name its folder in KEYSTOW_DATA_DIR.",
    )
}

/// The person locked the app, which runs.
pub(crate) fn locked_in_app() -> Trouble {
    Trouble::new("vault_locked", "Keystow is locked.", NOT_READ, "Unlock it in the app, then try again.")
}

/// The vault did not open for a program that only reads.
pub(crate) fn closed(error: VaultError) -> Trouble {
    let of_keyring = matches!(error, VaultError::Keyring(_));
    let mut trouble = vault(error);
    if of_keyring {
        trouble.meaning = NOT_READ.into();
    }
    trouble
}

/// Nobody signed in yet.
pub(crate) fn no_account_here() -> Trouble {
    Trouble::new(
        "no_account",
        "No account is known on this device, and so no key.",
        NOT_READ,
        "Start the app and sign in once.",
    )
}

/// Why a key gives no secret, with its name, which somebody who named several wants to know.
pub(crate) fn not_given(trouble: Trouble, name: &str) -> Trouble {
    let trouble = match trouble.code {
        "no_secret" => Trouble::new(
            "no_secret",
            "The secret of “{key}” is not on this device.",
            "A portal tells a secret once, and this one was told somewhere else. It still works there.",
            "Rotate the key in the app to get a new secret here.",
        ),
        "key_dead" => Trouble::new(
            "key_dead",
            "“{key}” is expired or revoked.",
            "Its secret is refused everywhere, so it is not given to anything.",
            "Create a new key in the app.",
        ),
        _ => return trouble,
    };
    trouble.with("key", keystow_domain::visible(name))
}

/// Two secrets would have one name.
pub(crate) fn same_variable(variable: &str) -> Trouble {
    Trouble::new(
        "same_variable",
        "Two of these keys would both be called {variable} in the environment.",
        NOT_READ,
        "Give one of them another name: --key NAME=VAR.",
    )
    .with("variable", variable)
}

/// A secret that no environment can hold.
pub(crate) fn no_variable() -> Trouble {
    Trouble::new(
        "unfit_variable",
        "A secret holds a character that would cut it short in an environment.",
        "Nothing was run. Every key is as it was.",
        "Give it to the program in another way, such as “keystow env --as json”.",
    )
}

/// A secret is not printed, because its reason cannot be kept.
pub(crate) fn unlogged() -> Trouble {
    Trouble::new(
        "unlogged",
        "The reason could not be written into the audit log.",
        "So no secret was printed. Every key is as it was.",
        "Check the disk and the rights of Keystow's data folder, then try again.",
    )
}

/// No key is called that.
pub(crate) fn no_such_key(wanted: &str) -> Trouble {
    Trouble::new("no_such_key", "No key is called “{key}”.", NOT_READ, "See “keystow list” for the names.")
        .with("key", keystow_domain::visible(wanted))
}

/// Several keys are called that.
pub(crate) fn ambiguous_key(wanted: &str, ids: &str) -> Trouble {
    Trouble::new("ambiguous_key", "Several keys are called “{key}”.", NOT_READ, "Name one by its id: {ids}.")
        .with("key", keystow_domain::visible(wanted))
        .with("ids", keystow_domain::visible(ids))
}

/// Nothing came of an import. What became of the source is said by whoever knows which one it was.
pub(super) const NOT_TAKEN: &str = "Nothing was taken.";
/// What became of a file that a secret was to be taken from.
pub(crate) const FILE_KEPT: &str = "The file is as it was.";
/// What became of a clipboard, whether or not the app came to the end.
pub(crate) const CLIPBOARD_KEPT: &str = "The clipboard is cleared only once its secret is in the vault.";
/// What became of a pipe before it was read.
pub(crate) const PIPE_UNREAD: &str =
    "Nothing was read from the pipe: for another try the secret must be sent again.";
/// What became of a pipe that was read.
pub(crate) const PIPE_READ: &str =
    "What came through the pipe is gone: for another try the secret must be sent again.";

/// Why nothing was taken, with what became of the source.
pub(crate) fn of_source(mut trouble: Trouble, source: &str) -> Trouble {
    trouble.meaning = format!("{} {source}", trouble.meaning);
    trouble
}

/// No app runs that could take a secret.
pub(crate) fn app_not_there() -> Trouble {
    Trouble::new(
        "app_not_there",
        "Keystow does not run, and it alone changes its vault.",
        NOT_TAKEN,
        "Start the app, then try again.",
    )
}

/// What answers in the place of the app belongs to another person.
#[cfg(unix)]
pub(crate) fn strange_door() -> Trouble {
    Trouble::new(
        "app_not_there",
        "What answers in Keystow's data folder was started by another user, and nothing was sent to it.",
        NOT_TAKEN,
        "Check who may write to the data folder, start the app as yourself, then try again.",
    )
}

/// The app ended while it was asked.
#[cfg(unix)]
pub(crate) fn app_went_away() -> Trouble {
    Trouble::new(
        "app_went_away",
        "Keystow ended before it said what came of it.",
        "The secret may be in its vault or not.",
        "Start the app and see “keystow list”, then try again if its secret is not here.",
    )
}

/// What came to the door was no wish, or stopped on its way.
#[cfg(unix)]
pub(crate) fn bad_wish() -> Trouble {
    Trouble::new(
        "bad_wish",
        "Keystow did not understand what it was asked.",
        NOT_TAKEN,
        "Use the command line that came with the app.",
    )
}

/// A first call of a key whose address only the app knows.
pub(crate) fn no_address(name: &str) -> Trouble {
    Trouble::new(
        "no_probe",
        "Nobody chose the address that “{key}” is called at.",
        NOT_READ,
        "Copy the call in the app's quick start, which asks the portal, or choose an address there.",
    )
    .with("key", keystow_domain::visible(name))
}

/// Keys of several accounts have the same id.
pub(crate) fn ambiguous_account(wanted: &str, accounts: &str) -> Trouble {
    Trouble::new(
        "ambiguous_key",
        "Several accounts have a key that is called “{key}”.",
        NOT_READ,
        "Name the account with --account: {accounts}.",
    )
    .with("key", keystow_domain::visible(wanted))
    .with("accounts", keystow_domain::visible(accounts))
}

/// No account is called that.
pub(crate) fn no_such_account(wanted: &str, accounts: &str) -> Trouble {
    Trouble::new("no_account", "No account is called “{account}”.", NOT_READ, "These are known: {accounts}.")
        .with("account", keystow_domain::visible(wanted))
        .with("accounts", keystow_domain::visible(accounts))
}

/// There is no such program.
pub(crate) fn no_program(name: &str) -> Trouble {
    Trouble::new(
        "no_program",
        "There is no program “{program}”.",
        "Nothing was run. Every key is as it was.",
        "Check its name and PATH.",
    )
    .with("program", name)
}

/// A program could not be started.
pub(crate) fn unstartable(name: &str) -> Trouble {
    Trouble::new(
        "unstartable",
        "“{program}” could not be started.",
        "Nothing was run. Every key is as it was.",
        "Check its rights.",
    )
    .with("program", name)
}
