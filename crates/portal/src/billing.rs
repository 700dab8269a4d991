//! The bill: what of an account was billable, credential by credential or app by app, with tier and quota.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Extension, Json, Router,
    extract::{Query, State},
    middleware,
    routing::get,
};
use keystow_domain::Timestamp;
use keystow_portal_api::{
    billing::{BillingLine, BillingReply, kind},
    errors::ErrorReply,
};
use serde::Deserialize;
use tokio::runtime::Handle;

use crate::{
    app::App,
    caller::{self, Caller},
    clients::is_client_id,
    gateway,
    keys::page,
    meter::HOUR,
    reply::ApiError,
    stamp,
    storage::{Billed, BilledLine, StorageError},
    usage::{month, span},
};

/// What of the bill is asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct BillingParams {
    /// The first instant, inclusive, RFC 3339; rounded down to a whole hour.
    from: String,
    /// The last instant, exclusive, RFC 3339; rounded up to a whole hour.
    to: String,
    /// `credential` (the default): a line for each key and OAuth client; or `app`: one for each developer app.
    group_by: String,
    /// How many lines, 1 to 100; 20 without a wish.
    #[serde(rename = "page_size")]
    #[param(rename = "page_size", value_type = Option<u32>, minimum = 1, maximum = 100)]
    page_size: Option<String>,
    /// Where to go on, from the page before.
    #[serde(rename = "page_token")]
    #[param(rename = "page_token")]
    page_token: Option<String>,
}

/// The path of the bill.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/v1/developer/billing", get(billing))
        .route_layer(middleware::from_fn_with_state(app.clone(), caller::signed_in))
}

/// Answers with what was billable. *Extended.*
#[utoipa::path(
    operation_id = "billing", get, path = "/v1/developer/billing", tag = "Usage", params(BillingParams),
    responses((status = 200, body = BillingReply), (status = 400, body = ErrorReply, description = "also for a time before what is kept"), (status = 401, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn billing(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(params): Query<BillingParams>,
) -> Result<Json<BillingReply>, ApiError> {
    let now = app.clock.now();
    let account = caller.account().to_owned();
    let question = understand(&app, params, account, now)?;
    app.meter.settle(&app.storage).await?;
    // A year of many keys takes a while to add up; nobody else waits for it meanwhile.
    let runtime = Handle::current();
    let work = move || runtime.block_on(answer(&app, question, now));
    let answered = tokio::task::spawn_blocking(work).await.map_err(|_| StorageError::Stopped)?;
    Ok(Json(answered?))
}

/// What is asked for, understood.
struct Question {
    query: Billed,
    list: String,
    size: u32,
}

fn understand(
    app: &App,
    params: BillingParams,
    account: String,
    now: Timestamp,
) -> Result<Question, ApiError> {
    let (from, to) = span(&params.from, &params.to, now)?;
    let by_app = match params.group_by.as_str() {
        "" | "credential" => false,
        "app" => true,
        _ => return Err(ApiError::field("groupBy", "must be credential or app")),
    };
    let page = page::PageParams::new(params.page_size, params.page_token);
    let list = format!("bill {by_app} {account}");
    let (size, before) = (page.size()?, page.start(&app.pepper, &list, now)?);
    let hour = |at: Timestamp| at.as_millis().div_euclid(HOUR);
    let to = hour(Timestamp::from_millis(to.as_millis().saturating_add(HOUR - 1)));
    let month = month(now).map_or(0, |(first, _)| first);
    let query = Billed { account, by_app, from: hour(from), to, month, before, limit: size + 1 };
    Ok(Question { query, list, size })
}

async fn answer(app: &App, question: Question, now: Timestamp) -> Result<BillingReply, ApiError> {
    let Question { query, list, size } = question;
    let mut lines = app.storage.bill(&query).await?;
    let more = lines.len() > size as usize;
    lines.truncate(size as usize);
    let next = lines.last().filter(|_| more);
    let next_page_token =
        next.map(|last| page::write(&app.pepper, &list, last.number, now)).unwrap_or_default();
    let hours = app.storage.account_hours(&query.account, query.from, query.to).await?;
    let at = |hour: i64| stamp::write(Timestamp::from_millis(hour.saturating_mul(HOUR)));
    let mut told = Vec::with_capacity(lines.len());
    for line in &lines {
        told.push(written(app, line, query.by_app, now).await?);
    }
    Ok(BillingReply {
        from: at(query.from),
        to: at(query.to),
        complete_until: stamp::write(app.complete_until(now)),
        billable: hours.iter().map(|hour| hour.tally.billable).sum(),
        lines: told,
        next_page_token,
    })
}

async fn written(
    app: &App,
    line: &BilledLine,
    by_app: bool,
    now: Timestamp,
) -> Result<BillingLine, StorageError> {
    let is_client = is_client_id(&line.id);
    let (tier, limit) = if by_app {
        let tiers: BTreeSet<String> =
            app.storage.terms(&line.id).await?.into_iter().map(|terms| terms.tier).collect();
        (tiers.into_iter().collect::<Vec<_>>().join(", "), 0)
    } else {
        let terms = gateway::terms_of(app, &line.app, &line.scopes, is_client).await?;
        (terms.tier, terms.quota)
    };
    let kind = match (by_app, is_client) {
        (true, _) => kind::APP,
        (false, true) => kind::CLIENT,
        (false, false) => kind::KEY,
    };
    Ok(BillingLine {
        kind: kind.into(),
        id: line.id.clone(),
        name: line.name.clone(),
        app_id: line.app.clone(),
        billable: line.billable,
        tier,
        limit,
        used: line.used,
        resets_at: stamp::write_opt(month(now).map(|(_, next)| next)),
    })
}
