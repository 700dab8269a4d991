//! How the program ends, which scripts decide by.

use std::process::ExitCode;

/// What was looked at is not as it should be.
const BAD: u8 = 1;
/// It was asked in a wrong way. The reader of arguments ends the same way.
const REFUSED: u8 = 2;
/// Keystow could not do its part.
const FAILED: u8 = 125;
/// There is no such program.
const MISSING: u8 = 127;

/// What the manual says of it. The numbers are the same for every command, and far from those that programs
/// which `run` starts end with.
pub(crate) const HELP: &str = "\
Exit status:
    0  done
    1  what was looked at is not as it should be (audit verify, doctor)
    2  asked in a wrong way, or refused
  113  there is nothing of Keystow in the data folder, or no account
  114  no key has this name
  115  several keys have this name
  116  the secret of the key is not on this device
  117  the key is expired or revoked
  118  the vault stays closed: Keystow or the keyring is locked, there is no keyring, or the passphrase that
       opens it was not typed
  119  the clipboard did not take the secret
  120  no secret was taken: it does not look like this key's, or is not accepted
  121  the app does not run
  122  it is a production key that asks first, and nobody at a terminal said yes
  125  Keystow could not do its part for another reason
  126  the program of “run” could not be started
  127  there is no such program

“run” ends as the program that it runs: with its exit status, or with 128 and the number of the signal that
ended it.

Environment:
  KEYSTOW_DATA_DIR  the data folder of the app, if it is not the usual one";

/// It was done; whether what was looked at is as it should be.
pub(crate) fn done(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::from(BAD) }
}

/// It was refused.
pub(crate) fn refused() -> ExitCode {
    ExitCode::from(REFUSED)
}

/// There is no such program.
pub(crate) fn missing() -> ExitCode {
    ExitCode::from(MISSING)
}

/// It failed for a reason that has no number of its own.
pub(crate) fn failed() -> ExitCode {
    ExitCode::from(FAILED)
}

/// The number of a failure of the engine.
pub(crate) fn of(code: &str) -> ExitCode {
    ExitCode::from(match code {
        "same_variable" | "looks_secret" => REFUSED,
        "no_data" | "no_account" | "no_log" => 113,
        "no_such_key" => 114,
        "ambiguous_key" => 115,
        "no_secret" => 116,
        "key_dead" => 117,
        "vault_locked" | "vault_key_lost" | "seal_damaged" => 118,
        _ if code.starts_with("passphrase_") => 118,
        "clipboard_failed" => 119,
        "import_refused" | "probe_says_nothing" | "already_here" => 120,
        "app_not_there" => 121,
        _ if code.starts_with("given_") || code.starts_with("paste_") => 120,
        "presence_wanted" => 122,
        "unstartable" => 126,
        "no_program" => MISSING,
        _ if code.starts_with("keyring_") => 118,
        _ => FAILED,
    })
}
