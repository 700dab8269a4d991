//! The calls that suspend by criteria and undo it. A suspension is carried out in batches, each at the call of an
//! administrator, so that nobody waits for all of it and a crash leaves it where it was.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keystow_domain::{Timestamp, visible};
use keystow_portal_api::{
    admin::{
        ContinueRequest, ListSuspensionsReply, ResumeRequest, SuspendRequest, SuspensionCriteria,
        SuspensionPreview, SuspensionReply, what,
    },
    apps::app_status,
    errors::{ErrorReply, Violation, code},
};

use super::{
    record::{Criteria, Hit, Item, SuspensionRecord},
    reports::survey,
};
use crate::{
    app::App,
    apps::reason,
    audit,
    caller::Caller,
    keys::page::{self, PageParams},
    random,
    reply::{ApiError, read, violation},
    seal::Digest,
    stamp,
    storage::{NewSuspension, SuspensionRefusal},
};

/// How many things a suspension is about at most.
const MOST: usize = 10_000;
/// How many things have their turn in one call.
const BATCH: u32 = 50;
/// How many characters a criterion has at most.
const LONGEST: usize = 254;
const LONGEST_NAME: usize = 100;

impl From<SuspensionRefusal> for ApiError {
    fn from(refusal: SuspensionRefusal) -> Self {
        match refusal {
            SuspensionRefusal::NotFound => Self::not_found(),
            SuspensionRefusal::Resumed => conflict("the suspension is being undone, or was"),
        }
    }
}

fn conflict(message: &str) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, code::CONFLICT, message)
}

/// Checks criteria. An empty text asks for nothing.
fn checked(mut wire: SuspensionCriteria) -> Result<Criteria, ApiError> {
    let mut wrong = Vec::new();
    let of_apps = wire.what == what::APPS;
    if !of_apps && wire.what != what::KEYS {
        wrong.push(violation("what", "must be apps or keys"));
    }
    text("owner", &mut wire.owner, LONGEST, &mut wrong);
    text("product", &mut wire.product, LONGEST, &mut wrong);
    text("status", &mut wire.status, LONGEST, &mut wrong);
    text("nameContains", &mut wire.name_contains, LONGEST_NAME, &mut wrong);
    let words: &[&str] = match of_apps {
        true => &[app_status::ACTIVE, app_status::PENDING, app_status::REJECTED],
        false => &[app_status::ACTIVE, app_status::PENDING],
    };
    if wire.status.as_deref().is_some_and(|status| !words.contains(&status)) {
        wrong.push(violation("status", format!("must be one of {}", words.join(", "))));
    }
    let unused_since = instant("unusedSince", &mut wire.unused_since, &mut wrong);
    let created_before = instant("createdBefore", &mut wire.created_before, &mut wrong);
    let nothing = SuspensionCriteria { what: wire.what.clone(), ..SuspensionCriteria::default() };
    if wrong.is_empty() && wire == nothing {
        wrong.push(violation("criteria", "must name more than what: nobody suspends everything by mistake"));
    }
    if wrong.is_empty() {
        Ok(Criteria { wire, unused_since, created_before })
    } else {
        Err(ApiError::fields(wrong))
    }
}

fn text(field: &str, wish: &mut Option<String>, longest: usize, wrong: &mut Vec<Violation>) {
    *wish = wish.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if wish.as_deref().is_some_and(|text| text.chars().count() > longest || visible(text) != text) {
        wrong.push(violation(field, format!("must have at most {longest} characters, and none that hides")));
    }
}

fn instant(field: &str, wish: &mut Option<String>, wrong: &mut Vec<Violation>) -> Option<Timestamp> {
    text(field, wish, LONGEST, wrong);
    let at = wish.as_deref().map(stamp::read)?;
    if at.is_none() {
        wrong.push(violation(field, "must be an RFC 3339 instant"));
    }
    at
}

