//! What goes wrong, and at which call.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is called. Time is not among them: a clock is read without effect, and moves between any two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The portal is asked something.
    Read,
    /// The portal changes something and issues no secret.
    Change,
    /// The portal issues a secret.
    Issue,
    /// A refresh token is spent.
    Token,
    Keyring,
    /// The vault's disk.
    Vault,
    /// The local database's disk, the journal in it.
    Journal,
    Clipboard,
}

impl Place {
    fn is_portal(self) -> bool {
        matches!(self, Self::Read | Self::Change | Self::Issue | Self::Token)
    }

    fn is_disk(self) -> bool {
        matches!(self, Self::Vault | Self::Journal)
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    DiesBefore,
    DiesAfter,
    /// The disk fails, and nothing was written.
    DiskFails,
    /// The disk says it failed, and had written.
    DiskLies,
    DiskFull,
    /// What is on the disk is not what was written.
    DiskAlters,
    KeyringLocked,
    KeyringAbsent,
    KeyringForgets,
    NotSent,
    ResetBefore,
    ResetAfter,
    ServerFailsBefore,
    ServerFailsAfter,
    SignedOut,
    Forbidden,
    NotFound,
    Conflict,
    Throttled,
    Garbage,
    NoSecret,
    OtherKey,
    NoClipboard,
    AnHourAhead,
    AnHourBack,
    SleepsTwoHours,
}

impl Kind {
    pub(crate) const ALL: [Self; 26] = [
        Self::DiesBefore,
        Self::DiesAfter,
        Self::DiskFails,
        Self::DiskLies,
        Self::DiskFull,
        Self::DiskAlters,
        Self::KeyringLocked,
        Self::KeyringAbsent,
        Self::KeyringForgets,
        Self::NotSent,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::ServerFailsBefore,
        Self::ServerFailsAfter,
        Self::SignedOut,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::Throttled,
        Self::Garbage,
        Self::NoSecret,
        Self::OtherKey,
        Self::NoClipboard,
        Self::AnHourAhead,
        Self::AnHourBack,
        Self::SleepsTwoHours,
    ];

    /// Whether the process dies of it.
    pub(crate) fn is_death(self) -> bool {
        matches!(self, Self::DiesBefore | Self::DiesAfter)
    }

    /// Whether only the time moves.
    pub(crate) fn is_time(self) -> bool {
        matches!(self, Self::AnHourAhead | Self::AnHourBack | Self::SleepsTwoHours)
    }

    /// Whether the other side acts although the call fails.
    pub(crate) fn acts(self) -> bool {
        use Kind::{DiesAfter, DiskLies, Garbage, NoSecret, OtherKey, ResetAfter, ServerFailsAfter};
        matches!(self, DiesAfter | DiskLies | ResetAfter | ServerFailsAfter | Garbage | NoSecret | OtherKey)
    }

    fn strikes(self, place: Place) -> bool {
        match self {
            Self::DiesBefore | Self::DiesAfter => true,
            Self::AnHourAhead | Self::AnHourBack | Self::SleepsTwoHours => true,
            Self::DiskFails | Self::DiskLies | Self::DiskFull => place.is_disk(),
            Self::DiskAlters => place == Place::Vault,
            Self::KeyringLocked | Self::KeyringAbsent | Self::KeyringForgets => place == Place::Keyring,
            Self::NoSecret | Self::OtherKey => place == Place::Issue,
            Self::NoClipboard => place == Place::Clipboard,
            _ => place.is_portal(),
        }
    }
}

/// One thing to go wrong: at the call of this number among those it can strike, or from there on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    pub(crate) nth: usize,
    pub(crate) sticky: bool,
}

impl Plan {
    /// Whether the portal's repeats say nothing useful for long: what it made is then lost, and told.
    pub(crate) fn spoils_repeats(self) -> bool {
        self.sticky && matches!(self.kind, Kind::Garbage | Kind::NoSecret | Kind::OtherKey)
    }
}

/// A plan as it is carried out.
#[derive(Default)]
pub(crate) struct Course(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    plan: Option<Plan>,
    calls: usize,
    struck: bool,
    dead: bool,
    session_ended: bool,
}

impl Course {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self, plan: Plan) {
        *self.inner() = Inner { plan: Some(plan), ..Inner::default() };
    }

    /// Nothing goes wrong from here on; a process that died stays dead.
    pub(crate) fn end(&self) {
        self.inner().plan = None;
    }

    /// A new process.
    pub(crate) fn revive(&self) {
        self.inner().dead = false;
    }

    pub(crate) fn struck(&self) -> bool {
        self.inner().struck
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.inner().dead
    }

    /// What goes wrong with the call that comes now. A dead process gets nothing done any more.
    pub(crate) fn strike(&self, place: Place) -> Strike {
        let mut inner = self.inner();
        if inner.dead {
            return Strike::Dead;
        }
        let Some(plan) = inner.plan.filter(|plan| plan.kind.strikes(place)) else { return Strike::None };
        let number = inner.calls;
        inner.calls += 1;
        let hits = number == plan.nth || (plan.sticky && number > plan.nth);
        if !hits {
            return Strike::None;
        }
        inner.struck = true;
        inner.dead |= plan.kind.is_death();
        inner.session_ended |= plan.kind == Kind::SignedOut && place == Place::Token;
        Strike::By(plan.kind)
    }
}

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strike {
    None,
    By(Kind),
    /// The process died before.
    Dead,
}
