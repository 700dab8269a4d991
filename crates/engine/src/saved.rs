//! Files for the person: saved under a new name, never over another one.
//!
//! What is saved holds no secret. It is still readable by its owner only, because names and dates of
//! keys are nobody else's business.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::Trouble;
use crate::engine::Engine;

/// How many names are tried before a folder counts as unusable.
const MOST_NAMES: u32 = 1000;

/// A file that was saved for the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Where it is.
    pub path: PathBuf,
    /// How many entries it has.
    pub entries: usize,
}

impl Engine {
    /// The folder that files for the person go to: the desktop's download folder, else the data folder.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.0.host.downloads().unwrap_or_else(|| self.0.folder.clone())
    }
}

impl Engine {
    /// Saves a file under a name made of what it is and the day, and fills it bit by bit. It writes to the disk on
    /// the thread that calls it.
    pub(crate) fn fill_for_person(
        &self,
        what: &'static str,
        extension: &'static str,
        fill: impl FnOnce(&mut Filled) -> Result<(), Trouble>,
    ) -> Result<PathBuf, Trouble> {
        save_with(&self.downloads(), &self.stem(what), extension, fill)
    }

    fn stem(&self, what: &str) -> String {
        format!("keystow-{what}-{}", crate::words::day(self.now()))
    }

    /// Saves a file under a name made of what it is and the day.
    pub(crate) async fn save_for_person(
        &self,
        what: &'static str,
        extension: &'static str,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<PathBuf, Trouble> {
        let (folder, stem) = (self.downloads(), self.stem(what));
        let bytes = bytes.into();
        let saved = tokio::task::spawn_blocking(move || save(&folder, &stem, extension, &bytes));
        saved.await.unwrap_or_else(|_| Err(not_saved(&io::ErrorKind::Other.into())))
    }
}

/// Saves a file as `stem.extension`, or `stem (2).extension` and so on if that name is taken.
///
/// # Errors
///
/// Fails if the folder does not take it; nothing is left behind then.
pub(crate) fn save(folder: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<PathBuf, Trouble> {
    save_with(folder, stem, extension, |file| file.write_all(bytes).map_err(|error| not_saved(&error)))
}

/// What a file is written through.
pub(crate) type Filled = io::BufWriter<std::fs::File>;

/// Saves a file under such a name that is filled bit by bit.
fn save_with(
    folder: &Path,
    stem: &str,
    extension: &str,
    fill: impl FnOnce(&mut Filled) -> Result<(), Trouble>,
) -> Result<PathBuf, Trouble> {
    std::fs::create_dir_all(folder).map_err(|error| not_saved(&error))?;
    for number in 1..=MOST_NAMES {
        let name = match number {
            1 => format!("{stem}.{extension}"),
            _ => format!("{stem} ({number}).{extension}"),
        };
        let path = folder.join(name);
        let mut file = match create(&path) {
            Ok(file) => io::BufWriter::new(file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(not_saved(&error)),
        };
        let filled = fill(&mut file).and_then(|()| {
            let kept = file.flush().and_then(|()| file.get_ref().sync_all());
            kept.map_err(|error| not_saved(&error))
        });
        if filled.is_err() {
            let _ = std::fs::remove_file(&path);
        }
        return filled.map(|()| path);
    }
    Err(not_saved(&io::ErrorKind::AlreadyExists.into()))
}

/// Makes a file that was not there before, for this user only.
fn create(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// One line of a CSV file (RFC 4180). What a spreadsheet would run as a formula is made text, in a cell and
/// in what would be a cell to a spreadsheet that divides lines by another character than the comma.
pub(crate) fn csv_line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(csv_cell).collect();
    cells.join(",") + "\r\n"
}

fn csv_cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 2);
    if text.starts_with(['\t', '\r', '\n']) {
        safe.push('\'');
    }
    for part in text.split_inclusive([',', ';', '\t', '\r', '\n', '|']) {
        // Spreadsheets pass over white space and quotes before they look for a formula.
        let begins = part.chars().find(|c| !c.is_whitespace() && !matches!(c, '"' | '\''));
        let runs = matches!(begins, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
        safe.push_str(if runs { "'" } else { "" });
        safe.push_str(part);
    }
    let text = safe;
    if text.contains(['"', ',', '\r', '\n', ';', '\'', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

pub(crate) fn not_saved(error: &io::Error) -> Trouble {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Free some space, then save it again.",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "Check the rights of your download folder, then save it again."
        }
        _ => "Check your download folder, then save it again.",
    };
    Trouble::new(
        "not_saved",
        "The file could not be saved.",
        "Your keys and secrets are not concerned.",
        remedy,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let first = save(folder.path(), "report", "csv", b"one").unwrap();
        let second = save(folder.path(), "report", "csv", b"two").unwrap();
        assert_eq!(first.file_name().unwrap(), "report.csv");
        assert_eq!(second.file_name().unwrap(), "report (2).csv");
        assert_eq!(
            (std::fs::read(first).unwrap(), std::fs::read(second).unwrap()),
            (b"one".to_vec(), b"two".to_vec())
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_made_and_one_that_cannot_be_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(save(&folder.path().join("a/b"), "report", "csv", b"").is_ok());
        std::fs::write(folder.path().join("file"), b"").unwrap();
        let trouble = save(&folder.path().join("file/b"), "report", "csv", b"").unwrap_err();
        assert_eq!(trouble.code, "not_saved");
    }

    #[cfg(unix)]
    #[test]
    fn a_saved_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = save(folder.path(), "report", "csv", b"x").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_is_made_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"] {
            let line = csv_line([formula]);
            assert!(line.starts_with("\"'"), "{line:?}");
        }
        for formula in ["＝1", "＋1", "－1", "＠SUM(A1)", "\u{3000}=1", "\u{a0}＝1", "\"=1"] {
            let line = csv_line([formula]);
            assert!(line.starts_with("\"'"), "{line:?}");
        }
        for (formula, text) in [
            ("a;=1+1;b", "\"a;'=1+1;b\"\r\n"),
            ("a, ＝1", "\"a,' ＝1\"\r\n"),
            ("a|\u{3000}@x", "\"a|'\u{3000}@x\"\r\n"),
            ("a\n-1", "\"a\n'-1\"\r\n"),
            ("a-b; c=d", "\"a-b; c=d\"\r\n"),
        ] {
            assert_eq!(csv_line([formula]), text);
        }
        assert_eq!(csv_line(["plain", "a,b", "say \"hi\""]), "plain,\"a,b\",\"say \"\"hi\"\"\"\r\n");
    }
}
