//! The report as a file for other programs: what is known of the keys, and never a secret.

use std::io::{self, Write as _};

use keystow_domain::{Finding, Grade, Timestamp, visible};
use serde_json::{Value, json};

use super::{HealthQuery, HealthRow};
use crate::engine::Engine;
use crate::saved::{Saved, csv_line, not_saved};
use crate::{Trouble, words};

/// The forms that the report can be saved in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthTable {
    /// Comma-separated values (RFC 4180). What a spreadsheet would run as a formula is made text.
    Csv,
    /// A JSON document.
    Json,
}

/// So many keys are looked up before the state is let go.
const AT_ONCE: usize = 256;

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
        let (engine, query) = (self.clone(), query.clone());
        // A hundred thousand keys are judged and written here, which is no work for a thread that answers others.
        let saved = tokio::task::spawn_blocking(move || engine.write_health(&query, form));
        saved.await.unwrap_or_else(|_| Err(not_saved(&io::ErrorKind::Other.into())))
    }

    fn write_health(&self, query: &HealthQuery, form: HealthTable) -> Result<Saved, Trouble> {
        let account = self.current_account()?;
        self.stay_shown()?;
        let now = self.portal_now(&account);
        let basis = self.basis(&account);
        let (keys, read_at) = {
            let mut state = self.state();
            let listing = state.listings.get_mut(&account).ok_or_else(words::no_account)?;
            (listing.whole_report(query, basis, now), listing.freshness.read_at)
        };
        let mut entries = 0;
        let path = self.fill_for_person("health", form.extension(), |file| {
            let broken = |error| not_saved(&error);
            file.write_all(form.before(now, read_at).as_bytes()).map_err(broken)?;
            for some in keys.chunks(AT_ONCE) {
                self.stay_shown()?;
                let rows: Vec<HealthRow> = {
                    let state = self.state();
                    let listing = state.listings.get(&account).ok_or_else(words::no_account)?;
                    let places = some.iter().filter_map(|key| listing.place(key));
                    places.filter_map(|place| listing.health_row(place, basis, now)).collect()
                };
                for row in &rows {
                    file.write_all(form.row(row, entries == 0).as_bytes()).map_err(broken)?;
                    entries += 1;
                }
            }
            file.write_all(form.after().as_bytes()).map_err(broken)
        })?;
        Ok(Saved { path, entries })
    }

    /// Fails once the keys are hidden.
    fn stay_shown(&self) -> Result<(), Trouble> {
        if self.is_hidden() { Err(words::vault(keystow_vault::VaultError::Locked)) } else { Ok(()) }
    }
}

impl HealthTable {
    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// What comes before the first key.
    fn before(self, now: Timestamp, read_at: Option<Timestamp>) -> String {
        match self {
            Self::Csv => csv_line(HEAD),
            Self::Json => {
                let (written, read) = (json!(instant(Some(now))), json!(read_at.map(|at| instant(Some(at)))));
                format!("{{\n  \"written\": {written},\n  \"list read\": {read},\n  \"keys\": [")
            }
        }
    }

    fn row(self, row: &HealthRow, is_first: bool) -> String {
        match self {
            Self::Csv => line(row),
            Self::Json => format!("{}\n    {}", if is_first { "" } else { "," }, value(row)),
        }
    }

    /// What comes after the last key.
    fn after(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Json => "\n  ]\n}\n",
        }
    }
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
