//! The report as a file for other programs: what is known of the keys, and never a secret.

use keystow_domain::{Finding, Grade, Timestamp, visible};
use serde_json::{Value, json};

use super::{HealthQuery, HealthRow};
use crate::engine::Engine;
use crate::saved::{Saved, csv_line};
use crate::{Trouble, words};

/// The forms that the report can be saved in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthTable {
    /// Comma-separated values (RFC 4180). What a spreadsheet would run as a formula is made text.
    Csv,
    /// A JSON document.
    Json,
}

const HEAD: [&str; 14] = [
    "name",
    "id",
    "environment",
    "owner",
    "state",
    "score",
    "grade",
    "findings",
    "cannot be told",
    "created",
    "last used",
    "expires",
    "rotated",
    "put off until",
];

impl Engine {
    /// Saves what the report shows in the person's download folder, the worst key first.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen, the keys are hidden, or the folder does not take the file.
    pub async fn export_health(&self, query: &HealthQuery, form: HealthTable) -> Result<Saved, Trouble> {
        let account = self.current_account()?;
        if self.is_hidden() {
            return Err(words::vault(keystow_vault::VaultError::Locked));
        }
        let now = self.portal_now(&account);
        let basis = self.basis(&account);
        let (rows, read_at) = {
            let mut state = self.state();
            let listing = state.listings.get_mut(&account).ok_or_else(words::no_account)?;
            (listing.whole_report(query, basis, now), listing.freshness.read_at)
        };
        let (extension, text) = match form {
            HealthTable::Csv => ("csv", csv(&rows)),
            HealthTable::Json => ("json", json_of(&rows, now, read_at)),
        };
        let path = self.save_for_person("health", extension, text).await?;
        Ok(Saved { path, entries: rows.len() })
    }
}

fn csv(rows: &[HealthRow]) -> String {
    csv_line(HEAD) + &rows.iter().map(line).collect::<String>()
}

fn line(row: &HealthRow) -> String {
    let key = &row.row.key;
    let score = row.health.score();
    let findings: Vec<String> = row.health.findings.iter().map(said).collect();
    let untold: Vec<&str> = row.health.untold.iter().map(|untold| words::untold(*untold)).collect();
    let shown = |text: &str| visible(text);
    csv_line(
        [
            shown(&key.name),
            shown(key.id.as_str()),
            key.environment.as_ref().map(|of| shown(of.word())).unwrap_or_default(),
            key.owner.as_deref().map(shown).unwrap_or_default(),
            row.row.state.word().to_owned(),
            score.to_string(),
            Grade::of(score).word().to_owned(),
            findings.join("; "),
            untold.join("; "),
            instant(key.created_at),
            instant(key.last_used_at),
            instant(key.expires_at),
            instant(key.rotated_at),
            instant(row.back_at),
        ]
        .iter()
        .map(String::as_str),
    )
}

/// A finding with what it takes off the score, as in `unused 120 days (-30)`.
fn said(finding: &Finding) -> String {
    format!("{} (-{})", visible(&words::finding(finding)), finding.kind().weight())
}

fn json_of(rows: &[HealthRow], now: Timestamp, read_at: Option<Timestamp>) -> String {
    let document = json!({
        "written": instant(Some(now)),
        "list read": read_at.map(|at| instant(Some(at))),
        "keys": rows.iter().map(value).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn value(row: &HealthRow) -> Value {
    let key = &row.row.key;
    let score = row.health.score();
    let at = |at: Option<Timestamp>| at.map(|at| instant(Some(at)));
    let findings = row.health.findings.iter().map(|finding| {
        json!({
            "kind": finding.kind().word(),
            "said": words::finding(finding),
            "weight": finding.kind().weight(),
        })
    });
    json!({
        "name": key.name,
        "id": key.id.as_str(),
        "environment": key.environment.as_ref().map(|of| of.word()),
        "owner": key.owner,
        "state": row.row.state.word(),
        "score": score,
        "grade": Grade::of(score).word(),
        "findings": findings.collect::<Vec<_>>(),
        "cannot be told": row.health.untold.iter().map(|untold| words::untold(*untold)).collect::<Vec<_>>(),
        "created": at(key.created_at),
        "last used": at(key.last_used_at),
        "expires": at(key.expires_at),
        "rotated": at(key.rotated_at),
        "put off until": at(row.back_at),
    })
}

/// An instant as RFC 3339 writes it, in UTC; empty if it is not known.
fn instant(at: Option<Timestamp>) -> String {
    let at = at.and_then(|at| jiff::Timestamp::from_millisecond(at.as_millis()).ok());
    at.map_or_else(String::new, |at| at.to_string())
}
