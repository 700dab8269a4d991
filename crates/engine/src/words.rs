//! What is said of each failure: what happened, what it means for the keys, what to do.
//!
//! One function a source of failures. The sentences are the engine's own; a portal's words appear only
//! where they say which field was wrong.

use keystow_connect::oauth::{DiscoverError, SignInError};
use keystow_connect::{Cause, Failure, Refusal, RefusalKind};
use keystow_domain::NameError;
use keystow_vault::{ClipboardError, CopyError, KeyringError, VaultError};

use crate::Trouble;
use crate::store::StoreError;

const UNCHANGED: &str = "Nothing was changed; your keys and secrets are as they were.";

/// A read that failed, or a change that certainly did not happen.
pub(crate) fn failure(failure: &Failure) -> Trouble {
    match failure {
        Failure::Refused(refusal) => refused(refusal),
        Failure::NotSent(cause) | Failure::Unknown(cause) => no_answer(*cause),
    }
}

fn no_answer(cause: Cause) -> Trouble {
    match cause {
        Cause::Dns => Trouble::new(
            "portal_not_found",
            "The portal's name could not be found on the network.",
            UNCHANGED,
            "Check the network and the portal's address, then try again.",
        ),
        Cause::Connect => Trouble::new(
            "portal_unreachable",
            "The portal does not answer.",
            "You see the last known list. Copy and timers work; changes wait for the portal.",
            "Check the network, then try again.",
        ),
        Cause::Tls => Trouble::new(
            "portal_not_trusted",
            "The connection to the portal could not be secured.",
            "Nothing was sent, so nothing can have been read by somebody else.",
            "Check the portal's certificate and this computer's date, then try again.",
        ),
        Cause::Timeout | Cause::Interrupted => Trouble::new(
            "portal_slow",
            "The portal took too long to answer.",
            UNCHANGED,
            "Try again in a moment.",
        ),
        Cause::Server(status) => Trouble::new(
            "portal_failed",
            "The portal failed with status {status}.",
            UNCHANGED,
            "Try again in a moment; if it stays, tell whoever runs the portal.",
        )
        .with("status", status.to_string()),
        Cause::NotJson | Cause::Redirected => Trouble::new(
            "portal_intercepted",
            "Something else answered in the portal's place: a page instead of data.",
            "Nothing of it was used; your keys are as they were.",
            "Sign in to the network you are on, or check the portal's address, then try again.",
        ),
        Cause::TooLarge | Cause::WrongKey | Cause::NoSecret | Cause::Garbage => Trouble::new(
            "portal_garbage",
            "The portal's answer made no sense.",
            "Nothing of it was used; your keys are as they were.",
            "Try again; if it stays, tell whoever runs the portal.",
        ),
    }
}

fn refused(refusal: &Refusal) -> Trouble {
    match refusal.kind {
        RefusalKind::Invalid | RefusalKind::Unprocessable => invalid(refusal),
        RefusalKind::SignedOut => signed_out(),
        RefusalKind::Forbidden => Trouble::new(
            "forbidden",
            "The portal says that this account may not do that.",
            UNCHANGED,
            "Switch to the account that owns the key, or ask its owner.",
        ),
        RefusalKind::NotFound => Trouble::new(
            "key_gone",
            "The portal does not know this key: it is gone, or not yours.",
            "The secret on this device is kept until you delete it.",
            "Read the list again to see what is there.",
        ),
        RefusalKind::Conflict => Trouble::new(
            "conflict",
            "The portal holds something that contradicts this.",
            UNCHANGED,
            "Read the list again to see the key as it is now, then decide.",
        ),
        RefusalKind::Throttled => Trouble::new(
            "throttled",
            "The portal asks to slow down: too many calls.",
            UNCHANGED,
            "Wait until the time it named; then the same thing can be done.",
        )
        .retry_at(refusal.retry_at),
    }
}

fn invalid(refusal: &Refusal) -> Trouble {
    let said = refusal
        .violations
        .iter()
        .map(|(field, why)| format!("{field}: {why}"))
        .chain(refusal.message.clone())
        .next()
        .unwrap_or_else(|| "no reason given".into());
    Trouble::new(
        "invalid",
        "The portal refused what was asked ({said}).",
        UNCHANGED,
        "Change what it names and try again.",
    )
    .with("said", said)
}

