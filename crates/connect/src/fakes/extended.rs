//! What the portal in memory can do when it can do everything.

use std::time::Duration;

use keystow_domain::{Abilities, GracePolicy, Resolution, Role, SecondRotation};

use super::clients::STREAM;
use super::{GATEWAY, GRACE, MOST_GRACE, REPLAY};

/// Every ability of the contract's extended form.
pub(super) fn extended() -> Abilities {
    Abilities {
        environments: ["production", "staging", "test", "development"].map(str::to_owned).into(),
        scopes: ["read", "stream"].map(str::to_owned).into(),
        expiry: true,
        second_key: true,
        grace: GracePolicy {
            chosen_by_caller: true,
            least: Some(Duration::ZERO),
            most: Some(MOST_GRACE),
            default: Some(GRACE),
            reported: true,
            can_end_early: true,
            second_rotation: SecondRotation::KeepsAll,
        },
        replay: Some(REPLAY),
        usage: vec![Resolution::Hour, Resolution::Day, Resolution::Month],
        usage_retention: Some(Duration::from_secs(90 * 24 * 3600)),
        usage_by_secret: true,
        quota: true,
        log: true,
        gateway: Some(GATEWAY.into()),
        stream: Some(STREAM.into()),
        apps: true,
        teams: true,
        clients: true,
        bill: true,
        admin: true,
        role: Some(Role::Admin),
    }
}
