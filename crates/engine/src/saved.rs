//! Files the app writes for the person: into the download folder, under a name of their own.
//!
//! Nothing that is there is ever overwritten.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use keystow_domain::Timestamp;

use crate::engine::Engine;
use crate::{Trouble, words};

/// A file the app wrote for the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Where it is.
    pub path: PathBuf,
    /// How many entries it has.
    pub entries: u32,
}

/// How many files of one name and day there may be.
const MOST: u32 = 1000;

impl Engine {
    /// Writes a file for the person, named after what it is and the day.
    pub(crate) async fn save_for_person(
        &self,
        what: &'static str,
        ending: &'static str,
        text: String,
    ) -> Result<PathBuf, Trouble> {
        let folder = self.0.host.downloads().ok_or_else(words::not_saved)?;
        let day = day(self.now());
        let written = tokio::task::spawn_blocking(move || write_new(&folder, what, &day, ending, &text));
        written.await.ok().and_then(Result::ok).ok_or_else(words::not_saved)
    }
}

fn day(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    instant.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d").to_string()
}

/// Writes the first name that is free, readable by this user only.
fn write_new(folder: &Path, what: &str, day: &str, ending: &str, text: &str) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    for count in 1..=MOST {
        let more = if count == 1 { String::new() } else { format!(" ({count})") };
        let path = folder.join(format!("keystow-{what}-{day}{more}.{ending}"));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = write_new(folder.path(), "calendar", "2026-10-16", "ics", "one").unwrap();
        let second = write_new(folder.path(), "calendar", "2026-10-16", "ics", "two").unwrap();
        assert_ne!(first, second);
        assert_eq!(std::fs::read_to_string(first).unwrap(), "one");
        assert!(second.ends_with("keystow-calendar-2026-10-16 (2).ics"));
    }
}
