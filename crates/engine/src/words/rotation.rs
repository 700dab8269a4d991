//! Rotations: why one does not start, go on or end.

use std::time::Duration;

use keystow_domain::{SecondRotation, Timestamp, Verb};

use super::{UNCHANGED, secret_lost};
use crate::Trouble;
use crate::store::Issue;

/// The time at the portal is not known.
pub(crate) fn clock_unknown() -> Trouble {
    Trouble::new(
        "clock_unknown",
        "The portal's clock is not known yet.",
        "Without it the time the old secret has left could be shown wrong.",
        "Wait for the portal to answer, then open this again.",
    )
}

/// An old secret is still accepted. `second` is what the portal says a further rotation does to it.
pub(crate) fn grace_running(name: &str, second: Option<SecondRotation>) -> Trouble {
    let (then, meaning) = match second {
        Some(SecondRotation::KeepsAll) => (
            "keepsAll",
            "This portal lets every old secret live to its own end, so a further rotation ends none.",
        ),
        Some(SecondRotation::DropsOld) => (
            "dropsOld",
            "This portal drops the oldest secret at once: servers that still use it would be refused.",
        ),
        Some(SecondRotation::Unknown) | None => (
            "unknown",
            "This portal does not say what a further rotation does to it: it may be refused at once.",
        ),
    };
    Trouble::new(
        "grace_running",
        "An old secret of “{key}” is still accepted.",
        meaning,
        "Bring the newest secret to every place first, or confirm that you want to rotate again now.",
    )
    .with("key", name)
    .with("then", then)
}

/// A second key was made already.
pub(crate) fn successor_exists(name: &str) -> Trouble {
    Trouble::new(
        "successor_exists",
        "A second key beside “{key}” was made already.",
        "Nothing was sent. Both keys work, and the new secret is on this device.",
        "Bring the new secret to every place, then revoke the old key and finish this rotation.",
    )
    .with("key", name)
}

/// The grace would end before the longest job does.
pub(crate) fn grace_too_short(job: Duration, grace: Duration) -> Trouble {
    Trouble::new(
        "grace_too_short",
        "The old secret would end after {grace}, and the longest job that uses it takes {job}.",
        "Nothing was sent. A job that has begun would be refused in the middle.",
        "Choose a longer grace, or a second key beside the first, which has no end of its own.",
    )
    .with("job", span(job))
    .with("grace", span(grace))
}

/// Somebody rotated the key somewhere else.
pub(crate) fn rotated_elsewhere(name: &str, at: Option<Timestamp>) -> Trouble {
    let message = match at {
        Some(_) => "“{key}” was rotated somewhere else at {at}.",
        None => "“{key}” was rotated somewhere else since it was last looked at.",
    };
    let told = Trouble::new(
        "rotated_elsewhere",
        message,
        "Nothing was sent. Somebody may be in the middle of a rotation, and a second one could end a secret \
         that they are bringing to servers.",
        "Ask who did it. If you want to rotate all the same, do it again: this is known now.",
    )
    .with("key", name);
    match at {
        Some(at) => told.with("at", moment(at)).with("millis", at.as_millis().to_string()),
        None => told,
    }
}

/// The rotation cannot be finished yet.
pub(crate) fn old_still_accepted(name: &str, has_two_keys: bool) -> Trouble {
    let remedy = if has_two_keys {
        "Revoke the old key when nothing uses it any more, then finish."
    } else {
        "Wait until its grace has ended, or end it now where the portal allows it, then finish."
    };
    Trouble::new(
        "old_still_accepted",
        "The old secret of “{key}” is still accepted.",
        "The rotation stays open, so that the row keeps telling of it.",
        remedy,
    )
    .with("key", name)
}

/// Nothing was rotated that could be finished.
pub(crate) fn no_rotation() -> Trouble {
    Trouble::new(
        "no_rotation",
        "No new secret was issued that could be finished.",
        UNCHANGED,
        "Rotate the key first.",
    )
}

