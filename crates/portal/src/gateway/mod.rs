//! The metered sample API: what a secret is good for.
//!
//! Every call that carries a secret the portal ever issued is counted against exactly that secret,
//! refused ones too: this is how an owner sees that an old secret is still in use somewhere. A call with an access token
//! is counted against the OAuth client, and against the secret or key of it that the token was got with.

mod catalog;
mod presented;
pub(crate) mod stream;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Extension, Json, Router,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use keystow_domain::Timestamp;
use keystow_portal_api::{
    catalog::{Item, ListItemsReply},
    errors::{ErrorReply, code},
};

pub(crate) use self::catalog::FIRST;
use self::presented::Presented;
use crate::{
    app::App,
    caller::{count_anonymous, finish, peer},
    keys::page::{self, PageParams},
    limits::{Allowance, Counted},
    meter::{Answered, Taken},
    reply::ApiError,
    storage::{PresentedSecret, StorageError, Terms},
    usage::month,
};

/// What a call of the sample API needs of an access token, and of a key that belongs to an app. The contract leaves open
/// what the scopes of other keys mean, so those are not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Reading the catalogue, which is billed by the call.
    Read,
    /// Streaming, which is billed by the acquisition.
    Stream,
}

impl Needs {
    fn scope(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Stream => "stream",
        }
    }
}

/// The paths of the sample API.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let catalog = Router::new()
        .route("/v1/catalog/items", get(items))
        .route("/v1/catalog/items/{id}", get(item))
        .route_layer(middleware::from_fn_with_state((app.clone(), Needs::Read), metered));
    if !app.is_extended() {
        return catalog;
    }
    let stream = Router::new()
        .route("/v1/stream/items/{id}", get(stream::acquire))
        .route_layer(middleware::from_fn_with_state((app.clone(), Needs::Stream), metered));
    catalog.merge(stream)
}

/// Who calls, for whatever answers the call.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    /// The key or the OAuth client.
    key: String,
    /// For an access token: the account that allowed it, empty where the client calls for itself.
    subject: Option<String>,
    /// Billable calls a month.
    quota: u64,
}

/// Answers with a page of the catalogue.
#[utoipa::path(
    operation_id = "listItems", get, path = "/v1/catalog/items", tag = "Gateway", params(PageParams), security(("apiKey" = []), ("accessToken" = [])),
    responses((status = 200, body = ListItemsReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply, description = "the secret is unknown or no longer accepted"), (status = 403, body = ErrorReply, description = "nothing that is approved for the key's app allows it"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn items(
    State(app): State<Arc<App>>,
    Extension(Carried { key, .. }): Extension<Carried>,
    Query(params): Query<PageParams>,
) -> Result<Json<ListItemsReply>, ApiError> {
    let now = app.clock.now();
    let size = params.size()? as usize;
    let start = params
        .start(&app.pepper, &key, now)?
        .and_then(|start| usize::try_from(start).ok())
        .unwrap_or_default();
    let items: Vec<Item> = catalog::items().skip(start).take(size).collect();
    let next = start + items.len();
    let more = next < catalog::LENGTH;
    let next_page_token = match i64::try_from(next) {
        Ok(next) if more => page::write(&app.pepper, &key, next, now),
        _ => String::new(),
    };
    Ok(Json(ListItemsReply { items, next_page_token }))
}

/// Answers with one thing of the catalogue. `out-of-order` always fails, to show what that looks like.
#[utoipa::path(
    operation_id = "getItem", get, path = "/v1/catalog/items/{id}", tag = "Gateway", params(("id" = String, Path, description = "the item's id")), security(("apiKey" = []), ("accessToken" = [])),
    responses((status = 200, body = Item), (status = 400, body = ErrorReply, description = "two credentials at once"), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply), (status = 429, body = ErrorReply), (status = 503, body = ErrorReply))
)]
pub(crate) async fn item(Path(id): Path<String>) -> Result<Json<Item>, ApiError> {
    if id == catalog::OUT_OF_ORDER {
        return Err(ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            code::UNAVAILABLE,
            "this item is always out of order",
        ));
    }
    catalog::items().find(|item| item.id == id).map(Json).ok_or_else(ApiError::not_found)
}

