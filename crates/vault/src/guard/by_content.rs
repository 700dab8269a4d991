//! A clipboard on which our secret is recognised by its content: Wayland, macOS, Windows.
//!
//! The guard keeps a fingerprint of the secret, not the secret, and clears only what still has it.
//! On macOS and Windows this is compiled but not exercised by the tests of this crate.

use std::borrow::Cow;
use std::time::Duration;

use arboard::{Clipboard, Set};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::fingerprint::Fingerprint;
use super::selection::Happening;
use crate::clipboard::Why;
use crate::clipboard::protocol::Event;

/// How often to look whether the clipboard has taken the secret, and how long to wait in between:
/// these clipboards do not tell.
const LOOKS: u32 = 400;
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
/// How long after the clear to look for the last time.
const LAST_LOOK: Duration = Duration::from_millis(1200);

/// The clipboard while it offers our secret.
pub(super) struct ByContent {
    print: Fingerprint,
    owner: Owner,
}

/// What is known of the thread that put the secret on the clipboard.
struct Owner(Option<oneshot::Receiver<Result<(), arboard::Error>>>);

impl Owner {
    /// Starts a thread that puts the secret on the clipboard and, where clipboards have owners, serves
    /// it until somebody else takes over.
    fn start(mut secret: Zeroizing<String>) -> Result<Self, Event> {
        let (tell, told) = oneshot::channel();
        let serve = move || {
            let text = Cow::Owned(std::mem::take(&mut *secret));
            let _ = tell.send(Clipboard::new().and_then(|mut clipboard| marked(clipboard.set()).text(text)));
        };
        std::thread::Builder::new().name("owner".into()).spawn(serve).map_err(|_| Event::Failed)?;
        Ok(Self(Some(told)))
    }

    /// Waits until the clipboard was refused, or taken over after it was had. Not to be asked again.
    async fn ended(&mut self) -> Result<(), Event> {
        match &mut self.0 {
            Some(told) => {
                let end = told.await;
                self.0 = None;
                end.ok().and_then(Result::ok).ok_or(Event::Failed)
            }
            None => std::future::pending().await,
        }
    }
}

impl ByContent {
    pub(super) async fn take(secret: Zeroizing<String>) -> Result<Self, Event> {
        let print = Fingerprint::of(&secret);
        let mut owner = Owner::start(secret)?;
        #[cfg(any(target_os = "macos", windows))]
        owner.ended().await?;
        for _ in 0..LOOKS {
            if read().is_ok_and(|text| print.matches(&text)) {
                return Ok(Self { print, owner });
            }
            tokio::select! {
                end = owner.ended() => return Err(end.err().unwrap_or(Event::Replaced)),
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
            }
        }
        Err(Event::Failed)
    }

    pub(super) async fn happens(&mut self) -> Happening {
        let _ = self.owner.ended().await;
        Happening::Lost
    }

    pub(super) fn release(&mut self) -> Event {
        match read() {
            Ok(text) if self.print.matches(&text) => {}
            Ok(_) | Err(arboard::Error::ContentNotAvailable) => return Event::Replaced,
            Err(_) => return Event::Unverified { why: Why::Unreadable, by: None },
        }
        // Whether it worked is seen by reading back.
        let _ = Clipboard::new().and_then(|mut clipboard| clipboard.clear());
        match read() {
            Ok(text) if self.print.matches(&text) => Event::Unverified { why: Why::StillThere, by: None },
            Ok(_) | Err(arboard::Error::ContentNotAvailable) => Event::Cleared,
            Err(_) => Event::Unverified { why: Why::Unreadable, by: None },
        }
    }

    /// Looks once more, a little later: these clipboards do not tell when somebody puts something back.
    pub(super) async fn returned(&mut self) -> Event {
        tokio::time::sleep(LAST_LOOK).await;
        match read() {
            Ok(text) if self.print.matches(&text) => Event::Unverified { why: Why::StillThere, by: None },
            _ => std::future::pending().await,
        }
    }
}

/// What the clipboard offers now.
pub(super) fn read() -> Result<Zeroizing<String>, arboard::Error> {
    Clipboard::new()?.get_text().map(Zeroizing::new)
}

/// Marks what is set as nothing to be remembered: by a hint for clipboard managers, which also stops
/// them from being asked to keep it.
#[cfg(not(any(target_os = "macos", windows)))]
fn marked(set: Set<'_>) -> Set<'_> {
    use arboard::SetExtLinux as _;
    set.exclude_from_history().wait()
}

/// Marks what is set as concealed (nspasteboard.org).
#[cfg(target_os = "macos")]
fn marked(set: Set<'_>) -> Set<'_> {
    use arboard::SetExtApple as _;
    set.exclude_from_history()
}

/// Keeps what is set out of clipboard history, cloud clipboard and monitors.
#[cfg(windows)]
fn marked(set: Set<'_>) -> Set<'_> {
    use arboard::SetExtWindows as _;
    set.exclude_from_monitoring()
}
