//! `keystow list`, `rotate` and `doctor`: what there is, without a secret.

use std::fmt::Write as _;

use clap::Args;
use keystow_domain::{Environment, GraceEnd, visible};
use keystow_engine::{Finding, FindingKind, OldSecret, Row};
use serde_json::{Value, json};

use crate::desk::{self, instant};
use crate::{Answer, Failure};

/// `keystow list`.
#[derive(Args)]
pub(crate) struct List {
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

/// `keystow rotate`.
#[derive(Args)]
pub(crate) struct Rotate {
    /// Show the keys whose old secret is still accepted, and until when. Rotating is for the app.
    #[arg(long, required = true)]
    status: bool,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

/// `keystow doctor`.
#[derive(Args)]
pub(crate) struct Doctor {
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Lists the keys.
pub(crate) async fn list(list: List) -> Result<Answer, Failure> {
    let keys = desk::open().await?.keys();
    if list.json {
        let all: Value = keys.iter().map(|(account, row)| key_json(account, row)).collect();
        return Ok(Answer::good(format!("{all}\n")));
    }
    if keys.is_empty() {
        return Ok(Answer::good(
            "No key is known here. Sign in with the app, which reads the list.\n".into(),
        ));
    }
    let width = keys.iter().map(|(_, row)| visible(&row.key.name).chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (account, row) in &keys {
        let here = if row.stowed.is_some() { "here" } else { "not here" };
        let environment = row.key.environment.as_ref().map_or("-", Environment::word);
        let _ = writeln!(
            text,
            "{:width$}  {:10}  {:9}  {:8}  {}…  {}",
            visible(&row.key.name),
            visible(environment),
            row.state.word(),
            here,
            visible(&row.key.prefix),
            visible(account),
        );
    }
    Ok(Answer::good(text))
}

/// Shows what is being rotated.
pub(crate) async fn rotate(rotate: Rotate) -> Result<Answer, Failure> {
    // The flag is there so that the verb can do more one day without meaning less.
    let Rotate { status: _, json } = rotate;
    let mut keys = desk::open().await?.keys();
    keys.retain(|(_, row)| !row.old.is_empty() || row.open_rotation);
    if json {
        let all: Value = keys.iter().map(|(account, row)| rotation_json(account, row)).collect();
        return Ok(Answer::good(format!("{all}\n")));
    }
    let mut text = String::new();
    for (account, row) in &keys {
        let old = row.old.first().map_or_else(|| "no old secret".to_owned(), end_text);
        let _ = writeln!(text, "{}  {old}  {}", visible(&row.key.name), visible(account));
    }
    if keys.is_empty() {
        text.push_str("Nothing is being rotated.\n");
    }
    Ok(Answer::good(text))
}

/// Checks what the other verbs need.
pub(crate) async fn doctor(doctor: Doctor) -> Result<Answer, Failure> {
    let findings = match desk::open().await {
        Ok(beside) => beside.doctor().await,
        Err(trouble) => vec![Finding { kind: FindingKind::Data, trouble: Some(trouble) }],
    };
    let good = findings.iter().all(|finding| finding.trouble.is_none());
    if doctor.json {
        let all: Value = findings.iter().map(finding_json).collect();
        return Ok(Answer { text: format!("{all}\n"), good });
    }
    let mut text = String::new();
    for finding in &findings {
        let word = finding_word(finding.kind);
        let _ = match &finding.trouble {
            None => writeln!(text, "ok    {word}"),
            Some(trouble) => writeln!(text, "FAIL  {word:9}  {trouble}"),
        };
    }
    Ok(Answer { text, good })
}

fn key_json(account: &str, row: &Row) -> Value {
    json!({
        "id": row.key.id.as_str(),
        "name": row.key.name,
        "account": account,
        "environment": row.key.environment.as_ref().map(Environment::word),
        "state": row.state.word(),
        "prefix": row.key.prefix,
        "scopes": row.key.scopes,
        "expiresAt": row.key.expires_at.map(instant),
        "stowedAt": row.stowed.map(instant),
    })
}

fn rotation_json(account: &str, row: &Row) -> Value {
    let old = row.old.iter().map(|old| {
        let (least, most) = ends(old);
        json!({ "prefix": old.prefix, "endsNotBefore": least, "endsNotAfter": most, "here": old.stowed })
    });
    json!({
        "id": row.key.id.as_str(),
        "name": row.key.name,
        "account": account,
        "rotationOpen": row.open_rotation,
        "old": old.collect::<Value>(),
    })
}

fn finding_json(finding: &Finding) -> Value {
    let trouble = finding.trouble.as_ref();
    json!({
        "what": finding_word(finding.kind),
        "ok": trouble.is_none(),
        "code": trouble.map(|trouble| trouble.code),
        "message": trouble.map(ToString::to_string),
    })
}

/// When an old secret ends: not before, and not after.
fn ends(old: &OldSecret) -> (Option<String>, Option<String>) {
    match old.end {
        GraceEnd::At(at) => (Some(instant(at)), Some(instant(at))),
        GraceEnd::Between { least, most } => (Some(instant(least)), Some(instant(most))),
        GraceEnd::Unknown => (None, None),
    }
}

fn end_text(old: &OldSecret) -> String {
    match ends(old) {
        (Some(least), Some(most)) if least == most => format!("old secret ends at {least}"),
        (Some(least), Some(most)) => format!("old secret ends between {least} and {most}"),
        _ => "old secret's end is not known".to_owned(),
    }
}

fn finding_word(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Data => "data",
        FindingKind::Vault => "vault",
        FindingKind::Clipboard => "clipboard",
        FindingKind::Log => "log",
    }
}
