//! What is due and what expires, as a calendar file (RFC 5545).
//!
//! An event keeps its UID for as long as its key lives, so that importing the file again moves events
//! instead of adding them.

use keystow_domain::{KeyId, Reported, Timestamp, visible};
use sha2::{Digest as _, Sha256};

use crate::engine::Engine;
use crate::saved::Saved;
use crate::{Trouble, words};

/// The longest line in octets, without its end (RFC 5545 §3.1).
const LINE: usize = 75;

/// One day of the calendar.
struct Entry {
    key: KeyId,
    kind: Kind,
    name: String,
    at: Timestamp,
}

/// What happens then.
#[derive(Clone, Copy)]
enum Kind {
    Due,
    Expires,
}

impl Engine {
    /// Writes when the current account's keys are due and expire into a calendar file in the person's
    /// download folder.
    ///
    /// # Errors
    ///
    /// Fails if no account is chosen or the file cannot be written.
    pub async fn export_calendar(&self) -> Result<Saved, Trouble> {
        let account = self.current_account()?;
        let entries = {
            let state = self.state();
            let listing = state.listings.get(&account).ok_or_else(words::no_account)?;
            let mut entries = Vec::new();
            for key in listing.keys().iter().filter(|key| key.reported == Reported::Active) {
                let ends = [(Kind::Due, listing.due_at(key)), (Kind::Expires, key.expires_at)];
                entries.extend(ends.into_iter().filter_map(|(kind, at)| {
                    Some(Entry { key: key.id.clone(), kind, name: key.name.clone(), at: at? })
                }));
            }
            entries.sort_by_key(|entry| entry.at);
            entries
        };
        let text = calendar(account.as_str(), &entries, self.now());
        let path = self.save_for_person("calendar", "ics", text).await?;
        Ok(Saved { path, entries: entries.len() })
    }
}

fn calendar(account: &str, entries: &[Entry], now: Timestamp) -> String {
    let mut text = String::new();
    let mut line = |content: &str| fold(&mut text, content);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//Keystow//Keystow//EN");
    line("CALSCALE:GREGORIAN");
    for entry in entries {
        let (kind, summary) = match entry.kind {
            Kind::Due => ("due", format!("Rotate {}", visible(&entry.name))),
            Kind::Expires => ("expires", format!("{} expires", visible(&entry.name))),
        };
        line("BEGIN:VEVENT");
        line(&format!("UID:{}@keystow", uid(account, entry.key.as_str(), kind)));
        line(&format!("DTSTAMP:{}", stamp(now)));
        line(&format!("DTSTART:{}", stamp(entry.at)));
        line(&format!("SUMMARY:{}", escaped(&summary)));
        line("TRANSP:TRANSPARENT");
        line("BEGIN:VALARM");
        line("ACTION:DISPLAY");
        line(&format!("DESCRIPTION:{}", escaped(&summary)));
        line("TRIGGER:-P1D");
        line("END:VALARM");
        line("END:VEVENT");
    }
    line("END:VCALENDAR");
    text
}

/// The same for the same key and kind, and it tells nobody which key that is.
fn uid(account: &str, key: &str, kind: &str) -> String {
    let digest = Sha256::new()
        .chain_update(account)
        .chain_update([0])
        .chain_update(key)
        .chain_update([0])
        .chain_update(kind);
    digest.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An instant in UTC (RFC 5545 §3.3.5, form 2).
fn stamp(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text value (RFC 5545 §3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Adds a content line, folded at 75 octets and never inside a character.
fn fold(text: &mut String, content: &str) {
    let mut length = 0;
    for c in content.chars() {
        if length + c.len_utf8() > LINE {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(c);
        length += c.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, at: i64) -> Entry {
        Entry { key: KeyId::new("key_1"), kind: Kind::Due, name: name.into(), at: Timestamp::from_secs(at) }
    }

    fn unfolded(text: &str) -> String {
        text.replace("\r\n ", "")
    }

    #[test]
    fn every_line_ends_as_it_must_and_is_not_longer_than_it_may_be() {
        let text =
            calendar("acc", &[entry(&"مفتاح،;\\, ".repeat(30), 1_800_000_000)], Timestamp::from_secs(0));
        assert!(text.ends_with("END:VCALENDAR\r\n"));
        assert!(text.split("\r\n").all(|line| line.len() <= LINE && !line.contains(['\r', '\n'])));
        assert!(unfolded(&text).contains(&format!("SUMMARY:Rotate {}", "مفتاح،\\;\\\\\\, ".repeat(30))));
    }

    #[test]
    fn a_name_cannot_begin_a_line_of_its_own() {
        let text = calendar("acc", &[entry("a\r\nEND:VEVENT\nX", 1)], Timestamp::from_secs(0));
        assert_eq!(text.matches("\r\nEND:VEVENT").count(), 1);
    }

    #[test]
    fn an_event_keeps_its_uid_when_it_moves() {
        let uid_of = |at| {
            let text = calendar("acc", &[entry("a", at)], Timestamp::from_secs(at));
            unfolded(&text).lines().find(|line| line.starts_with("UID:")).map(str::to_owned)
        };
        assert_eq!(uid_of(1), uid_of(1_800_000_000));
        assert_ne!(uid("acc", "key_1", "due"), uid("acc", "key_1", "expires"));
        assert!(
            unfolded(&calendar("acc", &[entry("a", 1_800_000_000)], Timestamp::from_secs(0)))
                .contains("DTSTART:20270115T080000Z")
        );
    }
}
