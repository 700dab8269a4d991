//! Sample data: a developer, a team, keys in every state, ninety days of usage, and a trickle of
//! real calls, so that a portal can be looked at before anybody has used it.
//!
//! It is marked as what it is, its password is public, and it is served on loopback alone.

mod apps;
mod dice;
mod history;
mod keys;
mod traffic;

pub(crate) use traffic::traffic;

use std::collections::HashMap;

use crate::{
    app::App,
    apps::{AppRecord, MOST_APPS},
    oauth, random,
    storage::{AccountRecord, StorageError},
};

/// The address of the sample account.
pub(crate) const EMAIL: &str = "demo@keystow.example";
/// Its password.
pub(crate) const PASSWORD: &str = "keystow-demo";
/// The team its keys belong to.
const TEAM: &str = "Harbour team (sample)";

/// Fills the portal, unless that was done at an earlier start.
pub(crate) async fn fill(app: &App) -> Result<(), StorageError> {
    app.storage.put_client(oauth::demo()).await?;
    if app.storage.account_of(EMAIL).await?.is_some() {
        return Ok(());
    }
    let account = AccountRecord {
        id: random::id("acc"),
        email: EMAIL.into(),
        name: "Demo Developer (sample)".into(),
        team: TEAM.into(),
        password: app.passwords.hash(PASSWORD).await.map_err(|_| StorageError::Stopped)?,
        created_at: keys::days_before(app.clock.now(), 420),
        sample: true,
    };
    let id = account.id.clone();
    if !app.storage.add_account(account).await? {
        // Another portal of the same database is filling it.
        return Ok(());
    }
    let now = app.clock.now();
    let mut owners = HashMap::new();
    for (record, keys) in apps::all(app, &id, now) {
        if let Ok(added) = app.storage.add_app(record, MOST_APPS).await? {
            owners.extend(keys.iter().map(|&key| (key, added.id.clone())));
        }
    }
    for sample in keys::SAMPLES.iter().rev() {
        let mut key = sample.record(app, &id, now);
        key.app = owners.remove(sample.name).unwrap_or_default();
        let hours = history::of(sample, &key, now);
        app.storage.add_key(key, None).await?;
        app.storage.add_hours(hours).await?;
    }
    Ok(())
}

/// Takes away what an earlier start as a portal of sample data left open: its password is public.
pub(crate) async fn retire(app: &App) -> Result<(), StorageError> {
    app.storage.retire_samples(&oauth::demo().id, app.clock.now()).await?;
    let Some(account) = app.storage.account_of(EMAIL).await?.filter(|account| account.sample) else {
        return Ok(());
    };
    let teams = app.storage.teams(&account.id).await?;
    // A team with other people in it is theirs.
    let alone = teams.iter().filter(|team| team.members == 1).map(|team| team.team.as_str());
    let owners = alone.chain([account.id.as_str()]);
    // What its apps ask for would wait among what people ask for.
    for owner in owners {
        for sample in app.storage.apps(owner, None, u32::from(u16::MAX)).await? {
            if sample.waiting() > 0 {
                let change = Box::new(AppRecord::take_back);
                let _ = app.storage.change_app(owner, &sample.id, change).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::keys::SAMPLES;

    #[test]
    fn there_are_two_dozen_keys_and_names_the_contract_allows() {
        assert_eq!(SAMPLES.len(), 24);
        assert!(
            SAMPLES.iter().all(|sample| keystow_domain::key_name(sample.name).as_deref() == Ok(sample.name))
        );
    }
}
