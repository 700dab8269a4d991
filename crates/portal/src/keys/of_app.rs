//! Keys of a developer app: they are accepted for what is approved for the app, and wait until something is.

use std::sync::Arc;

use keystow_domain::Timestamp;

use super::{KeyRecord, NewSecret, changes::issued, replay::Call};
use crate::{
    app::App,
    apps::{AppRecord, MOST_KEYS},
    caller::Caller,
    reply::ApiError,
    storage::{AppKey, AppRefusal, Holder},
    teams::Deed,
};

/// Who holds the app that a key shall be made for.
///
/// # Errors
///
/// 400 if the app is unknown or another's, 403 if it is a team's and the caller's role in it does not reach.
pub(super) async fn holder(app: &App, caller: &Caller, id: &str) -> Result<Holder, ApiError> {
    let holder = app.holder_of_app(caller, id, Deed::Manage).await;
    holder.map_err(|refused| if refused.is_not_found() { unknown() } else { refused })
}

fn unknown() -> ApiError {
    ApiError::field("appId", "there is no such app, or it is not yours")
}

/// Stores a new key of an app, with the answer to be repeated; returns it as the app lets it be.
///
/// # Errors
///
/// 400 if the app is unknown or another's, or asks for nothing that allows what the key shall do; 409 if it has
/// too many keys.
pub(super) async fn add(
    app: &Arc<App>,
    key: KeyRecord,
    secret: &Arc<NewSecret>,
    call: Option<Arc<Call>>,
    now: Timestamp,
) -> Result<KeyRecord, ApiError> {
    let (account, id) = (key.account.clone(), key.app.clone());
    let made: AppKey = {
        let (app, secret) = (app.clone(), secret.clone());
        Box::new(move |owner| {
            let key = follow(owner, key)?;
            let answer = call.map(|call| call.record(&app.pepper, &issued(&app, &key, &secret, now), now));
            Ok((key, answer))
        })
    };
    match app.storage.add_app_key(&account, &id, MOST_KEYS, made).await? {
        Ok(key) => Ok(key),
        Err(AppRefusal::NotFound) => Err(unknown()),
        Err(refusal) => Err(refusal.into()),
    }
}

/// The key as the app lets it be.
fn follow(app: &AppRecord, mut key: KeyRecord) -> Result<KeyRecord, AppRefusal> {
    if key.scopes.iter().any(|scope| app.askable().all(|askable| askable != scope)) {
        return Err(AppRefusal::NotSubscribed);
    }
    key.standing = app.standing(&key.scopes);
    Ok(key)
}
