//! Owning the clipboard: taking it, noticing its loss, and giving it up.

use zeroize::Zeroizing;

use super::by_content::ByContent;
#[cfg(not(any(target_os = "macos", windows)))]
use super::x11::X11;
use crate::clipboard::protocol::Event;

/// The clipboard while it offers our secret.
pub(super) enum Selection {
    /// An X server, which knows who owns the clipboard since when.
    #[cfg(not(any(target_os = "macos", windows)))]
    X11(X11),
    /// Any other clipboard, where ours is recognised by its content.
    ByContent(ByContent),
}

impl Selection {
    /// Puts the secret on the clipboard; returns when the clipboard is known to offer it.
    pub(super) async fn take(secret: Zeroizing<String>) -> Result<Self, Event> {
        #[cfg(not(any(target_os = "macos", windows)))]
        if std::env::var_os("WAYLAND_DISPLAY").is_none() {
            return X11::take(secret).await.map(Self::X11);
        }
        ByContent::take(secret).await.map(Self::ByContent)
    }

    /// Waits until somebody else takes the clipboard.
    pub(super) async fn lost(&mut self) {
        match self {
            #[cfg(not(any(target_os = "macos", windows)))]
            Self::X11(selection) => selection.lost().await,
            Self::ByContent(selection) => selection.lost().await,
        }
    }

    /// Clears the clipboard if it is still ours, reads it back, and tells what came of it.
    pub(super) async fn release(self) -> Event {
        match self {
            #[cfg(not(any(target_os = "macos", windows)))]
            Self::X11(selection) => selection.release(),
            Self::ByContent(selection) => selection.release().await,
        }
    }
}
