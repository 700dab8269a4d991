//! A door of the running app for the command line: one socket beside the vault, for the same person only.
//!
//! What changes the vault is done by the app, which owns it. The command line hands over what a person gave
//! it, and is told what came of it. No secret ever goes the other way.

use std::path::{Path, PathBuf};
use std::time::Duration;

use keystow_domain::{AccountId, KeyId, Variable};
use keystow_vault::Given;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use crate::engine::Engine;
use crate::import::{Imported, Left, Source};
use crate::{Trouble, words};

/// The longest head of a wish, in bytes.
const LONGEST_HEAD: usize = 8 * 1024;
/// How long a wish may take to arrive.
const ARRIVES: Duration = Duration::from_secs(10);

/// What the command line wishes for. The text of a pipe or a file follows it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) account: String,
    pub(crate) key: String,
    /// Whether the secret is on the clipboard, and no text follows.
    pub(crate) from_clipboard: bool,
    pub(crate) variable: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    Done { name: String, tried: bool, left: Option<String> },
    Refused { code: String, text: String },
}

/// Where the door is.
pub(crate) fn place(folder: &Path) -> PathBuf {
    folder.join("keystow.sock")
}

impl Engine {
    /// Answers the command line for as long as the app runs. Without a door everything else works.
    pub(crate) fn open_door(&self) {
        match listen(&place(&self.0.folder)) {
            Ok(door) => {
                let engine = self.clone();
                tokio::spawn(async move { engine.stand_at(door).await });
            }
            Err(error) => tracing::warn!(%error, "the command line cannot reach the app"),
        }
    }

    async fn stand_at(&self, door: UnixListener) {
        loop {
            match door.accept().await {
                Ok((caller, _)) if is_same_person(&caller) => {
                    let engine = self.clone();
                    tokio::spawn(async move { engine.answer(caller).await });
                }
                Ok(_) => tracing::warn!("somebody else knocked at the door of the command line"),
                Err(error) => {
                    tracing::warn!(%error, "the door of the command line is shut");
                    return;
                }
            }
        }
    }

    async fn answer(&self, mut caller: UnixStream) {
        let reply = match self.grant(&mut caller).await {
            Ok(done) => Reply::Done {
                name: done.row.key.name,
                tried: done.tried,
                left: done.left.map(|left| left.word().to_owned()),
            },
            Err(trouble) => Reply::Refused { code: trouble.code.to_owned(), text: trouble.to_string() },
        };
        // Who does not wait for the answer finds it in the log.
        if let Ok(reply) = serde_json::to_vec(&reply) {
            let _ = caller.write_all(&reply).await;
        }
    }

    async fn grant(&self, caller: &mut UnixStream) -> Result<Imported, Trouble> {
        let arrived = timeout(ARRIVES, receive(caller)).await;
        let (wish, given) = arrived.ok().flatten().ok_or_else(words::bad_wish)?;
        let source = match given {
            None => Source::Clipboard,
            Some(given) => {
                let variable = wish.variable.as_deref().and_then(Variable::parse);
                Source::Given(given.map_err(words::given)?, variable)
            }
        };
        self.import_from(&AccountId::new(wish.account), &KeyId::new(wish.key), source).await
    }
}

/// Opens the door. One that an app left behind is taken away: the folder has one app, and that is this.
fn listen(place: &Path) -> std::io::Result<UnixListener> {
    match std::fs::remove_file(place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let door = UnixListener::bind(place)?;
    // The folder is this person's alone already.
    std::fs::set_permissions(place, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(door)
}

fn is_same_person(caller: &UnixStream) -> bool {
    caller.peer_cred().is_ok_and(|who| who.uid() == rustix::process::getuid().as_raw())
}

/// A wish, and the text behind it where there is one. Nothing if it is none.
async fn receive(
    mut from: impl AsyncRead + Unpin,
) -> Option<(Wish, Option<Result<Given, keystow_vault::GivenError>>)> {
    // The length comes first, so that nothing of the text is read into a buffer that is not wiped.
    let length = usize::try_from(from.read_u32().await.ok()?).ok()?;
    if length > LONGEST_HEAD {
        return None;
    }
    let mut head = vec![0; length];
    from.read_exact(&mut head).await.ok()?;
    let wish: Wish = serde_json::from_slice(&head).ok()?;
    let given = if wish.from_clipboard { None } else { Some(Given::receive(from).await) };
    Some((wish, given))
}

/// Wishes for something at the door of the app in a folder, and waits for what comes of it.
///
/// # Errors
///
/// Fails if no app runs, or it went away before it answered.
pub(crate) async fn knock(folder: &Path, wish: &Wish, given: Option<Given>) -> Result<Reply, Trouble> {
    let mut door = UnixStream::connect(place(folder)).await.map_err(|_| words::app_not_there())?;
    let asked = async {
        let head = serde_json::to_vec(wish)?;
        door.write_u32(u32::try_from(head.len()).unwrap_or(u32::MAX)).await?;
        door.write_all(&head).await?;
        if let Some(given) = given {
            given.hand_over(&mut door).await?;
        }
        door.shutdown().await?;
        let mut reply = Vec::new();
        door.take(LONGEST_HEAD as u64).read_to_end(&mut reply).await?;
        Ok::<Reply, std::io::Error>(serde_json::from_slice(&reply)?)
    };
    asked.await.map_err(|_| words::app_went_away())
}

impl Left {
    /// Its word between the app and the command line.
    fn word(self) -> &'static str {
        match self {
            Self::Cleared => "cleared",
            Self::Replaced => "replaced",
            Self::Unverified => "unverified",
        }
    }

    pub(crate) fn of_word(word: &str) -> Self {
        match word {
            "cleared" => Self::Cleared,
            "replaced" => Self::Replaced,
            _ => Self::Unverified,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn what_is_no_wish_is_not_understood() {
        for bytes in [&b""[..], b"\0\0", b"\xff\xff\xff\xff{}", b"\0\0\0\x02{}", b"\0\0\0\x09{}"] {
            assert!(receive(bytes).await.is_none(), "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn a_door_that_was_left_behind_is_opened_anew_and_is_one_persons_alone() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        drop(listen(&place).unwrap());
        assert!(UnixStream::connect(&place).await.is_err(), "nobody is behind it");
        let door = listen(&place).unwrap();
        assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
        let (caller, accepted) = tokio::join!(UnixStream::connect(&place), door.accept());
        assert!(is_same_person(&accepted.unwrap().0) && caller.is_ok());
    }
}
