//! The two calls that issue a secret: create and rotate.
//!
//! Each runs to its end even if the caller hangs up: whoever asks again with the same name gets the
//! answer the first call made.

use std::{collections::HashSet, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use keystow_domain::Timestamp;
use keystow_portal_api::{
    errors::{ErrorReply, Violation},
    keys::{CreateApiKeyRequest, Issued, RotateApiKeyRequest},
};
use zeroize::Zeroizing;

use super::{
    ENVIRONMENTS, KeyRecord, NewSecret, Standing,
    calls::{required_id, valid_name},
    of_app,
    replay::{self, Begun, Call},
};
use crate::{
    app::App,
    audit,
    caller::Caller,
    random,
    reply::{ApiError, read, violation},
    stamp,
    storage::{Holder, KeyChange},
    teams::Deed,
};

/// The shortest grace a caller can choose.
pub(crate) const LEAST_GRACE: Duration = Duration::from_secs(1);
/// The longest grace a caller can choose.
const MOST_GRACE: Duration = Duration::from_secs(7 * 24 * 3600);
/// How many scopes a key has at most.
const MOST_SCOPES: usize = 32;

impl App {
    /// The longest grace a caller can choose; never less than what is given without a wish.
    pub(crate) fn most_grace(&self) -> Duration {
        self.grace.max(MOST_GRACE)
    }
}

/// Makes a key and says its secret once (CreateApiKey).
#[utoipa::path(
    operation_id = "createApiKey", post, path = "/v1/developer/keys", tag = "DeveloperService", request_body = CreateApiKeyRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "*Extended.* A name for this call nobody can guess, 22 to 255 characters: a repetition gets the same answer for 24 h")),
    responses((status = 200, body = Issued<String>), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller may only look, or their role in the app's team does not allow it"), (status = 409, body = ErrorReply, description = "the same call is being made, or the app has as many keys as there may be"), (status = 422, body = ErrorReply, description = "the name stood for another call"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let request: CreateApiKeyRequest = read(&body)?;
    let call = match replay::begin(&app, caller.account(), "create", &headers, &body).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(call) => call,
    };
    finish(app.clone(), async move {
        let account = app.storage.account(caller.account()).await?.ok_or_else(ApiError::not_found)?;
        let secret = NewSecret::random();
        let now = app.clock.now();
        let mut key = new_key(&app, request, &secret, now)?;
        key.owner = if account.team.is_empty() { account.name.clone() } else { account.team };
        key.created_by = if account.name.is_empty() { account.email } else { account.name };
        key.account = account.id;
        audit::about_key(&key);
        if !key.app.is_empty() {
            let holder = of_app::holder(&app, &caller, &key.app).await?;
            key.account.clone_from(&holder.id);
            key = holder.named(key);
            audit::about_key(&key);
            // Kept until the change is durable: whoever asks again before finds the call being made.
            let (secret, call) = (Arc::new(secret), call.map(Arc::new));
            let added = of_app::add(&app, key, &secret, call.clone(), now).await;
            return made(&app, call.as_deref(), added, |key| issued(&app, &key, &secret, now)).await;
        }
        let answer = issued(&app, &key, &secret, now);
        let record = call.as_ref().map(|call| call.record(&app.pepper, &answer, now));
        let added = app.storage.add_key(key, record).await;
        made(&app, call.as_ref(), added.map_err(ApiError::from), |()| answer).await
    })
    .await
}

