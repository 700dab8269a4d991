//! What the gateway counted, as a caller asks for it.
//!
//! Every bucket of the time asked for is in the answer, so that nobody has to guess what a gap means:
//! zero is a bucket of nothing, "no data" is said.

mod answer;
mod calendar;

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json, Router,
    extract::{Query, State},
    middleware,
    routing::get,
};
use keystow_domain::{Resolution, Timestamp};
use keystow_portal_api::{
    errors::ErrorReply,
    usage::{UsageParams, UsageReply},
};
use tokio::{runtime::Handle, sync::watch};

pub(crate) use self::calendar::month;
use self::{
    answer::{Answer, Grouping},
    calendar::Calendar,
};
use crate::{
    app::App,
    caller::{self, Caller},
    meter::HOUR,
    quota,
    reply::ApiError,
    stamp,
    storage::{HourQuery, SecretLine, StorageError, Whose},
    teams::Deed,
};

/// How far back usage is kept, in days.
pub(crate) const RETENTION_DAYS: u32 = 400;
/// How many buckets an answer holds at most, all series together.
const MOST_BUCKETS: usize = 50_000;
/// How far beyond now a question may reach: the end of this month in any time zone, and no further.
const AHEAD: Duration = Duration::from_secs(32 * 86_400);

/// The paths of usage and quota.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/v1/developer/usage", get(usage))
        .route("/v1/developer/keys/{id}/quota", get(quota::quota))
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::signed_in))
}

/// What is asked for, understood.
struct Question {
    calendar: Calendar,
    grouping: Grouping,
    whose: Whose,
    /// The team that is asked about, instead of the caller.
    team: Option<String>,
}

/// Answers with the calls that were counted, bucket by bucket. *Extended.*
#[utoipa::path(
    operation_id = "usage", get, path = "/v1/developer/usage", tag = "Usage", params(UsageParams),
    responses((status = 200, body = UsageReply), (status = 400, body = ErrorReply, description = "also for a time before what is kept"), (status = 401, body = ErrorReply), (status = 404, body = ErrorReply, description = "the key, the app or the team is unknown, or not yours"))
)]
pub(crate) async fn usage(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(params): Query<UsageParams>,
) -> Result<Json<UsageReply>, ApiError> {
    let now = app.clock.now();
    let question = understand(&params, now)?;
    let owner = match (&question.whose, &question.team) {
        (Whose::Key(id), _) => app.holder_of_key(&caller, id, Deed::Look).await?.id,
        (Whose::App(id), _) => app.holder_of_app(&caller, id, Deed::Look).await?.id,
        (Whose::All, Some(team)) => app.holder_team(&caller, team, Deed::Look).await?.id,
        (Whose::All, None) => caller.account().to_owned(),
    };
    app.meter.settle(&app.storage).await?;
    // A year of many keys takes a while to read and to add up; nobody else waits for it meanwhile.
    let runtime = Handle::current();
    let work = move || runtime.block_on(answer(&app, &owner, question, now));
    let answered = tokio::task::spawn_blocking(work).await.map_err(|_| StorageError::Stopped)?;
    Ok(Json(answered?))
}

async fn answer(
    app: &App,
    account: &str,
    question: Question,
    now: Timestamp,
) -> Result<UsageReply, ApiError> {
    let Question { calendar, grouping, whose, .. } = question;
    let (from, to) = calendar.hours();
    let is_whole = whose == Whose::All && grouping.is_whole();
    let secrets = if is_whole {
        // All keys together are kept added up: how many there are does not matter.
        let first = app.storage.first_key_at(account).await?;
        let (key, prefix) = (String::new(), String::new());
        Vec::from_iter(first.map(|key_created_at| SecretLine { key, version: 0, prefix, key_created_at }))
    } else {
        app.storage.secrets(account, &whose).await?
    };
    if secrets.is_empty() && !is_known(app, account, &whose).await? {
        return Err(ApiError::not_found());
    }
    let mut answer = Answer::new(&calendar, grouping, &secrets, MOST_BUCKETS).ok_or_else(too_many)?;
    if is_whole {
        for hour in app.storage.account_hours(account, from, to).await? {
            answer.add(&hour);
        }
    } else {
        let query = HourQuery { account: account.to_owned(), whose, from, to };
        app.storage.hours(&query, &mut |hour| answer.add(&hour)).await?;
    }
    let series = answer.series(now).ok_or_else(too_many)?;
    let resolution = resolution_word(calendar.resolution()).to_owned();
    Ok(UsageReply { complete_until: stamp::write(app.complete_until(now)), resolution, series })
}