/// What criteria hit now; refused if that is more than one suspension is about.
async fn hit(app: &App, criteria: &Criteria) -> Result<Hit, ApiError> {
    let (apps, keys) = (survey(app).await?, app.storage.survey_keys().await?);
    let hit = criteria.hit(&apps, &keys, &app.pepper);
    if hit.items.len() > MOST {
        let why =
            format!("{} apps or keys would be hit, and {MOST} at most can be; narrow it", hit.items.len());
        return Err(ApiError::field("criteria", why));
    }
    Ok(hit)
}

/// Tells what would be suspended. Nothing is. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "previewSuspension", post, path = "/v1/developer/admin/suspensions/preview", tag = "Administration", params(PageParams), request_body = SuspensionCriteria,
    responses((status = 200, body = SuspensionPreview), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    Query(params): Query<PageParams>,
    body: Bytes,
) -> Result<Json<SuspensionPreview>, ApiError> {
    let criteria = checked(read(&body)?)?;
    let (now, size) = (app.clock.now(), params.size()? as usize);
    let hit = hit(&app, &criteria).await?;
    let preview = URL_SAFE_NO_PAD.encode(hit.preview);
    // A token is good for the same things only.
    let list = format!("preview {preview}");
    let start = start(&params, &app, &list, now)?;
    let items: Vec<_> = hit.items.into_iter().map(|(_, item)| item).skip(start).collect();
    let next_page_token = next_page(&app, &list, start, size, start + items.len(), now);
    let items = items.into_iter().take(size).collect();
    Ok(Json(SuspensionPreview {
        preview,
        apps: hit.apps,
        credentials: hit.credentials,
        items,
        next_page_token,
    }))
}

/// Where a page of something that is counted begins.
pub(super) fn start(params: &PageParams, app: &App, list: &str, now: Timestamp) -> Result<usize, ApiError> {
    let start = params.start(&app.pepper, list, now)?;
    Ok(start.and_then(|start| usize::try_from(start).ok()).unwrap_or_default())
}

/// The token of the page after one that begins at `start`, of `all` in the list.
pub(super) fn next_page(
    app: &App,
    list: &str,
    start: usize,
    size: usize,
    all: usize,
    now: Timestamp,
) -> String {
    match i64::try_from(start + size) {
        Ok(next) if start + size < all => page::write(&app.pepper, list, next, now),
        _ => String::new(),
    }
}

