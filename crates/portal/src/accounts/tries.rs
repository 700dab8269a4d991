//! How often somebody may try a password, or register: the longer it goes wrong, the longer the wait.
//!
//! Failures are counted by account *and* network, so that strangers who try an account keep nobody else from it, and
//! a browser that has signed in to the account before is counted by itself, so that even strangers on the same network
//! (or behind the same proxy) do not. No wait is longer than an hour, and none is made longer by trying during it.
//! Against tries from everywhere at once there is a limit for the account as well; beyond it a network that has not
//! tried within the hour still has one try. So nobody is locked out for good, whoever tries what.
//!
//! An address that nobody registered is counted like any other: waiting tells nothing.

use std::{net::IpAddr, time::Duration};

use keystow_domain::Timestamp;

use crate::{
    app::App,
    caller::network,
    limits::{Allowance, Counted},
    storage::StorageError,
};

/// How many networks' worth of tries an account takes in an hour from browsers that it does not know.
const FROM_EVERYWHERE: u32 = 20;
/// How many accounts' worth of tries a network has in ten minutes.
const FROM_A_NETWORK: u32 = 10;

/// The waits, longest first, so that the longest is told: how many limits' worth of tries lead to each.
const STEPS: [(Counted, u32); 3] =
    [(Counted::TriesOfAnHour, 4), (Counted::TriesOfTenMinutes, 2), (Counted::Tries, 1)];

/// One try to sign in, counted before it is known to be wrong: tries at the same time are not one try.
pub(super) struct Try {
    /// What it was counted by; forgotten if the try was right.
    own: String,
    /// What else it was counted by, for everybody.
    shared: Vec<(Counted, String)>,
}

/// Counts a try, or says when the next is allowed. `known` names the browser if it has signed in as `email` before.
///
/// # Errors
///
/// Fails if the storage does.
pub(super) async fn begin(
    app: &App,
    email: &str,
    known: Option<&str>,
    peer: Option<IpAddr>,
) -> Result<Result<Try, Duration>, StorageError> {
    let network = peer.map(|peer| network(peer).to_string()).unwrap_or_default();
    let own = match known {
        Some(browser) => format!("{email} in {browser}"),
        None => format!("{email} from {network}"),
    };
    let now = app.clock.now();
    let limit = app.limits.sign_ins;
    let mut begun = Try { own, shared: Vec::new() };
    let mut counted = Vec::new();
    let mut is_first = false;
    for (step, times) in STEPS {
        let allowance = app.windows.count(step, &begun.own, limit.saturating_mul(times), now).await?;
        if !allowance.granted {
            return refuse(app, &begun, counted, &allowance, now).await;
        }
        is_first |=
            step == Counted::TriesOfAnHour && allowance.remaining.saturating_add(1) == allowance.limit;
        counted.push((step, begun.own.clone()));
    }
    if known.is_some() {
        return Ok(Ok(begun));
    }
    let by_network = (Counted::TriesOfNetwork, network, FROM_A_NETWORK);
    let by_account = (Counted::TriesOfAccount, email.to_owned(), FROM_EVERYWHERE);
    for (step, who, times) in [by_network, by_account] {
        let allowance = app.windows.count(step, &who, limit.saturating_mul(times), now).await?;
        if allowance.granted {
            begun.shared.push((step, who));
        } else if step == Counted::TriesOfNetwork || !is_first {
            return refuse(app, &begun, counted, &allowance, now).await;
        }
    }
    Ok(Ok(begun))
}

/// Takes back what was counted of a try that is not made, and says how long it is until the next.
async fn refuse(
    app: &App,
    begun: &Try,
    own: Vec<(Counted, String)>,
    full: &Allowance,
    now: Timestamp,
) -> Result<Result<Try, Duration>, StorageError> {
    for (step, who) in own.iter().chain(&begun.shared) {
        app.windows.give_back(*step, who).await?;
    }
    Ok(Err(full.resets_at.since(now)))
}

impl Try {
    /// The password was right: what went wrong here before is forgotten, what went wrong elsewhere is not.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(super) async fn was_right(self, app: &App) -> Result<(), StorageError> {
        for (step, _) in STEPS {
            app.windows.forgive(step, &self.own).await?;
        }
        self.give_back_shared(app).await
    }

    /// It could not be told whether the password was right.
    ///
    /// # Errors
    ///
    /// Fails if the storage does.
    pub(super) async fn was_not_made(self, app: &App) -> Result<(), StorageError> {
        for (step, _) in STEPS {
            app.windows.give_back(step, &self.own).await?;
        }
        self.give_back_shared(app).await
    }

    async fn give_back_shared(self, app: &App) -> Result<(), StorageError> {
        for (step, who) in &self.shared {
            app.windows.give_back(*step, who).await?;
        }
        Ok(())
    }
}

/// Counts a registration, or says when the next is allowed. Those that find the address taken count as well: asking
/// who is registered is as slow as registering.
///
/// # Errors
///
/// Fails if the storage does.
pub(super) async fn registration(
    app: &App,
    peer: Option<IpAddr>,
) -> Result<Result<(), Duration>, StorageError> {
    let network = peer.map(|peer| network(peer).to_string()).unwrap_or_default();
    let now = app.clock.now();
    let allowance =
        app.windows.count(Counted::Registrations, &network, app.limits.registrations, now).await?;
    Ok(if allowance.granted { Ok(()) } else { Err(allowance.resets_at.since(now)) })
}
