//! What is left of a run: why each key ended as it did, and the report that a person can save.

use std::collections::BTreeMap;

use keystow_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BulkSight, BulkTurn};
use crate::engine::Engine;
use crate::saved::{Saved, csv_line, save};
use crate::store::turn_word;
use crate::{Trouble, words};

/// A [`Trouble`] that is kept on disk, and so may have been written by another version of the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptTrouble {
    /// Names the failure, such as `portal_unreachable`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What it means for the keys.
    pub meaning: String,
    /// The next step.
    pub remedy: String,
    /// Names, dates and figures of the sentences above.
    pub facts: BTreeMap<String, String>,
    /// When the same thing may be tried again, in milliseconds since the Unix epoch.
    pub retry_at: Option<i64>,
}

impl From<Trouble> for KeptTrouble {
    fn from(trouble: Trouble) -> Self {
        Self {
            code: trouble.code.to_owned(),
            message: trouble.message,
            meaning: trouble.meaning,
            remedy: trouble.remedy,
            facts: trouble.facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect(),
            retry_at: trouble.retry_at.map(Timestamp::as_millis),
        }
    }
}

impl Engine {
    /// Saves the report of the current account's run as a CSV file in the download folder.
    ///
    /// # Errors
    ///
    /// Fails if there is no such run, or the folder does not take the file.
    pub async fn export_bulk(&self, id: &str) -> Result<Saved, Trouble> {
        let run = self.bulk().filter(|run| run.id == id).ok_or_else(words::bulk_gone)?;
        let folder = self.downloads();
        let stem = format!("keystow-rotations-{}", day(run.started_at.unwrap_or_else(|| self.now())));
        let (entries, text) = (run.turns.len(), report(&run));
        let saving = tokio::task::spawn_blocking(move || save(&folder, &stem, "csv", text.as_bytes()));
        let path = saving.await.map_err(|_| words::bulk_gone())??;
        Ok(Saved { path, entries })
    }
}

/// The report: a line for each key, in the order of their turns.
fn report(run: &BulkSight) -> String {
    let head = ["turn", "key", "id", "state", "at", "old secret ends", "code", "what happened", "what to do"];
    let lines = (1..).zip(&run.turns).map(|(number, turn)| line(number, turn));
    csv_line(head) + &lines.collect::<String>()
}

fn line(number: usize, turn: &BulkTurn) -> String {
    let why = |text: fn(&KeptTrouble) -> &str| turn.trouble.as_ref().map_or("", text);
    csv_line([
        number.to_string().as_str(),
        &keystow_domain::visible(&turn.name),
        &keystow_domain::visible(turn.key.as_str()),
        turn_word(turn.state),
        &instant(turn.at),
        &instant(turn.ends_at),
        why(|trouble| &trouble.code),
        why(|trouble| &trouble.message),
        why(|trouble| &trouble.remedy),
    ])
}

/// An instant as RFC 3339 writes it, in UTC; empty if it is not known.
fn instant(at: Option<Timestamp>) -> String {
    let at = at.and_then(|at| jiff::Timestamp::from_millisecond(at.as_millis()).ok());
    at.map_or_else(String::new, |at| at.to_string())
}

fn day(at: Timestamp) -> String {
    instant(Some(at)).chars().take("2026-01-31".len()).collect()
}

#[cfg(test)]
mod tests {
    use keystow_domain::{KeyId, RunState, TurnState};

    use super::*;

    #[test]
    fn a_report_has_a_line_a_key_and_no_formula() {
        let turn = |name: &str, state, trouble| BulkTurn {
            key: KeyId::new("key_1"),
            name: name.into(),
            state,
            at: Some(Timestamp::from_secs(1_800_000_000)),
            ends_at: None,
            trouble,
        };
        let run = BulkSight {
            id: "run".into(),
            state: RunState::Done,
            why: None,
            turns: vec![
                turn("billing", TurnState::Done, None),
                turn("=cmd|' /C calc'!A1", TurnState::Failed, Some(words::key_dead().into())),
            ],
            at_once: 1,
            stop_on_error: false,
            grace: None,
            waits_until: None,
            started_at: None,
            ended_at: None,
        };
        let text = report(&run);
        let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1], "1,billing,key_1,done,2027-01-15T08:00:00Z,,,,");
        assert!(lines[2].starts_with("2,\"'=cmd") && lines[2].contains("key_dead"), "{}", lines[2]);
        assert_eq!(day(Timestamp::from_secs(1_800_000_000)), "2027-01-15");
    }
}