/// No session: the portal ended it, or there never was one.
pub(crate) fn signed_out() -> Trouble {
    Trouble::new(
        "signed_out",
        "The portal ended this session.",
        "Your secrets stay in the vault and can be copied; changes need a new sign-in.",
        "Sign in again.",
    )
}

/// A session of which nothing certain is known: the refresh got no answer.
pub(crate) fn session_unknown(cause: &Failure) -> Trouble {
    let mut trouble = failure(cause);
    trouble.code = "session_unknown";
    trouble.meaning = "You are still signed in as far as we know; secrets can be copied meanwhile.".into();
    trouble
}

/// A change that was sent and whose answer did not arrive.
pub(crate) fn outcome_unknown(name: &str) -> Trouble {
    Trouble::new(
        "outcome_unknown",
        "The portal's answer about “{key}” did not arrive.",
        "It is being found out whether the portal made the change; nothing is sent twice meanwhile.",
        "Wait: the row says how it ended. Secrets in use keep working until then.",
    )
    .with("key", name)
}

/// A change that the portal made and whose secret nobody holds.
pub(crate) fn secret_lost(name: &str, rotated: bool) -> Trouble {
    let (code, message, meaning, remedy) = if rotated {
        (
            "rotation_lost",
            "The portal rotated “{key}”, but its answer never reached this computer.",
            "Nobody has the new secret. Servers with the old one keep working until its grace ends.",
            "Rotate once more before then, and deploy that secret.",
        )
    } else {
        (
            "creation_lost",
            "The portal created “{key}”, but its answer never reached this computer.",
            "The key exists and nobody has its secret. No other key is touched.",
            "Rotate it to get a secret, or revoke it.",
        )
    };
    Trouble::new(code, message, meaning, remedy).with("key", name)
}

/// A change that turned out not to have happened.
pub(crate) fn not_done(name: &str) -> Trouble {
    Trouble::new(
        "not_done",
        "The change of “{key}” did not happen.",
        "Its secret is what it was before.",
        "Do it again when you are ready.",
    )
    .with("key", name)
}

/// An answer that came after all, or was repeated by the portal.
pub(crate) fn recovered(name: &str) -> Trouble {
    Trouble::new(
        "recovered",
        "The new secret of “{key}” was recovered after an interruption.",
        "It is in the vault, and nothing was done twice.",
        "Copy it when you need it.",
    )
    .with("key", name)
}

/// A secret that arrived and could not be written.
pub(crate) fn not_stowed(name: &str, error: VaultError) -> Trouble {
    let mut trouble = vault(error);
    trouble.code = "secret_unstowed";
    trouble.message = format!("The secret of “{name}” arrived but could not be written to the vault.");
    trouble.meaning =
        "It is kept in memory and written as soon as the vault takes it. Do not close Keystow.".into();
    trouble.with("key", name)
}

/// Another change of the same key is still open.
pub(crate) fn busy(name: &str) -> Trouble {
    Trouble::new(
        "change_open",
        "An earlier change of “{key}” is not finished.",
        "Two changes at once could lose a secret, so the second was not sent.",
        "Wait until the row says how the first one ended.",
    )
    .with("key", name)
}

/// The vault, and the keyring behind it.
pub(crate) fn vault(error: VaultError) -> Trouble {
    match error {
        VaultError::Locked => Trouble::new(
            "vault_locked",
            "The vault is locked.",
            "Secrets cannot be copied or received until it is unlocked; none is lost.",
            "Unlock it.",
        ),
        VaultError::Keyring(error) => keyring(error),
        VaultError::KeyLost => Trouble::new(
            "vault_key_lost",
            "The key that opens the vault is not in this desktop's keyring.",
            "The secrets in the vault cannot be read without it. They still work where they are in use.",
            "Restore the keyring from a backup, or move the vault away and rotate the keys.",
        ),
        VaultError::DiskFull => disk_full(),
        VaultError::Newer => Trouble::new(
            "vault_newer",
            "The vault was written by a newer version of Keystow.",
            "It is left untouched, so that nothing in it is damaged.",
            "Start the newer version.",
        ),
        VaultError::ReadOnly | VaultError::Folder(_) => Trouble::new(
            "vault_read_only",
            "The vault's folder cannot be written.",
            "Secrets can be copied, but none can be received safely, so nothing new was asked for.",
            "Check the rights and the disk of Keystow's data folder.",
        ),
        VaultError::NotFound => no_secret(),
        VaultError::Tampered | VaultError::Corrupt | VaultError::ReadBack | VaultError::Conflict => {
            Trouble::new(
                "vault_damaged",
                "A record of the vault is damaged.",
                "That secret cannot be read here; it still works where it is in use. Other secrets are untouched.",
                "Rotate the key to get a new secret.",
            )
        }
        VaultError::Busy | VaultError::Database(_) | VaultError::Closed => Trouble::new(
            "vault_failed",
            "The vault could not be used.",
            UNCHANGED,
            "Try again; if it stays, start Keystow again.",
        ),
    }
}