/// Whether what has no secret is there all the same. A deleted app that had keys is told by them.
async fn is_known(app: &App, account: &str, whose: &Whose) -> Result<bool, StorageError> {
    match whose {
        Whose::All => Ok(true),
        Whose::Key(_) => Ok(false),
        Whose::App(id) => Ok(app.storage.app(account, id).await?.is_some()),
    }
}

/// The time that is asked for, where usage is kept of it.
///
/// # Errors
///
/// 400 about `from` or `to`.
pub(crate) fn span(from: &str, to: &str, now: Timestamp) -> Result<(Timestamp, Timestamp), ApiError> {
    let instant = |field, text: &str| {
        stamp::read(text)
            .ok_or_else(|| ApiError::field(field, "must be an RFC 3339 instant, as in 2026-01-31T08:00:00Z"))
    };
    let (from, to) = (instant("from", from)?, instant("to", to)?);
    if to <= from {
        return Err(ApiError::field("to", "must be after from"));
    }
    if to > now.plus(AHEAD) {
        return Err(ApiError::field("to", "must not be more than a month from now"));
    }
    let earliest = now.minus(Duration::from_secs(u64::from(RETENTION_DAYS) * 86_400));
    if from < earliest {
        let kept = format!("usage is kept for {RETENTION_DAYS} days; ask from {} on", stamp::write(earliest));
        return Err(ApiError::field("from", kept));
    }
    Ok((from, to))
}

fn understand(params: &UsageParams, now: Timestamp) -> Result<Question, ApiError> {
    let (from, to) = span(&params.from, &params.to, now)?;
    let resolution = match params.resolution.as_str() {
        "hour" => Resolution::Hour,
        "" | "day" => Resolution::Day,
        "month" => Resolution::Month,
        _ => return Err(ApiError::field("resolution", "must be hour, day or month")),
    };
    let grouping = Grouping::read(&params.group_by)
        .ok_or_else(|| ApiError::field("groupBy", "must be none, secret, key or status"))?;
    let calendar = Calendar::new(resolution, from, to, MOST_BUCKETS).ok_or_else(too_many)?;
    let named = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    let (key, app, team) = (named(&params.key_id), named(&params.app_id), named(&params.team_id));
    if key.is_some() && app.is_some() {
        return Err(ApiError::field("appId", "name a key or an app, not both"));
    }
    if team.is_some() && (key.is_some() || app.is_some()) {
        return Err(ApiError::field("teamId", "name a key, an app or a team, not two of them"));
    }
    let whose = key.map(Whose::Key).or(app.map(Whose::App)).unwrap_or(Whose::All);
    Ok(Question { calendar, grouping, whose, team })
}

/// How many keys are swept at once: whoever else writes waits for no more than these.
const SWEPT_AT_ONCE: usize = 1000;

/// Forgets what is older than what is told, until it is told to stop.
///
/// What is old is reckoned from the newest hour that was counted: a clock that is set years ahead forgets
/// nothing.
///
/// # Errors
///
/// Fails if the storage does.
pub(crate) async fn sweep(app: &App, stopped: &watch::Receiver<bool>) -> Result<(), StorageError> {
    let Some(newest) = app.storage.newest_hour().await? else { return Ok(()) };
    let now = app.clock.now().as_millis().div_euclid(HOUR);
    let before = newest.min(now) - i64::from(RETENTION_DAYS) * 24;
    let keys = app.storage.keys_with_hours_before(before).await?;
    for some in keys.chunks(SWEPT_AT_ONCE) {
        if *stopped.borrow() {
            return Ok(());
        }
        app.storage.sweep_hours(some.to_vec(), before).await?;
    }
    if keys.is_empty() { Ok(()) } else { app.storage.sweep_account_hours(before).await }
}

fn too_many() -> ApiError {
    ApiError::field("resolution", "too many buckets; ask for less time or wider buckets")
}

fn resolution_word(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Hour => "hour",
        Resolution::Day => "day",
        Resolution::Month => "month",
    }
}
