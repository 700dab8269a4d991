//! Reading the log: everything for administrators, for everybody else what they did and what was done to what is theirs.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Query, State},
    response::Response,
};
use keystow_domain::{Timestamp, visible};
use keystow_portal_api::{
    audit::{ListAuditReply, outcome},
    errors::{ErrorReply, Violation},
};
use serde::Deserialize;

use super::{
    export::{self, Format},
    record::EntryRecord,
};
use crate::{
    app::App,
    apps::Role,
    caller::Caller,
    keys::page::{self, PageParams},
    reply::{ApiError, violation},
    stamp,
    storage::AuditFilter,
};

/// How many characters a filter has at most.
const LONGEST: usize = 254;

/// Which entries are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct AuditParams {
    /// Entries from this instant on (RFC 3339).
    from: Option<String>,
    /// Entries before this instant (RFC 3339).
    to: Option<String>,
    /// The id or the address of the account that did it.
    actor: Option<String>,
    /// The name of an operation.
    action: Option<String>,
    /// The id of what it was about, or of the app that this belongs to.
    target: Option<String>,
    /// `done`, `refused` or `failed`.
    outcome: Option<String>,
}

impl AuditParams {
    /// Checks what is asked for. An empty field asks for nothing.
    ///
    /// # Errors
    ///
    /// 400 with every field that is wrong.
    fn filter(self, whose: Option<String>) -> Result<AuditFilter, ApiError> {
        let mut wrong = Vec::new();
        let from = instant("from", self.from, &mut wrong);
        let to = instant("to", self.to, &mut wrong);
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            wrong.push(violation("to", "must be later than from"));
        }
        let actor = text("actor", self.actor, &mut wrong);
        let operation = text("action", self.action, &mut wrong);
        let target = text("target", self.target, &mut wrong);
        let outcome = text("outcome", self.outcome, &mut wrong);
        let words = [outcome::DONE, outcome::REFUSED, outcome::FAILED];
        if outcome.as_deref().is_some_and(|outcome| !words.contains(&outcome)) {
            wrong.push(violation("outcome", format!("must be one of {}", words.join(", "))));
        }
        if !wrong.is_empty() {
            return Err(ApiError::fields(wrong));
        }
        Ok(AuditFilter { whose, from, to, actor, operation, target, outcome })
    }
}

fn text(field: &str, text: Option<String>, wrong: &mut Vec<Violation>) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    if text.chars().count() > LONGEST || visible(&text) != text {
        wrong.push(violation(field, format!("must have at most {LONGEST} characters, and none that hides")));
    }
    Some(text)
}

fn instant(field: &str, text: Option<String>, wrong: &mut Vec<Violation>) -> Option<Timestamp> {
    let text = text.filter(|text| !text.is_empty())?;
    let at = stamp::read(&text);
    if at.is_none() {
        wrong.push(violation(field, "must be an RFC 3339 instant"));
    }
    at
}

/// Whose entries a caller may read: everybody's for an administrator.
async fn whose(app: &App, caller: &Caller) -> Result<Option<String>, ApiError> {
    let role = app.storage.role(caller.account()).await?;
    Ok((role != Role::Admin).then(|| caller.account().to_owned()))
}

/// Answers with entries of the log, newest first. *Extended.*
#[utoipa::path(
    operation_id = "listAudit", get, path = "/v1/developer/audit", tag = "Audit", params(PageParams, AuditParams),
    responses((status = 200, body = ListAuditReply), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(params): Query<PageParams>,
    Query(asked): Query<AuditParams>,
) -> Result<Json<ListAuditReply>, ApiError> {
    let (now, size) = (app.clock.now(), params.size()?);
    let filter = asked.filter(whose(&app, &caller).await?)?;
    // A token is good for the same question only.
    let list = format!("audit {} {filter:?}", caller.account());
    let before = params.start(&app.pepper, &list, now)?;
    // One more than asked for tells whether there is a next page.
    let mut entries = app.storage.entries(&filter, before, size + 1).await?;
    let more = entries.len() > size as usize;
    entries.truncate(size as usize);
    let next = entries.last().filter(|_| more);
    let next_page_token =
        next.map(|last| page::write(&app.pepper, &list, last.number, now)).unwrap_or_default();
    let shown = entries.iter().map(|entry| shown(entry, filter.whose.as_deref()));
    Ok(Json(ListAuditReply { entries: shown.collect(), next_page_token }))
}

/// An entry as it is shown to a reader; without an account, to an administrator.
pub(super) fn shown(entry: &EntryRecord, reader: Option<&str>) -> keystow_portal_api::audit::AuditEntry {
    match reader {
        Some(account) => entry.to_wire_for(account),
        None => entry.to_wire(),
    }
}

/// What an export is written as.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct FormatParams {
    /// `csv` or `jsonl`.
    #[param(value_type = String)]
    format: Option<String>,
}

/// Answers with every entry that is asked for, newest first, as CSV or as one JSON object a line; with the newest
/// 100,000 if there are more, and `X-Export-Truncated: true`. *Extended.*
#[utoipa::path(
    operation_id = "exportAudit", get, path = "/v1/developer/audit/export", tag = "Audit", params(FormatParams, AuditParams),
    responses((status = 200, description = "the entries", content((String = "text/csv"), (String = "application/jsonl"))), (status = 400, body = ErrorReply), (status = 401, body = ErrorReply), (status = 429, body = ErrorReply))
)]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Query(params): Query<FormatParams>,
    Query(asked): Query<AuditParams>,
) -> Result<Response, ApiError> {
    let format = params.format.as_deref().and_then(Format::read);
    let format = format.ok_or_else(|| ApiError::field("format", "must be csv or jsonl"))?;
    let filter = asked.filter(whose(&app, &caller).await?)?;
    export::answer(&app, filter, format).await
}