/// The rotation cannot be dropped any more.
pub(crate) fn rotation_begun(name: &str) -> Trouble {
    Trouble::new(
        "rotation_begun",
        "The rotation of “{key}” has begun and cannot be dropped.",
        "The portal was asked for a new secret; what happened there is not forgotten.",
        "See it through, and finish it.",
    )
    .with("key", name)
}

/// The key that took the other one's place is dead.
pub(crate) fn successor_dead(name: &str) -> Trouble {
    Trouble::new(
        "successor_dead",
        "The new key beside “{key}” is expired or revoked.",
        "Nothing was sent: revoking the old key would leave no secret that works.",
        "Drop this rotation and begin another, or revoke the key from its own menu.",
    )
    .with("key", name)
}

/// A change that the portal made and whose secret nobody holds. `until` is how long the old secret of a
/// rotation works at least, where anybody told.
pub(crate) fn lost(issue: &Issue, until: Option<Timestamp>) -> Trouble {
    let mut told = match (&issue.intent.verb, &issue.course) {
        (Verb::Create { .. }, Some(_)) => return successor_lost(&issue.name),
        (verb, _) => secret_lost(&issue.name, matches!(verb, Verb::Rotate { .. })),
    };
    if let (Verb::Rotate { .. }, Some(until)) = (&issue.intent.verb, until) {
        told.meaning =
            "Nobody has the new secret. Servers with the old one keep working until about {until}.".into();
        told = told.with("until", moment(until)).with("millis", until.as_millis().to_string());
    }
    told
}

/// A key that somebody else rotated at the same moment.
pub(crate) fn also_rotated(name: &str) -> Trouble {
    Trouble::new(
        "also_rotated",
        "“{key}” was rotated somewhere else at the same moment.",
        "The secret on this device is the portal's newest one, and the other one may end with its grace.",
        "Ask who else rotated it, and bring the newest secret to every place.",
    )
    .with("key", name)
}

/// A second key that the portal made and whose secret nobody holds.
fn successor_lost(name: &str) -> Trouble {
    Trouble::new(
        "successor_lost",
        "The portal made a second key beside “{key}”, but its answer never reached this computer.",
        "Nobody has the second key's secret. The old key works as before; no grace is running.",
        "Revoke the second key by its name and the time it was made, then rotate again.",
    )
    .with("key", name)
}

/// An instant in words that mean the same everywhere.
pub(crate) fn moment(at: Timestamp) -> String {
    let known = jiff::Timestamp::from_millisecond(at.as_millis());
    known.map_or_else(|_| "an unknown time".into(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// A duration in words, in the largest unit that is whole.
fn span(duration: Duration) -> String {
    let secs = duration.as_secs();
    let (count, unit) = match secs {
        s if s >= 86_400 && s % 86_400 == 0 => (s / 86_400, "day"),
        s if s >= 3600 && s % 3600 == 0 => (s / 3600, "hour"),
        s if s >= 60 && s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_moments_are_told_in_words() {
        let told: Vec<_> = [0, 1, 90, 7200, 86_400].map(|secs| span(Duration::from_secs(secs))).into();
        assert_eq!(told, ["0 seconds", "1 second", "90 seconds", "2 hours", "1 day"]);
        assert_eq!(moment(Timestamp::from_secs(1_800_000_000)), "2027-01-15 08:00 UTC");
    }

    #[test]
    fn a_second_rotation_says_what_the_portal_says_of_the_first_old_secret() {
        for (second, then) in [
            (Some(SecondRotation::KeepsAll), "keepsAll"),
            (Some(SecondRotation::DropsOld), "dropsOld"),
            (Some(SecondRotation::Unknown), "unknown"),
            (None, "unknown"),
        ] {
            assert_eq!(grace_running("billing", second).facts["then"], then);
        }
    }
}
