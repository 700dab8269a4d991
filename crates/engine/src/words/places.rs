//! Places, trials of a secret, and the search for an old one.

use keystow_connect::{BadTrial, Cause, Failure};
use keystow_domain::Timestamp;

use super::{UNCHANGED, local};
use crate::Trouble;

/// A place without words, or with too many, or with some that cannot be seen.
pub(crate) fn bad_label() -> Trouble {
    Trouble::new(
        "bad_label",
        "The place cannot be called that.",
        UNCHANGED,
        "Describe it in 1 to 200 characters, all of them visible.",
    )
}

/// A text that is, or looks like, a secret.
pub(crate) fn looks_secret() -> Trouble {
    Trouble::new(
        "looks_secret",
        "This text holds what looks like a secret.",
        "It was not kept: only the vault may hold a secret.",
        "Describe it without the secret. If you pasted it anywhere else by mistake, rotate the key.",
    )
}

/// More places than a person can look after.
pub(crate) fn too_many_places() -> Trouble {
    Trouble::new(
        "too_many_places",
        "This key has as many places as Keystow keeps.",
        UNCHANGED,
        "Remove a place that is not used any more.",
    )
}

/// Nothing is being delivered.
pub(crate) fn no_course() -> Trouble {
    Trouble::new(
        "no_course",
        "No rotation of this key is open.",
        UNCHANGED,
        "Start a rotation; its places can be ticked then.",
    )
}

/// There is no new secret to deliver yet.
pub(crate) fn not_rotated() -> Trouble {
    Trouble::new(
        "not_rotated",
        "This key has no new secret yet.",
        UNCHANGED,
        "Rotate first; then bring the new secret to its places.",
    )
}

/// A trial as nobody should make it.
pub(crate) fn bad_trial(error: BadTrial) -> Trouble {
    const MEANING: &str = "Nothing was sent and nothing was changed.";
    match error {
        BadTrial::Address => Trouble::new(
            "bad_probe_address",
            "A secret cannot be sent to this address.",
            MEANING,
            "Use an address that begins with https, or http with the number of this computer (127.0.0.1).",
        ),
        BadTrial::Header => Trouble::new(
            "bad_probe_header",
            "This header cannot carry a secret.",
            MEANING,
            "Use the name of the header that the service reads, such as Authorization or x-api-key.",
        ),
        BadTrial::Before => Trouble::new(
            "bad_probe_before",
            "This text cannot stand before a secret.",
            MEANING,
            "Use up to 64 plain characters, such as “Bearer ” with its space.",
        ),
    }
}

/// A quiet time outside its bounds.
pub(crate) fn bad_quiet() -> Trouble {
    Trouble::new(
        "bad_quiet",
        "The quiet time cannot be that.",
        UNCHANGED,
        "Choose between one minute and seven days.",
    )
}

/// No address is known at which a secret could be tried.
pub(crate) fn no_probe() -> Trouble {
    Trouble::new(
        "no_probe",
        "Nobody said where the secret of this key can be tried, and this portal has no check of its own.",
        "Nothing was sent; the secret is as it was.",
        "Set an address that answers 2xx to a good secret and 401 or 403 to a bad one.",
    )
}

/// An answer to a trial that says neither yes nor no.
pub(crate) fn trial_says_nothing(status: u16) -> Trouble {
    Trouble::new(
        "probe_says_nothing",
        "The secret was tried, and the answer was the status {status}.",
        "Only 2xx says that a secret is accepted, and only 401 or 403 that it is refused, so nothing is proven.",
        "Try again in a moment, or choose an address that tells good secrets from bad ones.",
    )
    .with("status", status.to_string())
}

/// A trial that got no answer from an address that a person chose.
pub(crate) fn trial_unanswered(failure: &Failure) -> Trouble {
    let cause = match failure {
        Failure::NotSent(cause) | Failure::Unknown(cause) => *cause,
        // Every answer is a status to a trial.
        Failure::Refused(refusal) => Cause::Server(refusal.status),
    };
    Trouble::new(
        "probe_unanswered",
        "The address at which the secret should be tried did not answer: {why}.",
        "Nothing is proven; the secret is as it was.",
        "Check the address and the network, then try again.",
    )
    .with("why", cause.to_string())
}

/// The secret that is to be looked for is not here.
pub(crate) fn no_old_secret() -> Trouble {
    Trouble::new(
        "no_old_secret",
        "There is no old secret of this key on this device.",
        "What is not here cannot be looked for: a portal tells a secret once.",
        "Look for its first characters yourself, or tick the places by hand.",
    )
}

/// A search that is under way.
pub(crate) fn sweep_running() -> Trouble {
    Trouble::new(
        "sweep_running",
        "A search is already under way.",
        "It goes on; it only reads.",
        "Wait for its end, or stop it first.",
    )
}

/// A search without a place to search.
pub(crate) fn nothing_to_sweep() -> Trouble {
    Trouble::new(
        "nothing_to_sweep",
        "Nothing was chosen to search.",
        UNCHANGED,
        "Choose a folder, your settings files or your shell histories.",
    )
}

/// A folder that cannot be searched.
pub(crate) fn no_folder(folder: &str) -> Trouble {
    Trouble::new(
        "no_folder",
        "The folder “{folder}” cannot be searched.",
        "Nothing was read.",
        "Check its name and your rights, or leave it out.",
    )
    .with("folder", folder)
}

/// More lines than anybody would read.
pub(crate) fn sweep_many(lines: usize) -> Trouble {
    Trouble::new(
        "sweep_many",
        "The search stopped after {lines} lines with the old secret.",
        "There may be more of them in files that were not read.",
        "Replace what was found, then search again.",
    )
    .with("lines", lines.to_string())
}

/// The search could not be started.
pub(crate) fn sweep_failed() -> Trouble {
    Trouble::new(
        "sweep_failed",
        "The search could not be started.",
        "Nothing was read.",
        "Close other programs, then try again.",
    )
}

/// An old secret that is still used although its end is near.
pub(crate) fn straggler(name: &str, last: Option<Timestamp>, calls: Option<u64>) -> Trouble {
    let message = match (last, calls) {
        (Some(_), Some(_)) => {
            "The old secret of “{key}” is still used: last at {last}, {calls} calls since the rotation."
        }
        (Some(_), None) => "The old secret of “{key}” is still used: last at {last}.",
        (None, _) => "The old secret of “{key}” is still used.",
    };
    let trouble = Trouble::new(
        "straggler",
        message,
        "Its end is near, and whatever uses it stops working then.",
        "Find what still uses it and bring the new secret there.",
    );
    let trouble = match last {
        Some(last) => trouble.with("last", local(last)).with("millis", last.as_millis().to_string()),
        None => trouble,
    };
    let trouble = match calls {
        Some(calls) => trouble.with("calls", calls.to_string()),
        None => trouble,
    };
    trouble.with("key", name)
}