fn keyring(error: KeyringError) -> Trouble {
    const MEANING: &str = "Without it no secret can be kept safely, so nothing new is asked of the portal.";
    match error {
        KeyringError::Absent => Trouble::new(
            "keyring_absent",
            "No keyring runs on this desktop.",
            MEANING,
            "Start one that offers the Secret Service, such as GNOME Keyring, KWallet or KeePassXC, then try again.",
        ),
        KeyringError::NoCollection => Trouble::new(
            "keyring_empty",
            "The keyring has no place to keep things in yet.",
            MEANING,
            "Create a default keyring in your desktop's password settings, then try again.",
        ),
        KeyringError::Locked => Trouble::new(
            "keyring_locked",
            "The keyring is locked and could not ask for its password.",
            MEANING,
            "Unlock it in your desktop's password settings, then try again.",
        ),
        KeyringError::Dismissed => Trouble::new(
            "keyring_dismissed",
            "The keyring's password prompt was closed.",
            MEANING,
            "Try again and enter the keyring's password.",
        ),
        KeyringError::TimedOut => Trouble::new(
            "keyring_silent",
            "The keyring did not answer in time.",
            MEANING,
            "Look for a password prompt behind other windows, then try again.",
        ),
        KeyringError::Ambiguous | KeyringError::Corrupt => Trouble::new(
            "keyring_damaged",
            "The keyring's entry for Keystow is damaged or there are several.",
            "The vault stays closed; nothing in it was changed.",
            "Look for “Keystow” in your desktop's password settings and restore the right entry.",
        ),
        KeyringError::Broken => Trouble::new(
            "keyring_failed",
            "The keyring failed.",
            MEANING,
            "Try again; if it stays, start the keyring or the session again.",
        ),
    }
}

fn disk_full() -> Trouble {
    Trouble::new(
        "disk_full",
        "The disk is full.",
        "A secret could not be kept safely, so nothing was sent to the portal.",
        "Free some space, then try again.",
    )
}

/// The local database.
pub(crate) fn store(error: &StoreError) -> Trouble {
    match error {
        StoreError::DiskFull => disk_full(),
        StoreError::Newer => Trouble::new(
            "database_newer",
            "The local database was written by a newer version of Keystow.",
            "It is left untouched. No secret is in it.",
            "Start the newer version.",
        ),
        StoreError::Busy => busy(""),
        StoreError::Broken => Trouble::new(
            "database_failed",
            "The local database could not be used.",
            "No secret is in it; the vault is another file and untouched.",
            "Check the rights and the disk of Keystow's data folder, then start it again.",
        ),
    }
}

/// A corrupt local database was put aside.
pub(crate) fn set_aside(file: &str) -> Trouble {
    Trouble::new(
        "database_set_aside",
        "The local database was damaged and was put aside as “{file}”.",
        "No secret was in it. The list is read again from the portal; settings are back to their defaults.",
        "Nothing to do. Delete the file when you do not need it any more.",
    )
    .with("file", file)
}

/// A corrupt vault was put aside.
pub(crate) fn vault_set_aside(file: &str) -> Trouble {
    Trouble::new(
        "vault_set_aside",
        "The vault's file was damaged and was put aside as “{file}”.",
        "What could be read of it was taken over. A key that lost its secret says “No secret here”.",
        "Rotate the keys that say so.",
    )
    .with("file", file)
}

