//! The metered sample API: what a secret is good for.
//!
//! Every call that carries a secret the portal ever issued is counted against exactly that secret,
//! refused ones too: this is how an owner sees that an old secret is still in use somewhere.

mod catalog;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Extension, Json, Router,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use keystow_domain::Timestamp;
use keystow_portal_api::{
    catalog::{Item, ListItemsReply},
    errors::{ErrorReply, code},
};

use crate::{
    app::App,
    caller::{count_anonymous, finish, peer},
    keys::page::{self, PageParams},
    limits::{Allowance, Counted},
    meter::Answered,
    reply::{ApiError, header_text},
    seal::Purpose,
    storage::{PresentedSecret, StorageError, Terms},
    usage::month,
};

/// What a call of the sample API needs, where the key belongs to an app. The contract leaves open what the scopes of
/// other keys mean, so those are not asked.
const SCOPE: &str = "read";

/// The paths of the sample API.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/v1/catalog/items", get(items))
        .route("/v1/catalog/items/{id}", get(item))
        .route_layer(middleware::from_fn_with_state(app.clone(), metered))
}

/// The key a call carries.
#[derive(Debug, Clone)]
pub(crate) struct Carried(String);

/// Answers with a page of the catalogue.
#[utoipa::path(
    operation_id = "listItems", get, path = "/v1/catalog/items", tag = "Gateway", params(PageParams), security(("apiKey" = [])),
    responses((status = 200, body = ListItemsReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply, description = "the secret is unknown or no longer accepted"), (status = 403, body = ErrorReply, description = "nothing that is approved for the key's app allows it"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn items(
    State(app): State<Arc<App>>,
    Extension(Carried(key)): Extension<Carried>,
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
    operation_id = "getItem", get, path = "/v1/catalog/items/{id}", tag = "Gateway", params(("id" = String, Path, description = "the item's id")), security(("apiKey" = [])),
    responses((status = 200, body = Item), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply), (status = 429, body = ErrorReply), (status = 503, body = ErrorReply))
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

/// Checks the secret of a call, counts the call, and lets it through.
async fn metered(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = app.clock.elapsed();
    let presented = match find(&app, request.headers()).await {
        Ok(Some(presented)) => presented,
        Ok(None) => {
            return nobody(&app, peer(&request), ApiError::unauthenticated("the key is unknown")).await;
        }
        Err(refused) => return nobody(&app, peer(&request), refused).await,
    };
    let now = app.clock.now();
    // Calls with an old secret that somebody forgot must not use up those of the new one.
    let is_accepted = presented.is_accepted(now);
    let terms = if is_accepted {
        terms(&app, &presented.app, &presented.scopes).await
    } else {
        Ok(Terms { rate_limit: app.limits.gateway, ..Terms::default() })
    };
    let terms = match terms {
        Ok(terms) => terms,
        Err(failed) => return ApiError::from(failed).into_response(),
    };
    let counted = if is_accepted { Counted::Gateway } else { Counted::Refused };
    let mut allowance = match app.windows.count(counted, &presented.key, terms.rate_limit, now).await {
        Ok(allowance) => allowance,
        Err(failed) => return ApiError::from(failed).into_response(),
    };
    let (accepted, mut response) = match admit(&app, &presented, &terms, &mut allowance, now).await {
        Ok(()) => (true, through(&presented, request, next).await),
        Err(refused) => (false, refused.into_response()),
    };
    let answered = Answered {
        status: response.status().as_u16(),
        micros: micros(app.clock.elapsed().saturating_sub(began)),
    };
    app.meter.count(&presented.key, presented.version, answered, accepted, now);
    // Reserved before it was known how the call would end, so that no two calls take the last one.
    if accepted
        && !response.status().is_success()
        && let Err(error) = app.quotas.release(&presented.key, now).await
    {
        tracing::error!(error = &error as &dyn std::error::Error, "a call that is not billable was counted");
    }
    finish(&allowance, &mut response);
    if app.forget_callers {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Finds the secret a call carries.
async fn find(app: &App, headers: &HeaderMap) -> Result<Option<PresentedSecret>, ApiError> {
    let secret = header_text(headers, "x-api-key");
    if secret.is_some() && headers.contains_key("authorization") {
        return Err(ApiError::field("x-api-key", "send Authorization or x-api-key, not both"));
    }
    let secret = secret.ok_or_else(|| ApiError::unauthenticated("send a key as x-api-key"))?;
    let hash = app.pepper.digest(Purpose::Secret, &[secret]);
    Ok(app.storage.secret(&hash).await?)
}

/// Whether a call with this secret may be made; takes it off the month's quota then. If the quota is what forbids it, the allowance
/// becomes that of the month.
async fn admit(
    app: &App,
    presented: &PresentedSecret,
    terms: &Terms,
    allowance: &mut Allowance,
    now: Timestamp,
) -> Result<(), ApiError> {
    if !allowance.granted {
        return Err(ApiError::rate_limited());
    }
    if !presented.is_accepted(now) {
        return Err(ApiError::unauthenticated("the key is no longer accepted"));
    }
    if !presented.app.is_empty() && terms.scopes.is_empty() {
        return Err(ApiError::forbidden("nothing that is approved for the key's app allows this call"));
    }
    if !app.quotas.reserve(app, &presented.key, terms.quota, now).await? {
        *allowance = Allowance {
            limit: u32::try_from(terms.quota).unwrap_or(u32::MAX),
            remaining: 0,
            resets_at: month(now).map_or(allowance.resets_at, |(_, next)| next),
            granted: false,
        };
        let message = "the month's quota of the key is used up";
        return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, code::QUOTA_EXCEEDED, message));
    }
    Ok(())
}

/// What a key may be used for here: as the portal's limits say, or as those products of its app do that allow the
/// call. A key of an app that may not call has no scope, and no quota; its calls are limited all the same.
///
/// # Errors
///
/// Fails if the storage does.
pub(crate) async fn terms(app: &App, owner: &str, scopes: &[String]) -> Result<Terms, StorageError> {
    let (quota, rate_limit) = (app.limits.quota, app.limits.gateway);
    if owner.is_empty() {
        return Ok(Terms { quota, rate_limit, tier: "Standard".into(), ..Terms::default() });
    }
    let allowed = if scopes.iter().any(|scope| scope == SCOPE) {
        Terms::for_scope(app.storage.terms(owner).await?, SCOPE)
    } else {
        None
    };
    Ok(allowed.unwrap_or(Terms { rate_limit, tier: "Nothing approved yet".into(), ..Terms::default() }))
}

async fn through(presented: &PresentedSecret, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Carried(presented.key.clone()));
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
