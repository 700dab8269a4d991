//! Reports on everybody's apps, and the data of apps, in pages and as files.

use std::{cmp::Reverse, collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use keystow_domain::{Timestamp, visible};
use keystow_portal_api::{
    admin::{AppData, ListAppDataReply, ReportReply, ReportRow, report},
    apps::app_status,
    errors::{ErrorReply, Violation},
};
use serde::Deserialize;

use super::{
    record::by_app,
    rows::{Filter, Line, credential, row, waiting},
    suspensions::{next_page, start},
};
use crate::{
    app::App,
    file::{self, Parts, csv_line},
    keys::page::PageParams,
    meter::HOUR,
    reply::{ApiError, violation},
    storage::{AppLine, Counts, KeyLine},
};

/// How many characters a filter has at most.
const LONGEST: usize = 254;
/// Over how many days a report counts without a wish, and at most.
const DAYS: (u32, u32) = (30, 730);
const DAY: u64 = 86_400;
/// How much of the queue is read at once.
const QUEUE: u32 = 500;
/// How many lines of a file are sent at once.
const LINES: usize = 500;

/// Which apps a report is about.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct ReportParams {
    /// The address of the person whose they are.
    owner: Option<String>,
    /// The id of the team whose they are.
    team: Option<String>,
    /// One of the words of an app's status.
    status: Option<String>,
    /// The id of a product that they subscribe to.
    product: Option<String>,
    /// Over how many days calls are counted, or were not made: 1 to 730; 30 without a wish.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 730)]
    days: Option<String>,
}

impl ReportParams {
    /// Checks what is asked for. An empty field asks for nothing.
    fn checked(self) -> Result<(Filter, u32), ApiError> {
        let mut wrong = Vec::new();
        let filter = Filter {
            owner: text("owner", self.owner, &mut wrong),
            team: text("team", self.team, &mut wrong),
            status: text("status", self.status, &mut wrong),
            product: text("product", self.product, &mut wrong),
        };
        let words = [app_status::ACTIVE, app_status::PENDING, app_status::REJECTED, app_status::SUSPENDED];
        if filter.status.as_deref().is_some_and(|status| !words.contains(&status)) {
            wrong.push(violation("status", format!("must be one of {}", words.join(", "))));
        }
        let days = self.days.as_deref().filter(|days| !days.is_empty()).map_or(Ok(DAYS.0), str::parse);
        let days = days.ok().filter(|days| (1..=DAYS.1).contains(days));
        match days {
            Some(days) if wrong.is_empty() => Ok((filter, days)),
            Some(_) => Err(ApiError::fields(wrong)),
            None => {
                wrong.push(violation("days", format!("must be a number from 1 to {}", DAYS.1)));
                Err(ApiError::fields(wrong))
            }
        }
    }
}

fn text(field: &str, text: Option<String>, wrong: &mut Vec<Violation>) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    if text.chars().count() > LONGEST || visible(&text) != text {
        wrong.push(violation(field, format!("must have at most {LONGEST} characters, and none that hides")));
    }
    Some(text)
}

/// Every app, with what was counted up to a moment ago.
pub(super) async fn survey(app: &App) -> Result<Vec<AppLine>, ApiError> {
    app.meter.settle(&app.storage).await?;
    Ok(app.storage.survey_apps().await?)
}

/// Every line of a report.
async fn rows(app: &App, kind: &str, filter: &Filter, days: u32) -> Result<Vec<ReportRow>, ApiError> {
    let apps: Vec<AppLine> = survey(app).await?.into_iter().filter(|one| filter.fits(one)).collect();
    if kind == report::PENDING {
        return pending(app, &apps).await;
    }
    let now = app.clock.now();
    let from = now.minus(Duration::from_secs(u64::from(days) * DAY));
    let hour = |at: Timestamp| at.as_millis().div_euclid(HOUR);
    let counted = app.storage.calls_of_apps(hour(from), hour(now) + 1).await?;
    let counts: HashMap<String, Counts> = counted.into_iter().collect();
    let mut chosen: Vec<&AppLine> = apps.iter().collect();
    match kind {
        report::INACTIVE => {
            let uncalled = |one: &&AppLine| {
                one.created_at < from
                    && one.last_used_at.is_none_or(|used| used < from)
                    && !counts.contains_key(&one.id)
            };
            chosen.retain(uncalled);
            chosen.sort_by_key(|one| (one.last_used_at, one.number));
        }
        report::USAGE => {
            chosen.retain(|one| counts.contains_key(&one.id));
            chosen.sort_by_key(|one| {
                let counts = counts.get(&one.id).copied().unwrap_or_default();
                (Reverse(counts.billable), Reverse(counts.calls), one.number)
            });
        }
        _ => chosen.sort_by_key(|one| Reverse(one.number)),
    }
    Ok(chosen.into_iter().map(|one| row(one, &counts)).collect())
}

