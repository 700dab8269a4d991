//! What administrators ask for, and why it did not happen.

use keystow_connect::{Failure, RefusalKind};

use super::{failure, role_forbids};
use crate::Trouble;

/// Said wherever certainly nothing was suspended or resumed.
const AS_BEFORE: &str = "Apps and keys at the portal are as they were.";

/// Something that an administrator asked for and that failed.
pub(crate) fn of_admin(failed: &Failure) -> Trouble {
    match failed {
        Failure::Unknown(_) => admin_unknown(),
        Failure::Refused(refusal) => match refusal.kind {
            RefusalKind::Forbidden => role_forbids(),
            RefusalKind::NotFound => admin_gone(),
            RefusalKind::Conflict => admin_differs(),
            RefusalKind::Invalid if !refusal.violations.is_empty() => {
                admin_invalid().about(refusal.violations.clone())
            }
            _ => failure(failed),
        },
        Failure::NotSent(_) => failure(failed),
    }
}

/// Something that an administrator wanted to look at, where that failed: nothing can have changed by it.
pub(crate) fn of_admin_reading(failed: &Failure) -> Trouble {
    match failed {
        Failure::Unknown(_) => failure(failed),
        Failure::NotSent(_) | Failure::Refused(_) => of_admin(failed),
    }
}

fn admin_unknown() -> Trouble {
    Trouble::new(
        "admin_unknown",
        "The portal's answer did not arrive, so it is not known how far it got.",
        "A part may be suspended or resumed that was not before. Asking once more does nothing twice.",
        "Read the suspensions again, and go on with what is not at its end.",
    )
}

fn admin_gone() -> Trouble {
    Trouble::new(
        "admin_gone",
        "The portal does not know this suspension or report.",
        AS_BEFORE,
        "Read the suspensions again to see what is there.",
    )
}

fn admin_differs() -> Trouble {
    Trouble::new(
        "admin_differs",
        "Something changed since you looked: other apps or keys would be hit now, or somebody undoes it.",
        AS_BEFORE,
        "Look at the preview or the suspension again, then decide.",
    )
}

fn admin_invalid() -> Trouble {
    Trouble::new(
        "admin_invalid",
        "The portal did not take what is written in some fields, or no field says what is meant.",
        AS_BEFORE,
        "Each field says what is wrong with it. Name at least one thing, then look again.",
    )
}

/// Another number was typed than is hit.
pub(crate) fn count_differs() -> Trouble {
    Trouble::new(
        "count_differs",
        "The number that was typed is not the number of what is hit.",
        AS_BEFORE,
        "Type the number exactly as it is shown.",
    )
}

/// A suspension without a reason.
pub(crate) fn no_suspension_reason(most: usize) -> Trouble {
    Trouble::new(
        "no_suspension_reason",
        "A suspension needs a reason of 1 to {most} characters: the developers are told it.",
        AS_BEFORE,
        "Write why it is suspended.",
    )
    .with("most", most.to_string())
}
