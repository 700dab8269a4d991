//! What is wrong with keys, in the words of a table.

use keystow_domain::{Finding, HealthGap};

use super::UNCHANGED;
use crate::Trouble;

/// What is wrong.
pub(crate) fn finding(finding: &Finding) -> String {
    match finding {
        Finding::Unused { days } => format!("not used for {days} days"),
        Finding::NeverUsed { days } => format!("never used in {days} days"),
        Finding::Overdue { since, every, scheduled } => {
            let by = if *scheduled { "its schedule" } else { "the usual interval" };
            format!("rotation due since {}, every {every} days by {by}", super::day(*since))
        }
        Finding::Shared { other, place: None } => format!("its name says {}", other.word()),
        Finding::Shared { other, place: Some(place) } => {
            format!("it goes to “{place}”, which says {}", other.word())
        }
        Finding::NeverExpires => "never expires".to_owned(),
        Finding::ExpiresSoon { at } => format!("expires on {}", super::day(*at)),
        Finding::NoOwner => "no owner in its name".to_owned(),
        Finding::NoSecret => "no secret on this device".to_owned(),
    }
}

/// What cannot be told.
pub(crate) fn untold(untold: HealthGap) -> &'static str {
    match untold {
        HealthGap::LastUse => "when it was last used",
        HealthGap::Rotation => "when it was last rotated",
        HealthGap::Expiry => "whether it could expire",
        HealthGap::Secret => "whether its secret is on this device",
        HealthGap::Scopes => "which of its scopes it uses",
    }
}

/// A search that cannot say by itself which keys a schedule is for.
pub(crate) fn bad_rule(rule: &str) -> Trouble {
    Trouble::new(
        "bad_rule",
        "“{rule}” cannot say which keys a schedule is for.",
        UNCHANGED,
        "Use words and terms about the keys themselves, such as env:prod or owner:billing, and finish every one.",
    )
    .with("rule", rule)
}
