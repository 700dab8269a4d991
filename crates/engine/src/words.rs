//! What is said of each failure: what happened, what it means for the keys, what to do.
//!
//! One function a failure, grouped by where it comes from. The sentences are the engine's own; a
//! portal's words appear only where they say which field was wrong.

mod admin;
mod alerts;
mod apps;
pub(crate) mod asking;
mod beside;
mod bulk;
mod clients;
mod desktop;
mod forms;
mod given;
mod health;
mod keys;
pub(crate) mod native;
mod passphrase;
mod places;
mod rotation;
mod sign_in;
mod teams;
mod time;
mod vault;

use keystow_connect::{Cause, Failure, Refusal, RefusalKind};

use crate::Trouble;

pub(crate) use admin::*;
pub(crate) use alerts::*;
pub(crate) use apps::*;
pub(crate) use beside::*;
pub(crate) use bulk::*;
pub(crate) use clients::*;
pub(crate) use desktop::*;
pub(crate) use forms::*;
pub(crate) use given::*;
pub(crate) use health::*;
pub(crate) use keys::*;
pub(crate) use passphrase::*;
pub(crate) use places::*;
pub(crate) use rotation::*;
pub(crate) use sign_in::*;
pub(crate) use teams::*;
pub(crate) use time::*;
pub(crate) use vault::*;

/// Said wherever a change certainly did not happen.
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
            "A secret of it that is on this device stays in the vault.",
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

/// Something the window sent that it never should.
pub(crate) fn bad_input(what: &str) -> Trouble {
    Trouble::new("bad_input", "{what} cannot be used.", UNCHANGED, "Change it and try again.")
        .with("what", what)
}

/// The portal cannot do what was asked.
pub(crate) fn not_offered() -> Trouble {
    Trouble::new("not_offered", "This portal does not offer that.", UNCHANGED, "Use what the portal offers.")
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
