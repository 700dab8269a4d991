//! Developer apps, what they subscribe to, and what is decided about that.

use keystow_connect::{Failure, Refusal, RefusalKind};

use super::{UNCHANGED, failure};
use crate::Trouble;

/// A change of an app, or a question about apps, that failed; certainly nothing was changed by it.
pub(crate) fn of_apps(failed: &Failure) -> Trouble {
    match failed {
        Failure::Refused(refusal) => match refusal.kind {
            RefusalKind::NotFound => app_gone(),
            RefusalKind::Conflict => app_conflict(refusal),
            RefusalKind::Forbidden => role_forbids(),
            RefusalKind::Invalid | RefusalKind::Unprocessable => app_invalid(failed, refusal),
            _ => failure(failed),
        },
        _ => failure(failed),
    }
}

/// A decision that failed; certainly it was not made.
pub(crate) fn of_decision(failed: &Failure) -> Trouble {
    match failed {
        Failure::Refused(refusal)
            if matches!(refusal.kind, RefusalKind::Conflict | RefusalKind::NotFound) =>
        {
            let said = only_said(refusal);
            Trouble::new(
                "decided_before",
                "This does not wait for a decision any more ({said}).",
                "Your decision was not taken over; what was decided first stays.",
                "Look at the queue, which was read again.",
            )
            .with("said", said)
        }
        _ => of_apps(failed),
    }
}

/// The portal does not know the app.
pub(crate) fn app_gone() -> Trouble {
    Trouble::new(
        "app_gone",
        "The portal does not know this app: it was deleted, or it is not yours.",
        "The keys of an app that was deleted are revoked; other keys are as they were.",
        "Read the list of apps again to see what is there.",
    )
}

fn app_conflict(refusal: &Refusal) -> Trouble {
    let said = only_said(refusal);
    Trouble::new(
        "app_conflict",
        "The portal holds something that contradicts this ({said}).",
        "Nothing was changed; your apps and keys are as they were.",
        "Change what it names, such as the name, and try again.",
    )
    .with("said", said)
}

fn app_invalid(failed: &Failure, refusal: &Refusal) -> Trouble {
    if refusal.violations.is_empty() {
        return failure(failed);
    }
    Trouble::new(
        "app_invalid",
        "The portal did not take what is written in some fields.",
        "Nothing was changed; your apps and keys are as they were.",
        "Each field says what is wrong with it. Change it and try again.",
    )
    .about(refusal.violations.clone())
}

/// The portal's own sentence about what it refused, or its status.
pub(crate) fn only_said(refusal: &Refusal) -> String {
    refusal.message.clone().unwrap_or_else(|| format!("status {}", refusal.status))
}

/// Whoever is signed in may only look.
pub(crate) fn only_looks() -> Trouble {
    Trouble::new(
        "only_looks",
        "Your role at this portal is read-only.",
        "You see keys, apps and usage; copies of what is on this device work as before.",
        "Ask an administrator of the portal for another role.",
    )
}

/// The role of whoever is signed in does not allow it.
pub(crate) fn role_forbids() -> Trouble {
    Trouble::new(
        "role_forbids",
        "Your role at this portal does not allow that.",
        UNCHANGED,
        "Your role was read again. Ask an administrator of the portal if you need another one.",
    )
}

/// An app that may have been made.
pub(crate) fn app_unknown(name: &str) -> Trouble {
    Trouble::new(
        "app_unknown",
        "The portal's answer about the app “{app}” did not arrive, and the list of apps could not be read.",
        "The app may be there as you wanted it. Nothing is sent twice by itself, and no key was touched.",
        "Read the list of apps again before you do the same once more.",
    )
    .with("app", name)
}

/// An app that turned out not to have been made or changed.
pub(crate) fn app_not_done(name: &str) -> Trouble {
    Trouble::new(
        "app_not_done",
        "The portal's answer about the app “{app}” did not arrive. It was read again, and nothing was changed.",
        "Your apps and keys are as they were.",
        "Do it again.",
    )
    .with("app", name)
}

/// An app whose deletion may have happened.
pub(crate) fn deletion_unknown(name: &str) -> Trouble {
    Trouble::new(
        "deletion_unknown",
        "The portal's answer did not arrive, so “{app}” may or may not be deleted.",
        "If it is, all its keys are refused from now on. They are read again as soon as the portal answers.",
        "Read the list of apps again. If it is still there, delete it again.",
    )
    .with("app", name)
}

/// A decision that may have been made.
pub(crate) fn decision_unknown() -> Trouble {
    Trouble::new(
        "decision_unknown",
        "The portal's answer did not arrive, so it is not known whether your decision was taken over.",
        "A decision is made once: doing it again cannot change one that was made.",
        "Read the queue again. What still waits there can be decided again.",
    )
}

/// The person has to type the name of what goes away.
pub(crate) fn app_name_differs() -> Trouble {
    Trouble::new(
        "app_name_differs",
        "The name that was typed is not the app's name.",
        "Nothing was changed; your apps and keys are as they were.",
        "Type the name exactly as it is shown.",
    )
}

/// A refusal without a reason.
pub(crate) fn no_reason(most: usize) -> Trouble {
    Trouble::new(
        "no_reason",
        "A refusal needs a reason of 1 to {most} characters: the developer is told it.",
        "Nothing was decided; it still waits.",
        "Write why it is refused.",
    )
    .with("most", most.to_string())
}

/// An administrator approved what somebody asked for.
pub(crate) fn subscription_approved(app: &str, product: &str) -> Trouble {
    Trouble::new(
        "subscription_approved",
        "“{product}” was approved for the app “{app}”.",
        "Keys of the app are accepted for it from now on.",
        "Make a key for the app if it has none, and copy its secret.",
    )
    .with("app", app)
    .with("product", product)
}

/// An administrator refused what somebody asked for.
pub(crate) fn subscription_rejected(app: &str, product: &str, reason: &str) -> Trouble {
    Trouble::new(
        "subscription_rejected",
        "“{product}” was refused for the app “{app}” ({reason}).",
        "Keys of the app are not accepted for what was refused; what was approved before stays in force.",
        "Change what the app asks for, or ask again and say more about what it is for.",
    )
    .with("app", app)
    .with("product", product)
    .with("reason", reason)
}

/// So much was decided at once.
pub(crate) fn many_decided(count: usize) -> Trouble {
    Trouble::new(
        "many_decided",
        "{count} of the subscriptions that your apps asked for were decided.",
        "Keys of your apps are accepted for what was approved.",
        "Look at your apps to see which.",
    )
    .with("count", count.to_string())
}
