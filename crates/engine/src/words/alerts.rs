//! Alerts: what of the usage of a key crossed a bound.

use keystow_domain::{Reading, Rule};

use super::UNCHANGED;
use crate::Trouble;
use crate::store::Alert;

/// Something crossed the bound that a person set for a key, or for all keys of a portal.
pub(crate) fn alert(alert: &Alert, reading: &Reading, name: &str) -> Trouble {
    let told = match alert.rule {
        Rule::Quota => Trouble::new(
            "alert_quota",
            "“{key}” has used {figure} % of its quota.",
            "When it is used up, the portal refuses its calls until the count starts again.",
            "Look at its usage to see when that would be; ask for a larger quota, or let it call less.",
        ),
        Rule::Errors => Trouble::new(
            "alert_errors",
            "{figure} % of the last calls of “{key}” were answered with an error.",
            "The key itself may be sound: 4xx are mostly mistakes of the caller, 5xx of the service.",
            "Look at its usage to see which of the two they are, and since when.",
        ),
        Rule::Throttled => Trouble::new(
            "alert_throttled",
            "{figure} % of the last calls of “{key}” were refused as too many (429).",
            "What was refused did not happen, unless the caller tried again.",
            "Let the caller go slower or wait between tries, or ask for a higher rate limit.",
        ),
        Rule::Silence => Trouble::new(
            "alert_silence",
            "“{key}” has made no call for {figure} hours.",
            "Whatever uses it may stand still, or may have been given another key.",
            "Look whether what uses it still runs.",
        ),
    };
    let figure = match reading {
        // Rounded down, so that a bound that is told as crossed is never told as larger than the figure.
        Reading::Share { percent, .. } => percent.floor(),
        Reading::Silent { hours } => f64::from(*hours),
        Reading::Untold(_) => f64::from(alert.bound),
    };
    told.with("key", name).with("figure", figure.to_string()).with("bound", alert.bound.to_string())
}

/// A bound that cannot be.
pub(crate) fn bad_bound(most: u32) -> Trouble {
    Trouble::new(
        "bad_bound",
        "An alert needs a whole number between 1 and {most}.",
        "The alert is as it was before.",
        "Write such a number.",
    )
    .with("most", most.to_string())
}

/// No more keys can be watched.
pub(crate) fn many_watched(most: usize) -> Trouble {
    Trouble::new(
        "many_watched",
        "Alerts are set for {most} keys already.",
        UNCHANGED,
        "Remove the alerts of a key that needs none any more, or watch all keys together.",
    )
    .with("most", most.to_string())
}