/// What waits for a decision, of these apps.
async fn pending(app: &App, apps: &[AppLine]) -> Result<Vec<ReportRow>, ApiError> {
    let by_id: HashMap<&str, &AppLine> = apps.iter().map(|one| (one.id.as_str(), one)).collect();
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let asks = app.storage.asks(after, QUEUE).await?;
        after = asks.last().map(|ask| ask.number);
        let of = asks.iter().filter_map(|ask| by_id.get(ask.app.as_str()).map(|one| waiting(one, ask)));
        rows.extend(of);
        if asks.len() < QUEUE as usize {
            return Ok(rows);
        }
    }
}

fn known(kind: &str) -> Result<(), ApiError> {
    if report::ALL.contains(&kind) { Ok(()) } else { Err(ApiError::not_found()) }
}

/// Answers with a report on everybody's apps. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "report", get, path = "/v1/developer/admin/reports/{kind}", tag = "Administration",
    params(("kind" = String, Path, description = "`inventory`, `inactive`, `usage` or `pending`"), PageParams, ReportParams),
    responses((status = 200, body = ReportReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 404, body = ErrorReply, description = "there is no such report"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn report(
    State(app): State<Arc<App>>,
    Path(kind): Path<String>,
    Query(params): Query<PageParams>,
    Query(asked): Query<ReportParams>,
) -> Result<Json<ReportReply>, ApiError> {
    known(&kind)?;
    let (now, size) = (app.clock.now(), params.size()? as usize);
    let (filter, days) = asked.checked()?;
    let list = format!("report {kind} {days} {filter:?}");
    let start = start(&params, &app, &list, now)?;
    let rows = rows(&app, &kind, &filter, days).await?;
    let next_page_token = next_page(&app, &list, start, size, rows.len(), now);
    let total = rows.len() as u64;
    let rows = rows.into_iter().skip(start).take(size).collect();
    Ok(Json(ReportReply { rows, total, next_page_token }))
}

/// What a file is written as.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct FileParams {
    /// `csv` or `json`.
    #[param(value_type = String)]
    format: Option<String>,
}

impl FileParams {
    /// Whether it is CSV, and not JSON.
    fn is_csv(&self) -> Result<bool, ApiError> {
        match self.format.as_deref() {
            Some("csv") => Ok(true),
            Some("json") => Ok(false),
            _ => Err(ApiError::field("format", "must be csv or json")),
        }
    }
}

/// Answers with a whole report as CSV, or as one list of JSON objects. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "exportReport", get, path = "/v1/developer/admin/reports/{kind}/export", tag = "Administration",
    params(("kind" = String, Path, description = "`inventory`, `inactive`, `usage` or `pending`"), FileParams, ReportParams),
    responses((status = 200, description = "the report", content((String = "text/csv"), (Vec<ReportRow> = "application/json"))), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 404, body = ErrorReply, description = "there is no such report"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn export_report(
    State(app): State<Arc<App>>,
    Path(kind): Path<String>,
    Query(params): Query<FileParams>,
    Query(asked): Query<ReportParams>,
) -> Result<Response, ApiError> {
    known(&kind)?;
    let csv = params.is_csv()?;
    let (filter, days) = asked.checked()?;
    let rows = rows(&app, &kind, &filter, days).await?;
    let (parts, answer) = answer(csv, &kind);
    tokio::spawn(async move {
        let mut file = Writing::new::<ReportRow>(parts, csv);
        for some in rows.chunks(LINES) {
            if file.put(some).await.is_none() {
                return;
            }
        }
        file.end().await;
    });
    Ok(answer)
}

/// Everybody's apps, the newest first, with the credentials of each.
async fn surveyed(
    app: &App,
    filter: &Filter,
) -> Result<(Vec<AppLine>, HashMap<String, Vec<KeyLine>>), ApiError> {
    let apps = survey(app).await?;
    let keys = by_app(app.storage.survey_keys().await?);
    let mut apps: Vec<AppLine> = apps.into_iter().filter(|one| filter.fits(one)).collect();
    apps.sort_by_key(|one| Reverse(one.number));
    Ok((apps, keys))
}

/// Everything that is known of some apps; one that was deleted meanwhile is left out.
async fn data(
    app: &App,
    some: &[AppLine],
    keys: &HashMap<String, Vec<KeyLine>>,
) -> Result<Vec<AppData>, ApiError> {
    let now = app.clock.now();
    let mut all = Vec::with_capacity(some.len());
    for line in some {
        let Some(mut found) = app.storage.app(&line.account, &line.id).await? else { continue };
        if let Some(team) = &line.team {
            team.clone_into(&mut found.owner);
        }
        let of = keys.get(&line.id).map(Vec::as_slice).unwrap_or_default();
        all.push(AppData {
            app: found.to_wire(),
            owner_email: line.email.clone(),
            credentials: of.iter().map(|key| credential(key, now)).collect(),
        });
    }
    Ok(all)
}

/// Answers with everything that is known of apps, whoever they belong to; no secret is. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "listAppData", get, path = "/v1/developer/admin/apps", tag = "Administration", params(PageParams, ReportParams),
    responses((status = 200, body = ListAppDataReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn app_data(
    State(app): State<Arc<App>>,
    Query(params): Query<PageParams>,
    Query(asked): Query<ReportParams>,
) -> Result<Json<ListAppDataReply>, ApiError> {
    let (now, size) = (app.clock.now(), params.size()? as usize);
    let (filter, _) = asked.checked()?;
    let list = format!("app data {filter:?}");
    let start = start(&params, &app, &list, now)?;
    let (lines, keys) = surveyed(&app, &filter).await?;
    let next_page_token = next_page(&app, &list, start, size, lines.len(), now);
    let page: Vec<AppLine> = lines.iter().skip(start).take(size).cloned().collect();
    let apps = data(&app, &page, &keys).await?;
    Ok(Json(ListAppDataReply { apps, total: lines.len() as u64, next_page_token }))
}

/// Answers with everything that is known of apps as CSV, or as one list of JSON objects. *Extended; for administrators.*
#[utoipa::path(
    operation_id = "exportAppData", get, path = "/v1/developer/admin/apps/export", tag = "Administration", params(FileParams, ReportParams),
    responses((status = 200, description = "the apps", content((String = "text/csv"), (Vec<AppData> = "application/json"))), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply, description = "the caller is no administrator"), (status = 429, body = ErrorReply))
)]
pub(crate) async fn export_app_data(
    State(app): State<Arc<App>>,
    Query(params): Query<FileParams>,
    Query(asked): Query<ReportParams>,
) -> Result<Response, ApiError> {
    let csv = params.is_csv()?;
    let (filter, _) = asked.checked()?;
    let (lines, keys) = surveyed(&app, &filter).await?;
    let (parts, answer) = answer(csv, "apps");
    tokio::spawn(async move {
        let mut file = Writing::new::<AppData>(parts, csv);
        for some in lines.chunks(LINES) {
            let Ok(some) = data(&app, some, &keys).await else { return file.fail().await };
            if file.put(&some).await.is_none() {
                return;
            }
        }
        file.end().await;
    });
    Ok(answer)
}

/// An answer that is a file, and where its parts are put.
fn answer(csv: bool, name: &str) -> (Parts, Response) {
    let (kind, ending) = if csv { ("text/csv; charset=utf-8", "csv") } else { ("application/json", "json") };
    let named = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{ending}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, named.unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    let (parts, body) = file::streamed();
    (parts, (headers, body).into_response())
}

/// A file that is being written.
struct Writing {
    parts: Parts,
    csv: bool,
    /// What is sent with the next part.
    head: String,
    /// Whether no line was put into it yet.
    is_empty: bool,
}

impl Writing {
    fn new<L: Line>(parts: Parts, csv: bool) -> Self {
        let columns = || csv_line(&L::COLUMNS.iter().map(|&column| column.to_owned()).collect::<Vec<_>>());
        let head = if csv { columns() } else { "[".to_owned() };
        Self { parts, csv, head, is_empty: true }
    }

    /// Puts lines into it; nothing if nobody takes them any more.
    async fn put<L: Line>(&mut self, lines: &[L]) -> Option<()> {
        let mut text = std::mem::take(&mut self.head);
        for line in lines {
            if self.csv {
                text.push_str(&line.csv());
                continue;
            }
            text.push_str(if std::mem::take(&mut self.is_empty) { "\n" } else { ",\n" });
            text.push_str(&serde_json::to_string(line).expect("texts and numbers can be written"));
        }
        self.parts.send(Ok(Bytes::from(text))).await.ok()
    }

    async fn end(mut self) {
        let mut text = std::mem::take(&mut self.head);
        if !self.csv {
            text.push_str("\n]\n");
        }
        let _ = self.parts.send(Ok(Bytes::from(text))).await;
    }

    /// Breaks off, so that nobody takes a part for the whole.
    async fn fail(self) {
        let _ = self.parts.send(Err(std::io::Error::other("the storage cannot be read"))).await;
    }
}
