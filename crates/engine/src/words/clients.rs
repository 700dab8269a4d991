//! OAuth clients, and the bill.

use keystow_connect::{Failure, RefusalKind};

use super::{failure, only_said, role_forbids};
use crate::Trouble;

/// A change of a client that failed; certainly nothing was changed by it.
pub(crate) fn of_client(failed: &Failure) -> Trouble {
    let Failure::Refused(refusal) = failed else { return failure(failed) };
    match refusal.kind {
        RefusalKind::Conflict => Trouble::new(
            "client_conflict",
            "The portal holds something that contradicts this ({said}).",
            "Nothing was changed; your clients and keys are as they were.",
            "Delete a client that is not needed if there are too many, or read the list again.",
        )
        .with("said", only_said(refusal)),
        RefusalKind::Forbidden => role_forbids(),
        RefusalKind::Invalid | RefusalKind::Unprocessable if !refusal.violations.is_empty() => Trouble::new(
            "client_invalid",
            "The portal did not take what is written in some fields.",
            "Nothing was changed; your clients and keys are as they were.",
            "Each field says what is wrong with it. Change it and try again.",
        )
        .about(refusal.violations.clone()),
        _ => failure(failed),
    }
}

/// A client that belongs to no app cannot call for itself.
pub(crate) fn client_alone() -> Trouble {
    Trouble::new(
        "client_alone",
        "This client belongs to no app, so it can get no token for itself.",
        "It can sign people in as before; its secret was not sent anywhere.",
        "Make a client on the page of an app to try it from here.",
    )
}

/// A client without a secret has nothing to try.
pub(crate) fn client_public() -> Trouble {
    Trouble::new(
        "client_public",
        "This client is public: it has no secret.",
        "Nothing was sent.",
        "Sign in with it through the browser, as the people who use it do.",
    )
}

/// The portal has no bill, or not for such a time.
pub(crate) fn of_bill(failed: &Failure) -> Trouble {
    match failed {
        Failure::Refused(refusal) if matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::NotFound) => {
            Trouble::new(
                "bill_absent",
                "The portal tells no bill for this month ({said}).",
                "Nothing was changed. What is counted goes on being counted.",
                "Choose a later month: a portal keeps its numbers for a time only.",
            )
            .with("said", only_said(refusal))
        }
        _ => failure(failed),
    }
}
