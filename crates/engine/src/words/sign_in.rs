//! Signing in, staying signed in, and the built-in portal.

use keystow_connect::Failure;
use keystow_connect::oauth::{DiscoverError, SignInError};

use super::{UNCHANGED, failure};
use crate::{BuiltInFault, Trouble};

/// No session: the portal ended it, or there never was one.
pub(crate) fn signed_out() -> Trouble {
    Trouble::new(
        "signed_out",
        "The portal ended this session.",
        "Your secrets stay in the vault and can be copied; changes need a new sign-in.",
        "Sign in again.",
    )
}

/// Nobody is signed in, because the person signed out.
pub(crate) fn not_signed_in() -> Trouble {
    Trouble::new(
        "not_signed_in",
        "You are signed out of this account.",
        "Your secrets stay in the vault and can be copied; the list is the last one that was read.",
        "Sign in to read it again and to change keys.",
    )
}

/// The browser signed somebody else in than the one whose account it is.
pub(crate) fn signed_in_as(owner: &str, person: &str) -> Trouble {
    Trouble::new(
        "not_yours",
        "The browser signed in as {person}, and this account belongs to {owner}.",
        "Nothing was stored, and nothing of {owner} was resumed.",
        "Sign out at the portal in the browser and start again, or connect {person} as an account of its own.",
    )
    .with("owner", owner)
    .with("person", person)
}

/// A sign-out while the outcome of a change is not known.
pub(crate) fn unfinished_change(name: &str) -> Trouble {
    Trouble::new(
        "unfinished_change",
        "It is not known yet how a change of “{key}” ended.",
        "Without a session its new secret cannot be asked for, and could be lost.",
        "Wait until the row says how it ended, or sign out anyway.",
    )
    .with("key", name)
}

/// Somebody else is signed in than the one whose work it is.
pub(crate) fn not_yours(owner: Option<String>, here: Option<String>) -> Trouble {
    Trouble::new(
        "not_yours",
        "This belongs to {owner}, and {person} is signed in.",
        "Nothing was changed; what was begun waits for the account it belongs to.",
        "Switch to that account, or sign in to it.",
    )
    .with("owner", owner.unwrap_or_else(|| "another account".into()))
    .with("person", here.unwrap_or_else(|| "nobody".into()))
}

/// A session of which nothing certain is known: the refresh got no answer.
pub(crate) fn session_unknown(cause: &Failure) -> Trouble {
    let mut trouble = failure(cause);
    trouble.code = "session_unknown";
    trouble.meaning = "You are still signed in as far as we know; secrets can be copied meanwhile.".into();
    trouble
}

/// No account is chosen, or it is gone.
pub(crate) fn no_account() -> Trouble {
    Trouble::new("no_account", "No account is chosen.", UNCHANGED, "Choose an account, or sign in to one.")
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

/// The built-in portal does not run, with the reason once it is known.
pub(crate) fn built_in_down(why: Option<BuiltInFault>) -> Trouble {
    use BuiltInFault as Fault;
    const NOT: &str = "The built-in portal is not running";
    const AGAIN: &str = "Keystow tries to start it again by itself.";
    let (word, because, remedy) = match why {
        None => ("", " yet.", "Wait a moment and try again."),
        Some(Fault::Folder) => (
            "folder",
            ": its data folder cannot be used.",
            "Check the rights and the disk of the folder “portal” in Keystow's data folder.",
        ),
        Some(Fault::Running) => (
            "running",
            ": another program uses its data folder.",
            "Close the other Keystow or keystow-portal.",
        ),
        Some(Fault::Address) => (
            "address",
            ": this computer gave it no port to listen on.",
            "Check whether a firewall or another program keeps it from using 127.0.0.1.",
        ),
        Some(Fault::DiskFull) => ("disk", ": the disk is full.", "Free some space."),
        Some(Fault::Newer) => {
            ("newer", ": its data was written by a newer version of Keystow.", "Start the newer version.")
        }
        Some(Fault::Incomplete) => (
            "incomplete",
            ": a file is missing without which its database cannot be used.",
            "Put the file “pepper” back into the folder “portal” of Keystow's data folder, from a backup.",
        ),
        Some(Fault::Database) => (
            "database",
            ": its database failed.",
            "Check the disk of Keystow's data folder; the log of Keystow says more.",
        ),
    };
    let remedy = if why.is_some() { format!("{remedy} {AGAIN}") } else { remedy.to_owned() };
    let trouble = Trouble::new(
        "built_in_down",
        &format!("{NOT}{because}"),
        "Keys of the built-in portal cannot be read or changed; their secrets can be copied.",
        &remedy,
    );
    if word.is_empty() { trouble } else { trouble.with("then", word) }
}

/// The built-in portal's database was damaged and put aside.
pub(crate) fn built_in_set_aside(file: &str) -> Trouble {
    Trouble::new(
        "built_in_set_aside",
        "The built-in portal's database was damaged and was put aside as “{file}”.",
        "The portal starts empty: its accounts and keys are gone from it. Secrets in the vault are untouched.",
        "Register again at the built-in portal, or restore the file from a backup.",
    )
    .with("file", file)
}

/// The built-in portal listens on another port.
pub(crate) fn built_in_moved() -> Trouble {
    Trouble::new(
        "built_in_moved",
        "Another program uses the built-in portal's port, so the portal moved to a new one.",
        "Your keys and sessions go on. Programs that call the built-in portal need its new address.",
        "Look up the new address in Settings.",
    )
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
