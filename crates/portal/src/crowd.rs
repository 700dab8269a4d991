//! A big team, made fast: keys and hours of use as the portal keeps them, without the calls that would have
//! led to them. For measurements; nothing of it is reachable over HTTP.

use keystow_domain::Timestamp;
use tokio::task::JoinSet;

use crate::{
    PortalError,
    app::App,
    keys::{KeyRecord, NewSecret, Standing},
    meter::{Answered, HOUR, Tally},
    random,
    serve::Running,
    storage::{HourRecord, StorageError},
};

/// How many keys are on their way at once: they share commits.
const AT_ONCE: usize = 256;
/// How many hours are stored at once.
const HOURS_AT_ONCE: usize = 20_000;
/// Hours of a year, over which the use of a key is spread.
const YEAR: i64 = 365 * 24;

/// How much an account is to have.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// New keys.
    pub keys: u32,
    /// In how many hours of the last year each of them was used.
    pub hours: u32,
    /// Calls of each such hour.
    pub calls: u32,
}

/// What an account got.
#[derive(Debug, Clone)]
pub struct Crowded {
    /// The id of the first of its keys.
    pub key: String,
    /// The secret of that key. A measurement calls the gateway with it.
    pub secret: String,
    /// Calls that were recorded, of all keys.
    pub calls: u64,
}

impl Running {
    /// Gives an account many keys that were used.
    ///
    /// # Errors
    ///
    /// Fails if nobody registered with this address, or the storage does.
    pub async fn crowd(&self, email: &str, crowd: Crowd) -> Result<Crowded, PortalError> {
        let app = &self.app;
        let account = app.storage.account_of(email).await?.ok_or(StorageError::Unusable)?.id;
        let now = app.clock.now();
        let mut first = None;
        let mut keys = Vec::with_capacity(crowd.keys as usize);
        for number in 0..crowd.keys {
            let secret = NewSecret::random();
            let key = record(app, &account, number, &secret, now);
            if first.is_none() {
                first = Some((key.id.clone(), secret.reveal().to_owned()));
            }
            keys.push(key);
        }
        let ids: Vec<String> = keys.iter().map(|key| key.id.clone()).collect();
        for some in keys.chunks(AT_ONCE) {
            let mut adding = JoinSet::new();
            for key in some.iter().cloned() {
                let storage = app.storage.clone();
                adding.spawn(async move { storage.add_key(key, None).await });
            }
            while let Some(added) = adding.join_next().await {
                added.map_err(|_| StorageError::Stopped)??;
            }
        }
        let calls = use_them(app, &ids, crowd, now).await?;
        let (key, secret) = first.unwrap_or_default();
        Ok(Crowded { key, secret, calls })
    }
}

fn record(app: &App, account: &str, number: u32, secret: &NewSecret, now: Timestamp) -> KeyRecord {
    const ENVIRONMENTS: [&str; 4] = ["prod", "staging", "test", "dev"];
    let environment = ENVIRONMENTS[number as usize % ENVIRONMENTS.len()];
    KeyRecord {
        number: 0,
        id: random::id("key"),
        account: account.to_owned(),
        name: format!("service-{number:06}-{environment}"),
        scopes: vec!["read".into()],
        environment: environment.into(),
        owner: String::new(),
        app: String::new(),
        created_by: String::new(),
        standing: Standing::InForce,
        created_at: Timestamp::from_millis(now.as_millis() - YEAR * HOUR),
        last_used_at: None,
        expires_at: None,
        rotated_at: None,
        current: secret.record(1, &app.pepper),
        previous: Vec::new(),
    }
}

/// Records the use of the keys; returns how many calls that were.
async fn use_them(app: &App, ids: &[String], crowd: Crowd, now: Timestamp) -> Result<u64, StorageError> {
    let mut tally = Tally::default();
    for call in 0..crowd.calls {
        let micros = 1000 + 37 * u64::from(call);
        let status = if call % 50 == 49 { 503 } else { 200 };
        tally.count(Answered { status, micros });
    }
    let this_hour = now.as_millis().div_euclid(HOUR);
    let step = (YEAR / i64::from(crowd.hours.max(1))).max(1);
    let mut hours = Vec::with_capacity(HOURS_AT_ONCE);
    for nth in 0..crowd.hours {
        for (number, id) in (0_i64..).zip(ids) {
            // Keys are not all used in the same hours.
            let hour = this_hour - i64::from(nth) * step - number % step;
            let key = id.clone();
            hours.push(HourRecord { key, version: 1, hour, tally: tally.clone(), last_used_at: None });
            if hours.len() == HOURS_AT_ONCE {
                app.storage.add_hours(std::mem::take(&mut hours)).await?;
            }
        }
    }
    app.storage.add_hours(hours).await?;
    Ok(u64::from(crowd.calls) * u64::from(crowd.hours) * ids.len() as u64)
}
