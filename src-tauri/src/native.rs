//! The desktop's own notices, its language, and where it keeps what people save.
//!
//! Tauri's plugin for notices does not tell whether anybody showed one, so the desktop is asked directly.

use std::path::PathBuf;

use keystow_engine::Notification;
use tauri::{AppHandle, Manager as _};

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

/// The folder the desktop keeps downloads in.
pub(crate) fn downloads(app: &AppHandle) -> Option<PathBuf> {
    app.path().download_dir().or_else(|_| app.path().home_dir()).ok()
}
