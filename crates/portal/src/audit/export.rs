//! The log as a file: read page by page while it is sent, and no more of it than a bound.

use std::{io, sync::Arc};

use axum::{
    body::Bytes,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use keystow_portal_api::audit::AuditEntry;

use super::calls::shown;
use crate::{
    app::App,
    file::{self, Parts, csv_line},
    reply::ApiError,
    storage::AuditFilter,
};

/// How many entries an export has at most.
const MOST: u32 = 100_000;
/// How many are read at once.
const PAGE: u32 = 500;
/// Says that there were more entries than an export has.
const TRUNCATED: HeaderName = HeaderName::from_static("x-export-truncated");

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    JsonLines,
}

impl Format {
    /// Reads the word of the contract.
    pub(super) fn read(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/jsonl",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"audit.csv\"",
            Self::JsonLines => "attachment; filename=\"audit.jsonl\"",
        }
    }
}

/// Answers with the entries that are asked for.
///
/// # Errors
///
/// Fails if the storage does before the first entry; later the answer breaks off.
pub(super) async fn answer(
    app: &Arc<App>,
    filter: AuditFilter,
    format: Format,
) -> Result<Response, ApiError> {
    let found = app.storage.count_entries(&filter, MOST + 1).await?;
    let (pages, body) = file::streamed();
    tokio::spawn(read(app.clone(), filter, format, pages));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(format.kind())),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(format.file())),
        (TRUNCATED, HeaderValue::from_static(if found > MOST { "true" } else { "false" })),
    ];
    Ok((headers, body).into_response())
}

/// Reads page after page for as long as somebody takes them.
async fn read(app: Arc<App>, filter: AuditFilter, format: Format, pages: Parts) {
    let mut text = if format == Format::Csv { csv_line(&COLUMNS.map(str::to_owned)) } else { String::new() };
    let (mut before, mut left) = (None, MOST);
    loop {
        let limit = left.min(PAGE);
        let entries = match app.storage.entries(&filter, before, limit).await {
            Ok(entries) => entries,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an export of the log broke off");
                let _ = pages.send(Err(io::Error::other("the log cannot be read"))).await;
                return;
            }
        };
        for entry in &entries {
            text.push_str(&written(&shown(entry, filter.whose.as_deref()), format));
        }
        if pages.send(Ok(Bytes::from(std::mem::take(&mut text)))).await.is_err() {
            return;
        }
        let read = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        left = left.saturating_sub(read);
        before = entries.last().map(|entry| entry.number);
        if read < limit || left == 0 {
            return;
        }
    }
}

const COLUMNS: [&str; 16] = [
    "number",
    "at",
    "operation",
    "outcome",
    "code",
    "requestId",
    "accountId",
    "accountEmail",
    "clientId",
    "targetKind",
    "targetId",
    "targetName",
    "appId",
    "address",
    "userAgent",
    "hash",
];

fn written(entry: &AuditEntry, format: Format) -> String {
    if format == Format::JsonLines {
        let mut line = serde_json::to_string(entry).expect("texts and numbers can be written");
        line.push('\n');
        return line;
    }
    let AuditEntry { at, operation, outcome, code, request_id, account_id, account_email, .. } =
        entry.clone();
    let AuditEntry {
        client_id, target_kind, target_id, target_name, app_id, address, user_agent, hash, ..
    } = entry.clone();
    csv_line(&[
        entry.number.to_string(),
        at,
        operation,
        outcome,
        code,
        request_id,
        account_id,
        account_email,
        client_id,
        target_kind,
        target_id,
        target_name,
        app_id,
        address,
        user_agent,
        hash,
    ])
}