/// Begins a suspension of what was previewed: it is suspended as the suspension is continued. Sent again it is the same
/// suspension. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "beginSuspension", post, path = "/v1/developer/admin/suspensions", tag = "Administration", request_body = SuspendRequest,
    responses((status = 200, body = SuspensionReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 409, body = ErrorReply, description = "something else would be hit now than was previewed, or nothing"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn suspend(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<SuspensionReply>, ApiError> {
    let request: SuspendRequest = read(&body)?;
    let criteria = checked(request.criteria)?;
    let reason = reason(&request.reason)?;
    let hit = hit(&app, &criteria).await?;
    let begun = known(&app, &request.preview).await?;
    if begun.is_none() && URL_SAFE_NO_PAD.encode(hit.preview) != request.preview {
        return Err(conflict("something else would be hit now than was previewed; look at it again"));
    }
    if let Some(begun) = begun {
        audit::about_suspension(&begun.id);
        return Ok(reply(&begun));
    }
    if hit.items.is_empty() {
        return Err(conflict("nothing would be hit"));
    }
    let new = NewSuspension {
        id: random::id("susp"),
        preview: hit.preview,
        criteria: serde_json::to_string(&criteria.wire).unwrap_or_default(),
        reason,
        by: caller.account().to_owned(),
        at: app.clock.now(),
        items: hit.items.into_iter().map(|(kind, item)| (kind, item.id, item.name)).collect(),
    };
    audit::about_suspension(&new.id);
    Ok(reply(&app.storage.begin_suspension(new).await?))
}

/// The suspension that was begun with a preview and is not undone.
async fn known(app: &App, preview: &str) -> Result<Option<SuspensionRecord>, ApiError> {
    let preview = URL_SAFE_NO_PAD.decode(preview).ok().and_then(|bytes| Digest::try_from(bytes).ok());
    match preview {
        Some(preview) => Ok(app.storage.suspension_of(&preview).await?),
        None => Ok(None),
    }
}

fn reply(record: &SuspensionRecord) -> Json<SuspensionReply> {
    Json(SuspensionReply { suspension: record.to_wire(), ..SuspensionReply::default() })
}

/// Answers with suspensions, newest first. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "listSuspensions", get, path = "/v1/developer/admin/suspensions", tag = "Administration", params(PageParams),
    responses((status = 200, body = ListSuspensionsReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Query(params): Query<PageParams>,
) -> Result<Json<ListSuspensionsReply>, ApiError> {
    const LIST: &str = "suspensions";
    let (now, size) = (app.clock.now(), params.size()?);
    let before = params.start(&app.pepper, LIST, now)?;
    let mut all = app.storage.suspensions(before, size + 1).await?;
    let more = all.len() > size as usize;
    all.truncate(size as usize);
    let next = all.last().filter(|_| more);
    let next_page_token =
        next.map(|last| page::write(&app.pepper, LIST, last.number, now)).unwrap_or_default();
    Ok(Json(ListSuspensionsReply {
        suspensions: all.iter().map(SuspensionRecord::to_wire).collect(),
        next_page_token,
    }))
}

/// Answers with one suspension and a page of what it is about. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "getSuspension", get, path = "/v1/developer/admin/suspensions/{id}", tag = "Administration",
    params(("id" = String, Path, description = "the suspension's id"), PageParams),
    responses((status = 200, body = SuspensionReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 404, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(params): Query<PageParams>,
) -> Result<Json<SuspensionReply>, ApiError> {
    let (now, size) = (app.clock.now(), params.size()?);
    let list = format!("suspension {id}");
    let after = params.start(&app.pepper, &list, now)?;
    let found = app.storage.suspension(&id).await?.ok_or_else(ApiError::not_found)?;
    let mut items = app.storage.suspension_items(&id, after, size + 1).await?;
    let more = items.len() > size as usize;
    items.truncate(size as usize);
    let next = items.last().filter(|_| more);
    let next_page_token =
        next.map(|last| page::write(&app.pepper, &list, last.place, now)).unwrap_or_default();
    Ok(Json(SuspensionReply {
        suspension: found.to_wire(),
        items: items.iter().map(Item::to_wire).collect(),
        next_page_token,
    }))
}

/// Suspends the next of what a suspension is about. Asked again after its end it changes nothing.
/// *Extended; for administrators.*
#[utoipa::path(
    operation_id = "continueSuspension", post, path = "/v1/developer/admin/suspensions/{id}/continue", tag = "Administration",
    request_body(content = Option<ContinueRequest>, description = "may be left out"),
    params(("id" = String, Path, description = "the suspension's id")),
    responses((status = 200, body = SuspensionReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 404, body = ErrorReply), (status = 409, body = ErrorReply, description = "it is being undone, or was"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn go_on(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<SuspensionReply>, ApiError> {
    let ContinueRequest {} = read(&body)?;
    let moved = app.storage.suspend_next(&id, BATCH, app.clock.now()).await??;
    audit::about_suspension(&moved.id);
    Ok(reply(&moved))
}

/// Resumes the next of what a suspension is about, or one thing of it; what waits for its turn is left as it is. What
/// was revoked or suspended for another reason meanwhile stays so. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "resumeSuspension", post, path = "/v1/developer/admin/suspensions/{id}/resume", tag = "Administration",
    request_body(content = Option<ResumeRequest>, description = "may be left out"),
    params(("id" = String, Path, description = "the suspension's id")),
    responses((status = 200, body = SuspensionReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 404, body = ErrorReply, description = "there is no such suspension, or it is not about that"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn resume(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<SuspensionReply>, ApiError> {
    let ResumeRequest { target_id } = read(&body)?;
    let moved = app.storage.resume_next(&id, target_id, BATCH, app.clock.now()).await??;
    audit::about_suspension(&moved.id);
    Ok(reply(&moved))
}