/// There is nothing to copy on this device.
pub(crate) fn no_secret() -> Trouble {
    Trouble::new(
        "no_secret",
        "The secret of this key is not on this device.",
        "A portal tells a secret once, and this one was told somewhere else. It still works there.",
        "Rotate the key to get a new secret here.",
    )
}

/// The key is expired or revoked.
pub(crate) fn key_dead() -> Trouble {
    Trouble::new(
        "key_dead",
        "This key is expired or revoked.",
        "Its secret is refused everywhere, so it is not copied.",
        "Create a new key.",
    )
}

/// The list does not hold the key.
pub(crate) fn unknown_key() -> Trouble {
    Trouble::new("unknown_key", "This key is not in the list any more.", UNCHANGED, "Read the list again.")
}

/// No account is chosen, or it is gone.
pub(crate) fn no_account() -> Trouble {
    Trouble::new("no_account", "No account is chosen.", UNCHANGED, "Choose an account, or sign in to one.")
}

/// The person has to type the name of what ends.
pub(crate) fn name_differs() -> Trouble {
    Trouble::new(
        "name_differs",
        "The name that was typed is not the key's name.",
        UNCHANGED,
        "Type the name exactly as it is shown.",
    )
}

/// A name no portal takes.
pub(crate) fn name(error: NameError) -> Trouble {
    match error {
        NameError::Empty => Trouble::new(
            "name_empty",
            "The key has no name.",
            UNCHANGED,
            "Give it a name of 1 to 100 characters.",
        ),
        NameError::TooLong => Trouble::new(
            "name_long",
            "The name is longer than 100 characters.",
            UNCHANGED,
            "Shorten it to 100 characters or fewer.",
        ),
    }
}

/// A new key that may do nothing.
pub(crate) fn no_scope() -> Trouble {
    Trouble::new("no_scope", "The key has no scope.", UNCHANGED, "Choose at least one thing it may do.")
}

/// Something the window sent that it never should.
pub(crate) fn bad_input(what: &str) -> Trouble {
    Trouble::new("bad_input", "{what} cannot be used.", UNCHANGED, "Change it and try again.")
        .with("what", what)
}

/// The portal cannot do what was asked.
pub(crate) fn not_offered() -> Trouble {
    Trouble::new("not_offered", "This portal does not offer that.", UNCHANGED, "Use what the portal offers.")
}

/// A copy that failed.
pub(crate) fn copy(error: CopyError) -> Trouble {
    match error {
        CopyError::Vault(error) => vault(error),
        CopyError::Clipboard(error) => clipboard(error),
    }
}

/// The clipboard.
pub(crate) fn clipboard(error: ClipboardError) -> Trouble {
    tracing::warn!(%error, "the clipboard was not served");
    Trouble::new(
        "clipboard_failed",
        "The secret could not be put on the clipboard.",
        "Nothing was copied, and what was on the clipboard is still there.",
        "Check that this session has a clipboard (X11, or Wayland with data control), then try again.",
    )
}

/// It could not be verified that the clipboard is empty.
pub(crate) fn clipboard_unverified() -> Trouble {
    Trouble::new(
        "clipboard_unverified",
        "It could not be verified that the clipboard is empty.",
        "The secret may still be there for other programs to read.",
        "Copy something else, or try to clear it again.",
    )
}

/// The clipboard's keeper ended before its time.
pub(crate) fn clipboard_lost() -> Trouble {
    Trouble::new(
        "clipboard_lost",
        "The program that kept the clipboard ended before its time.",
        "The secret is no longer offered to other programs.",
        "Copy it again if you still need it.",
    )
}

/// A portal that cannot be signed in to.
pub(crate) fn discover(error: &DiscoverError) -> Trouble {
    match error {
        DiscoverError::Portal(error) => failure(error),
        DiscoverError::Address(_) => bad_address(),
        DiscoverError::WrongIssuer => Trouble::new(
            "portal_other_issuer",
            "The portal at this address says that it is another one.",
            "Signing in could hand your session to somebody else, so nothing was sent.",
            "Check the address with whoever runs the portal; it must be written exactly as they give it.",
        ),
        DiscoverError::NoPkce => Trouble::new(
            "portal_no_pkce",
            "The portal does not protect sign-ins with S256.",
            "A stolen sign-in could be used by others, so none was started.",
            "Ask whoever runs the portal to offer PKCE with S256.",
        ),
        DiscoverError::ForeignEndpoint => Trouble::new(
            "portal_foreign_endpoint",
            "The portal points to sign-in addresses that are not its own.",
            "Signing in could hand your session to somebody else, so nothing was sent.",
            "Tell whoever runs the portal.",
        ),
    }
}

