//! What a portal says it can do. The window offers what is here, never what a portal's name suggests.

use std::time::Duration;

use crate::Role;

/// What a portal offers beyond create, list, get, rename, rotate and revoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abilities {
    /// Environments a new key can be made for; empty where the portal has none.
    pub environments: Vec<String>,
    /// Scopes a new key can be given; empty where the portal does not list them.
    pub scopes: Vec<String>,
    /// Whether a new key can be given an expiry.
    pub expiry: bool,
    /// Whether an account may have a second key beside the first, so that one can take the other's place.
    pub second_key: bool,
    /// What is known about the grace of an old secret.
    pub grace: GracePolicy,
    /// How long a repeated call with the same `Idempotency-Key` gets the first call's answer. After that a
    /// repeat would be a second deed.
    pub replay: Option<Duration>,
    /// Resolutions in which usage can be read; empty where there is no usage.
    pub usage: Vec<crate::Resolution>,
    /// How far back usage is kept.
    pub usage_retention: Option<Duration>,
    /// Whether usage tells old and new secret apart.
    pub usage_by_secret: bool,
    /// Whether quota and rate limit can be read.
    pub quota: bool,
    /// Whether the portal tells what was done and tried there.
    pub log: bool,
    /// Where a secret of this portal can be tried; the reference portal names its metered API.
    pub gateway: Option<String>,
    /// Where a token that a client got for itself can be tried.
    pub stream: Option<String>,
    /// Whether there are developer apps, products and approval.
    pub apps: bool,
    /// Whether there are teams, which own apps together.
    pub teams: bool,
    /// Whether OAuth clients can be registered.
    pub clients: bool,
    /// Whether what was billable can be read.
    pub bill: bool,
    /// Whether administrators can suspend by criteria and read reports.
    pub admin: bool,
    /// What whoever is signed in may do; nothing where the portal has no roles.
    pub role: Option<Role>,
}

impl Abilities {
    /// What the plain DeveloperService contract promises, and nothing more.
    pub fn plain() -> Self {
        Self {
            environments: Vec::new(),
            scopes: Vec::new(),
            expiry: false,
            // The contract creates keys, and names no most.
            second_key: true,
            grace: GracePolicy::invisible(),
            replay: None,
            usage: Vec::new(),
            usage_retention: None,
            usage_by_secret: false,
            quota: false,
            log: false,
            gateway: None,
            stream: None,
            apps: false,
            teams: false,
            clients: false,
            bill: false,
            admin: false,
            role: None,
        }
    }
}

impl Abilities {
    /// Whether whoever is signed in decides what others ask for.
    pub fn decides(&self) -> bool {
        self.apps && self.role == Some(Role::Admin)
    }

    /// Whether whoever is signed in suspends by criteria and reads reports.
    pub fn administers(&self) -> bool {
        self.admin && self.role == Some(Role::Admin)
    }

    /// Whether whoever is signed in may only look.
    pub fn only_looks(&self) -> bool {
        self.role == Some(Role::ReadOnly)
    }
}

/// How long a leaked secret goes on where the new one must be brought to what uses it first.
const TO_DELIVER: Duration = Duration::from_secs(600);

/// What is known about how long an old secret stays valid after a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GracePolicy {
    /// Whether the caller may choose the grace.
    pub chosen_by_caller: bool,
    /// The shortest grace the portal gives.
    pub least: Option<Duration>,
    /// The longest grace the portal gives.
    pub most: Option<Duration>,
    /// The grace given when none is asked for.
    pub default: Option<Duration>,
    /// Whether the portal reports the deadline of each old secret.
    pub reported: bool,
    /// Whether grace can be ended early without revoking the key.
    pub can_end_early: bool,
    /// What a second rotation inside grace does to the first old secret.
    pub second_rotation: SecondRotation,
}

impl GracePolicy {
    /// A grace that exists but of which nothing is known.
    pub const fn invisible() -> Self {
        Self {
            chosen_by_caller: false,
            least: None,
            most: None,
            default: None,
            reported: false,
            can_end_early: false,
            second_rotation: SecondRotation::Unknown,
        }
    }

    /// The grace to ask for when a secret leaked and something must keep running: long enough to deliver the
    /// new secret, and no longer than the portal gives. Nothing where the caller cannot choose.
    ///
    /// The portal's shortest grace may be seconds, and would stop what was to stay up.
    pub fn to_deliver(&self) -> Option<Duration> {
        let bounded = TO_DELIVER.min(self.most.unwrap_or(TO_DELIVER)).max(self.least.unwrap_or_default());
        self.chosen_by_caller.then_some(bounded)
    }
}

/// What happens to a still accepted old secret when its key is rotated again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondRotation {
    /// Every old secret lives to its own deadline.
    KeepsAll,
    /// The oldest secret dies at once.
    DropsOld,
    /// The portal does not say.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_stay_up_gets_time_for_the_new_secret_within_what_the_portal_gives() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let policy =
            |least, most| GracePolicy { chosen_by_caller: true, least, most, ..GracePolicy::invisible() };
        assert_eq!(
            policy(seconds(1), seconds(604_800)).to_deliver(),
            seconds(600),
            "not the second it could be"
        );
        assert_eq!(policy(seconds(3600), None).to_deliver(), seconds(3600));
        assert_eq!(policy(None, seconds(300)).to_deliver(), seconds(300));
        assert_eq!(GracePolicy::invisible().to_deliver(), None, "nobody asked the caller");
    }
}
