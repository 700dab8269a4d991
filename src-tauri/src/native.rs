//! The desktop's own notices, its language, and where it keeps what people save.
//!
//! Tauri's plugin for notices does not tell whether anybody showed one, so the desktop is asked directly.

use std::path::PathBuf;

use keystow_engine::Notification;
use tauri::{AppHandle, Manager as _};

use crate::view::DesktopKind;

/// How a desktop names the app when it shows a notice.
const APP: &str = "Keystow";

/// Asks the desktop to show a notice; `false` if nobody did. It takes as long as the desktop takes.
pub(crate) fn notify(notification: &Notification) -> bool {
    let shown = notify_rust::Notification::new()
        .appname(APP)
        .summary(&notification.title)
        .body(&notification.body)
        .icon("keystow-desktop")
        .show();
    shown.is_ok()
}

/// The language of the desktop, where it is told through the environment.
pub(crate) fn language() -> Option<String> {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
}

/// Which desktop this is, as it says itself.
pub(crate) fn desktop() -> DesktopKind {
    desktop_of(&std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default())
}

/// The desktop of a list such as `ubuntu:GNOME` (Desktop Entry Specification).
fn desktop_of(list: &str) -> DesktopKind {
    let known = list.split(':').find_map(|name| match name.to_ascii_lowercase().as_str() {
        "gnome" | "unity" => Some(DesktopKind::Gnome),
        "kde" => Some(DesktopKind::Kde),
        "sway" => Some(DesktopKind::Sway),
        "hyprland" => Some(DesktopKind::Hyprland),
        _ => None,
    });
    known.unwrap_or(DesktopKind::Other)
}

/// The folder the desktop keeps downloads in.
pub(crate) fn downloads(app: &AppHandle) -> Option<PathBuf> {
    app.path().download_dir().or_else(|_| app.path().home_dir()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desktop_is_known_by_any_of_its_names() {
        assert_eq!(desktop_of("ubuntu:GNOME"), DesktopKind::Gnome);
        assert_eq!(desktop_of("KDE"), DesktopKind::Kde);
        assert_eq!(desktop_of("sway:wlroots"), DesktopKind::Sway);
        assert_eq!(desktop_of("Hyprland"), DesktopKind::Hyprland);
        assert_eq!((desktop_of(""), desktop_of("XFCE")), (DesktopKind::Other, DesktopKind::Other));
    }
}
