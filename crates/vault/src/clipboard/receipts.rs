//! Who read a secret while it was on the clipboard, as far as the clipboard tells.
//!
//! A name is what the system says of a program, and no proof: whoever runs as the person can take any.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Nobody copies a secret, goes to another program and pastes it within this time.
const HASTY: Duration = Duration::from_millis(100);
/// From so many times on a program has read it "often": not every further one is reported.
pub(crate) const OFTEN: u32 = 10;
/// The most programs that are told apart.
pub(crate) const MOST_READERS: usize = 8;

/// Programs that read every copy, so as to keep it or to bring it to another desktop's clipboard.
const CLIPBOARD_MANAGERS: [&str; 26] = [
    "anamnesis",
    "autocutsel",
    "cinnamon",
    "clipcatd",
    "clipit",
    "cliphist",
    "clipmenud",
    "clipse",
    "clipster",
    "copyq",
    "csd-clipboard",
    "diodon",
    "glipper",
    "gnome-shell",
    "gpaste-daemon",
    "greenclip",
    "gsd-clipboard",
    "keepboard",
    "klipper",
    "mate-settings-daemon",
    "parcellite",
    "plasmashell",
    "qlipper",
    "xclipboard",
    "xfce4-clipman",
    "xfsettingsd",
];

/// What read the clipboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// The program's name; nothing if it could not be told.
    pub program: Option<String>,
    /// What it is known as.
    pub kind: ReaderKind,
}

/// What a reader is known as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReaderKind {
    /// Keystow's own guard program.
    Ours,
    /// It has the name of a clipboard manager.
    Manager,
    /// Anything else.
    Other,
}

/// That a program read the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Which program.
    pub by: Reader,
    /// How often until now; ten stands for ten and more.
    pub times: u32,
    /// How long the clipboard had offered it when this program first read it, in milliseconds.
    pub after: u64,
}

impl Reader {
    /// What is known of a program with this name.
    pub fn named(program: Option<String>) -> Self {
        let known = |name: &String| CLIPBOARD_MANAGERS.contains(&name.to_ascii_lowercase().as_str());
        let kind = if program.as_ref().is_some_and(known) { ReaderKind::Manager } else { ReaderKind::Other };
        Self { program, kind }
    }

    /// Whether this may be a person's paste, and not a program that reads everything.
    pub fn is_paste(&self) -> bool {
        self.kind == ReaderKind::Other
    }
}

impl Reading {
    /// Whether no person could have pasted so soon, and no known clipboard manager explains it.
    pub fn is_hasty(&self) -> bool {
        self.by.is_paste() && Duration::from_millis(self.after) < HASTY
    }
}

/// What the clipboard told about the secret that was copied last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipts {
    /// Whether this clipboard tells who reads. If not, nothing below is known.
    pub told: bool,
    /// Who read it, the first reader first.
    pub readings: Vec<Reading>,
    /// Who put the secret back after it was cleared.
    pub returned_by: Option<Reader>,
}

impl Receipts {
    /// Takes a report in, in the place of an earlier one of the same program.
    pub(crate) fn add(&mut self, reading: Reading) {
        if let Some(known) = self.readings.iter_mut().find(|known| known.by == reading.by) {
            *known = reading;
        } else if self.readings.len() < MOST_READERS {
            self.readings.push(reading);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_person_and_no_known_manager_does_is_hasty() {
        let reading = |name: Option<&str>, after| {
            let by = Reader::named(name.map(str::to_owned));
            Reading { by, times: 1, after }.is_hasty()
        };
        assert!(reading(Some("spyware"), 3));
        assert!(reading(None, 3), "what hides its name as well");
        assert!(!reading(Some("spyware"), 100), "this could be a paste");
        assert!(!reading(Some("CopyQ"), 3));
        let ours = Reader { program: Some("keystow-clipboard".into()), kind: ReaderKind::Ours };
        assert!(!Reading { by: ours, times: 1, after: 3 }.is_hasty());
    }

    #[test]
    fn a_program_that_reads_again_has_one_receipt() {
        let mut receipts = Receipts::default();
        let by = Reader::named(Some("xterm".into()));
        receipts.add(Reading { by: by.clone(), times: 1, after: 500 });
        receipts.add(Reading { by, times: 2, after: 500 });
        assert_eq!(receipts.readings.iter().map(|reading| reading.times).collect::<Vec<_>>(), [2]);
        for number in 0..20 {
            let by = Reader::named(Some(format!("program{number}")));
            receipts.add(Reading { by, times: 1, after: 500 });
        }
        assert_eq!(receipts.readings.len(), MOST_READERS);
    }
}
