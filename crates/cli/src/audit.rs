//! `keystow audit`: the local log, listed and checked without the app.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Args, Subcommand};
use keystow_domain::visible;
use keystow_engine::{AuditCheck, AuditEntry, read_audit, verify_audit};
use serde_json::{Value, json};

use crate::desk::instant;
use crate::{Answer, Failure};

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Check that no entry was altered; names the first that was, and ends with 1.
    Verify(Form),
    /// List the entries, the newest first.
    List {
        /// At most so many entries.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        #[command(flatten)]
        form: Form,
    },
}

#[derive(Args)]
pub(crate) struct Form {
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Answers a verb about the log in a data folder.
///
/// # Errors
///
/// Fails if there is no log, or it cannot be read.
pub(crate) fn run(verb: &Verb, folder: &Path) -> Result<Answer, Failure> {
    match verb {
        Verb::Verify(form) => {
            let check = verify_audit(folder)?;
            let text = if form.json { line(&check_json(check)) } else { check_text(check) };
            Ok(Answer { text, good: check.broken_at.is_none() })
        }
        Verb::List { limit, form } => {
            let entries = read_audit(folder, 0, *limit)?;
            let text = if form.json {
                line(&entries.iter().map(entry_json).collect::<Value>())
            } else {
                entries.iter().map(entry_text).collect()
            };
            Ok(Answer { text, good: true })
        }
    }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

fn check_text(check: AuditCheck) -> String {
    let mut text = match check.broken_at {
        None => format!("{} entries, none altered.\n", check.total),
        Some(number) => {
            format!("{} entries. Entry {number} was altered or is missing.\n", check.total)
        }
    };
    if !check.end_checked {
        text.push_str("Whether entries are missing at the end was not checked: the vault is locked.\n");
    }
    text
}

fn check_json(check: AuditCheck) -> Value {
    json!({ "entries": check.total, "brokenAt": check.broken_at, "endChecked": check.end_checked })
}

fn entry_text(entry: &AuditEntry) -> String {
    let mut text = format!("{:>6}  {}  {}", entry.number, instant(entry.at), visible(&entry.what));
    if let Some((id, name)) = &entry.key {
        let _ = write!(text, "  {} [{}]", visible(name), visible(id.as_str()));
    }
    if let Some(account) = &entry.account {
        let _ = write!(text, "  {}", visible(account));
    }
    for (name, fact) in &entry.facts {
        let _ = write!(text, "  {}={}", visible(name), visible(fact));
    }
    text + "\n"
}

fn entry_json(entry: &AuditEntry) -> Value {
    json!({
        "number": entry.number,
        "at": instant(entry.at),
        "what": entry.what,
        "account": entry.account,
        "key": entry.key.as_ref().map(|(id, name)| json!({ "id": id.as_str(), "name": name })),
        "facts": entry.facts,
        "hash": entry.hash,
    })
}