/// Replaces the secret of a key and says the new one once (RotateApiKey).
#[utoipa::path(
    operation_id = "rotateApiKey", post, path = "/v1/developer/keys/{id}/rotate", tag = "DeveloperService", request_body = RotateApiKeyRequest,
    params(("id" = String, Path, description = "the key's id"), ("Idempotency-Key" = Option<String>, Header, description = "*Extended.* As at CreateApiKey")),
    responses((status = 200, body = Issued<String>), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "the key is not active, has ten old secrets that are accepted, or the same call is being made"), (status = 422, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn rotate(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let request: RotateApiKeyRequest = read(&body)?;
    required_id(&id, &request.id)?;
    let grace = grace(&app, request.grace_seconds)?;
    let call = match replay::begin(&app, caller.account(), &format!("rotate {id}"), &headers, &body).await? {
        Begun::Answered(response) => return Ok(response),
        Begun::New(call) => call,
    };
    finish(app.clone(), async move {
        let secret = Arc::new(NewSecret::random());
        let now = app.clock.now();
        // Kept until the change is durable: whoever asks again before finds the call being made.
        let call = call.map(Arc::new);
        let holder = app.holder_of_key(&caller, &id, Deed::Rotate).await?;
        let change = rotation(&app, &holder, &secret, call.clone(), grace, now);
        let changed = app.storage.change_key(&holder.id, &id, now, change).await;
        let changed = changed.map_err(ApiError::from).and_then(|changed| changed.map_err(ApiError::from));
        let answer = |key| issued(&app, &holder.named(key), &secret, now);
        made(&app, call.as_deref(), changed, answer).await
    })
    .await
}

/// The answer to a call that was tried. One that was refused may have been made a moment ago through another portal
/// of the same database, and found here what it left there itself: then it is answered as it was.
pub(crate) async fn made<T>(
    app: &App,
    call: Option<&Call>,
    tried: Result<T, ApiError>,
    answer: impl FnOnce(T) -> Zeroizing<Vec<u8>>,
) -> Result<Response, ApiError> {
    match (tried, call) {
        (Ok(done), _) => Ok(replay::json(answer(done).to_vec())),
        (Err(refused), Some(call)) => replay::made_before(app, call).await?.ok_or(refused),
        (Err(refused), None) => Err(refused),
    }
}

/// The rotation as it happens in the storage, together with the answer to be repeated.
fn rotation(
    app: &Arc<App>,
    holder: &Holder,
    secret: &Arc<NewSecret>,
    call: Option<Arc<Call>>,
    grace: Duration,
    now: Timestamp,
) -> KeyChange {
    let (app, holder, secret) = (app.clone(), holder.clone(), secret.clone());
    Box::new(move |key| {
        audit::about_key(key);
        key.rotate(secret.record(key.current.version + 1, &app.pepper), grace, now)?;
        let answer = |key: &KeyRecord| issued(&app, &holder.named(key.clone()), &secret, now);
        Ok(call.map(|call| call.record(&app.pepper, &answer(key), now)))
    })
}

/// Runs a call to its end, whether or not the caller waits for it.
pub(crate) async fn finish(
    app: Arc<App>,
    work: impl Future<Output = Result<Response, ApiError>> + Send + 'static,
) -> Result<Response, ApiError> {
    let done = tokio::spawn(audit::carried(work, audit::current())).await;
    let answer = done.map_err(|_| ApiError::from(crate::storage::StorageError::Stopped))??;
    #[cfg(feature = "faults")]
    if app.faults.takes_an_answer() {
        return Ok(crate::faults::broken());
    }
    drop(app);
    Ok(answer)
}

pub(super) fn issued(app: &App, key: &KeyRecord, secret: &NewSecret, now: Timestamp) -> Zeroizing<Vec<u8>> {
    let issued = Issued { api_key: key.to_wire(app.is_extended(), now), secret: Some(secret.reveal()) };
    Zeroizing::new(serde_json::to_vec(&issued).expect("texts and numbers can be written"))
}

fn new_key(
    app: &App,
    request: CreateApiKeyRequest,
    secret: &NewSecret,
    now: Timestamp,
) -> Result<KeyRecord, ApiError> {
    plain_has_no(app, "environment", request.environment.is_some())?;
    plain_has_no(app, "expiresAt", request.expires_at.is_some())?;
    plain_has_no(app, "appId", request.app_id.is_some())?;
    let mut wrong = Vec::new();
    let name = valid_name(&request.name).map_err(|error| wrong.extend(error.into_violations()));
    wrong.extend(wrong_scopes(&request.scopes));
    let environment = request.environment.unwrap_or_default();
    if !environment.is_empty() && !ENVIRONMENTS.contains(&environment.as_str()) {
        wrong.push(violation("environment", format!("must be one of {}", ENVIRONMENTS.join(", "))));
    }
    let expiry = request.expires_at.as_deref().filter(|text| !text.is_empty());
    let expires_at = expiry.and_then(stamp::read).filter(|at| *at > now);
    if expiry.is_some() && expires_at.is_none() {
        wrong.push(violation("expiresAt", "must be an RFC 3339 instant in the future"));
    }
    if request.app_id.as_deref() == Some("") {
        wrong.push(violation("appId", "must name an app; leave it out for a key without one"));
    }
    let Ok(name) = name else { return Err(ApiError::fields(wrong)) };
    if !wrong.is_empty() {
        return Err(ApiError::fields(wrong));
    }
    let mut scopes = request.scopes;
    let mut seen = HashSet::new();
    scopes.retain(|scope| seen.insert(scope.clone()));
    Ok(KeyRecord {
        number: 0,
        id: random::id("key"),
        account: String::new(),
        name,
        scopes,
        environment,
        owner: String::new(),
        app: request.app_id.unwrap_or_default(),
        created_by: String::new(),
        standing: Standing::InForce,
        created_at: now,
        last_used_at: None,
        expires_at,
        rotated_at: None,
        current: secret.record(1, &app.pepper),
        previous: Vec::new(),
    })
}

/// Scopes are words of visible ASCII, at least one and not too many.
fn wrong_scopes(scopes: &[String]) -> Option<Violation> {
    let is_word =
        |scope: &String| (1..=64).contains(&scope.len()) && scope.bytes().all(|byte| byte.is_ascii_graphic());
    if scopes.is_empty() {
        Some(violation("scopes", "at least one is required"))
    } else if scopes.len() > MOST_SCOPES {
        Some(violation("scopes", format!("at most {MOST_SCOPES}")))
    } else {
        let wrong = scopes.iter().any(|scope| !is_word(scope));
        wrong.then(|| violation("scopes", "each must have 1 to 64 letters, digits or signs and no space"))
    }
}

/// The grace of a rotation: the one that was wished for, or the portal's.
///
/// # Errors
///
/// 400 about `graceSeconds`.
pub(crate) fn grace(app: &App, wished: Option<u64>) -> Result<Duration, ApiError> {
    plain_has_no(app, "graceSeconds", wished.is_some())?;
    let Some(wished) = wished.map(Duration::from_secs) else { return Ok(app.grace) };
    let (least, most) = (LEAST_GRACE, app.most_grace());
    if (least..=most).contains(&wished) {
        return Ok(wished);
    }
    Err(ApiError::field("graceSeconds", format!("must be {} to {}", least.as_secs(), most.as_secs())))
}

/// A plain portal does not know the additions, and says so the way it does of any unknown field.
fn plain_has_no(app: &App, field: &str, sent: bool) -> Result<(), ApiError> {
    if sent && !app.is_extended() {
        return Err(ApiError::field("body", format!("unknown field `{field}`")));
    }
    Ok(())
}