/// Checks what a call carries, counts the call, and lets it through.
async fn metered(State((app, needs)): State<(Arc<App>, Needs)>, request: Request, next: Next) -> Response {
    let began = app.clock.elapsed();
    let presented = match presented::find(&app, request.headers()).await {
        Ok(presented) => presented,
        Err(refused) => return nobody(&app, peer(&request), refused).await,
    };
    let (now, of) = (app.clock.now(), &presented.of);
    // Calls with an old secret that somebody forgot must not use up those of the new one.
    let is_accepted = of.is_accepted(now);
    let terms = if is_accepted {
        terms_for(&app, &of.app, &of.scopes, needs.scope()).await
    } else {
        Ok(Terms { rate_limit: app.limits.gateway, ..Terms::default() })
    };
    let terms = match terms {
        Ok(terms) => terms,
        Err(failed) => return ApiError::from(failed).into_response(),
    };
    let counted = if is_accepted { Counted::Gateway } else { Counted::Refused };
    let mut allowance = match app.windows.count(counted, &of.key, terms.rate_limit, now).await {
        Ok(allowance) => allowance,
        Err(failed) => return ApiError::from(failed).into_response(),
    };
    let admitted = admit(&app, &presented, needs, &terms, &mut allowance, now).await;
    let (accepted, mut response) = match admitted {
        Ok(()) => (true, through(&presented, &terms, request, next).await),
        Err(refused) => (false, refused.into_response()),
    };
    let answered = Answered {
        status: response.status().as_u16(),
        micros: micros(app.clock.elapsed().saturating_sub(began)),
    };
    let taken = match (accepted, response.extensions().get::<stream::Free>()) {
        (false, _) => Taken::Refused,
        (true, Some(_)) => Taken::Free,
        (true, None) => Taken::Counted,
    };
    app.meter.count(&of.key, of.version, answered, taken, now);
    // Reserved before it was known how the call would end, so that no two calls take the last one.
    if accepted
        && needs == Needs::Read
        && !response.status().is_success()
        && let Err(error) = app.quotas.release(&of.key, now).await
    {
        tracing::error!(error = &error as &dyn std::error::Error, "a call that is not billable was counted");
    }
    let allowance = response.extensions_mut().remove::<Allowance>().unwrap_or(allowance);
    finish(&allowance, &mut response);
    if app.forget_callers {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether a call may be made. What is billed by the call is taken off the month's quota then; if the quota is what
/// forbids it, the allowance becomes that of the month.
async fn admit(
    app: &App,
    presented: &Presented,
    needs: Needs,
    terms: &Terms,
    allowance: &mut Allowance,
    now: Timestamp,
) -> Result<(), ApiError> {
    let of = &presented.of;
    if !allowance.granted {
        return Err(ApiError::rate_limited());
    }
    if !of.is_accepted(now) {
        return Err(ApiError::unauthenticated(&format!("the {} is no longer accepted", presented.what())));
    }
    if needs == Needs::Stream && !presented.is_token() {
        return Err(ApiError::forbidden(
            "a key cannot stream; get an access token with the scope stream, and send it as Authorization: Bearer",
        ));
    }
    if presented.is_token() && !of.scopes.iter().any(|scope| scope == needs.scope()) {
        return Err(ApiError::forbidden(&format!("the access token has not the scope {}", needs.scope())));
    }
    if !of.app.is_empty() && terms.scopes.is_empty() {
        let what = if presented.is_token() { "client" } else { "key" };
        let message = format!("nothing that is approved for the {what}'s app allows this call");
        return Err(ApiError::forbidden(&message));
    }
    if needs == Needs::Read && !app.quotas.reserve(app, &of.key, terms.quota, now).await? {
        *allowance = month_of(terms.quota, now);
        return Err(used_up());
    }
    Ok(())
}

/// What is left of a month's quota that is used up.
fn month_of(quota: u64, now: Timestamp) -> Allowance {
    Allowance {
        limit: u32::try_from(quota).unwrap_or(u32::MAX),
        remaining: 0,
        resets_at: month(now).map_or(now, |(_, next)| next),
        granted: false,
    }
}

fn used_up() -> ApiError {
    let message = "the month's quota is used up";
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, code::QUOTA_EXCEEDED, message)
}

/// The answer where the month's quota forbids what a call asks for.
fn exhausted(quota: u64, now: Timestamp) -> Response {
    let mut response = used_up().into_response();
    response.extensions_mut().insert(month_of(quota, now));
    response
}

/// What a key may be used for here, as [`terms_for`] has it for the catalogue; an OAuth client that may not read there may
/// be one that streams.
///
/// # Errors
///
/// Fails if the storage does.
pub(crate) async fn terms_of(
    app: &App,
    owner: &str,
    scopes: &[String],
    is_client: bool,
) -> Result<Terms, StorageError> {
    let read = terms_for(app, owner, scopes, Needs::Read.scope()).await?;
    if !is_client || owner.is_empty() || !read.scopes.is_empty() {
        return Ok(read);
    }
    terms_for(app, owner, scopes, Needs::Stream.scope()).await
}

/// What a key may be used for here: as the portal's limits say, or as those products of its app do that allow the
/// call. A key of an app that may not call has no scope, and no quota; its calls are limited all the same.
///
/// # Errors
///
/// Fails if the storage does.
async fn terms_for(app: &App, owner: &str, scopes: &[String], needed: &str) -> Result<Terms, StorageError> {
    let (quota, rate_limit) = (app.limits.quota, app.limits.gateway);
    if owner.is_empty() {
        return Ok(Terms { quota, rate_limit, tier: "Standard".into(), ..Terms::default() });
    }
    let allowed = if scopes.iter().any(|scope| scope == needed) {
        Terms::for_scope(app.storage.terms(owner).await?, needed)
    } else {
        None
    };
    Ok(allowed.unwrap_or(Terms { rate_limit, tier: "Nothing approved yet".into(), ..Terms::default() }))
}

async fn through(presented: &Presented, terms: &Terms, mut request: Request, next: Next) -> Response {
    let (key, subject) = (presented.of.key.clone(), presented.subject.clone());
    request.extensions_mut().insert(Carried { key, subject, quota: terms.quota });
    next.run(request).await
}

/// Answers a call that belongs to nobody; such calls are limited by address.
async fn nobody(app: &App, peer: Option<IpAddr>, refused: ApiError) -> Response {
    let allowance = match count_anonymous(app, Counted::Strangers, peer).await {
        Ok(allowance) => allowance,
        Err(failed) => return failed.into_response(),
    };
    let refused = if allowance.granted { refused } else { ApiError::rate_limited() };
    let mut response = refused.into_response();
    finish(&allowance, &mut response);
    response
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl PresentedSecret {
    /// Whether this secret opens the gateway at `now`.
    fn is_accepted(&self, now: Timestamp) -> bool {
        let open = |end: Option<Timestamp>| end.is_none_or(|end| now < end);
        self.in_force && open(self.key_ends_at) && open(self.secret_ends_at)
    }
}
