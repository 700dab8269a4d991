//! What the app and the clipboard guard say to each other over the guard's pipes.
//!
//! To the guard: one header line, the secret's bytes, then a line a command. From the guard: one
//! JSON object a line. The secret is nowhere but in the bytes after the header.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Why;
use super::receipts::{Reader, Reading};

/// The first word of the header; it names the version.
const GREETING: &str = "keystow-clipboard/1";
/// The last word of the header where the first paste is the last.
const ONCE: &str = " once";
/// The longest secret that is taken.
pub(crate) const LONGEST: usize = 64 * 1024;
/// The longest line that is taken.
pub(crate) const LONGEST_LINE: usize = 128;
/// The longest a secret stays on the clipboard, however often it is asked to stay.
pub(crate) const LONGEST_KEEP: Duration = Duration::from_secs(3600);

/// The line before the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// How long to keep the secret on the clipboard.
    pub(crate) keep: Duration,
    /// How many bytes the secret has.
    pub(crate) length: usize,
    /// Whether the first paste is the last.
    pub(crate) once: bool,
}

impl Header {
    /// The header as a line, with its end.
    pub(crate) fn to_line(self) -> String {
        let once = if self.once { ONCE } else { "" };
        format!("{GREETING} {} {}{once}\n", self.keep.as_millis(), self.length)
    }

    /// Reads a line without its end.
    pub(crate) fn from_line(line: &str) -> Option<Self> {
        let (line, once) = line.strip_suffix(ONCE).map_or((line, false), |line| (line, true));
        let mut words = line.split(' ');
        if words.next()? != GREETING {
            return None;
        }
        let keep = Duration::from_millis(words.next()?.parse().ok()?).min(LONGEST_KEEP);
        let length = words.next()?.parse().ok().filter(|length| *length <= LONGEST)?;
        words.next().is_none().then_some(Self { keep, length, once })
    }
}

/// What the app asks of a guard that holds a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Clear the clipboard now.
    Clear,
    /// Clear it that much later.
    Keep(Duration),
}

impl Command {
    /// The command as a line, with its end.
    pub(crate) fn to_line(self) -> String {
        match self {
            Self::Clear => "clear\n".to_owned(),
            Self::Keep(by) => format!("keep {}\n", by.as_millis()),
        }
    }

    /// Reads a line without its end.
    pub(crate) fn from_line(line: &str) -> Option<Self> {
        match line.split_once(' ') {
            None if line == "clear" => Some(Self::Clear),
            Some(("keep", by)) => Some(Self::Keep(Duration::from_millis(by.parse().ok()?))),
            _ => None,
        }
    }
}

/// What a guard reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// The clipboard offers the secret until then, in milliseconds of the wall clock.
    Owned {
        /// Milliseconds since 1970.
        until: i64,
        /// Whether this clipboard tells who reads it.
        receipts: bool,
    },
    /// A program read it.
    Read(Reading),
    /// Somebody put something else there, which was left alone.
    Replaced,
    /// It was cleared, and the clipboard confirmed it. Whoever read it before may still put it back, of
    /// which the guard tells as long as it lives.
    Cleared,
    /// It was to be cleared, but that could not be confirmed.
    Unverified {
        /// Why not.
        why: Why,
        /// Who has it on the clipboard now.
        by: Option<Reader>,
    },
    /// The desktop did not let the guard have the clipboard.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_commands_read_back() {
        for once in [false, true] {
            let header = Header { keep: Duration::from_millis(30_500), length: 42, once };
            assert_eq!(Header::from_line(header.to_line().trim_end_matches('\n')), Some(header));
        }
        for command in [Command::Clear, Command::Keep(Duration::from_secs(30))] {
            assert_eq!(Command::from_line(command.to_line().trim_end_matches('\n')), Some(command));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for line in [
            "",
            "keystow-clipboard/2 1 1",
            "keystow-clipboard/1 1",
            "keystow-clipboard/1 1 1 1",
            "keystow-clipboard/1 1 99999999",
        ] {
            assert_eq!(Header::from_line(line), None, "{line}");
        }
        for line in ["", "clear now", "keep", "keep x", "Clear"] {
            assert_eq!(Command::from_line(line), None, "{line}");
        }
    }

    #[test]
    fn nothing_stays_longer_than_the_longest_keep() {
        let line = format!("{GREETING} {} 1", u64::MAX);
        assert_eq!(Header::from_line(&line).map(|header| header.keep), Some(LONGEST_KEEP));
    }

    #[test]
    fn events_are_one_json_object_a_line() {
        assert_eq!(
            serde_json::to_string(&Event::Owned { until: 7, receipts: true }).unwrap(),
            r#"{"event":"owned","until":7,"receipts":true}"#
        );
        let read = Event::Read(Reading { by: Reader::named(Some("xterm".into())), times: 2, after: 900 });
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"event":"read","by":{"program":"xterm","kind":"other"},"times":2,"after":900}"#
        );
        let why = serde_json::from_str::<Event>(r#"{"event":"unverified","why":"still_there"}"#).unwrap();
        assert_eq!(why, Event::Unverified { why: Why::StillThere, by: None });
    }
}
