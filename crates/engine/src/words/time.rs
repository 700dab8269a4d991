//! What ends, and what is due.

use keystow_domain::Timestamp;

use crate::Trouble;
use crate::words::native::{Language, Left};

/// An instant as a person here reads it: local time with its distance from UTC.
pub(crate) fn local(at: Timestamp) -> String {
    let Ok(instant) = jiff::Timestamp::from_millisecond(at.as_millis()) else { return String::new() };
    instant.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M %:z").to_string()
}

/// A day as a person here counts it.
pub(crate) fn day(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    instant.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d").to_string()
}

/// An instant as a log writes it (RFC 3339).
pub(crate) fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis()).map(|at| at.to_string()).unwrap_or_default()
}

/// An old secret that ends soon. What remains is said in the language of the window, whose sentences
/// take it as it is.
pub(crate) fn grace_ending(name: &str, left: Left, language: Language) -> Trouble {
    Trouble::new(
        "grace_ending",
        "The old secret of “{key}” stops working in {left}.",
        "Whatever still uses it is refused from then on.",
        "Deliver the new secret where it is still missing, and look at the evidence.",
    )
    .with("key", name)
    .with("left", left.say(language))
    .with("minutes", left.minutes().to_string())
}

/// An old secret whose end is known as a range that has begun.
pub(crate) fn grace_may_end(name: &str, most: Timestamp) -> Trouble {
    Trouble::new(
        "grace_may_end",
        "The old secret of “{key}” may stop working at any moment.",
        "The portal does not tell when; after {at} it is certainly refused.",
        "Treat it as ended: deliver the new secret everywhere now.",
    )
    .with("key", name)
    .with("at", local(most))
    .with("millis", most.as_millis().to_string())
}

/// An old secret that has just ended.
pub(crate) fn grace_ended(name: &str, at: Timestamp) -> Trouble {
    Trouble::new(
        "grace_ended",
        "The old secret of “{key}” ended at {at}.",
        "Only the new secret is accepted now.",
        "If something fails since then, give it the new secret.",
    )
    .with("key", name)
    .with("at", local(at))
    .with("millis", at.as_millis().to_string())
}

/// An old secret that ended while nobody could be told.
pub(crate) fn ended_while_away(name: &str, at: Timestamp) -> Trouble {
    Trouble::new(
        "ended_while_away",
        "The old secret of “{key}” ended at {at}, while this computer slept or Keystow was closed.",
        "Only the new secret is accepted since then. The list is being read again.",
        "If something failed since then, give it the new secret.",
    )
    .with("key", name)
    .with("at", local(at))
    .with("millis", at.as_millis().to_string())
}

/// A key that expires soon.
pub(crate) fn key_expires(name: &str, left: Left, language: Language, at: Timestamp) -> Trouble {
    Trouble::new(
        "key_expires",
        "“{key}” expires in {left}.",
        "Its secrets are refused everywhere from then on.",
        "Create its replacement, deliver it, and let this one expire.",
    )
    .with("key", name)
    .with("left", left.say(language))
    .with("minutes", left.minutes().to_string())
    .with("at", local(at))
    .with("millis", at.as_millis().to_string())
}

/// A key that has expired.
pub(crate) fn key_expired(name: &str, at: Timestamp) -> Trouble {
    Trouble::new(
        "key_expired",
        "“{key}” expired at {at}.",
        "Its secrets are refused everywhere.",
        "Create a new key where it is still needed.",
    )
    .with("key", name)
    .with("at", local(at))
    .with("millis", at.as_millis().to_string())
}

/// A key whose rotation is due by its schedule.
pub(crate) fn rotation_due(name: &str, at: Timestamp) -> Trouble {
    Trouble::new(
        "rotation_due",
        "The rotation of “{key}” was due at {at}.",
        "Its secret still works; it is older than its schedule allows.",
        "Rotate it, or put it off.",
    )
    .with("key", name)
    .with("at", local(at))
    .with("millis", at.as_millis().to_string())
}

/// More reminders at once than anybody reads one by one.
pub(crate) fn many_due(count: usize) -> Trouble {
    Trouble::new(
        "many_due",
        "{count} keys need attention: they expire soon or their rotation is due.",
        "Nothing has stopped working that did not stop by itself.",
        "Look at the strip over the list: it shows the most urgent first.",
    )
    .with("count", count.to_string())
}

/// The audit log cannot be written.
pub(crate) fn audit_unwritten() -> Trouble {
    Trouble::new(
        "audit_unwritten",
        "What is done with your keys cannot be written into the audit log.",
        "Keys and secrets are not touched by it; only the log has a gap from here on.",
        "Check the disk and the rights of Keystow's data folder.",
    )
}

/// The audit log is not what it was.
pub(crate) fn audit_altered(number: i64) -> Trouble {
    Trouble::new(
        "audit_altered",
        "The audit log was altered: entry {number} does not fit or is missing.",
        "Your keys and secrets are as they were; the log cannot be relied on from that entry on.",
        "Find out who could write to Keystow's data folder, and keep a copy of it.",
    )
    .with("number", number.to_string())
}

/// There is no audit log.
pub(crate) fn no_log() -> Trouble {
    Trouble::new(
        "no_log",
        "There is no audit log in this data folder.",
        super::UNCHANGED,
        "Start Keystow once, or name its data folder with KEYSTOW_DATA_DIR.",
    )
}

/// A schedule that cannot be.
pub(crate) fn bad_days() -> Trouble {
    Trouble::new(
        "bad_days",
        "A rotation every so many days needs a number from 1 to 3650.",
        super::UNCHANGED,
        "Choose a number of days in between.",
    )
}

/// A rule that would cover no key, or every key by mistake.
pub(crate) fn empty_rule() -> Trouble {
    Trouble::new(
        "empty_rule",
        "The rule has no search, so it would cover nothing in particular.",
        super::UNCHANGED,
        "Type a search such as env:prod, or choose one key.",
    )
}
