//! The keys of the sample account: every state there is, and names as people give them.

use std::time::Duration;

use keystow_domain::Timestamp;

use super::TEAM;
use crate::{
    app::App,
    keys::{KeyRecord, NewSecret, SecretRecord, Standing},
    random,
};

/// What a sample key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Active,
    /// Rotated this many days ago; its old secret has ended.
    Rotated(u64),
    /// Rotated this many minutes ago, and the old secret lives for this many more.
    Rotating(u64, u64),
    /// Ends in this many days.
    Expiring(u64),
    /// Ended this many days ago.
    Expired(u64),
    Revoked,
    Pending,
    Suspended,
    /// Sends real calls while the portal runs.
    Busy,
}

/// A sample key.
pub(super) struct Sample {
    pub(super) name: &'static str,
    environment: &'static str,
    scopes: &'static [&'static str],
    /// How many days ago it was made.
    pub(super) age: u64,
    /// Calls an hour in the middle of a working day.
    pub(super) rate: u64,
    pub(super) state: State,
}

const fn sample(
    name: &'static str,
    environment: &'static str,
    scopes: &'static [&'static str],
    age: u64,
    rate: u64,
    state: State,
) -> Sample {
    Sample { name, environment, scopes, age, rate, state }
}

/// The keys, newest first.
pub(super) const SAMPLES: [Sample; 24] = [
    sample("catalog-sync-dev", "dev", &["read"], 2, 40, State::Busy),
    sample("catalog-web-staging", "staging", &["read"], 9, 55, State::Busy),
    sample("partner-onboarding-prod", "prod", &["read", "write"], 1, 0, State::Pending),
    sample("payments-api-prod", "prod", &["read", "write"], 310, 210, State::Rotated(34)),
    sample("payments-api-staging", "staging", &["read", "write"], 300, 45, State::Rotated(61)),
    sample("payments-api-dev", "dev", &["read", "write"], 290, 12, State::Active),
    sample("checkout-web-prod", "prod", &["read"], 240, 180, State::Rotating(25, 335)),
    sample("checkout-web-staging", "staging", &["read"], 240, 30, State::Active),
    sample("search-indexer-prod", "prod", &["read"], 200, 160, State::Expiring(6)),
    sample("search-indexer-test", "test", &["read"], 200, 22, State::Expiring(13)),
    sample("mobile-ios-prod", "prod", &["read", "stream"], 180, 120, State::Active),
    sample("mobile-android-prod", "prod", &["read", "stream"], 180, 130, State::Active),
    sample("nightly-reports-prod", "prod", &["read"], 150, 18, State::Active),
    sample("nightly-reports-prod", "prod", &["read"], 400, 16, State::Expired(12)),
    sample("invoice-mailer-prod", "prod", &["read", "write"], 140, 25, State::Rotating(170, 70)),
    sample("load-test-eu-west", "test", &["read"], 95, 75, State::Suspended),
    sample("مفتاح-بوابة-الدفع", "prod", &["read", "write"], 130, 60, State::Active),
    sample("clé-facturation-préprod", "staging", &["read"], 120, 14, State::Active),
    sample("ada-laptop-dev", "dev", &["read"], 75, 6, State::Active),
    sample(
        "legacy-importer-that-nobody-dares-to-touch-because-the-month-end-closing-depends-on-it-prod",
        "prod",
        &["read"],
        410,
        3,
        State::Active,
    ),
    sample("hackathon-2025", "dev", &["read"], 260, 0, State::Active),
    sample("contractor-access-test", "test", &["read"], 170, 9, State::Expired(40)),
    sample("leaked-in-ci-logs-prod", "prod", &["read", "write"], 220, 50, State::Revoked),
    sample("old-mobile-beta", "test", &["stream"], 330, 10, State::Revoked),
];

/// The instant `days` before `now`.
pub(super) fn days_before(now: Timestamp, days: u64) -> Timestamp {
    now.minus(Duration::from_secs(days * 86_400))
}

impl Sample {
    /// The key as the portal keeps it, with its old secrets.
    pub(super) fn record(&self, app: &App, account: &str, now: Timestamp) -> KeyRecord {
        let secret = |version: u32| self.secret(app).record(version, &app.pepper);
        let created_at = days_before(now, self.age);
        let mut key = KeyRecord {
            number: 0,
            id: random::id("key"),
            account: account.to_owned(),
            name: self.name.into(),
            scopes: self.scopes.iter().map(|&scope| scope.to_owned()).collect(),
            environment: self.environment.into(),
            owner: TEAM.into(),
            app: String::new(),
            created_by: "Demo Developer (sample)".into(),
            standing: Standing::InForce,
            created_at,
            last_used_at: None,
            expires_at: None,
            rotated_at: None,
            current: secret(1),
            previous: Vec::new(),
        };
        match self.state {
            State::Active | State::Busy => {}
            State::Rotated(days) => {
                rotate(&mut key, secret(2), days_before(now, days), Duration::from_secs(3600))
            }
            State::Rotating(ago, left) => {
                let at = now.minus(Duration::from_secs(ago * 60));
                rotate(&mut key, secret(2), at, Duration::from_secs((ago + left) * 60));
            }
            State::Expiring(days) => key.expires_at = Some(now.plus(Duration::from_secs(days * 86_400))),
            State::Expired(days) => key.expires_at = Some(days_before(now, days)),
            State::Revoked => key.standing = Standing::Revoked,
            State::Pending => key.standing = Standing::Pending,
            State::Suspended => key.standing = Standing::Suspended,
        }
        key
    }

    /// A new secret. A busy key's follows from the pepper, so that the calls go on after a
    /// restart although the portal keeps no secret.
    pub(super) fn secret(&self, app: &App) -> NewSecret {
        if self.state == State::Busy {
            NewSecret::sample(self.name, &app.pepper)
        } else {
            NewSecret::random()
        }
    }
}

fn rotate(key: &mut KeyRecord, secret: SecretRecord, at: Timestamp, grace: Duration) {
    key.rotate(secret, grace, at).expect("a sample key is in force before anything happens to it");
}
