//! From what the engine knows to what a window may see.
//!
//! Text from a portal is made visible and cut here, so that no window has to remember to.

mod account;
mod admin;
mod app;
mod apps;
mod audit;
mod bill;
mod bulk;
mod clients;
mod clipboard;
mod forms;
mod health;
mod key;
mod lock;
mod picker;
mod places;
mod quota;
mod rotation;
mod schedule;
mod teams;
mod usage;

use keystow_domain::{Timestamp, visible};
use keystow_engine::{Saved, Trouble};

use crate::error::{CommandError, FieldFault};
use crate::view::SavedView;

/// The longest name that is sent to a window, in characters.
const LONGEST_NAME: usize = 200;
/// The longest text of several lines that is sent to a window, in characters.
const LONGEST_TEXT: usize = 4000;

/// A portal's text, safe to show and of bounded length.
fn shown(text: &str) -> String {
    let mut shown = visible(text);
    if let Some((end, _)) = shown.char_indices().nth(LONGEST_NAME) {
        let last = shown[..end].char_indices().next_back().map_or(0, |(at, _)| at);
        shown.truncate(last);
        shown.push('…');
    }
    shown
}

/// An instant as the window counts it.
fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millis)
}

/// A duration as the window counts it.
fn span(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A count as the window takes it.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count that is shown as a figure; more is as much.
fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl From<Saved> for SavedView {
    fn from(saved: Saved) -> Self {
        Self {
            path: visible(&saved.path.display().to_string()),
            entries: u32::try_from(saved.entries).unwrap_or(u32::MAX),
        }
    }
}

impl From<Trouble> for CommandError {
    fn from(trouble: Trouble) -> Self {
        Self {
            code: trouble.code.to_owned(),
            message: visible(&trouble.message),
            meaning: visible(&trouble.meaning),
            remedy: visible(&trouble.remedy),
            facts: trouble.facts.into_iter().map(|(name, fact)| (name.to_owned(), shown(&fact))).collect(),
            retry_at: millis(trouble.retry_at),
            fields: fields(trouble.fields),
        }
    }
}

/// What is wrong with which field; nothing where no field is named.
fn fields(all: Vec<(String, String)>) -> Option<Vec<FieldFault>> {
    let faults = all.iter().map(|(field, why)| FieldFault { field: shown(field), why: shown(why) });
    (!all.is_empty()).then(|| faults.collect())
}

/// A portal's text of several lines, safe to show and of bounded length.
fn told(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(visible).collect();
    lines.join("\n").chars().take(LONGEST_TEXT).collect()
}

/// A text from a window, cut to what any portal takes.
fn bounded(text: String) -> String {
    if text.len() <= 4096 { text } else { text.chars().take(2048).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_is_shown_and_cut() {
        assert_eq!(shown("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(shown(&"x".repeat(10_000)).chars().count(), LONGEST_NAME);
    }
}
