//! Owning the clipboard: taking it, noticing readers and its loss, and giving it up.

use zeroize::Zeroizing;

use super::by_content::ByContent;
#[cfg(not(any(target_os = "macos", windows)))]
use super::x11::{Claim, X11};
use crate::clipboard::protocol::Event;
use crate::clipboard::receipts::Reading;

/// The clipboard from a copy to the end of the guard.
pub(super) enum Selection {
    /// An X server, which knows who owns the clipboard and who reads it.
    #[cfg(not(any(target_os = "macos", windows)))]
    X11(X11),
    /// Any other clipboard, where ours is recognised by its content and nobody tells who reads it.
    ByContent(ByContent),
}

/// The clipboard before it was looked at, so as to clear nothing that is copied after the look.
pub(super) enum Before {
    #[cfg(not(any(target_os = "macos", windows)))]
    X11(Claim),
    /// A clipboard that does not tell whether it still is the same.
    Unknown,
}

impl Before {
    /// The clipboard now.
    pub(super) fn now() -> Result<Self, Event> {
        #[cfg(not(any(target_os = "macos", windows)))]
        if std::env::var_os("WAYLAND_DISPLAY").is_none() {
            return Claim::stake().map(Self::X11).map_err(|_| Event::Failed);
        }
        Ok(Self::Unknown)
    }

    /// Clears the secret that the look found there, if nobody copied anything since.
    pub(super) async fn clear(self, secret: Zeroizing<String>) -> Event {
        match self {
            #[cfg(not(any(target_os = "macos", windows)))]
            Self::X11(claim) => match claim.empty().await {
                Ok(Some(x11rb::NONE)) => Event::Cleared,
                Ok(_) => Event::Replaced,
                Err(_) => Event::Failed,
            },
            // Where only the content tells, what is cleared must be put there first.
            Self::Unknown => match ByContent::take(secret).await {
                Ok(mut selection) => selection.release(),
                Err(event) => event,
            },
        }
    }
}

/// What happens to a secret on the clipboard.
#[derive(Debug)]
pub(super) enum Happening {
    /// A program read it.
    Read(Reading),
    /// The clipboard has something else.
    Lost,
}

impl Selection {
    /// Puts the secret on the clipboard; returns when the clipboard is known to offer it.
    ///
    /// `once` offers it to the first paste only, where the clipboard tells who reads.
    pub(super) async fn take(secret: Zeroizing<String>, once: bool) -> Result<Self, Event> {
        #[cfg(not(any(target_os = "macos", windows)))]
        if std::env::var_os("WAYLAND_DISPLAY").is_none() {
            return X11::take(secret, once).map(Self::X11);
        }
        let _ = once;
        ByContent::take(secret).await.map(Self::ByContent)
    }

    /// Whether this clipboard tells who reads it.
    pub(super) fn tells_readers(&self) -> bool {
        match self {
            #[cfg(not(any(target_os = "macos", windows)))]
            Self::X11(_) => true,
            Self::ByContent(_) => false,
        }
    }

    /// Waits until a program reads the secret, or the clipboard has something else.
    pub(super) async fn happens(&mut self) -> Happening {
        match self {
            #[cfg(not(any(target_os = "macos", windows)))]
            Self::X11(selection) => selection.happens().await,
            Self::ByContent(selection) => selection.happens().await,
        }
    }

    /// Clears the clipboard if it still has the secret, reads it back, and tells what came of it, after
    /// what was read in the last moment.
    pub(super) async fn release(&mut self) -> (Vec<Reading>, Event) {
        match self {
            #[cfg(not(any(target_os = "macos", windows)))]
            Self::X11(selection) => selection.release().await,
            Self::ByContent(selection) => (Vec::new(), selection.release()),
        }
    }

    /// Whether somebody could put the secret back after it was cleared.
    pub(super) fn may_return(&self) -> bool {
        match self {
            #[cfg(not(any(target_os = "macos", windows)))]
            Self::X11(selection) => selection.may_return(),
            Self::ByContent(_) => true,
        }
    }

    /// Waits until somebody put the secret back after it was cleared.
    pub(super) async fn returned(&mut self) -> Event {
        match self {
            #[cfg(not(any(target_os = "macos", windows)))]
            Self::X11(selection) => selection.returned().await,
            Self::ByContent(selection) => selection.returned().await,
        }
    }

    /// Clears the secret once more, where somebody put it back.
    pub(super) async fn clear_again(&mut self) -> Event {
        match self {
            #[cfg(not(any(target_os = "macos", windows)))]
            Self::X11(selection) => selection.clear_again().await,
            Self::ByContent(selection) => selection.release(),
        }
    }
}
