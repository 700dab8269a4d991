//! A door of the running app for the command line: one socket beside the vault, for the same person only.
//!
//! What changes the vault is done by the app, which owns it. The command line hands over what a person gave
//! it, and is told what came of it. No secret ever goes the other way.

use std::path::{Path, PathBuf};
use std::time::Duration;

use keystow_domain::{AccountId, KeyId, Variable};
use keystow_vault::{Given, GivenError};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use crate::engine::Engine;
use crate::import::{Left, Source};
use crate::{Trouble, words};

/// The longest head of a wish, in bytes.
const LONGEST_HEAD: usize = 8 * 1024;
/// How long a wish may take to arrive.
const ARRIVES: Duration = Duration::from_secs(10);
/// How long the door rests after it failed to let somebody in, such as when too many files are open.
const AGAIN: Duration = Duration::from_secs(1);
/// A text that is shorter than any secret.
const NO_SECRET: &[u8] = b"?";

/// What the command line wishes for. The text of a pipe or a file follows it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) account: String,
    pub(crate) key: String,
    /// Whether the secret is on the clipboard, and no text follows.
    pub(crate) from_clipboard: bool,
    pub(crate) variable: Option<String>,
    /// Whether it is only asked if a text would be taken, and none follows yet.
    #[serde(default)]
    pub(crate) asks_only: bool,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// A text may come.
    Ready,
    Done {
        name: String,
        tried: bool,
        left: Option<String>,
    },
    Refused {
        code: String,
        text: String,
    },
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
                    tracing::warn!(%error, "the door of the command line let nobody in");
                    // What keeps it from it passes, and until then it is not asked all the time.
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    async fn answer(&self, mut caller: UnixStream) {
        let refused =
            |trouble: Trouble| Reply::Refused { code: trouble.code.to_owned(), text: trouble.to_string() };
        let reply = self.grant(&mut caller).await.unwrap_or_else(refused);
        // Who does not wait for the answer finds it in the log.
        if let Ok(reply) = serde_json::to_vec(&reply) {
            let _ = caller.write_all(&reply).await;
        }
    }

    async fn grant(&self, caller: &mut UnixStream) -> Result<Reply, Trouble> {
        let arrived = timeout(ARRIVES, receive(caller)).await;
        let (wish, given) = arrived.ok().flatten().ok_or_else(words::bad_wish)?;
        // A name that is none is not dropped: without it another secret of the text might be taken.
        let variable = match wish.variable.as_deref() {
            Some(name) => Some(Variable::parse(name).ok_or_else(words::bad_wish)?),
            None => None,
        };
        let (account, key) = (AccountId::new(wish.account), KeyId::new(wish.key));
        if wish.asks_only {
            return self.rehearse(&account, &key).await;
        }
        let source = match given {
            None => Source::Clipboard,
            Some(given) => Source::Given(given.map_err(words::given)?, variable),
        };
        let done = self.import_from(&account, &key, source).await?;
        Ok(Reply::Done {
            name: done.row.key.name,
            tried: done.tried,
            left: done.left.map(|left| left.word().to_owned()),
        })
    }

    /// Refuses whatever can be refused without the text, so that a pipe is not emptied in vain.
    ///
    /// It is the import itself, of a text in which no secret can stand: if nothing else is wrong than that, the
    /// text may come.
    async fn rehearse(&self, account: &AccountId, key: &KeyId) -> Result<Reply, Trouble> {
        let mut text = NO_SECRET;
        let nothing = Given::read(&mut text).map_err(words::given)?;
        let unlike = words::given(GivenError::Unlike).code;
        match self.import_from(account, key, Source::Given(nothing, None)).await {
            Err(trouble) if trouble.code != unlike => Err(trouble),
            _ => Ok(Reply::Ready),
        }
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

/// Whether who is at the other end is the person who runs this.
fn is_same_person(other: &UnixStream) -> bool {
    other.peer_cred().is_ok_and(|who| who.uid() == rustix::process::getuid().as_raw())
}

/// A wish, and the text behind it where there is one. Nothing if it is none.
async fn receive(mut from: impl AsyncRead + Unpin) -> Option<(Wish, Option<Result<Given, GivenError>>)> {
    // The length comes first, so that nothing of the text is read into a buffer that is not wiped.
    let length = usize::try_from(from.read_u32().await.ok()?).ok()?;
    if length > LONGEST_HEAD {
        return None;
    }
    let mut head = vec![0; length];
    from.read_exact(&mut head).await.ok()?;
    let wish: Wish = serde_json::from_slice(&head).ok()?;
    let follows = !wish.from_clipboard && !wish.asks_only;
    let given = if follows { Some(Given::receive(from).await) } else { None };
    Some((wish, given))
}

/// Wishes for something at the door of the app in a folder, and waits for what comes of it.
///
/// # Errors
///
/// Fails if no app of this person runs, or it went away before it answered.
pub(crate) async fn knock(folder: &Path, wish: &Wish, given: Option<Given>) -> Result<Reply, Trouble> {
    let mut door = UnixStream::connect(place(folder)).await.map_err(|_| words::app_not_there())?;
    // Who else opened a door here is not the app, and gets no byte.
    if !is_same_person(&door) {
        return Err(words::strange_door());
    }
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
    use crate::tests::Desk;

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

    #[tokio::test]
    async fn no_text_is_waited_for_where_it_is_only_asked() {
        let head = br#"{"account":"a","key":"k","from_clipboard":false,"variable":null,"asks_only":true}"#;
        let mut bytes = u32::try_from(head.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(head);
        // The end stays open, as a pipe's does whose text is still to come.
        let (mut caller, door) = UnixStream::pair().unwrap();
        caller.write_all(&bytes).await.unwrap();
        let (wish, given) = receive(door).await.unwrap();
        assert!(wish.asks_only && given.is_none());
    }

    #[tokio::test]
    async fn a_variable_that_is_none_and_a_key_that_has_its_secret_are_refused_before_a_text_comes() {
        let desk = Desk::signed_in().await;
        let key = desk.create("billing").await.unwrap().key.id;
        for (variable, refusal) in [(None, "already_here"), (Some("1 2".to_owned()), "bad_wish")] {
            let wish = Wish {
                account: desk.account().as_str().to_owned(),
                key: key.as_str().to_owned(),
                from_clipboard: false,
                variable,
                asks_only: true,
            };
            let head = serde_json::to_vec(&wish).unwrap();
            let (mut caller, mut door) = UnixStream::pair().unwrap();
            caller.write_u32(u32::try_from(head.len()).unwrap()).await.unwrap();
            caller.write_all(&head).await.unwrap();
            assert_eq!(desk.engine.grant(&mut door).await.unwrap_err().code, refusal);
        }
    }
}