/// An address that is no portal's.
pub(crate) fn bad_address() -> Trouble {
    Trouble::new(
        "bad_address",
        "This is not the address of a portal.",
        "Nothing was sent.",
        "Enter an address that begins with https:// (http:// only on this computer: 127.0.0.1 or [::1]).",
    )
}

/// A sign-in that did not end with an account.
pub(crate) fn sign_in(error: &SignInError) -> Trouble {
    match error {
        SignInError::Denied => Trouble::new(
            "denied",
            "The request was denied in the browser.",
            "Nothing was stored, and nobody is signed in.",
            "Start again and choose Allow, or ask whoever may approve it.",
        ),
        SignInError::Expired => Trouble::new(
            "sign_in_expired",
            "Nobody answered in the browser for five minutes.",
            "Nothing was stored, and nobody is signed in.",
            "Start again.",
        ),
        SignInError::Cancelled => Trouble::new(
            "sign_in_cancelled",
            "The sign-in was cancelled.",
            "Nothing was stored.",
            "Start again when you are ready.",
        ),
        SignInError::Listener => Trouble::new(
            "no_listener",
            "This computer gave no port to wait for the browser on.",
            "Nothing was sent, and nobody is signed in.",
            "Check whether a firewall keeps programs from using 127.0.0.1, then start again.",
        ),
        SignInError::WrongIssuer => Trouble::new(
            "wrong_issuer",
            "The browser's answer came from another portal.",
            "It was not used: it could have been an attempt to mix up two portals.",
            "Start again. If it happens twice, tell whoever runs the portal.",
        ),
        SignInError::Lost(_) => Trouble::new(
            "sign_in_lost",
            "The portal did not answer when the sign-in was finished.",
            "A sign-in works once and is not sent again. Nobody is signed in; your secrets are untouched.",
            "Start again.",
        ),
        _ => Trouble::new(
            "sign_in_refused",
            "The portal did not accept the sign-in.",
            "Nothing was stored, and nobody is signed in.",
            "Start again; if it stays, tell whoever runs the portal.",
        ),
    }
}

/// A pasted text that is not the address the browser ended at.
pub(crate) fn wrong_address() -> Trouble {
    Trouble::new(
        "wrong_callback",
        "This is not the address of this sign-in.",
        "It was not used; the sign-in still waits.",
        "Copy the whole address from the browser's address field, beginning with http://127.0.0.1.",
    )
}

/// The built-in portal does not run.
pub(crate) fn built_in_down() -> Trouble {
    Trouble::new(
        "built_in_down",
        "The built-in portal is not running.",
        "Keys of the built-in portal cannot be read or changed; their secrets can be copied.",
        "Start Keystow again. Its port may be taken by another program.",
    )
}

/// The clock of this computer is far off.
pub(crate) fn clock_off(minutes: i64) -> Trouble {
    Trouble::new(
        "clock_off",
        "This computer's clock differs from the portal's by about {minutes} minutes.",
        "Timers follow the portal's clock, so they stay right; dates shown here may look wrong.",
        "Set this computer's clock.",
    )
    .with("minutes", minutes.to_string())
}

/// Some rows of the portal's list could not be read.
pub(crate) fn rows_skipped(count: u32) -> Trouble {
    Trouble::new(
        "rows_skipped",
        "{count} keys of the portal's list could not be read and are not shown.",
        "They exist at the portal as before.",
        "Tell whoever runs the portal.",
    )
    .with("count", count.to_string())
}

/// The portal did not confirm the end of a session.
pub(crate) fn sign_out_unconfirmed() -> Trouble {
    Trouble::new(
        "sign_out_unconfirmed",
        "You are signed out here, but the portal did not confirm it.",
        "The session may stay valid at the portal until it ends by itself. Secrets stay in the vault.",
        "End the session at the portal if this computer is not yours.",
    )
}
