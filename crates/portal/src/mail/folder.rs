//! A folder of readable mails: one file each, for a portal without a mail server, and for whoever looks what it would
//! send.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::{Letter, Outbox, OutboxError};
use crate::{seal::write_private, serve::make_private};

/// The folder. It is made with the first mail.
pub(crate) struct MailFolder(PathBuf);

impl MailFolder {
    pub(crate) fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }
}

#[async_trait]
impl Outbox for MailFolder {
    /// Writes the letter into a file that only its owner can read, whole or not at all; a second try replaces it.
    async fn send(&self, letter: &Letter) -> Result<(), OutboxError> {
        let (folder, content) = (self.0.clone(), letter.content.clone());
        // The instant first, so that names are in the order of writing.
        let file = folder.join(format!("{}-{}.eml", letter.at.as_secs(), letter.id));
        let write = move || make_private(&folder).and_then(|()| write_private(&file, content.as_bytes()));
        let written = tokio::task::spawn_blocking(write).await;
        let written = written.map_err(|_| OutboxError::Later("the portal is stopping".into()))?;
        written.map_err(|error| OutboxError::Later(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use keystow_domain::Timestamp;

    use super::*;

    #[tokio::test]
    async fn a_mail_is_one_file_that_only_its_owner_reads_and_a_second_try_makes_no_second() {
        let data = tempfile::tempdir().unwrap();
        let folder = MailFolder::new(&data.path().join("mail"));
        let letter = Letter {
            id: "mail_1".into(),
            from: String::new(),
            to: String::new(),
            at: Timestamp::from_secs(1_800_000_000),
            content: "Subject: x\r\n\r\nhello\r\n".into(),
        };
        for _ in 0..2 {
            folder.send(&letter).await.unwrap();
        }
        let files: Vec<_> =
            std::fs::read_dir(data.path().join("mail")).unwrap().map(Result::unwrap).collect();
        let names: Vec<_> = files.iter().map(|file| file.file_name().into_string().unwrap()).collect();
        assert_eq!(names, ["1800000000-mail_1.eml"], "and nothing half written beside it");
        assert_eq!(std::fs::read_to_string(files[0].path()).unwrap(), letter.content);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(files[0].path()), mode(data.path().join("mail"))), (0o600, 0o700));
        }
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_tried_again() {
        let data = tempfile::tempdir().unwrap();
        let in_the_way = data.path().join("mail");
        std::fs::write(&in_the_way, "a file").unwrap();
        let folder = MailFolder::new(&in_the_way);
        let (from, to, content) = (String::new(), String::new(), String::new());
        let letter = Letter { id: "m".into(), from, to, at: Timestamp::from_secs(1), content };
        assert!(matches!(folder.send(&letter).await, Err(OutboxError::Later(_))));
    }
}
